//! Several programs on one database: who writes waits, numbers come once, runs are alone.

use counterfoil_samples::Database;
use counterfoil_store::{Place, Server, Side, Store, StoreError};
use std::collections::BTreeSet;
use std::path::Path;

counterfoil_samples::on_both_databases!(
    programs_that_start_at_once_find_one_schema,
    numbers_come_once_to_writers_beside_each_other,
    a_run_is_alone_until_it_ends,
    what_others_write_is_noticed,
    a_reader_sees_one_moment_and_holds_no_writer_up,
);

fn place(database: &Database, folder: &Path) -> Place {
    match database {
        Database::Sqlite => Place::File(folder.join("books.sqlite")),
        Database::Postgres { url, schema } => {
            let server = Server::new(url, false).and_then(|server| server.in_schema(schema));
            Place::Server(server.expect("the address is read"))
        }
    }
}

fn store(place: &Place) -> Store {
    Store::open_at(place).expect("a database opens")
}

fn next(store: &mut Store) -> i64 {
    let number: Result<i64, StoreError> = store.transaction("number", |tx| tx.next_number("n"));
    number.expect("a number")
}

fn programs_that_start_at_once_find_one_schema(database: &Database) {
    let folder = tempfile::tempdir().expect("a folder");
    let place = place(database, folder.path());
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| store(&place).belongs_to(Side::Payer).expect("it is the payer's"));
        }
    });
    let other = store(&place).belongs_to(Side::Provider);
    assert!(matches!(other, Err(StoreError::OtherSide { .. })), "{other:?}");
}

fn numbers_come_once_to_writers_beside_each_other(database: &Database) {
    let folder = tempfile::tempdir().expect("a folder");
    let place = place(database, folder.path());
    drop(store(&place));
    let writer = || {
        let mut store = store(&place);
        (0..25).map(|_| next(&mut store)).collect::<Vec<i64>>()
    };
    let numbers: Vec<i64> = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..4).map(|_| scope.spawn(writer)).collect();
        writers.into_iter().flat_map(|one| one.join().expect("a writer ends")).collect()
    });
    assert_eq!(numbers.len(), 100);
    assert_eq!(BTreeSet::from_iter(numbers), BTreeSet::from_iter(1..=100));
}

fn a_run_is_alone_until_it_ends(database: &Database) {
    let folder = tempfile::tempdir().expect("a folder");
    let place = place(database, folder.path());
    let (one, mut other) = (store(&place), store(&place));
    let run = one.begin_run().expect("nobody is at work");
    for refused in [one.begin_run(), other.begin_run()] {
        assert!(matches!(refused, Err(StoreError::Busy)), "{refused:?}");
    }
    assert_eq!(next(&mut other), 1, "single transactions go on");
    drop(run);
    let run = other.begin_run().expect("the run has ended");
    drop((run, other));
    one.begin_run().expect("the other program has ended");
}

fn what_others_write_is_noticed(database: &Database) {
    let folder = tempfile::tempdir().expect("a folder");
    let place = place(database, folder.path());
    let (mut one, mut other) = (store(&place), store(&place));
    let before = one.change_stamp().expect("a stamp");
    next(&mut one);
    assert_eq!(one.change_stamp().expect("a stamp"), before, "one's own changes are known");
    next(&mut other);
    let after = one.change_stamp().expect("a stamp");
    assert_ne!(after, before);
    assert_eq!(one.change_stamp().expect("a stamp"), after);
}

fn a_reader_sees_one_moment_and_holds_no_writer_up(database: &Database) {
    let folder = tempfile::tempdir().expect("a folder");
    let place = place(database, folder.path());
    let (mut one, mut other) = (store(&place), store(&place));
    let seen: Result<_, StoreError> = one.read("look twice", |tx| {
        let before = tx.file("digest")?;
        let written: Result<_, StoreError> =
            other.transaction("write", |tx| tx.begin_file("digest", "a.837", "837", "2026-01-05"));
        written?;
        Ok((before, tx.file("digest")?))
    });
    assert_eq!(seen.expect("both were read"), (None, None));
    let seen: Result<_, StoreError> = one.read("look again", |tx| tx.file("digest"));
    assert!(seen.expect("it was read").is_some());
}
