//! `counterfoil doctor`: what would keep a node from working, each with its next step.

use crate::data::{self, DataFolder};
use crate::outside::now_ms;
use counterfoil_cli::{CommandError, Console, Outcome, ReportOptions, signing_key};
use counterfoil_operations::OperationsError;
use counterfoil_operations::halves::{load_twin, relations};
use counterfoil_store::{PeerRow, Store};
use counterfoil_twin::Author;
use serde_json::json;
use std::net::{TcpListener, TcpStream, ToSocketAddrs};
use std::path::Path;
use std::time::Duration;

/// How long a partner's node may take to answer.
const DIAL_MAX: Duration = Duration::from_secs(3);
/// A clock before this is wrong: 2026-01-01T00:00:00Z.
const CLOCK_MS_MIN: i64 = 1_767_225_600_000;
const HOUR_MS: i64 = 3_600_000;

/// Bytes that are free for this process on the disk of a folder.
pub fn free_bytes(folder: &Path) -> Option<u64> {
    let found = rustix::fs::statvfs(folder).ok()?;
    Some(found.f_bavail.saturating_mul(found.f_frsize))
}

enum Verdict {
    Well(String),
    Act { what: String, next: String },
}

fn act(what: impl Into<String>, next: impl Into<String>) -> Verdict {
    Verdict::Act { what: what.into(), next: next.into() }
}

/// Looks at everything and tells it.
pub fn run(options: &ReportOptions, console: &mut Console<'_>) -> Result<Outcome, CommandError> {
    let folder = DataFolder::open(&options.data.data)?;
    let mut checks = vec![
        ("keys", keys(&folder, console)),
        ("database", database(&folder)),
        ("disk", disk(&folder)),
        ("clock", clock(&folder)),
        ("ports", ports(&folder)),
    ];
    if let (_, Verdict::Well(_)) = &checks[1] {
        checks.push(("heads", heads(&folder)));
        checks.push(("partners", partners(&folder)));
    }
    checks.push(("backup", backup(&folder)));
    let mut outcome = Outcome::Done;
    for (name, verdict) in checks {
        let (is_well, what, next) = match verdict {
            Verdict::Well(what) => (true, what, String::new()),
            Verdict::Act { what, next } => (false, what, next),
        };
        if !is_well {
            outcome = Outcome::Findings;
        }
        if options.json {
            console
                .print_json(&json!({ "check": name, "ok": is_well, "what": what, "next": next }));
        } else {
            let mark = if is_well { "ok  " } else { "act " };
            console.print(&format!("{mark} {name:<9} {what}"));
            if !is_well {
                console.print(&format!("     next:     {next}"));
            }
        }
    }
    Ok(outcome)
}

fn keys(folder: &DataFolder, console: &Console<'_>) -> Verdict {
    let read = folder.identity().and_then(|_| signing_key(&folder.path, console));
    if let Err(cause) = read {
        let next = "restore the key from a backup; a new one needs pairing anew with every partner";
        return act(cause.to_string(), next);
    }
    for file in [data::TLS_KEY_FILE, data::SIGNING_KEY_FILE] {
        let path = folder.path.join(file);
        let mode = std::fs::metadata(&path)
            .map(|about| std::os::unix::fs::MetadataExt::mode(&about))
            .unwrap_or(0);
        if mode & 0o077 != 0 {
            let what = format!("others may read {}", path.display());
            return act(what, format!("chmod 600 {}", path.display()));
        }
    }
    Verdict::Well("both are there and only their owner may read them".into())
}

fn database(folder: &DataFolder) -> Verdict {
    let next = "stop the node and restore the last backup";
    if let Err(cause) = folder.store() {
        return act(cause.to_string(), next);
    }
    match Store::damage(&folder.place) {
        Ok(None) => Verdict::Well("it opens and its structure is whole".into()),
        Ok(Some(damage)) => act(format!("the file is damaged: {damage}"), next),
        Err(cause) => act(cause.to_string(), next),
    }
}

fn disk(folder: &DataFolder) -> Verdict {
    let least = folder.config.disk_free_bytes_min;
    match free_bytes(&folder.path) {
        None => act("the disk cannot be asked", "check the data folder"),
        Some(free) if free < least => {
            let what = format!("{free} bytes are free, less than work.disk_free_bytes_min {least}");
            act(what, "make room, or move the data folder to a larger disk")
        }
        Some(free) => Verdict::Well(format!("{free} bytes are free")),
    }
}

fn clock(folder: &DataFolder) -> Verdict {
    let now = now_ms();
    let newest = folder.store().ok().and_then(|mut store| newest_event_ms(&mut store));
    let next = "set the clock by a time server: partners refuse one that is 5 minutes off";
    match newest {
        _ if now < CLOCK_MS_MIN => act("the clock stands before 2026", next),
        Some(newest) if now < newest => {
            let behind = (newest - now) / 1_000;
            act(format!("the clock is {behind} s behind the newest event"), next)
        }
        _ => Verdict::Well("it stands behind every event of the record".into()),
    }
}

