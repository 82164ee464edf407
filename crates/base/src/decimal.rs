//! Exact decimals for rates, relative values and units; rounding happens only where it is named.

use crate::cents::Cents;
use std::cmp::Ordering;
use std::fmt;

/// An exact decimal number: `mantissa / 10^scale`, kept in lowest terms.
///
/// Used for rates (conversion factors, percentages, geographic indices) and for units of
/// service. Sums and products are exact; only [`Decimal::to_cents`], [`Decimal::round`] and
/// [`Decimal::div_rounded`] round, and each takes its [`Rounding`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Decimal {
    mantissa: i128,
    scale: u32,
}

/// A rate, factor or percentage (as a fraction) without a unit of its own.
pub type Rate = Decimal;

/// A quantity of service in the unit that the line states (units, minutes, days).
pub type Units = Decimal;

/// How a value that falls between two cents (or steps) is placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rounding {
    /// To the nearest; a tie goes away from zero. The usual rule of fee schedules.
    HalfUp,
    /// To the nearest; a tie goes to the even neighbour.
    HalfEven,
    /// Toward zero.
    Down,
    /// Away from zero.
    Up,
}

/// Why a text is not an exact decimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecimalError {
    /// No digits, or characters other than a sign, digits and one decimal point.
    #[error("not a decimal number")]
    NotANumber,
    /// More digits than fit.
    #[error("number too large")]
    TooLarge,
}

impl Decimal {
    /// Zero.
    pub const ZERO: Decimal = Decimal { mantissa: 0, scale: 0 };
    /// One.
    pub const ONE: Decimal = Decimal { mantissa: 1, scale: 0 };

    /// `mantissa / 10^scale`.
    #[must_use]
    pub const fn new(mantissa: i128, scale: u32) -> Decimal {
        let mut value = Decimal { mantissa, scale };
        while value.scale > 0 && value.mantissa % 10 == 0 {
            value.mantissa /= 10;
            value.scale -= 1;
        }
        value
    }

    /// A whole number.
    #[must_use]
    pub const fn whole(number: i64) -> Decimal {
        Decimal { mantissa: number as i128, scale: 0 }
    }

    /// The mantissa and the number of decimal places: `mantissa / 10^places`.
    #[must_use]
    pub const fn parts(self) -> (i128, u32) {
        (self.mantissa, self.scale)
    }

    /// Reads an optional sign, digits, and an optional point and digits.
    pub fn parse(text: &str) -> Result<Decimal, DecimalError> {
        Decimal::parse_bytes(text.as_bytes())
    }

    /// [`Decimal::parse`] on raw bytes.
    pub fn parse_bytes(text: &[u8]) -> Result<Decimal, DecimalError> {
        let (negative, digits) = match text {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            _ => (false, text),
        };
        // 30 digits leave room for products of two parsed numbers' leading parts in i128.
        if digits.len() > 31 {
            return Err(DecimalError::TooLarge);
        }
        let mut mantissa: i128 = 0;
        let mut scale = 0;
        let mut seen_point = false;
        let mut seen_digit = false;
        for &byte in digits {
            match byte {
                b'0'..=b'9' => {
                    seen_digit = true;
                    mantissa = mantissa * 10 + i128::from(byte - b'0');
                    scale += u32::from(seen_point);
                }
                b'.' if !seen_point => seen_point = true,
                _ => return Err(DecimalError::NotANumber),
            }
        }
        if !seen_digit {
            return Err(DecimalError::NotANumber);
        }
        Ok(Decimal::new(if negative { -mantissa } else { mantissa }, scale))
    }

    /// An amount of money in dollars.
    #[must_use]
    pub const fn from_cents(cents: Cents) -> Decimal {
        Decimal::new(cents.0 as i128, 2)
    }

    /// Exact sum, or nothing when it does not fit 128 bits.
    #[must_use]
    pub fn checked_add(self, other: Decimal) -> Option<Decimal> {
        let scale = self.scale.max(other.scale);
        let sum = self.at_scale(scale)?.checked_add(other.at_scale(scale)?)?;
        Some(Decimal::new(sum, scale))
    }

    /// Exact difference, or nothing when it does not fit 128 bits.
    #[must_use]
    pub fn checked_sub(self, other: Decimal) -> Option<Decimal> {
        self.checked_add(Decimal { mantissa: other.mantissa.checked_neg()?, scale: other.scale })
    }

    /// Exact product, or nothing when it does not fit 128 bits.
    #[must_use]
    pub fn checked_mul(self, other: Decimal) -> Option<Decimal> {
        let mantissa = self.mantissa.checked_mul(other.mantissa)?;
        Some(Decimal::new(mantissa, self.scale.checked_add(other.scale)?))
    }

    /// Quotient rounded to `scale` decimal places in the named mode; nothing for a zero divisor.
    #[must_use]
    pub fn div_rounded(self, other: Decimal, scale: u32, rounding: Rounding) -> Option<Decimal> {
        let shift = 10i128.checked_pow(scale.checked_add(other.scale)?)?;
        let numerator = self.mantissa.checked_mul(shift)?;
        let denominator = other.mantissa.checked_mul(10i128.checked_pow(self.scale)?)?;
        if denominator == 0 {
            return None;
        }
        Some(Decimal::new(round_division(numerator, denominator, rounding), scale))
    }

