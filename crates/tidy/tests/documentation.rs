//! What the documentation keeps to: it lists what exists, all of it, and nothing else.

use counterfoil_tidy::finding_codes::{
    PAGE, codes_without_area, finding_codes, findings_page, is_code,
};
use counterfoil_tidy::tokens::{Token, tokens};
use counterfoil_tidy::{SourceFile, expect_none, files, root};
use std::collections::BTreeSet;
use std::fs;

/// Crates without an example of their own: `base` and `store` are seen at work in the examples
/// of the others, `cli`, `node` and `operations` in the program, `tidy` is about the repository.
const WITHOUT_EXAMPLE: [&str; 6] = ["base", "store", "tidy", "node", "cli", "operations"];

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn the_page_of_findings_is_what_the_sources_say() {
    let (page, sources) = (read(PAGE), findings_page());
    let listed: BTreeSet<&str> = page.lines().collect();
    let expected: BTreeSet<&str> = sources.lines().collect();
    let mut broken: Vec<String> =
        expected.difference(&listed).map(|line| format!("not on the page: {line}")).collect();
    broken.extend(listed.difference(&expected).map(|line| format!("on the page only: {line}")));
    let fix = "write it anew with: cargo run -p counterfoil-tidy --example findings_page";
    expect_none(&format!("{PAGE} ({fix})"), &broken);
    assert_eq!(page, sources, "{fix}");
    expect_none("codes that belong to no area of the page", &codes_without_area());
}

#[test]
fn codes_in_tests_and_generators_exist() {
    let codes = finding_codes();
    let areas: BTreeSet<&str> = codes.keys().filter_map(|code| code.split('-').next()).collect();
    let mut broken = Vec::new();
    for file in files(&[".rs"]).iter().filter(|file| file.crate_name() != "tidy") {
        for token in tokens(&file.text) {
            if let Token::Text(code) = token
                && is_code(&code)
                && code.split('-').next().is_some_and(|area| areas.contains(area))
                && !codes.contains_key(&code)
            {
                broken.push(format!("{}: {code}", file.path));
            }
        }
    }
    expect_none("codes that no source gives", &broken);
}

#[test]
fn every_crate_has_an_example() {
    let mut broken = Vec::new();
    for manifest in files(&["Cargo.toml"]).iter().filter(|file| !file.crate_name().is_empty()) {
        let name = manifest.crate_name();
        let folder = root().join("crates").join(name).join("examples");
        let has_one = fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
        if !has_one && !WITHOUT_EXAMPLE.contains(&name) {
            broken.push(format!("crates/{name} has no examples/*.rs"));
        }
    }
    expect_none("examples", &broken);
}

#[test]
fn every_dependency_has_its_reason() {
    let page = "docs/decisions/0002-dependencies.md";
    let text = read(page);
    let rows = text.lines().filter(|line| line.starts_with("| ") && !line.contains("---")).skip(1);
    let listed: BTreeSet<String> = rows
        .filter_map(|row| row.split('|').nth(1))
        .flat_map(|names| names.split(','))
        .filter_map(|name| name.split_whitespace().next().map(str::to_owned))
        .collect();
    let mut used = BTreeSet::new();
    for manifest in files(&["Cargo.toml"]) {
        let table: toml::Table = manifest.text.parse().expect("a manifest is TOML");
        let workspace = table.get("workspace").and_then(|w| w.as_table()).cloned();
        for owner in [Some(table), workspace].into_iter().flatten() {
            for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
                let names = owner.get(kind).and_then(|d| d.as_table()).into_iter().flatten();
                used.extend(names.map(|(name, _)| name.clone()));
            }
        }
    }
    used.retain(|name| !name.starts_with("counterfoil-"));
    let mut broken: Vec<String> =
        used.difference(&listed).map(|name| format!("{name} has no line in {page}")).collect();
    broken.extend(listed.difference(&used).map(|name| format!("{name}: nothing uses it")));
    expect_none("dependencies", &broken);
}

