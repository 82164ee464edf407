//! Claims that wait for a person: held back by the check before sending, or returned by the payer.

use super::account::standing;
use super::awaited::awaits_rules_alone;
use crate::error::OperationsError;
use crate::intake::read_kept_without_tables;
use crate::payer::payee_key;
use counterfoil_base::{Cents, Date, Finding, Phi};
use counterfoil_claim::Claim;
use counterfoil_store::{HeldClaimRow, ReceivableRow, Transaction};

/// Why a claim waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeldCause {
    /// The check before sending found errors; it was not sent.
    Checked,
    /// The payer has returned it (277CA).
    Returned,
}

impl HeldCause {
    fn word(self) -> &'static str {
        match self {
            HeldCause::Checked => "checked",
            HeldCause::Returned => "returned",
        }
    }
}

/// What became of a held claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeldState {
    /// It waits.
    Held,
    /// It went out corrected.
    Released {
        /// On this day.
        on: String,
        /// SHA-256 of the file in which it went out, hex.
        file_digest: String,
    },
    /// A later file brought it again, and it is held under that file.
    Superseded {
        /// On this day.
        on: String,
        /// SHA-256 of the later file, hex.
        file_digest: String,
    },
    /// A person said that it will not be sent.
    Withdrawn {
        /// On this day.
        on: String,
        /// The person.
        person: String,
    },
}

/// One thing that is wrong with a held claim; without personal data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeldFinding {
    /// Stable code, as `docs/reference/findings.md` lists it, or the payer's status codes.
    pub code: String,
    /// SNIP type; 0 when the payer gave none.
    pub snip: u8,
    /// Segment of the file, ISA being 1; 0 when it is not known.
    pub segment: u64,
    /// What is wrong.
    pub message: String,
    /// Why.
    pub cause: String,
    /// What to do.
    pub fix: String,
}

impl HeldFinding {
    pub(super) fn of(finding: &Finding) -> HeldFinding {
        HeldFinding {
            code: finding.code.to_string(),
            snip: finding.snip,
            segment: finding.position.segment.unwrap_or(0),
            message: finding.message.clone(),
            cause: finding.cause.to_string(),
            fix: finding.fix.to_string(),
        }
    }
}

/// A claim that waits for a person, or waited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldClaim {
    /// SHA-256 of the file as it came, hex; with `ordinal` it names the row.
    pub file_digest: String,
    /// Place in that file, from 1.
    pub ordinal: u64,
    /// Name of the file, for people.
    pub file_name: String,
    /// NPI of the billing provider, or its tax number without one.
    pub billing_provider: String,
    /// CLM01.
    pub patient_control_number: String,
    /// The payer that the claim names.
    pub payer_id: String,
    /// CLM02.
    pub charge_cents: Cents,
    /// Why it waits.
    pub cause: HeldCause,
    /// What is wrong, errors alone.
    pub findings: Vec<HeldFinding>,
    /// The claim as 837 segments with its hierarchy; may be empty.
    pub claim_segments: Phi<Vec<u8>>,
    /// Day since which it waits.
    pub held_on: String,
    /// What became of it.
    pub state: HeldState,
}

impl HeldClaim {
    /// A claim of a file that is to be held; what is wrong with it is added by the caller.
    #[must_use]
    pub fn of(
        claim: &Claim,
        (file_digest, ordinal): (&str, u64),
        (cause, on): (HeldCause, Date),
    ) -> HeldClaim {
        HeldClaim {
            file_digest: file_digest.to_owned(),
            ordinal,
            file_name: String::new(),
            billing_provider: payee_key(&claim.billing_provider).to_string(),
            patient_control_number: claim.patient_control_number.to_string(),
            payer_id: claim.payer.id.to_string(),
            charge_cents: claim.charge_cents,
            cause,
            findings: Vec::new(),
            claim_segments: Phi::default(),
            held_on: on.to_string(),
            state: HeldState::Held,
        }
    }
}

/// Holds a claim with what is wrong with it; a place in a file is held once, and `false` says
/// that it was before. What an earlier file holds under the claim's number gives way to it.
pub fn hold(tx: &Transaction<'_>, held: &HeldClaim) -> Result<bool, OperationsError> {
    let row = HeldClaimRow {
        file_digest: held.file_digest.clone(),
        ordinal: held.ordinal,
        billing_provider: held.billing_provider.clone(),
        patient_control_number: held.patient_control_number.clone(),
        payer_id: held.payer_id.clone(),
        charge_cents: held.charge_cents,
        cause: held.cause.word().to_owned(),
        findings: written(&held.findings),
        claim_segments: held.claim_segments.clone(),
        file_name: held.file_name.clone(),
        held_on: held.held_on.clone(),
        ..HeldClaimRow::default()
    };
    let mut earlier = tx.held_claims_of(&held.billing_provider, &held.patient_control_number)?;
    earlier.retain(|one| one.payer_id == held.payer_id && one.file_digest != held.file_digest);
    if !tx.insert_held_claim(&row)? {
        return Ok(false);
    }
    for one in &earlier {
        let to = ("superseded", held.held_on.as_str(), held.file_digest.as_str());
        tx.close_held_claim((&one.file_digest, one.ordinal), to)?;
    }
    Ok(true)
}

