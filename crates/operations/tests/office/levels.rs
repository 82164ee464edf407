//! Errors on the levels above claims belong to the claims below these levels, and to no other.

use counterfoil_base::Date;
use counterfoil_integrity::{CleanClaimConfig, CleanClaimEngine, Tables};
use counterfoil_operations::OperationsError;
use counterfoil_operations::intake::{IntakeItem, IntakeOptions, read_claims};
use counterfoil_x12::Profile;
use std::sync::Arc;

const SUBSCRIBER_A: &str = "HL*2*1*22*0~SBR*P*18*******CI~NM1*IL*1*ELM*ANN****MI*M1~N3*1 OAK~\
     N4*DENVER*CO*80203~DMG*D8*19800102*F~NM1*PR*2*FOX*****PI*FOX01~";
/// The same without its SBR, which is told where the next segment stands.
const SUBSCRIBER_A_LACKING: &str = "HL*2*1*22*0~NM1*IL*1*ELM*ANN****MI*M1~N3*1 OAK~\
     N4*DENVER*CO*80203~DMG*D8*19800102*F~NM1*PR*2*FOX*****PI*FOX01~";
/// Nothing but its HL: what is missing is told at the HL of the next subscriber.
const SUBSCRIBER_A_EMPTY: &str = "HL*2*1*22*0~";
const SUBSCRIBER_B: &str = "HL*3*1*22*0~SBR*P*18*******CI~NM1*IL*1*ASH*BEN****MI*M2~N3*2 OAK~\
     N4*DENVER*CO*80203~DMG*D8*19800102*M~NM1*PR*2*FOX*****PI*FOX01~";
const SUBSCRIBER_B_LACKING: &str = "HL*3*1*22*0~SBR*P*18*******CI~NM1*IL*1*ASH*BEN****MI*M2~\
     N3*2 OAK~N4*DENVER*CO*80203~DMG*D8*19800102*M~";

fn claim(number: &str) -> String {
    format!(
        "CLM*{number}*150***11:B:1*Y*A*Y*Y~HI*ABK:J069~LX*1~\
         SV1*HC:T1015*150*UN*1***1~DTP*472*D8*20250102~"
    )
}

fn file(levels: &[&str]) -> String {
    let body = levels.concat();
    let provider = "NM1*41*2*ALDER*****46*ALDER~PER*IC*DESK*TE*3035550100~\
                    NM1*40*2*FOX*****46*FOX01~HL*1**20*1~NM1*85*2*ALDER*****XX*1234567893~\
                    N3*12 MILL~N4*DENVER*CO*802021234~REF*EI*123456789~";
    let set = format!("ST*837*0001*005010X222A1~BHT*0019*00*B*20250105*0830*CH~{provider}{body}");
    let segments = set.matches('~').count() + 1;
    format!(
        "ISA*00*          *00*          *ZZ*ALDER          *ZZ*FOX01          *250105*0830*^*00501*\
         000000001*0*P*:~GS*HC*ALDER*FOX01*20250105*0830*1*X*005010X222A1~{set}SE*{segments}*0001~\
         GE*1*1~IEA*1*000000001~"
    )
}

/// Of each claim its number and the codes and places of its errors.
fn errors(levels: &[&str]) -> Vec<String> {
    let config = CleanClaimConfig { filing_limit_days: None, ..CleanClaimConfig::default() };
    let options = IntakeOptions {
        engine: Arc::new(CleanClaimEngine::new(Tables::builtin(), Vec::new(), config)),
        profile: Profile::Lenient,
        keeps_segments: false,
        rejected_sets: Vec::new(),
        day: Date::new(2025, 1, 6).expect("a day"),
        acknowledgement_number: 1,
        claims_before: 0,
    };
    let text = file(levels);
    let mut told = Vec::new();
    read_claims::<_, OperationsError>(text.as_bytes(), options, |items, _| {
        for item in items {
            if let IntakeItem::Claim(one) = item {
                let number = one.claim.patient_control_number.to_string();
                let errors = one.findings.iter().filter(|finding| finding.is_error());
                let errors = errors.map(|finding| {
                    let at = &finding.position;
                    format!(" {} {} {}", finding.code, at.loop_path, at.segment_id)
                });
                told.push(number + &errors.collect::<String>());
            }
        }
        Ok(())
    })
    .expect("the file can be read");
    told
}

#[test]
fn what_a_subscriber_lacks_is_held_against_his_own_claims_alone() {
    let (one, two) = (claim("ONE"), claim("TWO"));
    let lacks = "X12-2-required-segment-missing";
    let sbr = format!("ONE {lacks} 2000A/2000B SBR");
    let payer = "TWO X12-2-required-loop-missing 2000A/2000B/2010BB NM1";
    let own: [(&str, &[&str], &[&str]); 5] = [
        ("whole", &[SUBSCRIBER_A, &one, SUBSCRIBER_B, &two], &["ONE", "TWO"]),
        (
            "the first lacks his SBR",
            &[SUBSCRIBER_A_LACKING, &one, SUBSCRIBER_B, &two],
            &[&sbr, "TWO"],
        ),
        (
            "the first has neither SBR nor claims",
            &[SUBSCRIBER_A_LACKING, SUBSCRIBER_B, &two],
            &["TWO"],
        ),
        ("the first is an HL alone", &[SUBSCRIBER_A_EMPTY, SUBSCRIBER_B, &two], &["TWO"]),
        (
            "the second lacks his payer, which is told at his claim",
            &[SUBSCRIBER_A, &one, SUBSCRIBER_B_LACKING, &two],
            &["ONE", payer],
        ),
    ];
    for (story, levels, expected) in own {
        assert_eq!(errors(levels), expected, "{story}");
    }
}

#[test]
fn errors_of_thousands_of_subscribers_without_claims_reach_no_claim() {
    let mut levels = vec![SUBSCRIBER_A_LACKING; 2_500];
    let two = claim("TWO");
    levels.extend([SUBSCRIBER_B, &two]);
    assert_eq!(errors(&levels), ["TWO"]);
}
