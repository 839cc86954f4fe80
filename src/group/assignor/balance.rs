use std::collections::VecDeque;

use super::GroupPlan;
use crate::{
    group::{
        TopicPartitions,
        topic_partitions::{add, each},
    },
    sorting::sort_by_key,
};

/// Who has what of a group's partitions, on the way to being balanced.
pub(super) struct Balance<'a> {
    group: &'a GroupPlan,
    /// For each topic the places of the members that want it.
    wanting: Vec<Vec<usize>>,
    /// For each topic the owner of each partition, by places.
    owners: Vec<Vec<Option<usize>>>,
    /// The same as members say it was before.
    before: Vec<Vec<Option<usize>>>,
    loads: Vec<usize>,
}

impl<'a> Balance<'a> {
    /// What each member had, and from which generation: of two that claim the same partition the one with
    /// the later generation has it.
    pub(super) fn new(group: &'a GroupPlan, had: &[(Vec<TopicPartitions>, i32)]) -> Self {
        let wanting: Vec<_> = group.topics.iter().map(|topic| group.wanting(&topic.name)).collect();
        let nobody =
            || group.topics.iter().map(|topic| vec![None; topic.partitions.len()]).collect::<Vec<_>>();
        let mut this =
            Self { group, wanting, owners: nobody(), before: nobody(), loads: vec![0; group.members.len()] };
        let mut claims: Vec<_> = had.iter().enumerate().collect();
        sort_by_key(&mut claims, |(_, (_, generation))| std::cmp::Reverse(*generation));
        for (member, (partitions, _)) in claims {
            for (topic, partition) in each(partitions) {
                this.claim(member, topic, partition);
            }
        }
        this
    }

    fn claim(&mut self, member: usize, topic: &str, partition: i32) {
        let Ok(at) = self.group.topics.binary_search_by(|known| (*known.name).cmp(topic)) else { return };
        let found = self.group.topics.get(at).and_then(|topic| {
            topic.partitions.binary_search_by_key(&partition, |partition| partition.id).ok()
        });
        let Some(place) = found else { return };
        let wants = self.wanting.get(at).is_some_and(|wanting| wanting.contains(&member));
        let Some(before) = self.before.get_mut(at).and_then(|topic| topic.get_mut(place)) else { return };
        if before.is_some() {
            return;
        }
        *before = Some(member);
        if wants {
            self.give(at, place, member);
        }
    }

    fn give(&mut self, topic: usize, place: usize, member: usize) {
        let Some(owner) = self.owners.get_mut(topic).and_then(|topic| topic.get_mut(place)) else { return };
        let last = owner.replace(member);
        if let Some(load) = last.and_then(|last| self.loads.get_mut(last)) {
            *load -= 1;
        }
        if let Some(load) = self.loads.get_mut(member) {
            *load += 1;
        }
    }

    fn load(&self, member: usize) -> usize {
        self.loads.get(member).copied().unwrap_or(0)
    }

    /// Gives away what nobody has, and evens out what members have with as few moves as will do.
    pub(super) fn settle(&mut self) {
        // The topics that the fewest want first: the others have more places to go.
        let mut order: Vec<_> = (0..self.wanting.len()).collect();
        sort_by_key(&mut order, |topic| self.wanting.get(*topic).map_or(0, Vec::len));
        for topic in order {
            let places = self.owners.get(topic).map_or(0, Vec::len);
            for place in 0..places {
                let free = self.owners.get(topic).and_then(|topic| topic.get(place)) == Some(&None);
                let wanting = self.wanting.get(topic).map(Vec::as_slice).unwrap_or_default();
                let least = wanting.iter().copied().min_by_key(|member| self.load(*member));
                if let Some(member) = least.filter(|_| free) {
                    self.give(topic, place, member);
                }
            }
        }
        let mut full: Vec<_> = (0..self.loads.len()).collect();
        while let Some(from) = full.iter().copied().max_by_key(|member| self.load(*member)) {
            match self.way_down(from) {
                Some(moves) => moves.into_iter().for_each(|(topic, place, to)| self.give(topic, place, to)),
                // Nobody that could take from it, or from those that could, has less than one less.
                None => full.retain(|member| *member != from),
            }
        }
    }

    /// The shortest chain of moves by which a member gets rid of one partition and one that has at least
    /// two less gets one more. Where all want the same, it is one move.
    fn way_down(&self, from: usize) -> Option<Vec<(usize, usize, usize)>> {
        let enough = self.load(from).checked_sub(2)?;
        let mut came: Vec<Option<(usize, usize, usize)>> = vec![None; self.loads.len()];
        let mut queue = VecDeque::from([from]);
        while let Some(at) = queue.pop_front() {
            if at != from && self.load(at) <= enough {
                let mut moves = Vec::new();
                let mut to = at;
                while let Some((topic, place, giver)) = came.get(to).copied().flatten() {
                    moves.push((topic, place, to));
                    to = giver;
                }
                return Some(moves);
            }
            for (topic, owners) in self.owners.iter().enumerate() {
                let Some(place) = self.most_mobile(topic, owners, at) else { continue };
                let mut takers = self.wanting.get(topic).cloned().unwrap_or_default();
                sort_by_key(&mut takers, |member| self.load(*member));
                for to in takers {
                    if let Some(way @ None) = came.get_mut(to).filter(|_| to != from) {
                        *way = Some((topic, place, at));
                        queue.push_back(to);
                    }
                }
            }
        }
        None
    }

    /// A partition of the topic that the member can give away: rather one that it has not had before.
    fn most_mobile(&self, topic: usize, owners: &[Option<usize>], member: usize) -> Option<usize> {
        let before =
            |place: usize| self.before.get(topic).and_then(|topic| topic.get(place)).copied().flatten();
        let has = |place: &usize| owners.get(*place).copied().flatten() == Some(member);
        (0..owners.len()).filter(has).min_by_key(|place| before(*place) == Some(member))
    }

    /// What another member has is not given away before that one has given it up.
    pub(super) fn hold_back_what_moves(&mut self) {
        for (owners, before) in self.owners.iter_mut().zip(&self.before) {
            for (owner, before) in owners.iter_mut().zip(before) {
                if before.is_some_and(|before| *owner != Some(before)) {
                    *owner = None;
                }
            }
        }
    }

    /// What each member has.
    pub(super) fn assigned(&self) -> Vec<Vec<TopicPartitions>> {
        let mut assigned = vec![Vec::new(); self.group.members.len()];
        for (topic, owners) in self.group.topics.iter().zip(&self.owners) {
            for (partition, owner) in topic.partitions.iter().zip(owners) {
                if let Some(assigned) = owner.and_then(|owner| assigned.get_mut(owner)) {
                    add(assigned, &topic.name, partition.id);
                }
            }
        }
        assigned
    }
}
