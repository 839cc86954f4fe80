//! What is said before the first request: which versions the broker speaks. Authentication (SASL)
//! will follow here.

use std::time::Duration;

use super::{Connection, Versions};
use crate::{
    error::{Error, ErrorKind},
    protocol::{ErrorCode, Request, api_versions},
};

/// Asks for the broker's versions, newest form first (KIP-511), oldest on refusal.
pub(super) async fn exchange_versions(connection: &Connection, timeout: Duration) -> Result<Versions, Error> {
    let request = api_versions::Request {
        client_software_name: "ottla".into(),
        client_software_version: env!("CARGO_PKG_VERSION").into(),
    };
    let newest = *api_versions::Request::VERSIONS.end();
    let refused = |asked: &Result<api_versions::Response, Error>| match asked {
        Ok(response) => response.error_code == ErrorCode::UNSUPPORTED_VERSION,
        // A refusal comes in the form of version 0, which does not read as the newest.
        Err(error) => error.kind() == ErrorKind::Malformed && connection.broken().is_none(),
    };
    let mut asked = ask(connection, newest, &request, timeout).await;
    if refused(&asked) {
        asked = ask(connection, 0, &request, timeout).await;
    }
    let response = asked?;
    Error::check(response.error_code, "asking for the broker's versions", None)
        .map_err(|error| error.at_broker(connection.address()))?;
    let keys = response.api_keys.iter();
    Ok(Versions::new(keys.map(|api| (api.api_key, api.min_version, api.max_version))))
}

async fn ask(
    connection: &Connection,
    version: i16,
    request: &api_versions::Request,
    timeout: Duration,
) -> Result<api_versions::Response, Error> {
    let asked = connection.call_at(version, request, timeout).await;
    asked.map_err(|error| match error.kind() {
        // What a broker before 0.10 does with a request it does not know.
        ErrorKind::Io => Error::new(
            ErrorKind::Io,
            "the peer hung up on the first request: it may not be a Kafka broker, be one older than 0.10, or \
             expect TLS",
        )
        .caused_by(error),
        ErrorKind::Timeout => {
            Error::timeout("the peer took the connection but did not answer: it may not be a Kafka broker")
                .caused_by(error)
        }
        _ => error,
    })
}
