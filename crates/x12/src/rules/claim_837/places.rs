//! SNIP types 4 and 5: addresses of the United States have a state and a ZIP code that agree.

use super::{ClaimKind, element_error, finding, status};
use crate::raw::Located;
use counterfoil_base::{Finding, Severity};
use std::sync::OnceLock;

/// First three digits of ZIP codes by state, as the Postal Service assigns them.
const PREFIXES: &str = include_str!("../../../guides/zip-prefixes.txt");

/// First and last prefix and the state to which they belong.
type Range = (u16, u16, [u8; 2]);

fn ranges() -> &'static [Range] {
    static RANGES: OnceLock<Vec<Range>> = OnceLock::new();
    RANGES.get_or_init(|| {
        let lines = PREFIXES.lines().filter(|line| !line.starts_with('#'));
        lines.flat_map(parse_line).collect()
    })
}

/// `NY 005 063 100-149`: a state and its prefixes.
fn parse_line(line: &str) -> Vec<Range> {
    let mut words = line.split_whitespace();
    let Some(&[a, b]) = words.next().map(str::as_bytes) else { return Vec::new() };
    words
        .filter_map(|word| {
            let (first, last) = word.split_once('-').unwrap_or((word, word));
            Some((first.parse().ok()?, last.parse().ok()?, [a, b]))
        })
        .collect()
}

/// Checks a name or an address: NM1, N3 or N4.
pub(super) fn check(kind: ClaimKind, is_strict: bool, at: &Located<'_>, out: &mut Vec<Finding>) {
    match at.segment.id() {
        "N4" => city(kind, is_strict, at, out),
        "N3" if at.loop_id == "2010AA" => street(at, out),
        "NM1" if may_be_either(kind, at.loop_id) => name(at, out),
        _ => {}
    }
}

/// The party of the loop may be a person or an organization; elsewhere the guide leaves the parts
/// of a person's name out.
fn may_be_either(kind: ClaimKind, loop_id: &str) -> bool {
    match loop_id {
        "1000A" | "2010BA" | "2330A" => true,
        "2010AA" | "2310B" | "2420A" => kind == ClaimKind::Professional,
        _ => false,
    }
}

/// An organization has one name; the parts of a person's name are not sent with it.
fn name(at: &Located<'_>, out: &mut Vec<Finding>) {
    let part = [4, 5, 7].into_iter().find(|element| !at.segment.element(*element).is_empty());
    if let (b"2", Some(element)) = (at.segment.element(2), part) {
        let message = "An organization has a part of a person's name";
        out.push(
            finding("837-4-organization-name-part", 4, at, (element, 0), message)
                .because("NM104, NM105 and NM107 are sent when NM102 is 1, a person")
                .fix("Send the organization's whole name in NM103, or 1 in NM102")
                .answered_by(element_error("I10")),
        );
    }
}

/// Billing providers are named by where they work; a box is a pay-to address (loop 2010AB).
fn street(at: &Located<'_>, out: &mut Vec<Finding>) {
    let letters = |element: usize| -> Vec<u8> {
        let value = at.segment.element(element).iter();
        value.filter(|b| b.is_ascii_alphanumeric()).map(u8::to_ascii_uppercase).take(13).collect()
    };
    let is_box = |element: &usize| {
        let text = letters(*element);
        let number = text.strip_prefix(b"POBOX").or(text.strip_prefix(b"POSTOFFICEBOX"));
        number.is_some_and(|rest| rest.first().is_none_or(u8::is_ascii_digit))
    };
    if let Some(element) = [1, 2].into_iter().find(is_box) {
        let message = "The billing provider's address is a post office box";
        out.push(
            finding("837-4-billing-address-box", 4, at, (element, 0), message)
                .because("Loop 2010AA holds a street address")
                .fix("Send the street address here and the box as pay-to address, loop 2010AB")
                .answered_by(element_error("I12")),
        );
    }
}

