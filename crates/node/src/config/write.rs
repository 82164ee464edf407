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
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
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
    #[test]
    fn the_reference_page_has_every_setting() {
        let page = include_str!("../../../../docs/reference/node.md");
        let table = super::page();
        assert!(page.contains(&table), "docs/reference/node.md must hold:\n{table}");
    }
}
