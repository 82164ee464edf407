//! Computes the tables of the lake from its imported rows, each by its SELECT in `sql/`.
//!
//! The order follows from which table reads which. A new generation is written beside the old
//! one and takes its place in one step; a stopped run changes nothing.

use crate::dictionary::{ColumnType, Stage, Table, tables};
use crate::engine::{Answer, Engine, query};
use crate::error::LakeError;
use crate::folder::{BuiltRecord, LakeFolder};
use crate::import::{data_type, hex, properties, schema};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::Column as ColumnName;
use datafusion::logical_expr::{Expr, cast, col};
use datafusion::prelude::DataFrame;
use parquet::arrow::ArrowWriter;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::Path;

/// One computed table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuiltTable {
    /// The table.
    pub name: &'static str,
    /// Rows in it.
    pub rows: u64,
}

/// What a build did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildReport {
    /// False when nothing had changed since the last build, and nothing was computed.
    pub computed: bool,
    /// The tables in the order in which they were computed.
    pub tables: Vec<BuiltTable>,
}

/// Computes every table. `progress` is told the name of each before it is computed, how many are
/// done, and how many there are.
///
/// # Errors
/// The lake cannot be read or written, another process writes into it, or a table breaks what its
/// dictionary promises.
pub fn build(
    folder: &LakeFolder,
    progress: &mut dyn FnMut(&'static str, usize, usize),
) -> Result<BuildReport, LakeError> {
    let _held = folder.hold()?;
    let generation = generation(folder)?;
    if let Some(built) = folder.built()?.filter(|built| built.generation == generation) {
        let kept = tables().iter().filter_map(|table| {
            built.rows.get(table.name).map(|rows| BuiltTable { name: table.name, rows: *rows })
        });
        return Ok(BuildReport { computed: false, tables: kept.collect() });
    }
    let target = folder.generation(&generation);
    let spill = folder.root().join("spill");
    let _ = fs::remove_dir_all(&target);
    fs::create_dir_all(&target).map_err(LakeError::file("write", &target))?;
    let done = compute_all(folder, (&generation, &spill), progress);
    let _ = fs::remove_dir_all(&spill);
    if done.is_err() {
        // What is left of the unfinished tables is of no use to anyone; the old ones count.
        let _ = fs::remove_dir_all(&target);
    }
    let done = done?;
    let rows = done.iter().map(|table| (table.name.to_owned(), table.rows)).collect();
    folder.keep_built(&BuiltRecord { generation, definitions: definitions(), rows })?;
    Ok(BuildReport { computed: true, tables: done })
}

/// Computes one table after another into a new generation.
fn compute_all(
    folder: &LakeFolder,
    (generation, spill): (&str, &Path),
    progress: &mut dyn FnMut(&'static str, usize, usize),
) -> Result<Vec<BuiltTable>, LakeError> {
    let mut engine = Engine::bare(spill)?;
    engine.add_inputs(folder)?;
    let order = order(&engine)?;
    let (mut done, count) = (Vec::new(), order.len());
    for table in order {
        progress(table.name, done.len(), count);
        let path = folder.built_file(generation, table);
        let rows = compute(&engine, table, &path)?;
        engine.add(table, &[path])?;
        check_keys(&engine, table)?;
        done.push(BuiltTable { name: table.name, rows });
    }
    Ok(done)
}

/// True when the computed tables are those of all rows that are in the lake now.
///
/// # Errors
/// The lake cannot be read.
pub fn is_current(folder: &LakeFolder) -> Result<bool, LakeError> {
    let generation = generation(folder)?;
    Ok(folder.built()?.is_some_and(|built| built.generation == generation))
}

/// A name that changes when the imported rows or a definition change.
fn generation(folder: &LakeFolder) -> Result<String, LakeError> {
    let mut imports: Vec<_> = folder.imports()?.into_iter().map(|record| record.sha256).collect();
    imports.sort();
    imports.push(definitions());
    Ok(name_of(imports.iter().map(String::as_str)))
}

/// A name that changes when a definition or the program changes.
pub(crate) fn definitions() -> String {
    let texts = tables().iter().map(|table| table.sql);
    name_of(texts.chain([env!("CARGO_PKG_VERSION")]))
}

fn name_of<'a>(parts: impl Iterator<Item = &'a str>) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part.as_bytes());
        hasher.update([0]);
    }
    hex(hasher.finalize().get(..8).unwrap_or_default())
}

