//! What the payer of a world decides with, and the claim files of its providers.

use counterfoil_adjudicate::{Members, Rates};
use counterfoil_base::Date;
use counterfoil_integrity::{CleanClaimConfig, CleanClaimEngine, Tables};
use counterfoil_operations::PaymentSettings;
use std::fmt::Write;
use std::sync::{Arc, OnceLock};

/// The payer's identifier on claims.
pub const PAYER_ID: &str = "FOX01";
/// The providers: NPI, tax number, name.
pub const PROVIDERS: [(&str, &str, &str); 2] = [
    ("1100000003", "841000001", "ALDERTON FAMILY PRACTICE"),
    ("1100000169", "841000014", "LAKESIDE CLINIC"),
];
/// Most claims of a provider: each is a power of two, and has a patient of its own.
pub const CLAIMS_MAX: u32 = 36;

/// The day of everything.
#[must_use]
pub fn day() -> Date {
    Date::constant(2025, 7, 8)
}

/// What every payer of every world decides with.
pub struct Rules {
    /// Plans and contracts: all that is charged is paid.
    pub rates: Rates,
    /// The patients.
    pub members: Members,
    /// Edits.
    pub engine: Arc<CleanClaimEngine>,
    /// Who the payer is.
    pub settings: PaymentSettings,
}

const PLANS: &str = r#"
[[plan]]
id = "WHOLE"
version = "1"
line_of_business = "commercial"
state = "CO"
from = "2024-01-01"
timely_filing_days = 180

[plan.in_network]
deductible_individual = "0.00"
deductible_family = "0.00"
out_of_pocket_individual = "0.00"
out_of_pocket_family = "0.00"

[[plan.benefit]]
id = "everything"
copay = "0.00"
coinsurance = "0"
deductible_applies = false
"#;

const PAYMENT: &str = r#"
[payer]
name = "FOXGLOVE HEALTH PLAN"
id = "FOX01"
tax_id = "990000001"
sender_id = "FOX01"
address = "1 FOXGLOVE WAY"
city = "DENVER"
state = "CO"
postal_code = "802021234"
contact_name = "EDI DESK"
contact_phone = "3035550100"
routing = "102000199"
account = "100200300"

[[payee]]
npi = "1100000003"
routing = "101000048"
account = "700001"

[[payee]]
npi = "1100000169"
routing = "101000048"
account = "700002"
"#;

fn contracts() -> String {
    let mut text = String::new();
    for (npi, tax, _) in PROVIDERS {
        let _ = write!(
            text,
            "[[contract]]\nid = \"C{tax}\"\nversion = \"1\"\nnpis = [\"{npi}\"]\n\
             tax_ids = [\"{tax}\"]\nnetwork = \"in\"\nfrom = \"2024-01-01\"\n\n\
             [[contract.term]]\nid = \"whole\"\nmethod = \"percent_of_charge\"\npercent = \"1\"\n\n"
        );
    }
    text
}

fn member(provider: usize, bit: u32) -> String {
    format!("M{provider}{bit:07}")
}

fn last_name(provider: usize, bit: u32) -> String {
    let letters = |number: u32| char::from(b'A' + (number % 26) as u8);
    format!("THORN{}{}", letters(bit), letters(bit / 26 + provider as u32 * 7))
}

fn members() -> String {
    let mut text = "member_id,subscriber_id,relationship,last_name,first_name,birth_date,sex,\
                    plan_id,coverage_from,coverage_to,other_payer_id,other_payer_order\n"
        .to_owned();
    for provider in 0..PROVIDERS.len() {
        for bit in 0..CLAIMS_MAX {
            let (id, name) = (member(provider, bit), last_name(provider, bit));
            let _ = writeln!(text, "{id},{id},18,{name},FLORA,1977-12-17,F,WHOLE,2024-01-01,,,");
        }
    }
    text
}

