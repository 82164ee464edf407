//! The commands of a node, by what they do.

use crate::data::{self, CONFIG_FILE};
use crate::{backup, demo, doctor, pairing, serve};
use counterfoil_cli::{CommandError, Console, InitOptions, NodeCommand, Outcome, signing_key};
use counterfoil_twin::to_hex;

/// Does a command of a node.
pub fn run(command: NodeCommand, console: &mut Console<'_>) -> Result<Outcome, CommandError> {
    match command {
        NodeCommand::Demo(options) => demo::run(&options, console),
        NodeCommand::Init(options) => init(&options, console),
        NodeCommand::Invite(options) => pairing::invite(&options, console),
        NodeCommand::Join(options) => pairing::join(&options, console),
        NodeCommand::Peers(options) => pairing::peers(&options, console),
        NodeCommand::Serve(options) => serve::run(&options, console),
        NodeCommand::Doctor(options) => doctor::run(&options, console),
        NodeCommand::Backup(options) => backup::backup(&options, console),
        NodeCommand::Restore(options) => backup::restore(&options, console),
    }
}

fn init(options: &InitOptions, console: &mut Console<'_>) -> Result<Outcome, CommandError> {
    let folder = data::init(options)?;
    let key = signing_key(&folder.path, console)?.public_key();
    let place = folder.path.join(CONFIG_FILE);
    console.print(&format!("made the node of {}", folder.config.name.as_str()));
    console.print(&format!("its configuration, with every limit: {}", place.display()));
    console.print(&format!("its public signing key: {}", to_hex(&key)));
    console
        .say("next: `counterfoil serve --data DIR`, and `counterfoil node invite` or `node join`");
    Ok(Outcome::Done)
}

/// Runs async work of a command to its end.
pub fn block_on<T>(work: impl Future<Output = T>) -> Result<T, CommandError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|cause| {
        let message = format!("the system gives no threads: {cause}");
        CommandError::operator(message, "end other programs, then run the command again")
    })?;
    let done = runtime.block_on(work);
    // Work that hangs must not keep the process; everything that counts is committed.
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    Ok(done)
}
