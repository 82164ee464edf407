//! Two spans of coverage become a lake, and the lake counts their months.
//!
//! `cargo run -p counterfoil-analytics --example member_months`
#![allow(clippy::disallowed_macros, reason = "an example prints")]

use counterfoil_analytics::{
    Engine, ImportOptions, LakeError, LakeFolder, build, import_file, table_text,
};

const SPANS: &str = "\
person_id,payer,plan,data_source,enrollment_start_date,enrollment_end_date
p1,plan a,gold,demo,2025-01-01,2025-03-15
p2,plan a,gold,demo,2025-02-10,2025-02-20
";

fn main() -> Result<(), LakeError> {
    let root = std::env::temp_dir().join(format!("member-months-{}", std::process::id()));
    let folder = LakeFolder::open_or_make(&root.join("lake"))?;
    let path = root.join("spans.csv");
    let failed = |cause| LakeError::File { doing: "write", path: path.clone(), cause };
    std::fs::write(&path, SPANS).map_err(failed)?;
    import_file(&folder, &path, &ImportOptions::default(), &mut |_| {})?;
    build(&folder, &mut |_, _, _| {})?;
    let engine = Engine::open(&folder)?;
    let question = "select year_month, sum(member_months) as member_months from member_month \
                    group by year_month order by year_month";
    let (text, _) = table_text(engine.ask(question)?, 100)?;
    println!("{text}");
    std::fs::remove_dir_all(&root).map_err(failed)
}
