//! Contracts and settlements of the generated desk: a contract of the repository in two versions
//! and a third that does not check, settled on generated facts by the code of the product.

use super::book::Book;
use super::listed::{Keyed, listing};
use super::world::PARTNERS;
use super::{GeneratedDesk, Mood, now, sees};
use counterfoil_base::Date;
use counterfoil_contract::{Contract, ContractFiles};
use counterfoil_desk::workbench::{
    LoadedContract, SettlementRecord, SideRecord, VersionRecord, changes, contract, contract_row,
    settlement, settlement_file, settlement_row, simulation,
};
use counterfoil_settle::{
    Basis, RowStatement, Settlement, result_term, statement_differences, statements,
};
use counterfoil_web::view::{
    ChangesRequest, ChangesView, ContractRow, ContractView, DocumentForm, Explanation, ListQuery,
    Listing, MatchState, SettlementRow, SettlementView, Signature, Signing, SimulationView, Target,
    Tone,
};
use counterfoil_web::{Answer, DeskError, DeskErrorKind, Employer, FigureAddress, Viewer};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::OnceLock;

/// The year that is settled.
const YEAR: i64 = 2018;

/// Columns as the published files of that year spell them.
const HEADING: &str =
    "ACO_ID,Current_Track_1,Current_Start_Date,ABtotBnchmk,ABtotExp,N_AB,QualScore,Met_QPS";

