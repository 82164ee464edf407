//! The binary `counterfoil`: the only place that knows the time, the environment and the
//! terminal, and that ends the process.

mod backup;
mod config;
mod data;
mod demo;
mod doctor;
mod keeper;
mod log;
mod outside;
mod pairing;
mod run;
mod serve;

use counterfoil_cli::{Console, Surroundings, run};
use std::io::{IsTerminal, Write};
use std::process::ExitCode;

/// Claims are made by one thread and dropped by another, which the system's allocator does slowly.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[expect(clippy::disallowed_methods, reason = "time and environment enter here")]
fn main() -> ExitCode {
    let started = std::time::Instant::now();
    let surroundings = Surroundings {
        today: outside::today(),
        color: std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none(),
        progress: std::io::stderr().is_terminal(),
        elapsed: Box::new(move || started.elapsed()),
        now_ms: Box::new(outside::now_ms),
        random: Box::new(outside::random),
    };
    let mut out = std::io::BufWriter::with_capacity(1 << 16, std::io::stdout().lock());
    let mut err = std::io::stderr().lock();
    let mut console = Console::new(&mut out, &mut err, surroundings);
    let code = run(std::env::args_os(), &mut console, &mut run::run);
    // A closed pipe (as in `| head`) is how a reader says that it has seen enough.
    let flushed = out.flush();
    ExitCode::from(if flushed.is_err() && code == 0 { 0 } else { code })
}
