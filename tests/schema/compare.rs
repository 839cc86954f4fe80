//! One version of a declaration beside the same version of a schema.

use crate::kafka::{self, Schema};
use ottla::wire::describe::{Field, Kind, Struct};
use ottla_tests::messages::Codec;

/// Tells `differs` of every difference, and returns how many fields were compared.
pub(crate) fn compare(
    codec: &Codec,
    schema: &Schema,
    version: i16,
    differs: &mut dyn FnMut(String),
) -> usize {
    let flexible = schema.flexible.is_some_and(|versions| versions.contains(version));
    if (version >= codec.flexible) != flexible {
        differs(format!(
            "{} version {version} is {}flexible",
            codec.name,
            if flexible { "" } else { "not " }
        ));
    }
    structure(&codec.name, codec.description, &schema.fields, version, differs)
}

fn structure(
    at: &str,
    ours: &Struct,
    theirs: &[kafka::Field],
    version: i16,
    differs: &mut dyn FnMut(String),
) -> usize {
    let here: Vec<_> = ours.fields.iter().filter(|field| field.versions.contains(version)).collect();
    let there: Vec<_> = theirs.iter().filter(|field| field.versions.contains(version)).collect();
    // Tagged fields go by their tags, the others by their places.
    let (tagged_here, plain_here): (Vec<&Field>, Vec<&Field>) =
        here.into_iter().partition(|field| field.tag.is_some());
    let (mut tagged_there, plain_there): (Vec<_>, Vec<_>) =
        there.into_iter().partition(|field| tag(field, version).is_some());
    tagged_there.sort_by_key(|field| tag(field, version));
    let mut count = 0;
    for (here, there) in [(plain_here, plain_there), (tagged_here, tagged_there)] {
        if here.len() != there.len() {
            let names = |fields: Vec<&str>| fields.join(", ");
            differs(format!(
                "{at} has [{}], not [{}]",
                names(here.iter().map(|field| field.name).collect()),
                names(there.iter().map(|field| field.name.as_str()).collect()),
            ));
        }
        for (here, there) in here.into_iter().zip(there) {
            count += 1 + field(&format!("{at}.{}", here.name), here, there, version, differs);
        }
    }
    count
}

fn field(
    at: &str,
    ours: &Field,
    theirs: &kafka::Field,
    version: i16,
    differs: &mut dyn FnMut(String),
) -> usize {
    let mut check = |what: &str, ours: String, theirs: String| {
        if ours != theirs {
            differs(format!("{at}: {what} is {ours}, not {theirs}"));
        }
    };
    check("name", ours.name.to_owned(), theirs.name.clone());
    check("type", kind(&ours.kind), expected_kind(theirs));
    check("tag", format!("{:?}", ours.tag), format!("{:?}", tag(theirs, version)));
    let nullable = ours.nullable.is_some_and(|versions| versions.contains(version));
    let expected = theirs.nullable.is_some_and(|versions| versions.contains(version));
    check("nullable", nullable.to_string(), expected.to_string());
    if let Some((ours, theirs)) = defaults(ours, theirs) {
        check("default", ours, theirs);
    }
    match inner(&ours.kind) {
        Some(shape) => structure(at, shape, &theirs.fields, version, differs),
        None => 0,
    }
}

fn tag(field: &kafka::Field, version: i16) -> Option<u32> {
    field.tag.filter(|(_, versions)| versions.contains(version)).map(|(tag, _)| tag)
}

fn inner(kind: &Kind) -> Option<&'static Struct> {
    match kind {
        Kind::Array(element) => inner(element),
        Kind::Struct(shape) => Some(shape),
        _ => None,
    }
}

fn kind(kind: &Kind) -> String {
    match kind {
        Kind::Array(element) => format!("[]{}", self::kind(element)),
        Kind::Struct(_) => "struct".to_owned(),
        Kind::Scalar(name) => (*name).to_owned(),
        other => format!("{other:?}"),
    }
}

fn expected_kind(field: &kafka::Field) -> String {
    let array = if field.kind.starts_with("[]") { "[]" } else { "" };
    match field.kind.trim_start_matches("[]") {
        _ if !field.fields.is_empty() => format!("{array}struct"),
        // The same bytes on the wire, and Kafka itself has called a record set either.
        "records" => format!("{array}bytes"),
        kind => format!("{array}{kind}"),
    }
}

/// Both defaults as text, where they can be compared.
fn defaults(ours: &Field, theirs: &kafka::Field) -> Option<(String, String)> {
    if matches!(ours.kind, Kind::Struct(_)) {
        return None;
    }
    let stated = theirs.default.as_deref();
    let expected = match (theirs.kind.as_str(), stated) {
        (_, Some("null")) => "None".to_owned(),
        // Unless told otherwise Kafka begins with an empty value, and we with null.
        (_, None) if ours.nullable.is_some() => "None".to_owned(),
        ("bool", stated) => stated.unwrap_or("false").to_owned(),
        ("string", stated) => format!("{:?}", stated.unwrap_or_default()),
        (kind, _) if kind.starts_with("[]") => "[]".to_owned(),
        (kind, stated) if kind.starts_with("int") => integer(stated.unwrap_or("0")).to_string(),
        // Identifiers and bytes begin as nothing.
        _ => return None,
    };
    // An error code shows as its name and number.
    let shown = (ours.default)();
    let number = shown.split_once('(').map(|(_, number)| number.trim_end_matches(')').to_owned());
    Some((number.unwrap_or(shown), expected))
}

fn integer(text: &str) -> i64 {
    let digits = text.strip_prefix("0x").map(|digits| i64::from_str_radix(digits, 16));
    digits.unwrap_or_else(|| text.parse()).unwrap_or_else(|error| panic!("default {text:?}: {error}"))
}
