use std::time::Duration;

use ottla::protocol::ErrorCode;

use super::Change;

/// What goes wrong.
#[derive(Clone, Debug)]
pub(crate) enum Action {
    /// Each partition, topic or key concerned has this error.
    Error {
        code: ErrorCode,
        when: When,
    },
    /// The response as a whole has this error, and nothing is handled.
    WholeError(ErrorCode),
    Delay {
        how_long: Duration,
        when: When,
    },
    Throttle {
        how_long: Duration,
        mute: bool,
    },
    Change {
        change: Change,
        when: When,
    },
    End(Ending),
}

/// Which side of the handling of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    /// In place of it, or before it.
    Before,
    /// After it, before the answer.
    After,
}

/// How an exchange ends, other than by its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Not handled, and the connection is silent from here on.
    DropRequest,
    /// Not handled, and the connection ends.
    CutRequest,
    /// Handled, and the connection is silent from here on.
    DropResponse,
    /// Handled, and the connection ends.
    CutResponse,
    /// Handled, and the connection ends in the middle of the answer.
    HalveResponse,
    /// Handled, and the answer is nothing that could be read.
    GarbleResponse,
}
