//! A list as a page: filters, a real table with totals of the whole set, pages, selection,
//! download.

use super::list_spec::{Column, Filter, ListSpec};
use crate::server::{Context, Query, ROWS_PER_PAGE, Shared, list_query};
use crate::server::{Failure, Page, Served};
use crate::view::{ListQuery, Listing};
use maud::{Markup, html};

/// Title, question, place in the navigation, live subjects and what stands above the list.
pub(crate) struct Screen {
    /// The screen's name.
    pub title: &'static str,
    /// The one question that it answers.
    pub question: &'static str,
    /// Path of the screen in the navigation.
    pub place: &'static str,
    /// Live events that change it.
    pub live: &'static str,
    /// What stands above the list.
    pub above: Markup,
}

/// Serves a list as a page.
pub(crate) async fn serve<R: Send + 'static>(
    web: &Shared,
    context: &Context,
    spec: &'static ListSpec<R>,
    screen: Screen,
) -> Served {
    let body = draw(web, context, spec).await?;
    let body = html! { (screen.above) (body) };
    Page::new(screen.title, screen.question, screen.place, body)
        .live(screen.live)
        .serve(web, context)
        .await
}

/// The list alone, for pages that hold more.
pub(crate) async fn draw<R: Send + 'static>(
    web: &Shared,
    context: &Context,
    spec: &'static ListSpec<R>,
) -> Result<Markup, Failure> {
    let list = list_query(&context.query, &spec.filter_names(), &spec.sortable());
    let asked = list.clone();
    let listing = web.ask(context.viewer()?, move |desk, v| (spec.fetch)(desk, v, &asked)).await?;
    Ok(Drawn { context, spec, list: &list, listing: &listing }.whole())
}

struct Drawn<'d, R: 'static> {
    context: &'d Context,
    spec: &'static ListSpec<R>,
    list: &'d ListQuery,
    listing: &'d Listing<R>,
}

