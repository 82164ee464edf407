//! Forms: the token, the summary of errors, notices and progress.

use crate::server::Context;
use maud::{Markup, html};

/// The hidden field without which no form is taken.
pub(crate) fn token(context: &Context) -> Markup {
    html! { input type="hidden" name="token" value=(context.form_token); }
}

/// What is wrong with a form, each a link to its field; it takes the focus.
pub(crate) fn error_summary(errors: &[(&str, &str)]) -> Markup {
    html! {
        @if !errors.is_empty() {
            div.notice.refused id="errors" role="alert" tabindex="-1" {
                h2 { "There is something to mend" }
                ul {
                    @for (field, says) in errors {
                        li { a href={ "#" (field) } { (says) } }
                    }
                }
            }
        }
    }
}

/// What happened, why, what to do, what stayed unchanged; empty parts are left out.
pub(crate) fn notice(class: &str, heading: &str, parts: &[(&str, &str)]) -> Markup {
    html! {
        div class={ "notice " (class) } {
            h2 { (heading) }
            dl.pairs {
                @for (name, says) in parts.iter().filter(|(_, says)| !says.is_empty()) {
                    div { dt { (name) } dd { (says) } }
                }
            }
        }
    }
}

/// Work that goes on: stage, done of total.
pub(crate) fn progress(stage: &str, done: u64, total: u64) -> Markup {
    html! {
        div.progress {
            label for="progress" { (stage) ": " (done) " of " (total) }
            progress id="progress" max=(total.max(1)) value=(done.min(total)) {}
        }
    }
}
