//! The one order in which both parties read the events of both halves (section 8).

use crate::event::{Author, Event};
use std::cmp::Ordering;

/// What the order of an event depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// In whose half it stands.
    pub author: Author,
    /// Where it stands there.
    pub sequence: u64,
    /// The author's time, in milliseconds since 1970-01-01T00:00:00Z.
    pub time_ms: i64,
    /// How many events of the other half the author held.
    pub seen_size: u64,
}

impl Place {
    /// The place of an event.
    #[must_use]
    pub fn of(event: &Event) -> Place {
        Place {
            author: event.author,
            sequence: event.sequence,
            time_ms: event.time_ms,
            seen_size: event.seen_size,
        }
    }
}

/// Which of two events comes first.
///
/// This is a total order over the events of two halves whose checks hold: time and `seen_size`
/// never fall within a half, and no two events have each seen the other.
#[must_use]
pub fn compare_places(left: &Place, right: &Place) -> Ordering {
    match (left.author, right.author) {
        (Author::Payer, Author::Provider) => payer_first(left, right),
        (Author::Provider, Author::Payer) => payer_first(right, left).reverse(),
        _ => left.sequence.cmp(&right.sequence),
    }
}

fn payer_first(payer: &Place, provider: &Place) -> Ordering {
    if provider.seen_size > payer.sequence {
        Ordering::Less
    } else if payer.seen_size > provider.sequence {
        Ordering::Greater
    } else {
        payer.time_ms.cmp(&provider.time_ms).then(Ordering::Less)
    }
}

/// Two runs of events, each in the order of its half, as one run in the order of both.
#[must_use]
pub fn merge<T: Copy>(payer: &[T], provider: &[T], place: impl Fn(&T) -> Place) -> Vec<T> {
    let mut merged = Vec::with_capacity(payer.len() + provider.len());
    let (mut left, mut right) = (payer, provider);
    while let ([p, left_rest @ ..], [q, right_rest @ ..]) = (left, right) {
        if payer_first(&place(p), &place(q)).is_lt() {
            merged.push(*p);
            left = left_rest;
        } else {
            merged.push(*q);
            right = right_rest;
        }
    }
    merged.extend_from_slice(left);
    merged.extend_from_slice(right);
    merged
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Two halves as honest parties write them: each step one of them says something, having
    /// seen some of what the other has said, by a clock that may run wrong but not backwards.
    fn halves(steps: &[(bool, u8, u8)]) -> [Vec<Place>; 2] {
        let mut halves: [Vec<Place>; 2] = [Vec::new(), Vec::new()];
        for &(is_payer, more_seen, more_time) in steps {
            let author = if is_payer { Author::Payer } else { Author::Provider };
            let held = halves[author.other().index()].len() as u64;
            let mine = &mut halves[author.index()];
            let (seen, time) = mine.last().map_or((0, 0), |last| (last.seen_size, last.time_ms));
            mine.push(Place {
                author,
                sequence: mine.len() as u64,
                time_ms: time + i64::from(more_time),
                seen_size: (seen + u64::from(more_seen)).min(held),
            });
        }
        halves
    }

    proptest! {
        #[test]
        fn the_order_is_total_and_merging_gives_it(
            steps in proptest::collection::vec((any::<bool>(), 0u8..3, 0u8..3), 0..24)
        ) {
            let [payer, provider] = halves(&steps);
            let merged = merge(&payer, &provider, |place| *place);
            for (at, left) in merged.iter().enumerate() {
                for (other, right) in merged.iter().enumerate() {
                    prop_assert_eq!(compare_places(left, right), at.cmp(&other));
                }
            }
        }
    }
}