/// The rules, read once.
///
/// # Panics
/// When the texts above are not what the engines read: a fault of this crate.
#[must_use]
pub fn rules() -> &'static Rules {
    static RULES: OnceLock<Rules> = OnceLock::new();
    RULES.get_or_init(|| {
        let contracts = contracts();
        let (rates, found) =
            Rates::parse(&[("plans.toml", PLANS), ("contracts.toml", contracts.as_str())]);
        assert!(found.iter().all(|finding| !finding.is_error()), "{found:?}");
        let (members, found) = Members::parse("members.csv", &members());
        assert!(found.iter().all(|finding| !finding.is_error()), "{found:?}");
        let config = CleanClaimConfig { filing_limit_days: None, ..CleanClaimConfig::default() };
        let engine = CleanClaimEngine::new(Tables::builtin(), Vec::new(), config);
        let settings = PaymentSettings::parse(PAYMENT).expect("the settings above can be read");
        Rules { rates, members, engine: Arc::new(engine), settings }
    })
}

/// The account of a claim at its provider.
#[must_use]
pub fn account(provider: usize, bit: u32) -> String {
    format!("P{provider}C{bit:04}")
}

/// An 837P of a provider with claims of `1 << bit` cents.
#[must_use]
pub fn claim_file(provider: usize, number: u32, bits: std::ops::Range<u32>) -> Vec<u8> {
    let (npi, tax, name) = PROVIDERS[provider];
    let sender = format!("FXS{provider:06}");
    let control = provider as u32 * 1_000 + number + 1;
    let mut body = format!(
        "ST*837*0001*005010X222A1~\nBHT*0019*00*B{control}*20250708*0630*CH~\n\
         NM1*41*2*{name}*****46*{sender}~\nPER*IC*CLAIMS DESK*TE*3035550100~\n\
         NM1*40*2*FOXGLOVE HEALTH PLAN*****46*FOX01~\nHL*1**20*1~\nPRV*BI*PXC*207Q00000X~\n\
         NM1*85*2*{name}*****XX*{npi}~\nN3*314 CEDAR AVENUE~\nN4*DENVER*CO*802021234~\n\
         REF*EI*{tax}~\n"
    );
    for (level, bit) in (2..).zip(bits) {
        let cents = 1u64 << bit;
        let charge = match (cents / 100, cents % 100) {
            (dollars, 0) => dollars.to_string(),
            (0, cents) => format!(".{cents:02}").trim_end_matches('0').to_owned(),
            (dollars, cents) => format!("{dollars}.{cents:02}").trim_end_matches('0').to_owned(),
        };
        let (member, last, account) =
            (member(provider, bit), last_name(provider, bit), account(provider, bit));
        let _ = write!(
            body,
            "HL*{level}*1*22*0~\nSBR*P*18*FXGRP100******CI~\n\
             NM1*IL*1*{last}*FLORA****MI*{member}~\nN3*852 OAK LANE~\nN4*AURORA*CO*80012~\n\
             DMG*D8*19771217*F~\nNM1*PR*2*FOXGLOVE HEALTH PLAN*****PI*FOX01~\n\
             CLM*{account}*{charge}***11:B:1*Y*A*Y*Y~\nHI*ABK:R0602~\n\
             NM1*82*1*NETHERBY*HUGO****XX*1100000011~\nPRV*PE*PXC*207Q00000X~\n\
             LX*1~\nSV1*HC:T1015*{charge}*UN*1***1~\nDTP*472*D8*20250703~\nREF*6R*{account}-1~\n"
        );
    }
    let segments = body.matches('~').count() + 1;
    format!(
        "ISA*00*          *00*          *ZZ*{sender:<15}*ZZ*FOX01          *250708*0630*^*00501*\
         {control:09}*0*P*:~\nGS*HC*{sender}*FOX01*20250708*0630*{control}*X*005010X222A1~\n\
         {body}SE*{segments}*0001~\nGE*1*{control}~\nIEA*1*{control:09}~\n"
    )
    .into_bytes()
}
