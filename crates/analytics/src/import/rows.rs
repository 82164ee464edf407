//! Rows of a file as texts, whatever its form: delimited text (plain or gzip) or Parquet.

use csv::ByteRecord;
use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use flate2::read::MultiGzDecoder;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

/// A row longer than this is no row: a quote was opened and never closed.
pub(crate) const ROW_BYTES_MAX: usize = 16 << 20;

/// Why a file gives no more rows.
pub(crate) enum NoMoreRows {
    /// It was read to its end.
    End,
    /// What the reader says: cut short, damaged, no text.
    Damaged(String),
}

/// One row: where it stands and the texts of its cells.
#[derive(Default)]
pub(crate) struct RawRow {
    /// Line in the file; Parquet has none: there it is the row, counted as if after a header.
    pub(crate) line: u64,
    /// Lines that it spans; more than one when a quoted cell holds line ends.
    pub(crate) lines: u64,
    pub(crate) cells: ByteRecord,
}

/// A file that gives rows.
pub(crate) struct Rows {
    /// Names of its columns, in small letters.
    pub(crate) header: Vec<String>,
    form: Form,
}

enum Form {
    Delimited(Box<csv::Reader<Box<dyn Read>>>),
    Parquet(Box<ParquetRows>),
}

struct ParquetRows {
    reader: ParquetRecordBatchReader,
    batch: Vec<ArrayRef>,
    next: usize,
    rows: usize,
    line: u64,
}

impl Rows {
    /// Opens a file by its first bytes, whatever its name ends in.
    pub(crate) fn open(path: &Path) -> Result<Rows, NoMoreRows> {
        let mut file = File::open(path).map_err(damaged)?;
        let mut beginning = [0; 4];
        let read = file.read(&mut beginning).map_err(damaged)?;
        file.seek(SeekFrom::Start(0)).map_err(damaged)?;
        match beginning.get(..read).unwrap_or_default() {
            [b'P', b'A', b'R', b'1'] => Rows::parquet(file),
            [0x1f, 0x8b, ..] => Rows::delimited(Box::new(MultiGzDecoder::new(file))),
            [0x28, 0xb5, 0x2f, 0xfd] => {
                let packed = "packed with zstd: unpack it (zstd -d) and import the file in it";
                Err(NoMoreRows::Damaged(packed.to_owned()))
            }
            [b'P', b'K', 3, 4] => {
                let packed = "a ZIP archive or workbook: save its sheet as CSV and import that";
                Err(NoMoreRows::Damaged(packed.to_owned()))
            }
            [] => Err(NoMoreRows::Damaged("empty: not even a header".to_owned())),
            _ => Rows::delimited(Box::new(file)),
        }
    }

    fn delimited(source: Box<dyn Read>) -> Result<Rows, NoMoreRows> {
        let mut source = BufReader::with_capacity(1 << 18, source);
        let beginning = source.fill_buf().map_err(damaged)?;
        let bom = b"\xef\xbb\xbf";
        if beginning.starts_with(bom) {
            source.consume(bom.len());
        }
        let beginning = source.fill_buf().map_err(damaged)?;
        let first = beginning.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let count = |mark: u8| first.iter().filter(|byte| **byte == mark).count();
        let delimiter = b",|\t;".iter().copied().max_by_key(|mark| (count(*mark), *mark == b','));
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .delimiter(delimiter.unwrap_or(b','))
            .from_reader(Box::new(source) as Box<dyn Read>);
        let header = reader.byte_headers().map_err(damaged)?;
        let name = |cell: &[u8]| String::from_utf8_lossy(cell).trim().to_ascii_lowercase();
        let header = header.iter().map(name).collect();
        Ok(Rows { header, form: Form::Delimited(Box::new(reader)) })
    }

    fn parquet(file: File) -> Result<Rows, NoMoreRows> {
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(damaged)?;
        let fields = builder.schema().fields();
        let header = fields.iter().map(|field| field.name().trim().to_ascii_lowercase()).collect();
        let reader = builder.with_batch_size(8192).build().map_err(damaged)?;
        let rows = ParquetRows { reader, batch: Vec::new(), next: 0, rows: 0, line: 1 };
        Ok(Rows { header, form: Form::Parquet(Box::new(rows)) })
    }

    /// Reads the next row into `row`.
    pub(crate) fn next(&mut self, row: &mut RawRow) -> Result<(), NoMoreRows> {
        match &mut self.form {
            Form::Delimited(reader) => {
                if !reader.read_byte_record(&mut row.cells).map_err(damaged)? {
                    return Err(NoMoreRows::End);
                }
                row.line = row.cells.position().map_or(0, csv::Position::line);
                row.lines = reader.position().line().saturating_sub(row.line).max(1);
                if row.cells.as_slice().len() > ROW_BYTES_MAX {
                    let line = row.line;
                    let open = format!("a quote opened on line {line} is not closed in 16 MiB");
                    return Err(NoMoreRows::Damaged(open));
                }
                Ok(())
            }
            Form::Parquet(rows) => rows.next(row),
        }
    }
}

impl ParquetRows {
    fn next(&mut self, row: &mut RawRow) -> Result<(), NoMoreRows> {
        while self.next == self.rows {
            let batch = self.reader.next().ok_or(NoMoreRows::End)?.map_err(damaged)?;
            let texts = batch.columns().iter().map(|column| cast(column, &DataType::Utf8));
            self.batch = texts.collect::<Result<_, _>>().map_err(damaged)?;
            (self.next, self.rows) = (0, batch.num_rows());
        }
        row.cells.clear();
        for column in &self.batch {
            let texts = column.as_string::<i32>();
            let text = if texts.is_null(self.next) { "" } else { texts.value(self.next) };
            row.cells.push_field(text.as_bytes());
        }
        self.next += 1;
        self.line += 1;
        (row.line, row.lines) = (self.line, 1);
        Ok(())
    }
}

fn damaged(cause: impl std::fmt::Display) -> NoMoreRows {
    NoMoreRows::Damaged(cause.to_string())
}
