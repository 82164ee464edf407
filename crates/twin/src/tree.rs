//! The Merkle tree of RFC 9162 section 2.1 with SHA-256: roots, inclusion and consistency.

use crate::hash::{Hash, sha256};

/// Hash of a leaf: `SHA-256(0x00 || data)`.
#[must_use]
pub fn leaf_hash(data: &[u8]) -> Hash {
    sha256(&[&[0], data])
}

/// Hash of a node: `SHA-256(0x01 || left || right)`.
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    sha256(&[&[1], left, right])
}

/// Root of a tree without leaves: SHA-256 of nothing.
#[must_use]
pub fn empty_root() -> Hash {
    sha256(&[])
}

/// The roots of the full subtrees of a growing tree: enough to append and to give the root, in
/// memory that grows with the logarithm of the size.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    /// Largest subtree first; one for each binary one of the size.
    peaks: Vec<Hash>,
}

impl Frontier {
    /// A tree without leaves.
    #[must_use]
    pub fn new() -> Frontier {
        Frontier::default()
    }

    /// How many leaves there are.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Appends the hash of a leaf.
    pub fn push(&mut self, leaf: Hash) {
        let mut hash = leaf;
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                hash = node_hash(&left, &hash);
            }
        }
        self.peaks.push(hash);
        self.size += 1;
    }

    /// The size and the roots of the full subtrees, largest first: with [`Frontier::from_peaks`]
    /// the way to put a tree aside and go on later.
    #[must_use]
    pub fn peaks(&self) -> (u64, &[Hash]) {
        (self.size, &self.peaks)
    }

    /// The tree of a size with these full subtrees; nothing when it would have another number of
    /// them.
    #[must_use]
    pub fn from_peaks(size: u64, peaks: Vec<Hash>) -> Option<Frontier> {
        (size.count_ones() as usize == peaks.len()).then_some(Frontier { size, peaks })
    }

    /// Merkle tree hash of all leaves (RFC 9162 section 2.1.1).
    #[must_use]
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        let Some(last) = peaks.next() else { return empty_root() };
        peaks.fold(*last, |right, left| node_hash(left, &right))
    }
}

/// A tree that keeps the hash of every full subtree (64 bytes a leaf), so that roots of earlier
/// sizes, ranges and proofs cost the logarithm of the size.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    /// `levels[k][i]` is the hash of the leaves from `i * 2^k` to `(i + 1) * 2^k`.
    levels: Vec<Vec<Hash>>,
}

impl Tree {
    /// A tree without leaves.
    #[must_use]
    pub fn new() -> Tree {
        Tree::default()
    }

    /// How many leaves there are.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.levels.first().map_or(0, |leaves| leaves.len() as u64)
    }

    /// Appends the hash of a leaf.
    pub fn push(&mut self, leaf: Hash) {
        let mut hash = leaf;
        for level in 0.. {
            if self.levels.len() == level {
                self.levels.push(Vec::new());
            }
            let nodes = &mut self.levels[level];
            nodes.push(hash);
            match nodes.as_slice() {
                [.., left, right] if nodes.len().is_multiple_of(2) => {
                    hash = node_hash(left, right);
                }
                _ => return,
            }
        }
    }

    /// Hash of the leaf at an index.
    #[must_use]
    pub fn leaf(&self, index: u64) -> Option<Hash> {
        self.levels.first()?.get(usize::try_from(index).ok()?).copied()
    }

    /// Root of all leaves.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.root_at(self.size()).unwrap_or_else(empty_root)
    }

    /// Root when the tree had this size; nothing when it has never been that large.
    #[must_use]
    pub fn root_at(&self, size: u64) -> Option<Hash> {
        if size == 0 { Some(empty_root()) } else { self.range(0, size) }
    }

    /// Merkle tree hash of the leaves `start` to `end`, the end not included, where the range is
    /// one that the recursion of RFC 9162 section 2.1.1 meets; nothing for other ranges.
    #[must_use]
    pub fn range(&self, start: u64, end: u64) -> Option<Hash> {
        let count = end.checked_sub(start).filter(|count| *count > 0)?;
        if end > self.size() || !start.is_multiple_of(count.next_power_of_two()) {
            return None;
        }
        Some(self.known_range(start, end))
    }

    /// [`Tree::range`] for a range that is known to lie in the tree.
    fn known_range(&self, start: u64, end: u64) -> Hash {
        let count = end - start;
        if count.is_power_of_two() {
            let level = count.trailing_zeros() as usize;
            return self.levels[level][(start >> level) as usize];
        }
        let middle = start + split(count);
        node_hash(&self.known_range(start, middle), &self.known_range(middle, end))
    }

    /// Inclusion proof of a leaf in the tree of a size (RFC 9162 section 2.1.3.1); nothing when
    /// the leaf is not below the size or the size is not reached.
    #[must_use]
    pub fn inclusion(&self, index: u64, size: u64) -> Option<Vec<Hash>> {
        if index >= size || size > self.size() {
            return None;
        }
        let (mut start, mut end, mut path) = (0, size, Vec::new());
        while end - start > 1 {
            let middle = start + split(end - start);
            if index < middle {
                path.push(self.known_range(middle, end));
                end = middle;
            } else {
                path.push(self.known_range(start, middle));
                start = middle;
            }
        }
        path.reverse();
        Some(path)
    }

    /// Consistency proof between two sizes (RFC 9162 section 2.1.4.1); empty between equal sizes
    /// and from size 0, nothing when the sizes are not in order or not reached.
    #[must_use]
    pub fn consistency(&self, old: u64, new: u64) -> Option<Vec<Hash>> {
        if old > new || new > self.size() {
            return None;
        }
        let (mut start, mut end, mut path) = (0, new, Vec::new());
        if old == 0 || old == new {
            return Some(path);
        }
        while end != old {
            let middle = start + split(end - start);
            if old <= middle {
                path.push(self.known_range(middle, end));
                end = middle;
            } else {
                path.push(self.known_range(start, middle));
                start = middle;
            }
        }
        if start != 0 {
            path.push(self.known_range(start, end));
        }
        path.reverse();
        Some(path)
    }
}

