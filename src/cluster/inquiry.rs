use crate::{
    protocol::{ErrorCode, metadata as api},
    wire::Str,
};

/// From this version on Metadata can say that a topic must not be created.
const CREATION_SINCE: i16 = 4;

/// What to ask about some topics, or all (`None`).
pub(crate) fn inquiry(version: i16, topics: Option<&[Str]>, create: bool) -> api::Request {
    let topic = |name: &Str| api::RequestTopic { name: Some(name.clone()), ..Default::default() };
    // A broker that cannot be told not to create what it is asked about is asked about all there is.
    let all = version < CREATION_SINCE && !create && topics.is_some_and(|topics| !topics.is_empty());
    api::Request {
        topics: topics.filter(|_| !all).map(|topics| topics.iter().map(topic).collect()),
        allow_auto_topic_creation: create,
        ..Default::default()
    }
}

/// Adds the topics that an answer about all of them leaves out: they do not exist.
pub(super) fn complete(response: &mut api::Response, asked: &[Str]) {
    for name in asked {
        if !response.topics.iter().any(|topic| topic.name.as_ref() == Some(name)) {
            response.topics.push(api::Topic {
                name: Some(name.clone()),
                error_code: ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
                ..Default::default()
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asking_an_old_broker_creates_nothing() {
        let names = [Str::from("topic")];
        let named = |request: api::Request| request.topics.map(|topics| topics.len());
        for version in [0, 3, 4, 13] {
            let expected = if version < 4 { None } else { Some(1) };
            assert_eq!(named(inquiry(version, Some(&names), false)), expected);
            assert_eq!(named(inquiry(version, Some(&names), true)), Some(1));
            assert_eq!(named(inquiry(version, Some(&[]), false)), Some(0), "the brokers only");
            assert_eq!(named(inquiry(version, None, false)), None);
        }
    }

    #[test]
    fn what_is_left_out_is_unknown() {
        let mut response = api::Response::default();
        complete(&mut response, &["topic".into()]);
        assert_eq!(response.topics[0].error_code, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
    }
}
