//! Single objects of the generated desk.

use super::GeneratedDesk;
use super::book::Book;
use super::listed::claim_figure;
use super::world::{Claim, File, PARTNERS, Payment};
use super::{Mood, now};
use counterfoil_base::{Cents, Phi};
use counterfoil_web::view::{
    AccountLine, AccountRow, AccountsView, AuditVerdict, Backup, ClaimView, DecisionChoice,
    EntryView, FileView, FindingGroup, FindingPlace, Flow, Head, KeyLine, Leftover, LimitLine,
    LineView, MatchState, MoneyRow, NodeView, Peer, Posting, Queue, RawSegment, RecordState,
    Reduction, RemittanceView, TakeBack, Target, TimelineEvent, Tone,
};
use counterfoil_web::{Figure, FigureAddress};
use jiff::{SignedDuration, Timestamp};

const OURS: &str = "Lakeshore Health Plan";

fn before(hours: i64) -> Timestamp {
    now().checked_sub(SignedDuration::from_hours(hours)).expect("within the calendar")
}

fn event(hours: i64, by: &str, what: &str, code: &str, tone: Tone) -> TimelineEvent {
    TimelineEvent {
        at: before(hours),
        by: by.to_owned(),
        is_ours: by == OURS,
        what: what.to_owned(),
        code: code.to_owned(),
        detail: String::new(),
        tone,
        figure: None,
        target: None,
        reversal: String::new(),
    }
}

impl GeneratedDesk {
    pub fn claim_view(&self, claim: &Claim, book: &mut Book) -> ClaimView {
        let row = self.claim_row(claim, book);
        let partner = PARTNERS[claim.partner].1;
        let is_open = row.standing.word == "pended";
        let choices = if is_open {
            let words = "What the rules give for the lines.";
            let effect = claim.sum(|l| l.paid);
            let formula = format!("{effect} = sum of the lines");
            let pays = book.formula(
                effect,
                claim_figure(claim, "would_pay"),
                (words, &formula),
                &[("billed", &row.billed)],
            );
            let denied = claim_figure(claim, "would_deny");
            let nothing = book.money(Cents::ZERO, denied, "a denial pays nothing");
            vec![
                choice("approve", "Approve as priced", pays, false),
                choice("deny", "Deny", nothing, true),
            ]
        } else {
            Vec::new()
        };
        let file = &self.world.files[claim.file];
        let lines: Vec<LineView> =
            (0..claim.lines.len()).map(|at| self.line(claim, at, book)).collect();
        ClaimView {
            kind: if claim.partner == 0 { "institutional" } else { "professional" }.to_owned(),
            billing_provider: partner.to_owned(),
            diagnoses: vec!["Z00.00".to_owned(), "I10".to_owned()],
            related: Vec::new(),
            file: Some((file.name.clone(), Target::File(file.id.clone()))),
            timeline: self.story(claim, &row.paid, book),
            lines,
            findings: Vec::new(),
            record: Some(RecordState {
                standing: claim.state.to_owned(),
                hash: Some("5f".repeat(32)),
            }),
            matched: self.claim_match(claim),
            raw: raw(claim),
            choices,
            version: u64::from(row.standing.word != claim.state),
            row,
        }
    }

    fn claim_match(&self, claim: &Claim) -> MatchState {
        if claim.partner == 0 {
            MatchState::Equal { hash: format!("{}9c1e", claim.id) }
        } else {
            MatchState::Unknown {
                why: "The practice has not been connected since 14:02.".to_owned(),
            }
        }
    }

    fn line(&self, claim: &Claim, at: usize, book: &mut Book) -> LineView {
        let line = &claim.lines[at];
        let number = u32::try_from(at + 1).expect("small");
        let address = |name: &str| claim_figure(claim, &format!("line-{number}-{name}"));
        let billed = book.money(line.billed, address("billed"), "SV102 of the 837");
        let is_decided = claim.is_decided();
        let mut decided = |name: &str, amount: Cents, formula: String| {
            is_decided.then(|| {
                let words = format!("{amount} by the fee table of the contract.");
                book.formula(amount, address(name), (&words, &formula), &[("billed", &billed)])
            })
        };
        let allowed = decided("allowed", line.allowed, format!("{} = rate x units", line.allowed));
        let patient_share = decided("share", line.share, format!("{} copayment", line.share));
        let paid = decided(
            "paid",
            line.paid,
            format!("{} = {} - {}", line.paid, line.allowed, line.share),
        );
        let cut = decided(
            "reduced",
            line.billed - line.allowed,
            format!("{} = {} - {}", line.billed - line.allowed, line.billed, line.allowed),
        );
        let reductions = cut.into_iter().map(|amount| Reduction {
            amount,
            words: if claim.state == "denied" { "Not covered by the plan" } else { "Agreed price" }
                .to_owned(),
            code: if claim.state == "denied" { "CO-96" } else { "CO-45" }.to_owned(),
        });
        let reductions = reductions.collect();
        LineView {
            number,
            service: line.service.to_owned(),
            day: claim.day,
            units: book.count(line.units, address("units")),
            billed,
            allowed,
            reductions,
            patient_share,
            paid,
        }
    }

