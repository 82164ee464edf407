//! `counterfoil demo`: a month between a health plan, a hospital and a small practice, as three
//! nodes on this machine, with generated people and claims.

mod agreement;
mod month;
mod nodes;
mod plan;
mod summary;

use counterfoil_cli::{CommandError, Console, DemoOptions, Outcome};
use month::Play;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::signal::unix::{SignalKind, signal};

/// Plays the month, or goes on with it; then the nodes stay until they are stopped.
pub fn run(options: &DemoOptions, console: &mut Console<'_>) -> Result<Outcome, CommandError> {
    let is_stopped = Arc::new(AtomicBool::new(false));
    hear_signals(is_stopped.clone())?;
    let mut play = Play::prepare(options, is_stopped.clone(), console)?;
    play.begin(console)?;
    while play.next_file(console)? {}
    play.decide_pended(console)?;
    play.month_end(console)?;
    play.agree(console)?;
    let story = play.story()?;
    if options.json {
        console.print_json(&summary::to_json(&story));
    } else {
        summary::print(&story, console);
    }
    if !options.headless {
        play.say_where_to_look(console);
        while !is_stopped.load(Ordering::Relaxed) {
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        console.say("stopping the three nodes; the same command goes on with them");
    }
    Ok(Outcome::Done)
}

/// SIGINT and SIGTERM end the demo in order.
fn hear_signals(is_stopped: Arc<AtomicBool>) -> Result<(), CommandError> {
    let failed = |cause: std::io::Error| {
        CommandError::operator(format!("the system gives no signals: {cause}"), "")
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(failed)?;
    let (ready, is_ready) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        runtime.block_on(async {
            let heard = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
            let (Ok(mut interrupt), Ok(mut terminate)) = heard else { return };
            let _ = ready.send(());
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            is_stopped.store(true, Ordering::Relaxed);
        });
    });
    is_ready.recv().map_err(|cause| CommandError::operator(cause, "report this as a bug"))
}
