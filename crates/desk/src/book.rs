//! Figures with their explanations, gathered while a view is built, so that a page and its
//! Explain page come from the same place.

use crate::seal::hex;
use counterfoil_base::{Cents, Decimal, RuleReference};
use counterfoil_web::view::{Explanation, ExplanationInput, OtherSide, SourceRow, Target};
use counterfoil_web::{Figure, FigureAddress};
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Rows that an explanation shows.
pub(crate) const ROWS_SHOWN: usize = 100;

/// What was explained so far.
pub struct Book {
    at: Timestamp,
    other_side: String,
    explained: BTreeMap<FigureAddress, Explanation>,
}

/// How a figure came about.
#[derive(Default)]
pub(crate) struct Story {
    /// One sentence.
    pub(crate) sentence: String,
    /// The formula with the numbers in place.
    pub(crate) formula: String,
    /// Id, version and citation of the rule.
    pub(crate) rule: RuleReference,
    /// What entered.
    pub(crate) inputs: Vec<ExplanationInput>,
    /// Rows at the source: what, where, how much.
    pub(crate) rows: Vec<SourceRow>,
    /// How many rows there are when more exist than are shown.
    pub(crate) row_count: Option<u64>,
    /// What the rows sum to, when they are money.
    pub(crate) row_sum: Option<Cents>,
    /// The command that computes it again.
    pub(crate) reproduce: String,
    /// The clause in the contract's own words, empty when there is none.
    pub(crate) clause: String,
    /// What the other party holds, when more is known than the book says of all.
    pub(crate) other_side: Option<OtherSide>,
}

/// A rule of the program itself.
pub(crate) fn rule(id: &str, citation: &str) -> RuleReference {
    RuleReference {
        id: id.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        citation: citation.to_owned(),
    }
}

/// A fact that entered.
pub(crate) fn input(name: &str, value: &str, source: &str) -> ExplanationInput {
    ExplanationInput {
        name: name.to_owned(),
        value: value.to_owned(),
        figure: None,
        source: source.to_owned(),
        target: None,
    }
}

/// A figure that entered.
pub(crate) fn figure_input(name: &str, figure: &Figure, source: &str) -> ExplanationInput {
    ExplanationInput { figure: Some(figure.clone()), ..input(name, "", source) }
}

/// A row at the source.
pub(crate) fn row(what: &str, target: Option<Target>, amount: &Figure) -> SourceRow {
    SourceRow { what: what.to_owned(), target, amount: Some(amount.clone()) }
}

impl Story {
    /// A fact that stands in a source as it is shown.
    pub(crate) fn stated(sentence: &str, source: &str, citation: &str) -> Story {
        Story {
            sentence: sentence.to_owned(),
            formula: "as the source states it".to_owned(),
            rule: rule("as-stated", citation),
            inputs: vec![input("source", source, source)],
            ..Story::default()
        }
    }
}

impl Book {
    /// Nothing yet, as of a moment; `other_side` says why the partner's value is not known.
    #[must_use]
    pub fn new(at: Timestamp, other_side: &str) -> Book {
        Book { at, other_side: other_side.to_owned(), explained: BTreeMap::new() }
    }

    /// An amount with its story.
    pub(crate) fn money(&mut self, amount: Cents, address: FigureAddress, story: Story) -> Figure {
        self.keep(Figure::money(amount, address), &amount.to_string(), story)
    }

    /// A number with its story.
    pub(crate) fn count(&mut self, number: u64, address: FigureAddress, story: Story) -> Figure {
        self.keep(Figure::count(number, address), &number.to_string(), story)
    }

    /// A quantity with its unit.
    pub(crate) fn rate(
        &mut self,
        value: Decimal,
        unit: &str,
        address: FigureAddress,
        story: Story,
    ) -> Figure {
        let words = value.to_string();
        self.keep(Figure::rate(value, unit, address), &words, story)
    }

    /// A figure that is made already, with its story and its value in words.
    pub(crate) fn figure(&mut self, figure: Figure, value: &str, story: Story) -> Figure {
        self.keep(figure, value, story)
    }

    /// The explanation of an address, when a view that was built shows it.
    pub(crate) fn take(mut self, address: &FigureAddress) -> Option<Explanation> {
        self.explained.remove(address)
    }

    /// Takes a figure back that is not shown.
    pub(crate) fn forget(&mut self, address: &FigureAddress) {
        self.explained.remove(address);
    }

    /// Everything that was explained.
    #[must_use]
    pub fn into_all(self) -> BTreeMap<FigureAddress, Explanation> {
        self.explained
    }

    fn keep(&mut self, figure: Figure, value: &str, story: Story) -> Figure {
        let address = figure.address();
        let side = |name: &str| {
            FigureAddress::new(&address.subject, &address.id, &format!("{name}-{}", address.name))
                .filtered(address.filter.clone())
        };
        let rows = story.row_count.unwrap_or(story.rows.len() as u64);
        let row_count = Figure::count(rows, side("rows-of"));
        let row_sum = story.row_sum.map(|sum| Figure::money(sum, side("sum-of")));
        let explanation = Explanation {
            digest: digest(&story, value),
            figure: figure.clone(),
            sentence: story.sentence,
            formula: story.formula,
            rule: story.rule,
            clause: story.clause,
            rounding: None,
            inputs: story.inputs,
            rows: story.rows.into_iter().take(ROWS_SHOWN).collect(),
            row_count: row_count.clone(),
            row_sum: row_sum.clone(),
            other_side: match story.other_side {
                Some(known) => known,
                None => OtherSide::Unknown { why: self.other_side.clone() },
            },
            as_of: self.at,
            reproduce: story.reproduce,
        };
        for (beside, sentence) in [
            (Some(row_count), "The number of rows at the source from which the figure was made."),
            (row_sum, "The sum of the rows at the source from which the figure was made."),
        ] {
            let Some(beside) = beside else { continue };
            let own = Explanation {
                figure: beside.clone(),
                sentence: sentence.to_owned(),
                formula: "counted and added row by row".to_owned(),
                ..explanation.clone()
            };
            self.explained.entry(beside.address().clone()).or_insert(own);
        }
        self.explained.insert(address.clone(), explanation);
        figure
    }
}

/// Of rule, inputs, formula and value.
fn digest(story: &Story, value: &str) -> String {
    let mut hash = Sha256::new();
    let inputs = story.inputs.iter().flat_map(|one| [&one.name, &one.value, &one.source]);
    let rule = [&story.rule.id, &story.rule.version, &story.formula];
    for text in rule.into_iter().chain(inputs).map(String::as_str).chain([value]) {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text.as_bytes());
    }
    hex(&hash.finalize())
}
