//! The CCD+ file: one credit for each 835 paid electronically, to the account that it named.

use super::outbox::record;
use super::payment_run::{Payment, PaymentRequest, sentences};
use crate::business_day::business_day_from;
use crate::error::OperationsError;
use crate::payment_settings::PaymentSettings;
use counterfoil_base::{Date, Text, format_ccyymmdd};
use counterfoil_claim::RemittanceAdvice;
use counterfoil_remit::{CcdOrigin, CcdPayment, Trace, write_ccd_plus};
use counterfoil_store::{CreditRow, RemittanceRow};

/// A payment with its 835 that no CCD+ file holds yet.
pub(super) const ISSUED: &str = "issued";
/// A payment whose CCD+ entry is written, or that needs none.
const SENT: &str = "sent";

impl Payment<'_, '_> {
    /// One CCD+ entry for each electronic payment that no CCD+ file holds yet, this run's and
    /// those of a run that was interrupted; the payments are marked in the same transaction.
    ///
    /// A credit that the format cannot carry waits alone, so that the others get their money.
    pub(super) fn send(
        &self,
        failed: &mut Vec<(String, String)>,
    ) -> Result<Option<String>, OperationsError> {
        let PaymentRequest { settings, on, .. } = self.request;
        let mut credits = Vec::new();
        for row in self.tx.remittances_to_send()? {
            if let Some(credit) = self.credit(&row)? {
                let alone = ccd_plus(settings, on, 1, std::slice::from_ref(&credit));
                if let Err(OperationsError::Unwritable { cause, .. }) = alone {
                    failed.push((row.payee_key, cause));
                    continue;
                }
                credits.push(credit);
            }
            let sent = RemittanceRow { match_outcome: SENT.to_owned(), ..row };
            self.tx.set_remittance_match(&sent)?;
        }
        if credits.is_empty() {
            return Ok(None);
        }
        let number = self.tx.next_number("ccd")?;
        let name = format!("ccd-{}-{number:04}.ach", format_ccyymmdd(on));
        let file = ccd_plus(settings, on, number, &credits)?;
        record(self.tx, (name.clone(), "CCD+"), &name, file.as_bytes())?;
        Ok(Some(name))
    }

    /// The credit that an 835 told of, to the account that it named; nothing for a check.
    ///
    /// The day is that of the 835, or the first on which banks can still settle when the run
    /// that was to send it broke off.
    fn credit(&self, row: &RemittanceRow) -> Result<Option<CcdPayment>, OperationsError> {
        let Some(account) = self.tx.payment_credit(&row.trace_number)? else { return Ok(None) };
        let out_of_range = || OperationsError::Unreadable("the effective date of a payment");
        let announced = row.effective_on.parse::<Date>().map_err(|_| out_of_range())?;
        let earliest = business_day_from(self.request.on).ok_or_else(out_of_range)?;
        Ok(Some(CcdPayment {
            amount_cents: row.amount_cents,
            effective_date: announced.max(earliest),
            trace: Trace {
                number: Text::from(&row.trace_number),
                payer_identifier: Text::from(&row.payer_identifier),
                supplement: Text::default(),
            },
            payee_routing: Text::from(&account.payee_routing),
            payee_account: Text::from(&account.payee_account),
            to_savings: false,
            payee_id: Text::from(&account.payee_id),
            payee_name: Text::from(&account.payee_name),
        }))
    }

    /// The CCD+ file is made from what the 835 said, whatever the settings say by then.
    pub(super) fn keep_credit(&self, advice: &RemittanceAdvice) -> Result<(), OperationsError> {
        let Some(credit) = CcdPayment::of(advice) else { return Ok(()) };
        let row = CreditRow {
            trace_number: credit.trace.number.to_string(),
            payee_routing: credit.payee_routing.to_string(),
            payee_account: credit.payee_account.to_string(),
            payee_id: credit.payee_id.to_string(),
            payee_name: credit.payee_name.to_string(),
        };
        Ok(self.tx.insert_payment_credit(&row)?)
    }
}

