//! What a list is: its columns, filters and question to the desk; page and file share it.

use super::words::{figure_or, plain_or};
use crate::desk::{Answer, Desk, Viewer};
use crate::figure::Figure;
use crate::server::Query;
use crate::view::{ListQuery, Listing};
use maud::{Markup, html};

/// What a cell holds, on the page and in the file.
enum Content<R> {
    Words(fn(&R) -> String),
    Marked(fn(&R) -> Markup, fn(&R) -> String),
    Figure(fn(&R) -> Option<&Figure>),
}

/// A column, for the page and for the file.
pub(crate) struct Column<R> {
    /// Name in addresses, totals and files.
    pub name: &'static str,
    /// Heading on the page.
    pub heading: &'static str,
    /// True when the list can be sorted by it.
    pub is_sortable: bool,
    /// True when it is shown without being asked for.
    pub is_usual: bool,
    content: Content<R>,
}

impl<R> Column<R> {
    const fn new(name: &'static str, heading: &'static str, content: Content<R>) -> Column<R> {
        Column { name, heading, is_sortable: false, is_usual: true, content }
    }

    /// Plain words.
    pub(crate) const fn words(
        name: &'static str,
        heading: &'static str,
        words: fn(&R) -> String,
    ) -> Column<R> {
        Column::new(name, heading, Content::Words(words))
    }

    /// A cell of its own on the page, and words in the file.
    pub(crate) const fn marked(
        name: &'static str,
        heading: &'static str,
        cell: fn(&R) -> Markup,
        plain: fn(&R) -> String,
    ) -> Column<R> {
        Column::new(name, heading, Content::Marked(cell, plain))
    }

    /// A figure, aligned to the right; a dash when there is none yet.
    pub(crate) const fn figure(
        name: &'static str,
        heading: &'static str,
        figure: fn(&R) -> Option<&Figure>,
    ) -> Column<R> {
        Column::new(name, heading, Content::Figure(figure)).sortable()
    }

    /// The list can be sorted by it.
    pub(crate) const fn sortable(mut self) -> Column<R> {
        self.is_sortable = true;
        self
    }

    /// The list cannot be sorted by it.
    pub(crate) const fn fixed(mut self) -> Column<R> {
        self.is_sortable = false;
        self
    }

    /// It is shown only when asked for.
    pub(crate) const fn on_demand(mut self) -> Column<R> {
        self.is_usual = false;
        self
    }

    /// True for figures.
    pub(crate) fn is_number(&self) -> bool {
        matches!(self.content, Content::Figure(_))
    }

    /// The cell of the page.
    pub(crate) fn cell(&self, row: &R) -> Markup {
        match self.content {
            Content::Words(words) => html! { (words(row)) },
            Content::Marked(cell, _) => cell(row),
            Content::Figure(figure) => figure_or(figure(row), "not known yet"),
        }
    }

    /// The cell of the file.
    pub(crate) fn plain(&self, row: &R) -> String {
        match self.content {
            Content::Words(words) | Content::Marked(_, words) => words(row),
            Content::Figure(figure) => plain_or(figure(row)),
        }
    }
}

/// A filter of a list.
pub(crate) struct Filter {
    /// Name in addresses.
    pub name: &'static str,
    /// What it is called.
    pub label: &'static str,
    /// The values to choose from with their words; any words when there are none.
    pub choices: &'static [(&'static str, &'static str)],
}

/// How the desk is asked.
pub(crate) type Fetch<R> = fn(&dyn Desk, &Viewer, &ListQuery) -> Answer<Listing<R>>;

/// A list.
pub(crate) struct ListSpec<R: 'static> {
    /// Its address.
    pub path: &'static str,
    /// One and many of its rows, in words.
    pub nouns: (&'static str, &'static str),
    /// Its columns, the first of which names the row.
    pub columns: &'static [Column<R>],
    /// Its filters.
    pub filters: &'static [Filter],
    /// How the desk is asked.
    pub fetch: Fetch<R>,
    /// Opaque id of a row, when rows can be selected.
    pub id: Option<fn(&R) -> &str>,
    /// What is said when there is nothing at all.
    pub empty: &'static str,
}

impl<R> ListSpec<R> {
    /// Names of the filters.
    pub(crate) fn filter_names(&self) -> Vec<&'static str> {
        self.filters.iter().map(|filter| filter.name).collect()
    }

    /// Names of the columns that can be sorted by.
    pub(crate) fn sortable(&self) -> Vec<&'static str> {
        self.columns.iter().filter(|c| c.is_sortable).map(|c| c.name).collect()
    }

    /// The columns that an address asks for; the usual ones when it asks for none that exist.
    pub(crate) fn chosen(&self, query: &Query) -> Vec<&'static Column<R>> {
        let wanted: Vec<&str> = query.values("columns").flat_map(|v| v.split(',')).collect();
        let is_wanted = |c: &&Column<R>| wanted.contains(&c.name);
        let is_usual = |c: &&Column<R>| c.is_usual;
        let mut columns = self.columns.iter();
        // The first names the row and is always there.
        let first = columns.next();
        let rest: Vec<&'static Column<R>> = if self.columns.iter().any(|c| wanted.contains(&c.name))
        {
            columns.filter(is_wanted).collect()
        } else {
            columns.filter(is_usual).collect()
        };
        first.into_iter().chain(rest).collect()
    }

    /// The filter in words: `where state is paid and any word is smith`; empty without one.
    pub(crate) fn filter_words(&self, list: &ListQuery) -> String {
        let mut parts: Vec<String> = Vec::new();
        for (name, value) in &list.filters {
            if name == "ids" {
                parts.push(format!("{} are selected", value.split(',').count()));
                continue;
            }
            let Some(filter) = self.filters.iter().find(|filter| filter.name == name) else {
                continue;
            };
            let said = filter.choices.iter().find(|(choice, _)| choice == value);
            let value = said.map_or(value.as_str(), |(_, words)| words);
            parts.push(format!("{} is {value}", filter.label.to_lowercase()));
        }
        if parts.is_empty() { String::new() } else { format!("where {}", parts.join(" and ")) }
    }
}
