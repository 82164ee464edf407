//! The health of the node and who can do what, and the record of who saw or changed what.

use crate::book::{Book, Story, rule};
use crate::listing::{Named, Shown};
use crate::office::{OfficeDesk, lock, stopped, trouble};
use crate::seal::hex;
use counterfoil_operations::halves::relations;
use counterfoil_store::{AuditRecord, ListName, ListPage, Transaction};
use counterfoil_web::view::{
    AccountLine, AuditEvent, AuditRow, AuditVerdict, Backup, Head, KeyLine, LimitLine, ListQuery,
    Listing, NodeView, Peer, Queue, Target, Tone,
};
use counterfoil_web::{Answer, FigureAddress, Viewer};
use jiff::Timestamp;

pub(crate) const AUDIT: Named =
    Named { name: "audit", list: ListName::Audit, kind: "audit", totals: &[] };

/// What the process knows of itself and tells its administrator.
#[derive(Clone, Debug, Default)]
pub struct NodeFacts {
    /// Since when it runs.
    pub started: Option<Timestamp>,
    /// The connection to each partner by name: in words, how it bears, when last heard.
    pub connections: Vec<(String, String, Tone, Option<Timestamp>)>,
    /// What waits inside it.
    pub queues: Vec<Queue>,
    /// Backups, newest first.
    pub backups: Vec<Backup>,
    /// Keys by purpose.
    pub keys: Vec<KeyLine>,
    /// Every limit with its name and meaning.
    pub limits: Vec<LimitLine>,
}

/// Words of actions, as the record keeps them.
const ACTIONS: [&str; 13] = [
    "read",
    "export",
    "decide",
    "sign-in",
    "sign-out",
    "refused",
    "upload",
    "resend",
    "withdraw",
    "check",
    "verify",
    "change",
    "not found",
];

impl OfficeDesk {
    /// Says what the process knows of itself now.
    pub fn set_facts(&self, facts: NodeFacts) {
        *lock(&self.facts) = facts;
    }

    pub(crate) fn node_view(&self, tx: &Transaction<'_>, book: &mut Book) -> Answer<NodeView> {
        let facts = lock(&self.facts).clone();
        let relations = relations(tx).map_err(|error| stopped(&error))?;
        let mut peers = Vec::new();
        for one in relations {
            let dues = tx.dues(one.id, 10_000).map_err(|error| trouble(&error))?;
            let story = Story {
                sentence: "What has to be said to this partner and is not in our half yet, at \
                           most 10,000."
                    .to_owned(),
                formula: "counted one by one".to_owned(),
                rule: rule("halves", "docs/reference/twin.md"),
                ..Story::default()
            };
            let address = FigureAddress::new("peer", &hex(&one.relationship.id), "unsent");
            let known = facts.connections.iter().find(|(name, ..)| *name == one.partner);
            peers.push(Peer {
                connection: known
                    .map_or("not connected by this process", |(_, words, ..)| words)
                    .to_owned(),
                tone: known.map_or(Tone::Plain, |(_, _, tone, _)| *tone),
                last_heard: known.and_then(|(.., heard)| *heard),
                unsent: book.count(dues.len() as u64, address, story),
                matched: self.agreement(tx, &one)?,
                name: one.partner,
            });
        }
        let accounts = tx.accounts().map_err(|error| trouble(&error))?;
        let accounts = accounts.into_iter().filter(|one| one.is_open).map(|one| AccountLine {
            name: one.name,
            roles: one.roles,
            organization: self.organization.clone(),
            last_seen: Some(one.last_seen)
                .filter(|seen| *seen > 0)
                .and_then(|seen| Timestamp::from_millisecond(seen).ok()),
        });
        Ok(NodeView {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            started: facts.started.unwrap_or(Timestamp::UNIX_EPOCH),
            peers,
            queues: facts.queues,
            backups: facts.backups,
            keys: facts.keys,
            accounts: accounts.collect(),
            limits: facts.limits,
        })
    }

    pub(crate) fn audit_list(
        &self,
        tx: &Transaction<'_>,
        (viewer, query): (&Viewer, &ListQuery),
        book: &mut Book,
    ) -> Answer<Listing<AuditRow>> {
        // Looking is an event too: what is shown is as of the newest row, and so is its count.
        let mut asked = query.clone();
        let newest = ListPage { limit: 1, ..ListPage::default() };
        let newest = tx.list_keys(ListName::Audit, &newest).map_err(|error| trouble(&error))?;
        let newest = newest.into_iter().flatten().next().unwrap_or_default();
        asked.filters.entry("until".to_owned()).or_insert(newest);
        self.listing(tx, (viewer, &asked, &AUDIT), book, |keys, _| {
            let Some(Ok(number)) = keys.first().map(|key| key.parse()) else { return Ok(None) };
            let found = tx.audit_event(number).map_err(|error| trouble(&error))?;
            Ok(found.map(|record| {
                let target = target_of(&record.subject);
                let what =
                    format!("event {}: {} {}", record.event_id, record.action, record.subject);
                let id = self.id("audit", keys);
                let row = AuditRow { id, event: event_of(record), target: target.clone() };
                Shown { row, what, target, amounts: Vec::new() }
            }))
        })
    }

    pub(crate) fn verdict(
        &self,
        tx: &Transaction<'_>,
        at: Timestamp,
        book: &mut Book,
    ) -> Answer<AuditVerdict> {
        let check = tx.check_audit().map_err(|error| trouble(&error))?;
        let story = |words: &str| Story {
            sentence: words.to_owned(),
            formula: "SHA-256 over the chain before and the row, from the first row on".to_owned(),
            rule: rule("audit-chain", "45 CFR 164.312(c)(1)"),
            row_count: Some(check.events),
            ..Story::default()
        };
        let at_address = |name: &str| FigureAddress::new("audit", "record", name);
        let events =
            book.count(check.events, at_address("events"), story("Rows that were verified."));
        let size = book.count(check.events, at_address("size"), story("Rows of our record."));
        Ok(AuditVerdict {
            at,
            events,
            first_bad: check
                .first_bad
                .map(|number| format!("row {number} does not follow the one before it")),
            heads: vec![Head {
                party: self.organization.clone(),
                size,
                root: hex(&check.chain),
                countersigned: None,
            }],
        })
    }

    pub(crate) fn keep_event(&self, event: &AuditEvent) -> Answer<()> {
        let record = AuditRecord {
            event_id: 0,
            at: event.at.as_millisecond(),
            account: event.account.clone(),
            role: event.role.clone(),
            action: event.action.to_owned(),
            subject: event.subject.clone(),
            purpose: event.purpose.clone(),
            clause: event.clause.clone(),
            request: event.request.clone(),
        };
        self.keep_together(record)
    }
}

fn event_of(record: AuditRecord) -> AuditEvent {
    let action = ACTIONS.into_iter().find(|action| *action == record.action);
    AuditEvent {
        at: Timestamp::from_millisecond(record.at).unwrap_or(Timestamp::UNIX_EPOCH),
        account: record.account,
        role: record.role,
        action: action.unwrap_or("other"),
        subject: record.subject,
        purpose: record.purpose,
        clause: record.clause,
        request: record.request,
    }
}

fn target_of(subject: &str) -> Option<Target> {
    let (kind, id) = subject.split_once('/')?;
    if !id.bytes().all(|byte| byte.is_ascii_hexdigit()) || id.is_empty() {
        return None;
    }
    match kind {
        "claim" | "claims" => Some(Target::Claim(id.to_owned())),
        "file" | "files" => Some(Target::File(id.to_owned())),
        _ => None,
    }
}
