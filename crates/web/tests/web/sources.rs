//! What the sources of the pages keep to.

use std::fs;
use std::path::Path;

fn sources(folder: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(folder);
    let entries = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| (path.display().to_string(), fs::read_to_string(&path).unwrap())).collect()
}

#[test]
fn no_page_names_an_amount_that_is_no_figure() {
    let files: Vec<_> = ["page", "component", "view"].into_iter().flat_map(sources).collect();
    assert!(files.len() > 30);
    for (path, text) in files {
        let body = text.split("#[cfg(test)]").next().unwrap();
        assert!(!body.contains("Cents"), "{path} names Cents: only figure.rs may");
        assert!(!body.contains("PreEscaped"), "{path} writes markup that is not escaped");
    }
}

#[test]
fn the_script_is_small_and_evaluates_nothing() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/page.js");
    let script = fs::read_to_string(path).unwrap();
    assert!(script.lines().count() <= 250);
    let refused = [
        "eval(",
        "Function(",
        "innerHTML",
        "outerHTML",
        "document.write",
        "localStorage",
        "sessionStorage",
        "indexedDB",
        "caches.",
        "http://",
        "https://",
    ];
    for word in refused {
        assert!(!script.contains(word), "the script holds {word}");
    }
}
