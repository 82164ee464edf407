//! Valid 837P and 837I files, built from a number: the same number gives the same file.
//!
//! The parents vary in who the patient is, in the number of claims and lines, in other payers
//! and in the line of business, so that a rule that speaks of a valid file is found here.

/// A file as a list of segments without terminators; index 0 is ISA.
#[derive(Clone)]
pub struct File {
    pub segments: Vec<String>,
}

/// What the first claim of a parent is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Office,
    Dependent,
    Accident,
    InpatientVisit,
    OtherPayer,
    OtherPayerDependent,
    Ambulance,
    Anesthesia,
    Drug,
    Equipment,
    Replacement,
    Laboratory,
    Outpatient,
    Emergency,
    Inpatient,
    Interim,
    HospitalOtherPayer,
    HospitalDependent,
}

pub const KINDS: [Kind; 18] = [
    Kind::Office,
    Kind::Dependent,
    Kind::Accident,
    Kind::InpatientVisit,
    Kind::OtherPayer,
    Kind::OtherPayerDependent,
    Kind::Ambulance,
    Kind::Anesthesia,
    Kind::Drug,
    Kind::Equipment,
    Kind::Replacement,
    Kind::Laboratory,
    Kind::Outpatient,
    Kind::Emergency,
    Kind::Inpatient,
    Kind::Interim,
    Kind::HospitalOtherPayer,
    Kind::HospitalDependent,
];

impl Kind {
    pub fn is_institutional(self) -> bool {
        matches!(
            self,
            Kind::Outpatient
                | Kind::Emergency
                | Kind::Inpatient
                | Kind::Interim
                | Kind::HospitalOtherPayer
                | Kind::HospitalDependent
        )
    }

    fn has_dependent(self) -> bool {
        matches!(self, Kind::Dependent | Kind::OtherPayerDependent | Kind::HospitalDependent)
    }

    fn has_other_payer(self) -> bool {
        matches!(self, Kind::OtherPayer | Kind::OtherPayerDependent | Kind::HospitalOtherPayer)
    }
}

/// Ten digits with the check digit of a National Provider Identifier.
pub fn npi(number: u64) -> String {
    let body = format!("1{:08}", number % 100_000_000);
    let digits = "80840".bytes().chain(body.bytes()).rev();
    let sum: u32 = digits
        .enumerate()
        .map(|(index, byte)| {
            let digit = u32::from(byte - b'0') * if index % 2 == 0 { 2 } else { 1 };
            digit / 10 + digit % 10
        })
        .sum();
    format!("{body}{}", (10 - sum % 10) % 10)
}

/// SplitMix64: a seeded generator of numbers.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len() as u64) as usize]
    }

    /// A day of the months January to May 2024, before the day of the file.
    fn day(&mut self) -> String {
        format!("2024{:02}{:02}", 1 + self.below(5), 1 + self.below(27))
    }
}

pub const DIAGNOSES: [&str; 8] =
    ["E119", "I10", "J069", "M545", "S93401A", "Z0000", "N390", "K219"];
const LAST: [&str; 6] = ["RIVERA", "CHEN", "OKAFOR", "NOVAK", "HAYES", "LINDQVIST"];
const FIRST: [&str; 6] = ["ANA", "LI", "CHIDI", "EVA", "SAM", "OLE"];
/// City, state and ZIP code that agree.
const CITIES: [(&str, &str, &str); 5] = [
    ("SPRINGFIELD", "IL", "627010001"),
    ("PORTLAND", "OR", "972011234"),
    ("AUSTIN", "TX", "787019876"),
    ("ALBANY", "NY", "122071111"),
    ("FRESNO", "CA", "937212222"),
];

/// An amount of whole cents as X12 writes it.
fn money(cents: u64) -> String {
    match (cents / 100, cents % 100) {
        (whole, 0) => whole.to_string(),
        (whole, rest) if rest % 10 == 0 => format!("{whole}.{}", rest / 10),
        (whole, rest) => format!("{whole}.{rest:02}"),
    }
}

struct Builder {
    out: Vec<String>,
    numbers: Numbers,
    kind: Kind,
    level: u64,
}

/// The valid file with this number; its kind is the number's place in [`KINDS`].
pub fn parent(seed: u64) -> File {
    parent_of(KINDS[(seed % KINDS.len() as u64) as usize], seed)
}

