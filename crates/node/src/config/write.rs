//! Writes node.toml with every setting explained, and the table of the reference page.

use super::settings::{Kind, SETTINGS, Setting};

/// What a person chose when the node was made.
#[derive(Clone, Debug, Default)]
pub struct Chosen {
    /// `payer` or `provider`.
    pub role: String,
    /// The organization's name.
    pub name: String,
    /// Where pages are served, when not at the default.
    pub pages: Option<String>,
    /// Where partners are answered, when not at the default.
    pub wire: Option<String>,
    /// Address of the PostgreSQL database, when there is one.
    pub database: Option<String>,
    /// The schema in it, when not the user's own.
    pub schema: Option<String>,
}

/// Longest line of a comment in the file.
const COMMENT_COLUMNS: usize = 96;

/// The text of node.toml.
pub fn write(chosen: &Chosen) -> String {
    let mut text = String::from(
        "# Configuration of a Counterfoil node. Every setting is here; those behind a # stand at\n\
         # their defaults. A key that is not known is an error. Changes count from the next \
         start.\n",
    );
    let mut section = "";
    for one in SETTINGS {
        if one.section != section {
            section = one.section;
            text.push_str(&format!("\n[{section}]\n"));
        }
        wrap(&describe(one), &mut text);
        text.push_str(&line(one, chosen));
    }
    text
}

/// The text of a node.toml that names another database: `[store]` gets this address and schema, and
/// everything else stays as it was written. A file in which `[store]` is written in another way of
/// TOML keeps every setting and loses its comments; one that is no TOML is not mended here.
pub fn in_database(text: &str, url: &str, schema: &str) -> String {
    let out = by_lines(text, url, schema);
    let Ok(mut wanted) = text.parse::<toml::Table>() else { return out };
    let store = wanted.entry("store").or_insert_with(|| toml::Table::new().into());
    let Some(store) = store.as_table_mut() else { return out };
    for (key, value) in [("url", url), ("schema", schema)] {
        store.insert(key.to_owned(), value.into());
    }
    match out.parse::<toml::Table>() {
        Ok(written) if written == wanted => out,
        _ => wanted.to_string(),
    }
}

fn by_lines(text: &str, url: &str, schema: &str) -> String {
    let (mut out, mut is_store, mut has_store) = (String::new(), false, false);
    for line in text.lines() {
        let bare = line.trim_start_matches('#').trim_start();
        let is_of = |key: &str| {
            bare.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with('='))
        };
        // What the table had goes; its new lines stand right behind its head.
        let is_replaced = is_store && (is_of("url") || is_of("schema"));
        if !is_replaced {
            out.push_str(line);
            out.push('\n');
        }
        if let Some(head) = line.trim_start().strip_prefix('[') {
            is_store = head.split_once(']').is_some_and(|(name, _)| name.trim() == "store");
            if is_store {
                out.push_str(&store_lines(url, schema));
            }
            has_store |= is_store;
        }
    }
    if !has_store {
        out.push_str(&format!("\n[store]\n{}", store_lines(url, schema)));
    }
    out
}

fn store_lines(url: &str, schema: &str) -> String {
    format!("url = {}\nschema = {}\n", quoted(url), quoted(schema))
}

/// A text as TOML writes it.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

fn describe(one: &Setting) -> String {
    match one.kind {
        Kind::Number(default, least, most) => {
            format!("{} In {}: {least} to {most}, default {default}.", one.meaning, one.unit)
        }
        Kind::Word(words) => {
            format!("{} One of: {}; default {}.", one.meaning, words.join(", "), words[0])
        }
        _ => one.meaning.to_owned(),
    }
}

fn line(one: &Setting, chosen: &Chosen) -> String {
    let given = match (one.section, one.key) {
        ("node", "role") => Some(&chosen.role),
        ("node", "name") => Some(&chosen.name),
        ("pages", "listen") => chosen.pages.as_ref(),
        ("wire", "listen") => chosen.wire.as_ref(),
        ("store", "url") => chosen.database.as_ref(),
        ("store", "schema") => chosen.schema.as_ref(),
        _ => None,
    };
    let key = one.key;
    match (given, one.kind) {
        (Some(given), _) => format!("{key} = {}\n", quoted(given)),
        (None, Kind::Text(default)) => format!("# {key} = {}\n", quoted(default)),
        (None, Kind::Word(words)) => format!("# {key} = {}\n", quoted(words[0])),
        (None, Kind::Number(default, ..)) => format!("# {key} = {default}\n"),
        (None, Kind::Texts) => format!("# {key} = []\n"),
        (None, Kind::Needed) => format!("# {key} = \"\"\n"),
    }
}

