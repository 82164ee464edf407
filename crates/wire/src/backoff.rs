//! How long to wait before dialing again: doubling, bounded, with chance from the caller.

/// First wait in milliseconds.
pub const BACKOFF_MS_FIRST: u64 = 500;
/// Longest wait in milliseconds.
pub const BACKOFF_MS_MAX: u64 = 60_000;

/// Waits that double from `first` to `most`; each is drawn between half of that and the whole, so
/// that many nodes that lost the same peer do not come back at the same moment.
#[derive(Clone, Debug)]
pub struct Backoff {
    first_ms: u64,
    most_ms: u64,
    failures: u32,
}

impl Backoff {
    /// A backoff without failures so far.
    #[must_use]
    pub fn new(first_ms: u64, most_ms: u64) -> Backoff {
        Backoff { first_ms, most_ms: most_ms.max(first_ms), failures: 0 }
    }

    /// Counts a failure and gives the milliseconds to wait; `chance` is any random number.
    pub fn next_ms(&mut self, chance: u64) -> u64 {
        let factor = 1u64.checked_shl(self.failures).unwrap_or(u64::MAX);
        let whole = self.first_ms.saturating_mul(factor).min(self.most_ms);
        self.failures = self.failures.saturating_add(1);
        let half = whole / 2;
        whole - chance % (half + 1)
    }

    /// Failures since the last reset.
    #[must_use]
    pub fn failures(&self) -> u32 {
        self.failures
    }

    /// Starts over, after a connection has proved stable.
    pub fn reset(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn waits_grow_and_stay_within_bounds(
            chances in proptest::collection::vec(any::<u64>(), 1..90),
        ) {
            let mut backoff = Backoff::new(BACKOFF_MS_FIRST, BACKOFF_MS_MAX);
            for (failures, chance) in (0u32..).zip(chances) {
                let whole = (BACKOFF_MS_FIRST << failures.min(20)).min(BACKOFF_MS_MAX);
                let wait = backoff.next_ms(chance);
                prop_assert!(wait >= whole / 2 && wait <= whole, "{wait} of {whole}");
            }
            backoff.reset();
            prop_assert!(backoff.next_ms(0) <= BACKOFF_MS_FIRST);
        }
    }
}
