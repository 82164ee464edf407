//! The heads of a half judged against its events (section 13, steps 4 and 5).

use crate::chain::Chain;
use crate::finding::{Code, Place, TwinFinding};
use crate::half_file::HalfStart;
use crate::hash::Hash;
use crate::head::{HEAD_ENTRY_BYTES, HeadEntry, HeadError};
use crate::keys::PublicKey;
use std::collections::BTreeMap;

/// Root and key in force at a size.
type At = (Hash, Option<PublicKey>);

/// Whether a key is the other party's: known so, known not so, or not to be known without its half.
type Proof<'a> = &'a dyn Fn(&Hash) -> Option<bool>;

/// What the heads of a half say when all hold.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Judged {
    pub(crate) countersigned_size: u64,
    pub(crate) unproved: u64,
}

/// The heads of a file and those kept from before, and the roots at their sizes.
#[derive(Clone, Debug, Default)]
pub(crate) struct HeadChecks {
    heads: Vec<[u8; HEAD_ENTRY_BYTES]>,
    kept: Vec<HeadEntry>,
    sizes: BTreeMap<u64, Option<At>>,
}

impl HeadChecks {
    pub(crate) fn new(kept: &[HeadEntry]) -> HeadChecks {
        let sizes = kept.iter().map(|entry| (entry.signed.head.tree.size, None)).collect();
        HeadChecks { heads: Vec::new(), kept: kept.to_vec(), sizes }
    }

    /// Takes over the heads that stand in the file.
    pub(crate) fn start(&mut self, start: &HalfStart) {
        self.heads.clone_from(&start.heads);
        for bytes in &self.heads {
            let size = match HeadEntry::decode(bytes) {
                Ok(entry) => entry.signed.head.tree.size,
                Err(HeadError::Countersignature(signed)) => signed.head.tree.size,
                Err(HeadError::Head) => continue,
            };
            self.sizes.insert(size, None);
        }
    }

    /// Remembers the root and key when the half has the size of a head.
    pub(crate) fn pass(&mut self, chain: &Chain) {
        if let Some(at) = self.sizes.get_mut(&chain.size()) {
            *at = Some((chain.tree_head().root, chain.key()));
        }
    }

    /// Judges all heads of a half whose events hold.
    pub(crate) fn judge(&self, chain: &Chain, proof: Proof<'_>) -> Result<Judged, TwinFinding> {
        let mut judged = Judged::default();
        let mut last = 0;
        for bytes in &self.heads {
            let head = HeadEntry::decode(bytes);
            let size = match &head {
                Ok(entry) => entry.signed.head.tree.size,
                Err(HeadError::Countersignature(signed)) => signed.head.tree.size,
                Err(HeadError::Head) => {
                    return Err(finding(chain, Code::Head, last, "it is not in its form"));
                }
            };
            if size <= last {
                return Err(finding(chain, Code::Head, size, "it is not above the one before"));
            }
            self.judge_one(chain, &head, proof, &mut judged)?;
            last = size;
        }
        if last != chain.size() {
            return Err(finding(chain, Code::Head, last, "no head covers the last event"));
        }
        for entry in &self.kept {
            self.judge_one(chain, &Ok(*entry), proof, &mut judged)?;
        }
        Ok(judged)
    }

    fn judge_one(
        &self,
        chain: &Chain,
        head: &Result<HeadEntry, HeadError>,
        proof: Proof<'_>,
        judged: &mut Judged,
    ) -> Result<(), TwinFinding> {
        let signed = match head {
            Ok(entry) => &entry.signed,
            Err(HeadError::Countersignature(signed)) => signed.as_ref(),
            Err(HeadError::Head) => return Err(finding(chain, Code::Head, 0, "")),
        };
        let tree = signed.head.tree;
        let refuse = |code, why| Err(finding(chain, code, tree.size, why));
        if signed.head.relationship != chain.relationship().id
            || signed.head.author != chain.author()
            || tree.size == 0
        {
            return refuse(Code::Head, "it is of another half");
        }
        let at = self.sizes.get(&tree.size).copied().flatten();
        let key = at.map_or(chain.key(), |(_, key)| key);
        if !key.is_some_and(|key| signed.is_signed_by(&key)) {
            return refuse(Code::Head, "its signature does not hold");
        }
        let Ok(entry) = head else {
            return refuse(Code::Countersignature, "it is not in its form");
        };
        if let Some(countersignature) = &entry.countersignature {
            if !entry.is_countersigned() {
                return refuse(Code::Countersignature, "");
            }
            match proof(&countersignature.key) {
                Some(true) => {
                    judged.countersigned_size = judged.countersigned_size.max(tree.size);
                }
                Some(false) => return refuse(Code::Countersignature, "the key is another's"),
                None => judged.unproved += 1,
            }
        }
        match at {
            None if entry.countersignature.is_some() => refuse(Code::Shorter, ""),
            None => refuse(Code::Head, "it covers more events than there are"),
            Some((root, _)) if root != tree.root => {
                refuse(Code::Head, "its root is not that of the events")
            }
            Some(_) => Ok(()),
        }
    }
}

fn finding(chain: &Chain, code: Code, size: u64, why: &str) -> TwinFinding {
    TwinFinding::new(code, Some(chain.author()), Place::Head(size)).detail(why)
}
