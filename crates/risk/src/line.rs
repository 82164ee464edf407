//! One JSON object a line: a person with diagnoses. What is wrong with a line becomes a finding.

use crate::codes::DiagnosisCode;
use crate::person::{Dual, Entitlement, OLDEST_YEARS, Person, Sex};
use crate::scan::scan;
use counterfoil_base::Finding;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// What a line names its person by, given back as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Id<'a> {
    Number(i64),
    Text(Cow<'a, str>),
}

/// What a line says.
#[derive(Debug)]
pub(crate) struct ReadLine<'a> {
    pub(crate) id: Id<'a>,
    pub(crate) person: Person,
    /// Diagnoses that have no form of a code.
    pub(crate) odd_diagnoses: u32,
}

/// Reads a line; its diagnoses are put into `diagnoses`, which is emptied before.
pub(crate) fn read_line<'a>(
    line: &'a [u8],
    diagnoses: &mut Vec<DiagnosisCode>,
) -> Result<ReadLine<'a>, Box<Finding>> {
    match scan(line, diagnoses) {
        Some(fields) => fields.check(),
        None => read_fields(line, diagnoses)?.check(),
    }
}

/// The fields of any line, by the JSON library.
pub(crate) fn read_fields<'a>(
    line: &'a [u8],
    diagnoses: &mut Vec<DiagnosisCode>,
) -> Result<Fields<'a>, Box<Finding>> {
    diagnoses.clear();
    let mut reader = serde_json::Deserializer::from_slice(line);
    let fields = Object { diagnoses }.deserialize(&mut reader);
    let fields = fields.and_then(|fields| reader.end().map(|()| fields));
    fields.map_err(|cause| {
        let finding = Finding::error(
            "RISK-line-form",
            7,
            format!("The line is not one JSON object with a person, at column {}", cause.column()),
        )
        .because("Each line is one object whose fields hold text, whole numbers, true or false")
        .fix("Write the line anew; the others were scored");
        Box::new(finding)
    })
}

/// A value that a field may hold.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) enum Value<'a> {
    #[default]
    Absent,
    Null,
    Flag(bool),
    Number(i64),
    Text(Cow<'a, str>),
    /// A list, an object or a number that fits nowhere.
    Other,
}

/// What the fields of a line hold, not checked yet.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Fields<'a> {
    id: Value<'a>,
    age: Value<'a>,
    sex: Value<'a>,
    orec: Value<'a>,
    crec: Value<'a>,
    dual: Value<'a>,
    new_enrollee: Value<'a>,
    snp: Value<'a>,
    lti: Value<'a>,
    graft_months: Value<'a>,
    pub(crate) has_diagnoses: bool,
    pub(crate) odd_diagnoses: u32,
}

fn missing(field: &str) -> Box<Finding> {
    let finding =
        Finding::error("RISK-field-missing", 7, format!("The line has no field '{field}'"))
            .because("Without it the segment and the score cannot be told")
            .fix("Add the field; docs/reference/risk-scores.md lists all of them");
    Box::new(finding)
}

fn refused(field: &str, wanted: &str) -> Box<Finding> {
    let finding = Finding::error(
        "RISK-field-value",
        7,
        format!("The field '{field}' does not hold {wanted}"),
    )
    .because("The published model knows no other values, and none is guessed")
    .fix("Correct the value; the other lines were scored");
    Box::new(finding)
}

impl<'a> Fields<'a> {
    /// The field of a name; none for names that are passed over.
    pub(crate) fn field(&mut self, name: &[u8]) -> Option<&mut Value<'a>> {
        match name {
            b"id" => Some(&mut self.id),
            b"age" => Some(&mut self.age),
            b"sex" => Some(&mut self.sex),
            b"orec" => Some(&mut self.orec),
            b"crec" => Some(&mut self.crec),
            b"dual_elgbl_cd" => Some(&mut self.dual),
            b"new_enrollee" => Some(&mut self.new_enrollee),
            b"snp" => Some(&mut self.snp),
            b"lti" => Some(&mut self.lti),
            b"graft_months" => Some(&mut self.graft_months),
            _ => None,
        }
    }

    fn check(self) -> Result<ReadLine<'a>, Box<Finding>> {
        let id = match self.id {
            Value::Number(number) => Id::Number(number),
            Value::Text(text) => Id::Text(text),
            Value::Absent => return Err(missing("id")),
            _ => return Err(refused("id", "text or a whole number")),
        };
        if !self.has_diagnoses {
            return Err(missing("dx"));
        }
        let person = Person {
            age_years: age(&self.age)?,
            sex: sex(&self.sex)?,
            original_entitlement: entitlement("orec", &self.orec)?,
            current_entitlement: entitlement("crec", &self.crec)?,
            dual: dual(&self.dual)?,
            is_new_enrollee: flag("new_enrollee", &self.new_enrollee)?,
            in_special_needs_plan: flag("snp", &self.snp)?,
            is_long_term_institutional: flag("lti", &self.lti)?,
            graft_months: graft_months(&self.graft_months)?,
        };
        if person.is_new_enrollee && person.is_long_term_institutional {
            let message = "The person is both a new enrollee and long-term institutional";
            let finding = Finding::error("RISK-contradictory", 7, message)
                .because("The two are scored by different coefficients, and none is for both")
                .fix("Say which holds for the payment year");
            return Err(Box::new(finding));
        }
        Ok(ReadLine { id, person, odd_diagnoses: self.odd_diagnoses })
    }
}

