//! A figure: the only way in which an amount, count or rate reaches a page, always as a link.

use counterfoil_base::{Cents, Decimal};
use maud::{Markup, Render, html};
use std::fmt::Write as _;

/// Where a figure is explained: `/explain/<subject>/<id>/<name>`, with the filter of a list.
///
/// The parts are opaque ids and words of the program, never personal data, because they stand
/// in addresses.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FigureAddress {
    /// What the figure belongs to: `claim`, `file`, `remittance`, `account`, `list`.
    pub subject: String,
    /// Which one; for a list its name.
    pub id: String,
    /// Which figure of it: `paid`, `line-2-allowed`, `count`.
    pub name: String,
    /// The filter under which a total of a list was taken, in the order of the names.
    pub filter: Vec<(String, String)>,
}

impl FigureAddress {
    /// The figure `name` of one subject.
    #[must_use]
    pub fn new(subject: &str, id: &str, name: &str) -> FigureAddress {
        FigureAddress {
            subject: subject.to_owned(),
            id: id.to_owned(),
            name: name.to_owned(),
            filter: Vec::new(),
        }
    }

    /// The same under a filter.
    #[must_use]
    pub fn filtered(mut self, filter: Vec<(String, String)>) -> FigureAddress {
        self.filter = filter;
        self
    }

    /// The address of the page that explains it.
    #[must_use]
    pub fn path(&self) -> String {
        let parts = [&self.subject, &self.id, &self.name].map(|part| encode(part));
        let mut path = format!("/explain/{}", parts.join("/"));
        for (at, (name, value)) in self.filter.iter().enumerate() {
            let mark = if at == 0 { '?' } else { '&' };
            let _ = write!(path, "{mark}{}={}", encode(name), encode(value));
        }
        path
    }
}

/// Percent-encodes all but the unreserved characters of RFC 3986 section 2.3.
#[must_use]
pub fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Quantity {
    Money(Cents),
    Count(u64),
    Rate(Decimal, String),
    Stated(String),
}

/// A value that knows where it is explained.
///
/// It is closed: nothing gives the amount out again but the link that it renders as, so that a
/// page cannot show money without a derivation.
///
/// ```
/// use counterfoil_base::Cents;
/// use counterfoil_web::{Figure, FigureAddress};
/// let paid = Figure::money(Cents(100), FigureAddress::new("claim", "c1", "paid"));
/// let link = maud::html! { (paid) }.into_string();
/// assert_eq!(link, r#"<a class="figure" href="/explain/claim/c1/paid">1.00</a>"#);
/// ```
///
/// ```compile_fail
/// use counterfoil_base::Cents;
/// use counterfoil_web::{Figure, FigureAddress};
/// let paid = Figure::money(Cents(100), FigureAddress::new("claim", "c1", "paid"));
/// let bare = maud::html! { (paid.quantity) };
/// ```
///
/// ```compile_fail
/// use counterfoil_base::Cents;
/// use counterfoil_web::{Figure, FigureAddress};
/// let paid = Figure::money(Cents(100), FigureAddress::new("claim", "c1", "paid"));
/// let text = paid.to_string();
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    quantity: Quantity,
    address: FigureAddress,
}

impl Figure {
    /// An amount of money.
    #[must_use]
    pub fn money(amount: Cents, address: FigureAddress) -> Figure {
        Figure { quantity: Quantity::Money(amount), address }
    }

    /// A number of things.
    #[must_use]
    pub fn count(number: u64, address: FigureAddress) -> Figure {
        Figure { quantity: Quantity::Count(number), address }
    }

    /// A rate, share or score with its unit: `%`, `days`, `points`.
    #[must_use]
    pub fn rate(value: Decimal, unit: &str, address: FigureAddress) -> Figure {
        Figure { quantity: Quantity::Rate(value, unit.to_owned()), address }
    }

    /// A value in the words of a contract, with its unit: `$12.50`, `66.67%`, `7 points`, `yes`.
    #[must_use]
    pub fn stated(words: &str, address: FigureAddress) -> Figure {
        Figure { quantity: Quantity::Stated(words.to_owned()), address }
    }

