//! What differs between two nodes, with traffic that grows with the differences (section 10).
//!
//! One side asks and the other answers, with bytes that travel in any way. [`SummaryComparison`]
//! finds the entries that differ; [`TreeComparison`] finds the first event at which two copies of
//! a half differ. Both are pure: give the answer, take the next question.

use crate::bytes::Cursor;
use crate::hash::{Hash, ZERO};
use crate::summary::{Below, DIGITS, Entry, Prefix, Summary};
use crate::tree::{Tree, split};

/// Most prefixes or ranges in one question; a larger question is refused.
pub const QUESTION_PARTS_MAX: usize = 1_024;

/// The bytes of a digest that travel when sixteen are compared at once.
const CUT: usize = 16;

/// Why an answer or question is not understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ComparisonError {
    /// The question is not in its form or asks for too much at once.
    #[error("the question is not in its form")]
    Question,
    /// The answer is not in its form, or not one to the question.
    #[error("the answer is not one to the question")]
    Answer,
    /// The answers name more differences than the caller is ready to take.
    #[error("more than {0} differences")]
    TooMany(usize),
}

/// An entry that is not the same on both sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference {
    /// The key.
    pub key: Hash,
    /// The value of the side that asks; nothing when it has no such entry.
    pub mine: Option<Hash>,
    /// The value of the side that answers; nothing when it has no such entry.
    pub theirs: Option<Hash>,
}

/// The side that asks which entries of two summaries differ.
#[derive(Clone, Debug)]
pub struct SummaryComparison {
    /// Prefixes below which the two differ and that have not been asked for.
    waiting: Vec<Prefix>,
    asked: Vec<Prefix>,
    found: Vec<Difference>,
    limit: usize,
    bytes: u64,
}

impl SummaryComparison {
    /// A comparison with a summary that has this digest, given up when there are more differences
    /// than the limit.
    #[must_use]
    pub fn new(mine: &mut Summary, their_digest: &Hash, limit: usize) -> SummaryComparison {
        let waiting = if mine.digest() == *their_digest { Vec::new() } else { vec![Prefix::ALL] };
        SummaryComparison { waiting, asked: Vec::new(), found: Vec::new(), limit, bytes: 32 }
    }

    /// The next question; nothing when all differences are known.
    pub fn question(&mut self) -> Option<Vec<u8>> {
        if self.asked.is_empty() {
            let rest = self.waiting.len().saturating_sub(QUESTION_PARTS_MAX);
            self.asked = self.waiting.split_off(rest);
        }
        if self.asked.is_empty() {
            return None;
        }
        let mut question = Vec::with_capacity(self.asked.len() * 4);
        for prefix in &self.asked {
            question.push(prefix.length());
            let bytes = usize::from(prefix.length().div_ceil(2));
            question.extend_from_slice(&prefix.digits()[..bytes]);
        }
        self.bytes = self.bytes.saturating_add(question.len() as u64);
        Some(question)
    }

    /// Takes the answer to the last question.
    ///
    /// # Errors
    /// [`ComparisonError`] when it is none, or there are too many differences. The comparison is
    /// of no use then.
    pub fn answer(&mut self, mine: &mut Summary, answer: &[u8]) -> Result<(), ComparisonError> {
        self.bytes = self.bytes.saturating_add(answer.len() as u64);
        let mut cursor = Cursor::new(answer);
        for prefix in std::mem::take(&mut self.asked) {
            match cursor.u8().ok_or(ComparisonError::Answer)? {
                0 => self.compare_with(mine, &prefix, None),
                1 => {
                    let key = cursor.hash().ok_or(ComparisonError::Answer)?;
                    let value = cursor.hash().ok_or(ComparisonError::Answer)?;
                    if !prefix.is_of(&key) {
                        return Err(ComparisonError::Answer);
                    }
                    self.compare_with(mine, &prefix, Some(Entry { key, value }));
                }
                2 => self.go_down(mine, &prefix, &mut cursor)?,
                _ => return Err(ComparisonError::Answer),
            }
            if self.found.len() > self.limit {
                return Err(ComparisonError::TooMany(self.limit));
            }
        }
        if cursor.is_empty() { Ok(()) } else { Err(ComparisonError::Answer) }
    }

