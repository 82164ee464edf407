//! The journal entry, its digest, and the judgement on whether a book may take it.

use crate::account::Account;
use crate::error::LedgerError;
use counterfoil_base::{Cents, Date, Text, format_ccyymmdd};
use sha2::{Digest as _, Sha256};
use std::fmt;

/// What a subject is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SubjectKind {
    /// Nothing in particular.
    #[default]
    General,
    /// A claim, by the control number of the side that keeps the book.
    Claim,
    /// A payment, by payer and trace number (TRN02).
    Trace,
    /// An entry of a bank file.
    BankEntry,
    /// A provider-level adjustment, by its reference (PLB03-2).
    Reference,
    /// A payee or payer as a whole.
    Party,
}

impl SubjectKind {
    /// The word before the colon in a subject's text.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            SubjectKind::General => "general",
            SubjectKind::Claim => "claim",
            SubjectKind::Trace => "trace",
            SubjectKind::BankEntry => "bank",
            SubjectKind::Reference => "reference",
            SubjectKind::Party => "party",
        }
    }
}

/// What a posting is about, so that an account can be opened down to one claim or payment.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subject {
    /// What it is.
    pub kind: SubjectKind,
    /// Its number.
    pub id: Text,
}

impl Subject {
    /// A claim by its control number.
    #[must_use]
    pub fn claim(id: &str) -> Subject {
        Subject { kind: SubjectKind::Claim, id: Text::from(id) }
    }

    /// A payment by its trace number.
    #[must_use]
    pub fn trace(id: &str) -> Subject {
        Subject { kind: SubjectKind::Trace, id: Text::from(id) }
    }

    /// An entry of a bank file by its reference.
    #[must_use]
    pub fn bank_entry(id: &str) -> Subject {
        Subject { kind: SubjectKind::BankEntry, id: Text::from(id) }
    }

    /// A provider-level adjustment by its reference.
    #[must_use]
    pub fn reference(id: &str) -> Subject {
        Subject { kind: SubjectKind::Reference, id: Text::from(id) }
    }

    /// A payee or payer by its identifier.
    #[must_use]
    pub fn party(id: &str) -> Subject {
        Subject { kind: SubjectKind::Party, id: Text::from(id) }
    }

    /// Reads `kind:id`; nothing when the kind is not known.
    #[must_use]
    pub fn parse(text: &str) -> Option<Subject> {
        use SubjectKind::{BankEntry, Claim, General, Party, Reference, Trace};
        let (word, id) = text.split_once(':')?;
        let kinds = [General, Claim, Trace, BankEntry, Reference, Party];
        let kind = kinds.into_iter().find(|kind| kind.word() == word)?;
        Some(Subject { kind, id: Text::from(id) })
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}:{}", self.kind.word(), self.id))
    }
}

/// One side of an entry: money into (positive, debit) or out of (negative, credit) an account.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Posting {
    /// Which account.
    pub account: Account,
    /// What it is about.
    pub subject: Subject,
    /// Debits are positive, credits negative.
    pub amount_cents: Cents,
}

/// One event in the book: balanced postings under one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Idempotency key: the same key with the same content is the same entry.
    pub key: Text,
    /// Day on which the event takes effect.
    pub effective_date: Date,
    /// Stable id of the rule that made the entry: `provider.remittance_claim`.
    pub rule: Text,
    /// A sentence or code for the reader; never personal data.
    pub memo: Text,
    /// Key of the entry that this one undoes.
    pub reverses: Option<Text>,
    /// Debits and credits, summing to zero.
    pub postings: Vec<Posting>,
}

impl Entry {
    /// An entry without postings; [`Entry::debit`] and [`Entry::credit`] add them.
    #[must_use]
    pub fn new(key: &str, effective_date: Date, rule: &'static str) -> Entry {
        Entry {
            key: Text::from(key),
            effective_date,
            rule: Text::const_new(rule),
            memo: Text::default(),
            reverses: None,
            postings: Vec::with_capacity(4),
        }
    }

    /// Says what the reader should know about it.
    #[must_use]
    pub fn memo(mut self, memo: &str) -> Entry {
        self.memo = Text::from(memo);
        self
    }

    /// Adds money into an account; an amount of nothing adds nothing.
    pub fn debit(&mut self, account: Account, subject: &Subject, amount_cents: Cents) {
        if !amount_cents.is_zero() {
            self.postings.push(Posting { account, subject: subject.clone(), amount_cents });
        }
    }

    /// Adds money out of an account; an amount of nothing adds nothing.
    ///
    /// The least 64-bit number has no mirror; it is kept as it is, so that [`Entry::check`]
    /// refuses the entry.
    pub fn credit(&mut self, account: Account, subject: &Subject, amount_cents: Cents) {
        let mirrored = amount_cents.0.checked_neg().map_or(amount_cents, Cents);
        self.debit(account, subject, mirrored);
    }

    /// Debits one account and credits another with the same amount.
    pub fn transfer(
        &mut self,
        into: (Account, &Subject),
        out_of: (Account, &Subject),
        amount_cents: Cents,
    ) {
        self.debit(into.0, into.1, amount_cents);
        self.credit(out_of.0, out_of.1, amount_cents);
    }

