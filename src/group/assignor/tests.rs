use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;

use super::*;
use crate::group::topic_partitions::{contains, each};

fn members(wants: &[(&str, &[&str])]) -> Vec<GroupMember> {
    wants.iter().map(|(id, topics)| GroupMember::new(*id, topics)).collect()
}

fn plan(wants: &[(&str, &[&str])], topics: &[(&str, i32)]) -> GroupPlan {
    let topics = topics.iter().map(|(name, partitions)| GroupTopic::new(*name, *partitions)).collect();
    GroupPlan::new(members(wants), topics)
}

/// What each member gets, as `topic[partitions]`.
fn shown(assigned: &[Vec<TopicPartitions>]) -> Vec<String> {
    let topic = |topic: &TopicPartitions| format!("{}{:?}", topic.topic, topic.partitions);
    assigned.iter().map(|topics| topics.iter().map(topic).collect::<Vec<_>>().join(" ")).collect()
}

fn expect(assignor: &dyn Assignor, plan: &GroupPlan, expected: &[&str]) {
    assert_eq!(shown(&assignor.assign(plan)), expected, "{} of {plan:?}", assignor.name());
}

/// kafka-go's TestRangeAssignGroups, with the remainder where Java has it: at the first members.
#[test]
fn range_gives_runs_and_the_remainder_to_the_first() {
    let range = RangeAssignor;
    expect(&range, &plan(&[], &[("t1", 3)]), &[]);
    expect(&range, &plan(&[("a", &["t1"])], &[("t1", 1)]), &["t1[0]"]);
    expect(&range, &plan(&[("a", &["t1"])], &[("t1", 3)]), &["t1[0, 1, 2]"]);
    expect(&range, &plan(&[("a", &["t1"]), ("b", &["t1"])], &[("t1", 1)]), &["t1[0]", ""]);
    expect(&range, &plan(&[("a", &["t1"]), ("b", &["t1"])], &[("t1", 3)]), &["t1[0, 1]", "t1[2]"]);
    let two = plan(&[("a", &["t1", "t2"]), ("b", &["t2", "t3"])], &[("t1", 3), ("t2", 3), ("t3", 3)]);
    expect(&range, &two, &["t1[0, 1, 2] t2[0, 1]", "t2[2] t3[0, 1, 2]"]);
    expect(
        &range,
        &plan(&[("a", &["t"]), ("b", &["t"]), ("c", &["t"])], &[("t", 7)]),
        &["t[0, 1, 2]", "t[3, 4]", "t[5, 6]"],
    );
}

/// kafka-go's TestRangeAssignGroupsUnbalanced.
#[test]
fn range_gives_66_members_3_or_4_of_213_partitions() {
    let ids: Vec<_> = (0..66).map(|member| format!("m{member:02}")).collect();
    let wants: Vec<(&str, &[&str])> = ids.iter().map(|id| (id.as_str(), &["t"] as &[&str])).collect();
    for assigned in RangeAssignor.assign(&plan(&wants, &[("t", 213)])) {
        assert!((3..=4).contains(&assigned[0].partitions.len()));
    }
}

/// kafka-go's TestRoundRobinAssignGroups, with turns that go on across topics, as Java has it.
#[test]
fn round_robin_takes_turns_across_topics() {
    let turns = RoundRobinAssignor;
    expect(&turns, &plan(&[], &[("t1", 3)]), &[]);
    expect(&turns, &plan(&[("a", &["t1"])], &[("t1", 3)]), &["t1[0, 1, 2]"]);
    expect(&turns, &plan(&[("a", &["t1"]), ("b", &["t1"])], &[("t1", 1)]), &["t1[0]", ""]);
    expect(&turns, &plan(&[("a", &["t1"]), ("b", &["t1"])], &[("t1", 3)]), &["t1[0, 2]", "t1[1]"]);
    // Java's own example: two topics of three partitions.
    let two = plan(&[("a", &["t0", "t1"]), ("b", &["t0", "t1"])], &[("t0", 3), ("t1", 3)]);
    expect(&turns, &two, &["t0[0, 2] t1[1]", "t0[1] t1[0, 2]"]);
    // And the one where the topics differ.
    let uneven = plan(
        &[("a", &["t0"]), ("b", &["t0", "t1"]), ("c", &["t0", "t1", "t2"])],
        &[("t0", 1), ("t1", 2), ("t2", 3)],
    );
    expect(&turns, &uneven, &["t0[0]", "t1[0]", "t1[1] t2[0, 1, 2]"]);
}

/// A rack and how many of its partitions a member's rack gets.
type Got = BTreeMap<(&'static str, &'static str), usize>;

