use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use ottla_transport::Instant;

use super::*;
use crate::{
    cluster::Backoff,
    error::ErrorKind,
    group::{
        Assignor, GroupPlan, RangeAssignor,
        step::{Change, Heard},
        subscription::{Assignment, Subscription},
    },
    protocol::{ErrorCode, heartbeat, join_group, sync_group},
};

const BACKOFF: Backoff = Backoff { min: Duration::from_millis(100), max: Duration::from_secs(1) };

/// Keeps what it has while the group rebalances.
struct Cooperative;

impl Assignor for Cooperative {
    fn name(&self) -> &str {
        "cooperative-test"
    }

    fn is_cooperative(&self) -> bool {
        true
    }

    fn assign(&self, group: &GroupPlan) -> Vec<Vec<TopicPartitions>> {
        RangeAssignor.assign(group)
    }
}

/// A membership and the clock it lives by.
struct Member {
    classic: Classic,
    now: Instant,
    assignor: &'static str,
}

impl Member {
    fn new(assignor: Arc<dyn Assignor>, edit: impl FnOnce(&mut GroupConfig)) -> Self {
        let mut config = GroupConfig::new("g".into(), BACKOFF);
        let name = if assignor.is_cooperative() { "cooperative-test" } else { "range" };
        config.topics = vec!["t".into()];
        config.assignors = vec![assignor];
        edit(&mut config);
        config.check().unwrap();
        let now = Instant::from_start(Duration::from_secs(1));
        Self { classic: Classic::new(Arc::new(config), now), now, assignor: name }
    }

    fn eager() -> Self {
        Self::new(Arc::new(RangeAssignor), |_| {})
    }

    fn cooperative() -> Self {
        Self::new(Arc::new(Cooperative), |_| {})
    }

    fn next(&mut self) -> Step {
        self.classic.next(self.now)
    }

    fn pass(&mut self, time: Duration) {
        self.now = self.now + time;
    }

    /// The next step, the first that is not waiting.
    fn due(&mut self) -> Step {
        for _ in 0..100 {
            match self.next() {
                Step::Wait(until) => {
                    assert!(until > self.now, "a wait that is over");
                    self.now = until;
                }
                step => return step,
            }
        }
        panic!("it only waits");
    }

    fn join_request(&mut self) -> join_group::Request {
        match self.due() {
            Step::Find => {
                self.classic.found(Ok(()), self.now);
                self.join_request()
            }
            Step::Call(Call::Join(request)) => request,
            other => panic!("not a JoinGroup: {other:?}"),
        }
    }

    fn hear_joined(&mut self, response: join_group::Response) {
        self.classic.heard(Heard::Joined(Ok(response)), self.now);
    }

    fn joined(&self, generation: i32) -> join_group::Response {
        join_group::Response {
            generation_id: generation,
            protocol_name: Some(self.assignor.into()),
            leader: "other".into(),
            member_id: "me".into(),
            ..Default::default()
        }
    }

    fn hear_assignment(&mut self, partitions: &[i32]) {
        assert!(matches!(self.due(), Step::Call(Call::Sync(_))));
        self.classic.heard(Heard::Synced(Ok(assignment(partitions))), self.now);
    }

    /// Goes through a rebalance, as a follower.
    fn rebalance(&mut self, generation: i32, partitions: &[i32]) {
        self.join_request();
        self.hear_joined(self.joined(generation));
        self.hear_assignment(partitions);
    }

    fn tell(&mut self) -> Change {
        match self.due() {
            Step::Tell(change) => {
                self.classic.told();
                change
            }
            other => panic!("nothing is told: {other:?}"),
        }
    }

    fn beat(&mut self, code: ErrorCode) {
        match self.due() {
            Step::Call(Call::Beat(_)) => {}
            other => panic!("not a heartbeat: {other:?}"),
        }
        let response = heartbeat::Response { error_code: code, ..Default::default() };
        self.classic.heard(Heard::Beat(Ok(response)), self.now);
    }

    fn settled(assignor: Arc<dyn Assignor>) -> Self {
        let mut member = Self::new(assignor, |_| {});
        member.rebalance(1, &[0, 1]);
        assert_eq!(member.tell(), Change::Assigned(t(&[0, 1])));
        member
    }
}

fn t(partitions: &[i32]) -> Vec<TopicPartitions> {
    vec![TopicPartitions::new("t", partitions.to_vec())]
}

fn assignment(partitions: &[i32]) -> sync_group::Response {
    let partitions = if partitions.is_empty() { Vec::new() } else { t(partitions) };
    let assignment = Assignment { partitions, user_data: None }.encode().unwrap();
    sync_group::Response { assignment, ..Default::default() }
}

