//! The state of a contract: a fold over what both parties have signed of it (section 15).

use crate::body::Body;
use crate::event::Author;
use crate::hash::Hash;
use counterfoil_base::{Date, Text};
use std::collections::BTreeMap;

/// What a `contract.signed` event says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractSaid {
    /// Who signs.
    pub author: Author,
    /// SHA-256 of the contract's files.
    pub digest: Hash,
    /// First day on which it holds.
    pub effective_on: Date,
    /// The contract that it takes the place of.
    pub replaces: Option<Hash>,
    /// By whom and when.
    pub signature: ContractSignature,
}

impl ContractSaid {
    /// Reads the fields of an event's body; nothing when one is missing.
    #[must_use]
    pub fn of(
        author: Author,
        body: &Body,
        (time_ms, sequence): (i64, Option<u64>),
    ) -> Option<Self> {
        let signed_by = Text::from(body.text("signed_by")?);
        Some(ContractSaid {
            author,
            digest: body.digest("digest")?,
            effective_on: body.date("effective_on")?,
            replaces: body.digest("replaces"),
            signature: ContractSignature { signed_by, time_ms, sequence },
        })
    }
}

/// One party's signature under a contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractSignature {
    /// The person who signed, as the author names them.
    pub signed_by: Text,
    /// By the author's clock, milliseconds since 1970-01-01T00:00:00Z.
    pub time_ms: i64,
    /// Its place in the author's half; nothing while it waits to be said.
    pub sequence: Option<u64>,
}

/// Where a version of a contract stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VersionStanding {
    /// Signed by one party.
    Proposed,
    /// Signed by one party, and the other has signed another version for the same day.
    Differs,
    /// Signed by one party, and another version for the same day, which this one does not say
    /// that it replaces, is signed by both.
    PassedOver,
    /// Signed by both: in force from its day to the day before `until`, for ever without one.
    Signed {
        /// First day of the version that took its place; its own day when it never was in force.
        until: Option<Date>,
    },
    /// Signed by both and not in force: it does not fit what both had signed before it, since
    /// another one is for the same day, or it does not name the version that it would have to take
    /// the place of.
    Conflict,
}

impl VersionStanding {
    /// One word for machines.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            VersionStanding::Proposed => "proposed",
            VersionStanding::Differs => "differs",
            VersionStanding::PassedOver => "passed_over",
            VersionStanding::Signed { .. } => "signed",
            VersionStanding::Conflict => "conflict",
        }
    }
}

/// A text for a day, with the signatures under it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractVersion {
    /// SHA-256 of the contract's files.
    pub digest: Hash,
    /// First day on which it holds.
    pub effective_on: Date,
    /// The contract that it takes the place of.
    pub replaces: Option<Hash>,
    /// The payer's signature.
    pub payer: Option<ContractSignature>,
    /// The provider's signature.
    pub provider: Option<ContractSignature>,
    /// Where it stands.
    pub standing: VersionStanding,
}

impl ContractVersion {
    /// The signature of a party.
    #[must_use]
    pub fn signature(&self, author: Author) -> Option<&ContractSignature> {
        match author {
            Author::Payer => self.payer.as_ref(),
            Author::Provider => self.provider.as_ref(),
        }
    }

    /// Whether both have signed.
    #[must_use]
    pub fn is_signed_by_both(&self) -> bool {
        self.payer.is_some() && self.provider.is_some()
    }

    /// Whether it is in force at some time, or was passed by another of its own day.
    #[must_use]
    pub fn is_signed(&self) -> bool {
        matches!(self.standing, VersionStanding::Signed { .. })
    }

    /// Whether another is the same text for the same day, in the place of the same.
    #[must_use]
    pub fn is_same_as(&self, other: &ContractVersion) -> bool {
        let key = |one: &ContractVersion| (one.effective_on, one.digest, one.replaces);
        key(self) == key(other)
    }

