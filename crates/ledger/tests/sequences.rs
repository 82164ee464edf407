//! Any sequence of claim, payment, reversal, correction, take-back and return keeps debits
//! equal to credits in both books and replays to the same state.

use counterfoil_base::{Cents, Date, Text};
use counterfoil_ledger::{
    AccountKind, AdjustmentClass, AdjustmentPurpose, Book, BookedAdjustment, ClaimPosting, Entry,
    PayerEvent, PaymentClaim, ProviderEvent, Verdict,
};
use proptest::prelude::*;

/// What can happen next; numbers are taken modulo what exists.
#[derive(Clone, Debug)]
enum Step {
    Claim { charge: i64, paid_percent: i64, withheld: i64 },
    Payment { claims: usize, interest: i64 },
    Reversal { claim: usize },
    Correction { claim: usize, paid_percent: i64 },
    TakeBack { claim: usize },
    Return { payment: usize },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        (1i64..10_000_000, 0i64..=100, 0i64..500).prop_map(|(charge, paid_percent, withheld)| {
            Step::Claim { charge, paid_percent, withheld }
        }),
        (1usize..5, 0i64..300).prop_map(|(claims, interest)| Step::Payment { claims, interest }),
        any::<usize>().prop_map(|claim| Step::Reversal { claim }),
        (any::<usize>(), 0i64..=100)
            .prop_map(|(claim, paid_percent)| Step::Correction { claim, paid_percent }),
        any::<usize>().prop_map(|claim| Step::TakeBack { claim }),
        any::<usize>().prop_map(|payment| Step::Return { payment }),
    ];
    prop::collection::vec(step, 1..60)
}

struct Claim {
    charge: i64,
    paid: i64,
    withheld: i64,
    approval: Option<Entry>,
    pending: Vec<ClaimPosting>,
}

/// Both sides' journals, written by one run of steps.
#[derive(Default)]
struct World {
    payer: Vec<Entry>,
    provider: Vec<Entry>,
    claims: Vec<Claim>,
    payments: Vec<(Text, i64, bool)>,
    owed_back: Vec<BookedAdjustment>,
}

const PAYER: &str = "PLAN";
const PAYEE: &str = "1999999984";

fn today() -> Date {
    Date::new(2026, 5, 1).unwrap()
}

impl World {
    fn pay(&mut self, event: &PayerEvent) -> Entry {
        let entry = event.entry(&format!("payer/{}", self.payer.len()), today());
        if !entry.postings.is_empty() {
            self.payer.push(entry.clone());
        }
        entry
    }

    fn provide(&mut self, event: &ProviderEvent) {
        let entry = event.entry(&format!("provider/{}", self.provider.len()), today());
        if !entry.postings.is_empty() {
            self.provider.push(entry);
        }
    }

    fn decide(&mut self, index: usize, percent: i64) {
        let claim = &self.claims[index];
        let paid = (claim.charge - claim.withheld).max(0) * percent / 100;
        let withheld = claim.withheld.min(claim.charge);
        let rest = claim.charge - paid - withheld;
        let event = PayerEvent::ClaimApproved {
            claim: Text::from(format!("K{index}")),
            payee: Text::from(PAYEE),
            payable_cents: Cents(paid),
            withheld_cents: Cents(withheld),
        };
        let approval = self.pay(&event);
        let posting = ClaimPosting {
            claim: Text::from(format!("C{index}")),
            paid_cents: Cents(paid),
            adjustments: vec![
                (AdjustmentClass::Withheld, Cents(withheld)),
                (AdjustmentClass::Contractual, Cents(rest / 2)),
                (AdjustmentClass::PatientResponsibility, Cents(rest - rest / 2)),
            ],
        };
        let claim = &mut self.claims[index];
        claim.paid = paid;
        claim.approval = (!approval.postings.is_empty()).then_some(approval);
        claim.pending.push(posting);
    }

    fn reverse(&mut self, index: usize) {
        let Some(approval) = self.claims[index].approval.take() else { return };
        let key = format!("payer/{}", self.payer.len());
        self.payer.push(approval.reversal(&key, today(), "decision taken back"));
        let claim = &mut self.claims[index];
        let rest = claim.charge - claim.paid - claim.withheld.min(claim.charge);
        claim.pending.push(ClaimPosting {
            claim: Text::from(format!("C{index}")),
            paid_cents: Cents(-claim.paid),
            adjustments: vec![
                (AdjustmentClass::Withheld, Cents(-claim.withheld.min(claim.charge))),
                (AdjustmentClass::Contractual, Cents(-(rest / 2))),
                (AdjustmentClass::PatientResponsibility, Cents(-(rest - rest / 2))),
            ],
        });
    }

