//! People and their coverage, parsed from the members file and found by what a claim says.

use crate::rates::{Place, Row, Table, parse_date, rates_finding};
use counterfoil_base::{Date, Finding, Phi, Text, parse_ccyymmdd};
use counterfoil_claim::{Claim, Person};
use rustc_hash::FxHashMap;
use std::fmt;

/// Another payer of a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherCoverage {
    /// Identifier of the other payer.
    pub payer_id: Text,
    /// True when the other payer pays first.
    pub is_primary: bool,
}

/// One span of coverage in one plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoverageSpan {
    /// Plan of the span.
    pub plan_id: Text,
    /// First day.
    pub from: Date,
    /// Last day; [`Date::MAX`] when open.
    pub to: Date,
    /// Another payer in this span.
    pub other: Option<OtherCoverage>,
}

/// A person and the spans of coverage.
#[derive(Clone, Debug)]
pub struct Member {
    /// Identifier on the card.
    pub member_id: Phi<Text>,
    /// The family.
    pub subscriber_id: Phi<Text>,
    /// Relationship to the subscriber, `18` for the subscriber.
    pub relationship: Text,
    /// Family name.
    pub last_name: Phi<Text>,
    /// Given name.
    pub first_name: Phi<Text>,
    /// Day of birth.
    pub birth_date: Phi<Date>,
    /// `F`, `M` or `U`.
    pub sex: Text,
    /// Coverage, in the order of the file.
    pub spans: Vec<CoverageSpan>,
}

/// What the members file says about the patient of a claim on a day.
#[derive(Clone, Copy, Debug)]
pub enum Eligibility<'a> {
    /// The member and the span that covers the day.
    Covered(&'a Member, &'a CoverageSpan),
    /// The identifier is not known, or the patient is not of this family.
    NotIdentified,
    /// The day is before the first span.
    BeforeCoverage(&'a Member),
    /// The day is after a span, and in no other.
    AfterCoverage(&'a Member),
}

/// All members, by identifier and family. Its `Debug` shows how many there are.
#[derive(Clone, Default)]
pub struct Members {
    members: Vec<Member>,
    by_id: FxHashMap<Text, usize>,
    by_family: FxHashMap<Text, Vec<usize>>,
}

impl fmt::Debug for Members {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Members").field("count", &self.members.len()).finish_non_exhaustive()
    }
}

const COLUMNS: [&str; 12] = [
    "member_id",
    "subscriber_id",
    "relationship",
    "last_name",
    "first_name",
    "birth_date",
    "sex",
    "plan_id",
    "coverage_from",
    "coverage_to",
    "other_payer_id",
    "other_payer_order",
];

impl Members {
    /// Reads a members file; a bad row becomes a finding with its line and is left out.
    #[must_use]
    pub fn parse(file: &str, text: &str) -> (Members, Vec<Finding>) {
        let mut members = Members::default();
        let mut findings = Vec::new();
        if let Some(table) = Table::open(file, text, &COLUMNS, &mut findings) {
            table.each(&mut findings, |row| members.add_row(row));
        }
        if members.members.is_empty() {
            let place = Place { file, line: 1 };
            let fix = "give the file that docs/reference/rate-files.md describes";
            findings.push(rates_finding("RATES-no-members", &place, "no member was read", fix));
        }
        (members, findings)
    }

    /// Number of people.
    #[must_use]
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// True without people.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// The person with an identifier.
    #[must_use]
    pub fn by_id(&self, member_id: &str) -> Option<&Member> {
        self.by_id.get(member_id).map(|&at| &self.members[at])
    }

