use std::net::TcpListener;

use crate::support::{Dev, ottla, ottla_reading};

/// A port that nobody listens on.
fn closed_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[test]
fn an_unreachable_broker_is_1_for_every_command() {
    let port = closed_port();
    for command in [
        "topics",
        "create t",
        "delete t",
        "produce t",
        "consume t",
        "consume t --partition 0 --until-end",
        "consume t --group g",
        "groups",
        "group g",
        "bench produce t -n 1",
        "bench consume t -n 1",
    ] {
        let run = ottla_reading(&format!("{command} -b 127.0.0.1:{port}"), "a\n");
        let error = run.error(1);
        assert!(error.contains(&format!("cannot reach 127.0.0.1:{port}")), "{command}: {run:?}");
        assert!(run.stderr.contains("caused by"), "{run:?}");
    }
}

#[test]
fn a_broker_that_never_answers_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let run = ottla(&format!("topics --connect-timeout 200ms -b {address}"));
    assert!(run.error(1).contains("did not answer"), "{run:?}");
    assert!(run.stderr.contains(&address.to_string()), "{run:?}");
}

#[test]
fn what_is_not_kafka_is_told() {
    let dev = Dev::start();
    let http = dev.dashboard.trim_start_matches("http://").trim_end_matches('/');
    let run = ottla(&format!("topics -b {http}"));
    assert!(run.error(1).contains(http), "{run:?}");
}

#[test]
fn a_missing_topic_is_1() {
    let dev = Dev::start();
    for command in
        ["delete nope", "consume nope", "consume nope --until-end", "produce nope", "bench consume nope"]
    {
        let run = dev.ottla_reading(command, "a\n");
        let error = run.error(1);
        assert!(error.contains("UNKNOWN_TOPIC_OR_PARTITION") && error.contains("nope"), "{command}: {run:?}");
    }
}

#[test]
fn a_missing_partition_is_1() {
    let dev = Dev::with_topic("t", 2);
    for command in
        ["consume t --partition 2", "consume t --partition 2 --until-end", "produce t --partition 2"]
    {
        let run = dev.ottla_reading(command, "a\n");
        run.error(1);
        assert!(run.stderr.contains("partition 2"), "{command}: {run:?}");
    }
}

#[test]
fn an_unknown_cluster_of_a_bridge_is_1() {
    let dev = Dev::start();
    let run = ottla(&format!("topics -b {}", dev.bridge.replace("local", "elsewhere")));
    run.error(1);
    assert!(run.stderr.contains("knows no cluster \"elsewhere\""), "{run:?}");
}
