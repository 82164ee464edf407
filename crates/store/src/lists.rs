//! Lists for people: keys of the rows that a filter leaves, page by page, and totals over all.
//!
//! A page is found by the key of the row before it (keyset), so that the last page of a million
//! rows costs what the first one does. Every statement is put together from the fixed words
//! below; values are always bound.

use crate::connection::Transaction;
use crate::error::{DatabaseError, StoreError};
use crate::value::Bind;
use counterfoil_base::Cents;

/// A list that people page through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ListName {
    /// A payer's claims, the newest first. Keys: `claim_id`, claim control number.
    PayerClaims,
    /// A payer's claims that wait for a person, the most money first. Keys as above.
    PayerWork,
    /// A provider's billings. Keys: billing provider, patient control number, version.
    Receivables,
    /// A provider's denied and underpaid billings, the most money first. Keys as above.
    ReceivableWork,
    /// Payments, and bank movements without one, the newest first. Keys: `835` with trace
    /// number, payer identifier and payee; or `bank`, the movement's key and two empty ones.
    Payments,
    /// Payments and movements that wait for a person, the most money first. Keys as above.
    PaymentWork,
    /// Entries of the books, the newest first. Key: `entry_id`.
    Entries,
    /// The audit record, the newest row first. Key: `event_id`.
    Audit,
    /// Files in and out, the newest first. Keys: `in`, digest; or `out`, name.
    Files,
}

/// Which rows of a list are wanted.
#[derive(Clone, Debug, Default)]
pub struct ListPage {
    /// Filters by name; a name that the list does not know leaves no row.
    pub filters: Vec<(String, String)>,
    /// Keys of the rows that a person has chosen; all when absent.
    pub chosen: Option<Vec<Vec<String>>>,
    /// Column to sort by and whether the largest comes first; the list's own order when absent.
    pub sort: Option<(String, bool)>,
    /// Keys of the row before the first one wanted, in the list's own order.
    pub after: Option<Vec<String>>,
    /// Rows to skip behind that.
    pub offset: u64,
    /// Rows wanted at most.
    pub limit: u32,
}

/// What a list comes to over every row that the filter leaves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListTotals {
    /// How many rows.
    pub count: u64,
    /// Sums of the list's amounts, in the order of [`ListName::sums`].
    pub sums: Vec<Cents>,
    /// Changes with the rows: their number, sums and states, and the highest key.
    pub marks: Vec<String>,
}

/// Claims of a file and their charges, by state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileSums {
    /// The state's word.
    pub state: String,
    /// How many.
    pub claims: u64,
    /// Sum of charges.
    pub charge_cents: Cents,
}

/// The filter that leaves what is shared with the partner of a relationship, by its number.
/// Lists that do not know it share nothing.
pub const SHARED_WITH: &str = "shared_with";

/// How a list is asked for.
struct Spec {
    from: &'static str,
    keys: &'static [&'static str],
    order: &'static str,
    after: &'static str,
    sums: &'static [(&'static str, &'static str)],
    group: &'static str,
    filters: &'static [(&'static str, &'static str)],
    sorts: &'static [(&'static str, &'static str)],
}

const CLAIM_SUMS: &[(&str, &str)] = &[
    ("billed", "charge_cents"),
    ("allowed", "CASE WHEN state IN ('approved', 'denied', 'paid') THEN allowed_cents ELSE 0 END"),
    (
        "patient_share",
        "CASE WHEN state IN ('approved', 'denied', 'paid') THEN patient_cents ELSE 0 END",
    ),
    ("paid", "CASE WHEN state IN ('approved', 'denied', 'paid') THEN paid_cents ELSE 0 END"),
];
const PAYMENTS: &str = include_str!("../sql/queries/list_payments.sql");
const FILES: &str = include_str!("../sql/queries/list_files.sql");