fn racks(members: &[(&'static str, usize)], partitions: &[(&'static str, usize)]) -> Got {
    let mut group = Vec::new();
    let mut zone = BTreeMap::new();
    for (rack, count) in members {
        for number in 0..*count {
            let id: Arc<str> = format!("{rack}-{number:02}").into();
            zone.insert(id.clone(), *rack);
            let user_data = RackAffinityAssignor::new(*rack).user_data(&[], -1);
            group.push(GroupMember { user_data, ..GroupMember::new(id, &["t"]) });
        }
    }
    let leaders: Vec<_> = partitions.iter().flat_map(|(rack, count)| vec![*rack; *count]).collect();
    let partition = |(id, rack): (usize, &&'static str)| GroupPartition {
        id: id as i32,
        leader_rack: Some(Arc::from(*rack)).filter(|rack: &Arc<str>| !rack.is_empty()),
    };
    let topic =
        GroupTopic { name: "t".into(), partitions: leaders.iter().enumerate().map(partition).collect() };
    let plan = GroupPlan::new(group, vec![topic]);
    let assigned = RackAffinityAssignor::default().assign(&plan);
    let even = leaders.len() / plan.members.len();
    let mut got = Got::new();
    let mut seen = vec![false; leaders.len()];
    for (member, assigned) in plan.members.iter().zip(&assigned) {
        let mine: Vec<_> = each(assigned).map(|(_, partition)| partition as usize).collect();
        assert!((even..=even + 1).contains(&mine.len()), "{} has {}", member.id, mine.len());
        for partition in mine {
            assert!(!std::mem::replace(&mut seen[partition], true), "{partition} is assigned twice");
            *got.entry((zone[&member.id], leaders[partition])).or_default() += 1;
        }
    }
    assert!(seen.iter().all(|seen| *seen), "not all is assigned");
    got
}

/// kafka-go's TestRackAffinityGroupBalancer.
#[test]
fn rack_affinity_keeps_partitions_at_home_and_the_group_even() {
    let got = |entries: &[(&'static str, &'static str, usize)]| -> Got {
        entries.iter().map(|(member, leader, count)| ((*member, *leader), *count)).collect()
    };
    assert_eq!(
        racks(&[("", 1), ("z1", 1), ("z2", 1)], &[("z1", 5), ("z2", 4), ("", 9)]),
        got(&[("z1", "", 1), ("z1", "z1", 5), ("z2", "", 2), ("z2", "z2", 4), ("", "", 6)])
    );
    assert_eq!(racks(&[("", 5)], &[("", 103)]), got(&[("", "", 103)]));
    assert_eq!(
        racks(&[("z1", 3), ("z2", 3), ("z3", 3)], &[("z1", 20), ("z2", 19), ("z3", 20)]),
        got(&[("z1", "z1", 20), ("z2", "z2", 19), ("z3", "z3", 20)])
    );
    assert_eq!(
        racks(&[("z1", 1), ("z2", 1), ("z3", 1)], &[("z1", 7), ("z3", 7)]),
        got(&[("z1", "z1", 5), ("z2", "z1", 2), ("z2", "z3", 2), ("z3", "z3", 5)])
    );
    assert_eq!(
        racks(&[("z1", 5), ("z2", 3), ("z3", 1)], &[("z1", 9), ("z2", 9), ("z3", 9)]),
        got(&[("z1", "z1", 9), ("z1", "z3", 6), ("z2", "z2", 9), ("z3", "z3", 3)])
    );
    assert_eq!(racks(&[("z2", 10)], &[("z1", 20), ("z3", 19)]), got(&[("z2", "z1", 20), ("z2", "z3", 19)]));
}

#[test]
fn rack_affinity_takes_each_topic_by_itself() {
    let member = |id: &str, topics: &[&str]| GroupMember {
        user_data: Some(Bytes::copy_from_slice(id.as_bytes())),
        ..GroupMember::new(id, topics)
    };
    let topic = |name: &str, leaders: [&str; 2]| {
        let partition =
            |(at, rack): (usize, &str)| GroupPartition { id: at as i32 + 1, leader_rack: Some(rack.into()) };
        GroupTopic { name: name.into(), partitions: leaders.into_iter().enumerate().map(partition).collect() }
    };
    let plan = GroupPlan::new(
        vec![member("z1", &["t1", "t2"]), member("z2", &["t2", "t3"]), member("z3", &["t3", "t1"])],
        vec![topic("t1", ["z1", "z3"]), topic("t2", ["z1", "z2"]), topic("t3", ["z3", "z2"])],
    );
    expect(&RackAffinityAssignor::default(), &plan, &["t1[1] t2[1]", "t2[2] t3[2]", "t1[2] t3[1]"]);
}

