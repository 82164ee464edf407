//! Screen 8, the contract workbench: what does this clause pay on these facts?

use super::contract_view::Drawn;
use crate::component::form::{notice, token};
use crate::component::list::{self, Screen};
use crate::component::list_spec::{Column, Filter, ListSpec};
use crate::component::{badge, export, words};
use crate::figure::encode;
use crate::server::{Context, Failure, Fields, Page, Served, Shared, redirect};
use crate::view::{ContractRow, ContractView, Signing, Target};
use axum::extract::{Extension, Path, State};
use maud::{Markup, html};

/// The question of the screen.
pub(crate) const QUESTION: &str = "What does this clause pay on these facts?";
/// Characters of a digest that a list shows; the page of the contract shows all.
const DIGEST_SHOWN: usize = 16;

/// A column of this list.
type Shown = Column<ContractRow>;

const COLUMNS: &[Shown] = &[
    Shown::marked(
        "name",
        "Contract",
        |row| html! { a.go href=(Target::Contract(row.id.clone()).path()) { (row.name) } },
        |row| row.name.clone(),
    )
    .sortable(),
    Shown::words("partner", "With", |row| row.partner.clone()).sortable(),
    Shown::marked(
        "standing",
        "State",
        |row| badge::status(&row.standing.0, row.standing.1),
        |row| row.standing.0.clone(),
    ),
    Shown::marked(
        "effective_on",
        "Holds from",
        |row| words::day(row.effective_on),
        |row| row.effective_on.to_string(),
    )
    .sortable(),
    Shown::marked("ours", "Signed for us", |row| signer(&row.ours), |row| row.ours.clone()),
    Shown::marked(
        "theirs",
        "Signed for the partner",
        |row| signer(&row.theirs),
        |row| row.theirs.clone(),
    ),
    Shown::marked(
        "digest",
        "Digest",
        |row| {
            let shown: String = row.digest.chars().take(DIGEST_SHOWN).collect();
            html! { code title=(row.digest) { (shown) } }
        },
        |row| row.digest.clone(),
    ),
];

fn signer(name: &str) -> Markup {
    html! { @if name.is_empty() { span.absent { "not yet" } } @else { (name) } }
}

static SPEC: ListSpec<ContractRow> = ListSpec {
    path: "/contracts",
    nouns: ("contract version", "contract versions"),
    columns: COLUMNS,
    filters: &[
        Filter {
            name: "standing",
            label: "State",
            choices: &[
                ("in force", "in force"),
                ("signed for later", "signed for later"),
                ("proposed by the partner", "proposed by the partner"),
                ("proposed by us", "proposed by us"),
                ("replaced", "replaced"),
                ("not in force", "not in force"),
            ],
        },
        Filter { name: "with", label: "With", choices: &[] },
        Filter { name: "q", label: "Any word", choices: &[] },
    ],
    fetch: |desk, viewer, query| desk.contracts(viewer, query),
    id: Some(|row| &row.id),
    empty: "No contract is signed or proposed yet. `counterfoil contract sign` proposes one to a \
            partner; what a partner proposes appears here by itself.",
};

/// The list.
pub(crate) async fn list(
    State(web): State<Shared>,
    Extension(context): Extension<Context>,
) -> Served {
    let screen = Screen {
        title: "Contracts",
        question: QUESTION,
        place: "/contracts",
        live: "contract",
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

async fn view_of(web: &Shared, context: &Context, id: &str) -> Result<ContractView, Failure> {
    let asked = id.to_owned();
    let view = web.ask(context.viewer()?, move |desk, v| desk.contract(v, &asked)).await?;
    view.ok_or(Failure::NotFound)
}

/// One version.
pub(crate) async fn contract(
    State(web): State<Shared>,
    Extension(context): Extension<Context>,
    Path(id): Path<String>,
) -> Served {
    let view = view_of(&web, &context, &id).await?;
    let drawn = Drawn {
        view: &view,
        may_sign: web.may(&context, "POST", "/contracts/{id}/signature"),
        may_simulate: web.may(&context, "GET", "/contracts/{id}/simulation"),
    };
    let title = format!("Contract {}", view.row.name);
    Page::new(title, QUESTION, "/contracts", drawn.whole())
        .live(format!("contract/{id}"))
        .serve(&web, &context)
        .await
}

/// What is signed, and what happens then, before it is signed.
pub(crate) async fn signing(
    State(web): State<Shared>,
    Extension(context): Extension<Context>,
    Path(id): Path<String>,
) -> Served {
    let view = view_of(&web, &context, &id).await?;
    let body = match &view.signing {
        Signing::Open { effect } => html! {
            (terms(&view))
            (signing_form(&context, "/contracts", &view.row.id, &view.row.digest, effect))
        },
        Signing::Done => html! { (closed("Your organization has signed this version.")) },
        Signing::Closed { why } => closed(why),
    };
    let body = html! {
        p { a href=(Target::Contract(id).path()) { "Back to the contract" } }
        (body)
    };
    Page::new(format!("Sign {}", view.row.name), "What do I sign?", "/contracts", body)
        .serve(&web, &context)
        .await
}

/// Says that there is nothing to sign, and why.
pub(crate) fn closed(why: &str) -> Markup {
    notice("", "There is nothing to sign here", &[("Because", why)])
}

fn terms(view: &ContractView) -> Markup {
    let row = &view.row;
    html! {
        div.summary {
            dl.pairs {
                div { dt { "Contract" } dd { (row.name) } }
                div { dt { "With" } dd { (row.partner) } }
                div { dt { "Holds from" } dd { (words::day(row.effective_on)) } }
                div { dt { "Check" } dd { (super::contract_view::check_words(view)) } }
                div { dt { "Worked examples" }
                    dd { (view.cases_passed) " of " (view.cases_all) " come out" } }
            }
        }
    }
}

/// The form with which a person signs a digest; it names the signer, who is signed in.
pub(crate) fn signing_form(
    context: &Context,
    place: &str,
    id: &str,
    digest: &str,
    effect: &str,
) -> Markup {
    let name = context.viewer().map(|viewer| viewer.account.name.clone()).unwrap_or_default();
    html! {
        form.card id="sign" method="post" action={ (place) "/" (encode(id)) "/signature" } {
            (token(context))
            input type="hidden" name="digest" value=(digest);
            h2 { "Your signature" }
            p { "You sign the bytes with this SHA-256, and nothing else:" }
            pre.digest { (digest) }
            p { (effect) }
            p { "Signed by " strong { (name) } ", for " strong { "your organization" }
                ". A signature stays in the record; a later version or statement replaces what it "
                "says." }
            p { button type="submit" { "Sign" } " "
                a.button.plain href={ (place) "/" (encode(id)) } { "Not now" } }
        }
    }
}

/// Signs by the name of the person who is signed in.
pub(crate) async fn sign(
    State(web): State<Shared>,
    Extension(context): Extension<Context>,
    Path(id): Path<String>,
    Extension(fields): Extension<Fields>,
) -> Served {
    let (asked, digest) = (id.clone(), fields.value("digest").to_owned());
    let done = web.ask(context.viewer()?, move |d, v| d.sign_contract(v, &asked, &digest)).await?;
    done.ok_or(Failure::NotFound)?;
    Ok(redirect(&Target::Contract(id).path()))
}
