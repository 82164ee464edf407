//! What a payer's TA1, 999 and 277CA say of the claims that were sent.

use super::held::HeldFinding;
use counterfoil_x12::{Event, Located, ReadOptions, Reader, Unit};

/// What a file says.
#[derive(Default)]
pub(super) struct Said {
    pub(super) claims: Vec<SaidOfClaim>,
    /// Refusals of transaction sets and interchanges.
    pub(super) refusals: Vec<Refusal>,
    /// Acknowledgements that refuse nothing.
    pub(super) acceptances: u64,
}

impl Said {
    pub(super) fn is_empty(&self) -> bool {
        self.claims.is_empty() && self.refusals.is_empty() && self.acceptances == 0
    }

    fn acknowledgement(&mut self, code: &str, refusal: impl FnOnce() -> Refusal) {
        // 999 IK501 and AK901: A accepted, E with errors, P in part; TA104: A, E.
        match code {
            "A" | "E" | "P" => self.acceptances += 1,
            _ => self.refusals.push(refusal()),
        }
    }
}

/// That a transaction set or an interchange came back whole.
pub(super) struct Refusal {
    pub(super) about: Whole,
    pub(super) finding: HeldFinding,
}

pub(super) enum Whole {
    /// AK102 and AK202 of a 999.
    Set {
        /// GS06.
        group: String,
        /// ST02.
        set: String,
    },
    /// TA101.
    Interchange(String),
}

/// The transaction set that the segments of a 999 are about.
#[derive(Default)]
struct AnsweredSet {
    group: String,
    set: String,
}

impl AnsweredSet {
    fn note(&mut self, at: &Located<'_>) {
        match at.segment.id() {
            "AK1" => self.group = plain(at.segment.text(2)),
            "AK2" => self.set = plain(at.segment.text(2)),
            _ => {}
        }
    }
}

/// The answer to one claim; without findings it was accepted.
pub(super) struct SaidOfClaim {
    pub(super) billing_provider: String,
    pub(super) patient_control_number: String,
    pub(super) findings: Vec<HeldFinding>,
}

/// Reads an answer.
pub(super) fn read(bytes: &[u8]) -> Said {
    let mut reader = Reader::new(ReadOptions::default());
    reader.push(bytes);
    reader.finish();
    let mut said = Said::default();
    let mut about = AnsweredSet::default();
    while let Some(event) = reader.next_event() {
        match event {
            Event::Unit(unit) if unit.transaction().set_id == "277" => {
                said.claims.extend(claim_answer(&unit));
            }
            Event::Unit(unit) if unit.transaction().set_id == "999" => {
                for at in unit.context() {
                    about.note(&at);
                }
                for at in unit.own_segments() {
                    about.note(&at);
                    if at.segment.id() == "IK5" {
                        let codes = (at.segment.text(1), at.segment.text(2));
                        let about =
                            Whole::Set { group: about.group.clone(), set: about.set.clone() };
                        said.acknowledgement(codes.0, || Refusal { about, finding: of_999(codes) });
                    }
                }
            }
            Event::InterchangeAcknowledgement(at) => {
                let (number, note) = (plain(at.segment.text(1)), at.segment.text(5));
                let about = Whole::Interchange(number);
                let code = at.segment.text(4);
                said.acknowledgement(code, || Refusal { about, finding: of_ta1(note) });
            }
            _ => {}
        }
    }
    said
}

/// The answer of a patient level (2000D) of a 277CA: TRN02 is CLM01, each STC a status.
fn claim_answer(unit: &Unit<'_>) -> Option<SaidOfClaim> {
    let provider = unit.context().filter(|at| is(at, "NM1", "85")).last();
    let number = unit.own_segments().find(|at| is(at, "TRN", "2"))?;
    let mut findings: Vec<HeldFinding> = Vec::new();
    let mut is_returned = false;
    for at in unit.own_segments().filter(|at| at.segment.id() == "STC") {
        for element in [1, 10, 11] {
            let part = |n| String::from_utf8_lossy(at.segment.component(element, n)).into_owned();
            let (category, code, entity) = (part(1), part(2), part(3));
            if category.is_empty() {
                continue;
            }
            is_returned |= RETURNS.iter().any(|(known, _)| *known == category);
            let finding = of_status(&category, &code, &entity);
            if !findings.contains(&finding) {
                findings.push(finding);
            }
        }
    }
    if !is_returned {
        findings.clear();
    }
    Some(SaidOfClaim {
        billing_provider: provider.map_or("", |at| at.segment.text(9)).to_owned(),
        patient_control_number: number.segment.text(2).to_owned(),
        findings,
    })
}

/// A control number without blanks and leading zeros.
pub(super) fn plain(number: &str) -> String {
    number.trim().trim_start_matches('0').to_owned()
}

fn is(at: &Located<'_>, id: &str, qualifier: &str) -> bool {
    at.segment.id() == id && at.segment.text(1) == qualifier
}

/// Categories that keep a claim out of adjudication (external code source 507), in own words.
const RETURNS: [(&str, &str); 5] = [
    ("A3", "The payer returned the claim unprocessed"),
    ("A4", "The payer does not find the claim"),
    ("A6", "The payer misses information in the claim"),
    ("A7", "The payer holds information in the claim to be invalid"),
    ("A8", "The payer finds that parts of the claim contradict each other"),
];

