//! CreatePartitions.

use ottla::protocol::{
    ErrorCode,
    create_partitions::{PartitionsTopic, Request, Response, TopicResult},
};

use crate::{
    apis::create_topics::check_controller,
    dispatch::Call,
    topics::{Refusal, refuse},
};

pub(crate) fn answer(call: &Call<'_>, request: Request) -> Response {
    let times = |name: &str| request.topics.iter().filter(|topic| &*topic.name == name).count();
    let results = request.topics.iter().map(|topic| {
        let grown = if times(&topic.name) > 1 {
            refuse(ErrorCode::INVALID_REQUEST, "the request names the topic more than once")
        } else {
            call.unless_struck(&topic.name, None, || grow(call, topic, request.validate_only))
        };
        let name = topic.name.clone();
        match grown {
            Ok(()) => TopicResult { name, ..TopicResult::default() },
            Err(Refusal { code, why }) => {
                TopicResult { name, error_code: code, error_message: Some(why.into()) }
            }
        }
    });
    Response { results: results.collect(), ..Response::default() }
}

fn grow(call: &Call<'_>, topic: &PartitionsTopic, validate_only: bool) -> Result<(), Refusal> {
    check_controller(call)?;
    let assignments = topic.assignments.as_ref();
    let given = assignments.map(|given| given.iter().map(|nodes| nodes.broker_ids.clone()).collect());
    call.with(|state| state.grow(&topic.name, topic.count, given, validate_only))
}
