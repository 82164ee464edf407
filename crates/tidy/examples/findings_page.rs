//! Writes the page of all finding codes, `docs/reference/findings.md`, from the sources.

use counterfoil_tidy::finding_codes::{PAGE, findings_page};
use counterfoil_tidy::root;

fn main() -> std::io::Result<()> {
    std::fs::write(root().join(PAGE), findings_page())
}
