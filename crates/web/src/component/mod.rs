//! The parts that pages are made of.

pub(crate) mod badge;
pub(crate) mod chart;
pub(crate) mod export;
pub(crate) mod form;
pub(crate) mod list;
pub(crate) mod list_spec;
pub(crate) mod plot;
pub(crate) mod timeline;
pub(crate) mod words;
