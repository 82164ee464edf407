//! The page of one claim: timeline of both parties, lines, decision, raw segments.

use super::files::segments;
use super::findings::findings;
use crate::component::chart::{Bar, bars};
use crate::component::form::{error_summary, token};
use crate::component::timeline::timeline;
use crate::component::words::{day, figure_or};
use crate::component::{badge, words};
use crate::figure::encode;
use crate::server::{Context, Query};
use crate::view::{ClaimView, LineView};
use maud::{Markup, html};

/// A claim to draw.
pub(crate) struct Drawn<'d> {
    /// The request.
    pub context: &'d Context,
    /// The claim.
    pub view: &'d ClaimView,
    /// Name of the decision's form.
    pub form: &'d str,
    /// What had been typed into it.
    pub draft: &'d Query,
}

impl Drawn<'_> {
    /// The whole page.
    pub(crate) fn whole(
        &self,
        may_decide: bool,
        may_check: bool,
        errors: &[(&str, &str)],
    ) -> Markup {
        let view = self.view;
        html! {
            (error_summary(errors))
            div id="claim" {
                (self.head(may_check))
                @if may_decide && !view.choices.is_empty() { (self.decision(errors)) }
                section aria-labelledby="lines" {
                    h2 id="lines" { "Lines" }
                    (self.lines())
                    (self.way_of_the_money())
                }
                section aria-labelledby="happened" {
                    h2 id="happened" { "What both sides say" }
                    (timeline(&view.timeline))
                }
                @if !view.findings.is_empty() {
                    section aria-labelledby="findings" {
                        h2 id="findings" { "Findings" }
                        (findings(&view.findings, None))
                    }
                }
                @if !view.raw.is_empty() {
                    section aria-labelledby="raw" {
                        h2 id="raw" { "As it was sent (X12)" }
                        (segments(&view.raw))
                    }
                }
            }
        }
    }

    fn head(&self, may_check: bool) -> Markup {
        let view = self.view;
        let row = &view.row;
        html! {
            div.summary {
                div {
                    p.large { (badge::status(&row.standing.word, row.standing.tone)) }
                    @if !row.reason.is_empty() { p { (row.reason) } }
                    (badge::matched_in_full(&view.matched))
                    @if let Some(record) = &view.record {
                        p.quiet { "In the record: " strong { (record.standing) } }
                        p.quiet { "State hash: "
                            @match &record.hash {
                                Some(hash) => code { (hash) },
                                None => { "none, a body is withheld" },
                            }
                        }
                    }
                }
                dl.pairs {
                    div { dt { "Patient" } dd { (row.patient.expose()) } }
                    div { dt { "Billed by" } dd { (view.billing_provider) } }
                    div { dt { "With" } dd { (row.partner) } }
                    div { dt { "Service from" } dd { (day(row.service_from)) } }
                    div { dt { "Kind" } dd { (view.kind) } }
                    div { dt { "Diagnoses" } dd { (view.diagnoses.join(", ")) } }
                    @if let Some((name, target)) = &view.file {
                        div { dt { "File" } dd { a href=(target.path()) { (name) } } }
                    }
                    @for (words, target) in &view.related {
                        div { dt { "Related" } dd { a href=(target.path()) { (words) } } }
                    }
                }
                dl.money {
                    div { dt { "Billed" } dd { (row.billed) } }
                    div { dt { "Allowed" } dd { (figure_or(row.allowed.as_ref(), "not decided")) } }
                    div { dt { "Patient share" }
                        dd { (figure_or(row.patient_share.as_ref(), "not decided")) } }
                    div { dt { "Paid" } dd { (figure_or(row.paid.as_ref(), "not decided")) } }
                }
                @if may_check {
                    p { a.button.plain href={ "/claims/" (encode(&row.id)) "/check" } {
                        "What if a field were different?" } }
                }
            }
        }
    }

    fn lines(&self) -> Markup {
        let view = self.view;
        let row = &view.row;
        html! {
            div.scroll tabindex="0" role="region" aria-label="Lines of the claim" {
                table.rows {
                    caption {
                        (words::counted(view.lines.len(), "line", "lines"))
                        ": billed = reduced + patient share + paid"
                    }
                    thead { tr {
                        th scope="col" { "Line" }
                        th scope="col" { "Service" }
                        th scope="col" { "Day" }
                        th.number scope="col" { "Units" }
                        th.number scope="col" { "Billed" }
                        th.number scope="col" { "Allowed" }
                        th scope="col" { "Reduced by" }
                        th.number scope="col" { "Patient share" }
                        th.number scope="col" { "Paid" }
                    } }
                    tbody { @for line in &view.lines { (self.line(line)) } }
                    tfoot { tr {
                        th scope="row" { "All" }
                        td {} td {} td {}
                        td.number { (row.billed) }
                        td.number { (figure_or(row.allowed.as_ref(), "not decided")) }
                        td {}
                        td.number { (figure_or(row.patient_share.as_ref(), "not decided")) }
                        td.number { (figure_or(row.paid.as_ref(), "not decided")) }
                    } }
                }
            }
        }
    }

    fn line(&self, line: &LineView) -> Markup {
        html! {
            tr {
                th scope="row" { (line.number) }
                td { (line.service) }
                td { (words::day(line.day)) }
                td.number { (line.units) }
                td.number { (line.billed) }
                td.number { (figure_or(line.allowed.as_ref(), "not decided")) }
                td {
                    @if !line.reductions.is_empty() {
                        ul.plain {
                            @for reduction in &line.reductions {
                                li { (reduction.amount) " " (reduction.words) " "
                                    code { (reduction.code) } }
                            }
                        }
                    }
                }
                td.number { (figure_or(line.patient_share.as_ref(), "not decided")) }
                td.number { (figure_or(line.paid.as_ref(), "not decided")) }
            }
        }
    }

    /// From billed to paid, reduction by reduction.
    fn way_of_the_money(&self) -> Markup {
        let row = &self.view.row;
        let (Some(share), Some(paid)) = (&row.patient_share, &row.paid) else { return html! {} };
        let bar =
            |label: &str, value, is_reduction| Bar { label: label.to_owned(), value, is_reduction };
        let mut steps = vec![bar("Billed", &row.billed, false)];
        for line in &self.view.lines {
            for reduction in &line.reductions {
                let label = format!("Line {}: {}", line.number, reduction.words);
                steps.push(bar(&label, &reduction.amount, true));
            }
        }
        steps.push(bar("Patient share", share, true));
        steps.push(bar("Paid", paid, false));
        bars(
            "way",
            "From billed to paid",
            "What was taken from the charge, and what is left.",
            &steps,
        )
    }

    fn decision(&self, errors: &[(&str, &str)]) -> Markup {
        let view = self.view;
        let chosen = self.draft.value("choice");
        let lacks_reason = errors.iter().any(|(field, _)| *field == "reason");
        html! {
            form.card id="decision" method="post" data-form=(self.form)
                action={ "/claims/" (encode(&view.row.id)) "/decision" } {
                (token(self.context))
                input type="hidden" name="form" value=(self.form);
                input type="hidden" name="version" value=(view.version);
                h2 { "Your decision" }
                @if !self.draft.0.is_empty() {
                    p.notice { "What you had typed before is here again." }
                }
                fieldset {
                    legend { "It will bear your name, and a reversal undoes it." }
                    @for (at, choice) in view.choices.iter().enumerate() {
                        p.option {
                            label.check {
                                input type="radio" name="choice" id={ "choice-" (at) }
                                    value=(choice.name) checked[chosen == choice.name];
                                " " (choice.words)
                            }
                            " pays " (choice.effect)
                            @if choice.needs_reason { span.quiet { " (needs a reason)" } }
                        }
                    }
                }
                div.field {
                    label for="reason" { "Reason, in your words" }
                    textarea id="reason" name="reason" rows="3"
                        aria-invalid=[lacks_reason.then_some("true")] {
                        (self.draft.value("reason"))
                    }
                }
                button type="submit" { "Decide" }
            }
        }
    }
}
