//! A claim as the generator thinks of it, before it is written.

use crate::planted::{INSTITUTIONAL, Landmark, PROFESSIONAL, Planted};
use crate::random::Random;
use crate::rates::{BASE_RATE, OUTPATIENT_PERCENT, TIMELY_FILING_DAYS};
use crate::services::{
    Category, DIAGNOSES, OPENING, OUTPATIENT, STAYS, Service, Stay, authorized_drug, not_covered,
};
use crate::world::{Coverage, Family, Member, TOPIC_CLAIM, TOPIC_ROLE, World};
use counterfoil_base::{Cents, Text, split_largest_remainder};

/// What a claim of the month is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Clean,
    Planted(Planted),
    /// Replaces the claim of that index (frequency 7).
    Replacement(u32),
    /// Voids the claim of that index (frequency 8).
    Void(u32),
}

#[derive(Clone, Debug)]
pub(crate) struct DraftLine {
    pub category: Category,
    pub revenue: &'static str,
    pub code: Text,
    pub modifier: &'static str,
    pub charge: Cents,
    /// What the contract allows before it is cut to the charge.
    pub price: Cents,
    pub units: u32,
    pub basis: &'static [u8],
    pub ndc: Option<u64>,
    pub pointer: &'static [u8],
    /// What the other payer paid and left to the patient.
    pub other_payer: Option<(Cents, Cents)>,
}

#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub index: u32,
    pub role: Role,
    pub provider: usize,
    pub family: Family,
    pub member: Member,
    pub member_id: Text,
    pub control_number: Text,
    pub frequency: &'static [u8],
    pub original_number: Text,
    pub authorization: Text,
    /// Place of service, or the first two digits of the type of bill.
    pub facility: &'static str,
    pub charge: Cents,
    pub diagnoses: Vec<&'static str>,
    pub lines: Vec<DraftLine>,
    /// First and last day of service, counted from the first of the month.
    pub days: (i32, i32),
    pub sent: i32,
    pub stay: Option<&'static Stay>,
    pub discharge: &'static [u8],
    /// Which of the provider's clinicians renders, and which refers.
    pub clinicians: (usize, Option<usize>),
}

impl Draft {
    pub(crate) fn planted(&self) -> Option<Planted> {
        if let Role::Planted(planted) = self.role { Some(planted) } else { None }
    }

    pub(crate) fn has(&self, planted: Planted) -> bool {
        self.planted() == Some(planted)
    }

    pub(crate) fn landmark(&self) -> Landmark {
        self.planted().map_or(Landmark::Claim, Planted::landmark)
    }
}

/// Replacements and voids, in ten-thousandths of claims.
const REPLACEMENTS: u64 = 150;
const VOIDS: u64 = 50;
/// Files are sent so many days after the last service of their batch; no stay is longer.
const SENDING_DAYS: i32 = 4;

impl World {
    /// The provider whose claim stands in a slot of a batch.
    pub(crate) fn provider_of(&self, slot: u32) -> usize {
        let per_batch = self.claims_per_batch();
        let hospital = u64::from(per_batch) * u64::from(self.config.hospital_percent) / 100;
        let practice = u64::from(per_batch) - hospital;
        if u64::from(slot) >= practice {
            return self.providers.len() - 1;
        }
        (u64::from(slot) * u64::from(self.config.practices) / practice.max(1)) as usize
    }

    /// The day on which a batch is sent, counted from the first of the month.
    pub(crate) fn sent_on(&self, batch: u32) -> i32 {
        ((batch + 1) * 28 / self.config.batches) as i32 - 1 + SENDING_DAYS
    }

    /// What chance makes of an index, before its neighbours are looked at.
    fn wish(&self, index: u32) -> Role {
        let mut random = Random::of(self.config.seed, TOPIC_ROLE, u64::from(index));
        let draw = random.below(10_000);
        let slot = index % self.claims_per_batch();
        let planted = u64::from(self.config.planted_percent) * 100;
        let hospital = self.providers[self.provider_of(slot)].hospital;
        if draw < planted {
            let kinds: &[Planted] = if hospital { &INSTITUTIONAL } else { &PROFESSIONAL };
            return Role::Planted(*random.pick(kinds));
        }
        let earlier = index.checked_sub(self.claims_per_batch());
        match earlier {
            Some(earlier) if draw < planted + REPLACEMENTS => Role::Replacement(earlier),
            Some(earlier) if draw < planted + REPLACEMENTS + VOIDS => Role::Void(earlier),
            _ => Role::Clean,
        }
    }

    fn single_payer(&self, index: u32) -> bool {
        let per_batch = self.claims_per_batch();
        let slot = index % per_batch;
        self.providers[self.provider_of(slot)].hospital
            || self.covered_family(index / per_batch, slot).coverage == Coverage::Active
    }

