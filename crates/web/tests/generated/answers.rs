//! The generated desk as the pages ask it.

use super::book::Book;
use super::world::{Claim, File, PARTNERS, Payment};
use super::{GeneratedDesk, sees};
use counterfoil_base::Phi;
use counterfoil_web::view::{
    AccountsView, AuditEvent, AuditRow, AuditVerdict, ChangesRequest, ChangesView, CheckRequest,
    CheckSource, CheckView, ClaimRow, ClaimView, ContractRow, ContractView, DocumentForm, EntryRow,
    EntryView, Explanation, FileRow, FileView, FoundItem, HeldRow, HeldView, ListQuery, Listing,
    NodeView, RawView, Received, RemittanceRow, RemittanceView, ScoreRow, SettlementRow,
    SettlementView, SimulationView, Standing, Target, Upload, WorkItem,
};
use counterfoil_web::{
    Account, Answer, Decision, Desk, DeskError, DeskErrorKind, Employer, FigureAddress, LiveEvent,
    Viewer,
};

impl GeneratedDesk {
    fn claim_of(&self, viewer: &Viewer, id: &str) -> Option<&Claim> {
        let claim = self.world.claims.iter().find(|claim| claim.id == id)?;
        sees(viewer, PARTNERS[claim.partner].0).then_some(claim)
    }

    fn file_of(&self, viewer: &Viewer, id: &str) -> Option<&File> {
        let file = self.world.files.iter().find(|file| file.id == id)?;
        sees(viewer, PARTNERS[file.partner].0).then_some(file)
    }

    fn payment_of(&self, viewer: &Viewer, id: &str) -> Option<&Payment> {
        let payment = self.world.payments.iter().find(|payment| payment.id == id)?;
        sees(viewer, PARTNERS[payment.partner].0).then_some(payment)
    }

    /// What was asked last about two versions; figures of its answer open from it.
    fn last_request(&self) -> ChangesRequest {
        self.request.lock().expect("no panic inside").clone()
    }

    /// Fills a book with everything that is shown of a subject.
    fn open(&self, viewer: &Viewer, address: &FigureAddress, book: &mut Book) -> Option<()> {
        let (id, is_own) = (address.id.as_str(), viewer.account.employer == Employer::Own);
        let query = ListQuery {
            filters: address.filter.iter().cloned().collect(),
            limit: 100,
            ..ListQuery::default()
        };
        match address.subject.as_str() {
            "claim" => drop(self.claim_view(self.claim_of(viewer, id)?, book)),
            "file" => drop(self.file_view(self.file_of(viewer, id)?, book)),
            "remittance" => drop(self.remittance_view(self.payment_of(viewer, id)?, book)),
            "check" if is_own => {
                let changes = Vec::new();
                let source = CheckSource::Claim(id.to_owned());
                let claim = self.claim_of(viewer, id);
                drop(self.checked(claim, &CheckRequest { source, changes }, book));
            }
            "entry" if is_own => drop(self.entry_view(self.payment_of(viewer, id)?, book)),
            "account" | "flow" | "ledger" if is_own => drop(self.accounts_view(book)),
            "peer" if is_own => drop(self.node_view(book)),
            "audit" if is_own => drop(self.verdict(book)),
            "work" if is_own => drop(self.work_list(&ListQuery::default(), book)),
            "held" if is_own => drop(self.held_view(viewer, id, book)),
            "contract" => drop(self.contract_view(viewer, id, book)),
            "changes" => drop(self.changes_view(viewer, id, &self.last_request(), book)),
            "simulation" => drop(self.simulation_view(viewer, id, &address.filter, book)),
            "settlement" => {
                let row = address.name.strip_prefix("row-").and_then(|name| name.split('-').next());
                let row = row.and_then(|row| row.parse().ok());
                drop(self.settlement_view(viewer, (id, row), book));
            }
            "score" => drop(self.score_list(viewer, &ListQuery::default(), book)),
            "list" => match id {
                "held" if is_own => drop(self.held_list(viewer, &query, book)),
                "contracts" => drop(self.contract_list(viewer, &query, book)),
                "settlements" => drop(self.settlement_list(viewer, &query, book)),
                "scorecard" => drop(self.score_list(viewer, &query, book)),
                "claims" => drop(self.claim_list(viewer, &query, book)),
                "files" => drop(self.file_list(viewer, &query, book)),
                "remittances" => drop(self.remittance_list(viewer, &query, book)),
                "entries" if is_own => drop(self.entry_list(&query, book)),
                "work" if is_own => drop(self.work_list(&query, book)),
                "audit" if is_own => drop(self.audit_list(&query, book)),
                _ => return None,
            },
            _ => return None,
        }
        Some(())
    }
}

