//! Writes `docs/reference/commands.md` anew from the definitions of the commands.
//!
//! `cargo run -p counterfoil-cli --example commands_page`

use std::path::Path;

fn main() -> std::io::Result<()> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/commands.md");
    std::fs::write(page, counterfoil_cli::commands_page())
}
