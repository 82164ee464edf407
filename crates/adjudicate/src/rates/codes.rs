//! Lists of codes with ranges and prefixes, as plans and contracts write them.

use counterfoil_base::Text;

/// One element of a code list.
#[derive(Clone, Debug, PartialEq, Eq)]
enum CodePattern {
    One(Text),
    Range(Text, Text),
    Prefix(Text),
}

/// Codes, ranges `A-B` and prefixes `A*`; an empty list matches everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CodeList {
    patterns: Vec<CodePattern>,
}

impl CodeList {
    /// Reads the elements; the first one that is malformed is returned as the error.
    pub(crate) fn parse<'a>(items: impl Iterator<Item = &'a str>) -> Result<CodeList, String> {
        let mut patterns = Vec::new();
        for item in items {
            let text = item.trim();
            let pattern = if let Some(prefix) = text.strip_suffix('*') {
                CodePattern::Prefix(Text::new(prefix))
            } else if let Some((low, high)) = text.split_once('-') {
                if low.len() != high.len() || low > high {
                    return Err(item.to_owned());
                }
                CodePattern::Range(Text::new(low), Text::new(high))
            } else {
                CodePattern::One(Text::new(text))
            };
            if text.is_empty() {
                return Err(item.to_owned());
            }
            patterns.push(pattern);
        }
        Ok(CodeList { patterns })
    }

    /// True when the list has no elements and so sets no condition.
    #[must_use]
    pub fn is_any(&self) -> bool {
        self.patterns.is_empty()
    }

    /// True when the code is in the list, or the list is empty.
    #[must_use]
    pub fn matches(&self, code: &str) -> bool {
        self.is_any() || self.names(code)
    }

    /// True when an element of the list holds the code.
    fn names(&self, code: &str) -> bool {
        self.patterns.iter().any(|pattern| match pattern {
            CodePattern::One(one) => one == code,
            CodePattern::Range(low, high) => {
                code.len() == low.len() && low.as_str() <= code && code <= high.as_str()
            }
            CodePattern::Prefix(prefix) => code.starts_with(prefix.as_str()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(items: &[&str]) -> CodeList {
        CodeList::parse(items.iter().copied()).unwrap()
    }

    #[test]
    fn codes_ranges_and_prefixes_match_what_they_say() {
        let codes = list(&["G0463", "J0000-J9999", "A4*"]);
        for (code, expected) in [
            ("G0463", true),
            ("J1885", true),
            ("J18850", false),
            ("A4550", true),
            ("A5", false),
            ("", false),
        ] {
            assert_eq!(codes.matches(code), expected, "{code}");
        }
        assert!(CodeList::default().matches("anything"));
    }

    #[test]
    fn a_range_that_runs_backwards_is_refused() {
        assert_eq!(CodeList::parse(["J9-J1"].into_iter()), Err("J9-J1".to_owned()));
        assert_eq!(CodeList::parse([""].into_iter()), Err(String::new()));
    }
}
