//! `aiq bench` on the smallest statement, with keys of its own.

use serde_json::Value;

use crate::home::Home;

#[test]
fn measures_a_statement_and_says_with_what() {
    let home = Home::new();
    let said = home.run(&["bench", "--statement", "membership", "--engine", "portable", "--rounds", "1", "--json"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    let report: Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(report["engine"], "portable");
    assert!(report["machine"]["threads"].as_u64().unwrap() >= 1);
    let statements = report["statements"].as_array().unwrap();
    assert_eq!(statements.len(), 1);
    let measured = &statements[0];
    assert_eq!((&measured["statement"], &measured["constraints"]), (&"membership".into(), &3587.into()));
    for time in ["load_ms", "proof_ms", "ark_proof_ms", "verify_ms"] {
        assert!(measured[time].as_f64().unwrap() > 0.0, "{time}");
    }
    let parts = measured["parts_ms"].as_object().unwrap();
    assert_eq!(parts.len(), 11);
    assert!(parts.values().all(|time| time.as_f64().unwrap() > 0.0), "{parts:?}");

    // The same for people; keys and tables are there now.
    let said = home.run(&["bench", "--statement", "membership", "--engine", "portable", "--rounds", "1"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    for word in ["engine portable", "proof ms", "membership", "B in G2", "verification"] {
        assert!(said.stdout.contains(word), "no '{word}' in: {}", said.stdout);
    }
}

#[test]
fn an_engine_or_statement_that_does_not_exist_is_wrong_usage() {
    let home = Home::new();
    for args in [["--engine", "gpu"], ["--statement", "standing-9"], ["--rounds", "0"]] {
        let said = home.run(&[&["bench"], &args[..]].concat());
        assert_eq!(said.code, 2, "{args:?}: {}", said.stderr);
        assert_eq!(said.stdout, "");
    }
}

#[test]
fn keys_that_are_not_the_pinned_ones_are_named() {
    let home = Home::new();
    let directory = home.path(".local/share/aiq/keys/public-seed");
    std::fs::create_dir_all(&directory).unwrap();
    std::fs::write(directory.join("manifest.json"), "{}").unwrap();
    home.run(&["bench", "--rounds", "1"]).assert_hint(1, "the benchmark's keys", "public-seed keys");
}