const PAYER_CLAIMS: Spec = Spec {
    from: "claim",
    keys: &["claim_id", "claim_control_number"],
    order: "claim_id DESC",
    after: "claim_id < CAST(? AS BIGINT)",
    sums: CLAIM_SUMS,
    group: "state",
    filters: &[
        ("state", "state = ?"),
        (
            "q",
            "(claim_control_number = ? OR patient_control_number = ? OR billing_provider = ? \
               OR instr(lower(reason), lower(?)) > 0)",
        ),
        (SHARED_WITH, "relationship_id = CAST(? AS BIGINT)"),
    ],
    sorts: &[
        ("number", "claim_control_number"),
        ("service_from", "service_from"),
        ("standing", "state"),
        ("billed", "charge_cents"),
        ("allowed", "allowed_cents"),
        ("patient_share", "patient_cents"),
        ("paid", "paid_cents"),
    ],
};
const RECEIVABLES: Spec = Spec {
    from: "receivable",
    keys: &["billing_provider", "patient_control_number", "version"],
    order: "billing_provider, patient_control_number, version",
    after: "(billing_provider, patient_control_number, version) > (?, ?, CAST(? AS BIGINT))",
    sums: &[
        ("billed", "charge_cents"),
        (
            "allowed",
            "CASE WHEN state IN ('paid', 'patient owes', 'denied') \
                     THEN paid_cents + patient_cents ELSE 0 END",
        ),
        (
            "patient_share",
            "CASE WHEN state IN ('paid', 'patient owes', 'denied') \
                           THEN patient_cents ELSE 0 END",
        ),
        (
            "paid",
            "CASE WHEN state IN ('paid', 'patient owes', 'denied') \
                  THEN paid_cents ELSE 0 END",
        ),
    ],
    group: "state",
    filters: &[
        ("state", "state = ?"),
        (
            "q",
            "(patient_control_number = ? OR claim_control_number = ? OR billing_provider = ? \
               OR payer_id = ?)",
        ),
        (
            SHARED_WITH,
            "twin_subject IN (SELECT subject FROM twin_claim \
               WHERE relationship_id = CAST(? AS BIGINT))",
        ),
    ],
    sorts: &[
        ("number", "patient_control_number"),
        ("service_from", "billed_on"),
        ("standing", "state"),
        ("billed", "charge_cents"),
        ("allowed", "paid_cents + patient_cents"),
        ("patient_share", "patient_cents"),
        ("paid", "paid_cents"),
    ],
};

impl ListName {
    fn spec(self) -> Spec {
        match self {
            ListName::PayerClaims => PAYER_CLAIMS,
            ListName::PayerWork => Spec {
                from: "(SELECT * FROM claim WHERE state = 'pended') AS waiting",
                order: "charge_cents DESC, claim_id",
                after: "",
                sums: &[("worth", "charge_cents")],
                ..PAYER_CLAIMS
            },
            ListName::Receivables => RECEIVABLES,
            ListName::ReceivableWork => Spec {
                from: "(SELECT * FROM receivable WHERE state = 'denied' OR \
                       (state IN ('paid', 'patient owes') AND paid_cents < expected_cents)) \
                       AS waiting",
                order: "CASE WHEN state = 'denied' THEN charge_cents \
                        ELSE expected_cents - paid_cents END DESC, \
                        billing_provider, patient_control_number, version",
                after: "",
                sums: &[(
                    "worth",
                    "CASE WHEN state = 'denied' THEN charge_cents \
                                   ELSE expected_cents - paid_cents END",
                )],
                ..RECEIVABLES
            },
            ListName::Payments => payments(PAYMENTS),
            ListName::PaymentWork => Spec {
                from: include_str!("../sql/queries/list_payment_work.sql"),
                order: "abs(leftover_cents) DESC, kind, key1, key2, key3",
                sums: &[("worth", "leftover_cents")],
                ..payments(PAYMENTS)
            },
            ListName::Entries => ENTRIES,
            ListName::Audit => AUDIT,
            ListName::Files => FILE_LIST,
        }
    }

    /// Names of the amounts that the list sums.
    pub fn sums(self) -> impl Iterator<Item = &'static str> {
        self.spec().sums.iter().map(|(name, _)| *name)
    }
}

