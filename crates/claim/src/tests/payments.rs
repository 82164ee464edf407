//! 835.

use super::placed::{collect, place, segments};
use crate::compose_835::compose;
use crate::model::SourcePosition;
use crate::read_835::{ReadRemittance, RemittanceReader, read_remittance};
use crate::write::WriteError;
use counterfoil_base::Cents;

const PAYMENT: &str = "
- BPR*I*945*C*ACH*CCP*01*888999777*DA*24681012*1935665544**04*111333555*DA*144444*20190316
- TRN*1*71700666555*1935665544
- CUR*PR*USD
- REF*EV*030240928
- REF*F2*V1
- DTM*405*20190314
1000A N1*PR*RUSHMORE LIFE
1000A N3*10 SOUTH AVENUE
1000A N4*RAPID CITY*SD*55111
1000A REF*2U*999
1000A PER*CX**TE*8005551212
1000A PER*BL*JOHN WAYNE*TE*8005551212*EX*123
1000B N1*PE*ACME MEDICAL CENTER*XX*5544667733
1000B REF*TJ*777667755
1000B RDM*BM
2000 LX*1
2000 TS3*6543210903*11*20021231*1*211366.97
2100 CLP*5554555444*1*800*450*300*12*94060555410000*11*1**490*1.25
2100 CAS*CO*45*50
2100 CAS*PR*1*10**2*20*1*3*30**66*40**100*50**101*60
2100 CAS*PR*102*70
2100 NM1*QC*1*BUDD*WILLIAM****MI*33344555510
2100 NM1*IL*1*BUDD*SUSAN****MI*33344555510
2100 NM1*74*1*BUDDE*WILL
2100 MIA*0***138018.4*MA02***************N689
2100 REF*CE*12345
2100 DTM*232*20190301
2100 PER*CX*HELP*TE*8005550000
2100 AMT*AU*700
2100 QTY*CA*8
2110 SVC*HC:99211:25*800*500*0510*1*HC:99213*2
2110 DTM*150*20190301
2110 DTM*151*20190304
2110 CAS*PR*1*300
2110 REF*6R*1
2110 AMT*B6*750
2110 LQ*HE*N14
2110 LQ*RX*X1
2110+ SVC*NU:0250*9.2*0
2100 CLP*8765432112*22*-1200*-495**12*9407779923000
2100 NM1*QC*1*SETTLE*SUSAN****MI*44455666610
2100 MOA***MA15
2000 LX*2
2100 CLP*3*4*10*0**12*94
2100 NM1*QC*1*SETTLE
- PLB*6543210903*20191231*CV:CP*-1.27*L6*5*WO:9*1*WO:8*2*WO:7*3*FB*4
- PLB*6543210903*20191231*FB*5
- PLB*777*20191231*72:1*5
";

fn read(lines: &'static str) -> ReadRemittance {
    read_remittance(SourcePosition::default(), place(lines).iter())
}

#[test]
fn a_payment_comes_back_segment_by_segment() {
    let read = read(PAYMENT);
    assert_eq!(read.findings, []);
    assert_eq!(read.advice.claims.len(), 3);
    assert_eq!(read.advice.provider_adjustments.len(), 8);
    assert_eq!(read.advice.claims[0].remark_codes, ["MA02", "N689"]);
    assert_eq!(read.advice.claims[0].adjustments.len(), 8);
    assert_eq!(collect(|sink| compose(&read.advice, sink)).unwrap(), segments(PAYMENT));
    let lost: Vec<_> = read.loss.iter().map(|(path, item, ..)| format!("{path} {item}")).collect();
    assert_eq!(
        lost,
        [
            "1000B RDM",
            "2000 TS3",
            "2100 MIA-01",
            "2100 MIA-04",
            "2100 PER",
            "2110 LQ",
            "HEADER BPR-12",
            "HEADER CUR",
            "HEADER REF",
        ]
    );
}

#[test]
fn claims_come_out_as_soon_as_they_are_complete_and_only_once() {
    let buffer = place(PAYMENT);
    let mut reader = RemittanceReader::new(SourcePosition::default());
    let mut numbers = Vec::new();
    for at in buffer.iter() {
        for _ in 0..2 {
            let complete = reader.segment(&at);
            numbers.extend(complete.map(|claim| (claim.patient_control_number, at.file_index)));
        }
    }
    let end = reader.finish();
    assert_eq!(end.last_claim, None);
    let at: Vec<_> = numbers.iter().map(|(number, at)| (number.as_str(), *at)).collect();
    assert_eq!(at, [("5554555444", 42), ("8765432112", 45), ("3", 48)]);
    assert_eq!(end.advice.payment.amount_cents, Cents(94_500));
}

#[test]
fn what_cannot_be_read_is_carried_whole_and_written_back() {
    let lines = "
- BPR*I*94,5*C*CHK************20002316
- TRN*1*1*1935665544
- DTM*405*11111399
2000 LX*1
2100 CLP*1*1*abc*450
2100 CAS*CO*45*5.001
2100 AMT*AU*x
2000 LX*2
2000 TS3*1*11*20021231*1*9
- PLB*1*20191231*WO:1*1*WO:2*y
";
    let read = read(lines);
    let found: Vec<_> = read
        .findings
        .iter()
        .map(|f| format!("{} {}-{}", f.code, f.position.segment_id, f.position.element))
        .collect();
    assert_eq!(
        found,
        [
            "CLAIM-1-amount-unreadable BPR-2",
            "CLAIM-1-date-unreadable BPR-16",
            "CLAIM-1-date-unreadable DTM-2",
            "CLAIM-1-amount-unreadable CLP-3",
            "CLAIM-1-amount-unreadable CAS-3",
            "CLAIM-1-amount-unreadable AMT-2",
            "CLAIM-1-amount-unreadable PLB-6",
        ]
    );
    assert_eq!(read.advice.provider_adjustments, []);
    assert_eq!(collect(|sink| compose(&read.advice, sink)).unwrap(), segments(lines));
}

#[test]
fn more_remark_codes_than_a_claim_has_room_for_are_refused() {
    let mut advice = read(PAYMENT).advice;
    advice.claims[0].remark_codes = vec!["N1".into(); 6];
    let refusal = WriteError::TooMany { what: "remark codes of a claim", count: 6, most: 5 };
    assert_eq!(collect(|sink| compose(&advice, sink)), Err(refusal));
}
