//! Reads node.toml: a key that is not known is an error that names the nearest one.

use super::settings::{Kind, SETTINGS, Setting, find};
use counterfoil_cli::OfficeFolders;
use counterfoil_wire::{Address, PartyName, Role};
use std::path::Path;
use std::time::Duration;
use toml::{Table, Value};

/// Why a configuration cannot be used; nothing was begun.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ConfigError {
    /// What is wrong and where.
    pub message: String,
    /// What to do.
    pub fix: String,
}

fn error(message: impl Into<String>, fix: impl Into<String>) -> ConfigError {
    ConfigError { message: message.into(), fix: fix.into() }
}

/// When payments are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayWhen {
    /// By command alone.
    Off,
    /// After each file and decision.
    Arrival,
    /// Once a day, from this minute on.
    Daily(i64),
    /// With so many minutes between.
    Minutes(i64),
}

/// Where the office's files lie, below the data folder or elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfficePaths {
    rates: String,
    members: String,
    rules: String,
    tables: String,
}

impl OfficePaths {
    /// The paths, those that are relative below a data folder.
    pub fn below(&self, data: &Path) -> OfficeFolders {
        OfficeFolders {
            rates: data.join(&self.rates),
            members: data.join(&self.members),
            rules: data.join(&self.rules),
            tables: data.join(&self.tables),
            documents: data.join(crate::data::DOCUMENTS),
        }
    }
}

/// A node's configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// What the organization is.
    pub role: Role,
    /// Its name.
    pub name: PartyName,
    /// How long a stop waits.
    pub shutdown_max: Duration,
    /// Where pages are served.
    pub pages_listen: String,
    /// Bytes of an upload at most.
    pub upload_bytes_max: u64,
    /// Seconds without doing anything until a person is signed out.
    pub idle_seconds_max: i64,
    /// Whether the data are generated.
    pub is_generated: bool,
    /// Where partners are answered.
    pub wire_listen: String,
    /// Where partners dial this node.
    pub addresses: Vec<Address>,
    /// Whether partners are dialed.
    pub dials: bool,
    /// Credit of a partner on each channel, in bytes.
    pub window_bytes: u32,
    /// First wait before dialing again, in milliseconds.
    pub retry_ms_first: u64,
    /// Longest wait before dialing again, in milliseconds.
    pub retry_ms_max: u64,
    /// Time between two looks at the database.
    pub look: Duration,
    /// How long a file must not have changed before it is taken.
    pub inbox_settle: Duration,
    /// Whether the day of work stands in a file.
    pub day_from_file: bool,
    /// Where the office's files lie.
    pub office: OfficePaths,
    /// When payments are made.
    pub pay_when: PayWhen,
    /// Least free space of the data folder's disk, in bytes.
    pub disk_free_bytes_min: u64,
    /// Age of the last backup at which a new one is asked for, in hours.
    pub backup_age_hours_max: u64,
    /// How much the log tells.
    pub log_level: tracing::Level,
    /// Every number of the file: its name, its value with unit, its meaning.
    pub limits: Vec<(String, String, &'static str)>,
}

impl Config {
    /// Reads the text of node.toml.
    ///
    /// # Errors
    /// The first thing that is wrong, with its place and what to write instead.
    pub fn parse(text: &str) -> Result<Config, ConfigError> {
        let table: Table = text.parse().map_err(|cause: toml::de::Error| {
            let line = cause.span().map_or(1, |span| {
                text.bytes().take(span.start).filter(|byte| *byte == b'\n').count() + 1
            });
            let message = format!("node.toml, line {line}: {}", cause.message());
            error(message, "write it as TOML: key = value, texts in quotation marks")
        })?;
        refuse_unknown(&table)?;
        let values = Values(&table);
        let role = match values.text("node", "role")?.as_str() {
            "payer" => Role::Payer,
            "provider" => Role::Provider,
            _ => return Err(error("node.role is neither payer nor provider", "write one of both")),
        };
        let named = |cause: counterfoil_wire::PartyError| {
            error(format!("node.toml: {cause}"), "mend it and start again")
        };
        let listen = values.text("wire", "listen")?;
        let addresses = values.texts("wire", "addresses")?;
        let addresses = match addresses.is_empty() {
            false => addresses,
            true if is_dialable(&listen) => vec![listen.clone()],
            true => Vec::new(),
        };
        let addresses: Result<Vec<Address>, _> =
            addresses.iter().map(|one| Address::parse(one)).collect();
        Ok(Config {
            role,
            name: PartyName::parse(&values.text("node", "name")?).map_err(named)?,
            shutdown_max: Duration::from_secs(values.number("node", "shutdown_seconds_max")?),
            pages_listen: values.text("pages", "listen")?,
            upload_bytes_max: values.number("pages", "upload_bytes_max")?,
            idle_seconds_max: i64::try_from(values.number("pages", "idle_seconds_max")?)
                .unwrap_or(i64::MAX),
            is_generated: values.text("pages", "generated")? == "yes",
            wire_listen: listen,
            addresses: addresses.map_err(named)?,
            dials: values.text("wire", "dials")? == "yes",
            window_bytes: u32::try_from(values.number("wire", "window_bytes")?).unwrap_or(u32::MAX),
            retry_ms_first: values.number("wire", "retry_ms_first")?,
            retry_ms_max: values.number("wire", "retry_ms_max")?,
            look: Duration::from_millis(values.number("work", "look_ms")?),
            inbox_settle: Duration::from_millis(values.number("work", "inbox_settle_ms")?),
            day_from_file: values.text("work", "day")? == "file",
            office: OfficePaths {
                rates: values.text("office", "rates")?,
                members: values.text("office", "members")?,
                rules: values.text("office", "rules")?,
                tables: values.text("office", "tables")?,
            },
            pay_when: pay_when(&values)?,
            disk_free_bytes_min: values.number("work", "disk_free_bytes_min")?,
            backup_age_hours_max: values.number("backup", "age_hours_max")?,
            log_level: match values.text("log", "level")?.as_str() {
                "error" => tracing::Level::ERROR,
                "warn" => tracing::Level::WARN,
                "debug" => tracing::Level::DEBUG,
                _ => tracing::Level::INFO,
            },
            limits: values.limits()?,
        })
    }
}