    /// The claim that a later one replaces or voids must be clean.
    pub(crate) fn role(&self, index: u32) -> Role {
        match self.wish(index) {
            Role::Replacement(of) | Role::Void(of)
                if self.wish(of) != Role::Clean || !self.single_payer(of) =>
            {
                Role::Clean
            }
            Role::Planted(_) if !self.single_payer(index) => Role::Clean,
            Role::Planted(Planted::Duplicate) if !self.can_be_copied(index) => {
                Role::Planted(Planted::ChargeImbalance)
            }
            role => role,
        }
    }

    fn can_be_copied(&self, index: u32) -> bool {
        let slot = index % self.claims_per_batch();
        slot > 0
            && self.provider_of(slot) == self.provider_of(slot - 1)
            && self.wish(index - 1) == Role::Clean
            && self.single_payer(index - 1)
            && self.superseded_by(index - 1).is_none()
    }

    /// The later claim that replaces or voids this one.
    pub(crate) fn superseded_by(&self, index: u32) -> Option<Role> {
        let later = index.checked_add(self.claims_per_batch())?;
        if later >= self.config.claims {
            return None;
        }
        let role = self.role(later);
        matches!(role, Role::Replacement(_) | Role::Void(_)).then_some(role)
    }

    /// The claim of an index.
    pub(crate) fn draft(&self, index: u32) -> Draft {
        let role = self.role(index);
        let control_number = Text::from(format!("C{index:08}"));
        match role {
            Role::Replacement(of) | Role::Void(of) => {
                let mut draft = self.plain(of, Role::Clean);
                draft.sent = self.sent_on(index / self.claims_per_batch());
                let npi = &self.providers[draft.provider].npi;
                draft.original_number =
                    Text::from((self.config.payer_claim_number)(npi, &draft.control_number));
                draft.control_number = control_number;
                draft.index = index;
                draft.role = role;
                draft.frequency = if matches!(role, Role::Void(_)) { b"8" } else { b"7" };
                if matches!(role, Role::Replacement(_)) {
                    correct(&mut draft);
                }
                draft
            }
            Role::Planted(Planted::Duplicate) => {
                let mut draft = self.plain(index - 1, Role::Clean);
                draft.control_number = control_number;
                draft.index = index;
                draft.role = role;
                draft
            }
            Role::Clean | Role::Planted(_) => self.plain(index, role),
        }
    }

    /// A first claim: clean, or with an error of its own.
    fn plain(&self, index: u32, role: Role) -> Draft {
        let per_batch = self.claims_per_batch();
        let (batch, slot) = (index / per_batch, index % per_batch);
        let mut random = Random::of(self.config.seed, TOPIC_CLAIM, u64::from(index));
        let provider = self.provider_of(slot);
        let hospital = self.providers[provider].hospital;
        let mut family = match role {
            Role::Planted(Planted::CoverageEnded) => self.ended_family(slot),
            _ => self.covered_family(batch, slot),
        };
        if hospital && family.coverage == Coverage::OtherPrimary {
            family = self.family(family.number + 3);
        }
        let member = *random.pick(family.members());
        let sent = self.sent_on(batch);
        let first = (batch * 28 / self.config.batches) as i32;
        let day = random.between(i64::from(first), i64::from(sent - SENDING_DAYS)) as i32;
        let mut draft = Draft {
            index,
            role,
            provider,
            member,
            member_id: Text::from(family.member_id(0)),
            family,
            control_number: Text::from(format!("C{index:08}")),
            frequency: b"1",
            original_number: Text::default(),
            authorization: Text::default(),
            facility: "",
            charge: Cents::ZERO,
            diagnoses: Vec::with_capacity(4),
            lines: Vec::with_capacity(5),
            days: (day, day),
            sent,
            stay: None,
            discharge: b"01",
            clinicians: (random.below(4) as usize, None),
        };
        if !hospital {
            self.professional(&mut draft, &mut random);
        } else if random.chance(3, 10) || draft.has(Planted::StayAuthorizationMissing) {
            inpatient(&mut draft, &mut random);
        } else {
            outpatient(&mut draft, &mut random);
        }
        draft.charge = draft.lines.iter().map(|line| line.charge).sum();
        spoil(&mut draft);
        draft
    }

