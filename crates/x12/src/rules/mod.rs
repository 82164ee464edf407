//! Situational rules that need arithmetic or memory, beyond what guide data can say.

pub(crate) mod claim_837;
pub(crate) mod remittance_835;
