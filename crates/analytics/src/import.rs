//! Files into the lake: rows that can be read go into their table, others are kept aside with
//! their line and reason, and the record says what became of every one.

mod cells;
mod columns;
mod faults;
mod rows;

pub(crate) use columns::{data_type, properties, schema};

use crate::dictionary::{Stage, Table, tables};
use crate::error::LakeError;
use crate::folder::{ImportRecord, LakeFolder, part_of};
use cells::{Cell, parse_cell};
use columns::TableWriter;
use counterfoil_base::Finding;
use faults::{RowFault, Tally};
use rows::{NoMoreRows, RawRow, Rows};
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

/// What is added to rows kept aside; passed over when they are imported again.
const ASIDE_COLUMNS: [&str; 3] = ["aside_line", "aside_code", "aside_column"];

/// What the person who imports says about a file.
#[derive(Clone, Debug, Default)]
pub struct ImportOptions {
    /// Name of the table; empty to tell it by the columns.
    pub table: Option<String>,
    /// The `data_source` of rows that do not name one.
    pub data_source: Option<String>,
}

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Imported {
    /// Its rows are in the lake now.
    New,
    /// The same bytes were imported before; nothing was changed.
    Before,
    /// Nothing of it is in the lake; a finding says why.
    Refused,
}

/// What became of a file, and what was found in it.
#[derive(Clone, Debug)]
pub struct ImportReport {
    /// Name of the file, without its folder.
    pub file: String,
    /// What became of it.
    pub outcome: Imported,
    /// What the import did; empty when the file was refused.
    pub record: Option<ImportRecord>,
    /// The first findings of each code; `position.segment` is the line.
    pub findings: Vec<Finding>,
}

/// Puts the rows of a file into the lake. `progress` is told how many rows were read.
///
/// # Errors
/// The file cannot be opened, the lake cannot be written, or another process writes into it.
pub fn import_file(
    folder: &LakeFolder,
    path: &Path,
    options: &ImportOptions,
    progress: &mut dyn FnMut(u64),
) -> Result<ImportReport, LakeError> {
    let _held = folder.hold()?;
    let file = path.file_name().map(|name| name.to_string_lossy().into_owned());
    let file = file.unwrap_or_default();
    let (sha256, bytes) = digest(path)?;
    let import: String = sha256.chars().take(16).collect();
    if let Some(record) = folder.import(&import)? {
        let findings = Vec::new();
        return Ok(ImportReport {
            file,
            outcome: Imported::Before,
            record: Some(record),
            findings,
        });
    }
    let refused = |finding| {
        Ok(ImportReport {
            file: file.clone(),
            outcome: Imported::Refused,
            record: None,
            findings: vec![finding],
        })
    };
    let mut rows = match Rows::open(path) {
        Ok(rows) => rows,
        Err(reason) => return refused(faults::damaged(None, &reason)),
    };
    let table = match table_of(&rows.header, &file, options) {
        Ok(table) => table,
        Err(finding) => return refused(*finding),
    };
    let origin = Origin { file: &file, import: &import, sha256: &sha256, bytes };
    let header = std::mem::take(&mut rows.header);
    let layout = Layout::new(table, &header, options, &origin);
    let mut run = Run::new(folder, &layout)?;
    match run.take_all(&mut rows, progress) {
        Ok(()) => {}
        Err(Stopped::File(reason)) => {
            let line = run.last_line;
            run.abandon();
            return refused(faults::damaged(Some(line), &reason));
        }
        Err(Stopped::Lake(error)) => {
            run.abandon();
            return Err(error);
        }
    }
    let (record, findings) = run.keep()?;
    Ok(ImportReport { file, outcome: Imported::New, record: Some(record), findings })
}

/// SHA-256 and size of a file.
fn digest(path: &Path) -> Result<(String, u64), LakeError> {
    let failed = LakeError::file("read", path);
    let mut file = File::open(path).map_err(failed)?;
    let mut block = vec![0; 1 << 18];
    let (mut hasher, mut bytes) = (Sha256::new(), 0);
    loop {
        let read = file.read(&mut block).map_err(failed)?;
        if read == 0 {
            break;
        }
        bytes += read as u64;
        hasher.update(block.get(..read).unwrap_or_default());
    }
    Ok((hex(&hasher.finalize()), bytes))
}

