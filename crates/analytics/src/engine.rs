//! Questions in SQL over the tables of a lake, in this process.

use crate::build::definitions;
use crate::dictionary::{Stage, Table, tables};
use crate::error::LakeError;
use crate::folder::LakeFolder;
use crate::functions::functions;
use crate::import::schema;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{
    ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl,
};
use datafusion::datasource::{TableProvider, empty::EmptyTable};
use datafusion::error::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::execution::context::SQLOptions;
use datafusion::execution::disk_manager::DiskManagerBuilder;
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::prelude::{DataFrame, SessionConfig, SessionContext};
use futures_util::StreamExt;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::runtime::{Builder, Runtime};

/// Memory that sorts, joins and groups may hold before they go on by way of the disk, where the
/// machine does not tell how much it has.
const MEMORY_BYTES: usize = 2 << 30;
/// Plans of many steps are walked by recursion.
const STACK_BYTES: usize = 8 << 20;

/// Answers SQL over the tables of a lake: imported tables as `input.NAME`, computed tables by
/// their bare names.
pub struct Engine {
    runtime: Runtime,
    context: SessionContext,
    is_built: bool,
}

/// Rows of an answer, batch after batch as they are computed.
pub struct Answer<'a> {
    engine: &'a Engine,
    schema: SchemaRef,
    stream: SendableRecordBatchStream,
}

impl Engine {
    /// Opens the tables of a lake. Computed tables are there when they have been built.
    ///
    /// # Errors
    /// The lake cannot be read.
    pub fn open(folder: &LakeFolder) -> Result<Engine, LakeError> {
        let mut engine = Engine::bare(&folder.root().join("spill"))?;
        // Tables of other definitions are not those that the dictionary describes.
        let built = folder.built()?.filter(|built| built.definitions == definitions());
        engine.is_built = built.is_some();
        engine.add_inputs(folder)?;
        if let Some(built) = built {
            for table in tables().iter().filter(|table| table.stage != Stage::Input) {
                engine.add(table, &folder.files_of_built(table, &built))?;
            }
        }
        Ok(engine)
    }

    /// Makes every imported table known.
    pub(crate) fn add_inputs(&mut self, folder: &LakeFolder) -> Result<(), LakeError> {
        let imports = folder.imports()?;
        for table in tables().iter().filter(|table| table.stage == Stage::Input) {
            self.add(table, &folder.files_of_imports(table, &imports))?;
        }
        Ok(())
    }

    /// An engine without tables, whose large sorts and joins go on by way of `spill`.
    pub(crate) fn bare(spill: &Path) -> Result<Engine, LakeError> {
        // Where it cannot be made, a question that fits into memory is answered all the same.
        let _ = std::fs::create_dir_all(spill);
        let threads = std::thread::available_parallelism().map_or(2, NonZeroUsize::get);
        let mut config = SessionConfig::new()
            .with_target_partitions(threads)
            .with_information_schema(true)
            .with_create_default_catalog_and_schema(true);
        config.options_mut().execution.parquet.pushdown_filters = true;
        let disk = DiskManagerBuilder::default().with_mode(
            datafusion::execution::disk_manager::DiskManagerMode::Directories(vec![
                spill.to_owned(),
            ]),
        );
        let environment = RuntimeEnvBuilder::new()
            .with_memory_pool(Arc::new(FairSpillPool::new(memory_bytes())))
            .with_disk_manager_builder(disk)
            .build_arc()
            .map_err(query)?;
        let context = SessionContext::new_with_config_rt(config, environment);
        for function in functions() {
            context.register_udf(function);
        }
        let schema = Arc::new(datafusion::catalog::MemorySchemaProvider::new());
        let catalog = context.catalog("datafusion");
        let catalog = catalog.ok_or_else(|| LakeError::Query("no catalog".to_owned()))?;
        catalog.register_schema("input", schema).map_err(query)?;
        let runtime = Builder::new_multi_thread()
            .worker_threads(threads)
            .thread_stack_size(STACK_BYTES)
            .enable_all()
            .build()
            .map_err(LakeError::file("read", spill))?;
        Ok(Engine { runtime, context, is_built: true })
    }

    /// Makes a table known by the files that hold it.
    pub(crate) fn add(&mut self, table: &Table, files: &[PathBuf]) -> Result<(), LakeError> {
        let schema = viewed(&schema(table));
        let provider: Arc<dyn TableProvider> = if files.is_empty() {
            Arc::new(EmptyTable::new(schema))
        } else {
            let urls = files.iter().map(|path| address(path));
            let urls = urls.collect::<Result<Vec<_>, _>>()?;
            let format = ParquetFormat::default().with_enable_pruning(true);
            let options = ListingOptions::new(Arc::new(format)).with_file_extension(".parquet");
            let config = ListingTableConfig::new_with_multi_paths(urls)
                .with_listing_options(options)
                .with_schema(schema);
            Arc::new(ListingTable::try_new(config).map_err(query)?)
        };
        let _before = self.context.deregister_table(table.sql_name()).map_err(query)?;
        self.context.register_table(table.sql_name(), provider).map_err(query)?;
        Ok(())
    }

