//! Lists: the page that is asked for, and totals over the whole filtered set, kept at hand while
//! nothing changes.

use crate::book::{Book, Story, row, rule};
use crate::guest::guest_of;
use crate::office::{OfficeDesk, lock, trouble};
use crate::seal::hex;
use counterfoil_base::Cents;
use counterfoil_store::{ListName, ListPage, ListTotals, SHARED_WITH, Store, Transaction};
use counterfoil_web::view::{ListQuery, Listing, SourceRow, Target};
use counterfoil_web::{Answer, Figure, FigureAddress, Viewer};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

type Filters = Vec<(String, String)>;

/// Totals by list and filter, and the keys after which pages begin, of one state of the database.
#[derive(Default)]
pub(crate) struct Kept {
    stamp: i64,
    pub(crate) totals: BTreeMap<(ListName, Filters), ListTotals>,
    pub(crate) after: BTreeMap<(ListName, Filters, u64), Vec<String>>,
}

/// A list under its name in addresses.
pub(crate) struct Named {
    pub(crate) name: &'static str,
    pub(crate) list: ListName,
    /// Kind of id of its rows.
    pub(crate) kind: &'static str,
    /// Columns whose totals are shown; each is a sum of the list.
    pub(crate) totals: &'static [&'static str],
}

impl OfficeDesk {
    fn page(&self, viewer: &Viewer, named: &Named, query: &ListQuery) -> ListPage {
        let mut filters = query.filter_pairs();
        if let Some(relationship) = guest_of(viewer) {
            filters.push((SHARED_WITH.to_owned(), relationship.to_string()));
        }
        let ids = filters.iter().position(|(name, _)| name == "ids").map(|at| filters.remove(at).1);
        let chosen = ids.map(|ids| {
            let opened =
                ids.split(',').filter_map(|id| crate::seal::open(&self.secret, named.kind, id));
            opened.collect()
        });
        ListPage {
            filters,
            chosen,
            sort: query.sort.clone().map(|column| (column, query.descending)),
            after: None,
            offset: query.offset,
            limit: query.limit,
        }
    }

    fn is_kept_current(&self, tx_stamp: i64) {
        let mut kept = lock(&self.totals);
        if kept.stamp != tx_stamp {
            *kept = Kept { stamp: tx_stamp, ..Kept::default() };
        }
        kept.room();
    }

    /// Keys of the page, found from the row before it when that is known.
    fn page_keys(
        &self,
        tx: &Transaction<'_>,
        named: &Named,
        page: &mut ListPage,
    ) -> Answer<Vec<Vec<String>>> {
        let can_follow = page.sort.is_none() && page.chosen.is_none();
        let at = |offset: u64| (named.list, page.filters.clone(), offset);
        let wanted = page.offset;
        if can_follow {
            let kept = lock(&self.totals);
            let first = (named.list, page.filters.clone(), 0);
            let before = kept.after.range(first..=at(wanted)).next_back();
            if let Some(((_, _, offset), keys)) = before {
                page.after = Some(keys.clone());
                page.offset = wanted.saturating_sub(*offset);
            }
        }
        let keys = tx.list_keys(named.list, page).map_err(|error| trouble(&error))?;
        if can_follow
            && let Some(last) = keys.last()
            && keyset(named.list)
        {
            let next = wanted.saturating_add(keys.len() as u64);
            let key = (named.list, page.filters.clone(), next);
            lock(&self.totals).after.insert(key, last.clone());
        }
        Ok(keys)
    }

