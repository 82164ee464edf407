//! Questions about halves and claims (section 7), and the search for the first event that differs.

use super::half::HeldHalf;
use super::stop::Stop;
use crate::difference::{
    ComparisonError, Difference, SummaryComparison, TreeComparison, answer_about_summary,
};
use crate::hash::Hash;
use crate::summary::Summary;
use crate::tree::TreeHead;

/// The search for the first event at which the own half and the other side's copy of it differ.
#[derive(Clone, Debug)]
pub(super) struct Descent {
    /// Sizes when the connection began.
    own_size: u64,
    copy_size: u64,
    /// Nothing before the copy's root at the own size is known.
    comparison: Option<TreeComparison>,
}

/// What a search does next.
pub(super) enum Next {
    Ask(Vec<u8>),
    Stop(Stop),
}

impl Descent {
    /// The search, when the copy is not a beginning of the own half.
    pub(super) fn needed(own: &HeldHalf, copy: TreeHead) -> Option<Descent> {
        let comparison = match own.tree.root_at(copy.size) {
            Some(root) if root == copy.root => return None,
            Some(_) => Some(TreeComparison::new(&own.tree, copy.size, &copy.root)),
            None => None,
        };
        Some(Descent { own_size: own.size(), copy_size: copy.size, comparison })
    }

    pub(super) fn next(&mut self, own: &HeldHalf) -> Next {
        let half = own.chain.author();
        let shorter = Stop::Shorter { half, author_size: self.own_size, copy_size: self.copy_size };
        let Some(comparison) = &mut self.comparison else {
            if self.own_size == 0 {
                return Next::Stop(shorter);
            }
            return Next::Ask([0, self.own_size].map(u64::to_be_bytes).concat());
        };
        match (comparison.question(), comparison.first_difference()) {
            (Some(question), _) => Next::Ask(question),
            (None, Some(sequence)) => Next::Stop(Stop::Differs { half, sequence }),
            (None, None) => Next::Stop(shorter),
        }
    }

    pub(super) fn answer(&mut self, own: &HeldHalf, answer: &[u8]) -> Result<(), ComparisonError> {
        if let Some(comparison) = &mut self.comparison {
            return comparison.answer(&own.tree, answer);
        }
        let root = answer.try_into().map_err(|_| ComparisonError::Answer)?;
        self.comparison = Some(TreeComparison::new(&own.tree, self.own_size, &root));
        Ok(())
    }
}

/// The comparison of two summaries of claims through a session: give each question to
/// [`super::Input::AskAboutClaims`] and each [`super::ClaimAnswer::Answered`] back here.
#[derive(Clone, Debug)]
pub struct ClaimComparison {
    limit: usize,
    /// Nothing before the other side's digest is known.
    comparison: Option<SummaryComparison>,
}

impl ClaimComparison {
    /// A comparison that is given up when there are more differences than the limit.
    #[must_use]
    pub fn new(limit: usize) -> ClaimComparison {
        ClaimComparison { limit, comparison: None }
    }

    /// The next question; nothing when all differences are known.
    pub fn question(&mut self) -> Option<Vec<u8>> {
        match &mut self.comparison {
            None => Some(Vec::new()),
            Some(comparison) => comparison.question(),
        }
    }

    /// Takes the answer to the last question.
    ///
    /// # Errors
    /// [`ComparisonError`] when it is none, or there are too many differences.
    pub fn answer(&mut self, mine: &mut Summary, answer: &[u8]) -> Result<(), ComparisonError> {
        if let Some(comparison) = &mut self.comparison {
            return comparison.answer(mine, answer);
        }
        let digest: Hash = answer.try_into().map_err(|_| ComparisonError::Answer)?;
        self.comparison = Some(SummaryComparison::new(mine, &digest, self.limit));
        Ok(())
    }

    /// How many bytes of questions and answers have gone both ways.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.comparison.as_ref().map_or(0, SummaryComparison::bytes)
    }

    /// The differences in the order of their keys, once there is no question left.
    #[must_use]
    pub fn differences(self) -> Vec<Difference> {
        self.comparison.map_or_else(Vec::new, SummaryComparison::differences)
    }
}

/// Answers the other side's question about the summary of claims.
///
/// # Errors
/// [`ComparisonError::Question`] when the bytes are no question.
pub fn answer_about_claims(
    summary: &mut Summary,
    question: &[u8],
) -> Result<Vec<u8>, ComparisonError> {
    if question.is_empty() {
        return Ok(summary.digest().to_vec());
    }
    answer_about_summary(summary, question)
}
