//! Pages that say why there is no page: what happened, why, what to do, what stayed unchanged.

use crate::component::form::notice;
use crate::desk::DeskErrorKind;
use crate::server::{Failure, Page};
use maud::html;

/// The page of a failure. The one of an absent object names nothing that tells it from a
/// stranger's.
pub(crate) fn page(failure: &Failure) -> Page {
    let (title, class, parts, request) = told(failure);
    let parts: Vec<(&str, &str)> = parts.iter().map(|(n, says)| (*n, says.as_str())).collect();
    let body = html! {
        (notice(class, title, &parts))
        @if !request.is_empty() {
            p.quiet { "Reference for your administrator: " code { (request) } }
        }
        p { a href="/" { "Go to your first page" } }
    };
    Page::new(title, "", "", body)
}

type Told<'f> = (&'static str, &'static str, Vec<(&'static str, String)>, &'f str);

const HAPPENED: &str = "What happened";
const WHY: &str = "Why";
const NEXT: &str = "What to do";
const UNCHANGED: &str = "What stayed unchanged";

fn told(failure: &Failure) -> Told<'_> {
    match failure {
        Failure::NotFound | Failure::SignIn => (
            "Nothing is here for you",
            "refused",
            vec![
                (WHY, "There is no such thing, or it is not yours to see.".to_owned()),
                (NEXT, "Look for its number with Find, or go back.".to_owned()),
            ],
            "",
        ),
        Failure::Refused(clause, request) => (
            "Your role may not do this",
            "refused",
            vec![
                (WHY, format!("The access table of this node says so: {clause}.")),
                (NEXT, "Ask your administrator when your work needs it.".to_owned()),
                (UNCHANGED, "Everything.".to_owned()),
            ],
            request,
        ),
        Failure::Forged(request) => (
            "The form was not taken",
            "refused",
            vec![
                (WHY, "It did not come from this page, or the page was too old.".to_owned()),
                (NEXT, "Load the page again and send the form once more.".to_owned()),
                (UNCHANGED, "Everything.".to_owned()),
            ],
            request,
        ),
        Failure::Limit(_, says, request) => {
            let parts = [HAPPENED, WHY, NEXT].into_iter().zip(says.iter().cloned());
            ("A limit was reached", "refused", parts.collect(), request)
        }
        Failure::Desk(error, request) => {
            let (title, class) = match error.kind {
                DeskErrorKind::Conflict => ("It has changed in the meantime", "refused"),
                DeskErrorKind::Invalid => ("This cannot be used", "refused"),
                DeskErrorKind::Unavailable => ("Not now", "failed"),
                DeskErrorKind::Failed => ("It failed", "failed"),
            };
            let parts = vec![
                (HAPPENED, error.what.clone()),
                (WHY, error.why.clone()),
                (NEXT, error.next.clone()),
                (UNCHANGED, error.unchanged.clone()),
            ];
            (title, class, parts, request)
        }
        Failure::Broken(request) => (
            "It failed",
            "failed",
            vec![
                (WHY, "The program has a fault; it is not something that you did.".to_owned()),
                (NEXT, "Try again. When it stays, tell your administrator.".to_owned()),
            ],
            request,
        ),
    }
}