/// A version of a contract between the plan and a partner.
struct Version {
    id: &'static str,
    partner: usize,
    effective_on: &'static str,
    standing: (&'static str, Tone),
    signed: [Option<&'static str>; 2],
    loaded: LoadedContract,
}

/// What is agreed in the generated world; made once, because every test reads it.
struct Agreed {
    versions: Vec<Version>,
    settled: Vec<Settled>,
}

/// A settlement with what both sides say.
struct Settled {
    id: &'static str,
    partner: usize,
    period: &'static str,
    standing: (&'static str, Tone),
    before: Option<Vec<RowStatement>>,
    ours: Option<Vec<RowStatement>>,
    theirs: Option<Vec<RowStatement>>,
    ours_signed: bool,
}

fn files() -> ContractFiles {
    let folder =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../contracts/medicare-shared-savings");
    let mut files = ContractFiles::new();
    let mut folders = vec![String::new()];
    while let Some(inside) = folders.pop() {
        for entry in std::fs::read_dir(folder.join(&inside)).expect("the contract is here") {
            let entry = entry.expect("a readable folder");
            let name = entry.file_name().to_string_lossy().into_owned();
            let name = if inside.is_empty() { name } else { format!("{inside}/{name}") };
            if entry.path().is_dir() {
                folders.push(name);
            } else {
                files.insert(name, std::fs::read(entry.path()).expect("a readable file"));
            }
        }
    }
    files
}

fn replaced(mut files: ContractFiles, name: &str, old: &str, new: &str) -> ContractFiles {
    let text = String::from_utf8(files[name].clone()).expect("a text");
    assert!(text.contains(old), "{name} says {old}");
    files.insert(name.to_owned(), text.replace(old, new).into_bytes());
    files
}

fn settle(contract: &Contract, rows: &[&str]) -> Vec<RowStatement> {
    let text = format!("{HEADING}\n{}\n", rows.join("\n"));
    let (facts, problems) = contract.read_facts(YEAR, "facts.csv", text.as_bytes());
    assert!(problems.is_empty(), "{problems:?}");
    let term = result_term(contract, None).expect("an amount");
    statements(contract, YEAR, &facts, term).expect("the facts settle")
}

fn whole(statements: &[RowStatement]) -> Settlement {
    let made = Settlement::new(statements.to_vec(), (Basis::Final, Vec::new()));
    made.expect("every row has a result")
}

fn agreed() -> &'static Agreed {
    static AGREED: OnceLock<Agreed> = OnceLock::new();
    AGREED.get_or_init(|| {
        let first = files();
        let text = String::from_utf8(first["contract.md"].clone()).expect("a text");
        let heading = text.lines().find(|line| line.starts_with("# ")).expect("a heading");
        let words = format!("{heading}\n\nAmended: losses are reported within 30 days.");
        let second = replaced(first.clone(), "contract.md", heading, &words);
        let second = replaced(second, "params/2018.toml", "\"50%\"", "\"55%\"");
        let third = replaced(first.clone(), "contract.md", "generated", "generatd");
        let [first, second, third] = [first, second, third].map(LoadedContract::new);
        let alder = "A0001,1,01/01/2016,\"91,914,080\",\"79,742,206\",9139,0.8503,1";
        let birch = "A0002,1,01/01/2016,\"180,000,000\",\"176,400,000\",16204,0.91,1";
        let birch_anew = "A0002,1,01/01/2016,\"180,000,000\",\"171,400,000\",16204,0.91,1";
        let settled = |rows: &[&str]| Some(settle(&first.contract, rows));
        let settled = vec![
            Settled {
                id: "s2018",
                partner: 0,
                period: "2018",
                standing: ("restated", Tone::Attention),
                before: settled(&[alder, birch]),
                ours: settled(&[alder, birch_anew]),
                theirs: settled(&[alder, birch]),
                ours_signed: true,
            },
            Settled {
                id: "s2019",
                partner: 0,
                period: "2019",
                standing: ("computed, not stated", Tone::Attention),
                before: None,
                ours: settled(&[alder]),
                theirs: settled(&[alder]),
                ours_signed: false,
            },
            Settled {
                id: "m2018",
                partner: 1,
                period: "2018",
                standing: ("provisional", Tone::Moving),
                before: None,
                ours: None,
                theirs: settled(&[birch]),
                ours_signed: false,
            },
        ];
        let version = |id, partner, effective_on, standing, signed, loaded| Version {
            id,
            partner,
            effective_on,
            standing,
            signed,
            loaded,
        };
        let both = [Some("dana"), Some("Ida Bell")];
        let theirs = [None, Some("Ida Bell")];
        let waits = ("proposed by the partner", Tone::Attention);
        let versions = vec![
            version("c2", 0, "2027-01-01", waits, theirs, second),
            version("c1", 0, "2018-01-01", ("in force", Tone::Good), both, first),
            version("m1", 1, "2027-01-01", waits, theirs, third),
        ];
        Agreed { versions, settled }
    })
}

/// Figures of a page with their explanations.
type Told = BTreeMap<FigureAddress, Explanation>;

fn opened<V>(book: &mut Book, make: impl FnOnce(&mut counterfoil_desk::Book) -> V) -> V {
    let why = "Generated data: the other side holds nothing of its own.";
    let mut own = counterfoil_desk::Book::new(now(), why);
    let view = make(&mut own);
    let told: Told = own.into_all();
    book.0.extend(told);
    view
}

impl GeneratedDesk {
    fn versions<'d>(&'d self, viewer: &'d Viewer) -> impl Iterator<Item = &'static Version> + 'd {
        let all = agreed().versions.iter().filter(|_| self.mood != Mood::Empty);
        all.filter(|one| sees(viewer, PARTNERS[one.partner].0))
    }

    fn is_signed(&self, key: &str) -> bool {
        self.signed.lock().expect("no test panics in here").contains(key)
    }

    fn record(&self, version: &Version, viewer: &Viewer) -> VersionRecord {
        let partner = PARTNERS[version.partner].1;
        let is_own = viewer.account.employer == Employer::Own;
        let is_signed = version.signed[0].is_some() || self.is_signed(version.id);
        let digest = version.loaded.contract.digest().to_owned();
        let mut signatures = Vec::new();
        if is_signed {
            let by = version.signed[0].unwrap_or(viewer.account.name.as_str());
            signatures.push(("Lakeshore Health Plan", true, by));
        }
        signatures.extend(version.signed[1].map(|by| (partner, false, by)));
        let signatures = signatures.into_iter().map(|(party, is_ours, by)| Signature {
            party: party.to_owned(),
            is_ours,
            by: by.to_owned(),
            at: "2026-06-12 10:30 UTC".to_owned(),
            digest: digest.clone(),
        });
        let (words, tone) = match (is_signed, version.standing) {
            (true, ("proposed by the partner", _)) => ("signed for later", Tone::Moving),
            (_, standing) => standing,
        };
        VersionRecord {
            id: version.id.to_owned(),
            name: "medicare_shared_savings".to_owned(),
            partner: partner.to_owned(),
            effective_on: version.effective_on.parse::<Date>().expect("a day"),
            standing: (words.to_owned(), tone),
            signatures: signatures.collect(),
            agreement: match is_signed {
                true => MatchState::Equal { hash: digest.clone() },
                false => MatchState::Unknown { why: "It waits for our signature.".to_owned() },
            },
            signing: match (is_own, is_signed, version.loaded.is_computable()) {
                (false, ..) => Signing::Closed { why: "Guests sign on their own node.".to_owned() },
                (true, true, _) => Signing::Done,
                (true, false, true) => Signing::Open {
                    effect: format!(
                        "With your signature it is in force from {} on.",
                        version.effective_on
                    ),
                },
                (true, false, false) => {
                    Signing::Closed { why: "Its check finds something to mend.".to_owned() }
                }
            },
            digest,
        }
    }

    pub fn contract_list(
        &self,
        viewer: &Viewer,
        query: &ListQuery,
        book: &mut Book,
    ) -> Listing<ContractRow> {
        let keyed = self.versions(viewer).map(|version| {
            let row = contract_row(&self.record(version, viewer));
            Keyed {
                id: row.id.clone(),
                words: format!("{} {}", row.name, row.partner),
                filters: BTreeMap::from([
                    ("standing", row.standing.0.clone()),
                    ("with", row.partner.clone()),
                ]),
                numbers: BTreeMap::new(),
                sorts: BTreeMap::from([
                    ("effective_on", row.effective_on.to_string()),
                    ("partner", row.partner.clone()),
                ]),
                target: Some(Target::Contract(row.id.clone())),
                row,
            }
        });
        listing("contracts", keyed.collect(), query, &[], book)
    }

    pub fn contract_view(
        &self,
        viewer: &Viewer,
        id: &str,
        book: &mut Book,
    ) -> Option<ContractView> {
        let version = self.versions(viewer).find(|one| one.id == id)?;
        let others = self.others(viewer, version);
        let settled = self.settled(viewer).filter(|one| one.partner == version.partner);
        let settled = settled.filter(|_| version.id == "c1");
        let settled =
            settled.map(|one| (one.period.to_owned(), Target::Settlement(one.id.to_owned())));
        let beside = (others.as_slice(), settled.collect());
        let record = self.record(version, viewer);
        Some(opened(book, |own| contract(&record, Some(&version.loaded), beside, own)))
    }

    fn others(&self, viewer: &Viewer, version: &Version) -> Vec<VersionRecord> {
        let same = |one: &&Version| one.partner == version.partner && one.id != version.id;
        self.versions(viewer).filter(same).map(|one| self.record(one, viewer)).collect()
    }

    pub fn changes_view(
        &self,
        viewer: &Viewer,
        id: &str,
        request: &ChangesRequest,
        book: &mut Book,
    ) -> Option<ChangesView> {
        let version = self.versions(viewer).find(|one| one.id == id)?;
        let others = self.others(viewer, version);
        let old = others.iter().find(|one| one.id == request.against).or(others.first());
        let loaded = old.and_then(|old| agreed().versions.iter().find(|one| one.id == old.id));
        let old = old.zip(loaded).map(|(old, version)| (old, Some(&version.loaded)));
        let new = self.record(version, viewer);
        let new = (&new, Some(&version.loaded));
        Some(opened(book, |own| changes(new, old, &others, request, own)))
    }

    pub fn simulation_view(
        &self,
        viewer: &Viewer,
        id: &str,
        assumptions: &[(String, String)],
        book: &mut Book,
    ) -> Option<SimulationView> {
        let version = self.versions(viewer).find(|one| one.id == id)?;
        let record = self.record(version, viewer);
        Some(opened(book, |own| simulation(&record, &version.loaded, assumptions, own)))
    }

    fn settled<'d>(&'d self, viewer: &'d Viewer) -> impl Iterator<Item = &'static Settled> + 'd {
        let all = agreed().settled.iter().filter(|_| self.mood != Mood::Empty);
        all.filter(|one| sees(viewer, PARTNERS[one.partner].0))
    }

