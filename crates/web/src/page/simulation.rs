//! What chance does to a contract: gains and losses of both, break-even, and the luck band.

use super::contract_view::findings;
use crate::component::plot::{Bin, Point, Series, histogram, lines};
use crate::figure::encode;
use crate::server::{Context, Failure, Page, Served, Shared};
use crate::view::{
    Assumption, DistributionView, Odds, Share, SimulationReport, SimulationView, Target,
};
use axum::extract::{Extension, Path, State};
use axum::http::StatusCode;
use maud::{Markup, html};

const QUESTION: &str = "Who gains, who loses, and how much of it is luck?";

/// The page: assumptions, and what they lead to.
pub(crate) async fn page(
    State(web): State<Shared>,
    Extension(context): Extension<Context>,
    Path(id): Path<String>,
) -> Served {
    let (asked, typed) = (id.clone(), context.query.0.clone());
    let answer =
        web.ask(context.viewer()?, move |desk, v| desk.simulate(v, &asked, &typed)).await?;
    let view = answer.ok_or(Failure::NotFound)?;
    let body = html! {
        p { a href=(Target::Contract(id).path()) { "Back to the contract" } }
        @if !view.findings.is_empty() {
            section aria-labelledby="mend" {
                h2 id="mend" { "The assumptions cannot be used" }
                (findings(&view.findings, ""))
            }
        }
        @if let Some(report) = &view.report { (draw(report)) }
        (form(&view))
    };
    let is_refused = view.report.is_none();
    let status = if is_refused { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Page::new(format!("Simulation of {}", view.contract.name), QUESTION, "/contracts", body)
        .serve_as(status, &web, &context)
        .await
}

fn draw(report: &SimulationReport) -> Markup {
    html! {
        div id="simulation" {
            div.summary {
                p { (report.draws) " years drawn from the assumptions below, each settled by the "
                    "contract, with a true effect of " (report.effect) " and with none." }
                dl.money {
                    div { dt { "Provider gains on average" } dd { (report.provider.mean) } }
                    div { dt { "Payer gains on average" } dd { (report.payer.mean) } }
                    div { dt { "Paid by luck alone" } dd { (report.luck.paid.share) } }
                    div { dt { "Owes by luck alone" } dd { (report.luck.owes.share) } }
                }
                (break_even(report))
            }
            section aria-labelledby="gains" {
                h2 id="gains" { "Gain and loss of each party" }
                div.pictures {
                    (distribution(("provider", "Provider"), &report.provider,
                        "What the contract pays, less the cost of the programme."))
                    (distribution(("payer", "Payer"), &report.payer,
                        "What was truly saved, less what the contract pays."))
                }
                (percentiles(report))
            }
            section aria-labelledby="luck" {
                h2 id="luck" { "Luck" }
                (odds(report))
                (luck_band(report))
            }
            section aria-labelledby="effects" {
                h2 id="effects" { "From which effect on does each party gain?" }
                (by_effect(report))
            }
            details {
                summary { "The assumptions as a file" }
                p { code { "counterfoil contract simulate FOLDER --assumptions FILE" }
                    " draws the same years." }
                pre.source { (report.file) }
            }
        }
    }
}

fn break_even(report: &SimulationReport) -> Markup {
    let told = [("provider", &report.provider_break_even), ("payer", &report.payer_break_even)];
    html! {
        @for (party, found) in told {
            p {
                "On average the " (party) " gains "
                @match found {
                    Some(effect) => { "from a true effect of " (effect) " on." }
                    None => "at no effect up to 30%.",
                }
            }
        }
    }
}

fn distribution((id, party): (&str, &str), found: &DistributionView, says: &str) -> Markup {
    let bins: Vec<Bin<'_>> = found
        .bins
        .iter()
        .map(|bin| Bin { from: &bin.from, to: &bin.to, draws: &bin.draws })
        .collect();
    let title = format!("{party}: years by gain");
    html! { div { (histogram((id, &title, says), &bins, &found.mean)) } }
}

fn percentiles(report: &SimulationReport) -> Markup {
    let all = [
        ("Contract pays", &report.payment),
        ("Provider gains", &report.provider),
        ("Payer gains", &report.payer),
    ];
    html! {
        div.scroll tabindex="0" role="region" aria-label="Percentiles" {
            table.rows.small {
                caption { "Over all drawn years" }
                thead { tr {
                    th scope="col" { "" span.unseen { "What" } }
                    th.number scope="col" { "Mean" }
                    th.number scope="col" { "Deviation" }
                    th.number scope="col" { "Least" }
                    @for (name, _) in &report.payment.percentiles {
                        th.number scope="col" { (name) } }
                    th.number scope="col" { "Most" }
                } }
                tbody {
                    @for (name, found) in all {
                        tr {
                            th scope="row" { (name) }
                            td.number { (found.mean) }
                            td.number { (found.deviation) }
                            td.number { (found.least) }
                            @for (_, figure) in &found.percentiles { td.number { (figure) } }
                            td.number { (found.most) }
                        }
                    }
                }
            }
        }
    }
}

fn odds(report: &SimulationReport) -> Markup {
    let row = |name: &str, odds: &Odds| {
        html! {
            tr {
                th scope="row" { (name) }
                td.number { (share(&odds.paid)) }
                td.number { (share(&odds.owes)) }
                td.number { (share(&odds.nothing)) }
            }
        }
    };
    html! {
        p { "A group without any effect is paid or owes by luck alone. The band is where the true "
            "share lies 95 times of 100." }
        div.scroll tabindex="0" role="region" aria-label="Shares of years" {
            table.rows.small {
                caption { "Shares of the drawn years, with their bands" }
                thead { tr {
                    th scope="col" { "True effect" }
                    th.number scope="col" { "Provider is paid" }
                    th.number scope="col" { "Provider owes" }
                    th.number scope="col" { "Nobody pays" }
                } }
                tbody {
                    (row("none: luck", &report.luck))
                    (row("as assumed", &report.assumed))
                }
            }
        }
    }
}

fn share(share: &Share) -> Markup {
    html! { (share.share) " " span.band { "(" (share.low) " to " (share.high) ")" } }
}

/// How luck changes with what is varied.
fn luck_band(report: &SimulationReport) -> Markup {
    if report.sweep.is_empty() {
        return html! {};
    }
    let points = |of: fn(&crate::view::SweepPoint) -> &Share| {
        let point = |share: &'_ Share| (share.share.clone(), share.low.clone(), share.high.clone());
        report.sweep.iter().map(of).map(point).collect::<Vec<_>>()
    };
    let (paid, owes) = (points(|at| &at.luck_paid), points(|at| &at.luck_owes));
    let series = [("Paid by luck", &paid), ("Owes by luck", &owes)].map(|(name, shares)| Series {
        name,
        points: shares
            .iter()
            .map(|(value, low, high)| Point { value, band: Some((low, high)) })
            .collect(),
    });
    let places: Vec<Markup> = report.sweep.iter().map(|point| html! { (point.value) }).collect();
    let gains = [("Provider gains", true), ("Payer gains", false)].map(|(name, is_provider)| {
        let value = |point: &'_ crate::view::SweepPoint| {
            if is_provider { point.provider.clone() } else { point.payer.clone() }
        };
        (name, report.sweep.iter().map(value).collect::<Vec<_>>())
    });
    let gains: Vec<Series<'_>> = gains
        .iter()
        .map(|(name, values)| Series {
            name,
            points: values.iter().map(|value| Point { value, band: None }).collect(),
        })
        .collect();
    let (luck, gain) = (
        format!("Luck by {}", report.varied),
        format!("Average gain with the assumed effect by {}", report.varied),
    );
    html! {
        div.pictures {
            (lines(("luck-band", &luck, "The share of years in which a group without effect is \
                paid or owes, with the band in which the true share lies."),
                (&report.varied, &places), &series))
            (lines(("gain-band", &gain, "What each party gains on average."),
                (&report.varied, &places), &gains))
        }
    }
}

