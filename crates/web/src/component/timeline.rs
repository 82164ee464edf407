//! A timeline on which both parties speak.

use super::badge::tone_of;
use super::words::moment;
use crate::view::TimelineEvent;
use maud::{Markup, html};

/// Events, oldest first; ours and theirs are told apart by word and by side.
pub(crate) fn timeline(events: &[TimelineEvent]) -> Markup {
    if events.is_empty() {
        return html! { p.empty { "Nothing has happened yet." } };
    }
    html! {
        ol.timeline {
            @for event in events {
                @let (class, sign) = tone_of(event.tone);
                li class={ (if event.is_ours { "ours " } else { "theirs " }) (class) } {
                    span.sign aria-hidden="true" { (sign) }
                    div {
                        p.who { (event.by) @if event.is_ours { " (us)" } }
                        p.quiet { (moment(event.at)) }
                    }
                    div.said {
                        p.what {
                            @match &event.target {
                                Some(target) => a href=(target.path()) { (event.what) },
                                None => strong { (event.what) },
                            }
                            @if let Some(figure) = &event.figure { " " (figure) }
                            @if !event.code.is_empty() { " " code { (event.code) } }
                        }
                        @if !event.detail.is_empty() { p { (event.detail) } }
                        @if !event.reversal.is_empty() {
                            p.quiet { "Undone by: " (event.reversal) }
                        }
                    }
                }
            }
        }
    }
}
