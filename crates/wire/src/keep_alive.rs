//! Signs of life: when to ping, and when to give a peer up. Pure; the caller brings the time.

/// Milliseconds without a byte after which a ping is sent.
pub const PING_AFTER_MS: u64 = 15_000;
/// Milliseconds without a byte after which the peer is given up.
pub const SILENCE_MS_MAX: u64 = 45_000;

/// What is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Nothing before this time (milliseconds of the caller's steady clock).
    At(u64),
    /// A ping with this number.
    Ping(u64),
    /// The peer has been silent for so many milliseconds: give it up.
    Silent(u64),
}

/// Watches one connection. Times are milliseconds of a clock that never goes back.
#[derive(Clone, Debug)]
pub struct KeepAlive {
    ping_after_ms: u64,
    silence_ms_max: u64,
    heard_at: u64,
    pinged_at: Option<u64>,
    number: u64,
    round_trip_ms: Option<u64>,
}

impl KeepAlive {
    /// Begins at a time at which the peer was heard.
    #[must_use]
    pub fn new(ping_after_ms: u64, silence_ms_max: u64, now: u64) -> KeepAlive {
        KeepAlive {
            ping_after_ms,
            silence_ms_max,
            heard_at: now,
            pinged_at: None,
            number: 0,
            round_trip_ms: None,
        }
    }

    /// Bytes arrived.
    pub fn heard(&mut self, now: u64) {
        self.heard_at = self.heard_at.max(now);
    }

    /// A pong arrived; of an older ping it counts as a sign of life only.
    pub fn ponged(&mut self, number: u64, now: u64) {
        if number == self.number
            && let Some(pinged_at) = self.pinged_at
        {
            self.round_trip_ms = Some(now.saturating_sub(pinged_at));
        }
    }

    /// What is due at a time.
    pub fn due(&mut self, now: u64) -> Due {
        let silent = now.saturating_sub(self.heard_at);
        if silent >= self.silence_ms_max {
            return Due::Silent(silent);
        }
        let last = self.pinged_at.map_or(self.heard_at, |pinged| pinged.max(self.heard_at));
        let ping_at = last.saturating_add(self.ping_after_ms);
        if now >= ping_at {
            self.pinged_at = Some(now);
            self.number = self.number.saturating_add(1);
            return Due::Ping(self.number);
        }
        Due::At(ping_at.min(self.heard_at.saturating_add(self.silence_ms_max)))
    }

    /// Milliseconds between the last answered ping and its pong.
    #[must_use]
    pub fn round_trip_ms(&self) -> Option<u64> {
        self.round_trip_ms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quiet_peer_is_pinged_and_then_given_up() {
        let mut life = KeepAlive::new(15, 45, 100);
        assert_eq!(life.due(100), Due::At(115));
        life.heard(110);
        assert_eq!(life.due(115), Due::At(125));
        assert_eq!(life.due(125), Due::Ping(1));
        assert_eq!(life.due(125), Due::At(140));
        life.heard(130);
        life.ponged(1, 130);
        assert_eq!(life.round_trip_ms(), Some(5));
        assert_eq!(life.due(144), Due::At(145));
        assert_eq!(life.due(145), Due::Ping(2));
        life.ponged(1, 150);
        assert_eq!(life.round_trip_ms(), Some(5), "an old pong measures nothing");
        assert_eq!(life.due(160), Due::Ping(3));
        assert_eq!(life.due(161), Due::At(175));
        assert_eq!(life.due(175), Due::Silent(45));
    }
}