fn by_effect(report: &SimulationReport) -> Markup {
    let series = [
        Series {
            name: "Provider gains",
            points: report
                .by_effect
                .iter()
                .map(|point| Point { value: &point.provider, band: None })
                .collect(),
        },
        Series {
            name: "Payer gains",
            points: report
                .by_effect
                .iter()
                .map(|point| Point { value: &point.payer, band: None })
                .collect(),
        },
    ];
    let places: Vec<Markup> =
        report.by_effect.iter().map(|point| html! { (point.effect) }).collect();
    lines(
        (
            "by-effect",
            "Average gain by true effect",
            "Where a line crosses the axis of zero, the party begins to gain.",
        ),
        ("true effect", &places),
        &series,
    )
}

fn form(view: &SimulationView) -> Markup {
    let action = format!("/contracts/{}/simulation", encode(&view.contract.id));
    html! {
        section aria-labelledby="assumptions" {
            h2 id="assumptions" { "Assumptions" }
            form.card method="get" action=(action) {
                p { "Every field has a stated default; the address of the page holds what you \
                    change. At most " (view.draws_max) " years are drawn for a page; "
                    code { "counterfoil contract simulate" } " draws up to a million." }
                fieldset {
                    legend { "The group" }
                    div.columns { @for field in &view.group { (assumption(field)) } }
                    p.hint { "What can be varied: "
                        @for (at, name) in view.variable.iter().enumerate() {
                            @if at > 0 { ", " } code { (name) }
                        }
                        "." }
                }
                details {
                    summary { "Facts of the contract" }
                    p.hint { "A value as the contract writes it; or " code { "group size" } ", "
                        code { "group benchmark" } ", " code { "group expenditure" } "; or a draw: "
                        code { "90% +- 5% within 0% to 100%" } "." }
                    div.columns { @for field in &view.facts { (assumption(field)) } }
                }
                p { button type="submit" { "Draw" } " "
                    a.button.plain href=(action) { "Back to the defaults" } }
            }
        }
    }
}

fn assumption(field: &Assumption) -> Markup {
    let hint = format!("{}-hint", field.name);
    html! {
        div.field {
            label for=(field.name) { (field.label) }
            input id=(field.name) name=(field.name) value=(field.value) autocomplete="off"
                aria-describedby=[(!field.hint.is_empty()).then_some(&hint)];
            @if !field.hint.is_empty() { p.hint id=(hint) { (field.hint) } }
        }
    }
}
