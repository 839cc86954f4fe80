//! Requests and responses of every API, and their headers.

use bytes::Bytes;
use ottla::protocol::{self, Message, Request, header};
use ottla::wire::{Decoder, Encoder};

/// Decodes as the first two bytes say (API and direction; version), and encodes again what could be decoded.
///
/// # Panics
/// If what was encoded is not decoded to the same.
pub fn frames(data: &[u8]) {
    let _ = decodes(data);
    if let [key, flexible, rest @ ..] = data {
        let _ = header::decode_request(&mut Decoder::new(Bytes::copy_from_slice(data)));
        let mut rest = Decoder::new(Bytes::copy_from_slice(rest));
        let _ = header::decode_response(&mut rest, i16::from(*key), flexible & 1 == 1);
    }
}

/// The same; how many of the bytes make up a message, if they begin with one.
///
/// # Panics
/// If what was encoded is not decoded to the same.
pub fn decodes(data: &[u8]) -> Option<usize> {
    let [api, version, body @ ..] = data else { return None };
    let body = Bytes::copy_from_slice(body);
    let (version, response) = (i16::from(*version), api & 1 == 1);
    let body_size = match api >> 1 {
        0 => one::<protocol::produce::Request>(response, version, body),
        1 => one::<protocol::fetch::Request>(response, version, body),
        2 => one::<protocol::list_offsets::Request>(response, version, body),
        3 => one::<protocol::metadata::Request>(response, version, body),
        4 => one::<protocol::find_coordinator::Request>(response, version, body),
        5 => one::<protocol::sasl_handshake::Request>(response, version, body),
        6 => one::<protocol::api_versions::Request>(response, version, body),
        7 => one::<protocol::create_topics::Request>(response, version, body),
        8 => one::<protocol::delete_topics::Request>(response, version, body),
        9 => one::<protocol::init_producer_id::Request>(response, version, body),
        10 => one::<protocol::sasl_authenticate::Request>(response, version, body),
        11 => one::<protocol::create_partitions::Request>(response, version, body),
        _ => None,
    };
    body_size.map(|size| size + 2)
}

fn one<R>(response: bool, version: i16, body: Bytes) -> Option<usize>
where
    R: Request + PartialEq + std::fmt::Debug,
    R::Response: PartialEq + std::fmt::Debug,
{
    if response { there_and_back::<R::Response>(version, body) } else { there_and_back::<R>(version, body) }
}

fn there_and_back<M: Message + PartialEq + std::fmt::Debug>(version: i16, body: Bytes) -> Option<usize> {
    let size = body.len();
    let mut input = Decoder::new(body);
    let message = M::decode(version, &mut input).ok()?;
    let mut out = Encoder::new();
    message.encode(version, &mut out);
    let Ok(chunks) = out.into_chunks() else { panic!("what was decoded cannot be encoded: {message:?}") };
    let mut again = Decoder::new(Bytes::from(chunks.concat()));
    assert_eq!(M::decode(version, &mut again).as_ref(), Ok(&message));
    assert_eq!(again.remaining(), 0);
    Some(size - input.remaining())
}
