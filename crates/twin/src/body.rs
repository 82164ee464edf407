//! The body of an event: named, typed fields that can be shown one by one (section 4).

use crate::bytes::{Cursor, put_short};
use crate::hash::Hash;
use crate::tree::{Tree, leaf_hash};
use counterfoil_base::{Date, Text};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use std::fmt;

/// Most fields of a body.
pub const FIELDS_MAX: usize = 64;
/// Most bytes of one value.
pub const VALUE_BYTES_MAX: usize = 65_536;
/// Most bytes of a body.
pub const BODY_BYTES_MAX: usize = 262_144;

/// A salt that keeps a field from being guessed from its hash.
pub type Salt = [u8; 16];

/// The value of a field.
#[derive(Clone, PartialEq, Eq)]
pub enum Value {
    /// UTF-8 text.
    Text(String),
    /// Cents or a count.
    Integer(i64),
    /// A day of the years 1 to 9999.
    Date(Date),
    /// Any bytes.
    Bytes(Vec<u8>),
    /// SHA-256 of a document.
    Digest(Hash),
}

impl fmt::Debug for Value {
    /// Prints the type alone: bodies hold account numbers of persons.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.field_type().word())
    }
}

/// The type of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldType {
    /// UTF-8 text.
    Text,
    /// Signed 64-bit integer.
    Integer,
    /// Day.
    Date,
    /// Bytes.
    Bytes,
    /// SHA-256 of a document.
    Digest,
}

impl FieldType {
    /// The word for people.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            FieldType::Text => "text",
            FieldType::Integer => "integer",
            FieldType::Date => "date",
            FieldType::Bytes => "bytes",
            FieldType::Digest => "digest",
        }
    }
}

impl Value {
    /// The type of the value.
    #[must_use]
    pub fn field_type(&self) -> FieldType {
        match self {
            Value::Text(_) => FieldType::Text,
            Value::Integer(_) => FieldType::Integer,
            Value::Date(_) => FieldType::Date,
            Value::Bytes(_) => FieldType::Bytes,
            Value::Digest(_) => FieldType::Digest,
        }
    }
}

/// A named value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// 1 to 64 of `a` to `z`, `0` to `9` and `_`.
    pub name: Text,
    /// What it says.
    pub value: Value,
}

impl Field {
    /// A field.
    #[must_use]
    pub fn new(name: &str, value: Value) -> Field {
        Field { name: Text::from(name), value }
    }

    /// A text.
    #[must_use]
    pub fn text(name: &str, value: impl Into<String>) -> Field {
        Field::new(name, Value::Text(value.into()))
    }

    /// An integer: cents or a count.
    #[must_use]
    pub fn integer(name: &str, value: i64) -> Field {
        Field::new(name, Value::Integer(value))
    }

    /// A day.
    #[must_use]
    pub fn date(name: &str, value: Date) -> Field {
        Field::new(name, Value::Date(value))
    }

    /// Bytes.
    #[must_use]
    pub fn bytes(name: &str, value: impl Into<Vec<u8>>) -> Field {
        Field::new(name, Value::Bytes(value.into()))
    }

    /// The SHA-256 of a document.
    #[must_use]
    pub fn digest(name: &str, value: Hash) -> Field {
        Field::new(name, Value::Digest(value))
    }

