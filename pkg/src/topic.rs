//! Topics as the objects that ts/topic.ts declares.

use std::{collections::HashMap, sync::Arc};

use futures::future;
use js_sys::{Array, Object, Reflect};
use ottla::{Client, Error, ErrorCode, ListedOffset, OffsetAt, Partition, Topic};
use wasm_bindgen::prelude::*;

type Offsets = HashMap<(Arc<str>, i32), (Option<i64>, Option<i64>)>;

/// Some topics (those that do not exist are left out), or all, with or without offsets. Their order
/// is left to ts/client.ts: JavaScript sorts without code of ours.
pub(crate) async fn describe(
    client: &Client,
    names: Option<Vec<String>>,
    offsets: bool,
) -> Result<Vec<Object>, Error> {
    let topics = match names {
        Some(names) => existing(client, &names).await?,
        None => client.topics().await?,
    };
    let offsets = if offsets { ask_offsets(client, &topics).await } else { Offsets::default() };
    Ok(topics.iter().map(|topic| object(topic, &offsets)).collect())
}

async fn existing(client: &Client, names: &[String]) -> Result<Vec<Topic>, Error> {
    let mut topics = Vec::with_capacity(names.len());
    for found in future::join_all(names.iter().map(|name| client.topic(name))).await {
        match found {
            Ok(topic) => topics.push(topic),
            Err(error) if error.code() == Some(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(topics)
}

/// An offset that can't be had now, for lack of a leader say, is no reason to withhold the others.
async fn ask_offsets(client: &Client, topics: &[Topic]) -> Offsets {
    let ids = |topic: &Topic| -> Vec<_> {
        topic.partitions.iter().map(|partition| (Arc::clone(&topic.name), partition.id)).collect()
    };
    let asked: Vec<(Arc<str>, i32)> = topics.iter().flat_map(ids).collect();
    let (first, last) = future::join(
        client.list_offsets(&asked, OffsetAt::First),
        client.list_offsets(&asked, OffsetAt::Last),
    )
    .await;
    let offset = |listed: Result<ListedOffset, Error>| listed.ok().and_then(|listed| listed.offset);
    let both = first.into_iter().zip(last).map(|(first, last)| (offset(first), offset(last)));
    asked.into_iter().zip(both).collect()
}

fn set(object: &Object, name: &str, value: impl Into<JsValue>) {
    // It fails only on objects that are frozen, or not ours.
    let _ = Reflect::set(object, &JsValue::from_str(name), &value.into());
}

fn list<T>(items: impl IntoIterator<Item = T>, each: impl Fn(T) -> JsValue) -> Array {
    items.into_iter().map(each).collect()
}

fn object(topic: &Topic, offsets: &Offsets) -> Object {
    let object = Object::new();
    set(&object, "name", &*topic.name);
    set(&object, "internal", topic.internal);
    let partitions = list(&topic.partitions, |partition| {
        let (first, last) =
            offsets.get(&(Arc::clone(&topic.name), partition.id)).copied().unwrap_or_default();
        partition_object(partition, first, last).into()
    });
    set(&object, "partitions", partitions);
    object
}

fn partition_object(partition: &Partition, first: Option<i64>, last: Option<i64>) -> Object {
    let nullable = |offset: Option<i64>| offset.map_or(JsValue::NULL, JsValue::from);
    let object = Object::new();
    set(&object, "id", partition.id);
    set(&object, "leader", partition.leader.map_or(JsValue::NULL, JsValue::from));
    set(&object, "replicas", list(&partition.replicas, |id| JsValue::from(*id)));
    set(&object, "isr", list(&partition.isr, |id| JsValue::from(*id)));
    set(&object, "first", nullable(first));
    set(&object, "last", nullable(last));
    object
}
