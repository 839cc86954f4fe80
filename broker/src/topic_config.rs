use std::collections::BTreeMap;

/// What a topic's configuration changes here. Other names that Kafka knows are kept and shown, and
/// do nothing: the log is in memory and replicas never fall behind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TopicConfig {
    /// `max.message.bytes`.
    pub(crate) max_message_bytes: Option<usize>,
    /// `retention.bytes`; −1 there is `None` here.
    pub(crate) retention_bytes: Option<usize>,
    /// `message.timestamp.type` is `LogAppendTime`.
    pub(crate) log_append_time: bool,
    /// `min.insync.replicas`.
    pub(crate) min_insync_replicas: Option<i32>,
    /// `cleanup.policy` has `compact`: records need keys.
    pub(crate) compacted: bool,
    /// As they were set.
    pub(crate) set: BTreeMap<String, String>,
}

/// Names that Kafka knows and this broker has no use for.
const KEPT: &[&str] = &[
    "compression.gzip.level",
    "compression.lz4.level",
    "compression.type",
    "compression.zstd.level",
    "delete.retention.ms",
    "file.delete.delay.ms",
    "flush.messages",
    "flush.ms",
    "follower.replication.throttled.replicas",
    "index.interval.bytes",
    "leader.replication.throttled.replicas",
    "local.retention.bytes",
    "local.retention.ms",
    "max.compaction.lag.ms",
    "message.downconversion.enable",
    "message.format.version",
    "message.timestamp.after.max.ms",
    "message.timestamp.before.max.ms",
    "message.timestamp.difference.max.ms",
    "min.cleanable.dirty.ratio",
    "min.compaction.lag.ms",
    "preallocate",
    "remote.storage.enable",
    "retention.ms",
    "segment.bytes",
    "segment.index.bytes",
    "segment.jitter.ms",
    "segment.ms",
    "unclean.leader.election.enable",
];

impl TopicConfig {
    /// Takes one entry.
    ///
    /// # Errors
    /// A name Kafka does not know, or a value that is not of its kind, in a sentence for the client.
    pub(crate) fn set(&mut self, name: &str, value: Option<&str>) -> Result<(), String> {
        let Some(value) = value else {
            return Err(format!("{name} has no value: leave it out to have the default"));
        };
        match name {
            "max.message.bytes" => self.max_message_bytes = Some(number(name, value)?),
            "retention.bytes" if value == "-1" => self.retention_bytes = None,
            "retention.bytes" => self.retention_bytes = Some(number(name, value)?),
            "min.insync.replicas" => self.min_insync_replicas = Some(at_least_one(name, value)?),
            "message.timestamp.type" => {
                self.log_append_time = one_of(name, value, &["CreateTime", "LogAppendTime"])? == 1;
            }
            "cleanup.policy" => {
                for policy in value.split(',') {
                    self.compacted |= one_of(name, policy.trim(), &["delete", "compact"])? == 1;
                }
            }
            _ if KEPT.contains(&name) => {}
            _ => return Err(format!("{name} is not a topic's configuration")),
        }
        self.set.insert(name.to_owned(), value.to_owned());
        Ok(())
    }
}

fn number(name: &str, value: &str) -> Result<usize, String> {
    value.parse().map_err(|_| format!("{name} is a number of bytes, not {value:?}"))
}

fn at_least_one(name: &str, value: &str) -> Result<i32, String> {
    let number = value.parse().ok().filter(|number| *number >= 1);
    number.ok_or_else(|| format!("{name} is a number from 1 on, not {value:?}"))
}

fn one_of(name: &str, value: &str, known: &[&str]) -> Result<usize, String> {
    let found = known.iter().position(|known| *known == value);
    found.ok_or_else(|| format!("{name} is one of {}, not {value:?}", known.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_what_it_knows() {
        let mut config = TopicConfig::default();
        for (name, value) in [
            ("max.message.bytes", "2000"),
            ("retention.bytes", "5000"),
            ("message.timestamp.type", "LogAppendTime"),
            ("cleanup.policy", "delete, compact"),
            ("min.insync.replicas", "2"),
            ("segment.ms", "1000"),
        ] {
            config.set(name, Some(value)).unwrap();
        }
        assert_eq!((config.max_message_bytes, config.retention_bytes), (Some(2000), Some(5000)));
        assert!(config.log_append_time && config.compacted);
        assert_eq!((config.min_insync_replicas, config.set.len()), (Some(2), 6));
        config.set("retention.bytes", Some("-1")).unwrap();
        assert_eq!(config.retention_bytes, None);
    }

    #[test]
    fn refuses_the_rest() {
        for (name, value) in [
            ("no.such.thing", Some("1")),
            ("max.message.bytes", Some("many")),
            ("max.message.bytes", None),
            ("min.insync.replicas", Some("0")),
            ("message.timestamp.type", Some("Tomorrow")),
            ("cleanup.policy", Some("keep")),
        ] {
            assert!(TopicConfig::default().set(name, value).is_err(), "{name}={value:?}");
        }
    }
}
