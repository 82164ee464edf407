//! The scorecard: promises kept, from the record of both parties, each number with its claims.

use crate::book::{Book, Story, figure_input, input, rule};
use crate::guest::guest_of;
use crate::office::{HalfSizes, OfficeDesk, lock, stopped, trouble};
use crate::seal::hex;
use counterfoil_base::{Decimal, Rounding};
use counterfoil_operations::halves::{Promise, PromiseKind, Relation, Scored, relations, scored};
use counterfoil_store::{Transaction, TwinClaimRow};
use counterfoil_web::view::{ListQuery, Listing, ScoreRow, SourceRow, Target};
use counterfoil_web::{Answer, Figure, FigureAddress, Viewer};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const MILLISECONDS_A_DAY: i64 = 86_400_000;
/// Places of days that are shown: a thousandth is a minute and a half.
const DAYS_SCALE: u32 = 3;
/// Claims that an explanation lists.
const CLAIMS_SHOWN: usize = 100;

/// A card while it is drawn.
struct Card<'c, 't> {
    desk: &'c OfficeDesk,
    tx: &'c Transaction<'t>,
    relation: &'c Relation,
    scored: &'c Scored,
    id: String,
}

impl OfficeDesk {
    pub(crate) fn score_list(
        &self,
        tx: &Transaction<'_>,
        (viewer, query): (&Viewer, &ListQuery),
        book: &mut Book,
    ) -> Answer<Listing<ScoreRow>> {
        let guest = guest_of(viewer);
        let mut rows = Vec::new();
        for relation in relations(tx).map_err(|error| stopped(&error))? {
            let is_wanted = query.filters.iter().all(|(name, value)| match name.as_str() {
                "with" => relation.partner.to_lowercase().contains(&value.to_lowercase()),
                _ => false,
            });
            if !is_wanted || guest.is_some_and(|guest| guest != relation.id) {
                continue;
            }
            rows.extend(self.score_rows(tx, &relation, book)?);
        }
        let address = FigureAddress::new("list", "scorecard", "count");
        let story = Story {
            sentence: "The lines of the card: eight for each partner.".to_owned(),
            formula: "counted one by one".to_owned(),
            rule: rule("scorecard", "docs/reference/halves.md"),
            ..Story::default()
        };
        let address = address.filtered(query.filter_pairs());
        let count = book.count(rows.len() as u64, address, story);
        let digest = hex(&Sha256::digest(format!("{rows:?}"))[..8]);
        let skipped = usize::try_from(query.offset).unwrap_or(usize::MAX);
        let rows = rows.into_iter().skip(skipped).take(query.limit as usize).collect();
        Ok(Listing { rows, count, totals: BTreeMap::new(), as_of: viewer.at, digest })
    }

    /// The card of one relationship, by its identifier; nothing when the viewer may not see it.
    pub(crate) fn score_of(
        &self,
        tx: &Transaction<'_>,
        (viewer, id): (&Viewer, &str),
        book: &mut Book,
    ) -> Answer<Option<()>> {
        let guest = guest_of(viewer);
        let known = relations(tx).map_err(|error| stopped(&error))?;
        let mut known = known.into_iter().filter(|one| guest.is_none_or(|guest| guest == one.id));
        let Some(relation) = known.find(|one| hex(&one.relationship.id) == id) else {
            return Ok(None);
        };
        self.score_rows(tx, &relation, book).map(|_| Some(()))
    }

    /// The scorecard with its claims, computed anew when one of the halves has grown.
    fn scored(&self, tx: &Transaction<'_>, relation: &Relation) -> Answer<Arc<Scored>> {
        let sizes = tx.half_sizes().map_err(|error| trouble(&error))?;
        let sizes: HalfSizes = sizes
            .into_iter()
            .filter(|(id, ..)| *id == relation.id)
            .map(|(_, author, size)| (author, size))
            .collect();
        let known = lock(&self.scored).get(&relation.id).cloned();
        if let Some((_, scored)) = known.filter(|(known, _)| *known == sizes) {
            return Ok(scored);
        }
        let made = Arc::new(scored(tx, relation).map_err(|error| stopped(&error))?);
        lock(&self.scored).insert(relation.id, (sizes, Arc::clone(&made)));
        Ok(made)
    }

