//! Faults of all kinds at random, while many records are written and read.

use crate::{
    judge::{Log, Told},
    scene::{STRUCK, TOPIC, broker, client, judge, play, send, writer},
};
use fastrand::Rng;
use ottla::{Reader, Retry, Start, protocol::ErrorCode};
use ottla_broker::{
    Broker,
    faults::{Api, Change, Fault, Rule},
};
use std::{
    collections::HashMap,
    env,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::sync::watch;

const PARTITIONS: i32 = 4;
const RECORDS: usize = 1250;

fn seeds() -> std::ops::Range<u64> {
    let number = |name: &str| env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    match number("FAULTS_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("FAULTS_SEEDS").unwrap_or(12),
    }
}

#[test]
fn every_record_ends_in_one_way_and_what_is_delivered_is_there_once() {
    for seed in seeds() {
        let what = format!("FAULTS_SEED={seed}");
        eprintln!("{what}");
        play(&what, storm(seed, &what));
    }
}

async fn storm(seed: u64, what: &str) {
    let mut rng = Rng::with_seed(seed);
    let broker = broker(PARTITIONS);
    let client = client(&broker);
    // Every other time some are given up.
    let patience =
        if seed.is_multiple_of(2) { Duration::from_secs(36_000) } else { Duration::from_secs(rng.u64(1..8)) };
    let writer = writer(&client)
        .batch_records(rng.u32(5..60))
        .linger(Duration::from_millis(rng.u64(..5)))
        .delivery_timeout(patience);
    let writer = Arc::new(writer.build().unwrap());
    let (ends, told) = watch::channel(None);
    let reading = tokio::spawn(read(broker.clone(), rng.fork(), told));
    let strikes = Arc::new(AtomicU64::new(0));
    let raging = tokio::spawn(rage(broker.clone(), rng.fork(), Arc::clone(&strikes)));
    let sending = (0..PARTITIONS).map(|partition| {
        let mut rng = rng.fork();
        let between = move || Duration::from_millis(if rng.u8(..10) == 0 { rng.u64(..60) } else { 0 });
        send(Arc::clone(&writer), partition, 0..RECORDS, between)
    });
    let outcomes = futures::future::join_all(sending).await;
    raging.abort();
    assert!(raging.await.unwrap_err().is_cancelled(), "{what}");
    assert!(strikes.load(Ordering::Relaxed) > 20, "{what}: no storm");
    broker.faults().clear();
    (1..=3).for_each(|node| broker.start_node(node));
    // What was held up on its way may still come.
    tokio::time::sleep(Duration::from_secs(60)).await;
    let mut logs = HashMap::new();
    for (partition, outcomes) in (0..).zip(outcomes) {
        let told: Vec<_> = outcomes.iter().map(Told::of).collect();
        if patience > Duration::from_secs(60) {
            let failed = outcomes.iter().find_map(|outcome| outcome.as_ref().err());
            assert!(failed.is_none(), "{what}: {failed:?}");
        }
        logs.insert(partition, judge(&broker, partition, &told, what).await);
    }
    ends.send(Some(logs.values().map(|log| log.len() as i64).sum())).unwrap();
    assert_eq!(reading.await.unwrap(), logs, "{what}: the Reader has seen something else");
    client.close().await;
    broker.close().await;
}

/// Reads through it all, until there are as many records as `ends` says once it is over.
async fn read(broker: Broker, mut rng: Rng, mut ends: watch::Receiver<Option<i64>>) -> HashMap<i32, Log> {
    let client = client(&broker);
    let reader = Reader::builder(&client)
        .topic(TOPIC)
        .start(Start::First)
        .max_bytes(rng.usize(500..20_000))
        .partition_bytes(rng.usize(100..5000))
        .max_wait(Duration::from_millis(100))
        .patience(Duration::from_secs(36_000));
    let reader = reader.build().unwrap();
    let mut logs: HashMap<i32, Log> = (0..PARTITIONS).map(|it| (it, Log::new())).collect();
    let mut seen = 0;
    while ends.borrow_and_update().is_none_or(|ends| seen < ends) {
        let polled = tokio::select! {
            polled = reader.poll(rng.usize(1..100)) => polled,
            _ = ends.changed() => continue,
        };
        match polled {
            Ok(records) => {
                let log = logs.get_mut(&records.partition()).unwrap();
                for record in records.iter() {
                    let number = std::str::from_utf8(record.value.unwrap()).unwrap().parse().unwrap();
                    log.push((record.offset, number));
                    seen += 1;
                }
            }
            // The cluster may be out of reach when reading begins.
            Err(error) => assert!(seen == 0 && error.retry() != Retry::Never, "{error:?}"),
        }
    }
    client.close().await;
    logs
}

/// Something happens every few milliseconds, for ever.
async fn rage(broker: Broker, mut rng: Rng, strikes: Arc<AtomicU64>) {
    let retriable: Vec<_> = ErrorCode::all().filter(|code| code.is_retriable()).collect();
    let mut holding: Vec<Fault> = Vec::new();
    loop {
        tokio::time::sleep(Duration::from_millis(rng.u64(..80))).await;
        let node = rng.i32(1..=3);
        match rng.u8(..20) {
            // Where all nodes are down nobody can lead.
            0 => drop(broker.move_leader(TOPIC, rng.i32(0..PARTITIONS), node)),
            1 => drop(broker.bump_leader_epoch(TOPIC, rng.i32(0..PARTITIONS))),
            2 => broker.disconnect_node(node),
            3 => broker.evict_fetch_sessions(node),
            4 => broker.stop_node(node),
            5 => broker.isolate_node(node),
            6..9 => (1..=3).for_each(|node| broker.start_node(node)),
            _ => holding.push(random(&broker, &mut rng, &retriable)),
        }
        // Not so much at a time that nothing gets through.
        if holding.len() > 6 {
            let oldest = holding.remove(0);
            oldest.remove();
            strikes.fetch_add(oldest.strikes(), Ordering::Relaxed);
        }
    }
}

fn random(broker: &Broker, rng: &mut Rng, retriable: &[ErrorCode]) -> Fault {
    let apis = [Api::Produce, Api::Produce, Api::Fetch, Api::Fetch, Api::Metadata, Api::ApiVersions];
    let faults = broker.faults();
    let rule = match rng.u8(..8) {
        0 => faults.on_any(),
        1 => faults.on(Api::InitProducerId),
        _ => faults.on(apis[rng.usize(..apis.len())]),
    };
    let mut rule: Rule = rule.client(STRUCK).skip(rng.u64(..3)).times(rng.u64(1..4));
    if rng.bool() {
        rule = rule.topic(TOPIC).partition(rng.i32(0..PARTITIONS));
    }
    let some_time = Duration::from_millis(1 << rng.u32(..13));
    let code = retriable[rng.usize(..retriable.len())];
    match rng.u8(..14) {
        0 => rule.error(code),
        1 => rule.error_after(code),
        2 => rule.delay_request(some_time),
        3 => rule.delay_response(some_time),
        4 => rule.drop_request(),
        5 => rule.drop_response(),
        6 => rule.cut_request(),
        7 => rule.cut_response(),
        8 => rule.halve_response(),
        9 => rule.garble_response(),
        10 => rule.throttle(some_time),
        11 => rule.throttle_without_muting(some_time),
        12 => rule.change_before(Change::MoveLeader(rng.i32(1..=3))),
        _ => rule.change_after(Change::MoveLeader(rng.i32(1..=3))),
    }
}