/// The valid file with this number and kind.
pub fn parent_of(kind: Kind, seed: u64) -> File {
    let numbers = Numbers(seed ^ 0x00c0_ffee);
    let mut builder = Builder { out: Vec::new(), numbers, kind, level: 0 };
    builder.build(seed);
    let mut file = File { segments: builder.out };
    file.recount();
    file
}

impl Builder {
    fn put(&mut self, segment: impl Into<String>) {
        self.out.push(segment.into());
    }

    fn build(&mut self, seed: u64) {
        let version = if self.kind.is_institutional() { "005010X223A2" } else { "005010X222A1" };
        let control = seed + 1;
        self.put(format!(
            "ISA*00*          *00*          *ZZ*{:<15}*ZZ*{:<15}*240615*1200*^*00501*\
             {control:09}*0*T*:",
            "CLEARWATER", "NORTHWIND"
        ));
        self.put(format!("GS*HC*CLEARWATER*NORTHWIND*20240615*1200*{control}*X*{version}"));
        self.put(format!("ST*837*{:04}*{version}", 1 + seed % 9000));
        self.put(format!("BHT*0019*00*BATCH{seed}*20240615*1200*CH"));
        self.put(format!("NM1*41*2*CLEARWATER BILLING*****46*SUB{:05}", seed % 100_000));
        self.put("PER*IC*HELP DESK*TE*8005550100*EM*HELP@CLEARWATER.EXAMPLE");
        self.put("NM1*40*2*NORTHWIND HEALTH*****46*NW001");
        self.billing_provider(seed);
        let subscribers = 1 + self.numbers.below(2);
        for _ in 0..subscribers {
            self.subscriber();
        }
        self.put("SE*0*0");
        self.put(format!("GE*1*{control}"));
        self.put(format!("IEA*1*{control:09}"));
    }

    fn address(&mut self) {
        let (city, state, zip) = CITIES[self.numbers.below(CITIES.len() as u64) as usize];
        let house = 1 + self.numbers.below(9_999);
        self.put(format!("N3*{house} MAIN STREET"));
        self.put(format!("N4*{city}*{state}*{zip}"));
    }

    fn billing_provider(&mut self, seed: u64) {
        self.level += 1;
        let level = self.level;
        self.put(format!("HL*{level}**20*1"));
        let taxonomy = if self.kind.is_institutional() { "282N00000X" } else { "207Q00000X" };
        self.put(format!("PRV*BI*PXC*{taxonomy}"));
        self.put(format!("NM1*85*2*CLEARWATER CARE*****XX*{}", npi(seed * 7 + 11)));
        self.address();
        self.put(format!("REF*EI*{:09}", 100_000_000 + seed));
        if seed.is_multiple_of(3) {
            self.put("PER*IC*BILLING OFFICE*TE*8005550111*FX*8005550112");
        }
        if seed.is_multiple_of(4) {
            self.put("NM1*87*2");
            self.put("N3*PO BOX 100");
            self.put("N4*AUSTIN*TX*787019876");
        }
    }

    fn subscriber(&mut self) {
        self.level += 1;
        let (level, dependent) = (self.level, self.kind.has_dependent());
        self.put(format!("HL*{level}*1*22*{}", u8::from(dependent)));
        let place = if self.kind.has_other_payer() { "S" } else { "P" };
        let relationship = if dependent { "" } else { "18" };
        self.put(format!("SBR*{place}*{relationship}*GRP{:04}******CI", level * 3));
        let (last, first) = (self.numbers.pick(&LAST), self.numbers.pick(&FIRST));
        let member = self.numbers.below(1_000_000_000);
        self.put(format!("NM1*IL*1*{last}*{first}****MI*M{member:09}"));
        if !dependent {
            self.address();
            self.demographics();
        }
        self.put("NM1*PR*2*NORTHWIND HEALTH*****PI*NW001");
        if dependent {
            self.level += 1;
            let patient = self.level;
            self.put(format!("HL*{patient}*{level}*23*0"));
            self.put("PAT*19");
            let first = self.numbers.pick(&FIRST);
            self.put(format!("NM1*QC*1*{last}*{first}"));
            self.address();
            self.demographics();
        }
        for _ in 0..1 + self.numbers.below(2) {
            if self.kind.is_institutional() {
                self.institutional();
            } else {
                self.professional();
            }
        }
    }