fn wrap(text: &str, out: &mut String) {
    let mut column = 0;
    for word in text.split(' ') {
        if column > 0 && column + 1 + word.len() > COMMENT_COLUMNS {
            out.push('\n');
            column = 0;
        }
        let lead = if column == 0 { "# " } else { " " };
        out.push_str(lead);
        out.push_str(word);
        column += lead.len() + word.len();
    }
    out.push('\n');
}

/// The settings as a table for the reference page.
#[cfg(test)]
pub fn page() -> String {
    let mut text = String::from("| setting | default | meaning |\n| --- | --- | --- |\n");
    for one in SETTINGS {
        let default = match one.kind {
            Kind::Word(words) => format!("`{}`", words[0]),
            Kind::Text(default) => format!("`{default}`"),
            Kind::Texts => "`[]`".to_owned(),
            Kind::Number(default, ..) => default.to_string(),
            Kind::Needed => "(must be there)".to_owned(),
        };
        let meaning = describe(one);
        text.push_str(&format!("| `{}.{}` | {default} | {meaning} |\n", one.section, one.key));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Chosen, in_database, write};

    #[test]
    fn another_database_is_named_once_and_nothing_else_changes() {
        let chosen = Chosen { role: "payer".into(), name: "Plan".into(), ..Chosen::default() };
        let first = write(&chosen);
        let moved = in_database(&first, "postgresql:///a?host=/run", "plan");
        let again = in_database(&moved, "postgresql:///b?host=/run", "");
        for (text, url, schema) in [
            (&moved, "postgresql:///a?host=/run", "plan"),
            (&again, "postgresql:///b?host=/run", ""),
            (&in_database("", "postgresql:///c", "x"), "postgresql:///c", "x"),
        ] {
            let table: toml::Table = text.parse().expect("it is TOML");
            assert_eq!(table["store"]["url"].as_str(), Some(url), "{text}");
            assert_eq!(table["store"]["schema"].as_str(), Some(schema), "{text}");
        }
        let others = |text: &str| -> Vec<String> {
            let is_other = |line: &&str| !line.contains("url =") && !line.contains("schema =");
            text.lines().filter(is_other).map(str::to_owned).collect()
        };
        assert_eq!(others(&first), others(&again));
    }

    #[test]
    fn a_store_that_is_written_in_another_way_of_toml_is_rewritten_too() {
        for store in [
            "[ store ]\nurl = \"old\"\nprivate_network = \"yes\"\n",
            "[store] # rows\nurl = \"old\"\nprivate_network = \"yes\"\n",
            "[\"store\"]\nurl = \"old\"\nprivate_network = \"yes\"\n",
            "[store]\nurl = \"\"\"\nold\"\"\"\nprivate_network = \"yes\"\n",
        ] {
            for text in [
                format!("[node]\nrole = \"payer\"\n\n{store}\n[work]\nlook_ms = 50\n"),
                format!("{store}[node]\nrole = \"payer\"\n[work]\nlook_ms = 50\n"),
            ] {
                check_rewritten(&text);
            }
        }
        let rest = "node.role = \"payer\"\nwork.look_ms = 50\n";
        check_rewritten(&format!("store = {{ url = \"old\", private_network = \"yes\" }}\n{rest}"));
        check_rewritten(&format!("store.url = \"old\"\nstore.private_network = \"yes\"\n{rest}"));
        assert!(in_database("[store\n", "postgresql:///a", "").contains("[store\n"), "no TOML");
    }

    fn check_rewritten(text: &str) {
        let told = in_database(text, "postgresql:///a?host=/run", "plan");
        let table: toml::Table = told.parse().unwrap_or_else(|cause| panic!("{cause}: {told}"));
        let setting = |section: &str, key: &str| table[section][key].to_string();
        assert_eq!(setting("store", "url"), "\"postgresql:///a?host=/run\"", "{told}");
        assert_eq!(setting("store", "schema"), "\"plan\"", "{told}");
        assert_eq!(setting("store", "private_network"), "\"yes\"", "{told}");
        assert_eq!(setting("node", "role"), "\"payer\"", "{told}");
        assert_eq!(setting("work", "look_ms"), "50", "{told}");
    }

    #[test]
    fn the_reference_page_has_every_setting() {
        let page = include_str!("../../../../docs/reference/node.md");
        let table = super::page();
        assert!(page.contains(&table), "docs/reference/node.md must hold:\n{table}");
    }
}
