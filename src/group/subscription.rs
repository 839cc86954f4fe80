//! What members tell each other through the coordinator, which does not look inside: subscriptions on
//! the way to the leader, assignments on the way back.
//!
//! Clients differ in what they write. Some claim a version and leave out what it has (kafka-go,
//! sarama), and some refuse what they do not expect: so a subscription is written in the lowest
//! version that can say it, and read as far as it goes.

use bytes::Bytes;

use super::TopicPartitions;
use crate::wire::{Decoder, Encoder, Malformed, Str};

/// What a member wants to read, and what it had.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Subscription {
    pub(crate) topics: Vec<Str>,
    /// What its assignor wants the leader to know.
    pub(crate) user_data: Option<Bytes>,
    /// The partitions that it has and keeps unless told otherwise (KIP-429).
    pub(crate) owned: Vec<TopicPartitions>,
    /// The generation that it has them from, −1 if none or unknown (KIP-792).
    pub(crate) generation: i32,
    pub(crate) rack: Option<Str>,
}

impl Subscription {
    /// The lowest version that can say it.
    fn version(&self) -> i16 {
        match self {
            Self { rack: Some(_), .. } => 3,
            Self { generation: 0.., .. } => 2,
            Self { owned, .. } if !owned.is_empty() => 1,
            _ => 0,
        }
    }

    pub(crate) fn encode(&self) -> Result<Bytes, Malformed> {
        let version = self.version();
        let mut out = Encoder::new();
        out.put_i16(version);
        out.put_count(Some(self.topics.len()), false);
        self.topics.iter().for_each(|topic| out.put_str(Some(topic), false));
        out.put_bytes(self.user_data.as_ref(), false);
        if version >= 1 {
            put_partitions(&mut out, &self.owned);
        }
        if version >= 2 {
            out.put_i32(self.generation);
        }
        if version >= 3 {
            out.put_str(self.rack.as_deref(), false);
        }
        joined(out)
    }

    pub(crate) fn decode(bytes: Bytes) -> Result<Self, Malformed> {
        let mut input = Decoder::new(bytes);
        let version = version(&mut input)?;
        let mut topics = Vec::new();
        for _ in 0..input.count(false, 2)?.unwrap_or(0) {
            topics.push(input.str(false)?.ok_or(Malformed::Null)?);
        }
        let mut this = Self { topics, generation: -1, ..Self::default() };
        this.user_data = input.bytes(false).unwrap_or_default();
        if version >= 1 {
            this.owned = partitions(&mut input).unwrap_or_default();
        }
        if version >= 2 {
            this.generation = input.i32().unwrap_or(-1);
        }
        if version >= 3 {
            this.rack = input.str(false).unwrap_or_default();
        }
        Ok(this)
    }
}

/// What a member is to read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Assignment {
    pub(crate) partitions: Vec<TopicPartitions>,
    pub(crate) user_data: Option<Bytes>,
}

impl Assignment {
    pub(crate) fn encode(&self) -> Result<Bytes, Malformed> {
        let mut out = Encoder::new();
        out.put_i16(0);
        put_partitions(&mut out, &self.partitions);
        out.put_bytes(self.user_data.as_ref(), false);
        joined(out)
    }

    /// A leader that gives a member nothing may send no bytes at all.
    pub(crate) fn decode(bytes: Bytes) -> Result<Self, Malformed> {
        if bytes.is_empty() {
            return Ok(Self::default());
        }
        let mut input = Decoder::new(bytes);
        version(&mut input)?;
        let partitions = partitions(&mut input)?;
        Ok(Self { partitions, user_data: input.bytes(false).unwrap_or_default() })
    }
}

fn version(input: &mut Decoder) -> Result<i16, Malformed> {
    match input.i16()? {
        version @ 0.. => Ok(version),
        negative => Err(Malformed::Version(negative)),
    }
}

fn put_partitions(out: &mut Encoder, topics: &[TopicPartitions]) {
    out.put_count(Some(topics.len()), false);
    for topic in topics {
        out.put_str(Some(&topic.topic), false);
        out.put_count(Some(topic.partitions.len()), false);
        topic.partitions.iter().for_each(|partition| out.put_i32(*partition));
    }
}

