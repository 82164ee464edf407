//! Times, days and absent values in words.

use crate::figure::Figure;
use counterfoil_base::Date;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use maud::{Markup, html};

/// `2026-11-23 09:49:30 UTC`, readable by machines too.
pub(crate) fn moment(at: Timestamp) -> Markup {
    html! { time datetime=(at.strftime("%FT%TZ")) { (moment_words(at)) } }
}

/// The same as plain text.
pub(crate) fn moment_words(at: Timestamp) -> String {
    at.to_zoned(TimeZone::UTC).strftime("%F %T UTC").to_string()
}

/// `2026-11-23`.
pub(crate) fn day(date: Date) -> Markup {
    html! { time datetime=(date) { (date) } }
}

/// A figure, or a dash that says what is missing.
pub(crate) fn figure_or(figure: Option<&Figure>, missing: &str) -> Markup {
    html! {
        @match figure {
            Some(figure) => (figure),
            None => span.absent { span aria-hidden="true" { "–" } span.unseen { (missing) } },
        }
    }
}

/// A figure as files hold it, empty when there is none.
pub(crate) fn plain_or(figure: Option<&Figure>) -> String {
    figure.map(Figure::plain).unwrap_or_default()
}

/// A number with its noun, one or many: `1 line`, `2 lines`.
pub(crate) fn counted(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}
