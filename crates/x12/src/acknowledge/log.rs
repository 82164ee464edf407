//! Collects, while a file is read, what its acknowledgements will say.

use crate::guide::GuideSet;
use crate::read::{Group, Interchange, TransactionHeader};
use counterfoil_base::{Finding, Severity, Text};

/// Segments in error that are kept for one transaction set; a 999 that lists more helps no one.
const SEGMENTS_MAX: usize = 1_000;

/// What acknowledgements say about the interchanges of one file.
#[derive(Debug, Default)]
pub struct AckLog {
    pub(super) interchanges: Vec<InterchangeAnswer>,
    stage: Stage,
}

/// What is open: findings are booked to it.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Stage {
    #[default]
    Nothing,
    Interchange,
    Group,
    Set,
}

/// The answer to one interchange (TA1) with those to its groups.
#[derive(Debug)]
pub struct InterchangeAnswer {
    pub(super) interchange: Interchange,
    /// TA105 codes of errors, in the order of discovery.
    pub(super) errors: Vec<&'static str>,
    pub(super) has_warnings: bool,
    /// The answers to its functional groups.
    pub groups: Vec<GroupAnswer>,
}

/// The answer to one functional group (AK1 to AK9).
#[derive(Debug)]
pub struct GroupAnswer {
    pub(super) group: Group,
    /// GE01 as sent.
    pub(super) announced: Option<Text>,
    pub(super) errors: Vec<&'static str>,
    /// The answers to its transaction sets.
    pub sets: Vec<SetAnswer>,
}

/// The answer to one transaction set (AK2 to IK5).
#[derive(Debug)]
pub struct SetAnswer {
    pub(super) header: TransactionHeader,
    /// False when ST does not hold what AK2 must repeat.
    pub(super) is_answerable: bool,
    pub(super) segments: Vec<SegmentAnswer>,
    pub(super) errors: Vec<&'static str>,
    pub(super) has_errors: bool,
    pub(super) has_warnings: bool,
}

/// IK3 with its IK4s.
#[derive(Debug)]
pub(super) struct SegmentAnswer {
    pub segment_id: String,
    pub index: u64,
    pub loop_id: String,
    pub code: &'static str,
    /// CTX01: name and value of what the segment belongs to.
    pub business_unit: Option<(&'static str, Text)>,
    pub elements: Vec<ElementAnswer>,
}

/// IK4.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ElementAnswer {
    pub element: u32,
    pub component: u32,
    /// Data element reference number.
    pub reference: Option<u16>,
    pub code: &'static str,
    pub value: Text,
}

/// AK905 when a set cannot be told apart: the number of sets does not match.
const UNREADABLE_SET: &str = "5";

fn is_answerable(header: &TransactionHeader) -> bool {
    const SETS: [&str; 9] = ["270", "271", "276", "277", "278", "820", "834", "835", "837"];
    let number = &header.control_number;
    SETS.contains(&header.set_id.as_str())
        && (4..=9).contains(&number.len())
        && number.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

impl InterchangeAnswer {
    /// TA104: `A` accepted, `E` accepted with errors, `R` rejected.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match (self.errors.is_empty(), self.has_warnings) {
            (false, _) => "R",
            (true, true) => "E",
            (true, false) => "A",
        }
    }

    /// TA105: the first error, or `000`.
    #[must_use]
    pub fn note_code(&self) -> &'static str {
        self.errors.first().copied().unwrap_or("000")
    }
}

impl GroupAnswer {
    /// AK901: `A`, `E` accepted with errors, `P` partly accepted, `R` rejected.
    #[must_use]
    pub fn code(&self) -> &'static str {
        let accepted = self.accepted_count();
        if !self.errors.is_empty() || (accepted == 0 && !self.sets.is_empty()) {
            "R"
        } else if accepted < self.sets.len() {
            "P"
        } else if self.sets.iter().any(|set| set.code() == "E") {
            "E"
        } else {
            "A"
        }
    }

    /// How many transaction sets are accepted: none when the group itself is in error.
    #[must_use]
    pub fn accepted_count(&self) -> usize {
        match self.errors.is_empty() {
            true => self.sets.iter().filter(|set| set.code() != "R").count(),
            false => 0,
        }
    }
}

impl SetAnswer {
    /// IK501: `A` accepted, `E` accepted with errors noted, `R` rejected.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match (self.has_errors, self.has_warnings) {
            (true, _) => "R",
            (false, true) => "E",
            (false, false) => "A",
        }
    }
}

