//! What is loaded from files, and loaded again when they change.

use super::{Failure, RETRY_MS};
use crate::outside::now_ms;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Which files there are, how long and of when.
pub type Stamp = Vec<(PathBuf, u64, Option<SystemTime>)>;

/// Something made from files.
pub struct Loaded<T> {
    value: Option<(Stamp, T)>,
    /// Why the files could not be used as they were, and when that was.
    failed: Option<(Stamp, Failure, i64)>,
}

impl<T> Default for Loaded<T> {
    fn default() -> Loaded<T> {
        Loaded { value: None, failed: None }
    }
}

impl<T> Loaded<T> {
    /// Something that was loaded when the files had this stamp.
    pub fn at(stamp: Stamp, value: T) -> Loaded<T> {
        Loaded { value: Some((stamp, value)), failed: None }
    }

    /// What was loaded, anew when one of the files below these paths has changed.
    pub fn get(
        &mut self,
        paths: &[&Path],
        load: impl FnOnce() -> Result<T, Failure>,
    ) -> Result<&mut T, Failure> {
        let now = stamp(paths);
        // Many files may wait for what cannot be loaded: it is not tried anew for each.
        let is_new = |at: i64| now_ms().saturating_sub(at) < RETRY_MS;
        let failed = self.failed.take_if(|(before, _, at)| *before != now || !is_new(*at));
        drop(failed);
        if let Some((_, failure, _)) = &self.failed {
            return Err(failure.clone());
        }
        match &mut self.value {
            Some((before, _)) if *before == now => {}
            value => match load() {
                Ok(loaded) => *value = Some((now, loaded)),
                Err(failure) => {
                    self.failed = Some((now, failure.clone(), now_ms()));
                    return Err(failure);
                }
            },
        }
        match &mut self.value {
            Some((_, value)) => Ok(value),
            None => Err(Failure::office("nothing was loaded", "report this as a bug")),
        }
    }
}

/// The stamp of the files below some paths as they are now.
pub fn stamp(paths: &[&Path]) -> Stamp {
    let mut all = Vec::new();
    for path in paths {
        add(path, &mut all);
    }
    all.sort();
    all
}

fn add(path: &Path, all: &mut Stamp) {
    let Ok(about) = path.metadata() else { return };
    if !about.is_dir() {
        all.push((path.to_path_buf(), about.len(), about.modified().ok()));
        return;
    }
    for entry in std::fs::read_dir(path).into_iter().flatten().flatten() {
        add(&entry.path(), all);
    }
}