/// Computed tables, each after those that it reads.
fn order(engine: &Engine) -> Result<Vec<&'static Table>, LakeError> {
    let computed: Vec<_> = tables().iter().filter(|table| table.stage != Stage::Input).collect();
    let names: BTreeSet<&str> = computed.iter().map(|table| table.name).collect();
    let mut waits: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for table in &computed {
        let read = engine.tables_of(table.sql)?;
        let read = read.into_iter().filter(|name| names.contains(name.as_str()));
        waits.insert(table.name, read.collect());
    }
    let mut order: Vec<&Table> = Vec::new();
    while order.len() < computed.len() {
        let is_done = |name: &String| order.iter().any(|table| table.name == *name);
        let ready = |table: &&&Table| {
            !order.iter().any(|done| done.name == table.name)
                && waits.get(table.name).is_some_and(|waits| waits.iter().all(is_done))
        };
        let next = computed.iter().find(ready).copied();
        let circle = || LakeError::Promise {
            table: "",
            what: "tables wait for each other in a circle".to_owned(),
        };
        order.push(next.ok_or_else(circle)?);
    }
    Ok(order)
}

/// Computes one table into a file; the number of its rows.
fn compute(engine: &Engine, table: &'static Table, path: &Path) -> Result<u64, LakeError> {
    let plan = engine.plan(table.sql).map_err(|error| in_table(table, error))?;
    let plan = as_promised(table, plan)?;
    let answer = engine.run(plan).map_err(|error| in_table(table, error))?;
    write(table, answer, path)
}

fn in_table(table: &'static Table, error: LakeError) -> LakeError {
    match error {
        LakeError::Query(what) => LakeError::Promise { table: table.name, what },
        other => other,
    }
}

/// The columns of the dictionary in its order. Numbers are never rounded on the way: an amount
/// has two decimals where it is computed.
fn as_promised(table: &'static Table, plan: DataFrame) -> Result<DataFrame, LakeError> {
    let broken = |what: String| LakeError::Promise { table: table.name, what };
    let found: Vec<String> =
        plan.schema().fields().iter().map(|field| field.name().clone()).collect();
    let wanted: Vec<String> = table.columns.iter().map(|column| column.name.clone()).collect();
    if found != wanted {
        return Err(broken(format!("has the columns {found:?}, its dictionary {wanted:?}")));
    }
    let mut columns: Vec<Expr> = Vec::new();
    for (column, field) in table.columns.iter().zip(plan.schema().fields()) {
        if !keeps(column.kind, field.data_type()) {
            let (name, kind) = (&column.name, field.data_type());
            return Err(broken(format!(
                "{name} is {kind}, by its dictionary {}",
                column.kind.word()
            )));
        }
        let name = ColumnName::from_name(&column.name);
        let kept = cast(col(name), data_type(column.kind)).alias(&column.name);
        columns.push(kept);
    }
    plan.select(columns).map_err(query)
}

/// True when a type goes into that of the dictionary without loss.
fn keeps(kind: ColumnType, found: &DataType) -> bool {
    match kind {
        ColumnType::Text => {
            matches!(found, DataType::Utf8 | DataType::Utf8View | DataType::LargeUtf8)
        }
        ColumnType::Date => matches!(found, DataType::Date32),
        ColumnType::Timestamp => matches!(found, DataType::Timestamp(..)),
        ColumnType::Integer => found.is_integer(),
        ColumnType::Decimal => matches!(found, DataType::Decimal128(_, scale) if *scale <= 6),
        ColumnType::Money => matches!(found, DataType::Decimal128(_, 2)),
        ColumnType::Flag => matches!(found, DataType::Boolean),
    }
}

fn write(table: &'static Table, answer: Answer<'_>, path: &Path) -> Result<u64, LakeError> {
    let failed = LakeError::file("write", path);
    let other = |cause| failed(std::io::Error::other(cause));
    let file = File::create(path).map_err(failed)?;
    let schema = schema(table);
    let mut writer =
        ArrowWriter::try_new(file, schema.clone(), Some(properties())).map_err(other)?;
    let mut rows = 0;
    for batch in answer {
        let batch = batch.map_err(|error| in_table(table, error))?;
        // Whether a column can be empty is the same for every table of the lake.
        let columns = batch.columns().to_vec();
        let batch = datafusion::arrow::record_batch::RecordBatch::try_new(schema.clone(), columns);
        let batch = batch.map_err(|cause| failed(std::io::Error::other(cause)))?;
        rows += batch.num_rows() as u64;
        writer.write(&batch).map_err(other)?;
    }
    writer.close().map_err(other)?;
    Ok(rows)
}

/// Every computed table has one row for each key, or the build stops.
fn check_keys(engine: &Engine, table: &'static Table) -> Result<(), LakeError> {
    let keys = table.keys.join(", ");
    let text = include_str!("../sql/check/repeated_keys.sql");
    let text = text.replace("{table}", table.name).replace("{keys}", &keys);
    let repeated: usize = engine
        .ask(&text)?
        .try_fold(0, |rows, batch| Ok::<_, LakeError>(rows + batch?.num_rows()))?;
    if repeated == 0 {
        return Ok(());
    }
    let what = format!("rows repeat their keys ({keys})");
    Err(LakeError::Promise { table: table.name, what })
}