/// Closes what earlier files hold under a claim's number because it went out in a file; gives how
/// many rows were closed. What the file `source` itself holds is another claim.
///
/// What is held for another payer is the same claim when it bills the same and the claim that went
/// out does not name that payer beside its own (2330B): its payer was corrected.
pub fn release(
    tx: &Transaction<'_>,
    claim: &Claim,
    (source, file_digest, on): (&str, &str, Date),
) -> Result<u64, OperationsError> {
    let mut held = held_under_number(tx, claim, source)?;
    held.retain(|row| row.payer_id == claim.payer.id.as_str() || is_misdirected(row, claim));
    let mut closed = 0;
    for row in held {
        let place = (row.file_digest.as_str(), row.ordinal);
        closed +=
            u64::from(tx.close_held_claim(place, ("released", &on.to_string(), file_digest))?);
    }
    Ok(closed)
}

/// Closes what earlier files hold of a claim that is found to have gone out before: the claim as it
/// is, which waits for nothing but the rules of its payer.
pub(super) fn release_sent(
    tx: &Transaction<'_>,
    claim: &Claim,
    (source, on): (&str, Date),
) -> Result<(), OperationsError> {
    for row in held_under_number(tx, claim, source)? {
        let corrects =
            |one: &Claim| one.payer_claim_control_number().unwrap_or_default().to_owned();
        let is_same = row.payer_id == claim.payer.id.as_str()
            && kept_alike(&row, claim).is_some_and(|kept| corrects(&kept) == corrects(claim));
        let (file_digest, ordinal) = (row.file_digest.clone(), row.ordinal);
        if is_same && awaits_rules_alone(&read(row)?) {
            let mut rows = receivables_of(tx, claim)?;
            let sent_in = standing(&rows).map(|at| rows.swap_remove(at).source_file);
            let to = ("released", &*on.to_string(), &*sent_in.unwrap_or_default());
            tx.close_held_claim((&file_digest, ordinal), to)?;
        }
    }
    Ok(())
}

/// What other files than this one hold under a claim's number, whichever payer's.
fn held_under_number(
    tx: &Transaction<'_>,
    claim: &Claim,
    source: &str,
) -> Result<Vec<HeldClaimRow>, OperationsError> {
    let provider = payee_key(&claim.billing_provider);
    let mut held = tx.held_claims_of(&provider, &claim.patient_control_number)?;
    held.retain(|row| row.file_digest != source);
    Ok(held)
}

/// The billings of a claim to its payer.
fn receivables_of(
    tx: &Transaction<'_>,
    claim: &Claim,
) -> Result<Vec<ReceivableRow>, OperationsError> {
    let provider = payee_key(&claim.billing_provider);
    let mut rows = tx.receivable(&provider, &claim.patient_control_number)?;
    rows.retain(|row| row.payer_id == claim.payer.id.as_str());
    Ok(rows)
}

/// True when a row holds this claim under the name of another payer.
fn is_misdirected(row: &HeldClaimRow, claim: &Claim) -> bool {
    let is_beside = claim.other_payers.iter().any(|one| one.payer.id == row.payer_id.as_str());
    !is_beside && kept_alike(row, claim).is_some()
}

/// The claim of a row when it asks and bills the same as another for the same days.
fn kept_alike(row: &HeldClaimRow, claim: &Claim) -> Option<Claim> {
    if row.charge_cents != claim.charge_cents {
        return None;
    }
    let (kept, _) = read_kept_without_tables(row.claim_segments.expose())?;
    let is_alike = kept.frequency() == claim.frequency()
        && kept.charge_cents == claim.charge_cents
        && kept.service_dates() == claim.service_dates();
    is_alike.then_some(kept)
}

/// Says of a held claim what is wrong with it now, in the place of what was.
pub(super) fn explain_held(
    tx: &Transaction<'_>,
    held: &HeldClaim,
    finding: &Finding,
) -> Result<(), OperationsError> {
    let findings = written(&[HeldFinding::of(finding)]);
    Ok(tx.set_held_findings((&held.file_digest, held.ordinal), &findings)?)
}

