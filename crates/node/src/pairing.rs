//! `counterfoil node invite`, `join` and `peers`.

use crate::data::DataFolder;
use crate::keeper::{Partner, Standing, StoreKeeper, keep_pairing, lock};
use crate::outside::{SystemChance, SystemClock};
use crate::run::block_on;
use counterfoil_cli::{
    CommandError, Console, InviteOptions, JoinOptions, Outcome, PairedOptions, ReportOptions,
    signing_key,
};
use counterfoil_operations::OperationsError;
use counterfoil_operations::halves::{Relation, relations};
use counterfoil_store::PeerRow;
use counterfoil_twin::to_hex;
use counterfoil_wire::{
    Endpoint, EndpointSettings, Introduction, Invitation, InvitationTerms, OrganizationKey, Pairing,
};
use serde_json::json;
use std::sync::{Arc, Mutex};

struct Ready {
    folder: DataFolder,
    standing: Standing,
    store: Arc<Mutex<counterfoil_store::Store>>,
}

fn ready(path: &std::path::Path, console: &Console<'_>) -> Result<Ready, CommandError> {
    let folder = DataFolder::open(path)?;
    let store = Arc::new(Mutex::new(folder.store()?));
    let organization_key = signing_key(&folder.path, console)?.public_key();
    let (role, name) = (folder.config.role, folder.config.name.clone());
    Ok(Ready { standing: Standing { role, organization_key, name }, folder, store })
}

impl Ready {
    fn introduction(&self) -> Introduction {
        Introduction {
            role: self.standing.role,
            organization_key: OrganizationKey(self.standing.organization_key),
            name: self.standing.name.clone(),
            addresses: self.folder.config.addresses.clone(),
        }
    }

    fn endpoint(&self, partner: &Partner) -> Result<Endpoint, CommandError> {
        let keeper = StoreKeeper::new(self.store.clone(), self.standing.clone(), partner.clone());
        let settings = EndpointSettings::new(
            self.folder.identity()?,
            Arc::new(SystemClock),
            Arc::new(SystemChance),
            Arc::new(keeper),
        );
        Endpoint::new(settings).map_err(|cause| CommandError::operator(cause, ""))
    }

    /// The name and identifiers must be free before a code is made or used.
    fn expect_free(&self, partner: &Partner) -> Result<(), CommandError> {
        let refused: Result<Option<String>, OperationsError> =
            lock(&self.store).transaction("is the partner new", |tx| {
                if relations(tx)?.iter().any(|one| one.partner == partner.name) {
                    return Ok(Some(format!("there is a partner {} already", partner.name)));
                }
                for identifier in &partner.identifiers {
                    if tx.relationship_of(identifier)?.is_some() {
                        let told = format!("identifier {identifier} belongs to another partner");
                        return Ok(Some(told));
                    }
                }
                Ok(None)
            });
        match refused? {
            Some(message) => Err(CommandError::operator(message, "nothing was changed")),
            None => Ok(()),
        }
    }
}

fn partner_of(options: &PairedOptions) -> Partner {
    Partner { name: options.partner.clone(), identifiers: options.identifiers.clone() }
}

/// Makes an invitation code.
pub fn invite(options: &InviteOptions, console: &mut Console<'_>) -> Result<Outcome, CommandError> {
    let ready = ready(&options.data.data, console)?;
    let partner = partner_of(&options.partner);
    ready.expect_free(&partner)?;
    let introduction = ready.introduction();
    if introduction.addresses.is_empty() {
        let message = "node.toml does not say where partners dial this node";
        let hint = "set wire.addresses, or let the partner invite; nothing was changed";
        return Err(CommandError::operator(message, hint));
    }
    let valid_seconds = options.valid_hours.saturating_mul(3_600);
    let made = block_on(async {
        let endpoint = ready.endpoint(&partner)?;
        let invited = endpoint.invite(InvitationTerms { introduction, valid_seconds }).await;
        invited.map_err(|cause| CommandError::operator(cause, "nothing was given out"))
    })??;
    let code = made.to_code();
    if options.json {
        let (partner, expires) = (&partner.name, made.expires_at_seconds);
        console.print_json(&json!({ "code": code, "partner": partner, "expires_at": expires }));
    } else {
        console.print(&code);
        let hours = options.valid_hours;
        console.say(&format!(
            "Give this code to {} and to nobody else: it can be used once, within {hours} hours. \
             This node must be running (`counterfoil serve`) when they type it.",
            partner.name
        ));
    }
    Ok(Outcome::Done)
}

