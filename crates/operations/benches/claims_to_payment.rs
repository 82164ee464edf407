//! A claim file from receipt to payment: edits, decisions, books, 999, 277CA, 835, CCD+.
//!
//! `cargo bench -p counterfoil-operations --bench claims_to_payment -- [CLAIMS]` generates the
//! claims (50,000 when no number is given), then prints what the run took. Generated data. With
//! the word `postgres` the books are on the server that `COUNTERFOIL_TEST_POSTGRES` names.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "a benchmark measures time and prints it"
)]

mod common;

use common::{cpu_hundredths, payer, report, world, world_month, write_claims};
use counterfoil_operations::OperationsError;
use counterfoil_operations::intake::scan_file;
use counterfoil_operations::payer::{
    FileRequest, PackSource, PayerDesk, PaymentFiles, PaymentRequest, adjudicate_file, run_payments,
};
use counterfoil_samples::Database;
use counterfoil_store::{Place, Server, Store};
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::time::Instant;

struct Folder<'p>(&'p Path);

impl PaymentFiles for Folder<'_> {
    fn write(&mut self, name: &str, content: &mut dyn Read) -> Result<(), OperationsError> {
        let failed = |source| OperationsError::Io { doing: "writing".to_owned(), source };
        let mut file = File::create(self.0.join(name)).map_err(failed)?;
        std::io::copy(content, &mut file).map_err(failed)?;
        file.sync_all().map_err(failed)
    }
}

fn place(folder: &Path) -> Place {
    if std::env::args().all(|word| word != "postgres") {
        return Place::File(folder.join("payer.sqlite"));
    }
    let Database::Postgres { url, schema } = Database::postgres() else {
        unreachable!("a server was asked for");
    };
    let server = Server::new(&url, false).and_then(|server| server.in_schema(&schema));
    Place::Server(server.expect("an address"))
}

fn main() {
    let claims = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(50_000);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let world = world(claims);
    let file = folder.path().join("claims.837");
    write_claims(&world, &file);
    let (rates, members, settings, engine) = payer(&world);
    let megabytes = std::fs::metadata(&file).expect("the file is there").len() / 1_000_000;
    println!("{claims} generated claims, {megabytes} MB, {} members", members.len());
    let (began, cpu) = (Instant::now(), cpu_hundredths());
    let on = counterfoil_base::add_days(world_month(), 33).expect("a day of the calendar");
    let scan = scan_file(&mut File::open(&file).expect("open")).expect("scan");
    report("digest and envelopes", claims, megabytes, began, cpu);
    let mut store = Store::open_at(&place(folder.path())).expect("a database");
    let packs = PackSource::Desk;
    let desk =
        PayerDesk { rates: &rates, members: &members, engine: &engine, packs, received_on: on };
    let request =
        FileRequest { desk, settings: &settings, name: "bench", scan, rules_digest: "bench" };
    let mut out = Folder(folder.path());
    let opened = File::open(&file).expect("open");
    let run = adjudicate_file(&mut store, request, opened, &mut out, &mut |_| {}).expect("a run");
    report("to decisions", claims, megabytes, began, cpu);
    let request = PaymentRequest { settings: &settings, rates: &rates, on };
    let payments = run_payments(&mut store, request, &mut out).expect("payments");
    report("to 835 and CCD+", claims, megabytes, began, cpu);
    for (state, (number, charge)) in &run.states {
        println!("  {state:<10} {number:>8} {charge:>16}");
    }
    println!("  {} payments, {}", payments.payments.len(), payments.total_cents());
}