    /// The bytes of the field.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.name.len() + 48);
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut Vec<u8>) {
        put_short(out, self.name.as_bytes());
        let mut put = |sign: u8, value: &[u8]| {
            let length = u32::try_from(value.len()).expect("values are bounded where made");
            out.push(sign);
            out.extend_from_slice(&length.to_be_bytes());
            out.extend_from_slice(value);
        };
        match &self.value {
            Value::Text(text) => put(1, text.as_bytes()),
            Value::Integer(integer) => put(2, &integer.to_be_bytes()),
            Value::Date(date) => {
                let [high, low] = date.year().to_be_bytes();
                put(3, &[high, low, date.month().to_be_bytes()[0], date.day().to_be_bytes()[0]]);
            }
            Value::Bytes(bytes) => put(4, bytes),
            Value::Digest(digest) => put(5, digest),
        }
    }

    /// Reads a field that fills the bytes exactly.
    ///
    /// # Errors
    /// [`BodyError`] when the bytes are not in the one form.
    pub fn decode(bytes: &[u8]) -> Result<Field, BodyError> {
        let mut cursor = Cursor::new(bytes);
        let field = Field::read(&mut cursor)?;
        if cursor.is_empty() { Ok(field) } else { Err(BodyError("bytes are left over")) }
    }

    fn read(cursor: &mut Cursor<'_>) -> Result<Field, BodyError> {
        let ended = BodyError("the bytes end within a field");
        let name = cursor.short().ok_or(ended)?;
        let name = std::str::from_utf8(name).ok().filter(|name| is_field_name(name));
        let name = name.ok_or(BodyError("a field name has other characters or length"))?;
        let sign = cursor.u8().ok_or(ended)?;
        let length = cursor.u32().ok_or(ended)? as usize;
        if length > VALUE_BYTES_MAX {
            return Err(BodyError("a value is over 65,536 bytes"));
        }
        let value = cursor.take(length).ok_or(ended)?;
        let value = value_of(sign, value).ok_or(BodyError("a value does not have its type"))?;
        Ok(Field { name: Text::from(name), value })
    }
}

fn value_of(sign: u8, bytes: &[u8]) -> Option<Value> {
    match sign {
        1 => String::from_utf8(bytes.to_vec()).ok().map(Value::Text),
        2 => Some(Value::Integer(i64::from_be_bytes(bytes.try_into().ok()?))),
        3 => {
            let [high, low, month, day] = bytes.try_into().ok()?;
            let year = i16::from_be_bytes([high, low]);
            let (month, day) = (i8::try_from(month).ok()?, i8::try_from(day).ok()?);
            let date = Date::new(year, month, day).ok()?;
            (1..=9999).contains(&year).then_some(Value::Date(date))
        }
        4 => Some(Value::Bytes(bytes.to_vec())),
        5 => Some(Value::Digest(bytes.try_into().ok()?)),
        _ => None,
    }
}

/// True for a field name: 1 to 64 of `a` to `z`, `0` to `9` and `_`.
#[must_use]
pub fn is_field_name(name: &str) -> bool {
    let allowed = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_');
    (1..=64).contains(&name.len()) && name.bytes().all(allowed)
}

/// Why fields or bytes are no body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BodyError(pub(crate) &'static str);

/// What an event says, with the secret from which the salts of its fields are made.
#[derive(Clone, PartialEq, Eq)]
pub struct Body {
    secret: [u8; 32],
    fields: Vec<Field>,
}

impl fmt::Debug for Body {
    /// Names and types of the fields, neither values nor secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.fields).finish()
    }
}

impl Body {
    /// A body of these fields, put in their order, with 32 random bytes of the caller.
    ///
    /// # Errors
    /// [`BodyError`] when a name is twice there or has other characters, a year lies outside
    /// 1 to 9999, or a limit is passed.
    pub fn new(secret: [u8; 32], mut fields: Vec<Field>) -> Result<Body, BodyError> {
        fields.sort_by(|left, right| left.name.cmp(&right.name));
        let body = Body { secret, fields };
        let mut length = 34;
        for field in &body.fields {
            if !is_field_name(&field.name) {
                return Err(BodyError("a field name has other characters or length"));
            }
            if matches!(&field.value, Value::Date(date) if !(1..=9999).contains(&date.year())) {
                return Err(BodyError("a date lies outside the years 1 to 9999"));
            }
            let value_bytes = match &field.value {
                Value::Text(text) => text.len(),
                Value::Bytes(bytes) => bytes.len(),
                Value::Integer(_) | Value::Date(_) | Value::Digest(_) => 32,
            };
            if value_bytes > VALUE_BYTES_MAX {
                return Err(BodyError("a value is over 65,536 bytes"));
            }
            length += field.encode().len();
        }
        body.check(length)?;
        Ok(body)
    }

    /// What holds for all fields together.
    fn check(&self, length: usize) -> Result<(), BodyError> {
        // Without a field, nothing that is signed would depend on the secret.
        if !(1..=FIELDS_MAX).contains(&self.fields.len()) {
            return Err(BodyError("there is no field, or there are more than 64"));
        }
        if length > BODY_BYTES_MAX {
            return Err(BodyError("the body is over 262,144 bytes"));
        }
        if !self.fields.windows(2).all(|pair| pair[0].name < pair[1].name) {
            return Err(BodyError("field names are not strictly ascending"));
        }
        Ok(())
    }

