//! A transport that stands between a client and a broker, and answers as a script says.

use bytes::{BufMut, Bytes, BytesMut};
use ottla::{
    protocol::{Message, Request, header},
    transport::{BrokerAddress, ByteRx, ByteTx, Transport},
    wire::{Decoder, Encoder, Malformed},
};
use ottla_memory::{Rx, Tx, pipe_with_capacity};
use std::{
    collections::HashMap,
    io,
    sync::{Arc, Mutex, PoisonError},
};

/// An answer of the broker on its way to the client, without its length.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Of the request.
    pub key: i16,
    /// Of the request, and so of the answer.
    pub version: i16,
    /// Header and body.
    pub frame: Bytes,
}

/// What the client gets instead of an answer.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Reply {
    /// The answer itself.
    Pass,
    /// Another frame, its length in front.
    Frame(Bytes),
    /// These bytes as they are, and the end of the stream.
    ThenEnd(Bytes),
    /// These bytes as they are, and nothing ever after.
    ThenSilence(Bytes),
}

type Script = dyn Fn(&Answer) -> Reply + Send + Sync;

/// Dials through another transport, and passes each answer through a script. Its tasks run on the current
/// tokio runtime.
pub struct Meddling<T> {
    inner: T,
    script: Arc<Script>,
}

impl<T: Transport> Meddling<T> {
    /// Meddles with every answer.
    pub fn new(inner: T, script: impl Fn(&Answer) -> Reply + Send + Sync + 'static) -> Self {
        Self { inner, script: Arc::new(script) }
    }

    /// Meddles with the answers to one kind of request.
    pub fn with<R: Request>(inner: T, script: impl Fn(&Answer) -> Reply + Send + Sync + 'static) -> Self {
        Self::new(inner, move |answer| if answer.key == R::KEY { script(answer) } else { Reply::Pass })
    }
}

impl Answer {
    /// With its length in front: what a broker sends.
    pub fn bytes(&self) -> Bytes {
        with_length(&self.frame)
    }

    /// The same with its content changed.
    ///
    /// # Errors
    /// It is not the answer to such a request.
    pub fn edit<R: Request>(&self, edit: impl FnOnce(&mut R::Response)) -> Result<Reply, Malformed> {
        let flexible = self.version >= R::FLEXIBLE;
        let mut input = Decoder::new(self.frame.clone());
        let correlation_id = header::decode_response(&mut input, R::KEY, flexible)?;
        let mut response = R::Response::decode(self.version, &mut input)?;
        edit(&mut response);
        let mut out = Encoder::new();
        header::encode_response(&mut out, R::KEY, flexible, correlation_id);
        response.encode(self.version, &mut out);
        Ok(Reply::Frame(out.into_chunks()?.concat().into()))
    }
}

/// A frame with its length in front.
pub fn with_length(frame: &[u8]) -> Bytes {
    let mut bytes = BytesMut::with_capacity(4 + frame.len());
    bytes.put_i32(i32::try_from(frame.len()).unwrap_or(i32::MAX));
    bytes.put_slice(frame);
    bytes.freeze()
}

impl<T: Transport> Transport for Meddling<T> {
    type Tx = Tx;
    type Rx = Rx;

    async fn connect(&self, to: &BrokerAddress) -> io::Result<(Tx, Rx)> {
        let (to_broker, from_broker) = self.inner.connect(to).await?;
        let (client, (to_client, from_client)) = pipe_with_capacity(64 * 1024);
        let script = Arc::clone(&self.script);
        tokio::spawn(async move {
            let asked = Asked::default();
            let up = ask(from_client, to_broker, &asked);
            let down = answer(from_broker, to_client, &asked, &*script);
            // Either's end ends both.
            tokio::select! {
                () = up => {}
                () = down => {}
            }
        });
        Ok(client)
    }
}

/// Key and version of the requests that are not answered, by their ids.
#[derive(Default)]
struct Asked(Mutex<HashMap<i32, (i16, i16)>>);

async fn ask(mut from: impl ByteRx, mut to: impl ByteTx, asked: &Asked) {
    let mut read = BytesMut::new();
    while let Some(frame) = frame(&mut from, &mut read).await {
        if let Ok(header) = header::decode_request(&mut Decoder::new(frame.clone())) {
            let mut asked = asked.0.lock().unwrap_or_else(PoisonError::into_inner);
            asked.insert(header.correlation_id, (header.key, header.version));
        }
        if to.write_all(&[with_length(&frame)]).await.is_err() {
            return;
        }
    }
}

async fn answer(mut from: impl ByteRx, mut to: impl ByteTx, asked: &Asked, script: &Script) {
    let mut read = BytesMut::new();
    while let Some(frame) = frame(&mut from, &mut read).await {
        let found = header::peek_correlation_id(&frame).ok().and_then(|id| {
            let mut asked = asked.0.lock().unwrap_or_else(PoisonError::into_inner);
            asked.remove(&id)
        });
        let Some((key, version)) = found else { return };
        let answer = Answer { key, version, frame };
        let written = match script(&answer) {
            Reply::Pass => to.write_all(&[answer.bytes()]).await,
            Reply::Frame(frame) => to.write_all(&[with_length(&frame)]).await,
            Reply::ThenEnd(bytes) => {
                let _ = to.write_all(&[bytes]).await;
                return;
            }
            Reply::ThenSilence(bytes) => {
                let _ = to.write_all(&[bytes]).await;
                std::future::pending().await
            }
        };
        if written.is_err() {
            return;
        }
    }
}

/// The next frame, without its length. `None` at the end.
async fn frame(from: &mut impl ByteRx, read: &mut BytesMut) -> Option<Bytes> {
    loop {
        if let Some(length) = read.first_chunk().map(|length| i32::from_be_bytes(*length)) {
            let whole = 4 + usize::try_from(length).ok()?;
            if read.len() >= whole {
                return Some(read.split_to(whole).freeze().slice(4..));
            }
        }
        read.reserve(16 * 1024);
        if from.recv(read).await.ok()? == 0 {
            return None;
        }
    }
}
