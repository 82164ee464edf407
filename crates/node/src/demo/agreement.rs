//! The demo's contract: the plan and the hospital sign a quality bonus, each settles last year on
//! its own file of facts, both state the same and book it.

use super::nodes::Nodes;
use super::plan::{ORGANIZATIONS, put, run_own};
use crate::data::DataFolder;
use crate::outside::instant;
use counterfoil_base::{Cents, Date};
use counterfoil_cli::CommandError;
use counterfoil_operations::OperationsError;
use counterfoil_operations::contracts::{
    PartnerContract, PartnerSettlement, contract_files, contract_of, settlement_of,
};
use counterfoil_operations::halves::relation_with;
use counterfoil_twin::{Author, ContractVersion, SettlementStanding, settlement_subject, to_hex};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The contract by its id.
const CONTRACT: &str = "quality_bonus";
/// The template that it is made of, and the year whose numbers the template has.
const TEMPLATE: (&str, &str) = ("pay-for-performance", "2026");
/// The year that is settled: the one before the demo's month.
const YEAR: &str = "2024";
/// Member months of the hospital's patients in the plan.
const MEMBER_MONTHS: &str = "18240";
/// Measures with group, threshold and target in percent.
const MEASURES: [(&str, &str, u64, u64); 6] = [
    ("colorectal_screening", "prevention", 52, 74),
    ("influenza_immunization", "prevention", 45, 68),
    ("diabetes_control", "chronic", 58, 80),
    ("blood_pressure_control", "chronic", 55, 76),
    ("statin_therapy", "chronic", 61, 82),
    ("access_to_care", "experience", 55, 84),
];
/// Longest wait for a signature or text to come.
const WAIT_MAX: Duration = Duration::from_secs(60);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(20);

/// Both folders, with the name that each has for the other.
const SIDES: [(&str, &str); 2] = [("plan", "The hospital"), ("hospital", "The health plan")];

/// What came of the contract.
pub struct Agreement {
    pub contract: String,
    pub digest: String,
    pub effective_on: Date,
    /// Who signed for the plan, and for the hospital.
    pub signed_by: [String; 2],
    pub year: &'static str,
    pub amount_cents: Cents,
    /// Digest of the settlement that the plan states.
    pub settlement: String,
    /// Whether both state the same bytes and have booked them.
    pub is_same: bool,
}

/// One side as its database has it.
#[derive(Default)]
struct Known {
    contract: Option<PartnerContract>,
    /// Whether the text is here.
    has_text: bool,
    settlement: Option<PartnerSettlement>,
}

impl Known {
    fn read(folder: &Path, (name, partner): (&str, &str)) -> Result<Known, CommandError> {
        let mut store = DataFolder::open(&folder.join(name))?.store()?;
        let read = store.read("the demo's contract", |tx| {
            let relation = relation_with(tx, partner)?;
            let contract = contract_of(tx, &relation, CONTRACT)?;
            let mut has_text = false;
            for version in contract.iter().flat_map(|one| &one.state.versions) {
                has_text |= contract_files(tx, &to_hex(&version.digest))?.is_some();
            }
            let subject = settlement_subject(CONTRACT, YEAR);
            let settlement = settlement_of(tx, &relation, &subject)?;
            Ok::<_, OperationsError>(Known { contract, has_text, settlement })
        });
        Ok(read?)
    }

    fn version(&self) -> Option<&ContractVersion> {
        self.contract.as_ref()?.state.versions.first()
    }

    /// Whether a side's signature has come, or was given here.
    fn is_signed_by(&self, author: Author) -> bool {
        self.version().is_some_and(|one| one.signature(author).is_some())
    }

    fn is_stated(&self) -> bool {
        self.settlement.as_ref().is_some_and(|one| one.ours().is_some())
    }

    fn is_agreed(&self) -> bool {
        let standing = self.settlement.as_ref().map(|one| one.state.standing());
        standing == Some(SettlementStanding::Agreed)
    }

    fn is_booked(&self) -> bool {
        self.settlement.as_ref().is_some_and(|one| !one.postings.is_empty())
    }
}

/// Signs, settles, states and books, as far as it is not done.
pub fn play(folder: &Path, nodes: &Nodes, (seed, on): (u64, Date)) -> Result<(), CommandError> {
    let text = write_contract(folder)?;
    write_facts(folder, seed)?;
    let [plan, hospital] = SIDES;
    let person = |place: usize| ORGANIZATIONS.get(place).map_or("", |one| one.3);
    if !Known::read(folder, plan)?.is_signed_by(Author::Payer) {
        let text = text.display().to_string();
        let words = ["contract", "sign", &text, "--from", YEAR, "--by", person(0)];
        run(folder, plan, &words)?;
    }
    nodes.settle()?;
    until(folder, hospital, &|known| known.has_text && known.is_signed_by(Author::Payer))?;
    let known = Known::read(folder, hospital)?;
    if let Some(version) = known.version()
        && !known.is_signed_by(Author::Provider)
    {
        let digest = to_hex(&version.digest);
        run(folder, hospital, &["contract", "sign", &digest, "--by", person(1)])?;
    }
    nodes.settle()?;
    until(folder, plan, &|known| known.is_signed_by(Author::Provider))?;
    for (place, side) in SIDES.into_iter().enumerate() {
        if !Known::read(folder, side)?.is_stated() {
            let [facts, measures] = facts_files(folder, side.0);
            let (facts, measures) = (facts.display().to_string(), measures.display());
            let rows = format!("measures={measures}");
            let which = ["settlement", "prepare", CONTRACT, "--year", YEAR];
            run(folder, side, &[&which[..], &["--facts", &facts, "--rows", &rows]].concat())?;
            let which = ["settlement", "state", CONTRACT, "--year", YEAR];
            run(folder, side, &[&which[..], &["--by", person(place)]].concat())?;
        }
    }
    nodes.settle()?;
    for side in SIDES {
        until(folder, side, &Known::is_agreed)?;
        if !Known::read(folder, side)?.is_booked() {
            let which = ["settlement", "book", CONTRACT, "--year", YEAR];
            run(folder, side, &[&which[..], &["--on", &on.to_string()]].concat())?;
        }
    }
    nodes.settle()
}

