use serde_json::Value;

use crate::support::Dev;

const FIELDS: [&str; 11] =
    ["client", "op", "codec", "size", "msgs", "wall_s", "cpu_s", "msgs_s", "mb_s", "cpu_us_msg", "rss_mb"];

/// The one line, and the names in it in order.
fn measure(dev: &Dev, arguments: &str) -> (Value, Vec<String>) {
    let line = dev.ottla(&format!("bench {arguments}")).ok();
    assert_eq!(line.lines().count(), 1, "{line}");
    let names = line.split('"').skip(1).step_by(2).filter(|text| line.contains(&format!("\"{text}\":")));
    let names = names.map(str::to_owned).collect();
    (serde_json::from_str(&line).unwrap(), names)
}

#[test]
fn a_line_of_figures_for_each_operation() {
    let dev = Dev::start();
    for (operation, codec) in [("produce", "lz4"), ("consume", "none"), ("latency", "zstd")] {
        let records = if operation == "latency" { 50 } else { 20_000 };
        let (figures, names) =
            measure(&dev, &format!("{operation} load -n {records} -s 100 -c {codec} -p 3"));
        let latency = operation == "latency";
        assert_eq!(names[..11], FIELDS);
        assert_eq!(names[11..], if latency { vec!["p50_us", "p99_us"] } else { vec![] });
        assert_eq!(figures["client"], "ottla");
        assert_eq!(figures["op"], operation);
        assert_eq!(figures["codec"], codec);
        assert_eq!(figures["size"], 100);
        assert!(figures["msgs"].as_u64().unwrap() >= records, "{figures}");
        for name in &names[5..] {
            assert!(figures[name].as_f64().unwrap() >= 0.0, "{name}: {figures}");
        }
        assert!(
            figures["wall_s"].as_f64().unwrap() > 0.0 && figures["rss_mb"].as_u64().unwrap() > 0,
            "{figures}"
        );
        if latency {
            assert!(figures["p50_us"].as_u64() <= figures["p99_us"].as_u64(), "{figures}");
        }
    }
    assert_eq!(dev.ottla("topics").ok(), "load\t3\n");
}

#[test]
fn the_values_are_the_corpus() {
    let dev = Dev::start();
    measure(&dev, "produce load -n 10001 -s 100 -p 1");
    let read = dev.ottla("consume load --until-end").ok();
    let lines: Vec<_> = read.lines().collect();
    assert_eq!(lines.len(), 10_001);
    assert_eq!(lines[0], lines[10_000]);
    assert!(lines.iter().all(|line| line.len() == 100));
    assert!(lines[77].starts_with(r#"{"id":77,"level":"info","user":"u9745"#), "{}", lines[77]);
}

#[test]
fn what_cannot_be_measured_is_told() {
    let dev = Dev::with_topic("t", 1);
    dev.ottla_reading("produce t", "a\nb\n").ok();
    let few = dev.ottla("bench consume t -n 3");
    assert!(few.error(1).contains("holds 2 records, fewer than 3"), "{few:?}");
    let partitions = dev.ottla("bench produce t -n 3 -p 4");
    assert!(partitions.error(1).contains("has 1 partitions, not 4"), "{partitions:?}");
}

/// The broker is another process; a debug build takes more than a released one.
#[test]
#[cfg(target_os = "linux")]
fn a_thousand_partitions_are_read_in_fifty_megabytes() {
    const MOST_MB: u64 = 50;
    let dev = Dev::with_topic("wide", 1000);
    let lines: String = (0..20_000).map(|line| format!("{line}:{line:0100}\n")).collect();
    dev.ottla_reading("produce wide --key-separator :", lines).ok();
    let (figures, _) = measure(&dev, "consume wide -n 20000");
    assert_eq!(figures["msgs"], 20_000);
    assert!(figures["rss_mb"].as_u64().unwrap() <= MOST_MB, "{figures}");
}
