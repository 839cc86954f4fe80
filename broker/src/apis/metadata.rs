//! Metadata: the nodes, the topics, and who leads what.

use std::sync::Arc;

use ottla::{
    protocol::{
        ErrorCode, Uuid,
        metadata::{Broker, NO_OPERATIONS, Partition, Request, RequestTopic, Response, Topic},
    },
    wire::Str,
};

use crate::{dispatch::Call, elections::NOBODY, faults::When, partition, state::State, topic_name, topics};

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
        None => state.topics().map(|topic| found(state, topic)).collect(),
        Some(asked) => {
            let create = state.config.auto_create_topics && request.allow_auto_topic_creation;
            asked.into_iter().map(|topic| find(state, topic, create)).collect::<Vec<_>>()
        }
    });
    for topic in found.iter_mut().filter(|topic| topic.error_code.is_ok()) {
        topic.topic_authorized_operations = topic_operations;
        strike(call, topic);
    }
    Response {
        brokers: brokers(call),
        cluster_id: Some(call.core.config.cluster_id.as_str().into()),
        controller_id: call.with(|state| state.controller()).unwrap_or(-1),
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
            let node_id = address.node_id.filter(|node| call.with(|state| state.is_alive(*node)))?;
            Some(Broker {
                node_id,
                host: address.host.as_str().into(),
                port: i32::from(address.port),
                rack: call.core.config.rack_of(node_id).map(Into::into),
            })
        })
        .collect()
}

fn find(state: &mut State, asked: RequestTopic, create: bool) -> Topic {
    let RequestTopic { topic_id, name } = asked;
    let Some(name) = name else {
        let topic = state.name_of(topic_id).and_then(|name| Some(found(state, state.topic(&name)?)));
        return topic.unwrap_or_else(|| missing(ErrorCode::UNKNOWN_TOPIC_ID, None, topic_id));
    };
    if let Some(topic) = state.topic(&name) {
        return found(state, topic);
    }
    if topic_name::fault(&name).is_some() {
        return missing(ErrorCode::INVALID_TOPIC_EXCEPTION, Some(name), Uuid::ZERO);
    }
    if !create {
        return missing(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, Some(name), Uuid::ZERO);
    }
    match state.create(&topics::NewTopic::named(&name)) {
        Ok(_) => match state.topic(&name) {
            Some(topic) => found(state, topic),
            None => missing(ErrorCode::LEADER_NOT_AVAILABLE, None, Uuid::ZERO),
        },
        Err(refusal) => missing(refusal.code, Some(name), Uuid::ZERO),
    }
}

fn missing(error_code: ErrorCode, name: Option<Str>, topic_id: Uuid) -> Topic {
    Topic { error_code, name, topic_id, ..Topic::default() }
}

fn found(state: &State, topic: &topics::Topic) -> Topic {
    let partitions = (0..).zip(&topic.partitions);
    Topic {
        name: Some(Arc::clone(&topic.name)),
        topic_id: topic.id,
        partitions: partitions.map(|(index, partition)| partition_of(state, index, partition)).collect(),
        ..Topic::default()
    }
}

fn partition_of(state: &State, partition_index: i32, partition: &partition::Partition) -> Partition {
    let (isr_nodes, offline_replicas) = partition.replicas.iter().partition(|node| state.is_alive(**node));
    Partition {
        error_code: if partition.leader == NOBODY {
            ErrorCode::LEADER_NOT_AVAILABLE
        } else {
            ErrorCode::NONE
        },
        partition_index,
        leader_id: partition.leader,
        leader_epoch: partition.leader_epoch,
        replica_nodes: partition.replicas.clone(),
        isr_nodes,
        offline_replicas,
    }
}

/// Tells of the errors that are told on command.
fn strike(call: &Call<'_>, topic: &mut Topic) {
    let name = topic.name.clone().unwrap_or_default();
    let fails = |partition| {
        let fails = |when| call.struck.error(&name, partition, when);
        fails(When::Before).or_else(|| fails(When::After))
    };
    if let Some(code) = fails(None) {
        topic.error_code = code;
        topic.partitions.clear();
    }
    for partition in &mut topic.partitions {
        if let Some(code) = fails(Some(partition.partition_index)) {
            partition.error_code = code;
            partition.leader_id = NOBODY;
        }
    }
}
