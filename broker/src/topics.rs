use std::sync::Arc;

use ottla::{
    protocol::{ErrorCode, Uuid},
    wire::Str,
};

use crate::{partition::Partition, state::State, topic_config::TopicConfig, topic_name};

/// A topic.
#[derive(Debug)]
pub(crate) struct Topic {
    pub(crate) name: Str,
    pub(crate) id: Uuid,
    pub(crate) config: TopicConfig,
    /// By their indexes.
    pub(crate) partitions: Vec<Partition>,
}

/// A topic, as [`Broker::topics`](crate::Broker::topics) tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TopicInfo {
    /// Its name.
    pub name: Str,
    /// Its id (KIP-516).
    pub id: Uuid,
    /// The nodes that lead its partitions.
    pub leaders: Vec<i32>,
    /// The first offset and the next one, of each partition.
    pub offsets: Vec<(i64, i64)>,
}

impl TopicInfo {
    pub(crate) fn of(topic: &Topic) -> Self {
        Self {
            name: Arc::clone(&topic.name),
            id: topic.id,
            leaders: topic.partitions.iter().map(|partition| partition.leader).collect(),
            offsets: topic.partitions.iter().map(|p| (p.log.start(), p.log.end())).collect(),
        }
    }
}

/// A topic to be.
#[derive(Clone, Debug)]
pub(crate) struct NewTopic {
    pub(crate) name: Str,
    /// −1: as the broker is configured.
    pub(crate) partitions: i32,
    /// −1: as the broker is configured.
    pub(crate) replicas: i16,
    /// Index and nodes of each partition, in place of the two numbers; or empty.
    pub(crate) assignments: Vec<(i32, Vec<i32>)>,
    pub(crate) configs: Vec<(Str, Option<Str>)>,
}

impl NewTopic {
    /// One that is as the broker is configured.
    pub(crate) fn named(name: &str) -> Self {
        Self { name: name.into(), partitions: -1, replicas: -1, assignments: Vec::new(), configs: Vec::new() }
    }
}

/// Why something was not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: ErrorCode,
    pub(crate) why: String,
}

/// Shorter than the struct.
pub(crate) fn refuse<T>(code: ErrorCode, why: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal { code, why: why.into() })
}

impl State {
    /// Creates a topic.
    ///
    /// # Errors
    /// As Kafka refuses it.
    pub(crate) fn create(&mut self, new: &NewTopic) -> Result<(), Refusal> {
        let topic = self.prepare(new)?;
        self.add(topic);
        Ok(())
    }

    /// A topic as it would be created.
    ///
    /// # Errors
    /// As Kafka refuses it.
    pub(crate) fn prepare(&mut self, new: &NewTopic) -> Result<Topic, Refusal> {
        if let Some(fault) = topic_name::fault(&new.name) {
            return refuse(ErrorCode::INVALID_TOPIC_EXCEPTION, fault);
        }
        if self.topic(&new.name).is_some() {
            return refuse(ErrorCode::TOPIC_ALREADY_EXISTS, format!("topic {} exists already", new.name));
        }
        if let Some(other) = self.topics().find(|topic| topic_name::collide(&topic.name, &new.name)) {
            let why = format!("{} collides with {}: '.' and '_' count as the same", new.name, other.name);
            return refuse(ErrorCode::INVALID_TOPIC_EXCEPTION, why);
        }
        let mut config = TopicConfig::default();
        for (name, value) in &new.configs {
            if let Err(why) = config.set(name, value.as_deref()) {
                return refuse(ErrorCode::INVALID_CONFIG, why);
            }
        }
        let replicas = if new.assignments.is_empty() {
            self.assigned(new)?
        } else {
            self.checked_assignments(0, &new.assignments)?
        };
        self.room_for(replicas.len())?;
        let partitions = replicas.into_iter().map(Partition::new).collect();
        Ok(Topic { name: Arc::clone(&new.name), id: self.ids.topic(), config, partitions })
    }