/// The largest power of two that is smaller than a count of at least 2.
pub(crate) fn split(count: u64) -> u64 {
    1 << (u64::BITS - 1 - (count - 1).leading_zeros())
}

/// Root to which an inclusion proof leads (RFC 9162 section 2.1.3.2); nothing when the proof has
/// not the length that index and size ask for.
#[must_use]
pub fn root_from_inclusion(leaf: Hash, index: u64, size: u64, path: &[Hash]) -> Option<Hash> {
    if index >= size {
        return None;
    }
    let (mut node, mut last, mut hash) = (index, size - 1, leaf);
    for sibling in path {
        if last == 0 {
            return None;
        }
        if node & 1 == 1 || node == last {
            hash = node_hash(sibling, &hash);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    (last == 0).then_some(hash)
}

/// Size and root of a tree at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TreeHead {
    /// How many leaves.
    pub size: u64,
    /// Their Merkle tree hash.
    pub root: Hash,
}

/// True when the proof shows that the older tree is the beginning of the newer one (RFC 9162
/// section 2.1.4.2).
#[must_use]
pub fn is_consistent(old: &TreeHead, new: &TreeHead, path: &[Hash]) -> bool {
    if old.size == 0 {
        return path.is_empty() && old.root == empty_root();
    }
    if old.size >= new.size {
        return path.is_empty() && old == new;
    }
    // A complete older tree is its own first step.
    let (first, rest) = match path.split_first() {
        _ if old.size.is_power_of_two() => (old.root, path),
        Some((first, rest)) => (*first, rest),
        None => return false,
    };
    let (mut node, mut last) = (old.size - 1, new.size - 1);
    let trailing = node.trailing_ones();
    node >>= trailing;
    last >>= trailing;
    let (mut old_hash, mut new_hash) = (first, first);
    for sibling in rest {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            old_hash = node_hash(sibling, &old_hash);
            new_hash = node_hash(sibling, &new_hash);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            new_hash = node_hash(&new_hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    last == 0 && old_hash == old.root && new_hash == new.root
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn leaves(count: u64) -> Vec<Hash> {
        (0..count).map(|n| leaf_hash(&n.to_be_bytes())).collect()
    }

    /// The definition of RFC 9162 section 2.1.1, word by word.
    fn plain_root(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => empty_root(),
            [leaf] => *leaf,
            _ => {
                let mut middle = 1;
                while middle * 2 < leaves.len() {
                    middle *= 2;
                }
                node_hash(&plain_root(&leaves[..middle]), &plain_root(&leaves[middle..]))
            }
        }
    }

    #[test]
    fn frontier_and_tree_give_the_root_of_the_definition() {
        let leaves = leaves(70);
        let (mut frontier, mut tree) = (Frontier::new(), Tree::new());
        for size in 0..leaves.len() {
            assert_eq!(frontier.root(), plain_root(&leaves[..size]));
            assert_eq!(tree.root(), frontier.root());
            frontier.push(leaves[size]);
            tree.push(leaves[size]);
        }
        for size in 0..=70 {
            assert_eq!(tree.root_at(size), Some(plain_root(&leaves[..size as usize])));
        }
        assert_eq!(tree.root_at(71), None);
    }

    #[test]
    fn every_proof_of_small_trees_holds_and_no_other() {
        let leaves = leaves(20);
        let mut tree = Tree::new();
        leaves.iter().for_each(|leaf| tree.push(*leaf));
        for new in 1..=20u64 {
            let newer = TreeHead { size: new, root: tree.root_at(new).unwrap() };
            for index in 0..new {
                let path = tree.inclusion(index, new).unwrap();
                let leaf = leaves[index as usize];
                assert_eq!(root_from_inclusion(leaf, index, new, &path), Some(newer.root));
                for other in (0..new).filter(|other| *other != index) {
                    let root = root_from_inclusion(leaf, other, new, &path);
                    assert_ne!(root, Some(newer.root), "{index} as {other} of {new}");
                }
            }
            for old in 0..=new {
                let older = TreeHead { size: old, root: tree.root_at(old).unwrap() };
                let path = tree.consistency(old, new).unwrap();
                assert!(is_consistent(&older, &newer, &path), "{old} to {new}");
                let forged = TreeHead { root: leaf_hash(b"forged"), ..older };
                assert!(!is_consistent(&forged, &newer, &path), "{old} to {new}, forged");
                if !path.is_empty() {
                    assert!(!is_consistent(&older, &newer, &path[1..]), "{old} to {new}, short");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn no_path_or_size_makes_a_check_panic(
            index: u64, size: u64, old: u64, new: u64, count in 0usize..70
        ) {
            let path = vec![leaf_hash(b"x"); count];
            let leaf = path.first().copied().unwrap_or_default();
            let _ = root_from_inclusion(leaf, index, size, &path);
            let older = TreeHead { size: old, root: empty_root() };
            let newer = TreeHead { size: new, root: empty_root() };
            let _ = is_consistent(&older, &newer, &path);
        }
    }
}
