//! Amendments take effect by their day.

use super::offices::{Offices, contract, day, digest, version_of};
use counterfoil_operations::contracts::{
    SettlementRequest, SuppliedFile, prepare_settlement, version_for_year,
};
use counterfoil_samples::Database;
use counterfoil_settle::Basis;
use counterfoil_twin::{VersionStanding, to_hex};

counterfoil_samples::on_both_databases!(
    an_amendment_takes_the_place_of_the_text_before_it_on_its_day,
    what_does_not_follow_the_text_before_it_is_never_signed,
);

const FACTS: &str = "Provider,Saved,Quality\nH1,100.00,Y\n";

fn an_amendment_takes_the_place_of_the_text_before_it_on_its_day(database: &Database) {
    let mut both = Offices::new(database);
    let (first, second) = (contract("50%"), contract("40%"));
    both.agree(&first, "2024-01-01", None);
    both.agree(&second, "2026-01-01", Some(&digest(&first)));
    let known = both.contract();
    let until = Some(day("2026-01-01"));
    assert_eq!(version_of(&known, &digest(&first)), VersionStanding::Signed { until });
    assert_eq!(version_of(&known, &digest(&second)), VersionStanding::Signed { until: None });
    for (year, expected) in [(2024, &first), (2025, &first), (2026, &second), (2030, &second)] {
        let version = version_for_year(&known.state, year, None).expect("one is in force");
        assert_eq!(to_hex(&version.digest), digest(expected), "{year}");
    }
    assert!(version_for_year(&known.state, 2023, None).is_err());
    // In the middle of a year a person says which text settles it.
    let third = contract("30%");
    both.agree(&third, "2026-07-01", Some(&digest(&second)));
    let known = both.contract();
    let refused = version_for_year(&known.state, 2026, None).unwrap_err();
    assert!(refused.contains("several are in force in 2026"), "{refused}");
    for (on, expected) in [("2026-06-30", &second), ("2026-07-01", &third)] {
        let version = version_for_year(&known.state, 2026, Some(day(on))).expect("in force");
        assert_eq!(to_hex(&version.digest), digest(expected), "{on}");
    }
    let in_2026 = Some(day("2026-06-30"));
    for (year, on, amount) in [(2025, None, Ok(5_000)), (2025, in_2026, Err(()))] {
        let request = SettlementRequest {
            contract_id: "shared_bonus",
            year,
            on,
            facts: SuppliedFile { name: "facts.csv", bytes: FACTS.as_bytes() },
            rows: Vec::new(),
            term: None,
            basis: Basis::Final,
            milestones: Vec::new(),
        };
        let settled = both.payer.attempt(|tx, with| prepare_settlement(tx, with, &request));
        match amount {
            Ok(amount) => assert_eq!(settled.expect("it is settled").amount_cents, amount),
            Err(()) => assert!(settled.unwrap_err().contains("2026-06-30 is no day of 2025")),
        }
    }
}

fn what_does_not_follow_the_text_before_it_is_never_signed(database: &Database) {
    let mut both = Offices::new(database);
    let (first, second) = (contract("50%"), contract("40%"));
    both.agree(&first, "2025-01-01", None);
    for (from, replaces, why) in [
        ("2026-01-01", None, "it replaces it"),
        ("2026-01-01", Some(digest(&second)), "it replaces it"),
        ("2024-01-01", None, "does not hold before it"),
        ("2024-01-01", Some(digest(&first)), "does not hold before it"),
        ("2026-01-01", Some("12".to_owned()), "is no SHA-256"),
    ] {
        let refused = both.payer.sign(&second, from, replaces.as_deref()).unwrap_err();
        assert!(refused.contains(why), "{from}: {refused}");
    }
    // For the very day the other text says that it replaces the first: then that never held.
    both.agree(&second, "2025-01-01", Some(&digest(&first)));
    let known = both.contract();
    let in_force = known.state.in_force_on(day("2025-01-01")).expect("one is in force");
    assert_eq!(to_hex(&in_force.digest), digest(&second));
}
