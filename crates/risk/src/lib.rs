//! Risk scores by the payer's published model: the expected cost of a person relative to the
//! average, from age, sex, entitlement and diagnoses.
//!
//! The models are those of the Centers for Medicare & Medicaid Services (CMS) for payment year
//! 2026; their tables lie in `data/tables/cms_hcc/2026`. Scores are raw: before normalization and
//! the coding-intensity adjustment. They are integers of thousandths, exact as the published
//! coefficients are, and every score opens down to its addends.
//!
//! A caller loads a [`RiskModel`] once and asks it for the [`Score`] of a [`Person`], for its
//! [`Explanation`], or for a whole block of JSON lines at once ([`score_block`]).

mod block;
mod codes;
mod evaluate;
mod line;
mod model;
mod name;
mod output;
mod person;
mod scan;
mod segment;
mod tables;

pub use block::{Scored, score_block};
pub use codes::DiagnosisCode;
pub use evaluate::{Addend, Dropped, EditedDiagnosis, Explanation, Score};
pub use model::{CategorySet, RiskModel};
pub use name::{ModelName, ModelRefusal};
pub use person::{Dual, Entitlement, OLDEST_YEARS, Person, Sex};
pub use segment::SegmentName;
pub use tables::TableError;

/// A risk score in thousandths, as the coefficients are published: `1038` is 1.038.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Thousandths(pub i32);

impl std::fmt::Display for Thousandths {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let size = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:03}", size / 1000, size % 1000)
    }
}
