use std::net::SocketAddr;

use anyhow::{Context, Result};
use ottla_bridge::Bridge as Gateway;
use tokio::net::TcpListener;

use crate::{
    connection::Connection,
    ending::{Misuse, note},
    interrupt::interrupted,
    output::Output,
};

/// Let browsers reach Kafka: carry its connections in WebSockets
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  ottla bridge --listen 0.0.0.0:8080 --cluster main=kafka1:9092,kafka2:9092 --allow-origin https://app.example

Clients then connect to ws://HOST:8080/v1/main. These addresses are printed, NAME, a tab and the address a line, once
the bridge listens; it ends at Ctrl-C or SIGTERM, when its sockets are closed.")]
pub(crate) struct Bridge {
    /// Where to listen
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: String,
    /// A cluster: its name in the address, and some of its brokers; may be repeated
    #[arg(long = "cluster", value_name = "NAME=HOST:PORT,…", required = true, num_args = 1..)]
    clusters: Vec<String>,
    /// A web page that may connect, by its origin, https://HOST or http://HOST:PORT; may be repeated [default: pages
    /// of this machine, if only they can reach the bridge]
    #[arg(long = "allow-origin", value_name = "ORIGIN", num_args = 1.., value_delimiter = ',')]
    origins: Vec<String>,
}

impl Bridge {
    pub(crate) async fn run(self, before: Connection) -> Result<()> {
        before.must_be_absent("bridge")?;
        let clusters = read_clusters(&self.clusters)?;
        let mut builder = Gateway::builder();
        for (name, brokers) in &clusters {
            builder = builder.cluster(name, brokers.join(","));
        }
        for origin in &self.origins {
            builder = builder.allow_origin(origin);
        }
        let bridge = builder.build().map_err(|error| Misuse::from_error(&error))?;
        let (listener, address) = listen(&self.listen, "--listen").await?;
        // Before anything is announced: it refuses what would be open to every web page.
        drop(bridge.router(address).map_err(|error| Misuse::from_error(&error))?);
        let mut output = Output::new();
        for (name, _) in &clusters {
            output.line(format!("{name}\tws://{}/v1/{name}", reachable(address)).as_bytes())?;
        }
        output.flush()?;
        let stop = async {
            interrupted().await;
            note("stopping: waiting for the answers under way\n");
        };
        bridge.serve(listener, stop).await.context("the bridge failed")
    }
}

/// Reads `NAME=HOST:PORT,HOST:PORT`. A comma may begin another cluster, too.
fn read_clusters(arguments: &[String]) -> Result<Vec<(String, Vec<String>)>> {
    let mut clusters: Vec<(String, Vec<String>)> = Vec::new();
    for argument in arguments {
        for (at, part) in argument.split(',').enumerate() {
            match (part.split_once('='), clusters.last_mut()) {
                (Some((name, broker)), _) => clusters.push((name.to_owned(), vec![broker.to_owned()])),
                (None, Some((_, brokers))) if at > 0 => brokers.push(part.to_owned()),
                (None, _) => {
                    return Err(Misuse::new(format!("{argument:?} is no cluster: write NAME=HOST:PORT")));
                }
            }
        }
    }
    Ok(clusters)
}

/// Listens on an address that the option `option` can change.
pub(super) async fn listen(address: &str, option: &str) -> Result<(TcpListener, SocketAddr)> {
    let what = || format!("cannot listen on {address}: give another address with {option}");
    let listener = TcpListener::bind(address).await.with_context(what)?;
    let address = listener.local_addr().with_context(what)?;
    Ok((listener, address))
}

/// Where a client on this machine finds what listens on `address`.
pub(super) fn reachable(address: SocketAddr) -> String {
    if address.ip().is_unspecified() { format!("localhost:{}", address.port()) } else { address.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(arguments: &[&str]) -> Result<Vec<(String, Vec<String>)>> {
        read_clusters(&arguments.iter().map(|argument| (*argument).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn commas_part_brokers_and_clusters() {
        let two = vec![
            ("a".to_owned(), vec!["h1:9092".to_owned(), "h2:9092".to_owned()]),
            ("b".to_owned(), vec!["h3".to_owned()]),
        ];
        assert_eq!(read(&["a=h1:9092,h2:9092", "b=h3"]).unwrap(), two);
        assert_eq!(read(&["a=h1:9092,h2:9092,b=h3"]).unwrap(), two);
        assert!(read(&["a"]).is_err());
        assert!(read(&["a=h1", "h2"]).is_err());
    }
}
