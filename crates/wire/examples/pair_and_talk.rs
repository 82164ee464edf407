//! Two nodes in one process: the payer invites, the provider joins with the code, both compare
//! the fingerprint and exchange frames.
#![allow(clippy::disallowed_methods, clippy::disallowed_macros)]

use counterfoil_wire::{
    Address, Chance, Channel, Clock, Endpoint, EndpointSettings, Identity, Introduction,
    Invitation, InvitationTerms, InvitationsInMemory, OrganizationKey, Pairing, PartyName,
    PeerRecord, RelationshipId, Role,
};
use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::net::TcpListener;

/// The machine's clock; a node brings its own.
struct SystemClock;

impl Clock for SystemClock {
    fn now_ms(&self) -> i64 {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(now.as_millis()).unwrap_or(i64::MAX)
    }
}

/// The operating system's chance, through the provider that TLS uses.
struct SystemChance;

impl Chance for SystemChance {
    fn fill(&self, bytes: &mut [u8]) {
        let provider = rustls::crypto::ring::default_provider();
        provider.secure_random.fill(bytes).expect("the operating system gives random bytes");
    }
}

fn endpoint(kept: &Arc<InvitationsInMemory>) -> Result<Endpoint, Box<dyn Error>> {
    let identity = Identity::generate()?;
    let (clock, chance) = (Arc::new(SystemClock), Arc::new(SystemChance));
    Ok(Endpoint::new(EndpointSettings::new(identity, clock, chance, kept.clone()))?)
}

fn introduction(role: Role, name: &str, key: u8) -> Result<Introduction, Box<dyn Error>> {
    let (organization_key, name) = (OrganizationKey([key; 32]), PartyName::parse(name)?);
    Ok(Introduction { role, organization_key, name, addresses: vec![] })
}

/// What a node keeps of a pairing. The relationship's identifier is the twin record's; here the
/// nonce stands for it.
fn record(pairing: &Pairing) -> PeerRecord {
    PeerRecord {
        relationship: RelationshipId(pairing.nonce),
        our_role: pairing.ours.role,
        pin: pairing.peer_pin,
        next_pin: None,
        addresses: pairing.peer.addresses.clone(),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let (payer_keeps, provider_keeps) = (Arc::default(), Arc::default());
    let (payer, provider) = (endpoint(&payer_keeps)?, endpoint(&provider_keeps)?);
    let listener = payer.listen(TcpListener::bind("127.0.0.1:0").await?)?;

    let mut plan = introduction(Role::Payer, "Example Health Plan", 1)?;
    plan.addresses.push(Address::parse(&listener.address().to_string())?);
    let terms = InvitationTerms { introduction: plan, valid_seconds: 3_600 };
    let code = payer.invite(terms).await?.to_code();
    println!("The plan gives the clinic this code:\n  {code}");

    let clinic = introduction(Role::Provider, "Valley Clinic", 2)?;
    let joined = provider.join(&Invitation::parse(&code)?, &clinic).await?;
    let kept = payer_keeps.pairings().pop().ok_or("the plan kept no pairing")?;
    println!("The clinic joined {}.", joined.peer.name.as_str());
    println!(
        "Both compare:\n  {} at the plan\n  {} at the clinic",
        kept.fingerprint(),
        joined.fingerprint()
    );

    let mut at_plan = payer.put_peer(record(&kept))?;
    let mut at_clinic = provider.put_peer(record(&joined))?;
    let plan = at_plan.next_connection().await.ok_or("the plan is stopping")?;
    let clinic = at_clinic.next_connection().await.ok_or("the clinic is stopping")?;
    clinic.send(Channel::Events, b"claim submitted".to_vec()).await?;
    let heard = plan.receive(Channel::Events).await?;
    println!("The plan hears: {}", String::from_utf8_lossy(&heard));
    plan.send(Channel::Documents, vec![0; 1_000_000]).await?;
    println!(
        "The clinic gets a document of {} bytes.",
        clinic.receive(Channel::Documents).await?.len()
    );

    payer.shutdown(Duration::from_secs(5)).await;
    println!("The clinic's connection ended: {}.", clinic.ended().await);
    provider.shutdown(Duration::from_secs(5)).await;
    Ok(())
}
