//! The lists of the generated desk: filtered, sorted, totalled over the whole set, and cut.

use super::book::{Book, Part};
use super::world::{Claim, File, PARTNERS, Payment};
use super::{GeneratedDesk, Mood, now, sees};
use counterfoil_base::{Cents, Decimal, Phi, add_days};
use counterfoil_web::view::{
    Alarm, AuditRow, ClaimRow, ClaimStanding, EntryRow, FileRow, FileStanding, ListQuery, Listing,
    MatchOutcome, RemittanceRow, ScoreRow, Target, Tone, WorkItem,
};
use counterfoil_web::{Figure, FigureAddress, Viewer};
use std::collections::BTreeMap;

/// A row with what it is filtered and sorted by.
pub struct Keyed<R> {
    pub id: String,
    pub words: String,
    pub filters: BTreeMap<&'static str, String>,
    pub numbers: BTreeMap<&'static str, i64>,
    pub sorts: BTreeMap<&'static str, String>,
    pub target: Option<Target>,
    pub row: R,
}

/// Filters, sorts, totals and cuts.
pub fn listing<R>(
    name: &str,
    mut rows: Vec<Keyed<R>>,
    query: &ListQuery,
    totalled: &[&'static str],
    book: &mut Book,
) -> Listing<R> {
    rows.retain(|row| {
        query.filters.iter().all(|(filter, wanted)| match filter.as_str() {
            "ids" => wanted.split(',').any(|id| id == row.id),
            "q" => row.words.to_lowercase().contains(&wanted.to_lowercase()),
            other => row.filters.get(other).is_some_and(|value| value == wanted),
        })
    });
    if let Some(column) = query.sort.as_deref() {
        rows.sort_by_key(|row| (row.numbers.get(column).copied(), row.sorts.get(column).cloned()));
        if query.descending {
            rows.reverse();
        }
    }
    let filter = query.filter_pairs();
    let address = |figure: &str| FigureAddress::new("list", name, figure).filtered(filter.clone());
    let mut totals = BTreeMap::new();
    let subject = match name {
        "entries" => "entry",
        other => other.trim_end_matches('s'),
    };
    for column in totalled {
        let mut total = 0;
        let mut parts: Vec<Part> = Vec::new();
        for row in &rows {
            if let Some(amount) = row.numbers.get(column) {
                total += amount;
                let own = FigureAddress::new(subject, &row.id, column);
                let part = Figure::money(Cents(*amount), own);
                parts.push((row.id.clone(), row.target.clone(), part));
            }
        }
        totals.insert(*column, book.sum(Cents(total), address(column), &parts));
    }
    let count = book.count(rows.len() as u64, address("count"));
    let digest = format!(
        "{:08x}",
        rows.iter()
            .flat_map(|r| r.id.bytes())
            .fold(7u32, |d, b| { d.wrapping_mul(31).wrapping_add(u32::from(b)) })
    );
    let skip = usize::try_from(query.offset).expect("bounded");
    let rows = rows.into_iter().skip(skip).take(query.limit as usize).map(|keyed| keyed.row);
    Listing { rows: rows.collect(), count, totals, as_of: now(), digest }
}

/// The figure of one claim.
pub fn claim_figure(claim: &Claim, name: &str) -> FigureAddress {
    FigureAddress::new("claim", &claim.id, name)
}

impl GeneratedDesk {
    /// A promise and a share for each partner whom the viewer may see.
    pub fn score_list(
        &self,
        viewer: &Viewer,
        query: &ListQuery,
        book: &mut Book,
    ) -> Listing<ScoreRow> {
        let mut rows = Vec::new();
        let at = |partner: &str, name: &str| FigureAddress::new("score", partner, name);
        for (number, (id, partner)) in
            PARTNERS.iter().enumerate().filter(|(_, (id, _))| sees(viewer, id))
        {
            let claims = self.world.claims.iter().filter(|one| one.partner == number).count();
            let claims = claims as u64;
            let mut days = |name, tenths| book.rate(Decimal::new(tenths, 1), "days", at(id, name));
            let (median, p95) = (days("median", 21), days("p95", 145));
            let share = book.rate(Decimal::new(987, 1), "%", at(id, "share"));
            let mut row = |promise: &str, name: &str| ScoreRow {
                id: format!("{id}-{name}"),
                promise: promise.to_owned(),
                partner: (*partner).to_owned(),
                claims: book.count(claims, at(id, &format!("{name}-claims"))),
                of: None,
                share: None,
                median: None,
                p95: None,
            };
            let timed = row("From receipt to decision", "decide");
            let counted = row("Decisions that stand (accuracy)", "accurate");
            let of = book.count(claims, at(id, "accurate-of"));
            rows.push(ScoreRow { median: Some(median), p95: Some(p95), ..timed });
            rows.push(ScoreRow { of: Some(of), share: Some(share), ..counted });
        }
        let keyed = rows.into_iter().map(|row| Keyed {
            id: row.id.clone(),
            words: row.partner.clone(),
            filters: BTreeMap::from([("with", row.partner.clone())]),
            numbers: BTreeMap::new(),
            sorts: BTreeMap::new(),
            target: None,
            row,
        });
        let rows = if self.mood == Mood::Empty { Vec::new() } else { keyed.collect() };
        listing("scorecard", rows, query, &[], book)
    }
}

impl GeneratedDesk {
    pub fn alarms(&self, viewer: &Viewer, book: &mut Book) -> Vec<Alarm> {
        let late = self.world.payments.iter().find(|p| p.outcome == "leftover");
        let late = late.filter(|p| sees(viewer, PARTNERS[p.partner].0));
        late.into_iter()
            .map(|payment| Alarm {
                what: format!("Payment {} left 12.50 in the bank without a claim", payment.trace),
                owner: "finance".to_owned(),
                due: add_days(payment.day, 14),
                worth: Some(self.leftover(payment, book)),
                target: Some(Target::Remittance(payment.id.clone())),
            })
            .collect()
    }

    pub fn leftover(&self, payment: &Payment, book: &mut Book) -> Figure {
        let cents = Cents(if payment.outcome == "leftover" { 1_250 } else { 0 });
        book.money(cents, FigureAddress::new("remittance", &payment.id, "leftover"), "bank file")
    }

    pub fn state_of<'a>(&self, claim: &'a Claim) -> (&'a str, String) {
        let decided = self.decided.lock().expect("no panic inside");
        match decided.get(&claim.id).map(|(choice, reason)| (choice.as_str(), reason.clone())) {
            Some(("approve", reason)) => ("approved", reason),
            Some((_, reason)) => ("denied", reason),
            None => (claim.state, claim.reason.to_owned()),
        }
    }

    pub fn claim_row(&self, claim: &Claim, book: &mut Book) -> ClaimRow {
        let (state, reason) = self.state_of(claim);
        let tone = match state {
            "paid" => Tone::Good,
            "pended" => Tone::Attention,
            "denied" | "rejected" => Tone::Refused,
            _ => Tone::Moving,
        };
        let is_decided = claim.is_decided() || state != claim.state;
        let billed =
            book.money(claim.sum(|l| l.billed), claim_figure(claim, "billed"), "CLM02 of the 837");
        let mut decided = |name: &str, amount: Cents| {
            is_decided.then(|| {
                let words = "The sum of what the rules gave for each line.";
                let formula = format!("{} = sum over {} lines", amount, claim.lines.len());
                book.formula(
                    amount,
                    claim_figure(claim, name),
                    (words, &formula),
                    &[("billed", &billed)],
                )
            })
        };
        let allowed = decided("allowed", claim.sum(|l| l.allowed));
        let patient_share = decided("patient_share", claim.sum(|l| l.share));
        let paid = decided("paid", claim.sum(|l| l.paid));
        ClaimRow {
            id: claim.id.clone(),
            number: claim.number.clone(),
            patient: Phi::new(claim.patient.to_owned()),
            partner: PARTNERS[claim.partner].1.to_owned(),
            standing: ClaimStanding { word: state.to_owned(), tone },
            reason,
            service_from: claim.day,
            billed,
            allowed,
            patient_share,
            paid,
        }
    }

    pub fn claim_list(
        &self,
        viewer: &Viewer,
        query: &ListQuery,
        book: &mut Book,
    ) -> Listing<ClaimRow> {
        let seen = self.world.claims.iter().filter(|c| sees(viewer, PARTNERS[c.partner].0));
        let rows = seen
            .map(|claim| {
                let row = self.claim_row(claim, book);
                let mut numbers = BTreeMap::from([("billed", claim.sum(|l| l.billed).0)]);
                if claim.is_decided() {
                    numbers.insert("allowed", claim.sum(|l| l.allowed).0);
                    numbers.insert("patient_share", claim.sum(|l| l.share).0);
                    numbers.insert("paid", claim.sum(|l| l.paid).0);
                }
                Keyed {
                    id: claim.id.clone(),
                    words: format!("{} {} {}", claim.number, claim.patient, row.reason),
                    filters: BTreeMap::from([
                        ("state", row.standing.word.clone()),
                        ("match", if claim.partner == 0 { "equal" } else { "unknown" }.to_owned()),
                    ]),
                    numbers,
                    sorts: BTreeMap::from([
                        ("number", claim.number.clone()),
                        ("patient", claim.patient.to_owned()),
                        ("service_from", claim.day.to_string()),
                        ("standing", row.standing.word.clone()),
                    ]),
                    target: Some(Target::Claim(claim.id.clone())),
                    row,
                }
            })
            .collect();
        listing("claims", rows, query, &["billed", "allowed", "patient_share", "paid"], book)
    }

    pub fn file_row(&self, file: &File, book: &mut Book) -> FileRow {
        let of = |state: bool| {
            let claims = file.claims.iter().map(|c| &self.world.claims[*c]);
            claims.filter(move |c| {
                (c.state == "rejected") == state && file.is_incoming || !state && !file.is_incoming
            })
        };
        let money = |c: &Claim| {
            if file.is_incoming { c.sum(|l| l.billed) } else { c.sum(|l| l.paid) }
        };
        let (accepted, refused): (Cents, Cents) =
            (of(false).map(money).sum(), of(true).map(money).sum());
        let (good, bad) = (of(false).count() as u64, of(true).count() as u64);
        let address = |name: &str| FigureAddress::new("file", &file.id, name);
        let standing = FileStanding::ALL.into_iter().find(|s| s.words().0 == file.standing);
        let source = "the file's own trailer";
        FileRow {
            id: file.id.clone(),
            name: file.name.clone(),
            kind: file.kind.to_owned(),
            is_incoming: file.is_incoming,
            partner: PARTNERS[file.partner].1.to_owned(),
            at: file
                .day
                .at(6, 30, 0, 0)
                .to_zoned(jiff::tz::TimeZone::UTC)
                .expect("a moment")
                .timestamp(),
            standing: standing.expect("a standing"),
            count_in: book.count(good + bad, address("count_in")),
            count_accepted: book.count(good, address("count_accepted")),
            count_refused: book.count(bad, address("count_refused")),
            money_in: book.money(accepted + refused, address("money_in"), source),
            money_accepted: book.money(accepted, address("money_accepted"), source),
            money_refused: book.money(refused, address("money_refused"), source),
        }
    }

    pub fn file_list(
        &self,
        viewer: &Viewer,
        query: &ListQuery,
        book: &mut Book,
    ) -> Listing<FileRow> {
        let seen = self.world.files.iter().filter(|f| sees(viewer, PARTNERS[f.partner].0));
        let rows = seen
            .map(|file| {
                let row = self.file_row(file, book);
                let way = if file.is_incoming { "in" } else { "out" };
                Keyed {
                    id: file.id.clone(),
                    words: format!("{} {}", file.name, row.partner),
                    filters: BTreeMap::from([
                        ("way", way.to_owned()),
                        ("standing", file.standing.to_owned()),
                    ]),
                    numbers: BTreeMap::new(),
                    sorts: BTreeMap::from([
                        ("name", file.name.clone()),
                        ("kind", file.kind.to_owned()),
                        ("at", row.at.to_string()),
                    ]),
                    target: Some(Target::File(file.id.clone())),
                    row,
                }
            })
            .collect();
        listing("files", rows, query, &[], book)
    }

    pub fn remittance_row(&self, payment: &Payment, book: &mut Book) -> RemittanceRow {
        let total: Cents =
            payment.claims.iter().map(|c| self.world.claims[*c].sum(|l| l.paid)).sum();
        let address = |name: &str| FigureAddress::new("remittance", &payment.id, name);
        let leftover = self.leftover(payment, book);
        let bank = match payment.outcome {
            "awaited" => None,
            "leftover" => Some(total + Cents(1_250)),
            _ => Some(total),
        };
        let outcome = MatchOutcome::ALL.into_iter().find(|o| o.words().0 == payment.outcome);
        RemittanceRow {
            id: payment.id.clone(),
            trace: payment.trace.clone(),
            partner: PARTNERS[payment.partner].1.to_owned(),
            paid_on: payment.day,
            bank: bank.map(|bank| book.money(bank, address("bank"), "bank file of the day")),
            remitted: Some(book.money(total, address("remitted"), "BPR02 of the 835")),
            posted: book.money(total, address("posted"), "entries of the books"),
            leftover: Some(leftover),
            outcome,
        }
    }

    pub fn remittance_list(
        &self,
        viewer: &Viewer,
        query: &ListQuery,
        book: &mut Book,
    ) -> Listing<RemittanceRow> {
        let seen = self.world.payments.iter().filter(|p| sees(viewer, PARTNERS[p.partner].0));
        let rows = seen
            .map(|payment| {
                let row = self.remittance_row(payment, book);
                let total: Cents =
                    payment.claims.iter().map(|c| self.world.claims[*c].sum(|l| l.paid)).sum();
                let left = if payment.outcome == "leftover" { 1_250 } else { 0 };
                let mut numbers = BTreeMap::from([
                    ("remitted", total.0),
                    ("posted", total.0),
                    ("leftover", left),
                ]);
                if payment.outcome != "awaited" {
                    numbers.insert("bank", total.0 + left);
                }
                Keyed {
                    id: payment.id.clone(),
                    words: format!("{} {}", payment.trace, row.partner),
                    filters: BTreeMap::from([("outcome", payment.outcome.to_owned())]),
                    numbers,
                    sorts: BTreeMap::from([
                        ("trace", payment.trace.clone()),
                        ("partner", row.partner.clone()),
                        ("paid_on", payment.day.to_string()),
                    ]),
                    target: Some(Target::Remittance(payment.id.clone())),
                    row,
                }
            })
            .collect();
        listing("remittances", rows, query, &["bank", "remitted", "posted", "leftover"], book)
    }

    pub fn entry_row(&self, payment: &Payment, book: &mut Book) -> EntryRow {
        let total: Cents =
            payment.claims.iter().map(|c| self.world.claims[*c].sum(|l| l.paid)).sum();
        let address = FigureAddress::new("entry", &payment.id, "amount");
        EntryRow {
            id: payment.id.clone(),
            day: payment.day,
            what: format!("Payment {} to {}", payment.trace, PARTNERS[payment.partner].1),
            cause: Some((payment.trace.clone(), Target::Remittance(payment.id.clone()))),
            amount: book.money(total, address, "entry of the books"),
            reversed_by: None,
            reverses: None,
        }
    }

    pub fn entry_list(&self, query: &ListQuery, book: &mut Book) -> Listing<EntryRow> {
        let rows = self.world.payments.iter().map(|payment| {
            let row = self.entry_row(payment, book);
            let total: Cents =
                payment.claims.iter().map(|c| self.world.claims[*c].sum(|l| l.paid)).sum();
            Keyed {
                id: payment.id.clone(),
                words: row.what.clone(),
                filters: query
                    .filters
                    .get("account")
                    .map(|a| ("account", a.clone()))
                    .into_iter()
                    .collect(),
                numbers: BTreeMap::from([("amount", total.0)]),
                sorts: BTreeMap::from([("day", payment.day.to_string())]),
                target: Some(Target::Entry(payment.id.clone())),
                row,
            }
        });
        listing("entries", rows.collect(), query, &["amount"], book)
    }

    pub fn work_list(&self, query: &ListQuery, book: &mut Book) -> Listing<WorkItem> {
        let pended = self.world.claims.iter().filter(|c| self.state_of(c).0 == "pended");
        let mut rows: Vec<Keyed<WorkItem>> = pended
            .map(|claim| {
                let billed = claim.sum(|l| l.billed);
                let due = add_days(claim.day, 30);
                let address = FigureAddress::new("work", &claim.id, "worth");
                let item = WorkItem {
                    id: claim.id.clone(),
                    task: format!("Decide claim {}", claim.number),
                    reason: claim.reason.to_owned(),
                    tone: Tone::Attention,
                    owner: None,
                    due,
                    worth: book.money(billed, address, "billed and not decided"),
                    target: Target::Claim(claim.id.clone()),
                };
                keyed_work(item, billed)
            })
            .collect();
        for payment in self.world.payments.iter().filter(|p| p.outcome == "leftover") {
            let worth = self.leftover(payment, book);
            let item = WorkItem {
                id: payment.id.clone(),
                task: format!("Clear what payment {} left over", payment.trace),
                reason: "In the bank without a claim".to_owned(),
                tone: Tone::Attention,
                owner: Some("me".to_owned()),
                due: add_days(payment.day, 14),
                worth,
                target: Target::Remittance(payment.id.clone()),
            };
            rows.insert(0, keyed_work(item, Cents(1_250)));
        }
        listing("work", rows, query, &["worth"], book)
    }

    pub fn audit_list(&self, query: &ListQuery, book: &mut Book) -> Listing<AuditRow> {
        let audit = self.audit.lock().expect("no panic inside");
        let rows = audit.iter().enumerate().rev().map(|(at, event)| Keyed {
            id: format!("e{at}"),
            words: format!("{} {}", event.account, event.subject),
            filters: BTreeMap::from([
                ("account", event.account.clone()),
                ("subject", event.subject.clone()),
                ("purpose", event.purpose.clone()),
                ("action", event.action.to_owned()),
            ]),
            numbers: BTreeMap::new(),
            sorts: BTreeMap::from([("at", format!("{at:09}")), ("account", event.account.clone())]),
            target: None,
            row: AuditRow { id: format!("e{at}"), event: event.clone(), target: None },
        });
        listing("audit", rows.collect(), query, &[], book)
    }
}

fn keyed_work(item: WorkItem, worth: Cents) -> Keyed<WorkItem> {
    Keyed {
        id: item.id.clone(),
        words: format!("{} {}", item.task, item.reason),
        filters: BTreeMap::from([("owner", item.owner.clone().unwrap_or("nobody".to_owned()))]),
        numbers: BTreeMap::from([("worth", worth.0)]),
        sorts: BTreeMap::from([
            ("due", item.due.map(|d| d.to_string()).unwrap_or_default()),
            ("owner", item.owner.clone().unwrap_or_default()),
        ]),
        target: Some(item.target.clone()),
        row: item,
    }
}
