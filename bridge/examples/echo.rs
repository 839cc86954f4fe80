//! A bridge whose broker 1 echoes and whose broker 2 is never reached: what the browser's transport is
//! tested against.
//!
//! `cargo run -p ottla-bridge --example echo -- [ADDRESS]` listens on `127.0.0.1:0` unless told
//! otherwise, prints the address, and runs until its standard input ends.

use std::{error::Error, io};

use ottla_bridge::Bridge;
use ottla_memory::{Rx, Tx, pipe};
use ottla_transport::{BrokerAddress, Runtime, TokioRuntime, Transport};
use tokio::{
    io::{AsyncReadExt, stdin},
    net::TcpListener,
};

struct Echoing(TokioRuntime);

impl Transport for Echoing {
    type Tx = Tx;
    type Rx = Rx;

    async fn connect(&self, to: &BrokerAddress) -> io::Result<(Tx, Rx)> {
        if to.node_id == Some(2) {
            std::future::pending::<()>().await;
        }
        let (here, (tx, rx)) = pipe();
        self.0.spawn(ottla_transport_suite::echo(tx, rx));
        Ok(here)
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:0".to_owned());
    let bridge = Bridge::builder()
        .cluster("echo", "in-process")
        .node("echo", 1, "in-process")
        .node("echo", 2, "in-process")
        .transport(Echoing(TokioRuntime::current()))
        .build()?;
    let listener = TcpListener::bind(address).await?;
    #[expect(clippy::print_stdout, reason = "whoever starts this reads the address")]
    {
        println!("{}", listener.local_addr()?);
    }
    let stopped = async {
        let _ = stdin().read_to_end(&mut Vec::new()).await;
    };
    bridge.serve(listener, stopped).await?;
    Ok(())
}