impl AckLog {
    /// The answers, one an interchange.
    #[must_use]
    pub fn interchanges(&self) -> &[InterchangeAnswer] {
        &self.interchanges
    }

    pub(crate) fn open_interchange(&mut self, interchange: &Interchange) {
        self.interchanges.push(InterchangeAnswer {
            interchange: interchange.clone(),
            errors: Vec::new(),
            has_warnings: false,
            groups: Vec::new(),
        });
        self.stage = Stage::Interchange;
    }

    pub(crate) fn open_group(&mut self, group: &Group) {
        if let Some(interchange) = self.interchanges.last_mut() {
            interchange.groups.push(GroupAnswer {
                group: group.clone(),
                announced: None,
                errors: Vec::new(),
                sets: Vec::new(),
            });
            self.stage = Stage::Group;
        }
    }

    pub(crate) fn open_set(&mut self, header: &TransactionHeader) {
        if let Some(group) = self.group() {
            let is_answerable = is_answerable(header);
            if !is_answerable && !group.errors.contains(&UNREADABLE_SET) {
                group.errors.push(UNREADABLE_SET);
            }
            group.sets.push(SetAnswer {
                header: header.clone(),
                is_answerable,
                segments: Vec::new(),
                errors: Vec::new(),
                has_errors: false,
                has_warnings: false,
            });
            self.stage = Stage::Set;
        }
    }

    pub(crate) fn close_set(&mut self) {
        if self.stage == Stage::Set {
            self.stage = Stage::Group;
        }
    }

    pub(crate) fn close_group(&mut self, announced: Option<Text>) {
        if let Some(group) = self.group() {
            group.announced = announced;
        }
        self.stage = Stage::Interchange;
    }

    pub(crate) fn close_interchange(&mut self) {
        self.stage = Stage::Nothing;
    }

    fn group(&mut self) -> Option<&mut GroupAnswer> {
        self.interchanges.last_mut()?.groups.last_mut()
    }

    /// Books a finding of SNIP type 1 or 2 to what is open; the other types are answered in a
    /// 277CA.
    pub(crate) fn record(
        &mut self,
        finding: &Finding,
        value: &Text,
        business_unit: Option<(&'static str, Text)>,
    ) {
        if finding.snip > 2 || finding.severity == Severity::Note {
            return;
        }
        let answer = finding.acknowledgement;
        let is_error = finding.is_error();
        if let Some(code) = answer.interchange_error
            && let Some(interchange) = self.interchanges.last_mut()
            && is_error
        {
            interchange.errors.push(code);
        }
        if let (Some(code), Some(group)) = (answer.group_error, self.group())
            && is_error
        {
            group.errors.push(code);
        }
        let is_in_set = answer.segment_error.is_some() || answer.transaction_error.is_some();
        let Some(set) = self.group().and_then(|group| group.sets.last_mut()) else { return };
        if !is_in_set {
            return;
        }
        set.has_errors |= is_error;
        set.has_warnings |= !is_error;
        if let Some(code) = answer.transaction_error.filter(|_| is_error)
            && !set.errors.contains(&code)
        {
            set.errors.push(code);
        }
        if let Some(code) = answer.segment_error {
            set.segment(finding, code, value, business_unit);
        }
    }
}

impl SetAnswer {
    fn segment(
        &mut self,
        finding: &Finding,
        code: &'static str,
        value: &Text,
        business_unit: Option<(&'static str, Text)>,
    ) {
        let position = &finding.position;
        let Some(index) = position.segment_in_transaction else { return };
        let element = finding.acknowledgement.element_error.map(|code| ElementAnswer {
            element: position.element,
            component: position.component,
            reference: GuideSet::builtin()
                .dictionary()
                .element(&position.segment_id, position.element, position.component)
                .map(|element| element.number),
            code,
            value: value.clone(),
        });
        let same = |held: &&mut SegmentAnswer| {
            held.index == index && held.code == code && held.segment_id == position.segment_id
        };
        if let Some(held) = self.segments.iter_mut().rev().take(8).find(same) {
            if let Some(element) = element.filter(|element| !held.elements.contains(element)) {
                held.elements.push(element);
            }
            return;
        }
        if self.segments.len() >= SEGMENTS_MAX {
            return;
        }
        let loop_id = position.loop_path.rsplit('/').next().unwrap_or("");
        self.segments.push(SegmentAnswer {
            segment_id: position.segment_id.clone(),
            index,
            loop_id: loop_id.to_owned(),
            code,
            business_unit,
            elements: element.into_iter().collect(),
        });
    }
}
