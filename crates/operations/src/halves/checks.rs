//! The checks of many events, shared among the cores of the machine.

use counterfoil_twin::{EventCheck, Refusal, first_refusal};
use std::panic::resume_unwind;
use std::thread;

/// Checks that are worth a thread of their own: some milliseconds of work.
const CHECKS_A_THREAD: usize = 64;

/// [`first_refusal`] on as many cores as there are, with the same outcome: the first check that
/// fails counts, whichever core comes to it first.
#[must_use]
pub fn refusal_on_all_cores(checks: &[EventCheck]) -> Option<(usize, Refusal)> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let threads = cores.min(checks.len() / CHECKS_A_THREAD);
    if threads < 2 {
        return first_refusal(checks);
    }
    let part = checks.len().div_ceil(threads);
    thread::scope(|scope| {
        let parts = checks.chunks(part).enumerate();
        let running: Vec<_> = parts
            .map(|(number, checks)| {
                scope.spawn(move || {
                    first_refusal(checks).map(|(at, refusal)| (number * part + at, refusal))
                })
            })
            .collect();
        running.into_iter().find_map(|one| one.join().unwrap_or_else(|panic| resume_unwind(panic)))
    })
}
