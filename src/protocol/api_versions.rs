//! ApiVersions: what a broker speaks. The first request on every connection.
//!
//! A broker that does not know the version asked for answers at version 0, with
//! [`UNSUPPORTED_VERSION`](super::ErrorCode::UNSUPPORTED_VERSION) and, since 2.4, its own range (KIP-511).

use super::ErrorCode;
use crate::wire::Str;

api! {
    ApiVersions = 18, versions 0..=4, flexible 3;

    /// Asks what the broker speaks.
    request {
        /// Name of the client library: letters, digits, `.` and `-` only (KIP-511).
        client_software_name: Str [3..],
        /// Version of the client library.
        client_software_version: Str [3..],
    }

    /// What the broker speaks.
    response {
        /// Whether it worked.
        error_code: ErrorCode [0..],
        /// The APIs, in no order.
        api_keys: Vec<ApiVersion> [0..],
        /// How long the broker held the answer back for a quota, in milliseconds.
        throttle_time_ms: i32 [1..],
        /// Features that the broker can have (KIP-584).
        supported_features: Vec<SupportedFeature> [3..] tag 0,
        /// Epoch of the finalized features, −1 if unknown.
        finalized_features_epoch: i64 [3..] tag 1 = -1,
        /// Features that the whole cluster has.
        finalized_features: Vec<FinalizedFeature> [3..] tag 2,
        /// Whether the broker is ready to leave ZooKeeper (KIP-866).
        zk_migration_ready: bool [3..] tag 3 = false,
    }

    /// The versions of one API.
    struct ApiVersion {
        /// Number of the API.
        api_key: i16 [0..],
        /// Lowest version.
        min_version: i16 [0..],
        /// Highest version.
        max_version: i16 [0..],
    }

    /// A feature that the broker can have.
    struct SupportedFeature {
        /// Its name.
        name: Str [3..],
        /// Lowest version.
        min_version: i16 [3..],
        /// Highest version.
        max_version: i16 [3..],
    }

    /// A feature that the whole cluster has.
    struct FinalizedFeature {
        /// Its name.
        name: Str [3..],
        /// Highest version level.
        max_version_level: i16 [3..],
        /// Lowest version level.
        min_version_level: i16 [3..],
    }
}
