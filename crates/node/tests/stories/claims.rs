//! Small 837P files, written by hand.

/// A claim of one line for the member of the plan.
#[derive(Clone, Copy)]
pub struct Bill<'a> {
    pub number: &'a str,
    pub member: &'a str,
    pub day: &'a str,
    pub procedure: &'a str,
    pub charge: &'a str,
    /// 1 original, 7 replacement, 8 void.
    pub frequency: char,
    /// The payer's number of the claim that is corrected.
    pub corrects: &'a str,
}

/// A clinic visit of January 2025 that the plan pays.
pub const VISIT: Bill<'_> = Bill {
    number: "EV-1",
    member: "M0000001",
    day: "20250102",
    procedure: "T1015",
    charge: "150",
    frequency: '1',
    corrects: "",
};

/// A visit for urgent care, which the plan wants authorized: a person must decide.
pub const URGENT: Bill<'_> = Bill { number: "EV-2", procedure: "S9083", charge: "200", ..VISIT };

/// A service that the plan does not cover.
pub const NOT_COVERED: Bill<'_> =
    Bill { number: "EV-3", day: "20250103", procedure: "S9970", charge: "60", ..VISIT };

/// One interchange with these claims.
pub fn file_837p(control: u32, bills: &[Bill<'_>]) -> String {
    let mut set: Vec<String> = [
        "ST*837*0001*005010X222A1",
        "BHT*0019*00*BATCH1*20250105*0830*CH",
        "NM1*41*2*ALDER BILLING SERVICE*****46*ALDERBILLING",
        "PER*IC*EDI DESK*TE*3035550100",
        "NM1*40*2*FOXGLOVE HEALTH PLAN*****46*FOX01",
        "HL*1**20*1",
        "PRV*BI*PXC*207Q00000X",
        "NM1*85*2*ALDER FAMILY PRACTICE*****XX*1234567893",
        "N3*12 MILL STREET",
        "N4*DENVER*CO*802021234",
        "REF*EI*123456789",
    ]
    .map(str::to_owned)
    .to_vec();
    for (hierarchy, bill) in (2..).zip(bills) {
        set.extend(claim(hierarchy, bill));
    }
    set.push(format!("SE*{}*0001", set.len() + 1));
    let segments = set.join("~\n");
    format!(
        "ISA*00*          *00*          *ZZ*ALDERBILLING   *ZZ*FOX01          *250105*0830*^\
         *00501*{control:09}*0*P*:~\n\
         GS*HC*ALDERBILLING*FOX01*20250105*0830*{control}*X*005010X222A1~\n\
         {segments}~\n\
         GE*1*{control}~\nIEA*1*{control:09}~\n"
    )
}

fn claim(hierarchy: usize, bill: &Bill<'_>) -> Vec<String> {
    let Bill { number, member, day, procedure, charge, frequency, corrects } = bill;
    let mut segments = vec![
        format!("HL*{hierarchy}*1*22*0"),
        "SBR*P*18*GRP100******CI".to_owned(),
        format!("NM1*IL*1*SAMPLE*ADA****MI*{member}"),
        "N3*7 OAK LANE".to_owned(),
        "N4*DENVER*CO*80203".to_owned(),
        "DMG*D8*19800102*F".to_owned(),
        "NM1*PR*2*FOXGLOVE HEALTH PLAN*****PI*FOX01".to_owned(),
        format!("CLM*{number}*{charge}***11:B:{frequency}*Y*A*Y*Y"),
    ];
    if !corrects.is_empty() {
        segments.push(format!("REF*F8*{corrects}"));
    }
    segments.extend([
        "HI*ABK:J0190".to_owned(),
        "LX*1".to_owned(),
        format!("SV1*HC:{procedure}*{charge}*UN*1***1"),
        format!("DTP*472*D8*{day}"),
        format!("REF*6R*{number}-1"),
    ]);
    segments
}
