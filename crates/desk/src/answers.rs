//! The desk as the pages ask it.

use crate::agreed::kept_key;
use crate::book::Book;
use crate::claims::claims_list;
use crate::office::{OfficeDesk, is_own, lock, stopped, trouble};
use crate::out_folder::{OUT, OutFolder};
use crate::restored::{RESTORED_NEXT, RESTORED_WHAT, is_restored};
use crate::settled::row_of;
use counterfoil_base::Phi;
use counterfoil_operations::halves::relations;
use counterfoil_operations::payer::rewrite_file;
use counterfoil_store::{ListName, ListPage, Transaction};
use counterfoil_web::view::{
    AccountsView, Alarm, AuditEvent, AuditRow, AuditVerdict, ChangesRequest, ChangesView,
    CheckRequest, CheckSource, CheckView, ClaimRow, ClaimView, ContractRow, ContractView,
    DocumentForm, EntryRow, EntryView, Explanation, FileRow, FileView, FoundItem, HeldRow,
    HeldView, ListQuery, Listing, NodeView, RawView, Received, RemittanceRow, RemittanceView,
    ScoreRow, SettlementRow, SettlementView, Side, SimulationView, Standing, Upload, WorkItem,
};
use counterfoil_web::{
    Account, Answer, Decision, Desk, DeskError, DeskErrorKind, FigureAddress, LiveEvent, Role,
    Viewer,
};

impl OfficeDesk {
    fn book(&self, viewer: &Viewer) -> Book {
        let why = "This explanation is of our own books; the partner's value is in the twin \
                   record, which `counterfoil twin match` compares.";
        Book::new(viewer.at, why)
    }

