//! What the declarations say, as data: the tests hold it against Kafka's own schemas. A program
//! that does not look at it does not contain it.

/// Versions from `first` to `last`, both included; `last` is `i16::MAX` where there is no last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Versions {
    /// The first version.
    pub first: i16,
    /// The last version.
    pub last: i16,
}

impl Versions {
    /// Every version.
    pub const ALL: Self = Self { first: 0, last: i16::MAX };

    /// Whether `version` is one of these.
    #[inline]
    #[must_use]
    pub const fn contains(self, version: i16) -> bool {
        self.first <= version && version <= self.last
    }
}

/// The type of a field.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Kind {
    /// A type by Kafka's own name for it: `int32`, `string`, `uuid`, …
    Scalar(&'static str),
    /// An array.
    Array(&'static Kind),
    /// A structure.
    Struct(&'static Struct),
}

/// A structure and its fields, in the order of the wire.
#[derive(Clone, Copy, Debug)]
pub struct Struct {
    /// The Rust name.
    pub name: &'static str,
    /// The fields.
    pub fields: &'static [Field],
}

/// A field.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// The Rust name.
    pub name: &'static str,
    /// The type.
    pub kind: Kind,
    /// The versions that have the field.
    pub versions: Versions,
    /// The versions in which it may be null.
    pub nullable: Option<Versions>,
    /// Its tag, if it is a tagged field.
    pub tag: Option<u32>,
    /// Its default, as `Debug` shows it.
    pub default: fn() -> String,
}
