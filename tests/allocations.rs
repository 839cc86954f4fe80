//! A record costs no allocation on its way through `send` or `poll`: what is allocated goes with batches and requests.

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

use futures::future::join_all;
use ottla::{Client, Reader, Record, Writer};
use ottla_broker::{Broker, BrokerConfig};
use ottla_transport::TokioRuntime;
use std::{future::Future, time::Duration};

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

const RECORDS: u64 = 100_000;
/// For the batches and requests of so many records, on both sides: the broker is in this process.
const FEW: u64 = RECORDS / 20;
const TOPIC: &str = "numbers";
/// Against hangs.
const PATIENCE: Duration = Duration::from_secs(120);

/// How many blocks are allocated meanwhile, by any thread.
async fn blocks(work: impl Future<Output = ()>) -> u64 {
    let before = dhat::HeapStats::get().total_blocks;
    tokio::time::timeout(PATIENCE, work).await.unwrap();
    dhat::HeapStats::get().total_blocks - before
}

async fn send(writer: &Writer, records: u64) {
    let value = [b'x'; 100];
    for number in 0..records {
        let record = Record::new(&value);
        // Chosen by a key, or by the balancer; the outcome waited for by the flush.
        let key = number.to_be_bytes();
        let record = if number % 2 == 0 { record.key(&key) } else { record };
        drop(writer.send(record).await.unwrap());
    }
    writer.flush().await.unwrap();
}

async fn poll(reader: &Reader, records: u64) {
    let (mut read, mut bytes) = (0, 0);
    while read < records {
        let polled = reader.poll(5000).await.unwrap();
        bytes += polled.iter().map(|record| record.value.unwrap().len()).sum::<usize>();
        read += polled.len() as u64;
    }
    assert_eq!((read, bytes), (records, 100 * records as usize));
}

// One test: the counter is the process's.
#[tokio::test]
async fn neither_send_nor_poll_allocates_for_a_record() {
    let _counting = dhat::Profiler::builder().testing().build();
    let broker = Broker::new(BrokerConfig::default(), TokioRuntime::current());
    broker.create_topic(TOPIC, 4).unwrap();
    let client = Client::builder().transport(broker.transport()).build().unwrap();
    let writer = Writer::builder(&client).topic(TOPIC).build().unwrap();
    // Topic, connections and the first buffers.
    send(&writer, 1000).await;
    let sent = blocks(send(&writer, RECORDS)).await;
    assert!(sent < FEW, "{sent} allocations for {RECORDS} records sent");

    let reader = Reader::builder(&client).topic(TOPIC).build().unwrap();
    poll_first(&reader).await;
    let polled = blocks(poll(&reader, RECORDS)).await;
    assert!(polled < FEW, "{polled} allocations for {RECORDS} records polled");

    // The counter counts: what a program allocates itself for each record is seen.
    let again = Reader::builder(&client).topic(TOPIC).build().unwrap();
    let kept = blocks(async {
        for _ in 0..2 * FEW {
            let message = again.read().await.unwrap();
            assert_ne!(Box::new(message.offset), Box::new(-1));
        }
    });
    let kept = kept.await;
    assert!(kept >= 2 * FEW, "{kept} allocations for {} records that were boxed", 2 * FEW);
    join_all([reader.close(), again.close()]).await;
    writer.close(PATIENCE).await.unwrap();
    client.close().await;
}

/// Takes in the records that warmed the Writer up.
async fn poll_first(reader: &Reader) {
    let mut read = 0;
    while read < 1000 {
        read += reader.poll(1000 - read).await.unwrap().len();
    }
}
