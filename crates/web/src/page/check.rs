//! Screen 4, the check before sending: will it be paid, and what do I fix first?

use super::home::{draft_of, forget_draft, form_name};
use crate::component::badge;
use crate::component::form::{error_summary, token};
use crate::figure::encode;
use crate::server::{Context, Failure, Fields, Page, Served, Shared};
use crate::view::{CheckRequest, CheckSource, CheckView, CheckedClaim, StakedFinding, Target};
use axum::extract::{Extension, Path, State};
use axum::http::StatusCode;
use counterfoil_base::Phi;
use maud::{Markup, html};

const QUESTION: &str = "Will it be paid, and what do I fix first?";
/// Beginning of the names of fields that are tried with another value.
const TRIED: &str = "try-";

/// The form for the text of an 837.
pub(crate) async fn form(
    State(web): State<Shared>,
    Extension(context): Extension<Context>,
) -> Served {
    let draft = draft_of(&web, &context, &form_name("/check")).await?;
    let body = text_form(&context, draft.value("text"), &[]);
    Page::new("Check before sending", QUESTION, "/check", body).serve(&web, &context).await
}

/// Checks the text of an 837.
pub(crate) async fn text(
    State(web): State<Shared>,
    Extension(context): Extension<Context>,
    Extension(fields): Extension<Fields>,
) -> Served {
    let text = fields.value("text").trim();
    if text.is_empty() {
        let errors = [("text", "Paste the text of an 837 file, from ISA to IEA.")];
        let page =
            Page::new("Check before sending", QUESTION, "/check", text_form(&context, "", &errors));
        return page.serve_as(StatusCode::UNPROCESSABLE_ENTITY, &web, &context).await;
    }
    let source = CheckSource::Text(Phi::new(text.to_owned()));
    let request = CheckRequest { source, changes: changes(&fields) };
    let answer = web.ask(context.viewer()?, move |desk, v| desk.check(v, &request)).await?;
    let answer = answer.ok_or(Failure::NotFound)?;
    forget_draft(&web, &context, &form_name("/check")).await?;
    let again = Again { action: "/check".to_owned(), text };
    let body = html! {
        (draw(&context, &answer, &again))
        details { summary { "Check another file" } (text_form(&context, "", &[])) }
    };
    Page::new("Check before sending", QUESTION, "/check", body).serve(&web, &context).await
}

/// Checks a claim that the node holds.
pub(crate) async fn claim(
    State(web): State<Shared>,
    Extension(context): Extension<Context>,
    Path(id): Path<String>,
) -> Served {
    check_claim(&web, &context, &id, Vec::new()).await
}

/// The same with other values in some fields; nothing is changed by it.
pub(crate) async fn try_claim(
    State(web): State<Shared>,
    Extension(context): Extension<Context>,
    Path(id): Path<String>,
    Extension(fields): Extension<Fields>,
) -> Served {
    check_claim(&web, &context, &id, changes(&fields)).await
}

async fn check_claim(
    web: &Shared,
    context: &Context,
    id: &str,
    changes: Vec<(String, Phi<String>)>,
) -> Served {
    let request = CheckRequest { source: CheckSource::Claim(id.to_owned()), changes };
    let answer = web.ask(context.viewer()?, move |desk, v| desk.check(v, &request)).await?;
    let answer = answer.ok_or(Failure::NotFound)?;
    let again = Again { action: format!("/claims/{}/check", encode(id)), text: "" };
    let body = html! {
        p { a href=(Target::Claim(id.to_owned()).path()) { "Back to the claim" } }
        (draw(context, &answer, &again))
    };
    Page::new("What if", QUESTION, "/check", body).serve(web, context).await
}

fn changes(fields: &Fields) -> Vec<(String, Phi<String>)> {
    let tried = fields.all().filter_map(|(name, value)| Some((name.strip_prefix(TRIED)?, value)));
    tried.map(|(name, value)| (name.to_owned(), Phi::new(value.trim().to_owned()))).collect()
}

/// Where the form with other values goes, and what it carries along.
struct Again<'a> {
    action: String,
    text: &'a str,
}

fn text_form(context: &Context, text: &str, errors: &[(&str, &str)]) -> Markup {
    html! {
        (error_summary(errors))
        form.card method="post" action="/check" data-form=(form_name("/check")) {
            (token(context))
            input type="hidden" name="form" value=(form_name("/check"));
            div.field {
                label for="text" { "Text of an 837 file" }
                p.hint id="text-hint" { "It is checked by the payer's own rules and sent nowhere." }
                textarea.code id="text" name="text" rows="10" spellcheck="false"
                    aria-describedby="text-hint"
                    aria-invalid=[(!errors.is_empty()).then_some("true")] { (text) }
            }
            button type="submit" { "Check" }
        }
    }
}

fn draw(context: &Context, answer: &CheckView, again: &Again<'_>) -> Markup {
    html! {
        div id="answer" {
            dl.money {
                div { dt { "Billed" } dd { (answer.billed) } }
                div { dt { "Expected to be paid" } dd { (answer.expected) } }
                div { dt { "At stake" } dd { (answer.at_stake) } }
            }
            p.quiet { "Rules: " (answer.rules) }
            @if !answer.not_run.is_empty() {
                div.notice {
                    h2 { "Checks that did not run" }
                    ul { @for words in &answer.not_run { li { (words) } } }
                }
            }
            @for claim in &answer.claims { (checked(context, claim, again)) }
            @if answer.claims.is_empty() { p.empty { "No claim was found in the text." } }
        }
    }
}

fn checked(context: &Context, claim: &CheckedClaim, again: &Again<'_>) -> Markup {
    let (words, tone) = claim.verdict.words();
    html! {
        article.card {
            h2 { "Claim " (claim.number) }
            p { (badge::status(words, tone)) " Billed " (claim.billed) ", expected "
                (claim.expected) "." }
            @if claim.findings.is_empty() { p { "Nothing is to be mended." } }
            @for finding in &claim.findings { (staked(finding)) }
            @if !claim.fields.is_empty() {
                details open {
                    summary { "What if a field were different?" }
                    form method="post" action=(again.action) {
                        (token(context))
                        @if !again.text.is_empty() {
                            input type="hidden" name="text" value=(again.text);
                        }
                        div.columns {
                            @for field in &claim.fields {
                                @let name = format!("{TRIED}{}", field.name);
                                div.field {
                                    label for=(name) { (field.label) }
                                    input id=(name) name=(name) value=(field.value.expose());
                                }
                            }
                        }
                        button type="submit" { "Try these values" }
                        p.hint { "Nothing is changed or sent by trying." }
                    }
                }
            }
        }
    }
}

fn staked(finding: &StakedFinding) -> Markup {
    html! {
        div.finding {
            h3 { (finding.message) }
            p { code { (finding.code) } ", at stake " (finding.at_stake) }
            dl.pairs {
                div { dt { "Where" } dd { (finding.place) } }
                @if !finding.cause.is_empty() { div { dt { "Why" } dd { (finding.cause) } } }
                @if !finding.fix.is_empty() { div { dt { "What to do" } dd { (finding.fix) } } }
                @if let Some(field) = &finding.field {
                    div { dt { "Field" }
                        dd { a href={ "#" (TRIED) (field) } { "Try another value" } } }
                }
            }
        }
    }
}
