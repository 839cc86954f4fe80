//! Metadata: the nodes, the topics, and who leads what.

use std::sync::Arc;

use ottla::{
    protocol::{
        ErrorCode, Uuid,
        metadata::{Broker, NO_OPERATIONS, Partition, Request, RequestTopic, Response, Topic},
    },
    wire::Str,
};

use crate::{dispatch::Call, partition, state::State, topic_name, topics};

/// The node that changes topics.
pub(crate) const CONTROLLER: i32 = 1;

/// What an unrestricted client may do with a topic: READ, WRITE, CREATE, DELETE, ALTER, DESCRIBE,
/// DESCRIBE_CONFIGS, ALTER_CONFIGS, as bits of Kafka's numbers for them (KIP-430).
const ANYTHING_WITH_A_TOPIC: i32 = 0b1101_1111_1000;

/// What it may do with the cluster: CREATE, ALTER, DESCRIBE, CLUSTER_ACTION, DESCRIBE_CONFIGS,
/// ALTER_CONFIGS, IDEMPOTENT_WRITE.
const ANYTHING_WITH_THE_CLUSTER: i32 = 0b1_1111_1010_0000;

pub(crate) fn answer(call: &Call<'_>, request: Request) -> Response {
    let operations = |asked: bool, all: i32| if asked { all } else { NO_OPERATIONS };
    let topic_operations = operations(request.include_topic_authorized_operations, ANYTHING_WITH_A_TOPIC);
    let mut found = call.with(|state| match asked_for(call.version, request.topics) {
        None => state.topics().map(found).collect(),
        Some(asked) => {
            let create = state.config.auto_create_topics && request.allow_auto_topic_creation;
            asked.into_iter().map(|topic| find(state, topic, create)).collect::<Vec<_>>()
        }
    });
    for topic in found.iter_mut().filter(|topic| topic.error_code.is_ok()) {
        topic.topic_authorized_operations = topic_operations;
    }
    Response {
        brokers: brokers(call),
        cluster_id: Some(call.core.config.cluster_id.as_str().into()),
        controller_id: CONTROLLER,
        topics: found,
        cluster_authorized_operations: operations(
            request.include_cluster_authorized_operations,
            ANYTHING_WITH_THE_CLUSTER,
        ),
        ..Response::default()
    }
}

/// The topics asked for, `None` for all. Version 0 has no null, and asks for all with an empty list.
fn asked_for(version: i16, topics: Option<Vec<RequestTopic>>) -> Option<Vec<RequestTopic>> {
    topics.filter(|topics| version > 0 || !topics.is_empty())
}

fn brokers(call: &Call<'_>) -> Vec<Broker> {
    let addresses = call.seat.endpoints.iter();
    addresses
        .filter_map(|address| {
            Some(Broker {
                node_id: address.node_id?,
                host: address.host.as_str().into(),
                port: i32::from(address.port),
                rack: None,
            })
        })
        .collect()
}

fn find(state: &mut State, asked: RequestTopic, create: bool) -> Topic {
    let RequestTopic { topic_id, name } = asked;
    let Some(name) = name else {
        let topic = state.name_of(topic_id).and_then(|name| state.topic(&name).map(found));
        return topic.unwrap_or_else(|| missing(ErrorCode::UNKNOWN_TOPIC_ID, None, topic_id));
    };
    if let Some(topic) = state.topic(&name) {
        return found(topic);
    }
    if topic_name::fault(&name).is_some() {
        return missing(ErrorCode::INVALID_TOPIC_EXCEPTION, Some(name), Uuid::ZERO);
    }
    if !create {
        return missing(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, Some(name), Uuid::ZERO);
    }
    match state.create(&topics::NewTopic::named(&name)) {
        Ok(_) => state
            .topic(&name)
            .map_or_else(|| missing(ErrorCode::LEADER_NOT_AVAILABLE, None, Uuid::ZERO), found),
        Err(refusal) => missing(refusal.code, Some(name), Uuid::ZERO),
    }
}

fn missing(error_code: ErrorCode, name: Option<Str>, topic_id: Uuid) -> Topic {
    Topic { error_code, name, topic_id, ..Topic::default() }
}

fn found(topic: &topics::Topic) -> Topic {
    Topic {
        name: Some(Arc::clone(&topic.name)),
        topic_id: topic.id,
        partitions: (0..).zip(&topic.partitions).map(partition_of).collect(),
        ..Topic::default()
    }
}

fn partition_of((partition_index, partition): (i32, &partition::Partition)) -> Partition {
    Partition {
        partition_index,
        leader_id: partition.leader,
        leader_epoch: partition.leader_epoch,
        replica_nodes: partition.replicas.clone(),
        isr_nodes: partition.replicas.clone(),
        ..Partition::default()
    }
}
