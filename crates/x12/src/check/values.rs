//! Checks of one simple value: characters, data type and length.

use super::forms::{is_date, is_time};
use super::{Profile, Sink, Spot, Told};
use crate::guide::{DataType, ElementType};
use crate::raw::Separators;
use counterfoil_base::Severity;

/// What kinds of bytes a segment holds, found in one pass, so that checks which cannot fail are
/// left out.
pub(crate) struct ByteClasses {
    table: [u8; 256],
}

/// A control character.
pub(super) const CONTROL: u8 = 1;
/// A byte above ASCII.
pub(super) const HIGH: u8 = 2;
/// The repetition separator.
pub(super) const REPETITION: u8 = 4;
/// The component separator.
pub(super) const COMPONENT: u8 = 8;
/// A blank.
pub(super) const BLANK: u8 = 16;

impl ByteClasses {
    pub(crate) fn new(separators: Separators) -> ByteClasses {
        let mut table = [0u8; 256];
        for (class, byte) in table.iter_mut().zip(0u8..=255) {
            *class = match byte {
                0..=31 | 127 => CONTROL,
                b' ' => BLANK,
                128..=255 => HIGH,
                _ => 0,
            };
        }
        if let Some(byte) = separators.repetition {
            table[usize::from(byte)] = REPETITION;
        }
        table[usize::from(separators.component)] = COMPONENT;
        table[usize::from(separators.element)] = 0;
        ByteClasses { table }
    }

    pub(super) fn scan(&self, bytes: &[u8]) -> u8 {
        bytes.iter().fold(0, |flags, byte| flags | self.table[usize::from(*byte)])
    }
}

/// Checks a value that is not empty; `flags` are the classes that its segment holds. False
/// when the value is so wrong that codes and forms need not be looked at.
pub(super) fn check(
    spot: &Spot<'_, '_>,
    value: &[u8],
    element: &ElementType,
    (flags, profile): (u8, Profile),
    sink: &mut Sink,
) -> bool {
    if flags & (CONTROL | HIGH | BLANK) != 0 && !characters(spot, value, profile, sink) {
        return false;
    }
    let length = match element.data_type {
        DataType::N(_) | DataType::R => match number_length(value, element.data_type) {
            Some(length) => {
                if element.data_type == DataType::R && is_led_by_zero(value) {
                    led_by_zero(spot, value, profile, sink);
                }
                length
            }
            None => {
                not_a_number(spot, value, element.data_type, sink);
                return false;
            }
        },
        DataType::An | DataType::Id if flags & HIGH != 0 => {
            std::str::from_utf8(value).map_or(value.len(), |text| text.chars().count())
        }
        _ => value.len(),
    };
    match element.data_type {
        DataType::Dt if !(value.iter().all(u8::is_ascii_digit) && is_date(value)) => {
            not_a_date(spot, value, "date", "8", sink);
            return false;
        }
        DataType::Tm if !is_time(value) => {
            not_a_date(spot, value, "time", "9", sink);
            return false;
        }
        DataType::B => return true,
        _ => {}
    }
    let bounds = (element.length_min, element.length_max);
    check_length(spot, value, (length, bounds), 1, sink)
}

/// Reports control characters, blanks alone and bytes that no one agreed on; false when the
/// value need not be looked at further.
fn characters(spot: &Spot<'_, '_>, value: &[u8], profile: Profile, sink: &mut Sink) -> bool {
    let is_blank = |byte: Option<&u8>| byte == Some(&b' ');
    let is_padded = is_blank(value.first()) || is_blank(value.last());
    if !is_padded && value.iter().all(|byte| (32..127).contains(byte)) {
        return true;
    }
    let name = spot.name();
    let mut tell = |code, severity, message: String, fix: &str| {
        spot.error(
            sink,
            b"",
            Told {
                code,
                snip: 1,
                severity,
                message,
                cause: "X12.6 section 3.3 lists the characters of a string",
                fix: fix.to_owned(),
                answer: "6",
            },
        );
    };
    if value.iter().any(|byte| *byte < 32 || *byte == 127) {
        let message = format!("{name} holds a control character");
        tell("X12-1-control-character", Severity::Error, message, "Remove the character");
        return false;
    }
    if value.iter().all(|byte| *byte == b' ') {
        let message = format!("{name} holds blanks alone");
        tell("X12-1-blank-element", Severity::Error, message, "Leave the element empty");
        return false;
    }
    if value.iter().any(|byte| *byte >= 128) {
        let message = format!("{name} holds characters outside ASCII");
        let fix = "Write names without accents unless the partner agreed to them";
        tell("X12-1-character-set", profile.harmless(), message, fix);
    }
    if is_padded {
        let severity = match profile {
            Profile::Lenient => Severity::Note,
            Profile::Strict => Severity::Error,
        };
        let message = format!("{name} begins or ends with blanks");
        tell("X12-1-padded-element", severity, message, "Send the value without padding");
    }
    true
}

