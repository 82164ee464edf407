//! The query of a list in its address: filters, sorting, page and columns, so that a view is a
//! link.

use super::ROWS_PER_PAGE;
use crate::figure::encode;
use crate::view::ListQuery;
use std::collections::BTreeMap;

/// Length of a filter's value in bytes; longer ones are cut at a character.
const VALUE_BYTES_MAX: usize = 200;
/// Pages that can be asked for.
const PAGE_MAX: u64 = 1_000_000;

/// The parts of a query string, the last of a name standing for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Query(pub(crate) Vec<(String, String)>);

impl Query {
    /// Reads a query string or the body of a form.
    pub(crate) fn parse(text: &[u8]) -> Query {
        Query(form_urlencoded::parse(text).into_owned().collect())
    }

    /// The value of a name, empty when it is absent.
    pub(crate) fn value(&self, name: &str) -> &str {
        self.0.iter().rev().find(|(n, _)| n == name).map_or("", |(_, value)| value.as_str())
    }

    /// All values of a name.
    pub(crate) fn values<'q>(&'q self, name: &'q str) -> impl Iterator<Item = &'q str> {
        self.0.iter().filter(move |(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// The query string with some names replaced; an empty value removes its name.
    pub(crate) fn with(&self, changes: &[(&str, &str)]) -> String {
        let is_changed = |name: &str| changes.iter().any(|(changed, _)| *changed == name);
        let kept = self.0.iter().filter(|(n, value)| !is_changed(n) && !value.is_empty());
        let kept = kept.map(|(name, value)| (name.as_str(), value.as_str()));
        let new = changes.iter().copied().filter(|(_, value)| !value.is_empty());
        let parts: Vec<String> = kept
            .chain(new)
            .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
            .collect();
        if parts.is_empty() { String::new() } else { format!("?{}", parts.join("&")) }
    }
}

/// The list that a query asks for; only filters and columns with known names count, and `ids`,
/// the rows that a person has selected on a page.
pub(crate) fn list_query(query: &Query, filters: &[&str], sortable: &[&str]) -> ListQuery {
    let chosen: Vec<&str> = query.values("ids").filter(|id| !id.is_empty()).collect();
    let chosen = &chosen[..chosen.len().min(ROWS_PER_PAGE as usize)];
    let mut filters: BTreeMap<String, String> = filters
        .iter()
        .map(|name| ((*name).to_owned(), cut(query.value(name).trim()).to_owned()))
        .filter(|(_, value)| !value.is_empty())
        .collect();
    if !chosen.is_empty() {
        filters.insert("ids".to_owned(), chosen.join(","));
    }
    let (sort, descending) = match query.value("sort").strip_prefix('-') {
        Some(column) => (column, true),
        None => (query.value("sort"), false),
    };
    let sort = sortable.contains(&sort).then(|| sort.to_owned());
    let page = query.value("page").parse::<u64>().unwrap_or(1).clamp(1, PAGE_MAX);
    ListQuery {
        filters,
        descending: descending && sort.is_some(),
        sort,
        offset: (page - 1) * u64::from(ROWS_PER_PAGE),
        limit: ROWS_PER_PAGE,
    }
}

fn cut(value: &str) -> &str {
    let mut end = value.len().min(VALUE_BYTES_MAX);
    while !value.is_char_boundary(end) {
        end -= 1;
    }
    &value[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_becomes_a_list_of_known_names() {
        let query = Query::parse(b"state=paid&q=+&who=me&sort=-billed&page=3");
        let list = list_query(&query, &["state", "q"], &["billed"]);
        assert_eq!(list.filter_pairs(), [("state".to_owned(), "paid".to_owned())]);
        assert_eq!((list.sort.as_deref(), list.descending), (Some("billed"), true));
        assert_eq!((list.offset, list.limit), (200, 100));
        let list = list_query(&Query::parse(b"sort=-secret&page=0"), &[], &["billed"]);
        assert_eq!((list.sort, list.descending, list.offset), (None, false, 0));
        let list = list_query(&Query::parse(b"page=99999999999999999999"), &[], &[]);
        assert_eq!(list.offset, 0);
    }

    #[test]
    fn a_long_value_is_cut_at_a_character() {
        let value = "é".repeat(150);
        assert_eq!(cut(&value).chars().count(), 100);
    }

    #[test]
    fn links_replace_and_remove_names() {
        let query = Query::parse(b"state=paid&page=3&q=a%26b");
        assert_eq!(query.with(&[("page", "")]), "?state=paid&q=a%26b");
        assert_eq!(query.with(&[("state", ""), ("page", ""), ("q", "x y")]), "?q=x%20y");
        assert_eq!(Query::default().with(&[("page", "")]), "");
    }

    fn without_empty(query: &Query) -> Vec<(String, String)> {
        query.0.iter().filter(|(_, value)| !value.is_empty()).cloned().collect()
    }

    proptest::proptest! {
        #[test]
        fn any_query_is_read(text in ".*") {
            let query = Query::parse(text.as_bytes());
            let list = list_query(&query, &["q"], &["q"]);
            proptest::prop_assert!(list.offset <= PAGE_MAX * u64::from(ROWS_PER_PAGE));
            let again = query.with(&[]);
            let again = Query::parse(again.trim_start_matches('?').as_bytes());
            proptest::prop_assert_eq!(without_empty(&again), without_empty(&query));
        }
    }
}