    fn professional(&self, draft: &mut Draft, random: &mut Random) {
        let from = random.below(DIAGNOSES.len() as u64) as usize;
        for step in 0..=random.below(3) as usize {
            draft.diagnoses.push(DIAGNOSES[(from + step * 5) % DIAGNOSES.len()]);
        }
        draft.clinicians.1 = random.chance(1, 4).then(|| (draft.clinicians.0 + 1) % 4);
        if draft.family.coverage == Coverage::OtherPrimary {
            draft.facility = "11";
            let mut line = line_of(&self.services[2], false, random);
            let allowed = Cents(line.charge.0 * 3 / 5);
            let patient = Cents((allowed.0 * 20 + 50) / 100);
            line.other_payer = Some((allowed - patient, patient));
            draft.lines.push(line);
            return;
        }
        let opening = random.below(OPENING as u64) as usize;
        draft.facility = match opening {
            3 => "20",
            _ if random.chance(1, 10) => "22",
            _ => "11",
        };
        let facility = draft.facility == "22";
        draft.lines.push(line_of(&self.services[opening], facility, random));
        let others = self.services.len() - OPENING;
        let start = random.below(others as u64) as usize;
        for step in 0..random.below(4) as usize {
            let service = &self.services[OPENING + (start + step) % others];
            draft.lines.push(line_of(service, facility, random));
        }
        if random.chance(1, 25) || draft.has(Planted::AuthorizationMissing) {
            draft.lines.push(line_of(&authorized_drug(), facility, random));
            draft.authorization = Text::from(format!("AUTH{:07}", draft.index));
        }
    }
}

/// A professional line: charged at 150 to 250 percent of the price, now and then below it.
fn line_of(service: &Service, facility: bool, random: &mut Random) -> DraftLine {
    let unit = if facility { service.facility_cents } else { service.non_facility_cents };
    let units = if service.anesthesia {
        random.between(20, 180) as u32
    } else {
        1 + random.below(u64::from(service.units_max)) as u32
    };
    let price = Cents(unit.0 * i64::from(units));
    let percent =
        if random.chance(3, 100) { random.between(70, 99) } else { random.between(150, 250) };
    let charge = Cents(price.0 * percent / 100 + random.between(1, 99));
    let drug = service.code.starts_with('J');
    DraftLine {
        category: service.category,
        revenue: "",
        code: Text::from(service.code.as_str()),
        modifier: if service.anesthesia { "AA" } else { "" },
        charge,
        price,
        units,
        basis: if service.anesthesia { b"MJ" } else { b"UN" },
        ndc: drug.then(|| ndc_of(&service.code)),
        pointer: b"1",
        other_payer: None,
    }
}

/// An invented national drug code of eleven digits for a drug's procedure code.
fn ndc_of(code: &str) -> u64 {
    let number = code.bytes().skip(1).fold(0u64, |n, digit| n * 10 + u64::from(digit - b'0'));
    59_990_000_000 + number * 100 + 1
}

fn outpatient(draft: &mut Draft, random: &mut Random) {
    draft.facility = "13";
    draft.diagnoses.push(*random.pick(&DIAGNOSES));
    let opening = random.below(2) as usize;
    let start = random.below(6) as usize;
    let count = 1 + random.below(4) as usize;
    let others = (0..count).map(|step| 2 + (start + step) % 6);
    for index in std::iter::once(opening).chain(others) {
        let service = &OUTPATIENT[index];
        let units = 1 + random.below(u64::from(service.units_max)) as u32;
        let charge = Cents(service.unit_charge_cents * i64::from(units) + random.between(0, 999));
        draft.lines.push(DraftLine {
            category: Category::Outpatient,
            revenue: service.revenue,
            code: Text::from(service.code),
            modifier: "",
            charge,
            price: Cents((charge.0 * OUTPATIENT_PERCENT + 50) / 100),
            units,
            basis: b"UN",
            ndc: service.code.starts_with('J').then(|| ndc_of(service.code)),
            pointer: b"",
            other_payer: None,
        });
    }
}

fn inpatient(draft: &mut Draft, random: &mut Random) {
    draft.facility = "11";
    let stay: &'static Stay = random.pick(&STAYS);
    draft.stay = Some(stay);
    draft.diagnoses.push(stay.principal);
    draft.diagnoses.extend(stay.secondary);
    let nights = 1 + random.below(SENDING_DAYS as u64) as i32;
    draft.days.1 = draft.days.0 + nights;
    draft.discharge = *random.pick(&[b"01" as &[u8], b"01", b"01", b"06", b"03"]);
    draft.authorization = Text::from(format!("AUTH{:07}", draft.index));
    let amount = Cents((stay.weight * BASE_RATE.0 + 5_000) / 10_000);
    // Charges are two to three times the amount, so that neither the charge nor an outlier
    // decides the price.
    let charges = amount.0 * random.between(200, 300) / 100;
    let shares = [random.between(30, 40), random.between(10, 20), random.between(15, 25)];
    let mut rest = charges;
    for (index, revenue) in ["0120", "0250", "0300", "0270"].into_iter().enumerate() {
        let charge = shares.get(index).map_or(rest, |share| charges * share / 100);
        rest -= charge;
        draft.lines.push(DraftLine {
            category: Category::Inpatient,
            revenue,
            code: Text::default(),
            modifier: "",
            charge: Cents(charge),
            price: Cents::ZERO,
            units: if index == 0 { nights as u32 } else { 1 + random.below(30) as u32 },
            basis: if index == 0 { b"DA" } else { b"UN" },
            ndc: None,
            pointer: b"",
            other_payer: None,
        });
    }
    price_stay(draft);
}

