//! Everything with an id, number or digest.

use crate::office::{OfficeDesk, trouble};
use counterfoil_store::{ListName, ListPage, Transaction};
use counterfoil_web::Answer;
use counterfoil_web::view::{FoundItem, Target};

impl OfficeDesk {
    /// Everything with an id, number or digest, exactly as it is written.
    pub(crate) fn found(&self, tx: &Transaction<'_>, text: &str) -> Answer<Vec<FoundItem>> {
        let failed = |error| trouble(&error);
        let mut items = Vec::new();
        let mut add = |kind: &str, title: &str, target| {
            items.push(FoundItem { kind: kind.to_owned(), title: title.to_owned(), target });
        };
        if text.is_empty() {
            return Ok(items);
        }
        if self.is_payer() {
            let mut numbers: Vec<String> = vec![text.to_owned()];
            let same = tx.claims_by_patient_control_number(text).map_err(failed)?;
            numbers.extend(same.into_iter().take(50).map(|row| row.claim_control_number));
            for number in numbers {
                if let Some(id) = self.payer_claim_id(tx, &number)? {
                    add("claim", &number, Target::Claim(id));
                }
            }
        } else {
            for row in tx.receivables_by_number(text).map_err(failed)?.iter().take(50) {
                let title = format!("{} (billing {})", row.patient_control_number, row.version);
                add("claim", &title, Target::Claim(self.receivable_id(row)));
            }
        }
        let page = |name: &str| ListPage {
            filters: vec![(name.to_owned(), text.to_owned())],
            limit: 20,
            ..ListPage::default()
        };
        for keys in tx.list_keys(ListName::Payments, &page("q")).map_err(failed)? {
            let title = keys.get(1).cloned().unwrap_or_default();
            add("payment", &title, Target::Remittance(self.payment_id(&keys)));
        }
        for keys in tx.list_keys(ListName::Files, &page("q")).map_err(failed)? {
            let file = self.own_file(tx, &keys)?;
            let title = file.map(|file| file.name().to_owned()).unwrap_or_default();
            add("file", &title, Target::File(self.id("file", &keys)));
        }
        let balances = tx.trial_balance().map_err(failed)?;
        for balance in balances.iter().filter(|one| one.account == text) {
            add("account", text, Target::Account(balance.account.replace('/', "~")));
        }
        if let Some((number, _)) = tx.entry_number(text).map_err(failed)? {
            add("entry", text, Target::Entry(self.id("entry", &[number.to_string()])));
        }
        items.extend(self.agreed_items(tx, text)?);
        Ok(items)
    }
}