/// Bytes of a digest as people write them.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The table that is named, or the one whose columns the file has most of.
fn table_of(
    header: &[String],
    file: &str,
    options: &ImportOptions,
) -> Result<&'static Table, Box<Finding>> {
    if let Some(twice) = repeated(header) {
        return Err(Box::new(faults::column_repeated(twice)));
    }
    let has = |name: &String| {
        header.contains(name) || (name == "data_source" && options.data_source.is_some())
    };
    let inputs = || tables().iter().filter(|table| table.stage == Stage::Input);
    if let Some(name) = &options.table {
        let named = inputs().find(|table| table.name == name);
        let table = named.ok_or_else(|| Box::new(faults::table_unknown(name)))?;
        return required_of(table, has);
    }
    let known = |table: &Table| header.iter().filter(|name| table.column(name).is_some()).count();
    let closeness = |table: &&Table| (file.starts_with(table.name), known(table));
    // Most of the columns must be the table's: person_id alone is in every table.
    let is_close = |table: &&Table| known(table) * 2 > header.len();
    let fits = |table: &&Table| table.required.iter().all(has);
    if let Some(table) = inputs().filter(is_close).filter(fits).max_by_key(closeness) {
        return Ok(table);
    }
    let closest = inputs().filter(is_close).max_by_key(closeness);
    closest.map_or_else(|| Err(Box::new(faults::no_table_fits())), |table| required_of(table, has))
}

/// The table, when the file has every column that it needs.
fn required_of(
    table: &'static Table,
    has: impl Fn(&String) -> bool,
) -> Result<&'static Table, Box<Finding>> {
    let missing = table.required.iter().filter(|name| !has(name));
    let missing: Vec<&str> = missing.map(String::as_str).collect();
    if missing.is_empty() {
        return Ok(table);
    }
    Err(Box::new(faults::columns_required(table.name, &missing)))
}

fn repeated(header: &[String]) -> Option<&str> {
    let mut seen = std::collections::HashSet::new();
    header.iter().find(|name| !seen.insert(*name)).map(String::as_str)
}

/// Where the rows of an import come from.
struct Origin<'a> {
    file: &'a str,
    import: &'a str,
    sha256: &'a str,
    bytes: u64,
}

/// Where a column of the file goes.
enum Place {
    Column(usize),
    Extra,
    /// Columns that an earlier import added to a file of rows kept aside.
    Ours,
}

/// How the columns of a file become those of its table.
struct Layout<'a> {
    table: &'static Table,
    header: &'a [String],
    places: Vec<Place>,
    required: Vec<usize>,
    data_source: Option<(usize, &'a str)>,
    origin: &'a Origin<'a>,
}

