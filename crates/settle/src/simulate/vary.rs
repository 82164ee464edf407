//! The same simulation with one assumption, fact or number of the contract changed.

use super::assumptions::GROUP;
use counterfoil_base::Finding;
use counterfoil_contract::{Contract, ContractFiles, Problem};
use toml::{Table, Value};

/// The assumptions and the contract's files with one value changed.
///
/// The name is one of the group (`size`, `effect`, `truncation`), a fact, or a parameter of the
/// contract: `sequestration`, or `maximum_sharing_rate.track_1` for one code; without a code,
/// every code that the year states gets the value.
///
/// # Errors
/// A name that nothing has, or files that are not TOML.
pub fn vary(
    contract: &Contract,
    (assumptions, files): (&str, &ContractFiles),
    year: i64,
    (name, value): (&str, &str),
) -> Result<(String, ContractFiles), Box<Problem>> {
    let value = Value::String(value.to_owned());
    let is_fact = contract.program().facts().any(|(fact, _)| fact == name);
    // How spending is spread is a shape, not one value that a sweep could change.
    if is_fact || (GROUP.contains(&name) && name != "spending") {
        let part = if is_fact { "facts" } else { "group" };
        let mut table: Table = assumptions.parse().map_err(|_| unknown(name))?;
        let part = table.entry(part).or_insert_with(|| Value::Table(Table::new()));
        part.as_table_mut().ok_or_else(|| unknown(name))?.insert(name.to_owned(), value);
        let text = toml::to_string(&table).map_err(|_| unknown(name))?;
        return Ok((text, files.clone()));
    }
    let file = format!("params/{year}.toml");
    let bytes = files.get(&file).ok_or_else(|| unknown(name))?;
    let text = std::str::from_utf8(bytes).map_err(|_| unknown(name))?;
    let mut table: Table = text.parse().map_err(|_| unknown(name))?;
    let (parameter, code) = name.split_once('.').unwrap_or((name, ""));
    let stated = table.get_mut(parameter).and_then(Value::as_table_mut);
    let stated = stated.ok_or_else(|| unknown(name))?;
    let is_changed = |key: &str| match code {
        "" => key != "citation" && key != "not_offered",
        code => key == code,
    };
    let mut changed = 0;
    for (key, old) in stated.iter_mut().filter(|(key, _)| is_changed(key)) {
        if key != "citation" && key != "not_offered" {
            *old = value.clone();
            changed += 1;
        }
    }
    if changed == 0 {
        return Err(unknown(name));
    }
    let mut files = files.clone();
    files.insert(file, toml::to_string(&table).map_err(|_| unknown(name))?.into_bytes());
    Ok((assumptions.to_owned(), files))
}

fn unknown(name: &str) -> Box<Problem> {
    let message = format!("Nothing that can be changed is called '{name}'");
    let finding = Finding::error("SETTLE-nothing-to-change", 7, message)
        .because("A sweep changes an assumption of the group, a fact, or a number of the year")
        .fix(format!("Name one of {}, a fact, or a parameter with its code", GROUP.join(", ")));
    Box::new(Problem::of_file(finding, "assumptions"))
}
