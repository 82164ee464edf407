//! Serves every screen with generated data on 127.0.0.1, to look at.
//!
//! `cargo run -p counterfoil-web --example gallery` and open the address that it prints; sign in
//! as `po`, `pb`, `co`, `ad`, `po-harbor` or `all`. Arguments: port (7080), `full`, `empty` or
//! `broken`, upload limit in bytes, seconds until signing out, seconds of warning before.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "the example is a program of its own: it reads its arguments and prints"
)]

#[path = "../tests/generated/mod.rs"]
mod generated;

use counterfoil_web::{Settings, Surroundings, Web, router};
use generated::{GeneratedAccounts, GeneratedDesk, Mood, PASSWORD};
use std::sync::Arc;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let argument = |at: usize| arguments.get(at).map_or("", String::as_str);
    let port: u16 = argument(0).parse().unwrap_or(7080);
    let mood = match argument(1) {
        "empty" => Mood::Empty,
        "broken" => Mood::Broken,
        _ => Mood::Full,
    };
    let desk = Arc::new(GeneratedDesk::new(mood));
    let folder = tempfile::tempdir().expect("a folder for uploads");
    let surroundings = Surroundings {
        now: Arc::new(jiff::Timestamp::now),
        random: Arc::new(random),
        newest_event: desk.announce.subscribe(),
    };
    let mut settings = Settings::new(folder.path().to_owned());
    settings.upload_bytes_max = argument(2).parse().unwrap_or(settings.upload_bytes_max);
    settings.idle_seconds = argument(3).parse().unwrap_or(settings.idle_seconds);
    settings.warn_seconds = argument(4).parse().unwrap_or(settings.warn_seconds);
    let web = Web::new(desk.clone(), Arc::new(GeneratedAccounts::new()), surroundings, settings);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await;
        let listener = listener.expect("the port is free");
        let address = listener.local_addr().expect("a bound socket has an address");
        println!("http://{address}/  sign in as po, pb, co, ad or all; password: {PASSWORD}");
        axum::serve(listener, router(web)).await.expect("the socket stays open");
    });
}

/// Bytes from the operating system.
fn random(bytes: &mut [u8]) {
    use std::io::Read as _;
    let source = std::fs::File::open("/dev/urandom").and_then(|mut file| file.read_exact(bytes));
    source.expect("the system gives random bytes");
}