fn book() -> Book {
    Book::default()
}

impl Desk for GeneratedDesk {
    fn standing(&self, viewer: &Viewer) -> Answer<Standing> {
        Ok(self.standing_of(viewer))
    }

    fn work(&self, _: &Viewer, query: &ListQuery) -> Answer<Listing<WorkItem>> {
        self.answers()?;
        Ok(self.work_list(query, &mut book()))
    }

    fn files(&self, viewer: &Viewer, query: &ListQuery) -> Answer<Listing<FileRow>> {
        self.answers()?;
        Ok(self.file_list(viewer, query, &mut book()))
    }

    fn file(&self, viewer: &Viewer, id: &str) -> Answer<Option<FileView>> {
        self.answers()?;
        Ok(self.file_of(viewer, id).map(|file| self.file_view(file, &mut book())))
    }

    fn file_raw(
        &self,
        viewer: &Viewer,
        id: &str,
        from: u64,
        count: u32,
    ) -> Answer<Option<RawView>> {
        self.answers()?;
        Ok(self.file_of(viewer, id).map(|file| {
            let (segments, total) = self.raw_segments(file, from, count);
            RawView { name: file.name.clone(), file: file.id.clone(), total, segments }
        }))
    }

    fn receive(&self, _: &Viewer, upload: &Upload) -> Answer<Received> {
        self.answers()?;
        let known = self.world.files[0].id.clone();
        let mut uploads = self.uploads.lock().expect("no panic inside");
        let is_new = uploads.insert(upload.digest.clone(), upload.name.clone()).is_none();
        Ok(if is_new { Received::New { id: known } } else { Received::Known { id: known } })
    }

    fn resend(&self, viewer: &Viewer, id: &str) -> Answer<Option<()>> {
        self.answers()?;
        Ok(self.file_of(viewer, id).map(|_| ()))
    }

    fn claims(&self, viewer: &Viewer, query: &ListQuery) -> Answer<Listing<ClaimRow>> {
        self.answers()?;
        Ok(self.claim_list(viewer, query, &mut book()))
    }

    fn claim(&self, viewer: &Viewer, id: &str) -> Answer<Option<ClaimView>> {
        self.answers()?;
        Ok(self.claim_of(viewer, id).map(|claim| self.claim_view(claim, &mut book())))
    }

    fn decide(&self, viewer: &Viewer, decision: &Decision) -> Answer<Option<()>> {
        self.answers()?;
        let Some(claim) = self.claim_of(viewer, &decision.claim) else { return Ok(None) };
        let mut decided = self.decided.lock().expect("no panic inside");
        if claim.state != "pended" || decision.version != 0 || decided.contains_key(&claim.id) {
            let what = "This claim has already been decided.";
            return Err(DeskError::new(
                DeskErrorKind::Conflict,
                what,
                "Another person was quicker.",
            )
            .next("Load the claim again to see the decision; a reversal undoes it.")
            .unchanged("The decision that was made first."));
        }
        let reason = format!("Decided by {}", viewer.account.name);
        decided.insert(claim.id.clone(), (decision.choice.clone(), reason));
        drop(decided);
        self.tell(&format!("claim/{}", claim.id), "A claim was decided.");
        Ok(Some(()))
    }

    fn check(&self, viewer: &Viewer, request: &CheckRequest) -> Answer<Option<CheckView>> {
        self.answers()?;
        Ok(match &request.source {
            CheckSource::Text(text) if !text.expose().starts_with("ISA") => {
                let what = "The text is not an X12 file.";
                return Err(DeskError::new(
                    DeskErrorKind::Invalid,
                    what,
                    "It does not begin with ISA.",
                )
                .next("Paste the whole file, from ISA to IEA.")
                .unchanged("Everything; checking changes nothing."));
            }
            CheckSource::Text(_) => Some(self.checked(None, request, &mut book())),
            CheckSource::Claim(id) => self
                .claim_of(viewer, id)
                .map(|claim| self.checked(Some(claim), request, &mut book())),
        })
    }

