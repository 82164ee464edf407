//! A claim as both parties tell it in the twin record: one timeline, one state, and whether the
//! partner is known to hold the same.

use crate::book::{Book, Story};
use crate::claims::OwnClaim;
use crate::office::{OfficeDesk, lock, stopped, trouble};
use counterfoil_base::Cents;
use counterfoil_operations::halves::{
    ClaimStory, Partner, StoryEvent, claim_stories, newest_heads,
};
use counterfoil_store::Transaction;
use counterfoil_twin::{Author, Body, Turn, to_hex};
use counterfoil_web::view::{MatchState, RecordState, TimelineEvent, Tone};
use counterfoil_web::{Answer, FigureAddress};
use jiff::Timestamp;

/// Heads of our half that are looked at for the partner's signature, the newest first.
pub(crate) const HEADS_LOOKED_AT: u32 = 16;
/// New events that one look tells open pages at most; the next look goes on.
const EVENTS_AT_ONCE: u32 = 500;

/// What an event says, parted so that its amount can be a figure.
struct Said {
    what: String,
    code: String,
    detail: String,
    tone: Tone,
    /// Name of the field with the amount.
    amount: Option<&'static str>,
}

impl OfficeDesk {
    /// What both parties say of a claim; nothing for one that is told in no record.
    pub(crate) fn story(
        &self,
        tx: &Transaction<'_>,
        claim: &OwnClaim,
    ) -> Answer<Option<ClaimStory>> {
        let subject = match claim {
            OwnClaim::Payer(row, _) if row.relationship_id != 0 => {
                let partner = Partner::numbered(tx, row.relationship_id);
                let partner = partner.map_err(|error| stopped(&error))?;
                partner.and_then(|one| one.claim(&row.source_file, row.source_ordinal))
            }
            OwnClaim::Provider(row, _) if !row.twin_subject.is_empty() => {
                Some(row.twin_subject.as_str().into())
            }
            _ => None,
        };
        let Some(subject) = subject else { return Ok(None) };
        let stories = claim_stories(tx, &subject).map_err(|error| stopped(&error))?;
        Ok(stories.into_iter().next())
    }

    /// The timeline of both, in the one order that both compute.
    pub(crate) fn told_by_both(
        &self,
        id: &str,
        story: &ClaimStory,
        book: &mut Book,
    ) -> Vec<TimelineEvent> {
        let relation = &story.relation;
        let tell = |event: &StoryEvent| {
            let said = said(event);
            let is_ours = event.author == relation.author;
            let place = format!("event {} of the {}'s half", event.sequence, event.author.word());
            let amount = said.amount.zip(event.body.as_ref());
            let figure = amount.and_then(|(field, body)| {
                let name = format!("event-{}-{}", event.author.word(), event.sequence);
                let stated = Story::stated(
                    "As the author of this signed event states it.",
                    &format!("{field} of {} in {place}", event.kind),
                    "docs/reference/twin.md, section 7",
                );
                let cents = Cents(body.integer(field)?);
                Some(book.money(cents, FigureAddress::new("claim", id, &name), stated))
            });
            let mut detail = said.detail;
            if event.turn == Some(Turn::OutOfTurn) {
                detail.push_str(" Said out of turn: it changed nothing.");
            }
            TimelineEvent {
                at: Timestamp::from_millisecond(event.time_ms).unwrap_or(Timestamp::UNIX_EPOCH),
                by: if is_ours { self.organization.clone() } else { relation.partner.clone() },
                is_ours,
                what: said.what,
                code: said.code,
                detail: detail.trim().to_owned(),
                tone: said.tone,
                figure,
                target: None,
                reversal: String::new(),
            }
        };
        story.events.iter().map(tell).collect()
    }

    /// The state that the record gives, and its hash.
    pub(crate) fn record_state(story: &ClaimStory) -> RecordState {
        let claim = &story.claim;
        RecordState {
            standing: match (claim.standing.as_str(), story.is_ahead_of_provider()) {
                ("", _) => "unknown".to_owned(),
                (word, false) => word.to_owned(),
                (word, true) => format!("{word} (its provider has not said yet that it sent it)"),
            },
            hash: claim.state_hash.map(|hash| to_hex(&hash)),
        }
    }

    /// Whether the partner is known to hold the same events of the claim: it has countersigned a
    /// head of our half that covers the last of ours, and its own are here.
    pub(crate) fn matched(&self, tx: &Transaction<'_>, story: &ClaimStory) -> Answer<MatchState> {
        let relation = &story.relation;
        if let Some(first) = lock(&self.differences).get(&relation.partner) {
            return Ok(MatchState::Differs { count: 1, first: first.clone() });
        }
        let partner = &relation.partner;
        let Some(hash) = story.claim.state_hash else {
            let why = "The body of an event is withheld, so that the claim has no state.";
            return Ok(MatchState::Unknown { why: why.to_owned() });
        };
        let of = |author: Author| story.events.iter().filter(move |one| one.author == author);
        let last = of(relation.author).map(|one| one.sequence).max();
        let heads = newest_heads(tx, relation, relation.author, HEADS_LOOKED_AT);
        let heads = heads.map_err(|error| stopped(&error))?;
        let confirmed = heads.iter().filter(|head| head.is_countersigned());
        let confirmed = confirmed.map(|head| head.signed.head.tree.size).max().unwrap_or(0);
        Ok(match last {
            Some(last) if last >= confirmed => MatchState::Unknown {
                why: format!(
                    "{partner} has not yet signed that it holds event {last} of our half; it has \
                     signed for the first {confirmed}."
                ),
            },
            _ => MatchState::Equal { hash: to_hex(&hash) },
        })
    }