    /// Asks what guests may see too; the work looks at each object for its viewer.
    fn asked<T>(
        &self,
        viewer: &Viewer,
        name: &'static str,
        work: impl FnOnce(&Transaction<'_>, &mut Book) -> Answer<T>,
    ) -> Answer<T> {
        self.read(name, |tx| work(tx, &mut self.book(viewer)))
    }

    /// The same of a list, whose totals are kept while nothing changes.
    fn asked_list<T>(
        &self,
        viewer: &Viewer,
        name: &'static str,
        work: impl FnOnce(&Transaction<'_>, &mut Book) -> Answer<T>,
    ) -> Answer<T> {
        self.refresh()?;
        self.asked(viewer, name, work)
    }

    /// Asks what only the organization's own people may see; nothing for guests.
    fn own<T>(
        &self,
        viewer: &Viewer,
        name: &'static str,
        work: impl FnOnce(&Transaction<'_>, &mut Book) -> Answer<Option<T>>,
    ) -> Answer<Option<T>> {
        if !is_own(viewer) {
            return Ok(None);
        }
        self.asked(viewer, name, work)
    }

    pub(crate) fn opened(&self, kind: &str, id: &str) -> Option<Vec<String>> {
        crate::seal::open(&self.secret, kind, id)
    }

    /// Fills a book with everything that is shown of a subject.
    fn fill(
        &self,
        tx: &Transaction<'_>,
        (viewer, address): (&Viewer, &FigureAddress),
        book: &mut Book,
    ) -> Answer<Option<()>> {
        let id = address.id.as_str();
        let query = ListQuery {
            filters: address.filter.iter().cloned().collect(),
            limit: 100,
            ..ListQuery::default()
        };
        match address.subject.as_str() {
            "claim" => {
                let Some(claim) = self.seen_claim(tx, viewer, id)? else { return Ok(None) };
                self.claim_view(tx, (id, &claim), book)?;
            }
            "held" => drop(self.held_view(tx, (viewer, id), book)?),
            "score" => return self.score_of(tx, (viewer, id), book),
            "contract" => return Ok(self.contract_view(tx, (viewer, id), book)?.map(drop)),
            "settlement" => {
                let row = row_of(&address.name);
                return Ok(self.settlement_view(tx, (viewer, id), row, book)?.map(drop));
            }
            "list" => match id {
                "held" => drop(self.held_list(tx, (viewer, &query), book)?),
                "scorecard" => drop(self.score_list(tx, (viewer, &query), book)?),
                "claims" => drop(self.claim_list(tx, (viewer, &query), book)?),
                "files" => drop(self.file_list(tx, (viewer, &query), book)?),
                "remittances" => drop(self.payment_list(tx, (viewer, &query), book)?),
                "contracts" => drop(self.contract_list(tx, (viewer, &query), book)?),
                "settlements" => drop(self.settlement_list(tx, (viewer, &query), book)?),
                "entries" => drop(self.entry_list(tx, (viewer, &query), book)?),
                "work" => drop(self.work_list(tx, (viewer, &query), book)?),
                "audit" => drop(self.audit_list(tx, (viewer, &query), book)?),
                _ => return Ok(None),
            },
            "file" => {
                let Some(keys) = self.opened("file", id) else { return Ok(None) };
                let Some(file) = self.seen_file(tx, viewer, &keys)? else { return Ok(None) };
                self.file_view(tx, (id, &keys, &file), book)?;
            }
            "remittance" => {
                let Some(keys) = self.opened("payment", id) else { return Ok(None) };
                let Some(payment) = self.seen_payment(tx, viewer, &keys)? else {
                    return Ok(None);
                };
                self.payment_view(tx, (id, &payment), (viewer, book))?;
            }
            _ if !is_own(viewer) => return Ok(None),
            "work" => {
                let Some(claim) = self.own_claim(tx, id)? else { return Ok(None) };
                self.work_item(id, &claim, book);
            }
            "entry" => {
                let keys = self.opened("entry", id).unwrap_or_default();
                let Some((id, entry)) = self.own_entry(tx, &keys)? else { return Ok(None) };
                self.entry_view(tx, (&id, &entry), book)?;
            }
            "account" | "ledger" => drop(self.accounts_view(tx, book)?),
            "peer" => drop(self.node_view(tx, book)?),
            "audit" => drop(self.verdict(tx, viewer.at, book)?),
            _ => return Ok(None),
        }
        Ok(Some(()))
    }

    fn alarms(&self, tx: &Transaction<'_>, viewer: &Viewer) -> Answer<Vec<Alarm>> {
        let mut alarms = Vec::new();
        alarms.extend(is_restored(&self.data).then(restored_alarm));
        if self.is_payer() {
            return Ok(alarms);
        }
        if viewer.account.roles.contains(&Role::ProviderBilling) {
            alarms.extend(self.held_alarm(tx)?);
        }
        alarms.extend(self.payment_alarm(tx)?);
        Ok(alarms)
    }

    fn payment_alarm(&self, tx: &Transaction<'_>) -> Answer<Option<Alarm>> {
        let key = (ListName::PaymentWork, Vec::new());
        let known = lock(&self.totals).totals.get(&key).cloned();
        let totals = match known {
            Some(totals) => totals,
            None => {
                let asked = tx.list_totals(ListName::PaymentWork, &ListPage::default());
                let totals = asked.map_err(|error| trouble(&error))?;
                lock(&self.totals).totals.insert(key, totals.clone());
                totals
            }
        };
        let what = match totals.count {
            0 => return Ok(None),
            1 => "One payment does not agree with the bank".to_owned(),
            count => format!("{count} payments do not agree with the bank"),
        };
        Ok(Some(Alarm { what, owner: "finance".to_owned(), due: None, worth: None, target: None }))
    }
}

impl Desk for OfficeDesk {
    fn standing(&self, viewer: &Viewer) -> Answer<Standing> {
        self.refresh_if_idle()?;
        let found = self.own(viewer, "stand", |tx, _| {
            let relations = relations(tx).map_err(|error| stopped(&error))?;
            let partners = relations.iter().map(|one| {
                let state = self.agreement(tx, one)?;
                Ok((one.partner.clone(), state))
            });
            let partners = partners.collect::<Answer<Vec<_>>>()?;
            Ok(Some((partners, self.alarms(tx, viewer)?)))
        })?;
        let (partners, alarms) = found.unwrap_or_default();
        Ok(Standing {
            organization: self.organization.clone(),
            side: if self.is_payer() { Side::Payer } else { Side::Provider },
            generated: self.generated,
            as_of: viewer.at,
            source: "own books".to_owned(),
            partners,
            alarms,
        })
    }

    fn work(&self, viewer: &Viewer, query: &ListQuery) -> Answer<Listing<WorkItem>> {
        self.asked_list(viewer, "work", |tx, book| self.work_list(tx, (viewer, query), book))
    }

    fn files(&self, viewer: &Viewer, query: &ListQuery) -> Answer<Listing<FileRow>> {
        self.asked_list(viewer, "files", |tx, book| self.file_list(tx, (viewer, query), book))
    }

    fn file(&self, viewer: &Viewer, id: &str) -> Answer<Option<FileView>> {
        let Some(keys) = self.opened("file", id) else { return Ok(None) };
        self.asked(viewer, "one file", |tx, book| {
            let Some(file) = self.seen_file(tx, viewer, &keys)? else { return Ok(None) };
            self.file_view(tx, (id, &keys, &file), book).map(Some)
        })
    }

    fn file_raw(
        &self,
        viewer: &Viewer,
        id: &str,
        from: u64,
        count: u32,
    ) -> Answer<Option<RawView>> {
        let Some(keys) = self.opened("file", id) else { return Ok(None) };
        self.asked(viewer, "segments of a file", |tx, _| {
            let Some(file) = self.seen_file(tx, viewer, &keys)? else { return Ok(None) };
            self.raw(tx, (id, &keys), file, (from, count)).map(Some)
        })
    }

    fn receive(&self, viewer: &Viewer, upload: &Upload) -> Answer<Received> {
        if !is_own(viewer) {
            let why = "Guests send their files through their own node.";
            return Err(DeskError::new(DeskErrorKind::Invalid, "The file was not taken.", why));
        }
        self.take_upload(viewer, upload)
    }

    fn resend(&self, viewer: &Viewer, id: &str) -> Answer<Option<()>> {
        let Some(keys) = self.opened("file", id) else { return Ok(None) };
        let name = self.own(viewer, "find a file", |tx, _| {
            let file = self.own_file(tx, &keys)?;
            Ok(file.map(|_| keys.clone()))
        })?;
        let Some([way, name]) = name.as_deref() else { return Ok(None) };
        if way != "out" {
            let why = "The file came in; only files that went out are sent again.";
            return Err(DeskError::new(DeskErrorKind::Invalid, "Nothing was sent.", why));
        }
        self.write_again(name).map(Some)
    }

    fn claims(&self, viewer: &Viewer, query: &ListQuery) -> Answer<Listing<ClaimRow>> {
        let named = claims_list(self.is_payer());
        let mut asked = query.clone();
        // Every claim is told by our own books here, so that its match is not known.
        match asked.filters.remove("match").as_deref() {
            None | Some("unknown") => {}
            Some(_) => return Ok(self.nothing((viewer, query), &named, &mut self.book(viewer))),
        }
        self.asked_list(viewer, "claims", |tx, book| self.claim_list(tx, (viewer, &asked), book))
    }

    fn claim(&self, viewer: &Viewer, id: &str) -> Answer<Option<ClaimView>> {
        self.asked(viewer, "one claim", |tx, book| {
            let Some(claim) = self.seen_claim(tx, viewer, id)? else { return Ok(None) };
            self.claim_view(tx, (id, &claim), book).map(Some)
        })
    }

    fn decide(&self, viewer: &Viewer, decision: &Decision) -> Answer<Option<()>> {
        if !is_own(viewer) {
            return Ok(None);
        }
        self.expect_not_restored("Nothing was decided.")?;
        self.decide_one(viewer, decision)
    }

    fn check(&self, viewer: &Viewer, request: &CheckRequest) -> Answer<Option<CheckView>> {
        if !is_own(viewer) {
            return Ok(None);
        }
        let (id, segments) = match &request.source {
            CheckSource::Text(text) => ("text".to_owned(), text.expose().clone().into_bytes()),
            CheckSource::Claim(id) => {
                let found = self.own(viewer, "a claim to check", |tx, _| {
                    Ok(self.own_claim(tx, id)?.map(|claim| claim.segments().to_vec()))
                })?;
                let Some(segments) = found else { return Ok(None) };
                (id.clone(), segments)
            }
        };
        let mut book = self.book(viewer);
        let view = self.checked(viewer, (&id, &segments), request, &mut book)?;
        self.keep_check(format!("{}/{id}", viewer.account.id), book.into_all());
        Ok(Some(view))
    }

    fn held(&self, viewer: &Viewer, query: &ListQuery) -> Answer<Listing<HeldRow>> {
        self.asked_list(viewer, "held claims", |tx, book| self.held_list(tx, (viewer, query), book))
    }

    fn held_claim(&self, viewer: &Viewer, id: &str) -> Answer<Option<HeldView>> {
        self.asked(viewer, "one held claim", |tx, book| self.held_view(tx, (viewer, id), book))
    }

    fn withdraw_held(&self, viewer: &Viewer, id: &str) -> Answer<Option<()>> {
        self.withdraw_one(viewer, id)
    }

    fn scorecard(&self, viewer: &Viewer, query: &ListQuery) -> Answer<Listing<ScoreRow>> {
        self.asked_list(viewer, "scorecard", |tx, book| self.score_list(tx, (viewer, query), book))
    }

    fn remittances(&self, viewer: &Viewer, query: &ListQuery) -> Answer<Listing<RemittanceRow>> {
        self.asked_list(viewer, "payments", |tx, book| self.payment_list(tx, (viewer, query), book))
    }

    fn remittance(&self, viewer: &Viewer, id: &str) -> Answer<Option<RemittanceView>> {
        let Some(keys) = self.opened("payment", id) else { return Ok(None) };
        self.asked(viewer, "one payment", |tx, book| {
            let Some(payment) = self.seen_payment(tx, viewer, &keys)? else { return Ok(None) };
            self.payment_view(tx, (id, &payment), (viewer, book)).map(Some)
        })
    }

    fn accounts(&self, viewer: &Viewer) -> Answer<AccountsView> {
        let found =
            self.own(viewer, "accounts", |tx, book| self.accounts_view(tx, book).map(Some))?;
        found.ok_or_else(|| {
            DeskError::new(
                DeskErrorKind::Invalid,
                "There are no books to show.",
                "You are a guest.",
            )
        })
    }

    fn entries(&self, viewer: &Viewer, query: &ListQuery) -> Answer<Listing<EntryRow>> {
        self.asked_list(viewer, "entries", |tx, book| self.entry_list(tx, (viewer, query), book))
    }

    fn entry(&self, viewer: &Viewer, id: &str) -> Answer<Option<EntryView>> {
        let Some(keys) = self.opened("entry", id) else { return Ok(None) };
        self.own(viewer, "one entry", |tx, book| {
            let Some((id, entry)) = self.own_entry(tx, &keys)? else { return Ok(None) };
            self.entry_view(tx, (&id, &entry), book).map(Some)
        })
    }

    fn contracts(&self, viewer: &Viewer, query: &ListQuery) -> Answer<Listing<ContractRow>> {
        self.asked(viewer, "contracts", |tx, book| self.contract_list(tx, (viewer, query), book))
    }

    fn contract(&self, viewer: &Viewer, id: &str) -> Answer<Option<ContractView>> {
        self.asked(viewer, "one contract", |tx, book| self.contract_view(tx, (viewer, id), book))
    }

    fn changes(
        &self,
        viewer: &Viewer,
        id: &str,
        request: &ChangesRequest,
    ) -> Answer<Option<ChangesView>> {
        let mut book = self.book(viewer);
        let view = self.changed((viewer, id), request, &mut book)?;
        self.keep_check(kept_key("changes", viewer, id), book.into_all());
        Ok(view)
    }

    fn simulate(
        &self,
        viewer: &Viewer,
        id: &str,
        assumptions: &[(String, String)],
    ) -> Answer<Option<SimulationView>> {
        let mut book = self.book(viewer);
        let view = self.simulated((viewer, id), assumptions, &mut book)?;
        self.keep_check(kept_key("simulation", viewer, id), book.into_all());
        Ok(view)
    }

    fn sign_contract(&self, viewer: &Viewer, id: &str, digest: &str) -> Answer<Option<()>> {
        self.sign_version(viewer, id, digest)
    }

    fn settlements(&self, viewer: &Viewer, query: &ListQuery) -> Answer<Listing<SettlementRow>> {
        self.asked(viewer, "settlements", |tx, book| {
            self.settlement_list(tx, (viewer, query), book)
        })
    }

    fn settlement(
        &self,
        viewer: &Viewer,
        id: &str,
        row: Option<u64>,
    ) -> Answer<Option<SettlementView>> {
        self.asked(viewer, "one settlement", |tx, book| {
            self.settlement_view(tx, (viewer, id), row, book)
        })
    }

    fn settlement_file(
        &self,
        viewer: &Viewer,
        id: &str,
        form: DocumentForm,
    ) -> Answer<Option<Vec<u8>>> {
        self.asked(viewer, "a settlement's file", |tx, _| {
            self.settlement_bytes(tx, (viewer, id), form)
        })
    }

    fn sign_settlement(&self, viewer: &Viewer, id: &str, digest: &str) -> Answer<Option<()>> {
        self.sign_statement(viewer, id, digest)
    }

    fn audit(&self, viewer: &Viewer, query: &ListQuery) -> Answer<Listing<AuditRow>> {
        self.asked_list(viewer, "audit", |tx, book| self.audit_list(tx, (viewer, query), book))
    }

    fn verify(&self, viewer: &Viewer) -> Answer<AuditVerdict> {
        let told = self.read("verify", |tx| self.verdict(tx, viewer.at, &mut self.book(viewer)))?;
        Ok(told)
    }

    fn keep(&self, event: &AuditEvent) -> Answer<()> {
        self.keep_event(event)
    }

    fn node(&self, viewer: &Viewer) -> Answer<NodeView> {
        self.read("the node", |tx| self.node_view(tx, &mut self.book(viewer)))
    }

    fn find(&self, viewer: &Viewer, text: &str) -> Answer<Vec<FoundItem>> {
        let text = text.trim();
        self.asked(viewer, "find", |tx, _| {
            let found = self.found(tx, text)?;
            self.seen_items(tx, viewer, found)
        })
    }

    fn explain(&self, viewer: &Viewer, address: &FigureAddress) -> Answer<Option<Explanation>> {
        match address.subject.as_str() {
            "check" => {
                return Ok(self.kept(&format!("{}/{}", viewer.account.id, address.id), address));
            }
            "changes" => {
                return Ok(self.kept(&kept_key("changes", viewer, &address.id), address));
            }
            "simulation" => return self.explain_draw(viewer, address),
            _ => {}
        }
        self.refresh()?;
        self.read("explain", |tx| {
            let mut book = self.book(viewer);
            let filled = self.fill(tx, (viewer, address), &mut book)?;
            Ok(filled.and_then(|()| book.take(address)))
        })
    }

    fn live_after(&self, viewer: &Viewer, after: u64, limit: u32) -> Answer<Vec<LiveEvent>> {
        self.seen_events(viewer, (after, limit))
    }

    fn draft(&self, account: &Account, form: &str) -> Answer<Option<Phi<String>>> {
        self.read("a draft", |tx| tx.draft(&account.id, form).map_err(|error| trouble(&error)))
    }

    fn keep_draft(&self, account: &Account, form: &str, fields: Option<Phi<String>>) -> Answer<()> {
        self.write("keep a draft", |tx| tx.keep_draft(&account.id, form, fields.as_ref()))
    }
}

/// That the work waits, and what a person does about it.
fn restored_alarm() -> Alarm {
    let what =
        format!("Nothing is decided, sent, taken in or paid: {RESTORED_WHAT}. {RESTORED_NEXT}");
    Alarm { what, owner: "administrator".to_owned(), due: None, worth: None, target: None }
}

impl OfficeDesk {
    /// Refuses to change a claim in a folder whose work waits since it was restored.
    pub(crate) fn expect_not_restored(&self, what: &str) -> Answer<()> {
        if !is_restored(&self.data) {
            return Ok(());
        }
        Err(DeskError::new(DeskErrorKind::Unavailable, what, RESTORED_WHAT)
            .next(RESTORED_NEXT)
            .unchanged("The claim; it waits as before."))
    }

    /// Writes a file that went out into the folder of copies again.
    fn write_again(&self, name: &str) -> Answer<()> {
        let folder = self.data.join(OUT);
        let failed = |why: String| {
            DeskError::new(DeskErrorKind::Unavailable, "The file was not written again.", &why)
                .next("An administrator finds the cause with `counterfoil doctor`.")
                .unchanged("The file as it was sent first.")
        };
        let mut out = OutFolder(folder);
        let done = rewrite_file(&mut lock(&self.store), name, &mut out);
        done.map(drop).map_err(|error| failed(error.to_string()))?;
        self.tell("work", "A file was written again.");
        Ok(())
    }
}
