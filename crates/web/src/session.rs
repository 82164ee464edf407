//! Who is signed in, for how long, and how guessing passwords is slowed down.
//!
//! Sessions live in memory: after a restart everybody signs in again, and drafts are kept by the
//! desk. A session's token is held only as its SHA-256.

use crate::account::Account;
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Sessions at one time, of everybody; the oldest ends when one more begins.
pub const SESSIONS_MAX: usize = 20_000;
/// Sessions of one account; the oldest ends when one more begins.
pub const SESSIONS_PER_ACCOUNT_MAX: usize = 16;
/// Names whose failed attempts are remembered; the oldest is forgotten first.
const NAMES_MAX: usize = 20_000;
/// Attempts before waiting begins.
const ATTEMPTS_FREE: u32 = 3;
/// Longest wait after failed attempts, in seconds.
const WAIT_SECONDS_MAX: i64 = 900;
/// How long an ended session is remembered, so that a form that comes late becomes a draft.
const REMEMBER_SECONDS: i64 = 3_600;

/// A person at a browser.
#[derive(Clone, Debug)]
pub struct Session {
    /// The person.
    pub account: Arc<Account>,
    /// What forms must bring along (against cross-site request forgery).
    pub form_token: String,
    began: Timestamp,
    last_active: Timestamp,
}

/// What a token stands for.
#[derive(Clone, Debug)]
pub enum Found {
    /// Somebody who is signed in.
    Live(Session),
    /// Somebody who was, not long ago.
    Ended(Session),
    /// Nobody.
    Nobody,
}

/// How long people stay signed in, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionTimes {
    /// Without doing anything.
    pub idle_seconds: i64,
    /// In all.
    pub whole_seconds: i64,
}

/// Everybody who is signed in.
#[derive(Debug)]
pub struct Sessions {
    times: SessionTimes,
    by_token: Mutex<BTreeMap<[u8; 32], Session>>,
    attempts: Mutex<BTreeMap<String, Attempts>>,
}

#[derive(Clone, Copy, Debug)]
struct Attempts {
    failed: u32,
    wait_until: Timestamp,
}

/// A lock whose holder panicked holds whole values still: each change is one call.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn seconds_between(from: Timestamp, to: Timestamp) -> i64 {
    to.as_second().saturating_sub(from.as_second())
}

impl Sessions {
    /// Nobody is signed in yet.
    #[must_use]
    pub fn new(times: SessionTimes) -> Sessions {
        Sessions {
            times,
            by_token: Mutex::new(BTreeMap::new()),
            attempts: Mutex::new(BTreeMap::new()),
        }
    }

    /// Begins a session with 32 random bytes for its token and 32 for its forms; gives the token.
    pub fn begin(&self, account: Account, random: ([u8; 32], [u8; 32]), now: Timestamp) -> String {
        let token = hex(&random.0);
        let session = Session {
            account: Arc::new(account),
            form_token: hex(&random.1),
            began: now,
            last_active: now,
        };
        let mut sessions = lock(&self.by_token);
        sessions.retain(|_, s| seconds_between(s.last_active, now) < self.forget_after());
        let own = session.account.id.clone();
        drop_oldest(&mut sessions, SESSIONS_PER_ACCOUNT_MAX, |s| s.account.id == own);
        drop_oldest(&mut sessions, SESSIONS_MAX, |_| true);
        sessions.insert(digest(&token), session);
        token
    }

    fn forget_after(&self) -> i64 {
        self.times.idle_seconds.saturating_add(REMEMBER_SECONDS)
    }

    /// Who a token stands for; `is_act` when the request is something that a person did.
    #[must_use]
    pub fn find(&self, token: &str, now: Timestamp, is_act: bool) -> Found {
        let mut sessions = lock(&self.by_token);
        let Some(session) = sessions.get_mut(&digest(token)) else { return Found::Nobody };
        let is_live = seconds_between(session.last_active, now) < self.times.idle_seconds
            && seconds_between(session.began, now) < self.times.whole_seconds;
        if !is_live {
            return Found::Ended(session.clone());
        }
        if is_act {
            session.last_active = now;
        }
        Found::Live(session.clone())
    }

    /// Ends a session.
    pub fn end(&self, token: &str) {
        lock(&self.by_token).remove(&digest(token));
    }

    /// Ends all sessions of an account, for example when it is closed.
    pub fn end_account(&self, account: &str) {
        lock(&self.by_token).retain(|_, session| session.account.id != account);
    }

