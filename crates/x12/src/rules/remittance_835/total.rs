//! Sums of amounts that stay exact, and say so when an amount could not be read.

use counterfoil_base::Cents;
use std::fmt;

/// A sum of amounts; unknown once an amount that is not a number entered it.
///
/// 128 bits hold the sum of more amounts than a file can have, each being below ten trillion
/// dollars.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Total {
    cents: i128,
    is_unknown: bool,
}

impl Total {
    pub(super) fn add(&mut self, amount: Option<Cents>) {
        match amount {
            Some(cents) => self.cents += i128::from(cents.0),
            None => self.is_unknown = true,
        }
    }

    pub(super) fn add_total(&mut self, other: Total) {
        self.cents += other.cents;
        self.is_unknown |= other.is_unknown;
    }

    /// The sum in cents, when every amount was a number.
    pub(super) fn cents(self) -> Option<i128> {
        (!self.is_unknown).then_some(self.cents)
    }
}

/// An amount of the file; none when it is not one. An empty element is no amount.
pub(super) fn amount(text: &[u8]) -> Option<Cents> {
    Cents::parse_bytes(text).ok()
}

/// Cents printed as dollars, for messages.
pub(super) struct Dollars(pub(super) i128);

impl fmt::Display for Dollars {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let magnitude = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:02}", magnitude / 100, magnitude % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_with_an_unreadable_amount_is_unknown() {
        let mut total = Total::default();
        total.add(amount(b"10.01"));
        total.add(amount(b"-0.02"));
        assert_eq!(total.cents(), Some(999));
        total.add(amount(b"ten"));
        assert_eq!(total.cents(), None);
    }

    #[test]
    fn dollars_print_with_two_places_and_sign() {
        for (cents, text) in [(0, "0.00"), (-7, "-0.07"), (1_000_001, "10000.01")] {
            assert_eq!(Dollars(cents).to_string(), text);
        }
    }
}