    /// Where it is explained.
    #[must_use]
    pub fn address(&self) -> &FigureAddress {
        &self.address
    }

    /// True when both show the same value, whatever their addresses are.
    #[must_use]
    pub fn same_value(&self, other: &Figure) -> bool {
        self.quantity == other.quantity
    }

    /// True for nothing at all.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        match &self.quantity {
            Quantity::Money(cents) => cents.is_zero(),
            Quantity::Count(number) => *number == 0,
            Quantity::Rate(value, _) => *value == Decimal::ZERO,
            Quantity::Stated(_) => false,
        }
    }

    /// The number of things, for paging; nothing for other figures.
    pub(crate) fn as_count(&self) -> Option<u64> {
        match self.quantity {
            Quantity::Count(number) => Some(number),
            _ => None,
        }
    }

    /// The value as files hold it: no grouping, a point, a minus.
    pub(crate) fn plain(&self) -> String {
        match &self.quantity {
            Quantity::Money(cents) => cents.to_string(),
            Quantity::Count(number) => number.to_string(),
            Quantity::Rate(value, _) => value.to_string(),
            Quantity::Stated(words) => words.clone(),
        }
    }

    /// The value as people read it: grouped digits, a true minus sign, the unit.
    pub(crate) fn words(&self) -> String {
        let text = group_digits(&self.plain());
        match &self.quantity {
            Quantity::Stated(words) => words.clone(),
            Quantity::Rate(_, unit) if unit == "%" => format!("{text}%"),
            Quantity::Rate(_, unit) => format!("{text} {unit}"),
            _ => text,
        }
    }

    /// Length of a bar for this value as thousandths of the largest value, for charts.
    pub(crate) fn thousandths_of(&self, largest: &Figure) -> u32 {
        match largest.size().unsigned_abs() {
            0 => 0,
            whole => {
                let parts = self.size().unsigned_abs() * 1000 / whole;
                u32::try_from(parts).unwrap_or(1000).min(1000)
            }
        }
    }

    /// The value as a whole number for the scale of a chart: cents, things, hundredths.
    fn size(&self) -> i128 {
        match &self.quantity {
            Quantity::Money(cents) => i128::from(cents.0),
            Quantity::Count(number) => i128::from(*number),
            Quantity::Rate(value, _) => {
                let cents = value.to_cents(counterfoil_base::Rounding::HalfUp);
                cents.map_or(0, |cents| i128::from(cents.0))
            }
            Quantity::Stated(_) => 0,
        }
    }

    /// The figure with the larger size, for the scale of a chart.
    pub(crate) fn larger<'f>(&'f self, other: &'f Figure) -> &'f Figure {
        if other.thousandths_of(self) >= 1000 { other } else { self }
    }

    /// True for values below zero.
    pub(crate) fn is_negative(&self) -> bool {
        match &self.quantity {
            Quantity::Money(cents) => cents.is_negative(),
            Quantity::Count(_) => false,
            Quantity::Rate(value, _) => *value < Decimal::ZERO,
            Quantity::Stated(words) => words.starts_with('-'),
        }
    }
}

/// The scale of a chart: from the smallest to the largest of its values and zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Scale {
    low: i128,
    high: i128,
}

impl Scale {
    /// A scale that holds all these values, and zero.
    pub(crate) fn over<'f>(figures: impl IntoIterator<Item = &'f Figure>) -> Scale {
        let mut scale = Scale { low: 0, high: 0 };
        for size in figures.into_iter().map(Figure::size) {
            scale.low = scale.low.min(size);
            scale.high = scale.high.max(size);
        }
        scale
    }

    /// A scale from the smallest to the largest of these values alone.
    pub(crate) fn between<'f>(figures: impl IntoIterator<Item = &'f Figure>) -> Scale {
        let mut sizes = figures.into_iter().map(Figure::size);
        let first = sizes.next().unwrap_or_default();
        let mut scale = Scale { low: first, high: first };
        for size in sizes {
            scale.low = scale.low.min(size);
            scale.high = scale.high.max(size);
        }
        scale
    }

    /// True when zero lies on it.
    pub(crate) fn has_zero(self) -> bool {
        self.low <= 0 && self.high >= 0
    }

    /// Where a value stands on a line of this length that begins at the smallest one.
    pub(crate) fn place(self, figure: &Figure, length: u32) -> u32 {
        self.at(figure.size(), length)
    }

    /// Where zero stands.
    pub(crate) fn zero(self, length: u32) -> u32 {
        self.at(0, length)
    }

    fn at(self, size: i128, length: u32) -> u32 {
        let span = (self.high - self.low).max(1);
        let place = (size - self.low).clamp(0, span) * i128::from(length) / span;
        u32::try_from(place).unwrap_or(length)
    }
}