const fn payments(from: &'static str) -> Spec {
    Spec {
        from,
        keys: &["kind", "key1", "key2", "key3"],
        order: "day DESC, kind, key1, key2, key3",
        after: "",
        sums: &[
            ("bank", "bank_cents"),
            ("remitted", "remitted_cents"),
            ("posted", "posted_cents"),
            ("leftover", "leftover_cents"),
        ],
        group: "match_outcome",
        filters: &[
            ("outcome", "outcome = ?"),
            ("q", "(instr(lower(key1), lower(?)) > 0 OR instr(lower(partner), lower(?)) > 0)"),
            (
                SHARED_WITH,
                "kind = '835' AND EXISTS (SELECT 1 FROM twin_partner_identifier AS known \
                   WHERE known.relationship_id = CAST(? AS BIGINT) \
                   AND known.identifier IN (key3, payer_id))",
            ),
        ],
        sorts: &[
            ("trace", "key1"),
            ("partner", "partner"),
            ("paid_on", "day"),
            ("bank", "bank_cents"),
            ("remitted", "remitted_cents"),
            ("posted", "posted_cents"),
            ("leftover", "leftover_cents"),
        ],
    }
}

const ENTRIES: Spec = Spec {
    from: "ledger_entry",
    keys: &["entry_id"],
    order: "entry_id DESC",
    after: "entry_id < CAST(? AS BIGINT)",
    sums: &[(
        "amount",
        "(SELECT COALESCE(SUM(amount_cents), 0) FROM ledger_posting AS posting \
              WHERE posting.entry_id = ledger_entry.entry_id AND amount_cents > 0)",
    )],
    group: "rule",
    filters: &[
        ("account", "entry_id IN (SELECT entry_id FROM ledger_posting WHERE account = ?)"),
        (
            "q",
            "(idempotency_key = ? OR instr(lower(rule), lower(?)) > 0 \
               OR instr(lower(memo), lower(?)) > 0)",
        ),
    ],
    sorts: &[("day", "effective_on")],
};
const AUDIT: Spec = Spec {
    from: "audit_event",
    keys: &["event_id"],
    order: "event_id DESC",
    after: "event_id < CAST(? AS BIGINT)",
    sums: &[],
    group: "action",
    filters: &[
        ("account", "account = ?"),
        ("subject", "instr(subject, ?) > 0"),
        ("purpose", "purpose = ?"),
        ("action", "action = ?"),
        ("until", "event_id <= CAST(? AS BIGINT)"),
    ],
    sorts: &[("at", "at"), ("account", "account"), ("subject", "subject")],
};
const FILE_LIST: Spec = Spec {
    from: FILES,
    keys: &["way", "id"],
    order: "at DESC, way, id",
    after: "",
    sums: &[],
    group: "standing",
    filters: &[
        ("way", "way = ?"),
        ("standing", "standing = ?"),
        ("q", "(instr(lower(name), lower(?)) > 0 OR id = ?)"),
        (
            SHARED_WITH,
            "EXISTS (SELECT 1 FROM twin_event WHERE relationship_id = CAST(? AS BIGINT) \
               AND subject = 'file/' || digest AND twin_event.kind = 'file.sent')",
        ),
    ],
    sorts: &[("name", "name"), ("kind", "kind"), ("at", "at")],
};

/// A WHERE clause and what it binds; nothing when no row can be meant.
fn restricted(spec: &Spec, page: &ListPage) -> Option<(String, Vec<String>)> {
    let (mut clauses, mut values): (Vec<String>, Vec<String>) = Default::default();
    for (name, value) in &page.filters {
        let (_, clause) = spec.filters.iter().find(|(known, _)| known == name)?;
        values.extend(std::iter::repeat_n(value.clone(), clause.matches('?').count()));
        clauses.push((*clause).to_owned());
    }
    if let Some(chosen) = &page.chosen {
        let one: Vec<String> =
            spec.keys.iter().map(|key| format!("CAST({key} AS TEXT) = ?")).collect();
        let fits = |keys: &&Vec<String>| keys.len() == spec.keys.len();
        let rows: Vec<&Vec<String>> = chosen.iter().filter(fits).collect();
        if rows.is_empty() {
            return None;
        }
        let any = vec![format!("({})", one.join(" AND ")); rows.len()];
        clauses.push(format!("({})", any.join(" OR ")));
        values.extend(rows.into_iter().flatten().cloned());
    }
    let clause = if clauses.is_empty() { String::new() } else { clauses.join(" AND ") };
    Some((clause, values))
}

