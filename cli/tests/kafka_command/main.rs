//! The `ottla` binary on a real Kafka of the version that `KAFKA_VERSION` names.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

#[path = "../cli/support.rs"]
#[allow(dead_code, reason = "what runs the command is the other suite's")]
mod support;

use ottla_kafka::{Config, KafkaCluster};
use serde_json::{Value, json};

use self::support::{Run, Running, ottla_reading};

struct Kafka(KafkaCluster);

impl Kafka {
    /// With a topic `t` of two partitions: three records in the first, two in the second.
    fn start() -> Self {
        let config =
            Config::new(&ottla_kafka::default_version()).set("group.initial.rebalance.delay.ms", "0");
        let kafka = Self(config.start().unwrap());
        kafka.ottla("create t --partitions 2").ok();
        kafka.ottla_reading("produce t --partition 0", "a0\na1\na2\n").ok();
        kafka.ottla_reading("produce t --partition 1", "b0\nb1\n").ok();
        kafka
    }

    fn ottla(&self, arguments: &str) -> Run {
        self.ottla_reading(arguments, "")
    }

    fn ottla_reading(&self, arguments: &str, stdin: &str) -> Run {
        ottla_reading(&format!("{arguments} -b {}", self.0.bootstrap()), stdin)
    }

    fn group(&self, arguments: &str) -> Value {
        self.ottla(&format!("group {arguments} --json")).json().remove(0)
    }

    fn is(&self, version: &[u32]) -> bool {
        self.0.version().at_least(version)
    }
}

fn sorted(text: &str) -> Vec<&str> {
    let mut lines: Vec<_> = text.lines().collect();
    lines.sort_unstable();
    lines
}

/// Topic, partition, committed offset, end and lag of each partition.
fn places(group: &Value) -> Value {
    let place = |it: &Value| json!([it["partition"], it["committed"], it["end"], it["lag"]]);
    group["partitions"].as_array().unwrap().iter().map(place).collect()
}

#[test]
fn what_was_printed_is_committed_and_the_next_goes_on() {
    let kafka = Kafka::start();
    // Exactly what was printed: not what was fetched with it.
    let mut read = kafka.ottla("consume t --group g --count 2").ok();
    read += &kafka.ottla("consume t --group g --count 3 --commit-interval 100ms").ok();
    assert_eq!(sorted(&read), ["a0", "a1", "a2", "b0", "b1"]);
    assert_eq!(kafka.ottla("consume t --group g --timeout 3s").ok(), "");
    kafka.ottla_reading("produce t --partition 1", "b2\n").ok();
    assert_eq!(kafka.ottla("consume t --group g --count 1").ok(), "b2\n");
    assert!(sorted(&kafka.ottla("groups").ok()).iter().any(|line| line.starts_with("g\t")));
    let groups = kafka.ottla("groups --json").json();
    assert!(groups.iter().any(|group| group["group"] == "g" && group["type"] == "consumer"), "{groups:?}");
}

#[test]
fn groups_are_shown_reset_and_deleted() {
    let kafka = Kafka::start();
    if !kafka.is(&[1, 1]) {
        let run = kafka.ottla("group g --delete");
        run.error(1);
        return;
    }
    // One that has never had members.
    let unnamed = kafka.ottla("group g --reset first");
    assert!(unnamed.error(2).contains("--topic"), "{unnamed:?}");
    assert_eq!(kafka.ottla("group g --reset 1 --topic t --dry-run").ok(), "t\t0\t-\t1\nt\t1\t-\t1\n");
    kafka.ottla("group g").error(1);
    assert_eq!(kafka.ottla("group g --reset 1 --topic t:0").ok(), "t\t0\t-\t1\n");
    assert_eq!(kafka.ottla("group g").ok(), "g\tEmpty\tclassic\nt\t0\t1\t3\t2\t-\n");
    assert_eq!(kafka.ottla("group g --reset last --topic t").ok(), "t\t0\t1\t3\nt\t1\t-\t2\n");
    assert_eq!(places(&kafka.group("g")), json!([[0, 3, 3, 0], [1, 2, 2, 0]]));
    // A minute back is before all that was written; the time to come is after it.
    assert_eq!(kafka.ottla("group g --reset -10m").ok(), "t\t0\t3\t0\nt\t1\t2\t0\n");
    assert_eq!(kafka.ottla("group g --reset 2100-01-01T00:00:00Z").ok(), "t\t0\t0\t3\nt\t1\t0\t2\n");
    let moved = kafka.ottla("group g --reset first --topic t:1 --json").json();
    assert_eq!(moved, [json!({"topic": "t", "partition": 1, "from": 2, "to": 0})]);
    let beyond = kafka.ottla("group g --reset 3");
    assert!(beyond.error(1).contains("partition 1 of \"t\": it has 0 to 2"), "{beyond:?}");
    assert_eq!(sorted(&kafka.ottla("consume t --group g --count 2").ok()), ["b0", "b1"]);

    kafka.ottla("group g --delete").ok();
    kafka.ottla("group g").error(1);
    kafka.ottla("group g --delete").error(1);
}

fn members_are_shown_and_keep_it_from_being_reset(arguments: &str, protocol: &str) {
    let kafka = Kafka::start();
    let consume = format!("consume t --group g {arguments} --commit-interval 100ms");
    let mut running = Running::start(&format!("{consume} -b {}", kafka.0.bootstrap()));
    for _ in 0..5 {
        assert_ne!(running.line(), "");
    }
    let group = kafka.group("g");
    assert_eq!((&group["state"], &group["protocol"]), (&json!("Stable"), &json!(protocol)), "{group}");
    let members = group["members"].as_array().unwrap();
    assert_eq!(members.len(), 1, "{group}");
    for (at, end) in [(0, 3), (1, 2)] {
        let place = &group["partitions"][at];
        assert_eq!((&place["end"], &place["member"]), (&json!(end), &members[0]["id"]), "{group}");
    }
    if arguments.contains("--instance-id") {
        assert_eq!(members[0]["instance"], "i", "{group}");
    }
    let reset = kafka.ottla("group g --reset first --topic t");
    assert!(reset.error(1).contains("has members"), "{reset:?}");
    kafka.ottla("group g --delete").error(1);

    #[cfg(unix)]
    {
        running.signal("INT");
        let run = running.wait();
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
        assert_eq!(places(&kafka.group("g")), json!([[0, 3, 3, 0], [1, 2, 2, 0]]));
    }
}

#[test]
fn a_classic_member_is_shown_and_keeps_its_group_from_being_reset() {
    // Named groups of old brokers take offsets from anybody.
    if !ottla_kafka::default_version().starts_with("0.") {
        members_are_shown_and_keep_it_from_being_reset("--assignor cooperative-sticky", "classic");
    }
}

#[test]
fn a_static_member_of_the_next_generation_is_shown_too() {
    if ottla_kafka::default_version().starts_with('4') {
        members_are_shown_and_keep_it_from_being_reset("--protocol consumer --instance-id i", "consumer");
    }
}