    /// The other side has at most one entry below the prefix.
    fn compare_with(&mut self, mine: &mut Summary, prefix: &Prefix, theirs: Option<Entry>) {
        let mut is_mine = false;
        for entry in mine.entries_below(prefix) {
            let same = theirs.filter(|theirs| theirs.key == entry.key);
            is_mine |= same.is_some();
            if same.is_none_or(|theirs| theirs.value != entry.value) {
                let theirs = same.map(|theirs| theirs.value);
                self.found.push(Difference { key: entry.key, mine: Some(entry.value), theirs });
            }
        }
        if let Some(Entry { key, value }) = theirs.filter(|_| !is_mine) {
            self.found.push(Difference { key, mine: None, theirs: Some(value) });
        }
    }

    /// The other side has more than one entry below the prefix.
    fn go_down(
        &mut self,
        mine: &mut Summary,
        prefix: &Prefix,
        cursor: &mut Cursor<'_>,
    ) -> Result<(), ComparisonError> {
        if prefix.length() >= DIGITS {
            return Err(ComparisonError::Answer);
        }
        for next in 0..16 {
            let theirs: [u8; CUT] = cursor.array().ok_or(ComparisonError::Answer)?;
            let child = prefix.child(next).ok_or(ComparisonError::Answer)?;
            if theirs == [0; CUT] {
                self.compare_with(mine, &child, None);
            } else if theirs[..] != mine.digest_below(&child)[..CUT] {
                self.waiting.push(child);
            }
        }
        // Each prefix that waits holds at least one difference.
        if self.found.len() + self.waiting.len() > self.limit {
            return Err(ComparisonError::TooMany(self.limit));
        }
        Ok(())
    }

    /// The differences in the order of their keys, once there is no question left.
    #[must_use]
    pub fn differences(mut self) -> Vec<Difference> {
        self.found.sort();
        self.found
    }

    /// How many bytes have gone both ways, the first digest included.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }
}

/// Answers a question about a summary: for each prefix `0`; `1 || key || value`; or `2` and the
/// sixteen digests below, each cut to 16 bytes.
///
/// # Errors
/// [`ComparisonError::Question`] when the bytes are no question.
pub fn answer_about_summary(
    summary: &mut Summary,
    question: &[u8],
) -> Result<Vec<u8>, ComparisonError> {
    let mut cursor = Cursor::new(question);
    let mut answer = Vec::new();
    let mut parts = 0;
    while !cursor.is_empty() {
        parts += 1;
        let prefix = read_prefix(&mut cursor).filter(|_| parts <= QUESTION_PARTS_MAX);
        match summary.below(&prefix.ok_or(ComparisonError::Question)?) {
            Below::Nothing => answer.push(0),
            Below::Entry(entry) => {
                answer.push(1);
                answer.extend_from_slice(&entry.key);
                answer.extend_from_slice(&entry.value);
            }
            Below::Branch(digests) => {
                answer.push(2);
                digests.iter().for_each(|digest| answer.extend_from_slice(&digest[..CUT]));
            }
        }
    }
    Ok(answer)
}

fn read_prefix(cursor: &mut Cursor<'_>) -> Option<Prefix> {
    let length = cursor.u8().filter(|length| *length <= DIGITS)?;
    let bytes = cursor.take(usize::from(length.div_ceil(2)))?;
    let mut digits = ZERO;
    digits[..bytes.len()].copy_from_slice(bytes);
    Prefix::new(digits, length)
}

/// The side that asks at which event two copies of a half differ first.
///
/// The caller knows size and root of the other copy; compared is what both have.
#[derive(Clone, Debug)]
pub struct TreeComparison {
    /// The range that holds the first difference: start and end, the end not included.
    range: (u64, u64),
    is_same: bool,
    bytes: u64,
}

impl TreeComparison {
    /// Compares the events that both copies have. The other side has to give its root at the
    /// smaller of both sizes first.
    #[must_use]
    pub fn new(mine: &Tree, common_size: u64, their_root: &Hash) -> TreeComparison {
        let is_same = mine.root_at(common_size) == Some(*their_root);
        TreeComparison { range: (0, common_size), is_same, bytes: 32 }
    }

    /// The next question: the ranges of the two children; nothing when the event is known.
    pub fn question(&mut self) -> Option<Vec<u8>> {
        let (start, end) = self.range;
        if self.is_same || end.saturating_sub(start) <= 1 {
            return None;
        }
        let middle = start + split(end - start);
        let bounds = [start, middle, middle, end];
        let question = bounds.map(u64::to_be_bytes).concat();
        self.bytes += question.len() as u64;
        Some(question)
    }

