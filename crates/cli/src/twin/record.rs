//! Beginning a record, writing the own half, taking the partner's in.

use super::{keys, relation};
use crate::arguments::{PartnerOption, RoleWord, TermsOptions};
use crate::console::Console;
use crate::error::CommandError;
use crate::files::{self, PartialFile};
use crate::{Outcome, office};
use counterfoil_operations::OperationsError;
use counterfoil_operations::halves::{
    Signer, Terms, append_due, export_half, import_half, open_relationship,
};
use counterfoil_store::Side;
use counterfoil_twin::{Author, PublicKey, from_hex, to_hex};
use serde_json::json;
use std::path::Path;

/// 32 bytes from 64 hexadecimal digits.
pub(super) fn bytes_32(what: &str, hex: &str) -> Result<[u8; 32], CommandError> {
    let bytes = from_hex(hex.trim()).and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    bytes.ok_or_else(|| {
        let message = format!("the {what} is not 64 hexadecimal digits");
        CommandError::usage(message, "copy it whole; nothing was changed")
    })
}

pub(super) fn open(
    data: &Path,
    options: &TermsOptions,
    json: bool,
    console: &mut Console<'_>,
) -> Result<Outcome, CommandError> {
    let theirs = bytes_32("partner's key", &options.partner_key)?;
    if PublicKey::from_bytes(&theirs).is_none() {
        let hint = "ask the partner for `counterfoil twin key` again; nothing was changed";
        return Err(CommandError::usage("the partner's key is no public key", hint));
    }
    let nonce = match &options.nonce {
        Some(hex) => bytes_32("random number", hex)?,
        None => console.random(),
    };
    let (side, role) = match options.role {
        RoleWord::Payer => (Side::Payer, Author::Payer),
        RoleWord::Provider => (Side::Provider, Author::Provider),
    };
    let mut store = office::open(data, side)?;
    let own = keys::load(data, console)?.public_key();
    let (payer_key, provider_key) =
        if role == Author::Payer { (own, theirs) } else { (theirs, own) };
    let terms = Terms {
        role,
        partner: options.partner.clone(),
        own_name: options.name.clone(),
        payer_key,
        provider_key,
        nonce,
        identifiers: options.identifiers.clone(),
    };
    let opened = store.transaction("open a twin record", |tx| open_relationship(tx, &terms));
    let relation =
        opened.map_err(|error| CommandError::operator(error, "`twin show` tells claims of it"))?;
    let id = to_hex(&relation.relationship.id);
    let nonce = to_hex(&nonce);
    if json {
        let partner = &relation.partner;
        console.print_json(&json!({ "relationship": id, "nonce": nonce, "partner": partner }));
    } else {
        console.print(&format!("twin record with {} opened: {id}", relation.partner));
        console.print(&format!("the partner needs this random number: {nonce}"));
    }
    Ok(Outcome::Done)
}

pub(super) fn export(
    data: &Path,
    partner: &PartnerOption,
    (out, json): (&Path, bool),
    console: &mut Console<'_>,
) -> Result<Outcome, CommandError> {
    office::expect_not_restored(data)?;
    let mut store = office::open_any(data)?;
    let relation = relation(&mut store, partner)?;
    office::expect_met(data, &relation.relationship.id)?;
    let key = keys::load(data, console)?;
    let now_ms = console.now_ms();
    let mut secret = || console.random();
    let mut signer = Signer { key: &key, now_ms, secret: &mut secret };
    let appended = append_due(&mut store, &relation, &mut signer)?;
    let mut file = PartialFile::create(out)?;
    let events = export_half(&mut store, &relation, (&key, now_ms), &mut |piece| {
        file.write(piece).map_err(|error| OperationsError::Io {
            doing: format!("writing {}", out.display()),
            source: std::io::Error::other(error.to_string()),
        })
    })?;
    file.finish()?;
    let new = appended.size - appended.first;
    if json {
        let author = relation.author.word();
        console.print_json(&json!({ "half": author, "events": events, "new": new }));
    } else {
        let name = out.display();
        console.print(&format!("{name}: {events} events, {new} of them signed now"));
    }
    Ok(Outcome::Done)
}

pub(super) fn import(
    file: &Path,
    (data, partner): (&Path, &PartnerOption),
    json: bool,
    console: &mut Console<'_>,
) -> Result<Outcome, CommandError> {
    let bytes = files::read(file)?;
    let mut store = office::open_any(data)?;
    let relation = relation(&mut store, partner)?;
    let accepted = match import_half(&mut store, &relation, &bytes) {
        Ok(accepted) => accepted,
        Err(OperationsError::Twin(finding)) => {
            super::verify::say(&finding, json, console);
            return Ok(Outcome::Findings);
        }
        Err(error) => return Err(error.into()),
    };
    if json {
        console.print_json(&json!({
            "events": accepted.size,
            "new": accepted.new,
            "held_before": accepted.held,
        }));
    } else {
        console.print(&format!(
            "{} events of {} taken in, {} held before, {} in all",
            accepted.new, relation.partner, accepted.held, accepted.size
        ));
    }
    Ok(Outcome::Done)
}