    /// Rounds to `scale` decimal places in the named mode.
    #[must_use]
    pub fn round(self, scale: u32, rounding: Rounding) -> Decimal {
        if self.scale <= scale {
            return self;
        }
        let divisor = 10i128.pow(self.scale - scale);
        Decimal::new(round_division(self.mantissa, divisor, rounding), scale)
    }

    /// Reads this number as dollars and rounds it to cents in the named mode.
    #[must_use]
    pub fn to_cents(self, rounding: Rounding) -> Option<Cents> {
        let rounded = self.round(2, rounding).at_scale(2)?;
        i64::try_from(rounded).ok().map(Cents)
    }

    /// The whole number when there is no fraction and it fits 64 bits.
    #[must_use]
    pub fn to_whole(self) -> Option<i64> {
        if self.scale == 0 { i64::try_from(self.mantissa).ok() } else { None }
    }

    /// True for zero.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self.mantissa == 0
    }

    /// True below zero.
    #[must_use]
    pub fn is_negative(self) -> bool {
        self.mantissa < 0
    }

    fn at_scale(self, scale: u32) -> Option<i128> {
        self.mantissa.checked_mul(10i128.checked_pow(scale.checked_sub(self.scale)?)?)
    }
}

fn round_division(numerator: i128, denominator: i128, rounding: Rounding) -> i128 {
    let quotient = numerator / denominator;
    let remainder = numerator % denominator;
    if remainder == 0 {
        return quotient;
    }
    let away = if (numerator < 0) == (denominator < 0) { 1 } else { -1 };
    let twice = remainder.unsigned_abs().saturating_mul(2).cmp(&denominator.unsigned_abs());
    let step_away = match rounding {
        Rounding::Down => false,
        Rounding::Up => true,
        Rounding::HalfUp => twice != Ordering::Less,
        Rounding::HalfEven => {
            twice == Ordering::Greater || (twice == Ordering::Equal && quotient % 2 != 0)
        }
    };
    if step_away { quotient + away } else { quotient }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Decimal) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Decimal) -> Ordering {
        let scale = self.scale.max(other.scale);
        match (self.at_scale(scale), other.at_scale(scale)) {
            (Some(left), Some(right)) => left.cmp(&right),
            // Only a number too large to rescale gets here; its sign and size decide.
            (None, _) => self.mantissa.cmp(&0),
            (_, None) => 0.cmp(&other.mantissa),
        }
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.mantissa < 0 { "-" } else { "" };
        let short = u64::try_from(self.mantissa.unsigned_abs()).ok();
        let unit = 10u64.checked_pow(self.scale);
        if let (Some(magnitude), Some(unit), None, None) = (short, unit, f.width(), f.precision()) {
            // What almost every number is, without a text between.
            write!(f, "{sign}{}", magnitude / unit)?;
            let width = self.scale as usize;
            return match width {
                0 => Ok(()),
                _ => write!(f, ".{:0width$}", magnitude % unit),
            };
        }
        let digits = self.mantissa.unsigned_abs().to_string();
        let scale = self.scale as usize;
        if scale == 0 {
            return f.pad(&format!("{sign}{digits}"));
        }
        let padded = format!("{digits:0>width$}", width = scale + 1);
        let (whole, fraction) = padded.split_at(padded.len() - scale);
        f.pad(&format!("{sign}{whole}.{fraction}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        Decimal::parse(text).unwrap()
    }

    #[test]
    fn a_number_reads_back_from_its_text_whatever_its_size() {
        for text in ["0", "7", "-7", "0.5", "-0.05", "32.3465", "18446744073709551615.5"] {
            assert_eq!(decimal(text).to_string(), text);
            assert_eq!(format!("{:>24}", decimal(text)), format!("{text:>24}"));
        }
    }

    #[test]
    fn products_are_exact_and_round_once() {
        // CY2025 office visit 99213, national, non-facility: (1.30+1.35+0.10) x 32.3465.
        let relative_values =
            decimal("1.30").checked_add(decimal("1.35")).unwrap().checked_add(decimal("0.10"));
        let price = relative_values.unwrap().checked_mul(decimal("32.3465")).unwrap();
        assert_eq!(price.to_string(), "88.952875");
        assert_eq!(price.to_cents(Rounding::HalfUp), Some(Cents(8895)));
    }

    #[test]
    fn each_rounding_mode_does_what_its_name_says() {
        for (text, half_up, half_even, down, up) in [
            ("0.125", 13, 12, 12, 13),
            ("0.135", 14, 14, 13, 14),
            ("-0.125", -13, -12, -12, -13),
            ("0.121", 12, 12, 12, 13),
        ] {
            let round = |mode| decimal(text).to_cents(mode).unwrap().0;
            assert_eq!(round(Rounding::HalfUp), half_up, "{text}");
            assert_eq!(round(Rounding::HalfEven), half_even, "{text}");
            assert_eq!(round(Rounding::Down), down, "{text}");
            assert_eq!(round(Rounding::Up), up, "{text}");
        }
    }

    #[test]
    fn compares_across_scales_and_prints_plainly() {
        assert!(decimal("1.10") == decimal("1.1"));
        assert!(decimal("-0.05") < decimal("0.001"));
        assert_eq!(decimal("-0.050").to_string(), "-0.05");
        assert_eq!(
            decimal("10").div_rounded(decimal("3"), 4, Rounding::HalfUp),
            Some(decimal("3.3333"))
        );
        assert_eq!(decimal("1").div_rounded(Decimal::ZERO, 4, Rounding::HalfUp), None);
    }
}
