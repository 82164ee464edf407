//! Pages of letter size that are filled from top to bottom. Lengths are integers, twentieths of a
//! point; they become points only where they are written.

use super::letters::{encoded, width};
use crate::ExportError;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use pdf_writer::{Content, Filter, Finish, Name, Pdf, Rect, Ref, Str, TextStr};
use std::io::Write;

/// Twentieths of a point.
const UNIT: i64 = 20;
const WIDTH: i64 = 612 * UNIT;
const HEIGHT: i64 = 792 * UNIT;
/// The left and the right edge of what is printed.
pub(super) const LEFT: i64 = 54 * UNIT;
pub(super) const RIGHT: i64 = WIDTH - LEFT;
const TOP: i64 = HEIGHT - 54 * UNIT;
const BOTTOM: i64 = 66 * UNIT;
const FOOT: i64 = 40 * UNIT;

/// Size, weight and shade of letters.
#[derive(Clone, Copy)]
pub(super) struct Face {
    size: i64,
    /// From one line to the next.
    pub(super) leading: i64,
    is_bold: bool,
    tint: Tint,
}

impl Face {
    pub(super) const TITLE: Face = Face::of(18, 24, true, Tint::Ink);
    pub(super) const STRONG: Face = Face::of(12, 16, true, Tint::Ink);
    pub(super) const STRONG_SMALL: Face = Face::of(9, 12, true, Tint::Ink);
    pub(super) const PLAIN: Face = Face::of(9, 12, false, Tint::Ink);
    pub(super) const QUIET: Face = Face::of(8, 11, false, Tint::Quiet);

    const fn of(size: i64, leading: i64, is_bold: bool, tint: Tint) -> Face {
        Face { size: size * UNIT, leading: leading * UNIT, is_bold, tint }
    }
}

/// Colours, each dark enough on white for small letters.
#[derive(Clone, Copy)]
pub(super) enum Tint {
    Ink,
    Quiet,
    More,
    Less,
}

impl Tint {
    /// Red, green and blue of 255.
    fn parts(self) -> [i64; 3] {
        match self {
            Tint::Ink => [20, 24, 28],
            Tint::Quiet => [85, 92, 100],
            Tint::More => [38, 104, 148],
            Tint::Less => [186, 84, 28],
        }
    }

    fn fill(self, content: &mut Content) {
        let [red, green, blue] = self.parts().map(|part| ratio(part, 255));
        content.set_fill_rgb(red, green, blue);
    }
}

/// The one place where an integer length becomes the number that a PDF holds.
#[expect(clippy::float_arithmetic, clippy::cast_precision_loss, reason = "no money, only lengths")]
fn ratio(part: i64, whole: i64) -> f32 {
    part as f32 / whole as f32
}

fn points(length: i64) -> f32 {
    ratio(length, UNIT)
}

/// A document that is being written.
pub(super) struct Paper {
    pages: Vec<(Content, String)>,
    foot: String,
    top: i64,
    lacking: u64,
}

impl Paper {
    pub(super) fn new() -> Paper {
        Paper { pages: Vec::new(), foot: String::new(), top: TOP, lacking: 0 }
    }

    /// Begins a page; this and the following ones have the foot.
    pub(super) fn begin(&mut self, foot: &str) {
        foot.clone_into(&mut self.foot);
        self.new_page();
    }

    fn new_page(&mut self) {
        self.pages.push((Content::new(), self.foot.clone()));
        self.top = TOP;
    }

    fn content(&mut self) -> &mut Content {
        if self.pages.is_empty() {
            self.new_page();
        }
        let last = self.pages.len() - 1;
        &mut self.pages[last].0
    }

    /// Where the next line begins.
    pub(super) fn top(&self) -> i64 {
        self.top
    }

    /// Goes to a new page unless so much has room on this one.
    pub(super) fn keep(&mut self, height: i64) {
        if self.top - height < BOTTOM {
            self.new_page();
        }
    }

    pub(super) fn down(&mut self, height: i64) {
        self.top -= height;
    }

    pub(super) fn gap(&mut self, height: i64) {
        self.top -= height;
    }

    pub(super) fn heading(&mut self, text: &str) {
        self.gap(200);
        self.keep(Face::STRONG.leading + 3 * Face::PLAIN.leading);
        self.line((LEFT, RIGHT), Face::STRONG, text);
        self.gap(60);
    }

    /// A text between two edges, over as many lines and pages as it takes.
    pub(super) fn line(&mut self, edges: (i64, i64), face: Face, text: &str) {
        for line in self.wrapped(edges, face, text) {
            self.keep(face.leading);
            self.at(edges.0, face, &line);
            self.down(face.leading);
        }
    }

    /// A name and, beside it, its value.
    pub(super) fn pair(&mut self, name: &str, value: &str) {
        let (left, right) = ((LEFT, LEFT + 4_000), (LEFT + 4_200, RIGHT));
        let names = self.wrapped(left, Face::QUIET, name);
        let values = self.wrapped(right, Face::PLAIN, value);
        for line in 0..names.len().max(values.len()) {
            self.keep(Face::PLAIN.leading);
            if let Some(name) = names.get(line) {
                self.at(left.0, Face::QUIET, name);
            }
            if let Some(value) = values.get(line) {
                self.at(right.0, Face::PLAIN, value);
            }
            self.down(Face::PLAIN.leading);
        }
    }