    fn demographics(&mut self) {
        let year = 1940 + self.numbers.below(70);
        let month = 1 + self.numbers.below(12);
        let gender = self.numbers.pick(&["F", "M", "U"]);
        self.put(format!("DMG*D8*{year}{month:02}15*{gender}"));
    }

    /// Two to four different diagnoses.
    fn diagnoses(&mut self) -> Vec<&'static str> {
        let start = self.numbers.below(DIAGNOSES.len() as u64) as usize;
        let count = 2 + self.numbers.below(3) as usize;
        (0..count).map(|step| DIAGNOSES[(start + step) % DIAGNOSES.len()]).collect()
    }

    fn account(&mut self) -> String {
        format!("ACCT{:08}", self.numbers.below(100_000_000))
    }

    fn charges(&mut self) -> Vec<u64> {
        let count = 1 + self.numbers.below(4);
        (0..count).map(|_| 1_000 + self.numbers.below(40_000)).collect()
    }

    fn professional(&mut self) {
        let charges = self.charges();
        let total: u64 = charges.iter().sum();
        let account = self.account();
        let day = self.numbers.day();
        let (place, frequency, causes) = match self.kind {
            Kind::InpatientVisit => ("21", "1", ""),
            Kind::Anesthesia => ("22", "1", ""),
            Kind::Ambulance => ("41", "1", ""),
            Kind::Equipment => ("12", "1", ""),
            Kind::Laboratory => ("81", "1", ""),
            Kind::Accident => ("11", "1", "**AA:::IL"),
            Kind::Replacement => ("11", "7", ""),
            _ => ("11", "1", ""),
        };
        self.put(format!("CLM*{account}*{}***{place}:B:{frequency}*Y*A*Y*Y{causes}", money(total)));
        match self.kind {
            Kind::Accident => self.put(format!("DTP*439*D8*{day}")),
            Kind::InpatientVisit => {
                self.put(format!("DTP*435*D8*{day}"));
                self.put(format!("DTP*096*D8*{day}"));
            }
            Kind::Office => self.put(format!("DTP*431*D8*{day}")),
            _ => {}
        }
        if self.kind == Kind::Office {
            self.put(format!("AMT*F5*{}", money(charges[0] / 2)));
        }
        match self.kind {
            Kind::Replacement => self.put("REF*F8*PCN0001234"),
            Kind::Laboratory => self.put("REF*X4*14D0000001"),
            Kind::OtherPayer => self.put("REF*G1*AUTH0001"),
            _ => {}
        }
        if self.kind == Kind::Ambulance {
            self.put("CR1*LB*180**A*DH*12****");
            self.trim_last();
            self.put("CRC*07*Y*01*09");
        }
        let codes = self.diagnoses();
        let others: String = codes[1..].iter().map(|code| format!("*ABF:{code}")).collect();
        self.put(format!("HI*ABK:{}{others}", codes[0]));
        self.professional_parties();
        if self.kind.has_other_payer() {
            let paid: u64 = charges.iter().map(|charge| charge - charge / 5).sum();
            self.other_payer(paid);
        }
        for (index, charge) in charges.iter().enumerate() {
            self.professional_line(index + 1, *charge, &day, codes.len());
        }
    }

    /// Cuts the empty elements at the end of the last segment.
    fn trim_last(&mut self) {
        if let Some(last) = self.out.last_mut() {
            last.truncate(last.trim_end_matches('*').len());
        }
    }

    fn professional_parties(&mut self) {
        match self.kind {
            Kind::Ambulance => {
                self.put("NM1*PW*2");
                self.address();
                self.put("NM1*45*2*MERCY HOSPITAL");
                self.address();
            }
            Kind::Laboratory | Kind::Equipment => {
                let identifier = npi(self.numbers.below(90_000_000));
                self.put(format!("NM1*DN*1*GARCIA*LUZ****XX*{identifier}"));
            }
            _ => {
                let identifier = npi(self.numbers.below(90_000_000));
                self.put(format!("NM1*82*1*PARK*JIN****XX*{identifier}"));
                self.put("PRV*PE*PXC*207Q00000X");
            }
        }
        if self.kind == Kind::InpatientVisit || self.kind == Kind::Anesthesia {
            let identifier = npi(self.numbers.below(90_000_000));
            self.put(format!("NM1*77*2*MERCY HOSPITAL*****XX*{identifier}"));
            self.address();
        }
    }

    /// A payer that came before; it paid the lines, which say what it did not pay.
    fn other_payer(&mut self, paid: u64) {
        self.put("SBR*P*18*OTHER1******CI");
        self.put(format!("AMT*D*{}", money(paid)));
        self.put("OI***Y***Y");
        self.put("NM1*IL*1*RIVERA*ANA****MI*X12345");
        self.address();
        self.put("NM1*PR*2*FIRST PLAN*****PI*FP001");
    }

    fn line_decision(&mut self, charge: u64, service: &str, revenue: &str) {
        let kept = charge / 5;
        self.put(format!("SVD*FP001*{}*{service}*{revenue}*1", money(charge - kept)));
        let first = kept / 2;
        self.put(format!("CAS*CO*45*{}", money(first)));
        self.put(format!("CAS*PR*1*{}", money(kept - first)));
        self.put("DTP*573*D8*20240601");
    }

    fn professional_line(&mut self, number: usize, charge: u64, day: &str, diagnoses: usize) {
        self.put(format!("LX*{number}"));
        let second = if diagnoses > 1 { ":2" } else { "" };
        let amount = money(charge);
        let service = match self.kind {
            Kind::Ambulance => "HC:A0427:RH",
            Kind::Anesthesia => "HC:00142:AA",
            Kind::Drug => "HC:J3301",
            Kind::Equipment => "HC:E0601:RR",
            Kind::Laboratory => "HC:G0480",
            _ => "HC:G0463:25",
        };
        let units = match self.kind {
            Kind::Anesthesia => "MJ*61",
            Kind::Drug => "UN*2.5",
            _ => "UN*1",
        };
        self.put(format!("SV1*{service}*{amount}*{units}***1{second}"));
        if self.kind == Kind::Equipment {
            self.put("SV5*HC:E0601*DA*30*50*500*4");
            self.put("PWK*CT*AD");
            self.put("CR3*I*MO*12");
        }
        self.put(format!("DTP*472*D8*{day}"));
        if self.kind == Kind::Equipment {
            self.put("DTP*463*D8*20240101");
        }
        self.put(format!("REF*6R*LINE{number}"));
        if self.kind == Kind::Drug {
            self.put("LIN**N4*00003029305");
            self.put("CTP****2.5*ML");
        }
        if self.kind.has_other_payer() {
            self.line_decision(charge, service, "");
        }
    }

    fn institutional(&mut self) {
        let charges = self.charges();
        let total: u64 = charges.iter().sum();
        let account = self.account();
        let (bill, first, last, status) = match self.kind {
            Kind::Inpatient => ("11:A:1", "20240301", "20240305", "01"),
            Kind::Interim => ("11:A:2", "20240301", "20240331", "30"),
            Kind::Emergency => ("13:A:1", "20240402", "20240402", "01"),
            _ => ("13:A:1", "20240410", "20240412", "01"),
        };
        let inpatient = bill.starts_with("11");
        self.put(format!("CLM*{account}*{}***{bill}**A*Y*Y", money(total)));
        if self.kind == Kind::Inpatient {
            self.put("DTP*096*TM*1130");
        }
        self.put(format!("DTP*434*RD8*{first}-{last}"));
        if inpatient {
            self.put(format!("DTP*435*DT*{first}0915"));
        }
        let urgent = self.kind == Kind::Emergency;
        self.put(format!("CL1*{}*1*{status}", if urgent { "1" } else { "3" }));
        self.put("REF*EA*MRN00042");
        let codes = self.diagnoses();
        let present = if inpatient { ":::::::Y" } else { "" };
        self.put(format!("HI*ABK:{}{present}", codes[0]));
        if inpatient {
            self.put(format!("HI*ABJ:{}", codes[0]));
        }
        if urgent {
            self.put(format!("HI*APR:{}", codes[0]));
        }
        if self.kind == Kind::Inpatient {
            self.put("HI*DR:470");
        }
        let others: String = codes[1..].iter().map(|c| format!("*ABF:{c}{present}")).collect();
        self.put(format!("HI{others}"));
        if self.kind == Kind::Inpatient {
            self.put("HI*BBR:0SR9019:D8:20240302");
            self.put("HI*BH:11:D8:20240301");
            self.put("HI*BE:80:::4");
        }
        self.institutional_parties();
        if self.kind.has_other_payer() {
            let paid: u64 = charges.iter().map(|charge| charge - charge / 5).sum();
            self.other_payer(paid);
        }
        for (index, charge) in charges.iter().enumerate() {
            self.institutional_line(index + 1, *charge, inpatient, first);
        }
    }

    fn institutional_parties(&mut self) {
        let identifier = npi(self.numbers.below(90_000_000));
        self.put(format!("NM1*71*1*SINGH*ASHA****XX*{identifier}"));
        self.put("PRV*AT*PXC*207R00000X");
        if self.kind == Kind::Inpatient {
            let identifier = npi(self.numbers.below(90_000_000));
            self.put(format!("NM1*72*1*COLE*IVY****XX*{identifier}"));
        }
    }

    fn institutional_line(&mut self, number: usize, charge: u64, inpatient: bool, day: &str) {
        self.put(format!("LX*{number}"));
        let amount = money(charge);
        match self.kind {
            _ if inpatient && number == 1 => self.put(format!("SV2*0120**{amount}*DA*4")),
            _ if inpatient => self.put(format!("SV2*0250**{amount}*UN*3")),
            Kind::Emergency => self.put(format!("SV2*0450*HC:G0380*{amount}*UN*1")),
            _ => self.put(format!("SV2*0510*HC:G0463*{amount}*UN*1")),
        }
        if !inpatient {
            self.put(format!("DTP*472*D8*{day}"));
        }
        self.put(format!("REF*6R*L{number}"));
        if self.kind.has_other_payer() {
            self.line_decision(charge, "HC:G0463", "0510");
        }
    }
}

