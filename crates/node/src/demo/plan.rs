//! What the demo's organizations begin with: folders, files of the generated world, nodes, people.

use super::nodes::own;
use crate::data::{self, BUSINESS_DAY_FILE, CONFIG_FILE};
use crate::outside::random;
use counterfoil_base::Phi;
use counterfoil_cli::{CommandError, DataOption, InitOptions, RoleWord};
use counterfoil_corpus::{FileInfo, Month, Senders, World};
use counterfoil_desk::add_account;
use counterfoil_store::{Place, Store};
use counterfoil_twin::to_hex;
use counterfoil_web::Role;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};

/// Claims in a transaction set of the generated files.
const CLAIMS_PER_SET: u32 = 100;

/// Says what the folder holds, and that it is a demo's.
pub const README: &str = "README.txt";
const README_TEXT: &str = "\
A month between a health plan, a hospital and a small practice, played by `counterfoil demo`.
All people, prices and claims are generated. `counterfoil demo` goes on where it stopped;
`counterfoil demo --fresh` starts over and takes the place of everything here.

plan/           the health plan's node: its data folder, with
  rates, rules, members.csv   benefits, contracts, prices; edits; people
  contracts, facts   a contract that the hospital has signed too, and what it was settled on
  out           what the plan sent: TA1, 999, 277CA, 835, CCD+
hospital/, practice/   the providers' nodes: their data folders, with
  claims        claims as first written, some with errors
  inbox         where files of claims are put; taken and refused ones lie within
  out           claims that passed the check and were sent
  bank          bank statements
sign-ins.txt    who may sign in to the pages
month.txt       which month it is
";

/// The three organizations: folder, role, name, person, roles of the person.
pub const ORGANIZATIONS: [(&str, RoleWord, &str, &str); 3] = [
    ("plan", RoleWord::Payer, "The health plan", "Dana Reyes"),
    ("hospital", RoleWord::Provider, "The hospital", "Hal Osei"),
    ("practice", RoleWord::Provider, "The practice", "Pia Lund"),
];

/// A whole file in its place, or none.
pub fn put(path: &Path, bytes: &[u8]) -> Result<(), CommandError> {
    let failed = |cause: std::io::Error| CommandError::file("write", path, &cause);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut partial = path.as_os_str().to_owned();
    partial.push(".part");
    fs::write(&partial, bytes).map_err(failed)?;
    fs::rename(&partial, path).map_err(failed)
}

/// Makes the folder of a demo, or finds the one that an earlier demo left.
pub fn folder(folder: &Path, is_fresh: bool) -> Result<(), CommandError> {
    let failed = |cause: std::io::Error| CommandError::file("look into", folder, &cause);
    if folder.is_file() {
        let message = format!("{} is a file; a folder is wanted here", folder.display());
        return Err(CommandError::usage(message, "name the folder; nothing was changed"));
    }
    if folder.exists() {
        let first_line = README_TEXT.lines().next();
        let is_demo = fs::read_to_string(folder.join(README))
            .is_ok_and(|text| text.lines().next() == first_line);
        let is_empty = fs::read_dir(folder).map_err(failed)?.next().is_none();
        if !is_demo && !is_empty {
            let message = format!("{} holds other files; nothing was changed", folder.display());
            return Err(CommandError::operator(message, "name another folder with --dir"));
        }
        if is_fresh {
            remove_schemas(folder)?;
            fs::remove_dir_all(folder).map_err(failed)?;
        }
    }
    put(&folder.join(README), README_TEXT.as_bytes())
}

/// How the schemas of a demo's nodes begin; others are never removed.
const SCHEMA: &str = "demo_";

/// The database of a demo's node; nothing when there is no such node yet.
fn database_of(folder: &Path, name: &str) -> Result<Option<Place>, CommandError> {
    let path = folder.join(name);
    match path.join(CONFIG_FILE).exists() {
        true => Ok(Some(data::DataFolder::open(&path)?.place)),
        false => Ok(None),
    }
}

/// Removes what the nodes of an earlier demo have on a server.
fn remove_schemas(folder: &Path) -> Result<(), CommandError> {
    for (name, ..) in ORGANIZATIONS {
        if let Some(Place::Server(server)) = database_of(folder, name)?
            && server.schema().is_some_and(|schema| schema.starts_with(SCHEMA))
        {
            Store::remove_schema(&server)?;
        }
    }
    Ok(())
}

