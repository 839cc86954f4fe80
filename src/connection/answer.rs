use std::{marker::PhantomData, sync::Arc};

use bytes::Bytes;
use futures::channel::oneshot;

use crate::{
    error::Error,
    protocol::{Message, Request, header},
    wire::{Decoder, Malformed},
};

/// The answer to one request, when it comes.
pub(crate) struct Answer<R: Request> {
    reply: Reply,
    request: PhantomData<fn() -> R>,
}

impl<R: Request> Answer<R> {
    pub(super) fn of(reply: Reply) -> Self {
        Self { reply, request: PhantomData }
    }

    /// Waits for the response and reads it.
    ///
    /// # Cancel safety
    /// Safe: the response to a dropped answer is read and thrown away.
    pub(crate) async fn wait(self) -> Result<R::Response, Error> {
        let (mut input, asked, address) = self.reply.wait().await?;
        R::Response::decode(asked.version, &mut input).map_err(|cause| asked.unreadable(cause, &address))
    }
}

/// What of a request is data. The code that handles it is there once, not once for each type of request.
#[derive(Clone, Copy)]
pub(super) struct Asked {
    pub(super) key: i16,
    pub(super) name: &'static str,
    pub(super) version: i16,
    pub(super) flexible: bool,
}

impl Asked {
    pub(super) fn of<R: Request>(version: i16) -> Self {
        Self { key: R::KEY, name: R::NAME, version, flexible: version >= R::FLEXIBLE }
    }

    fn unreadable(&self, cause: Malformed, address: &str) -> Error {
        let Self { name, version, .. } = self;
        Error::malformed(format!("the answer to a {name} request (version {version}) cannot be read"), cause)
            .at_broker(address)
    }
}

/// An answer of whatever type.
pub(super) struct Reply {
    receiver: oneshot::Receiver<Result<Bytes, Error>>,
    asked: Asked,
    address: Arc<str>,
}

impl Reply {
    pub(super) fn new(
        receiver: oneshot::Receiver<Result<Bytes, Error>>,
        asked: Asked,
        address: Arc<str>,
    ) -> Self {
        Self { receiver, asked, address }
    }

    /// The response behind its header.
    async fn wait(self) -> Result<(Decoder, Asked, Arc<str>), Error> {
        let Self { receiver, asked, address } = self;
        let frame = match receiver.await {
            Ok(reply) => reply?,
            Err(oneshot::Canceled) => return Err(Error::closed("connection").at_broker(&address)),
        };
        let mut input = Decoder::new(frame);
        header::decode_response(&mut input, asked.key, asked.flexible)
            .map_err(|cause| asked.unreadable(cause, &address))?;
        Ok((input, asked, address))
    }
}