/// A named person says that a held claim will not be sent.
///
/// # Errors
/// [`OperationsError::Refused`] says who acted first, or that there is no such claim.
pub fn withdraw(
    tx: &Transaction<'_>,
    (file_digest, ordinal): (&str, u64),
    (person, on): (&str, Date),
) -> Result<(), OperationsError> {
    let refused = |told: String| Err(OperationsError::Refused(told));
    if person.trim().is_empty() {
        return refused("a claim is withdrawn by a named person; nothing was changed".to_owned());
    }
    let to = ("withdrawn", on.to_string());
    if tx.close_held_claim((file_digest, ordinal), (to.0, &to.1, person.trim()))? {
        return Ok(());
    }
    match tx.held_claim(file_digest, ordinal)? {
        None => refused("no such claim is held; nothing was changed".to_owned()),
        Some(row) if row.state == "withdrawn" => {
            let (by, day) = (row.closed_by, row.closed_on);
            refused(format!("{by} has withdrawn it already, on {day}; nothing was changed"))
        }
        Some(row) if row.state == "superseded" => refused(format!(
            "a later file brought it again on {}, and it is held under that file; nothing was \
             changed",
            row.closed_on
        )),
        Some(row) => {
            refused(format!("it went out corrected on {}; nothing was changed", row.closed_on))
        }
    }
}

/// The claims that wait, the longest first.
pub fn held_claims(tx: &Transaction<'_>) -> Result<Vec<HeldClaim>, OperationsError> {
    tx.held_claims("held")?.into_iter().map(read).collect()
}

/// The same for a list: without the segments of the claims.
pub fn held_claims_listed(tx: &Transaction<'_>) -> Result<Vec<HeldClaim>, OperationsError> {
    tx.held_claims_listed("held")?.into_iter().map(read).collect()
}

/// A claim by its place in a file, whatever became of it.
pub fn held_claim(
    tx: &Transaction<'_>,
    (file_digest, ordinal): (&str, u64),
) -> Result<Option<HeldClaim>, OperationsError> {
    tx.held_claim(file_digest, ordinal)?.map(read).transpose()
}

fn read(row: HeldClaimRow) -> Result<HeldClaim, OperationsError> {
    let unreadable = || OperationsError::Unreadable("a held claim");
    Ok(HeldClaim {
        cause: match row.cause.as_str() {
            "checked" => HeldCause::Checked,
            "returned" => HeldCause::Returned,
            _ => return Err(unreadable()),
        },
        state: match row.state.as_str() {
            "held" => HeldState::Held,
            "released" => HeldState::Released { on: row.closed_on, file_digest: row.closed_by },
            "superseded" => HeldState::Superseded { on: row.closed_on, file_digest: row.closed_by },
            "withdrawn" => HeldState::Withdrawn { on: row.closed_on, person: row.closed_by },
            _ => return Err(unreadable()),
        },
        findings: read_findings(&row.findings).ok_or_else(unreadable)?,
        file_digest: row.file_digest,
        ordinal: row.ordinal,
        file_name: row.file_name,
        billing_provider: row.billing_provider,
        patient_control_number: row.patient_control_number,
        payer_id: row.payer_id,
        charge_cents: row.charge_cents,
        claim_segments: row.claim_segments,
        held_on: row.held_on,
    })
}

