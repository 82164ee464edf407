//! Charts drawn on the server: no script, no canvas, the data table behind the same details.

use crate::figure::Figure;
use maud::{Markup, html};

/// Height of a row in a chart.
const ROW: usize = 28;
/// Where bars begin and how long the longest is, in units of the drawing.
const START: u32 = 230;
const LENGTH: u32 = 280;

/// One bar.
pub(crate) struct Bar<'b> {
    /// What it is.
    pub label: String,
    /// How long.
    pub value: &'b Figure,
    /// True for what is taken away.
    pub is_reduction: bool,
}

/// Horizontal bars with their values, and the table that holds the same.
pub(crate) fn bars(id: &str, title: &str, says: &str, bars: &[Bar<'_>]) -> Markup {
    let Some(first) = bars.first() else { return html! {} };
    let largest = bars.iter().fold(first.value, |largest, bar| largest.larger(bar.value));
    html! {
        figure.chart {
            div.scroll tabindex="0" role="region" aria-label=(title) {
                svg role="img" viewBox={ "0 0 640 " (bars.len() * ROW + 4) }
                    aria-labelledby={ (id) "-title " (id) "-desc" } {
                    title id={ (id) "-title" } { (title) }
                    desc id={ (id) "-desc" } { (says) }
                    @for (at, bar) in bars.iter().enumerate() {
                        @let y = at * ROW;
                        @let width = LENGTH * bar.value.thousandths_of(largest) / 1000;
                        text x=(START - 10) y=(y + 19) text-anchor="end" { (shorten(&bar.label)) }
                        rect class=(if bar.is_reduction { "bar reduction" } else { "bar" })
                            x=(START) y=(y + 5) width=(width.max(1)) height="18" rx="2" {}
                        text.value x=(START + width + 8) y=(y + 19) { (bar.value.words()) }
                    }
                }
            }
            details {
                summary { "Data of this chart" }
                table {
                    caption { (title) }
                    thead { tr { th scope="col" { "What" } th.number scope="col" { "Value" } } }
                    tbody {
                        @for bar in bars {
                            tr { th scope="row" { (bar.label) } td.number { (bar.value) } }
                        }
                    }
                }
            }
        }
    }
}

/// A label that fits beside its bar; the table holds it whole.
fn shorten(label: &str) -> String {
    const CHARACTERS: usize = 30;
    if label.chars().count() <= CHARACTERS {
        return label.to_owned();
    }
    let kept: String = label.chars().take(CHARACTERS - 1).collect();
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::FigureAddress;
    use counterfoil_base::Cents;

    #[test]
    fn a_chart_is_text_with_its_table() {
        let value = |name: &str, cents| {
            Figure::money(Cents(cents), FigureAddress::new("account", "cash", name))
        };
        let (large, small) = (value("a", 20_000), value("b", -5_000));
        let rows = [
            Bar { label: "Billed".to_owned(), value: &large, is_reduction: false },
            Bar {
                label: "Agreed reduction of a contract".to_owned(),
                value: &small,
                is_reduction: true,
            },
        ];
        let text = bars("flow", "Flow", "From billed to paid", &rows).into_string();
        let rects: Vec<&str> =
            text.split("<rect ").skip(1).filter_map(|rest| rest.split('>').next()).collect();
        insta::assert_snapshot!(rects.join("\n"), @r#"
        class="bar" x="230" y="5" width="280" height="18" rx="2"
        class="bar reduction" x="230" y="33" width="70" height="18" rx="2"
        "#);
        assert!(text.contains("<title id=\"flow-title\">Flow</title>"));
        assert!(text.contains("<td class=\"number\"><a class=\"figure\""));
        assert_eq!(bars("none", "None", "", &[]).into_string(), "");
    }
}
