//! A payer in memory with one plan, one practice and a family: claims in few words.

use counterfoil_adjudicate::{Members, Rates};
use counterfoil_base::Date;
use counterfoil_integrity::{CleanClaimConfig, CleanClaimEngine, Tables};
use counterfoil_operations::intake::scan_file;
use counterfoil_operations::payer::{
    DecideRequest, FileRequest, FileRun, PackSource, PayerDesk, PaymentFiles, PaymentRequest,
    PaymentRun, PersonVerdict, adjudicate_file, decide_pended, pay_payees, run_payments,
};
use counterfoil_operations::{OperationsError, PaymentSettings};
use counterfoil_store::{ClaimRow, Store};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::sync::Arc;

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
"#;
const CONTRACTS: &str = r#"
[[contract]]
id = "ALDER"
version = "2025.1"
npis = ["1234567893"]
tax_ids = ["123456789"]
network = "in"
from = "2025-01-01"

[[contract.term]]
id = "percent"
claim_kind = "professional"
method = "percent_of_charge"
percent = "0.50"
"#;
const PLANS: &str = r#"
[[plan]]
id = "SILVER"
version = "2025.1"
line_of_business = "commercial"
state = "CO"
from = "2025-01-01"
timely_filing_days = 180

[plan.in_network]
deductible_individual = "0.00"
deductible_family = "0.00"
out_of_pocket_individual = "4000.00"
out_of_pocket_family = "8000.00"

[[plan.benefit]]
id = "urgent-care"
procedures = ["S9083"]
authorization = "pend"
deductible_applies = false

[[plan.benefit]]
id = "other"
deductible_applies = false
"#;
const MEMBERS: &str = "\
member_id,subscriber_id,relationship,last_name,first_name,birth_date,sex,plan_id,coverage_from,\
coverage_to,other_payer_id,other_payer_order
M0000001,M0000001,18,SAMPLE,ADA,1980-01-02,F,SILVER,2025-01-01,,,
";

pub const NPI: &str = "1234567893";
pub const OTHER_NPI: &str = "1999999984";

/// A claim of one line.
#[derive(Clone, Copy)]
pub struct Bill<'a> {
    pub number: &'a str,
    pub first_name: &'a str,
    pub payer: &'a str,
    pub member: &'a str,
    pub day: &'a str,
    pub procedure: &'a str,
    pub charge: &'a str,
    pub frequency: char,
    /// REF F8.
    pub names: &'a str,
}

/// A visit that the plan pays by half.
pub const VISIT: Bill<'_> = Bill {
    number: "EV-1",
    first_name: "ADA",
    payer: "FOX01",
    member: "M0000001",
    day: "20250102",
    procedure: "T1015",
    charge: "150",
    frequency: '1',
    names: "",
};

/// A visit for which the plan wants an authorization: a person must decide.
pub const URGENT: Bill<'_> = Bill { number: "EV-2", procedure: "S9083", charge: "200", ..VISIT };

impl Bill<'_> {
    fn write(&self, hierarchy: usize) -> Vec<String> {
        let Bill { number, first_name, payer, member, day, procedure, charge, frequency, names } =
            self;
        // A day and a period of that day are written alike or not.
        let format = if day.contains('-') { "RD8" } else { "D8" };
        let mut segments = vec![
            format!("HL*{hierarchy}*1*22*0"),
            "SBR*P*18*GRP100******CI".to_owned(),
            format!("NM1*IL*1*SAMPLE*{first_name}****MI*{member}"),
            "N3*7 OAK LANE".to_owned(),
            "N4*DENVER*CO*80203".to_owned(),
            "DMG*D8*19800102*F".to_owned(),
            format!("NM1*PR*2*SOME PLAN*****PI*{payer}"),
            format!("CLM*{number}*{charge}***11:B:{frequency}*Y*A*Y*Y"),
        ];
        if !names.is_empty() {
            segments.push(format!("REF*F8*{names}"));
        }
        segments.push("HI*ABK:J0190".to_owned());
        segments.push("LX*1".to_owned());
        segments.push(format!("SV1*HC:{procedure}*{charge}*UN*1***1"));
        segments.push(format!("DTP*472*{format}*{day}"));
        segments
    }
}

/// Who sends a file, how it is marked, and where the practice says that it is.
#[derive(Clone, Copy)]
pub struct Sending<'a> {
    pub control: u32,
    pub usage: char,
    pub npi: &'a str,
    pub street: &'a str,
}

pub const SENDING: Sending<'_> =
    Sending { control: 1, usage: 'P', npi: NPI, street: "12 MILL STREET" };

impl Sending<'_> {
    /// An interchange with these claims.
    pub fn file(&self, bills: &[Bill<'_>]) -> Vec<u8> {
        let Sending { control, usage, npi, street } = self;
        let mut set: Vec<String> = [
            "ST*837*0001*005010X222A1",
            "BHT*0019*00*BATCH1*20250105*0830*CH",
            "NM1*41*2*ALDER BILLING SERVICE*****46*ALDERBILLING",
            "PER*IC*EDI DESK*TE*3035550100",
            "NM1*40*2*FOXGLOVE HEALTH PLAN*****46*FOX01",
            "HL*1**20*1",
            &format!("NM1*85*2*ALDER FAMILY PRACTICE*****XX*{npi}"),
            &format!("N3*{street}"),
            "N4*DENVER*CO*802021234",
            "REF*EI*123456789",
        ]
        .map(str::to_owned)
        .to_vec();
        for (hierarchy, bill) in (2..).zip(bills) {
            set.extend(bill.write(hierarchy));
        }
        set.push(format!("SE*{}*0001", set.len() + 1));
        let segments = set.join("~");
        format!(
            "ISA*00*          *00*          *ZZ*ALDERBILLING   *ZZ*FOX01          *250105*0830*^\
             *00501*{control:09}*0*{usage}*:~GS*HC*ALDERBILLING*FOX01*20250105*0830*{control}*X\
             *005010X222A1~{segments}~GE*1*{control}~IEA*1*{control:09}~"
        )
        .into_bytes()
    }
}