/// kafka-go's TestFindMembersByTopicSortsByMemberID: the order of joining does not matter.
#[test]
fn members_are_in_the_order_of_their_ids_and_static_ones_come_first() {
    let mut joined = members(&[("c", &["t"]), ("a", &["t"]), ("b", &["t"])]);
    joined[2].instance_id = Some("z".into());
    let plan = GroupPlan::new(joined, vec![GroupTopic::new("t", 1)]);
    let ids: Vec<_> = plan.members.iter().map(|member| &*member.id).collect();
    assert_eq!(ids, ["b", "a", "c"]);
}

/// A small source of numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit.max(1)
    }
}

/// A group whose members want all topics, or (`mixed`) some.
fn random_plan(dice: &mut Dice, mixed: bool) -> GroupPlan {
    let topics: Vec<_> = (0..1 + dice.below(4))
        .map(|topic| GroupTopic::new(format!("t{topic}"), dice.below(12) as i32))
        .collect();
    let member = |member: usize, dice: &mut Dice| {
        let mut wanted: Vec<&str> = topics.iter().map(|topic| &*topic.name).collect();
        wanted.retain(|_| !mixed || dice.below(3) > 0);
        GroupMember::new(format!("m{member:02}"), &wanted)
    };
    let members = (0..1 + dice.below(8)).map(|at| member(at, dice)).collect();
    GroupPlan::new(members, topics)
}

/// How often each partition that somebody wants is assigned; to nobody who does not want it.
fn counts(plan: &GroupPlan, assigned: &[Vec<TopicPartitions>]) -> Vec<usize> {
    assert_eq!(assigned.len(), plan.members.len());
    for (member, assigned) in plan.members.iter().zip(assigned) {
        assert!(assigned.iter().all(|topic| member.wants(&topic.topic)), "{} does not want that", member.id);
    }
    let wanted = plan.topics.iter().filter(|topic| !plan.wanting(&topic.name).is_empty());
    let counts = wanted.flat_map(|topic| {
        let times = |partition: &GroupPartition| {
            assigned.iter().filter(|mine| contains(mine, &topic.name, partition.id)).count()
        };
        topic.partitions.iter().map(times).collect::<Vec<_>>()
    });
    counts.collect()
}

fn loads(assigned: &[Vec<TopicPartitions>]) -> Vec<usize> {
    assigned.iter().map(|mine| each(mine).count()).collect()
}

fn all() -> Vec<Box<dyn Assignor>> {
    vec![
        Box::new(RangeAssignor),
        Box::new(RoundRobinAssignor),
        Box::new(StickyAssignor),
        Box::new(CooperativeStickyAssignor),
        Box::new(RackAffinityAssignor::default()),
    ]
}

#[test]
fn every_assignor_gives_every_partition_to_exactly_one_who_wants_it() {
    for assignor in all() {
        for seed in 0..500 {
            let plan = random_plan(&mut Dice(seed), seed % 2 == 1);
            let assigned = assignor.assign(&plan);
            let counts = counts(&plan, &assigned);
            assert!(counts.iter().all(|count| *count == 1), "{} seed {seed}: {assigned:?}", assignor.name());
        }
    }
}

#[test]
fn where_all_want_the_same_nobody_has_two_more_than_another() {
    for assignor in all().into_iter().filter(|assignor| assignor.name() != "range") {
        for seed in 0..500 {
            let mut plan = random_plan(&mut Dice(seed), false);
            if assignor.name() == "rack-affinity" {
                plan.topics.truncate(1);
            }
            let loads = loads(&assignor.assign(&plan));
            let (most, least) = (loads.iter().max().unwrap(), loads.iter().min().unwrap());
            assert!(most - least <= 1, "{} seed {seed}: {loads:?}", assignor.name());
        }
    }
}

/// What members had by their own account, as the two sticky assignors are told of it.
fn remember(plan: &mut GroupPlan, had: &[(Arc<str>, Vec<TopicPartitions>)], generation: i32) {
    for member in &mut plan.members {
        let mine =
            had.iter().find(|(id, _)| *id == member.id).map(|(_, mine)| mine.clone()).unwrap_or_default();
        member.user_data = StickyAssignor.user_data(&mine, generation);
        member.generation = if mine.is_empty() { -1 } else { generation };
        member.owned = mine;
    }
}

fn by_id(plan: &GroupPlan, assigned: &[Vec<TopicPartitions>]) -> Vec<(Arc<str>, Vec<TopicPartitions>)> {
    plan.members.iter().map(|member| member.id.clone()).zip(assigned.iter().cloned()).collect()
}

#[test]
fn what_is_even_stays_where_it_is() {
    for seed in 0..300 {
        let mut plan = random_plan(&mut Dice(seed), seed % 2 == 1);
        let first = StickyAssignor.assign(&plan);
        let had = by_id(&plan, &first);
        remember(&mut plan, &had, 1);
        assert_eq!(shown(&StickyAssignor.assign(&plan)), shown(&first), "seed {seed}");
        assert_eq!(shown(&CooperativeStickyAssignor.assign(&plan)), shown(&first), "seed {seed}");
    }
}

