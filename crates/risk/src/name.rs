//! Which models there are, which are offered, and why the others are not.

/// A model that is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ModelName {
    /// CMS-HCC V22, 79 categories (PACE organizations).
    V22,
    /// CMS-HCC V24, 86 categories.
    V24,
    /// CMS-HCC V28, 115 categories (Medicare Advantage, payment year 2026).
    V28,
    /// CMS-HCC ESRD V21, 87 categories (people with end-stage renal disease, PACE organizations).
    E21,
}

/// Why a model is not offered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ModelRefusal {
    /// No model of this name is known.
    #[error("no risk model is called '{0}'")]
    Unknown(String),
    /// The model is known, and it cannot be computed so that it could be trusted.
    #[error("{name} is not offered: {reason}")]
    NotOffered {
        /// The model in words.
        name: &'static str,
        /// What is missing.
        reason: &'static str,
    },
}

impl ModelName {
    /// Every model that is offered, in the order of their names.
    pub const ALL: [ModelName; 4] =
        [ModelName::V22, ModelName::V24, ModelName::V28, ModelName::E21];

    /// `v22`, `v24`, `v28` or `e21`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            ModelName::V22 => "v22",
            ModelName::V24 => "v24",
            ModelName::V28 => "v28",
            ModelName::E21 => "e21",
        }
    }

    /// The model of a word, in small or capital letters.
    ///
    /// # Errors
    /// [`ModelRefusal`] for models that are unknown, and with the reason for models that are
    /// known and not offered.
    pub fn from_word(word: &str) -> Result<ModelName, ModelRefusal> {
        let small = word.to_ascii_lowercase();
        if let Some(found) = ModelName::ALL.into_iter().find(|model| model.word() == small) {
            return Ok(found);
        }
        match small.as_str() {
            "e24" => Err(ModelRefusal::NotOffered {
                name: "ESRD V24 (e24)",
                reason: "the reference results at hand part from the CMS software for dialysis in \
                    institutions, the first three months after a transplant and new enrollees \
                    with a graft, so that no whole check of the model exists",
            }),
            "rx08" => Err(ModelRefusal::NotOffered {
                name: "RxHCC V08 (rx08)",
                reason: "the coefficient table at hand gives two values for every variable \
                    without saying for which plans, and the reference results apply no hierarchy",
            }),
            _ => Err(ModelRefusal::Unknown(word.to_owned())),
        }
    }

    /// True for the models of people with end-stage renal disease.
    #[must_use]
    pub fn is_esrd(self) -> bool {
        self == ModelName::E21
    }
}

impl std::fmt::Display for ModelName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.word())
    }
}