    fn held(&self, viewer: &Viewer, query: &ListQuery) -> Answer<Listing<HeldRow>> {
        self.answers()?;
        Ok(self.held_list(viewer, query, &mut book()))
    }

    fn held_claim(&self, viewer: &Viewer, id: &str) -> Answer<Option<HeldView>> {
        self.answers()?;
        Ok(self.held_view(viewer, id, &mut book()))
    }

    fn withdraw_held(&self, viewer: &Viewer, id: &str) -> Answer<Option<()>> {
        let Some(held) = self.held_view(viewer, id, &mut book()) else { return Ok(None) };
        if self.withdrawn.lock().expect("no test panics in here").insert(held.row.id) {
            return Ok(Some(()));
        }
        let why = "dana has withdrawn it already, on 2026-06-14.";
        let what = "The claim was not withdrawn.";
        Err(DeskError::new(DeskErrorKind::Conflict, what, why))
    }

    fn scorecard(&self, viewer: &Viewer, query: &ListQuery) -> Answer<Listing<ScoreRow>> {
        self.answers()?;
        Ok(self.score_list(viewer, query, &mut book()))
    }

    fn remittances(&self, viewer: &Viewer, query: &ListQuery) -> Answer<Listing<RemittanceRow>> {
        self.answers()?;
        Ok(self.remittance_list(viewer, query, &mut book()))
    }

    fn remittance(&self, viewer: &Viewer, id: &str) -> Answer<Option<RemittanceView>> {
        self.answers()?;
        Ok(self.payment_of(viewer, id).map(|p| self.remittance_view(p, &mut book())))
    }

    fn accounts(&self, _: &Viewer) -> Answer<AccountsView> {
        self.answers()?;
        Ok(self.accounts_view(&mut book()))
    }

    fn entries(&self, _: &Viewer, query: &ListQuery) -> Answer<Listing<EntryRow>> {
        self.answers()?;
        Ok(self.entry_list(query, &mut book()))
    }

    fn entry(&self, viewer: &Viewer, id: &str) -> Answer<Option<EntryView>> {
        self.answers()?;
        Ok(self.payment_of(viewer, id).map(|p| self.entry_view(p, &mut book())))
    }

    fn contracts(&self, viewer: &Viewer, query: &ListQuery) -> Answer<Listing<ContractRow>> {
        self.answers()?;
        Ok(self.contract_list(viewer, query, &mut book()))
    }

    fn contract(&self, viewer: &Viewer, id: &str) -> Answer<Option<ContractView>> {
        self.answers()?;
        Ok(self.contract_view(viewer, id, &mut book()))
    }

    fn changes(
        &self,
        viewer: &Viewer,
        id: &str,
        request: &ChangesRequest,
    ) -> Answer<Option<ChangesView>> {
        self.answers()?;
        *self.request.lock().expect("no panic inside") = request.clone();
        Ok(self.changes_view(viewer, id, request, &mut book()))
    }

    fn simulate(
        &self,
        viewer: &Viewer,
        id: &str,
        assumptions: &[(String, String)],
    ) -> Answer<Option<SimulationView>> {
        self.answers()?;
        Ok(self.simulation_view(viewer, id, assumptions, &mut book()))
    }

    fn sign_contract(&self, viewer: &Viewer, id: &str, digest: &str) -> Answer<Option<()>> {
        self.answers()?;
        let Some(view) = self.contract_view(viewer, id, &mut book()) else { return Ok(None) };
        self.sign(id, &view.row.digest, digest)
    }

    fn settlements(&self, viewer: &Viewer, query: &ListQuery) -> Answer<Listing<SettlementRow>> {
        self.answers()?;
        Ok(self.settlement_list(viewer, query, &mut book()))
    }

