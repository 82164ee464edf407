//! Credit: how many bytes a side may still send on a channel (docs/reference/wire.md, section 3).

use crate::frame::FRAME_COST_BYTES;

/// What a frame of so many bytes costs.
#[must_use]
pub fn frame_cost(bytes: usize) -> u64 {
    u64::try_from(bytes.saturating_add(FRAME_COST_BYTES)).unwrap_or(u64::MAX)
}

/// The sender's side: totals since the connection began.
#[derive(Clone, Debug)]
pub struct SendCredit {
    granted: u64,
    spent: u64,
}

impl SendCredit {
    /// Begins with the window of the other side's hello.
    #[must_use]
    pub fn new(window: u32) -> SendCredit {
        SendCredit { granted: u64::from(window), spent: 0 }
    }

    /// Cost that can be sent now.
    #[must_use]
    pub fn left(&self) -> u64 {
        self.granted.saturating_sub(self.spent)
    }

    /// Spends the cost of a frame; `false`, and nothing spent, when it must wait.
    pub fn spend(&mut self, cost: u64) -> bool {
        let fits = cost <= self.left();
        if fits {
            self.spent = self.spent.saturating_add(cost);
        }
        fits
    }

    /// Raises the total that is granted; a lower total changes nothing.
    pub fn grant(&mut self, total: u64) {
        self.granted = self.granted.max(total);
    }
}

/// The receiver's side: totals since the connection began.
#[derive(Clone, Debug)]
pub struct ReceiveCredit {
    window: u64,
    granted: u64,
    received: u64,
    taken: u64,
}

impl ReceiveCredit {
    /// Begins with the window of the own hello.
    #[must_use]
    pub fn new(window: u32) -> ReceiveCredit {
        let window = u64::from(window);
        ReceiveCredit { window, granted: window, received: 0, taken: 0 }
    }

    /// Counts a frame that arrived; `false` when the sender has overdrawn.
    #[must_use]
    pub fn receive(&mut self, cost: u64) -> bool {
        self.received = self.received.saturating_add(cost);
        self.received <= self.granted
    }

    /// Counts a frame that the caller took; the new total to grant when it exceeds the last by a
    /// quarter of the window. So three quarters are left to a sender whose frames were all taken,
    /// and the largest frame fits: see [`WINDOW_BYTES_MIN`].
    ///
    /// [`WINDOW_BYTES_MIN`]: crate::WINDOW_BYTES_MIN
    pub fn take(&mut self, cost: u64) -> Option<u64> {
        self.taken = self.taken.saturating_add(cost);
        let total = self.taken.saturating_add(self.window);
        let is_due = total.saturating_sub(self.granted) >= self.window / 4;
        is_due.then(|| {
            self.granted = total;
            total
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// However sending, granting and taking interleave: the sender that keeps to its credit
        /// never overdraws, what is held never exceeds the window, and all gets through.
        #[test]
        fn honest_senders_never_overdraw_and_never_starve(
            sizes in proptest::collection::vec(0usize..5_000, 1..200),
            takes in proptest::collection::vec(any::<bool>(), 1..50),
        ) {
            const WINDOW: u32 = 8_000;
            let (mut send, mut receive) = (SendCredit::new(WINDOW), ReceiveCredit::new(WINDOW));
            let mut unsent: std::collections::VecDeque<u64> =
                sizes.iter().map(|size| frame_cost(*size)).collect();
            let mut held = std::collections::VecDeque::new();
            let mut takes = takes.iter().cycle();
            while !unsent.is_empty() || !held.is_empty() {
                let mut moved = false;
                if let Some(cost) = unsent.front().copied().filter(|cost| send.spend(*cost)) {
                    unsent.pop_front();
                    prop_assert!(receive.receive(cost));
                    held.push_back(cost);
                    moved = true;
                }
                prop_assert!(held.iter().sum::<u64>() <= u64::from(WINDOW));
                if !moved || takes.next() == Some(&true) {
                    let cost = held.pop_front();
                    prop_assert!(moved || cost.is_some(), "neither side can move");
                    if let Some(total) = cost.and_then(|cost| receive.take(cost)) {
                        send.grant(total);
                    }
                }
            }
        }
    }

    #[test]
    fn a_sender_that_overdraws_is_found() {
        let mut receive = ReceiveCredit::new(100);
        assert!(receive.receive(100));
        assert!(!receive.receive(1));
    }
}