/// The statement of a page and what it binds; nothing when no row can be meant.
fn page_statement(spec: &Spec, page: &ListPage) -> Option<(String, Vec<String>)> {
    let (clause, mut values) = restricted(spec, page)?;
    let mut clauses: Vec<&str> =
        Some(clause.as_str()).filter(|c| !c.is_empty()).into_iter().collect();
    let sort = page.sort.as_ref().and_then(|(name, descending)| {
        let (_, column) = spec.sorts.iter().find(|(known, _)| known == name)?;
        Some((*column, *descending))
    });
    if let (None, Some(after)) = (sort, &page.after)
        && !spec.after.is_empty()
    {
        clauses.push(spec.after);
        let wanted = spec.after.matches('?').count();
        values.extend(after.iter().take(wanted).cloned());
    }
    let order = match sort {
        Some((column, true)) => format!("{column} DESC, {}", spec.order),
        Some((column, false)) => format!("{column}, {}", spec.order),
        None => spec.order.to_owned(),
    };
    let keys: Vec<String> = spec.keys.iter().map(|key| format!("CAST({key} AS TEXT)")).collect();
    let filter = match clauses.is_empty() {
        true => String::new(),
        false => format!(" WHERE {}", clauses.join(" AND ")),
    };
    let (keys, from) = (keys.join(", "), spec.from);
    let (limit, offset) = (page.limit, page.offset);
    let sql = include_str!("../sql/queries/list_page.sql")
        .replace("{keys}", &keys)
        .replace("{from}", from)
        .replace("{filter}", &filter)
        .replace("{order}", &order)
        .replace("{limit}", &limit.to_string())
        .replace("{offset}", &offset.to_string());
    Some((sql, values))
}

fn bound(values: &[String]) -> Vec<&dyn Bind> {
    values.iter().map(|value| value as &dyn Bind).collect()
}