/// A demo goes on with the databases that it began with.
pub fn expect_same_database(folder: &Path, database: Option<&str>) -> Result<(), CommandError> {
    for (name, ..) in ORGANIZATIONS {
        let place = database_of(folder, name)?;
        if database.is_some() && matches!(place, Some(Place::File(_))) {
            let message = format!("{} keeps its databases in files", folder.display());
            return Err(CommandError::operator(
                message,
                "--fresh starts over; --dir names another",
            ));
        }
    }
    Ok(())
}

/// Writes the plan's files and gives the providers the plan's rules; what is there stays.
pub fn write_world(world: &World, folder: &Path) -> Result<(), CommandError> {
    for file in world.rate_files() {
        put(&folder.join("plan/rates").join(&file.name), file.text.as_bytes())?;
    }
    for file in world.edit_tables() {
        for (name, ..) in ORGANIZATIONS {
            put(&folder.join(name).join("rules").join(&file.name), file.text.as_bytes())?;
        }
    }
    let mut members = Vec::new();
    let mut next = Some(0);
    while let Some(first) = next {
        next = world.members_chunk(first, &mut members);
    }
    put(&folder.join("plan/members.csv"), &members)
}

/// Writes every provider's files of claims; with each, the folder of its provider.
pub fn write_claims(
    world: &World,
    folder: &Path,
) -> Result<Vec<(FileInfo, &'static str)>, CommandError> {
    let mut month = Month::new(world, Senders::Providers, CLAIMS_PER_SET);
    let mut written = Vec::new();
    while let Some(info) = month.next_file() {
        let (mut bytes, mut truths) = (Vec::new(), Vec::new());
        while month.next_chunk(&mut bytes, &mut truths) {}
        let is_hospital = info.provider_npi.as_deref() == Some(world.hospital().npi.as_str());
        let sender = if is_hospital { "hospital" } else { "practice" };
        put(&folder.join(sender).join("claims").join(&info.name), &bytes)?;
        written.push((info, sender));
    }
    written.sort_by_key(|(info, _)| info.number);
    Ok(written)
}

/// Makes a node that works at once on the day that its file says; one that is made stays.
pub fn make_node(
    folder: &Path,
    (name, role, organization, person): (&str, RoleWord, &str, &str),
    database: Option<&str>,
) -> Result<(), CommandError> {
    let path = folder.join(name);
    if path.join(CONFIG_FILE).exists() {
        return Ok(());
    }
    let options = InitOptions {
        data: DataOption { data: path.clone() },
        role,
        name: organization.to_owned(),
        pages: Some(free_address(name, 0)?),
        wire: Some(free_address(name, 1)?),
        database: database.map(str::to_owned),
        // Several demos may share a server.
        schema: database.map(|_| format!("{SCHEMA}{}_{name}", drawn(8))),
    };
    data::init(&options)?;
    sign_in(folder, (name, role, person))?;
    let mut text = fs::read_to_string(path.join(CONFIG_FILE))
        .map_err(|cause| CommandError::file("read", &path.join(CONFIG_FILE), &cause))?;
    for (key, default, value) in [
        ("look_ms", "100", "10"),
        ("inbox_settle_ms", "2000", "20"),
        ("day", "\"clock\"", "\"file\""),
        ("when", "\"off\"", "\"arrival\""),
        ("retry_ms_first", "500", "50"),
        ("generated", "\"no\"", "\"yes\""),
    ] {
        let from = format!("# {key} = {default}");
        text = text.replacen(&from, &format!("{key} = {value}"), 1);
    }
    put(&path.join(CONFIG_FILE), text.as_bytes())
}

/// A person of the organization may sign in with a password that nobody has used before.
fn sign_in(
    folder: &Path,
    (name, role, person): (&str, RoleWord, &str),
) -> Result<(), CommandError> {
    let password = drawn(16);
    let roles = match role {
        RoleWord::Payer => [Role::PayerOperations, Role::Administrator, Role::ComplianceOfficer],
        RoleWord::Provider => [Role::ProviderBilling, Role::Administrator, Role::ComplianceOfficer],
    };
    let mut store = data::DataFolder::open(&folder.join(name))?.store()?;
    let added = add_account(&mut store, person, &roles, &Phi::new(password.clone()), random());
    if added.is_err() {
        // The account is from a demo that broke off here, and so is its line.
        return Ok(());
    }
    let path = folder.join(SIGN_INS);
    let mut text = fs::read_to_string(&path).unwrap_or_default();
    text.push_str(&format!("{name}: {person} / {password}\n"));
    fs::write(&path, text).map_err(|cause| CommandError::file("write", &path, &cause))
}

