//! A cluster on TCP: `serve [ADDRESS]...`, a node for each address, until Ctrl-C.
//! `EMULATE=0.10.1` pretends to be that release.

use ottla_broker::{Broker, BrokerConfig};
use ottla_transport::TokioRuntime;

#[tokio::main]
#[expect(clippy::print_stdout, reason = "an example talks to whoever started it")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut addresses: Vec<String> = std::env::args().skip(1).collect();
    if addresses.is_empty() {
        addresses.push("127.0.0.1:9092".to_owned());
    }
    let mut config = BrokerConfig { nodes: u16::try_from(addresses.len())?, ..BrokerConfig::default() };
    if let Ok(release) = std::env::var("EMULATE") {
        config = config.emulate(&release)?;
    }
    let broker = Broker::new(config, TokioRuntime::current());
    let bound = broker.listen_tcp(addresses).await?;
    println!("{}", bound.iter().map(ToString::to_string).collect::<Vec<_>>().join(","));
    tokio::signal::ctrl_c().await?;
    broker.close().await;
    Ok(())
}