    /// The lines that a text takes between two edges; a word that is wider than they are apart is
    /// cut into pieces, so that nothing is lost.
    pub(super) fn wrapped(&mut self, edges: (i64, i64), face: Face, text: &str) -> Vec<Vec<u8>> {
        let (bytes, lacking) = encoded(text);
        self.lacking += lacking;
        let room = (edges.1 - edges.0) * 1_000 / face.size;
        let mut lines = Vec::new();
        let mut line: Vec<u8> = Vec::new();
        for word in bytes.split(|byte| *byte == b' ').filter(|word| !word.is_empty()) {
            let blank = if line.is_empty() { 0 } else { width(b" ", face.is_bold) };
            if width(&line, face.is_bold) + blank + width(word, face.is_bold) <= room {
                if !line.is_empty() {
                    line.push(b' ');
                }
                line.extend(word);
                continue;
            }
            if !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            for byte in word {
                if !line.is_empty()
                    && width(&line, face.is_bold) + width(&[*byte], face.is_bold) > room
                {
                    lines.push(std::mem::take(&mut line));
                }
                line.push(*byte);
            }
        }
        if !line.is_empty() {
            lines.push(line);
        }
        lines
    }

    /// Encoded letters from an edge on, in the line that begins at the top.
    pub(super) fn at(&mut self, left: i64, face: Face, bytes: &[u8]) {
        let base = self.top - face.size;
        let font: &[u8] = if face.is_bold { b"F2" } else { b"F1" };
        let content = self.content();
        face.tint.fill(content);
        content.begin_text();
        content.set_font(Name(font), points(face.size));
        content.next_line(points(left), points(base));
        content.show(Str(bytes));
        content.end_text();
    }

    /// A short text that ends at an edge.
    pub(super) fn right(&mut self, edge: i64, face: Face, text: &str) {
        let (bytes, lacking) = encoded(text);
        self.lacking += lacking;
        let length = width(&bytes, face.is_bold) * face.size / 1_000;
        self.at(edge - length, face, &bytes);
    }

    /// A bar in the line that begins at the top; one of no length is a thin mark.
    pub(super) fn bar(&mut self, (from, to): (i64, i64), tint: Tint) {
        let base = self.top - 10 * UNIT;
        let length = (to - from).max(UNIT / 2);
        let content = self.content();
        tint.fill(content);
        content.rect(points(from), points(base), points(length), points(9 * UNIT));
        content.fill_nonzero();
    }

    /// The line of zero beside a step, from where it began to the top.
    pub(super) fn axis(&mut self, place: i64, began: i64) {
        let (base, height) = (self.top, began - self.top);
        let content = self.content();
        Tint::Quiet.fill(content);
        content.rect(points(place), points(base), points(UNIT / 4), points(height));
        content.fill_nonzero();
    }

    /// The document.
    pub(super) fn finish(mut self, title: &str) -> Result<Vec<u8>, ExportError> {
        if self.lacking > 0 {
            let told = format!(
                "{} letters that the fonts of paper lack stand as question marks; the statement as \
                 JSON has them.",
                self.lacking
            );
            self.line((LEFT, RIGHT), Face::QUIET, &told);
        }
        // A document has at least one page.
        self.content();
        self.feet();
        self.written(title)
    }

    fn feet(&mut self) {
        let count = self.pages.len();
        let pages = std::mem::take(&mut self.pages);
        for (number, (content, foot)) in (1..).zip(pages) {
            self.pages.push((content, foot.clone()));
            self.top = FOOT;
            let (bytes, _) = encoded(&foot);
            self.at(LEFT, Face::QUIET, &bytes);
            self.right(RIGHT, Face::QUIET, &format!("page {number} of {count}"));
        }
    }

    fn written(self, title: &str) -> Result<Vec<u8>, ExportError> {
        let mut next = 0;
        let mut fresh = || {
            next += 1;
            Ref::new(next)
        };
        let (catalog, tree, plain, bold, about) = (fresh(), fresh(), fresh(), fresh(), fresh());
        let count = i32::try_from(self.pages.len()).ok().filter(|count| *count < i32::MAX / 4);
        let count = count.ok_or(ExportError::TooLong)?;
        let ids: Vec<(Ref, Ref)> = self.pages.iter().map(|_| (fresh(), fresh())).collect();
        let mut pdf = Pdf::new();
        let mut root = pdf.catalog(catalog);
        root.pages(tree).lang(TextStr("en-US"));
        root.viewer_preferences().display_doc_title(true);
        root.finish();
        pdf.document_info(about).title(TextStr(title));
        pdf.pages(tree).kids(ids.iter().map(|(page, _)| *page)).count(count);
        for (id, name) in [(plain, b"Helvetica".as_slice()), (bold, b"Helvetica-Bold")] {
            let mut font = pdf.type1_font(id);
            font.base_font(Name(name)).encoding_predefined(Name(b"WinAnsiEncoding"));
        }
        for ((id, stream), (content, _)) in ids.into_iter().zip(self.pages) {
            let mut page = pdf.page(id);
            page.parent(tree).contents(stream);
            page.media_box(Rect::new(0.0, 0.0, points(WIDTH), points(HEIGHT)));
            page.resources().fonts().pair(Name(b"F1"), plain).pair(Name(b"F2"), bold);
            page.finish();
            pdf.stream(stream, &deflated(&content.finish())?).filter(Filter::FlateDecode);
        }
        Ok(pdf.finish())
    }
}

fn deflated(bytes: &[u8]) -> Result<Vec<u8>, ExportError> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}
