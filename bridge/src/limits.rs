use std::time::Duration;

/// What a bridge allows itself and its clients.
///
/// One socket costs at most about `message + 3 * buffer` bytes.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// Sockets open at once, those being opened included. Beyond them a handshake gets a 503.
    /// Default: 1024.
    pub sockets: usize,
    /// Bytes read at once from a broker, and from a client. Default: 64 KiB.
    pub buffer: usize,
    /// Bytes in one message of a client. Default: 256 KiB.
    pub message: usize,
    /// How long a client may take to send its request. Default: 10 s.
    pub handshake: Duration,
    /// How long finding and dialing a broker may take. Default: 10 s.
    pub dial: Duration,
    /// How long no byte may pass, either way. Default: 10 minutes, as Kafka's own
    /// `connections.max.idle.ms`.
    pub idle: Duration,
    /// How often a client that is sent nothing is pinged, so that no proxy thinks the socket dead.
    /// Default: 30 s.
    pub ping: Duration,
    /// How long stopping may take, before the sockets that are left are cut off. Default: 10 s.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            sockets: 1024,
            buffer: 64 * 1024,
            message: 256 * 1024,
            handshake: Duration::from_secs(10),
            dial: Duration::from_secs(10),
            idle: Duration::from_secs(600),
            ping: Duration::from_secs(30),
            drain: Duration::from_secs(10),
        }
    }
}

impl Limits {
    /// What is wrong with these limits.
    pub(crate) fn check(&self) -> Result<(), String> {
        let at_least = |name: &str, value: usize, least: usize| {
            if value < least { Err(format!("the limit {name:?} must be at least {least}")) } else { Ok(()) }
        };
        at_least("sockets", self.sockets, 1)?;
        at_least("buffer", self.buffer, 1024)?;
        at_least("message", self.message, 1024)?;
        let times = [self.handshake, self.dial, self.idle, self.ping, self.drain];
        if times.iter().any(Duration::is_zero) {
            return Err("a limit in time must be more than 0".to_owned());
        }
        Ok(())
    }
}
