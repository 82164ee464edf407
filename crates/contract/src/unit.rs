//! Units of numbers and the types of values: money is never added to members.

use std::fmt;

/// The base units a number can be measured in, in the order of [`Unit`]'s exponents.
const BASES: [(&str, &str); 6] = [
    ("money", "dollars"),
    ("count", "count"),
    ("member_months", "member-months"),
    ("person_years", "person-years"),
    ("points", "points"),
    ("days", "days"),
];

/// A product of powers of base units: `money`, `money per member_months`, or none for a rate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Unit {
    exponents: [i8; BASES.len()],
}

impl Unit {
    /// No unit: rates, factors, shares.
    pub const RATE: Unit = Unit { exponents: [0; BASES.len()] };
    /// Dollars.
    pub const MONEY: Unit = Unit::base(0);
    /// Whole things: beneficiaries, visits, units of service.
    pub const COUNT: Unit = Unit::base(1);
    /// Days between two dates.
    pub const DAYS: Unit = Unit::base(5);

    const fn base(index: usize) -> Unit {
        let mut exponents = [0; BASES.len()];
        exponents[index] = 1;
        Unit { exponents }
    }

    /// The unit with this name in contract texts.
    #[must_use]
    pub fn named(name: &str) -> Option<Unit> {
        if name == "rate" {
            return Some(Unit::RATE);
        }
        BASES.iter().position(|(known, _)| *known == name).map(Unit::base)
    }

    /// Every name that [`Unit::named`] knows.
    pub fn names() -> impl Iterator<Item = &'static str> {
        std::iter::once("rate").chain(BASES.iter().map(|(name, _)| *name))
    }

    /// True for dollars, and dollars per something: what is written with `$`.
    #[must_use]
    pub fn is_money(self) -> bool {
        let [money, rest @ ..] = self.exponents;
        money == 1 && rest.iter().all(|exponent| *exponent <= 0)
    }

    /// The unit of a product; nothing when an exponent leaves the range.
    #[must_use]
    pub fn times(self, other: Unit) -> Option<Unit> {
        let mut exponents = self.exponents;
        for (mine, theirs) in exponents.iter_mut().zip(other.exponents) {
            *mine = mine.checked_add(theirs)?;
        }
        Some(Unit { exponents })
    }

    /// The unit of a quotient.
    #[must_use]
    pub fn per(self, other: Unit) -> Option<Unit> {
        let mut exponents = self.exponents;
        for (mine, theirs) in exponents.iter_mut().zip(other.exponents) {
            *mine = mine.checked_sub(theirs)?;
        }
        Some(Unit { exponents })
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Unit::RATE {
            return f.write_str("rate");
        }
        let part = |wanted: i8| {
            let named = self.exponents.iter().zip(BASES).filter(move |(e, _)| **e * wanted > 0);
            let words = named.flat_map(|(exponent, (name, _))| {
                std::iter::repeat_n(name, usize::from(exponent.unsigned_abs()))
            });
            words.collect::<Vec<_>>()
        };
        let (over, under) = (part(1), part(-1));
        let over = if over.is_empty() { "rate".to_owned() } else { over.join(" x ") };
        f.write_str(&over)?;
        under.iter().try_for_each(|name| write!(f, " per {name}"))
    }
}

/// What kind of value an expression has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// A number in a unit.
    Number(Unit),
    /// True or false.
    Flag,
    /// One of the listed codes; any text when the list is empty.
    Code(Vec<String>),
    /// A calendar day.
    Date,
    /// A span of days, both ends included.
    Period,
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Number(unit) => unit.fmt(f),
            Type::Flag => f.write_str("flag"),
            Type::Code(codes) if codes.is_empty() => f.write_str("code"),
            Type::Code(codes) => write!(f, "one of {}", codes.join(", ")),
            Type::Date => f.write_str("date"),
            Type::Period => f.write_str("period"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_multiply_divide_and_print_as_they_are_written() {
        let rate_cell = Unit::MONEY.per(Unit::named("member_months").unwrap()).unwrap();
        assert_eq!(rate_cell.to_string(), "money per member_months");
        assert_eq!(rate_cell.times(Unit::named("member_months").unwrap()), Some(Unit::MONEY));
        assert_eq!(Unit::MONEY.per(Unit::MONEY).unwrap().to_string(), "rate");
        assert_eq!(Unit::RATE.per(Unit::COUNT).unwrap().to_string(), "rate per count");
        assert_eq!(Unit::MONEY.times(Unit::MONEY).unwrap().to_string(), "money x money");
        assert_eq!(Unit::named("dollars"), None);
    }
}