    /// The entry that undoes this one, on another day under its own key.
    #[must_use]
    pub fn reversal(&self, key: &str, effective_date: Date, memo: &str) -> Entry {
        let mut reversal = Entry::new(key, effective_date, "ledger.reversal").memo(memo);
        reversal.reverses = Some(self.key.clone());
        for posting in &self.postings {
            reversal.credit(posting.account.clone(), &posting.subject, posting.amount_cents);
        }
        reversal
    }

    /// Checks what can be seen on the entry alone: key, postings, one side, balance.
    pub fn check(&self) -> Result<(), LedgerError> {
        let key = || self.key.clone();
        if self.key.is_empty() {
            return Err(LedgerError::KeyMissing);
        }
        let no_money = self.postings.iter().any(|posting| posting.amount_cents.is_zero());
        let (Some(first), false) = (self.postings.first(), no_money) else {
            return Err(LedgerError::NoPostings { key: key() });
        };
        let mut sum = Cents::ZERO;
        for posting in &self.postings {
            if posting.account.kind.side() != first.account.kind.side() {
                return Err(LedgerError::MixedSides { key: key() });
            }
            // Every amount must have a mirror, or the entry could never be reversed.
            let mirrored = posting.amount_cents.0.checked_neg();
            let next = sum.checked_add(posting.amount_cents);
            let (Some(next), Some(_)) = (next, mirrored) else {
                return Err(LedgerError::TooLarge { key: key() });
            };
            sum = next;
        }
        if sum.is_zero() {
            return Ok(());
        }
        Err(LedgerError::Unbalanced { key: key(), difference_cents: sum })
    }

    /// What a book must remember of the entry to judge later ones.
    #[must_use]
    pub fn facts(&self) -> EntryFacts {
        EntryFacts {
            content: self.content_digest(),
            mirror: self.postings_digest(true),
            reversed_by: None,
            is_reversal: self.reverses.is_some(),
        }
    }

    fn content_digest(&self) -> Digest {
        let mut hasher = CanonicalHasher::default();
        hasher.text("entry/1");
        hasher.text(&self.key);
        hasher.text(&format_ccyymmdd(self.effective_date));
        hasher.text(&self.rule);
        hasher.text(&self.memo);
        hasher.text(self.reverses.as_deref().unwrap_or(""));
        hasher.bytes(&self.postings_digest(false).0);
        hasher.finish()
    }

    fn postings_digest(&self, mirrored: bool) -> Digest {
        let mut hasher = CanonicalHasher::default();
        hasher.text("postings/1");
        for posting in &self.postings {
            hasher.account(&posting.account);
            hasher.subject(&posting.subject);
            let amount = i128::from(posting.amount_cents.0);
            hasher.amount(if mirrored { -amount } else { amount });
        }
        hasher.finish()
    }
}

/// A SHA-256 over canonical bytes; prints as 64 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 32]);

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Hashes values so that no two different lists of values give the same bytes: every text is
/// preceded by its length.
#[derive(Default)]
pub(crate) struct CanonicalHasher(Sha256);

impl CanonicalHasher {
    pub(crate) fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.0.update((bytes.len() as u64).to_be_bytes());
        self.0.update(bytes);
    }

    pub(crate) fn amount(&mut self, amount: i128) {
        self.0.update(amount.to_be_bytes());
    }

    pub(crate) fn account(&mut self, account: &Account) {
        self.text(account.kind.side().word());
        self.text(account.kind.word());
        self.text(&account.party);
    }

    pub(crate) fn subject(&mut self, subject: &Subject) {
        self.text(subject.kind.word());
        self.text(&subject.id);
    }

    pub(crate) fn finish(self) -> Digest {
        Digest(self.0.finalize().into())
    }
}

/// What a book remembers of an entry: enough to recognize it and to judge its reversal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryFacts {
    /// Digest of the whole entry.
    pub content: Digest,
    /// Digest of the postings with their signs turned, as a reversal must have them.
    pub mirror: Digest,
    /// Key of the entry that reversed it.
    pub reversed_by: Option<Text>,
    /// True when it is itself a reversal.
    pub is_reversal: bool,
}

/// What to do with an entry that is not refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Not seen before: book it.
    New,
    /// Already booked with the same content: do nothing.
    Known,
}

/// Judges one entry against the two facts that matter: the entry under the same key, and the
/// entry that it reverses. A keeper of entries can call this without a [`crate::Book`].
pub fn judge(
    entry: &Entry,
    same_key: Option<&EntryFacts>,
    original: Option<&EntryFacts>,
) -> Result<Verdict, LedgerError> {
    entry.check()?;
    let key = entry.key.clone();
    if let Some(known) = same_key {
        if known.content == entry.content_digest() {
            return Ok(Verdict::Known);
        }
        return Err(LedgerError::KeyReused { key });
    }
    let Some(named) = entry.reverses.clone() else {
        return Ok(Verdict::New);
    };
    let Some(facts) = original else {
        return Err(LedgerError::OriginalUnknown { key, original: named });
    };
    if facts.reversed_by.is_some() || facts.is_reversal {
        return Err(LedgerError::AlreadyReversed { key, original: named });
    }
    if facts.mirror != entry.postings_digest(false) {
        return Err(LedgerError::NotAMirror { key, original: named });
    }
    Ok(Verdict::New)
}
