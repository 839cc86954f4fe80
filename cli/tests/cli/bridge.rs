use crate::support::{Dev, Running, ottla};

#[test]
fn a_bridge_of_two_clusters() {
    let (one, other) = (Dev::with_topic("a", 1), Dev::with_topic("b", 1));
    let arguments = format!(
        "bridge --listen 127.0.0.1:0 --cluster one=127.0.0.1:1,{} --cluster other={} --allow-origin https://app.example",
        one.kafka, other.kafka
    );
    let mut bridge = Running::start(&arguments);
    let mut address = |name: &str| {
        let line = bridge.line();
        let (said, address) = line.split_once('\t').unwrap();
        assert_eq!(said, name);
        assert!(
            address.starts_with("ws://127.0.0.1:") && address.ends_with(&format!("/v1/{name}")),
            "{address}"
        );
        address.to_owned()
    };
    let (to_one, to_other) = (address("one"), address("other"));
    assert_eq!(ottla(&format!("topics -b {to_one}")).ok(), "a\t1\n");
    assert_eq!(ottla(&format!("topics -b {to_other}")).ok(), "b\t1\n");
}

#[test]
#[cfg(unix)]
fn it_stops_when_told_while_a_client_reads() {
    let dev = Dev::with_topic("t", 1);
    dev.ottla_reading("produce t", "one\n").ok();
    for signal in ["INT", "TERM"] {
        let mut bridge = Running::start(&format!("bridge --listen 127.0.0.1:0 --cluster c={}", dev.kafka));
        let (_, address) = bridge.line().split_once('\t').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
        let mut consuming = Running::start(&format!("consume t -b {address}"));
        assert_eq!(consuming.line(), "one");
        bridge.signal(signal);
        let run = bridge.wait();
        assert_eq!(run.code, Some(0), "{run:?}");
    }
}

#[test]
fn a_port_that_is_taken_is_1() {
    let dev = Dev::start();
    let taken = &dev.kafka;
    let run = ottla(&format!("bridge --listen {taken} --cluster c={taken}"));
    assert!(run.error(1).contains(&format!("cannot listen on {taken}")), "{run:?}");
}
