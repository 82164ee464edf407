//! Money as integer cents with checked arithmetic; there is no float and no implicit rounding.

use crate::decimal::{Decimal, Rounding};
use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};

/// An amount of United States dollars in integer cents; negative amounts are reversals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cents(pub i64);

/// Why a text is not an amount of money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// No digits, or characters other than a sign, digits and one decimal point.
    #[error("not a decimal number")]
    NotANumber,
    /// More than two digits after the point that are not zero: cents cannot hold it.
    #[error("more than two decimal places")]
    FractionOfACent,
    /// Ten trillion dollars or more: no claim or payment is that large, and the bound lets
    /// thousands of amounts be summed without overflow.
    #[error("amount too large")]
    TooLarge,
}

/// Amounts that arrive from outside stay below ten trillion dollars.
const CENTS_MAX: i64 = 1_000_000_000_000_000;

impl Cents {
    /// No money.
    pub const ZERO: Cents = Cents(0);

    /// Reads an X12 decimal (type R): optional minus, digits, optional point and digits.
    ///
    /// `"12"`, `"12.5"`, `"-0.07"` and `".5"` are amounts; `"1,000"`, `"1.234"` and `""` are not.
    pub fn parse(text: &str) -> Result<Cents, MoneyError> {
        Cents::parse_bytes(text.as_bytes())
    }

    /// [`Cents::parse`] on raw bytes, for readers that do not build strings.
    pub fn parse_bytes(text: &[u8]) -> Result<Cents, MoneyError> {
        let (negative, digits) = match text {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            _ => (false, text),
        };
        let mut whole: i64 = 0;
        let mut decimals = 0usize;
        let mut seen_point = false;
        let mut seen_digit = false;
        for &byte in digits {
            match byte {
                b'0'..=b'9' => {
                    seen_digit = true;
                    if seen_point {
                        decimals += 1;
                        if decimals > 2 {
                            if byte != b'0' {
                                return Err(MoneyError::FractionOfACent);
                            }
                            continue;
                        }
                    }
                    whole = whole
                        .checked_mul(10)
                        .and_then(|w| w.checked_add(i64::from(byte - b'0')))
                        .ok_or(MoneyError::TooLarge)?;
                }
                b'.' if !seen_point => seen_point = true,
                _ => return Err(MoneyError::NotANumber),
            }
        }
        if !seen_digit {
            return Err(MoneyError::NotANumber);
        }
        for _ in decimals.min(2)..2 {
            whole = whole.checked_mul(10).ok_or(MoneyError::TooLarge)?;
        }
        if whole >= CENTS_MAX {
            return Err(MoneyError::TooLarge);
        }
        Ok(Cents(if negative { -whole } else { whole }))
    }

    /// Multiplies by an exact decimal and rounds once, in the named mode.
    ///
    /// # Panics
    /// When the product leaves the range of 64-bit cents: amounts and rates are bounded at
    /// the border, so this is a bug and not an input error.
    #[must_use]
    pub fn times(self, factor: Decimal, rounding: Rounding) -> Cents {
        let product = Decimal::from_cents(self)
            .checked_mul(factor)
            .and_then(|dollars| dollars.to_cents(rounding));
        product.expect("an amount times a rate stays within the range of money")
    }

    /// Sum that reports overflow instead of wrapping or panicking.
    #[must_use]
    pub fn checked_add(self, other: Cents) -> Option<Cents> {
        self.0.checked_add(other.0).map(Cents)
    }

    /// Difference that reports overflow instead of wrapping or panicking.
    #[must_use]
    pub fn checked_sub(self, other: Cents) -> Option<Cents> {
        self.0.checked_sub(other.0).map(Cents)
    }

    /// The amount without its sign.
    #[must_use]
    pub fn abs(self) -> Cents {
        Cents(self.0.abs())
    }

    /// True for zero cents.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// True below zero.
    #[must_use]
    pub fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// The shortest X12 form (type R): no trailing zeros, no point when whole; `1234.5`, `-7`.
    #[must_use]
    pub fn to_x12(self) -> String {
        let mut text = self.to_string();
        if text.ends_with("00") {
            text.truncate(text.len() - 3);
        } else if text.ends_with('0') {
            text.truncate(text.len() - 1);
        }
        text
    }
}

impl fmt::Display for Cents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let magnitude = self.0.unsigned_abs();
        let (whole, fraction) = (magnitude / 100, magnitude % 100);
        if f.width().is_none() && f.precision().is_none() {
            return write!(f, "{sign}{whole}.{fraction:02}");
        }
        f.pad(&format!("{sign}{whole}.{fraction:02}"))
    }
}

const OVERFLOW: &str = "money stays within 64 bits";

impl Add for Cents {
    type Output = Cents;
    fn add(self, other: Cents) -> Cents {
        self.checked_add(other).expect(OVERFLOW)
    }
}

impl Sub for Cents {
    type Output = Cents;
    fn sub(self, other: Cents) -> Cents {
        self.checked_sub(other).expect(OVERFLOW)
    }
}

impl Neg for Cents {
    type Output = Cents;
    fn neg(self) -> Cents {
        Cents(self.0.checked_neg().expect(OVERFLOW))
    }
}

impl AddAssign for Cents {
    fn add_assign(&mut self, other: Cents) {
        *self = *self + other;
    }
}

impl SubAssign for Cents {
    fn sub_assign(&mut self, other: Cents) {
        *self = *self - other;
    }
}

impl Sum for Cents {
    fn sum<I: Iterator<Item = Cents>>(amounts: I) -> Cents {
        amounts.fold(Cents::ZERO, |total, amount| total + amount)
    }
}

impl<'a> Sum<&'a Cents> for Cents {
    fn sum<I: Iterator<Item = &'a Cents>>(amounts: I) -> Cents {
        amounts.copied().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_amounts_as_x12_writes_them() {
        for (text, cents) in [
            ("0", 0),
            ("12", 1200),
            ("12.5", 1250),
            (".5", 50),
            ("-0.07", -7),
            ("100.00", 10_000),
            ("1.5000", 150),
            ("10000000000.01", 1_000_000_000_001),
        ] {
            assert_eq!(Cents::parse(text), Ok(Cents(cents)), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_not_an_amount() {
        for (text, error) in [
            ("", MoneyError::NotANumber),
            ("-", MoneyError::NotANumber),
            ("1,000", MoneyError::NotANumber),
            ("1.2.3", MoneyError::NotANumber),
            ("1.234", MoneyError::FractionOfACent),
            ("10000000000000", MoneyError::TooLarge),
            ("99999999999999999999", MoneyError::TooLarge),
        ] {
            assert_eq!(Cents::parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn writes_the_shortest_x12_form_and_two_places_for_people() {
        for (cents, x12, people) in [
            (0, "0", "0.00"),
            (1250, "12.5", "12.50"),
            (-7, "-0.07", "-0.07"),
            (10_000, "100", "100.00"),
        ] {
            assert_eq!(Cents(cents).to_x12(), x12);
            assert_eq!(Cents(cents).to_string(), people);
        }
    }
}
