//! `counterfoil claim pay`: the payment run.

use crate::console::Console;
use crate::error::CommandError;
use crate::office::OutFolder;
use crate::show_finding::count;
use crate::{Outcome, office};
use counterfoil_base::Date;
use counterfoil_operations::PaymentSettings;
use counterfoil_operations::payer::{PaymentRun, run_payments};
use counterfoil_store::{Side, Store};
use serde_json::{Value, json};
use std::path::Path;

pub(crate) fn run(
    data: &Path,
    rates: &Path,
    (out, on): (&Path, Date),
    json: bool,
    console: &mut Console<'_>,
) -> Result<Outcome, CommandError> {
    let settings = office::payment_settings(rates)?;
    let mut store = office::open_existing(data, Side::Payer)?;
    office::expect_writable(out)?;
    let payments = pay(&mut store, &settings, on, out)?;
    if json {
        console.print_json(&payments_json(&payments));
    } else {
        say_payments(console, &payments, out);
    }
    Ok(if payments.failed.is_empty() { Outcome::Done } else { Outcome::Findings })
}

/// Pays everything that is due on a day into files of a folder.
pub(crate) fn pay(
    store: &mut Store,
    settings: &PaymentSettings,
    on: Date,
    out: &Path,
) -> Result<PaymentRun, CommandError> {
    Ok(run_payments(store, settings, on, &mut OutFolder(out.to_path_buf()))?)
}

pub(crate) fn say_payments(console: &mut Console<'_>, payments: &PaymentRun, out: &Path) {
    for (payee, cause) in &payments.failed {
        console
            .print(&format!("payee {payee} could not be paid: {cause}; nothing of it was marked"));
    }
    if payments.payments.is_empty() {
        console.print("nothing was due for payment");
        return;
    }
    let number = count(payments.payments.len() as u64, "payment");
    console.print(&format!("{number} in {}, {} in all", out.display(), payments.total_cents()));
    for one in &payments.payments {
        console.print(&format!(
            "  {:<16} {:>14} {} effective {}  {} for {}",
            one.payee.payee_key,
            one.amount_cents.to_string(),
            one.method,
            one.effective_on,
            one.file,
            count(one.claims as u64, "claim"),
        ));
    }
    if let Some(file) = &payments.ccd_file {
        console.print(&format!("  CCD+ entries in {file}"));
    }
}

pub(crate) fn payments_json(payments: &PaymentRun) -> Value {
    let list: Vec<_> = payments
        .payments
        .iter()
        .map(|one| {
            json!({
                "trace_number": one.trace_number,
                "payee": one.payee.payee_key,
                "amount_cents": one.amount_cents.0,
                "method": one.method,
                "effective_on": one.effective_on.to_string(),
                "claims": one.claims,
                "file": one.file,
            })
        })
        .collect();
    json!({
        "payments": list,
        "total_cents": payments.total_cents().0,
        "ccd_file": payments.ccd_file,
        "failed": payments
            .failed
            .iter()
            .map(|(payee, cause)| json!({ "payee": payee, "cause": cause }))
            .collect::<Vec<_>>(),
    })
}
