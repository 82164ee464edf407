//! Findings by code: what is wrong, why, what to do, and where.

use crate::component::badge;
use crate::figure::encode;
use crate::view::{FindingGroup, Target, Tone};
use maud::{Markup, html};

/// Findings; places of a file lead to its raw view.
pub(crate) fn findings(groups: &[FindingGroup], file: Option<&str>) -> Markup {
    html! {
        @if groups.is_empty() { p.empty { "Nothing was found." } }
        @for group in groups {
            @let tone = tone_of(&group.severity);
            article.finding {
                h3 { (group.message) }
                p {
                    (badge::status(&group.severity, tone)) " " code { (group.code) }
                    ", found " (group.count) "×"
                }
                dl.pairs {
                    @if !group.cause.is_empty() { div { dt { "Why" } dd { (group.cause) } } }
                    @if !group.fix.is_empty() { div { dt { "What to do" } dd { (group.fix) } } }
                }
                @if !group.places.is_empty() {
                    details open[group.places.len() <= 3] {
                        summary { "First places" }
                        ul {
                            @for place in &group.places {
                                li {
                                    @match file {
                                        Some(file) => a href=(raw_path(file, place.segment)) {
                                            (place.words)
                                        },
                                        None => (place.words),
                                    }
                                    @if let Some((id, number)) = &place.claim {
                                        ", claim "
                                        a href=(Target::Claim(id.clone()).path()) { (number) }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The raw view from a little before a segment, with the segment as anchor.
fn raw_path(file: &str, segment: u64) -> String {
    let from = segment.saturating_sub(10).max(1);
    format!("/files/{}/raw?from={from}#segment-{segment}", encode(file))
}

fn tone_of(severity: &str) -> Tone {
    match severity {
        "error" => Tone::Refused,
        "warning" => Tone::Attention,
        _ => Tone::Plain,
    }
}
