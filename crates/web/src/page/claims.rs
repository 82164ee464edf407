//! Screen 3, claims: where is this claim, on both sides, and why?

use super::claim_view;
use crate::component::list::{self, Screen};
use crate::component::list_spec::{Column, Filter, ListSpec};
use crate::component::{badge, export, words};
use crate::desk::Decision;
use crate::server::{Context, Failure, Fields, Page, Served, Shared, redirect};
use crate::view::{ClaimRow, Target};
use axum::extract::{Extension, Path, State};
use axum::http::StatusCode;
use counterfoil_base::Phi;
use maud::html;

/// A column of this list.
type Shown = Column<ClaimRow>;

const COLUMNS: &[Shown] = &[
    Shown::marked(
        "number",
        "Claim",
        |row| html! { a.go href=(Target::Claim(row.id.clone()).path()) { (row.number) } },
        |row| row.number.clone(),
    )
    .sortable(),
    Shown::words("patient", "Patient", |row| row.patient.expose().clone()).sortable(),
    Shown::words("partner", "With", |row| row.partner.clone()),
    Shown::marked(
        "service_from",
        "Service",
        |row| words::day(row.service_from),
        |row| row.service_from.to_string(),
    )
    .sortable(),
    Shown::marked(
        "standing",
        "State",
        |row| badge::status(&row.standing.word, row.standing.tone),
        |row| row.standing.word.clone(),
    )
    .sortable(),
    Shown::words("reason", "Why", |row| row.reason.clone()),
    Shown::figure("billed", "Billed", |row| Some(&row.billed)),
    Shown::figure("allowed", "Allowed", |row| row.allowed.as_ref()),
    Shown::figure("patient_share", "Patient share", |row| row.patient_share.as_ref()).on_demand(),
    Shown::figure("paid", "Paid", |row| row.paid.as_ref()),
];

static SPEC: ListSpec<ClaimRow> = ListSpec {
    path: "/claims",
    nouns: ("claim", "claims"),
    columns: COLUMNS,
    filters: &[
        Filter {
            name: "state",
            label: "State",
            choices: &[
                ("received", "received"),
                ("rejected", "rejected"),
                ("accepted", "accepted"),
                ("pended", "pended"),
                ("approved", "approved"),
                ("denied", "denied"),
                ("paid", "paid"),
                ("reversed", "reversed"),
                ("voided", "voided"),
            ],
        },
        Filter {
            name: "match",
            label: "Match",
            choices: &[("equal", "equal"), ("differs", "differs"), ("unknown", "unknown")],
        },
        Filter { name: "q", label: "Any word", choices: &[] },
    ],
    fetch: |desk, viewer, query| desk.claims(viewer, query),
    id: Some(|row| &row.id),
    empty: "No claim is here yet. Claims appear when their file has been read.",
};

/// The list.
pub(crate) async fn list(
    State(web): State<Shared>,
    Extension(context): Extension<Context>,
) -> Served {
    let screen = Screen {
        title: "Claims",
        question: "Where is each claim, on both sides, and why?",
        place: "/claims",
        live: "claim",
        above: html! {},
    };
    list::serve(&web, &context, &SPEC, screen).await
}

/// The list as a file.
pub(crate) async fn export(
    State(web): State<Shared>,
    Extension(context): Extension<Context>,
) -> Served {
    export::csv(&web, &context, &SPEC).await
}

/// One claim.
pub(crate) async fn claim(
    State(web): State<Shared>,
    Extension(context): Extension<Context>,
    Path(id): Path<String>,
) -> Served {
    show(&web, &context, &id, &[]).await
}

async fn show(web: &Shared, context: &Context, id: &str, errors: &[(&str, &str)]) -> Served {
    let asked = id.to_owned();
    let view = web.ask(context.viewer()?, move |desk, v| desk.claim(v, &asked)).await?;
    let view = view.ok_or(Failure::NotFound)?;
    let may_decide = web.may(context, "POST", "/claims/{id}/decision");
    let may_check = web.may(context, "GET", "/claims/{id}/check");
    let form = super::home::form_name(&format!("/claims/{id}/decision"));
    let draft = if may_decide && !view.choices.is_empty() {
        super::home::draft_of(web, context, &form).await?
    } else {
        crate::server::Query::default()
    };
    let drawn = claim_view::Drawn { context, view: &view, form: &form, draft: &draft };
    let body = drawn.whole(may_decide, may_check, errors);
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Page::new(
        format!("Claim {}", view.row.number),
        "Where is this claim, on both sides, and why?",
        "/claims",
        body,
    )
    .live(format!("claim/{id}"))
    .serve_as(status, web, context)
    .await
}

/// Decides a pended claim by the name of the person who is signed in.
pub(crate) async fn decide(
    State(web): State<Shared>,
    Extension(context): Extension<Context>,
    Path(id): Path<String>,
    Extension(fields): Extension<Fields>,
) -> Served {
    let viewer = context.viewer()?;
    let asked = id.clone();
    let view = web.ask(viewer, move |desk, v| desk.claim(v, &asked)).await?;
    let view = view.ok_or(Failure::NotFound)?;
    let choice = view.choices.iter().find(|choice| choice.name == fields.value("choice"));
    let reason = fields.value("reason").trim();
    let mut errors = Vec::new();
    match choice {
        None if !view.choices.is_empty() => errors.push(("choice-0", "Choose what to decide.")),
        Some(choice) if choice.needs_reason && reason.is_empty() => {
            errors.push(("reason", "Write the reason for this decision."));
        }
        _ => {}
    }
    if !errors.is_empty() {
        return show(&web, &context, &id, &errors).await;
    }
    let decision = Decision {
        claim: id.clone(),
        version: fields.value("version").parse().unwrap_or(0),
        choice: fields.value("choice").to_owned(),
        reason: Phi::new(reason.to_owned()),
    };
    let decided = web.ask(viewer, move |desk, v| desk.decide(v, &decision)).await?;
    decided.ok_or(Failure::NotFound)?;
    let form = super::home::form_name(&format!("/claims/{id}/decision"));
    super::home::forget_draft(&web, &context, &form).await?;
    Ok(redirect(&Target::Claim(id).path()))
}
