//! Nobody there.

use std::time::Duration;

use ottla::ErrorKind;

use crate::scene::play;

/// `TestErrorCannotConnect`: an error long before the caller's patience is over.
#[test]
fn test_error_cannot_connect() {
    play(async |scene| {
        scene.broker.close().await;
        let asked = tokio::time::Instant::now();
        let error = scene.reader().build().unwrap().read().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Io, "{error}");
        assert!(asked.elapsed() < Duration::from_secs(1), "of virtual time");
    });
}
