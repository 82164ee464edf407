//! Why a claim or remittance advice cannot be written as X12.

/// What the caller gave cannot be written without loss; nothing of it was kept back silently.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// The model holds more of something than the standard has room for.
    #[error("{count} {what}, but the segment has room for {most}")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// How many there are.
        count: usize,
        /// How many fit.
        most: usize,
    },
    /// The envelope's version (GS08) names another guide than the claims follow.
    #[error("the envelope is not for guide {expected}")]
    Guide {
        /// Beginning of the version that the envelope would need.
        expected: &'static str,
    },
    /// The interchange refused it: data with a separator, or an envelope that does not fit.
    #[error(transparent)]
    Interchange(#[from] counterfoil_x12::WriteError),
    /// A value holds one of the control characters 1D to 1F, which X12 data cannot hold.
    #[error("a value holds a control character that X12 data cannot hold")]
    ControlCharacter,
}