    /// Reads a body that fills the bytes exactly.
    ///
    /// # Errors
    /// [`BodyError`] when the bytes are not in the one form.
    pub fn decode(bytes: &[u8]) -> Result<Body, BodyError> {
        let ended = BodyError("the bytes end within the body");
        if bytes.len() > BODY_BYTES_MAX {
            return Err(BodyError("the body is over 262,144 bytes"));
        }
        let mut cursor = Cursor::new(bytes);
        let secret = cursor.array().ok_or(ended)?;
        let count = usize::from(cursor.u16().ok_or(ended)?);
        if count > FIELDS_MAX {
            return Err(BodyError("there are more than 64 fields"));
        }
        let fields: Result<_, _> = (0..count).map(|_| Field::read(&mut cursor)).collect();
        if !cursor.is_empty() {
            return Err(BodyError("bytes are left over"));
        }
        let body = Body { secret, fields: fields? };
        body.check(bytes.len())?;
        Ok(body)
    }

    /// The bytes of the body: secret, count, fields.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = self.secret.to_vec();
        out.extend_from_slice(&encode_fields(&self.fields));
        out
    }

    /// The fields in their order.
    #[must_use]
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The value of a field.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        let at = self.fields.binary_search_by(|field| field.name.as_str().cmp(name)).ok()?;
        Some(&self.fields[at].value)
    }

    /// The text of a field of that type.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        if let Some(Value::Text(text)) = self.get(name) { Some(text) } else { None }
    }

    /// The integer of a field of that type.
    #[must_use]
    pub fn integer(&self, name: &str) -> Option<i64> {
        if let Some(Value::Integer(integer)) = self.get(name) { Some(*integer) } else { None }
    }

    /// The day of a field of that type.
    #[must_use]
    pub fn date(&self, name: &str) -> Option<Date> {
        if let Some(Value::Date(date)) = self.get(name) { Some(*date) } else { None }
    }

    /// The bytes of a field of that type.
    #[must_use]
    pub fn bytes(&self, name: &str) -> Option<&[u8]> {
        if let Some(Value::Bytes(bytes)) = self.get(name) { Some(bytes) } else { None }
    }

    /// The digest of a field of that type.
    #[must_use]
    pub fn digest(&self, name: &str) -> Option<Hash> {
        if let Some(Value::Digest(digest)) = self.get(name) { Some(*digest) } else { None }
    }

    /// The salt of a field: the first 16 bytes of HMAC-SHA-256 (RFC 2104) of its name.
    #[must_use]
    pub fn salt(&self, name: &str) -> Salt {
        salt(&self.keyed(), name)
    }

    fn keyed(&self) -> Hmac<Sha256> {
        Hmac::new_from_slice(&self.secret).expect("an HMAC key has any length")
    }

    /// The tree over the fields.
    #[must_use]
    pub fn tree(&self) -> Tree {
        let keyed = self.keyed();
        let mut tree = Tree::new();
        for field in &self.fields {
            tree.push(field_leaf(&salt(&keyed, &field.name), &field.encode()));
        }
        tree
    }

    /// The root that the event carries.
    #[must_use]
    pub fn payload_root(&self) -> Hash {
        self.tree().root()
    }
}

fn salt(keyed: &Hmac<Sha256>, name: &str) -> Salt {
    let mut keyed = keyed.clone();
    keyed.update(b"counterfoil/twin/salt/1\0");
    keyed.update(name.as_bytes());
    let digest: Hash = keyed.finalize().into_bytes().into();
    let (salt, _) = digest.split_first_chunk().expect("a digest is longer than a salt");
    *salt
}

/// Hash of the leaf that a field is in the tree of its body.
#[must_use]
pub fn field_leaf(salt: &Salt, field: &[u8]) -> Hash {
    leaf_hash(&[salt, field].concat())
}

