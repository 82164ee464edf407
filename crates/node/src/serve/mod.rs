//! `counterfoil serve`: pages, wire, exchanges and the work between them, until it is stopped.

mod board;
mod documents;
mod exchange;
mod facts;
mod http;
mod link;
mod scribe;
mod work;

use crate::data::{DataFolder, side};
use crate::keeper::{Partner, SharedStore, Standing, StoreKeeper};
use crate::outside::{SystemChance, SystemClock, now_ms, random, today};
use crate::{log, run::block_on};
use board::Board;
use counterfoil_cli::{CommandError, Console, Outcome, ServeOptions, page_engines, signing_key};
use counterfoil_desk::OfficeDesk;
use counterfoil_twin::PrivateKey;
use counterfoil_wire::{Endpoint, EndpointSettings};
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

/// What the parts of a running node share.
pub struct Node {
    /// The data folder and its configuration.
    pub folder: DataFolder,
    /// The database.
    pub store: SharedStore,
    /// The organization's key.
    pub key: Arc<PrivateKey>,
    /// What the node knows of itself.
    pub board: Arc<Board>,
    /// All wires.
    pub endpoint: Endpoint,
    /// What the pages ask.
    pub desk: Arc<OfficeDesk>,
    /// The files of rates, members and rules as they were when the desk was given its engines.
    pub engines_stamp: work::stamp::Stamp,
    /// When the node started, in milliseconds since 1970-01-01T00:00:00Z.
    pub started_ms: i64,
}

/// Runs a node until a signal stops it.
pub fn run(options: &ServeOptions, console: &mut Console<'_>) -> Result<Outcome, CommandError> {
    let folder = DataFolder::open(&options.data.data)?;
    log::begin(folder.config.log_level)
        .map_err(|cause| CommandError::operator(format!("cannot log: {cause}"), ""))?;
    // Held until the process ends.
    let _lock = folder.lock()?;
    folder.documents()?;
    // Databases block, so that they are opened before anything is async.
    let opened = Opened {
        // Before the files are read: what changes meanwhile is read again.
        engines_stamp: work::stamp::stamp(&folder.config.office.below(&folder.path).watched()),
        store: Arc::new(Mutex::new(folder.store()?)),
        desk: Arc::new(desk(&folder)?),
        key: Arc::new(signing_key(&folder.path, console)?),
    };
    block_on(serve(folder, opened, options.until_input_ends))??;
    Ok(Outcome::Done)
}

/// What a node works with, opened.
struct Opened {
    engines_stamp: work::stamp::Stamp,
    store: SharedStore,
    desk: Arc<OfficeDesk>,
    key: Arc<PrivateKey>,
}

fn desk(folder: &DataFolder) -> Result<OfficeDesk, CommandError> {
    let (config, side) = (&folder.config, side(folder.config.role));
    let name = config.name.as_str();
    let desk = OfficeDesk::open(&folder.path, side, name, engines(folder), random());
    let desk = desk.map_err(|cause| CommandError::operator(cause, ""))?;
    Ok(if config.is_generated { desk.with_generated_data() } else { desk })
}

async fn serve(
    folder: DataFolder,
    opened: Opened,
    until_input_ends: bool,
) -> Result<(), CommandError> {
    let Opened { engines_stamp, store, desk, key } = opened;
    let config = folder.config.clone();
    let pages = bind(&config.pages_listen, "pages.listen").await?;
    let wire = bind(&config.wire_listen, "wire.listen").await?;
    let endpoint = endpoint(&folder, &store, &key)?;
    let failed = |cause: counterfoil_wire::EndpointError| CommandError::operator(cause, "");
    let listener = endpoint.listen(wire).map_err(failed)?;
    let node = Arc::new(Node {
        engines_stamp,
        folder,
        store,
        key,
        board: Arc::default(),
        endpoint,
        desk,
        started_ms: now_ms(),
    });
    let stopping = watch::Sender::new(false);
    let pages_at = pages.local_addr().map(|at| at.to_string()).unwrap_or_default();
    let served = tokio::spawn(http::serve(pages, node.clone(), stopping.subscribe()));
    let scribe = tokio::spawn(scribe::run(node.clone(), stopping.subscribe()));
    let scribe = told(scribe, "exchange", &node.board, stopping.subscribe());
    let worker = {
        let (node, stopping) = (node.clone(), stopping.subscribe());
        tokio::task::spawn_blocking(move || work::run(node, &stopping))
    };
    let worker = told(worker, "work", &node.board, stopping.subscribe());
    tracing::info!(
        pages = pages_at,
        wire = listener.address().to_string(),
        role = node.folder.config.role.word(),
        "serving"
    );
    let signal = wait_for_signal(until_input_ends).await?;
    tracing::info!(signal, "stopping: nothing new is taken");
    stopping.send_replace(true);
    let within = config.shutdown_max;
    let drained = tokio::time::timeout(within, async {
        // The exchanges say goodbye before their connections are closed.
        let _ = worker.await;
        let _ = scribe.await;
        node.endpoint.shutdown(within).await;
        let _ = served.await;
    });
    match drained.await {
        Ok(()) => tracing::info!("stopped"),
        Err(_) => tracing::warn!("stopped; what was left is done at the next start"),
    }
    drop(listener);
    Ok(())
}

