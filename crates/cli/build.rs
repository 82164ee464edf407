//! Lists the contracts of the repository, so that the program carries them as templates.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

#[expect(clippy::disallowed_methods, reason = "cargo names the folder of a build in OUT_DIR")]
fn main() {
    let out = std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR for build scripts");
    let manifest = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo says where the crate is");
    let contracts = PathBuf::from(manifest).join("../../contracts");
    println_to_cargo(&contracts);
    let mut text = String::from("&[\n");
    for folder in entries(&contracts).into_iter().filter(|path| path.is_dir()) {
        let _ = writeln!(text, "    ({:?}, &[", name(&folder));
        let mut files = Vec::new();
        walk(&folder, &mut files);
        for file in files {
            let inside = file.strip_prefix(&folder).expect("walked from the folder");
            let parts: Vec<_> = inside.iter().map(|part| part.to_string_lossy()).collect();
            let _ = writeln!(text, "        ({:?}, include_bytes!({file:?})),", parts.join("/"));
        }
        text.push_str("    ]),\n");
    }
    text.push_str("]\n");
    fs::write(PathBuf::from(out).join("templates.rs"), text).expect("OUT_DIR can be written");
}

/// Cargo runs the script again when a contract changes.
#[expect(clippy::disallowed_macros, reason = "cargo reads standard output of build scripts")]
fn println_to_cargo(contracts: &Path) {
    println!("cargo::rerun-if-changed={}", contracts.display());
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("contracts lie beside the crates");
    let mut paths: Vec<PathBuf> = entries.filter_map(Result::ok).map(|e| e.path()).collect();
    paths.sort();
    paths
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    for path in entries(folder) {
        if path.is_dir() { walk(&path, files) } else { files.push(path) }
    }
}

fn name(path: &Path) -> String {
    path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}