    /// When the second signature came, by the clocks of those who signed, in milliseconds since
    /// 1970-01-01T00:00:00Z; the end of time while one of them waits to be said.
    fn completed_ms(&self) -> i64 {
        let of = |one: &ContractSignature| one.sequence.map_or(i64::MAX, |_| one.time_ms);
        [&self.payer, &self.provider].into_iter().flatten().map(of).max().unwrap_or(i64::MAX)
    }

    /// Whether it holds on a day.
    #[must_use]
    pub fn is_in_force_on(&self, day: Date) -> bool {
        let VersionStanding::Signed { until } = self.standing else { return false };
        self.effective_on <= day && until.is_none_or(|until| day < until)
    }
}

/// What two parties have signed of one contract.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContractState {
    /// Every version, by its day, then by digest and what it replaces.
    pub versions: Vec<ContractVersion>,
    /// Signatures that say what their author had signed before.
    pub out_of_turn: u64,
}

type Key = (Date, Hash, Option<Hash>);

impl ContractState {
    /// The state after what both have said, each in the order of its half. The order between the
    /// halves does not matter: a signature under a version counts whenever it comes.
    #[must_use]
    pub fn fold<'a>(said: impl IntoIterator<Item = &'a ContractSaid>) -> ContractState {
        let mut out_of_turn = 0;
        let mut known: BTreeMap<Key, [Option<ContractSignature>; 2]> = BTreeMap::new();
        for one in said {
            let signatures = known.entry((one.effective_on, one.digest, one.replaces)).or_default();
            let [payer, provider] = signatures;
            let own = if one.author == Author::Payer { payer } else { provider };
            match own {
                Some(_) => out_of_turn += 1,
                None => *own = Some(one.signature.clone()),
            }
        }
        let version = |((effective_on, digest, replaces), [payer, provider]): (
            Key,
            [Option<ContractSignature>; 2],
        )| {
            let standing = VersionStanding::Proposed;
            ContractVersion { digest, effective_on, replaces, payer, provider, standing }
        };
        let mut state =
            ContractState { versions: known.into_iter().map(version).collect(), out_of_turn };
        state.stand_signed();
        state.stand_proposals();
        state
    }

    /// The version that holds on a day.
    #[must_use]
    pub fn in_force_on(&self, day: Date) -> Option<&ContractVersion> {
        self.versions.iter().find(|one| one.is_in_force_on(day))
    }

    /// The version that holds last, of those that are in force at some time.
    #[must_use]
    pub fn last_in_force(&self) -> Option<&ContractVersion> {
        let is_last =
            |one: &&ContractVersion| one.standing == VersionStanding::Signed { until: None };
        self.versions.iter().find(is_last)
    }

    fn stand_proposals(&mut self) {
        let of_day = |one: &ContractVersion, all: &[ContractVersion]| {
            let other = if one.payer.is_some() { Author::Provider } else { Author::Payer };
            let rest = || all.iter().filter(|each| each.effective_on == one.effective_on);
            let passes = |each: &ContractVersion| {
                each.is_in_force_on(each.effective_on) && Some(each.digest) != one.replaces
            };
            if rest().any(passes) {
                VersionStanding::PassedOver
            } else if rest()
                .any(|each| !each.is_signed_by_both() && each.signature(other).is_some())
            {
                VersionStanding::Differs
            } else {
                VersionStanding::Proposed
            }
        };
        let standings: Vec<VersionStanding> =
            self.versions.iter().map(|one| of_day(one, &self.versions)).collect();
        for (one, standing) in self.versions.iter_mut().zip(standings) {
            if !one.is_signed_by_both() {
                one.standing = standing;
            }
        }
    }

    /// What both have signed, in the order in which it came to have both signatures: a version is
    /// in force when it fits those that are, and never takes one of them out of force. So nobody
    /// can undo what both have signed by signing an old proposal of the other.
    fn stand_signed(&mut self) {
        let (signed, rest): (Vec<_>, Vec<_>) =
            self.versions.drain(..).partition(ContractVersion::is_signed_by_both);
        self.versions = rest;
        let mut waiting: BTreeMap<i64, Vec<ContractVersion>> = BTreeMap::new();
        for mut one in signed {
            one.standing = VersionStanding::Conflict;
            waiting.entry(one.completed_ms()).or_default().push(one);
        }
        let mut stands: Vec<ContractVersion> = Vec::new();
        while let Some((at, whole)) = waiting
            .iter()
            .find_map(|(at, together)| fitting(&stands, together).map(|whole| (*at, whole)))
        {
            let (signed, left): (Vec<_>, Vec<_>) =
                whole.into_iter().partition(ContractVersion::is_signed);
            stands = signed;
            waiting.insert(at, left);
        }
        self.versions.append(&mut stands);
        self.versions.extend(waiting.into_values().flatten());
        self.versions.sort_by_key(|one| (one.effective_on, one.digest, one.replaces));
    }
}

