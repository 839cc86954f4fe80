//! Every message at every version, against an encoder written from the description alone and, where
//! it knows the version, against the `kafka-protocol` crate.

use bytes::{Bytes, BytesMut};
use kafka_protocol::{
    messages::{self as theirs, ApiKey},
    protocol::{Decodable, Encodable, Message as TheirMessage},
};
use ottla_tests::messages::{Codec, all};

/// Random messages for each message and version.
const ROUNDS: u64 = 200;

#[test]
fn every_version_survives() {
    for codec in all() {
        for version in codec.versions.clone() {
            for seed in 0..ROUNDS {
                let bytes = codec.arbitrary(version, seed);
                let again = (codec.recode)(version, bytes.clone());
                assert_eq!(again, Ok(bytes), "{} version {version}, seed {seed}", codec.name);
            }
        }
    }
}

#[test]
fn agrees_with_kafka_protocol() {
    let mut compared = 0;
    for codec in all() {
        let (first, last, recode) = oracle(&codec.name);
        let both = (*codec.versions.start()).max(first)..=(*codec.versions.end()).min(last);
        assert!(!both.is_empty(), "{}: kafka-protocol knows no version of ours", codec.name);
        for version in both {
            check_header(&codec, version);
            for seed in 0..ROUNDS {
                let bytes = codec.arbitrary(version, seed);
                let at = || format!("{} version {version}, seed {seed}", codec.name);
                let ours = (codec.recode)(version, bytes.clone()).unwrap_or_else(|e| panic!("{}: {e}", at()));
                let theirs = recode(version, ours.clone());
                assert_eq!(theirs, ours, "{}", at());
                assert_eq!((codec.recode)(version, theirs), Ok(ours), "{}", at());
            }
            compared += 1;
        }
    }
    eprintln!("{compared} pairs of message and version agree, {ROUNDS} random messages each");
}

/// Whether both take the same versions for flexible.
fn check_header(codec: &Codec, version: i16) {
    let api = ApiKey::try_from(codec.key).expect("an API that kafka-protocol knows");
    let flexible = version >= codec.flexible;
    assert_eq!(api.request_header_version(version) >= 2, flexible, "{} version {version}", codec.name);
    let tagged = flexible && api != ApiKey::ApiVersions;
    assert_eq!(api.response_header_version(version) >= 1, tagged, "{} version {version}", codec.name);
}

type Oracle = (i16, i16, fn(i16, Bytes) -> Bytes);

fn oracle(name: &str) -> Oracle {
    fn of<M: TheirMessage + Encodable + Decodable>() -> Oracle {
        (M::VERSIONS.min, M::VERSIONS.max, |version, mut bytes| {
            let message = M::decode(&mut bytes, version).expect("kafka-protocol reads what ottla wrote");
            assert!(bytes.is_empty(), "kafka-protocol leaves {} bytes", bytes.len());
            let mut out = BytesMut::new();
            message.encode(&mut out, version).expect("kafka-protocol writes what it read");
            out.freeze()
        })
    }
    match name {
        "ProduceRequest" => of::<theirs::ProduceRequest>(),
        "ProduceResponse" => of::<theirs::ProduceResponse>(),
        "FetchRequest" => of::<theirs::FetchRequest>(),
        "FetchResponse" => of::<theirs::FetchResponse>(),
        "ListOffsetsRequest" => of::<theirs::ListOffsetsRequest>(),
        "ListOffsetsResponse" => of::<theirs::ListOffsetsResponse>(),
        "MetadataRequest" => of::<theirs::MetadataRequest>(),
        "MetadataResponse" => of::<theirs::MetadataResponse>(),
        "FindCoordinatorRequest" => of::<theirs::FindCoordinatorRequest>(),
        "FindCoordinatorResponse" => of::<theirs::FindCoordinatorResponse>(),
        "SaslHandshakeRequest" => of::<theirs::SaslHandshakeRequest>(),
        "SaslHandshakeResponse" => of::<theirs::SaslHandshakeResponse>(),
        "ApiVersionsRequest" => of::<theirs::ApiVersionsRequest>(),
        "ApiVersionsResponse" => of::<theirs::ApiVersionsResponse>(),
        "CreateTopicsRequest" => of::<theirs::CreateTopicsRequest>(),
        "CreateTopicsResponse" => of::<theirs::CreateTopicsResponse>(),
        "DeleteTopicsRequest" => of::<theirs::DeleteTopicsRequest>(),
        "DeleteTopicsResponse" => of::<theirs::DeleteTopicsResponse>(),
        "InitProducerIdRequest" => of::<theirs::InitProducerIdRequest>(),
        "InitProducerIdResponse" => of::<theirs::InitProducerIdResponse>(),
        "OffsetForLeaderEpochRequest" => of::<theirs::OffsetForLeaderEpochRequest>(),
        "OffsetForLeaderEpochResponse" => of::<theirs::OffsetForLeaderEpochResponse>(),
        "SaslAuthenticateRequest" => of::<theirs::SaslAuthenticateRequest>(),
        "SaslAuthenticateResponse" => of::<theirs::SaslAuthenticateResponse>(),
        "CreatePartitionsRequest" => of::<theirs::CreatePartitionsRequest>(),
        "CreatePartitionsResponse" => of::<theirs::CreatePartitionsResponse>(),
        "OffsetCommitRequest" => of::<theirs::OffsetCommitRequest>(),
        "OffsetCommitResponse" => of::<theirs::OffsetCommitResponse>(),
        "OffsetFetchRequest" => of::<theirs::OffsetFetchRequest>(),
        "OffsetFetchResponse" => of::<theirs::OffsetFetchResponse>(),
        "JoinGroupRequest" => of::<theirs::JoinGroupRequest>(),
        "JoinGroupResponse" => of::<theirs::JoinGroupResponse>(),
        "HeartbeatRequest" => of::<theirs::HeartbeatRequest>(),
        "HeartbeatResponse" => of::<theirs::HeartbeatResponse>(),
        "LeaveGroupRequest" => of::<theirs::LeaveGroupRequest>(),
        "LeaveGroupResponse" => of::<theirs::LeaveGroupResponse>(),
        "SyncGroupRequest" => of::<theirs::SyncGroupRequest>(),
        "SyncGroupResponse" => of::<theirs::SyncGroupResponse>(),
        "DescribeGroupsRequest" => of::<theirs::DescribeGroupsRequest>(),
        "DescribeGroupsResponse" => of::<theirs::DescribeGroupsResponse>(),
        "ListGroupsRequest" => of::<theirs::ListGroupsRequest>(),
        "ListGroupsResponse" => of::<theirs::ListGroupsResponse>(),
        "DeleteGroupsRequest" => of::<theirs::DeleteGroupsRequest>(),
        "DeleteGroupsResponse" => of::<theirs::DeleteGroupsResponse>(),
        "OffsetDeleteRequest" => of::<theirs::OffsetDeleteRequest>(),
        "OffsetDeleteResponse" => of::<theirs::OffsetDeleteResponse>(),
        "ConsumerGroupHeartbeatRequest" => of::<theirs::ConsumerGroupHeartbeatRequest>(),
        "ConsumerGroupHeartbeatResponse" => of::<theirs::ConsumerGroupHeartbeatResponse>(),
        "ConsumerGroupDescribeRequest" => of::<theirs::ConsumerGroupDescribeRequest>(),
        "ConsumerGroupDescribeResponse" => of::<theirs::ConsumerGroupDescribeResponse>(),
        other => panic!("{other} has no oracle: name it here"),
    }
}