    fn score_rows(
        &self,
        tx: &Transaction<'_>,
        relation: &Relation,
        book: &mut Book,
    ) -> Answer<Vec<ScoreRow>> {
        let scored = self.scored(tx, relation)?;
        let id = hex(&relation.relationship.id);
        let card = Card { desk: self, tx, relation, scored: &scored, id };
        let mut rows = Vec::new();
        for kind in PromiseKind::ALL {
            rows.push(card.timed(kind, book)?);
        }
        let told = &scored.card;
        let find = |is: &dyn Fn(&TwinClaimRow) -> bool| -> Vec<&TwinClaimRow> {
            scored.claims.iter().filter(|one| is(one)).collect()
        };
        let overturned: BTreeSet<&str> = scored.overturned.iter().map(String::as_str).collect();
        let is_overturned = |one: &TwinClaimRow| overturned.contains(one.subject.as_str());
        let decided = told.promise(PromiseKind::Decide).claims;
        let stands =
            |one: &TwinClaimRow| PromiseKind::Decide.span_ms(one).is_some() && !is_overturned(one);
        for (name, promise, claims, (of, of_words)) in [
            (
                "returned",
                "Claims returned before adjudication",
                find(&|one| one.standing == "rejected"),
                (told.submitted, "claims sent"),
            ),
            (
                "overturned",
                "Decisions overturned after a dispute",
                find(&is_overturned),
                (told.disputes_answered, "claims with an answered dispute"),
            ),
            (
                "accurate",
                "Decisions that stand (accuracy)",
                find(&stands),
                (decided, "claims decided"),
            ),
            (
                "out-of-turn",
                "Claims with something said out of turn",
                find(&|one| one.out_of_turn > 0),
                (told.submitted, "claims sent"),
            ),
        ] {
            rows.push(card.counted((name, promise), &claims, (of, of_words), book)?);
        }
        Ok(rows)
    }
}

impl Card<'_, '_> {
    fn at(&self, name: &str) -> FigureAddress {
        FigureAddress::new("score", &self.id, name)
    }

    /// Claims as rows at the source, the first ones of many.
    fn sources<'r>(
        &self,
        claims: impl Iterator<Item = (&'r TwinClaimRow, String)>,
    ) -> Answer<Vec<SourceRow>> {
        let mut rows = Vec::new();
        for (claim, words) in claims.take(CLAIMS_SHOWN) {
            let page = self.desk.id_of_subject(self.tx, self.relation.id, &claim.subject)?;
            let number = match claim.claim_control_number.is_empty() {
                true => &claim.patient_control_number,
                false => &claim.claim_control_number,
            };
            let what = if words.is_empty() { number.clone() } else { format!("{number}: {words}") };
            rows.push(SourceRow { what, target: page.map(Target::Claim), amount: None });
        }
        Ok(rows)
    }

    fn story(&self, sentence: &str, formula: String, rows: Vec<SourceRow>, count: u64) -> Story {
        Story {
            sentence: sentence.to_owned(),
            formula,
            rule: rule("scorecard", "docs/reference/halves.md"),
            rows,
            row_count: Some(count),
            reproduce: format!("counterfoil twin scorecard --partner {}", self.relation.partner),
            ..Story::default()
        }
    }

