//! The tests of every transport, over memory: natively, and as wasm in Node or a browser.

use ottla_memory::{MemoryTransport, network};
use ottla_transport::{BrokerAddress, Runtime};

fn echoing(runtime: &impl Runtime) -> MemoryTransport {
    let (transport, mut listener) = network();
    let spawner = runtime.clone();
    runtime.spawn(async move {
        while let Some((_, tx, rx)) = listener.accept().await {
            spawner.spawn(ottla_transport_suite::echo(tx, rx));
        }
    });
    transport
}

fn peer() -> BrokerAddress {
    BrokerAddress::broker(1, "localhost", 9092)
}

#[cfg(not(target_family = "wasm"))]
#[tokio::test]
async fn suite() {
    let runtime = ottla_transport::TokioRuntime::current();
    ottla_transport_suite::run(echoing(&runtime), peer(), runtime).await;
}

#[cfg(target_family = "wasm")]
#[wasm_bindgen_test::wasm_bindgen_test]
async fn suite() {
    let runtime = ottla_transport::WebRuntime;
    ottla_transport_suite::run(echoing(&runtime), peer(), runtime).await;
}
