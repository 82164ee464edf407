//! What goes wrong in a world of offices.

use super::World;
use crate::fault::Fault;
use counterfoil_twin::sync::Input;

const DAY_MS: i64 = 86_400_000;

impl World {
    pub(super) fn fault(&mut self, mut link: usize, mut side: usize, party: usize) {
        let fault = match self.random.below(200) {
            0..=39 => Fault::Lost,
            40..=74 => Fault::Duplicated,
            75..=104 => Fault::Reordered,
            105..=134 => Fault::Delayed,
            135..=164 => Fault::Replayed,
            165..=168 => Fault::Damaged,
            169..=173 => Fault::Cut,
            174..=175 => Fault::Partition,
            176..=179 => Fault::Crash,
            180..=186 => Fault::CrashInTransaction,
            187..=190 => Fault::DiskFull,
            191 => Fault::ClockJump,
            192..=195 => Fault::SlowPeer,
            _ => Fault::FileTwice,
        };
        for _ in 0..4 {
            if !self.wires[link].is_empty(side) {
                break;
            }
            side = 1 - side;
            link = if side == 0 { 1 - link } else { link };
        }
        let step = self.step;
        let is_met = match fault {
            Fault::Lost | Fault::Duplicated | Fault::Reordered | Fault::Delayed => {
                self.wires[link].disturb(fault, side, step, &mut self.random)
            }
            Fault::Replayed | Fault::Damaged => {
                self.wires[link].disturb(fault, side, step, &mut self.random)
            }
            Fault::Cut | Fault::Partition => self.cut(fault, link, side),
            _ => self.harm(fault, party),
        };
        if is_met {
            self.tally.count(fault);
            let words = format_args!("FAULT {}, link {link}, party {party}", fault.word());
            self.trace.note(&[7, fault as u64, link as u64, side as u64], words);
        }
    }

    pub(super) fn cut(&mut self, fault: Fault, link: usize, side: usize) -> bool {
        if !self.wires[link].is_connected {
            return false;
        }
        if !self.wires[link].cut_within(side, &mut self.random) {
            self.broken.get_or_insert("a part of a message was taken for a whole".to_owned());
        }
        if fault == Fault::Partition {
            self.wires[link].blocked_until = self.step + 20 + self.random.below(100);
        }
        for side in 0..2 {
            let (party, at) = World::on(link, side);
            self.give(party, at, Input::Disconnected);
        }
        self.wires[link].clear();
        true
    }

    pub(super) fn harm(&mut self, fault: Fault, party: usize) -> bool {
        let step = self.step;
        match fault {
            Fault::Crash => {
                self.parties[party].crash();
                self.parties[party].down_until = step + self.random.below(20);
                self.settle(party, Ok(()));
            }
            // These two count when they meet work.
            Fault::CrashInTransaction => {
                let statements = self.random.below(60);
                self.parties[party].around.store.go_away_after(Some(statements));
                return false;
            }
            Fault::DiskFull => {
                self.is_full[party] = !self.is_full[party];
                let pages = self.is_full[party].then(|| self.random.below(3) as u32);
                let done = self.parties[party].around.store.leave_room(pages);
                self.broken = self.broken.take().or(done.err().map(|cause| cause.to_string()));
                return false;
            }
            Fault::ClockJump => {
                self.ahead_ms[party] = match (self.ahead_ms[party], self.random.chance(1, 2)) {
                    (0, true) => DAY_MS,
                    (0, false) => -DAY_MS,
                    _ => 0,
                };
            }
            Fault::SlowPeer => {
                self.parties[party].down_until = step + 10 + self.random.below(40);
            }
            Fault::FileTwice if party > 0 && self.handed_in[party - 1] > 0 && self.is_up(party) => {
                let file = self.random.below(self.handed_in[party - 1] as u64) as usize;
                let done = self.hand_in(party, file);
                self.settle(party, done);
            }
            Fault::FileTwice if party == 0 && self.is_up(0) => {
                // A file of the record comes to the payer by another way as well, perhaps first.
                let bytes = self.files[0][0].clone();
                let done = self.parties[0].adjudicate("by another way.x12", &bytes);
                self.settle(0, done);
            }
            _ => return false,
        }
        true
    }
}