impl File {
    /// The file's bytes.
    pub fn bytes(&self) -> Vec<u8> {
        let mut text = self.segments.join("~\n");
        text.push_str("~\n");
        text.into_bytes()
    }

    /// Sets SE01 and SE02 to what stands between ST and SE.
    pub fn recount(&mut self) {
        let (Some(first), Some(last)) = (self.try_find("ST*", 0), self.try_find("SE*", 0)) else {
            return;
        };
        let control = self.element(first, 2);
        self.segments[last] = format!("SE*{}*{control}", last - first + 1);
    }

    fn try_find(&self, start: &str, from: usize) -> Option<usize> {
        let rest = self.segments.iter().skip(from);
        rest.enumerate().find(|(_, s)| s.starts_with(start)).map(|(index, _)| index + from)
    }

    /// The index of the first segment that begins so.
    pub fn find(&self, start: &str) -> usize {
        self.find_from(start, 0)
    }

    /// The index of the first segment from an index on that begins so.
    pub fn find_from(&self, start: &str, from: usize) -> usize {
        self.try_find(start, from).unwrap_or_else(|| panic!("the parent has no {start}"))
    }

    /// An element of a segment, `A:B` for a composite.
    pub fn element(&self, index: usize, element: usize) -> String {
        self.segments[index].split('*').nth(element).unwrap_or_default().to_owned()
    }

