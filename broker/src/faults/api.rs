use crate::api_ranges as keys;

/// An API of the broker, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Api {
    /// Writes records.
    Produce,
    /// Reads records.
    Fetch,
    /// Finds offsets by time.
    ListOffsets,
    /// Tells of nodes and topics.
    Metadata,
    /// Finds who looks after a group.
    FindCoordinator,
    /// Tells what is offered: the first request of a connection.
    ApiVersions,
    /// Creates topics.
    CreateTopics,
    /// Deletes topics.
    DeleteTopics,
    /// Gives out producer ids.
    InitProducerId,
    /// Tells where the epochs of leaders end.
    OffsetForLeaderEpoch,
    /// Adds partitions to topics.
    CreatePartitions,
    /// Another one, by its key.
    Key(i16),
}

impl Api {
    /// Kafka's number for it.
    pub fn key(self) -> i16 {
        match self {
            Self::Produce => keys::PRODUCE,
            Self::Fetch => keys::FETCH,
            Self::ListOffsets => keys::LIST_OFFSETS,
            Self::Metadata => keys::METADATA,
            Self::FindCoordinator => keys::FIND_COORDINATOR,
            Self::ApiVersions => keys::API_VERSIONS,
            Self::CreateTopics => keys::CREATE_TOPICS,
            Self::DeleteTopics => keys::DELETE_TOPICS,
            Self::InitProducerId => keys::INIT_PRODUCER_ID,
            Self::OffsetForLeaderEpoch => keys::OFFSET_FOR_LEADER_EPOCH,
            Self::CreatePartitions => keys::CREATE_PARTITIONS,
            Self::Key(key) => key,
        }
    }
}
