//! Badges: a sign and a word, never colour alone.

use crate::view::{MatchState, Tone};
use maud::{Markup, html};

/// A state with its sign.
pub(crate) fn status(words: &str, tone: Tone) -> Markup {
    let (class, sign) = tone_of(tone);
    html! {
        span class={ "badge " (class) } { span.sign aria-hidden="true" { (sign) } " " (words) }
    }
}

/// Class and sign of a tone.
pub(crate) fn tone_of(tone: Tone) -> (&'static str, &'static str) {
    match tone {
        Tone::Plain => ("plain", "○"),
        Tone::Good => ("good", "✓"),
        Tone::Moving => ("moving", "→"),
        Tone::Attention => ("attention", "▲"),
        Tone::Refused => ("refused", "✕"),
        Tone::Failed => ("failed", "!"),
    }
}

/// Whether both halves agree: equal, differs in n, unknown.
pub(crate) fn matched(state: &MatchState) -> Markup {
    match state {
        MatchState::Equal { .. } => status("both sides equal", Tone::Good),
        MatchState::Differs { count, .. } => {
            status(&format!("differs in {count}"), Tone::Attention)
        }
        MatchState::Unknown { .. } => status("match unknown", Tone::Plain),
    }
}

/// The badge with the hash, the first difference or the reason.
pub(crate) fn matched_in_full(state: &MatchState) -> Markup {
    html! {
        div.match {
            (matched(state))
            @match state {
                MatchState::Equal { hash } => p { "Both hold the state " code { (hash) } "." },
                MatchState::Differs { first, .. } => p { "First difference: " (first) },
                MatchState::Unknown { why } => p { (why) },
            }
        }
    }
}
