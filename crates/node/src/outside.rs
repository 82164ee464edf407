//! Clock and chance of the operating system: everything else is given them.

use counterfoil_cli::{Date, add_days};
use counterfoil_wire::{Chance, Clock};

/// Milliseconds since 1970-01-01T00:00:00Z by the system's clock.
#[expect(clippy::disallowed_methods, reason = "time enters here")]
pub fn now_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// The day by the system's clock, in Coordinated Universal Time.
pub fn today() -> Date {
    let epoch = Date::constant(1970, 1, 1);
    let days = now_ms().div_euclid(86_400_000);
    add_days(epoch, days).unwrap_or(epoch)
}

/// Now, for measuring how long something takes.
#[expect(clippy::disallowed_methods, reason = "time enters here")]
pub fn instant() -> std::time::Instant {
    std::time::Instant::now()
}

/// 32 bytes from the system's source of randomness. Without one there is no key that could be
/// kept secret, so the program ends.
pub fn random() -> [u8; 32] {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).expect("the system gives random bytes");
    bytes
}

/// The system's clock, for the wire.
pub struct SystemClock;

impl Clock for SystemClock {
    fn now_ms(&self) -> i64 {
        now_ms()
    }
}

/// The system's source of randomness, for the wire.
pub struct SystemChance;

impl Chance for SystemChance {
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the system gives random bytes");
    }
}
