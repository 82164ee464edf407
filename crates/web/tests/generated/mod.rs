//! A desk over generated data, for tests of the pages and for the gallery: a health plan with two
//! partners, 1,204 claims and everything that belongs to them. Nothing in it is real.

mod agreed;
mod answers;
mod book;
mod checked;
mod details;
mod held;
mod listed;
mod world;

pub use world::World;

use book::Book;
use counterfoil_base::Phi;
use counterfoil_web::view::{AuditEvent, ChangesRequest, MatchState, Standing};
use counterfoil_web::{
    Account, Answer, DeskError, DeskErrorKind, Employer, LiveEvent, Role, StoredAccount, Viewer,
    hash_password,
};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use tokio::sync::watch;

/// What the desk shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(dead_code, reason = "each test program shows some of them")]
pub enum Mood {
    /// Everything.
    Full,
    /// A new node.
    Empty,
    /// A database that is away; only the head of the page and the audit record answer.
    Broken,
}

/// The password of every generated account.
pub const PASSWORD: &str = "generated data 835";

/// The moment at which the generated world stands still.
pub fn now() -> Timestamp {
    "2026-06-30T15:04:05Z".parse().expect("a moment")
}

/// The desk.
pub struct GeneratedDesk {
    pub mood: Mood,
    pub world: World,
    pub audit: Mutex<Vec<AuditEvent>>,
    pub decided: Mutex<BTreeMap<String, (String, String)>>,
    pub drafts: Mutex<BTreeMap<(String, String), String>>,
    pub uploads: Mutex<BTreeMap<String, String>>,
    pub withdrawn: Mutex<BTreeSet<String>>,
    pub signed: Mutex<BTreeSet<String>>,
    pub request: Mutex<ChangesRequest>,
    pub live: Mutex<Vec<LiveEvent>>,
    pub announce: watch::Sender<u64>,
}

impl GeneratedDesk {
    /// A desk with all or nothing in it.
    pub fn new(mood: Mood) -> GeneratedDesk {
        GeneratedDesk {
            mood,
            world: if mood == Mood::Empty { World::empty() } else { World::generate(1, 1204) },
            audit: Mutex::default(),
            decided: Mutex::default(),
            drafts: Mutex::default(),
            uploads: Mutex::default(),
            withdrawn: Mutex::default(),
            signed: Mutex::default(),
            request: Mutex::default(),
            live: Mutex::default(),
            announce: watch::channel(0).0,
        }
    }

    /// Tells open pages that something has changed.
    pub fn tell(&self, subject: &str, words: &str) {
        let mut live = self.live.lock().expect("no test panics in here");
        let id = live.last().map_or(1, |event| event.id + 1);
        live.push(LiveEvent { id, subject: subject.to_owned(), words: words.to_owned() });
        self.announce.send_replace(id);
    }

    /// The error of a database that is away.
    fn answers(&self) -> Answer<()> {
        if self.mood != Mood::Broken {
            return Ok(());
        }
        let away = "The node cannot reach its database.";
        Err(DeskError::new(
            DeskErrorKind::Unavailable,
            away,
            "It is restarting or the disk is full.",
        )
        .next("Try again in a minute; an administrator sees the cause on the node's page.")
        .unchanged("Everything; nothing was lost and nothing was done."))
    }

    fn standing_of(&self, viewer: &Viewer) -> Standing {
        let mut book = Book::default();
        let partners = world::PARTNERS.iter().filter(|(id, _)| sees(viewer, id));
        let partners = partners.map(|(id, name)| ((*name).to_owned(), self.match_with(id)));
        Standing {
            organization: "Lakeshore Health Plan".to_owned(),
            side: counterfoil_web::view::Side::Payer,
            generated: true,
            as_of: now(),
            source: "own books and the twin record".to_owned(),
            partners: partners.collect(),
            alarms: self.alarms(viewer, &mut book),
        }
    }

    fn match_with(&self, partner: &str) -> MatchState {
        match (self.mood, partner) {
            (Mood::Empty, _) => {
                MatchState::Unknown { why: "Nothing was exchanged yet.".to_owned() }
            }
            (_, "harbor") => MatchState::Equal { hash: "5f0c91d2a7".to_owned() },
            _ => MatchState::Differs {
                count: 2,
                first: "event 418: posted 80.00, ours says paid 92.50".to_owned(),
            },
        }
    }
}

/// True when the viewer may see what is shared with this partner.
pub fn sees(viewer: &Viewer, partner: &str) -> bool {
    match &viewer.account.employer {
        Employer::Own => true,
        Employer::Partner(own) => own == partner,
    }
}

/// Who may sign in to the generated node.
pub struct GeneratedAccounts(BTreeMap<String, StoredAccount>);

impl GeneratedAccounts {
    /// One account a role and employer: `po`, `pb`, ... of the plan itself, `po-harbor`,
    /// `po-maple`, ... of its partners, `closed` and `all`.
    pub fn new() -> GeneratedAccounts {
        let password = Phi::new(PASSWORD.to_owned());
        let hash = hash_password(&password, *b"generated salt!!").expect("a short password");
        let mut accounts = BTreeMap::new();
        let mut add = |name: String, roles: Vec<Role>, employer: Employer, is_open: bool| {
            let account = Account { id: format!("a-{name}"), name: name.clone(), roles, employer };
            let stored = StoredAccount { account, password_hash: hash.clone(), is_open };
            accounts.insert(name, stored);
        };
        for role in Role::ALL {
            let name = role.letters().to_lowercase();
            add(name.clone(), vec![role], Employer::Own, true);
            for (partner, _) in world::PARTNERS {
                let employer = Employer::Partner(partner.to_owned());
                add(format!("{name}-{partner}"), vec![role], employer, true);
            }
        }
        add("closed".to_owned(), vec![Role::PayerOperations], Employer::Own, false);
        add("all".to_owned(), Role::ALL.to_vec(), Employer::Own, true);
        GeneratedAccounts(accounts)
    }
}

impl counterfoil_web::Accounts for GeneratedAccounts {
    fn account(&self, name: &str) -> Answer<Option<StoredAccount>> {
        Ok(self.0.get(name).cloned())
    }

    fn signed_in(&self, _: &Account, _: Timestamp) -> Answer<()> {
        Ok(())
    }
}