fn newest_event_ms(store: &mut Store) -> Option<i64> {
    let found: Result<Option<i64>, OperationsError> = store.transaction("newest event", |tx| {
        let mut newest = None;
        for relation in relations(tx)? {
            for author in Author::BOTH {
                let size = relation.chain(tx, author)?.size();
                let from = (size.saturating_sub(1), 1);
                for row in tx.twin_events(relation.id, author.sign(), from)? {
                    let time = counterfoil_twin::Event::decode(&row.event).ok().map(|e| e.time_ms);
                    newest = newest.max(time);
                }
            }
        }
        Ok(newest)
    });
    found.ok().flatten()
}

fn ports(folder: &DataFolder) -> Verdict {
    let is_served = folder.lock().is_err();
    for (setting, address) in
        [("pages.listen", &folder.config.pages_listen), ("wire.listen", &folder.config.wire_listen)]
    {
        let bound = TcpListener::bind(address.as_str());
        match (is_served, bound) {
            (false, Err(cause)) => {
                let what = format!("{address} cannot be used: {cause}");
                return act(what, format!("set {setting} in node.toml to a free address"));
            }
            (true, Ok(_)) if !address.ends_with(":0") => {
                let what = format!("the node runs and does not listen at {address}");
                return act(what, "start the node again: node.toml has changed since");
            }
            _ => {}
        }
    }
    let what = if is_served { "the node runs and listens" } else { "both can be used" };
    Verdict::Well(what.into())
}

/// Folds both halves of every relationship anew and checks them against the kept heads.
fn heads(folder: &DataFolder) -> Verdict {
    let next = "stop the node, export what is here, and restore the last backup";
    let looked = folder.store().map_err(|cause| cause.to_string()).and_then(|mut store| {
        let checked: Result<Option<String>, OperationsError> =
            store.read("check the record", |tx| {
                for relation in relations(tx)? {
                    let twin = load_twin(tx, &relation)?;
                    for author in Author::BOTH {
                        for head in
                            counterfoil_operations::halves::kept_heads(tx, &relation, author)?
                        {
                            let tree = head.signed.head.tree;
                            if twin.tree(author).root_at(tree.size) != Some(tree.root) {
                                let partner = &relation.partner;
                                return Ok(Some(format!(
                                    "the record with {partner} is not what the head of {} events \
                                     says",
                                    tree.size
                                )));
                            }
                        }
                    }
                }
                Ok(None)
            });
        checked.map_err(|cause| cause.to_string())
    });
    match looked {
        Ok(None) => Verdict::Well("every half follows, and is what its signed heads say".into()),
        Ok(Some(what)) | Err(what) => act(what, next),
    }
}

fn partners(folder: &DataFolder) -> Verdict {
    let peers: Result<Vec<PeerRow>, String> =
        folder.store().map_err(|cause| cause.to_string()).and_then(|mut store| {
            let listed: Result<_, OperationsError> =
                store.read("list paired nodes", |tx| Ok(tx.peers()?));
            listed.map_err(|cause| cause.to_string())
        });
    let peers = match peers {
        Ok(peers) => peers,
        Err(what) => return act(what, "mend the database first"),
    };
    let dialed = peers.iter().filter(|peer| !peer.addresses.is_empty());
    for peer in dialed {
        if !peer.addresses.iter().any(|address| answers(address)) {
            let what = format!("nobody answers at {}", peer.addresses.join(" or "));
            return act(what, "ask the partner whether its node runs; events wait here meanwhile");
        }
    }
    match peers.len() {
        0 => Verdict::Well("none yet".into()),
        count => Verdict::Well(format!("{count} paired; those that can be dialed answer")),
    }
}

fn answers(address: &str) -> bool {
    let Ok(found) = address.to_socket_addrs() else { return false };
    found.into_iter().any(|one| TcpStream::connect_timeout(&one, DIAL_MAX).is_ok())
}

fn backup(folder: &DataFolder) -> Verdict {
    let path = folder.path.join(data::LAST_BACKUP_FILE);
    let last = std::fs::read_to_string(path).ok().and_then(|text| text.trim().parse().ok());
    let next = "`counterfoil backup --data DIR --to DIR` makes one while the node runs";
    let hours_max = i64::try_from(folder.config.backup_age_hours_max).unwrap_or(i64::MAX);
    match last {
        None => act("no backup was ever made", next),
        Some(last) => match now_ms().saturating_sub(last) / HOUR_MS {
            hours if hours > hours_max => act(format!("the last is {hours} hours old"), next),
            hours => Verdict::Well(format!("the last is {hours} hours old")),
        },
    }
}
