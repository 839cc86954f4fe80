//! Every declaration of the protocol against Kafka's own schemas, read from the jars of the brokers:
//! name, type, order, null, tag and default of each field in each version that both know.

mod compare;
mod kafka;
mod mutants;

use compare::compare;
use kafka::{Schema, Schemas};
use mutants::mutants;
use ottla_tests::messages::{Codec, all};
use std::collections::{BTreeMap, BTreeSet};

/// No single release knows every version: 2.7 still has the oldest, 4.3 the newest.
const RELEASES: [&str; 3] = ["2.7.1", "3.9.1", "4.3.0"];

/// Where the declarations differ on purpose, by release (`*` for all), and why.
///
/// A line that is not needed is an error too.
const ON_PURPOSE: &[(&str, &str, &str)] = &[
    ("*", "ListOffsetsRequest.replica_id: default is -1, not 0", CLIENT),
    ("2.7.1", "FetchRequest.replica_id: default is -1, not 0", CLIENT),
    (
        "2.7.1",
        "ApiVersionsResponse has [supported_features, finalized_features_epoch, \
            finalized_features, zk_migration_ready], not [supported_features, finalized_features_epoch, finalized_features]",
        TAG,
    ),
    (
        "2.7.1",
        "FetchResponse.responses.partitions has [diverging_epoch, current_leader, \
            snapshot_id], not [diverging_epoch, current_leader]",
        TAG,
    ),
    (
        "2.7.1",
        "FetchResponse.responses.partitions.partition_index: name is partition_index, not \
            partition",
        RENAMED,
    ),
    ("2.7.1", "FetchResponse.responses.partitions.records: name is records, not record_set", RENAMED),
    ("2.7.1", "FetchResponse.responses.partitions: name is partitions, not partition_responses", RENAMED),
    (
        "2.7.1",
        "OffsetCommitRequest.generation_id_or_member_epoch: name is generation_id_or_member_epoch, not \
            generation_id",
        RENAMED,
    ),
    (
        "2.7.1",
        "OffsetForLeaderEpochRequest.topics.partitions.partition: name is partition, not partition_index",
        RENAMED,
    ),
    ("2.7.1", "OffsetForLeaderEpochRequest.topics.topic: name is topic, not name", RENAMED),
    (
        "2.7.1",
        "OffsetForLeaderEpochResponse.topics.partitions.end_offset: default is -1, not 0",
        "what an error leaves unsaid; Kafka says so too since",
    ),
    (
        "2.7.1",
        "OffsetForLeaderEpochResponse.topics.partitions.partition: name is partition, not partition_index",
        RENAMED,
    ),
    ("2.7.1", "OffsetForLeaderEpochResponse.topics.topic: name is topic, not name", RENAMED),
    ("2.7.1", "ProduceRequest.topic_data.partition_data.index: name is index, not partition_index", RENAMED),
    ("2.7.1", "ProduceRequest.topic_data.partition_data: name is partition_data, not partitions", RENAMED),
    ("2.7.1", "ProduceRequest.topic_data: name is topic_data, not topics", RENAMED),
    (
        "2.7.1",
        "ProduceResponse.responses.partition_responses.index: name is index, not \
            partition_index",
        RENAMED,
    ),
    (
        "2.7.1",
        "ProduceResponse.responses.partition_responses: name is partition_responses, not \
            partitions",
        RENAMED,
    ),
];

const CLIENT: &str = "0 would claim to be the follower on broker 0, and what is written here is a client";
const TAG: &str = "a tagged field that came later, without a version of its own";
const RENAMED: &str = "Kafka has renamed the field since; the newest name is ours";

/// A difference by release and words, and the versions that show it.
type Differences = BTreeMap<(&'static str, String), BTreeSet<i16>>;

#[test]
fn declarations_are_kafkas() {
    let mut differences = Differences::new();
    let mut fields = 0;
    for (release, schemas) in &releases() {
        for codec in all() {
            fields += differences_of(&codec, release, schemas, &mut differences);
        }
    }
    eprintln!("{fields} fields compared");
    report(&differences);
}

#[test]
fn every_version_has_a_schema() {
    let releases = releases();
    let codecs = all();
    for codec in &codecs {
        let knows = |version, schemas: &Schemas| {
            schema_of(codec, schemas).is_some_and(|schema| schema.versions.contains(version))
        };
        for version in codec.versions.clone() {
            let known = releases.iter().any(|(_, schemas)| knows(version, schemas));
            assert!(known, "no release has {} version {version}", codec.name);
        }
    }
    let pairs: usize = codecs.iter().map(|codec| codec.versions.clone().count()).sum();
    eprintln!("{pairs} pairs of message and version");
}

/// The comparison is worth what it notices: a declaration wrong in any one place must not pass.
#[test]
fn any_wrong_declaration_is_noticed() {
    let releases = releases();
    let mut noticed = 0;
    for codec in all() {
        let differences = |codec: &Codec| {
            let mut differences = Differences::new();
            for (release, schemas) in &releases {
                differences_of(codec, release, schemas, &mut differences);
            }
            differences
        };
        let right = differences(&codec);
        for (what, description) in mutants(codec.description, 0) {
            let wrong = differences(&Codec { description, ..codec.clone() });
            assert!(wrong != right, "nobody notices {}: {what}", codec.name);
            noticed += 1;
        }
        // Before the first version there is nothing to be noticed.
        let flexible = if codec.flexible == 0 { 1 } else { codec.flexible - 1 };
        let wrong = differences(&Codec { flexible, ..codec.clone() });
        assert!(wrong != right || codec.flexible == i16::MAX, "nobody notices {}: flexible", codec.name);
    }
    eprintln!("{noticed} wrong declarations noticed");
}

fn releases() -> Vec<(&'static str, Schemas)> {
    RELEASES.into_iter().map(|release| (release, Schemas::of(release))).collect()
}

fn schema_of(codec: &Codec, schemas: &Schemas) -> Option<Schema> {
    schemas.find(codec.key, codec.name.ends_with("Request"))
}

/// Adds the differences in the versions that both know, and returns how many fields were compared.
fn differences_of(
    codec: &Codec,
    release: &'static str,
    schemas: &Schemas,
    differences: &mut Differences,
) -> usize {
    let Some(schema) = schema_of(codec, schemas) else { return 0 };
    let both = codec.versions.clone().filter(|version| schema.versions.contains(*version));
    both.map(|version| {
        compare(codec, &schema, version, &mut |what| {
            differences.entry((release, what)).or_default().insert(version);
        })
    })
    .sum()
}

fn report(differences: &Differences) {
    let intended = |(release, what): &(&str, String), entry: &(&str, &str, &str)| {
        (entry.0 == "*" || entry.0 == *release) && entry.1 == what
    };
    let mut wrong = Vec::new();
    for (difference, versions) in differences {
        if !ON_PURPOSE.iter().any(|entry| intended(difference, entry)) {
            wrong.push(format!("{}: {} (in versions {versions:?})", difference.0, difference.1));
        }
    }
    for entry in ON_PURPOSE {
        if !differences.keys().any(|difference| intended(difference, entry)) {
            wrong.push(format!("nothing differs any more by {entry:?}: remove the line"));
        }
    }
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}
