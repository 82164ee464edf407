//! Tests over files and tables that other people published. They are not part of the repository:
//! where they are absent, each test says by name that it was ignored, and why.
//!
//! ```no_run
//! # fn every_claim_is_read(folder: &std::path::Path) {}
//! counterfoil_samples::run_over!("data/x12", every_claim_is_read);
//! ```

use libtest_mimic::{Arguments, Trial};
use std::path::{Path, PathBuf};

/// A test: its name, and what it does with the folder of samples.
pub type SampleTest = (&'static str, fn(&Path));

/// The folder of samples: `COUNTERFOIL_SHARED`, or `../shared` beside the repository.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "tests find their samples by the environment")]
pub fn shared() -> PathBuf {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    std::env::var_os("COUNTERFOIL_SHARED").map_or_else(beside, PathBuf::from)
}

/// Runs the tests over one folder of the samples and ends the process, like the test runner
/// that they replace (`harness = false`). Arguments and output are the runner's own.
pub fn run(folder: &str, tests: &[SampleTest]) -> ! {
    let folder = shared().join(folder);
    let is_there = folder.is_dir();
    let trials = tests.iter().map(|(name, test)| {
        let (folder, test) = (folder.clone(), *test);
        let run = move || {
            test(&folder);
            Ok(())
        };
        let kind = if is_there { "" } else { "shared samples not found" };
        Trial::test(*name, run).with_kind(kind).with_ignored_flag(!is_there)
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit()
}

/// The `main` of a test target whose tests run over one folder of the samples.
#[macro_export]
macro_rules! run_over {
    ($folder:literal, $($test:ident),+ $(,)?) => {
        fn main() {
            $crate::run($folder, &[$((stringify!($test), $test)),+]);
        }
    };
}
