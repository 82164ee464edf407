//! Bytes from outside never panic, and a file that lost a line or a digit is never taken as
//! whole.

use counterfoil_base::{Cents, Date, Text};
use counterfoil_remit::{
    BankColumns, CcdOrigin, CcdPayment, Trace, find_trace, read_bai2, read_bank_csv, read_nacha,
    write_ccd_plus,
};
use proptest::prelude::*;

fn ccd_file(amounts: &[i64]) -> String {
    let bank = Text::const_new("231380104");
    let origin = CcdOrigin {
        destination_routing: Text::const_new("031300012"),
        destination_name: Text::const_new("RECEIVING BANK"),
        origin_id: bank.clone(),
        origin_name: Text::const_new("SENDING BANK"),
        company_name: Text::const_new("ACME HEALTH PLAN"),
        company_id: Text::const_new("1512345678"),
        originating_routing: bank,
        file_date: Date::new(2026, 3, 30).unwrap(),
        file_time: (8, 0),
        file_id_modifier: 'A',
    };
    let payments: Vec<CcdPayment> = amounts
        .iter()
        .map(|cents| CcdPayment {
            amount_cents: Cents(*cents),
            effective_date: Date::new(2026, 3, 31).unwrap(),
            trace: Trace {
                number: Text::from(format!("T{cents}")),
                payer_identifier: Text::const_new("1512345678"),
                supplement: Text::default(),
            },
            payee_routing: Text::const_new("121042882"),
            payee_account: Text::const_new("1"),
            to_savings: false,
            payee_id: Text::const_new("1999999984"),
            payee_name: Text::const_new("CLINIC"),
        })
        .collect();
    write_ccd_plus(&origin, &payments).unwrap()
}

/// Lines that look like the formats, so that random files get past the first check.
fn hostile() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![
        "(01|02|03|16|49|88|98|99|17)(,[0-9A-Z*~/ -]{0,12}){0,12}/?",
        "[156789][0-9 ]{0,100}",
        "[a-z0-9,;\"$().-]{0,40}",
        "date,amount(,[a-z]{1,9}){0,4}",
        "16,142,[0-9]{1,22},[DSVZ],[0-9-]{1,20},.{0,20}",
    ];
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..300),
        prop::collection::vec(line, 0..12).prop_map(|lines| lines.join("\n").into_bytes()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        cases: 512,
        ..ProptestConfig::default()
    })]

    #[test]
    fn hostile_bytes_are_read_without_panic(bytes in hostile()) {
        let _ = read_nacha(&bytes).bank_file();
        let _ = read_bai2(&bytes);
        let _ = read_bank_csv(&bytes, &BankColumns::default());
        let _ = find_trace(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn a_lost_line_or_changed_digit_of_money_is_named(
        amounts in prop::collection::vec(1i64..9_999_999_999, 1..9),
        at in any::<usize>(),
        column in 29usize..39,
    ) {
        let file = ccd_file(&amounts);
        let lines: Vec<&str> = file.lines().filter(|line| !line.starts_with("99999")).collect();
        let lost = at % lines.len();
        let without: Vec<&str> =
            lines.iter().enumerate().filter(|(i, _)| *i != lost).map(|(_, line)| *line).collect();
        // The header says nothing that an entry needs; every other record counts.
        if lost > 0 {
            prop_assert!(!read_nacha(without.join("\n").as_bytes()).findings.is_empty());
        }
        let entry = 2 + (at % amounts.len()) * 2;
        let mut damaged: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        let digit = damaged[entry].as_bytes()[column] - b'0';
        let other = char::from(b'0' + (digit + 1) % 10).to_string();
        damaged[entry].replace_range(column..=column, &other);
        prop_assert!(!read_nacha(damaged.join("\n").as_bytes()).findings.is_empty());
    }
}
