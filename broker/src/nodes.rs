use std::collections::BTreeSet;

use crate::state::State;

/// Nodes that are not as they should be.
#[derive(Debug, Default)]
pub(crate) struct Outages {
    /// Clients do not reach them.
    unreachable: BTreeSet<i32>,
    /// The cluster does without them.
    dead: BTreeSet<i32>,
}

impl State {
    /// Whether clients reach a node.
    pub(crate) fn is_reachable(&self, node: i32) -> bool {
        !self.outages.unreachable.contains(&node)
    }

    /// Whether the cluster counts on a node.
    pub(crate) fn is_alive(&self, node: i32) -> bool {
        !self.outages.dead.contains(&node)
    }

    /// The node that changes topics: the first that is alive.
    pub(crate) fn controller(&self) -> Option<i32> {
        self.nodes().find(|node| self.is_alive(*node))
    }

    /// Takes a node down, and lets others lead what it led.
    pub(crate) fn stop_node(&mut self, node: i32) {
        self.outages.unreachable.insert(node);
        self.sessions(node).evict_all();
        if self.outages.dead.insert(node) {
            self.elect_instead_of(node);
        }
    }

    /// Takes a node off the clients' network.
    pub(crate) fn isolate_node(&mut self, node: i32) {
        self.outages.unreachable.insert(node);
    }

    /// Undoes both.
    pub(crate) fn start_node(&mut self, node: i32) {
        self.outages.unreachable.remove(&node);
        if self.outages.dead.remove(&node) {
            self.elect_where_none_leads(node);
        }
    }
}