fn run(folder: &Path, (name, partner): (&str, &str), words: &[&str]) -> Result<(), CommandError> {
    let data = folder.join(name).display().to_string();
    run_own(&[words, &["--partner", partner, "--data", &data]].concat()).map(drop)
}

/// Waits until a side knows something that is on its way.
fn until(
    folder: &Path,
    side: (&str, &str),
    is_so: &dyn Fn(&Known) -> bool,
) -> Result<(), CommandError> {
    let began = instant();
    while !is_so(&Known::read(folder, side)?) {
        if began.elapsed() >= WAIT_MAX {
            let message = format!("what was signed does not come to {}", side.0);
            return Err(CommandError::operator(message, "its node.log says more"));
        }
        std::thread::sleep(LOOK);
    }
    Ok(())
}

/// The contract's folder at the plan: the template, with numbers for the year that is settled.
fn write_contract(folder: &Path) -> Result<PathBuf, CommandError> {
    let path = folder.join("plan/contracts").join(CONTRACT.replace('_', "-"));
    let (template, year) = TEMPLATE;
    if !path.exists() {
        let text = path.display().to_string();
        run_own(&["contract", "new", &text, "--from", template])?;
    }
    let of_year = |year: &str| path.join("params").join(format!("{year}.toml"));
    let read = std::fs::read_to_string(of_year(year));
    let text = read.map_err(|cause| CommandError::file("read", &of_year(year), &cause))?;
    let text = text.replace(&format!("Year {year}"), &format!("Year {YEAR}"));
    put(&of_year(YEAR), text.as_bytes())?;
    Ok(path)
}

/// The two files of facts of a side.
fn facts_files(folder: &Path, name: &str) -> [PathBuf; 2] {
    let of = |what: &str| folder.join(name).join("facts").join(format!("{what}-{YEAR}.csv"));
    [of("providers"), of("measures")]
}

/// Writes what both have measured: each in its own order of rows and columns, as two systems would.
fn write_facts(folder: &Path, seed: u64) -> Result<(), CommandError> {
    let provider = "General Hospital";
    let mut plan =
        vec!["Provider,Measure,Group,Cases,Performance,Baseline,Threshold,Target".into()];
    let mut hospital =
        vec!["Measure,Group,Target,Threshold,Baseline,Performance,Cases,Provider".to_owned()];
    for (number, (measure, group, threshold, target)) in (1u64..).zip(MEASURES) {
        let drawn = mixed(seed.wrapping_add(number));
        let cases = 120 + drawn % 400;
        let performance = threshold + drawn / 400 % (target - threshold + 4);
        let baseline = performance - drawn / 16_000 % 9;
        plan.push(format!(
            "{provider},{measure},{group},{cases},{performance}%,{baseline}%,{threshold}%,{target}%"
        ));
        hospital.insert(
            1,
            format!(
                "{measure},{group},{target}%,{threshold}%,{baseline}%,{performance}%,{cases},{provider}"
            ),
        );
    }
    let text = |lines: &[String]| lines.iter().map(|line| format!("{line}\n")).collect::<String>();
    let whole = format!("Provider,Member_Months\n{provider},{MEMBER_MONTHS}\n");
    for (name, lines) in [("plan", &plan), ("hospital", &hospital)] {
        let [providers, measures] = facts_files(folder, name);
        put(&providers, whole.as_bytes())?;
        put(&measures, text(lines).as_bytes())?;
    }
    Ok(())
}

/// A number that looks drawn and is the same for the same seed (the finalizer of `SplitMix64`).
fn mixed(seed: u64) -> u64 {
    let mut bits = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// What came of it, by the databases of both.
pub fn agreement(folder: &Path) -> Result<Option<Agreement>, CommandError> {
    let [plan, hospital] = [SIDES[0], SIDES[1]].map(|side| Known::read(folder, side));
    let (plan, hospital) = (plan?, hospital?);
    let known = plan.version().zip(plan.settlement.as_ref());
    let Some((version, settlement)) = known else { return Ok(None) };
    let Some(ours) = settlement.ours() else { return Ok(None) };
    let name = |author| {
        version.signature(author).map_or_else(String::new, |one| one.signed_by.to_string())
    };
    let booked = |known: &Known| {
        let last = known.settlement.as_ref().and_then(|one| one.postings.last());
        last.map(|one| one.digest.clone())
    };
    let settled = to_hex(&ours.statement);
    let is_booked = [&plan, &hospital].iter().all(|one| booked(one).as_ref() == Some(&settled));
    Ok(Some(Agreement {
        contract: CONTRACT.to_owned(),
        digest: to_hex(&version.digest),
        effective_on: version.effective_on,
        signed_by: [name(Author::Payer), name(Author::Provider)],
        year: YEAR,
        amount_cents: ours.amount_cents,
        settlement: settled,
        is_same: plan.is_agreed() && hospital.is_agreed() && is_booked,
    }))
}