fn ccd_plus(
    settings: &PaymentSettings,
    on: Date,
    number: i64,
    credits: &[CcdPayment],
) -> Result<String, OperationsError> {
    // One letter or digit tells several files of a day apart (NACHA record 1 field 7).
    let modifiers = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    let index = usize::try_from((number - 1).rem_euclid(36)).unwrap_or(0);
    let origin = CcdOrigin {
        destination_routing: settings.routing.clone(),
        destination_name: "BANK".into(),
        origin_id: settings.payer_identifier.clone(),
        origin_name: settings.payer.name.clone(),
        company_name: settings.payer.name.clone(),
        company_id: settings.payer_identifier.clone(),
        originating_routing: settings.routing.clone(),
        file_date: on,
        file_time: (0, 0),
        file_id_modifier: modifiers.chars().nth(index).unwrap_or('A'),
    };
    write_ccd_plus(&origin, credits).map_err(|findings| OperationsError::Unwritable {
        what: "the CCD+ file",
        cause: sentences(&findings),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use counterfoil_adjudicate::Rates;
    use counterfoil_base::Cents;
    use counterfoil_store::Store;

    fn settings(account: &str) -> PaymentSettings {
        let text = format!(
            "[payer]\nname = \"PLAN\"\nid = \"PLAN\"\ntax_id = \"123456789\"\n\
             sender_id = \"PLAN\"\naddress = \"1 WAY\"\ncity = \"DENVER\"\nstate = \"CO\"\n\
             postal_code = \"80202\"\ncontact_name = \"DESK\"\ncontact_phone = \"3035550100\"\n\
             routing = \"011000015\"\naccount = \"4711\"\n\
             [[payee]]\nnpi = \"1234567893\"\nrouting = \"011000015\"\naccount = \"{account}\"\n"
        );
        PaymentSettings::parse(&text).unwrap()
    }

    fn issued(trace_number: &str, on: &str) -> RemittanceRow {
        RemittanceRow {
            trace_number: trace_number.into(),
            payer_identifier: "1123456789".into(),
            payee_key: "1234567893".into(),
            payer_id: "PLAN".into(),
            payer_name: "PLAN".into(),
            fingerprint: 0,
            amount_cents: Cents(12_345),
            claims: 1,
            effective_on: on.into(),
            method: "ACH".into(),
            file_digest: String::new(),
            match_outcome: ISSUED.into(),
            matched_cents: Cents::ZERO,
            settled_trace: String::new(),
        }
    }

    fn credit(trace_number: &str, account: &str) -> CreditRow {
        CreditRow {
            trace_number: trace_number.into(),
            payee_routing: "011000015".into(),
            payee_account: account.into(),
            payee_id: "1234567893".into(),
            payee_name: "CLINIC".into(),
        }
    }

    /// An 835 was issued on a Monday to account 700001; the run broke off before the CCD+ file,
    /// the payee changed banks, and the next run is a week later.
    #[test]
    fn a_credit_goes_where_its_835_said_and_on_a_day_that_can_still_come() {
        let mut store = Store::open_in_memory().unwrap();
        let settings = settings("888888");
        let rates = Rates::default();
        let on: Date = "2025-07-14".parse().unwrap();
        let mut failed = Vec::new();
        let file = store.transaction("send", |tx| {
            for (trace, account) in [("T1", "700001"), ("T2", "")] {
                tx.insert_remittance(&issued(trace, "2025-07-07"))?;
                tx.insert_payment_credit(&credit(trace, account))?;
            }
            let payment =
                Payment { tx, request: PaymentRequest { settings: &settings, rates: &rates, on } };
            let name = payment.send(&mut failed)?.expect("a file");
            let waiting: Vec<_> =
                tx.remittances_to_send()?.into_iter().map(|row| row.trace_number).collect();
            assert_eq!(waiting, ["T2"], "a credit without an account waits alone");
            Ok::<_, OperationsError>(tx.outbox_part(&name, 0)?.expect("its bytes"))
        });
        let file = String::from_utf8(file.unwrap()).unwrap();
        assert!(file.contains("700001") && !file.contains("888888"), "{file}");
        assert!(file.contains("HCCLAIMPMT      250714"), "{file}");
        assert_eq!(failed.len(), 1, "{failed:?}");
    }
}
