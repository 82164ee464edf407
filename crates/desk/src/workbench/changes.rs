//! What changed between two versions: in words, and in cents on facts that a person gives.

use super::{LoadedContract, VersionRecord, contract_row, contract_rule, findings, unknown};
use crate::book::{Book, Story, figure_input, input};
use counterfoil_base::{Cents, Finding};
use counterfoil_contract::{CONTRACT_FILE, Contract, ContractFiles, FactTable, Problem};
use counterfoil_settle::{Differences, RowDifference, Side, differences, result_term};
use counterfoil_web::view::{AmountsChange, AmountsRow, ChangeLine, ChangesRequest, ChangesView};
use counterfoil_web::{Figure, FigureAddress};

/// Rows that a page shows; totals are of all.
const ROWS_SHOWN: usize = 100;

/// The changes of one version against another; `others` are all that it can be compared with.
pub fn changes(
    new: (&VersionRecord, Option<&LoadedContract>),
    old: Option<(&VersionRecord, Option<&LoadedContract>)>,
    others: &[VersionRecord],
    request: &ChangesRequest,
    book: &mut Book,
) -> ChangesView {
    let mut view = ChangesView {
        new: contract_row(new.0),
        old: old.map(|(record, _)| contract_row(record)),
        others: others.iter().map(contract_row).collect(),
        changes: Vec::new(),
        years: Vec::new(),
        rows: Vec::new(),
        findings: Vec::new(),
        cents: None,
    };
    let (Some(after), Some((_, Some(before)))) = (new.1, old) else { return view };
    view.changes = words(before, after);
    let years: Vec<i64> = before.contract.years().collect();
    view.years = after.contract.years().filter(|year| years.contains(year)).collect();
    view.rows = after.contract.program().row_sets().map(str::to_owned).collect();
    if !request.facts.trim().is_empty() {
        match settled(before, after, request) {
            Ok(found) => {
                let place = Place { subject: "changes", id: &new.0.id };
                view.cents = Some(cents_change(&found, &place, book));
            }
            Err((problems, files)) => view.findings = findings(&problems, &files),
        }
    }
    view
}

fn words(before: &LoadedContract, after: &LoadedContract) -> Vec<ChangeLine> {
    let old = (&before.contract, &before.files);
    let all = counterfoil_settle::changes(old, (&after.contract, &after.files));
    let told = all.iter().map(|change| {
        let mut lines = change.lines().into_iter();
        let mut line = ChangeLine {
            head: lines.next().unwrap_or_default(),
            removed: Vec::new(),
            added: Vec::new(),
        };
        for text in lines {
            let text = text.trim_start();
            match (text.strip_prefix("- "), text.strip_prefix("+ ")) {
                (Some(text), _) => line.removed.push(text.to_owned()),
                (_, Some(text)) => line.added.push(text.to_owned()),
                _ => line.head = format!("{} {text}", line.head),
            }
        }
        line
    });
    told.collect()
}

/// What cannot be used, with the files that the places are in.
type Refused = (Vec<Problem>, ContractFiles);

fn settled(
    before: &LoadedContract,
    after: &LoadedContract,
    request: &ChangesRequest,
) -> Result<Differences, Refused> {
    let plain = |problem: Problem| (vec![problem], ContractFiles::new());
    let Ok(year) = request.year.trim().parse::<i64>() else {
        return Err(plain(no_year()));
    };
    for loaded in [before, after] {
        if !loaded.is_computable() {
            return Err((loaded.problems.clone(), loaded.files.clone()));
        }
    }
    let (old_facts, new_facts) =
        (facts(&before.contract, year, request)?, facts(&after.contract, year, request)?);
    let term = |contract| {
        let missing = || plain(no_amount());
        result_term(contract, None).ok_or_else(missing)
    };
    let side = |contract, facts, result| Side { contract, year, facts, result };
    let old = side(&before.contract, &old_facts, term(&before.contract)?);
    let new = side(&after.contract, &new_facts, term(&after.contract)?);
    differences(old, new).map_err(|problem| plain(*problem))
}

/// The facts as one version reads them.
fn facts(contract: &Contract, year: i64, request: &ChangesRequest) -> Result<FactTable, Refused> {
    let (mut table, mut problems) =
        contract.read_facts(year, "facts.csv", request.facts.as_bytes());
    for (rows, text) in request.rows.iter().filter(|(_, text)| !text.trim().is_empty()) {
        let is_read = contract.program().row_sets().any(|known| known == rows);
        if is_read && problems.is_empty() {
            let file = format!("{rows}.csv");
            problems = contract.read_rows(year, rows, (&file, text.as_bytes()), &mut table);
        }
    }
    match problems.iter().any(|problem| problem.finding.is_error()) {
        true => Err((problems, ContractFiles::new())),
        false => Ok(table),
    }
}

