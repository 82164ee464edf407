//! What goes wrong in a world: with messages, connections, programs, disks and clocks.

use super::{DAY_MS, PROVIDERS, World};
use crate::fault::Fault;
use crate::record::disk::Stopped;

impl World {
    pub(super) fn fault(&mut self) {
        let fault = match self.random.below(200) {
            0..=39 => Fault::Lost,
            40..=75 => Fault::Duplicated,
            76..=105 => Fault::Reordered,
            106..=135 => Fault::Delayed,
            136..=165 => Fault::Replayed,
            166..=169 => Fault::Damaged,
            170..=173 => Fault::Cut,
            174..=175 => Fault::Partition,
            176..=179 => Fault::Crash,
            180..=184 => Fault::CrashInTransaction,
            185..=186 => Fault::PowerLoss,
            187..=190 => Fault::DiskFull,
            191 => Fault::ClockJump,
            192..=193 => Fault::SlowPeer,
            194..=195 => Fault::FileTwice,
            196..=197 => Fault::DecidedTwice,
            198 => Fault::StatementTwice,
            _ => Fault::BackupRestored,
        };
        let (link, side) = self.some_side();
        let is_met = match fault {
            Fault::Lost
            | Fault::Duplicated
            | Fault::Reordered
            | Fault::Delayed
            | Fault::Replayed
            | Fault::Damaged => self.disturb(fault, link, side),
            Fault::Cut | Fault::Partition => self.cut(fault, link, side),
            _ => self.harm(fault),
        };
        if is_met {
            self.tally.count(fault);
            let words = format_args!("FAULT {}, link {link}, side {side}", fault.word());
            self.trace.note(&[5, fault as u64, link as u64, side as u64], words);
        }
        self.after();
    }

    pub(super) fn disturb(&mut self, fault: Fault, mut link: usize, mut side: usize) -> bool {
        // Where nothing is on its way there is nothing to disturb: the next wire, then.
        for _ in 0..2 * PROVIDERS {
            if !self.wires[link].is_empty(side) {
                break;
            }
            side = 1 - side;
            link = if side == 0 { (link + 1) % PROVIDERS } else { link };
        }
        self.wires[link].disturb(fault, side, self.step, &mut self.random)
    }

    pub(super) fn cut(&mut self, fault: Fault, link: usize, side: usize) -> bool {
        if !self.wires[link].is_connected {
            return false;
        }
        if !self.wires[link].cut_within(side, &mut self.random) {
            self.broken.get_or_insert("a part of a message was taken for a whole".to_owned());
        }
        if fault == Fault::Partition {
            self.wires[link].blocked_until = self.step + 20 + self.random.below(150);
        }
        for side in 0..2 {
            let (party, at) = World::on(link, side);
            self.parties[party].connected(at, None);
        }
        self.after();
        self.wires[link].clear();
        true
    }

    /// A fault of a node, its disk, its clock or its people.
    pub(super) fn harm(&mut self, fault: Fault) -> bool {
        let party = self.random.below(PROVIDERS as u64 + 1) as usize;
        let (step, count) = (self.step, self.random.below(9) as u32);
        let one = &mut self.parties[party];
        match fault {
            Fault::Crash => {
                one.crash();
                one.down_until = step + self.random.below(30);
            }
            // A trap counts when it closes.
            Fault::CrashInTransaction => {
                one.disk.set_trap(Stopped::Dead, count);
                return false;
            }
            Fault::DiskFull => {
                one.disk.set_trap(Stopped::Full, count);
                return false;
            }
            Fault::PowerLoss if self.random.chance(1, 2) => {
                one.disk.set_trap(Stopped::Dead, 4 * count);
                one.power = Some(self.random.below(256));
                return false;
            }
            Fault::PowerLoss => {
                let is_lost = one.disk.lose_power(self.random.below(256));
                one.crash();
                one.down_until = step + self.random.below(30);
                if !is_lost {
                    self.tally.count(Fault::Crash);
                }
                return is_lost;
            }
            Fault::ClockJump => {
                one.ahead_ms = match (one.ahead_ms, self.random.chance(1, 2)) {
                    (0, true) => DAY_MS,
                    (0, false) => -DAY_MS,
                    _ => 0,
                };
            }
            Fault::SlowPeer => one.down_until = step + 10 + self.random.below(60),
            Fault::BackupRestored => return self.restore_backup(party),
            _ => return self.err(fault, party),
        }
        true
    }
}
