use serde_json::json;

use crate::support::{Dev, Running};

#[test]
fn a_line_is_a_record() {
    let dev = Dev::with_topic("t", 1);
    let run = dev.ottla_reading("produce t", "one\n\ntwo words\r\nlast");
    assert_eq!(run.stderr, "4 records written\n");
    assert_eq!(run.ok(), "");
    let values: Vec<_> =
        dev.ottla("consume t --until-end --json").json().iter().map(|r| r["value"].clone()).collect();
    assert_eq!(values, ["one", "", "two words\r", "last"]);
}

#[test]
fn nothing_is_no_record() {
    let dev = Dev::with_topic("t", 1);
    assert_eq!(dev.ottla("produce t").stderr, "0 records written\n");
}

#[test]
fn keys_headers_and_a_partition() {
    let dev = Dev::with_topic("t", 3);
    let arguments = "produce t --key-separator :: --header k=v --header k= --header a=b=c --partition 2";
    assert_eq!(dev.ottla_reading(arguments, "a::1::x\n::2\nnone\n").stderr, "3 records written\n");
    let records = dev.ottla("consume t --until-end --json").json();
    let told: Vec<_> = records.iter().map(|r| (&r["key"], &r["value"], &r["partition"])).collect();
    let two = json!(2);
    assert_eq!(
        told,
        [
            (&json!("a"), &json!("1::x"), &two),
            (&json!(""), &json!("2"), &two),
            (&json!(null), &json!("none"), &two)
        ]
    );
    for record in &records {
        assert_eq!(record["headers"], json!([["k", "v"], ["k", ""], ["a", "b=c"]]));
    }
}

/// The partitions that three records with keys went to, of ten.
fn chosen(dev: &Dev, balancer: &str) -> Vec<i64> {
    let topic = format!("t-{balancer}");
    dev.ottla(&format!("create {topic} --partitions 10")).ok();
    let arguments = format!("produce {topic} --key-separator : --balancer {balancer}");
    dev.ottla_reading(&arguments, "a:1\nab:2\nabc:3\n").ok();
    let mut records = dev.ottla(&format!("consume {topic} --until-end --json")).json();
    records.sort_by_key(|record| record["value"].to_string());
    records.iter().map(|record| record["partition"].as_i64().unwrap()).collect()
}

#[test]
fn every_balancer_has_its_name() {
    let dev = Dev::start();
    // CRC-32 of the keys, and Murmur2 of them with the sign bit cleared, modulo 10.
    for balancer in ["crc32", "crc32-consistent"] {
        assert_eq!(chosen(&dev, balancer), [7, 5, 8], "{balancer}");
    }
    for balancer in ["sticky", "murmur2", "murmur2-consistent"] {
        assert_eq!(chosen(&dev, balancer), [4, 4, 7], "{balancer}");
    }
    for balancer in ["hash", "reference-hash", "least-bytes"] {
        assert_eq!(chosen(&dev, balancer).len(), 3, "{balancer}");
    }
    let [first, second, third] = chosen(&dev, "round-robin")[..] else { panic!("three records") };
    assert_eq!([(first + 1) % 10, (second + 1) % 10], [second, third]);
}

#[test]
fn every_codec_and_every_acks_arrive() {
    let dev = Dev::with_topic("t", 1);
    let mut sent = Vec::new();
    for codec in ["none", "gzip", "snappy", "lz4", "zstd"] {
        for acks in ["all", "one", "none"] {
            let value = format!("{codec} {acks} {}", "x".repeat(1000));
            dev.ottla_reading(
                &format!("produce t --compression {codec} --acks {acks}"),
                format!("{value}\n"),
            )
            .ok();
            sent.push(value);
        }
    }
    let read = dev.ottla(&format!("consume t --count {} --timeout 30s", sent.len())).ok();
    assert_eq!(read.lines().collect::<Vec<_>>(), sent);
}

#[test]
fn a_record_that_is_too_large_is_lost_and_the_others_are_not() {
    let dev = Dev::with_topic("t", 1);
    let run = dev.ottla_reading("produce t", format!("one\n{}\ntwo\n", "x".repeat(2 << 20)));
    assert!(run.error(1).contains("1 of 3 records were lost"), "{run:?}");
    assert!(run.stderr.starts_with("2 records written\n") && run.stderr.contains("caused by"), "{run:?}");
    assert_eq!(dev.ottla("consume t --until-end").ok(), "one\ntwo\n");
}

#[test]
fn a_line_leaves_before_the_next_comes() {
    let dev = Dev::with_topic("t", 1);
    let mut producing = Running::start(&format!("produce t -b {}", dev.kafka));
    for value in ["one", "two"] {
        producing.write(&format!("{value}\n"));
        let read = dev.ottla("consume t --count 1 --timeout 30s --from 0").ok();
        assert_eq!(read, "one\n");
    }
    assert_eq!(dev.ottla("consume t --count 2 --timeout 30s").ok(), "one\ntwo\n");
}

#[test]
#[cfg(unix)]
fn an_interrupt_keeps_what_was_written_and_is_told() {
    let dev = Dev::with_topic("t", 1);
    let mut producing = Running::start(&format!("produce t -b {}", dev.kafka));
    producing.write("one\n");
    assert_eq!(dev.ottla("consume t --count 1 --timeout 30s").ok(), "one\n");
    producing.signal("INT");
    let run = producing.wait();
    assert!(run.error(1).contains("interrupted"), "{run:?}");
    assert!(run.stderr.starts_with("1 records written\n"), "{run:?}");
}

#[test]
fn many_records_arrive_in_order() {
    let dev = Dev::with_topic("t", 1);
    let lines: String = (0..200_000).map(|number| format!("{number}\n")).collect();
    assert_eq!(
        dev.ottla_reading("produce t --compression lz4", lines.clone()).stderr,
        "200000 records written\n"
    );
    assert!(dev.ottla("consume t --until-end").ok() == lines);
}
