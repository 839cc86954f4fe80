//! DeleteTopics: sent to the controller. By name, or from version 6 on also by id (KIP-516).

use super::{ErrorCode, Uuid};
use crate::wire::Str;

api! {
    DeleteTopics = 20, versions 0..=6, flexible 4;

    /// The topics to delete.
    request {
        /// The topics, by name or id.
        topics: Vec<DeleteTopic> [6..],
        /// The topics, by name.
        topic_names: Vec<Str> [0..=5],
        /// How long the controller may take, in milliseconds.
        timeout_ms: i32 [0..],
    }

    /// What became of each topic.
    response {
        /// How long the broker held the answer back for a quota, in milliseconds.
        throttle_time_ms: i32 [1..],
        /// The results.
        responses: Vec<DeletableTopicResult> [0..],
    }

    /// A topic to delete.
    struct DeleteTopic {
        /// Its name, null when given by id.
        name: Option<Str> [6..],
        /// Its id, zero when given by name.
        topic_id: Uuid [6..],
    }

    /// What became of a topic.
    struct DeletableTopicResult {
        /// Its name.
        name: Option<Str> [0..] null [6..],
        /// Its id.
        topic_id: Uuid [6..],
        /// Whether it was deleted.
        error_code: ErrorCode [0..],
        /// What was wrong, in the broker's words.
        error_message: Option<Str> [5..],
    }
}
