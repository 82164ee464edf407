//! Bugs that are planted on purpose, to see that the oracles find them.
//!
//! Each stands in the simulator's own wrapper around the product's code; no build of the product
//! contains any of them.

/// A planted bug.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Plant {
    /// A claim file that was taken in is taken in again.
    ApplyTwice,
    /// Bookings get a key of their own at each attempt.
    SkipKeyCheck,
    /// Events are called durable before they are.
    AcknowledgeBeforeCommit,
    /// Commits are not taken to the disk before others hear of them.
    SkipSync,
    /// A full disk is taken for success.
    SwallowDiskFull,
    /// A transaction that fails leaves what it had done so far.
    CommitHalfBatch,
    /// Debit and credit change places in one rule.
    SwapDebitAndCredit,
    /// An odd amount loses a cent when it is posted.
    TruncateCent,
    /// A tie is rounded to the even neighbour.
    RoundHalfToEven,
    /// A product is cut off and not rounded.
    RoundDown,
    /// The counter of trace numbers is read before a crash and not kept.
    ReuseControlNumber,
    /// What is to be said is struck off before its events are kept.
    LoseDueRow,
    /// A batch of events is kept in the wrong order.
    AcceptOutOfOrder,
    /// Signatures are not checked.
    SkipSignature,
    /// What an author may say is not checked.
    AcceptForbidden,
    /// The root that the author has seen is forgotten.
    ForgetSeenRoot,
    /// After an interruption what was said is said again as something new.
    ResendUnderNewSequence,
    /// After a restart the half goes on from an older head.
    StaleHeadAfterRestart,
    /// An 835 is posted each time it comes.
    PostRemittanceTwice,
    /// The last day of coverage does not count.
    PeriodOffByADay,
    /// A decision is told in the record of another provider.
    WrongRelationship,
    /// A document whose connection was cut is taken as whole.
    IgnorePartition,
    /// Two persons can decide one claim.
    DecideTwice,
    /// A restored node works and signs before it has met its partners.
    SignAfterRestore,
    /// A bank statement that comes again is booked again.
    BookStatementTwice,
    /// Money that comes before its 835 is never matched.
    ForgetEarlyMoney,
    /// What the patient owes is left out of the posting.
    DropPatientShare,
    /// A payment is issued again when its run is repeated.
    PayTwice,
}

impl Plant {
    /// Every planted bug.
    pub const ALL: [Plant; 28] = [
        Plant::ApplyTwice,
        Plant::SkipKeyCheck,
        Plant::AcknowledgeBeforeCommit,
        Plant::SkipSync,
        Plant::SwallowDiskFull,
        Plant::CommitHalfBatch,
        Plant::SwapDebitAndCredit,
        Plant::TruncateCent,
        Plant::RoundHalfToEven,
        Plant::RoundDown,
        Plant::ReuseControlNumber,
        Plant::LoseDueRow,
        Plant::AcceptOutOfOrder,
        Plant::SkipSignature,
        Plant::AcceptForbidden,
        Plant::ForgetSeenRoot,
        Plant::ResendUnderNewSequence,
        Plant::StaleHeadAfterRestart,
        Plant::PostRemittanceTwice,
        Plant::PeriodOffByADay,
        Plant::WrongRelationship,
        Plant::IgnorePartition,
        Plant::DecideTwice,
        Plant::SignAfterRestore,
        Plant::BookStatementTwice,
        Plant::ForgetEarlyMoney,
        Plant::DropPatientShare,
        Plant::PayTwice,
    ];

    /// Its name on the command line and in reports.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Plant::ApplyTwice => "apply-twice",
            Plant::SkipKeyCheck => "skip-key-check",
            Plant::AcknowledgeBeforeCommit => "acknowledge-before-commit",
            Plant::SkipSync => "skip-sync",
            Plant::SwallowDiskFull => "swallow-disk-full",
            Plant::CommitHalfBatch => "commit-half-batch",
            Plant::SwapDebitAndCredit => "swap-debit-and-credit",
            Plant::TruncateCent => "truncate-cent",
            Plant::RoundHalfToEven => "round-half-to-even",
            Plant::RoundDown => "round-down",
            Plant::ReuseControlNumber => "reuse-control-number",
            Plant::LoseDueRow => "lose-due-row",
            Plant::AcceptOutOfOrder => "accept-out-of-order",
            Plant::SkipSignature => "skip-signature",
            Plant::AcceptForbidden => "accept-forbidden",
            Plant::ForgetSeenRoot => "forget-seen-root",
            Plant::ResendUnderNewSequence => "resend-under-new-sequence",
            Plant::StaleHeadAfterRestart => "stale-head-after-restart",
            Plant::PostRemittanceTwice => "post-remittance-twice",
            Plant::PeriodOffByADay => "period-off-by-a-day",
            Plant::WrongRelationship => "wrong-relationship",
            Plant::IgnorePartition => "ignore-partition",
            Plant::DecideTwice => "decide-twice",
            Plant::SignAfterRestore => "sign-after-restore",
            Plant::BookStatementTwice => "book-statement-twice",
            Plant::ForgetEarlyMoney => "forget-early-money",
            Plant::DropPatientShare => "drop-patient-share",
            Plant::PayTwice => "pay-twice",
        }
    }

    /// The planted bug of a name.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Plant> {
        Plant::ALL.into_iter().find(|plant| plant.word() == word)
    }
}