/// Splits the price of a stay over its lines in proportion to their charges.
fn price_stay(draft: &mut Draft) {
    let Some(stay) = draft.stay else { return };
    let amount = Cents((stay.weight * BASE_RATE.0 + 5_000) / 10_000);
    let weights: Vec<u64> = draft.lines.iter().map(|line| line.charge.0 as u64).collect();
    let parts = split_largest_remainder(amount, &weights);
    for (line, part) in draft.lines.iter_mut().zip(parts) {
        line.price = part;
    }
}

/// What a replacement corrects: a line too many, or a charge.
fn correct(draft: &mut Draft) {
    if draft.lines.len() > 1 && draft.stay.is_none() {
        draft.lines.pop();
        if !draft.lines.iter().any(|line| line.category == Category::DrugAuthorized) {
            draft.authorization = Text::default();
        }
    } else if let Some(line) = draft.lines.first_mut() {
        line.charge += Cents(10_000);
        price_stay(draft);
    }
    draft.charge = draft.lines.iter().map(|line| line.charge).sum();
}

/// Plants the error that the role asks for; those of single segments are planted on writing.
fn spoil(draft: &mut Draft) {
    let Some(planted) = draft.planted() else { return };
    match planted {
        Planted::DiagnosisUnknown => draft.diagnoses[0] = "H9999",
        Planted::DiagnosisHeader => draft.diagnoses[0] = "E11",
        Planted::ProcedureUnknown => draft.lines[0].code = Text::from("G0000"),
        Planted::PointerBeyondList => draft.lines[0].pointer = b"7",
        Planted::UnitsZero => draft.lines[0].units = 0,
        Planted::ChargeImbalance => draft.charge += Cents(1),
        Planted::FutureService => draft.days = (draft.sent + 20, draft.sent + 20),
        Planted::PlaceOfServiceUnknown => draft.facility = "98",
        Planted::ReplacementWithoutOriginal => draft.frequency = b"7",
        Planted::MemberIdMissing => draft.member_id = Text::default(),
        Planted::ProcedurePair => plant_pair(draft),
        Planted::UnitsAboveLimit => {
            draft.lines.truncate(1);
            only_line(draft, "J1885", 40);
        }
        Planted::RevenueCodeUnknown => draft.lines[0].revenue = "0099",
        Planted::DischargeStatusUnknown => draft.discharge = b"ZZ",
        Planted::UnknownMember => draft.member_id = Text::from(format!("FX9{:08}", draft.index)),
        Planted::TimelyFiling => {
            let nights = draft.days.1 - draft.days.0;
            let last = draft.sent - TIMELY_FILING_DAYS - 1 - draft.index as i32 % 20;
            draft.days = (last - nights, last);
        }
        Planted::AuthorizationMissing | Planted::StayAuthorizationMissing => {
            if planted == Planted::AuthorizationMissing {
                draft.lines = draft.lines.split_off(draft.lines.len() - 1);
                draft.charge = draft.lines[0].charge;
            }
            draft.authorization = Text::default();
        }
        Planted::NotCovered => {
            draft.lines.truncate(1);
            only_line(draft, &not_covered().code, 1);
            draft.lines[0].category = Category::NotCovered;
            draft.authorization = Text::default();
        }
        Planted::NpiCheckDigit
        | Planted::DiagnosisMissing
        | Planted::AssignmentMissing
        | Planted::UnitsMissing
        | Planted::DateInvalid
        | Planted::BirthAfterService
        | Planted::InstitutionalMissing
        | Planted::CoverageEnded
        | Planted::Duplicate => {}
    }
}

fn only_line(draft: &mut Draft, code: &str, units: u32) {
    let line = &mut draft.lines[0];
    line.code = Text::from(code);
    line.units = units;
    line.ndc = code.starts_with('J').then(|| ndc_of(code));
    line.category = if line.ndc.is_some() { Category::Drug } else { Category::Other };
    draft.facility = "11";
    draft.authorization = Text::default();
    draft.charge = line.charge;
}

fn plant_pair(draft: &mut Draft) {
    draft.lines.truncate(1);
    only_line(draft, "G0438", 1);
    let mut second = draft.lines[0].clone();
    second.code = Text::from("G0444");
    draft.charge += second.charge;
    draft.lines.push(second);
}
