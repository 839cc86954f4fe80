//! What the browser's WebSocket is tested against: the bridge in front of a server that sends everything back.

use std::{
    io::{BufRead, BufReader},
    net::TcpListener,
    process::{Child, Stdio},
};

use anyhow::{Context, Result};

use crate::exec::{self, cargo, command};

/// A running `echo` example of the bridge. It ends when its input does.
pub(crate) struct Echo {
    child: Child,
    port: String,
}

impl Echo {
    /// Builds and starts it.
    pub(crate) fn start() -> Result<Self> {
        exec::run(cargo("build --package ottla-bridge --example echo"))?;
        // A page has no environment, so the port is compiled into the tests: the same one, if it is free, spares
        // compiling them again.
        let free = TcpListener::bind("127.0.0.1:7411").is_ok();
        let address = if free { "127.0.0.1:7411" } else { "127.0.0.1:0" };
        let mut command = command(exec::target("debug/examples/echo"), address);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let mut address = String::new();
        BufReader::new(child.stdout.take().context("echo has no output")?).read_line(&mut address)?;
        let port = address.trim().rsplit(':').next().unwrap_or_default().to_owned();
        Ok(Self { child, port })
    }

    pub(crate) fn port(&self) -> &str {
        &self.port
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}
