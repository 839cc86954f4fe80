//! One box per socket read or write keeps `Client`, `Writer` and `Reader` free of type parameters.
//! Nothing here is paid per record.

use std::{any::Any, fmt, future::Future, io, sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};

use crate::{BoxFuture, BrokerAddress, ByteRx, ByteTx, Instant, MaybeSend, MaybeSync, Runtime, Transport};

trait ErasedRx: MaybeSend {
    fn recv<'a>(&'a mut self, into: &'a mut BytesMut) -> BoxFuture<'a, io::Result<usize>>;
}

impl<T: ByteRx> ErasedRx for T {
    fn recv<'a>(&'a mut self, into: &'a mut BytesMut) -> BoxFuture<'a, io::Result<usize>> {
        Box::pin(ByteRx::recv(self, into))
    }
}

trait ErasedTx: MaybeSend {
    fn write_all<'a>(&'a mut self, buffers: &'a [Bytes]) -> BoxFuture<'a, io::Result<()>>;
    fn close(&mut self) -> BoxFuture<'_, io::Result<()>>;
}

impl<T: ByteTx> ErasedTx for T {
    fn write_all<'a>(&'a mut self, buffers: &'a [Bytes]) -> BoxFuture<'a, io::Result<()>> {
        Box::pin(ByteTx::write_all(self, buffers))
    }

    fn close(&mut self) -> BoxFuture<'_, io::Result<()>> {
        Box::pin(ByteTx::close(self))
    }
}

#[cfg(not(target_family = "wasm"))]
type BoxRx = Box<dyn ErasedRx + Send>;
#[cfg(target_family = "wasm")]
type BoxRx = Box<dyn ErasedRx>;
#[cfg(not(target_family = "wasm"))]
type BoxTx = Box<dyn ErasedTx + Send>;
#[cfg(target_family = "wasm")]
type BoxTx = Box<dyn ErasedTx>;
#[cfg(not(target_family = "wasm"))]
type ArcTransport = Arc<dyn ErasedTransport + Send + Sync>;
#[cfg(target_family = "wasm")]
type ArcTransport = Arc<dyn ErasedTransport>;
#[cfg(not(target_family = "wasm"))]
type ArcRuntime = Arc<dyn ErasedRuntime + Send + Sync>;
#[cfg(target_family = "wasm")]
type ArcRuntime = Arc<dyn ErasedRuntime>;
#[cfg(not(target_family = "wasm"))]
type BoxAny = Box<dyn Any + Send>;
#[cfg(target_family = "wasm")]
type BoxAny = Box<dyn Any>;
#[cfg(not(target_family = "wasm"))]
type BoxWork = Box<dyn FnOnce() -> BoxAny + Send>;
#[cfg(target_family = "wasm")]
type BoxWork = Box<dyn FnOnce() -> BoxAny>;

/// Any [`ByteRx`].
pub struct DynRx(BoxRx);

impl ByteRx for DynRx {
    async fn recv(&mut self, into: &mut BytesMut) -> io::Result<usize> {
        self.0.recv(into).await
    }
}

/// Any [`ByteTx`].
pub struct DynTx(BoxTx);

impl ByteTx for DynTx {
    async fn write_all(&mut self, buffers: &[Bytes]) -> io::Result<()> {
        self.0.write_all(buffers).await
    }

    async fn close(&mut self) -> io::Result<()> {
        self.0.close().await
    }
}

trait ErasedTransport: MaybeSend + MaybeSync {
    fn connect<'a>(&'a self, to: &'a BrokerAddress) -> BoxFuture<'a, io::Result<(DynTx, DynRx)>>;
}

impl<T: Transport> ErasedTransport for T {
    fn connect<'a>(&'a self, to: &'a BrokerAddress) -> BoxFuture<'a, io::Result<(DynTx, DynRx)>> {
        Box::pin(async move {
            let (tx, rx) = Transport::connect(self, to).await?;
            Ok((DynTx(Box::new(tx)), DynRx(Box::new(rx))))
        })
    }
}

/// Any [`Transport`], shared.
#[derive(Clone)]
pub struct DynTransport(ArcTransport);

impl DynTransport {
    /// Erases a transport.
    pub fn new(transport: impl Transport) -> Self {
        Self(Arc::new(transport))
    }
}

impl Transport for DynTransport {
    type Tx = DynTx;
    type Rx = DynRx;

    async fn connect(&self, to: &BrokerAddress) -> io::Result<(DynTx, DynRx)> {
        self.0.connect(to).await
    }
}

impl fmt::Debug for DynTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DynTransport")
    }
}

trait ErasedRuntime: MaybeSend + MaybeSync {
    fn spawn(&self, task: BoxFuture<'static, ()>);
    fn sleep(&self, how_long: Duration) -> BoxFuture<'static, ()>;
    fn now(&self) -> Instant;
    fn unix_millis(&self) -> i64;
    fn offload(&self, work: BoxWork) -> BoxFuture<'static, BoxAny>;
}

impl<R: Runtime> ErasedRuntime for R {
    fn spawn(&self, task: BoxFuture<'static, ()>) {
        Runtime::spawn(self, task);
    }

    fn sleep(&self, how_long: Duration) -> BoxFuture<'static, ()> {
        Box::pin(Runtime::sleep(self, how_long))
    }

    fn now(&self) -> Instant {
        Runtime::now(self)
    }

    fn unix_millis(&self) -> i64 {
        Runtime::unix_millis(self)
    }

    fn offload(&self, work: BoxWork) -> BoxFuture<'static, BoxAny> {
        let runtime = self.clone();
        Box::pin(async move { Runtime::offload(&runtime, work).await })
    }
}

/// Any [`Runtime`], shared.
#[derive(Clone)]
pub struct DynRuntime(ArcRuntime);

impl DynRuntime {
    /// Erases a runtime.
    pub fn new(runtime: impl Runtime) -> Self {
        Self(Arc::new(runtime))
    }
}

impl Runtime for DynRuntime {
    type Sleep = BoxFuture<'static, ()>;

    fn spawn(&self, task: impl Future<Output = ()> + MaybeSend + 'static) {
        self.0.spawn(Box::pin(task));
    }

    fn sleep(&self, how_long: Duration) -> Self::Sleep {
        self.0.sleep(how_long)
    }

    fn now(&self) -> Instant {
        self.0.now()
    }

    fn unix_millis(&self) -> i64 {
        self.0.unix_millis()
    }

    fn offload<T: MaybeSend + 'static>(
        &self,
        work: impl FnOnce() -> T + MaybeSend + 'static,
    ) -> impl Future<Output = T> + MaybeSend {
        let done = self.0.offload(Box::new(move || Box::new(work()) as BoxAny));
        async move {
            match done.await.downcast::<T>() {
                Ok(value) => *value,
                Err(_) => unreachable!("the work above returns a T"),
            }
        }
    }
}

impl fmt::Debug for DynRuntime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DynRuntime")
    }
}