/// Files that a payer writes, by name.
#[derive(Default)]
pub struct Drawer(pub BTreeMap<String, Vec<u8>>);

impl PaymentFiles for Drawer {
    fn write(&mut self, name: &str, content: &mut dyn Read) -> Result<(), OperationsError> {
        let mut bytes = Vec::new();
        content.read_to_end(&mut bytes).expect("memory can be read");
        self.0.insert(name.to_owned(), bytes);
        Ok(())
    }
}

pub fn day(text: &str) -> Date {
    text.parse().expect("a day")
}

pub struct Payer {
    pub store: Store,
    pub settings: PaymentSettings,
    pub out: Drawer,
    rates: Rates,
    members: Members,
    engine: Arc<CleanClaimEngine>,
    control: u32,
}

impl Payer {
    pub fn new() -> Payer {
        Payer::with_packs(Vec::new())
    }

    pub fn with_packs(packs: Vec<counterfoil_integrity::RulePack>) -> Payer {
        let (rates, found) = Rates::parse(&[("plans.toml", PLANS), ("contracts.toml", CONTRACTS)]);
        assert!(found.iter().all(|one| !one.is_error()), "{found:?}");
        let (members, found) = Members::parse("members.csv", MEMBERS);
        assert!(found.iter().all(|one| !one.is_error()), "{found:?}");
        let config = CleanClaimConfig { filing_limit_days: None, ..CleanClaimConfig::default() };
        Payer {
            store: super::database::database(),
            settings: PaymentSettings::parse(PAYMENT).expect("settings"),
            out: Drawer::default(),
            rates,
            members,
            engine: Arc::new(CleanClaimEngine::new(Tables::builtin(), packs, config)),
            control: 0,
        }
    }

    /// The same payer for trials instead of production.
    pub fn in_test(&mut self) {
        let text = PAYMENT.replace("tax_id", "interchange_usage_indicator = \"test\"\ntax_id");
        self.settings = PaymentSettings::parse(&text).expect("settings");
    }

    /// Takes these claims in, in an interchange of its own.
    pub fn take(&mut self, on: &str, bills: &[Bill<'_>]) -> FileRun {
        self.control += 1;
        let file = Sending { control: self.control, ..SENDING }.file(bills);
        self.take_file(on, &file).expect("the file is taken in")
    }

    pub fn take_file(&mut self, on: &str, bytes: &[u8]) -> Result<FileRun, OperationsError> {
        let Payer { store, settings, out, rates, members, engine, .. } = self;
        let request = FileRequest {
            desk: PayerDesk {
                rates,
                members,
                engine,
                packs: PackSource::Desk,
                received_on: day(on),
            },
            settings,
            name: "claims.837",
            scan: scan_file(&mut &*bytes).expect("memory can be read"),
            rules_digest: "rules",
        };
        adjudicate_file(store, request, bytes, out, &mut |_| {})
    }

    pub fn decide(
        &mut self,
        on: &str,
        number: &str,
        verdict: PersonVerdict,
    ) -> Result<(), OperationsError> {
        let Payer { store, rates, members, engine, .. } = self;
        let packs = PackSource::Desk;
        let desk = PayerDesk { rates, members, engine, packs, received_on: day(on) };
        let request = DecideRequest {
            claim_control_number: number,
            person: "Dana Reyes",
            verdict,
            reason: "reviewed",
        };
        decide_pended(store, desk, &request, |_| Ok(())).map(drop)
    }

    pub fn pay(&mut self, on: &str) -> PaymentRun {
        let Payer { store, settings, out, rates, .. } = self;
        let request = PaymentRequest { settings, rates, on: day(on) };
        run_payments(store, request, out).expect("what is due is paid")
    }

    /// Pays what is due to one payee alone.
    pub fn pay_one(&mut self, on: &str, npi: &str) -> PaymentRun {
        let Payer { store, settings, out, rates, .. } = self;
        let request = PaymentRequest { settings, rates, on: day(on) };
        let payees = BTreeSet::from([npi.to_owned()]);
        pay_payees(store, request, &payees, out).expect("what is due is paid")
    }

    /// Claims with the provider's number, in the order of taking in.
    pub fn claims(&mut self, number: &str) -> Vec<ClaimRow> {
        let mut rows = self
            .store
            .read("claims", |tx| tx.claims_by_patient_control_number(number))
            .expect("claims are read");
        rows.sort_by(|a, b| a.claim_control_number.cmp(&b.claim_control_number));
        rows
    }

    /// The newest claim with the provider's number.
    pub fn claim(&mut self, number: &str) -> ClaimRow {
        self.claims(number).pop().expect("the claim is on record")
    }

    pub fn number(&mut self, number: &str) -> String {
        self.claim(number).claim_control_number
    }

    /// State and reason of the newest claim with the provider's number.
    pub fn state(&mut self, number: &str) -> String {
        let update = self.claim(number).update;
        format!("{}: {}", update.state.word(), update.reason)
    }

    /// The one file of the drawer whose name begins so and that was written last.
    pub fn newest(&self, beginning: &str) -> String {
        let mut found = self.out.0.iter().filter(|(name, _)| name.starts_with(beginning));
        let (_, bytes) = found.next_back().expect("there is such a file");
        String::from_utf8_lossy(bytes).into_owned()
    }
}
