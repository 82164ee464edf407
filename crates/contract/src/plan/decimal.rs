//! Decimals in one machine word: exact, or nothing where they do not fit.

use crate::number::Number;
use counterfoil_base::{Cents, Rounding};
use std::cmp::Ordering;
use std::fmt::Write as _;

/// Places beyond which a decimal is left to fractions.
const PLACES_MAX: u8 = 18;

/// Ten to the power of its place.
const POWERS: [i64; 19] = {
    let mut powers = [1i64; 19];
    let mut place = 1;
    while place < powers.len() {
        powers[place] = powers[place - 1] * 10;
        place += 1;
    }
    powers
};

/// `mantissa / 10^places`. Flags are 0 and 1; codes and days have a mantissa of their own and no
/// places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Short {
    pub mantissa: i64,
    pub places: u8,
}

fn power(places: u8) -> Option<i64> {
    POWERS.get(usize::from(places)).copied()
}

impl Short {
    pub(crate) const fn whole(number: i64) -> Short {
        Short { mantissa: number, places: 0 }
    }

    pub(crate) fn flag(holds: bool) -> Short {
        Short::whole(i64::from(holds))
    }

    /// The same number; nothing where it is no decimal of one word.
    pub(crate) fn of(number: Number) -> Option<Short> {
        let (numerator, denominator) = number.parts();
        let denominator = i64::try_from(denominator).ok()?;
        let places = POWERS.iter().position(|power| power % denominator == 0)?;
        let factor = POWERS.get(places)? / denominator;
        let mantissa = i64::try_from(numerator).ok()?.checked_mul(factor)?;
        Some(Short { mantissa, places: u8::try_from(places).ok()? })
    }

    /// `mantissa / 10^places`; nothing where it does not fit one word.
    pub(crate) fn new(mantissa: i128, places: u32) -> Option<Short> {
        let places = u8::try_from(places).ok().filter(|places| *places <= PLACES_MAX)?;
        Some(Short { mantissa: i64::try_from(mantissa).ok()?, places })
    }

    /// The same number as a fraction.
    pub(crate) fn number(self) -> Number {
        let power = power(self.places).unwrap_or(1);
        // Neither part is the one number that fractions leave out.
        Number::fraction(i128::from(self.mantissa), i128::from(power)).unwrap_or(Number::ZERO)
    }

    fn aligned(self, other: Short) -> Option<(i64, i64, u8)> {
        match self.places.cmp(&other.places) {
            Ordering::Equal => Some((self.mantissa, other.mantissa, self.places)),
            Ordering::Less => {
                let factor = power(other.places - self.places)?;
                Some((self.mantissa.checked_mul(factor)?, other.mantissa, other.places))
            }
            Ordering::Greater => {
                let factor = power(self.places - other.places)?;
                Some((self.mantissa, other.mantissa.checked_mul(factor)?, self.places))
            }
        }
    }

    pub(crate) fn add(self, other: Short) -> Option<Short> {
        let (left, right, places) = self.aligned(other)?;
        Some(Short { mantissa: left.checked_add(right)?, places })
    }

    pub(crate) fn subtract(self, other: Short) -> Option<Short> {
        let (left, right, places) = self.aligned(other)?;
        Some(Short { mantissa: left.checked_sub(right)?, places })
    }

    pub(crate) fn multiply(self, other: Short) -> Option<Short> {
        let places = self.places + other.places;
        if places <= PLACES_MAX
            && let Some(mantissa) = self.mantissa.checked_mul(other.mantissa)
        {
            return Some(Short { mantissa, places });
        }
        let (left, right) = (self.trimmed(), other.trimmed());
        let mantissa = left.mantissa.checked_mul(right.mantissa)?;
        let places = left.places + right.places;
        if places <= PLACES_MAX { Some(Short { mantissa, places }) } else { None }
    }

    /// The same number without zeros behind its last place.
    pub(crate) fn trimmed(mut self) -> Short {
        while self.places > 0 && self.mantissa % 10 == 0 {
            self.mantissa /= 10;
            self.places -= 1;
        }
        self
    }

    /// Whole cents; nothing for parts of a cent.
    pub(crate) fn cents(self) -> Option<Cents> {
        let short = if self.places > 2 { self.trimmed() } else { self };
        let factor = power(2u8.checked_sub(short.places)?)?;
        short.mantissa.checked_mul(factor).map(Cents)
    }

    /// True for one without places.
    pub(crate) fn is_one(self) -> bool {
        self.mantissa == 1 && self.places == 0
    }

