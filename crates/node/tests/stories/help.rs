//! What the program says of itself: help, the page of commands, the README.

use crate::place::{Place, root, words};
use counterfoil_cli::{command_names, commands_page, parses};
use std::ffi::OsString;

#[test]
fn the_program_in_brief() {
    insta::assert_snapshot!(Place::empty().run("--help"), @r#"
    $ counterfoil --help
    Examples:
      counterfoil demo
      counterfoil x12 check claims.837
      counterfoil claim check claims.837 --rules rules --rates rates --members members.csv
      counterfoil remit post payment.835 --bank bank.csv --data office

    Claim to cash for payers and providers: check, adjudicate, pay, post and match to the cent

    Usage: counterfoil <COMMAND>

    Commands:
      demo        Play a month between a plan, a hospital and a small practice, as three nodes
      claim       Check claims before they are sent; adjudicate, decide and pay them
      remit       Post remittances and match the bank to them
      ledger      Look into the books
      member      What members have used of their benefits
      risk        What people are expected to cost, by the payer's published model
      lake        Claims and clinical records of any source in one store; questions in SQL
      account     People who may sign in to the pages
      rules       A payer's rule packs: publish them to partners, see which are in force
      twin        The record that payer and provider keep together: sign, exchange, verify, \
          prove
      contract    Write, check, sign, settle, compare and simulate a value contract
      settlement  Settle a year with a partner by the contract in force: state, compare, book
      x12         Read, check, show and survey X12 files of any transaction set
      node        Make a node and pair it with partners
      serve       Run this organization's node until it is stopped
      doctor      Look for what would keep the node from working; each with its next step
      backup      Copy a node while it runs: database, keys, configuration, documents
      restore     Put a backup into an empty data folder, after checking every file of it
      help        Print this message or the help of the given subcommand(s)

    Options:
      -h, --help     Print help
      -V, --version  Print version
    = 0
    "#);
}

#[test]
fn every_help_begins_with_examples_that_parse() {
    let place = Place::empty();
    let names = command_names();
    assert!(names.len() > 14, "{names:?}");
    for name in names {
        let told = place.run(&format!("{name} --help"));
        assert_eq!((told.code, told.err.as_str()), (0, ""), "{told}");
        assert!(told.out.starts_with("Examples:\n  counterfoil "), "{told}");
        let examples = told.out.split("\n\n").next().unwrap_or("").replace("\\\n", " ");
        let mut seen = 0;
        for line in examples.lines().skip(1) {
            assert_parses(line, &format!("help of {name}"));
            seen += usize::from(line.trim().starts_with(&format!("counterfoil {name}")));
        }
        assert!(seen > 0, "an example of the command itself: {told}");
    }
}

#[test]
fn help_of_a_command_in_full() {
    insta::assert_snapshot!(Place::empty().run("claim decide --help"), @r#"
    $ counterfoil claim decide --help
    Examples:
      counterfoil claim decide 001234567890101 --data payer --rates rates \
          --members members.csv --by "Dana Reyes" --verdict approve \
          --reason "records reviewed"
      counterfoil claim decide 001234567890101 --data payer --rates rates \
          --members members.csv --by "Dana Reyes" --verdict deny --carc 18 \
          --reason "sent twice"

    Decide a pended claim as a named person

    Usage: counterfoil claim decide [OPTIONS] --data <DIR> --rates <DIR> --members <FILE> --by \
          <NAME> --verdict <VERDICT> --reason <REASON> <CLAIM_CONTROL_NUMBER>

    Arguments:
      <CLAIM_CONTROL_NUMBER>
              The payer's claim control number

    Options:
          --data <DIR>
              Folder that holds the organization's database

          --rates <DIR>
              Folder with plans, contracts, fee tables and payment.toml

          --members <FILE>
              Members and their coverage (CSV)

          --rules <DIR>
              Folder with the payer's rule packs and edit tables

          --tables <DIR>
              Folder with code tables beside the built-in ones

          --on <DAY>
              Day of the work, YYYY-MM-DD; today when absent

          --by <NAME>
              Name of the person who decides

          --verdict <VERDICT>
              What the person decides

              Possible values:
              - approve: Pay as contract and benefits say
              - deny:    Pay nothing; needs --carc

          --reason <REASON>
              Why

          --carc <CODE>
              Claim adjustment reason code of a denial

          --rarc <CODE>
              Remittance advice remark code of a denial

          --json
              Print one JSON object

      -h, --help
              Print help (see a summary with '-h')
    = 0
    "#);
}

#[test]
fn the_page_of_commands_is_what_the_program_says() {
    let page = std::fs::read_to_string(root().join("docs/reference/commands.md")).expect("page");
    let fix = "write it anew with: cargo run -p counterfoil-cli --example commands_page";
    assert_eq!(page, commands_page(), "{fix}");
}

#[test]
fn every_command_of_the_readme_parses() {
    let readme = std::fs::read_to_string(root().join("README.md")).expect("the README");
    let mut seen = 0;
    let mut is_shell = false;
    for line in readme.lines() {
        match line {
            "```sh" => is_shell = true,
            "```" => is_shell = false,
            _ if is_shell && line.starts_with("counterfoil ") => {
                assert_parses(line, "README.md");
                seen += 1;
            }
            _ => {}
        }
    }
    assert!(seen > 8, "the README shows commands");
}

/// Words after a pipe, a redirection or a comment are the shell's own.
fn assert_parses(line: &str, place: &str) {
    let own = line.split(['|', '>', '#']).next().unwrap_or("").trim();
    let words: Vec<OsString> = words(own).into_iter().map(OsString::from).collect();
    if let Err(refusal) = parses(words) {
        panic!("{place}: `{own}` is refused: {refusal}");
    }
}
