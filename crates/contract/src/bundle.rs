//! A contract's files as one run of bytes, whose SHA-256 is the contract's digest.

use crate::contract::ContractFiles;
use crate::facts::FACTS_FILE;
use crate::parse::CONTRACT_FILE;

/// Most bytes of a name.
const NAME_BYTES_MAX: usize = 200;

/// The files in the order of their names, each as `length (u64, big-endian) || name || length ||
/// bytes`: lengths stand before names and bytes, so that no two folders give the same.
#[must_use]
pub fn bundle(files: &ContractFiles) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, bytes) in files {
        for part in [name.as_bytes(), bytes] {
            let length = u64::try_from(part.len()).unwrap_or(u64::MAX);
            out.extend_from_slice(&length.to_be_bytes());
            out.extend_from_slice(part);
        }
    }
    out
}

/// The files of a bundle; nothing when the bytes are none: cut, names out of order, or a name that
/// no file of a contract has.
#[must_use]
pub fn unbundle(mut bytes: &[u8]) -> Option<ContractFiles> {
    let mut files = ContractFiles::new();
    let mut last = String::new();
    while !bytes.is_empty() {
        let name = std::str::from_utf8(take(&mut bytes)?).ok()?.to_owned();
        let content = take(&mut bytes)?.to_vec();
        if !is_name(&name) || name <= last {
            return None;
        }
        last.clone_from(&name);
        files.insert(name, content);
    }
    Some(files)
}

fn take<'b>(bytes: &mut &'b [u8]) -> Option<&'b [u8]> {
    let (length, rest) = bytes.split_first_chunk::<8>()?;
    let length = usize::try_from(u64::from_be_bytes(*length)).ok()?;
    let (part, rest) = rest.split_at_checked(length)?;
    *bytes = rest;
    Some(part)
}

/// Whether a file of a contract may have this name. Such a name is also safe as a path below a
/// folder.
fn is_name(name: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let is_part =
        |part: &str| !part.starts_with('.') && part.chars().all(is_plain) && !part.is_empty();
    let is_below = |folder: &str| name.starts_with(folder) && name.ends_with(".toml");
    let is_known =
        name == CONTRACT_FILE || name == FACTS_FILE || is_below("params/") || is_below("cases/");
    is_known && name.len() <= NAME_BYTES_MAX && name.split('/').all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Contract;
    use proptest::prelude::*;
    use sha2::{Digest, Sha256};

    fn files(names: &[&str]) -> ContractFiles {
        names.iter().map(|name| ((*name).to_owned(), name.as_bytes().to_vec())).collect()
    }

    #[test]
    fn a_bundle_gives_its_files_back_and_has_the_contract_s_digest() {
        let files =
            files(&["contract.md", "facts.toml", "params/2025.toml", "cases/good/a-1.toml"]);
        let bytes = bundle(&files);
        assert_eq!(unbundle(&bytes), Some(files.clone()));
        let hex: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(Contract::load(&files).0.digest(), hex);
        for cut in 1..bytes.len() {
            assert!(unbundle(&bytes[..cut]).is_none_or(|some| some.len() < files.len()), "{cut}");
        }
    }

    #[test]
    fn names_that_are_none_are_refused() {
        for name in [
            "",
            "other.md",
            "params/../x.toml",
            "params//x.toml",
            "/contract.md",
            "cases/a b.toml",
            "params/.x.toml",
            "cases/é.toml",
            "params/2025.txt",
            "cases\\x.toml",
        ] {
            assert_eq!(unbundle(&bundle(&files(&[name]))), None, "{name}");
        }
        let two = [bundle(&files(&["params/2.toml"])), bundle(&files(&["params/1.toml"]))].concat();
        assert_eq!(unbundle(&two), None, "out of order");
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Some(files) = unbundle(&bytes) {
                prop_assert_eq!(bundle(&files), bytes);
            }
        }
    }
}
