//! Declarations that are wrong in one place: the comparison must notice each.

use ottla::wire::describe::{Field, Kind, Struct, Versions};

/// Every way to be wrong in one field of `shape`, which stands in messages from version `from` on, or
/// of a structure in it, with a name.
pub(crate) fn mutants(shape: &Struct, from: i16) -> Vec<(String, &'static Struct)> {
    let mut wrong = Vec::new();
    for (index, field) in shape.fields.iter().enumerate() {
        let from = from.max(field.versions.first);
        let mut add = |what: &str, change: &dyn Fn(&mut Vec<Field>)| {
            let mut fields = shape.fields.to_vec();
            change(&mut fields);
            wrong.push((format!("{} {what}", field.name), leak(shape.name, fields)));
        };
        add("renamed", &|fields| fields[index].name = "renamed");
        add("and what follows removed", &|fields| fields.truncate(index));
        add("of another type", &|fields| fields[index].kind = Kind::Scalar("float64"));
        add("a version later", &|fields| fields[index].versions.first = from + 1);
        add("with another tag", &|fields| fields[index].tag = field.tag.map_or(Some(7), |tag| Some(tag + 1)));
        add("with another nullability", &|fields| {
            fields[index].nullable = if field.nullable.is_some() { None } else { Some(Versions::ALL) };
        });
        if has_default(field) {
            add("with another default", &|fields| fields[index].default = || "another".to_owned());
        }
        // A tagged field and another may stand in either order.
        let rank = |field: &Field| (field.versions, field.tag.is_some());
        if index > 0 && rank(&shape.fields[index - 1]) == rank(field) {
            add("before its neighbour", &|fields| fields.swap(index - 1, index));
        }
        for (what, shape) in inner(&field.kind).map(|shape| mutants(shape, from)).unwrap_or_default() {
            add(&format!("with {what}"), &|fields| {
                fields[index].kind = match field.kind {
                    Kind::Array(_) => Kind::Array(Box::leak(Box::new(Kind::Struct(shape)))),
                    _ => Kind::Struct(shape),
                };
            });
        }
    }
    wrong
}

/// Whether the default can be compared: not that of structures, identifiers and bytes.
fn has_default(field: &Field) -> bool {
    !matches!(field.kind, Kind::Struct(_) | Kind::Scalar("uuid" | "bytes"))
}

fn inner(kind: &Kind) -> Option<&'static Struct> {
    match kind {
        Kind::Array(Kind::Struct(shape)) | Kind::Struct(shape) => Some(shape),
        _ => None,
    }
}

fn leak(name: &'static str, fields: Vec<Field>) -> &'static Struct {
    Box::leak(Box::new(Struct { name, fields: Box::leak(fields.into_boxed_slice()) }))
}
