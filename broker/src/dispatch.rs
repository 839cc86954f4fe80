use bytes::Bytes;
use ottla::{
    protocol::{
        Message, Request, create_partitions, create_topics, delete_topics, fetch, find_coordinator,
        header::{RequestHeader, decode_request, encode_response},
        init_producer_id, list_offsets, metadata, produce,
    },
    wire::{Decoder, Encoder, Malformed},
};
use ottla_transport::Runtime;

use crate::{
    api_ranges::{
        API_VERSIONS, CREATE_PARTITIONS, CREATE_TOPICS, DELETE_TOPICS, FETCH, FIND_COORDINATOR,
        INIT_PRODUCER_ID, LIST_OFFSETS, METADATA, PRODUCE,
    },
    apis,
    core::Core,
    seat::Seat,
    state::State,
};

/// What becomes of a request.
pub(crate) enum Answer {
    /// These bytes go back.
    Send(Vec<Bytes>),
    /// Nothing goes back, as the client wished.
    Silence,
    /// The connection ends, as with Kafka: no answer could be understood.
    HangUp(String),
}

/// A request that is being answered.
pub(crate) struct Call<'a> {
    pub(crate) core: &'a Core,
    pub(crate) seat: &'a Seat,
    pub(crate) version: i16,
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
}

/// Answers one request. `hurry` resolves when there is no more reason to wait for records.
pub(crate) async fn answer(core: &Core, seat: &Seat, frame: Bytes, hurry: impl Future) -> Answer {
    let mut input = Decoder::new(frame);
    let header = match decode_request(&mut input) {
        Ok(header) => header,
        Err(malformed) => return Answer::HangUp(format!("a malformed request header: {malformed}")),
    };
    let offered = core.config.apis.versions(header.key);
    if !offered.is_some_and(|versions| versions.contains(&header.version)) {
        return refused(core, &header);
    }
    let call = Call { core, seat, version: header.version };
    let answered = match header.key {
        FETCH => match read::<fetch::Request>(&header, &mut input) {
            Ok(request) => {
                write::<fetch::Request>(&header, &apis::fetch::answer(&call, &request, hurry).await)
            }
            Err(malformed) => Err(malformed),
        },
        _ => at_once(&call, &header, &mut input),
    };
    answered.unwrap_or_else(|malformed| {
        Answer::HangUp(format!("API {} version {}: {malformed}", header.key, header.version))
    })
}

/// Answers what needs no waiting.
fn at_once(call: &Call<'_>, header: &RequestHeader, input: &mut Decoder) -> Result<Answer, Malformed> {
    match header.key {
        PRODUCE => {
            let request = read::<produce::Request>(header, input)?;
            let silent = request.acks == 0;
            let response = apis::produce::answer(call, request);
            match apis::produce::first_error(&response).filter(|_| silent) {
                Some(code) => Ok(Answer::HangUp(format!("a write without acknowledgement failed: {code}"))),
                None if silent => Ok(Answer::Silence),
                None => write::<produce::Request>(header, &response),
            }
        }
        LIST_OFFSETS => reply::<list_offsets::Request>(call, header, input, apis::list_offsets::answer),
        METADATA => reply::<metadata::Request>(call, header, input, apis::metadata::answer),
        FIND_COORDINATOR => {
            reply::<find_coordinator::Request>(call, header, input, apis::find_coordinator::answer)
        }
        API_VERSIONS => reply(call, header, input, apis::api_versions::answer),
        CREATE_TOPICS => reply::<create_topics::Request>(call, header, input, apis::create_topics::answer),
        DELETE_TOPICS => reply::<delete_topics::Request>(call, header, input, apis::delete_topics::answer),
        INIT_PRODUCER_ID => {
            reply::<init_producer_id::Request>(call, header, input, apis::init_producer_id::answer)
        }
        CREATE_PARTITIONS => {
            reply::<create_partitions::Request>(call, header, input, apis::create_partitions::answer)
        }
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
    write::<ottla::protocol::api_versions::Request>(&at_version_0, &apis::api_versions::unsupported(core))
        .unwrap_or_else(|malformed| Answer::HangUp(malformed.to_string()))
}

fn reply<R: Request>(
    call: &Call<'_>,
    header: &RequestHeader,
    input: &mut Decoder,
    answer: impl FnOnce(&Call<'_>, R) -> R::Response,
) -> Result<Answer, Malformed> {
    let request = read::<R>(header, input)?;
    write::<R>(header, &answer(call, request))
}

fn read<R: Request>(header: &RequestHeader, input: &mut Decoder) -> Result<R, Malformed> {
    let request = R::decode(header.version, input)?;
    input.finish()?;
    Ok(request)
}

fn write<R: Request>(header: &RequestHeader, response: &R::Response) -> Result<Answer, Malformed> {
    let mut out = Encoder::framed();
    encode_response(&mut out, R::KEY, header.version >= R::FLEXIBLE, header.correlation_id);
    response.encode(header.version, &mut out);
    out.into_frame().map(Answer::Send)
}
