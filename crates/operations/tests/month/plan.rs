//! The plan of a generated month: its desk, its claim files and what is true of each claim.

use counterfoil_adjudicate::{Members, Rates};
use counterfoil_base::{Date, parse_ccyymmdd};
use counterfoil_corpus::{FileInfo, Month, Senders, Truth, World, WorldConfig};
use counterfoil_integrity::{CleanClaimConfig, CleanClaimEngine, Tables};
use counterfoil_operations::payer::{PackSource, PayerDesk, PaymentRequest};
use counterfoil_operations::{PaymentSettings, claim_control_number_of};
use std::sync::Arc;

/// Claims in a transaction set of the generated files.
const CLAIMS_PER_SET: u32 = 100;

/// A claim file as it is sent.
pub struct ClaimFile {
    pub info: FileInfo,
    pub bytes: Vec<u8>,
    /// What is true of its claims, in their order.
    pub truths: Vec<Truth>,
}

impl ClaimFile {
    pub fn sent_on(&self) -> Date {
        parse_ccyymmdd(self.info.sent_on.as_bytes()).expect("the generator writes days")
    }
}

/// Everything that a payer decides with, and everything that is sent to it.
pub struct Plan {
    pub rates: Rates,
    pub members: Members,
    pub engine: Arc<CleanClaimEngine>,
    pub settings: PaymentSettings,
    pub files: Vec<ClaimFile>,
}

impl Plan {
    /// Claims carry the numbers that this payer will give them, so that corrections name them.
    pub fn new(config: WorldConfig, senders: Senders) -> Plan {
        let world = World::new(WorldConfig {
            payer_claim_number: |npi, number| claim_control_number_of(npi, number, 1),
            ..config
        })
        .expect("a world of these numbers can be made");
        let all = world.rate_files();
        let (payment, files): (Vec<_>, Vec<_>) =
            all.iter().partition(|file| file.name == "payment.toml");
        let texts: Vec<(&str, &str)> =
            files.iter().map(|file| (file.name.as_str(), file.text.as_str())).collect();
        let (rates, found) = Rates::parse(&texts);
        assert!(found.iter().all(|finding| !finding.is_error()), "{found:?}");
        let (members, found) = Members::parse("members.csv", &members_file(&world));
        assert!(found.iter().all(|finding| !finding.is_error()), "{found:?}");
        Plan {
            rates,
            members,
            engine: Arc::new(engine(&world)),
            settings: PaymentSettings::parse(&payment[0].text).expect("payment.toml can be read"),
            files: claim_files(&world, senders),
        }
    }

    pub fn desk(&self, on: Date) -> PayerDesk<'_> {
        PayerDesk {
            rates: &self.rates,
            members: &self.members,
            engine: &self.engine,
            packs: PackSource::Desk,
            received_on: on,
        }
    }

    pub fn payment(&self, on: Date) -> PaymentRequest<'_> {
        PaymentRequest { settings: &self.settings, rates: &self.rates, on }
    }

    pub fn truths(&self) -> impl Iterator<Item = &Truth> {
        self.files.iter().flat_map(|file| &file.truths)
    }
}

/// The number that the payer gives to the claim.
pub fn payer_number(truth: &Truth) -> String {
    claim_control_number_of(&truth.provider_npi, &truth.control_number, 1)
}

fn members_file(world: &World) -> String {
    let mut bytes = Vec::new();
    let mut next = Some(0);
    while let Some(first) = next {
        next = world.members_chunk(first, &mut bytes);
    }
    String::from_utf8(bytes).expect("the members file is text")
}

/// The engine of the command line: timely filing is judged by plan and contract.
fn engine(world: &World) -> CleanClaimEngine {
    let mut tables = Tables::builtin();
    for file in world.edit_tables() {
        tables.add_file(&file.name, file.text.as_bytes()).expect("the edit tables can be read");
    }
    let config = CleanClaimConfig { filing_limit_days: None, ..CleanClaimConfig::default() };
    CleanClaimEngine::new(tables, Vec::new(), config)
}

fn claim_files(world: &World, senders: Senders) -> Vec<ClaimFile> {
    let mut month = Month::new(world, senders, CLAIMS_PER_SET);
    let mut files = Vec::new();
    while let Some(info) = month.next_file() {
        let (mut bytes, mut truths) = (Vec::new(), Vec::new());
        while month.next_chunk(&mut bytes, &mut truths) {}
        files.push(ClaimFile { info, bytes, truths });
    }
    files
}
