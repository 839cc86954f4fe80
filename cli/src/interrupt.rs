/// Waits until the user (Ctrl-C) or the system (SIGTERM) asks the program to end.
///
/// From the first call on, neither ends it by itself any more.
pub(crate) async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = terminate.recv() => {}
                () = ctrl_c() => {}
            }
            return;
        }
    }
    ctrl_c().await;
}

async fn ctrl_c() {
    if tokio::signal::ctrl_c().await.is_err() {
        // It cannot be heard here: then it ends the program the hard way.
        std::future::pending::<()>().await;
    }
}