    /// Takes the answer: the hashes of both children.
    ///
    /// # Errors
    /// [`ComparisonError::Answer`] when it is none, or names no difference where there must be one.
    pub fn answer(&mut self, mine: &Tree, answer: &[u8]) -> Result<(), ComparisonError> {
        self.bytes += answer.len() as u64;
        let mut cursor = Cursor::new(answer);
        let hashes = (cursor.hash(), cursor.hash());
        let ((Some(left), Some(right)), true) = (hashes, cursor.is_empty()) else {
            return Err(ComparisonError::Answer);
        };
        let (start, end) = self.range;
        if end.saturating_sub(start) <= 1 {
            return Err(ComparisonError::Answer);
        }
        let middle = start + split(end - start);
        if mine.range(start, middle) != Some(left) {
            self.range = (start, middle);
        } else if mine.range(middle, end) != Some(right) {
            self.range = (middle, end);
        } else {
            return Err(ComparisonError::Answer);
        }
        Ok(())
    }

    /// The first event that is not the same, once there is no question left; nothing when the
    /// copies are the same as far as both go.
    #[must_use]
    pub fn first_difference(&self) -> Option<u64> {
        let (start, end) = self.range;
        (!self.is_same && end.saturating_sub(start) == 1).then_some(start)
    }

    /// How many bytes have gone both ways, the first root included.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }
}

/// The question, for [`answer_about_tree`], whose answer is the root at a size that is not 0: what
/// [`TreeComparison::new`] needs when the other copy is of another size.
#[must_use]
pub fn question_about_root(size: u64) -> Vec<u8> {
    [0, size].map(u64::to_be_bytes).concat()
}