fn partitions(input: &mut Decoder) -> Result<Vec<TopicPartitions>, Malformed> {
    let mut topics = Vec::new();
    for _ in 0..input.count(false, 6)?.unwrap_or(0) {
        let topic = input.str(false)?.ok_or(Malformed::Null)?;
        let mut partitions = Vec::new();
        for _ in 0..input.count(false, 4)?.unwrap_or(0) {
            partitions.push(input.i32()?);
        }
        topics.push(TopicPartitions::new(topic, partitions));
    }
    Ok(topics)
}

fn joined(out: Encoder) -> Result<Bytes, Malformed> {
    Ok(out.into_chunks()?.concat().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(hex: &str) -> Bytes {
        let digits: Vec<u8> = hex.bytes().filter(|byte| *byte != b' ').collect();
        let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
        digits.chunks(2).map(byte).collect::<Vec<_>>().into()
    }

    fn wanted(topics: &[&str]) -> Subscription {
        let topics = topics.iter().map(|topic| Str::from(*topic)).collect();
        Subscription { topics, generation: -1, ..Subscription::default() }
    }

    /// kafka-go's TestSaramaCompatibility: version 1 that ends where version 0 does.
    #[test]
    fn what_sarama_writes_is_read() {
        let short = bytes("0001 00000002 0003 6f6e65 0003 74776f 00000003 010203");
        let user_data = Some(Bytes::from_static(&[1, 2, 3]));
        let read = Subscription::decode(short).unwrap();
        assert_eq!(read, Subscription { user_data: user_data.clone(), ..wanted(&["one", "two"]) });
        let assignment =
            bytes("0001 00000001 0003 6f6e65 00000003 00000000 00000002 00000004 00000003 010203");
        let partitions = vec![TopicPartitions::new("one", vec![0, 2, 4])];
        assert_eq!(Assignment::decode(assignment).unwrap(), Assignment { partitions, user_data });
    }

    #[test]
    fn what_kafka_go_writes_is_read() {
        let null_user_data = bytes("0001 00000001 0003 6f6e65 ffffffff");
        assert_eq!(Subscription::decode(null_user_data).unwrap(), wanted(&["one"]));
    }

    #[test]
    fn more_than_is_known_is_left_alone() {
        let later = bytes("0009 00000000 ffffffff 00000000 00000007 0001 61 deadbeef");
        let read = Subscription::decode(later).unwrap();
        assert_eq!((read.generation, read.rack.as_deref()), (7, Some("a")));
    }

    #[test]
    fn each_thing_to_say_has_its_version() {
        let owned = vec![TopicPartitions::new("one", vec![3])];
        let plain = wanted(&["one"]);
        let owning = Subscription { owned, ..plain.clone() };
        let dated = Subscription { generation: 4, ..owning.clone() };
        let placed = Subscription { rack: Some("a".into()), ..dated.clone() };
        for (version, subscription) in [plain, owning, dated, placed].into_iter().enumerate() {
            let written = subscription.encode().unwrap();
            assert_eq!(written[..2], [0, version as u8]);
            assert_eq!(Subscription::decode(written).unwrap(), subscription);
        }
    }

    #[test]
    fn an_assignment_survives_and_nothing_is_an_empty_one() {
        let partitions = vec![TopicPartitions::new("one", vec![0, 1]), TopicPartitions::new("two", vec![5])];
        let assignment = Assignment { partitions, user_data: None };
        assert_eq!(Assignment::decode(assignment.encode().unwrap()).unwrap(), assignment);
        assert_eq!(Assignment::decode(Bytes::new()).unwrap(), Assignment::default());
    }

    #[test]
    fn what_is_cut_within_the_topics_or_partitions_is_refused() {
        assert!(Subscription::decode(bytes("0000 00000002 0003 6f6e65")).is_err());
        assert!(Subscription::decode(bytes("ffff 00000000 ffffffff")).is_err());
        assert!(Assignment::decode(bytes("0000 00000001 0003 6f6e65 00000003 00000000")).is_err());
        assert!(Assignment::decode(bytes("0000 7fffffff")).is_err());
    }
}
