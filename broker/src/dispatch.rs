use std::{collections::BTreeSet, time::Duration};

use bytes::Bytes;
use ottla::{
    protocol::{
        fetch,
        header::{RequestHeader, decode_request},
    },
    wire::{Decoder, Malformed},
};
use ottla_transport::{BrokerAddress, Runtime};

use crate::{
    api_ranges::{
        API_VERSIONS, CREATE_PARTITIONS, CREATE_TOPICS, DELETE_TOPICS, FETCH, FIND_COORDINATOR,
        INIT_PRODUCER_ID, LIST_OFFSETS, METADATA, OFFSET_FOR_LEADER_EPOCH, PRODUCE,
    },
    apis,
    core::Core,
    exchange::{Begun, begin, encoded, end},
    faults::{Place, Struck, When},
    lifetime::Token,
    seat::Seat,
    served::Served,
    state::State,
    topics::{Refusal, refuse},
};

/// What becomes of a request.
pub(crate) enum Answer {
    /// These bytes go back.
    Send(Vec<Bytes>),
    /// These bytes go back, and nothing more is taken for so long.
    Mute(Vec<Bytes>, Duration),
    /// These bytes go back, and the connection ends.
    Half(Bytes),
    /// Nothing goes back, now or ever; what comes is thrown away.
    Stall,
    /// Nothing goes back, as the client wished.
    Silence,
    /// The connection ends, as with Kafka: no answer could be understood.
    HangUp(String),
}

/// A request that is being answered.
pub(crate) struct Call<'a> {
    pub(crate) core: &'a Core,
    pub(crate) seat: &'a Seat,
    pub(crate) token: &'a Token,
    pub(crate) version: i16,
    /// Nobody waits for the answer.
    pub(crate) silent: bool,
    /// What goes wrong with it, …
    pub(crate) struck: Struck,
    /// … and the places where it may. Empty unless there are faults at all.
    pub(crate) places: Vec<Place>,
}

impl Call<'_> {
    /// Reads or changes the state.
    pub(crate) fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        self.core.with(work)
    }

    /// The wall clock, in ms.
    pub(crate) fn now_ms(&self) -> i64 {
        self.core.runtime.unix_millis()
    }

    /// Who leads a partition, in which epoch; −1 for both when there is none such. For clients that asked
    /// the wrong node (KIP-951).
    pub(crate) fn leader(&self, topic: &str, index: i32) -> (i32, i32) {
        let partition = |state: &mut State| {
            let partition = state.partition(topic, index)?;
            Some((partition.leader, partition.leader_epoch))
        };
        self.with(partition).unwrap_or((-1, -1))
    }

    /// Where nodes are to be found, of those that are alive.
    pub(crate) fn addresses(&self, nodes: &BTreeSet<i32>) -> impl Iterator<Item = (i32, &BrokerAddress)> {
        let alive: Vec<i32> =
            self.with(|state| nodes.iter().copied().filter(|node| state.is_alive(*node)).collect());
        alive.into_iter().filter_map(|node| Some((node, self.seat.endpoints.of(node)?)))
    }

    /// Does what is asked of a partition (or of a topic, where none is named), unless a fault says otherwise.
    ///
    /// # Errors
    /// The fault's, or the work's own.
    pub(crate) fn unless_struck<T>(
        &self,
        topic: &str,
        partition: Option<i32>,
        work: impl FnOnce() -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let fails = |when| self.struck.error(topic, partition, when);
        if let Some(code) = fails(When::Before) {
            return refuse(code, "it fails on command");
        }
        let done = work()?;
        fails(When::After).map_or(Ok(done), |code| refuse(code, "it is done, and fails on command"))
    }
}

/// Answers one request. `hurry` resolves when there is no more reason to wait for records.
pub(crate) async fn answer(
    core: &Core,
    seat: &Seat,
    token: &Token,
    frame: Bytes,
    hurry: impl Future,
) -> Answer {
    let mut input = Decoder::new(frame);
    let header = match decode_request(&mut input) {
        Ok(header) => header,
        Err(malformed) => return Answer::HangUp(format!("a malformed request header: {malformed}")),
    };
    let offered = core.config.apis.versions(header.key);
    if !offered.is_some_and(|versions| versions.contains(&header.version)) {
        return refused(core, &header);
    }
    let (struck, places) = Default::default();
    let mut call = Call { core, seat, token, version: header.version, silent: false, struck, places };
    let answered = match header.key {
        FETCH => fetched(&mut call, &header, &mut input, hurry).await,
        _ => at_once(&mut call, &header, &mut input).await,
    };
    answered.unwrap_or_else(|malformed| {
        Answer::HangUp(format!("API {} version {}: {malformed}", header.key, header.version))
    })
}

/// Answers a fetch, which may wait.
async fn fetched(
    call: &mut Call<'_>,
    header: &RequestHeader,
    input: &mut Decoder,
    hurry: impl Future,
) -> Result<Answer, Malformed> {
    match begin::<fetch::Request>(call, header, input).await? {
        Begun::Handle(request) => {
            let response = apis::fetch::answer(call, &request, hurry).await;
            end::<fetch::Request>(call, header, response).await
        }
        Begun::Over(answer) => Ok(answer),
    }
}

/// Answers what needs no waiting.
async fn at_once(
    call: &mut Call<'_>,
    header: &RequestHeader,
    input: &mut Decoder,
) -> Result<Answer, Malformed> {
    match header.key {
        PRODUCE => reply(call, header, input, apis::produce::answer).await,
        LIST_OFFSETS => reply(call, header, input, apis::list_offsets::answer).await,
        METADATA => reply(call, header, input, apis::metadata::answer).await,
        FIND_COORDINATOR => reply(call, header, input, apis::find_coordinator::answer).await,
        API_VERSIONS => reply(call, header, input, apis::api_versions::answer).await,
        CREATE_TOPICS => reply(call, header, input, apis::create_topics::answer).await,
        DELETE_TOPICS => reply(call, header, input, apis::delete_topics::answer).await,
        INIT_PRODUCER_ID => reply(call, header, input, apis::init_producer_id::answer).await,
        OFFSET_FOR_LEADER_EPOCH => reply(call, header, input, apis::offset_for_leader_epoch::answer).await,
        CREATE_PARTITIONS => reply(call, header, input, apis::create_partitions::answer).await,
        _ => Ok(Answer::HangUp(format!("API {} is not served", header.key))),
    }
}

/// A version of ApiVersions that is not offered gets an answer that every client can read
/// (KIP-511); anything else that is not offered ends the connection, as with Kafka.
fn refused(core: &Core, header: &RequestHeader) -> Answer {
    if header.key != API_VERSIONS {
        return Answer::HangUp(format!("API {} version {} is not offered", header.key, header.version));
    }
    let mut at_version_0 = header.clone();
    at_version_0.version = 0;
    let unsupported = apis::api_versions::unsupported(core);
    encoded::<ottla::protocol::api_versions::Request>(&at_version_0, &unsupported)
        .map_or_else(|malformed| Answer::HangUp(malformed.to_string()), Answer::Send)
}

async fn reply<R: Served>(
    call: &mut Call<'_>,
    header: &RequestHeader,
    input: &mut Decoder,
    answer: impl FnOnce(&Call<'_>, R) -> R::Response,
) -> Result<Answer, Malformed> {
    match begin::<R>(call, header, input).await? {
        Begun::Handle(request) => {
            let response = answer(call, request);
            end::<R>(call, header, response).await
        }
        Begun::Over(answer) => Ok(answer),
    }
}
