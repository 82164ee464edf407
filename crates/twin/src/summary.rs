//! A digest of (key, value) pairs as a tree over the hexadecimal digits of the keys (section 10).

use crate::hash::{Hash, ZERO, sha256};

/// A set of entries with the digests of every prefix of their keys.
///
/// An entry is put or taken in the time of its depth in the tree, about log16 of the number of
/// entries; digests are computed when they are asked for and kept until an entry below changes.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    root: Option<Node>,
    entries: u64,
}

#[derive(Clone, Debug)]
enum Node {
    Entry(Box<Entry>),
    Branch(Box<Branch>),
}

/// A key and its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// For claims SHA-256 of the subject.
    pub key: Hash,
    /// For claims the hash of the state.
    pub value: Hash,
}

/// Two or more entries.
#[derive(Clone, Debug, Default)]
struct Branch {
    /// Kept while nothing below changes.
    digest: Option<Hash>,
    children: [Option<Node>; 16],
}

/// The first digits of keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Prefix {
    /// Its digits, then zeros.
    digits: Hash,
    length: u8,
}

/// Digits of a key.
pub const DIGITS: u8 = 64;

fn digit(key: &Hash, depth: u8) -> usize {
    let byte = key[usize::from(depth / 2)];
    usize::from(if depth.is_multiple_of(2) { byte >> 4 } else { byte & 15 })
}

impl Prefix {
    /// The prefix of every key.
    pub const ALL: Prefix = Prefix { digits: ZERO, length: 0 };

    /// The first digits of a key; nothing when there are more than 64 or others follow.
    #[must_use]
    pub fn new(digits: Hash, length: u8) -> Option<Prefix> {
        let is_cut = (length..DIGITS).all(|depth| digit(&digits, depth) == 0);
        (length <= DIGITS && is_cut).then_some(Prefix { digits, length })
    }

    /// How many digits.
    #[must_use]
    pub fn length(&self) -> u8 {
        self.length
    }

    /// The digits, then zeros.
    #[must_use]
    pub fn digits(&self) -> &Hash {
        &self.digits
    }

    /// The prefix with one digit more; nothing when it has all 64.
    #[must_use]
    pub fn child(&self, next: u8) -> Option<Prefix> {
        if self.length >= DIGITS || next > 15 {
            return None;
        }
        let mut child = Prefix { length: self.length + 1, ..*self };
        let shift = if self.length.is_multiple_of(2) { 4 } else { 0 };
        child.digits[usize::from(self.length / 2)] |= next << shift;
        Some(child)
    }

    /// True when the key begins with it.
    #[must_use]
    pub fn is_of(&self, key: &Hash) -> bool {
        (0..self.length).all(|depth| digit(key, depth) == digit(&self.digits, depth))
    }
}

impl Summary {
    /// No entries.
    #[must_use]
    pub fn new() -> Summary {
        Summary::default()
    }

    /// How many entries there are.
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.entries
    }

    /// Puts an entry, in place of one with the same key.
    pub fn put(&mut self, key: Hash, value: Hash) {
        if put(&mut self.root, Entry { key, value }, 0) {
            self.entries += 1;
        }
    }

    /// Takes an entry out; true when it was there.
    pub fn take(&mut self, key: &Hash) -> bool {
        let taken = take(&mut self.root, key, 0);
        self.entries -= u64::from(taken);
        taken
    }

    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: &Hash) -> Option<Hash> {
        let mut node = self.root.as_ref();
        for depth in 0..=DIGITS {
            match node? {
                Node::Entry(entry) => return (entry.key == *key).then_some(entry.value),
                Node::Branch(branch) => node = branch.children[digit(key, depth)].as_ref(),
            }
        }
        None
    }

    /// The digest of all entries.
    pub fn digest(&mut self) -> Hash {
        digest(&mut self.root)
    }

    /// The digest of the entries below a prefix.
    pub fn digest_below(&mut self, prefix: &Prefix) -> Hash {
        match self.below(prefix) {
            Below::Nothing => ZERO,
            Below::Entry(Entry { key, value }) => sha256(&[&[2], &key, &value]),
            Below::Branch(children) => sha256(&[&[3], children.as_flattened()]),
        }
    }

    /// What there is below a prefix.
    pub fn below(&mut self, prefix: &Prefix) -> Below {
        let Some(node) = find(&mut self.root, prefix) else { return Below::Nothing };
        match node {
            Node::Entry(entry) if prefix.is_of(&entry.key) => Below::Entry(**entry),
            Node::Entry(_) => Below::Nothing,
            Node::Branch(branch) => Below::Branch(Box::new(branch.children.each_mut().map(digest))),
        }
    }

    /// The entries below a prefix in the order of their keys.
    #[must_use]
    pub fn entries_below(&mut self, prefix: &Prefix) -> Vec<Entry> {
        let mut found = Vec::new();
        if let Some(node) = find(&mut self.root, prefix) {
            collect(node, &mut found);
        }
        found.retain(|entry| prefix.is_of(&entry.key));
        found
    }
}

/// What a summary has below a prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Below {
    /// No entry.
    Nothing,
    /// One entry.
    Entry(Entry),
    /// More: the digests below each next digit.
    Branch(Box<[Hash; 16]>),
}

