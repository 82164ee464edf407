//! Acknowledgements of what was read: TA1 for interchanges, 999 for functional groups.

mod log;
mod write;

pub use log::{AckLog, GroupAnswer, InterchangeAnswer, SetAnswer};
pub use write::{AckNumbers, WrittenAcknowledgement};
