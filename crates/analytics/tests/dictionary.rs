//! What the dictionary promises of every table, and what a build keeps.

mod common;

use common::World;
use counterfoil_analytics::{Engine, LakeError, Stage, build, find_table, tables};
use std::collections::BTreeSet;

#[test]
fn every_table_and_column_says_what_it_is() {
    let mut missing = Vec::new();
    for table in tables() {
        let columns: BTreeSet<&str> = table.columns.iter().map(|c| c.name.as_str()).collect();
        assert_eq!(columns.len(), table.columns.len(), "{}: a column twice", table.name);
        let known = |names: &[String]| names.iter().all(|name| columns.contains(name.as_str()));
        let is_whole = !table.meaning.is_empty()
            && table.grain.starts_with("One row per ")
            && !table.source.is_empty()
            && !table.keys.is_empty()
            && known(&table.keys)
            && known(&table.required);
        if !is_whole {
            missing.push(table.name.to_owned());
        }
        for column in &table.columns {
            let has_unit = !column.unit.is_empty() || column.kind.word() != "money";
            if column.meaning.len() < 3 || !has_unit {
                missing.push(format!("{}.{}", table.name, column.name));
            }
        }
    }
    assert_eq!(missing, Vec::<String>::new());
}

#[test]
fn an_empty_lake_builds_to_empty_tables_and_every_example_runs() {
    let world = World::new();
    let opened = Engine::open(&world.lake).expect("opened");
    let asked = opened.ask("select * from member_month");
    assert!(matches!(asked, Err(LakeError::NotBuilt)), "the hint is to build first");
    world.build();
    for table in tables().iter().filter(|table| table.stage != Stage::Input) {
        let rows = world.cell(&format!("select count(*) from {}", table.name));
        let is_a_list = matches!(table.name, "quality_check" | "condition_code");
        assert_eq!(rows == "0", !is_a_list, "{}", table.name);
    }
    for example in tables().iter().flat_map(|table| &table.examples) {
        world.ask(example);
    }
}

#[test]
fn a_build_computes_again_only_what_has_changed() {
    let world = World::new();
    let take = || build(&world.lake, &mut |_, _, _| {}).expect("built").computed;
    assert!(take());
    assert!(!take(), "nothing has changed");
    world.import(
        "eligibility.csv",
        "person_id,enrollment_start_date,enrollment_end_date,data_source\n\
         1,2020-01-01,2020-01-31,s\n",
    );
    assert!(take(), "a file was added");
    assert_eq!(world.cell("select count(*) from member_month"), "1");
    let generations = std::fs::read_dir(world.lake.root().join("built")).expect("there").count();
    assert_eq!(generations, 1, "the old tables are gone");
}

#[test]
fn questions_read_and_never_write() {
    let world = World::new();
    world.build();
    let engine = Engine::open(&world.lake).expect("opened");
    for question in [
        "create table t as select 1",
        "copy member to 'out.csv'",
        "insert into member values ('p')",
        "drop table member",
        "set datafusion.execution.batch_size = 1",
        "create external table t stored as csv location 'x.csv'",
        "select * from 'secrets.csv'",
        "select 1; select 2",
        "",
    ] {
        assert!(matches!(engine.ask(question), Err(LakeError::Query(_))), "{question}");
    }
}

#[test]
fn names_with_and_without_their_stage_are_found() {
    assert_eq!(find_table("input.encounter").map(|table| table.stage), Some(Stage::Input));
    assert_eq!(find_table("encounter").map(|table| table.stage), Some(Stage::Mart));
    assert_eq!(find_table("eligibility").map(|table| table.stage), Some(Stage::Input));
    assert!(find_table("nothing").is_none());
}
