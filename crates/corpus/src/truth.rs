//! What is true of each generated claim: a short calculator that shares no code with the
//! adjudication engine, and the truth file.

use crate::draft::{Draft, DraftLine, Role};
use crate::planted::{CaughtBy, Planted, State};
use crate::rates::{PLANS, Plan, WITHHOLD_PERCENT};
use crate::world::World;
use counterfoil_base::Cents;
use std::collections::BTreeMap;
use std::io::Write;

/// What is true of one claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Truth {
    /// Number of the claim in the month, from 0, in the order of processing.
    pub index: u32,
    /// CLM01.
    pub control_number: String,
    /// NPI of the billing provider.
    pub provider_npi: String,
    /// The patient's number in the members file, even when the claim names another.
    pub member_id: String,
    /// `P` professional or `I` institutional.
    pub kind: char,
    /// Day on which the claim is sent, CCYYMMDD.
    pub sent_on: String,
    /// Where the claim ends when it is sent as it is.
    pub state: State,
    /// The planted error.
    pub planted: Option<Planted>,
    /// Segment of the planted error in its file, ISA being 1; of CLM when none is planted.
    pub segment: u64,
    /// The same in the transaction set, ST being 1.
    pub segment_in_transaction: u64,
    /// Identifier of that segment.
    pub segment_id: &'static str,
    /// The control number of the earlier claim that this one replaces or voids.
    pub replaces: String,
    /// What was first decided; stays when the claim is later reversed or voided.
    pub money: Money,
}

/// The amounts of a claim as its remittance says them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Money {
    /// Sum of the lines' charges (CLP03); with a planted imbalance, CLM02 is a cent more.
    pub charge: Cents,
    /// What the contract allows, no more than the charge.
    pub allowed: Cents,
    /// What the plan pays (CLP04), the withhold taken off.
    pub paid: Cents,
    /// CO-104: what is held back of the payment, rounded half up on each line.
    pub withhold: Cents,
    /// PR-1.
    pub deductible: Cents,
    /// PR-2.
    pub coinsurance: Cents,
    /// PR-3.
    pub copay: Cents,
    /// CO-45, charge above the allowed amount; nothing for claims with another primary payer.
    pub contractual: Cents,
    /// OA-23: charge less own payment less patient's share, when another payer was first.
    pub other_payer: Cents,
    /// The whole charge of a denied claim.
    pub denied: Cents,
}