    fn settlement_record(&self, one: &Settled, viewer: &Viewer) -> SettlementRecord {
        let is_signed = one.ours_signed || self.is_signed(one.id);
        let side = |party: &str, by: Option<&str>, statements: &Vec<RowStatement>| {
            let whole = whole(statements);
            SideRecord {
                party: party.to_owned(),
                digest: whole.sha256(),
                facts: whole.facts_sha256.clone(),
                amount_cents: whole.amount_cents,
                signed: by.map(|by| (by.to_owned(), now())),
                statements: Some(whole.statements),
            }
        };
        let own = is_signed.then_some("dana");
        let signing = match (&one.ours, viewer.account.employer == Employer::Own) {
            (_, false) => Signing::Closed { why: "Guests sign on their own node.".to_owned() },
            (None, true) => {
                Signing::Closed { why: "Your organization has not settled it yet.".to_owned() }
            }
            (Some(_), true) if is_signed => Signing::Done,
            (Some(_), true) => Signing::Open {
                effect: "The partner states the same, byte for byte. With your signature it is \
                         agreed and can be paid."
                    .to_owned(),
            },
        };
        let standing = if self.is_signed(one.id) { ("final", Tone::Good) } else { one.standing };
        let before = one.before.as_ref().zip(one.ours.as_ref());
        SettlementRecord {
            id: one.id.to_owned(),
            name: format!("medicare_shared_savings {}", one.period),
            partner: PARTNERS[one.partner].1.to_owned(),
            is_payer: true,
            standing: (standing.0.to_owned(), standing.1),
            ours: one.ours.as_ref().map(|all| side("Lakeshore Health Plan", own, all)),
            theirs: one
                .theirs
                .as_ref()
                .map(|all| side(PARTNERS[one.partner].1, Some("Ida Bell"), all)),
            contract: (one.partner == 0).then(|| Target::Contract("c1".to_owned())),
            differences: before.and_then(|(old, new)| statement_differences(old, new).ok()),
            signing,
            posted: match one.before {
                Some(_) => {
                    vec![("final booked on 2026-05-04, both sides agreed:".to_owned(), 4_000_000)]
                }
                None => Vec::new(),
            },
        }
    }

