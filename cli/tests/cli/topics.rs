use crate::support::{Dev, ottla};

#[test]
fn topics_come_and_go() {
    let dev = Dev::start();
    assert_eq!(dev.ottla("topics").ok(), "");
    assert_eq!(
        dev.ottla("create b --partitions 3 --replicas 1 --set retention.ms=1000 --set cleanup.policy=delete")
            .ok(),
        ""
    );
    assert_eq!(dev.ottla("create a").ok(), "");
    assert_eq!(dev.ottla("topics").ok(), "a\t1\nb\t3\n");
    let again = dev.ottla("create a");
    assert!(again.error(1).contains("TOPIC_ALREADY_EXISTS"), "{again:?}");
    assert_eq!(dev.ottla("delete a").ok(), "");
    assert_eq!(dev.ottla("topics").ok(), "b\t3\n");
}

#[test]
fn json_is_as_agreed() {
    let dev = Dev::with_topic("t", 2);
    dev.ottla_reading("produce t --partition 1", "a\nb\nc\n").ok();
    let line = r#"{"name":"t","partitions":[{"id":0,"leader":1,"replicas":[1],"isr":[1],"first":0,"last":0},{"id":1,"leader":1,"replicas":[1],"isr":[1],"first":0,"last":3}]}"#;
    assert_eq!(dev.ottla("topics --json").ok(), format!("{line}\n"));
}

#[test]
fn too_many_replicas_are_refused() {
    let dev = Dev::start();
    let run = dev.ottla("create t --replicas 3");
    assert!(run.error(1).contains("INVALID_REPLICATION_FACTOR"), "{run:?}");
}

#[test]
fn the_address_goes_before_or_behind_and_may_be_repeated() {
    let dev = Dev::with_topic("t", 1);
    let (up, down) = (&dev.kafka, "127.0.0.1:1");
    for arguments in [
        format!("-b {up} topics"),
        format!("topics -b {up}"),
        format!("topics --bootstrap {up}"),
        format!("-b {down} topics -b {up}"),
        format!("-b {up} topics -b {down}"),
        format!("topics -b {down},{up}"),
        format!("topics -b {down} -b {up}"),
        format!("--client-id me topics -b {up} --connect-timeout 5s"),
        format!("-b {} topics", dev.bridge),
        format!("topics -b {}", dev.bridge),
    ] {
        assert_eq!(ottla(&arguments).ok(), "t\t1\n", "{arguments}");
    }
}

#[test]
fn verbose_logs_to_stderr_only() {
    let dev = Dev::with_topic("t", 1);
    for arguments in ["-v topics", "topics -v", "topics -vv"] {
        let run = dev.ottla(arguments);
        assert!(run.stderr.contains("ottla"), "{run:?}");
        assert_eq!(run.ok(), "t\t1\n");
    }
    assert_eq!(dev.ottla("topics").stderr, "");
}
