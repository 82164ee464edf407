//! One claim as the rules look at it: read from its segments in one pass, nothing copied.

use super::ClaimKind;
use crate::raw::{Located, SegmentTag};
use counterfoil_base::{Cents, Date, parse_ccyymmdd};

/// A day or a span of days with the segment that says so.
#[derive(Clone, Copy)]
pub(super) struct Dated<'a> {
    pub at: Located<'a>,
    /// DTP01.
    pub qualifier: &'a [u8],
    pub from: Date,
    pub to: Date,
}

/// A diagnosis: element `element` of `at`.
#[derive(Clone, Copy)]
pub(super) struct Diagnosis<'a> {
    pub at: Located<'a>,
    pub element: usize,
    /// HIxx-1, for example `ABK`.
    pub qualifier: &'a [u8],
    pub code: &'a [u8],
}

/// What another payer decided about a line (loop 2430).
pub(super) struct LineDecision<'a> {
    pub at: Located<'a>,
    pub payer: &'a [u8],
    pub paid: Option<Cents>,
    /// Sum of the CAS amounts; nothing when one of them is no amount.
    pub adjustments: Option<Cents>,
    /// SVD06: the line is paid as part of another one.
    pub bundled: bool,
}

/// A service line (loop 2400).
pub(super) struct Line<'a> {
    pub lx: Located<'a>,
    /// SV1 or SV2.
    pub service: Option<Located<'a>>,
    pub charge: Option<Cents>,
    /// DTP*472.
    pub date: Option<Dated<'a>>,
    /// REF*6R.
    pub control_number: Option<Located<'a>>,
    pub mammography_number: bool,
    pub decisions: Vec<LineDecision<'a>>,
}

/// Another payer of the claim (loop 2320 with its 2330B).
pub(super) struct OtherPayer<'a> {
    pub sbr: Located<'a>,
    /// AMT*D.
    pub paid: Option<(Located<'a>, Option<Cents>)>,
    /// Sum of the claim level CAS amounts; nothing when one of them is no amount.
    pub adjustments: Option<Cents>,
    pub has_adjustments: bool,
    /// NM109 of 2330B.
    pub identifier: &'a [u8],
}

