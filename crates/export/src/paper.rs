//! Statements as paper (PDF): the result, the waterfall as a picture, every number with its clause
//! and formula, and the facts.

mod letters;
mod sheet;

use crate::ExportError;
use counterfoil_base::Cents;
use counterfoil_settle::{RowStatement, WaterfallStep};
use sheet::{Face, LEFT, Paper, RIGHT, Tint};

/// Where the picture of a waterfall stands between the labels and the amounts, in twentieths of a
/// point.
const BARS: (i64, i64) = (4_900, 8_000);
/// Where the amounts of the bars end; the sums end at the right edge.
const AMOUNTS_END: i64 = 9_500;

/// Statements as paper, each from a new page on.
///
/// # Errors
/// [`ExportError::TooLong`] beyond some hundred million pages, [`ExportError::Paper`] when a page
/// could not be compressed.
pub fn statement_paper(statements: &[RowStatement]) -> Result<Vec<u8>, ExportError> {
    let mut paper = Paper::new();
    for statement in statements {
        let sha256 = statement.clone().document().sha256;
        paper.begin(&format!("Statement SHA-256 {sha256}"));
        head(&mut paper, statement);
        waterfall(&mut paper, &statement.waterfall);
        numbers(&mut paper, statement);
        facts(&mut paper, statement);
        references(&mut paper, statement);
    }
    paper.finish("Settlement statements")
}

fn head(paper: &mut Paper, statement: &RowStatement) {
    paper.line((LEFT, RIGHT), Face::QUIET, "Settlement statement");
    paper.line((LEFT, RIGHT), Face::TITLE, &statement.subject);
    let about = format!("{}, performance year {}", statement.contract.id, statement.year);
    paper.line((LEFT, RIGHT), Face::PLAIN, &about);
    paper.gap(120);
    let sentence = match &statement.result {
        Some(result) => {
            let amount = dollars(result.amount_cents.saturating_abs());
            let owed = match result.amount_cents {
                0 => "Nothing is paid and nothing is owed".to_owned(),
                1.. => format!("{amount} is paid to the provider"),
                _ => format!("{amount} is owed by the provider"),
            };
            format!("{owed} ({}).", result.term)
        }
        None => "No amount could be computed.".to_owned(),
    };
    paper.line((LEFT, RIGHT), Face::STRONG, &sentence);
    if let Some(result) = statement.result.as_ref().filter(|result| !result.rounding.is_empty()) {
        let rounding = format!("Rounded {}.", result.rounding);
        paper.line((LEFT, RIGHT), Face::QUIET, &rounding);
    }
    for problem in &statement.problems {
        paper.line((LEFT, RIGHT), Face::PLAIN, &format!("Open: {problem}"));
    }
}

/// The bars, each beside its label, its amount and the sum after it.
fn waterfall(paper: &mut Paper, steps: &[WaterfallStep]) {
    if steps.is_empty() {
        return;
    }
    paper.heading("From the first amount to the result");
    let levels = steps.iter().flat_map(|step| [step.level_cents, start_of(step)]);
    let (least, most) = levels.fold((0, 0), |(l, m), level| (l.min(level), m.max(level)));
    let place = |level: i64| BARS.0 + scaled(level, (least, most), BARS.1 - BARS.0);
    for step in steps {
        let lines = paper.wrapped((LEFT, BARS.0 - 200), Face::PLAIN, &step.label);
        paper.keep(Face::PLAIN.leading * lines.len() as i64 + Face::QUIET.leading);
        let top = paper.top();
        let (from, to) = (place(start_of(step)), place(step.level_cents));
        let tint = if step.amount_cents < 0 { Tint::Less } else { Tint::More };
        paper.bar((from.min(to), from.max(to)), tint);
        paper.right(AMOUNTS_END, Face::PLAIN, &dollars(step.amount_cents));
        paper.right(RIGHT, Face::STRONG_SMALL, &dollars(step.level_cents));
        for line in &lines {
            paper.at(LEFT, Face::PLAIN, line);
            paper.down(Face::PLAIN.leading);
        }
        paper.line((LEFT, BARS.0 - 200), Face::QUIET, &step.clause);
        paper.axis(place(0), top);
    }
}

/// Where the sum stood before a step.
fn start_of(step: &WaterfallStep) -> i64 {
    step.level_cents.saturating_sub(step.amount_cents)
}

/// A level between the least and the most as a distance of a picture, rounded down.
fn scaled(level: i64, (least, most): (i64, i64), width: i64) -> i64 {
    let range = i128::from(most) - i128::from(least);
    let part = (i128::from(level) - i128::from(least)) * i128::from(width);
    let distance = if range == 0 { 0 } else { part / range };
    i64::try_from(distance).unwrap_or(0)
}

fn numbers(paper: &mut Paper, statement: &RowStatement) {
    if statement.terms.is_empty() {
        return;
    }
    paper.heading("Every number, with its clause and formula");
    for line in &statement.terms {
        paper.keep(3 * Face::PLAIN.leading);
        let named = format!("{}.  {} = {}", line.number, line.term, line.value);
        paper.line((LEFT, RIGHT), Face::STRONG_SMALL, &named);
        paper.line((LEFT + 300, RIGHT), Face::PLAIN, &line.formula);
        let mut clause = format!("{} ({})", line.clause, line.rule);
        if !line.rounding.is_empty() {
            clause.push_str(&format!("; rounded {}", line.rounding));
        }
        paper.line((LEFT + 300, RIGHT), Face::QUIET, &clause);
        paper.gap(60);
    }
}

fn facts(paper: &mut Paper, statement: &RowStatement) {
    if statement.facts.is_empty() && statement.rows.is_empty() {
        return;
    }
    paper.heading("Facts");
    for fact in &statement.facts {
        let value = if fact.value.is_empty() { "not given" } else { &fact.value };
        paper.pair(&fact.name, value);
    }
    for rows in &statement.rows {
        paper.pair(&rows.rows, &format!("{} rows, SHA-256 {}", rows.count, rows.sha256));
    }
}

fn references(paper: &mut Paper, statement: &RowStatement) {
    paper.heading("What this rests on");
    paper.pair("Contract SHA-256", &statement.contract.sha256);
    paper.pair("Facts SHA-256", &statement.facts_sha256);
    let told = "This is a copy for reading. What both parties sign is the statement as JSON with \
                the digest below.";
    paper.gap(60);
    paper.line((LEFT, RIGHT), Face::QUIET, told);
}

/// Dollars and cents with separators: `-$1,234.50`.
fn dollars(amount_cents: i64) -> String {
    let plain = Cents(amount_cents).to_string();
    let (sign, digits) = plain.strip_prefix('-').map_or(("", plain.as_str()), |d| ("-", d));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "00"));
    let mut grouped = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{sign}${grouped}.{fraction}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_grouped() {
        for (cents, shown) in [
            (0, "$0.00"),
            (-5, "-$0.05"),
            (99_999, "$999.99"),
            (123_456_789, "$1,234,567.89"),
            (i64::MIN, "-$92,233,720,368,547,758.08"),
        ] {
            assert_eq!(dollars(cents), shown);
        }
    }

    #[test]
    fn bars_stay_within_the_picture() {
        assert_eq!(scaled(i64::MAX, (i64::MIN, i64::MAX), 3_000), 3_000);
        assert_eq!(scaled(i64::MIN, (i64::MIN, i64::MAX), 3_000), 0);
        assert_eq!(scaled(0, (0, 0), 3_000), 0);
    }
}
