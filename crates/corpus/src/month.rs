//! The claim files of a month, a file and a chunk at a time, with the truth of each claim.

use crate::rates::{PAYER_ID, PAYER_NAME};
use crate::segments::{Digits, Segments};
use crate::truth::{Oracle, Truth};
use crate::world::World;
use crate::write837::{ClaimWriter, Hierarchy, Landing};

/// Who sends the files of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Senders {
    /// Each provider sends its own file: one group of one kind of claim.
    Providers,
    /// A clearing house sends one file a batch: a group of 837P and a group of 837I.
    ClearingHouse,
}

/// What a file is, before its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileInfo {
    /// File name without folder: `claims-003-hospital.x12`.
    pub name: String,
    /// Number of the file from 1, also ISA13.
    pub number: u32,
    /// Number of the batch from 0.
    pub batch: u32,
    /// Day of sending, CCYYMMDD.
    pub sent_on: String,
    /// The only billing provider of the file; nothing for a clearing house.
    pub provider_npi: Option<String>,
    /// Claims in the file.
    pub claims: u32,
}

/// Where the writer stands in its file.
#[derive(Debug)]
struct Open {
    number: u32,
    end: u32,
    in_file: u64,
    in_transaction: u64,
    hierarchy: Hierarchy,
    /// Claims of the open transaction set, its number in the group, and the group's number.
    claims: u32,
    transactions: u32,
    groups: u32,
    kind: Option<bool>,
    sender: Sender,
    sent: i32,
}

#[derive(Clone, Debug)]
struct Sender {
    id: String,
    name: String,
}

/// Claims of a month in the order in which they are sent and processed.
#[derive(Debug)]
pub struct Month<'w> {
    world: &'w World,
    senders: Senders,
    claims_per_transaction: u32,
    next: u32,
    files: u32,
    open: Option<Open>,
    oracle: Oracle,
}

/// A chunk ends when it holds this many bytes.
const CHUNK_BYTES: usize = 64 * 1024;
const VERSIONS: [&[u8]; 2] = [b"005010X222A1", b"005010X223A2"];

impl<'w> Month<'w> {
    /// Begins the month; a transaction set holds at most `claims_per_transaction` claims
    /// (at least one).
    #[must_use]
    pub fn new(world: &'w World, senders: Senders, claims_per_transaction: u32) -> Month<'w> {
        Month {
            world,
            senders,
            claims_per_transaction: claims_per_transaction.max(1),
            next: 0,
            files: 0,
            open: None,
            oracle: Oracle::new(world),
        }
    }

    /// Begins the next file; nothing at the end of the month. A file that was not read to its
    /// end is left, and its remaining claims begin the next file.
    pub fn next_file(&mut self) -> Option<FileInfo> {
        let claims = self.world.config.claims;
        if self.next >= claims {
            return None;
        }
        let per_batch = self.world.claims_per_batch();
        let batch = self.next / per_batch;
        let batch_end = ((batch + 1).saturating_mul(per_batch)).min(claims);
        let provider = self.world.provider_of(self.next % per_batch);
        let end = match self.senders {
            Senders::ClearingHouse => batch_end,
            Senders::Providers => (self.next..batch_end)
                .find(|&index| self.world.provider_of(index % per_batch) != provider)
                .unwrap_or(batch_end),
        };
        self.files += 1;
        let billing = &self.world.providers[provider];
        let (who, sender) = match self.senders {
            Senders::ClearingHouse => (
                "clearing-house".to_owned(),
                Sender { id: "FXCLEAR".to_owned(), name: "SWIFT CLEARING".to_owned() },
            ),
            Senders::Providers => (
                if billing.hospital { "hospital".into() } else { format!("practice-{provider}") },
                Sender { id: billing.sender_id.clone(), name: billing.name.clone() },
            ),
        };
        let sent = self.world.sent_on(batch);
        self.open = Some(Open {
            number: self.files,
            end,
            in_file: 0,
            in_transaction: 0,
            hierarchy: Hierarchy::default(),
            claims: 0,
            transactions: 0,
            groups: 0,
            kind: None,
            sender,
            sent,
        });
        Some(FileInfo {
            name: format!("claims-{:03}-{who}.x12", batch + 1),
            number: self.files,
            batch,
            sent_on: text(self.world.calendar.text(sent)),
            provider_npi: (self.senders == Senders::Providers).then(|| billing.npi.clone()),
            claims: end - self.next,
        })
    }

    /// Appends the next bytes of the open file and the truth of the claims in them; false when
    /// the file is complete.
    pub fn next_chunk(&mut self, out: &mut Vec<u8>, truths: &mut Vec<Truth>) -> bool {
        let Some(mut open) = self.open.take() else { return false };
        let begin = out.len();
        let mut segments = Segments::new(out, open.in_file, open.in_transaction);
        if segments.in_file == 0 {
            open.interchange(self.world, &mut segments);
        }
        while self.next < open.end {
            truths.push(self.claim(&mut open, &mut segments));
            self.next += 1;
            if segments.len() - begin >= CHUNK_BYTES {
                open.in_file = segments.in_file;
                open.in_transaction = segments.in_transaction;
                self.open = Some(open);
                return true;
            }
        }
        open.close_transaction(&mut segments);
        open.close_group(&mut segments);
        let groups = Digits::whole(u64::from(open.groups));
        segments.put(&[b"IEA", &groups, &Digits::padded(u64::from(open.number), 9)]);
        false
    }

    fn claim(&mut self, open: &mut Open, segments: &mut Segments<'_>) -> Truth {
        let world = self.world;
        let draft = world.draft(self.next);
        let provider = &world.providers[draft.provider];
        let hospital = provider.hospital;
        if open.kind != Some(hospital) || open.claims >= self.claims_per_transaction {
            open.close_transaction(segments);
        }
        if open.kind != Some(hospital) {
            open.close_group(segments);
            open.group(world, hospital, segments);
        }
        if open.claims == 0 {
            open.transaction(world, segments);
        }
        open.claims += 1;
        let mut writer =
            ClaimWriter { world, draft: &draft, segments, landing: Landing::new(draft.landmark()) };
        writer.write(&mut open.hierarchy);
        let landing = writer.landing;
        let (state, money) = self.oracle.decide(world, &draft);
        let replaces = match draft.role {
            crate::draft::Role::Replacement(of) | crate::draft::Role::Void(of) => {
                format!("C{of:08}")
            }
            _ => String::new(),
        };
        let segment_id = match draft.landmark().segment_id() {
            "SV1" if hospital => "SV2",
            id => id,
        };
        Truth {
            index: draft.index,
            control_number: draft.control_number.to_string(),
            provider_npi: provider.npi.clone(),
            member_id: draft.family.member_id(draft.member.position),
            kind: if hospital { 'I' } else { 'P' },
            sent_on: text(world.calendar.text(draft.sent)),
            state,
            planted: draft.planted(),
            segment: landing.segment,
            segment_in_transaction: landing.segment_in_transaction,
            segment_id,
            replaces,
            money,
        }
    }
}

impl Open {
    fn interchange(&self, world: &World, segments: &mut Segments<'_>) {
        let sender = format!("{:<15}", self.sender.id);
        let receiver = format!("{PAYER_ID:<15}");
        let day = &world.calendar.text(self.sent)[2..];
        segments.put(&[
            b"ISA",
            b"00",
            b"          ",
            b"00",
            b"          ",
            b"ZZ",
            sender.as_bytes(),
            b"ZZ",
            receiver.as_bytes(),
            day,
            b"0630",
            b"^",
            b"00501",
            &Digits::padded(u64::from(self.number), 9),
            b"0",
            b"P",
            b":",
        ]);
    }