/// One finding a line, its parts between tabs.
fn written(findings: &[HeldFinding]) -> String {
    let plain = |text: &str| text.replace(|one: char| one.is_control(), " ");
    let line = |one: &HeldFinding| {
        let (code, message, cause, fix) =
            (plain(&one.code), plain(&one.message), plain(&one.cause), plain(&one.fix));
        format!("{code}\t{}\t{}\t{message}\t{cause}\t{fix}", one.snip, one.segment)
    };
    findings.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn read_findings(text: &str) -> Option<Vec<HeldFinding>> {
    let line = |line: &str| {
        let mut parts = line.split('\t');
        let mut next = || parts.next().map(str::to_owned);
        let (code, snip, segment) = (next()?, next()?.parse().ok()?, next()?.parse().ok()?);
        Some(HeldFinding { code, snip, segment, message: next()?, cause: next()?, fix: next()? })
    };
    text.lines().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use counterfoil_base::Text;
    use counterfoil_claim::Party;
    use counterfoil_store::Store;

    fn claim(number: &str) -> Claim {
        let party = |qualifier: &str, id: &str| Party {
            id_qualifier: Text::from(qualifier),
            id: Text::from(id),
            ..Party::default()
        };
        Claim {
            patient_control_number: Text::from(number),
            billing_provider: party("XX", "1234567893"),
            payer: party("PI", "PLAN1"),
            charge_cents: Cents(15_000),
            ..Claim::default()
        }
    }

    fn holding(claim: &Claim, (file, ordinal): (&str, u64)) -> HeldClaim {
        let on = Date::constant(2025, 6, 2);
        HeldClaim::of(claim, (file, ordinal), (HeldCause::Checked, on))
    }

    fn within<T>(work: impl FnOnce(&Transaction<'_>) -> Result<T, OperationsError>) -> T {
        let mut store = Store::open_in_memory().unwrap();
        store.transaction("test", work).unwrap()
    }

    #[test]
    fn a_claim_is_held_once_and_shown_as_it_was_held() {
        within(|tx| {
            let finding = HeldFinding {
                code: "INT-7-ncci-pair".to_owned(),
                snip: 4,
                segment: 17,
                message: "A\tline\nbroken.".to_owned(),
                cause: String::new(),
                fix: "Mend it.".to_owned(),
            };
            let claim = claim("P1");
            let held = HeldClaim { findings: vec![finding], ..holding(&claim, ("aa", 3)) };
            assert!(hold(tx, &held)?);
            assert!(!hold(tx, &holding(&claim, ("aa", 3)))?);
            let held = held_claims(tx)?;
            let [one] = held.as_slice() else { panic!("one claim: {held:?}") };
            assert_eq!(one.findings[0].message, "A line broken.");
            assert_eq!((one.findings[0].segment, one.findings[0].fix.as_str()), (17, "Mend it."));
            assert_eq!((one.ordinal, one.charge_cents), (3, Cents(15_000)));
            assert_eq!((one.cause, &one.state), (HeldCause::Checked, &HeldState::Held));
            Ok(())
        });
    }

    #[test]
    fn what_goes_out_corrected_is_released_and_nothing_else() {
        within(|tx| {
            let (first, other) = (claim("P1"), claim("P2"));
            hold(tx, &holding(&first, ("aa", 1)))?;
            hold(tx, &holding(&first, ("ab", 1)))?;
            hold(tx, &holding(&other, ("ab", 2)))?;
            let earlier = held_claim(tx, ("aa", 1))?.unwrap();
            assert!(matches!(earlier.state, HeldState::Superseded { .. }), "{earlier:?}");
            let on = Date::constant(2025, 6, 3);
            assert_eq!(release(tx, &first, ("src", "bb", on))?, 1);
            assert_eq!(release(tx, &first, ("src", "cc", on))?, 0);
            assert_eq!(held_claims(tx)?.len(), 1);
            let mut whole = held_claims(tx)?;
            whole.iter_mut().for_each(|one| one.claim_segments = Phi::default());
            assert_eq!(held_claims_listed(tx)?, whole, "a list has the same claims");
            let state = held_claim(tx, ("ab", 1))?.unwrap().state;
            let (on, file_digest) = ("2025-06-03".to_owned(), "bb".to_owned());
            assert_eq!(state, HeldState::Released { on, file_digest });
            Ok(())
        });
    }

    #[test]
    fn of_two_people_the_second_hears_who_was_first() {
        within(|tx| {
            let one = claim("P1");
            hold(tx, &holding(&one, ("aa", 1)))?;
            let on = Date::constant(2025, 6, 3);
            withdraw(tx, ("aa", 1), ("Ida Bell", on))?;
            let told = |result: Result<(), OperationsError>| result.unwrap_err().to_string();
            let second = told(withdraw(tx, ("aa", 1), ("Tom Hale", on)));
            assert!(
                second.contains("Ida Bell has withdrawn it already, on 2025-06-03"),
                "{second}"
            );
            assert!(told(withdraw(tx, ("aa", 9), ("Tom Hale", on))).contains("no such claim"));
            assert!(told(withdraw(tx, ("aa", 1), (" ", on))).contains("named person"));
            assert!(hold(tx, &holding(&one, ("aa", 2)))?);
            // A later file holds the claim; then it goes out.
            let (two, on) = (claim("P2"), Date::constant(2025, 6, 4));
            hold(tx, &holding(&two, ("aa", 3)))?;
            hold(tx, &holding(&two, ("ab", 1)))?;
            let superseded = told(withdraw(tx, ("aa", 3), ("Tom Hale", on)));
            assert!(superseded.contains("a later file brought it again"), "{superseded}");
            release(tx, &two, ("src", "bb", on))?;
            let released = told(withdraw(tx, ("ab", 1), ("Tom Hale", on)));
            assert!(released.contains("it went out corrected on 2025-06-04"), "{released}");
            let totals = tx.held_totals()?;
            let states: Vec<(&str, u64)> =
                totals.iter().map(|one| (one.state.as_str(), one.claims)).collect();
            let expected = [("held", 1), ("released", 1), ("superseded", 1), ("withdrawn", 1)];
            assert_eq!(states, expected);
            Ok::<_, OperationsError>(())
        });
    }
}
