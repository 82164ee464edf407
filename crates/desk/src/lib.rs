//! The desk of one organization: answers the questions of the pages from its own database, with
//! the engines that decide.
//!
//! [`OfficeDesk`] is the pages' `Desk` and `Accounts`; [`pages`] serves them. It holds no rule
//! and adds up no money of its own: figures come from the store, explanations from what the
//! engines kept when they decided.
#![deny(clippy::float_arithmetic)]

mod agreed;
mod agreement;
mod answers;
mod audit_queue;
mod book;
mod check;
mod claim_figures;
mod claim_text;
mod claims;
mod decide;
mod files;
mod find;
mod guest;
mod held;
mod ledger;
mod listing;
mod node;
mod office;
mod out_folder;
mod payments;
mod record;
mod restored;
mod scorecard;
mod seal;
mod settled;
mod uploads;
mod work;
pub mod workbench;

pub use book::Book;
pub use node::NodeFacts;
pub use office::{DOCUMENTS, Engines, OfficeDesk, OfficeError, add_account, add_guest};
pub use out_folder::{OUT, OutFolder};
pub use restored::{
    RESTORED_FILE, RESTORED_NEXT, RESTORED_WHAT, Restored, UNMET_NEXT, UNMET_WHAT, is_restored,
    is_unmet,
};

use counterfoil_web::{Settings, Surroundings, Web, router};
use std::sync::Arc;

/// The pages of an organization. Clock and randomness come from the caller; `newest_event` of
/// the surroundings is [`OfficeDesk::newest_event`].
pub fn pages(
    desk: &Arc<OfficeDesk>,
    surroundings: Surroundings,
    settings: Settings,
) -> axum::Router {
    router(Web::new(Arc::clone(desk) as _, Arc::clone(desk) as _, surroundings, settings))
}
