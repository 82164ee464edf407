//! The adjustments (CAS) of one claim or service line: their sums, and what their codes ask for.

use super::stricter;
use super::total::{Total, amount};
use crate::Located;
use counterfoil_base::Finding;
use std::collections::BTreeSet;

/// Reason codes whose own text asks for at least one remark code beside them.
///
/// Source: the code list of claim adjustment reasons (X12 external code source 139) in force
/// in June 2024.
const REASONS_WITH_REMARK: [&[u8]; 15] = [
    b"129", b"148", b"16", b"201", b"226", b"227", b"234", b"237", b"250", b"251", b"252", b"267",
    b"307", b"96", b"A1",
];

/// Reason codes whose own text binds them to certain groups (same source).
const REASONS_WITH_GROUP: [(&[u8], &[&str]); 21] = [
    (b"209", &["OA"]),
    (b"229", &["PR"]),
    (b"23", &["OA"]),
    (b"238", &["PR"]),
    (b"249", &["CO"]),
    (b"257", &["OA"]),
    (b"271", &["OA"]),
    (b"275", &["PR"]),
    (b"277", &["OA"]),
    (b"278", &["CO", "PI"]),
    (b"281", &["CO"]),
    (b"303", &["CO"]),
    (b"45", &["CO", "PR"]),
    (b"85", &["PR"]),
    (b"P11", &["OA"]),
    (b"P16", &["CO", "OA"]),
    (b"P24", &["CO"]),
    (b"P25", &["CO"]),
    (b"P26", &["CO"]),
    (b"P3", &["PR"]),
    (b"W5", &["CO", "OA"]),
];

/// What the CAS segments of one claim or one line add up to.
#[derive(Default)]
pub(super) struct Adjustments<'a> {
    pub(super) total: Total,
    pub(super) patient: Total,
    /// Adjustments in the order of the file.
    entries: Vec<Entry<'a>>,
}

struct Entry<'a> {
    located: Located<'a>,
    group: &'a [u8],
    reason: &'a [u8],
    /// Element of the reason; its amount and quantity follow.
    element: usize,
}

impl<'a> Adjustments<'a> {
    /// Takes in one CAS: up to six of reason, amount and quantity after the group.
    pub(super) fn read(&mut self, located: Located<'a>) {
        let segment = located.segment;
        let group = segment.element(1);
        for element in (2..=17).step_by(3) {
            let reason = segment.element(element);
            let text = segment.element(element + 1);
            if reason.is_empty() && text.is_empty() {
                continue;
            }
            let cents = amount(text);
            self.total.add(cents);
            if group == b"PR" {
                self.patient.add(cents);
            }
            self.entries.push(Entry { located, group, reason, element });
        }
    }

    /// What can be said of each adjustment by itself and beside the others of its level.
    pub(super) fn check(&self, has_remark: bool, is_strict: bool, findings: &mut Vec<Finding>) {
        for entry in &self.entries {
            entry.check_amount(findings);
            entry.check_group(is_strict, findings);
            if !has_remark {
                entry.check_remark(is_strict, findings);
            }
        }
        if self.entries.len() > 1 {
            self.check_repeated(findings);
        }
    }

    fn check_repeated(&self, findings: &mut Vec<Finding>) {
        let mut seen = BTreeSet::new();
        for entry in &self.entries {
            if entry.reason.is_empty() || seen.insert((entry.group, entry.reason)) {
                continue;
            }
            findings.push(
                Finding::warning(
                    "835-4-adjustment-repeated",
                    4,
                    "The same group and reason stand twice at one level",
                )
                .at(entry.located.position(entry.element, 0))
                .because("A posting system may take the second for a copy of the first")
                .fix("Add the amounts up into one adjustment"),
            );
        }
    }
}

impl Entry<'_> {
    fn check_amount(&self, findings: &mut Vec<Finding>) {
        let segment = self.located.segment;
        let is_zero =
            amount(segment.element(self.element + 1)).is_some_and(|cents| cents.is_zero());
        if is_zero && segment.element(self.element + 2).is_empty() {
            findings.push(
                Finding::warning(
                    "835-4-adjustment-zero",
                    4,
                    "An adjustment of zero without a quantity changes nothing",
                )
                .at(self.located.position(self.element + 1, 0))
                .because("CAS explains a difference between charge and payment")
                .fix("Leave the adjustment out, or send the quantity that was adjusted"),
            );
        }
    }

    fn check_group(&self, is_strict: bool, findings: &mut Vec<Finding>) {
        let bound = REASONS_WITH_GROUP.iter().find(|(reason, _)| *reason == self.reason);
        let Some((_, groups)) = bound else { return };
        let is_known = [&b"CO"[..], b"OA", b"PI", b"PR"].contains(&self.group);
        if !is_known || groups.iter().any(|group| group.as_bytes() == self.group) {
            return;
        }
        let message = format!(
            "Adjustment reason {} is for group {} only",
            String::from_utf8_lossy(self.reason),
            groups.join(" or ")
        );
        findings.push(
            stricter(is_strict, "835-5-reason-with-wrong-group", 5, message)
                .at(self.located.position(1, 0))
                .because("The reason code's own text says with which group it may stand")
                .fix("Send the group that the reason allows, or the reason that was meant"),
        );
    }

    fn check_remark(&self, is_strict: bool, findings: &mut Vec<Finding>) {
        if !REASONS_WITH_REMARK.contains(&self.reason) {
            return;
        }
        let message = format!(
            "Adjustment reason {} needs a remark code that says more",
            String::from_utf8_lossy(self.reason)
        );
        findings.push(
            stricter(is_strict, "835-5-remark-code-missing", 5, message)
                .at(self.located.position(self.element, 0))
                .because("The reason code's own text asks for at least one remark code")
                .fix("Send LQ HE with the line, or a remark code in MIA or MOA of the claim"),
        );
    }
}
