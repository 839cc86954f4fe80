//! What faults have to know of each API: which topics and partitions a request concerns, and where its
//! response tells of throttling and of an error as a whole.

use ottla::{
    protocol::{
        ErrorCode, Request, Uuid, api_versions, create_partitions, create_topics, delete_topics, fetch,
        find_coordinator, init_producer_id, list_offsets, metadata, offset_for_leader_epoch, produce,
    },
    wire::Str,
};

use crate::{faults::Place, state::State};

/// How, and where, a request was asked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asker {
    pub(crate) node: i32,
    pub(crate) version: i16,
}

/// A request that is served here.
pub(crate) trait Served: Request<Response: Default> {
    /// Whether an error can only be the response's own.
    const WHOLE: bool = false;

    /// The topics and partitions that it concerns.
    fn places(&self, _asker: Asker, _state: &State) -> Vec<Place> {
        Vec::new()
    }

    /// Whether nobody waits for the response.
    fn is_silent(&self) -> bool {
        false
    }

    /// The first error in a response that nobody waits for.
    fn first_error(_response: &Self::Response) -> Option<ErrorCode> {
        None
    }

    /// Tells that the client is throttled.
    fn set_throttle(response: &mut Self::Response, millis: i32);

    /// Makes the response an error as a whole, where there is a field for it.
    fn set_error(response: &mut Self::Response, code: ErrorCode);
}

/// What is the same in every API: the time of throttling, and the error, if it has one.
macro_rules! served {
    ($($api:ident { $($more:tt)* })*) => { $(
        impl Served for $api::Request {
            fn set_throttle(response: &mut Self::Response, millis: i32) {
                response.throttle_time_ms = millis;
            }

            served!($api, $($more)*);
        }
    )* };
    ($api:ident, whole; $($rest:tt)*) => {
        const WHOLE: bool = true;
        served!($api, error; $($rest)*);
    };
    ($api:ident, error; $($rest:tt)*) => {
        fn set_error(response: &mut Self::Response, code: ErrorCode) {
            response.error_code = code;
        }
        $($rest)*
    };
    ($api:ident, no error; $($rest:tt)*) => {
        fn set_error(_response: &mut Self::Response, _code: ErrorCode) {}
        $($rest)*
    };
}

served! {
    api_versions { whole; }
    init_producer_id { whole; }
    find_coordinator { error; }
    produce {
        no error;
        fn places(&self, _asker: Asker, _state: &State) -> Vec<Place> {
            let topics = self.topic_data.iter();
            topics.flat_map(|topic| of(&topic.name, topic.partition_data.iter().map(|data| data.index))).collect()
        }
        fn is_silent(&self) -> bool {
            self.acks == 0
        }
        fn first_error(response: &Self::Response) -> Option<ErrorCode> {
            let partitions = response.responses.iter().flat_map(|topic| &topic.partition_responses);
            partitions.map(|partition| partition.error_code).find(|code| !code.is_ok())
        }
    }
    fetch {
        error;
        fn places(&self, asker: Asker, state: &State) -> Vec<Place> {
            let by_id = asker.version >= WITH_TOPIC_IDS;
            let place = |topic: &Str, id, index| {
                let topic = if by_id { state.name_of(id)? } else { topic.clone() };
                Some(Place { topic, partition: Some(index) })
            };
            let named = self.topics.iter().flat_map(|topic| {
                topic.partitions.iter().filter_map(|it| place(&topic.topic, topic.topic_id, it.partition))
            });
            let goes_on = self.session_epoch > 0;
            let known = state.in_session(asker.node, self.session_id).filter(|_| goes_on);
            named.chain(known.filter_map(|it| place(&it.topic, it.topic_id, it.partition.partition))).collect()
        }
    }
    list_offsets {
        no error;
        fn places(&self, _asker: Asker, _state: &State) -> Vec<Place> {
            let topics = self.topics.iter();
            topics
                .flat_map(|topic| of(&topic.name, topic.partitions.iter().map(|it| it.partition_index)))
                .collect()
        }
    }
    offset_for_leader_epoch {
        no error;
        fn places(&self, _asker: Asker, _state: &State) -> Vec<Place> {
            let topics = self.topics.iter();
            topics.flat_map(|topic| of(&topic.topic, topic.partitions.iter().map(|it| it.partition))).collect()
        }
    }
    metadata {
        error;
        fn places(&self, asker: Asker, state: &State) -> Vec<Place> {
            match &self.topics {
                Some(topics) if asker.version > 0 || !topics.is_empty() => {
                    topics.iter().filter_map(|it| named(it.name.as_ref(), it.topic_id, state)).collect()
                }
                _ => state.topics().map(|topic| whole(topic.name.clone())).collect(),
            }
        }
    }
    create_topics {
        no error;
        fn places(&self, _asker: Asker, _state: &State) -> Vec<Place> {
            self.topics.iter().map(|topic| whole(topic.name.clone())).collect()
        }
    }
    delete_topics {
        no error;
        fn places(&self, _asker: Asker, state: &State) -> Vec<Place> {
            let by_either = self.topics.iter().filter_map(|it| named(it.name.as_ref(), it.topic_id, state));
            self.topic_names.iter().cloned().map(whole).chain(by_either).collect()
        }
    }
    create_partitions {
        no error;
        fn places(&self, _asker: Asker, _state: &State) -> Vec<Place> {
            self.topics.iter().map(|topic| whole(topic.name.clone())).collect()
        }
    }
}

/// The first version of Fetch that names topics by their ids.
pub(crate) const WITH_TOPIC_IDS: i16 = 13;

fn of(topic: &Str, partitions: impl Iterator<Item = i32>) -> impl Iterator<Item = Place> {
    partitions.map(|index| Place { topic: topic.clone(), partition: Some(index) })
}

fn whole(topic: Str) -> Place {
    Place { topic, partition: None }
}

fn named(name: Option<&Str>, id: Uuid, state: &State) -> Option<Place> {
    name.cloned().or_else(|| state.name_of(id)).map(whole)
}
