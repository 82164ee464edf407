//! Pictures of a contract drawn on the server: waterfall, distribution, lines with bands. Each has
//! a title, a description and its data as a table; no meaning lies in colour alone.

use crate::figure::{Figure, Scale};
use maud::{Markup, html};

/// Width of every drawing, and where a plot begins and how wide and high it is.
const WIDTH: u32 = 640;
const LEFT: u32 = 120;
const ACROSS: u32 = 500;
const TOP: u32 = 16;
const DOWN: u32 = 190;
/// Height of a bar's row in a waterfall, where its bars begin, and how long they are.
const ROW: u32 = 30;
const BARS_LEFT: u32 = 250;
const BARS_ACROSS: u32 = 250;
/// Characters of a label beside a bar.
const LABEL_CHARACTERS: usize = 34;

/// A bar of a waterfall.
pub(crate) struct FlowBar<'b> {
    /// What does it.
    pub label: &'b str,
    /// What it adds.
    pub amount: &'b Figure,
    /// Where the sum stands after it.
    pub level: &'b Figure,
}

/// A waterfall from the first amount to the last sum. The table beside it is the caller's, because
/// it says more than the picture.
pub(crate) fn waterfall(
    (id, title, says): (&str, &str, &str),
    bars: &[FlowBar<'_>],
    total: Option<&Figure>,
) -> Markup {
    if bars.is_empty() {
        return html! {};
    }
    let scale = Scale::over(bars.iter().map(|bar| bar.level).chain(total));
    let rows = u32::try_from(bars.len()).unwrap_or(u32::MAX / ROW - 2) + u32::from(total.is_some());
    let zero = BARS_LEFT + scale.zero(BARS_ACROSS);
    let ends: Vec<u32> =
        bars.iter().map(|bar| BARS_LEFT + scale.place(bar.level, BARS_ACROSS)).collect();
    let starts = std::iter::once(zero).chain(ends.iter().copied());
    let placed = (0u32..).zip(bars).zip(starts.zip(ends.iter().copied()));
    html! {
        figure.chart {
            p.name { (title) }
            div.scroll tabindex="0" role="region" aria-label=(title) {
                svg role="img" viewBox={ "0 0 " (WIDTH) " " (rows * ROW + 8) }
                    aria-labelledby={ (id) "-title " (id) "-desc" } {
                    title id={ (id) "-title" } { (title) }
                    desc id={ (id) "-desc" } { (says) }
                    line.axis x1=(zero) x2=(zero) y1="0" y2=(rows * ROW + 4) {}
                    @for ((at, bar), (before, after)) in placed {
                        @let y = at * ROW;
                        @let (start, end) = (before.min(after), before.max(after));
                        text x=(BARS_LEFT - 12) y=(y + 20) text-anchor="end" {
                            (shorten(bar.label)) }
                        rect class=(if after < before { "bar reduction" } else { "bar" })
                            x=(start) y=(y + 6) width=((end - start).max(1)) height="18" {}
                        @if at + 1 < rows {
                            line.step x1=(after) x2=(after) y1=(y + 24) y2=(y + ROW + 6) {}
                        }
                        text.value x=(WIDTH - 4) y=(y + 20) text-anchor="end" {
                            (signed(bar.amount, at > 0)) }
                    }
                    @if let Some(total) = total {
                        @let y = (rows - 1) * ROW;
                        @let end = BARS_LEFT + scale.place(total, BARS_ACROSS);
                        text.strong x=(BARS_LEFT - 12) y=(y + 20) text-anchor="end" { "Payment" }
                        rect.bar.total x=(zero.min(end)) y=(y + 6)
                            width=(zero.abs_diff(end).max(1)) height="18" {}
                        text.value.strong x=(WIDTH - 4) y=(y + 20) text-anchor="end" {
                            (total.words()) }
                    }
                }
            }
        }
    }
}

/// What a bar adds, with its sign.
fn signed(amount: &Figure, is_step: bool) -> String {
    let words = amount.words();
    if is_step && !words.starts_with('\u{2212}') { format!("+{words}") } else { words }
}

/// A bar of a distribution: its ends and how many fall between them.
pub(crate) struct Bin<'b> {
    /// The least amount.
    pub from: &'b Figure,
    /// The end, which belongs to the next bar.
    pub to: &'b Figure,
    /// How many.
    pub draws: &'b Figure,
}

