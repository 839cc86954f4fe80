mod dashboard;
mod traffic;

use std::{io, net::SocketAddr, path::PathBuf};

use anyhow::{Context, Result};
use ottla_bridge::Bridge;
use ottla_broker::{Broker, BrokerConfig};
use ottla_transport::TokioRuntime;
use tokio::net::lookup_host;

use self::{dashboard::Dashboard, traffic::Traffic};
use super::bridge::{listen, reachable};
use crate::{
    connection::Connection,
    ending::{Misuse, note},
    interrupt::interrupted,
    output::Output,
};

/// Run a broker in memory, a bridge to it and the dashboard, to develop against
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  ottla dev --kafka 127.0.0.1:19092 --http 127.0.0.1:18080

Once everything listens, a line each is printed, a name, a tab and an address: kafka HOST:PORT, bridge
ws://HOST:PORT/v1/local, dashboard http://HOST:PORT/. It ends at Ctrl-C or SIGTERM, and the records with it.")]
pub(crate) struct Dev {
    /// Where the broker listens; port 0 lets the system choose
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9092")]
    kafka: String,
    /// Where the bridge and the dashboard listen; port 0 lets the system choose
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    http: String,
    /// Serve the dashboard from this folder [default: the one that is part of this program or checkout]
    #[arg(long, value_name = "DIR")]
    dashboard: Option<PathBuf>,
    /// Leave out the sample traffic: the topics orders and events, a few records a second
    #[arg(long)]
    no_traffic: bool,
    /// Another web page that may use the bridge, by its origin, http://HOST:PORT; may be repeated
    #[arg(long = "allow-origin", value_name = "ORIGIN", num_args = 1.., value_delimiter = ',')]
    origins: Vec<String>,
}

impl Dev {
    pub(crate) async fn run(self, before: Connection) -> Result<()> {
        before.must_be_absent("dev")?;
        let dashboard = Dashboard::find(self.dashboard.as_deref())?;
        let (listener, http) = listen(&self.http, "--http").await?;
        let broker = Broker::new(BrokerConfig::default(), TokioRuntime::current());
        let kafka = self.start(&broker).await?;
        let bridge = self.bridge(kafka, http)?;
        let traffic = if self.no_traffic { None } else { Some(Traffic::start(&broker)?) };
        let mut output = Output::new();
        let (kafka, http) = (reachable(kafka), reachable(http));
        output.line(format!("kafka\t{kafka}").as_bytes())?;
        output.line(format!("bridge\tws://{http}/v1/local").as_bytes())?;
        output.line(format!("dashboard\thttp://{http}/").as_bytes())?;
        output.flush()?;
        if !dashboard.is_there() {
            note(&format!("{}\n", dashboard::NOT_BUILT));
        }
        let served = bridge.serve_with(listener, dashboard.router(), interrupted()).await;
        if let Some(traffic) = traffic {
            traffic.stop().await;
        }
        broker.close().await;
        served.context("serving the bridge and the dashboard failed")
    }

    /// Lets the broker listen.
    async fn start(&self, broker: &Broker) -> Result<SocketAddr> {
        let what = || {
            format!(
                "cannot listen on {}: is a broker running there? Give another address with --kafka",
                self.kafka
            )
        };
        let addresses: Vec<_> = lookup_host(&self.kafka).await.with_context(what)?.collect();
        let bound = broker.listen_tcp([addresses.as_slice()]).await.with_context(what)?;
        bound.first().copied().ok_or_else(|| io::Error::other("no address")).with_context(what)
    }

    fn bridge(&self, kafka: SocketAddr, http: SocketAddr) -> Result<Bridge> {
        let mut builder = Bridge::builder().cluster("local", reachable(kafka));
        // On loopback every page of this machine may connect, unless there is a list: then its own must be on it.
        if !self.origins.is_empty() || !http.ip().is_loopback() {
            for origin in own_origins(http).iter().chain(&self.origins) {
                builder = builder.allow_origin(origin);
            }
        }
        builder.build().map_err(|error| Misuse::from_error(&error))
    }
}

/// The origins that the dashboard may have, as browsers write them.
fn own_origins(http: SocketAddr) -> Vec<String> {
    let port = match http.port() {
        80 => String::new(),
        port => format!(":{port}"),
    };
    let mut origins = vec![format!("http://localhost{port}"), format!("http://127.0.0.1{port}")];
    if !http.ip().is_unspecified() && !http.ip().is_loopback() {
        let host = if http.is_ipv6() { format!("[{}]", http.ip()) } else { http.ip().to_string() };
        origins.push(format!("http://{host}{port}"));
    }
    origins
}
