//! `payment.toml`: who the payer is on its payments, and where each payee's money goes.

use counterfoil_base::{Finding, Position, Text};
use counterfoil_claim::{Contact, Party, PaymentHeader, PostalAddress};
use rustc_hash::FxHashMap;
use serde::Deserialize;

/// The payer's side of every payment, and the accounts of payees that take electronic funds.
#[derive(Clone, Debug, Default)]
pub struct PaymentSettings {
    /// 1000A of the 835: name, identifier, address and technical contact.
    pub payer: Party,
    /// TRN03: `1` and the payer's nine-digit tax number.
    pub payer_identifier: Text,
    /// ISA06 and GS02 of what the payer sends.
    pub sender_id: Text,
    /// BPR07.
    pub routing: Text,
    /// BPR09.
    pub account: Text,
    /// Whether what is received and sent is for production or for tests (ISA15).
    pub usage: InterchangeUsage,
    /// Calendar days from the payment run to the effective date (BPR16), which moves on to the
    /// next day on which the Federal Reserve Banks settle.
    pub days_to_effective: i64,
    /// Under what claims may name the payer (NM109 of 2010BB), in small letters.
    claim_ids: Vec<String>,
    payees: FxHashMap<Text, PayeeAccount>,
}

/// The interchange usage indicator (ISA15).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum InterchangeUsage {
    /// `P`: claims that are paid with money.
    #[default]
    Production,
    /// `T`: trials with a trading partner.
    Test,
}

impl InterchangeUsage {
    /// The code of ISA15.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            InterchangeUsage::Production => "P",
            InterchangeUsage::Test => "T",
        }
    }

    /// The word of `payment.toml`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            InterchangeUsage::Production => "production",
            InterchangeUsage::Test => "test",
        }
    }
}