    /// The list; `read` makes a row of its keys and says its amounts by column for the totals'
    /// explanation, with where it leads.
    pub(crate) fn listing<R>(
        &self,
        tx: &Transaction<'_>,
        (viewer, query, named): (&Viewer, &ListQuery, &Named),
        book: &mut Book,
        mut read: impl FnMut(&[String], &mut Book) -> Answer<Option<Shown<R>>>,
    ) -> Answer<Listing<R>> {
        let mut page = self.page(viewer, named, query);
        let key = (named.list, page.filters.clone());
        let known = page.chosen.is_none().then(|| lock(&self.totals).totals.get(&key).cloned());
        let totals = match known.flatten() {
            Some(totals) => totals,
            None => {
                let totals = tx.list_totals(named.list, &page).map_err(|error| trouble(&error))?;
                if page.chosen.is_none() {
                    lock(&self.totals).totals.insert(key, totals.clone());
                }
                totals
            }
        };
        let mut shown = Vec::new();
        for keys in self.page_keys(tx, named, &mut page)? {
            shown.extend(read(&keys, book)?);
        }
        let address = |name: &str| {
            FigureAddress::new("list", named.name, name).filtered(query.filter_pairs())
        };
        let told = |column: Option<&str>, sum: Option<Cents>| Story {
            sentence: match column {
                Some(_) => "The sum over every row that the filter leaves; the first are below.",
                None => "Counted over every row that the filter leaves; the first are below.",
            }
            .to_owned(),
            formula: format!("over {} rows", totals.count),
            rule: rule("list", "the list's own definition in the store"),
            rows: shown.iter().filter_map(|one| one.source(column)).collect(),
            row_count: Some(totals.count),
            row_sum: sum,
            ..Story::default()
        };
        let sums: BTreeMap<&str, Cents> =
            named.list.sums().zip(totals.sums.iter().copied()).collect();
        let mut figures = BTreeMap::new();
        for column in named.totals.iter().copied() {
            let sum = sums.get(column).copied().unwrap_or(Cents::ZERO);
            figures.insert(column, book.money(sum, address(column), told(Some(column), Some(sum))));
        }
        let count = book.count(totals.count, address("count"), told(None, None));
        let digest = digest(named.name, &page.filters, page.chosen.as_deref(), &totals);
        let rows = shown.into_iter().map(|one| one.row).collect();
        Ok(Listing { rows, count, totals: figures, as_of: viewer.at, digest })
    }

    /// An empty list, for who may see nothing of it.
    pub(crate) fn nothing<R>(
        &self,
        (viewer, query): (&Viewer, &ListQuery),
        named: &Named,
        book: &mut Book,
    ) -> Listing<R> {
        let story =
            || Story::stated("You may see no row of this list.", "access table", "own rule");
        let address = |name: &str| {
            FigureAddress::new("list", named.name, name).filtered(query.filter_pairs())
        };
        let totals = named.totals.iter().copied();
        let totals =
            totals.map(|name| (name, book.money(Cents::ZERO, address(name), story()))).collect();
        let count = book.count(0, address("count"), story());
        let digest = digest(named.name, &[], None, &ListTotals::default());
        Listing { rows: Vec::new(), count, totals, as_of: viewer.at, digest }
    }

    /// Forgets the totals of a list that this desk has changed itself.
    pub(crate) fn forget_totals(&self, list: ListName) {
        let mut kept = lock(&self.totals);
        kept.totals.retain(|(known, _), _| *known != list);
        kept.after.retain(|(known, _, _), _| *known != list);
    }

    /// Forgets totals when the database has changed: anything but the audit of who looked.
    pub(crate) fn refresh(&self) -> Answer<()> {
        self.refresh_from(&lock(&self.audit_store))
    }

    /// The same unless an event is just being kept; the next one to look finds the change. For
    /// what stands on every page, which nobody should wait for the disk for.
    pub(crate) fn refresh_if_idle(&self) -> Answer<()> {
        match self.audit_store.try_lock() {
            Ok(store) => self.refresh_from(&store),
            Err(_) => Ok(()),
        }
    }

    fn refresh_from(&self, audit_store: &Store) -> Answer<()> {
        let stamp = audit_store.change_stamp().map_err(|error| trouble(&error))?;
        self.is_kept_current(stamp);
        Ok(())
    }
}

/// True for lists whose pages are found from the row before them.
fn keyset(list: ListName) -> bool {
    matches!(
        list,
        ListName::PayerClaims | ListName::Receivables | ListName::Entries | ListName::Audit
    )
}

/// A row of a list with what it adds to totals.
pub(crate) struct Shown<R> {
    pub(crate) row: R,
    pub(crate) what: String,
    pub(crate) target: Option<Target>,
    pub(crate) amounts: Vec<(&'static str, Figure)>,
}

impl<R> Shown<R> {
    /// The row at the source of a total; without a column, of the count.
    fn source(&self, column: Option<&str>) -> Option<SourceRow> {
        let Some(column) = column else {
            return Some(SourceRow {
                what: self.what.clone(),
                target: self.target.clone(),
                amount: None,
            });
        };
        let (_, figure) = self.amounts.iter().find(|(name, _)| *name == column)?;
        Some(row(&self.what, self.target.clone(), figure))
    }
}

fn digest(
    name: &str,
    filters: &[(String, String)],
    chosen: Option<&[Vec<String>]>,
    totals: &ListTotals,
) -> String {
    let mut hash = Sha256::new();
    hash.update(name);
    hash.update(format!("{filters:?}{chosen:?}{:?}", totals.marks));
    hex(&hash.finalize()[..8])
}
