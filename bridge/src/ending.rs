use std::{fmt, io};

use tokio_tungstenite::tungstenite::{
    Error,
    protocol::{CloseFrame, frame::coding::CloseCode},
};

/// Why a socket ended.
#[derive(Debug)]
pub(crate) enum Ending {
    /// The client sent a Close frame.
    ByClient,
    /// The client's connection broke off.
    ClientGone(String),
    /// The client's fault, with the code to tell it.
    Misuse(CloseCode, String),
    ByBroker,
    BrokerBroke(io::Error),
    Idle,
    Stopping,
}

impl Ending {
    /// What reading from the client gave.
    pub(crate) fn by_client_error(error: &Error) -> Self {
        match error {
            Error::ConnectionClosed | Error::AlreadyClosed => Self::ByClient,
            Error::Capacity(_) => Self::Misuse(CloseCode::Size, error.to_string()),
            Error::Utf8(_) => Self::Misuse(CloseCode::Unsupported, "text is not taken".to_owned()),
            Error::Protocol(
                tokio_tungstenite::tungstenite::error::ProtocolError::ResetWithoutClosingHandshake,
            )
            | Error::Io(_) => Self::ClientGone(error.to_string()),
            _ => Self::Misuse(CloseCode::Protocol, error.to_string()),
        }
    }

    /// What the client is told. `None` if there is nobody left to tell.
    pub(crate) fn close_frame(&self) -> Option<CloseFrame> {
        let (code, reason) = match self {
            Self::ByClient | Self::ClientGone(_) => return None,
            Self::Misuse(code, reason) => (*code, reason.clone()),
            Self::ByBroker => (CloseCode::Normal, "the broker closed the connection".to_owned()),
            Self::BrokerBroke(error) => (4502.into(), format!("the connection to the broker broke: {error}")),
            Self::Idle => (4408.into(), "no byte passed for too long".to_owned()),
            Self::Stopping => (CloseCode::Restart, "service restart".to_owned()),
        };
        Some(CloseFrame { code, reason: at_most_123_bytes(reason).into() })
    }
}

/// All that a Close frame has room for.
fn at_most_123_bytes(mut reason: String) -> String {
    let mut end = reason.len().min(123);
    while !reason.is_char_boundary(end) {
        end -= 1;
    }
    reason.truncate(end);
    reason
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ByClient => f.write_str("by the client"),
            Self::ClientGone(why) => write!(f, "the client went: {why}"),
            Self::Misuse(code, why) => write!(f, "the client was refused ({code}): {why}"),
            Self::ByBroker => f.write_str("by the broker"),
            Self::BrokerBroke(error) => write!(f, "the broker's connection broke: {error}"),
            Self::Idle => f.write_str("idle"),
            Self::Stopping => f.write_str("the bridge is stopping"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_cut_between_characters() {
        assert_eq!(at_most_123_bytes("short".to_owned()), "short");
        assert_eq!(at_most_123_bytes("é".repeat(100)).len(), 122);
        let frame = Ending::BrokerBroke(io::Error::other("x".repeat(500))).close_frame().unwrap();
        assert_eq!((u16::from(frame.code), frame.reason.len()), (4502, 123));
    }
}