impl<'a> Layout<'a> {
    fn new(
        table: &'static Table,
        header: &'a [String],
        options: &'a ImportOptions,
        origin: &'a Origin<'a>,
    ) -> Layout<'a> {
        let at = |name: &str| table.columns.iter().position(|column| column.name == name);
        let place = |name: &String| match at(name) {
            _ if ASIDE_COLUMNS.contains(&name.as_str()) => Place::Ours,
            // Where a row came from is told by the import, never by the file.
            Some(index) if index < table.own_columns().len() => Place::Column(index),
            _ => Place::Extra,
        };
        let data_source = options.data_source.as_deref();
        Layout {
            table,
            header,
            places: header.iter().map(place).collect(),
            required: table.required.iter().filter_map(|name| at(name)).collect(),
            data_source: data_source.and_then(|name| Some((at("data_source")?, name))),
            origin,
        }
    }

    /// The cells of a row in the order of the table; `extra` is what has no column.
    fn read<'row>(
        &'row self,
        row: &'row RawRow,
        extra: &'row str,
    ) -> Result<Vec<Cell<'row>>, RowFault> {
        let mut cells = vec![Cell::Empty; self.table.columns.len()];
        for ((place, text), number) in self.places.iter().zip(&row.cells).zip(0..) {
            let Place::Column(index) = place else { continue };
            let text = std::str::from_utf8(text).map_err(|_| RowFault::not_utf8(number))?;
            let kind = self.table.columns.get(*index).map(|column| column.kind);
            let Some((kind, cell)) = kind.zip(cells.get_mut(*index)) else { continue };
            *cell = parse_cell(kind, text).map_err(|_| RowFault::unreadable(number, kind))?;
        }
        if let Some((index, name)) = self.data_source
            && let Some(cell @ Cell::Empty) = cells.get_mut(index)
        {
            *cell = Cell::Text(name);
        }
        if let Some(index) = self.required.iter().find(|at| cells.get(**at) == Some(&Cell::Empty)) {
            let name = self.table.columns.get(*index).map_or("", |column| column.name.as_str());
            return Err(RowFault::empty(name));
        }
        let line = Cell::Integer(i64::try_from(row.line).unwrap_or(i64::MAX));
        let extra = if extra.is_empty() { Cell::Empty } else { Cell::Text(extra) };
        let origin = [Cell::Text(self.origin.file), line, Cell::Text(self.origin.import), extra];
        let first = cells.len() - origin.len();
        cells.splice(first.., origin);
        Ok(cells)
    }

    /// What the row has beyond the columns of the table, as JSON; empty when nothing.
    fn extra(&self, row: &RawRow) -> Result<String, RowFault> {
        let (wanted, found) = (self.header.len(), row.cells.len());
        let surplus = row.cells.iter().skip(wanted).any(|cell| !cell.is_empty());
        if found < wanted || surplus {
            return Err(RowFault::other_length(wanted, found, row.lines));
        }
        let mut extra = serde_json::Map::new();
        for ((place, name), text) in self.places.iter().zip(self.header).zip(&row.cells) {
            if matches!(place, Place::Extra) && !text.is_empty() {
                let text = String::from_utf8_lossy(text).into_owned();
                extra.insert(name.clone(), text.into());
            }
        }
        let is_empty = extra.is_empty();
        Ok(if is_empty { String::new() } else { serde_json::Value::Object(extra).to_string() })
    }
}

/// Why an import stops.
enum Stopped {
    File(NoMoreRows),
    Lake(LakeError),
}

/// One import at work.
struct Run<'a> {
    folder: &'a LakeFolder,
    layout: &'a Layout<'a>,
    writer: TableWriter<BufWriter<File>>,
    rows_path: PathBuf,
    aside_path: PathBuf,
    aside: Option<csv::Writer<File>>,
    tally: Tally,
    rows: u64,
    loaded: u64,
    last_line: u64,
}