    /// How long something took: the claims, half of them, and 95 of 100.
    fn timed(&self, kind: PromiseKind, book: &mut Book) -> Answer<ScoreRow> {
        let Promise { claims, median_ms, p95_ms } = self.scored.card.promise(kind);
        let mut spans: Vec<(&TwinClaimRow, i64)> = self
            .scored
            .claims
            .iter()
            .filter_map(|one| kind.span_ms(one).map(|span| (one, span)))
            .collect();
        spans.sort_by_key(|(claim, span)| (std::cmp::Reverse(*span), &claim.subject));
        let slowest = || {
            let told = spans.iter().map(|(claim, span)| (*claim, format!("{} days", days(*span))));
            self.sources(told)
        };
        let word = kind.word();
        let counted = "Claims for which both events were signed; the slowest are below.";
        let formula = format!("{claims} claims from {}", kind.words());
        let story = self.story(counted, formula, slowest()?, claims);
        let count = book.count(claims, self.at(&format!("{word}-claims")), story);
        let mut rank = |name: &str, percent: u64, span: i64| -> Answer<Option<Figure>> {
            if claims == 0 {
                return Ok(None);
            }
            let at = (claims * percent).div_ceil(100);
            let sentence = format!("{percent} of 100 claims took no longer (nearest rank).");
            let formula = format!("the {at}. of {claims} claims, from the fastest on: {span} ms");
            let mut story = self.story(&sentence, formula, slowest()?, claims);
            story.inputs = vec![
                figure_input("claims", &count, "the record of both"),
                input("milliseconds", &span.to_string(), "times of the signed events"),
            ];
            let address = self.at(&format!("{word}-{name}"));
            Ok(Some(book.rate(days(span), "days", address, story)))
        };
        let median = rank("median", 50, median_ms)?;
        let p95 = rank("p95", 95, p95_ms)?;
        Ok(ScoreRow {
            id: format!("{}-{word}", self.id),
            promise: format!("From {}", kind.words()),
            partner: self.relation.partner.clone(),
            claims: count,
            of: None,
            share: None,
            median,
            p95,
        })
    }

    /// How many claims, of how many.
    fn counted(
        &self,
        (name, promise): (&str, &str),
        claims: &[&TwinClaimRow],
        (of, of_words): (u64, &str),
        book: &mut Book,
    ) -> Answer<ScoreRow> {
        let count = claims.len() as u64;
        let rows = self.sources(claims.iter().map(|one| (*one, String::new())))?;
        let story = self.story(
            "Counted over the claims of the record that both hold.",
            format!("{count} claims"),
            rows,
            count,
        );
        let number = book.count(count, self.at(&format!("{name}-claims")), story);
        let story =
            self.story("The claims of which it is a share.", of_words.to_owned(), Vec::new(), of);
        let of_figure = book.count(of, self.at(&format!("{name}-of")), story);
        let share = percent(count, of).map(|value| {
            let formula = format!("{count} / {of} × 100, rounded half up to a tenth");
            let mut story = self.story("The share in percent.", formula, Vec::new(), of);
            story.inputs = vec![
                figure_input("claims", &number, "the record of both"),
                figure_input(of_words, &of_figure, "the record of both"),
            ];
            book.rate(value, "%", self.at(&format!("{name}-share")), story)
        });
        Ok(ScoreRow {
            id: format!("{}-{name}", self.id),
            promise: promise.to_owned(),
            partner: self.relation.partner.clone(),
            claims: number,
            of: Some(of_figure),
            share,
            median: None,
            p95: None,
        })
    }
}

/// Days with a fixed number of places, rounded half up.
fn days(milliseconds: i64) -> Decimal {
    let day = Decimal::whole(MILLISECONDS_A_DAY);
    let days = Decimal::whole(milliseconds).div_rounded(day, DAYS_SCALE, Rounding::HalfUp);
    days.unwrap_or(Decimal::ZERO)
}

/// A share in percent with one place, rounded half up; nothing of nothing.
fn percent(part: u64, whole: u64) -> Option<Decimal> {
    let part = Decimal::whole(i64::try_from(part).ok()?).checked_mul(Decimal::whole(100))?;
    let whole = Decimal::whole(i64::try_from(whole).ok().filter(|whole| *whole > 0)?);
    part.div_rounded(whole, 1, Rounding::HalfUp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_shares_are_exact_and_rounded_half_up() {
        assert_eq!(days(86_400_000), Decimal::ONE);
        assert_eq!(days(43_243_200).to_string(), "0.501");
        assert_eq!(percent(1, 3).map(|one| one.to_string()).as_deref(), Some("33.3"));
        assert_eq!(percent(1, 0), None);
    }
}