/// Pairs by a code.
pub fn join(options: &JoinOptions, console: &mut Console<'_>) -> Result<Outcome, CommandError> {
    let invitation = Invitation::parse(&options.code)
        .map_err(|cause| CommandError::usage(cause.to_string(), "nothing was dialed"))?;
    let ready = ready(&options.data.data, console)?;
    let partner = partner_of(&options.partner);
    ready.expect_free(&partner)?;
    let introduction = ready.introduction();
    let joined = block_on(async {
        let endpoint = ready.endpoint(&partner)?;
        let joined = endpoint.join(&invitation, &introduction).await;
        joined.map_err(|cause| CommandError::operator(cause, "nothing was changed here"))
    })??;
    let kept: Result<Relation, OperationsError> = lock(&ready.store)
        .transaction("keep a pairing", |tx| keep_pairing(tx, &joined, partner.clone()));
    let relation = kept.map_err(|cause| {
        CommandError::operator(cause, "mend the cause and use the same code again")
    })?;
    tell_joined(&joined, &relation, options.json, console);
    Ok(Outcome::Done)
}

fn tell_joined(joined: &Pairing, relation: &Relation, json: bool, console: &mut Console<'_>) {
    let fingerprint = joined.fingerprint().to_string();
    let says = joined.peer.name.as_str();
    if json {
        console.print_json(&json!({
            "partner": relation.partner,
            "calls_itself": says,
            "relationship": to_hex(&relation.relationship.id),
            "fingerprint": fingerprint,
        }));
    } else {
        console.print(&format!("paired with {}, which calls itself {says}", relation.partner));
        console.print(&format!("fingerprint: {fingerprint}"));
        console.say("Compare these digits with the partner by voice: `counterfoil node peers`.");
    }
}

/// Lists the paired nodes.
pub fn peers(options: &ReportOptions, console: &mut Console<'_>) -> Result<Outcome, CommandError> {
    let folder = DataFolder::open(&options.data.data)?;
    let mut store = folder.store()?;
    type Kept = (Vec<Relation>, Vec<PeerRow>, Vec<(i64, u8, u64)>);
    let kept: Result<Kept, OperationsError> = store
        .transaction("list paired nodes", |tx| Ok((relations(tx)?, tx.peers()?, tx.half_sizes()?)));
    let (relations, peers, sizes) = kept?;
    for relation in &relations {
        let peer = peers.iter().find(|one| one.relationship_id == relation.id);
        let size = |author: u8| {
            let found = sizes.iter().find(|(id, by, _)| *id == relation.id && *by == author);
            found.map_or(0, |(_, _, size)| *size)
        };
        let (own, theirs) = (relation.author.sign(), relation.author.other().sign());
        let fingerprint = peer.map_or("not paired by a code", |one| one.fingerprint.as_str());
        if options.json {
            console.print_json(&json!({
                "partner": relation.partner,
                "relationship": to_hex(&relation.relationship.id),
                "fingerprint": peer.map(|one| one.fingerprint.clone()),
                "addresses": peer.map(|one| one.addresses.clone()).unwrap_or_default(),
                "own_events": size(own),
                "partner_events": size(theirs),
            }));
        } else {
            console.print(&format!(
                "{}: fingerprint {fingerprint}; {} events written here, {} of theirs held",
                relation.partner,
                size(own),
                size(theirs),
            ));
        }
    }
    if relations.is_empty() {
        console.say("no partner yet: `counterfoil node invite` or `counterfoil node join`");
    }
    Ok(Outcome::Done)
}
