//! What stands in front of every request and response.

use super::{Api, Request, api_versions};
use crate::wire::{Decoder, Encoder, Malformed, Str};

/// The header of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RequestHeader {
    /// The API's number, which may be one that this crate does not speak.
    pub key: i16,
    /// The version of the request and of the response to it.
    pub version: i16,
    /// What the response repeats.
    pub correlation_id: i32,
    /// What the client calls itself.
    pub client_id: Option<Str>,
}

/// Writes a request's header: `flexible` says whether that version of the API is
/// (`version >= Request::FLEXIBLE`).
pub fn encode_request(
    out: &mut Encoder,
    key: i16,
    version: i16,
    flexible: bool,
    correlation_id: i32,
    client_id: Option<&str>,
) {
    out.put_i16(key);
    out.put_i16(version);
    out.put_i32(correlation_id);
    // Never compact: a broker must be able to read the header of a version that it does not know.
    out.put_str(client_id, false);
    if flexible {
        out.put_uvarint(0);
    }
}

/// Reads a request's header. For an API or version that this crate does not know, tagged fields may
/// be left at the front of `input`, since nothing tells whether there are any.
///
/// # Errors
/// [`Malformed`] when the bytes are no such header.
pub fn decode_request(input: &mut Decoder) -> Result<RequestHeader, Malformed> {
    let key = input.i16()?;
    let version = input.i16()?;
    let correlation_id = input.i32()?;
    let client_id = input.str(false)?;
    if Api::find(key).is_some_and(|api| (api.flexible..=api.max).contains(&version)) {
        input.skip_tagged()?;
    }
    Ok(RequestHeader { key, version, correlation_id, client_id })
}

/// Writes a response's header: `flexible` says whether that version of the API is.
pub fn encode_response(out: &mut Encoder, key: i16, flexible: bool, correlation_id: i32) {
    out.put_i32(correlation_id);
    if has_tags(key, flexible) {
        out.put_uvarint(0);
    }
}

/// Reads a response's header: the correlation id. The response must be to a request of API `key`;
/// to know which, read the id alone first ([`peek_correlation_id`]).
///
/// # Errors
/// [`Malformed`] when the bytes are no such header.
pub fn decode_response(input: &mut Decoder, key: i16, flexible: bool) -> Result<i32, Malformed> {
    let correlation_id = input.i32()?;
    if has_tags(key, flexible) {
        input.skip_tagged()?;
    }
    Ok(correlation_id)
}

/// The correlation id that a response begins with, whatever its API.
///
/// # Errors
/// [`Malformed::Truncated`] when there are less than four bytes.
pub fn peek_correlation_id(response: &[u8]) -> Result<i32, Malformed> {
    response.first_chunk().map(|id| i32::from_be_bytes(*id)).ok_or(Malformed::Truncated)
}

/// The client reads the answer to ApiVersions before it knows what the broker speaks, so its header
/// never has tagged fields (KIP-511).
fn has_tags(key: i16, flexible: bool) -> bool {
    flexible && key != api_versions::Request::KEY
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn encoded(write: impl FnOnce(&mut Encoder)) -> Bytes {
        let mut out = Encoder::new();
        write(&mut out);
        out.into_chunks().unwrap().concat().into()
    }

    #[test]
    fn requests() {
        let classic = encoded(|out| encode_request(out, 3, 8, false, 1234, Some("me")));
        assert_eq!(classic, [0, 3, 0, 8, 0, 0, 4, 0xd2, 0, 2, b'm', b'e'][..]);
        let flexible = encoded(|out| encode_request(out, 3, 9, true, 1234, None));
        assert_eq!(flexible, [0, 3, 0, 9, 0, 0, 4, 0xd2, 0xff, 0xff, 0][..]);
        for bytes in [classic, flexible] {
            let mut input = Decoder::new(bytes);
            let header = decode_request(&mut input).unwrap();
            assert_eq!((header.key, header.correlation_id, input.finish()), (3, 1234, Ok(())));
        }
    }

    #[test]
    fn responses() {
        for (key, flexible, len) in [(3, false, 4), (3, true, 5), (18, false, 4), (18, true, 4)] {
            let bytes = encoded(|out| encode_response(out, key, flexible, -7));
            assert_eq!(bytes.len(), len);
            assert_eq!(peek_correlation_id(&bytes), Ok(-7));
            let mut input = Decoder::new(bytes);
            assert_eq!(decode_response(&mut input, key, flexible), Ok(-7));
            assert_eq!(input.finish(), Ok(()));
        }
        assert_eq!(peek_correlation_id(&[0, 0, 0]), Err(Malformed::Truncated));
    }
}