impl<'a> Run<'a> {
    fn new(folder: &'a LakeFolder, layout: &'a Layout<'a>) -> Result<Run<'a>, LakeError> {
        let rows_path = folder.rows_of(layout.table.name, layout.origin.import);
        let part = part_of(&rows_path);
        let failed = LakeError::file("write", &part);
        fs::create_dir_all(part.parent().unwrap_or(folder.root())).map_err(failed)?;
        let sink = BufWriter::new(File::create(&part).map_err(failed)?);
        let writer = TableWriter::new(layout.table, sink)
            .map_err(|cause| failed(io::Error::other(cause)))?;
        Ok(Run {
            folder,
            layout,
            writer,
            aside_path: folder.aside_of(layout.origin.import),
            rows_path,
            aside: None,
            tally: Tally::default(),
            rows: 0,
            loaded: 0,
            last_line: 1,
        })
    }

    fn take_all(&mut self, rows: &mut Rows, progress: &mut dyn FnMut(u64)) -> Result<(), Stopped> {
        let mut row = RawRow::default();
        loop {
            match rows.next(&mut row) {
                Ok(()) => {}
                Err(NoMoreRows::End) => return Ok(()),
                Err(damaged) => return Err(Stopped::File(damaged)),
            }
            self.rows += 1;
            self.last_line = row.line;
            self.take(&row).map_err(Stopped::Lake)?;
            if self.rows.is_multiple_of(8192) {
                progress(self.rows);
            }
        }
    }

    fn take(&mut self, row: &RawRow) -> Result<(), LakeError> {
        let layout = self.layout;
        let extra = layout.extra(row);
        let cells = match &extra {
            Ok(extra) => layout.read(row, extra),
            Err(fault) => Err(fault.clone()),
        };
        match cells {
            Ok(cells) => {
                self.tally.note_rounded(layout.table, &cells, row.line);
                let written = self.writer.push(cells.into_iter());
                written.map_err(|cause| self.failed(&self.rows_path)(io::Error::other(cause)))?;
                self.loaded += 1;
                Ok(())
            }
            Err(fault) => self.keep_aside(row, &fault),
        }
    }

    fn failed(&self, path: &Path) -> impl Fn(io::Error) -> LakeError + use<> {
        let path = path.to_owned();
        move |cause| LakeError::File { doing: "write", path: path.clone(), cause }
    }

    /// Adds a row to the file of rows kept aside, which can be mended and imported.
    fn keep_aside(&mut self, row: &RawRow, fault: &RowFault) -> Result<(), LakeError> {
        let failed = self.failed(&self.aside_path);
        let header = self.layout.header;
        if self.aside.is_none() {
            let part = part_of(&self.aside_path);
            fs::create_dir_all(part.parent().unwrap_or(self.folder.root())).map_err(&failed)?;
            let mut writer = csv::WriterBuilder::new()
                .flexible(true)
                .from_writer(File::create(&part).map_err(&failed)?);
            let names = header.iter().map(String::as_str).chain(ASIDE_COLUMNS);
            writer.write_record(names).map_err(|cause| failed(io::Error::other(cause)))?;
            self.aside = Some(writer);
        }
        let line = row.line.to_string();
        let column = fault.column(header);
        let ours = [line.as_bytes(), fault.code().as_bytes(), column.as_bytes()];
        if let Some(writer) = &mut self.aside {
            let written = writer.write_record(row.cells.iter().chain(ours));
            written.map_err(|cause| failed(io::Error::other(cause)))?;
        }
        self.tally.add(fault.finding(header, row.line));
        Ok(())
    }

    /// Moves the files to their places; the record, last, makes them count.
    fn keep(mut self) -> Result<(ImportRecord, Vec<Finding>), LakeError> {
        let (unknown, missing) = self.columns();
        self.tally.note_columns(&unknown, &missing);
        let failed = self.failed(&self.rows_path);
        let mut sink = self.writer.finish().map_err(|cause| failed(io::Error::other(cause)))?;
        sink.flush().map_err(&failed)?;
        fs::rename(part_of(&self.rows_path), &self.rows_path).map_err(&failed)?;
        if let Some(mut aside) = self.aside {
            aside.flush().map_err(&failed)?;
            fs::rename(part_of(&self.aside_path), &self.aside_path).map_err(&failed)?;
        }
        let origin = self.layout.origin;
        let record = ImportRecord {
            import: origin.import.to_owned(),
            sha256: origin.sha256.to_owned(),
            file: origin.file.to_owned(),
            bytes: origin.bytes,
            table: self.layout.table.name.to_owned(),
            rows: self.rows,
            loaded: self.loaded,
            aside: self.rows - self.loaded,
            findings: self.tally.counts,
            unknown_columns: unknown,
            missing_columns: missing,
        };
        self.folder.keep_import(&record)?;
        Ok((record, self.tally.shown))
    }

    /// Columns of the file that the table lacks, and columns of the table that the file lacks.
    fn columns(&self) -> (Vec<String>, Vec<String>) {
        let layout = self.layout;
        let named = layout.header.iter().zip(&layout.places);
        let unknown = named.filter(|(_, place)| matches!(place, Place::Extra));
        let unknown = unknown.map(|(name, _)| name.clone()).collect();
        let names = layout.table.own_columns().iter().map(|column| &column.name);
        let given = |name: &String| {
            layout.header.contains(name) || (name == "data_source" && layout.data_source.is_some())
        };
        (unknown, names.filter(|name| !given(name)).cloned().collect())
    }

    /// Removes what was written so far: none of it counts.
    fn abandon(self) {
        drop((self.writer, self.aside));
        for path in [&self.rows_path, &self.aside_path] {
            // What cannot be removed is never read.
            let _ = fs::remove_file(part_of(path));
        }
    }
}
