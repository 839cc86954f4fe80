use super::Classic;
use crate::{
    group::{
        config::millis,
        step::{Call, Step},
        subscription::Subscription,
    },
    protocol::{heartbeat, join_group, leave_group, sync_group},
    wire::Str,
};

/// What kind of group consumers form.
const CONSUMER: &str = "consumer";

impl Classic {
    pub(super) fn join(&self) -> Step {
        let config = &self.config;
        let cooperative = config.is_cooperative();
        let protocol = |assignor: &std::sync::Arc<dyn crate::group::Assignor>| {
            let (had, generation) = &self.had;
            let subscription = Subscription {
                topics: self.topics.clone(),
                user_data: assignor.user_data(had, *generation),
                owned: if cooperative { self.holdings.owned.clone() } else { Vec::new() },
                generation: if cooperative && !self.holdings.owned.is_empty() { *generation } else { -1 },
                rack: config.rack.clone(),
            };
            // Topics have names of at most 249 bytes: what the cluster takes can be encoded.
            let metadata = subscription.encode().unwrap_or_default();
            join_group::Protocol { name: assignor.name().into(), metadata }
        };
        Step::Call(Call::Join(join_group::Request {
            group_id: config.group.clone(),
            session_timeout_ms: millis(config.session_timeout),
            rebalance_timeout_ms: millis(config.rebalance_timeout),
            member_id: self.member_id.clone(),
            group_instance_id: config.instance_id.clone(),
            protocol_type: CONSUMER.into(),
            protocols: config.assignors.iter().map(protocol).collect(),
            reason: None,
        }))
    }

    pub(super) fn sync(&self, assignments: Vec<sync_group::Assignment>) -> Step {
        Step::Call(Call::Sync(sync_group::Request {
            group_id: self.config.group.clone(),
            generation_id: self.generation,
            member_id: self.member_id.clone(),
            group_instance_id: self.config.instance_id.clone(),
            protocol_type: Some(CONSUMER.into()),
            protocol_name: Some(self.assignor.clone()),
            assignments,
        }))
    }

    pub(super) fn heartbeat(&self) -> heartbeat::Request {
        heartbeat::Request {
            group_id: self.config.group.clone(),
            generation_id: self.generation,
            member_id: self.member_id.clone(),
            group_instance_id: self.config.instance_id.clone(),
        }
    }

    pub(super) fn goodbye(&self) -> leave_group::Request {
        let reason: Option<Str> = Some("the consumer is being closed".into());
        let leaver =
            leave_group::Leaver { member_id: self.member_id.clone(), group_instance_id: None, reason };
        leave_group::Request {
            group_id: self.config.group.clone(),
            member_id: self.member_id.clone(),
            members: vec![leaver],
        }
    }
}
