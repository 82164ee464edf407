//! Exact rational numbers: what every amount, rate and quotient of a contract is computed in.

use counterfoil_base::{Cents, Rounding};
use std::cmp::Ordering;
use std::fmt;

/// An exact fraction in lowest terms with a positive denominator.
///
/// Sums, products and quotients are exact; a result that does not fit 128 bits is nothing, never
/// a rounded value. Only [`Number::round`] rounds, and it takes its [`Rounding`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Number {
    numerator: i128,
    denominator: i128,
}

impl Number {
    /// Zero.
    pub const ZERO: Number = Number::whole(0);
    /// One.
    pub const ONE: Number = Number::whole(1);

    /// A whole number.
    #[must_use]
    pub const fn whole(number: i64) -> Number {
        Number { numerator: number as i128, denominator: 1 }
    }

    /// `numerator / denominator`; nothing when the denominator is zero or a part is too large.
    #[must_use]
    pub fn fraction(numerator: i128, denominator: i128) -> Option<Number> {
        if denominator == 1 && numerator != i128::MIN {
            return Some(Number { numerator, denominator });
        }
        // Nearly all parts fit 64 bits, where division is several times faster.
        if let (Ok(n), Ok(d)) = (i64::try_from(numerator), i64::try_from(denominator))
            && d > 0
            && n != i64::MIN
        {
            let divisor = divisor_64(n.unsigned_abs(), d.unsigned_abs());
            let divisor = i64::try_from(divisor).ok()?;
            let (n, d) = if divisor == 1 { (n, d) } else { (n / divisor, d / divisor) };
            return Some(Number { numerator: i128::from(n), denominator: i128::from(d) });
        }
        if denominator == 0 || numerator == i128::MIN || denominator == i128::MIN {
            return None;
        }
        let divisor = greatest_common_divisor(numerator.unsigned_abs(), denominator.unsigned_abs());
        // The divisor divides a number below 2^127, so it fits.
        let divisor = i128::try_from(divisor).ok()? * denominator.signum();
        Some(Number { numerator: numerator / divisor, denominator: denominator / divisor })
    }

    /// Numerator and denominator in lowest terms.
    pub(crate) fn parts(self) -> (i128, i128) {
        (self.numerator, self.denominator)
    }

    /// `mantissa / 10^places`; nothing when a part is too large.
    #[must_use]
    pub fn decimal(mantissa: i128, places: u32) -> Option<Number> {
        Number::fraction(mantissa, 10i128.checked_pow(places)?)
    }

    /// An amount of money in dollars.
    #[must_use]
    pub fn from_cents(cents: Cents) -> Number {
        Number::fraction(i128::from(cents.0), 100).unwrap_or(Number::ZERO)
    }

