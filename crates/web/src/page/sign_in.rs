//! Signing in, staying signed in, signing out.

use super::home::local_path;
use crate::account::{StoredAccount, verify_password};
use crate::component::form::error_summary;
use crate::server::{
    Context, Failure, Fields, Page, Served, Shared, event, redirect, session_cookie,
};
use axum::body::Body;
use axum::extract::{Extension, State};
use axum::http::{Response, StatusCode, header};
use counterfoil_base::Phi;
use maud::{Markup, html};

/// Bytes of a name or password at most.
const FIELD_BYTES_MAX: usize = 1_000;
/// The hash that an unknown name is compared with, so that it takes as long as a known one; it
/// is of no password that anybody has.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA\
    $AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// The form.
pub(crate) async fn form(
    State(web): State<Shared>,
    Extension(context): Extension<Context>,
) -> Served {
    if context.viewer().is_ok() {
        return Ok(redirect(&local_path(context.query.value("next"))));
    }
    let next = local_path(context.query.value("next"));
    let has_ended = !context.session.is_empty();
    let body = draw(&next, "", &[], has_ended);
    Page::new("Sign in", "", "", body).serve(&web, &context).await
}

/// Takes name and password.
pub(crate) async fn sign_in(
    State(web): State<Shared>,
    Extension(context): Extension<Context>,
    Extension(fields): Extension<Fields>,
) -> Served {
    let name = fields.value("name").trim().to_owned();
    let next = local_path(fields.value("next"));
    let wait = web.sessions().wait_seconds(&name, web.now());
    if wait > 0 {
        let says = format!("Too many attempts. Wait {wait} seconds, then try again.");
        return again(&web, &context, (&next, &name, &says), StatusCode::TOO_MANY_REQUESTS).await;
    }
    let password = Phi::new(fields.value("password").to_owned());
    let Some(stored) = fitting(&web, &context, &name, password).await? else {
        web.sessions().failed(&name, web.now());
        // What was typed as a name may be a password by mistake, so it is not kept.
        let failed = event(&web, &context, "sign-in refused", "sign-in", "45 CFR 164.312(d)");
        web.ask_openly(&context.request, move |desk, _| desk.keep(&failed)).await?;
        let says = "This name and password do not fit together.";
        return again(&web, &context, (&next, &name, says), StatusCode::UNAUTHORIZED).await;
    };
    web.sessions().succeeded(&name);
    let account = stored.account;
    let mut kept = event(&web, &context, "sign-in", "sign-in", "45 CFR 164.312(d)");
    kept.account.clone_from(&account.name);
    let (now, person) = (web.now(), account.clone());
    let keep = web.ask_openly(&context.request, move |desk, accounts| {
        desk.keep(&kept)?;
        accounts.signed_in(&person, now)
    });
    keep.await?;
    if !context.session.is_empty() {
        web.sessions().end(&context.session);
    }
    let token = web.sessions().begin(account, (web.random(), web.random()), now);
    Ok(with_cookie(&web, redirect(&next), &token))
}

/// The account when name and password fit; it takes as long when the name is unknown.
async fn fitting(
    web: &Shared,
    context: &Context,
    name: &str,
    password: Phi<String>,
) -> Result<Option<StoredAccount>, Failure> {
    if name.len() > FIELD_BYTES_MAX || password.expose().len() > FIELD_BYTES_MAX {
        return Ok(None);
    }
    let broken = |_| Failure::Broken(context.request.clone());
    let _turn = web.password_checks().acquire().await.map_err(broken)?;
    let name = name.to_owned();
    let fits = web.ask_openly(&context.request, move |_, accounts| {
        let stored = accounts.account(&name)?;
        let hash = stored.as_ref().map_or(NOBODY, |stored| stored.password_hash.as_str());
        let fits = verify_password(&password, hash);
        Ok(stored.filter(|stored| fits && stored.is_open))
    });
    fits.await
}

async fn again(
    web: &Shared,
    context: &Context,
    (next, name, says): (&str, &str, &str),
    status: StatusCode,
) -> Served {
    let body = draw(next, name, &[("name", says)], false);
    Page::new("Sign in", "", "", body).serve_as(status, web, context).await
}

fn draw(next: &str, name: &str, errors: &[(&str, &str)], has_ended: bool) -> Markup {
    html! {
        (error_summary(errors))
        @if has_ended {
            div.notice {
                p { "You were signed out because nothing was done for a while. What you had typed "
                    "is kept as a draft and comes back after you sign in." }
            }
        }
        form.card.narrow method="post" action="/sign-in" {
            input type="hidden" name="next" value=(next);
            div.field {
                label for="name" { "Name" }
                input id="name" name="name" value=(name) autocomplete="username" required autofocus
                    aria-invalid=[(!errors.is_empty()).then_some("true")];
            }
            div.field {
                label for="password" { "Password" }
                input id="password" name="password" type="password"
                    autocomplete="current-password" required;
            }
            button type="submit" { "Sign in" }
        }
    }
}

/// Stays signed in: the request itself is what counts.
pub(crate) async fn stay() -> Served {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    Ok(response)
}

/// Signs out.
pub(crate) async fn sign_out(
    State(web): State<Shared>,
    Extension(context): Extension<Context>,
) -> Served {
    let kept = event(&web, &context, "sign-out", "sign-out", "");
    web.ask_openly(&context.request, move |desk, _| desk.keep(&kept)).await?;
    web.sessions().end(&context.session);
    Ok(with_cookie(&web, redirect("/sign-in"), ""))
}

fn with_cookie(web: &Shared, mut response: Response<Body>, token: &str) -> Response<Body> {
    response.headers_mut().append(header::SET_COOKIE, session_cookie(web, token));
    response
}
