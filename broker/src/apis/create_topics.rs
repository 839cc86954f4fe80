//! CreateTopics.

use std::collections::HashMap;

use ottla::protocol::{
    ErrorCode,
    create_topics::{CreatableTopic, CreatableTopicResult, Request, Response, TopicConfigResult},
};

use crate::{
    api_ranges::CREATE_TOPICS,
    dispatch::Call,
    topics::{NewTopic, Refusal, Topic, refuse},
};

/// The first version that leaves the numbers to the broker with −1 (KIP-464).
const BROKERS_CHOICE: i16 = 4;

/// The newest version of brokers that do not pass such a request on to the controller.
const CONTROLLER_ONLY: i16 = 6;

/// `TOPIC_CONFIG`: a value set for the topic itself.
const SET_ON_TOPIC: i8 = 1;

pub(crate) fn answer(call: &Call<'_>, request: Request) -> Response {
    let mut named = HashMap::new();
    for topic in &request.topics {
        *named.entry(topic.name.clone()).or_insert(0) += 1;
    }
    let topics = request.topics.into_iter().map(|topic| {
        let repeated = named.get(&topic.name).is_some_and(|times| *times > 1);
        let created = if repeated {
            refuse(ErrorCode::INVALID_REQUEST, "the request names the topic more than once")
        } else {
            call.unless_struck(&topic.name, None, || create(call, &topic, request.validate_only))
        };
        created.unwrap_or_else(|Refusal { code, why }| CreatableTopicResult {
            name: topic.name,
            error_code: code,
            error_message: Some(why.into()),
            ..CreatableTopicResult::default()
        })
    });
    Response { topics: topics.collect(), ..Response::default() }
}

/// Whether the request came to a node that can do what it asks.
///
/// # Errors
/// The node is not the controller, and is of an age when that mattered.
pub(crate) fn check_controller(call: &Call<'_>) -> Result<(), Refusal> {
    let controller = call.with(|state| state.controller());
    if call.core.config.apis.newest(CREATE_TOPICS) <= CONTROLLER_ONLY && controller != Some(call.seat.node) {
        return refuse(ErrorCode::NOT_CONTROLLER, format!("node {controller:?} is the controller"));
    }
    Ok(())
}

fn create(
    call: &Call<'_>,
    asked: &CreatableTopic,
    validate_only: bool,
) -> Result<CreatableTopicResult, Refusal> {
    check_controller(call)?;
    let assigned = !asked.assignments.is_empty();
    let numbers = (asked.num_partitions, asked.replication_factor);
    if assigned && numbers != (-1, -1) {
        let why = "numbers of partitions and replicas are -1 where nodes are assigned";
        return refuse(ErrorCode::INVALID_REQUEST, why);
    }
    if !assigned && call.version < BROKERS_CHOICE && asked.num_partitions == -1 {
        return refuse(ErrorCode::INVALID_PARTITIONS, "a topic has at least 1 partition, not -1");
    }
    if !assigned && call.version < BROKERS_CHOICE && asked.replication_factor == -1 {
        return refuse(ErrorCode::INVALID_REPLICATION_FACTOR, "a topic has at least 1 replica, not -1");
    }
    let assignments = asked.assignments.iter();
    let new = NewTopic {
        name: asked.name.clone(),
        partitions: asked.num_partitions,
        replicas: asked.replication_factor,
        assignments: assignments.map(|given| (given.partition_index, given.broker_ids.clone())).collect(),
        configs: asked.configs.iter().map(|config| (config.name.clone(), config.value.clone())).collect(),
    };
    call.with(|state| {
        let topic = state.prepare(&new)?;
        let result = result_of(&topic, validate_only);
        if !validate_only {
            state.add(topic);
        }
        Ok(result)
    })
}

fn result_of(topic: &Topic, validate_only: bool) -> CreatableTopicResult {
    let replicas = topic.partitions.first().map_or(0, |partition| partition.replicas.len());
    let configs = topic.config.set.iter().map(|(name, value)| TopicConfigResult {
        name: name.as_str().into(),
        value: Some(value.as_str().into()),
        config_source: SET_ON_TOPIC,
        ..TopicConfigResult::default()
    });
    CreatableTopicResult {
        name: topic.name.clone(),
        topic_id: if validate_only { Default::default() } else { topic.id },
        num_partitions: i32::try_from(topic.partitions.len()).unwrap_or(-1),
        replication_factor: i16::try_from(replicas).unwrap_or(-1),
        configs: Some(configs.collect()),
        ..CreatableTopicResult::default()
    }
}