fn io_error() -> Error {
    Error::new(ErrorKind::Io, "the connection broke")
}

#[test]
fn a_member_joins_syncs_and_hears_what_is_its_own() {
    let mut member = Member::eager();
    let request = member.join_request();
    assert_eq!((&*request.group_id, &*request.member_id, &*request.protocol_type), ("g", "", "consumer"));
    assert_eq!((request.session_timeout_ms, request.rebalance_timeout_ms), (45_000, 60_000));
    let wanted = Subscription::decode(request.protocols[0].metadata.clone()).unwrap();
    assert_eq!(wanted.topics, ["t".into()]);
    member.hear_joined(member.joined(7));
    assert!(member.classic.identity().is_some_and(|identity| identity.generation == 7));
    member.hear_assignment(&[2, 3]);
    assert_eq!(member.tell(), Change::Assigned(t(&[2, 3])));
    member.beat(ErrorCode::NONE);
    member.beat(ErrorCode::NONE);
}

#[test]
fn the_id_that_is_required_is_used_at_once() {
    let mut member = Member::eager();
    member.join_request();
    let required = join_group::Response {
        error_code: ErrorCode::MEMBER_ID_REQUIRED,
        member_id: "given".into(),
        ..Default::default()
    };
    member.hear_joined(required);
    let before = member.now;
    assert_eq!(&*member.join_request().member_id, "given");
    assert_eq!(member.now, before, "without waiting");
}

#[test]
fn the_leader_assigns_and_followers_send_nothing() {
    let mut member = Member::eager();
    member.join_request();
    let metadata = Subscription { topics: vec!["t".into()], ..Default::default() }.encode().unwrap();
    let me = join_group::Member { member_id: "me".into(), group_instance_id: None, metadata };
    let joined = join_group::Response { leader: "me".into(), members: vec![me], ..member.joined(1) };
    member.hear_joined(joined);
    match member.due() {
        Step::Assign { assignor, members } => {
            assert_eq!((&*assignor, members.len()), ("range", 1));
            member.classic.assigned(Ok(vec![("me".into(), t(&[0]))]), member.now);
        }
        other => panic!("the leader does not assign: {other:?}"),
    }
    match member.due() {
        Step::Call(Call::Sync(request)) => {
            let sent = Assignment::decode(request.assignments[0].assignment.clone()).unwrap();
            assert_eq!(sent.partitions, t(&[0]));
        }
        other => panic!("nothing is synced: {other:?}"),
    }
}

#[test]
fn a_leader_that_is_to_skip_the_assignment_skips_it() {
    let mut member = Member::eager();
    member.join_request();
    member.hear_joined(join_group::Response {
        leader: "me".into(),
        skip_assignment: true,
        ..member.joined(1)
    });
    assert!(matches!(member.due(), Step::Call(Call::Sync(request)) if request.assignments.is_empty()));
}

#[test]
fn an_eager_member_gives_everything_back_before_it_joins_again() {
    let mut member = Member::settled(Arc::new(RangeAssignor));
    member.beat(ErrorCode::REBALANCE_IN_PROGRESS);
    assert!(matches!(member.next(), Step::Tell(Change::Revoked(all)) if all == t(&[0, 1])));
    // As long as the holder takes: the member stays alive, and may commit.
    member.beat(ErrorCode::REBALANCE_IN_PROGRESS);
    member.beat(ErrorCode::REBALANCE_IN_PROGRESS);
    assert_eq!(member.classic.identity().unwrap().generation, 1);
    member.classic.told();
    let request = member.join_request();
    assert_eq!(&*request.member_id, "me");
    member.hear_joined(member.joined(2));
    member.hear_assignment(&[1]);
    assert_eq!(member.tell(), Change::Assigned(t(&[1])));
}

#[test]
fn a_cooperative_member_keeps_what_does_not_move_and_joins_again_for_the_rest() {
    let mut member = Member::settled(Arc::new(Cooperative));
    member.beat(ErrorCode::REBALANCE_IN_PROGRESS);
    let request = member.join_request();
    let told = Subscription::decode(request.protocols[0].metadata.clone()).unwrap();
    assert_eq!((told.owned, told.generation), (t(&[0, 1]), 1));
    assert_eq!(member.classic.identity().unwrap().generation, 1, "commits go on");
    member.hear_joined(member.joined(2));
    member.hear_assignment(&[0]);
    assert_eq!(member.tell(), Change::Revoked(t(&[1])));
    assert_eq!(member.tell(), Change::Assigned(Vec::new()));
    // What it gave up can be assigned now.
    member.rebalance(3, &[0, 2]);
    assert_eq!(member.tell(), Change::Assigned(t(&[2])));
    member.beat(ErrorCode::NONE);
}