/// A distribution, with its mean and zero marked, and its bars as a table.
pub(crate) fn histogram(
    (id, title, says): (&str, &str, &str),
    bins: &[Bin<'_>],
    mean: &Figure,
) -> Markup {
    let (Some(first), Some(last)) = (bins.first(), bins.last()) else { return html! {} };
    let high = Scale::over(bins.iter().map(|bin| bin.draws));
    let wide = Scale::between(bins.iter().flat_map(|bin| [bin.from, bin.to]));
    let across = |figure: &Figure| LEFT + wide.place(figure, ACROSS);
    let (zero, middle, floor) = (LEFT + wide.zero(ACROSS), across(mean), TOP + DOWN);
    let most = bins.iter().fold(first.draws, |most, bin| most.larger(bin.draws));
    html! {
        figure.chart {
            p.name { (title) }
            div.scroll tabindex="0" role="region" aria-label=(title) {
                svg role="img" viewBox={ "0 0 " (WIDTH) " " (floor + 52) }
                    aria-labelledby={ (id) "-title " (id) "-desc" } {
                    title id={ (id) "-title" } { (title) }
                    desc id={ (id) "-desc" } { (says) }
                    text.value x=(LEFT - 10) y=(TOP + 8) text-anchor="end" {
                        (most.words()) " years" }
                    text.value x=(LEFT - 10) y=(floor) text-anchor="end" { "0" }
                    line.grid x1=(LEFT) x2=(LEFT + ACROSS) y1=(TOP) y2=(TOP) {}
                    @for bin in bins {
                        @let (start, end) = (across(bin.from), across(bin.to));
                        @let height = high.place(bin.draws, DOWN);
                        @let is_loss = is_loss(bin, (start, zero, end));
                        rect class=(if is_loss { "bar reduction" } else { "bar" })
                            x=(start) y=(floor - height)
                            width=(end.saturating_sub(start).saturating_sub(2).max(2))
                            height=(height) {}
                    }
                    line.axis x1=(LEFT) x2=(LEFT + ACROSS) y1=(floor) y2=(floor) {}
                    @if wide.has_zero() {
                        line.axis x1=(zero) x2=(zero) y1=(TOP) y2=(floor + 6) {}
                    }
                    line.mean x1=(middle) x2=(middle) y1=(TOP) y2=(floor + 6) {}
                    text x=(inside(middle)) y=(floor + 22) text-anchor="middle" {
                        "mean " (mean.words()) }
                    @if wide.has_zero() && zero.abs_diff(LEFT + 90) > 110
                        && zero.abs_diff(LEFT + ACROSS) > 110 {
                        text.value x=(zero) y=(floor + 42) text-anchor="middle" { "0.00" }
                    }
                    text.value x=(LEFT) y=(floor + 42) text-anchor="middle" { (first.from.words()) }
                    text.value x=(LEFT + ACROSS) y=(floor + 42) text-anchor="end" {
                        (last.to.words()) }
                }
            }
            details {
                summary { "Data of this picture" }
                div.scroll tabindex="0" role="region" aria-label={ "Data: " (title) } {
                    table.rows.small {
                        caption { (title) }
                        thead { tr {
                            th.number scope="col" { "From" } th.number scope="col" { "Below" }
                            th.number scope="col" { "Years" }
                        } }
                        tbody {
                            @for bin in bins {
                                tr { th.number scope="row" { (bin.from) } td.number { (bin.to) }
                                    td.number { (bin.draws) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// True for a bar of losses: one of which the larger part lies below zero.
fn is_loss(bin: &Bin<'_>, (start, zero, end): (u32, u32, u32)) -> bool {
    let below = zero.saturating_sub(start);
    bin.from.is_negative() && (bin.to.is_negative() || below >= end.saturating_sub(zero))
}

/// A place for the middle of a text, so that the text stays inside the drawing.
fn inside(place: u32) -> u32 {
    place.clamp(LEFT, LEFT + ACROSS - 70)
}

/// A line of a picture.
pub(crate) struct Series<'s> {
    /// What it shows.
    pub name: &'s str,
    /// Its values, one for each place.
    pub points: Vec<Point<'s>>,
}

/// A value of a line, with the band in which the true one lies.
pub(crate) struct Point<'s> {
    /// The value.
    pub value: &'s Figure,
    /// Lower and upper end of its band.
    pub band: Option<(&'s Figure, &'s Figure)>,
}

/// Lines over the same places, told apart by their dashes, marks and names.
pub(crate) fn lines(
    (id, title, says): (&str, &str, &str),
    (axis, places): (&str, &[Markup]),
    series: &[Series<'_>],
) -> Markup {
    let values = || series.iter().flat_map(|one| &one.points);
    let ends = values().flat_map(|point| point.band.map(|(low, high)| [low, high]));
    let scale = Scale::over(values().map(|point| point.value).chain(ends.flatten()));
    let Some(first) = values().next() else { return html! {} };
    let last = places.len().saturating_sub(1).max(1);
    let x = |at: usize| LEFT + 8 + u32::try_from(at * 400 / last).unwrap_or(400);
    let y = |figure: &Figure| TOP + DOWN - scale.place(figure, DOWN);
    let zero = TOP + DOWN - scale.zero(DOWN);
    let (least, most) = values().fold((first.value, first.value), |(least, most), point| {
        let is_below = scale.place(point.value, 1000) < scale.place(least, 1000);
        let is_above = scale.place(point.value, 1000) > scale.place(most, 1000);
        (if is_below { point.value } else { least }, if is_above { point.value } else { most })
    });
    html! {
        figure.chart {
            p.name { (title) }
            div.scroll tabindex="0" role="region" aria-label=(title) {
                svg role="img" viewBox={ "0 0 " (WIDTH) " " (TOP + DOWN + 44) }
                    aria-labelledby={ (id) "-title " (id) "-desc" } {
                    title id={ (id) "-title" } { (title) }
                    desc id={ (id) "-desc" } { (says) }
                    @for figure in [least, most] {
                        line.grid x1=(LEFT) x2=(LEFT + 416) y1=(y(figure)) y2=(y(figure)) {}
                        text.value x=(LEFT - 10) y=(y(figure) + 4) text-anchor="end" {
                            (figure.words()) }
                    }
                    line.axis x1=(LEFT) x2=(LEFT + 416) y1=(zero) y2=(zero) {}
                    @if y(least).abs_diff(zero) > 14 && y(most).abs_diff(zero) > 14 {
                        text.value x=(LEFT - 10) y=(zero + 4) text-anchor="end" { "0" }
                    }
                    @for (number, one) in series.iter().enumerate() {
                        (line(number, one, &x, &y))
                    }
                    @for (at, place) in [(0, places.first()), (places.len() - 1, places.last())] {
                        text.value x=(x(at)) y=(TOP + DOWN + 20) text-anchor="middle" {
                            @if let Some(place) = place { (plain(place)) } }
                    }
                    text.value x=(LEFT + 208) y=(TOP + DOWN + 38) text-anchor="middle" { (axis) }
                }
            }
            (legend(series))
            (data_of(title, (axis, places), series))
        }
    }
}

/// The text of a place, without the link that it is in a table.
fn plain(place: &Markup) -> String {
    let mut text = String::new();
    let mut is_tag = false;
    for character in place.0.chars() {
        match character {
            '<' => is_tag = true,
            '>' => is_tag = false,
            other if !is_tag => text.push(other),
            _ => {}
        }
    }
    text
}

fn line(
    number: usize,
    one: &Series<'_>,
    x: &dyn Fn(usize) -> u32,
    y: &dyn Fn(&Figure) -> u32,
) -> Markup {
    let at = |(at, point): (usize, &Point<'_>)| format!("{},{}", x(at), y(point.value));
    let path: Vec<String> = one.points.iter().enumerate().map(at).collect();
    let bands = || one.points.iter().enumerate().filter_map(|(at, p)| Some((at, p.band?)));
    let upper = bands().map(|(at, (_, high))| format!("{},{}", x(at), y(high)));
    let mut band: Vec<String> = upper.collect();
    let mut lower: Vec<String> =
        bands().map(|(at, (low, _))| format!("{},{}", x(at), y(low))).collect();
    lower.reverse();
    band.extend(lower);
    let class = if number == 0 { "first" } else { "second" };
    html! {
        @if !band.is_empty() { polygon class={ "band " (class) } points=(band.join(" ")) {} }
        polyline class={ "line " (class) } points=(path.join(" ")) {}
        @for (at, point) in one.points.iter().enumerate() { (mark(number, x(at), y(point.value))) }
    }
}

/// A circle for the first line, a square for the second.
fn mark(number: usize, x: u32, y: u32) -> Markup {
    html! {
        @if number == 0 { circle.mark.first cx=(x) cy=(y) r="4" {} }
        @else { rect.mark.second x=(x.saturating_sub(4)) y=(y.saturating_sub(4)) width="8"
            height="8" {} }
    }
}

fn legend(series: &[Series<'_>]) -> Markup {
    html! {
        figcaption.legend {
            @for (number, one) in series.iter().enumerate() {
                @let class = if number == 0 { "first" } else { "second" };
                span {
                    svg.key viewBox="0 0 40 12" aria-hidden="true" {
                        line class={ "line " (class) } x1="0" x2="40" y1="6" y2="6" {}
                        (mark(number, 20, 6))
                    }
                    (one.name)
                }
            }
        }
    }
}

fn data_of(title: &str, (axis, places): (&str, &[Markup]), series: &[Series<'_>]) -> Markup {
    html! {
        details {
            summary { "Data of this picture" }
            div.scroll tabindex="0" role="region" aria-label={ "Data: " (title) } {
                table.rows.small {
                    caption { (title) }
                    thead { tr {
                        th scope="col" { (axis) }
                        @for one in series {
                            th.number scope="col" { (one.name) }
                            @if one.points.iter().any(|point| point.band.is_some()) {
                                th.number scope="col" { "from" } th.number scope="col" { "to" }
                            }
                        }
                    } }
                    tbody {
                        @for (at, place) in places.iter().enumerate() {
                            tr {
                                th scope="row" { (place) }
                                @for point in series.iter().filter_map(|one| one.points.get(at)) {
                                    td.number { (point.value) }
                                    @if let Some((low, high)) = point.band {
                                        td.number { (low) } td.number { (high) }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A label that fits beside its bar; the table holds it whole.
fn shorten(label: &str) -> String {
    if label.chars().count() <= LABEL_CHARACTERS {
        return label.to_owned();
    }
    let kept: String = label.chars().take(LABEL_CHARACTERS - 1).collect();
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::FigureAddress;
    use counterfoil_base::Cents;

    fn money(name: &str, cents: i64) -> Figure {
        Figure::money(Cents(cents), FigureAddress::new("settlement", "s1", name))
    }

    /// The parts of a drawing with their places, without its texts.
    fn shapes(drawing: &str) -> String {
        let tags = drawing.split('<').filter_map(|rest| rest.split('>').next());
        let is_shape = |tag: &&str| {
            ["rect", "line ", "polyline", "polygon", "circle"].iter().any(|s| tag.starts_with(s))
        };
        tags.filter(is_shape).collect::<Vec<&str>>().join("\n")
    }

    #[test]
    fn bars_of_a_waterfall_begin_where_the_one_before_ends() {
        let steps =
            [("benchmark", 1_000, 1_000), ("expenditure", -600, 400), ("limit", -500, -100)];
        let figures: Vec<(Figure, Figure)> =
            steps.iter().map(|(name, by, to)| (money(name, *by), money("level", *to))).collect();
        let bars: Vec<FlowBar<'_>> = steps
            .iter()
            .zip(&figures)
            .map(|((label, _, _), (amount, level))| FlowBar { label, amount, level })
            .collect();
        let total = money("total", -100);
        let drawing = waterfall(("w", "Bridge", "From benchmark to payment"), &bars, Some(&total));
        let drawing = drawing.into_string();
        insta::assert_snapshot!(shapes(&drawing), @r#"
        line class="axis" x1="272" x2="272" y1="0" y2="124"
        rect class="bar" x="272" y="6" width="228" height="18"
        line class="step" x1="500" x2="500" y1="24" y2="36"
        rect class="bar reduction" x="363" y="36" width="137" height="18"
        line class="step" x1="363" x2="363" y1="54" y2="66"
        rect class="bar reduction" x="250" y="66" width="113" height="18"
        line class="step" x1="250" x2="250" y1="84" y2="96"
        rect class="bar total" x="250" y="96" width="22" height="18"
        "#);
        assert!(drawing.contains("<title id=\"w-title\">Bridge</title>"));
        assert!(drawing.contains(">\u{2212}6.00<"), "{drawing}");
        assert_eq!(waterfall(("n", "", ""), &[], None).into_string(), "");
    }

    #[test]
    fn a_distribution_marks_zero_and_mean_and_has_its_table() {
        let ends: Vec<Figure> = [-200, -100, 0, 100].map(|cents| money("end", cents)).into();
        let draws: Vec<Figure> =
            [2, 6, 4].map(|n| Figure::count(n, FigureAddress::new("sim", "s", "bin"))).into();
        let bins: Vec<Bin<'_>> = (0..3)
            .map(|at| Bin { from: &ends[at], to: &ends[at + 1], draws: &draws[at] })
            .collect();
        let mean = money("mean", -35);
        let drawing = histogram(("h", "Gain", "Years by gain"), &bins, &mean).into_string();
        insta::assert_snapshot!(shapes(&drawing), @r#"
        line class="grid" x1="120" x2="620" y1="16" y2="16"
        rect class="bar reduction" x="120" y="143" width="164" height="63"
        rect class="bar reduction" x="286" y="16" width="165" height="190"
        rect class="bar" x="453" y="80" width="165" height="126"
        line class="axis" x1="120" x2="620" y1="206" y2="206"
        line class="axis" x1="453" x2="453" y1="16" y2="212"
        line class="mean" x1="395" x2="395" y1="16" y2="212"
        "#);
        assert_eq!(drawing.matches("<a class=\"figure").count(), 9, "each cell opens");
        assert_eq!(histogram(("n", "", ""), &[], &mean).into_string(), "");
    }

    #[test]
    fn lines_differ_by_more_than_colour() {
        let figures: Vec<Figure> = [0, 50, 100, 10].map(|cents| money("p", cents)).into();
        let point = |at: usize, band| Point { value: &figures[at], band };
        let series = [
            Series { name: "paid", points: vec![point(0, None), point(2, None)] },
            Series {
                name: "owes",
                points: vec![
                    point(1, Some((&figures[3], &figures[2]))),
                    point(1, Some((&figures[0], &figures[2]))),
                ],
            },
        ];
        let places = [html! { "5,000" }, html! { a href="/x" { "10,000" } }];
        let drawing = lines(("l", "Luck", "By size"), ("people", &places), &series).into_string();
        insta::assert_snapshot!(shapes(&drawing), @r#"
        line class="grid" x1="120" x2="536" y1="206" y2="206"
        line class="grid" x1="120" x2="536" y1="16" y2="16"
        line class="axis" x1="120" x2="536" y1="206" y2="206"
        polyline class="line first" points="128,206 528,16"
        circle class="mark first" cx="128" cy="206" r="4"
        circle class="mark first" cx="528" cy="16" r="4"
        polygon class="band second" points="128,16 528,16 528,206 128,187"
        polyline class="line second" points="128,111 528,111"
        rect class="mark second" x="124" y="107" width="8" height="8"
        rect class="mark second" x="524" y="107" width="8" height="8"
        line class="line first" x1="0" x2="40" y1="6" y2="6"
        circle class="mark first" cx="20" cy="6" r="4"
        line class="line second" x1="0" x2="40" y1="6" y2="6"
        rect class="mark second" x="16" y="2" width="8" height="8"
        "#);
        assert!(drawing.contains("text-anchor=\"middle\">10,000</text>"));
        assert_eq!(lines(("n", "", ""), ("", &[]), &[]).into_string(), "");
    }
}