    pub fn settlement_list(
        &self,
        viewer: &Viewer,
        query: &ListQuery,
        book: &mut Book,
    ) -> Listing<SettlementRow> {
        let keyed = self.settled(viewer).map(|one| {
            let record = self.settlement_record(one, viewer);
            let row = opened(book, |own| settlement_row(&record, own));
            let ours = record.ours.as_ref().map_or(0, |side| side.amount_cents);
            Keyed {
                id: row.id.clone(),
                words: format!("{} {}", row.name, row.partner),
                filters: BTreeMap::from([("agreement", row.agreement.0.clone())]),
                numbers: BTreeMap::from([("ours", ours)]),
                sorts: BTreeMap::from([("name", row.name.clone())]),
                target: Some(Target::Settlement(row.id.clone())),
                row,
            }
        });
        let keyed = keyed.collect();
        listing("settlements", keyed, query, &[], book)
    }

    pub fn settlement_view(
        &self,
        viewer: &Viewer,
        (id, row): (&str, Option<u64>),
        book: &mut Book,
    ) -> Option<SettlementView> {
        let one = self.settled(viewer).find(|one| one.id == id)?;
        let record = self.settlement_record(one, viewer);
        let loaded = agreed().versions.iter().find(|version| version.id == "c1");
        let loaded = loaded.map(|version| &version.loaded);
        Some(opened(book, |own| settlement(&record, loaded, row, own)))
    }

    pub fn settlement_bytes(
        &self,
        viewer: &Viewer,
        id: &str,
        form: DocumentForm,
    ) -> Option<Vec<u8>> {
        let one = self.settled(viewer).find(|one| one.id == id)?;
        let statements = one.ours.as_ref().or(one.theirs.as_ref())?;
        let document = whole(statements).to_json();
        settlement_file(statements, document.as_bytes(), form).ok()
    }

    /// Signs what was shown, once.
    pub fn sign(&self, id: &str, known: &str, digest: &str) -> Answer<Option<()>> {
        let conflict = |why: &str| {
            Err(DeskError::new(DeskErrorKind::Conflict, "Nothing was signed.", why)
                .next("Load the page again and look at what stands there now.")
                .unchanged("Everything; no signature was given."))
        };
        if known != digest {
            return conflict("The digest is not the one that was shown.");
        }
        if !self.signed.lock().expect("no test panics in here").insert(id.to_owned()) {
            return conflict("It is signed already.");
        }
        Ok(Some(()))
    }
}