#[test]
fn when_members_come_and_go_no_more_moves_than_must() {
    for seed in 0..500 {
        let mut dice = Dice(seed);
        let before = random_plan(&mut dice, false);
        let had = by_id(&before, &StickyAssignor.assign(&before));
        let topics: Vec<&str> = before.topics.iter().map(|topic| &*topic.name).collect();
        let mut members: Vec<_> = before.members.iter().filter(|_| dice.below(4) > 0).cloned().collect();
        for new in 0..dice.below(3) {
            members.push(GroupMember::new(format!("n{new}"), &topics));
        }
        if members.is_empty() {
            continue;
        }
        let mut plan = GroupPlan::new(members, before.topics.clone());
        remember(&mut plan, &had, 1);
        let assigned = StickyAssignor.assign(&plan);
        let total: usize = plan.topics.iter().map(|topic| topic.partitions.len()).sum();
        let (even, spare) = (total / plan.members.len(), total % plan.members.len());
        // The fewest moves: everybody keeps what it had, up to its even share; those that had more keep one
        // more, as long as that does not divide evenly.
        let mut counts: Vec<_> = plan.members.iter().map(|member| each(&member.owned).count()).collect();
        counts.sort_unstable_by(|a, b| b.cmp(a));
        let quota = |(at, had): (usize, &usize)| (*had).min(if at < spare { even + 1 } else { even });
        let most_kept: usize = counts.iter().enumerate().map(quota).sum();
        let kept: usize = plan
            .members
            .iter()
            .zip(&assigned)
            .map(|(member, mine)| {
                each(mine).filter(|(topic, it)| contains(&member.owned, topic, *it)).count()
            })
            .sum();
        assert_eq!(kept, most_kept, "seed {seed}");
    }
}

#[test]
fn a_partition_that_moves_is_left_out_until_it_is_given_up() {
    let mut plan = plan(&[("a", &["t"]), ("b", &["t"])], &[("t", 4)]);
    remember(&mut plan, &[("a".into(), vec![TopicPartitions::new("t", vec![0, 1, 2, 3])])], 5);
    let first = CooperativeStickyAssignor.assign(&plan);
    assert_eq!(loads(&first), [2, 0], "b waits for what a must give up: {first:?}");
    let had = by_id(&plan, &first);
    remember(&mut plan, &had, 6);
    let second = CooperativeStickyAssignor.assign(&plan);
    assert_eq!(loads(&second), [2, 2]);
    assert_eq!(second[0], first[0], "a keeps what it has");
}

#[test]
fn of_two_that_claim_the_same_the_later_generation_has_it() {
    let mut plan = plan(&[("a", &["t"]), ("b", &["t"])], &[("t", 2)]);
    remember(&mut plan, &[("a".into(), vec![TopicPartitions::new("t", vec![0, 1])])], 3);
    let stale = vec![TopicPartitions::new("t", vec![0, 1])];
    plan.members[1].user_data = StickyAssignor.user_data(&stale, 2);
    expect(&StickyAssignor, &plan, &["t[1]", "t[0]"]);
    // A note that cannot be read is none.
    plan.members[1].user_data = Some(Bytes::from_static(&[0x7f, 0xff, 0xff, 0xff, 1]));
    expect(&StickyAssignor, &plan, &["t[1]", "t[0]"]);
}

#[test]
fn a_chain_of_moves_is_found_where_one_does_not_do() {
    // c can only have t2, of which all are with b; b could have what a has too much of.
    let mut plan = plan(&[("a", &["t1"]), ("b", &["t1", "t2"]), ("c", &["t2"])], &[("t1", 4), ("t2", 2)]);
    let had = [
        ("a".into(), vec![TopicPartitions::new("t1", vec![0, 1, 2, 3])]),
        ("b".into(), vec![TopicPartitions::new("t2", vec![0, 1])]),
    ];
    remember(&mut plan, &had, 1);
    assert_eq!(loads(&StickyAssignor.assign(&plan)), [3, 2, 1].map(|_| 2));
}

#[test]
fn a_function_is_an_assignor() {
    let last = AssignorFn::new("last", |group: &GroupPlan| {
        let mut assigned = vec![Vec::new(); group.members.len()];
        if let Some(last) = assigned.last_mut() {
            *last =
                group.topics.iter().map(|topic| TopicPartitions::new(topic.name.clone(), vec![0])).collect();
        }
        assigned
    });
    assert_eq!(last.name(), "last");
    expect(&last, &plan(&[("a", &["t"]), ("b", &["t"])], &[("t", 1)]), &["", "t[0]"]);
}
