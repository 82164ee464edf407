//! A list as a CSV file: every row, with a head block that says what it is and what it sums to.
//!
//! The file is written as the rows are read. When rows and head do not agree at the end, the
//! connection is cut, so that a browser keeps no file that only looks whole.

use super::list_spec::{Column, ListSpec};
use super::words::moment_words;
use crate::desk::Viewer;
use crate::server::{Context, Served, Shared, list_query};
use crate::view::{ListQuery, Listing};
use axum::body::Body;
use axum::http::Response;
use axum::http::header::{self, HeaderValue};
use counterfoil_base::spreadsheet_cell;
use futures_util::stream;

/// Rows that are read at once.
const ROWS_AT_ONCE: u32 = 1_000;

/// Serves a list as a CSV file.
pub(crate) async fn csv<R: Send + 'static>(
    web: &Shared,
    context: &Context,
    spec: &'static ListSpec<R>,
) -> Served {
    let mut list = list_query(&context.query, &spec.filter_names(), &spec.sortable());
    (list.offset, list.limit) = (0, ROWS_AT_ONCE);
    let asked = list.clone();
    let viewer = context.viewer()?.clone();
    let first = web.ask(&viewer, move |desk, v| (spec.fetch)(desk, v, &asked)).await?;
    let standing = web.ask(&viewer, |desk, v| desk.standing(v)).await?;
    let columns = spec.chosen(&context.query);
    let facts = [
        ("list", spec.nouns.1.to_owned()),
        ("organization", standing.organization),
        ("filter", spec.filter_words(&list)),
        ("as of", moment_words(first.as_of)),
        ("digest", first.digest.clone()),
        ("purpose", context.query.value("purpose").to_owned()),
        ("rows", first.count.plain()),
    ];
    let mut head = String::new();
    for (name, value) in facts {
        push_line(&mut head, [name, value.as_str()].into_iter());
    }
    for column in &columns {
        if let Some(total) = first.totals.get(column.name) {
            let (name, sum) = (format!("sum of {}", column.name), total.plain());
            push_line(&mut head, [name.as_str(), &sum].into_iter());
        }
    }
    head.push_str("\r\n");
    push_line(&mut head, columns.iter().map(|column| column.name));
    let state = Export {
        web: Shared::clone(web),
        viewer,
        spec,
        columns,
        list,
        promised: Promise::of(&first),
        written: 0,
        head: Some(head),
        next: Some(first),
    };
    let chunks = stream::unfold(state, |state| async move { state.chunk().await });
    let mut response = Response::new(Body::from_stream(chunks));
    let name = spec.path.trim_start_matches('/').replace('/', "-");
    let named = format!("attachment; filename=\"{name}.csv\"");
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    if let Ok(named) = HeaderValue::from_str(&named) {
        headers.insert(header::CONTENT_DISPOSITION, named);
    }
    Ok(response)
}

/// What the head of the file says.
#[derive(Clone, PartialEq, Eq)]
struct Promise {
    digest: String,
    count: u64,
}

impl Promise {
    fn of<R>(listing: &Listing<R>) -> Promise {
        Promise { digest: listing.digest.clone(), count: listing.count.as_count().unwrap_or(0) }
    }
}

struct Export<R: 'static> {
    web: Shared,
    viewer: Viewer,
    spec: &'static ListSpec<R>,
    columns: Vec<&'static Column<R>>,
    list: ListQuery,
    promised: Promise,
    written: u64,
    head: Option<String>,
    next: Option<Listing<R>>,
}

/// Why a file was cut.
#[derive(Debug, thiserror::Error)]
#[error("the list changed while it was written")]
struct Cut;

impl<R: Send + 'static> Export<R> {
    async fn chunk(mut self) -> Option<(Result<Vec<u8>, Cut>, Self)> {
        let listing = match self.next.take() {
            Some(listing) => listing,
            None if self.written >= self.promised.count => return None,
            None => {
                let (fetch, mut list) = (self.spec.fetch, self.list.clone());
                list.offset = self.written;
                let viewer = self.viewer.clone();
                let asked = self.web.ask(&viewer, move |desk, v| fetch(desk, v, &list));
                match asked.await {
                    Ok(listing) => listing,
                    Err(_) => return Some((Err(Cut), self)),
                }
            }
        };
        let is_same = Promise::of(&listing) == self.promised;
        if !is_same || (listing.rows.is_empty() && self.written < self.promised.count) {
            return Some((Err(Cut), self));
        }
        let mut text = self.head.take().unwrap_or_default();
        for row in &listing.rows {
            let cells: Vec<String> = self.columns.iter().map(|c| c.plain(row)).collect();
            push_line(&mut text, cells.iter().map(String::as_str));
        }
        self.written = self.written.saturating_add(listing.rows.len() as u64);
        Some((Ok(text.into_bytes()), self))
    }
}

/// One line by RFC 4180.
fn push_line<'c>(text: &mut String, cells: impl Iterator<Item = &'c str>) {
    for (at, cell) in cells.enumerate() {
        if at > 0 {
            text.push(',');
        }
        text.push_str(&quoted(cell));
    }
    text.push_str("\r\n");
}

/// A cell that no spreadsheet runs, in quotation marks where it needs them.
fn quoted(cell: &str) -> String {
    let cell = spreadsheet_cell(cell);
    if cell.contains(['"', ',', '\r', '\n']) || cell.starts_with('\'') {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_that_look_like_formulas_are_made_harmless() {
        for (cell, written) in [
            ("plain", "plain"),
            ("-12.50", "-12.50"),
            ("=cmd|' /C calc'!A0", "\"'=cmd|' /C calc'!A0\""),
            ("+1+1", "\"'+1+1\""),
            ("-1+1", "\"'-1+1\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("\tx", "\"'\tx\""),
            ("a,b", "\"a,b\""),
            ("say \"a\"", "\"say \"\"a\"\"\""),
            ("", ""),
        ] {
            assert_eq!(quoted(cell), written);
        }
    }
}
