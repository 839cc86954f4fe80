//! The traits of requests and responses, and the macro that declares an API.

use crate::wire::{Decoder, Encoder, Malformed, describe::Struct};
use std::ops::RangeInclusive;

/// A request or a response.
pub trait Message: Sized {
    /// What the declaration says, for tests.
    #[doc(hidden)]
    const DESCRIPTION: &'static Struct;

    /// Writes the message as `version` has it.
    ///
    /// Fields that the version does not have are left out. A version that the message does not have,
    /// or a value too long for its length field, makes the encoder's end fail.
    fn encode(&self, version: i16, out: &mut Encoder);

    /// Reads the message as `version` has it, leaving what follows it in `input`.
    ///
    /// # Errors
    /// [`Malformed`] when the bytes are not such a message, or there is no such version of it.
    fn decode(version: i16, input: &mut Decoder) -> Result<Self, Malformed>;
}

/// A request: what is known of its API.
pub trait Request: Message {
    /// The API's number.
    const KEY: i16;
    /// The API's name, as Kafka documents it.
    const NAME: &'static str;
    /// The versions implemented.
    const VERSIONS: RangeInclusive<i16>;
    /// The first version with compact lengths and tagged fields (KIP-482); `i16::MAX` if there is none.
    const FLEXIBLE: i16;
    /// What a broker answers.
    type Response: Message;
}

/// An API that this crate can speak, as data.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Api {
    /// As [`Request::KEY`].
    pub key: i16,
    /// As [`Request::NAME`].
    pub name: &'static str,
    /// The lowest of [`Request::VERSIONS`].
    pub min: i16,
    /// The highest of [`Request::VERSIONS`].
    pub max: i16,
    /// As [`Request::FLEXIBLE`].
    pub flexible: i16,
}

impl Api {
    const fn of<R: Request>() -> Self {
        Self {
            key: R::KEY,
            name: R::NAME,
            min: *R::VERSIONS.start(),
            max: *R::VERSIONS.end(),
            flexible: R::FLEXIBLE,
        }
    }

    /// The API of that number, if this crate can speak it.
    #[must_use]
    pub fn find(key: i16) -> Option<&'static Self> {
        ALL.iter().find(|api| api.key == key)
    }
}

/// Every API that this crate can speak, by number.
pub const ALL: &[Api] = &[
    Api::of::<super::produce::Request>(),
    Api::of::<super::fetch::Request>(),
    Api::of::<super::list_offsets::Request>(),
    Api::of::<super::metadata::Request>(),
    Api::of::<super::offset_commit::Request>(),
    Api::of::<super::offset_fetch::Request>(),
    Api::of::<super::find_coordinator::Request>(),
    Api::of::<super::join_group::Request>(),
    Api::of::<super::heartbeat::Request>(),
    Api::of::<super::leave_group::Request>(),
    Api::of::<super::sync_group::Request>(),
    Api::of::<super::describe_groups::Request>(),
    Api::of::<super::list_groups::Request>(),
    Api::of::<super::sasl_handshake::Request>(),
    Api::of::<super::api_versions::Request>(),
    Api::of::<super::create_topics::Request>(),
    Api::of::<super::delete_topics::Request>(),
    Api::of::<super::init_producer_id::Request>(),
    Api::of::<super::offset_for_leader_epoch::Request>(),
    Api::of::<super::sasl_authenticate::Request>(),
    Api::of::<super::create_partitions::Request>(),
    Api::of::<super::delete_groups::Request>(),
    Api::of::<super::offset_delete::Request>(),
    Api::of::<super::consumer_group_heartbeat::Request>(),
    Api::of::<super::consumer_group_describe::Request>(),
];

/// Declares an API: its name and number, versions, request, response and the structures in them, in
/// the notation of `message!`.
macro_rules! api {
    (
        $name:ident = $key:literal, versions $first:literal ..= $last:literal, flexible $flexible:tt;
        $(#[$request_meta:meta])*
        request { $($request:tt)* }
        $(#[$response_meta:meta])*
        response { $($response:tt)* }
        $($structs:tt)*
    ) => {
        $crate::wire::message::message! {
            $(#[$request_meta])*
            struct Request { $($request)* }
            $(#[$response_meta])*
            struct Response { $($response)* }
            $($structs)*
        }

        impl $crate::protocol::Request for Request {
            const KEY: i16 = $key;
            const NAME: &'static str = stringify!($name);
            const VERSIONS: std::ops::RangeInclusive<i16> = $first..=$last;
            const FLEXIBLE: i16 = api!(flexible $flexible);
            type Response = Response;
        }

        api!(message Request);
        api!(message Response);
    };

    (flexible never) => { i16::MAX };
    (flexible $first:literal) => { $first };

    (message $Name:ident) => {
        impl $crate::protocol::Message for $Name {
            const DESCRIPTION: &'static $crate::wire::describe::Struct =
                match <$Name as $crate::wire::field::Field>::KIND {
                    $crate::wire::describe::Kind::Struct(description) => description,
                    _ => unreachable!(),
                };

            fn encode(&self, version: i16, out: &mut $crate::wire::Encoder) {
                match $crate::protocol::api::form::<Request>(version) {
                    Ok(form) => $crate::wire::field::Field::write(self, out, form),
                    Err(reason) => out.fail_with(reason),
                }
            }

            fn decode(
                version: i16,
                input: &mut $crate::wire::Decoder,
            ) -> Result<Self, $crate::wire::Malformed> {
                let form = $crate::protocol::api::form::<Request>(version)?;
                $crate::wire::field::Field::read(input, form)
            }
        }
    };
}

/// The form of a version of an API's messages.
pub(super) fn form<R: Request>(version: i16) -> Result<crate::wire::field::Form, Malformed> {
    if R::VERSIONS.contains(&version) {
        Ok(crate::wire::field::Form::new(version, R::FLEXIBLE))
    } else {
        Err(Malformed::Version(version))
    }
}