    fn story(&self, claim: &Claim, paid: &Option<Figure>, book: &mut Book) -> Vec<TimelineEvent> {
        let partner = PARTNERS[claim.partner].1;
        let mut story = vec![
            event(90, partner, "Sent", "837", Tone::Plain),
            event(89, OURS, "Received and readable", "999 A", Tone::Good),
        ];
        if claim.state == "rejected" {
            story.push(event(
                89,
                OURS,
                "Returned: subscriber is not known",
                "277CA A7:164",
                Tone::Refused,
            ));
            return story;
        }
        story.push(event(88, OURS, "Taken into adjudication", "277CA A2:20", Tone::Good));
        match self.state_of(claim).0 {
            "pended" => story.push(TimelineEvent {
                detail: "Coverage of another plan is not known; a person decides.".to_owned(),
                ..event(87, OURS, "Waits for a person", "CO-22", Tone::Attention)
            }),
            "denied" => story.push(TimelineEvent {
                reversal: "an appeal or a corrected claim".to_owned(),
                ..event(80, OURS, "Denied", "CO-96", Tone::Refused)
            }),
            "paid" => {
                story.push(event(80, OURS, "Approved", "", Tone::Good));
                let payment = claim.payment.map(|at| &self.world.payments[at]);
                story.push(TimelineEvent {
                    figure: paid.clone(),
                    target: payment.map(|p| Target::Remittance(p.id.clone())),
                    reversal: "a reversal in a later 835 (CAS group CO with a negative amount)"
                        .to_owned(),
                    ..event(20, OURS, "Paid", "835", Tone::Good)
                });
                if claim.partner == 0 {
                    let amount = claim.sum(|l| l.paid);
                    let address = claim_figure(claim, "posted");
                    story.push(TimelineEvent {
                        figure: Some(book.money(amount, address, "the hospital's half")),
                        ..event(2, partner, "Posted", "", Tone::Good)
                    });
                }
            }
            _ => {}
        }
        story
    }

    pub fn file_view(&self, file: &File, book: &mut Book) -> FileView {
        let row = self.file_row(file, book);
        let partner = PARTNERS[file.partner].1;
        let refused: Vec<&Claim> = file
            .claims
            .iter()
            .map(|c| &self.world.claims[*c])
            .filter(|c| c.state == "rejected" && file.is_incoming)
            .collect();
        let mut findings = Vec::new();
        if !refused.is_empty() {
            let places = refused.iter().enumerate().map(|(at, claim)| FindingPlace {
                segment: 40 + 30 * at as u64,
                words: format!("segment {}, REF02, loop 2300", 40 + 30 * at),
                claim: Some((claim.id.clone(), claim.number.clone())),
            });
            findings.push(FindingGroup {
                code: "INT-7-earlier-claim-unknown".to_owned(),
                severity: "error".to_owned(),
                message: "The claim to be replaced is not known to this plan.".to_owned(),
                cause: "A replacement can only correct a claim that has come before.".to_owned(),
                fix: "Send it as a new claim, or name the number of the first.".to_owned(),
                count: book.count(
                    refused.len() as u64,
                    FigureAddress::new("file", &file.id, "finding-earlier-claim-unknown"),
                ),
                places: places.collect(),
            });
        }
        let progress =
            (file.standing == "being read").then(|| ("Checking claims".to_owned(), 31, 60));
        let mut timeline = vec![
            event(90, if file.is_incoming { partner } else { OURS }, "Sent", "", Tone::Plain),
            event(
                89,
                if file.is_incoming { OURS } else { partner },
                "Received",
                "999 A",
                Tone::Good,
            ),
        ];
        if file.standing == "waiting" {
            timeline.truncate(1);
        }
        FileView {
            digest: format!("{:0>64}", file.id),
            bytes: 40_000 + file.claims.len() as u64 * 900,
            segments: 20 + file.claims.len() as u64 * 30,
            control_number: "000000905".to_owned(),
            findings,
            timeline,
            resend: (!file.is_incoming).then(|| "The partner has asked for it again.".to_owned()),
            progress,
            row,
        }
    }

