//! Random messages as bytes, written from their description alone: an encoder that owes nothing to
//! the one under test.

use bytes::Bytes;
use fastrand::Rng;
use ottla::wire::describe::{Field, Kind, Struct};

/// Bytes of a random message of that shape.
#[must_use]
pub fn arbitrary(shape: &Struct, version: i16, flexible: bool, rng: &mut Rng) -> Bytes {
    let mut writer = Writer { out: Vec::new(), version, flexible, rng };
    writer.structure(shape);
    writer.out.into()
}

struct Writer<'a> {
    out: Vec<u8>,
    version: i16,
    flexible: bool,
    rng: &'a mut Rng,
}

impl Writer<'_> {
    fn structure(&mut self, shape: &Struct) {
        let version = self.version;
        let present = |field: &&Field| field.versions.contains(version);
        for field in shape.fields.iter().filter(present).filter(|field| field.tag.is_none()) {
            self.field(field, false);
        }
        if !self.flexible {
            return;
        }
        let mut tagged: Vec<_> = shape.fields.iter().filter(present).filter(|f| f.tag.is_some()).collect();
        tagged.retain(|_| self.rng.bool());
        self.varint(tagged.len());
        for field in tagged {
            self.varint(field.tag.unwrap_or_default() as usize);
            let before = std::mem::take(&mut self.out);
            self.field(field, true);
            let value = std::mem::replace(&mut self.out, before);
            self.varint(value.len());
            self.out.extend(value);
        }
    }

    /// A tagged field is only written when it is not at its default: then zero, −1, null and empty
    /// must not come up in it, nor what is false.
    fn field(&mut self, field: &Field, telling: bool) {
        let nullable = field.nullable.is_some_and(|versions| versions.contains(self.version));
        if nullable && !telling && self.rng.u8(..4) == 0 {
            self.null(&field.kind);
        } else {
            if nullable && matches!(field.kind, Kind::Struct(_)) {
                self.out.push(1);
            }
            self.value(&field.kind, telling);
        }
    }

    fn null(&mut self, kind: &Kind) {
        match kind {
            Kind::Struct(_) => self.out.push(0xff),
            _ if self.flexible => self.varint(0),
            Kind::Scalar("string") => self.out.extend([0xff; 2]),
            _ => self.out.extend([0xff; 4]),
        }
    }

    fn value(&mut self, kind: &Kind, telling: bool) {
        match kind {
            Kind::Struct(shape) if telling => self.telling_structure(shape),
            Kind::Struct(shape) => self.structure(shape),
            Kind::Array(element) => {
                let count = self.rng.usize(usize::from(telling)..4);
                self.length(count, 4);
                for _ in 0..count {
                    self.value(element, false);
                }
            }
            Kind::Scalar(name) => self.scalar(name, telling),
            other => panic!("a kind that the generator does not know: {other:?}"),
        }
    }

    /// A structure in a tagged field: none of its fields is at its default.
    fn telling_structure(&mut self, shape: &Struct) {
        let version = self.version;
        for field in shape.fields.iter().filter(|field| field.versions.contains(version)) {
            assert!(field.tag.is_none(), "a tag within a tag: teach the generator");
            self.field(field, true);
        }
        self.varint(0);
    }

    fn scalar(&mut self, name: &str, telling: bool) {
        match name {
            "bool" => self.out.push((telling || self.rng.bool()).into()),
            "int8" => self.integer(1, telling),
            "int16" | "uint16" => self.integer(2, telling),
            "int32" => self.integer(4, telling),
            "int64" => self.integer(8, telling),
            "uuid" => self.integer(16, telling),
            "string" => {
                let len = self.rng.usize(usize::from(telling)..40);
                let text: String = (0..len).map(|_| self.rng.char('a'..'\u{2ff}')).collect();
                self.length(text.len(), 2);
                self.out.extend(text.as_bytes());
            }
            "bytes" => {
                // Now and then large enough that the encoder shares it instead of copying.
                let most = if self.rng.u8(..4) == 0 { 5000 } else { 20 };
                let len = self.rng.usize(usize::from(telling)..most);
                self.length(len, 4);
                for _ in 0..len {
                    self.out.push(self.rng.u8(..));
                }
            }
            other => panic!("a type that the generator does not know: {other}"),
        }
    }

    fn integer(&mut self, bytes: usize, telling: bool) {
        let start = self.out.len();
        match self.rng.u8(..4) {
            _ if telling => self.out.extend(std::iter::repeat_n(0x11, bytes)),
            0 => self.out.extend(std::iter::repeat_n(0, bytes)),
            1 => self.out.extend(std::iter::repeat_n(0xff, bytes)),
            _ => self.out.extend((0..bytes).map(|_| self.rng.u8(..))),
        }
        assert_eq!(self.out.len(), start + bytes);
    }

    fn length(&mut self, len: usize, classic: usize) {
        if self.flexible {
            self.varint(len + 1);
        } else {
            self.out.extend(&len.to_be_bytes()[size_of::<usize>() - classic..]);
        }
    }

    fn varint(&mut self, mut value: usize) {
        while value >= 0x80 {
            self.out.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.out.push(value as u8);
    }
}
