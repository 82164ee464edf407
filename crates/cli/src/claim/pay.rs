//! `counterfoil claim pay`: the payment run.

use crate::console::Console;
use crate::error::CommandError;
use crate::office::OutFolder;
use crate::show_finding::{count, to_json};
use crate::{Outcome, office};
use counterfoil_base::Date;
use counterfoil_operations::OperationsError;
use counterfoil_operations::payer::{PaymentRequest, PaymentRun, rewrite_file, run_payments};
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
    office::expect_not_restored(data)?;
    let settings = office::payment_settings(rates)?;
    let rates = office::rates_of(rates, console)?;
    let mut store = office::open_existing(data, Side::Payer)?;
    office::expect_writable(out)?;
    let request = PaymentRequest { settings: &settings, rates: &rates, on };
    let payments = pay(&mut store, request, out)?;
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
    request: PaymentRequest<'_>,
    out: &Path,
) -> Result<PaymentRun, CommandError> {
    Ok(run_payments(store, request, &mut OutFolder(out.to_path_buf()))?)
}

/// Writes files that were issued before once more, as they were.
pub(crate) fn rewrite(
    names: &[String],
    (data, out): (&Path, &Path),
    json: bool,
    console: &mut Console<'_>,
) -> Result<Outcome, CommandError> {
    let mut store = office::open_existing(data, Side::Payer)?;
    office::expect_writable(out)?;
    let mut folder = OutFolder(out.to_path_buf());
    let mut written = Vec::new();
    for name in names {
        let done = rewrite_file(&mut store, name, &mut folder).map_err(|error| match error {
            OperationsError::Refused(_) => CommandError::operator(
                error,
                "name a file as the payment run named it (835-TRACE.x12, ccd-DAY-NUMBER.ach), or \
                 the trace number of a payment",
            ),
            other => other.into(),
        });
        written.push(done?);
    }
    if json {
        console.print_json(&json!({ "files": written }));
    } else {
        for name in &written {
            console.print(&format!("wrote {} as it was issued", out.join(name).display()));
        }
    }
    Ok(Outcome::Done)
}

pub(crate) fn say_payments(console: &mut Console<'_>, payments: &PaymentRun, out: &Path) {
    for (payee, cause) in &payments.failed {
        console
            .print(&format!("payee {payee} could not be paid: {cause}; nothing of it was marked"));
    }
    for finding in &payments.findings {
        console.print(&finding.message);
    }
    say_left_over(console, payments);
    if payments.payments.is_empty() && payments.files.is_empty() {
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

/// Files of an earlier run that broke off before it had written them.
fn say_left_over(console: &mut Console<'_>, payments: &PaymentRun) {
    let own = |name: &String| {
        payments.ccd_file.as_ref() == Some(name)
            || payments.payments.iter().any(|payment| payment.file == *name)
    };
    for name in payments.files.iter().filter(|name| !own(name)) {
        console.print(&format!("wrote {name}, which an interrupted run left over"));
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
        "files": payments.files,
        "findings": payments.findings.iter().map(to_json).collect::<Vec<_>>(),
        "failed": payments
            .failed
            .iter()
            .map(|(payee, cause)| json!({ "payee": payee, "cause": cause }))
            .collect::<Vec<_>>(),
    })
}
