//! Benefits: copay, deductible, coinsurance and the out-of-pocket maximum, person and family.

use crate::accumulators::{AccumulatorAmounts, AccumulatorChange, AccumulatorKey, Accumulators};
use crate::decision::{PatientShare, Reversal};
use crate::members::Member;
use crate::rates::{Benefit, CopayBasis, Limits, Plan};
use crate::trace::{Detail, RuleSource, Step};
use counterfoil_base::{Cents, Date, Rounding, Text};
use std::sync::Arc;

/// The accumulators of the patient while the lines of a claim are judged in their order.
pub(crate) struct BenefitYear<'a> {
    plan: &'a Plan,
    limits: Limits,
    keys: [AccumulatorKey; 2],
    used: [AccumulatorAmounts; 2],
    added: AccumulatorAmounts,
    copays: Vec<(&'a Text, Date)>,
}

/// Whose benefits are counted.
#[derive(Clone, Copy)]
pub(crate) struct BenefitFacts<'a> {
    pub plan: &'a Plan,
    pub limits: Limits,
    pub member: &'a Member,
    pub in_network: bool,
    pub day: Date,
}

impl<'a> BenefitYear<'a> {
    /// Takes up the amounts used so far, less those that a reversal gives back.
    pub fn open(
        facts: &BenefitFacts<'a>,
        accumulators: &Accumulators,
        reversal: Option<&Reversal>,
    ) -> BenefitYear<'a> {
        let year_from = facts.plan.benefit_year(facts.day);
        let key = |is_family: bool| AccumulatorKey {
            holder: if is_family {
                facts.member.subscriber_id.clone()
            } else {
                facts.member.member_id.clone()
            },
            is_family,
            plan_id: facts.plan.id.clone(),
            year_from,
            in_network: facts.in_network,
        };
        let keys = [key(false), key(true)];
        let mut used = [accumulators.get(&keys[0]), accumulators.get(&keys[1])];
        for change in reversal.map_or(&[][..], |reversal| &reversal.accumulator_changes) {
            for (key, amounts) in keys.iter().zip(&mut used) {
                if *key == change.key {
                    amounts.deductible_cents += change.amounts.deductible_cents;
                    amounts.out_of_pocket_cents += change.amounts.out_of_pocket_cents;
                }
            }
        }
        let added = AccumulatorAmounts::default();
        let (plan, limits) = (facts.plan, facts.limits);
        BenefitYear { plan, limits, keys, used, added, copays: Vec::new() }
    }

    /// The smaller of what a person and the family still have to pay.
    fn rest(
        &self,
        individual: Option<Cents>,
        family: Option<Cents>,
        used: impl Fn(&AccumulatorAmounts) -> Cents,
    ) -> Option<Cents> {
        let left = |limit: Cents, at: usize| (limit - used(&self.used[at])).max(Cents::ZERO);
        let person = individual.map(|limit| left(limit, 0));
        let family = family.map(|limit| left(limit, 1));
        match (person, family) {
            (Some(person), Some(family)) => Some(person.min(family)),
            (one, other) => one.or(other),
        }
    }

    fn copay_due(&mut self, benefit: &'a Benefit, day: Date) -> bool {
        let same = |one: &(&Text, Date)| {
            *one.0 == benefit.id && (benefit.copay_basis == CopayBasis::Claim || one.1 == day)
        };
        if benefit.copay_basis != CopayBasis::Line && self.copays.iter().any(same) {
            return false;
        }
        self.copays.push((&benefit.id, day));
        true
    }

    /// The patient's share of an allowed amount; nothing is counted until [`Self::count`].
    pub fn share(
        &mut self,
        benefit: &'a Benefit,
        allowed: Cents,
        line: (u32, Date),
        steps: &mut Vec<Step>,
    ) -> PatientShare {
        let mut share = PatientShare::default();
        let rule = RuleSource::Loaded(Arc::clone(&benefit.rule));
        let mut step = |rule: &RuleSource, amount_cents: Cents, detail: Detail| {
            steps.push(Step { line: Some(line.0), rule: rule.clone(), amount_cents, detail });
        };
        if !benefit.copay_cents.is_zero() && !allowed.is_zero() && self.copay_due(benefit, line.1) {
            let copay_cents = benefit.copay_cents;
            share.copay_cents = copay_cents.min(allowed);
            let detail = Detail::Copay { copay_cents, allowed_cents: allowed };
            step(&rule, share.copay_cents, detail);
        }
        let base_cents = allowed - share.copay_cents;
        if benefit.deductible_applies {
            let individual = Some(self.limits.deductible_individual);
            let family = self.limits.deductible_family;
            let rest = self.rest(individual, family, |used| used.deductible_cents);
            let rest_cents = rest.unwrap_or_default();
            share.deductible_cents = base_cents.min(rest_cents);
            if !share.deductible_cents.is_zero() {
                let plan = RuleSource::Loaded(Arc::clone(&self.plan.rule));
                let detail = Detail::Deductible { base_cents, rest_cents };
                step(&plan, share.deductible_cents, detail);
            }
        }
        let base_cents = base_cents - share.deductible_cents;
        if !benefit.coinsurance.is_zero() && !base_cents.is_zero() {
            share.coinsurance_cents = base_cents.times(benefit.coinsurance, Rounding::HalfUp);
            let detail = Detail::Coinsurance { base_cents, rate: benefit.coinsurance };
            step(&rule, share.coinsurance_cents, detail);
        }
        self.cap(&mut share, line.0, steps);
        share
    }

    /// Cuts the share to the out-of-pocket rest: coinsurance first, then deductible, then copay.
    fn cap(&self, share: &mut PatientShare, line: u32, steps: &mut Vec<Step>) {
        let individual = self.limits.out_of_pocket_individual;
        let family = self.limits.out_of_pocket_family;
        let Some(rest_cents) = self.rest(individual, family, |used| used.out_of_pocket_cents)
        else {
            return;
        };
        let share_cents = share.cost_share();
        if share_cents <= rest_cents {
            return;
        }
        let mut excess = share_cents - rest_cents;
        for part in
            [&mut share.coinsurance_cents, &mut share.deductible_cents, &mut share.copay_cents]
        {
            let cut = excess.min(*part);
            *part -= cut;
            excess -= cut;
        }
        steps.push(Step {
            line: Some(line),
            rule: RuleSource::Loaded(Arc::clone(&self.plan.rule)),
            amount_cents: rest_cents,
            detail: Detail::OutOfPocket { share_cents, rest_cents },
        });
    }

    /// Counts what the patient really owes toward the limits.
    pub fn count(&mut self, share: &PatientShare) {
        let cost = share.cost_share();
        for amounts in self.used.iter_mut().chain([&mut self.added]) {
            amounts.deductible_cents += share.deductible_cents;
            amounts.out_of_pocket_cents += cost;
        }
    }

    /// What the claim adds to the accumulators of person and family.
    pub fn changes(self) -> Vec<AccumulatorChange> {
        if self.added == AccumulatorAmounts::default() {
            return Vec::new();
        }
        let amounts = self.added;
        self.keys.into_iter().map(|key| AccumulatorChange { key, amounts }).collect()
    }
}