    /// Says that a partner's half or its copy of ours differs, with the first event at which it
    /// does, in words; or that it no longer does.
    pub fn set_difference(&self, partner: &str, first: Option<String>) {
        let mut differences = lock(&self.differences);
        match first {
            Some(first) => drop(differences.insert(partner.to_owned(), first)),
            None => drop(differences.remove(partner)),
        }
    }

    /// Tells open pages of the claims about which either half has new events since the last look.
    /// To be called whenever events were signed or taken in.
    ///
    /// # Errors
    /// When the database cannot be read; the next look begins where this one did.
    pub fn notice(&self) -> Answer<()> {
        let known = lock(&self.noticed).clone();
        let (sizes, claims) = self.read("what is new in the halves", |tx| {
            let mut sizes = known.clone();
            let mut claims = std::collections::BTreeSet::new();
            for one in tx.relationships().map_err(|error| trouble(&error))? {
                for author in Author::BOTH.map(Author::sign) {
                    let size = tx.half(one.id, author).map_err(|error| trouble(&error))?;
                    let size = size.map_or(0, |half| half.size);
                    let Some(seen) = sizes.insert((one.id, author), size) else { continue };
                    let count = u32::try_from(size.saturating_sub(seen)).unwrap_or(u32::MAX);
                    let rows = tx.twin_subjects(one.id, author, (seen, count.min(EVENTS_AT_ONCE)));
                    let rows = rows.map_err(|error| trouble(&error))?;
                    sizes.insert((one.id, author), seen.saturating_add(rows.len() as u64));
                    claims.extend(rows.into_iter().map(|subject| (one.id, subject)));
                }
            }
            let mut ids = Vec::new();
            for (relation, subject) in claims.iter().filter(|(_, one)| one.starts_with("claim/")) {
                ids.extend(self.id_of_subject(tx, *relation, subject)?);
            }
            Ok((sizes, ids))
        })?;
        *lock(&self.noticed) = sizes;
        for id in &claims {
            self.tell(&format!("claim/{id}"), "Something new is said of this claim.");
        }
        if !claims.is_empty() {
            self.tell("work", "Claims have moved on.");
        }
        Ok(())
    }

    /// The id of the page of a claim that the record speaks of.
    pub(crate) fn id_of_subject(
        &self,
        tx: &Transaction<'_>,
        relation: i64,
        subject: &str,
    ) -> Answer<Option<String>> {
        let told = tx.twin_claim(relation, subject).map_err(|error| trouble(&error))?;
        let Some(told) = told else { return Ok(None) };
        if self.is_payer() {
            return self.payer_claim_id(tx, &told.claim_control_number);
        }
        let rows = tx.receivables_by_number(&told.patient_control_number);
        let rows = rows.map_err(|error| trouble(&error))?;
        let found = rows.iter().find(|row| row.twin_subject == subject);
        Ok(found.map(|row| self.receivable_id(row)))
    }
}

fn said(event: &StoryEvent) -> Said {
    let Some(body) = &event.body else {
        let what = format!("{} (its body is withheld)", event.kind);
        return Said { what, ..Said::plain("", Tone::Plain) };
    };
    let text = |name: &str| body.text(name).unwrap_or_default().to_owned();
    let said = match event.kind.as_str() {
        "claim.submitted" => match text("replaces").as_str() {
            "" => Said::plain("Sent the claim, billed", Tone::Moving),
            other => Said {
                code: other.to_owned(),
                ..Said::plain("Sent a claim that replaces or voids another, billed", Tone::Moving)
            },
        }
        .of("charge_cents"),
        "claim.received" => {
            Said { code: text("claim_control_number"), ..Said::plain("Received it", Tone::Moving) }
        }
        "claim.rejected" => Said {
            code: format!("{} {}", text("category"), text("status")),
            ..Said::plain("Returned it before adjudication", Tone::Refused)
        },
        "claim.pended" => Said::plain("A person has to decide", Tone::Attention),
        "claim.decided" => decided(body),
        "claim.paid" => {
            Said { code: text("trace"), ..Said::plain("Paid", Tone::Good) }.of("paid_cents")
        }
        "claim.reversed" => {
            let plain = Said::plain("Took the payment back", Tone::Refused);
            Said { code: text("trace"), ..plain }.of("paid_cents")
        }
        "claim.voided" => Said::plain("The claim counts no more", Tone::Refused),
        "remittance.posted" => {
            let plain = Said::plain("Posted what was paid", Tone::Good);
            Said { code: text("trace"), ..plain }.of("paid_cents")
        }
        "dispute.opened" => Said::plain("Disputes where the claim stands", Tone::Attention),
        "dispute.answered" if text("outcome") == "overturned" => {
            Said::plain("Answered the dispute: the decision falls", Tone::Good)
        }
        "dispute.answered" => {
            Said::plain("Answered the dispute: the decision stands", Tone::Refused)
        }
        "dispute.closed" => Said::plain("Closed the dispute", Tone::Plain),
        other => Said::plain(other, Tone::Plain),
    };
    Said { detail: text("reason"), ..said }
}

fn decided(body: &Body) -> Said {
    let by = match body.text("decided_by").unwrap_or_default() {
        "" => String::new(),
        person => format!(" by {person}"),
    };
    let (words, tone) = match body.text("outcome").unwrap_or_default() {
        "approved" => ("Approved", Tone::Good),
        _ => ("Denied", Tone::Refused),
    };
    Said { what: format!("{words}{by}, to pay"), ..Said::plain("", tone) }.of("paid_cents")
}

impl Said {
    fn plain(what: &str, tone: Tone) -> Said {
        let (code, detail) = (String::new(), String::new());
        Said { what: what.to_owned(), code, detail, tone, amount: None }
    }

    fn of(self, field: &'static str) -> Said {
        Said { amount: Some(field), ..self }
    }
}