/// What stands with the versions that were completed together; nothing when none of them fits, or
/// one that stands would not stand any more.
fn fitting(
    stands: &[ContractVersion],
    together: &[ContractVersion],
) -> Option<Vec<ContractVersion>> {
    let whole = in_days(stands.iter().chain(together).cloned());
    let signed = |all: &[ContractVersion]| all.iter().filter(|one| one.is_signed()).count();
    let is_kept = |one: &ContractVersion| {
        whole.iter().any(|after| after.is_signed() && after.is_same_as(one))
    };
    (signed(&whole) > stands.len() && stands.iter().all(is_kept)).then_some(whole)
}

/// Versions day by day: each day one version follows the one before it and names it, or nothing
/// of that day is in force.
fn in_days(all: impl Iterator<Item = ContractVersion>) -> Vec<ContractVersion> {
    let mut days: BTreeMap<Date, Vec<ContractVersion>> = BTreeMap::new();
    all.for_each(|one| days.entry(one.effective_on).or_default().push(one));
    let (mut chain, mut rest): (Vec<ContractVersion>, Vec<_>) = (Vec::new(), Vec::new());
    for (day, mut versions) in days {
        let last = chain.last().map(|last| last.digest);
        match follower(&versions, last) {
            Some(at) => {
                if let Some(last) = chain.last_mut() {
                    last.standing = VersionStanding::Signed { until: Some(day) };
                }
                let mut next = versions.remove(at);
                next.standing = VersionStanding::Signed { until: None };
                let never = VersionStanding::Signed { until: Some(day) };
                versions.iter_mut().for_each(|one| one.standing = never);
                chain.push(next);
            }
            None => {
                let conflict = VersionStanding::Conflict;
                versions.iter_mut().for_each(|one| one.standing = conflict);
            }
        }
        rest.append(&mut versions);
    }
    rest.append(&mut chain);
    rest
}

