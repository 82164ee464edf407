//! Rows of one table on their way into a Parquet file.

use super::cells::{Cell, DECIMAL_SCALE, MONEY_SCALE, PRECISION};
use crate::dictionary::{Column, ColumnType, Table};
use datafusion::arrow::array::{
    ArrayBuilder, ArrayRef, BooleanBuilder, Date32Builder, Decimal128Builder, Int64Builder,
    RecordBatch, StringBuilder, TimestampMillisecondBuilder,
};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use std::io::Write;
use std::sync::Arc;

/// Rows that are built before they are handed to the file.
const BATCH_ROWS: usize = 8192;
/// Rows that can be skipped or read together, at most.
const GROUP_ROWS: usize = 1 << 17;

/// The form in which a column is kept.
pub(crate) fn data_type(kind: ColumnType) -> DataType {
    match kind {
        ColumnType::Text => DataType::Utf8,
        ColumnType::Date => DataType::Date32,
        ColumnType::Timestamp => DataType::Timestamp(TimeUnit::Millisecond, None),
        ColumnType::Integer => DataType::Int64,
        ColumnType::Decimal => DataType::Decimal128(PRECISION, DECIMAL_SCALE),
        ColumnType::Money => DataType::Decimal128(PRECISION, MONEY_SCALE),
        ColumnType::Flag => DataType::Boolean,
    }
}

/// The columns of a table as they are kept.
pub(crate) fn schema(table: &Table) -> SchemaRef {
    let field = |column: &Column| Field::new(&column.name, data_type(column.kind), true);
    Arc::new(Schema::new(table.columns.iter().map(field).collect::<Vec<_>>()))
}

/// How every Parquet file of the lake is written.
pub(crate) fn properties() -> WriterProperties {
    let level = ZstdLevel::try_new(1).unwrap_or_default();
    WriterProperties::builder()
        .set_compression(Compression::ZSTD(level))
        .set_max_row_group_row_count(Some(GROUP_ROWS))
        .set_created_by("counterfoil".to_owned())
        .build()
}

enum Builder {
    Text(StringBuilder),
    Date(Date32Builder),
    Timestamp(TimestampMillisecondBuilder),
    Integer(Int64Builder),
    Number(Decimal128Builder),
    Flag(BooleanBuilder),
}

impl Builder {
    fn new(kind: ColumnType) -> Builder {
        match kind {
            ColumnType::Text => Builder::Text(StringBuilder::new()),
            ColumnType::Date => Builder::Date(Date32Builder::new()),
            ColumnType::Timestamp => Builder::Timestamp(TimestampMillisecondBuilder::new()),
            ColumnType::Integer => Builder::Integer(Int64Builder::new()),
            ColumnType::Decimal | ColumnType::Money => {
                Builder::Number(Decimal128Builder::new().with_data_type(data_type(kind)))
            }
            ColumnType::Flag => Builder::Flag(BooleanBuilder::new()),
        }
    }

    fn push(&mut self, cell: Cell<'_>) {
        match (self, cell) {
            (Builder::Text(column), Cell::Text(text)) => column.append_value(text),
            (Builder::Date(column), Cell::Date(day)) => column.append_value(day),
            (Builder::Timestamp(column), Cell::Timestamp(moment)) => column.append_value(moment),
            (Builder::Integer(column), Cell::Integer(number)) => column.append_value(number),
            (Builder::Number(column), Cell::Decimal(steps)) => column.append_value(steps),
            (Builder::Number(column), Cell::Money { cents, .. }) => column.append_value(cents),
            (Builder::Flag(column), Cell::Flag(flag)) => column.append_value(flag),
            (column, _) => column.push_empty(),
        }
    }

    fn push_empty(&mut self) {
        match self {
            Builder::Text(column) => column.append_null(),
            Builder::Date(column) => column.append_null(),
            Builder::Timestamp(column) => column.append_null(),
            Builder::Integer(column) => column.append_null(),
            Builder::Number(column) => column.append_null(),
            Builder::Flag(column) => column.append_null(),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Builder::Text(column) => ArrayBuilder::finish(column),
            Builder::Date(column) => ArrayBuilder::finish(column),
            Builder::Timestamp(column) => ArrayBuilder::finish(column),
            Builder::Integer(column) => ArrayBuilder::finish(column),
            Builder::Number(column) => ArrayBuilder::finish(column),
            Builder::Flag(column) => ArrayBuilder::finish(column),
        }
    }
}

/// Takes rows cell by cell and writes them.
pub(crate) struct TableWriter<W: Write + Send> {
    schema: SchemaRef,
    builders: Vec<Builder>,
    writer: ArrowWriter<W>,
    rows: usize,
}

impl<W: Write + Send> TableWriter<W> {
    pub(crate) fn new(table: &Table, sink: W) -> Result<TableWriter<W>, ParquetError> {
        let schema = schema(table);
        let writer = ArrowWriter::try_new(sink, Arc::clone(&schema), Some(properties()))?;
        let builders = table.columns.iter().map(|column| Builder::new(column.kind)).collect();
        Ok(TableWriter { schema, builders, writer, rows: 0 })
    }

    /// Adds one row; a column without a cell is empty.
    pub(crate) fn push<'a>(
        &mut self,
        cells: impl Iterator<Item = Cell<'a>>,
    ) -> Result<(), ParquetError> {
        for (builder, cell) in self.builders.iter_mut().zip(cells) {
            builder.push(cell);
        }
        self.rows += 1;
        if self.rows == BATCH_ROWS { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), ParquetError> {
        let arrays = self.builders.iter_mut().map(Builder::finish).collect();
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), arrays)?;
        self.rows = 0;
        self.writer.write(&batch)
    }

    /// Writes what is left and the end of the file.
    pub(crate) fn finish(mut self) -> Result<W, ParquetError> {
        if self.rows > 0 {
            self.flush()?;
        }
        self.writer.into_inner()
    }
}
