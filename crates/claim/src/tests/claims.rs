//! 837P and 837I.

use super::placed::{collect, place, segments};
use crate::carried::{LossKind, LossReport};
use crate::compose_837::{BatchDefaults, compose};
use crate::model::{Claim, ClaimKind, SourcePosition};
use crate::read_837::{ReadClaim, read_claim};
use crate::write::WriteError;
use counterfoil_base::Cents;

/// A dependent's claim with another payer, a drug, carried segments and carried elements.
const PROFESSIONAL: &str = "
- BHT*0019*00*0123*20061015*1023*CH
1000A NM1*41*2*PREMIER BILLING SERVICE*****46*TGJ23
1000A PER*IC*JERRY*TE*3055552222*EX*231
1000B NM1*40*2*KEY INSURANCE COMPANY*****46*66783JJT
2000A HL*1**20*1
2000A PRV*BI*PXC*203BF0100Y
2000A CUR*85*CAD
2010AA NM1*85*2*BEN KILDARE SERVICE*****XX*9876543210
2010AA N3*234 SEAWAY ST
2010AA N4*MIAMI*FL*33111
2010AA REF*EI*587654321
2010AB NM1*87*2
2010AB N3*2345 OCEAN BLVD
2010AB N4*MIAMI*FL*33111
2000B HL*2*1*22*1
2000B SBR*P**2222-SJ******CI
2010BA NM1*IL*1*SMITH*JANE****MI*JS00111223333
2010BA DMG*D8*19430501*F
2010BB NM1*PR*2*KEY INSURANCE COMPANY*****PI*999996666
2010BB REF*G2*KA6663
2000C HL*3*2*23*0
2000C PAT*19********Y
2010CA NM1*QC*1*SMITH*TED
2010CA N3*236 N MAIN ST
2010CA N4*MIAMI*FL*33413
2010CA DMG*D8*19730501*M
2010CA PER*IC**TE*3055550000
2300 CLM*26463774*100.5***11:B:1*Y*A*Y*I**AA:::FL
2300 DTP*439*D8*20061003
2300 PWK*OZ*BM***AC*DMN0012
2300 CN1*02*100
2300 AMT*F5*5
2300 REF*F8*ORIGINAL1
2300 REF*G1*AUTH1**2U:PAYER1
2300 NTE*ADD*SEEN AT HOME
2300 CRC*07*Y*01
2300 HI*ABK:J020*ABF:Z1159
2310A NM1*DN*1*WELBY*MARCUS****XX*1111111112
2310B NM1*82*1*KILDARE*BEN*DR**JR*XX*1222222220
2310B PRV*PE*PXC*207Q00000X
2310C NM1*77*2*OFFICE
2310C N3*1 A ST
2310C N4*MIAMI*FL*33111
2320 SBR*S*19*ABC******CI
2320 CAS*PR*1*21.89**2*15
2320 CAS*CO*45*10*1
2320 AMT*D*39.15
2320 OI***Y*P**Y
2320 MOA***MA01
2330A NM1*IL*1*SMITH*JACK****MI*T55TY666
2330B NM1*PR*2*PAYER B*****PI*888
2330B DTP*573*D8*20061101
2330B REF*F8*PRIOR9
2330D NM1*82*1
2330D REF*G2*PBS3334
2320+ SBR*T*18*******CI
2320 NTE*ADD*UNEXPECTED
2330A NM1*IL*1*SMITH*TED
2330B NM1*PR*2*PAYER C*****PI*777
2400 LX*1
2400 SV1*HC:99213:25:GT*40*UN*1***1:2**Y
2400 CR3*I*MO*12
2400 DTP*472*D8*20061003
2400 QTY*PT*2
2400 REF*6R*LINE1
2400 AMT*T*1.07
2410 LIN**N4*00002131201
2410 CTP****2.5*ML
2410 REF*XZ*RX1
2420A NM1*82*1*GARDENER*JAMES****XX*1222222220
2430 SVD*888*30*HC:99213**1
2430 CAS*CO*42*3
2430 DTP*573*D8*20061101
2430 AMT*EAF*7
2430+ SVD*777*0*HC:99213**1
2440 LQ*UT*1.02
2440 FRM*1A**12
2440 FRM*1B*Y
2440+ LQ*UT*1.03
2440 FRM*2*N
2400 LX*2
2400 SV1*HC:J3301*60.5*UN*2*11**1********0
2400 DTP*472*RD8*20061003-20061004
";

