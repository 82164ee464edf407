//! The HTTP service: its settings, its endpoints and their order.

mod answer;
mod assets;
mod gate;
mod list_query;
mod live;
mod uploads;

pub(crate) use answer::{Failure, Page, Served, redirect};
pub(crate) use assets::asset_path;
pub(crate) use gate::{Context, Fields, Preferences, event, session_cookie};
pub(crate) use list_query::{Query, list_query};

use crate::desk::{Accounts, Answer, Desk, Viewer};
use crate::page;
use crate::policy::{Policy, Verdict};
use crate::session::{SessionTimes, Sessions};
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{MethodRouter, get, post};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::{Semaphore, watch};

/// Rows on a page of a list.
pub const ROWS_PER_PAGE: u32 = 100;
/// Password checks at one time: each takes 19 MiB and one core.
const PASSWORD_CHECKS_MAX: usize = 2;
/// Event streams at one time.
const STREAMS_MAX: usize = 1_000;
/// Bytes of a form that is no file.
const FORM_BYTES_MAX: usize = 8 << 20;

/// What the operator decides; each has a named default.
#[derive(Clone, Debug)]
pub struct Settings {
    /// True when browsers reach the pages over TLS: the cookie is then `__Host-` and `Secure`.
    pub is_tls: bool,
    /// Seconds without doing anything until a person is signed out.
    pub idle_seconds: i64,
    /// Seconds before that at which the page warns.
    pub warn_seconds: i64,
    /// Seconds after which a person signs in again in any case.
    pub session_seconds: i64,
    /// Bytes of an upload at most.
    pub upload_bytes_max: u64,
    /// Where uploads lie until the desk takes them over; private to the node.
    pub upload_folder: PathBuf,
    /// Where the organization's day begins and ends.
    pub time_zone: TimeZone,
}

impl Settings {
    /// The defaults: 15 minutes idle with a warning 2 minutes before, 12 hours in all, uploads
    /// of 1 GiB, days in Coordinated Universal Time.
    #[must_use]
    pub fn new(upload_folder: PathBuf) -> Settings {
        Settings {
            is_tls: false,
            idle_seconds: 900,
            warn_seconds: 120,
            session_seconds: 43_200,
            upload_bytes_max: 1 << 30,
            upload_folder,
            time_zone: TimeZone::UTC,
        }
    }
}

/// Tells the time.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;
/// Fills bytes with randomness.
pub type Randomness = Arc<dyn Fn(&mut [u8]) + Send + Sync>;

/// Time and chance, which the caller owns.
#[derive(Clone)]
pub struct Surroundings {
    /// The time now.
    pub now: Clock,
    /// Fills bytes with randomness that nobody can guess.
    pub random: Randomness,
    /// Number of the newest live event; every change wakes the open pages.
    pub newest_event: watch::Receiver<u64>,
}

/// Everything that a request needs.
pub struct Web {
    desk: Arc<dyn Desk>,
    accounts: Arc<dyn Accounts>,
    surroundings: Surroundings,
    settings: Settings,
    policy: Policy,
    sessions: Sessions,
    password_checks: Semaphore,
    streams: Arc<Semaphore>,
}

impl Web {
    /// Over a desk and the people who may sign in.
    #[must_use]
    pub fn new(
        desk: Arc<dyn Desk>,
        accounts: Arc<dyn Accounts>,
        surroundings: Surroundings,
        settings: Settings,
    ) -> Web {
        let times = SessionTimes {
            idle_seconds: settings.idle_seconds,
            whole_seconds: settings.session_seconds,
        };
        Web {
            desk,
            accounts,
            surroundings,
            settings,
            policy: Policy::built_in(),
            sessions: Sessions::new(times),
            password_checks: Semaphore::new(PASSWORD_CHECKS_MAX),
            streams: Arc::new(Semaphore::new(STREAMS_MAX)),
        }
    }

    /// Ends every session of an account, for example when it is closed.
    pub fn sign_out_account(&self, account: &str) {
        self.sessions.end_account(account);
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.surroundings.now)()
    }

    pub(crate) fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        (self.surroundings.random)(&mut bytes);
        bytes
    }

    /// Number of the newest live event.
    pub(crate) fn newest_event(&self) -> u64 {
        *self.surroundings.newest_event.borrow()
    }

    /// True when the access table lets the person of a request ask an endpoint.
    pub(crate) fn may(&self, context: &Context, method: &str, path: &str) -> bool {
        let account = context.viewer().ok().map(|viewer| viewer.account.as_ref());
        let rule = self.policy.rule(method, path);
        rule.is_some_and(|rule| matches!(rule.decide(account), Verdict::Allow(_)))
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(crate) fn policy(&self) -> &Policy {
        &self.policy
    }

    pub(crate) fn sessions(&self) -> &Sessions {
        &self.sessions
    }

    pub(crate) fn password_checks(&self) -> &Semaphore {
        &self.password_checks
    }

    /// Asks the desk off the event loop, for the viewer of a request.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        viewer: &Viewer,
        question: impl FnOnce(&dyn Desk, &Viewer) -> Answer<T> + Send + 'static,
    ) -> Result<T, Failure> {
        let (desk, viewer) = (Arc::clone(&self.desk), viewer.clone());
        let request = viewer.request.clone();
        let asked = tokio::task::spawn_blocking(move || question(desk.as_ref(), &viewer)).await;
        match asked {
            Ok(answer) => answer.map_err(|error| Failure::Desk(Box::new(error), request)),
            Err(_) => Err(Failure::Broken(request)),
        }
    }

    /// Asks the desk something that no viewer asks.
    pub(crate) async fn ask_openly<T: Send + 'static>(
        &self,
        request: &str,
        question: impl FnOnce(&dyn Desk, &dyn Accounts) -> Answer<T> + Send + 'static,
    ) -> Result<T, Failure> {
        let (desk, accounts) = (Arc::clone(&self.desk), Arc::clone(&self.accounts));
        let asked =
            tokio::task::spawn_blocking(move || question(desk.as_ref(), accounts.as_ref())).await;
        match asked {
            Ok(answer) => {
                answer.map_err(|error| Failure::Desk(Box::new(error), request.to_owned()))
            }
            Err(_) => Err(Failure::Broken(request.to_owned())),
        }
    }
}