    /// Seconds to wait before another attempt under this name; zero when there is no wait.
    #[must_use]
    pub fn wait_seconds(&self, name: &str, now: Timestamp) -> i64 {
        let attempts = lock(&self.attempts);
        let until = attempts.get(&name.to_lowercase()).map(|attempts| attempts.wait_until);
        until.map_or(0, |until| seconds_between(now, until).max(0))
    }

    /// Remembers a failed attempt: after three, the wait doubles from two seconds to 15 minutes.
    pub fn failed(&self, name: &str, now: Timestamp) {
        let mut attempts = lock(&self.attempts);
        if attempts.len() >= NAMES_MAX {
            attempts.retain(|_, a| seconds_between(a.wait_until, now) < WAIT_SECONDS_MAX);
        }
        if attempts.len() >= NAMES_MAX {
            attempts.pop_first();
        }
        let start = Attempts { failed: 0, wait_until: now };
        let entry = attempts.entry(name.to_lowercase()).or_insert(start);
        entry.failed = entry.failed.saturating_add(1);
        let doublings = entry.failed.saturating_sub(ATTEMPTS_FREE).min(10);
        if doublings > 0 {
            let wait = (1i64 << doublings).min(WAIT_SECONDS_MAX);
            let until = now.as_second().saturating_add(wait);
            entry.wait_until = Timestamp::from_second(until).unwrap_or(Timestamp::MAX);
        }
    }

    /// Forgets failed attempts after one that succeeded.
    pub fn succeeded(&self, name: &str) {
        lock(&self.attempts).remove(&name.to_lowercase());
    }
}

/// Makes room for one more among the sessions that are chosen.
fn drop_oldest(
    sessions: &mut BTreeMap<[u8; 32], Session>,
    at_most: usize,
    chosen: impl Fn(&Session) -> bool,
) {
    let mut ages: Vec<(Timestamp, [u8; 32])> =
        sessions.iter().filter(|(_, s)| chosen(s)).map(|(k, s)| (s.last_active, *k)).collect();
    ages.sort();
    let surplus = (ages.len() + 1).saturating_sub(at_most);
    for (_, key) in ages.into_iter().take(surplus) {
        sessions.remove(&key);
    }
}

fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// Lower-case hexadecimal.
#[must_use]
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble & 15)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::{Employer, Role};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn sessions() -> Sessions {
        Sessions::new(SessionTimes { idle_seconds: 900, whole_seconds: 3_600 })
    }

    fn account(id: &str) -> Account {
        Account {
            id: id.to_owned(),
            name: id.to_owned(),
            roles: vec![Role::ProviderBilling],
            employer: Employer::Own,
        }
    }

    #[test]
    fn a_session_ends_when_idle_and_when_it_is_old() {
        let sessions = sessions();
        let token = sessions.begin(account("a"), ([1; 32], [2; 32]), at(0));
        assert!(matches!(sessions.find(&token, at(899), false), Found::Live(_)));
        // Asking was no act of the person, so the idle time went on.
        assert!(matches!(sessions.find(&token, at(900), true), Found::Ended(_)));
        let token = sessions.begin(account("a"), ([3; 32], [2; 32]), at(0));
        for second in (0..3_600).step_by(800) {
            assert!(matches!(sessions.find(&token, at(second), true), Found::Live(_)));
        }
        assert!(matches!(sessions.find(&token, at(3_600), true), Found::Ended(_)));
        sessions.end(&token);
        assert!(matches!(sessions.find(&token, at(1), true), Found::Nobody));
        assert!(matches!(sessions.find("", at(1), true), Found::Nobody));
    }

    #[test]
    fn one_account_holds_a_bounded_number_of_sessions() {
        let sessions = sessions();
        let tokens: Vec<String> = (0..20)
            .map(|n| sessions.begin(account("a"), ([n; 32], [0; 32]), at(i64::from(n))))
            .collect();
        let live =
            tokens.iter().filter(|t| matches!(sessions.find(t, at(20), false), Found::Live(_)));
        assert_eq!(live.count(), SESSIONS_PER_ACCOUNT_MAX);
    }

    #[test]
    fn the_wait_doubles_and_ends_with_success() {
        let sessions = sessions();
        let mut waits = Vec::new();
        for _ in 0..14 {
            sessions.failed("Ana", at(0));
            waits.push(sessions.wait_seconds("ana", at(0)));
        }
        assert_eq!(waits, [0, 0, 0, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
        assert_eq!(sessions.wait_seconds("ana", at(899)), 1);
        assert_eq!(sessions.wait_seconds("ana", at(900)), 0);
        sessions.succeeded("ana");
        assert_eq!(sessions.wait_seconds("ana", at(0)), 0);
        assert_eq!(sessions.wait_seconds("bob", at(0)), 0);
    }
}
