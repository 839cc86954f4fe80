use crate::wire::{
    Decoder, Encoder, Malformed,
    describe::Kind,
    field::{Field, Form},
};
use std::fmt;

/// A broker's verdict: a number that stands for success (0) or for a reason.
///
/// Numbers that this table does not know survive as they are.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ErrorCode(pub i16);

struct Entry {
    code: i16,
    name: &'static str,
    meaning: &'static str,
    retriable: bool,
}

impl ErrorCode {
    /// Whether this is success.
    #[inline]
    #[must_use]
    pub const fn is_ok(self) -> bool {
        self.0 == 0
    }

    /// `Err(self)` unless this is success.
    ///
    /// # Errors
    /// The code itself.
    #[inline]
    pub const fn ok(self) -> Result<(), Self> {
        if self.is_ok() { Ok(()) } else { Err(self) }
    }

    /// Kafka's name for it, such as `NOT_LEADER_OR_FOLLOWER`; `None` for an unknown number.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        self.entry().map(|entry| entry.name)
    }

    /// What it means and what to do, in a sentence without full stop; `None` for an unknown number.
    #[must_use]
    pub fn meaning(self) -> Option<&'static str> {
        self.entry().map(|entry| entry.meaning)
    }

    /// Whether the same request may succeed later, perhaps at another broker. Unknown numbers are not.
    #[must_use]
    pub fn is_retriable(self) -> bool {
        self.entry().is_some_and(|entry| entry.retriable)
    }

    /// Every code of the table, in the order of the numbers.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|entry| Self(entry.code))
    }

    fn entry(self) -> Option<&'static Entry> {
        let index = TABLE.binary_search_by_key(&self.0, |entry| entry.code).ok()?;
        TABLE.get(index)
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.entry() {
            Some(entry) => write!(f, "{}: {}", entry.name, entry.meaning),
            None => write!(f, "error code {}, which this client does not know", self.0),
        }
    }
}

impl fmt::Debug for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.entry() {
            Some(entry) => write!(f, "{}({})", entry.name, entry.code),
            None => write!(f, "ErrorCode({})", self.0),
        }
    }
}

impl Field for ErrorCode {
    const KIND: Kind = Kind::Scalar("int16");
    const MIN: usize = 2;

    fn write(&self, out: &mut Encoder, _: Form) {
        out.put_i16(self.0);
    }

    fn read(input: &mut Decoder, _: Form) -> Result<Self, Malformed> {
        input.i16().map(Self)
    }
}

macro_rules! table {
    ($($code:literal $NAME:ident $($retriable:ident)?: $meaning:literal;)*) => {
        impl ErrorCode { $(
            #[doc = concat!("Code ", $code, ": ", $meaning, ".")]
            pub const $NAME: Self = Self($code);
        )* }

        /// Sorted by code.
        const TABLE: &[Entry] = &[$(Entry {
            code: $code,
            name: stringify!($NAME),
            meaning: $meaning,
            retriable: table!(retriable $($retriable)?),
        },)*];
    };
    (retriable) => { false };
    (retriable retriable) => { true };
}