/// Entities of STC01-3 (X12 element 98) that claims have, in own words.
const ENTITIES: [(&str, &str); 9] = [
    ("IL", "the subscriber"),
    ("QC", "the patient"),
    ("85", "the billing provider"),
    ("82", "the rendering provider"),
    ("77", "the service location"),
    ("DN", "the referring provider"),
    ("71", "the attending provider"),
    ("PR", "the payer"),
    ("41", "the submitter"),
];

fn of_status(category: &str, code: &str, entity: &str) -> HeldFinding {
    let words = |table: &[(&str, &'static str)], key: &str| {
        table.iter().find(|(known, _)| *known == key).map(|(_, words)| *words)
    };
    let what = words(&RETURNS, category).unwrap_or("The payer gave this status");
    let about = words(&ENTITIES, entity).map_or(String::new(), |who| format!(", about {who}"));
    let status = [category, code, entity].into_iter().filter(|part| !part.is_empty());
    let status = status.collect::<Vec<_>>().join(":");
    HeldFinding {
        code: format!("277CA {status}"),
        message: format!("{what}{about} ({status})."),
        cause: "Claim status category and code of the payer's 277CA (STC).".to_owned(),
        fix: "Correct the claim and send it as a new one; the payer has not taken it in."
            .to_owned(),
        ..HeldFinding::default()
    }
}

fn of_999((code, reason): (&str, &str)) -> HeldFinding {
    HeldFinding {
        code: format!("999 {code}"),
        snip: 1,
        message: format!("The payer refused the whole transaction set ({code}, reason {reason})."),
        cause: "The 999 refuses it (IK5): none of its claims was taken in.".to_owned(),
        fix: "Correct the file and send its claims again.".to_owned(),
        ..HeldFinding::default()
    }
}

fn of_ta1(note: &str) -> HeldFinding {
    HeldFinding {
        code: format!("TA1 {note}"),
        snip: 1,
        message: format!("The payer refused the whole interchange (note {note})."),
        cause: "The TA1 refuses it (TA104): none of its claims was taken in.".to_owned(),
        fix: "Correct its envelope and send its claims again under a new control number."
            .to_owned(),
        ..HeldFinding::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENVELOPE: &str = "ISA*00*          *00*          *ZZ*PLAN           *ZZ*OFFICE         \
        *250620*0830*^*00501*000000001*0*P*:~";

    fn said_of(body: &str) -> Said {
        let text = format!("{ENVELOPE}{body}IEA*1*000000001~");
        read(text.as_bytes())
    }

    #[test]
    fn a_277ca_returns_claims_with_the_payers_reasons() {
        let said = said_of(
            "GS*HN*PLAN*OFFICE*20250620*0830*1*X*005010X214~ST*277*0001*005010X214~\
             BHT*0085*08*1*20250620*0830*TH~HL*1**20*1~NM1*PR*2*PLAN*****PI*P1~TRN*1*1~\
             DTP*050*D8*20250620~DTP*009*D8*20250620~HL*2*1*21*1~NM1*41*2*OFFICE*****46*O1~\
             TRN*2*B1~STC*A1:19:PR*20250620*WQ*300~HL*3*2*19*1~NM1*85*2*OFFICE*****XX*1234567893~\
             HL*4*3*PT~NM1*QC*1*DOE*JO****MI*M1~TRN*2*C-1~\
             STC*A7:562:85*20250620*U*150******A6:164:IL~HL*5*3*PT~NM1*QC*1*DOE*JO****MI*M1~\
             TRN*2*C-2~STC*A2:20*20250620*WQ*150~SE*20*0001~GE*1*1~",
        );
        let [returned, accepted] = said.claims.as_slice() else {
            panic!("two claims are answered, not {}", said.claims.len())
        };
        assert_eq!(returned.billing_provider, "1234567893");
        assert_eq!(returned.patient_control_number, "C-1");
        let told: Vec<&str> = returned.findings.iter().map(|one| one.message.as_str()).collect();
        assert_eq!(
            told,
            [
                "The payer holds information in the claim to be invalid, about the billing \
                 provider (A7:562:85).",
                "The payer misses information in the claim, about the subscriber (A6:164:IL).",
            ]
        );
        assert!(accepted.findings.is_empty());
    }

    #[test]
    fn a_999_and_a_ta1_refuse_or_accept_as_a_whole() {
        let answer = |codes: &str| {
            said_of(&format!(
                "GS*FA*PLAN*OFFICE*20250620*0830*1*X*005010X231A1~ST*999*0001*005010X231A1~\
                 AK1*HC*1*005010X222A1~AK2*837*0001*005010X222A1~IK5*{codes}~AK9*R*1*1*0~\
                 SE*6*0001~GE*1*1~"
            ))
        };
        let refused = answer("R*I5");
        assert_eq!(refused.refusals[0].finding.code, "999 R");
        let accepted = answer("A");
        assert_eq!((accepted.refusals.len(), accepted.acceptances), (0, 1));
        let refused = said_of("TA1*000000007*250620*0830*R*025~");
        assert_eq!(refused.refusals[0].finding.code, "TA1 025");
        assert!(read(b"this is no X12 at all").is_empty());
    }
}