/// Of the versions for one day the one that takes the place of all others of that day, one after
/// the other, and over them of the version that stood last; nothing when there is no such one.
fn follower(versions: &[ContractVersion], last: Option<Hash>) -> Option<usize> {
    (0..versions.len()).find(|first| {
        let mut left: Vec<&ContractVersion> = Vec::new();
        let mut named = None;
        for (at, one) in versions.iter().enumerate() {
            if at == *first { named = one.replaces } else { left.push(one) }
        }
        while !left.is_empty() {
            let mut following =
                left.iter().enumerate().filter(|(_, one)| Some(one.digest) == named);
            let (Some((at, _)), None) = (following.next(), following.next()) else { return false };
            named = left.remove(at).replaces;
        }
        named == last
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn said(author: Author, digest: u8, from: &str, replaces: u8) -> ContractSaid {
        ContractSaid {
            author,
            digest: [digest; 32],
            effective_on: day(from),
            replaces: (replaces > 0).then_some([replaces; 32]),
            signature: ContractSignature { signed_by: Text::from("A"), time_ms: 0, sequence: None },
        }
    }

    /// Signatures as `P1@2025` and `Q2@2025-07>1#4`: author, digest, day, what it replaces, when
    /// it was said; without a moment it waits to be said.
    fn read(words: &str) -> Vec<ContractSaid> {
        let one = |word: &str| {
            let (word, at) =
                word.split_once('#').map_or((word, None), |(word, at)| (word, Some(at)));
            let (rest, replaces) = word.split_once('>').unwrap_or((word, "0"));
            let (who, from) = rest.split_once('@').unwrap();
            let author = if who.starts_with('P') { Author::Payer } else { Author::Provider };
            let from = match from.len() {
                4 => format!("{from}-01-01"),
                _ => format!("{from}-01"),
            };
            let mut said =
                said(author, who[1..].parse().unwrap(), &from, replaces.parse().unwrap());
            said.signature.time_ms = at.map_or(0, |at| at.parse().unwrap());
            said.signature.sequence = at.map(|at| at.parse().unwrap());
            said
        };
        words.split_whitespace().map(one).collect()
    }

    fn shown(state: &ContractState) -> String {
        let one = |version: &ContractVersion| {
            let until = match version.standing {
                VersionStanding::Signed { until: Some(until) } => format!("<{until}"),
                _ => String::new(),
            };
            format!("{}:{}{until}", version.digest[0], version.standing.word())
        };
        state.versions.iter().map(one).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn both_signatures_put_a_version_in_force_and_nothing_else_does() {
        for (words, expected) in [
            ("P1@2025", "1:proposed"),
            ("P1@2025 Q1@2025", "1:signed"),
            ("P1@2025 Q2@2025", "1:differs 2:differs"),
            ("P1@2025 Q1@2026", "1:proposed 1:proposed"),
            ("P1@2025 P2@2025 Q2@2025", "1:passed_over 2:signed"),
            ("P1@2025 Q1@2025 P2@2026>1", "1:signed 2:proposed"),
            ("P1@2025 Q1@2025 P2@2026>1 Q2@2026>1", "1:signed<2026-01-01 2:signed"),
            ("P1@2025 Q1@2025 P2@2026>1 Q2@2026", "1:signed 2:differs 2:differs"),
            ("P1@2025 Q1@2025 P2@2026 Q2@2026", "1:signed 2:conflict"),
            ("P1@2025 Q1@2025 P2@2025 Q2@2025", "1:conflict 2:conflict"),
            ("P1@2025 Q1@2025 P2@2025>1 Q2@2025>1", "1:signed<2025-01-01 2:signed"),
            ("P1@2025 Q1@2025 P2@2025>1", "1:signed 2:proposed"),
            ("P1@2025 Q1@2025 P2@2025>1 Q3@2025>1", "1:signed 2:differs 3:differs"),
            ("P1@2025>2 Q1@2025>2 P2@2025>1 Q2@2025>1", "1:conflict 2:conflict"),
            ("P1@2025>9 Q1@2025>9", "1:conflict"),
            (
                "P1@2025 Q1@2025 P2@2025-07>1 Q2@2025-07>1 P1@2026>2 Q1@2026>2",
                "1:signed<2025-07-01 2:signed<2026-01-01 1:signed",
            ),
            (
                "P1@2025 Q1@2025 P2@2026>1 Q2@2026>1 P3@2026>1 Q3@2026>1",
                "1:signed 2:conflict 3:conflict",
            ),
            (
                "P1@2025 Q1@2025 P2@2026>1 Q2@2026>1 P3@2026>2 Q3@2026>2",
                "1:signed<2026-01-01 2:signed<2026-01-01 3:signed",
            ),
        ] {
            assert_eq!(shown(&ContractState::fold(&read(words))), expected, "{words}");
        }
    }

    #[test]
    fn an_old_proposal_that_is_signed_late_takes_nothing_out_of_force() {
        for (words, expected) in [
            ("P1@2025#1 P2@2025#2 Q2@2025#3 Q1@2025#4", "1:conflict 2:signed"),
            ("P1@2025#1 P2@2025#2 Q2@2025#3 Q1@2025", "1:conflict 2:signed"),
            ("P1@2024#1 P2@2025#2 Q2@2025#3 Q1@2024#4", "1:conflict 2:signed"),
            (
                "P1@2025#1 Q1@2025#2 P2@2026>1#3 P3@2026>1#4 Q3@2026>1#5 Q2@2026>1#6",
                "1:signed<2026-01-01 2:conflict 3:signed",
            ),
            (
                "P1@2025#1 Q1@2025#2 P2@2025-07>1#3 P3@2026>1#4 Q3@2026>1#5 Q2@2025-07>1#6",
                "1:signed<2026-01-01 2:conflict 3:signed",
            ),
            // Crossed on their way: the first that both had signed stands.
            ("P1@2025#1 Q2@2025#2 P2@2025#5 Q1@2025#4", "1:signed 2:conflict"),
            // Two at the same moment: neither.
            ("P1@2025#1 Q2@2025#1 P2@2025#4 Q1@2025#4", "1:conflict 2:conflict"),
            // What comes before its ground waits for it.
            ("P2@2026>1#1 Q2@2026>1#2 P1@2025#3 Q1@2025#4", "1:signed<2026-01-01 2:signed"),
            (
                "P1@2025#1 Q1@2025#1 P2@2025>1#2 Q2@2025>1#2 P3@2025>2#3",
                "1:signed<2025-01-01 2:signed 3:proposed",
            ),
        ] {
            assert_eq!(shown(&ContractState::fold(&read(words))), expected, "{words}");
        }
    }

    #[test]
    fn a_day_has_the_version_that_is_in_force_on_it() {
        let state = ContractState::fold(&read("P1@2025 Q1@2025 P2@2026>1 Q2@2026>1"));
        for (on, expected) in [
            ("2024-12-31", None),
            ("2025-01-01", Some(1)),
            ("2025-12-31", Some(1)),
            ("2026-01-01", Some(2)),
            ("2030-01-01", Some(2)),
        ] {
            assert_eq!(state.in_force_on(day(on)).map(|one| one.digest[0]), expected, "{on}");
        }
        assert_eq!(state.last_in_force().map(|one| one.digest[0]), Some(2));
    }

    #[test]
    fn a_signature_twice_is_counted_and_changes_nothing() {
        let once = ContractState::fold(&read("P1@2025 Q1@2025"));
        let twice = ContractState::fold(&read("P1@2025 P1@2025 Q1@2025 P1@2025"));
        assert_eq!(twice, ContractState { out_of_turn: 2, ..once });
    }

    proptest! {
        /// Whatever is signed in whatever order: no day has two versions, and both nodes find the
        /// same, since the order between the halves does not matter.
        #[test]
        fn no_day_has_two_versions_and_the_order_of_the_halves_does_not_matter(
            all in prop::collection::vec((any::<bool>(), 1u8..4, 0u8..4, 0u8..4), 0..24)
        ) {
            let one = |&(is_payer, digest, month, replaces): &(bool, u8, u8, u8)| {
                let author = if is_payer { Author::Payer } else { Author::Provider };
                said(author, digest, &format!("2025-{:02}-01", month + 1), replaces)
            };
            let all: Vec<ContractSaid> = all.iter().map(one).collect();
            let state = ContractState::fold(&all);
            let mut halves = all.clone();
            halves.sort_by_key(|one| one.author != Author::Provider);
            prop_assert_eq!(&ContractState::fold(&halves), &state);
            for month in 1..=12 {
                let on = day(&format!("2025-{month:02}-15"));
                let holding = state.versions.iter().filter(|one| one.is_in_force_on(on));
                prop_assert!(holding.clone().count() <= 1);
                prop_assert!(holding.clone().all(ContractVersion::is_signed_by_both));
            }
        }
    }
}