/// Digits of a number without sign and point; nothing when it is not a number of that type.
fn number_length(value: &[u8], data_type: DataType) -> Option<usize> {
    let digits = value.strip_prefix(b"-").unwrap_or(value);
    let mut count = 0;
    let mut points = 0;
    for byte in digits {
        match byte {
            b'0'..=b'9' => count += 1,
            b'.' if data_type == DataType::R && points == 0 => points = 1,
            _ => return None,
        }
    }
    (count > 0).then_some(count)
}

/// True for `0220.35` and `-05`, false for `0` and `0.5`.
fn is_led_by_zero(value: &[u8]) -> bool {
    matches!(value.strip_prefix(b"-").unwrap_or(value), [b'0', b'0'..=b'9', ..])
}

fn led_by_zero(spot: &Spot<'_, '_>, value: &[u8], profile: Profile, sink: &mut Sink) {
    let told = Told {
        code: "X12-1-leading-zero",
        snip: 1,
        severity: profile.harmless(),
        message: format!("{} begins with a zero that says nothing", spot.name()),
        cause: "Leading zeros of decimal numbers are suppressed (X12.6)",
        fix: "Send the number without leading zeros".to_owned(),
        answer: "6",
    };
    spot.error(sink, value, told);
}

fn not_a_number(spot: &Spot<'_, '_>, value: &[u8], data_type: DataType, sink: &mut Sink) {
    let what = if data_type == DataType::R { "decimal number" } else { "whole number" };
    let told = Told {
        code: "X12-1-not-a-number",
        snip: 1,
        severity: Severity::Error,
        message: format!("{} is not a {what}", spot.name()),
        cause: "The base standard gives the element a numeric type (X12.6)",
        fix: "Send digits, a minus sign if need be and for decimals a point".to_owned(),
        answer: "6",
    };
    spot.error(sink, value, told);
}

pub(super) fn not_a_date(
    spot: &Spot<'_, '_>,
    value: &[u8],
    what: &str,
    answer: &'static str,
    sink: &mut Sink,
) {
    let told = Told {
        code: if answer == "8" { "X12-1-invalid-date" } else { "X12-1-invalid-time" },
        snip: 1,
        severity: Severity::Error,
        message: format!("{} is not a valid {what}", spot.name()),
        cause: "Dates and times must exist in the calendar and on the clock (X12.6)",
        fix: format!("Send a real {what} in the form that the guide asks for"),
        answer,
    };
    spot.error(sink, value, told);
}

/// Reports a value that is shorter or longer than allowed by the standard (SNIP 1) or the guide.
pub(super) fn check_length(
    spot: &Spot<'_, '_>,
    value: &[u8],
    (length, (min, max)): (usize, (u16, u16)),
    snip: u8,
    sink: &mut Sink,
) -> bool {
    let (code, answer, bound) = if length > usize::from(max) {
        ("too-long", "5", format!("is longer than {max} characters"))
    } else if length < usize::from(min) {
        ("too-short", "4", format!("is shorter than {min} characters"))
    } else {
        return true;
    };
    let told = Told {
        code: match (code, snip) {
            ("too-long", 1) => "X12-1-element-too-long",
            ("too-long", _) => "X12-2-element-too-long",
            (_, 1) => "X12-1-element-too-short",
            _ => "X12-2-element-too-short",
        },
        snip,
        severity: Severity::Error,
        message: format!("{} {bound}", spot.name()),
        cause: "The standard and the guide bound the length of each element",
        fix: format!("Send between {min} and {max} characters"),
        answer,
    };
    spot.error(sink, value, told);
    false
}