fn no_year() -> Problem {
    let finding = Finding::error("SETTLE-no-year-named", 7, "No year is named")
        .because("Two versions are compared in cents by the numbers of one year")
        .fix("Choose a year that both versions state");
    Problem::of_file(finding, "facts.csv")
}

pub(super) fn no_amount() -> Problem {
    let finding = Finding::error("SETTLE-no-amount", 7, "No amount of the contract has a column")
        .because("The last amount with a column is what one party pays the other")
        .fix("Add a column of an amount to the contract");
    Problem::of_file(finding, CONTRACT_FILE)
}

/// What figures belong to.
pub(super) struct Place<'p> {
    /// `changes` or `settlement`.
    pub subject: &'p str,
    /// Its opaque id.
    pub id: &'p str,
}

/// Differences as figures; the row's explanation names the first place where the two part.
pub(super) fn cents_change(
    found: &Differences,
    place: &Place<'_>,
    book: &mut Book,
) -> AmountsChange {
    let maker = Maker { found, place };
    let rows: Vec<AmountsRow> = (1..)
        .zip(found.rows.iter().take(ROWS_SHOWN))
        .map(|(at, row)| maker.row(at, row, book))
        .collect();
    let old = maker.money("old-total", found.old_total_cents, "The sum of the old amounts.", book);
    let new = maker.money("new-total", found.new_total_cents, "The sum of the new amounts.", book);
    let less = [("new", &new), ("old", &old)];
    AmountsChange {
        provider: maker.less("provider", found.provider_difference_cents, less, book),
        payer: maker.less("payer", found.payer_difference_cents, [less[1], less[0]], book),
        differing: maker.count("differing", found.rows.len() as u64, book),
        same: maker.count("same", found.rows_of_same_amount, book),
        rows,
        old,
        new,
    }
}

struct Maker<'m> {
    found: &'m Differences,
    place: &'m Place<'m>,
}

impl Maker<'_> {
    fn address(&self, name: &str) -> FigureAddress {
        FigureAddress::new(self.place.subject, self.place.id, &format!("change-{name}"))
    }

    fn story(&self, sentence: &str, formula: String) -> Story {
        let Differences { old_contract, new_contract, .. } = self.found;
        Story {
            sentence: sentence.to_owned(),
            formula,
            rule: contract_rule("differences", new_contract, "docs/reference/settlement.md"),
            inputs: vec![
                input("old contract", old_contract, "SHA-256"),
                input("new contract", new_contract, "SHA-256"),
            ],
            other_side: unknown("Computed here on facts given here; nothing of it was exchanged."),
            ..Story::default()
        }
    }

    fn money(&self, name: &str, cents: i64, sentence: &str, book: &mut Book) -> Figure {
        let formula = format!("{} over all rows", Cents(cents));
        book.money(Cents(cents), self.address(name), self.story(sentence, formula))
    }

    fn count(&self, name: &str, number: u64, book: &mut Book) -> Figure {
        let story =
            self.story("Rows of both settlements, paired.", "counted row by row".to_owned());
        book.count(number, self.address(name), story)
    }

    fn less(&self, name: &str, cents: i64, parts: [(&str, &Figure); 2], book: &mut Book) -> Figure {
        let [(one, _), (other, _)] = parts;
        let sentence = "What all providers receive more, the payer has less.";
        let mut story = self.story(sentence, format!("{one} total - {other} total"));
        for (name, figure) in parts {
            story.inputs.push(figure_input(&format!("{name} total"), figure, "this page"));
        }
        book.money(Cents(cents), self.address(name), story)
    }

    fn row(&self, at: usize, row: &RowDifference, book: &mut Book) -> AmountsRow {
        let first = row.parting.as_ref().map(|parting| parting.sentence()).unwrap_or_default();
        let sentence = match first.as_str() {
            "" => "The two settlements part in this row.".to_owned(),
            first => format!("The two settlements part first at {first}."),
        };
        let mut amount = |name: &str, cents: Option<i64>| {
            let cents = cents?;
            let story = self.story(&sentence, format!("{}", Cents(cents)));
            Some(book.money(Cents(cents), self.address(&format!("row-{at}-{name}")), story))
        };
        let (old, new) = (amount("old", row.old_cents), amount("new", row.new_cents));
        let mut story = self.story(&sentence, "new - old".to_owned());
        for (name, figure) in [("new", &new), ("old", &old)] {
            let figure = figure.iter().map(|figure| figure_input(name, figure, "this row"));
            story.inputs.extend(figure);
        }
        let address = self.address(&format!("row-{at}-difference"));
        let difference = book.money(Cents(row.difference_cents), address, story);
        AmountsRow { subject: row.subject.clone(), old, new, difference, first }
    }
}