impl Render for Figure {
    fn render(&self) -> Markup {
        let class = if self.is_negative() { "figure negative" } else { "figure" };
        html! { a class=(class) href=(self.address.path()) { (self.words()) } }
    }
}

/// `-1234567.80` as `−1,234,567.80`.
fn group_digits(plain: &str) -> String {
    let (sign, digits) = match plain.strip_prefix('-') {
        Some(rest) => ("\u{2212}", rest),
        None => ("", plain),
    };
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(w, f)| (w, Some(f)));
    let mut text = String::from(sign);
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    if let Some(fraction) = fraction {
        text.push('.');
        text.push_str(fraction);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(cents: i64) -> Figure {
        Figure::money(Cents(cents), FigureAddress::new("claim", "c/1", "paid"))
    }

    #[test]
    fn a_figure_renders_as_a_link_to_its_derivation() {
        assert_eq!(
            money(-123_456_780).render().into_string(),
            "<a class=\"figure negative\" href=\"/explain/claim/c%2F1/paid\">\
             \u{2212}1,234,567.80</a>"
        );
        let filter = vec![("state".to_owned(), "paid & gone".to_owned())];
        let address = FigureAddress::new("list", "claims", "count").filtered(filter);
        assert_eq!(
            Figure::count(1_000, address).render().into_string(),
            "<a class=\"figure\" href=\"/explain/list/claims/count?state=paid%20%26%20gone\">\
             1,000</a>"
        );
    }

    #[test]
    fn digits_are_grouped_by_thousands() {
        for (plain, words) in
            [("0.00", "0.00"), ("999.99", "999.99"), ("1000", "1,000"), ("-7", "\u{2212}7")]
        {
            assert_eq!(group_digits(plain), words);
        }
    }

    #[test]
    fn a_value_in_words_stands_as_the_contract_shows_it() {
        let address = FigureAddress::new("settlement", "s1", "term-3");
        let rate = Figure::stated("-66.67%", address);
        assert_eq!(
            rate.render().into_string(),
            "<a class=\"figure negative\" href=\"/explain/settlement/s1/term-3\">-66.67%</a>"
        );
        assert_eq!(rate.plain(), "-66.67%");
    }

    #[test]
    fn a_scale_holds_its_values_and_zero() {
        let scale = Scale::over([&money(-500), &money(1500)]);
        let places = [-500, 0, 500, 1500].map(|cents| scale.place(&money(cents), 200));
        assert_eq!((places, scale.zero(200)), ([0, 50, 100, 200], 50));
        let between = Scale::between([&money(500), &money(1500)]);
        assert_eq!((between.place(&money(1000), 200), between.has_zero()), (100, false));
        let nothing = Scale::over([]);
        assert_eq!((nothing.place(&money(7), 200), nothing.zero(200)), (200, 0));
        let wide = Scale::over([&money(i64::MIN), &money(i64::MAX)]);
        assert_eq!(wide.place(&money(i64::MAX), 200), 200);
    }

    #[test]
    fn bars_are_measured_without_floats() {
        assert_eq!(money(-500).thousandths_of(&money(1000)), 500);
        assert_eq!(money(5).thousandths_of(&money(0)), 0);
        assert!(money(5).larger(&money(-9)).same_value(&money(-9)));
    }
}