    /// Deletes a topic.
    ///
    /// # Errors
    /// There is no such topic.
    pub(crate) fn delete(&mut self, name: &str) -> Result<(), ErrorCode> {
        self.remove(name).map(drop).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)
    }

    /// Deletes a topic, and creates it as it was, without its records.
    ///
    /// # Errors
    /// There is no such topic.
    pub(crate) fn recreate(&mut self, name: &str) -> Result<(), ErrorCode> {
        let old = self.remove(name).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)?;
        let partitions = old.partitions.into_iter().map(|partition| Partition::new(partition.replicas));
        let id = self.ids.topic();
        self.add(Topic { partitions: partitions.collect(), id, ..old });
        let dead: Vec<i32> = self.nodes().filter(|node| !self.is_alive(*node)).collect();
        dead.into_iter().for_each(|node| self.elect_instead_of(node));
        Ok(())
    }

    /// Gives a topic more partitions, `count` in all, or only says whether it could have them.
    ///
    /// # Errors
    /// As Kafka refuses it.
    pub(crate) fn grow(
        &mut self,
        name: &str,
        count: i32,
        assignments: Option<Vec<Vec<i32>>>,
        validate_only: bool,
    ) -> Result<(), Refusal> {
        let Some(topic) = self.topic(name) else {
            return refuse(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, format!("there is no topic {name}"));
        };
        let had = topic.partitions.len();
        let wanted = usize::try_from(count).unwrap_or(0);
        if wanted <= had {
            let why = format!("{name} has {had} partitions: a topic can only have more, not {count}");
            return refuse(ErrorCode::INVALID_PARTITIONS, why);
        }
        self.room_for(wanted - had)?;
        let first_nodes = topic.partitions.first().map_or(&[][..], |partition| &partition.replicas);
        let first_node = first_nodes.first().and_then(|node| usize::try_from(node - 1).ok()).unwrap_or(0);
        let replicas_each = first_nodes.len().max(1);
        let replicas = match assignments {
            None => (had..wanted).map(|index| self.spread(first_node, index, replicas_each)).collect(),
            Some(given) if given.len() != wanted - had => {
                let why = format!("{} assignments for {} new partitions", given.len(), wanted - had);
                return refuse(ErrorCode::INVALID_REPLICA_ASSIGNMENT, why);
            }
            Some(given) => {
                let first = i32::try_from(had).unwrap_or(i32::MAX);
                self.checked_assignments(first, &(first..).zip(given).collect::<Vec<_>>())?
            }
        };
        if let Some(topic) = self.topic_mut(name).filter(|_| !validate_only) {
            topic.partitions.extend(replicas.into_iter().map(Partition::new));
        }
        Ok(())
    }

    /// The replicas of a topic that says how many it wants.
    fn assigned(&self, new: &NewTopic) -> Result<Vec<Vec<i32>>, Refusal> {
        let partitions = if new.partitions == -1 { self.config.default_partitions } else { new.partitions };
        let replicas = if new.replicas == -1 { self.config.default_replicas } else { new.replicas };
        let Some(partitions) = usize::try_from(partitions).ok().filter(|count| *count >= 1) else {
            let why = format!("a topic has at least 1 partition, not {partitions}");
            return refuse(ErrorCode::INVALID_PARTITIONS, why);
        };
        self.room_for(partitions)?;
        let nodes = self.nodes().filter(|node| self.is_alive(*node)).count();
        let Some(replicas) = usize::try_from(replicas).ok().filter(|count| (1..=nodes).contains(count))
        else {
            let why = format!("{replicas} replicas cannot be placed on {nodes} nodes");
            return refuse(ErrorCode::INVALID_REPLICATION_FACTOR, why);
        };
        let first = self.partitions();
        Ok((0..partitions).map(|index| self.spread(first, index, replicas)).collect())
    }

    /// The nodes of a partition, when those of the topic's first are from `first` on: its leaders
    /// follow one another.
    fn spread(&self, first: usize, index: usize, replicas: usize) -> Vec<i32> {
        let nodes: Vec<i32> = self.nodes().filter(|node| self.is_alive(*node)).collect();
        nodes.iter().cycle().skip((first + index) % nodes.len().max(1)).take(replicas).copied().collect()
    }

    /// The replicas of partitions `first`, `first + 1`, … that says which nodes it wants.
    fn checked_assignments(&self, first: i32, given: &[(i32, Vec<i32>)]) -> Result<Vec<Vec<i32>>, Refusal> {
        let invalid = |why: String| refuse(ErrorCode::INVALID_REPLICA_ASSIGNMENT, why);
        let mut given = given.to_vec();
        given.sort();
        let replicas_each = given.first().map_or(0, |(_, nodes)| nodes.len());
        for (expected, (index, nodes)) in (first..).zip(&given) {
            let mut distinct = nodes.clone();
            distinct.sort_unstable();
            distinct.dedup();
            if *index != expected {
                return invalid(format!("partitions are assigned from {first} on without gaps, not {index}"));
            }
            if nodes.is_empty() || distinct.len() != nodes.len() || nodes.len() != replicas_each {
                return invalid(format!(
                    "partition {index} needs {replicas_each} different nodes, not {nodes:?}"
                ));
            }
            if let Some(missing) = nodes.iter().find(|node| !self.nodes().contains(node)) {
                return invalid(format!("there is no node {missing}"));
            }
        }
        Ok(given.into_iter().map(|(_, nodes)| nodes).collect())
    }

    fn room_for(&self, partitions: usize) -> Result<(), Refusal> {
        let most = self.config.max_partitions;
        if self.partitions().saturating_add(partitions) > most {
            let why = format!("this broker holds at most {most} partitions in all");
            return refuse(ErrorCode::POLICY_VIOLATION, why);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::BrokerConfig;

    fn cluster() -> State {
        State::new(Arc::new(BrokerConfig { nodes: 3, max_partitions: 50, ..BrokerConfig::default() }), 0)
    }

    fn refused(state: &mut State, new: &NewTopic) -> ErrorCode {
        state.create(new).unwrap_err().code
    }

    #[test]
    fn leaders_are_spread_over_the_nodes() {
        let mut state = cluster();
        state.create(&NewTopic { partitions: 4, replicas: 2, ..NewTopic::named("t") }).unwrap();
        let replicas = |name: &str| -> Vec<_> {
            state.topic(name).unwrap().partitions.iter().map(|p| p.replicas.clone()).collect()
        };
        assert_eq!(replicas("t"), [[1, 2], [2, 3], [3, 1], [1, 2]]);
        state.grow("t", 6, None, false).unwrap();
        assert_eq!(state.partition("t", 5).unwrap().replicas.len(), 2);
    }

    #[test]
    fn refuses_as_kafka_does() {
        let mut state = cluster();
        state.create(&NewTopic::named("a.b")).unwrap();
        let topic = NewTopic::named("t");
        for (new, code) in [
            (NewTopic::named("a b"), ErrorCode::INVALID_TOPIC_EXCEPTION),
            (NewTopic::named("a_b"), ErrorCode::INVALID_TOPIC_EXCEPTION),
            (NewTopic::named("a.b"), ErrorCode::TOPIC_ALREADY_EXISTS),
            (NewTopic { partitions: 0, ..topic.clone() }, ErrorCode::INVALID_PARTITIONS),
            (NewTopic { partitions: i32::MAX, ..topic.clone() }, ErrorCode::POLICY_VIOLATION),
            (NewTopic { replicas: 4, ..topic.clone() }, ErrorCode::INVALID_REPLICATION_FACTOR),
            (NewTopic { configs: vec![("x".into(), Some("y".into()))], ..topic }, ErrorCode::INVALID_CONFIG),
        ] {
            assert_eq!(refused(&mut state, &new), code, "{new:?}");
        }
        assert_eq!(state.topics().count(), 1);
    }

    #[test]
    fn checks_assignments() {
        let mut state = cluster();
        for assignments in [
            vec![(1, vec![1])],
            vec![(0, vec![1]), (0, vec![2])],
            vec![(0, vec![4])],
            vec![(0, vec![1, 1])],
            vec![(0, vec![1]), (1, vec![1, 2])],
            vec![(0, vec![])],
        ] {
            let new = NewTopic { assignments, ..NewTopic::named("t") };
            assert_eq!(refused(&mut state, &new), ErrorCode::INVALID_REPLICA_ASSIGNMENT, "{new:?}");
        }
        let new = NewTopic { assignments: vec![(1, vec![3]), (0, vec![2])], ..NewTopic::named("t") };
        state.create(&new).unwrap();
        assert_eq!(state.partition("t", 0).unwrap().leader, 2);
        let given = Some(vec![vec![1], vec![9]]);
        assert_eq!(state.grow("t", 4, given, false).unwrap_err().code, ErrorCode::INVALID_REPLICA_ASSIGNMENT);
    }

    #[test]
    fn validating_changes_nothing() {
        let mut state = cluster();
        state.prepare(&NewTopic::named("t")).unwrap();
        assert!(state.topic("t").is_none());
        state.create(&NewTopic::named("t")).unwrap();
        state.grow("t", 9, None, true).unwrap();
        assert_eq!(state.partitions(), 1);
        assert_eq!(state.grow("t", 1, None, false).unwrap_err().code, ErrorCode::INVALID_PARTITIONS);
    }
}