/// Where a payee takes electronic funds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PayeeAccount {
    /// BPR13.
    pub routing: Text,
    /// BPR15.
    pub account: Text,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SettingsFile {
    payer: PayerTable,
    #[serde(default)]
    payee: Vec<PayeeTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PayerTable {
    name: String,
    id: String,
    tax_id: String,
    sender_id: String,
    address: String,
    city: String,
    state: String,
    postal_code: String,
    contact_name: String,
    contact_phone: String,
    routing: String,
    account: String,
    #[serde(default)]
    interchange_usage_indicator: InterchangeUsage,
    #[serde(default = "one_day")]
    days_to_effective: i64,
    #[serde(default)]
    claim_ids: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PayeeTable {
    npi: String,
    routing: String,
    account: String,
}

fn one_day() -> i64 {
    1
}

impl PaymentSettings {
    /// Reads `payment.toml`; what cannot be used is a finding and nothing is guessed.
    pub fn parse(text: &str) -> Result<PaymentSettings, Vec<Finding>> {
        let file: SettingsFile = toml::from_str(text).map_err(|error| {
            vec![refused(
                "OPS-7-payment-settings",
                error.message().to_owned(),
                line_of(text, &error),
            )]
        })?;
        let mut findings = check_payer(&file.payer);
        let mut payees = FxHashMap::default();
        for payee in file.payee {
            if !counterfoil_x12::is_routing_number(payee.routing.as_bytes()) {
                let message = format!("The routing number of payee {} is not valid.", payee.npi);
                findings.push(refused("OPS-7-routing-number", message, None));
            }
            if !is_account(&payee.account) {
                let message = format!("The account of payee {} {ACCOUNT_FORM}.", payee.npi);
                findings.push(refused("OPS-7-account-number", message, None));
            }
            let account =
                PayeeAccount { routing: payee.routing.into(), account: payee.account.into() };
            if payees.insert(Text::from(&payee.npi), account).is_some() {
                let message = format!("Payee {} stands twice.", payee.npi);
                findings.push(refused("OPS-7-payee-twice", message, None));
            }
        }
        if !findings.is_empty() {
            return Err(findings);
        }
        Ok(PaymentSettings::of(file.payer, payees))
    }

    fn of(payer: PayerTable, payees: FxHashMap<Text, PayeeAccount>) -> PaymentSettings {
        let address = PostalAddress {
            line_1: counterfoil_base::Phi::new(payer.address.into()),
            city: payer.city.into(),
            state: payer.state.into(),
            postal_code: payer.postal_code.into(),
            ..PostalAddress::default()
        };
        // PER BL is the technical contact that 005010X221A1 requires in 1000A.
        let contact = Contact {
            function: "BL".into(),
            name: payer.contact_name.into(),
            numbers: vec![("TE".into(), payer.contact_phone.into())],
        };
        let own = [&payer.id, &payer.sender_id, &payer.tax_id].into_iter().chain(&payer.claim_ids);
        let claim_ids = own.map(|id| id.trim().to_ascii_lowercase()).collect();
        PaymentSettings {
            claim_ids,
            payer_identifier: format!("1{}", payer.tax_id).into(),
            sender_id: payer.sender_id.into(),
            routing: payer.routing.into(),
            account: payer.account.into(),
            usage: payer.interchange_usage_indicator,
            days_to_effective: payer.days_to_effective,
            payees,
            payer: Party {
                entity: "PR".into(),
                entity_type: "2".into(),
                name: payer.name.into(),
                id_qualifier: "XV".into(),
                id: payer.id.into(),
                address: Some(address),
                contacts: vec![contact],
                ..Party::default()
            },
        }
    }

    /// True unless a claim names another payer than this one by the identifier of its payer
    /// (NM109 of 2010BB). What names none is for the guide to refuse.
    #[must_use]
    pub fn is_named_by(&self, payer_id: &str) -> bool {
        let named = payer_id.trim();
        named.is_empty() || self.claim_ids.iter().any(|own| named.eq_ignore_ascii_case(own))
    }

    /// A payment by check, whoever the payee is.
    #[must_use]
    pub fn payment_by_check(&self) -> PaymentHeader {
        PaymentHeader {
            payer_identifier: self.payer_identifier.clone(),
            method: "CHK".into(),
            ..PaymentHeader::default()
        }
    }

    /// How a payment to this payee is made: CCD+ when the payee takes electronic funds, else a
    /// check.
    #[must_use]
    pub fn payment_to(&self, payee_npi: &str) -> PaymentHeader {
        let header = self.payment_by_check();
        let Some(payee) = self.payees.get(payee_npi) else {
            return header;
        };
        PaymentHeader {
            method: "ACH".into(),
            format: "CCP".into(),
            payer_routing: self.routing.clone(),
            payer_account: self.account.clone(),
            originator: self.payer_identifier.clone(),
            payee_routing: payee.routing.clone(),
            payee_account: payee.account.clone(),
            ..header
        }
    }
}

/// Days from a payment run to the day on which the payee has the money.
const DAYS_TO_EFFECTIVE: std::ops::RangeInclusive<i64> = 0..=30;
const ACCOUNT_FORM: &str = "must have 1 to 17 letters, digits, blanks or hyphens";

/// An account number that an entry detail can carry (NACHA record 6 field 5).
fn is_account(account: &str) -> bool {
    let is_usual = |byte: u8| byte.is_ascii_alphanumeric() || byte == b' ' || byte == b'-';
    (1..=17).contains(&account.len()) && account.bytes().all(is_usual) && !account.trim().is_empty()
}

fn check_payer(payer: &PayerTable) -> Vec<Finding> {
    let mut findings = Vec::new();
    if payer.tax_id.len() != 9 || !payer.tax_id.bytes().all(|byte| byte.is_ascii_digit()) {
        let message = "The payer's tax_id must be nine digits.".to_owned();
        findings.push(refused("OPS-7-payer-tax-id", message, None));
    }
    if !counterfoil_x12::is_routing_number(payer.routing.as_bytes()) {
        let message = "The payer's routing number is not valid.".to_owned();
        findings.push(refused("OPS-7-routing-number", message, None));
    }
    if !is_account(&payer.account) {
        let message = format!("The payer's account {ACCOUNT_FORM}.");
        findings.push(refused("OPS-7-account-number", message, None));
    }
    if !DAYS_TO_EFFECTIVE.contains(&payer.days_to_effective) {
        let (least, most) = (DAYS_TO_EFFECTIVE.start(), DAYS_TO_EFFECTIVE.end());
        let message = format!("days_to_effective must be {least} to {most}.");
        findings.push(refused("OPS-7-days-to-effective", message, None));
    }
    if payer.sender_id.is_empty() || payer.sender_id.len() > 15 {
        let message = "The payer's sender_id must have 1 to 15 characters (ISA06).".to_owned();
        findings.push(refused("OPS-7-sender-id", message, None));
    }
    findings
}

fn refused(code: &'static str, message: String, line: Option<u64>) -> Finding {
    Finding::error(code, 7, message)
        .at(Position { segment: line, segment_id: "payment.toml".into(), ..Position::default() })
        .because("Payments carry what this file says; nothing is guessed.")
        .fix("Correct payment.toml as docs/reference/payment-settings.md describes it.")
}

fn line_of(text: &str, error: &toml::de::Error) -> Option<u64> {
    let start = error.span()?.start;
    let lines = text.get(..start)?.bytes().filter(|byte| *byte == b'\n').count();
    u64::try_from(lines + 1).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
[payer]
name = "Larkspur Health Plan"
id = "LARKSPUR"
tax_id = "123456789"
sender_id = "LARKSPUR"
address = "1 Plan Way"
city = "Denver"
state = "CO"
postal_code = "80202"
contact_name = "EDI desk"
contact_phone = "3035550100"
routing = "011000015"
account = "4711"

[[payee]]
npi = "1234567893"
routing = "011000015"
account = "99"
"#;

    #[test]
    fn a_payee_with_an_account_is_paid_by_ach_and_any_other_by_check() {
        let settings = PaymentSettings::parse(GOOD).unwrap();
        assert_eq!(settings.payment_to("1234567893").method, "ACH");
        assert_eq!(settings.payment_to("1999999992").method, "CHK");
        assert_eq!(settings.payer_identifier, "1123456789");
    }

    #[test]
    fn a_payer_is_in_production_unless_it_says_otherwise() {
        assert_eq!(PaymentSettings::parse(GOOD).unwrap().usage, InterchangeUsage::Production);
        let test = GOOD.replace("tax_id", "interchange_usage_indicator = \"test\"\ntax_id");
        assert_eq!(PaymentSettings::parse(&test).unwrap().usage.code(), "T");
        let findings = PaymentSettings::parse(&test.replace("\"test\"", "\"T\"")).unwrap_err();
        assert_eq!(findings[0].code, "OPS-7-payment-settings");
    }

    #[test]
    fn claims_name_a_payer_by_its_identifiers_and_those_that_it_lists() {
        let named = |settings: &PaymentSettings, id: &str| settings.is_named_by(id);
        let settings = PaymentSettings::parse(GOOD).unwrap();
        for id in ["LARKSPUR", "larkspur ", "123456789", ""] {
            assert!(named(&settings, id), "{id}");
        }
        assert!(!named(&settings, "LARKSPUR2") && !named(&settings, "84129"));
        let more = GOOD.replace("tax_id", "claim_ids = [\"84129\", \"LARKSPUR2\"]\ntax_id");
        let settings = PaymentSettings::parse(&more).unwrap();
        assert!(named(&settings, "LARKSPUR2") && named(&settings, "84129"));
        assert!(named(&settings, "LARKSPUR") && !named(&settings, "84128"));
    }

    #[test]
    fn what_cannot_be_used_is_said_with_its_line() {
        for (from, to, code) in [
            ("tax_id = \"123456789\"", "tax_id = \"12\"", "OPS-7-payer-tax-id"),
            ("routing = \"011000015\"", "routing = \"011000016\"", "OPS-7-routing-number"),
            ("sender_id = \"LARKSPUR\"", "sender_id = \"\"", "OPS-7-sender-id"),
            ("name = ", "nmae = ", "OPS-7-payment-settings"),
            ("account = \"99\"", "account = \"123456789012345678\"", "OPS-7-account-number"),
            ("account = \"4711\"", "account = \"\"", "OPS-7-account-number"),
            ("tax_id =", "days_to_effective = -90\ntax_id =", "OPS-7-days-to-effective"),
        ] {
            let findings = PaymentSettings::parse(&GOOD.replace(from, to)).unwrap_err();
            assert_eq!(findings[0].code, code);
        }
    }
}