    fn group(&mut self, world: &World, hospital: bool, segments: &mut Segments<'_>) {
        self.groups += 1;
        self.kind = Some(hospital);
        let day = world.calendar.text(self.sent);
        segments.put(&[
            b"GS",
            b"HC",
            self.sender.id.as_bytes(),
            PAYER_ID.as_bytes(),
            day,
            b"0630",
            &self.group_number(),
            b"X",
            VERSIONS[usize::from(hospital)],
        ]);
    }

    fn group_number(&self) -> Digits {
        Digits::whole(u64::from(self.number) * 10 + u64::from(self.groups))
    }

    fn transaction(&mut self, world: &World, segments: &mut Segments<'_>) {
        self.transactions += 1;
        self.hierarchy = Hierarchy::default();
        segments.in_transaction = 0;
        let version = VERSIONS[usize::from(self.kind == Some(true))];
        let control = self.transaction_number();
        let batch = [b"B".as_slice(), &self.group_number(), b"-", &control].concat();
        let day = world.calendar.text(self.sent);
        let (id, name) = (self.sender.id.as_bytes(), self.sender.name.as_bytes());
        segments.put(&[b"ST", b"837", &control, version]);
        segments.put(&[b"BHT", b"0019", b"00", &batch, day, b"0630", b"CH"]);
        segments.put(&[b"NM1", b"41", b"2", name, b"", b"", b"", b"", b"46", id]);
        segments.put(&[b"PER", b"IC", b"CLAIMS DESK", b"TE", b"3035550100"]);
        let (payer, payer_id) = (PAYER_NAME.as_bytes(), PAYER_ID.as_bytes());
        segments.put(&[b"NM1", b"40", b"2", payer, b"", b"", b"", b"", b"46", payer_id]);
    }

    fn transaction_number(&self) -> Digits {
        Digits::padded(u64::from(self.transactions), 4)
    }

    fn close_transaction(&mut self, segments: &mut Segments<'_>) {
        if self.claims == 0 {
            return;
        }
        self.claims = 0;
        let count = Digits::whole(segments.in_transaction + 1);
        segments.put(&[b"SE", &count, &self.transaction_number()]);
    }

    fn close_group(&mut self, segments: &mut Segments<'_>) {
        if self.kind.take().is_none() {
            return;
        }
        let count = Digits::whole(u64::from(self.transactions));
        segments.put(&[b"GE", &count, &self.group_number()]);
        self.transactions = 0;
    }
}

fn text(day: &[u8; 8]) -> String {
    String::from_utf8_lossy(day).into_owned()
}

#[cfg(test)]
mod tests;
