//! Records that are damaged, or more than they seem.

use bytes::Bytes;
use ottla::{ErrorKind, Start, record::Compression};

use crate::{
    MEMORY, batch, client,
    fake::{Fate, TOPIC, broker},
    in_time, reader, told,
};

#[tokio::test]
async fn one_bit_is_wrong() {
    let good = batch(b"value", Compression::None);
    // Behind the checksum, and the checksum itself.
    for at in [17, 20, 21, 40, good.len() - 1] {
        let mut damaged = good.clone();
        damaged[at] ^= 1;
        let client = client(broker(damaged.into(), |_, frame| Fate::Sent(frame)));
        let reader = reader(&client);
        for _ in 0..3 {
            let error = in_time(reader.read()).await.unwrap_err();
            assert_eq!((error.kind(), error.partition()), (ErrorKind::Malformed, Some(0)), "{at}: {error:?}");
            assert!(told(&error).contains("the batch at offset 0 is damaged"), "{at}: {error}");
        }
        // Behind the damage reading goes on: here with nothing, for as long as anyone cares to wait.
        reader.seek(TOPIC, 0, Start::Offset(1)).unwrap();
        let more = tokio::time::timeout(std::time::Duration::from_millis(50), reader.read()).await;
        assert!(more.is_err(), "{more:?}");
    }
}

#[tokio::test]
async fn bombs_do_not_go_off() {
    const SIZE: usize = 64 << 20;
    for codec in [Compression::Gzip, Compression::Snappy, Compression::Lz4, Compression::Zstd] {
        let bomb = Bytes::from(batch(&vec![0; SIZE], codec));
        assert!(bomb.len() < SIZE / 10, "{codec}: {} bytes are no bomb", bomb.len());
        let client = client(broker(bomb, |_, frame| Fate::Sent(frame)));
        let reader =
            ottla::Reader::builder(&client).topic(TOPIC).partition(0).max_decompressed_bytes(1 << 20);
        let reader = reader.build().unwrap();
        MEMORY.reset_peak_usage();
        let before = MEMORY.current_usage();
        let error = in_time(reader.read()).await.unwrap_err();
        let peak = MEMORY.peak_usage().saturating_sub(before);
        assert_eq!(error.kind(), ErrorKind::TooLarge, "{codec}: {error:?}");
        assert!(told(&error).contains("1048576 bytes: raise the limit"), "{codec}: {error}");
        assert!(peak < SIZE / 2, "{codec}: {peak} bytes for a limit of 1 MiB");
    }
}
