use std::io::{self, ErrorKind};

use futures::StreamExt;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
};
use tokio_tungstenite::{
    client_async_with_config,
    tungstenite::{
        Error, client::IntoClientRequest, handshake::client::Response, http::StatusCode,
        protocol::WebSocketConfig,
    },
};

use super::halves::{Rx, Tx};
use crate::{messages::MAX_MESSAGE, transport::WebSocketTransport};

/// The most bytes a bridge may send in one message: far more than ours ever does, and a bound.
const MAX_RECEIVED: usize = 1 << 20;
/// The most of an error's body that is shown.
const MAX_SENTENCE: usize = 500;

/// What TCP and TLS have in common.
pub(super) trait Io: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

pub(crate) async fn connect(transport: &WebSocketTransport, url: &str) -> io::Result<(Tx, Rx)> {
    if tokio::runtime::Handle::try_current().is_err() {
        return Err(io::Error::other(format!(
            "connecting to {url} failed: a WebSocket needs a tokio runtime, and none runs here"
        )));
    }
    match timeout(transport.connect_timeout, open(transport, url)).await {
        Ok(Ok(halves)) => Ok(halves),
        Ok(Err(error)) => Err(io::Error::new(error.kind(), format!("connecting to {url} failed: {error}"))),
        Err(_) => Err(io::Error::new(
            ErrorKind::TimedOut,
            format!("connecting to {url} timed out: no answer within {:?}", transport.connect_timeout),
        )),
    }
}

async fn open(transport: &WebSocketTransport, url: &str) -> io::Result<(Tx, Rx)> {
    let route = &transport.route;
    let tcp = TcpStream::connect((route.host.as_str(), route.port)).await?;
    tcp.set_nodelay(true)?;
    #[cfg(feature = "tls")]
    let stream: Box<dyn Io> =
        if route.secure { Box::new(transport.tls.wrap(tcp, &route.host).await?) } else { Box::new(tcp) };
    #[cfg(not(feature = "tls"))]
    let stream: Box<dyn Io> = Box::new(tcp);

    let config = WebSocketConfig::default()
        .read_buffer_size(MAX_MESSAGE)
        .write_buffer_size(MAX_MESSAGE)
        .max_write_buffer_size(8 * MAX_MESSAGE)
        .max_message_size(Some(MAX_RECEIVED))
        .max_frame_size(Some(MAX_RECEIVED));
    let request = url.into_client_request().map_err(refused)?;
    let (socket, _) = client_async_with_config(request, stream, Some(config)).await.map_err(refused)?;
    let (sink, stream) = socket.split();
    Ok((Tx::new(sink), Rx::new(stream)))
}

/// Why the handshake failed. An HTTP answer's body is the bridge's own sentence about it.
fn refused(error: Error) -> io::Error {
    match error {
        Error::Io(error) => error,
        Error::Http(response) => {
            let kind = match response.status() {
                StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => ErrorKind::PermissionDenied,
                StatusCode::NOT_FOUND => ErrorKind::NotFound,
                StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE => ErrorKind::ConnectionRefused,
                _ => ErrorKind::InvalidData,
            };
            io::Error::new(kind, format!("HTTP {}{}", response.status(), sentence(&response)))
        }
        other => io::Error::new(
            ErrorKind::InvalidData,
            format!("{other}. Is what listens there an ottla bridge, and with TLS only for wss://?"),
        ),
    }
}

fn sentence(response: &Response) -> String {
    let body = response.body().as_deref().unwrap_or_default();
    let body = body.get(..MAX_SENTENCE).unwrap_or(body);
    let text: String =
        String::from_utf8_lossy(body).chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    match text.trim() {
        "" => String::new(),
        text => format!(": {text}"),
    }
}
