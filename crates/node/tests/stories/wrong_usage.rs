//! A person types something wrong: the program says what and what to type instead.

use crate::claims::{VISIT, file_837p};
use crate::place::Place;

const DESK: &str = "--rates plan/rates --members plan/members.csv";

fn place() -> Place {
    let place = Place::with_plan();
    place.write("june.837", file_837p(1, &[VISIT]));
    place
}

#[test]
fn files_that_are_not_there() {
    let place = place();
    insta::assert_snapshot!(place.story(&[
        "x12 check missing.837",
        "x12 show missing.837",
        "x12 roundtrip missing.837",
        "x12 survey missing",
        "claim check missing.837",
        &format!("claim adjudicate missing.837 {DESK} --out out"),
        "remit post missing.835 --data office",
        "claim check june.837 --rates missing --members plan/members.csv",
        "claim check june.837 --rates plan/rates --members missing.csv",
        "claim check june.837 --rules missing",
        "x12 check june.837 --tables missing",
    ]), @r#"
    $ counterfoil x12 check missing.837
    ! error: cannot read missing.837: No such file or directory (os error 2)
    !
    ! hint: check the path; nothing was changed
    = 3

    $ counterfoil x12 show missing.837
    ! error: cannot read missing.837: No such file or directory (os error 2)
    !
    ! hint: check the path; nothing was changed
    = 3

    $ counterfoil x12 roundtrip missing.837
    ! error: cannot read missing.837: No such file or directory (os error 2)
    !
    ! hint: check the path; nothing was changed
    = 3

    $ counterfoil x12 survey missing
    ! error: missing is not a folder
    !
    ! hint: name a folder; `x12 check` takes a file
    = 2

    $ counterfoil claim check missing.837
    ! error: cannot read missing.837: No such file or directory (os error 2)
    !
    ! hint: check the path; nothing was changed
    = 3

    $ counterfoil claim adjudicate missing.837 --rates plan/rates --members plan/members.csv \
          --out out
    ! error: cannot read missing.837: No such file or directory (os error 2)
    !
    ! hint: check the path; nothing was changed
    = 3

    $ counterfoil remit post missing.835 --data office
    ! error: cannot read missing.835: No such file or directory (os error 2)
    !
    ! hint: check the path; nothing was changed
    = 3

    $ counterfoil claim check june.837 --rates missing --members plan/members.csv
    ! error: cannot read missing: No such file or directory (os error 2)
    !
    ! hint: check the path; nothing was changed
    = 3

    $ counterfoil claim check june.837 --rates plan/rates --members missing.csv
    ! error: cannot read missing.csv: No such file or directory (os error 2)
    !
    ! hint: check the path; nothing was changed
    = 3

    $ counterfoil claim check june.837 --rules missing
    ! error: cannot read missing: No such file or directory (os error 2)
    !
    ! hint: check the path; nothing was changed
    = 3

    $ counterfoil x12 check june.837 --tables missing
    ! error: cannot read missing: No such file or directory (os error 2)
    !
    ! hint: check the path; nothing was changed
    = 3
    "#);
    assert!(!place.path("office").exists(), "a command that did nothing leaves nothing");
    assert!(!place.path("out").exists(), "a command that did nothing leaves nothing");
}

#[test]
fn a_folder_where_a_file_belongs_and_a_file_where_a_folder_belongs() {
    let place = place();
    insta::assert_snapshot!(place.story(&[
        "x12 check plan",
        "x12 roundtrip plan",
        "x12 survey june.837",
        "claim check plan",
        &format!("claim adjudicate plan {DESK} --out out"),
        "remit post plan --data office",
        &format!("claim adjudicate june.837 {DESK} --out june.837"),
        "ledger verify --data june.837",
        "remit post june.837 --data june.837",
    ]), @r#"
    $ counterfoil x12 check plan
    ! error: plan is a folder
    !
    ! hint: name a file; of folders `x12 survey` takes those with X12 files
    = 2

    $ counterfoil x12 roundtrip plan
    ! error: plan is a folder
    !
    ! hint: name a file; of folders `x12 survey` takes those with X12 files
    = 2

    $ counterfoil x12 survey june.837
    ! error: june.837 is not a folder
    !
    ! hint: name a folder; `x12 check` takes a file
    = 2

    $ counterfoil claim check plan
    ! error: plan is a folder
    !
    ! hint: name a file; of folders `x12 survey` takes those with X12 files
    = 2

    $ counterfoil claim adjudicate plan --rates plan/rates --members plan/members.csv --out out
    ! error: plan is a folder
    !
    ! hint: name a file; of folders `x12 survey` takes those with X12 files
    = 2

    $ counterfoil remit post plan --data office
    ! error: plan is a folder
    !
    ! hint: name a file; of folders `x12 survey` takes those with X12 files
    = 2

    $ counterfoil claim adjudicate june.837 --rates plan/rates --members plan/members.csv --out \
          june.837
    ! rates: contracts.toml, fee_schedule.csv, payment.toml, place_of_service_plan.csv, \
          plans.toml
    ! error: june.837 is a file; a folder for files is wanted here
    !
    ! hint: name a folder; nothing was changed
    = 2

    $ counterfoil ledger verify --data june.837
    ! error: june.837 holds no database
    !
    ! hint: name the folder that `claim adjudicate` or `remit post` was given as --data
    = 3

    $ counterfoil remit post june.837 --data june.837
    ! error: june.837 is a file; a data folder is wanted here
    !
    ! hint: name a folder; nothing was changed
    = 2
    "#);
}

#[test]
fn days_that_are_no_days() {
    let place = place();
    insta::assert_snapshot!(place.story(&[
        "x12 check june.837 --on tomorrow",
        "claim check june.837 --on 2025-02-30",
        "claim check june.837 --on 01/02/2025",
    ]), @r#"
    $ counterfoil x12 check june.837 --on tomorrow
    ! error: invalid value 'tomorrow' for '--on <DAY>': write an existing day as YYYY-MM-DD, \
          for example 2025-01-31
    !
    ! For more information, try '--help'.
    = 2

    $ counterfoil claim check june.837 --on 2025-02-30
    ! error: invalid value '2025-02-30' for '--on <DAY>': write an existing day as YYYY-MM-DD, \
          for example 2025-01-31
    !
    ! For more information, try '--help'.
    = 2

    $ counterfoil claim check june.837 --on 01/02/2025
    ! error: invalid value '01/02/2025' for '--on <DAY>': write an existing day as YYYY-MM-DD, \
          for example 2025-01-31
    !
    ! For more information, try '--help'.
    = 2
    "#);
}

#[test]
fn words_that_do_not_fit_together() {
    let place = place();
    insta::assert_snapshot!(place.story(&[
        "claim check june.837 --rates plan/rates",
        "claim adjudicate june.837 --out out",
        "claim chekc june.837",
        "demo --claims 5",
        "remit post --data office",
        "ledger verify",
        "x12 check june.837 --jsn",
    ]), @r#"
    $ counterfoil claim check june.837 --rates plan/rates
    ! error: the following required arguments were not provided:
    !   --members <FILE>
    !
    ! Usage: counterfoil claim check --rates <DIR> --members <FILE> <FILE>
    !
    ! For more information, try '--help'.
    = 2

    $ counterfoil claim adjudicate june.837 --out out
    ! error: the following required arguments were not provided:
    !   --rates <DIR>
    !   --members <FILE>
    !
    ! Usage: counterfoil claim adjudicate --rates <DIR> --members <FILE> --out <DIR> <FILE>
    !
    ! For more information, try '--help'.
    = 2

    $ counterfoil claim chekc june.837
    ! error: unrecognized subcommand 'chekc'
    !
    !   tip: a similar subcommand exists: 'check'
    !
    ! Usage: counterfoil claim <COMMAND>
    !
    ! For more information, try '--help'.
    = 2

    $ counterfoil demo --claims 5
    ! error: invalid value '5' for '--claims <CLAIMS>': 5 is not in 10..=200000
    !
    ! For more information, try '--help'.
    = 2

    $ counterfoil remit post --data office
    ! error: the following required arguments were not provided:
    !   <FILES>...
    !
    ! Usage: counterfoil remit post --data <DIR> <FILES>...
    !
    ! For more information, try '--help'.
    = 2

    $ counterfoil ledger verify
    ! error: the following required arguments were not provided:
    !   --data <DIR>
    !
    ! Usage: counterfoil ledger verify --data <DIR>
    !
    ! For more information, try '--help'.
    = 2

    $ counterfoil x12 check june.837 --jsn
    ! error: unexpected argument '--jsn' found
    !
    !   tip: a similar argument exists: '--json'
    !
    ! Usage: counterfoil x12 check --json <FILE>
    !
    ! For more information, try '--help'.
    = 2
    "#);
}

#[test]
fn rates_that_cannot_be_read_stop_the_work() {
    let place = place();
    place.write("broken/plans.toml", "[[plan]\nid = ");
    place.write("broken/contracts.toml", "");
    place.write("broken/payment.toml", place.read("plan/rates/payment.toml"));
    place.write("bytes/plans.toml", [0xff, 0xfe, 0x00]);
    place.write("unpaid/plans.toml", place.read("plan/rates/plans.toml"));
    place.write("misspelt/payment.toml", "[payer]\nname = 7\n");
    let adjudicate = |rates: &str| {
        format!("claim adjudicate june.837 --rates {rates} --members plan/members.csv --out out")
    };
    insta::assert_snapshot!(place.story(&[
        "claim check june.837 --rates broken --members plan/members.csv",
        "claim check june.837 --rates bytes --members plan/members.csv",
        &adjudicate("broken"),
        &adjudicate("unpaid"),
        &adjudicate("misspelt"),
    ]), @r#"
    $ counterfoil claim check june.837 --rates broken --members plan/members.csv
    ! error: plans.toml line 1: not valid TOML: unclosed array table, expected `]` \
          (RATES-not-toml)
    ! error: rates, members or tables hold errors; nothing was done
    !
    ! hint: mend the line; dates and decimals stand in quotation marks
    = 3

    $ counterfoil claim check june.837 --rates bytes --members plan/members.csv
    ! error: bytes/plans.toml is not UTF-8 text
    !
    ! hint: save the file as UTF-8 text and run the command again
    = 3

    $ counterfoil claim adjudicate june.837 --rates broken --members plan/members.csv --out out
    ! error: plans.toml line 1: not valid TOML: unclosed array table, expected `]` \
          (RATES-not-toml)
    ! error: rates, members or tables hold errors; nothing was done
    !
    ! hint: mend the line; dates and decimals stand in quotation marks
    = 3

    $ counterfoil claim adjudicate june.837 --rates unpaid --members plan/members.csv --out out
    ! error: cannot read unpaid/payment.toml: No such file or directory (os error 2)
    !
    ! hint: check the path; nothing was changed
    = 3

    $ counterfoil claim adjudicate june.837 --rates misspelt --members plan/members.csv --out \
          out
    ! error: payment.toml: invalid type: integer `7`, expected a string
    !
    ! hint: Correct payment.toml as docs/reference/payment-settings.md describes it.
    = 3
    "#);
    assert!(!place.path("out").exists(), "nothing was begun");
}

#[test]
fn members_that_cannot_be_read_stop_the_work() {
    let place = place();
    place.write("empty.csv", "");
    place.write("other.csv", "name,age\nADA,45\n");
    place.write("bytes.csv", [0xff, 0xfe, 0x00]);
    let check = |members: &str| {
        format!("claim check june.837 --rates plan/rates --members {members} --on 2025-01-06")
    };
    insta::assert_snapshot!(
        place.story(&[&check("empty.csv"), &check("other.csv"), &check("bytes.csv")]),
        @r#"
    $ counterfoil claim check june.837 --rates plan/rates --members empty.csv --on 2025-01-06
    ! error: empty.csv line 1: columns missing: member_id, subscriber_id, relationship, \
          last_name, first_name, birth_date, sex, plan_id, coverage_from, coverage_to, \
          other_payer_id, other_payer_order (RATES-missing-column)
    ! error: empty.csv line 1: no member was read (RATES-no-members)
    ! error: rates, members or tables hold errors; nothing was done
    !
    ! hint: write the header row \
          member_id,subscriber_id,relationship,last_name,first_name,birth_date,sex,plan_id,cover \
          age_from,coverage_to,other_payer_id,other_payer_order
    = 3

    $ counterfoil claim check june.837 --rates plan/rates --members other.csv --on 2025-01-06
    ! error: other.csv line 1: columns missing: member_id, subscriber_id, relationship, \
          last_name, first_name, birth_date, sex, plan_id, coverage_from, coverage_to, \
          other_payer_id, other_payer_order (RATES-missing-column)
    ! error: other.csv line 1: no member was read (RATES-no-members)
    ! error: rates, members or tables hold errors; nothing was done
    !
    ! hint: write the header row \
          member_id,subscriber_id,relationship,last_name,first_name,birth_date,sex,plan_id,cover \
          age_from,coverage_to,other_payer_id,other_payer_order
    = 3

    $ counterfoil claim check june.837 --rates plan/rates --members bytes.csv --on 2025-01-06
    ! error: bytes.csv is not UTF-8 text
    !
    ! hint: save the file as UTF-8 text and run the command again
    = 3
    "#
    );
}

#[test]
fn accumulators_that_cannot_be_read_stop_the_work() {
    let place = place();
    place.write("other.csv", "name,age\nADA,45\n");
    let check = |file: &str| format!("claim check june.837 {DESK} --accumulators {file}");
    insta::assert_snapshot!(
        place.story(&[&check("other.csv"), &check("missing.csv")]),
        @r#"
    $ counterfoil claim check june.837 --rates plan/rates --members plan/members.csv \
          --accumulators other.csv
    ! error: Line 1 of the accumulator file: the header is not that of an accumulator file.
    !
    ! hint: Export the file again with `counterfoil member accumulators`.
    = 3

    $ counterfoil claim check june.837 --rates plan/rates --members plan/members.csv \
          --accumulators missing.csv
    ! error: cannot read missing.csv: No such file or directory (os error 2)
    !
    ! hint: check the path; nothing was changed
    = 3
    "#
    );
}

#[test]
fn a_database_that_is_none_is_left_alone() {
    let place = place();
    place.write("payer/counterfoil.sqlite", "these are not the books that you are looking for");
    insta::assert_snapshot!(place.story(&[
        "ledger verify --data payer",
        &format!("claim adjudicate june.837 {DESK} --out out --data payer"),
    ]), @r#"
    $ counterfoil ledger verify --data payer
    ! error: cannot open the database: file is not a database
    !
    ! hint: nothing was changed; the data folder must be writable, even to be read, and its \
          counterfoil.sqlite a database of this program
    = 3

    $ counterfoil claim adjudicate june.837 --rates plan/rates --members plan/members.csv --out \
          out --data payer
    ! rates: contracts.toml, fee_schedule.csv, payment.toml, place_of_service_plan.csv, \
          plans.toml
    ! error: cannot open the database: file is not a database
    !
    ! hint: nothing was changed; the data folder must be writable, even to be read, and its \
          counterfoil.sqlite a database of this program
    = 3
    "#);
    assert!(place.read("payer/counterfoil.sqlite").starts_with("these are not the books"));
}

#[test]
fn empty_and_binary_files_are_findings() {
    let place = place();
    place.write("empty.837", "");
    place.write("picture.837", [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13]);
    for file in ["empty.837", "picture.837"] {
        for line in [
            format!("x12 check {file}"),
            format!("x12 roundtrip {file}"),
            format!("claim check {file}"),
            format!("claim adjudicate {file} {DESK} --out out --on 2025-01-06"),
            format!("remit post {file} --data office"),
        ] {
            let told = place.run(&line);
            if file == "empty.837" && !line.starts_with("x12 ") {
                assert_eq!(told.code, 3, "{told}");
                assert!(told.err.contains("empty.837 is empty, not an X12 file"), "{told}");
                continue;
            }
            assert_eq!(told.code, 1, "{told}");
            assert!(told.out.contains("X12-1-no-interchange"), "{told}");
        }
    }
}

#[test]
fn files_of_another_kind_are_named_and_nothing_is_done() {
    let place = place();
    let wide: Vec<u8> = "\u{feff}ISA*00".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (name, bytes, kind) in [
        ("letter.pdf", b"%PDF-1.7 ...".as_slice(), "a PDF document"),
        ("june.837.gz", b"\x1f\x8b\x08\x00...".as_slice(), "packed with gzip"),
        ("june.zip", b"PK\x03\x04....".as_slice(), "a ZIP archive or office document"),
        ("wide.837", wide.as_slice(), "text in UTF-16"),
    ] {
        place.write(name, bytes);
        let adjudicate = format!("claim adjudicate {name} {DESK} --out out --on 2025-01-06");
        for line in [format!("claim check {name}"), adjudicate] {
            let told = place.run(&line);
            assert_eq!(told.code, 3, "{told}");
            let words = format!("error: {name} is {kind}, not an X12 file; nothing was done");
            assert!(told.err.contains(&words) && told.err.contains("hint: "), "{told}");
        }
        let told = place.run(&format!("x12 check {name}"));
        assert_eq!(told.code, 1, "{told}");
        assert!(told.err.contains(&format!("{name} is {kind}, not an X12 file: ")), "{told}");
    }
    assert!(!place.path("out").exists());
    insta::assert_snapshot!(place.story(&[
        "claim check june.837 --rates june.837 --members plan/members.csv",
        "claim check june.837 --rates . --members plan/members.csv",
        "claim check june.837 --rules june.837",
        "claim check june.837 --book june.837",
        "claim check june.837 --clean plan",
        &format!("claim adjudicate june.837 {DESK} --out june.837 --data payer"),
    ]), @r#"
    $ counterfoil claim check june.837 --rates june.837 --members plan/members.csv
    ! error: june.837 is a file; a folder is wanted here
    !
    ! hint: name the folder; nothing was changed
    = 2

    $ counterfoil claim check june.837 --rates . --members plan/members.csv
    ! error: . is no rates folder: no plans.toml, no contracts.toml
    !
    ! hint: name the folder with the payer's plans and contracts; there: june.837, june.837.gz, \
          june.zip, letter.pdf, wide.837
    = 3

    $ counterfoil claim check june.837 --rules june.837
    ! error: june.837 is a file; a folder is wanted here
    !
    ! hint: name the folder; nothing was changed
    = 2

    $ counterfoil claim check june.837 --book june.837
    ! error: june.837 is a file; a data folder is wanted here
    !
    ! hint: name a folder; nothing was changed
    = 2

    $ counterfoil claim check june.837 --clean plan
    ! error: cannot write plan: it is a folder
    !
    ! hint: name a file; nothing was changed
    = 2

    $ counterfoil claim adjudicate june.837 --rates plan/rates --members plan/members.csv --out \
          june.837 --data payer
    ! rates: contracts.toml, fee_schedule.csv, payment.toml, place_of_service_plan.csv, \
          plans.toml
    ! error: june.837 is a file; a folder for files is wanted here
    !
    ! hint: name a folder; nothing was changed
    = 2
    "#);
}
