//! The manifest of a set of keys (§9): what each file must be, in JSON with one spelling.
//!
//! A deployment's genesis pins the SHA-256 of the manifest's bytes, the manifest pins the bytes of every file, so
//! whoever holds the genesis can take keys from anywhere.

use aiq_circuits::statement::StatementId;
use aiq_circuits::wire::{bytes_to_hex, sha256};
use aiq_verifier::verifying_key::KeyId;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::Origin;

/// Version of the manifest's format.
const FORMAT: u32 = 1;

/// Name of the manifest in a directory of keys.
pub const MANIFEST_FILE: &str = "manifest.json";

/// What a file of a key must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileDigest {
    /// SHA-256 of its bytes.
    #[serde(with = "aiq_circuits::wire::serde_hex")]
    pub sha256: [u8; 32],
    /// Its length in bytes.
    pub size: u64,
}

impl FileDigest {
    /// The digest of these bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self { sha256: sha256(&[bytes]), size: bytes.len() as u64 }
    }
}

/// The keys of one statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManifestEntry {
    /// Which statement they prove and verify.
    pub statement: StatementId,
    /// Version of the protocol that defines the statement.
    pub version: u32,
    /// Where they come from.
    pub origin: Origin,
    /// Digest of the constraint system they were made for.
    #[serde(with = "aiq_circuits::wire::serde_hex")]
    pub r1cs_digest: [u8; 32],
    /// SHA-256 of the verifying key's canonical bytes.
    pub key_id: KeyId,
    /// The verifying key's file.
    pub verifying: FileDigest,
    /// The proving key's file.
    pub proving: FileDigest,
}

impl ManifestEntry {
    /// The file of `kind`.
    #[must_use]
    pub const fn file(&self, kind: KeyKind) -> &FileDigest {
        match kind {
            KeyKind::Verifying => &self.verifying,
            KeyKind::Proving => &self.proving,
        }
    }

    /// Name of the file of `kind` in a directory of keys.
    #[must_use]
    pub fn file_name(&self, kind: KeyKind) -> String {
        format!("{}.{}", self.key_id, kind.extension())
    }

    /// Whether the key was made for the circuit that is compiled in.
    #[must_use]
    pub fn is_for_this_circuit(&self) -> bool {
        self.r1cs_digest == self.statement.shape().digest
    }
}

/// The two halves of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyKind {
    /// Checks proofs.
    Verifying,
    /// Makes proofs.
    Proving,
}

impl KeyKind {
    /// Ending of the file's name.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Verifying => "vk",
            Self::Proving => "pk",
        }
    }
}

/// The keys of a deployment, at most one entry for each statement, in the statements' order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    version: u32,
    keys: Vec<ManifestEntry>,
}

/// Why bytes are not a manifest.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ManifestError {
    /// Not JSON, or not of this form; unknown fields included.
    #[error("it cannot be read ({0})")]
    Json(#[from] serde_json::Error),
    /// A format that this program does not know.
    #[error("its version is {0}, this program reads version {FORMAT}")]
    Version(u32),
    /// No entry at all.
    #[error("it lists no key")]
    Empty,
    /// Entries out of order, or two for one statement.
    #[error("its entry for {0} is out of order or repeated")]
    Order(StatementId),
    /// The same content in another spelling: its digest would not be the manifest's.
    #[error("it is not in canonical form")]
    NotCanonical,
}

impl Manifest {
    /// A manifest of these entries, which it sorts.
    ///
    /// # Errors
    /// If there is none, or a statement has two.
    pub fn new(mut entries: Vec<ManifestEntry>) -> Result<Self, ManifestError> {
        entries.sort_by_key(|entry| entry.statement);
        let manifest = Self { version: FORMAT, keys: entries };
        manifest.check()?;
        Ok(manifest)
    }

    /// Reads a manifest: exactly the bytes that [`Self::to_json`] writes.
    ///
    /// # Errors
    /// Anything else.
    pub fn parse(json: &[u8]) -> Result<Self, ManifestError> {
        let manifest: Self = serde_json::from_slice(json)?;
        manifest.check()?;
        if manifest.to_json().as_bytes() != json {
            return Err(ManifestError::NotCanonical);
        }
        Ok(manifest)
    }

    fn check(&self) -> Result<(), ManifestError> {
        if self.version != FORMAT {
            return Err(ManifestError::Version(self.version));
        }
        if self.keys.is_empty() {
            return Err(ManifestError::Empty);
        }
        let unordered = self.keys.windows(2).find_map(|pair| match pair {
            [first, second] if first.statement >= second.statement => Some(second.statement),
            _ => None,
        });
        unordered.map_or(Ok(()), |statement| Err(ManifestError::Order(statement)))
    }