/// One claim.
pub(super) struct Claim<'a> {
    pub kind: ClaimKind,
    /// BHT04, the day on which the file was made.
    pub created: Option<Date>,
    /// SBR of the destination payer.
    pub sbr: Option<Located<'a>>,
    /// DMG of the patient, with the day of birth.
    pub birth: Option<(Located<'a>, Date)>,
    /// PAT of the patient, with the day of death.
    pub death: Option<(Located<'a>, Date)>,
    pub clm: Option<Located<'a>>,
    pub charge: Option<Cents>,
    /// Dates of the claim itself (loop 2300).
    pub dates: Vec<Dated<'a>>,
    /// Dates whose span ends before it begins, of claim and lines.
    pub reversed: Vec<Located<'a>>,
    /// HI segments of the claim.
    pub code_segments: Vec<Located<'a>>,
    /// AMT*EAF of loops 2320: what the patient is left with.
    pub remaining: Vec<Located<'a>>,
    /// REF*X4 and REF*F4: certificate numbers of laboratories.
    pub laboratories: Vec<Located<'a>>,
    /// DMG03 is M.
    pub is_male: bool,
    /// Diagnoses in the order in which they are numbered; only principal and other diagnoses
    /// (ABK, ABF) may be pointed to.
    pub diagnoses: Vec<Diagnosis<'a>>,
    pub patient_paid: Option<(Located<'a>, Option<Cents>)>,
    pub mammography_number: bool,
    pub attachments: Vec<Located<'a>>,
    pub lines: Vec<Line<'a>>,
    pub others: Vec<OtherPayer<'a>>,
}

const BHT: SegmentTag = SegmentTag::new(b"BHT");
const SBR: SegmentTag = SegmentTag::new(b"SBR");
const PAT: SegmentTag = SegmentTag::new(b"PAT");
const DMG: SegmentTag = SegmentTag::new(b"DMG");
const N3: SegmentTag = SegmentTag::new(b"N3");
const N4: SegmentTag = SegmentTag::new(b"N4");
const NM1: SegmentTag = SegmentTag::new(b"NM1");
const CLM: SegmentTag = SegmentTag::new(b"CLM");
const DTP: SegmentTag = SegmentTag::new(b"DTP");
const AMT: SegmentTag = SegmentTag::new(b"AMT");
const REF: SegmentTag = SegmentTag::new(b"REF");
const PWK: SegmentTag = SegmentTag::new(b"PWK");
const HI: SegmentTag = SegmentTag::new(b"HI");
const CAS: SegmentTag = SegmentTag::new(b"CAS");
const LX: SegmentTag = SegmentTag::new(b"LX");
const SV1: SegmentTag = SegmentTag::new(b"SV1");
const SV2: SegmentTag = SegmentTag::new(b"SV2");
const SVD: SegmentTag = SegmentTag::new(b"SVD");

impl<'a> Claim<'a> {
    /// Reads a claim; `place` is shown each N4 segment.
    pub fn read(
        kind: ClaimKind,
        segments: impl Iterator<Item = Located<'a>>,
        place: &mut dyn FnMut(&Located<'a>),
    ) -> Claim<'a> {
        let mut claim = Claim {
            kind,
            created: None,
            sbr: None,
            birth: None,
            death: None,
            clm: None,
            charge: None,
            dates: Vec::new(),
            reversed: Vec::new(),
            code_segments: Vec::new(),
            remaining: Vec::new(),
            laboratories: Vec::new(),
            is_male: false,
            diagnoses: Vec::new(),
            patient_paid: None,
            mammography_number: false,
            attachments: Vec::new(),
            lines: Vec::new(),
            others: Vec::new(),
        };
        for at in segments {
            if matches!(at.segment.tag(), N3 | N4 | NM1) {
                place(&at);
            }
            if at.loop_id.starts_with("23") || at.loop_id.starts_with("24") {
                claim.take_own(at);
            } else {
                claim.take_hierarchy(at);
            }
        }
        claim
    }

    fn take_hierarchy(&mut self, at: Located<'a>) {
        match at.segment.tag() {
            BHT => self.created = parse_ccyymmdd(at.segment.element(4)),
            SBR => self.sbr = Some(at),
            PAT => {
                self.death = parse_ccyymmdd(at.segment.element(6)).map(|day| (at, day));
            }
            DMG => {
                self.birth = parse_ccyymmdd(at.segment.element(2)).map(|day| (at, day));
                self.is_male = at.segment.element(3) == b"M";
            }
            _ => {}
        }
    }

    fn take_own(&mut self, at: Located<'a>) {
        let segment = at.segment;
        match segment.tag() {
            CLM => {
                self.clm = Some(at);
                self.charge = Cents::parse_bytes(segment.element(2)).ok();
            }
            DTP => self.take_date(at),
            AMT => self.take_amount(at),
            REF => self.take_reference(at),
            PWK => self.attachments.push(at),
            HI => self.take_codes(at),
            CAS => self.take_adjustments(at),
            SBR => self.others.push(OtherPayer {
                sbr: at,
                paid: None,
                adjustments: Some(Cents::ZERO),
                has_adjustments: false,
                identifier: b"",
            }),
            NM1 if at.loop_id == "2330B" => {
                if let Some(other) = self.others.last_mut() {
                    other.identifier = segment.element(9);
                }
            }
            LX => self.lines.push(Line {
                lx: at,
                service: None,
                charge: None,
                date: None,
                control_number: None,
                mammography_number: false,
                decisions: Vec::new(),
            }),
            SV1 => self.take_service(at, 2),
            SV2 => self.take_service(at, 3),
            SVD => {
                if let Some(line) = self.lines.last_mut() {
                    line.decisions.push(LineDecision {
                        at,
                        payer: segment.element(1),
                        paid: Cents::parse_bytes(segment.element(2)).ok(),
                        adjustments: Some(Cents::ZERO),
                        bundled: !segment.element(6).is_empty(),
                    });
                }
            }
            _ => {}
        }
    }

    fn take_service(&mut self, at: Located<'a>, charge_element: usize) {
        if let Some(line) = self.lines.last_mut() {
            line.service = Some(at);
            line.charge = Cents::parse_bytes(at.segment.element(charge_element)).ok();
        }
    }

    fn take_date(&mut self, at: Located<'a>) {
        let Some((from, to)) = span(at) else { return };
        if from > to {
            self.reversed.push(at);
            return;
        }
        let dated = Dated { at, qualifier: at.segment.element(1), from, to };
        match at.loop_id {
            "2300" => self.dates.push(dated),
            "2400" if dated.qualifier == b"472" => {
                if let Some(line) = self.lines.last_mut() {
                    line.date = Some(dated);
                }
            }
            _ => {}
        }
    }

    fn take_amount(&mut self, at: Located<'a>) {
        let amount = Cents::parse_bytes(at.segment.element(2)).ok();
        match (at.loop_id, at.segment.element(1)) {
            ("2300", b"F5") => self.patient_paid = Some((at, amount)),
            ("2320", b"D") => {
                if let Some(other) = self.others.last_mut() {
                    other.paid = Some((at, amount));
                }
            }
            ("2320", b"EAF") => self.remaining.push(at),
            _ => {}
        }
    }

    fn take_reference(&mut self, at: Located<'a>) {
        match (at.loop_id, at.segment.element(1)) {
            ("2300" | "2400", b"X4" | b"F4") => self.laboratories.push(at),
            ("2300", b"EW") => self.mammography_number = true,
            ("2400", b"EW") => {
                if let Some(line) = self.lines.last_mut() {
                    line.mammography_number = true;
                }
            }
            ("2400", b"6R") => {
                if let Some(line) = self.lines.last_mut() {
                    line.control_number = Some(at);
                }
            }
            _ => {}
        }
    }

    fn take_codes(&mut self, at: Located<'a>) {
        self.code_segments.push(at);
        for element in 1..=at.segment.element_count() {
            let qualifier = at.segment.component(element, 1);
            let is_diagnosis = matches!(
                qualifier,
                b"ABK" | b"BK" | b"ABF" | b"BF" | b"ABJ" | b"BJ" | b"APR" | b"PR" | b"ABN" | b"BN"
            );
            let code = at.segment.component(element, 2);
            if is_diagnosis && !code.is_empty() {
                self.diagnoses.push(Diagnosis { at, element, qualifier, code });
            }
        }
    }

    fn take_adjustments(&mut self, at: Located<'a>) {
        let sum = adjustment_sum(at);
        match at.loop_id {
            "2320" => {
                if let Some(other) = self.others.last_mut() {
                    other.has_adjustments = true;
                    other.adjustments = add(other.adjustments, sum);
                }
            }
            "2430" => {
                let line = self.lines.last_mut();
                if let Some(decision) = line.and_then(|line| line.decisions.last_mut()) {
                    decision.adjustments = add(decision.adjustments, sum);
                }
            }
            _ => {}
        }
    }

    /// The first and last day of service that the lines, or else the statement, show.
    pub fn service_span(&self) -> Option<(Date, Date)> {
        let lines = self.lines.iter().filter_map(|line| line.date).map(|d| (d.from, d.to));
        let statement = self.dates.iter().filter(|d| d.qualifier == b"434").map(|d| (d.from, d.to));
        lines.chain(statement).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
    }

    /// The claim level date with a qualifier.
    pub fn date(&self, qualifier: &[u8]) -> Option<&Dated<'a>> {
        self.dates.iter().find(|dated| dated.qualifier == qualifier)
    }
}

/// The days of a DTP segment; nothing when it holds none or they are no real days.
fn span(at: Located<'_>) -> Option<(Date, Date)> {
    let value = at.segment.element(3);
    match at.segment.element(2) {
        b"D8" => parse_ccyymmdd(value).map(|day| (day, day)),
        b"DT" => parse_ccyymmdd(value.get(..8)?).map(|day| (day, day)),
        b"RD8" if value.get(8) == Some(&b'-') => {
            Some((parse_ccyymmdd(value.get(..8)?)?, parse_ccyymmdd(value.get(9..)?)?))
        }
        _ => None,
    }
}

/// The sum of the amounts of a CAS segment (elements 3, 6, 9, 12, 15 and 18).
fn adjustment_sum(at: Located<'_>) -> Option<Cents> {
    let mut sum = Some(Cents::ZERO);
    for element in [3, 6, 9, 12, 15, 18] {
        let value = at.segment.element(element);
        if !value.is_empty() {
            sum = add(sum, Cents::parse_bytes(value).ok());
        }
    }
    sum
}

/// Adds two amounts that may be unreadable; nothing when one is or the sum does not fit.
fn add(a: Option<Cents>, b: Option<Cents>) -> Option<Cents> {
    a?.checked_add(b?)
}
