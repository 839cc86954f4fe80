//! What a message's field can be, and how each kind is written and read.

use super::{
    Decoder, Encoder, Malformed, Str,
    describe::{Kind, Versions},
};
use bytes::Bytes;

/// In which form a field is written: it follows from the version.
#[derive(Clone, Copy)]
pub(crate) struct Form {
    pub(crate) version: i16,
    pub(crate) flexible: bool,
    /// Whether null is allowed for this field; without a meaning for the fields inside it.
    nullable: bool,
}

impl Form {
    pub(crate) fn new(version: i16, first_flexible: i16) -> Self {
        Self { version, flexible: version >= first_flexible, nullable: false }
    }

    pub(crate) fn nullable(self, versions: Versions) -> Self {
        Self { nullable: versions.contains(self.version), ..self }
    }
}

/// A field of a message.
pub(crate) trait Field: Sized {
    /// Its type, for the tests.
    const KIND: Kind;
    /// Whether it can be null.
    const OPTIONAL: bool = false;
    /// The fewest bytes it takes, never zero.
    const MIN: usize = 1;

    fn write(&self, out: &mut Encoder, form: Form);
    fn read(input: &mut Decoder, form: Form) -> Result<Self, Malformed>;
}

/// Whether a tagged field is to be written: only when it differs from its default.
pub(crate) fn differs<T: PartialEq>(value: &T, default: T) -> bool {
    *value != default
}

/// A field with a null form.
pub(crate) trait Nullable: Field + Default {
    fn write_option(this: Option<&Self>, out: &mut Encoder, form: Form);
    fn read_option(input: &mut Decoder, form: Form) -> Result<Option<Self>, Malformed>;
}

macro_rules! scalar {
    ($($ty:ty, $kind:literal, $min:literal, $put:ident, $read:ident;)*) => { $(
        impl Field for $ty {
            const KIND: Kind = Kind::Scalar($kind);
            const MIN: usize = $min;

            fn write(&self, out: &mut Encoder, _: Form) {
                out.$put(*self);
            }

            fn read(input: &mut Decoder, _: Form) -> Result<Self, Malformed> {
                input.$read()
            }
        }
    )* };
}

scalar! {
    bool, "bool", 1, put_bool, bool;
    i8, "int8", 1, put_i8, i8;
    i16, "int16", 2, put_i16, i16;
    u16, "uint16", 2, put_u16, u16;
    i32, "int32", 4, put_i32, i32;
    i64, "int64", 8, put_i64, i64;
    f64, "float64", 8, put_f64, f64;
}

/// A null form makes the plain form: the same bytes, without the null.
macro_rules! plain_form_of_nullable {
    () => {
        fn write(&self, out: &mut Encoder, form: Form) {
            Self::write_option(Some(self), out, form);
        }

        fn read(input: &mut Decoder, form: Form) -> Result<Self, Malformed> {
            Self::read_option(input, form)?.ok_or(Malformed::Null)
        }
    };
}

impl Field for Str {
    const KIND: Kind = Kind::Scalar("string");
    plain_form_of_nullable!();
}

impl Nullable for Str {
    fn write_option(this: Option<&Self>, out: &mut Encoder, form: Form) {
        out.put_str(this.map(AsRef::as_ref), form.flexible);
    }

    fn read_option(input: &mut Decoder, form: Form) -> Result<Option<Self>, Malformed> {
        input.str(form.flexible)
    }
}

impl Field for Bytes {
    const KIND: Kind = Kind::Scalar("bytes");
    plain_form_of_nullable!();
}

impl Nullable for Bytes {
    fn write_option(this: Option<&Self>, out: &mut Encoder, form: Form) {
        out.put_bytes(this, form.flexible);
    }

    fn read_option(input: &mut Decoder, form: Form) -> Result<Option<Self>, Malformed> {
        input.bytes(form.flexible)
    }
}

impl<T: Field> Field for Vec<T> {
    const KIND: Kind = Kind::Array(&T::KIND);
    plain_form_of_nullable!();
}

impl<T: Field> Nullable for Vec<T> {
    fn write_option(this: Option<&Self>, out: &mut Encoder, form: Form) {
        out.put_count(this.map(Self::len), form.flexible);
        for element in this.into_iter().flatten() {
            element.write(out, form);
        }
    }

    fn read_option(input: &mut Decoder, form: Form) -> Result<Option<Self>, Malformed> {
        let Some(count) = input.count(form.flexible, T::MIN)? else { return Ok(None) };
        // An element may be larger in memory than on the wire: what the bytes that are left would
        // fill is taken at once, more only as elements are read.
        let at_once = count.min(input.remaining() / size_of::<T>().max(1) + 1);
        let mut elements = Self::with_capacity(at_once);
        for _ in 0..count {
            elements.push(T::read(input, form)?);
        }
        Ok(Some(elements))
    }
}

impl<T: Nullable> Field for Option<T> {
    const KIND: Kind = T::KIND;
    const OPTIONAL: bool = true;

    fn write(&self, out: &mut Encoder, form: Form) {
        if self.is_some() || form.nullable {
            T::write_option(self.as_ref(), out, form);
        } else {
            // Versions without null mean the empty value by it.
            T::default().write(out, form);
        }
    }

    fn read(input: &mut Decoder, form: Form) -> Result<Self, Malformed> {
        if form.nullable { T::read_option(input, form) } else { T::read(input, form).map(Some) }
    }
}