    fn settlement(
        &self,
        viewer: &Viewer,
        id: &str,
        row: Option<u64>,
    ) -> Answer<Option<SettlementView>> {
        self.answers()?;
        Ok(self.settlement_view(viewer, (id, row), &mut book()))
    }

    fn settlement_file(
        &self,
        viewer: &Viewer,
        id: &str,
        form: DocumentForm,
    ) -> Answer<Option<Vec<u8>>> {
        self.answers()?;
        Ok(self.settlement_bytes(viewer, id, form))
    }

    fn sign_settlement(&self, viewer: &Viewer, id: &str, digest: &str) -> Answer<Option<()>> {
        self.answers()?;
        let Some(view) = self.settlement_view(viewer, (id, None), &mut book()) else {
            return Ok(None);
        };
        let ours = view.sides.iter().find(|side| side.is_ours);
        self.sign(id, ours.map_or("", |side| &side.statement), digest)
    }

    fn audit(&self, _: &Viewer, query: &ListQuery) -> Answer<Listing<AuditRow>> {
        self.answers()?;
        Ok(self.audit_list(query, &mut book()))
    }

    fn verify(&self, _: &Viewer) -> Answer<AuditVerdict> {
        self.answers()?;
        Ok(self.verdict(&mut book()))
    }

    fn keep(&self, event: &AuditEvent) -> Answer<()> {
        self.audit.lock().expect("no panic inside").push(event.clone());
        Ok(())
    }

    fn node(&self, _: &Viewer) -> Answer<NodeView> {
        self.answers()?;
        Ok(self.node_view(&mut book()))
    }

    fn find(&self, viewer: &Viewer, text: &str) -> Answer<Vec<FoundItem>> {
        self.answers()?;
        let text = text.to_lowercase();
        let fits = |name: &str| text.len() >= 3 && name.to_lowercase().contains(&text);
        let found = |kind: &str, title: &str, target| FoundItem {
            kind: kind.to_owned(),
            title: title.to_owned(),
            target,
        };
        let mut items = Vec::new();
        for claim in self.world.claims.iter().filter(|c| sees(viewer, PARTNERS[c.partner].0)) {
            if fits(&claim.number) || fits(&claim.id) {
                items.push(found("claim", &claim.number, Target::Claim(claim.id.clone())));
            }
        }
        for payment in self.world.payments.iter().filter(|p| sees(viewer, PARTNERS[p.partner].0)) {
            if fits(&payment.trace) {
                items.push(found(
                    "payment",
                    &payment.trace,
                    Target::Remittance(payment.id.clone()),
                ));
            }
        }
        for file in self.world.files.iter().filter(|f| sees(viewer, PARTNERS[f.partner].0)) {
            if fits(&file.name) {
                items.push(found("file", &file.name, Target::File(file.id.clone())));
            }
        }
        items.truncate(50);
        Ok(items)
    }

    fn explain(&self, viewer: &Viewer, address: &FigureAddress) -> Answer<Option<Explanation>> {
        self.answers()?;
        let mut book = book();
        Ok(self.open(viewer, address, &mut book).and_then(|()| book.0.remove(address)))
    }

    fn live_after(&self, viewer: &Viewer, after: u64, limit: u32) -> Answer<Vec<LiveEvent>> {
        let live = self.live.lock().expect("no panic inside");
        let is_seen = |event: &&LiveEvent| {
            let claim = event.subject.strip_prefix("claim/");
            event.id > after && claim.is_none_or(|id| self.claim_of(viewer, id).is_some())
        };
        Ok(live.iter().filter(is_seen).take(limit as usize).cloned().collect())
    }

    fn draft(&self, account: &Account, form: &str) -> Answer<Option<Phi<String>>> {
        let drafts = self.drafts.lock().expect("no panic inside");
        Ok(drafts.get(&(account.id.clone(), form.to_owned())).cloned().map(Phi::new))
    }

    fn keep_draft(&self, account: &Account, form: &str, fields: Option<Phi<String>>) -> Answer<()> {
        let mut drafts = self.drafts.lock().expect("no panic inside");
        let key = (account.id.clone(), form.to_owned());
        match fields {
            Some(fields) => drafts.insert(key, fields.into_exposed()),
            None => drafts.remove(&key),
        };
        Ok(())
    }
}
