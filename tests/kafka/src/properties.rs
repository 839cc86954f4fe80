//! The configuration files of brokers and of ZooKeeper.

use std::path::Path;

use crate::{Mode, Version};

/// Where the members of a cluster listen.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    /// One port a broker, for clients.
    pub(crate) ports: Vec<u16>,
    /// One port a broker, for the KRaft quorum.
    pub(crate) quorum_ports: Vec<u16>,
    pub(crate) zookeeper_port: u16,
}

impl Layout {
    fn voters(&self) -> String {
        let voters: Vec<String> =
            self.quorum_ports.iter().enumerate().map(|(i, p)| format!("{}@127.0.0.1:{p}", i + 1)).collect();
        voters.join(",")
    }
}

/// `server.properties` of the broker with node id `node`, from 1; the lines of `own` come last and win.
pub(crate) fn broker(
    version: &Version,
    layout: &Layout,
    node: usize,
    dir: &Path,
    own: &[(String, String)],
) -> String {
    let brokers = layout.ports.len();
    let port = layout.ports[node - 1];
    let mut lines = vec![
        format!("advertised.listeners=PLAINTEXT://127.0.0.1:{port}"),
        format!("log.dirs={}", dir.join("data").display()),
        format!("broker.rack=rack{node}"),
        "delete.topic.enable=true".to_owned(),
        // Deleted data goes at once, not a minute later.
        "log.segment.delete.delay.ms=1000".to_owned(),
        "offsets.topic.num.partitions=4".to_owned(),
        format!("offsets.topic.replication.factor={brokers}"),
    ];
    if version.at_least(&[0, 11]) {
        lines.extend([
            // Else the first join of every group waits three seconds.
            "group.initial.rebalance.delay.ms=0".to_owned(),
            "transaction.state.log.num.partitions=4".to_owned(),
            format!("transaction.state.log.replication.factor={brokers}"),
            format!("transaction.state.log.min.isr={}", brokers.min(2)),
        ]);
    }
    if version.at_least(&[2, 4]) {
        let selector = "org.apache.kafka.common.replica.RackAwareReplicaSelector";
        lines.push(format!("replica.selector.class={selector}"));
    }
    if version.at_least(&[4]) {
        lines.extend([
            format!("share.coordinator.state.topic.replication.factor={brokers}"),
            format!("share.coordinator.state.topic.min.isr={}", brokers.min(2)),
        ]);
    }
    match version.mode() {
        Mode::Kraft => lines.extend(kraft(layout, node)),
        Mode::ZooKeeper => lines.extend([
            format!("broker.id={node}"),
            format!("listeners=PLAINTEXT://127.0.0.1:{port}"),
            format!("zookeeper.connect=127.0.0.1:{}", layout.zookeeper_port),
            "zookeeper.connection.timeout.ms=30000".to_owned(),
            // A broker that was killed may register again only when its old session is over.
            "zookeeper.session.timeout.ms=6000".to_owned(),
        ]),
    }
    lines.extend(own.iter().map(|(key, value)| format!("{key}={value}")));
    lines.join("\n") + "\n"
}

fn kraft(layout: &Layout, node: usize) -> Vec<String> {
    let (port, quorum_port) = (layout.ports[node - 1], layout.quorum_ports[node - 1]);
    vec![
        "process.roles=broker,controller".to_owned(),
        format!("node.id={node}"),
        format!("controller.quorum.voters={}", layout.voters()),
        format!("listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{quorum_port}"),
        "listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT".to_owned(),
        "controller.listener.names=CONTROLLER".to_owned(),
        "inter.broker.listener.name=PLAINTEXT".to_owned(),
    ]
}

/// ZooKeeper's own configuration file.
pub(crate) fn zookeeper(layout: &Layout, dir: &Path) -> String {
    format!(
        "dataDir={}\nclientPort={}\nclientPortAddress=127.0.0.1\nmaxClientCnxns=0\nadmin.enableServer=false\n\
         tickTime=1000\n",
        dir.join("data").display(),
        layout.zookeeper_port
    )
}
