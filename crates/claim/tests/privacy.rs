//! Nothing that a program prints of a claim, a remittance or a finding names a person.

use counterfoil_claim::{FileContents, read_file};
use counterfoil_x12::ReadOptions;

/// Parts of the names, birth dates, numbers and addresses of the people below.
const CANARIES: [&str; 5] = ["CANARY", "195102", "1952-02", "77700", "99877"];

const ENVELOPE: &str = "\
    ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       \
    *260331*1200*^*00501*000000001*0*T*:~GS*HC*SENDER*RECEIVER*20260331*1200*1*X*005010X222A1~";

const CLAIM: &str = "\
    ST*837*0001*005010X222A1~BHT*0019*00*1*20260331*1200*CH~NM1*41*2*BILLING SERVICE*****46*S1~\
    PER*IC*EDI DESK*TE*3035550100~NM1*40*2*HEALTH PLAN*****46*P1~HL*1**20*1~\
    NM1*85*2*GROUP PRACTICE*****XX*1234567893~N3*1 MAIN ST~N4*DENVER*CO*802021234~REF*EI*841234567~\
    HL*2*1*22*1~SBR*P**GRP1*PLAN NAME*****CI~\
    NM1*IL*1*CANARYSON*CANARYNA*C*CANARYPRE*CANARYJR*MI*W777000991~\
    N3*7 CANARY LANE*CANARY FLAT~N4*CANARYVILLE*CO*99877~DMG*D8*19510203*F~REF*SY*777009999~\
    NM1*PR*2*HEALTH PLAN*****PI*P1~\
    HL*3*2*23*0~PAT*19~NM1*QC*1*CANARYKID*CANARYNO~N3*7 CANARY LANE~N4*CANARYVILLE*CO*99877~\
    DMG*D8*19510204*M~REF*1W*W777000992~\
    CLM*PCN1*100***11:B:1*Y*A*Y*Y~REF*EA*777003~NTE*ADD*CANARY WAS HERE~HI*ABK:J069~\
    NM1*82*1*CANARYDOC*CANARYMED****XX*1245319599~\
    SBR*S*01*GRP2******CI~OI***Y***Y~NM1*IL*1*CANARYAUNT*CANARYA****MI*W777000993~\
    N3*9 CANARY LANE~N4*CANARYVILLE*CO*99877~NM1*PR*2*OTHER PLAN*****PI*P2~\
    LX*1~SV1*HC:99213*100*UN*1***1~DTP*472*D8*20260301~SE*99*0001~";

const PAYMENT: &str = "\
    ST*835*0001~BPR*I*80*C*CHK************20260331~TRN*1*T1*1512345678~DTM*405*20260331~\
    N1*PR*HEALTH PLAN~N3*1 PLAN WAY~N4*DENVER*CO*80202~PER*BL*EDI DESK*TE*3035550100~\
    N1*PE*GROUP PRACTICE*XX*1234567893~LX*1~CLP*PCN1*1*100*80*20*12*C1*11*1~CAS*PR*3*20~\
    NM1*QC*1*CANARYKID*CANARYNO*C**CANARYJR*MI*W777000992~\
    NM1*IL*1*CANARYSON*CANARYNA****MI*W777000991~NM1*74*1*CANARYSSON*CANARYNAT****C*W777000994~\
    NM1*82*1*CANARYDOC*CANARYMED****XX*1245319599~REF*1W*W777000991~REF*SY*777009999~\
    DTM*232*20260301~SVC*HC:99213*100*80~DTM*472*20260301~CAS*PR*3*20~SE*99*0001~";

fn file(group: &str, set: &str) -> String {
    let group = ENVELOPE.replace("GS*HC", &format!("GS*{group}"));
    let group = match group.contains("GS*HP") {
        true => group.replace("005010X222A1", "005010X221A1"),
        false => group,
    };
    format!("{group}{set}GE*1*1~IEA*1*000000001~")
}

#[track_caller]
fn check(contents: &FileContents) {
    let printed = format!("{contents:?}\n{contents:#?}");
    for canary in CANARIES {
        let at = printed.find(canary);
        let around = at.map(|at| &printed[at.saturating_sub(60)..(at + 20).min(printed.len())]);
        assert_eq!(around, None, "a person can be read in debug output");
    }
}

#[test]
fn debug_output_of_claims_and_remittances_names_nobody() {
    let claims = read_file(file("HC", CLAIM).as_bytes(), ReadOptions::default());
    assert_eq!(claims.claims.len(), 1);
    let claim = &claims.claims[0].claim;
    assert_eq!(claim.patient_person().last_name.expose(), "CANARYKID");
    assert_eq!(claim.providers[0].name, "CANARYDOC");
    check(&claims);

    let payments = read_file(file("HP", PAYMENT).as_bytes(), ReadOptions::default());
    assert_eq!(payments.remittances.len(), 1);
    let claim = &payments.remittances[0].advice.claims[0];
    assert!(claim.other_parties.iter().any(|party| party.name == "CANARYSSON"));
    check(&payments);
}

#[test]
fn findings_about_broken_personal_values_do_not_repeat_them() {
    let long = "CANARY".repeat(20);
    let broken: [(&str, &str); 14] = [
        ("CANARYSON", "X~CANARYSON"),
        ("CANARYKID", "\n~CANARYKID CANARY~"),
        ("19510203", "19519999"),
        ("D8*19510204", "D8*CANARYDAY"),
        ("DMG*D8*19510203*F", "DMG*RD8*19510203*QQ"),
        ("CANARYSON", " CANARYSON "),
        ("CANARYSON", "CAN\u{c4}RY CANARYSON"),
        ("CANARYSON", "CANARY\u{7}SON"),
        ("CANARYNA", &long),
        ("W777000991", "W77700099177700099177700099177700099177700099177700099177700099177700099"),
        ("N4*CANARYVILLE*CO*99877", "N4*CANARYVILLE*QQ*99877CANARY"),
        ("REF*SY*777009999", "REF*SY*77700CANARY"),
        ("NM1*IL*1*CANARYSON", "NM1*IL*9*CANARYSON"),
        ("7 CANARY LANE", "7^CANARY:LANE"),
    ];
    for (group, set) in [("HC", CLAIM), ("HP", PAYMENT)] {
        let whole = file(group, set);
        let usual = read_file(whole.as_bytes(), ReadOptions::default()).findings.len();
        let mut spoke = 0;
        for (from, to) in broken {
            let contents = read_file(whole.replace(from, to).as_bytes(), ReadOptions::default());
            spoke += usize::from(contents.findings.len() > usual);
            check(&contents);
        }
        assert!(spoke >= 5, "only {spoke} of the broken values were noticed");
    }
}
