use std::{future::Future, io};

use bytes::{Bytes, BytesMut};

use crate::{BrokerAddress, MaybeSend, MaybeSync};

/// Reaches brokers: what kafka-go calls "Dial". A transport keeps no connections of its own.
pub trait Transport: MaybeSend + MaybeSync + 'static {
    /// The half that writes.
    type Tx: ByteTx;
    /// The half that reads.
    type Rx: ByteRx;

    /// Opens a stream of bytes to a broker. The two halves are owned, so that reading and writing
    /// never wait on each other. Dropping both closes the stream.
    ///
    /// # Errors
    /// Whatever kept the stream from opening, in words that say what was tried.
    ///
    /// # Cancel safety
    /// Dropping the future gives the attempt up and leaks nothing.
    fn connect(
        &self,
        to: &BrokerAddress,
    ) -> impl Future<Output = io::Result<(Self::Tx, Self::Rx)>> + MaybeSend;
}

/// The reading half of a stream.
pub trait ByteRx: MaybeSend + 'static {
    /// Appends at least one byte to `into`, and at most as many as fit without it growing: the
    /// caller reserves the room, and so bounds the read. `Ok(0)` is the end of the stream.
    ///
    /// # Errors
    /// The stream broke; no byte is lost before the error. [`InvalidInput`](io::ErrorKind::InvalidInput)
    /// when `into` has no room left.
    ///
    /// # Cancel safety
    /// Safe: bytes are either in `into` or still in the stream.
    fn recv(&mut self, into: &mut BytesMut) -> impl Future<Output = io::Result<usize>> + MaybeSend;
}

/// The writing half of a stream.
pub trait ByteTx: MaybeSend + 'static {
    /// Writes every byte of every buffer, in order, and flushes.
    ///
    /// # Errors
    /// The stream broke; how many bytes left is unknown.
    ///
    /// # Cancel safety
    /// Not safe: a dropped write may have sent a part. Close the stream then.
    fn write_all(&mut self, buffers: &[Bytes]) -> impl Future<Output = io::Result<()>> + MaybeSend;

    /// Ends the stream in good order. The reading half may go on until the peer ends it too.
    ///
    /// # Errors
    /// The stream was already broken.
    fn close(&mut self) -> impl Future<Output = io::Result<()>> + MaybeSend;
}