/// A part of the node that ends before the node does, by a bug, is told on /health.
fn told(
    part: JoinHandle<()>,
    name: &'static str,
    board: &Arc<Board>,
    stopping: watch::Receiver<bool>,
) -> JoinHandle<()> {
    let board = board.clone();
    tokio::spawn(async move {
        let ended = part.await;
        if !*stopping.borrow() {
            let cause = ended.err().map(|bug| bug.to_string()).unwrap_or_default();
            tracing::error!(part = name, cause, "a part of the node has ended; this is a bug");
            board.set_ended(name);
        }
    })
}

/// The engines with which the pages answer; without them the pages say what they cannot do.
fn engines(folder: &DataFolder) -> Option<counterfoil_desk::Engines> {
    let folders = folder.config.office.below(&folder.path);
    page_engines(&folders, today()).unwrap_or_else(|cause| {
        tracing::warn!(what = cause.what, next = cause.next, "the pages have no rates");
        None
    })
}

fn endpoint(
    folder: &DataFolder,
    store: &SharedStore,
    key: &PrivateKey,
) -> Result<Endpoint, CommandError> {
    let config = &folder.config;
    let standing = Standing {
        role: config.role,
        organization_key: key.public_key(),
        name: config.name.clone(),
    };
    let keeper = StoreKeeper::new(store.clone(), standing, Partner::default());
    let mut settings = EndpointSettings::new(
        folder.identity()?,
        Arc::new(SystemClock),
        Arc::new(SystemChance),
        Arc::new(keeper),
    );
    settings.windows = [config.window_bytes; 2];
    settings.timing.backoff_ms_first = config.retry_ms_first;
    settings.timing.backoff_ms_max = config.retry_ms_max;
    Endpoint::new(settings).map_err(|cause| CommandError::operator(cause, ""))
}

async fn bind(address: &str, setting: &str) -> Result<TcpListener, CommandError> {
    TcpListener::bind(address).await.map_err(|cause| {
        let message = format!("cannot listen at {address}: {cause}");
        CommandError::operator(message, format!("set {setting} in node.toml to a free address"))
    })
}

/// Waits until the node stops. That the sender is gone is a stop as well.
async fn stop_of(stopping: &mut watch::Receiver<bool>) {
    let _ = stopping.wait_for(|stop| *stop).await;
}

/// Returns when standard input has ended; never, when nobody asks for it.
async fn input_end(is_asked: bool) {
    if !is_asked {
        return std::future::pending().await;
    }
    let (ended, hear) = oneshot::channel();
    // A thread of its own: a read of standard input cannot be taken back.
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
        let _ = ended.send(());
    });
    let _ = hear.await;
}

async fn wait_for_signal(until_input_ends: bool) -> Result<&'static str, CommandError> {
    let hear = |kind| {
        signal(kind).map_err(|cause| {
            CommandError::operator(format!("the system gives no signals: {cause}"), "")
        })
    };
    let (mut interrupt, mut terminate) =
        (hear(SignalKind::interrupt())?, hear(SignalKind::terminate())?);
    Ok(tokio::select! {
        _ = interrupt.recv() => "SIGINT",
        _ = terminate.recv() => "SIGTERM",
        () = input_end(until_input_ends) => "end of input",
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::init;
    use counterfoil_cli::{DataOption, InitOptions, RoleWord};
    use counterfoil_wire::Role;

    fn done<T>(result: Result<T, CommandError>) -> T {
        result.unwrap_or_else(|cause| panic!("{cause}"))
    }

    /// A node that listens nowhere, over a new folder.
    pub(crate) fn node_of_test(role: Role) -> (tempfile::TempDir, Arc<Node>) {
        let place = tempfile::tempdir().expect("a folder");
        let options = InitOptions {
            data: DataOption { data: place.path().to_path_buf() },
            role: match role {
                Role::Payer => RoleWord::Payer,
                Role::Provider => RoleWord::Provider,
            },
            name: "Test".to_owned(),
            pages: None,
            wire: None,
            database: None,
            schema: None,
        };
        let mut folder = done(init(&options));
        folder.config.inbox_settle = std::time::Duration::from_millis(20);
        let store = Arc::new(Mutex::new(done(folder.store())));
        let key = Arc::new(PrivateKey::from_seed(&[7; 32]));
        let endpoint = done(endpoint(&folder, &store, &key));
        let desk = OfficeDesk::open(&folder.path, side(role), "Test", None, [5; 32]);
        let node = Node {
            engines_stamp: work::stamp::Stamp::new(),
            folder,
            store,
            key,
            board: Arc::default(),
            endpoint,
            desk: Arc::new(desk.expect("the desk opens")),
            started_ms: now_ms(),
        };
        (place, Arc::new(node))
    }

    #[test]
    fn a_part_that_ends_before_the_node_does_is_told() {
        let ended = block_on(async {
            let board: Arc<Board> = Arc::default();
            let stopping = watch::Sender::new(false);
            let bug = tokio::task::spawn_blocking(|| panic!("a bug"));
            let _ = told(bug, "work", &board, stopping.subscribe()).await;
            stopping.send_replace(true);
            let in_order = tokio::spawn(async {});
            let _ = told(in_order, "exchange", &board, stopping.subscribe()).await;
            board.ended()
        });
        assert_eq!(ended.unwrap_or_else(|cause| panic!("{cause}")), ["work"]);
    }
}