table! {
    -1 UNKNOWN_SERVER_ERROR: "the broker failed for a reason that it does not tell; its log may";
    0 NONE: "success";
    1 OFFSET_OUT_OF_RANGE: "the partition does not hold that offset (any more, or yet); start from its first or last offset";
    2 CORRUPT_MESSAGE retriable: "a record failed its checksum, is too large, or lacks the key that a compacted topic asks for";
    3 UNKNOWN_TOPIC_OR_PARTITION retriable: "this broker does not know the topic or partition; create the topic, or check the name and the right to see it";
    4 INVALID_FETCH_SIZE: "the size asked for in the fetch is invalid";
    5 LEADER_NOT_AVAILABLE retriable: "the partition has no leader at the moment, as happens during an election or right after its creation";
    6 NOT_LEADER_OR_FOLLOWER retriable: "this broker does not lead the partition (any more); refresh the metadata and ask the new leader";
    7 REQUEST_TIMED_OUT retriable: "the broker did not finish in the time that the request allowed";
    8 BROKER_NOT_AVAILABLE: "the broker is not available";
    9 REPLICA_NOT_AVAILABLE retriable: "this broker has no replica of the partition ready";
    10 MESSAGE_TOO_LARGE: "the batch is larger than the broker accepts; write smaller records or raise max.message.bytes of the topic";
    11 STALE_CONTROLLER_EPOCH: "the controller's epoch is out of date";
    12 OFFSET_METADATA_TOO_LARGE: "the text that goes with a committed offset is too long";
    13 NETWORK_EXCEPTION retriable: "the connection was lost before the answer came";
    14 COORDINATOR_LOAD_IN_PROGRESS retriable: "the coordinator is still reading its state; ask again in a moment";
    15 COORDINATOR_NOT_AVAILABLE retriable: "there is no coordinator at the moment; ask again in a moment";
    16 NOT_COORDINATOR retriable: "this broker does not coordinate the group or transaction (any more); find the coordinator anew";
    17 INVALID_TOPIC_EXCEPTION: "the topic's name is invalid, or it may not be written to; use letters, digits, '.', '_' and '-', 249 at most";
    18 RECORD_LIST_TOO_LARGE: "the batch is larger than a segment of the partition";
    19 NOT_ENOUGH_REPLICAS retriable: "fewer replicas are in sync than min.insync.replicas demands; nothing was written";
    20 NOT_ENOUGH_REPLICAS_AFTER_APPEND retriable: "the batch was written, but fewer replicas are in sync than min.insync.replicas demands";
    21 INVALID_REQUIRED_ACKS: "acks must be -1, 0 or 1";
    22 ILLEGAL_GENERATION: "the group has moved on to another generation; join it again";
    23 INCONSISTENT_GROUP_PROTOCOL: "the member shares no assignment strategy with the rest of the group";
    24 INVALID_GROUP_ID: "the group's id is invalid; it must not be empty";
    25 UNKNOWN_MEMBER_ID: "the group does not know this member (any more); join it again";
    26 INVALID_SESSION_TIMEOUT: "the session timeout is outside of what the broker allows (group.min.session.timeout.ms to group.max.session.timeout.ms)";
    27 REBALANCE_IN_PROGRESS: "the group is rebalancing; join it again";
    28 INVALID_COMMIT_OFFSET_SIZE: "the offset to commit is too large with its text";
    29 TOPIC_AUTHORIZATION_FAILED: "the user may not do this to the topic";
    30 GROUP_AUTHORIZATION_FAILED: "the user may not use the group";
    31 CLUSTER_AUTHORIZATION_FAILED: "the user may not do this to the cluster";
    32 INVALID_TIMESTAMP: "a record's timestamp is further from the broker's clock than the topic allows";
    33 UNSUPPORTED_SASL_MECHANISM: "the broker does not offer this SASL mechanism on this port";
    34 ILLEGAL_SASL_STATE: "the request does not fit the state of the login; the port may not ask for SASL, or demand it first";
    35 UNSUPPORTED_VERSION: "the broker does not support this version of the request";
    36 TOPIC_ALREADY_EXISTS: "a topic of this name exists already";
    37 INVALID_PARTITIONS: "the number of partitions is invalid; it must be positive, and can only grow";
    38 INVALID_REPLICATION_FACTOR: "the replication factor must be positive and not above the number of brokers";
    39 INVALID_REPLICA_ASSIGNMENT: "the assignment of partitions to brokers is invalid";
    40 INVALID_CONFIG: "a setting's name or value is invalid";
    41 NOT_CONTROLLER retriable: "this broker is not the controller (any more); refresh the metadata and ask the controller";
    42 INVALID_REQUEST: "the broker finds the request contradictory, or read something else than was meant";
    43 UNSUPPORTED_FOR_MESSAGE_FORMAT: "the partition's message format on the broker is too old for this";
    44 POLICY_VIOLATION: "a policy of the cluster forbids these settings";
    45 OUT_OF_ORDER_SEQUENCE_NUMBER: "a batch of this producer before this one is missing at the broker";
    46 DUPLICATE_SEQUENCE_NUMBER: "the broker has this batch already";
    47 INVALID_PRODUCER_EPOCH: "another producer with the same transactional id has taken over, or the transaction was aborted";
    48 INVALID_TXN_STATE: "the transaction's state does not allow this step";
    49 INVALID_PRODUCER_ID_MAPPING: "the producer id does not belong to this transactional id (any more)";
    50 INVALID_TRANSACTION_TIMEOUT: "the transaction timeout is above what the broker allows (transaction.max.timeout.ms)";
    51 CONCURRENT_TRANSACTIONS retriable: "the previous transaction of this producer is still being completed";
    52 TRANSACTION_COORDINATOR_FENCED: "another broker coordinates this transaction by now";
    53 TRANSACTIONAL_ID_AUTHORIZATION_FAILED: "the user may not use the transactional id";
    54 SECURITY_DISABLED: "the cluster has no access control lists: no authorizer is configured";
    55 OPERATION_NOT_ATTEMPTED: "the broker did not try, because another part of the request failed";
    56 KAFKA_STORAGE_ERROR retriable: "the broker cannot read or write its disk; another replica may lead soon";
    57 LOG_DIR_NOT_FOUND: "the broker does not have this log directory";
    58 SASL_AUTHENTICATION_FAILED: "the login was refused; check user, password and mechanism";
    59 UNKNOWN_PRODUCER_ID: "the broker has forgotten this producer, since all that it wrote has expired";
    60 REASSIGNMENT_IN_PROGRESS: "the partitions are already being moved";
    61 DELEGATION_TOKEN_AUTH_DISABLED: "the cluster has delegation tokens switched off";
    62 DELEGATION_TOKEN_NOT_FOUND: "the broker does not know the delegation token";
    63 DELEGATION_TOKEN_OWNER_MISMATCH: "the delegation token belongs to another user";
    64 DELEGATION_TOKEN_REQUEST_NOT_ALLOWED: "requests on delegation tokens need TLS or SASL, and no login by a token";
    65 DELEGATION_TOKEN_AUTHORIZATION_FAILED: "the user may not do this to the delegation token";
    66 DELEGATION_TOKEN_EXPIRED: "the delegation token has expired";
    67 INVALID_PRINCIPAL_TYPE: "the principal is of a type that does not fit here";
    68 NON_EMPTY_GROUP: "the group still has members; stop them first";
    69 GROUP_ID_NOT_FOUND: "there is no such group";
    70 FETCH_SESSION_ID_NOT_FOUND retriable: "the broker has dropped the fetch session; begin a new one";
    71 INVALID_FETCH_SESSION_EPOCH retriable: "the fetch session has moved on; begin a new one";
    72 LISTENER_NOT_FOUND retriable: "the leader has no listener of the kind that this connection came by";
    73 TOPIC_DELETION_DISABLED: "the cluster does not allow topics to be deleted (delete.topic.enable)";
    74 FENCED_LEADER_EPOCH retriable: "the client's idea of the leader is older than the broker's; refresh the metadata";
    75 UNKNOWN_LEADER_EPOCH retriable: "the client's idea of the leader is newer than the broker's; ask again in a moment";
    76 UNSUPPORTED_COMPRESSION_TYPE: "the broker, or this version of the request, does not take this compression; zstd needs Kafka 2.1";
    77 STALE_BROKER_EPOCH: "the broker has restarted in the meantime";
    78 OFFSET_NOT_AVAILABLE retriable: "the new leader cannot tell the offset yet; ask again in a moment";
    79 MEMBER_ID_REQUIRED: "the group has given the member an id; join again with it";
    80 PREFERRED_LEADER_NOT_AVAILABLE retriable: "the preferred leader is not available";
    81 GROUP_MAX_SIZE_REACHED: "the group has as many members as the broker allows (group.max.size)";
    82 FENCED_INSTANCE_ID: "another member has taken over this group instance id";
    83 ELIGIBLE_LEADERS_NOT_AVAILABLE retriable: "no replica that may lead the partition is available";
    84 ELECTION_NOT_NEEDED retriable: "the partition has the leader already that the election would give it";
    85 NO_REASSIGNMENT_IN_PROGRESS: "the partition is not being moved";
    86 GROUP_SUBSCRIBED_TO_TOPIC: "the group is still subscribed to the topic, so its offsets cannot be deleted";
    87 INVALID_RECORD: "the broker refused a record, which its topic does not allow";
    88 UNSTABLE_OFFSET_COMMIT retriable: "the offset is part of a transaction that is still open";
    89 THROTTLING_QUOTA_EXCEEDED retriable: "the quota is used up; ask again after the throttle time";
    90 PRODUCER_FENCED: "another producer with the same transactional id has taken over";
    91 RESOURCE_NOT_FOUND: "there is no such thing";
    92 DUPLICATE_RESOURCE: "there is such a thing already, or the request names it twice";
    93 UNACCEPTABLE_CREDENTIAL: "the credential is not good enough: check iterations, name and password";
    94 INCONSISTENT_VOTER_SET: "the voters named are not the quorum's";
    95 INVALID_UPDATE_VERSION: "the version of the update is invalid";
    96 FEATURE_UPDATE_FAILED: "the cluster's features could not be updated";
    97 PRINCIPAL_DESERIALIZATION_FAILURE: "the forwarded principal could not be read; the cluster's brokers may disagree on its class";
    98 SNAPSHOT_NOT_FOUND: "there is no such snapshot";
    99 POSITION_OUT_OF_RANGE: "the snapshot has no such position";
    100 UNKNOWN_TOPIC_ID retriable: "this broker does not know the topic's id; the topic may have been deleted, or be new";
    101 DUPLICATE_BROKER_REGISTRATION: "a broker of this id is registered already";
    102 BROKER_ID_NOT_REGISTERED: "no broker of this id is registered";
    103 INCONSISTENT_TOPIC_ID retriable: "the topic's id does not fit its name; it may have been deleted and created anew";
    104 INCONSISTENT_CLUSTER_ID: "the request is meant for another cluster";
    105 TRANSACTIONAL_ID_NOT_FOUND: "the broker does not know the transactional id";
    106 FETCH_SESSION_TOPIC_ID_ERROR retriable: "the fetch session mixes topics with and without ids; begin a new one";
    107 INELIGIBLE_REPLICA: "the replica may not join those in sync";
    108 NEW_LEADER_ELECTED: "the change made another broker the leader";
    109 OFFSET_MOVED_TO_TIERED_STORAGE: "the offset is in remote storage only";
    110 FENCED_MEMBER_EPOCH: "the group has fenced the member's epoch; join it again";
    111 UNRELEASED_INSTANCE_ID: "another member still holds this group instance id";
    112 UNSUPPORTED_ASSIGNOR: "the coordinator does not have this assignor";
    113 STALE_MEMBER_EPOCH: "the member's epoch is out of date; heartbeat first";
    114 MISMATCHED_ENDPOINT_TYPE: "the request was sent to a broker where it needs a controller, or the other way round";
    115 UNSUPPORTED_ENDPOINT_TYPE: "this type of endpoint is not supported";
    116 UNKNOWN_CONTROLLER_ID: "no controller of this id is registered";
    117 UNKNOWN_SUBSCRIPTION_ID: "the broker does not know the telemetry subscription (any more)";
    118 TELEMETRY_TOO_LARGE: "the telemetry is larger than the broker accepts";
    119 INVALID_REGISTRATION: "the controller finds the registration invalid";
    120 TRANSACTION_ABORTABLE: "the transaction cannot go on; abort it";
    121 INVALID_RECORD_STATE: "the record's state does not allow this acknowledgement";
    122 SHARE_SESSION_NOT_FOUND retriable: "the broker has dropped the share session; begin a new one";
    123 INVALID_SHARE_SESSION_EPOCH retriable: "the share session has moved on; begin a new one";
    124 FENCED_STATE_EPOCH: "the share coordinator's state has moved on";
    125 INVALID_VOTER_KEY: "the voter's key is not the receiver's";
    126 DUPLICATE_VOTER: "the quorum has this voter already";
    127 VOTER_NOT_FOUND: "the quorum has no such voter";
    128 INVALID_REGULAR_EXPRESSION: "the regular expression is invalid";
    129 REBOOTSTRAP_REQUIRED: "the client's idea of the cluster is too old; begin with the bootstrap addresses again";
    130 STREAMS_INVALID_TOPOLOGY: "the Streams topology is invalid";
    131 STREAMS_INVALID_TOPOLOGY_EPOCH: "the epoch of the Streams topology is invalid";
    132 STREAMS_TOPOLOGY_FENCED: "the epoch of the Streams topology is out of date";
    133 SHARE_SESSION_LIMIT_REACHED retriable: "the broker has as many share sessions as it allows";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_is_whole_and_sorted() {
        let codes: Vec<_> = ErrorCode::all().map(|code| code.0).collect();
        assert_eq!(codes, (-1..=133).collect::<Vec<_>>());
    }

    #[test]
    fn known_and_unknown() {
        let code = ErrorCode::NOT_LEADER_OR_FOLLOWER;
        assert_eq!((code.0, code.name(), code.is_retriable()), (6, Some("NOT_LEADER_OR_FOLLOWER"), true));
        assert!(code.to_string().starts_with("NOT_LEADER_OR_FOLLOWER: this broker"));
        assert_eq!((code.ok(), ErrorCode(0).ok()), (Err(code), Ok(())));
        assert_eq!(format!("{:?}", ErrorCode::NONE), "NONE(0)");

        let unknown = ErrorCode(1234);
        assert_eq!((unknown.name(), unknown.is_retriable()), (None, false));
        assert_eq!(unknown.to_string(), "error code 1234, which this client does not know");
    }
}