/// What handlers share.
pub(crate) type Shared = Arc<Web>;

type Endpoint = (&'static str, &'static str, MethodRouter<Shared>);

/// Every endpoint with its method and path; the access table lists the same.
fn table() -> Vec<Endpoint> {
    use page::{
        audit, changes, check, claims, contracts, explain, files, find, held, home, keys, ledger,
        node, remittances, scorecard, settlements, sign_in, simulation, work,
    };
    vec![
        ("GET", "/", get(home::home)),
        ("GET", "/sign-in", get(sign_in::form)),
        ("POST", "/sign-in", post(sign_in::sign_in)),
        ("POST", "/sign-out", post(sign_in::sign_out)),
        ("POST", "/session", post(sign_in::stay)),
        ("POST", "/drafts", post(home::keep_draft)),
        ("POST", "/preferences", post(home::prefer)),
        ("GET", "/assets/{name}", get(assets::asset)),
        ("GET", "/keys", get(keys::page)),
        ("GET", "/events", get(live::events)),
        ("GET", "/queue", get(work::page)),
        ("GET", "/queue/export", get(work::export)),
        ("GET", "/files", get(files::list)),
        ("POST", "/files", post(uploads::upload)),
        ("GET", "/files/export", get(files::export)),
        ("GET", "/files/{id}", get(files::file)),
        ("GET", "/files/{id}/raw", get(files::raw)),
        ("POST", "/files/{id}/resend", post(files::resend)),
        ("GET", "/claims", get(claims::list)),
        ("GET", "/claims/export", get(claims::export)),
        ("GET", "/claims/{id}", get(claims::claim)),
        ("POST", "/claims/{id}/decision", post(claims::decide)),
        ("GET", "/claims/{id}/check", get(check::claim)),
        ("POST", "/claims/{id}/check", post(check::try_claim)),
        ("GET", "/check", get(check::form)),
        ("POST", "/check", post(check::text)),
        ("GET", "/held", get(held::list)),
        ("GET", "/held/export", get(held::export)),
        ("GET", "/held/{id}", get(held::claim)),
        ("POST", "/held/{id}/withdrawal", post(held::withdraw)),
        ("GET", "/scorecard", get(scorecard::page)),
        ("GET", "/scorecard/export", get(scorecard::export)),
        ("GET", "/remittances", get(remittances::list)),
        ("GET", "/remittances/export", get(remittances::export)),
        ("GET", "/remittances/{id}", get(remittances::remittance)),
        ("GET", "/ledger", get(ledger::accounts)),
        ("GET", "/ledger/entries", get(ledger::entries)),
        ("GET", "/ledger/entries/export", get(ledger::export)),
        ("GET", "/ledger/accounts/{code}", get(ledger::account)),
        ("GET", "/ledger/entries/{id}", get(ledger::entry)),
        ("GET", "/contracts", get(contracts::list)),
        ("GET", "/contracts/export", get(contracts::export)),
        ("GET", "/contracts/{id}", get(contracts::contract)),
        ("GET", "/contracts/{id}/changes", get(changes::page)),
        ("POST", "/contracts/{id}/changes", post(changes::on_facts)),
        ("GET", "/contracts/{id}/simulation", get(simulation::page)),
        ("GET", "/contracts/{id}/signature", get(contracts::signing)),
        ("POST", "/contracts/{id}/signature", post(contracts::sign)),
        ("GET", "/settlements", get(settlements::list)),
        ("GET", "/settlements/export", get(settlements::export)),
        ("GET", "/settlements/{id}", get(settlements::settlement)),
        ("GET", "/settlements/{id}/export", get(settlements::file)),
        ("GET", "/settlements/{id}/signature", get(settlements::signing)),
        ("POST", "/settlements/{id}/signature", post(settlements::sign)),
        ("GET", "/audit", get(audit::list)),
        ("GET", "/audit/export", get(audit::export)),
        ("POST", "/audit/verification", post(audit::verify)),
        ("GET", "/node", get(node::page)),
        ("GET", "/find", get(find::page)),
        ("GET", "/explain/{subject}/{id}/{name}", get(explain::page)),
    ]
}

/// Every endpoint as method and path, for comparison with the access table.
#[must_use]
pub fn endpoints() -> Vec<(&'static str, &'static str)> {
    table().into_iter().map(|(method, path, _)| (method, path)).collect()
}

/// The service with all pages.
pub fn router(web: Web) -> Router {
    let web = Arc::new(web);
    let mut router: Router<Shared> = Router::new();
    for (_, path, route) in table() {
        router = router.route(path, route);
    }
    let gate = axum::middleware::from_fn_with_state(Arc::clone(&web), gate::gate);
    // A route layer knows the matched path; what matches no path goes through the fallback,
    // which passes the same gate.
    router
        .method_not_allowed_fallback(answer::no_such_page)
        .fallback(answer::no_such_page)
        .layer(gate)
        .layer(DefaultBodyLimit::max(FORM_BYTES_MAX))
        .with_state(web)
}