fn age(value: &Value<'_>) -> Result<u8, Box<Finding>> {
    let wanted = "whole years from 0 to 125";
    match value {
        Value::Absent => Err(missing("age")),
        Value::Number(years) => match u8::try_from(*years) {
            Ok(years) if years <= OLDEST_YEARS => Ok(years),
            _ => Err(refused("age", wanted)),
        },
        _ => Err(refused("age", wanted)),
    }
}

fn sex(value: &Value<'_>) -> Result<Sex, Box<Finding>> {
    match value {
        Value::Absent => Err(missing("sex")),
        Value::Text(text) if text == "F" || text == "2" => Ok(Sex::Female),
        Value::Text(text) if text == "M" || text == "1" => Ok(Sex::Male),
        _ => Err(refused("sex", "F or M")),
    }
}

fn entitlement(field: &str, value: &Value<'_>) -> Result<Entitlement, Box<Finding>> {
    let found = match value {
        Value::Absent => return Err(missing(field)),
        Value::Text(text) => Entitlement::from_code(text),
        _ => None,
    };
    found.ok_or_else(|| refused(field, "a reason for entitlement, 0 to 3 as text"))
}

fn dual(value: &Value<'_>) -> Result<Dual, Box<Finding>> {
    let found = match value {
        Value::Absent => return Err(missing("dual_elgbl_cd")),
        Value::Null => Some(Dual::None),
        Value::Text(text) => Dual::from_code(text),
        _ => None,
    };
    found.ok_or_else(|| refused("dual_elgbl_cd", "a dual eligibility code or NA"))
}

fn flag(field: &str, value: &Value<'_>) -> Result<bool, Box<Finding>> {
    match value {
        Value::Absent => Err(missing(field)),
        Value::Flag(flag) => Ok(*flag),
        _ => Err(refused(field, "true or false")),
    }
}

fn graft_months(value: &Value<'_>) -> Result<Option<u16>, Box<Finding>> {
    let months = match value {
        Value::Absent | Value::Null => return Ok(None),
        Value::Number(months) => u16::try_from(*months).ok().filter(|months| *months >= 1),
        _ => None,
    };
    let wanted = "months since the transplant, from 1, or null";
    months.map(Some).ok_or_else(|| refused("graft_months", wanted))
}

/// Reads the object of a line.
struct Object<'b> {
    diagnoses: &'b mut Vec<DiagnosisCode>,
}

impl<'de> DeserializeSeed<'de> for Object<'_> {
    type Value = Fields<'de>;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Fields<'de>, D::Error> {
        reader.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Object<'_> {
    type Value = Fields<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields<'de>, A::Error> {
        let mut fields = Fields::default();
        while let Some(Key(key)) = map.next_key_seed(KeySeed)? {
            if key == "dx" {
                self.diagnoses.clear();
                fields.odd_diagnoses = map.next_value_seed(Diagnoses(self.diagnoses))?;
                fields.has_diagnoses = true;
            } else if let Some(field) = fields.field(key.as_bytes()) {
                *field = map.next_value_seed(ValueSeed)?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(fields)
    }
}

/// A name of a field, without a copy where the line holds it as it is.
struct Key<'a>(Cow<'a, str>);

struct KeySeed;

impl<'de> DeserializeSeed<'de> for KeySeed {
    type Value = Key<'de>;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Key<'de>, D::Error> {
        match ValueSeed.deserialize(reader)? {
            Value::Text(text) => Ok(Key(text)),
            _ => Ok(Key(Cow::Borrowed(""))),
        }
    }
}

struct ValueSeed;

impl<'de> DeserializeSeed<'de> for ValueSeed {
    type Value = Value<'de>;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value<'de>, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ValueSeed {
    type Value = Value<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text, a whole number, true, false or null")
    }

    fn visit_unit<E>(self) -> Result<Value<'de>, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value<'de>, E> {
        Ok(Value::Flag(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value<'de>, E> {
        Ok(Value::Number(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value<'de>, E> {
        Ok(i64::try_from(number).map_or(Value::Other, Value::Number))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value<'de>, E> {
        Ok(Value::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value<'de>, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Value::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value<'de>, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Value::Other)
    }
}

/// Reads the list of diagnoses, of which it returns how many have no form of a code.
struct Diagnoses<'b>(&'b mut Vec<DiagnosisCode>);

impl<'de> DeserializeSeed<'de> for Diagnoses<'_> {
    type Value = u32;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<u32, D::Error> {
        reader.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Diagnoses<'_> {
    type Value = u32;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of diagnosis codes")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<u32, A::Error> {
        let mut odd = 0_u32;
        while let Some(value) = list.next_element_seed(ValueSeed)? {
            let code = match value {
                Value::Text(text) => DiagnosisCode::parse(&text),
                _ => None,
            };
            match code {
                Some(code) => self.0.push(code),
                None => odd = odd.saturating_add(1),
            }
        }
        Ok(odd)
    }
}