    /// Reads an optional sign, digits, and an optional point and digits; nothing for other text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Number> {
        let (sign, digits) = match text.as_bytes() {
            [b'-', rest @ ..] => (-1, rest),
            [b'+', rest @ ..] => (1, rest),
            all => (1, all),
        };
        let (mut numerator, mut denominator) = (0i128, 1i128);
        let (mut seen_point, mut seen_digit) = (false, false);
        for byte in digits {
            match byte {
                b'0'..=b'9' => {
                    seen_digit = true;
                    let digit = i128::from(byte - b'0');
                    numerator = numerator.checked_mul(10)?.checked_add(digit)?;
                    if seen_point {
                        denominator = denominator.checked_mul(10)?;
                    }
                }
                b'.' if !seen_point => seen_point = true,
                _ => return None,
            }
        }
        if seen_digit { Number::fraction(sign * numerator, denominator) } else { None }
    }

    /// `10^-places`, the worth of the last of so many decimal places.
    #[must_use]
    pub fn last_place(places: u32) -> Option<Number> {
        Number::fraction(1, 10i128.checked_pow(places)?)
    }

    /// Exact sum.
    #[must_use]
    pub fn checked_add(self, other: Number) -> Option<Number> {
        if self.denominator == other.denominator {
            let numerator = self.numerator.checked_add(other.numerator)?;
            return Number::fraction(numerator, self.denominator);
        }
        let left = self.numerator.checked_mul(other.denominator)?;
        let right = other.numerator.checked_mul(self.denominator)?;
        let denominator = self.denominator.checked_mul(other.denominator)?;
        Number::fraction(left.checked_add(right)?, denominator)
    }

    /// Exact difference.
    #[must_use]
    pub fn checked_sub(self, other: Number) -> Option<Number> {
        self.checked_add(other.negate())
    }

    /// Exact product.
    #[must_use]
    pub fn checked_mul(self, other: Number) -> Option<Number> {
        // Both are in lowest terms: crossing the divisors keeps the parts as small as they can be.
        let left = Number::fraction(self.numerator, other.denominator)?;
        let right = Number::fraction(other.numerator, self.denominator)?;
        let numerator = left.numerator.checked_mul(right.numerator)?;
        let denominator = left.denominator.checked_mul(right.denominator)?;
        if numerator == i128::MIN { None } else { Some(Number { numerator, denominator }) }
    }

    /// Exact quotient; nothing for a zero divisor.
    #[must_use]
    pub fn checked_div(self, other: Number) -> Option<Number> {
        self.checked_mul(Number::fraction(other.denominator, other.numerator)?)
    }

    /// The same number on the other side of zero.
    #[must_use]
    pub fn negate(self) -> Number {
        // No constructor lets i128::MIN in.
        Number { numerator: -self.numerator, denominator: self.denominator }
    }

    /// The distance from zero.
    #[must_use]
    pub fn magnitude(self) -> Number {
        if self.is_negative() { self.negate() } else { self }
    }

    /// True below zero.
    #[must_use]
    pub fn is_negative(self) -> bool {
        self.numerator < 0
    }

    /// True for zero.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self.numerator == 0
    }

    /// True without a fraction.
    #[must_use]
    pub fn is_whole(self) -> bool {
        self.denominator == 1
    }

    /// The whole number when there is no fraction and it fits 64 bits.
    #[must_use]
    pub fn to_whole(self) -> Option<i64> {
        if self.is_whole() { i64::try_from(self.numerator).ok() } else { None }
    }

    /// The nearest multiple of `step` in the named mode; nothing for a step of zero or less.
    #[must_use]
    pub fn round(self, step: Number, rounding: Rounding) -> Option<Number> {
        if step.numerator <= 0 {
            return None;
        }
        let steps = self.checked_div(step)?;
        if steps.is_whole() {
            return Some(self);
        }
        let quotient = steps.numerator / steps.denominator;
        let remainder = (steps.numerator % steps.denominator).unsigned_abs();
        let rest = steps.denominator.unsigned_abs() - remainder;
        let away = match rounding {
            Rounding::Down => false,
            Rounding::Up => remainder != 0,
            Rounding::HalfUp => remainder != 0 && remainder >= rest,
            Rounding::HalfEven => remainder > rest || (remainder == rest && quotient % 2 != 0),
        };
        let nearest = if away { quotient + steps.numerator.signum() } else { quotient };
        Number::fraction(nearest, 1)?.checked_mul(step)
    }

    /// The least whole number that is not below this one.
    #[must_use]
    pub fn round_up(self) -> Option<Number> {
        let rounding = if self.is_negative() { Rounding::Down } else { Rounding::Up };
        self.round(Number::ONE, rounding)
    }

    /// The greatest number of which both are whole multiples; zero of two zeros.
    #[must_use]
    pub fn common_divisor(self, other: Number) -> Option<Number> {
        let left = self.numerator.checked_mul(other.denominator)?;
        let right = other.numerator.checked_mul(self.denominator)?;
        let shared = greatest_common_divisor(left.unsigned_abs(), right.unsigned_abs());
        let under = self.denominator.checked_mul(other.denominator)?;
        Number::fraction(i128::try_from(shared).ok()?, under)
    }

    /// Reads this number as dollars and rounds it to cents in the named mode.
    #[must_use]
    pub fn to_cents(self, rounding: Rounding) -> Option<Cents> {
        let cents = self.checked_mul(Number::whole(100))?.round(Number::ONE, rounding)?;
        cents.to_whole().map(Cents)
    }

    /// A decimal text of so many places, ties away from zero; nothing when it does not fit.
    #[must_use]
    pub fn to_places(self, places: u32) -> Option<String> {
        let step = Number::last_place(places)?;
        let digits = self.round(step, Rounding::HalfUp)?.checked_div(step)?.numerator;
        let sign = if digits < 0 { "-" } else { "" };
        let width = places as usize + 1;
        let text = format!("{:0>width$}", digits.unsigned_abs());
        let (whole, fraction) = text.split_at(text.len() - places as usize);
        Some(if places == 0 {
            format!("{sign}{whole}")
        } else {
            format!("{sign}{whole}.{fraction}")
        })
    }

    /// The places of the exact decimal text; nothing for a fraction such as a third.
    #[must_use]
    pub fn decimal_places(self) -> Option<u32> {
        let (mut rest, mut twos, mut fives) = (self.denominator, 0, 0);
        while rest % 2 == 0 {
            (rest, twos) = (rest / 2, twos + 1);
        }
        while rest % 5 == 0 {
            (rest, fives) = (rest / 5, fives + 1);
        }
        if rest == 1 { Some(twos.max(fives)) } else { None }
    }
}

/// Euclid's algorithm in 64 bits where both fit, which is nearly always.
fn greatest_common_divisor(left: u128, right: u128) -> u128 {
    let (mut left, mut right) = (left, right);
    loop {
        if let (Ok(a), Ok(b)) = (u64::try_from(left), u64::try_from(right)) {
            return u128::from(divisor_64(a, b));
        }
        if right == 0 {
            return left;
        }
        (left, right) = (right, left % right);
    }
}