/// So many hexadecimal digits that nobody can guess.
fn drawn(digits: usize) -> String {
    to_hex(&random()).chars().take(digits).collect()
}

/// Who may sign in to the pages of the demo.
pub const SIGN_INS: &str = "sign-ins.txt";

/// First port for the demo, and how many each listener may choose from: below those that systems
/// hand out for connections (RFC 6335 section 6 begins them at 49152, Linux at 32768), so that none
/// of these takes one while its node is down.
const PORTS: (u16, u16) = (20_000, 1_000);

/// Where a listener of an organization may listen; each of the six has ports of its own.
fn free_address(name: &str, listener: u16) -> Result<String, CommandError> {
    let place = ORGANIZATIONS.iter().position(|one| one.0 == name).unwrap_or_default();
    let (first, count) = PORTS;
    let first = first + (place as u16 * 2 + listener) * count;
    let drawn = random();
    let drawn = u16::from_le_bytes([drawn[0], drawn[1]]);
    let mut ports = (0..count).map(|step| first + (drawn % count + step) % count);
    let found = ports.find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok());
    let port = found.ok_or_else(|| {
        let cause = format!("no port from {first} to {} is free", first + count - 1);
        CommandError::operator(cause, "end other programs")
    })?;
    Ok(format!("127.0.0.1:{port}"))
}

/// The day on which all three work from now on.
pub fn set_day(folder: &Path, day: &str) -> Result<(), CommandError> {
    for (name, ..) in ORGANIZATIONS {
        put(&folder.join(name).join(BUSINESS_DAY_FILE), day.as_bytes())?;
    }
    Ok(())
}

/// Pairs the node of a provider with the running one of the plan, unless they are.
pub fn pair(
    folder: &Path,
    (name, organization, npi): (&str, &str, &str),
    payer_id: &str,
) -> Result<(), CommandError> {
    let data = |name: &str| folder.join(name).display().to_string();
    let (plan, office) = (data("plan"), data(name));
    if !run_own(&["node", "peers", "--json", "--data", &office])?.trim().is_empty() {
        return Ok(());
    }
    let invite =
        ["node", "invite", "--json", "--partner", organization, "--identifier", npi, "--data"];
    let told = run_own(&[&invite[..], &[&plan]].concat())?;
    let told: serde_json::Value = serde_json::from_str(&told).unwrap_or_default();
    let code = told["code"].as_str().unwrap_or_default();
    let join = ["node", "join", code, "--partner", "The health plan", "--identifier", payer_id];
    run_own(&[&join[..], &["--data", &office]].concat()).map(drop)
}

/// Runs a command of this program to its end; what it printed.
pub fn run_own(words: &[&str]) -> Result<String, CommandError> {
    let done = own(words)?.output();
    let done = done.map_err(|cause| CommandError::operator(cause, "end other programs"))?;
    if done.status.success() {
        return Ok(String::from_utf8_lossy(&done.stdout).into_owned());
    }
    let told = String::from_utf8_lossy(&done.stderr).trim().to_owned();
    Err(CommandError::operator(told, "`counterfoil demo --fresh` makes the demo anew"))
}

/// The month of a folder: claims and seed, those that were asked for or those that it has.
pub fn month_of(
    folder: &Path,
    (claims, seed): (Option<u32>, Option<u64>),
) -> Result<(u32, u64), CommandError> {
    let path: PathBuf = folder.join("month.txt");
    let known = fs::read_to_string(&path).ok().and_then(|text| {
        let (claims, seed) = text.trim().strip_prefix("claims ")?.split_once(", seed ")?;
        Some((claims.parse::<u32>().ok()?, seed.parse::<u64>().ok()?))
    });
    let (of_claims, of_seed) = known.unwrap_or((CLAIMS_USUAL, 1));
    let wanted = (claims.unwrap_or(of_claims), seed.unwrap_or(of_seed));
    if known.is_some_and(|known| known != wanted) {
        let message =
            format!("{} holds another month: claims {of_claims}, seed {of_seed}", folder.display());
        return Err(CommandError::operator(message, "--fresh starts over; --dir names another"));
    }
    put(&path, format!("claims {}, seed {}\n", wanted.0, wanted.1).as_bytes())?;
    Ok(wanted)
}

/// Claims in a month when nobody says how many.
const CLAIMS_USUAL: u32 = 1_000;
