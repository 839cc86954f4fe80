//! A little sample traffic: something to see for who opens the dashboard for the first time.

use std::time::Duration;

use anyhow::{Context, Result};
use ottla::{Client, Message, Writer};
use ottla_broker::Broker;
use serde_json::{Value, json};
use tokio::{task::JoinSet, time::sleep};

const ITEMS: [(&str, u32); 6] = [
    ("lamp", 3990),
    ("chair", 8900),
    ("notebook", 450),
    ("teapot", 2450),
    ("blanket", 5900),
    ("candle", 790),
];

const PAGES: [&str; 5] = ["/", "/search", "/cart", "/checkout", "/account"];

/// The tasks that write.
pub(super) struct Traffic {
    client: Client,
    tasks: JoinSet<()>,
}

impl Traffic {
    /// Creates the topics and begins to write.
    pub(super) fn start(broker: &Broker) -> Result<Self> {
        for (topic, partitions) in [("orders", 4), ("events", 2)] {
            let created = broker.create_topic(topic, partitions);
            created.map_err(ottla_error).with_context(|| format!("creating the topic {topic:?} failed"))?;
        }
        let client = Client::builder().transport(broker.transport()).client_id("ottla-dev").build()?;
        let writer = |topic: &str| Writer::builder(&client).topic(topic).build();
        let mut tasks = JoinSet::new();
        tasks.spawn(write(writer("orders")?, Duration::from_millis(700), order));
        tasks.spawn(write(writer("events")?, Duration::from_millis(300), event));
        Ok(Self { client, tasks })
    }

    pub(super) async fn stop(mut self) {
        self.tasks.shutdown().await;
        self.client.close().await;
    }
}

fn ottla_error(code: ottla::ErrorCode) -> anyhow::Error {
    anyhow::anyhow!("{code}")
}

/// Writes on and on. Whoever deletes the topic meant it: then nothing is written any more, and no harm done.
async fn write(writer: Writer, every: Duration, make: fn(u64, &mut Dice) -> Message) {
    let mut dice = Dice(every.subsec_nanos());
    for number in 1.. {
        if let Err(error) = writer.write([make(number, &mut dice)]).await {
            tracing::debug!(%error, "sample traffic");
        }
        sleep(every).await;
    }
}

fn order(number: u64, dice: &mut Dice) -> Message {
    let (item, cents) = dice.one_of(&ITEMS);
    let customer = format!("c{:03}", dice.below(200));
    let quantity = 1 + dice.below(4);
    let value = json!({
        "order": number,
        "customer": customer,
        "item": item,
        "quantity": quantity,
        "total": f64::from(cents * quantity) / 100.0,
        "currency": "EUR",
    });
    message(&value).with_key(customer).with_header("source", "ottla dev")
}

fn event(number: u64, dice: &mut Dice) -> Message {
    let value = json!({
        "event": if dice.below(10) == 0 { "click" } else { "view" },
        "number": number,
        "user": format!("u{}", dice.below(1000)),
        "page": dice.one_of(&PAGES),
        "ms": 5 + dice.below(300),
    });
    message(&value)
}

fn message(value: &Value) -> Message {
    Message::new(value.to_string())
}

/// Numbers that look random enough for a sample.
struct Dice(u32);

impl Dice {
    fn below(&mut self, limit: u32) -> u32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 16) % limit
    }

    fn one_of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u32) as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_json() {
        let mut dice = Dice(1);
        for make in [order, event] {
            let message = make(7, &mut dice);
            let value: Value = serde_json::from_slice(&message.value.unwrap()).unwrap();
            assert!(value.is_object());
        }
    }
}
