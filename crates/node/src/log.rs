//! The log: one JSON object a line on standard error, from the events that the crates trace.
//!
//! Messages and fields are the program's own words, numbers and short identifiers; nothing that
//! comes from a claim is given to it.

use crate::outside::now_ms;
use serde_json::{Map, Value};
use std::fmt::Debug;
use std::fs::File;
use std::io::Write;
use std::sync::{Mutex, PoisonError};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

/// Writes events up to a level.
struct JsonLines {
    level: Level,
    out: Mutex<File>,
}

/// Sends the log of this process to standard error. A process has one log; a second call changes
/// nothing.
pub fn begin(level: Level) -> std::io::Result<()> {
    use std::os::fd::AsFd;
    // A handle of its own, since the command holds the lock of the common one.
    let out = File::from(std::io::stderr().as_fd().try_clone_to_owned()?);
    let subscriber = JsonLines { level, out: Mutex::new(out) };
    let _ = tracing::subscriber::set_global_default(subscriber);
    Ok(())
}

struct Fields(Map<String, Value>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}").into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.insert(field.name().to_owned(), value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

impl Subscriber for JsonLines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event()
            && *metadata.level() <= self.level
            && metadata.target().starts_with("counterfoil")
    }

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields(Map::new());
        fields.0.insert("time_ms".into(), now_ms().into());
        fields.0.insert("level".into(), event.metadata().level().as_str().into());
        event.record(&mut fields);
        let line = format!("{}\n", Value::Object(fields.0));
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        // A log that nobody takes must not stop the node.
        let _ = out.write_all(line.as_bytes());
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}
