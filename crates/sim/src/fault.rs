//! What goes wrong in a world, and how often it did.

/// One kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// A message is lost within a connection.
    Lost,
    /// A message comes twice.
    Duplicated,
    /// A message overtakes the one before it.
    Reordered,
    /// A message waits while others go on.
    Delayed,
    /// A message of earlier comes again.
    Replayed,
    /// One byte of an event is changed on its way.
    Damaged,
    /// The connection ends in the middle of a message, with everything on its way.
    Cut,
    /// The two cannot reach each other for a while.
    Partition,
    /// The program dies between two things that it does.
    Crash,
    /// The program dies in the middle of a transaction.
    CrashInTransaction,
    /// The power fails: what was not taken to the disk is gone.
    PowerLoss,
    /// The disk is full in the middle of a transaction.
    DiskFull,
    /// The clock is set a day ahead or back.
    ClockJump,
    /// A node does no work while messages pile up.
    SlowPeer,
    /// A person hands in a file that was handed in before.
    FileTwice,
    /// A person decides a claim that a person has decided.
    DecidedTwice,
    /// A person puts an older backup in place.
    BackupRestored,
    /// The bank sends a statement again.
    StatementTwice,
    /// A partner says what it may not say.
    Lie,
}

impl Fault {
    /// Every kind, in the order of [`Tally`].
    pub const ALL: [Fault; 19] = [
        Fault::Lost,
        Fault::Duplicated,
        Fault::Reordered,
        Fault::Delayed,
        Fault::Replayed,
        Fault::Damaged,
        Fault::Cut,
        Fault::Partition,
        Fault::Crash,
        Fault::CrashInTransaction,
        Fault::PowerLoss,
        Fault::DiskFull,
        Fault::ClockJump,
        Fault::SlowPeer,
        Fault::FileTwice,
        Fault::DecidedTwice,
        Fault::BackupRestored,
        Fault::StatementTwice,
        Fault::Lie,
    ];

    /// Its name in reports.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Fault::Lost => "message lost",
            Fault::Duplicated => "message duplicated",
            Fault::Reordered => "messages reordered",
            Fault::Delayed => "message delayed",
            Fault::Replayed => "old message replayed",
            Fault::Damaged => "event damaged on its way",
            Fault::Cut => "cut within a message",
            Fault::Partition => "partition",
            Fault::Crash => "crash",
            Fault::CrashInTransaction => "crash within a transaction",
            Fault::PowerLoss => "power loss with unsynced loss",
            Fault::DiskFull => "full disk",
            Fault::ClockJump => "clock jump of a day",
            Fault::SlowPeer => "slow peer",
            Fault::FileTwice => "same file handed in twice",
            Fault::DecidedTwice => "same claim decided twice",
            Fault::BackupRestored => "older backup restored",
            Fault::StatementTwice => "same bank statement twice",
            Fault::Lie => "partner says what it may not",
        }
    }
}

/// How often each fault happened. Only faults that met something count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally([u64; Fault::ALL.len()]);

impl Tally {
    /// Counts a fault.
    pub fn count(&mut self, fault: Fault) {
        self.0[fault as usize] += 1;
    }

    /// How often a fault happened.
    #[must_use]
    pub fn of(&self, fault: Fault) -> u64 {
        self.0[fault as usize]
    }

    /// All faults together.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// Adds those of another world.
    pub fn add(&mut self, other: &Tally) {
        for (mine, theirs) in self.0.iter_mut().zip(other.0) {
            *mine += theirs;
        }
    }
}