const INSTITUTIONAL: &str = "
- BHT*0019*00*0124*20061015*1023*CH
1000A NM1*41*2*JONES HOSPITAL*****46*12345
1000B NM1*40*2*MEDICARE*****46*00120
2000A HL*1**20*1
2010AA NM1*85*2*JONES HOSPITAL*****XX*9876540809
2000B HL*2*1*22*0
2000B SBR*P*18*******MB
2010BA NM1*IL*1*DOE*JOHN*T***MI*030005074A
2010BB NM1*PR*2*MEDICARE B*****PI*00435
2300 CLM*756048Q*89.93***14:A:1**A*Y*Y
2300 DTP*434*RD8*19960911-19960912
2300 DTP*435*DT*199609110800
2300 CL1*3*1*01
2300 HI*ABK:I10::::::::Y
2300 HI*ABJ:R079
2300 HI*ABF:E119:::::::Y*ABF:N179:::::::N
2300 HI*DR:470
2300 HI*BH:A1:D8:19261111*BH:A2:D8:19911101
2300 HI*BE:A2:::15.31*BE:80:::3
2300 HI*BG:09
2310A NM1*71*1*JONES*JOHN*J
2310A REF*1G*B99937
2400 LX*1
2400 SV2*0305*HC:85025*13.39*UN*1**2.5
2400 DTP*472*D8*19960911
";

fn read(kind: ClaimKind, lines: &'static str, loss: &mut LossReport) -> ReadClaim {
    read_claim(kind, SourcePosition::default(), place(lines).iter(), loss)
}

fn write(claims: &[Claim]) -> Result<Vec<String>, WriteError> {
    let defaults = BatchDefaults { reference: "1", date: "20250101", time: "1200" };
    collect(|sink| compose(claims, &defaults, sink))
}

#[test]
fn a_professional_claim_comes_back_segment_by_segment() {
    let mut loss = LossReport::default();
    let read = read(ClaimKind::Professional, PROFESSIONAL, &mut loss);
    assert_eq!(read.findings, []);
    assert_eq!(write(&[read.claim]).unwrap(), segments(PROFESSIONAL));
    let lost: Vec<_> = loss.iter().map(|(path, item, ..)| format!("{path} {item}")).collect();
    assert_eq!(
        lost,
        [
            "2000A CUR",
            "2000C PAT-09",
            "2010CA PER",
            "2300 CN1",
            "2300 CRC",
            "2300 NTE",
            "2300 REF-04",
            "2320 MOA",
            "2320 NTE",
            "2400 CR3",
            "2400 QTY",
            "2410 REF",
            "2440 FRM",
            "2440 LQ",
        ]
    );
}

#[test]
fn an_institutional_claim_comes_back_segment_by_segment() {
    let mut loss = LossReport::default();
    let lines = INSTITUTIONAL.replace("I10::::::::Y", "I10:::::::Y");
    let read = read(ClaimKind::Institutional, lines.leak(), &mut loss);
    assert_eq!(read.findings, []);
    assert!(loss.is_empty());
    assert_eq!(read.claim.coded_values.len(), 6);
    let expected = segments(&INSTITUTIONAL.replace("I10::::::::Y", "I10:::::::Y"));
    assert_eq!(write(&[read.claim]).unwrap(), expected);
}

#[test]
fn a_diagnosis_with_more_than_the_model_holds_keeps_it() {
    let mut loss = LossReport::default();
    let read = read(ClaimKind::Institutional, INSTITUTIONAL, &mut loss);
    assert_eq!(read.claim.diagnoses[0].present_on_admission, "");
    assert_eq!(loss.iter().next(), Some(("2300", "HI-01", LossKind::Element, 1)));
    assert_eq!(write(&[read.claim]).unwrap(), segments(INSTITUTIONAL));
}

