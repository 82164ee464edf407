//! Figures with their explanations, gathered while a view is built, so that a page and its Explain
//! page come from the same place.

use super::now;
use counterfoil_base::{Cents, Decimal, RuleReference};
use counterfoil_web::view::{Explanation, ExplanationInput, OtherSide, SourceRow, Target};
use counterfoil_web::{Figure, FigureAddress};
use std::collections::BTreeMap;

/// What was explained so far.
#[derive(Default)]
pub struct Book(pub BTreeMap<FigureAddress, Explanation>);

/// A row that a figure adds up.
pub type Part = (String, Option<Target>, Figure);

impl Book {
    /// An amount that stands as it is in a source.
    pub fn money(&mut self, amount: Cents, address: FigureAddress, source: &str) -> Figure {
        let figure = Figure::money(amount, address);
        self.keep(&figure, &format!("{amount} as the source states it."), &[]);
        self.with(&figure, |e| {
            e.inputs.push(input("amount", &amount.to_string(), source));
            e.formula = format!("{amount}");
        });
        figure
    }

    /// An amount by a formula over other figures.
    pub fn formula(
        &mut self,
        amount: Cents,
        address: FigureAddress,
        (sentence, formula): (&str, &str),
        inputs: &[(&str, &Figure)],
    ) -> Figure {
        let figure = Figure::money(amount, address);
        self.keep(&figure, sentence, &[]);
        self.with(&figure, |e| {
            e.formula = formula.to_owned();
            e.inputs = inputs
                .iter()
                .map(|(name, figure)| ExplanationInput {
                    figure: Some((*figure).clone()),
                    ..input(name, "", "this claim")
                })
                .collect();
        });
        figure
    }

    /// A sum over rows.
    pub fn sum(&mut self, amount: Cents, address: FigureAddress, parts: &[Part]) -> Figure {
        let figure = Figure::money(amount, address);
        self.keep(&figure, "The sum of the rows below.", parts);
        figure
    }

    /// A count of rows.
    pub fn count(&mut self, number: u64, address: FigureAddress) -> Figure {
        let figure = Figure::count(number, address);
        self.keep(&figure, "Counted row by row.", &[]);
        figure
    }

    /// A quantity with its unit.
    pub fn rate(&mut self, value: Decimal, unit: &str, address: FigureAddress) -> Figure {
        let figure = Figure::rate(value, unit, address);
        self.keep(&figure, "By nearest rank over the claims of both.", &[]);
        figure
    }

    fn keep(&mut self, figure: &Figure, sentence: &str, parts: &[Part]) {
        let rows = parts.iter().take(100).map(|(what, target, amount)| SourceRow {
            what: what.clone(),
            target: target.clone(),
            amount: Some(amount.clone()),
        });
        let address = figure.address();
        let name = format!("rows-of-{}", address.name);
        let row_address = FigureAddress::new(&address.subject, &address.id, &name)
            .filtered(address.filter.clone());
        let explanation = Explanation {
            figure: figure.clone(),
            sentence: sentence.to_owned(),
            formula: "sum of the rows".to_owned(),
            rule: RuleReference {
                id: "generated.sum".to_owned(),
                version: "2026-06-01".to_owned(),
                citation: "Plan document, section 4.2".to_owned(),
            },
            clause: "The plan pays the allowed amount less what the member owes.".to_owned(),
            rounding: None,
            inputs: Vec::new(),
            rows: rows.collect(),
            row_count: Figure::count(parts.len() as u64, row_address),
            row_sum: (!parts.is_empty()).then(|| figure.clone()),
            other_side: OtherSide::Equal { party: "Harbor Hospital".to_owned(), at: now() },
            as_of: now(),
            digest: "b4c1143d2e".to_owned(),
            reproduce: format!(
                "counterfoil explain {}",
                address.path().trim_start_matches("/explain/")
            ),
        };
        self.0.insert(address.clone(), explanation.clone());
        let counted = Explanation {
            figure: explanation.row_count.clone(),
            sentence: "The rows from which the figure was made.".to_owned(),
            rows: Vec::new(),
            row_sum: None,
            ..explanation
        };
        self.0.entry(counted.figure.address().clone()).or_insert(counted);
    }

    fn with(&mut self, figure: &Figure, change: impl FnOnce(&mut Explanation)) {
        if let Some(explanation) = self.0.get_mut(figure.address()) {
            change(explanation);
        }
    }
}

fn input(name: &str, value: &str, source: &str) -> ExplanationInput {
    ExplanationInput {
        name: name.to_owned(),
        value: value.to_owned(),
        figure: None,
        source: source.to_owned(),
        target: None,
    }
}