    /// Names of the tables that a SELECT reads.
    pub(crate) fn tables_of(&self, sql: &str) -> Result<Vec<String>, LakeError> {
        let state = self.context.state();
        let dialect = state.config().options().sql_parser.dialect;
        let statement = state.sql_to_statement(sql, &dialect).map_err(query)?;
        let names = state.resolve_table_references(&statement).map_err(query)?;
        Ok(names.iter().map(ToString::to_string).collect())
    }

    /// The plan of a question. It may read; it may not write, define or set anything.
    pub(crate) fn plan(&self, sql: &str) -> Result<DataFrame, LakeError> {
        let options = SQLOptions::new()
            .with_allow_ddl(false)
            .with_allow_dml(false)
            .with_allow_statements(false);
        let plan = self.runtime.block_on(self.context.sql_with_options(sql, options));
        plan.map_err(
            |cause| if self.waits_for_build(sql) { LakeError::NotBuilt } else { query(cause) },
        )
    }

    /// True when a question reads a computed table of a lake that has none yet.
    fn waits_for_build(&self, sql: &str) -> bool {
        let read = || self.tables_of(sql).unwrap_or_default();
        let is_computed = |name: &String| {
            tables().iter().any(|table| table.stage != Stage::Input && table.name == *name)
        };
        !self.is_built && read().iter().any(is_computed)
    }

    /// Starts to compute a plan.
    pub(crate) fn run(&self, plan: DataFrame) -> Result<Answer<'_>, LakeError> {
        let stream = self.runtime.block_on(plan.execute_stream()).map_err(query)?;
        Ok(Answer { engine: self, schema: stream.schema(), stream })
    }

    /// Answers a question in SQL.
    ///
    /// # Errors
    /// The text is no SELECT over tables of the lake, or its run fails.
    pub fn ask(&self, sql: &str) -> Result<Answer<'_>, LakeError> {
        self.run(self.plan(sql)?)
    }
}

impl Answer<'_> {
    /// Names and types of the columns.
    #[must_use]
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }
}

impl Iterator for Answer<'_> {
    type Item = Result<RecordBatch, LakeError>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = self.engine.runtime.block_on(self.stream.next())?;
        Some(batch.map_err(query))
    }
}

/// Half of the memory of the machine, as Linux tells it.
fn memory_bytes() -> usize {
    let told = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let total = told.lines().find_map(|line| line.strip_prefix("MemTotal:"));
    let kibibytes = total.and_then(|rest| rest.split_whitespace().next()?.parse::<usize>().ok());
    kibibytes.map_or(MEMORY_BYTES, |kibibytes| (kibibytes / 2).saturating_mul(1024))
}

/// A file as the engine finds it. As an address, because the engine takes `*`, `?` and `[` in a
/// path for a pattern, which matches other files or none.
fn address(path: &Path) -> Result<ListingTableUrl, LakeError> {
    let path = std::path::absolute(path).map_err(LakeError::file("read", path))?;
    let mut address = "file://".to_owned();
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'/' | b'-' | b'.' | b'_' | b'~' => address.push(char::from(*byte)),
            _ if byte.is_ascii_alphanumeric() => address.push(char::from(*byte)),
            _ => address.push_str(&format!("%{byte:02X}")),
        }
    }
    ListingTableUrl::parse(&address).map_err(query)
}

/// Text is read in the form in which the engine compares and groups it fastest.
fn viewed(schema: &Schema) -> SchemaRef {
    let fields = schema.fields().iter().map(|field| match field.data_type() {
        DataType::Utf8 => Field::new(field.name(), DataType::Utf8View, true),
        _ => field.as_ref().clone(),
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// What the engine says, without the words that are about itself.
pub(crate) fn query(cause: DataFusionError) -> LakeError {
    if matches!(cause.find_root(), DataFusionError::ResourcesExhausted(_)) {
        return LakeError::Memory;
    }
    let text = cause.strip_backtrace();
    let text = text.strip_prefix("Error during planning: ").unwrap_or(&text);
    let text = text.strip_prefix("SQL error: ").unwrap_or(text);
    let text = text.strip_prefix("Schema error: ").unwrap_or(text);
    let inside = text.strip_prefix("ParserError(\"").and_then(|text| text.strip_suffix("\")"));
    LakeError::Query(inside.unwrap_or(text).to_owned())
}
