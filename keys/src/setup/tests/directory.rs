//! Directories of keys: made once, opened again, installed from elsewhere.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::thread;

use aiq_circuits::statement::StatementId::{self, Membership, Standing3};

use crate::install::Installation;
use crate::manifest::KeyKind;
use crate::setup::{MadeKey, ProvingKey};
use crate::{KeyDir, KeyError, Origin, public_seed_manifest};

fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn remaking_the_public_seed_keys_gives_the_pinned_ones() {
    for statement in StatementId::ALL {
        let made = MadeKey::public_seed(statement, &mut |_| {}).unwrap();
        assert_eq!(Some(&made.entry), public_seed_manifest().entry(statement), "run the example pin-public-seed");
    }
}

#[test]
fn public_seed_keys_are_made_as_needed_and_once() {
    let directory = tempfile::tempdir().unwrap();
    let makers: Vec<_> = (0..4)
        .map(|_| {
            let path = directory.path().to_owned();
            thread::spawn(move || {
                let mut reports = 0;
                KeyDir::make(path, Origin::PublicSeed, &[Membership], &mut |_| reports += 1).unwrap();
                reports > 0
            })
        })
        .collect();
    let made = makers.into_iter().map(|maker| maker.join().unwrap()).filter(|made| *made).count();
    assert_eq!(made, 1, "one made the key, the others waited");

    let keys = KeyDir::open(directory.path()).unwrap();
    assert_eq!(keys.verifying_keys().unwrap().len(), StatementId::ALL.len());
    assert_eq!(ProvingKey::load(&keys, Membership).unwrap().origin(), Origin::PublicSeed);
    assert!(matches!(ProvingKey::load(&keys, Standing3), Err(KeyError::FileMissing { .. })));
    assert!(names(directory.path()).iter().all(|name| !name.contains(".tmp")));
}

#[test]
fn single_party_keys_are_fresh_and_never_replaced() {
    let directory = tempfile::tempdir().unwrap();
    let make =
        |path: &Path, statements: &[StatementId]| KeyDir::make(path, Origin::SingleParty, statements, &mut |_| {});
    let keys = make(directory.path(), &[Membership]).unwrap();
    let key = ProvingKey::load(&keys, Membership).unwrap();
    assert_ne!(Some(key.key_id()), public_seed_manifest().entry(Membership).map(|entry| entry.key_id));
    assert_eq!(make(directory.path(), &[Membership]).unwrap().manifest(), keys.manifest());
    assert!(matches!(
        make(directory.path(), &[Standing3]),
        Err(KeyError::NoKeyForStatement { statement: Standing3, .. })
    ));
    assert_eq!(KeyDir::open(directory.path()).unwrap().manifest(), keys.manifest());

    let other = KeyDir::make(directory.path(), Origin::PublicSeed, &[Membership], &mut |_| {});
    assert!(matches!(other, Err(KeyError::OriginDiffers { found: Origin::SingleParty, .. })));
    let elsewhere = tempfile::tempdir().unwrap();
    assert_ne!(make(elsewhere.path(), &[Membership]).unwrap().manifest(), keys.manifest());
}

#[test]
fn ceremony_keys_are_not_made_here() {
    let directory = tempfile::tempdir().unwrap();
    let made = KeyDir::make(directory.path(), Origin::Ceremony, &[Membership], &mut |_| {});
    assert!(matches!(made, Err(KeyError::CeremonyIsImported)));
}

#[test]
fn a_failed_write_leaves_no_keys_behind() {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir_all(directory.path().join("manifest.json.tmp")).unwrap(); // the manifest cannot be written
    let made = KeyDir::make(directory.path(), Origin::SingleParty, &[Membership], &mut |_| {});
    assert!(matches!(made, Err(KeyError::Io { .. })));
    assert_eq!(names(directory.path()), [".lock", "manifest.json.tmp"]);
}

#[test]
fn the_default_directory_names_the_origin() {
    let path = KeyDir::default_path(Origin::SingleParty).unwrap();
    assert!(path.ends_with("aiq/keys/single-party"));
}

/// What a service would hand out for a file.
fn served(source: &KeyDir, wanted: &crate::install::Wanted) -> Vec<u8> {
    fs::read(source.file_path(&wanted.entry, wanted.kind)).unwrap()
}

#[test]
fn installs_fetched_keys_and_resumes() {
    let source = KeyDir::for_tests(&[Membership]).unwrap();
    let json = fs::read(source.manifest_path()).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let pinned = source.manifest().digest();

    let begun = Installation::begin(directory.path(), &json, &pinned).unwrap();
    let missing = begun.missing(&[Membership]).unwrap();
    assert_eq!(missing.len(), StatementId::ALL.len() + 1, "every verifying key and a proving key");
    for wanted in missing {
        let bytes = served(&source, &wanted);
        let half = if wanted.kind == KeyKind::Proving { bytes.len() / 2 } else { bytes.len() };
        fs::write(&wanted.partial, &bytes[..half]).unwrap();
        match begun.accept(&wanted) {
            Ok(()) => assert_eq!(wanted.kind, KeyKind::Verifying),
            Err(error) => assert!(matches!(error, KeyError::SizeDiffers { .. }), "{error}"),
        }
    }
    drop(begun); // interrupted
    assert!(matches!(KeyDir::open(directory.path()), Err(KeyError::NoManifest { .. })));

    let resumed = Installation::begin(directory.path(), &json, &pinned).unwrap();
    let missing = resumed.missing(&[Membership]).unwrap();
    let [wanted] = missing.as_slice() else { panic!("only the proving key is missing: {missing:?}") };
    let bytes = served(&source, wanted);
    let start = usize::try_from(wanted.resume_at()).unwrap();
    assert_eq!(start, bytes.len() / 2);
    let mut partial = fs::OpenOptions::new().append(true).open(&wanted.partial).unwrap();
    partial.write_all(&bytes[start..]).unwrap();
    resumed.accept(wanted).unwrap();
    let keys = resumed.finish().unwrap();
    assert_eq!(keys.manifest(), source.manifest());
    ProvingKey::load(&keys, Membership).unwrap();
    assert!(names(directory.path()).iter().all(|name| !name.contains(".part")));
}

#[test]
fn refuses_a_manifest_that_the_genesis_does_not_pin() {
    let source = KeyDir::for_tests(&[]).unwrap();
    let json = fs::read(source.manifest_path()).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let begun = Installation::begin(directory.path(), &json, &[7; 32]);
    assert!(matches!(begun, Err(KeyError::ManifestDigestDiffers { .. })));
    assert_eq!(names(directory.path()), Vec::<String>::new());
}

#[test]
fn deletes_a_fetched_file_with_the_wrong_bytes() {
    let source = KeyDir::for_tests(&[]).unwrap();
    let json = fs::read(source.manifest_path()).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let begun = Installation::begin(directory.path(), &json, &source.manifest().digest()).unwrap();
    let wanted = begun.missing(&[]).unwrap().remove(0);
    let mut bytes = served(&source, &wanted);
    bytes[40] ^= 1;
    fs::write(&wanted.partial, &bytes).unwrap();
    assert!(matches!(begun.accept(&wanted), Err(KeyError::HashDiffers { .. })));
    assert!(!wanted.partial.exists());
    assert!(matches!(begun.finish(), Err(KeyError::FileMissing { .. })));
    assert!(matches!(KeyDir::open(directory.path()), Err(KeyError::NoManifest { .. })));
}