/// `count || field || ...`, as a state is encoded too.
pub(crate) fn encode_fields(fields: &[Field]) -> Vec<u8> {
    let count = u16::try_from(fields.len()).expect("fields are bounded where made");
    let mut out = count.to_be_bytes().to_vec();
    for field in fields {
        field.write(&mut out);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn body() -> Body {
        let fields = vec![
            Field::text("reason", "é"),
            Field::integer("paid_cents", -7),
            Field::date("paid_on", Date::constant(2024, 2, 29)),
            Field::bytes("proof", [1, 2]),
            Field::digest("file", [9; 32]),
        ];
        Body::new([3; 32], fields).unwrap()
    }

    #[test]
    fn a_body_has_one_form() {
        let bytes = body().encode();
        assert_eq!(Body::decode(&bytes), Ok(body()));
        for end in 0..bytes.len() {
            assert!(Body::decode(&bytes[..end]).is_err(), "{end} bytes");
        }
        assert!(Body::decode(&[bytes.as_slice(), &[0]].concat()).is_err());
    }

    #[test]
    fn what_breaks_a_rule_is_no_body() {
        let with = |fields: &[&[u8]]| {
            let count = u16::try_from(fields.len()).unwrap().to_be_bytes();
            Body::decode(&[&[0; 32], count.as_slice(), &fields.concat()].concat())
        };
        let field = |name: &[u8], sign: u8, value: &[u8]| {
            let mut out = vec![u8::try_from(name.len()).unwrap()];
            out.extend_from_slice(name);
            out.push(sign);
            out.extend_from_slice(&u32::try_from(value.len()).unwrap().to_be_bytes());
            out.extend_from_slice(value);
            out
        };
        let good = field(b"a", 1, b"x");
        assert!(with(&[&good]).is_ok());
        for (name, fields) in [
            ("no field", vec![]),
            ("name twice", vec![good.clone(), good.clone()]),
            ("descending", vec![field(b"b", 1, b""), good.clone()]),
            ("no name", vec![field(b"", 1, b"")]),
            ("capital", vec![field(b"A", 1, b"")]),
            ("long name", vec![field(&[b'a'; 65], 1, b"")]),
            ("unknown type", vec![field(b"a", 6, b"")]),
            ("not UTF-8", vec![field(b"a", 1, &[0xff])]),
            ("short integer", vec![field(b"a", 2, &[0; 7])]),
            ("no such day", vec![field(b"a", 3, &[0x07, 0xe7, 2, 29])]),
            ("year 0", vec![field(b"a", 3, &[0, 0, 1, 1])]),
            ("year 10000", vec![field(b"a", 3, &[0x27, 0x10, 1, 1])]),
            ("day 200", vec![field(b"a", 3, &[0x07, 0xe7, 1, 200])]),
            ("short digest", vec![field(b"a", 5, &[0; 31])]),
            ("long value", vec![field(b"a", 4, &vec![0; VALUE_BYTES_MAX + 1])]),
        ] {
            let fields: Vec<&[u8]> = fields.iter().map(Vec::as_slice).collect();
            assert!(with(&fields).is_err(), "{name}");
        }
        let many: Vec<Field> = (0..65).map(|n| Field::integer(&format!("f{n}"), n)).collect();
        assert!(Body::new([0; 32], many).is_err());
        let large: Vec<Field> =
            (0..5).map(|n| Field::bytes(&format!("f{n}"), vec![0; 65_000])).collect();
        assert!(Body::new([0; 32], large).is_err());
        let before = Date::constant(-1, 1, 1);
        assert!(Body::new([0; 32], vec![Field::date("a", before)]).is_err());
    }

    #[test]
    fn salts_differ_by_name_and_secret_and_values_do_not_print() {
        let (one, other) = (body(), Body::new([4; 32], body().fields).unwrap());
        assert_ne!(one.salt("reason"), one.salt("paid_cents"));
        assert_ne!(one.salt("reason"), other.salt("reason"));
        assert_ne!(one.payload_root(), other.payload_root());
        assert!(!format!("{one:?}").contains("-7"));
    }

    proptest! {
        #[test]
        fn what_is_read_is_written_again(
            at in 0usize..140, byte: u8, noise in proptest::collection::vec(any::<u8>(), 0..80)
        ) {
            let mut bytes = body().encode();
            if let Some(place) = bytes.get_mut(at) { *place = byte; }
            for bytes in [bytes, noise] {
                if let Ok(body) = Body::decode(&bytes) {
                    prop_assert_eq!(body.encode(), bytes);
                }
            }
        }
    }
}