/// Targets of the Markdown links of a page that lie in the repository, from its root.
fn links(page: &SourceFile) -> Vec<String> {
    let folder = page.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let targets = page.text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next());
    let local = targets.filter(|target| !target.is_empty() && !target.contains("://"));
    local
        .map(|target| {
            let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
            for part in target.split('/').filter(|part| !part.is_empty() && *part != ".") {
                if part == ".." {
                    parts.pop();
                } else {
                    parts.push(part);
                }
            }
            parts.join("/")
        })
        .collect()
}

#[test]
fn every_page_can_be_found_and_every_link_leads_somewhere() {
    let pages = files(&[".md"]);
    let mut broken = Vec::new();
    let mut linked = BTreeSet::new();
    for page in &pages {
        for target in links(page) {
            if !root().join(&target).exists() {
                broken.push(format!("{}: {target} does not exist", page.path));
            }
            if ["README.md", "ARCHITECTURE.md", "docs/README.md"].contains(&page.path.as_str()) {
                linked.insert(target);
            }
        }
    }
    for page in pages.iter().filter(|page| page.path.starts_with("docs/")) {
        if !linked.contains(&page.path) && page.path != "docs/README.md" {
            broken.push(format!("{} is linked from no index", page.path));
        }
    }
    expect_none("pages and links", &broken);
}

#[test]
fn files_that_pages_name_exist() {
    let mut broken = Vec::new();
    // STYLE.md says where files shall lie, the other pages where they are.
    for page in files(&[".md"]).iter().filter(|page| page.path != "STYLE.md") {
        for name in page.text.split('`').skip(1).step_by(2) {
            let is_path =
                ["crates/", "data/", "docs/", "tests/"].iter().any(|f| name.starts_with(f))
                    && !name.contains([' ', '<', '{', '\n']);
            // Of a pattern, the folder in front of the first star must be there.
            let fixed = name.split('*').next().unwrap_or(name);
            let fixed =
                if fixed == name { name } else { fixed.rsplit_once('/').map_or("", |f| f.0) };
            if is_path && !root().join(fixed).exists() {
                broken.push(format!("{}: {name} does not exist", page.path));
            }
        }
    }
    expect_none("files named in pages", &broken);
}

#[test]
fn pages_that_messages_name_exist() {
    let mut broken = Vec::new();
    for file in files(&[".rs", ".toml", ".sql", ".guide"]) {
        for (at, _) in file.text.match_indices("docs/").filter(|_| file.crate_name() != "tidy") {
            let is_part = |c: char| c.is_ascii_alphanumeric() || "/-_.".contains(c);
            let rest = &file.text[at..];
            let path = &rest[..rest.find(|c| !is_part(c)).unwrap_or(rest.len())];
            if path.ends_with(".md") && !root().join(path).exists() {
                broken.push(format!("{}: {path} does not exist", file.path));
            }
        }
    }
    expect_none("pages named in sources", &broken);
}

#[test]
fn sources_speak_of_the_product_alone() {
    // Phrases and not single words: a payer has deadlines, a bank branches, a database sessions.
    let phrases = [
        "helper-",
        "this session",
        "earlier session",
        "previous session",
        "next session",
        "my session",
        "before the deadline of",
        "my deadline",
        "our deadline",
        "this branch",
        "my branch",
        "feature branch",
        "worktree",
        "package registry",
        "crates.io",
        "the brief",
    ];
    let mut broken = Vec::new();
    for file in files(&[".rs", ".md", ".toml", ".sql", ".guide", ".txt"]) {
        let is_checked = !file.path.starts_with("data/") && file.crate_name() != "tidy";
        for (index, line) in file.text.lines().enumerate().filter(|_| is_checked) {
            let is_said = !file.path.ends_with(".rs") || line.contains("//");
            let lower = line.to_lowercase();
            if is_said && phrases.iter().any(|phrase| lower.contains(phrase)) {
                broken.push(format!("{}:{}: {}", file.path, index + 1, line.trim()));
            }
        }
    }
    expect_none("words about how the work was done", &broken);
}
