//! The lake: claims and clinical records of any source in one conformed store of Parquet files,
//! the tables computed from them, and the questions that analysts ask of both.
//!
//! A lake is a folder ([`LakeFolder`]). [`import_file`] puts the rows of a file into it, keeps
//! rows aside that cannot be read, and says so; a second import of the same bytes changes
//! nothing. [`build`] computes every table of `sql/core`, `sql/marts` and `sql/quality`, one
//! SELECT a file. [`Engine`] answers SQL over all of them. [`tables`] is the dictionary: meaning,
//! grain, keys and unit of every column. The model is the Tuva Input Layer, package version
//! 0.18.0. This is the only crate that knows the query engine.
#![deny(clippy::float_arithmetic)]

mod build;
mod dictionary;
mod engine;
mod error;
mod folder;
mod functions;
mod import;
mod output;

pub use build::{BuildReport, BuiltTable, build, is_current};
pub use dictionary::{Column, ColumnType, Stage, Table, find_table, tables};
pub use engine::{Answer, Engine};
pub use error::LakeError;
pub use folder::{ImportRecord, LakeFolder};
pub use import::{ImportOptions, ImportReport, Imported, import_file};
pub use output::{table_text, write_csv, write_json, write_parquet};
