use ottla::{Header, Message};

use crate::support::{Dev, Running, ottla};

fn with_records() -> Dev {
    let dev = Dev::with_topic("t", 2);
    dev.ottla_reading("produce t --partition 0", "a0\na1\na2\n").ok();
    dev.ottla_reading("produce t --partition 1", "b0\nb1\n").ok();
    dev
}

fn sorted(text: &str) -> Vec<&str> {
    let mut lines: Vec<_> = text.lines().collect();
    lines.sort_unstable();
    lines
}

#[test]
fn json_is_as_agreed() {
    let dev = Dev::with_topic("t", 1);
    let at = |message: Message| message.with_timestamp(1_700_000_000_123);
    let mut null_header = at(Message::new("v"));
    null_header.headers = vec![Header::null("n"), Header::new("b", vec![0xff_u8]), Header::new("b", "x")];
    let mut tombstone = at(Message::new("").with_key("k"));
    tombstone.value = None;
    dev.write(
        "t",
        vec![
            at(Message::new("välue \"1\"\n").with_key("key").with_header("k", "v")),
            at(Message::new(vec![0xc3_u8, 0x28]).with_key(vec![0x00_u8, 0xff])),
            tombstone,
            null_header,
            at(Message::new("").with_key("")),
        ],
    );
    let expected = [
        r#"{"topic":"t","partition":0,"offset":0,"timestamp":1700000000123,"key":"key","value":"välue \"1\"\n","headers":[["k","v"]]}"#,
        r#"{"topic":"t","partition":0,"offset":1,"timestamp":1700000000123,"key_base64":"AP8=","value_base64":"wyg=","headers":[]}"#,
        r#"{"topic":"t","partition":0,"offset":2,"timestamp":1700000000123,"key":"k","value":null,"headers":[]}"#,
        r#"{"topic":"t","partition":0,"offset":3,"timestamp":1700000000123,"key":null,"value":"v","headers":[["n",null],["b",{"base64":"/w=="}],["b","x"]]}"#,
        r#"{"topic":"t","partition":0,"offset":4,"timestamp":1700000000123,"key":"","value":"","headers":[]}"#,
    ];
    let read = dev.ottla("consume t --until-end --json").ok();
    assert_eq!(read.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn plain_values_are_lines_of_bytes() {
    let dev = Dev::with_topic("t", 1);
    let mut tombstone = Message::new("");
    tombstone.value = None;
    dev.write("t", vec![Message::new("one"), tombstone, Message::new("two")]);
    assert_eq!(dev.ottla("consume t --until-end").ok(), "one\n\ntwo\n");
}

#[test]
fn all_partitions_or_some() {
    let dev = with_records();
    assert_eq!(sorted(&dev.ottla("consume t --until-end").ok()), ["a0", "a1", "a2", "b0", "b1"]);
    assert_eq!(dev.ottla("consume t --until-end --partition 1").ok(), "b0\nb1\n");
    let both = dev.ottla("consume t --until end --partition 1 --partition 0").ok();
    assert_eq!(sorted(&both), ["a0", "a1", "a2", "b0", "b1"]);
}

#[test]
fn starts() {
    let dev = with_records();
    assert_eq!(dev.ottla("consume t --until-end --partition 0 --from first").ok(), "a0\na1\na2\n");
    assert_eq!(dev.ottla("consume t --until-end --partition 0 --from 1").ok(), "a1\na2\n");
    assert_eq!(dev.ottla("consume t --until-end --partition 0 --from 3").ok(), "");
    assert_eq!(dev.ottla("consume t --until-end --from last").ok(), "");
    assert_eq!(sorted(&dev.ottla("consume t --until-end --from 2").ok()), ["a2"]);
    let beyond = dev.ottla("consume t --until-end --partition 0 --from 4");
    assert!(beyond.error(1).contains("offset 4 (the partition ends at 3)"), "{beyond:?}");
    let beyond = dev.ottla("consume t --partition 0 --from 4");
    assert!(beyond.error(1).contains("OFFSET_OUT_OF_RANGE"), "{beyond:?}");
}

#[test]
fn starts_in_time() {
    let dev = Dev::with_topic("t", 1);
    let at = |value: &'static str, millis| Message::new(value).with_timestamp(millis);
    dev.write(
        "t",
        vec![at("old", 1_700_000_000_000), at("new", 1_700_000_001_000), at("newest", 1_700_000_002_500)],
    );
    for (time, values) in [
        ("2023-11-14T22:13:20Z", "old\nnew\nnewest\n"),
        ("2023-11-14T22:13:20.001Z", "new\nnewest\n"),
        ("2023-11-15T00:13:22+02:00", "newest\n"),
        ("2023-11-14T22:13:23Z", ""),
    ] {
        assert_eq!(dev.ottla(&format!("consume t --until-end --from {time}")).ok(), values, "{time}");
    }
}

#[test]
fn ranges_of_offsets_and_of_time() {
    let dev = Dev::with_topic("t", 2);
    let at = |value: &'static str, partition, millis| {
        Message::new(value).with_partition(partition).with_timestamp(millis)
    };
    dev.write(
        "t",
        vec![
            at("a0", 0, 1_700_000_000_000),
            at("a1", 0, 1_700_000_001_000),
            at("a2", 0, 1_700_000_002_000),
            at("b0", 1, 1_700_000_000_500),
        ],
    );
    for (range, values) in [
        ("--until end", &["a0", "a1", "a2", "b0"][..]),
        ("--partition 0 --until 2", &["a0", "a1"]),
        ("--partition 0 --from 1 --until 2", &["a1"]),
        ("--partition 0 --from 2 --until 2", &[]),
        ("--until 2023-11-14T22:13:21Z", &["a0", "b0"]),
        ("--from 2023-11-14T22:13:21Z --until 2023-11-15T00:13:22+02:00", &["a1"]),
        ("--from 2023-11-14T22:13:21Z --until 2099-01-01T00:00:00Z", &["a1", "a2"]),
    ] {
        assert_eq!(sorted(&dev.ottla(&format!("consume t {range}")).ok()), values, "{range}");
    }
    // What the topic does not reach is waited for.
    let waiting = dev.ottla("consume t --partition 0 --until 4 --timeout 300ms");
    assert_eq!((waiting.code, waiting.stdout.as_str()), (Some(1), "a0\na1\na2\n"), "{waiting:?}");
    assert!(waiting.stderr.contains("not up to where --until says"), "{waiting:?}");
    let both = dev.ottla("consume t --until 4 --until-end");
    assert_eq!(both.code, Some(2), "{both:?}");
    let said = dev.ottla("consume t --until end -v");
    assert!(said.stderr.contains("messages: 4"), "{said:?}");
}

#[test]
fn an_end_to_come_is_waited_for() {
    let dev = Dev::with_topic("t", 1);
    let mut consuming = Running::start(&format!("consume t --until 2 -b {}", dev.kafka));
    dev.ottla_reading("produce t", "one\n").ok();
    assert_eq!(consuming.line(), "one");
    dev.ottla_reading("produce t", "two\nthree\n").ok();
    assert_eq!(consuming.wait().ok(), "two\n");
}

#[test]
fn count_stops_in_the_middle_of_what_came() {
    let dev = with_records();
    assert_eq!(dev.ottla("consume t --partition 0 --count 2").ok(), "a0\na1\n");
    assert_eq!(dev.ottla("consume t --count 0").ok(), "");
    assert_eq!(dev.ottla("consume t --count 5 --until-end").ok().lines().count(), 5);
}

#[test]
fn a_count_that_is_not_reached_is_1_with_what_was_read() {
    let dev = with_records();
    for (stop, why) in [("--timeout 300ms", "none came for 300ms"), ("--until-end", "end of the topic")] {
        let run = dev.ottla(&format!("consume t --partition 0 --count 4 {stop}"));
        assert_eq!((run.code, run.stdout.as_str()), (Some(1), "a0\na1\na2\n"), "{run:?}");
        assert!(
            run.stderr.starts_with("error: 3 of 4 records were read") && run.stderr.contains(why),
            "{run:?}"
        );
    }
}

#[test]
fn a_timeout_without_count_is_done() {
    let dev = with_records();
    assert_eq!(dev.ottla("consume t --partition 1 --timeout 300ms").ok(), "b0\nb1\n");
    assert_eq!(dev.ottla("consume t --from last --timeout 300ms").ok(), "");
}

#[test]
fn the_end_of_an_empty_topic_is_its_start() {
    let dev = Dev::with_topic("t", 3);
    assert_eq!(dev.ottla("consume t --until-end").ok(), "");
}

#[test]
fn records_are_printed_as_they_come() {
    let dev = Dev::with_topic("t", 1);
    let mut consuming = Running::start(&format!("consume t -b {}", dev.kafka));
    for value in ["one", "two", "three"] {
        dev.ottla_reading("produce t", format!("{value}\n")).ok();
        assert_eq!(consuming.line(), value);
    }
}

#[test]
fn nobody_reading_any_more_is_no_error() {
    let dev = Dev::with_topic("t", 1);
    let mut consuming = Running::start(&format!("consume t --json -b {}", dev.kafka));
    dev.ottla_reading("produce t", "one\n").ok();
    assert_ne!(consuming.line(), "");
    // No further record comes: it must see by itself.
    consuming.close_stdout();
    let run = consuming.wait();
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
}

#[test]
#[cfg(unix)]
fn an_interrupt_ends_it_cleanly() {
    let dev = Dev::with_topic("t", 1);
    dev.ottla_reading("produce t", "one\n").ok();
    for (signal, arguments, code) in [("INT", "", 0), ("TERM", "--timeout 1h", 0), ("INT", "--count 5", 1)] {
        let mut consuming = Running::start(&format!("consume t {arguments} -b {}", dev.kafka));
        assert_eq!(consuming.line(), "one");
        consuming.signal(signal);
        let run = consuming.wait();
        assert_eq!(run.code, Some(code), "{run:?}");
        assert_eq!(run.stderr.contains("interrupted"), code == 1, "{run:?}");
    }
}

#[test]
fn through_the_bridge_it_is_the_same() {
    let dev = with_records();
    let run = ottla(&format!("consume t --until-end --json -b {}", dev.bridge));
    assert_eq!(sorted(&run.ok()), sorted(&dev.ottla("consume t --until-end --json").ok()));
}
