//! What a loader of keys refuses (§9), one test for each cause.

use std::fs;

use aiq_circuits::statement::StatementId::{Membership, Standing3, Standing8};
use tempfile::TempDir;

use crate::manifest::{FileDigest, KeyKind, Manifest, ManifestEntry};
use crate::setup::ProvingKey;
use crate::{KeyDir, KeyError};

/// A directory with one key whose files a test may change; the manifest is written after the changes.
struct Tampered {
    directory: TempDir,
    entry: ManifestEntry,
    verifying: Vec<u8>,
    proving: Vec<u8>,
}

impl Tampered {
    fn new() -> Self {
        let keys = KeyDir::for_tests(&[Membership]).unwrap();
        let entry = keys.entry(Membership).unwrap().clone();
        let read = |kind| fs::read(keys.file_path(&entry, kind)).unwrap();
        let (verifying, proving) = (read(KeyKind::Verifying), read(KeyKind::Proving));
        Self { directory: tempfile::tempdir().unwrap(), entry, verifying, proving }
    }

    /// Makes the manifest agree with the changed files, as an attacker who controls it too would.
    fn rehash(&mut self) {
        self.entry.verifying = FileDigest::of(&self.verifying);
        self.entry.proving = FileDigest::of(&self.proving);
    }

    fn write(&self) -> Result<KeyDir, KeyError> {
        let path = self.directory.path();
        fs::write(path.join(self.entry.file_name(KeyKind::Verifying)), &self.verifying).unwrap();
        fs::write(path.join(self.entry.file_name(KeyKind::Proving)), &self.proving).unwrap();
        let manifest = Manifest::new(vec![self.entry.clone()]).unwrap();
        fs::write(path.join("manifest.json"), manifest.to_json()).unwrap();
        KeyDir::open(path)
    }

    fn load(&self) -> KeyError {
        ProvingKey::load(&self.write().unwrap(), self.entry.statement).unwrap_err()
    }
}

/// The message must name the file, so that a person knows which one to delete.
fn names_its_file(error: &KeyError, extension: &str) -> bool {
    error.to_string().contains(&format!(".{extension} "))
}

#[test]
fn a_truncated_proving_key() {
    for kept in [0, 1, 8, 1000] {
        let mut key = Tampered::new();
        key.proving.truncate(kept);
        let error = key.load();
        assert!(matches!(error, KeyError::SizeDiffers { found, .. } if found == kept as u64), "{error}");
        assert!(names_its_file(&error, "pk") && error.to_string().contains("delete it"), "{error}");
    }
}

#[test]
fn a_corrupted_proving_key_wherever_the_byte() {
    let length = Tampered::new().proving.len();
    for position in [0, 9, 60, length / 2, length - 1] {
        let mut key = Tampered::new();
        key.proving[position] ^= 1;
        let error = key.load();
        assert!(matches!(error, KeyError::HashDiffers { .. }) && names_its_file(&error, "pk"), "{error}");
    }
}

#[test]
fn a_truncated_or_longer_file_even_if_the_manifest_agrees() {
    let length = Tampered::new().proving.len();
    for kept in [0, 5, 20, 50, 70, 500, length / 2, length - 1] {
        let mut key = Tampered::new();
        key.proving.truncate(kept);
        key.rehash();
        let error = key.load();
        assert!(matches!(error, KeyError::NotAProvingKey { .. }), "{kept}: {error}");
    }
    let mut key = Tampered::new();
    key.proving.push(0);
    key.rehash();
    assert!(matches!(key.load(), KeyError::NotAProvingKey { .. }));
}

#[test]
fn a_file_of_another_kind_or_version() {
    let mut key = Tampered::new();
    key.proving[7] = 2;
    key.rehash();
    assert!(matches!(key.load(), KeyError::NotAProvingKey { .. }));
}

#[test]
fn a_key_for_another_statement() {
    let mut key = Tampered::new();
    key.entry.statement = Standing3;
    key.entry.r1cs_digest = Standing3.shape().digest;
    let error = key.load();
    assert!(matches!(error, KeyError::StatementDiffers { found: Membership, expected: Standing3, .. }), "{error}");
    let verifying = key.write().unwrap().verifying_keys().unwrap_err();
    assert!(matches!(verifying, KeyError::VerifyingKey { .. }), "{verifying}");
}

