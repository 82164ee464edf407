//! A wrapper that keeps personal data out of logs, error texts and debug output.

/// A value that identifies a person: name, birth date, member number, address.
///
/// It has no `Display` and its `Debug` prints `[phi]`; reading it needs a visible call to
/// [`Phi::expose`], which reviewers can search for (45 CFR 164.312).
#[derive(Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Phi<T>(T);

impl<T> Phi<T> {
    /// Wraps a personal value.
    pub const fn new(value: T) -> Phi<T> {
        Phi(value)
    }

    /// Reads the value, for a purpose that the caller can name.
    pub const fn expose(&self) -> &T {
        &self.0
    }

    /// Takes the value out of the wrapper.
    pub fn into_exposed(self) -> T {
        self.0
    }
}

impl<T> std::fmt::Debug for Phi<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[phi]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_never_shows_the_person() {
        assert_eq!(format!("{:?}", Phi::new("DOE")), "[phi]");
    }
}
