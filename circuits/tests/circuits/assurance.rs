//! `docs/assurance.md` and `docs/threat-model.md` name tests all over the repository. They exist.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// `file::function` for every function in the sources below a directory.
fn functions(directory: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(directory).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            functions(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let file = path.file_stem().unwrap().to_str().unwrap();
            let text = fs::read_to_string(&path).unwrap();
            let names = text.lines().filter_map(|line| {
                let rest = line.trim_start();
                // A test that every store has to pass is a public function.
                let rest = rest.strip_prefix("pub ").unwrap_or(rest);
                rest.strip_prefix("async ").unwrap_or(rest).strip_prefix("fn ")?.split_once('(')
            });
            found.extend(names.map(|(name, _)| format!("{file}::{name}")));
        }
    }
}

#[test]
fn every_test_that_the_documents_name_exists() {
    let mut existing = BTreeSet::new();
    for member in ["circuits", "verifier", "keys", "prover", "server", "cli", "tests"] {
        functions(&root().join(member), &mut existing);
    }
    for (document, at_least) in [("docs/assurance.md", 100), ("docs/threat-model.md", 60)] {
        let text = fs::read_to_string(root().join(document)).unwrap();
        let named: Vec<&str> = text.split('`').skip(1).step_by(2).filter(|code| code.contains("::")).collect();
        assert!(named.len() > at_least, "{document} names {} tests", named.len());
        let missing: Vec<&&str> =
            named.iter().filter(|name| **name != "file::function" && !existing.contains(**name)).collect();
        assert!(missing.is_empty(), "{document}: {missing:#?}");
    }
}

/// What somebody cannot do is tried: every row of the threat model names a test.
#[test]
fn every_cannot_of_the_threat_model_names_its_test() {
    let text = fs::read_to_string(root().join("docs/threat-model.md")).unwrap();
    let rows = text.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| cannot"));
    for row in rows {
        assert!(row.rsplit('|').nth(1).is_some_and(|cell| cell.contains("::")), "no test: {row}");
    }
}
