//! Every message of the client, behind one face, for the suites that try them all.

mod arbitrary;

pub use arbitrary::arbitrary;

use bytes::Bytes;
use ottla::{
    protocol::{self, Message, Request},
    wire::{Decoder, Encoder, Malformed, describe::Struct},
};
use std::ops::RangeInclusive;

/// A request or a response, as data and functions.
#[derive(Clone, Debug)]
pub struct Codec {
    /// Kafka's name, such as `MetadataRequest`.
    pub name: String,
    /// Number of the API.
    pub key: i16,
    /// The versions implemented.
    pub versions: RangeInclusive<i16>,
    /// The first flexible version.
    pub flexible: i16,
    /// What the declaration says.
    pub description: &'static Struct,
    /// Reads a message that must fill the bytes, and writes it again.
    pub recode: fn(i16, Bytes) -> Result<Bytes, Malformed>,
    /// Reads a message, throws it away, and says how many bytes were left.
    pub decode: fn(i16, Bytes) -> Result<usize, Malformed>,
}

impl Codec {
    fn of<R: Request, M: Message>(kind: &str) -> Self {
        Self {
            name: format!("{}{kind}", R::NAME),
            key: R::KEY,
            versions: R::VERSIONS,
            flexible: R::FLEXIBLE,
            description: M::DESCRIPTION,
            recode: recode::<M>,
            decode: |version, bytes| {
                let mut input = Decoder::new(bytes);
                M::decode(version, &mut input).map(|_| input.remaining())
            },
        }
    }

    /// Random bytes of this message at `version`, the same for the same seed.
    #[must_use]
    pub fn arbitrary(&self, version: i16, seed: u64) -> Bytes {
        arbitrary(self.description, version, version >= self.flexible, &mut fastrand::Rng::with_seed(seed))
    }
}

fn recode<M: Message>(version: i16, bytes: Bytes) -> Result<Bytes, Malformed> {
    let mut input = Decoder::new(bytes);
    let message = M::decode(version, &mut input)?;
    input.finish()?;
    let mut out = Encoder::new();
    message.encode(version, &mut out);
    Ok(out.into_chunks()?.concat().into())
}

/// The request and the response of every API.
#[must_use]
pub fn all() -> Vec<Codec> {
    fn both<R: Request>() -> [Codec; 2] {
        [Codec::of::<R, R>("Request"), Codec::of::<R, R::Response>("Response")]
    }
    let codecs = [
        both::<protocol::produce::Request>(),
        both::<protocol::fetch::Request>(),
        both::<protocol::list_offsets::Request>(),
        both::<protocol::metadata::Request>(),
        both::<protocol::offset_commit::Request>(),
        both::<protocol::offset_fetch::Request>(),
        both::<protocol::find_coordinator::Request>(),
        both::<protocol::join_group::Request>(),
        both::<protocol::heartbeat::Request>(),
        both::<protocol::leave_group::Request>(),
        both::<protocol::sync_group::Request>(),
        both::<protocol::describe_groups::Request>(),
        both::<protocol::list_groups::Request>(),
        both::<protocol::sasl_handshake::Request>(),
        both::<protocol::api_versions::Request>(),
        both::<protocol::create_topics::Request>(),
        both::<protocol::delete_topics::Request>(),
        both::<protocol::init_producer_id::Request>(),
        both::<protocol::offset_for_leader_epoch::Request>(),
        both::<protocol::sasl_authenticate::Request>(),
        both::<protocol::create_partitions::Request>(),
        both::<protocol::delete_groups::Request>(),
        both::<protocol::offset_delete::Request>(),
        both::<protocol::consumer_group_heartbeat::Request>(),
        both::<protocol::consumer_group_describe::Request>(),
    ];
    let keys: Vec<_> = codecs.iter().map(|[request, _]| request.key).collect();
    let known: Vec<_> = protocol::ALL.iter().map(|api| api.key).collect();
    assert_eq!(keys, known, "an API of the client is missing here");
    codecs.into_iter().flatten().collect()
}
