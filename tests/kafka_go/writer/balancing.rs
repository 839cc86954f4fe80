//! Who chooses the partition. The balancers' own numbers are tested beside them, in `src/writer/balancer`.

use ottla::{Balancer, Message, Murmur2, Partitions, Record, RoundRobin, Writer};

use crate::scene::play;

const PARTITIONS: [i32; 3] = [0, 1, 2];

async fn partitions_of(writer: &Writer, messages: Vec<Message>) -> Vec<i32> {
    let delivered = writer.write(messages).await.unwrap();
    delivered.iter().map(|one| one.partition).collect()
}

/// `testWriterSetsRightBalancer`. The default there is to go round; here it is Java's, and records without a key stay
/// together.
#[test]
fn test_writer_sets_right_balancer() {
    play(async |scene| {
        scene.topic(3);
        let writer = scene.writer().build().unwrap();
        let keys = ["a", "ab", "abc", "abcd", "hejsan", "23456"];
        let java = keys.map(|key| {
            Murmur2::default().balance(&Record::default().key(key.as_bytes()), &Partitions::new(&PARTITIONS))
        });
        assert!(PARTITIONS.iter().all(|partition| java.contains(partition)), "{java:?}");
        let keyed = keys.map(|key| Message::new("value").with_key(key)).to_vec();
        assert_eq!(partitions_of(&writer, keyed).await, java);
        let without = partitions_of(&writer, vec![Message::new("value"); 9]).await;
        assert!(without.iter().all(|partition| *partition == without[0]), "{without:?}");

        let crc32 = scene.writer().balancer(ottla::Crc32::consistent).build().unwrap();
        assert_eq!(partitions_of(&crc32, vec![Message::new("value"); 3]).await, [0, 0, 0]);
        let set = Message::new("value").with_partition(2);
        assert_eq!(partitions_of(&crc32, vec![set]).await, [2], "a partition that is set goes before");
    });
}

/// `testWriterRoundRobin1`.
#[test]
fn test_writer_round_robin_1() {
    play(async |scene| {
        scene.topic(3);
        let writer = scene.writer().balancer(RoundRobin::default).build().unwrap();
        assert_eq!(partitions_of(&writer, vec![Message::new("value"); 7]).await, [0, 1, 2, 0, 1, 2, 0]);
        let chunks = scene.writer().balancer(|| RoundRobin::in_chunks(2)).build().unwrap();
        assert_eq!(partitions_of(&chunks, vec![Message::new("value"); 7]).await, [0, 0, 1, 1, 2, 2, 0]);
    });
}
