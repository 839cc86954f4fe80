//! DeleteTopics.

use ottla::{
    protocol::{
        ErrorCode, Uuid,
        delete_topics::{DeletableTopicResult, Request, Response},
    },
    wire::Str,
};

use crate::{
    apis::create_topics::check_controller,
    dispatch::Call,
    state::State,
    topics::{Refusal, refuse},
};

pub(crate) fn answer(call: &Call<'_>, request: Request) -> Response {
    let by_name = request.topic_names.into_iter().map(|name| (Some(name), Uuid::ZERO));
    let by_either = request.topics.into_iter().map(|topic| (topic.name, topic.topic_id));
    let responses = by_name.chain(by_either).map(|(name, topic_id)| {
        let known = name.clone().or_else(|| call.with(|state| state.name_of(topic_id))).unwrap_or_default();
        let deleted = call.unless_struck(&known, None, || {
            check_controller(call)?;
            call.with(|state| delete(state, name.clone(), topic_id))
        });
        match deleted {
            Ok((name, topic_id)) => {
                DeletableTopicResult { name: Some(name), topic_id, ..DeletableTopicResult::default() }
            }
            Err(Refusal { code, why }) => {
                DeletableTopicResult { name, topic_id, error_code: code, error_message: Some(why.into()) }
            }
        }
    });
    Response { responses: responses.collect(), ..Response::default() }
}

fn delete(state: &mut State, name: Option<Str>, id: Uuid) -> Result<(Str, Uuid), Refusal> {
    let name = match name {
        Some(_) if !id.is_zero() => {
            return refuse(ErrorCode::INVALID_REQUEST, "a topic is named or has its id given, not both");
        }
        Some(name) => name,
        None => match state.name_of(id) {
            Some(name) => name,
            None => return refuse(ErrorCode::UNKNOWN_TOPIC_ID, "there is no topic with this id"),
        },
    };
    match state.remove(&name) {
        Some(topic) => Ok((name, topic.id)),
        None => refuse(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, format!("there is no topic {name}")),
    }
}
