//! Every target over the committed corpus, and over damage to it: what a fuzzer found stays found, on any compiler.

use std::{
    fs,
    path::{Path, PathBuf},
};

use aiq_fuzz::{TARGETS, Target};

/// Places at which each file is damaged.
const PLACES: usize = 48;

fn corpus(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    let files = fs::read_dir(&directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    let read = |file: fs::DirEntry| (file.path(), fs::read(file.path()).expect("a file of the corpus"));
    let mut files: Vec<_> = files.map(|file| read(file.expect("an entry of a directory"))).collect();
    files.sort();
    files
}

/// The file with each of some bytes changed in turn, cut there, and with a byte put in.
fn damaged(file: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let step = file.len().div_ceil(PLACES).max(1);
    (0..file.len()).step_by(step).flat_map(move |place| {
        let (before, behind) = file.split_at(place);
        let changes = [1, 0x80, 0xff].map(|change| [before, &[behind[0] ^ change], &behind[1..]].concat());
        changes.into_iter().chain([before.to_vec(), [before, b"0", behind].concat()])
    })
}

fn replay(name: &str, target: Target) {
    let mut accepted = 0;
    for (path, file) in corpus(name) {
        println!("{}", path.display());
        accepted += usize::from(target(&file));
        damaged(&file).for_each(|case| {
            target(&case);
        });
    }
    assert!(accepted > 0, "nothing in the corpus of {name} is accepted: make it anew with the example `seeds`");
}

#[test]
fn every_target_holds_on_its_corpus_and_on_damage_to_it() {
    for (name, target) in TARGETS {
        replay(name, *target);
    }
}

#[test]
fn every_target_has_a_program() {
    let programs = Path::new(env!("CARGO_MANIFEST_DIR")).join("libfuzzer/targets");
    let mut found: Vec<String> = fs::read_dir(programs)
        .expect("the directory of the programs")
        .map(|file| file.expect("an entry").path().file_stem().expect("a name").to_string_lossy().into_owned())
        .collect();
    found.sort();
    let mut expected: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
    expected.sort_unstable();
    assert_eq!(found, expected);
}