    pub fn raw_segments(&self, file: &File, from: u64, count: u32) -> (Vec<RawSegment>, u64) {
        let all: Vec<RawSegment> =
            file.claims.iter().flat_map(|c| raw(&self.world.claims[*c])).collect();
        let total = all.len() as u64;
        let mut cut = Vec::new();
        for (at, segment) in all.into_iter().enumerate() {
            let number = at as u64 + 1;
            if number >= from && number < from + u64::from(count) {
                cut.push(RawSegment { number, ..segment });
            }
        }
        (cut, total)
    }

    pub fn remittance_view(&self, payment: &Payment, book: &mut Book) -> RemittanceView {
        let row = self.remittance_row(payment, book);
        let claims = payment.claims.iter().take(100).map(|at| &self.world.claims[*at]);
        let remitted = claims.map(|claim| MoneyRow {
            what: format!("Claim {}", claim.number),
            day: claim.day,
            amount: self.claim_row(claim, book).paid.expect("a paid claim has an amount"),
            target: Some(Target::Claim(claim.id.clone())),
        });
        let remitted = remitted.collect();
        let line = |what: &str, amount: &Figure, target: Option<Target>| MoneyRow {
            what: what.to_owned(),
            day: payment.day,
            amount: amount.clone(),
            target,
        };
        let bank = row.bank.iter().map(|b| line(&format!("ACH {}", payment.trace), b, None));
        let posted = vec![line(
            "Claims payable to cash",
            &row.posted,
            Some(Target::Entry(payment.id.clone())),
        )];
        let left = row.leftover.clone().filter(|_| payment.outcome == "leftover");
        let leftovers = left.map(|amount| Leftover {
            amount,
            cause: "came without a claim in the 835".to_owned(),
            next: "Ask the bank for the remark of the second credit, or hold it as unapplied"
                .to_owned(),
            target: Some(Target::Account("unapplied".to_owned())),
        });
        let address = FigureAddress::new("remittance", &payment.id, "taken-back");
        let take_backs = (payment.outcome == "leftover").then(|| TakeBack {
            amount: book.money(Cents(-4_000), address, "PLB of the 835"),
            why: "An overpayment of May taken back (WO)".to_owned(),
            target: None,
        });
        RemittanceView {
            bank: bank.collect(),
            remitted,
            posted,
            leftovers: leftovers.into_iter().collect(),
            take_backs: take_backs.into_iter().collect(),
            timeline: vec![
                event(30, OURS, "835 and CCD+ written", "835", Tone::Good),
                event(6, PARTNERS[payment.partner].1, "Posted", "", Tone::Good),
            ],
            row,
        }
    }

    pub fn accounts_view(&self, book: &mut Book) -> AccountsView {
        let paid: Cents = self
            .world
            .payments
            .iter()
            .flat_map(|p| &p.claims)
            .map(|c| self.world.claims[*c].sum(|l| l.paid))
            .sum();
        let decided: Cents =
            self.world.claims.iter().filter(|c| c.is_decided()).map(|c| c.sum(|l| l.paid)).sum();
        let zero = Cents::ZERO;
        let rows = [
            ("cash", "Cash", "Money in the bank", "asset", 0, zero, paid),
            (
                "incurred",
                "Claims incurred",
                "Cost of claims as decided",
                "expense",
                0,
                decided,
                zero,
            ),
            (
                "payable",
                "Claims payable",
                "Decided and not yet paid",
                "liability",
                0,
                paid,
                decided,
            ),
        ];
        let mut account = |(code, name, meaning, class, depth, debit, credit): (
            &str,
            &str,
            &str,
            &str,
            u8,
            Cents,
            Cents,
        )| {
            let address = |figure: &str| FigureAddress::new("account", code, figure);
            let balance = match class {
                "liability" => credit - debit,
                _ => debit - credit,
            };
            AccountRow {
                code: code.to_owned(),
                name: name.to_owned(),
                meaning: meaning.to_owned(),
                class: class.to_owned(),
                depth,
                debits: book.money(debit, address("debits"), "entries"),
                credits: book.money(credit, address("credits"), "entries"),
                balance: book.money(balance, address("balance"), "entries"),
            }
        };
        let accounts = if self.mood == Mood::Empty {
            Vec::new()
        } else {
            rows.into_iter().map(&mut account).collect()
        };
        let flow = |book: &mut Book, from: &str, to: &str, name: &str, amount| Flow {
            from: from.to_owned(),
            to: to.to_owned(),
            amount: book.money(amount, FigureAddress::new("flow", name, "amount"), "entries"),
        };
        let flows = if self.mood == Mood::Empty {
            Vec::new()
        } else {
            vec![
                flow(book, "Payable", "Incurred", "decided", decided),
                flow(book, "Cash", "Payable", "paid", paid),
            ]
        };
        let balance = FigureAddress::new("ledger", "trial-balance", "balance");
        AccountsView { accounts, trial_balance: book.money(zero, balance, "all accounts"), flows }
    }