fn pay_when(values: &Values<'_>) -> Result<PayWhen, ConfigError> {
    let minutes = |key| {
        let number = values.number("pay", key)?;
        Ok(i64::try_from(number).unwrap_or(i64::MAX))
    };
    Ok(match values.text("pay", "when")?.as_str() {
        "arrival" => PayWhen::Arrival,
        "daily" => PayWhen::Daily(minutes("daily_minute")?),
        "minutes" => PayWhen::Minutes(minutes("every_minutes")?),
        _ => PayWhen::Off,
    })
}

/// An address that names one interface can be dialed as it stands.
fn is_dialable(listen: &str) -> bool {
    let parsed: Result<std::net::SocketAddr, _> = listen.parse();
    parsed.is_ok_and(|address| !address.ip().is_unspecified() && address.port() != 0)
}

struct Values<'a>(&'a Table);

impl Values<'_> {
    fn value(&self, section: &str, key: &str) -> Option<&Value> {
        self.0.get(section)?.as_table()?.get(key)
    }

    fn text(&self, section: &str, key: &str) -> Result<String, ConfigError> {
        let kind = find(section, key).map(|one| one.kind);
        let Some(value) = self.value(section, key) else {
            return match kind {
                Some(Kind::Text(default)) => Ok(default.to_owned()),
                Some(Kind::Word(words)) => Ok(words.first().copied().unwrap_or("").to_owned()),
                _ => {
                    let message = format!("node.toml has no {section}.{key}");
                    Err(error(message, format!("add {key} under [{section}]")))
                }
            };
        };
        let Some(text) = value.as_str() else {
            let message = format!("{section}.{key} in node.toml is no text");
            return Err(error(message, "put it in quotation marks"));
        };
        match kind {
            Some(Kind::Word(words)) if !words.contains(&text) => {
                let message = format!("{section}.{key} in node.toml is '{text}'");
                Err(error(message, format!("write one of: {}", words.join(", "))))
            }
            _ => Ok(text.to_owned()),
        }
    }

    fn texts(&self, section: &str, key: &str) -> Result<Vec<String>, ConfigError> {
        let Some(value) = self.value(section, key) else { return Ok(Vec::new()) };
        let texts = value.as_array().map(|all| all.iter().map(Value::as_str).collect());
        let texts: Option<Vec<&str>> = texts.flatten();
        let texts = texts.ok_or_else(|| {
            let message = format!("{section}.{key} in node.toml is no list of texts");
            error(message, format!("write {key} = [\"...\", \"...\"]"))
        })?;
        Ok(texts.into_iter().map(str::to_owned).collect())
    }

    fn limits(&self) -> Result<Vec<(String, String, &'static str)>, ConfigError> {
        let numbers = SETTINGS.iter().filter(|one| matches!(one.kind, Kind::Number(..)));
        let limits = numbers.map(|one| {
            let value = format!("{} {}", self.number(one.section, one.key)?, one.unit);
            Ok((format!("{}.{}", one.section, one.key), value, one.meaning))
        });
        limits.collect()
    }

    fn number(&self, section: &str, key: &str) -> Result<u64, ConfigError> {
        let Some(Setting { kind: Kind::Number(default, least, most), unit, .. }) =
            find(section, key)
        else {
            return Err(error(format!("{section}.{key} is no number"), "report this as a bug"));
        };
        let Some(value) = self.value(section, key) else { return Ok(*default) };
        let number = value.as_integer().and_then(|number| u64::try_from(number).ok());
        number.filter(|number| (least..=most).contains(&number)).ok_or_else(|| {
            let message = format!("{section}.{key} in node.toml is {value}");
            error(message, format!("write a whole number of {unit} from {least} to {most}"))
        })
    }
}

