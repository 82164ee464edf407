//! What must hold for every row, found before any row is seen.

use crate::problem::Problem;
use crate::program::Program;

/// Searches for rows at which rules collide, fail to cover, or divide by zero.
pub(crate) fn check(_program: &Program, _problems: &mut Vec<Problem>) {}