impl Money {
    /// The patient's share.
    #[must_use]
    pub fn patient(&self) -> Cents {
        self.deductible + self.coinsurance + self.copay
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Used {
    deductible: Cents,
    out_of_pocket: Cents,
}

/// Deductibles and out-of-pocket amounts of every family, in the order of processing.
#[derive(Debug)]
pub(crate) struct Oracle {
    members: Vec<[Used; 4]>,
    /// What claims that will be replaced or voided have used, by index.
    used_by_claim: BTreeMap<u32, Used>,
}

impl Oracle {
    pub(crate) fn new(world: &World) -> Oracle {
        let members = vec![[Used::default(); 4]; world.families as usize];
        Oracle { members, used_by_claim: BTreeMap::new() }
    }

    /// Decides one claim and moves the accumulators.
    pub(crate) fn decide(&mut self, world: &World, draft: &Draft) -> (State, Money) {
        let charge: Cents = draft.lines.iter().map(|line| line.charge).sum();
        let nothing = Money { charge, ..Money::default() };
        if let Some(planted) = draft.planted() {
            let denied = if planted.state() == State::Denied { charge } else { Cents::ZERO };
            return (planted.state(), Money { denied, ..nothing });
        }
        if let Role::Replacement(of) | Role::Void(of) = draft.role {
            self.give_back(of, draft);
            if matches!(draft.role, Role::Void(_)) {
                return (State::Voided, nothing);
            }
        }
        let before = self.members[draft.family.number as usize][usize::from(draft.member.position)];
        let mut money = nothing;
        for line in &draft.lines {
            let before = money.paid;
            self.pay_line(&PLANS[draft.family.plan], draft, line, &mut money);
            if !world.providers[draft.provider].hospital {
                let held = percent_of(money.paid - before, WITHHOLD_PERCENT);
                money.withhold += held;
                money.paid -= held;
            }
        }
        let after = self.members[draft.family.number as usize][usize::from(draft.member.position)];
        let state = match world.superseded_by(draft.index) {
            Some(role) => {
                let used = Used {
                    deductible: after.deductible - before.deductible,
                    out_of_pocket: after.out_of_pocket - before.out_of_pocket,
                };
                self.used_by_claim.insert(draft.index, used);
                if matches!(role, Role::Void(_)) { State::Voided } else { State::Reversed }
            }
            None => State::Paid,
        };
        (state, money)
    }

    fn give_back(&mut self, of: u32, draft: &Draft) {
        let used = self.used_by_claim.remove(&of).unwrap_or_default();
        let member =
            &mut self.members[draft.family.number as usize][usize::from(draft.member.position)];
        member.deductible -= used.deductible;
        member.out_of_pocket -= used.out_of_pocket;
    }

    fn pay_line(&mut self, plan: &Plan, draft: &Draft, line: &DraftLine, money: &mut Money) {
        let allowed = line.price.min(line.charge);
        money.allowed += allowed;
        if let Some((_, left_to_patient)) = line.other_payer {
            // The service is paid in full by this plan, so the payment is what the other payer
            // left to the patient, and the accumulators stay.
            let paid = left_to_patient.min(allowed);
            money.paid += paid;
            money.coinsurance += left_to_patient - paid;
            money.other_payer += line.charge - left_to_patient;
            return;
        }
        let family = &mut self.members[draft.family.number as usize];
        let family_used = family.iter().fold(Used::default(), |sum, used| Used {
            deductible: sum.deductible + used.deductible,
            out_of_pocket: sum.out_of_pocket + used.out_of_pocket,
        });
        let used = &mut family[usize::from(draft.member.position)];
        let rest = |limits: (Cents, Cents), own: Cents, all: Cents| {
            (limits.0 - own).min(limits.1 - all).max(Cents::ZERO)
        };
        let benefit = plan.benefit(line.category);
        let copay = benefit.copay.min(allowed);
        let deductible_rest = rest(plan.deductible, used.deductible, family_used.deductible);
        let deductible =
            if benefit.deductible { (allowed - copay).min(deductible_rest) } else { Cents::ZERO };
        let coinsurance = percent_of(allowed - copay - deductible, benefit.coinsurance_percent);
        let mut limit = rest(plan.out_of_pocket, used.out_of_pocket, family_used.out_of_pocket);
        let mut within = |amount: Cents| {
            let part = amount.min(limit);
            limit -= part;
            part
        };
        // Above the limit, coinsurance is cut first, then the deductible, then the copay.
        let (copay, deductible) = (within(copay), within(deductible));
        let coinsurance = within(coinsurance);
        used.deductible += deductible;
        used.out_of_pocket += copay + deductible + coinsurance;
        money.copay += copay;
        money.deductible += deductible;
        money.coinsurance += coinsurance;
        money.paid += allowed - copay - deductible - coinsurance;
        money.contractual += line.charge - allowed;
    }
}

/// A share in hundredths, half up to the cent; amounts here are never negative.
fn percent_of(amount: Cents, percent: i64) -> Cents {
    Cents((amount.0 * percent + 50) / 100)
}

/// First line of a truth file.
pub const TRUTH_HEADER: &str = "index,control_number,provider_npi,member_id,kind,sent_on,state,\
planted,caught_by,carc,segment,segment_in_transaction,segment_id,replaces,charge,allowed,paid,\
withhold,deductible,coinsurance,copay,contractual,other_payer,denied\n";

impl Truth {
    /// Who should find the planted error.
    #[must_use]
    pub fn caught_by(&self) -> Option<CaughtBy> {
        self.planted.map(Planted::caught_by)
    }

    /// Appends the claim as a line of a truth file.
    pub fn write_csv(&self, out: &mut Vec<u8>) {
        let money = &self.money;
        let written = writeln!(
            out,
            "{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}",
            self.index,
            self.control_number,
            self.provider_npi,
            self.member_id,
            self.kind,
            self.sent_on,
            self.state.word(),
            self.planted.map_or("", Planted::word),
            self.caught_by().map_or("", CaughtBy::word),
            self.planted.map_or("", Planted::carc),
            self.segment,
            self.segment_in_transaction,
            self.segment_id,
            self.replaces,
            money.charge,
            money.allowed,
            money.paid,
            money.withhold,
            money.deductible,
            money.coinsurance,
            money.copay,
            money.contractual,
            money.other_payer,
            money.denied,
        );
        written.expect("writing to memory does not fail");
    }
}