fn city(kind: ClaimKind, is_strict: bool, at: &Located<'_>, out: &mut Vec<Finding>) {
    let segment = at.segment;
    let (state, zip) = (segment.element(2), segment.element(3));
    if !matches!(segment.element(4), b"" | b"US") {
        return;
    }
    let mut speak = |code, snip, element, message: &str, fix: &str, answer| {
        out.push(
            finding(code, snip, at, (element, 0), message)
                .because("The address lies in the United States, for no other country is named")
                .fix(fix)
                .answered_by(answer),
        );
    };
    if state.is_empty() {
        let fix = "Send the state in N402, or the country in N404";
        speak("837-4-state-missing", 4, 2, "The address has no state", fix, element_error("I13"));
    } else if !ranges().iter().any(|range| range.2 == state) {
        let message = "The state is none of the United States";
        speak("837-5-state", 5, 2, message, "Correct N402, or name the country", status("501"));
        return;
    }
    if zip.is_empty() {
        let fix = "Send the ZIP code in N403, or the country in N404";
        speak("837-4-zip-missing", 4, 3, "The address has no ZIP code", fix, element_error("I13"));
    } else if !matches!(zip.len(), 5 | 9) || !zip.iter().all(u8::is_ascii_digit) {
        let message = "The ZIP code has neither five nor nine digits";
        speak("837-5-zip-form", 5, 3, message, "Correct N403, without hyphen", status("500"));
        // A zero lost at the front leaves four or eight digits, which a receiver can mend.
        let is_shortened = matches!(zip.len(), 4 | 8) && zip.iter().all(u8::is_ascii_digit);
        if let (false, true, Some(last)) = (is_strict, is_shortened, out.last_mut()) {
            last.severity = Severity::Warning;
        }
    } else if !state.is_empty() {
        agree(kind, at, state, zip, out);
    }
}

/// The ZIP code belongs to the state; a few cross a border, hence a warning.
fn agree(kind: ClaimKind, at: &Located<'_>, state: &[u8], zip: &[u8], out: &mut Vec<Finding>) {
    let digits = zip.iter().take(3).fold(0u16, |n, d| n * 10 + u16::from(d.saturating_sub(b'0')));
    let fits = |range: &Range| range.2 == state && (range.0..=range.1).contains(&digits);
    if !ranges().iter().any(fits) {
        out.push(
            Finding::warning(
                "837-5-zip-state",
                5,
                "The ZIP code belongs to another state than the one named",
            )
            .at(at.position(3, 0))
            .because("The first three digits of a ZIP code are assigned by state")
            .fix("Correct N402 or N403")
            .answered_by(status("500")),
        );
    }
    let facility = match kind {
        ClaimKind::Professional => matches!(at.loop_id, "2310C" | "2420C"),
        ClaimKind::Institutional => at.loop_id == "2310E",
    };
    if (facility || at.loop_id == "2010AA") && zip.len() != 9 {
        out.push(
            Finding::warning("837-5-zip-nine-digits", 5, "The ZIP code lacks its last four digits")
                .at(at.position(3, 0))
                .because("Billing providers and service facilities are located by nine digits")
                .fix("Send ZIP+4 in N403")
                .answered_by(status("500")),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Regions whose mail shares a prefix with another one.
    const SHARED: [[u8; 2]; 10] =
        [*b"AS", *b"HI", *b"FM", *b"GU", *b"MH", *b"MP", *b"PW", *b"CT", *b"NY", *b"ID"];

    #[test]
    fn every_line_of_the_prefixes_is_read() {
        let lines = PREFIXES.lines().filter(|line| !line.starts_with('#'));
        for line in lines {
            assert_eq!(parse_line(line).len(), line.split_whitespace().count() - 1, "{line}");
        }
        let states: std::collections::BTreeSet<_> = ranges().iter().map(|r| r.2).collect();
        // 50 states, the District, 8 territories and freely associated states, 3 military.
        assert_eq!(states.len(), 62);
    }

    #[test]
    fn a_prefix_belongs_to_one_state() {
        let mut all: Vec<_> =
            ranges().iter().filter(|range| !SHARED.contains(&range.2)).copied().collect();
        all.sort_unstable();
        for pair in all.windows(2) {
            if let [a, b] = pair {
                assert!(a.0 <= a.1 && a.1 < b.0 || a.2 == *b"WY", "{a:?} {b:?}");
            }
        }
    }
}