#[test]
fn values_that_cannot_be_read_become_findings_and_survive() {
    let lines = "
- BHT*0019*00*1*20250101*1200*CH
2000A HL*1**20*1
2000B HL*2*1*22*0
2300 CLM*1*12,50***11:B:1
2300 DTP*431*D8*20250230
2300 AMT*F5*abc
2400 LX*A
2400 SV1*HC:99213*1.234*UN*one***1:X:2
2430 SVD*888*1e5
2430 CAS*ZZ*1*5
2430 CAS*CO*45*x*1*42*3
";
    let mut loss = LossReport::default();
    let read = read(ClaimKind::Professional, lines, &mut loss);
    let found: Vec<_> = read
        .findings
        .iter()
        .map(|f| format!("{} {}-{} {}", f.code, f.position.segment_id, f.position.element, f.snip))
        .collect();
    assert_eq!(
        found,
        [
            "CLAIM-1-amount-unreadable CLM-2 1",
            "CLAIM-1-date-unreadable DTP-3 1",
            "CLAIM-1-amount-unreadable AMT-2 1",
            "CLAIM-1-number-unreadable LX-1 1",
            "CLAIM-1-amount-unreadable SV1-2 1",
            "CLAIM-1-quantity-unreadable SV1-4 1",
            "CLAIM-1-number-unreadable SV1-7 1",
            "CLAIM-1-amount-unreadable SVD-2 1",
            "CLAIM-2-adjustment-group-unknown CAS-1 2",
            "CLAIM-1-amount-unreadable CAS-3 1",
        ]
    );
    assert_eq!(read.claim.charge_cents, Cents::ZERO);
    assert_eq!(read.claim.lines[0].diagnosis_pointers, [1, 0, 2]);
    assert_eq!(read.claim.lines[0].adjudications[0].adjustments, []);
    assert_eq!(write(&[read.claim]).unwrap(), segments(lines));
}

#[test]
fn claims_share_the_levels_that_they_have_in_common() {
    let mut loss = LossReport::default();
    let dependent = read(ClaimKind::Professional, PROFESSIONAL, &mut loss).claim;
    let mut own = dependent.clone();
    own.patient = None;
    own.patient_relationship = "18".into();
    own.carried.clear();
    let mut other_patient = dependent.clone();
    other_patient.patient = Some(Default::default());
    let mut other_provider = own.clone();
    other_provider.billing_provider.id = "1234567893".into();
    let claims = [dependent.clone(), dependent, other_patient, own.clone(), own, other_provider];
    let levels: Vec<_> = write(&claims)
        .unwrap()
        .into_iter()
        .filter(|s| s.starts_with("HL") || s.starts_with("CLM"))
        .map(|s| s.split("*100.5").next().unwrap().to_owned())
        .collect();
    assert_eq!(
        levels,
        [
            "HL*1**20*1",
            "HL*2*1*22*1",
            "HL*3*2*23*0",
            "CLM*26463774",
            "CLM*26463774",
            "HL*4*2*23*0",
            "CLM*26463774",
            "HL*5**20*1",
            "HL*6*5*22*0",
            "CLM*26463774",
            "CLM*26463774",
            "HL*7**20*1",
            "HL*8*7*22*0",
            "CLM*26463774",
        ]
    );
}

#[test]
fn what_does_not_fit_is_refused_and_not_cut() {
    let mut loss = LossReport::default();
    let claim = read(ClaimKind::Professional, PROFESSIONAL, &mut loss).claim;
    let mut crowded = claim.clone();
    crowded.lines[0].diagnosis_pointers = vec![1, 2, 3, 4, 5];
    let refusal = WriteError::TooMany { what: "diagnosis pointers", count: 5, most: 4 };
    assert_eq!(write(&[crowded]), Err(refusal));
    let mut broken = claim;
    broken.payer.name = "PAYER\u{1D}B".into();
    assert_eq!(write(&[broken]), Err(WriteError::ControlCharacter));
}

#[test]
fn bytes_that_are_not_utf8_are_read_as_latin1_and_reported() {
    use counterfoil_x12::{Segment, SegmentBuffer, SegmentMeta, Separators};
    let mut buffer = SegmentBuffer::new();
    let mut ends = Vec::new();
    let mut meta = SegmentMeta::unplaced(10, 8, 1000);
    meta.loop_id = "2010BB";
    meta.loop_path = "2000A/2000B/2010BB";
    let bytes = b"NM1*PR*2*SEGUROS A\xd1O*****PI*1";
    buffer.push(Segment::parse(bytes, Separators::default(), &mut ends), meta);
    let mut loss = LossReport::default();
    let source = SourcePosition::default();
    let read = read_claim(ClaimKind::Professional, source, buffer.iter(), &mut loss);
    assert_eq!(read.claim.payer.name, "SEGUROS A\u{d1}O");
    let expected = ("2000A/2000B/2010BB", "NM1-03", LossKind::Latin1, 1);
    assert_eq!(loss.iter().collect::<Vec<_>>(), [expected]);
}
