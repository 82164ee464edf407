//! Stories of claims and payments that are read and written back segment by segment.

mod claims;
mod payments;
mod placed;
