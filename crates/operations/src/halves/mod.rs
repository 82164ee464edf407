//! What the two organizations' engines do, as signed events of their halves.
//!
//! What has to be said is recorded in the transaction that books it ([`Dues`]) and signed
//! afterwards, in order and once, by [`append_due`]; [`accept`] takes what the partner says. Both
//! fold the claims concerned anew. The written format is `docs/reference/twin.md`.

mod accept;
mod append;
mod checks;
mod compare;
mod disputes;
mod documents;
mod due;
mod exchange;
mod export;
mod fold;
mod packs;
mod prove;
mod relation;
mod scorecard;
mod story;

pub use accept::{AcceptedEvents, accept, import_half};
pub use append::{Appended, Signer, append_due, sign_head};
pub use checks::refusal_on_all_cores;
pub use compare::load_twin;
pub use disputes::{DisputeStep, dispute};
pub use documents::document_bytes_max;
pub(crate) use due::read as statements_of;
pub use due::{Dues, Partner, Partners, digest_of_hex};
pub use exchange::{Exchange, Surroundings, Told};
pub use export::{entries, export_half, kept_heads, newest_heads};
pub(crate) use fold::Said;
pub(crate) use packs::own_bytes;
pub use packs::{
    InstalledPack, PACK, PacksInForce, PublishedPack, RulesInForce, engine_in_force, install_packs,
    packs_in_force, publish_new_pack, publish_pack, published_packs,
};
pub(crate) use packs::{latest_on, own_pack};
pub use prove::{ProofRequest, prove};
pub use relation::{Relation, Terms, open_relationship, relation_with, relations};
pub use scorecard::{Promise, PromiseKind, Scorecard, Scored, scorecard, scored};
pub use story::{ClaimStory, StoryEvent, claim_stories};