fn put(place: &mut Option<Node>, entry: Entry, depth: u8) -> bool {
    match place {
        None => {
            *place = Some(Node::Entry(Box::new(entry)));
            true
        }
        Some(Node::Entry(held)) if held.key == entry.key => {
            held.value = entry.value;
            false
        }
        Some(Node::Entry(held)) => {
            let held = **held;
            let mut branch = Branch::default();
            // Two different keys part at one of their 64 digits, so that depth stays below 64.
            put(&mut branch.children[digit(&held.key, depth)], held, depth + 1);
            put(&mut branch.children[digit(&entry.key, depth)], entry, depth + 1);
            *place = Some(Node::Branch(Box::new(branch)));
            true
        }
        Some(Node::Branch(branch)) => {
            branch.digest = None;
            put(&mut branch.children[digit(&entry.key, depth)], entry, depth + 1)
        }
    }
}

fn take(place: &mut Option<Node>, key: &Hash, depth: u8) -> bool {
    let Some(Node::Branch(branch)) = place else {
        let is_it = matches!(place, Some(Node::Entry(entry)) if entry.key == *key);
        if is_it {
            *place = None;
        }
        return is_it;
    };
    if !take(&mut branch.children[digit(key, depth)], key, depth + 1) {
        return false;
    }
    branch.digest = None;
    // A branch has two entries or more: one that is left alone takes its place.
    let mut left = branch.children.iter().flatten();
    if let (Some(Node::Entry(entry)), None) = (left.next(), left.next()) {
        *place = Some(Node::Entry(entry.clone()));
    }
    true
}

fn digest(place: &mut Option<Node>) -> Hash {
    match place {
        None => ZERO,
        Some(Node::Entry(entry)) => sha256(&[&[2], &entry.key, &entry.value]),
        Some(Node::Branch(branch)) => {
            if let Some(digest) = branch.digest {
                return digest;
            }
            let children = branch.children.each_mut().map(digest);
            let digest = sha256(&[&[3], children.as_flattened()]);
            branch.digest = Some(digest);
            digest
        }
    }
}

/// The node that holds what is below a prefix; it may be one entry with another prefix.
fn find<'a>(root: &'a mut Option<Node>, prefix: &Prefix) -> Option<&'a mut Node> {
    let mut node = root.as_mut()?;
    for depth in 0..prefix.length {
        match node {
            Node::Entry(_) => return Some(node),
            Node::Branch(branch) => {
                node = branch.children[digit(&prefix.digits, depth)].as_mut()?;
            }
        }
    }
    Some(node)
}

fn collect(node: &Node, found: &mut Vec<Entry>) {
    match node {
        Node::Entry(entry) => found.push(**entry),
        Node::Branch(branch) => {
            branch.children.iter().flatten().for_each(|child| collect(child, found));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    /// The definition of section 10, word by word.
    fn plain(entries: &[(Hash, Hash)], depth: u8) -> Hash {
        match entries {
            [] => ZERO,
            [(key, value)] => sha256(&[&[2], key, value]),
            _ => {
                let below = |next: usize| -> Vec<(Hash, Hash)> {
                    entries.iter().filter(|(key, _)| digit(key, depth) == next).copied().collect()
                };
                let digests: Vec<Hash> = (0..16).map(|n| plain(&below(n), depth + 1)).collect();
                sha256(&[&[3], digests.as_flattened()])
            }
        }
    }

    proptest! {
        #[test]
        fn putting_and_taking_in_any_order_gives_the_digest_of_the_definition(
            steps in proptest::collection::vec((0u8..40, any::<u8>(), any::<bool>()), 0..80)
        ) {
            let (mut summary, mut plainly) = (Summary::new(), BTreeMap::new());
            for (name, value, is_put) in steps {
                // Keys that share long prefixes, and others.
                let mut key = [if name < 20 { 7 } else { name }; 32];
                key[31] = name;
                if is_put {
                    summary.put(key, [value; 32]);
                    plainly.insert(key, [value; 32]);
                } else {
                    prop_assert_eq!(summary.take(&key), plainly.remove(&key).is_some());
                }
                let entries: Vec<_> = plainly.iter().map(|(k, v)| (*k, *v)).collect();
                prop_assert_eq!(summary.digest(), plain(&entries, 0));
                prop_assert_eq!(summary.entries(), entries.len() as u64);
                prop_assert_eq!(summary.get(&key), plainly.get(&key).copied());
                prop_assert_eq!(summary.entries_below(&Prefix::ALL).len(), entries.len());
            }
        }
    }

    #[test]
    fn a_prefix_has_its_digits_and_no_more() {
        let prefix = Prefix::ALL.child(10).unwrap().child(11).unwrap().child(12).unwrap();
        let mut key = ZERO;
        (key[0], key[1]) = (0xab, 0xc0);
        assert_eq!(Prefix::new(key, 3), Some(prefix));
        assert_eq!(Prefix::new(key, 2), None);
        assert_eq!(Prefix::new(key, 65), None);
        assert!(prefix.is_of(&key));
        key[1] = 0xd0;
        assert!(!prefix.is_of(&key));
        assert_eq!(Prefix::ALL.child(16), None);
    }
}
