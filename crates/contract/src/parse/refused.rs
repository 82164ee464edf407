//! Texts that are refused as a whole or in a line, before their declarations are read.

use super::{CONTRACT_FILE, TEXT_BYTES_MAX};
use crate::ast::Span;
use crate::markdown::Obscure;
use crate::problem::Problem;
use counterfoil_base::Finding;

/// What people may not see as it is run, or take for run although it is not.
pub(super) fn hidden(span: Span, what: Obscure) -> Problem {
    let (message, fix) = match what {
        Obscure::Html => (
            "HTML has no place in a contract",
            "Write it in Markdown; put a blank behind a '<' that means 'less than'",
        ),
        Obscure::Tildes => ("A fence of tildes has no place in a contract", "Fence with ```"),
        Obscure::Indented => (
            "This fence does not begin its line",
            "Begin the line with the fence, outside of lists and quotations",
        ),
        Obscure::NearlyTerms => (
            "The word behind this fence is nearly 'terms'",
            "Write ```terms over rules, and another word over what is for people only",
        ),
    };
    let finding = Finding::error("CONTRACT-hidden", 7, message)
        .because("What people see and what machines run must be the same")
        .fix(fix);
    Problem::at(finding, CONTRACT_FILE, span).label("here")
}

pub(super) fn too_large(bytes: usize) -> Problem {
    Problem::of_file(
        Finding::error(
            "CONTRACT-too-large",
            7,
            format!("The contract has {bytes} bytes, more than {TEXT_BYTES_MAX}"),
        )
        .because("A contract is a text that people read before they sign it")
        .fix("Move numbers into the files of the years; check that this is the right file"),
        CONTRACT_FILE,
    )
}

pub(super) fn not_text(offset: usize) -> Problem {
    Problem::of_file(
        Finding::error(
            "CONTRACT-not-text",
            7,
            format!("The contract is not UTF-8 text from byte {offset} on"),
        )
        .because("Both parties sign the bytes of the text, so its encoding must be certain")
        .fix("Save the file as UTF-8"),
        CONTRACT_FILE,
    )
}
