use std::io::{self, ErrorKind};

/// How the bridge ended a stream, for good.
#[derive(Clone, Debug)]
pub(crate) enum End {
    InGoodOrder,
    Broken(ErrorKind, String),
}

impl End {
    /// The end that a Close frame tells. The codes from 4000 on are the bridge's own.
    pub(crate) fn by_close(code: u16, reason: &str) -> Self {
        let (kind, what) = match code {
            // 1005: a Close frame without a code.
            1000 | 1005 => return Self::InGoodOrder,
            1001 | 1012 => (ErrorKind::ConnectionAborted, "the bridge is stopping or restarting"),
            1002 => (ErrorKind::InvalidData, "the bridge was sent what is not WebSocket"),
            1003 => (ErrorKind::InvalidData, "the bridge takes no text messages"),
            1006 => (ErrorKind::ConnectionReset, "the connection to the bridge broke off"),
            1008 => (ErrorKind::PermissionDenied, "the bridge does not allow it"),
            1009 => (ErrorKind::InvalidData, "a message was larger than the bridge takes"),
            1013 => (ErrorKind::ConnectionAborted, "the bridge is too busy"),
            4401 => (ErrorKind::PermissionDenied, "the bridge wants to know who asks"),
            4408 => (ErrorKind::ConnectionAborted, "the bridge closed a connection that lay idle"),
            4502 => (ErrorKind::ConnectionAborted, "the bridge lost its connection to the broker"),
            _ => (ErrorKind::ConnectionAborted, "the bridge closed the connection"),
        };
        let reason = if reason.is_empty() { String::new() } else { format!(": {reason}") };
        Self::Broken(kind, format!("{what} (close code {code}){reason}"))
    }

    pub(crate) fn broken(kind: ErrorKind, what: impl Into<String>) -> Self {
        Self::Broken(kind, what.into())
    }

    /// What a reader gets now and ever after.
    pub(crate) fn to_read(&self) -> io::Result<usize> {
        match self {
            Self::InGoodOrder => Ok(0),
            Self::Broken(kind, what) => Err(io::Error::new(*kind, what.clone())),
        }
    }

    /// What a writer gets.
    pub(crate) fn to_write(&self) -> io::Error {
        match self {
            Self::InGoodOrder => {
                io::Error::new(ErrorKind::BrokenPipe, "the bridge has closed the connection")
            }
            Self::Broken(kind, what) => io::Error::new(*kind, what.clone()),
        }
    }
}

/// The half was closed, then written to.
pub(crate) fn closed_before() -> io::Error {
    io::Error::new(ErrorKind::BrokenPipe, "this half of the connection was closed before the write")
}

/// `recv` was given no room: `Ok(0)` would say that the stream has ended.
pub(crate) fn no_room() -> io::Error {
    io::Error::new(ErrorKind::InvalidInput, "recv needs a buffer with room left")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_close_in_good_order_is_an_end() {
        assert_eq!(End::by_close(1000, "bye").to_read().unwrap(), 0);
        assert_eq!(End::by_close(1005, "").to_read().unwrap(), 0);
        assert_eq!(End::by_close(1000, "").to_write().kind(), ErrorKind::BrokenPipe);
    }

    #[test]
    fn any_other_close_tells_code_and_reason() {
        for code in [1001, 1002, 1003, 1006, 1008, 1009, 1011, 1012, 1013, 3000, 4401, 4408, 4502, 4999] {
            let error = End::by_close(code, "so it is").to_read().unwrap_err().to_string();
            assert!(error.ends_with(&format!("(close code {code}): so it is")), "{error}");
        }
        let bare = End::by_close(1012, "").to_write().to_string();
        assert_eq!(bare, "the bridge is stopping or restarting (close code 1012)");
    }
}
