//! The claims under one LX: their number and charges against the provider summary (TS3).

use super::stricter;
use super::total::{Dollars, Total, amount};
use crate::Located;
use counterfoil_base::{Cents, Finding, Position};

/// The present loop 2000 while its claims pass by.
#[derive(Debug, Default)]
pub(super) struct ClaimGroup {
    /// Occurrence of loop 2000; none before the first claim.
    instance: Option<u32>,
    summary: Option<Summary>,
    claims: i128,
    charges: Total,
}

/// What TS3 says: claims in hundredths, as amounts are read, and charges.
#[derive(Debug)]
struct Summary {
    count: Option<Cents>,
    count_position: Position,
    charges: Option<Cents>,
    charges_position: Position,
}

impl ClaimGroup {
    /// Takes in a segment that stands before a claim; another LX closes the group.
    pub(super) fn take(
        &mut self,
        located: Located<'_>,
        is_strict: bool,
        findings: &mut Vec<Finding>,
    ) {
        let is_new = self.instance != Some(located.loop_instance);
        match located.segment.id() {
            "LX" if is_new => {
                self.close(is_strict, findings);
                self.instance = Some(located.loop_instance);
            }
            "TS3" if self.summary.is_none() => {
                self.summary = Some(Summary {
                    count: amount(located.segment.element(4)),
                    count_position: located.position(4, 0),
                    charges: amount(located.segment.element(5)),
                    charges_position: located.position(5, 0),
                });
            }
            _ => {}
        }
    }

    pub(super) fn add_claim(&mut self, charge: Option<Cents>) {
        self.claims += 1;
        self.charges.add(charge);
    }

    /// Compares and forgets the group.
    pub(super) fn close(&mut self, is_strict: bool, findings: &mut Vec<Finding>) {
        let group = std::mem::take(self);
        let Some(summary) = group.summary else { return };
        let because = "TS3 sums up the claims under its LX";
        let claims = group.claims;
        if summary.count.is_some_and(|count| i128::from(count.0) != claims * 100) {
            let message = format!("The provider summary's number of claims is not {claims}");
            findings.push(
                stricter(is_strict, "835-3-summary-count", 3, message)
                    .at(summary.count_position)
                    .because(because)
                    .fix("Send the number of claims under this LX in TS304"),
            );
        }
        let (Some(stated), Some(charges)) = (summary.charges, group.charges.cents()) else {
            return;
        };
        if i128::from(stated.0) != charges {
            let message = format!(
                "The provider summary's charges are {stated} but the claims' make {}",
                Dollars(charges)
            );
            findings.push(
                stricter(is_strict, "835-3-summary-charge", 3, message)
                    .at(summary.charges_position)
                    .because(because)
                    .fix("Send the sum of CLP03 under this LX in TS305"),
            );
        }
    }
}
