//! Reach a Kafka broker in the same process: an in-process network of bounded pipes.
//!
//! It needs no runtime and no sockets, so the same test runs natively and as wasm.
//!
//! ```
//! use bytes::{Bytes, BytesMut};
//! use ottla_memory::network;
//! use ottla_transport::{BrokerAddress, ByteRx, ByteTx, Transport};
//!
//! # futures::executor::block_on(async {
//! let (transport, mut listener) = network();
//! let (mut tx, _rx) = transport.connect(&BrokerAddress::broker(1, "anywhere", 9092)).await?;
//! let (address, _broker_tx, mut broker_rx) = listener.accept().await.expect("a connection waits");
//! assert_eq!(address.node_id, Some(1));
//!
//! tx.write_all(&[Bytes::from_static(b"hello")]).await?;
//! let mut read = BytesMut::with_capacity(64);
//! broker_rx.recv(&mut read).await?;
//! assert_eq!(&read[..], b"hello");
//! # std::io::Result::Ok(()) }).unwrap();
//! ```

mod network;
mod pipe;

pub use crate::{
    network::{MemoryListener, MemoryTransport, network, network_with_capacity},
    pipe::{DEFAULT_CAPACITY, Rx, Tx, pipe, pipe_with_capacity},
};
