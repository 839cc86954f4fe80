//! The macro that turns a declaration into a structure with its encoding and decoding.
//!
//! ```text
//! message! {
//!     /// A broker.
//!     struct Broker {
//!         /// Its id.
//!         node_id: i32 [0..] = -1,                              // versions, default
//!         /// Its rack.
//!         rack: Option<Str> [1..] null [2..],                   // null allowed from version 2 on
//!         /// Its features.
//!         features: Vec<Feature> [3..] tag 0,                   // a tagged field
//!     }
//! }
//! ```
//! Versions are `[first..]` or `[first..=last]`. Without `null`, an `Option` may be null in every
//! version. Tagged fields stand in the order of their tags.

/// Declares structures that are fields of messages.
macro_rules! message {
    ($(
        $(#[$meta:meta])*
        struct $Name:ident { $(
            $(#[$field_meta:meta])*
            $field:ident: $ty:ty [$($span:tt)+] $(null [$($null:tt)+])? $(tag $tag:literal)? $(= $default:expr)?
        ),* $(,)? }
    )*) => { $(
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        pub struct $Name { $(
            $(#[$field_meta])*
            pub $field: $ty,
        )* }

        impl Default for $Name {
            fn default() -> Self {
                Self { $($field: $crate::wire::message::message_field!(default $($default)?),)* }
            }
        }

        impl $crate::wire::field::Field for $Name {
            const KIND: $crate::wire::describe::Kind =
                $crate::wire::describe::Kind::Struct(&$crate::wire::describe::Struct {
                    name: stringify!($Name),
                    fields: &[$($crate::wire::describe::Field {
                        name: stringify!($field),
                        kind: <$ty as $crate::wire::field::Field>::KIND,
                        versions: $crate::wire::message::message_field!(versions $($span)+),
                        nullable: if <$ty as $crate::wire::field::Field>::OPTIONAL {
                            Some($crate::wire::message::message_field!(versions $($($null)+)?))
                        } else {
                            None
                        },
                        tag: $crate::wire::message::message_field!(tag $($tag)?),
                        default: || format!("{:?}", $Name::default().$field),
                    },)*],
                });

            #[allow(unused_variables, reason = "a structure may have no fields")]
            fn write(&self, out: &mut $crate::wire::Encoder, form: $crate::wire::field::Form) {
                $($crate::wire::message::message_field!(
                    write ($($tag)?) self.$field, out, form, ($($span)+), ($($($null)+)?)
                );)*
                if form.flexible {
                    let tags = 0 $(+ $crate::wire::message::message_field!(
                        count ($($tag)?) self.$field, form, ($($span)+), ($($default)?)
                    ))*;
                    out.put_uvarint(tags);
                    $($crate::wire::message::message_field!(
                        write_tagged ($($tag)?) self.$field, out, form, ($($span)+), ($($($null)+)?), ($($default)?)
                    );)*
                }
            }

            #[allow(unused_mut, unused_variables, reason = "a structure may have no fields, or no tags")]
            fn read(
                input: &mut $crate::wire::Decoder,
                form: $crate::wire::field::Form,
            ) -> Result<Self, $crate::wire::Malformed> {
                let mut this = Self::default();
                $($crate::wire::message::message_field!(
                    read ($($tag)?) this.$field, input, form, ($($span)+), ($($($null)+)?)
                );)*
                if form.flexible {
                    for _ in 0..input.uvarint()? {
                        let (tag, mut value) = input.tagged()?;
                        $($crate::wire::message::message_field!(
                            read_tagged ($($tag)?) this.$field, tag, value, form, ($($span)+), ($($($null)+)?)
                        );)*
                    }
                }
                Ok(this)
            }
        }

        impl $crate::wire::field::Nullable for $Name {
            fn write_option(this: Option<&Self>, out: &mut $crate::wire::Encoder, form: $crate::wire::field::Form) {
                out.put_i8(if this.is_some() { 1 } else { -1 });
                if let Some(this) = this {
                    $crate::wire::field::Field::write(this, out, form);
                }
            }

            fn read_option(
                input: &mut $crate::wire::Decoder,
                form: $crate::wire::field::Form,
            ) -> Result<Option<Self>, $crate::wire::Malformed> {
                if input.i8()? < 0 { Ok(None) } else { $crate::wire::field::Field::read(input, form).map(Some) }
            }
        }
    )* };
}

/// One field of [`message!`]: what depends on its being tagged or having a default.
macro_rules! message_field {
    (default) => { Default::default() };
    (default $default:expr) => { $default };

    (versions) => { $crate::wire::describe::Versions::ALL };
    (versions $first:literal ..) => {
        $crate::wire::describe::Versions { first: $first, last: i16::MAX }
    };
    (versions $first:literal ..= $last:literal) => {
        $crate::wire::describe::Versions { first: $first, last: $last }
    };

    (tag) => { None };
    (tag $tag:literal) => { Some($tag) };

    (write () $value:expr, $out:ident, $form:ident, ($($span:tt)+), ($($null:tt)*)) => {
        if $crate::wire::message::message_field!(versions $($span)+).contains($form.version) {
            $crate::wire::field::Field::write(
                &$value, $out, $form.nullable($crate::wire::message::message_field!(versions $($null)*)),
            );
        }
    };
    (write ($tag:literal) $($rest:tt)*) => {};

    (count () $($rest:tt)*) => { 0 };
    (count ($tag:literal) $value:expr, $form:ident, ($($span:tt)+), ($($default:expr)?)) => {
        u32::from(
            $crate::wire::message::message_field!(versions $($span)+).contains($form.version)
                && $crate::wire::field::differs(
                    &$value,
                    $crate::wire::message::message_field!(default $($default)?),
                ),
        )
    };

    (write_tagged () $($rest:tt)*) => {};
    (write_tagged ($tag:literal)
        $value:expr, $out:ident, $form:ident, ($($span:tt)+), ($($null:tt)*), ($($default:expr)?)
    ) => {
        if $crate::wire::message::message_field!(count ($tag) $value, $form, ($($span)+), ($($default)?)) == 1 {
            $out.put_tagged($tag, &|out| $crate::wire::field::Field::write(
                &$value, out, $form.nullable($crate::wire::message::message_field!(versions $($null)*)),
            ));
        }
    };

    (read () $value:expr, $input:ident, $form:ident, ($($span:tt)+), ($($null:tt)*)) => {
        if $crate::wire::message::message_field!(versions $($span)+).contains($form.version) {
            $value = $crate::wire::field::Field::read(
                $input, $form.nullable($crate::wire::message::message_field!(versions $($null)*)),
            )?;
        }
    };
    (read ($tag:literal) $($rest:tt)*) => {};

    (read_tagged () $($rest:tt)*) => {};
    (read_tagged ($tag:literal)
        $value:expr, $seen:ident, $input:ident, $form:ident, ($($span:tt)+), ($($null:tt)*)
    ) => {
        if $seen == $tag && $crate::wire::message::message_field!(versions $($span)+).contains($form.version) {
            $value = $crate::wire::field::Field::read(
                &mut $input, $form.nullable($crate::wire::message::message_field!(versions $($null)*)),
            )?;
            $input.finish()?;
        }
    };
}

pub(crate) use {message, message_field};

#[cfg(test)]
#[expect(unreachable_pub, reason = "the macro declares public structures")]
mod tests {
    use crate::wire::{
        Decoder, Encoder, Malformed, Str,
        field::{Field, Form},
    };
    use bytes::Bytes;

    message! {
        struct Outer {
            name: Str [0..],
            small: i16 [0..],
            blob: Bytes [0..],
            inner: Vec<Inner> [0..],
            tagged: i8 [1..] tag 0,
            text: Str [1..] tag 1 = "none".into(),
            old: Option<Str> [0..=0],
            fresh: Option<Vec<i32>> [1..] null [2..],
        }

        struct Inner {
            value: i8 [0..] = 9,
        }
    }

    fn bytes(message: &Outer, version: i16, first_flexible: i16) -> Bytes {
        let mut out = Encoder::new();
        message.write(&mut out, Form::new(version, first_flexible));
        out.into_chunks().unwrap().concat().into()
    }

    fn outer() -> Outer {
        Outer {
            name: "value1".into(),
            small: 15,
            blob: Bytes::from_static(b"hello"),
            inner: vec![Inner { value: 2 }, Inner { value: 3 }],
            tagged: 34,
            text: "taggedValue2".into(),
            old: None,
            fresh: Some(Vec::new()),
        }
    }

    #[test]
    fn flexible() {
        let expected = b"\x07value1\x00\x0f\x06hello\x03\x02\x00\x03\x00\x01\
            \x02\x00\x01\x22\x01\x0d\x0dtaggedValue2";
        let message = outer();
        assert_eq!(bytes(&message, 1, 1), expected[..]);
        let mut input = Decoder::new(Bytes::from_static(expected));
        assert_eq!(Outer::read(&mut input, Form::new(1, 1)), Ok(message));
        assert_eq!(input.finish(), Ok(()));
    }

    #[test]
    fn classic() {
        let expected = b"\x00\x06value1\x00\x0f\x00\x00\x00\x05hello\x00\x00\x00\x02\x02\x03\xff\xff";
        assert_eq!(bytes(&outer(), 0, 1), expected[..]);
        let mut input = Decoder::new(Bytes::from_static(expected));
        let read = Outer::read(&mut input, Form::new(0, 1)).unwrap();
        // What the version does not have is at its default.
        assert_eq!(read, Outer { tagged: 0, text: "none".into(), fresh: None, ..outer() });
    }

    #[test]
    fn defaults_are_not_tagged_and_unknown_tags_are_skipped() {
        let plain = Outer { tagged: 0, text: "none".into(), ..outer() };
        let mut frame = bytes(&plain, 1, 1).to_vec();
        assert_eq!(frame.pop(), Some(0));
        frame.extend([2, 5, 3, 1, 2, 3, 0, 1, 7]);
        let read = Outer::read(&mut Decoder::new(frame.into()), Form::new(1, 1));
        assert_eq!(read, Ok(Outer { tagged: 7, ..plain }));
    }

    #[test]
    fn null_only_where_allowed() {
        let message = Outer { fresh: None, ..outer() };
        let empty = bytes(&Outer { fresh: Some(Vec::new()), ..outer() }, 1, 9);
        assert_eq!(bytes(&message, 1, 9), empty);
        let null = bytes(&message, 2, 9);
        assert_eq!(null[null.len() - 4..], [0xff; 4]);
        assert_eq!(Outer::read(&mut Decoder::new(null.clone()), Form::new(2, 9)).unwrap().fresh, None);
        assert_eq!(Outer::read(&mut Decoder::new(null), Form::new(1, 9)), Err(Malformed::Null));
    }

    #[test]
    fn a_tagged_value_fills_its_size() {
        let mut frame = bytes(&Outer { text: "none".into(), ..outer() }, 1, 1).to_vec();
        let size = frame.len() - 2;
        frame[size] = 2;
        frame.push(0);
        assert_eq!(Outer::read(&mut Decoder::new(frame.into()), Form::new(1, 1)), Err(Malformed::Trailing));
    }
}