    pub fn entry_view(&self, payment: &Payment, book: &mut Book) -> EntryView {
        let row = self.entry_row(payment, book);
        let posting = |account: &str, name: &str, debit: bool| Posting {
            account: account.to_owned(),
            name: name.to_owned(),
            debit: debit.then(|| row.amount.clone()),
            credit: (!debit).then(|| row.amount.clone()),
        };
        let postings =
            vec![posting("payable", "Claims payable", true), posting("cash", "Cash", false)];
        EntryView { postings, digest: format!("{:0>64}", payment.id), row }
    }

    pub fn node_view(&self, book: &mut Book) -> NodeView {
        let peer = |id: &str, name: &str, connection: &str, tone, unsent, book: &mut Book| Peer {
            name: name.to_owned(),
            connection: connection.to_owned(),
            tone,
            last_heard: Some(before(1)),
            unsent: book.count(unsent, FigureAddress::new("peer", id, "unsent")),
            matched: self.match_with(id),
        };
        let is_empty = self.mood == Mood::Empty;
        let peers = if is_empty {
            Vec::new()
        } else {
            vec![
                peer("harbor", PARTNERS[0].1, "connected", Tone::Good, 0, book),
                peer(
                    "maple",
                    PARTNERS[1].1,
                    "waits 30 s: not reachable",
                    Tone::Attention,
                    14,
                    book,
                ),
            ]
        };
        let line = |name: &str, roles: &str| AccountLine {
            name: name.to_owned(),
            roles: roles.to_owned(),
            organization: OURS.to_owned(),
            last_seen: Some(before(3)),
        };
        NodeView {
            version: "0.1.0".to_owned(),
            started: before(200),
            peers,
            queues: vec![Queue {
                name: "files to be read".to_owned(),
                depth: 1,
                limit: 1_000,
                when_full: "the inbox waits; uploads are refused with a reason".to_owned(),
            }],
            backups: if is_empty {
                Vec::new()
            } else {
                vec![
                    Backup {
                        at: before(8),
                        place: "/backup/node-1".to_owned(),
                        drilled: Some(before(7)),
                    },
                    Backup { at: before(32), place: "/backup/node-1".to_owned(), drilled: None },
                ]
            },
            keys: vec![KeyLine {
                purpose: "signs events of this organization".to_owned(),
                fingerprint: "SHA256:2f:9a:41:c0:77:1e".to_owned(),
                since: before(2_000),
            }],
            accounts: vec![line("po", "PO"), line("co", "CO"), line("ad", "AD")],
            limits: vec![LimitLine {
                name: "upload_bytes_max".to_owned(),
                value: "1 GB".to_owned(),
                meaning: "the upload is refused with a reason".to_owned(),
            }],
        }
    }

    pub fn verdict(&self, book: &mut Book) -> AuditVerdict {
        let events = self.audit.lock().expect("no panic inside").len() as u64;
        let size = |name: &str, book: &mut Book| {
            book.count(events, FigureAddress::new("audit", "record", name))
        };
        AuditVerdict {
            at: now(),
            events: size("events", book),
            first_bad: None,
            heads: vec![Head {
                party: OURS.to_owned(),
                size: size("head", book),
                root: "7d5c0f".repeat(8),
                countersigned: Some(before(1)),
            }],
        }
    }
}

fn choice(name: &str, words: &str, effect: Figure, needs_reason: bool) -> DecisionChoice {
    DecisionChoice { name: name.to_owned(), words: words.to_owned(), effect, needs_reason }
}

fn raw(claim: &Claim) -> Vec<RawSegment> {
    let name = claim.patient.to_uppercase();
    let (first, last) = name.split_once(' ').expect("two names");
    let mut texts = vec![
        format!("NM1*IL*1*{last}*{first}****MI*{}", claim.id.to_uppercase()),
        format!("CLM*{}*{}***11:B:1*Y*A*Y*Y", claim.number, claim.sum(|l| l.billed)),
        "HI*ABK:Z0000*ABF:I10".to_owned(),
    ];
    for (at, line) in claim.lines.iter().enumerate() {
        texts.push(format!("LX*{}", at + 1));
        let code = line.service.replace(' ', ":");
        texts.push(format!("SV1*HC:{code}*{}*UN*{}***1", line.billed, line.units));
    }
    let segment = |(at, text): (usize, String)| RawSegment {
        number: at as u64 + 1,
        marks: if at == 0 && claim.state == "rejected" {
            vec!["The subscriber is not known to this plan.".to_owned()]
        } else {
            Vec::new()
        },
        text: Phi::new(text),
    };
    texts.into_iter().enumerate().map(segment).collect()
}