/// Euclid's algorithm in 64 bits.
fn divisor_64(left: u64, right: u64) -> u64 {
    let (mut a, mut b) = (left, right);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

impl Default for Number {
    fn default() -> Number {
        Number::ZERO
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Number) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    /// Exact for every pair: whole parts first, then the reciprocals of what is left.
    fn cmp(&self, other: &Number) -> Ordering {
        if self.denominator == other.denominator {
            return self.numerator.cmp(&other.numerator);
        }
        let left = self.numerator.checked_mul(other.denominator);
        let right = other.numerator.checked_mul(self.denominator);
        if let (Some(left), Some(right)) = (left, right) {
            return left.cmp(&right);
        }
        let (mut a, mut b, mut c, mut d) =
            (self.numerator, self.denominator, other.numerator, other.denominator);
        let mut turned = false;
        loop {
            let order = a.div_euclid(b).cmp(&c.div_euclid(d));
            let (rest_left, rest_right) = (a.rem_euclid(b), c.rem_euclid(d));
            let order = match order {
                Ordering::Equal => match (rest_left, rest_right) {
                    (0, 0) => Ordering::Equal,
                    (0, _) => Ordering::Less,
                    (_, 0) => Ordering::Greater,
                    _ => {
                        (a, b, c, d) = (b, rest_left, d, rest_right);
                        turned = !turned;
                        continue;
                    }
                },
                unequal => unequal,
            };
            return if turned { order.reverse() } else { order };
        }
    }
}

/// The exact decimal where there is one, else the fraction: `0.035`, `7/3`.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.decimal_places().and_then(|places| self.to_places(places)) {
            Some(text) => f.write_str(&text),
            None => write!(f, "{}/{}", self.numerator, self.denominator),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn number(text: &str) -> Number {
        Number::parse(text).unwrap()
    }

    #[test]
    fn reads_and_prints_exactly() {
        for text in ["0", "7", "-7", "0.5", "-0.05", "602.0448", "613084880.4"] {
            assert_eq!(number(text).to_string(), text);
        }
        assert_eq!(Number::fraction(-14, -6).unwrap().to_string(), "7/3");
        assert_eq!(Number::fraction(7, 3).unwrap().to_places(4).unwrap(), "2.3333");
        for bad in ["", "-", ".", "1.2.3", "1e3", "12a", &"9".repeat(60)] {
            assert_eq!(Number::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn each_rounding_mode_does_what_its_name_says() {
        for (text, half_up, half_even, down, up) in [
            ("0.125", 13, 12, 12, 13),
            ("0.135", 14, 14, 13, 14),
            ("-0.125", -13, -12, -12, -13),
            ("0.121", 12, 12, 12, 13),
            ("0.12", 12, 12, 12, 12),
        ] {
            let round = |mode| number(text).to_cents(mode).unwrap().0;
            assert_eq!(round(Rounding::HalfUp), half_up, "{text}");
            assert_eq!(round(Rounding::HalfEven), half_even, "{text}");
            assert_eq!(round(Rounding::Down), down, "{text}");
            assert_eq!(round(Rounding::Up), up, "{text}");
        }
    }

    #[test]
    fn what_does_not_fit_is_nothing() {
        let huge = Number::fraction(i128::MAX, 1).unwrap();
        assert_eq!(huge.checked_add(Number::ONE), None);
        assert_eq!(huge.checked_mul(Number::whole(2)), None);
        assert_eq!(Number::ONE.checked_div(Number::ZERO), None);
        assert_eq!(Number::ONE.round(Number::ZERO, Rounding::HalfUp), None);
        let close = Number::fraction(i128::MAX - 1, i128::MAX).unwrap();
        assert!(close < Number::ONE && close.negate() > Number::whole(-1));
    }

    proptest! {
        #[test]
        fn arithmetic_keeps_its_laws(a in -1_000_000i64..1_000_000, b in 1i64..10_000,
                                     c in -1_000_000i64..1_000_000, d in 1i64..10_000) {
            let left = Number::fraction(i128::from(a), i128::from(b)).unwrap();
            let right = Number::fraction(i128::from(c), i128::from(d)).unwrap();
            prop_assert_eq!(left.checked_add(right).unwrap().checked_sub(right), Some(left));
            if !right.is_zero() {
                let product = left.checked_mul(right).unwrap();
                prop_assert_eq!(product.checked_div(right), Some(left));
            }
            let cross = (i128::from(a) * i128::from(d)).cmp(&(i128::from(c) * i128::from(b)));
            prop_assert_eq!(left.cmp(&right), cross);
            let cent = Number::last_place(2).unwrap();
            let off = left.round(cent, Rounding::HalfEven).unwrap().checked_sub(left).unwrap();
            prop_assert!(off.magnitude() <= Number::fraction(1, 200).unwrap());
        }
    }
}