    /// Sets an element; elements up to it come into being.
    pub fn set(&mut self, index: usize, element: usize, value: &str) {
        let mut parts: Vec<String> = self.segments[index].split('*').map(str::to_owned).collect();
        if parts.len() <= element {
            parts.resize(element + 1, String::new());
        }
        parts[element] = value.to_owned();
        let joined = parts.join("*");
        self.segments[index] = joined.trim_end_matches('*').to_owned();
    }

    /// Sets a component of a composite.
    pub fn set_component(&mut self, index: usize, element: usize, component: usize, value: &str) {
        let whole = self.element(index, element);
        let mut parts: Vec<&str> = whole.split(':').collect();
        if parts.len() < component {
            parts.resize(component, "");
        }
        parts[component - 1] = value;
        let joined = parts.join(":");
        self.set(index, element, joined.trim_end_matches(':'));
    }

    pub fn remove(&mut self, index: usize) {
        self.segments.remove(index);
        self.recount();
    }

    pub fn insert(&mut self, index: usize, segment: &str) {
        self.segments.insert(index, segment.to_owned());
        self.recount();
    }

    /// The index of the CLM segment of the claim that holds the segment at `index`.
    pub fn claim_of(&self, index: usize) -> usize {
        (0..=index)
            .rev()
            .find(|i| self.segments[*i].starts_with("CLM*"))
            .unwrap_or_else(|| panic!("no claim before segment {index}"))
    }
}