impl Transaction<'_> {
    /// Keys of the rows of a page, in its order.
    pub fn list_keys(
        &self,
        list: ListName,
        page: &ListPage,
    ) -> Result<Vec<Vec<String>>, StoreError> {
        let spec = list.spec();
        let Some((sql, values)) = page_statement(&spec, page) else { return Ok(Vec::new()) };
        let count = spec.keys.len();
        self.rows(&sql, &bound(&values), |row| (0..count).map(|at| row.get(at)).collect())
    }

    /// Count and sums over every row that the filter leaves.
    pub fn list_totals(&self, list: ListName, page: &ListPage) -> Result<ListTotals, StoreError> {
        let spec = list.spec();
        let mut totals =
            ListTotals { sums: vec![Cents::ZERO; spec.sums.len()], ..ListTotals::default() };
        let Some((clause, values)) = restricted(&spec, page) else { return Ok(totals) };
        let sums: Vec<String> = spec
            .sums
            .iter()
            .map(|(_, sum)| format!(", CAST(COALESCE(SUM({sum}), 0) AS BIGINT)"))
            .collect();
        let filter = if clause.is_empty() { String::new() } else { format!(" WHERE {clause}") };
        let (group, key, from) = (spec.group, spec.keys[0], spec.from);
        let sql = include_str!("../sql/queries/list_totals.sql")
            .replace("{group}", group)
            .replace("{key}", key)
            .replace("{sums}", &sums.concat())
            .replace("{from}", from)
            .replace("{filter}", &filter);
        let groups = self.rows(&sql, &bound(&values), |row| {
            let amounts: Result<Vec<i64>, DatabaseError> =
                (0..spec.sums.len()).map(|at| row.get(at + 3)).collect();
            Ok((row.get::<String>(0)?, row.get::<i64>(1)?, row.get::<String>(2)?, amounts?))
        })?;
        for (word, count, highest, amounts) in groups {
            totals.count = totals.count.saturating_add(count.unsigned_abs());
            for (sum, amount) in totals.sums.iter_mut().zip(&amounts) {
                let too_large = || StoreError::NotFound("a sum of the list is too large".into());
                *sum = sum.checked_add(Cents(*amount)).ok_or_else(too_large)?;
            }
            totals.marks.push(format!("{word}/{count}/{highest}/{amounts:?}"));
        }
        Ok(totals)
    }

    /// Claims of a file by state: a payer's as taken in, a provider's as billed.
    pub fn file_sums(&self, digest: &str, of_payer: bool) -> Result<Vec<FileSums>, StoreError> {
        let select = match of_payer {
            true => include_str!("../sql/queries/file_sums_payer.sql"),
            false => include_str!("../sql/queries/file_sums_provider.sql"),
        };
        self.rows(select, &[&digest], |row| {
            Ok(FileSums {
                state: row.get(0)?,
                claims: row.get::<i64>(1)?.unsigned_abs(),
                charge_cents: Cents(row.get(2)?),
            })
        })
    }

    /// The control number of the interchange that a file held first; empty when none is known.
    pub fn control_number_of(&self, digest: &str) -> Result<String, StoreError> {
        let select = include_str!("../sql/queries/interchange_of_file.sql");
        Ok(self.first(select, &[&digest], |row| row.get(0))?.unwrap_or_default())
    }

    /// Keys of the 835s in a file.
    pub fn remittances_of_file(&self, digest: &str) -> Result<Vec<[String; 3]>, StoreError> {
        let select = include_str!("../sql/queries/remittance_of_file.sql");
        self.rows(select, &[&digest], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?]))
    }

    /// The bank's movement with a key.
    pub fn bank_entry(&self, key: &str) -> Result<Option<crate::BankRow>, StoreError> {
        let select = include_str!("../sql/queries/bank_by_key.sql");
        self.first(select, &[&key], crate::bank::read_bank)
    }

    /// The bank's movements that were matched to the 835s of a trace.
    pub fn bank_entries_of(&self, trace: &str) -> Result<Vec<crate::BankRow>, StoreError> {
        let select = include_str!("../sql/queries/bank_by_trace.sql");
        self.rows(select, &[&trace], crate::bank::read_bank)
    }

    /// Claims that an 835 of the payer reports, with what it pays for each, up to `limit`.
    pub fn claims_of_payment(
        &self,
        trace: &str,
        limit: u32,
    ) -> Result<Vec<(String, Cents)>, StoreError> {
        let select = include_str!("../sql/queries/claim_of_payment.sql");
        self.rows(select, &[&trace, &limit], |row| Ok((row.get(0)?, Cents(row.get(1)?))))
    }

    /// Answers of an 835, up to `limit`: billing provider, control number, paid.
    pub fn answers_of_payment(
        &self,
        [trace, payer_identifier, payee_key]: [&str; 3],
        limit: u32,
    ) -> Result<Vec<(String, String, Cents)>, StoreError> {
        let select = include_str!("../sql/queries/answer_of_payment.sql");
        self.rows(select, &[&trace, &payer_identifier, &payee_key, &limit], |row| {
            Ok((row.get(0)?, row.get(1)?, Cents(row.get(2)?)))
        })
    }

    /// Sum of what an 835 pays for claims, as posted.
    pub fn posted_of_payment(
        &self,
        [trace, payer_identifier, payee_key]: [&str; 3],
    ) -> Result<(u64, Cents), StoreError> {
        let select = include_str!("../sql/queries/answer_sum.sql");
        let found = self.first(select, &[&trace, &payer_identifier, &payee_key], |row| {
            Ok((row.get::<i64>(0)?.unsigned_abs(), Cents(row.get(1)?)))
        })?;
        Ok(found.unwrap_or((0, Cents::ZERO)))
    }

    /// The number in this database of a payer's claim, by its control number.
    pub fn claim_id(&self, claim_control_number: &str) -> Result<Option<i64>, StoreError> {
        let select = include_str!("../sql/queries/claim_id.sql");
        self.first(select, &[&claim_control_number], |row| row.get(0))
    }

    /// The key of an entry of the books, by its number.
    pub fn entry_key(&self, entry_id: i64) -> Result<Option<String>, StoreError> {
        let select = include_str!("../sql/queries/ledger_entry_key.sql");
        self.first(select, &[&entry_id], |row| row.get(0))
    }

    /// The number of an entry of the books and the key of its reversal, by its key.
    pub fn entry_number(&self, key: &str) -> Result<Option<(i64, String)>, StoreError> {
        let select = include_str!("../sql/queries/ledger_entry_number.sql");
        self.first(select, &[&key], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// How the statement behind a page is carried out, for tests.
    #[cfg(test)]
    fn plan(&self, sql: &str, values: &[String]) -> String {
        let explain = format!("EXPLAIN QUERY PLAN {sql}");
        let steps = self.rows(&explain, &bound(values), |row| row.get(3));
        let steps: Vec<String> = steps.unwrap_or_default();
        steps.join("; ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Store;
    use crate::connection::of_test;
    use counterfoil_samples::Database;

    counterfoil_samples::on_both_databases!(every_list_filter_and_order_is_a_statement);

    const ALL: [ListName; 9] = [
        ListName::PayerClaims,
        ListName::PayerWork,
        ListName::Receivables,
        ListName::ReceivableWork,
        ListName::Payments,
        ListName::PaymentWork,
        ListName::Entries,
        ListName::Audit,
        ListName::Files,
    ];

    fn every_list_filter_and_order_is_a_statement(database: &Database) {
        let mut store = of_test(database);
        let story: Result<(), StoreError> = store.read("lists", |tx| {
            for list in ALL {
                let spec = list.spec();
                let sorts = spec.sorts.iter().map(|(name, _)| Some(*name)).chain([None]);
                for sort in sorts {
                    let filters =
                        spec.filters.iter().map(|(n, _)| ((*n).to_owned(), "x'\"".to_owned()));
                    let page = ListPage {
                        filters: filters.collect(),
                        chosen: Some(vec![vec!["1".to_owned(); spec.keys.len()]; 3]),
                        sort: sort.map(|name| (name.to_owned(), true)),
                        after: Some(vec!["1".to_owned(); spec.keys.len()]),
                        offset: 100,
                        limit: 100,
                    };
                    assert_eq!(tx.list_keys(list, &page)?, Vec::<Vec<String>>::new(), "{list:?}");
                    assert_eq!(tx.list_totals(list, &page)?.count, 0);
                }
                let unknown = ListPage {
                    filters: vec![("1=1 --".to_owned(), "x".to_owned())],
                    ..ListPage::default()
                };
                assert_eq!(tx.list_keys(list, &unknown)?.len(), 0);
            }
            Ok(())
        });
        story.unwrap();
    }

    /// Lists that are sorted anew for each page, and what is read for it.
    const SORTED: &[(ListName, &str)] = &[
        (ListName::PayerWork, "what waits for a person, by a partial index"),
        (ListName::ReceivableWork, "what waits for a person, by a partial index"),
        (ListName::Payments, "every payment, and movements without one"),
        (ListName::PaymentWork, "every payment and movement, for those that wait"),
        (ListName::Files, "every file that came or went"),
    ];

    #[test]
    fn pages_are_found_by_their_keys() {
        let mut store = Store::open_in_memory().unwrap();
        let sorted: Result<Vec<ListName>, StoreError> = store.read("plans", |tx| {
            let mut sorted = Vec::new();
            for list in ALL {
                let spec = list.spec();
                for after in [None, Some(vec!["1".to_owned(); spec.keys.len()])] {
                    let is_next = after.is_some();
                    let page = ListPage { after, limit: 100, ..ListPage::default() };
                    let (sql, values) = page_statement(&spec, &page).unwrap();
                    let plan = tx.plan(&sql, &values);
                    assert!(!plan.is_empty(), "{sql}");
                    if plan.contains("TEMP B-TREE") {
                        sorted.push(list);
                    } else {
                        let is_found = plan.starts_with("SEARCH ") && plan.contains("USING ");
                        assert!(is_found || !is_next, "{list:?}: {plan}");
                    }
                }
            }
            sorted.dedup();
            Ok(sorted)
        });
        let named: Vec<ListName> = SORTED.iter().map(|(list, _)| *list).collect();
        assert_eq!(sorted.unwrap(), named);
    }
}
