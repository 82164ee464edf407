//! The guides that the program carries, and which of them reads a transaction set.

use super::dictionary::Dictionary;
use super::{Guide, GuideError};
use std::sync::OnceLock;

/// A dictionary with the guides that build on it.
#[derive(Debug)]
pub struct GuideSet {
    dictionary: Dictionary,
    guides: Vec<Guide>,
}

const DICTIONARY: &str = include_str!("../../guides/dictionary.txt");

/// Name and text of each guide.
const GUIDES: &[(&str, &str)] = &[
    ("837p.guide", include_str!("../../guides/837p.guide")),
    ("837i.guide", include_str!("../../guides/837i.guide")),
    ("835.guide", include_str!("../../guides/835.guide")),
    ("999.guide", include_str!("../../guides/999.guide")),
    ("277ca.guide", include_str!("../../guides/277ca.guide")),
    ("ta1.guide", include_str!("../../guides/ta1.guide")),
];

impl GuideSet {
    /// The program's own guides, compiled at the first call.
    ///
    /// # Panics
    /// When a guide text has a mistake; the tests of this crate read them all.
    pub fn builtin() -> &'static GuideSet {
        static BUILTIN: OnceLock<GuideSet> = OnceLock::new();
        BUILTIN.get_or_init(|| {
            GuideSet::parse(DICTIONARY, GUIDES)
                .expect("the program's own guides parse, as a test of this file shows")
        })
    }

    /// Reads a dictionary and guides (name and text each); the name is given back in errors.
    pub fn parse(
        dictionary: &str,
        guides: &[(&'static str, &'static str)],
    ) -> Result<GuideSet, (&'static str, GuideError)> {
        let dictionary =
            Dictionary::parse(dictionary).map_err(|error| ("dictionary.txt", error))?;
        let guides = guides
            .iter()
            .map(|(name, text)| Guide::parse(text, &dictionary).map_err(|error| (*name, error)))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(GuideSet { dictionary, guides })
    }

    /// The base standard.
    #[must_use]
    pub fn dictionary(&self) -> &Dictionary {
        &self.dictionary
    }

    /// All guides.
    #[must_use]
    pub fn guides(&self) -> &[Guide] {
        &self.guides
    }

    /// The guide with this short name, for example `837P`.
    #[must_use]
    pub fn by_id(&self, id: &str) -> Option<&Guide> {
        self.guides.iter().find(|guide| guide.id == id)
    }

    /// The guide for a transaction set: by GS08, or else by ST03; an 835 has no ST03.
    #[must_use]
    pub fn choose(&self, set: &str, group_version: &str, set_version: &str) -> Option<&Guide> {
        let by = |version: &str| {
            self.guides
                .iter()
                .find(|guide| guide.transaction_set == set && guide.reads_version(version))
        };
        by(group_version).or_else(|| by(set_version))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_s_own_guides_parse() {
        let set = GuideSet::builtin();
        let ids: Vec<&str> = set.guides().iter().map(|guide| guide.id).collect();
        assert_eq!(ids, ["837P", "837I", "835", "999", "277CA", "TA1"]);
    }

    #[test]
    fn the_group_s_version_chooses_the_guide_and_the_set_s_helps_out() {
        let set = GuideSet::builtin();
        let id = |set_id, group, version| set.choose(set_id, group, version).map(|g| g.id);
        assert_eq!(id("835", "005010X221A1", ""), Some("835"));
        assert_eq!(id("837", "005010X222A2", "005010X222A1"), Some("837P"));
        assert_eq!(id("837", "005010", "005010X223A2"), Some("837I"));
        assert_eq!(id("837", "004010X098A1", ""), None);
    }
}