    /// Pays what waits, with interest and what is owed back; a negative net is carried.
    fn payment(&mut self, claims: usize, interest: i64) {
        let due = self.claims.iter_mut().enumerate().filter(|(_, c)| !c.pending.is_empty());
        let waiting: Vec<(usize, ClaimPosting)> = due
            .take(claims)
            .flat_map(|(index, claim)| claim.pending.drain(..).map(move |p| (index, p)))
            .collect();
        let trace = Text::from(format!("T{}", self.payments.len()));
        let mut adjustments = std::mem::take(&mut self.owed_back);
        adjustments.push(BookedAdjustment {
            purpose: AdjustmentPurpose::Interest,
            reference: trace.clone(),
            amount_cents: Cents(-interest),
        });
        let claims_sum: i64 = waiting.iter().map(|(_, posting)| posting.paid_cents.0).sum();
        let adjusted: i64 = adjustments.iter().map(|a| a.amount_cents.0).sum();
        let net = claims_sum - adjusted;
        if net < 0 {
            let carried = |cents| BookedAdjustment {
                purpose: AdjustmentPurpose::ForwardBalance,
                reference: trace.clone(),
                amount_cents: Cents(cents),
            };
            adjustments.push(carried(net));
            self.owed_back.push(carried(-net));
        }
        let paid = waiting
            .iter()
            .map(|(index, posting)| PaymentClaim {
                claim: Text::from(format!("K{index}")),
                paid_cents: posting.paid_cents,
            })
            .collect();
        self.pay(&PayerEvent::PaymentIssued {
            trace: trace.clone(),
            payee: Text::from(PAYEE),
            claims: paid,
            adjustments: adjustments.clone(),
            amount_cents: Cents(net.max(0)),
        });
        let payer = Text::from(PAYER);
        for (_, posting) in waiting {
            let (payer, trace) = (payer.clone(), trace.clone());
            self.provide(&ProviderEvent::ClaimAnswered { payer, trace, posting });
        }
        self.provide(&ProviderEvent::PaymentAdjusted {
            payer: payer.clone(),
            trace: trace.clone(),
            adjustments,
        });
        let amount_cents = Cents(net.max(0));
        let bank_entry = Text::from(format!("B/{trace}"));
        self.provide(&ProviderEvent::CashReceived { bank_entry: bank_entry.clone(), amount_cents });
        self.provide(&ProviderEvent::CashMatched {
            payer,
            trace: trace.clone(),
            bank_entry,
            amount_cents,
        });
        self.payments.push((trace, net.max(0), false));
    }

    fn give_back(&mut self, payment: usize) {
        let (trace, cents, returned) = &mut self.payments[payment];
        if *returned || *cents == 0 {
            return;
        }
        *returned = true;
        let (trace, amount_cents) = (trace.clone(), Cents(*cents));
        self.pay(&PayerEvent::PaymentReturned { trace: trace.clone(), amount_cents });
        let bank_entry = Text::from(format!("R/{trace}"));
        let payer = Text::from(PAYER);
        self.provide(&ProviderEvent::PaymentReturned { payer, trace, bank_entry, amount_cents });
    }

    fn take(&mut self, step: &Step) {
        let claims = self.claims.len();
        match *step {
            Step::Claim { charge, paid_percent, withheld } => {
                let (approval, pending) = (None, Vec::new());
                self.claims.push(Claim { charge, paid: 0, withheld, approval, pending });
                self.provide(&ProviderEvent::ClaimBilled {
                    payer: Text::from(PAYER),
                    claim: Text::from(format!("C{claims}")),
                    charge_cents: Cents(charge),
                });
                self.decide(claims, paid_percent);
            }
            Step::Payment { claims, interest } => self.payment(claims, interest),
            Step::Reversal { claim } if claims > 0 => self.reverse(claim % claims),
            Step::Correction { claim, paid_percent } if claims > 0 => {
                let index = claim % claims;
                if self.claims[index].approval.is_some() {
                    self.reverse(index);
                    self.decide(index, paid_percent);
                }
            }
            Step::TakeBack { claim } if claims > 0 => {
                let index = claim % claims;
                let cents = self.claims[index].paid / 3;
                let event = PayerEvent::OverpaymentFound {
                    claim: Text::from(format!("K{index}")),
                    payee: Text::from(PAYEE),
                    overpaid_cents: Cents(cents),
                };
                self.pay(&event);
                self.owed_back.push(BookedAdjustment {
                    purpose: AdjustmentPurpose::Recoupment,
                    reference: Text::from(format!("K{index}")),
                    amount_cents: Cents(cents),
                });
            }
            Step::Return { payment } if !self.payments.is_empty() => {
                self.give_back(payment % self.payments.len());
            }
            _ => {}
        }
    }
}

fn check_book(entries: &[Entry]) -> Book {
    let mut book = Book::default();
    for entry in entries {
        assert_eq!(book.post(entry), Ok(Verdict::New));
        assert_eq!(book.trial_balance().total_cents(), 0, "debits equal credits after each entry");
    }
    let replayed = Book::replay(entries).unwrap();
    assert_eq!(replayed.digest(), book.digest(), "replays to the same state");
    let twice = Book::replay(entries.iter().chain(entries)).unwrap();
    assert_eq!(twice.digest(), book.digest(), "offered twice, counted once");
    book
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_sequence_balances_and_replays(steps in steps()) {
        let mut world = World::default();
        steps.iter().for_each(|step| world.take(step));
        let payer = check_book(&world.payer);
        let provider = check_book(&world.provider);

        // Cash that left the payer is cash that reached the provider.
        let out = payer.balance(&AccountKind::PayerCash.whole());
        let into = provider.balance(&AccountKind::ProviderCash.whole());
        prop_assert_eq!(-out, into);
        // Nothing stays unapplied, and only returned payments stay expected.
        prop_assert_eq!(provider.balance(&AccountKind::UnappliedCash.whole()), Cents::ZERO);
        let returned: i64 = world.payments.iter().filter(|p| p.2).map(|p| p.1).sum();
        let expected = provider.balance(&AccountKind::PaymentsExpected.of(PAYER));
        prop_assert_eq!(expected, Cents(returned));
        // What the payer still owes is what waits for a payment, claim by claim.
        for (index, claim) in world.claims.iter().enumerate() {
            let waiting: Cents = claim.pending.iter().map(|posting| posting.paid_cents).sum();
            let subject = counterfoil_ledger::Subject::claim(&format!("K{index}"));
            let payable = payer.balance_of(&AccountKind::ClaimsPayable.whole(), &subject);
            prop_assert_eq!(-payable, waiting);
        }
    }
}
