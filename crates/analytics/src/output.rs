//! Answers as people, spreadsheets and programs read them.

use crate::engine::Answer;
use crate::error::LakeError;
use crate::import::properties;
use datafusion::arrow::csv::WriterBuilder;
use datafusion::arrow::json::LineDelimitedWriter;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::arrow::util::pretty::pretty_format_batches;
use parquet::arrow::ArrowWriter;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

/// Writes an answer as comma-separated values with a header; the number of its rows.
///
/// # Errors
/// The query fails on its way, or the sink cannot be written.
pub fn write_csv(answer: Answer<'_>, sink: &mut dyn Write) -> Result<u64, LakeError> {
    let mut writer = WriterBuilder::new().with_header(true).build(&mut *sink);
    writer.write(&RecordBatch::new_empty(Arc::clone(answer.schema()))).map_err(failed)?;
    each(answer, |batch| writer.write(batch).map_err(failed))
}

/// Writes an answer as JSON, one object a line; the number of its rows. Amounts are exact.
///
/// # Errors
/// The query fails on its way, or the sink cannot be written.
pub fn write_json(answer: Answer<'_>, sink: &mut dyn Write) -> Result<u64, LakeError> {
    let mut writer = LineDelimitedWriter::new(&mut *sink);
    let rows = each(answer, |batch| writer.write(batch).map_err(failed))?;
    writer.finish().map_err(failed)?;
    Ok(rows)
}

/// Writes an answer as a Parquet file; the number of its rows.
///
/// # Errors
/// The query fails on its way, or the sink cannot be written.
pub fn write_parquet(answer: Answer<'_>, sink: &mut (dyn Write + Send)) -> Result<u64, LakeError> {
    let writer = ArrowWriter::try_new(sink, Arc::clone(answer.schema()), Some(properties()));
    let mut writer = writer.map_err(failed)?;
    let rows = each(answer, |batch| writer.write(batch).map_err(failed))?;
    writer.close().map_err(failed)?;
    Ok(rows)
}

/// An answer as a framed table, and the number of its rows; at most `rows_max` are shown.
///
/// # Errors
/// The query fails on its way.
pub fn table_text(answer: Answer<'_>, rows_max: usize) -> Result<(String, u64), LakeError> {
    let mut shown = vec![RecordBatch::new_empty(Arc::clone(answer.schema()))];
    let mut room = rows_max;
    let rows = each(answer, |batch| {
        let taken = room.min(batch.num_rows());
        room -= taken;
        shown.push(batch.slice(0, taken));
        Ok(())
    })?;
    let text = pretty_format_batches(&shown).map_err(failed)?;
    Ok((text.to_string(), rows))
}

fn each(
    answer: Answer<'_>,
    mut take: impl FnMut(&RecordBatch) -> Result<(), LakeError>,
) -> Result<u64, LakeError> {
    let mut rows = 0;
    for batch in answer {
        let batch = batch?;
        rows += batch.num_rows() as u64;
        take(&batch)?;
    }
    Ok(rows)
}

fn failed(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> LakeError {
    let cause = std::io::Error::other(cause);
    LakeError::File { doing: "write", path: Path::new("the answer").to_owned(), cause }
}