    /// The one spelling: two spaces of indentation, fields in declared order, a newline at the end.
    ///
    /// # Panics
    /// Never: every field has a JSON form.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut json = serde_json::to_string_pretty(self).expect("manifests have no map and no failing serializer");
        json.push('\n');
        json
    }

    /// SHA-256 of the bytes of [`Self::to_json`]: what a genesis pins.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        sha256(&[self.to_json().as_bytes()])
    }

    /// [`Self::digest`] as wire hex.
    #[must_use]
    pub fn digest_hex(&self) -> String {
        bytes_to_hex(&self.digest())
    }

    /// Every entry, in the statements' order.
    #[must_use]
    pub fn entries(&self) -> &[ManifestEntry] {
        &self.keys
    }

    /// The entry for `statement`.
    #[must_use]
    pub fn entry(&self, statement: StatementId) -> Option<&ManifestEntry> {
        self.keys.iter().find(|entry| entry.statement == statement)
    }

    /// The entry whose key has this id.
    #[must_use]
    pub fn entry_of_key(&self, key_id: &KeyId) -> Option<&ManifestEntry> {
        self.keys.iter().find(|entry| entry.key_id == *key_id)
    }

    /// The least trustworthy origin among the keys: what a deployment must admit to.
    #[must_use]
    pub fn origin(&self) -> Origin {
        self.keys.iter().map(|entry| entry.origin).min().unwrap_or(Origin::PublicSeed)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn entry(statement: StatementId) -> ManifestEntry {
        ManifestEntry {
            statement,
            version: 1,
            origin: Origin::SingleParty,
            r1cs_digest: statement.shape().digest,
            key_id: format!("0x{}", "ab".repeat(32)).parse().unwrap(),
            verifying: FileDigest::of(b"verifying"),
            proving: FileDigest::of(b"proving"),
        }
    }

    fn manifest() -> Manifest {
        Manifest::new(vec![entry(StatementId::Standing8), entry(StatementId::Membership)]).unwrap()
    }

    #[test]
    fn reads_what_it_writes_in_the_statements_order() {
        let manifest = manifest();
        let read = Manifest::parse(manifest.to_json().as_bytes()).unwrap();
        assert_eq!(read, manifest);
        assert_eq!(read.digest(), sha256(&[manifest.to_json().as_bytes()]));
        assert_eq!(read.entries()[0].statement, StatementId::Membership);
        assert!(read.entry(StatementId::Standing3).is_none());
    }

    #[test]
    fn refuses_another_spelling() {
        let json = manifest().to_json();
        assert!(matches!(Manifest::parse(json.trim_end().as_bytes()), Err(ManifestError::NotCanonical)));
        let compact = serde_json::to_vec(&manifest()).unwrap();
        assert!(matches!(Manifest::parse(&compact), Err(ManifestError::NotCanonical)));
    }

    #[test]
    fn refuses_unknown_and_repeated_fields() {
        for (field, with) in [
            ("\"version\": 1,\n  \"keys\"", "\"version\": 1,\n  \"extra\": 1,\n  \"keys\""),
            ("\"origin\"", "\"extra\": 1, \"origin\""),
            ("\"size\": 9", "\"size\": 9, \"size\": 9"),
        ] {
            let json = manifest().to_json();
            assert!(json.contains(field), "{json}");
            let changed = json.replacen(field, with, 1);
            assert!(matches!(Manifest::parse(changed.as_bytes()), Err(ManifestError::Json(_))), "{changed}");
        }
    }

    #[test]
    fn refuses_two_keys_for_a_statement_and_none_at_all() {
        let twice = Manifest::new(vec![entry(StatementId::Membership), entry(StatementId::Membership)]);
        assert!(matches!(twice, Err(ManifestError::Order(StatementId::Membership))));
        assert!(matches!(Manifest::new(Vec::new()), Err(ManifestError::Empty)));
    }

    #[test]
    fn refuses_an_unknown_version() {
        let json = manifest().to_json().replacen("\"version\": 1", "\"version\": 2", 1);
        assert!(matches!(Manifest::parse(json.as_bytes()), Err(ManifestError::Version(2))));
    }

    #[test]
    fn admits_to_the_least_trustworthy_origin() {
        let mut seeded = entry(StatementId::Standing3);
        seeded.origin = Origin::PublicSeed;
        let mixed = Manifest::new(vec![entry(StatementId::Membership), seeded]).unwrap();
        assert_eq!(mixed.origin(), Origin::PublicSeed);
        assert_eq!(manifest().origin(), Origin::SingleParty);
    }
}