/// Answers a question about a tree: the hash of each range that is asked for.
///
/// # Errors
/// [`ComparisonError::Question`] when the bytes are no question or name no range of the tree.
pub fn answer_about_tree(tree: &Tree, question: &[u8]) -> Result<Vec<u8>, ComparisonError> {
    let mut cursor = Cursor::new(question);
    let mut answer = Vec::new();
    let mut parts = 0;
    while !cursor.is_empty() {
        parts += 1;
        let hash = match (cursor.u64(), cursor.u64()) {
            (Some(start), Some(end)) if parts <= QUESTION_PARTS_MAX => tree.range(start, end),
            _ => None,
        };
        answer.extend_from_slice(&hash.ok_or(ComparisonError::Question)?);
    }
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::sha256;
    use crate::tree::leaf_hash;
    use proptest::prelude::*;

    fn summary(count: u32) -> Summary {
        let mut summary = Summary::new();
        for n in 0..count {
            summary.put(sha256(&[&n.to_be_bytes()]), [1; 32]);
        }
        summary
    }

    fn compare(mine: &mut Summary, theirs: &mut Summary, limit: usize) -> (Vec<Difference>, u64) {
        let mut comparison = SummaryComparison::new(mine, &theirs.digest(), limit);
        while let Some(question) = comparison.question() {
            let answer = answer_about_summary(theirs, &question).unwrap();
            comparison.answer(mine, &answer).unwrap();
        }
        let bytes = comparison.bytes();
        (comparison.differences(), bytes)
    }

    #[test]
    fn exactly_the_planted_differences_are_found() {
        let (mut mine, mut theirs) = (summary(100_000), summary(100_000));
        let key = |n: u32| sha256(&[&n.to_be_bytes()]);
        let mut planted = Vec::new();
        for n in 0..4 {
            theirs.put(key(n * 1_000), [2; 32]);
            planted.push(Difference {
                key: key(n * 1_000),
                mine: Some([1; 32]),
                theirs: Some([2; 32]),
            });
        }
        for n in 0..3 {
            theirs.take(&key(77 + n));
            planted.push(Difference { key: key(77 + n), mine: Some([1; 32]), theirs: None });
            theirs.put(key(200_000 + n), [3; 32]);
            let theirs = Some([3; 32]);
            planted.push(Difference { key: key(200_000 + n), mine: None, theirs });
        }
        planted.sort();
        let (found, bytes) = compare(&mut mine, &mut theirs, 100);
        assert_eq!(found, planted);
        // Ten of 100,000: at most five levels of sixteen digests of 16 bytes each.
        assert!(bytes < 10 * 6 * 300, "{bytes} bytes");
        assert_eq!(compare(&mut mine, &mut summary(100_000), 100), (Vec::new(), 32));
    }

    #[test]
    fn an_answer_that_is_none_ends_the_comparison() {
        let (mut mine, mut theirs) = (summary(50), summary(60));
        for wrong in [Vec::new(), vec![3], vec![2; 200], [[2; 257].as_slice(), &[0]].concat()] {
            let mut comparison = SummaryComparison::new(&mut mine, &theirs.digest(), 100);
            comparison.question().unwrap();
            let result = comparison.answer(&mut mine, &wrong);
            assert_eq!(result, Err(ComparisonError::Answer), "{} bytes", wrong.len());
        }
        let mut comparison = SummaryComparison::new(&mut mine, &theirs.digest(), 1);
        let mut result = Ok(());
        while let (Ok(()), Some(question)) = (result, comparison.question()) {
            let answer = answer_about_summary(&mut theirs, &question).unwrap();
            result = comparison.answer(&mut mine, &answer);
        }
        assert_eq!(result, Err(ComparisonError::TooMany(1)));
    }

    fn tree(count: u64, changed: Option<u64>) -> Tree {
        let mut tree = Tree::new();
        for n in 0..count {
            let mark = u8::from(Some(n) == changed);
            tree.push(leaf_hash(&[n.to_be_bytes().as_slice(), &[mark]].concat()));
        }
        tree
    }

    #[test]
    fn the_first_event_that_differs_is_found() {
        for (mine, theirs, changed) in [
            (1, 1, Some(0)),
            (1_000, 1_000, Some(999)),
            (1_000, 700, Some(0)),
            (700, 1_000, Some(513)),
            (1_000, 1_000, None),
            (1_000, 1_000, Some(512)),
        ] {
            let (mine, theirs) = (tree(mine, None), tree(theirs, changed));
            let common = mine.size().min(theirs.size());
            let root = answer_about_tree(&theirs, &question_about_root(common)).unwrap();
            let root: Hash = root.try_into().unwrap();
            let mut comparison = TreeComparison::new(&mine, common, &root);
            while let Some(question) = comparison.question() {
                let answer = answer_about_tree(&theirs, &question).unwrap();
                comparison.answer(&mine, &answer).unwrap();
            }
            assert_eq!(comparison.first_difference(), changed);
            assert!(comparison.bytes() <= 32 + 10 * 96);
        }
    }

    proptest! {
        #[test]
        fn sets_with_any_differences_are_compared_to_the_end(
            mine in proptest::collection::btree_map(0u8..60, 0u8..3, 0..40),
            theirs in proptest::collection::btree_map(0u8..60, 0u8..3, 0..40)
        ) {
            // Keys with long common prefixes.
            let key = |name: u8| { let mut key = [9; 32]; key[20] = name; key };
            let build = |entries: &std::collections::BTreeMap<u8, u8>| {
                let mut summary = Summary::new();
                entries.iter().for_each(|(name, value)| summary.put(key(*name), [*value; 32]));
                summary
            };
            let mut expected: Vec<Difference> = (0..60)
                .map(|name| Difference {
                    key: key(name),
                    mine: mine.get(&name).map(|value| [*value; 32]),
                    theirs: theirs.get(&name).map(|value| [*value; 32]),
                })
                .filter(|difference| difference.mine != difference.theirs)
                .collect();
            expected.sort();
            let (found, _) = compare(&mut build(&mine), &mut build(&theirs), 100);
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn no_question_or_answer_makes_it_panic(
            bytes in proptest::collection::vec(any::<u8>(), 0..300), kind in 0u8..3
        ) {
            let mut mine = summary(300);
            let _ = answer_about_summary(&mut mine, &bytes);
            let _ = answer_about_tree(&tree(9, None), &bytes);
            let mut comparison = SummaryComparison::new(&mut mine, &ZERO, 100);
            let _ = comparison.question();
            let _ = comparison.answer(&mut mine, &[[kind].as_slice(), &bytes].concat());
            let mut comparison = TreeComparison::new(&tree(9, None), 9, &ZERO);
            let _ = comparison.answer(&tree(9, None), &bytes);
        }
    }
}