impl<R> Drawn<'_, R> {
    fn query(&self) -> &Query {
        &self.context.query
    }

    fn count(&self) -> u64 {
        self.listing.count.as_count().unwrap_or(0)
    }

    fn whole(&self) -> Markup {
        html! {
            section.list id="list" aria-label=(self.spec.nouns.1) {
                (self.filters())
                @if self.count() == 0 { (self.empty()) } @else {
                    form method="get" action=(self.spec.path) data-swap="list" {
                        (self.table())
                        div.under {
                            (self.selection())
                            (self.pages())
                        }
                    }
                    (self.more())
                }
            }
        }
    }

    fn filters(&self) -> Markup {
        html! {
            @if !self.spec.filters.is_empty() {
                form.filters method="get" action=(self.spec.path) role="search"
                    aria-label={ "Filter " (self.spec.nouns.1) } data-swap="list" {
                    @for filter in self.spec.filters { (self.filter(filter)) }
                    @for kept in ["sort", "columns"] {
                        @if !self.query().value(kept).is_empty() {
                            input type="hidden" name=(kept) value=(self.query().value(kept));
                        }
                    }
                    button type="submit" id="filter-go" { "Filter" }
                    @if !self.list.filters.is_empty() {
                        a.button.plain id="filter-clear" href=(self.spec.path) { "Clear" }
                    }
                }
            }
        }
    }

    fn filter(&self, filter: &Filter) -> Markup {
        let value = self.query().value(filter.name);
        let id = format!("filter-{}", filter.name);
        html! {
            div.field {
                label for=(id) { (filter.label) }
                @if filter.choices.is_empty() {
                    input id=(id) name=(filter.name) value=(value) autocomplete="off";
                } @else {
                    select id=(id) name=(filter.name) {
                        option value="" { "any" }
                        @for (choice, words) in filter.choices {
                            option value=(choice) selected[*choice == value] { (words) }
                        }
                    }
                }
            }
        }
    }

    fn empty(&self) -> Markup {
        let (_, many) = self.spec.nouns;
        html! {
            div.empty {
                @if self.list.filters.is_empty() {
                    p { (self.spec.empty) }
                } @else {
                    p { "No " (many) " " (self.spec.filter_words(self.list)) "." }
                    p { a href=(self.spec.path) { "Show all " (many) } }
                }
            }
        }
    }

    fn caption(&self) -> String {
        let (one, many) = self.spec.nouns;
        let count = self.count();
        let noun = if count == 1 { one } else { many };
        let from = self.list.offset + 1;
        let to = self.list.offset + self.listing.rows.len() as u64;
        let whole = self.listing.count.words();
        let mut caption = if count > u64::from(ROWS_PER_PAGE) {
            format!("{from} to {to} of {whole} {noun}")
        } else {
            format!("{whole} {noun}")
        };
        let filter = self.spec.filter_words(self.list);
        if !filter.is_empty() {
            caption.push(' ');
            caption.push_str(&filter);
        }
        let sorted = self.list.sort.as_ref();
        if let Some(column) = self.spec.columns.iter().find(|c| sorted.is_some_and(|s| s == c.name))
        {
            let order = if self.list.descending { "largest first" } else { "smallest first" };
            caption.push_str(&format!(", sorted by {}, {order}", column.heading.to_lowercase()));
        }
        caption
    }

    fn table(&self) -> Markup {
        let columns = self.spec.chosen(self.query());
        html! {
            div.scroll tabindex="0" role="region" aria-label=(self.caption()) {
                table.rows {
                    caption { (self.caption()) }
                    thead {
                        tr {
                            @if self.spec.id.is_some() {
                                td.pick { span.unseen { "Select" } }
                            }
                            @for column in &columns { (self.heading(column)) }
                        }
                    }
                    tbody { @for row in &self.listing.rows { (self.row(row, &columns)) } }
                    (self.totals(&columns))
                }
            }
        }
    }

    fn heading(&self, column: &Column<R>) -> Markup {
        let is_sorted = self.list.sort.as_deref() == Some(column.name);
        let order = match (is_sorted, self.list.descending) {
            (false, _) => None,
            (true, true) => Some("descending"),
            (true, false) => Some("ascending"),
        };
        // The first press gives the largest amount or the first name.
        let is_next_down = if is_sorted { !self.list.descending } else { column.is_number() };
        let sort = format!("{}{}", if is_next_down { "-" } else { "" }, column.name);
        let query = self.query().with(&[("sort", &sort), ("page", "")]);
        let mark = match order {
            Some("descending") => "▼",
            Some(_) => "▲",
            None => "",
        };
        html! {
            th scope="col" class=[column.is_number().then_some("number")] aria-sort=[order] {
                @if column.is_sortable {
                    a id={ "sort-" (column.name) } data-swap="list"
                        href={ (self.spec.path) (query) } {
                        (column.heading)
                        span.mark aria-hidden="true" { (mark) }
                    }
                } @else { (column.heading) }
            }
        }
    }

    fn row(&self, row: &R, columns: &[&Column<R>]) -> Markup {
        let mut cells = columns.iter();
        let first = cells.next();
        let name = first.map(|column| column.plain(row)).unwrap_or_default();
        html! {
            tr {
                @if let Some(id) = self.spec.id {
                    td.pick {
                        label {
                            span.unseen { "Select " (name) }
                            input type="checkbox" name="ids" value=(id(row));
                        }
                    }
                }
                @if let Some(column) = first { th scope="row" { (column.cell(row)) } }
                @for column in cells {
                    td class=[column.is_number().then_some("number")] { (column.cell(row)) }
                }
            }
        }
    }

    fn totals(&self, columns: &[&Column<R>]) -> Markup {
        if !columns.iter().any(|c| self.listing.totals.contains_key(c.name)) {
            return html! {};
        }
        html! {
            tfoot {
                tr {
                    @if self.spec.id.is_some() { td {} }
                    th scope="row" { "All " (self.listing.count) }
                    @for column in columns.iter().skip(1) {
                        td class=[column.is_number().then_some("number")] {
                            @if let Some(total) = self.listing.totals.get(column.name) { (total) }
                        }
                    }
                }
            }
        }
    }

    fn selection(&self) -> Markup {
        html! {
            @if self.spec.id.is_some() {
                p.selection {
                    button type="submit" id="show-selected" { "Count and sum of selected" }
                    " " span id="selected" role="status" {}
                }
            }
        }
    }

    fn pages(&self) -> Markup {
        let size = u64::from(ROWS_PER_PAGE);
        let (page, last) = (self.list.offset / size + 1, self.count().div_ceil(size));
        let link = |to: u64, id: &str, words: &str| {
            let to = if to == 1 { String::new() } else { to.to_string() };
            let href = format!("{}{}", self.spec.path, self.query().with(&[("page", &to)]));
            html! { a.button.plain id=(id) href=(href) data-swap="list" { (words) } }
        };
        html! {
            @if last > 1 {
                nav.pages aria-label="Pages" {
                    @if page > 1 { (link(page - 1, "page-back", "Back")) }
                    span { "Page " (page) " of " (last) }
                    @if page < last { (link(page + 1, "page-next", "Next")) }
                }
            }
        }
    }

    fn more(&self) -> Markup {
        let chosen: Vec<&str> = self.spec.chosen(self.query()).iter().map(|c| c.name).collect();
        html! {
            div.more {
                details {
                    summary { "Columns" }
                    form method="get" action=(self.spec.path) {
                        @for (name, value) in &self.query().0 {
                            @if name != "columns" { input type="hidden" name=(name) value=(value); }
                        }
                        fieldset {
                            legend { "Columns to show" }
                            @for column in self.spec.columns.iter().skip(1) {
                                label.check {
                                    input type="checkbox" name="columns" value=(column.name)
                                        checked[chosen.contains(&column.name)];
                                    " " (column.heading)
                                }
                            }
                        }
                        button type="submit" { "Show these columns" }
                    }
                }
                details {
                    summary { "Download" }
                    form method="get" action={ (self.spec.path) "/export" } {
                        @for (name, value) in &self.query().0 {
                            @if name != "purpose" && name != "page" {
                                input type="hidden" name=(name) value=(value);
                            }
                        }
                        p { "All " (self.listing.count) " " (self.spec.nouns.1)
                            " as CSV, with filter, "
                            "time, digest, count and sums at the head. The download is kept in the "
                            "audit record with its purpose." }
                        div.field {
                            label for="purpose" { "Purpose" }
                            select id="purpose" name="purpose" {
                                @for purpose in ["payment", "operations", "treatment", "audit"] {
                                    option value=(purpose) { (purpose) }
                                }
                            }
                        }
                        button type="submit" { "Download CSV" }
                    }
                }
                p.quiet { "Digest of this list: " code { (self.listing.digest) } }
            }
        }
    }
}
