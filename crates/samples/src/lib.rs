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

/// A database that a story runs on.
#[derive(Clone, Debug)]
pub enum Database {
    /// SQLite, as the story likes it: in memory or in a file.
    Sqlite,
    /// A schema on a PostgreSQL server that nobody else uses.
    Postgres {
        /// Address of the server's database.
        url: String,
        /// The schema, not made yet.
        schema: String,
    },
}

impl Database {
    /// A schema of one's own on the server that `COUNTERFOIL_TEST_POSTGRES` names.
    ///
    /// # Panics
    /// When the variable is not set.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "tests find their server by the environment")]
    pub fn postgres() -> Database {
        static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
        let number = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let url = std::env::var("COUNTERFOIL_TEST_POSTGRES")
            .expect("COUNTERFOIL_TEST_POSTGRES holds the address of a PostgreSQL database");
        let started = std::time::UNIX_EPOCH.elapsed().unwrap_or_default().as_millis();
        let schema = format!("test_{started}_{}_{number}", std::process::id());
        Database::Postgres { url, schema }
    }
}

/// Makes two tests of each story, `on_sqlite` and `on_postgres`. The second is ignored unless it
/// is asked for (`cargo test -- --ignored on_postgres`), and needs a server, whose address stands
/// in `COUNTERFOIL_TEST_POSTGRES`; the command `./test` brings one.
#[macro_export]
macro_rules! on_both_databases {
    ($($story:ident),+ $(,)?) => {
        mod on_sqlite {
            $(#[test] fn $story() { super::$story(&$crate::Database::Sqlite); })+
        }
        $crate::on_postgres!($($story),+);
    };
}

/// Makes a test `on_postgres` of each story that only a server can tell.
#[macro_export]
macro_rules! on_postgres {
    ($($story:ident),+ $(,)?) => {
        mod on_postgres {
            $(
                #[test]
                #[ignore = "needs a server: COUNTERFOIL_TEST_POSTGRES"]
                fn $story() { super::$story(&$crate::Database::postgres()); }
            )+
        }
    };
}