    /// Adds the decimal; amounts have at least two places.
    pub(crate) fn write(self, is_money: bool, text: &mut String) {
        let mut short = self.trimmed();
        while is_money && short.places < 2 {
            let Some(mantissa) = short.mantissa.checked_mul(10) else { break };
            short = Short { mantissa, places: short.places + 1 };
        }
        let power = power(short.places).unwrap_or(1).unsigned_abs();
        let (digits, places) = (short.mantissa.unsigned_abs(), usize::from(short.places));
        let sign = if short.mantissa < 0 { "-" } else { "" };
        // Writing to a string cannot fail.
        let _ = match places {
            0 => write!(text, "{sign}{digits}"),
            _ => write!(text, "{sign}{}.{:0places$}", digits / power, digits % power),
        };
    }

    /// The quotient where it is a decimal of few places.
    pub(crate) fn divide(self, other: Short) -> Option<Short> {
        let (mut upper, lower) = self.over(other, 0)?;
        for places in 0..=9 {
            if upper % lower == 0 {
                return Short::new(upper / lower, places);
            }
            upper = upper.checked_mul(10)?;
        }
        None
    }

    /// The quotient rounded to so many places.
    pub(crate) fn divide_rounded(self, other: Short, to: u8, mode: Rounding) -> Option<Short> {
        let (upper, lower) = self.over(other, to)?;
        // A quotient of one word can leave it by being rounded away from zero.
        let mantissa = match (i64::try_from(upper), i64::try_from(lower)) {
            (Ok(upper), Ok(lower)) if lower != -1 => i128::from(nearest(upper, lower, mode)),
            _ => nearest_wide(upper, lower, mode),
        };
        Short::new(mantissa, u32::from(to))
    }

    /// The parts of the quotient times `10^places`; nothing for a divisor of zero.
    fn over(self, other: Short, places: u8) -> Option<(i128, i128)> {
        if other.mantissa == 0 {
            return None;
        }
        let up = i128::from(power(other.places)?).checked_mul(i128::from(power(places)?))?;
        let upper = i128::from(self.mantissa).checked_mul(up)?;
        Some((upper, i128::from(other.mantissa) * i128::from(power(self.places)?)))
    }

    /// The nearest number of so many places in the named mode.
    pub(crate) fn round(self, to: u8, mode: Rounding) -> Option<Short> {
        if self.places <= to {
            return Some(self);
        }
        let mantissa = nearest(self.mantissa, power(self.places - to)?, mode);
        Some(Short { mantissa, places: to })
    }

    pub(crate) fn negate(self) -> Option<Short> {
        Some(Short { mantissa: self.mantissa.checked_neg()?, places: self.places })
    }
}

impl Short {
    /// The order by value; two numbers of different places can be equal.
    pub(crate) fn compare(self, other: Short) -> Ordering {
        if self.places == other.places {
            return self.mantissa.cmp(&other.mantissa);
        }
        // 2^63 x 10^18 is less than 2^127.
        let wide = |one: Short, by: u8| {
            i128::from(one.mantissa) * i128::from(power(by).unwrap_or(i64::MAX))
        };
        wide(self, other.places).cmp(&wide(other, self.places))
    }
}

/// The rounded quotient of two numbers; the divisor is neither zero nor minus one.
fn nearest(upper: i64, lower: i64, mode: Rounding) -> i64 {
    let (quotient, remainder) = (upper / lower, upper % lower);
    let away = is_away(
        remainder.unsigned_abs().into(),
        lower.unsigned_abs().into(),
        quotient % 2 != 0,
        mode,
    );
    // The divisor is at least two in size, or nothing remains: the quotient is not at the end.
    if away { quotient + upper.signum() * lower.signum() } else { quotient }
}

fn nearest_wide(upper: i128, lower: i128, mode: Rounding) -> i128 {
    let (quotient, remainder) = (upper / lower, upper % lower);
    let away = is_away(remainder.unsigned_abs(), lower.unsigned_abs(), quotient % 2 != 0, mode);
    if away { quotient + upper.signum() * lower.signum() } else { quotient }
}

/// Whether the quotient is moved away from zero, from what remains of the divisor.
fn is_away(remainder: u128, divisor: u128, is_odd: bool, mode: Rounding) -> bool {
    let rest = divisor - remainder;
    match mode {
        Rounding::Down => false,
        Rounding::Up => remainder != 0,
        Rounding::HalfUp => remainder != 0 && remainder >= rest,
        Rounding::HalfEven => remainder > rest || (remainder == rest && is_odd),
    }
}
