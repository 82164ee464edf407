//! A small seeded generator (SplitMix64): the same seed gives the same corpus on every machine.

/// A stream of pseudo-random numbers; not for secrets.
///
/// Streams are opened by (seed, topic, index), so that the thing number `index` can be made
/// again at any time without making those before it.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// Opens the stream of one thing.
    #[must_use]
    pub fn of(seed: u64, topic: u64, index: u64) -> Random {
        let mut random = Random(seed ^ topic.wrapping_mul(0xA24B_AED4_963E_E407));
        let mixed = random.number() ^ index.wrapping_mul(0x9FB2_1C65_1E98_DF25);
        let mut random = Random(mixed);
        random.number();
        random
    }

    /// The next 64 bits (Steele, Lea and Flood, "Fast splittable pseudorandom number
    /// generators", 2014).
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 up to, and without, `bound`; 0 when the bound is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        let wide = u128::from(self.number()) * u128::from(bound);
        (wide >> 64) as u64
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below(high.abs_diff(low) + 1) as i64
    }

    /// True in `share` of `whole` cases.
    pub fn chance(&mut self, share: u64, whole: u64) -> bool {
        self.below(whole) < share
    }

    /// One of the items.
    ///
    /// # Panics
    /// When there are none; the lists are this crate's own.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len() as u64) as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_sequence_of_seed_zero() {
        // First outputs of SplitMix64 with state 0, as its authors' reference code prints them.
        let mut random = Random(0);
        assert_eq!(random.number(), 0xE220_A839_7B1D_CDAF);
        assert_eq!(random.number(), 0x6E78_9E6A_A1B9_65F4);
    }

    #[test]
    fn numbers_stay_in_their_range() {
        let mut random = Random::of(7, 1, 2);
        for _ in 0..1_000 {
            assert!(random.below(10) < 10);
            assert!((-3..=3).contains(&random.between(-3, 3)));
        }
        assert_eq!(random.below(0), 0);
    }
}
