//! The trace that ties an 835 to its payment, as banks pass it on in free text.

use counterfoil_base::Text;

/// TRN02 to TRN04 of an 835, as an addenda-05 record or a bank's text repeats them.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Trace {
    /// TRN02.
    pub number: Text,
    /// TRN03, `1` and the payer's tax number; empty when the text breaks off before it.
    pub payer_identifier: Text,
    /// TRN04, often empty.
    pub supplement: Text,
}

impl Trace {
    /// The segment as the payment related information of an addenda-05 record carries it.
    #[must_use]
    pub fn segment(&self) -> String {
        let mut text = format!("TRN*1*{}*{}", self.number, self.payer_identifier);
        if !self.supplement.is_empty() {
            text.push('*');
            text.push_str(&self.supplement);
        }
        text.push('~');
        text
    }
}

/// Finds the first TRN segment in a text: `TRN*1*12345*1512345678~` anywhere, in any case.
///
/// The segment ends at `~`, `\`, `/`, a blank or the end of the text. A text with no number
/// after `TRN*1*` has no trace.
#[must_use]
pub fn find_trace(text: &str) -> Option<Trace> {
    let bytes = text.as_bytes();
    let start = bytes.windows(6).position(|window| window.eq_ignore_ascii_case(b"TRN*1*"))?;
    // The six bytes found are ASCII, so the cut lies between characters.
    let rest = text.get(start + 6..)?;
    let ends = |c: char| matches!(c, '~' | '\\' | '/') || c.is_whitespace();
    let segment = rest.split(ends).next().unwrap_or("");
    let mut elements = segment.split('*').map(Text::from);
    let mut next = || elements.next().unwrap_or_default();
    let trace = Trace { number: next(), payer_identifier: next(), supplement: next() };
    (!trace.number.is_empty()).then_some(trace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_segment_wherever_a_bank_puts_it() {
        for (text, expected) in [
            ("TRN*1*12345*1512345678~", Some("12345 1512345678 ")),
            ("HCCLAIMPMT trn*1*A-1*1512345678*999\\ more", Some("A-1 1512345678 999")),
            ("Préfix TRN*1*77*1512345678/", Some("77 1512345678 ")),
            ("TRN*1*77", Some("77  ")),
            ("TRN*1*", None),
            ("TRN*1*~", None),
            ("TRN*2*77*1~", None),
            ("", None),
        ] {
            let found = find_trace(text)
                .map(|t| format!("{} {} {}", t.number, t.payer_identifier, t.supplement));
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }
}