#[test]
fn a_key_for_another_circuit() {
    // ATTACKS row 15: the circuit has changed, the key has not.
    let mut key = Tampered::new();
    key.entry.r1cs_digest[0] ^= 1;
    let error = key.write().unwrap_err();
    assert!(matches!(error, KeyError::R1csDiffers { statement: Membership, .. }), "{error}");

    let mut key = Tampered::new();
    let digest = 8 + 1 + "membership".len();
    key.proving[digest] ^= 1;
    key.rehash();
    assert!(matches!(key.load(), KeyError::R1csDiffers { statement: Membership, .. }));
}

#[test]
fn a_key_of_another_shape() {
    let lengths = 8 + 1 + "membership".len() + 32;
    for (position, name) in
        ["IC points", "A points", "B points in G1", "B points in G2", "H points", "L points"].into_iter().enumerate()
    {
        let mut key = Tampered::new();
        key.proving[lengths + 4 * position + 3] ^= 1;
        key.rehash();
        let error = key.load();
        assert!(matches!(error, KeyError::ShapeDiffers { part, .. } if part == name), "{error}");
    }
}

#[test]
fn another_key_id_than_the_manifests() {
    let mut key = Tampered::new();
    key.entry.key_id = KeyDir::for_tests(&[]).unwrap().entry(Standing8).unwrap().key_id;
    assert!(matches!(key.load(), KeyError::KeyIdDiffers { .. }));
    let verifying = key.write().unwrap().verifying_keys().unwrap_err();
    assert!(matches!(verifying, KeyError::KeyIdDiffers { .. }) && names_its_file(&verifying, "vk"), "{verifying}");
}

#[test]
fn a_verifying_half_that_is_not_the_verifying_keys() {
    // The first IC point takes the place of the second in the proving key alone: hashes agree, ids do not.
    let ic = 8 + 1 + "membership".len() + 32 + 24 + 3 * 64 + 3 * 128;
    let mut key = Tampered::new();
    let (first, second) = (ic..ic + 64, ic + 64);
    let swapped: Vec<u8> = key.proving[second..second + 64].to_vec();
    key.proving.copy_within(first.clone(), second);
    key.proving[first].copy_from_slice(&swapped);
    key.rehash();
    let error = key.load();
    assert!(matches!(error, KeyError::KeyIdDiffers { .. }), "{error}");
}

#[test]
fn a_verifying_key_that_anyone_could_forge_under() {
    // γ = δ, in both files and with a manifest that agrees: the verifier's own refusal is reached.
    let mut key = Tampered::new();
    key.verifying.copy_within(96..160, 160);
    let g2 = 8 + 1 + "membership".len() + 32 + 24 + 3 * 64;
    key.proving.copy_within(g2 + 128..g2 + 256, g2 + 256);
    key.rehash();
    let error = key.load();
    assert!(matches!(error, KeyError::VerifyingKey { .. }) && error.to_string().contains("forge"), "{error}");
    let error = key.write().unwrap().verifying_keys().unwrap_err();
    assert!(matches!(error, KeyError::VerifyingKey { .. }), "{error}");
}

#[test]
fn a_malformed_point_behind_a_matching_hash() {
    let mut key = Tampered::new();
    let a = 8 + 1 + "membership".len() + 32 + 24 + 3 * 64 + 3 * 128 + 6 * 64;
    key.proving[a..a + 32].fill(0xff); // x is not below the modulus
    key.rehash();
    assert!(matches!(key.load(), KeyError::MalformedPoint { part: "A points", .. }));
}

#[test]
fn a_damaged_manifest_and_a_missing_one() {
    let key = Tampered::new();
    key.write().unwrap();
    let path = key.directory.path().join("manifest.json");
    let json = fs::read(&path).unwrap();
    fs::write(&path, &json[..json.len() / 2]).unwrap();
    let error = KeyDir::open(key.directory.path()).unwrap_err();
    assert!(matches!(error, KeyError::Manifest { .. }) && error.to_string().contains("manifest.json"), "{error}");
    fs::remove_file(&path).unwrap();
    assert!(matches!(KeyDir::open(key.directory.path()), Err(KeyError::NoManifest { .. })));
}

#[test]
fn a_statement_that_the_manifest_does_not_list() {
    let keys = Tampered::new().write().unwrap();
    assert!(matches!(ProvingKey::load(&keys, Standing8), Err(KeyError::NoKeyForStatement { .. })));
}