#[test]
fn an_unknown_member_loses_all_and_begins_anew() {
    for assignor in [Arc::new(RangeAssignor) as Arc<dyn Assignor>, Arc::new(Cooperative)] {
        let mut member = Member::settled(assignor);
        member.beat(ErrorCode::UNKNOWN_MEMBER_ID);
        assert_eq!(member.classic.identity(), None, "nothing is committed any more");
        assert_eq!(member.tell(), Change::Lost(t(&[0, 1])));
        let request = member.join_request();
        assert_eq!(&*request.member_id, "");
        let told = Subscription::decode(request.protocols[0].metadata.clone()).unwrap();
        assert_eq!(told.owned, Vec::new());
    }
}

#[test]
fn an_illegal_generation_loses_all_and_keeps_the_id() {
    let mut member = Member::settled(Arc::new(RangeAssignor));
    member.beat(ErrorCode::ILLEGAL_GENERATION);
    assert_eq!(member.tell(), Change::Lost(t(&[0, 1])));
    assert_eq!(&*member.join_request().member_id, "me");
}

#[test]
fn a_fenced_static_member_is_over() {
    let mut member = Member::new(Arc::new(RangeAssignor), |config| config.instance_id = Some("i".into()));
    member.rebalance(1, &[0]);
    member.tell();
    member.beat(ErrorCode::FENCED_INSTANCE_ID);
    assert!(
        matches!(member.next(), Step::Complain(error) if error.code() == Some(ErrorCode::FENCED_INSTANCE_ID))
    );
    assert_eq!(member.tell(), Change::Lost(t(&[0])));
    assert!(matches!(member.next(), Step::Over));
    assert!(matches!(member.next(), Step::Over));
}

#[test]
fn a_rebalance_while_syncing_is_joined_again() {
    let mut member = Member::eager();
    member.join_request();
    member.hear_joined(member.joined(1));
    assert!(matches!(member.due(), Step::Call(Call::Sync(_))));
    let again = sync_group::Response { error_code: ErrorCode::REBALANCE_IN_PROGRESS, ..Default::default() };
    member.classic.heard(Heard::Synced(Ok(again)), member.now);
    assert_eq!(&*member.join_request().member_id, "me");
}

#[test]
fn another_coordinator_is_looked_for_and_nothing_is_lost() {
    for answer in [
        Heard::Beat(Err(io_error())),
        Heard::Beat(Ok(heartbeat::Response { error_code: ErrorCode::NOT_COORDINATOR, ..Default::default() })),
    ] {
        let mut member = Member::settled(Arc::new(RangeAssignor));
        assert!(matches!(member.due(), Step::Call(Call::Beat(_))));
        member.classic.heard(answer, member.now);
        assert!(matches!(member.due(), Step::Find));
        member.classic.found(Err(io_error()), member.now);
        assert!(matches!(member.due(), Step::Find));
        member.classic.found(Ok(()), member.now);
        member.beat(ErrorCode::NONE);
        assert_eq!(member.classic.identity().unwrap().generation, 1);
    }
}

#[test]
fn a_coordinator_that_is_loading_is_waited_for() {
    let mut member = Member::eager();
    member.join_request();
    let loading = ErrorCode::COORDINATOR_LOAD_IN_PROGRESS;
    member.hear_joined(join_group::Response { error_code: loading, ..Default::default() });
    assert!(matches!(member.next(), Step::Wait(until) if until > member.now));
    assert!(matches!(member.due(), Step::Call(Call::Join(_))), "the same one is asked again");
}

