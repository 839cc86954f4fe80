use std::time::Duration;

use ottla::protocol::ErrorCode;

use super::{
    Change, Fault, Faults,
    action::{Action, Ending, When},
    scope::Scope,
};

/// Which requests something goes wrong with; the last call says what, and makes it hold.
#[derive(Clone, Debug)]
#[must_use = "a rule holds once it is told what goes wrong"]
pub struct Rule {
    faults: Faults,
    scope: Scope,
    skip: u64,
    times: Option<u64>,
}

impl Rule {
    pub(super) fn new(faults: Faults, key: Option<i16>) -> Self {
        Self { faults, scope: Scope { key, ..Scope::default() }, skip: 0, times: None }
    }

    /// Only requests to this node. Default: to any.
    pub fn node(mut self, node_id: i32) -> Self {
        self.scope.node = Some(node_id);
        self
    }

    /// Only requests of clients that call themselves so. Default: of any.
    pub fn client(mut self, client_id: impl Into<String>) -> Self {
        self.scope.client = Some(client_id.into());
        self
    }

    /// Only requests that concern this topic. Default: any.
    pub fn topic(mut self, name: &str) -> Self {
        self.scope.topic = Some(name.into());
        self
    }

    /// Only requests that concern partitions of this number (or a topic as a whole). Default: any.
    pub fn partition(mut self, index: i32) -> Self {
        self.scope.partition = Some(index);
        self
    }

    /// Lets so many such requests pass first. Default: 0.
    pub fn skip(mut self, requests: u64) -> Self {
        self.skip = requests;
        self
    }

    /// Strikes so many requests. Default: until it is removed.
    pub fn times(mut self, requests: u64) -> Self {
        self.times = Some(requests);
        self
    }

    /// Answers with an error instead of handling: each partition that the rule names and, of requests
    /// that concern none, each topic or key; or else the response as a whole.
    pub fn error(self, code: ErrorCode) -> Fault {
        self.make(Action::Error { code, when: When::Before })
    }

    /// Like [`Rule::error`], except that all was done as asked.
    pub fn error_after(self, code: ErrorCode) -> Fault {
        self.make(Action::Error { code, when: When::After })
    }

    /// Handles nothing, and answers with an error of the response as a whole, where the API has a field
    /// for it (Fetch from version 7 on, Metadata from 13 on, those without topics).
    pub fn whole_error(self, code: ErrorCode) -> Fault {
        self.make(Action::WholeError(code))
    }

    /// Waits before handling.
    pub fn delay_request(self, how_long: Duration) -> Fault {
        self.make(Action::Delay { how_long, when: When::Before })
    }

    /// Waits between handling and answering.
    pub fn delay_response(self, how_long: Duration) -> Fault {
        self.make(Action::Delay { how_long, when: When::After })
    }

    /// Does not handle the request. The connection stays, and is silent from here on.
    pub fn drop_request(self) -> Fault {
        self.make(Action::End(Ending::DropRequest))
    }

    /// Does not handle the request, and ends the connection.
    pub fn cut_request(self) -> Fault {
        self.make(Action::End(Ending::CutRequest))
    }

    /// Handles the request, and does not answer. The connection stays, and is silent from here on.
    pub fn drop_response(self) -> Fault {
        self.make(Action::End(Ending::DropResponse))
    }

    /// Handles the request, and ends the connection instead of answering.
    pub fn cut_response(self) -> Fault {
        self.make(Action::End(Ending::CutResponse))
    }

    /// Handles the request, and ends the connection in the middle of the answer.
    pub fn halve_response(self) -> Fault {
        self.make(Action::End(Ending::HalveResponse))
    }

    /// Handles the request, and answers with a frame whose content is no such answer.
    pub fn garble_response(self) -> Fault {
        self.make(Action::End(Ending::GarbleResponse))
    }

    /// Answers at once that the client is throttled for so long, and takes nothing more of this
    /// connection meanwhile (KIP-219).
    pub fn throttle(self, how_long: Duration) -> Fault {
        self.make(Action::Throttle { how_long, mute: true })
    }

    /// Like [`Rule::throttle`], but leaves it to the client to heed it.
    pub fn throttle_without_muting(self, how_long: Duration) -> Fault {
        self.make(Action::Throttle { how_long, mute: false })
    }

    /// Changes the cluster before handling.
    pub fn change_before(self, change: Change) -> Fault {
        self.make(Action::Change { change, when: When::Before })
    }

    /// Changes the cluster between handling and answering.
    pub fn change_after(self, change: Change) -> Fault {
        self.make(Action::Change { change, when: When::After })
    }

    fn make(self, action: Action) -> Fault {
        let Self { faults, scope, skip, times } = self;
        Fault::holding(faults, scope, skip, times, action)
    }
}
