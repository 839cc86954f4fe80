//! Real brokers start, survive `kill -9` with their data, and leave nothing behind.
//!
//! Needs Java and Maven: `cargo xtask test` runs it for the versions it knows, and by hand it is
//! `KAFKA_VERSION=2.7.1 cargo test -p ottla-kafka --features kafka`.

use ottla_kafka::{KafkaCluster, default_version};

#[test]
fn one_broker_keeps_its_data_over_a_kill() {
    let version = default_version();
    let mut kafka = KafkaCluster::start(&version, 1).unwrap();
    let (address, pid) = (kafka.bootstrap(), kafka.pid(0).unwrap());
    produce(&kafka, "before").unwrap();
    kafka.kill9(0).unwrap();
    assert_eq!(kafka.pid(0), None);
    kafka.restart(0).unwrap();
    assert_ne!(kafka.pid(0), Some(pid));
    assert_eq!(kafka.bootstrap(), address);
    produce(&kafka, "after").unwrap();
    let out = kafka.run_tool(kafka.jars().console_consumer(), &consume(&kafka, 2), b"").unwrap();
    assert_eq!(String::from_utf8(out.stdout).unwrap(), "before\nafter\n", "{version}");
    let dir = kafka.dir().to_owned();
    assert!(dir.exists());
    kafka.stop().unwrap();
    assert!(!dir.exists(), "{version} left its data");
}

#[test]
fn three_brokers_and_one_of_them_killed() {
    let version = default_version();
    let mut kafka = KafkaCluster::start(&version, 3).unwrap();
    let addresses = kafka.bootstrap();
    assert_eq!(addresses.split(',').count(), 3);
    kafka.kill9(1).unwrap();
    kafka.restart(1).unwrap();
    let dir = kafka.dir().to_owned();
    drop(kafka);
    assert!(!dir.exists(), "{version} left its data");
}

fn produce(kafka: &KafkaCluster, value: &str) -> std::io::Result<()> {
    let bootstrap = kafka.bootstrap();
    let args = ["--broker-list", &bootstrap, "--topic", "t"];
    let args = if kafka.version().at_least(&[2, 5]) {
        ["--bootstrap-server", &bootstrap, args[2], args[3]]
    } else {
        args
    };
    kafka.run_tool(kafka.jars().console_producer(), &args, format!("{value}\n").as_bytes())?;
    Ok(())
}

fn consume(kafka: &KafkaCluster, count: usize) -> Vec<String> {
    let mut args = vec![
        "--bootstrap-server".to_owned(),
        kafka.bootstrap(),
        "--topic".to_owned(),
        "t".to_owned(),
        "--from-beginning".to_owned(),
        "--max-messages".to_owned(),
        count.to_string(),
    ];
    if !kafka.version().at_least(&[0, 11]) {
        args.push("--new-consumer".to_owned());
    }
    args
}