fn refuse_unknown(table: &Table) -> Result<(), ConfigError> {
    for (section, value) in table {
        let keys: Vec<&Setting> = SETTINGS.iter().filter(|one| one.section == section).collect();
        if keys.is_empty() {
            let known = SETTINGS.iter().map(|one| one.section);
            return Err(unknown(&format!("[{section}]"), section, known));
        }
        let Some(inner) = value.as_table() else {
            let message = format!("{section} in node.toml is no section");
            return Err(error(message, format!("write [{section}] on a line of its own")));
        };
        for key in inner.keys() {
            if !keys.iter().any(|one| one.key == key) {
                let known = keys.iter().map(|one| one.key);
                return Err(unknown(&format!("{section}.{key}"), key, known));
            }
        }
    }
    Ok(())
}

fn unknown<'a>(what: &str, word: &str, known: impl Iterator<Item = &'a str>) -> ConfigError {
    let mut known: Vec<&str> = known.collect();
    known.dedup();
    let nearest = known.iter().map(|one| (distance(word, one), *one)).min();
    let message = format!("node.toml has {what}, which this program does not know");
    match nearest {
        Some((away, one)) if away * 2 <= one.len().max(word.len()) => {
            error(message, format!("did you mean {one}?"))
        }
        _ => error(message, format!("known here: {}", known.join(", "))),
    }
}

/// How many letters must be put in, left out or exchanged to make one word the other.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, letter) in one.chars().enumerate() {
        let mut next = vec![line + 1];
        for (column, counterpart) in other.iter().enumerate() {
            let exchanged = row[column] + usize::from(letter != *counterpart);
            next.push(exchanged.min(row[column + 1] + 1).min(next[column] + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::super::write::{Chosen, write};
    use super::*;

    fn made() -> String {
        let (role, name) = ("payer".to_owned(), "The \"Plan\"".to_owned());
        write(&Chosen { role, name, wire: Some("127.0.0.1:9000".to_owned()), ..Chosen::default() })
    }

    #[test]
    fn what_is_written_is_read_at_the_defaults() {
        let text = made();
        let config = Config::parse(&text).expect("the file that init writes");
        assert_eq!(config.name.as_str(), "The \"Plan\"");
        assert_eq!(config.addresses, vec![Address::parse("127.0.0.1:9000").expect("an address")]);
        assert_eq!(config.look, Duration::from_millis(100));
        assert!(text.lines().all(|line| line.len() <= 100), "{text}");
        // With every setting at its default written out, the same is read.
        let open = |line: &str| match line.strip_prefix("# ") {
            Some(rest) if rest.contains(" = ") => rest.to_owned(),
            _ => line.to_owned(),
        };
        let spelled: Vec<String> = text.lines().map(open).collect();
        assert_eq!(Config::parse(&spelled.join("\n")), Ok(config));
    }

    #[test]
    fn each_mistake_has_its_place_and_next_step() {
        let check = |from: &str, to: &str, message: &str, fix: &str| {
            let text = made().replace(from, to);
            let error = Config::parse(&text).expect_err(to);
            assert_eq!((error.message.as_str(), error.fix.as_str()), (message, fix), "{to}");
        };
        let role = "role = \"payer\"";
        check(
            role,
            "roll = \"payer\"",
            "node.toml has node.roll, which this program does not know",
            "did you mean role?",
        );
        check(role, "role = 7", "node.role in node.toml is no text", "put it in quotation marks");
        check(role, "role = \"x\"", "node.role is neither payer nor provider", "write one of both");
        check(role, "", "node.toml has no node.role", "add role under [node]");
        check(
            "# look_ms = 100",
            "look_ms = 5",
            "work.look_ms in node.toml is 5",
            "write a whole number of milliseconds from 10 to 60000",
        );
        check(
            "[wire]",
            "[wires]",
            "node.toml has [wires], which this program does not know",
            "did you mean wire?",
        );
        check(
            "# addresses = []",
            "addresses = \"a:1\"",
            "wire.addresses in node.toml is no list of texts",
            "write addresses = [\"...\", \"...\"]",
        );
        let broken = Config::parse("[node]\nrole = payer\n").expect_err("no TOML");
        assert!(broken.message.starts_with("node.toml, line 2: "), "{broken}");
    }
}