#[test]
fn without_a_sign_for_a_session_timeout_all_is_lost() {
    let mut member = Member::settled(Arc::new(RangeAssignor));
    let settled_at = member.now;
    loop {
        match member.due() {
            Step::Find => member.classic.found(Ok(()), member.now),
            Step::Call(Call::Beat(_)) => member.classic.heard(Heard::Beat(Err(io_error())), member.now),
            Step::Tell(change) => {
                assert_eq!(change, Change::Lost(t(&[0, 1])));
                break;
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(member.now.since(settled_at) >= Duration::from_secs(45));
    assert!(member.now.since(settled_at) < Duration::from_secs(50));
}

#[test]
fn what_is_lost_while_it_is_being_assigned_need_not_be_waited_for() {
    let mut member = Member::eager();
    member.rebalance(1, &[0]);
    assert!(matches!(member.due(), Step::Tell(Change::Assigned(_))));
    assert!(!member.classic.is_overtaken());
    member.beat(ErrorCode::UNKNOWN_MEMBER_ID);
    assert!(member.classic.is_overtaken());
    member.classic.told();
    assert_eq!(member.tell(), Change::Lost(t(&[0])));
}

#[test]
fn a_refusal_that_does_not_pass_is_told_and_tried_again_slowly() {
    let mut member = Member::eager();
    member.join_request();
    let refused = ErrorCode::GROUP_AUTHORIZATION_FAILED;
    member.hear_joined(join_group::Response { error_code: refused, ..Default::default() });
    assert!(matches!(member.next(), Step::Complain(error) if error.code() == Some(refused)));
    let before = member.now;
    member.join_request();
    assert!(member.now.since(before) >= BACKOFF.max);
}

#[test]
fn a_cluster_that_is_away_is_told_of_after_the_patience_and_not_before() {
    let mut member = Member::eager();
    let started = member.now;
    loop {
        match member.due() {
            Step::Find => member.classic.found(Err(io_error()), member.now),
            Step::Complain(error) => {
                assert_eq!(error.kind(), ErrorKind::Io);
                break;
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(member.now.since(started) >= Duration::from_secs(60));
}

#[test]
fn an_assignor_that_it_has_not_is_told_of() {
    let mut member = Member::eager();
    member.join_request();
    member.hear_joined(join_group::Response { protocol_name: Some("foo".into()), ..member.joined(1) });
    match member.next() {
        Step::Complain(error) => assert!(error.to_string().contains("unable to find the assignor \"foo\"")),
        other => panic!("{other:?}"),
    }
    member.join_request();
}

#[test]
fn an_assignment_that_cannot_be_read_is_asked_for_again() {
    let mut member = Member::eager();
    member.join_request();
    member.hear_joined(member.joined(1));
    assert!(matches!(member.due(), Step::Call(Call::Sync(_))));
    let nonsense =
        sync_group::Response { assignment: Bytes::from_static(&[0, 0, 0xff]), ..Default::default() };
    member.classic.heard(Heard::Synced(Ok(nonsense)), member.now);
    member.join_request();
}

#[test]
fn changed_topics_are_joined_for() {
    let mut member = Member::settled(Arc::new(Cooperative));
    member.classic.subscribe(vec!["t".into(), "u".into()]);
    let request = member.join_request();
    let told = Subscription::decode(request.protocols[0].metadata.clone()).unwrap();
    assert_eq!(told.topics, ["t".into(), "u".into()]);
}

#[test]
fn a_member_says_goodbye_and_a_static_one_does_not() {
    let mut member = Member::settled(Arc::new(RangeAssignor));
    member.classic.end();
    assert!(matches!(member.next(), Step::Call(Call::Leave(request)) if &*request.member_id == "me"));
    member.classic.heard(Heard::Left, member.now);
    assert!(matches!(member.next(), Step::Over));

    let mut fixed = Member::new(Arc::new(RangeAssignor), |config| config.instance_id = Some("i".into()));
    fixed.rebalance(1, &[0]);
    fixed.tell();
    fixed.classic.end();
    assert!(matches!(fixed.next(), Step::Over));
}

#[test]
fn a_member_that_was_joining_says_goodbye_too() {
    let mut member = Member::cooperative();
    member.join_request();
    member.hear_joined(join_group::Response {
        error_code: ErrorCode::MEMBER_ID_REQUIRED,
        member_id: "given".into(),
        ..Default::default()
    });
    member.join_request();
    member.classic.end();
    assert!(matches!(member.next(), Step::Call(Call::Leave(request)) if &*request.member_id == "given"));
    member.classic.heard(Heard::Left, member.now);
    assert!(matches!(member.next(), Step::Over));
}

#[test]
fn a_coordinator_that_knows_nobody_is_not_asked_without_a_pause() {
    let mut member = Member::eager();
    let started = member.now;
    for _ in 0..10 {
        member.join_request();
        let unknown = ErrorCode::UNKNOWN_MEMBER_ID;
        member.hear_joined(join_group::Response { error_code: unknown, ..Default::default() });
    }
    assert!(member.now.since(started) > Duration::from_secs(3));
}

#[test]
fn a_slow_holder_is_lost_only_when_the_session_is() {
    let mut member = Member::settled(Arc::new(RangeAssignor));
    member.beat(ErrorCode::REBALANCE_IN_PROGRESS);
    assert!(matches!(member.next(), Step::Tell(Change::Revoked(_))));
    for _ in 0..40 {
        member.beat(ErrorCode::REBALANCE_IN_PROGRESS);
    }
    // It took longer than the coordinator waits.
    member.beat(ErrorCode::UNKNOWN_MEMBER_ID);
    assert!(!member.classic.is_overtaken(), "the user is still at it");
    member.classic.told();
    member.pass(Duration::ZERO);
    assert_eq!(&*member.join_request().member_id, "");
}
