//! The work queue: what waits for a person, the most urgent money first.

use crate::book::{Book, Story, figure_input, rule};
use crate::claims::OwnClaim;
use crate::listing::{Named, Shown};
use crate::office::{OfficeDesk, day};
use counterfoil_base::Cents;
use counterfoil_base::add_days;
use counterfoil_store::{ListName, Transaction};
use counterfoil_web::view::{ListQuery, Listing, Target, Tone, WorkItem};
use counterfoil_web::{Answer, FigureAddress, Viewer};

/// Days within which a clean claim is decided in most states; the item says the receipt's day.
const DECIDE_DAYS: i64 = 30;
/// Days in which an underpayment or denial is usually answered.
const ANSWER_DAYS: i64 = 60;

const PAYER_WORK: Named =
    Named { name: "work", list: ListName::PayerWork, kind: "claim", totals: &["worth"] };
const PROVIDER_WORK: Named =
    Named { name: "work", list: ListName::ReceivableWork, kind: "claim", totals: &["worth"] };

impl OfficeDesk {
    pub(crate) fn work_list(
        &self,
        tx: &Transaction<'_>,
        (viewer, query): (&Viewer, &ListQuery),
        book: &mut Book,
    ) -> Answer<Listing<WorkItem>> {
        let named = if self.is_payer() { PAYER_WORK } else { PROVIDER_WORK };
        // Nobody takes items for himself yet: each belongs to nobody.
        let mut asked = query.clone();
        match asked.filters.remove("owner").as_deref() {
            None | Some("nobody") => {}
            Some(_) => return Ok(self.nothing((viewer, query), &named, book)),
        }
        asked.sort = None;
        self.listing(tx, (viewer, &asked, &named), book, |keys, book| {
            let Some(claim) = self.claim_by_keys(tx, keys)? else { return Ok(None) };
            let row = self.work_item(&self.claim_id(keys), &claim, book);
            let amounts = vec![("worth", row.worth.clone())];
            let (what, target) = (row.task.clone(), Some(row.target.clone()));
            Ok(Some(Shown { row, what, target, amounts }))
        })
    }

    pub(crate) fn work_item(&self, id: &str, claim: &OwnClaim, book: &mut Book) -> WorkItem {
        let (task, reason, due, worth, formula) = match claim {
            OwnClaim::Payer(claim, _) => (
                format!("Decide claim {}", claim.claim_control_number),
                claim.update.reason.clone(),
                day(&claim.received_on).and_then(|day| add_days(day, DECIDE_DAYS)),
                claim.charge_cents,
                "billed and not decided",
            ),
            OwnClaim::Provider(claim, answers) => {
                let answered = answers.last().and_then(|answer| day(&answer.posted_on));
                let due = answered.and_then(|day| add_days(day, ANSWER_DAYS));
                let number = &claim.patient_control_number;
                let short = claim.expected_cents.and_then(|e| e.checked_sub(claim.paid_cents));
                match (claim.state.as_str(), short) {
                    ("denied", _) => (
                        format!("Answer the denial of claim {number}"),
                        "The payer pays nothing for it".to_owned(),
                        due,
                        claim.charge_cents,
                        "billed and denied",
                    ),
                    (_, short) => (
                        format!("Ask for the rest of claim {number}"),
                        "Paid less than the payer's own rules predicted".to_owned(),
                        due,
                        short.unwrap_or(Cents::ZERO),
                        "expected - paid",
                    ),
                }
            }
        };
        let mut story = Story {
            sentence: "The money that waits for a person.".to_owned(),
            formula: formula.to_owned(),
            rule: rule("work", "own rule: what waits is worth its money"),
            ..Story::default()
        };
        if let OwnClaim::Provider(claim, _) = claim {
            let stated = |words| Story::stated(words, "own books", "own books");
            let mut beside = |name: &str, amount: Cents, words| {
                let at = FigureAddress::new("work", id, name);
                let figure = book.money(amount, at, stated(words));
                figure_input(name, &figure, "own books")
            };
            story.inputs = vec![
                beside("billed", claim.charge_cents, "Billed."),
                beside("paid", claim.paid_cents, "Paid so far."),
            ];
            if let Some(expected) = claim.expected_cents {
                story.inputs.push(beside("expected", expected, "Predicted when it was sent."));
            }
        }
        WorkItem {
            id: id.to_owned(),
            task,
            reason,
            tone: Tone::Attention,
            owner: None,
            due,
            worth: book.money(worth, FigureAddress::new("work", id, "worth"), story),
            target: Target::Claim(id.to_owned()),
        }
    }
}
