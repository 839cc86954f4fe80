//! Kafka's schemas, as its jars hold them: JSON with comments.

use ottla::wire::describe::Versions;
use ottla_kafka::Jars;
use serde_json::Value;
use std::{fs::File, io::Read};

/// The message schemas of a release.
pub(crate) struct Schemas(Vec<Value>);

/// The schema of a message.
pub(crate) struct Schema {
    /// The versions of the message.
    pub(crate) versions: Versions,
    /// Those with compact lengths and tagged fields.
    pub(crate) flexible: Option<Versions>,
    /// The fields, in the order of the wire.
    pub(crate) fields: Vec<Field>,
}

/// A field, and the fields in it.
pub(crate) struct Field {
    /// Kafka's name, in snake case.
    pub(crate) name: String,
    /// Kafka's type, a leading `[]` for an array.
    pub(crate) kind: String,
    /// The versions that have it.
    pub(crate) versions: Versions,
    /// The versions in which it may be null.
    pub(crate) nullable: Option<Versions>,
    /// The tag, and the versions in which the field is tagged.
    pub(crate) tag: Option<(u32, Versions)>,
    /// The default, in Kafka's words.
    pub(crate) default: Option<String>,
    /// The fields of its type, when that is a structure.
    pub(crate) fields: Vec<Field>,
}

impl Schemas {
    /// Reads the schemas out of the release's jar, which Maven brings if it is not there yet.
    pub(crate) fn of(release: &str) -> Self {
        let version = release.parse().expect("a version");
        let jar = Jars::fetch(&version).and_then(|jars| jars.jar("kafka-clients")).unwrap_or_else(|error| {
            panic!(
                "the schemas of Kafka {release} are in its jars, which this test fetches with mvn: {error}"
            )
        });
        let file = File::open(&jar).expect("the jar opens");
        let mut archive = zip::ZipArchive::new(file).expect("the jar is an archive");
        let mut schemas = Vec::new();
        for index in 0..archive.len() {
            let mut entry = archive.by_index(index).expect("an entry of the jar");
            let name = entry.name().expect("a name in the jar").into_owned();
            if name.starts_with("common/message/") && name.ends_with(".json") {
                let mut text = String::new();
                entry.read_to_string(&mut text).expect("a schema is text");
                schemas.push(parse(&text).unwrap_or_else(|error| panic!("{name}: {error}")));
            }
        }
        assert!(schemas.len() > 50, "{} holds only {} schemas", jar.display(), schemas.len());
        Self(schemas)
    }

    /// The schema of an API's request or response, if the release had that API.
    pub(crate) fn find(&self, key: i16, request: bool) -> Option<Schema> {
        let kind = if request { "request" } else { "response" };
        let schema = self.0.iter().find(|schema| schema["apiKey"] == key && schema["type"] == kind)?;
        let structs = schema["commonStructs"].as_array().map(Vec::as_slice).unwrap_or_default();
        Some(Schema {
            versions: versions(&schema["validVersions"]).expect("a message has versions"),
            flexible: versions(&schema["flexibleVersions"]),
            fields: fields(&schema["fields"], structs),
        })
    }
}

/// Comments stand on lines of their own.
fn parse(text: &str) -> serde_json::Result<Value> {
    let lines: Vec<_> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    serde_json::from_str(&lines.join("\n"))
}

fn fields(list: &Value, structs: &[Value]) -> Vec<Field> {
    let list = list.as_array().map(Vec::as_slice).unwrap_or_default();
    list.iter().map(|field| self::field(field, structs)).collect()
}

fn field(field: &Value, structs: &[Value]) -> Field {
    let text = |name: &str| field[name].as_str().unwrap_or_else(|| panic!("no {name} in {field}"));
    let kind = text("type").to_owned();
    let shared = structs.iter().find(|shared| shared["name"] == kind.trim_start_matches("[]"));
    Field {
        name: snake(text("name")),
        versions: versions(&field["versions"]).unwrap_or_else(|| panic!("no versions in {field}")),
        nullable: versions(&field["nullableVersions"]),
        tag: field["tag"].as_u64().map(|tag| {
            (tag as u32, versions(&field["taggedVersions"]).unwrap_or_else(|| panic!("tag in {field}")))
        }),
        default: match &field["default"] {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        },
        fields: fields(shared.map_or(&field["fields"], |shared| &shared["fields"]), structs),
        kind,
    }
}

/// `3+`, `3-5`, `3`, or `none`.
fn versions(text: &Value) -> Option<Versions> {
    let text = text.as_str().filter(|text| *text != "none")?;
    let number = |text: &str| text.parse().unwrap_or_else(|_| panic!("versions {text:?}"));
    Some(match (text.strip_suffix('+'), text.split_once('-')) {
        (Some(first), _) => Versions { first: number(first), last: i16::MAX },
        (None, Some((first, last))) => Versions { first: number(first), last: number(last) },
        (None, None) => Versions { first: number(text), last: number(text) },
    })
}

/// `LeaderEpoch` and `leaderEpoch` as `leader_epoch`.
fn snake(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}