    /// The patient of a claim and the coverage on a day.
    #[must_use]
    pub fn eligibility(&self, claim: &Claim, day: Date) -> Eligibility<'_> {
        let Some(member) = self.patient(claim) else {
            return Eligibility::NotIdentified;
        };
        if let Some(span) = member.spans.iter().find(|span| span.from <= day && day <= span.to) {
            return Eligibility::Covered(member, span);
        }
        if member.spans.iter().any(|span| span.to < day) {
            Eligibility::AfterCoverage(member)
        } else {
            Eligibility::BeforeCoverage(member)
        }
    }

    /// The patient: the holder of the identifier, or a dependent of that family whose birth
    /// date (and, among several, first name) agrees.
    #[must_use]
    pub fn patient(&self, claim: &Claim) -> Option<&Member> {
        let id = claim.subscriber.person.id.expose().as_str();
        let Some(patient) = &claim.patient else {
            let member = self.by_id(id)?;
            let birth = parse_ccyymmdd(claim.subscriber.person.birth_date.expose().as_bytes());
            let agrees = birth.is_none_or(|birth| birth == *member.birth_date.expose());
            return agrees.then_some(member);
        };
        let family = match self.by_id(id) {
            Some(member) => member.subscriber_id.expose().as_str(),
            None => id,
        };
        let birth = parse_ccyymmdd(patient.birth_date.expose().as_bytes())?;
        let people = self.by_family.get(family)?.iter().map(|&at| &self.members[at]);
        let mut born: Vec<&Member> =
            people.filter(|member| *member.birth_date.expose() == birth).collect();
        if born.len() > 1 {
            born.retain(|member| same_first_name(member, patient));
        }
        if born.len() == 1 { born.first().copied() } else { None }
    }

    fn add_row(&mut self, row: &Row<'_>) -> Result<(), String> {
        let id = row.text(0);
        if id.is_empty() || row.text(1).is_empty() || row.text(7).is_empty() {
            return Err("`member_id`, `subscriber_id` and `plan_id` may not be empty".to_owned());
        }
        let span = read_span(row)?;
        let birth_date = parse_date(row.text(5)).ok_or("`birth_date` is not a day")?;
        let at = match self.by_id.get(id) {
            Some(&at) => at,
            None => self.add_person(row, birth_date),
        };
        let member = &mut self.members[at];
        if *member.birth_date.expose() != birth_date || member.subscriber_id.expose() != row.text(1)
        {
            return Err("this `member_id` already names another person".to_owned());
        }
        if member.spans.iter().any(|other| other.from <= span.to && span.from <= other.to) {
            return Err("two spans of coverage of one member overlap".to_owned());
        }
        member.spans.push(span);
        Ok(())
    }

    fn add_person(&mut self, row: &Row<'_>, birth_date: Date) -> usize {
        let at = self.members.len();
        let personal = |column: usize| Phi::new(Text::new(row.text(column)));
        self.members.push(Member {
            member_id: personal(0),
            subscriber_id: personal(1),
            relationship: Text::new(row.text(2)),
            last_name: personal(3),
            first_name: personal(4),
            birth_date: Phi::new(birth_date),
            sex: Text::new(row.text(6)),
            spans: Vec::new(),
        });
        self.by_id.insert(Text::new(row.text(0)), at);
        self.by_family.entry(Text::new(row.text(1))).or_default().push(at);
        at
    }
}

fn read_span(row: &Row<'_>) -> Result<CoverageSpan, String> {
    let from = parse_date(row.text(8)).ok_or("`coverage_from` is not a day")?;
    let to = match row.text(9) {
        "" => Date::MAX,
        text => parse_date(text).ok_or("`coverage_to` is not a day")?,
    };
    if to < from {
        return Err("`coverage_to` is before `coverage_from`".to_owned());
    }
    let is_primary = match row.text(11) {
        "P" => true,
        "" | "S" => false,
        _ => return Err("`other_payer_order` must be P, S or empty".to_owned()),
    };
    let payer_id = Text::new(row.text(10));
    let other = (!payer_id.is_empty()).then_some(OtherCoverage { payer_id, is_primary });
    Ok(CoverageSpan { plan_id: Text::new(row.text(7)), from, to, other })
}

fn same_first_name(member: &Member, patient: &Person) -> bool {
    let letters = |name: &str| -> String {
        name.chars().filter(|c| c.is_alphabetic()).flat_map(char::to_lowercase).collect()
    };
    letters(member.first_name.expose()) == letters(patient.first_name.expose())
}
