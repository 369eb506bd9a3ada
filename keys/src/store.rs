//! A directory of keys: `manifest.json`, and for each key `<key id>.vk` and, where proofs are made, `<key id>.pk`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use aiq_circuits::statement::StatementId;
use aiq_circuits::wire::bytes_to_hex;
use aiq_verifier::verifying_key::VerifyingKey;

use crate::error::KeyError;
use crate::files::read_checked;
use crate::manifest::{KeyKind, MANIFEST_FILE, Manifest, ManifestEntry};

/// A directory of keys whose manifest has been read and is for the circuits compiled in.
#[derive(Clone, Debug)]
pub struct KeyDir {
    path: PathBuf,
    manifest: Manifest,
}

impl KeyDir {
    /// Opens a directory of keys: reads its manifest and compares every R1CS digest with the compiled-in one.
    /// Files of keys are checked when they are read.
    ///
    /// # Errors
    /// [`KeyError::NoManifest`], [`KeyError::Manifest`], [`KeyError::R1csDiffers`], or the file system's.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, KeyError> {
        let path = path.into();
        let file = path.join(MANIFEST_FILE);
        let json = fs::read(&file).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => KeyError::NoManifest { path: path.clone() },
            _ => KeyError::io("read", &file)(error),
        })?;
        let manifest = Manifest::parse(&json).map_err(|source| KeyError::Manifest { path: file.clone(), source })?;
        check_circuits(&manifest, &file)?;
        Ok(Self { path, manifest })
    }

    pub(crate) const fn from_parts(path: PathBuf, manifest: Manifest) -> Self {
        Self { path, manifest }
    }

    /// The directory.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its manifest.
    #[must_use]
    pub const fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The manifest's entry for `statement`.
    ///
    /// # Errors
    /// [`KeyError::NoKeyForStatement`].
    pub fn entry(&self, statement: StatementId) -> Result<&ManifestEntry, KeyError> {
        self.manifest
            .entry(statement)
            .ok_or_else(|| KeyError::NoKeyForStatement { path: self.path.join(MANIFEST_FILE), statement })
    }

    /// The manifest's file, for static serving.
    #[must_use]
    pub fn manifest_path(&self) -> PathBuf {
        self.path.join(MANIFEST_FILE)
    }

    /// The file of one half of a key, for static serving. It need not exist.
    #[must_use]
    pub fn file_path(&self, entry: &ManifestEntry, kind: KeyKind) -> PathBuf {
        self.path.join(entry.file_name(kind))
    }

    /// Reads one verifying key, checked: file size and hash, key id, and every refusal of §9.
    ///
    /// # Errors
    /// One variant for each refusal, naming the file.
    pub fn verifying_key(&self, statement: StatementId) -> Result<VerifyingKey, KeyError> {
        let entry = self.entry(statement)?;
        let path = self.file_path(entry, KeyKind::Verifying);
        let bytes = read_checked(&path, &entry.verifying)?;
        decode_verifying_key(&bytes, entry, &path)
    }

    /// Reads every verifying key, checked.
    ///
    /// # Errors
    /// As [`Self::verifying_key`].
    pub fn verifying_keys(&self) -> Result<Vec<(StatementId, VerifyingKey)>, KeyError> {
        self.manifest
            .entries()
            .iter()
            .map(|entry| Ok((entry.statement, self.verifying_key(entry.statement)?)))
            .collect()
    }
}

/// Refuses a manifest that has a key for another circuit than the one compiled in.
pub(crate) fn check_circuits(manifest: &Manifest, path: &Path) -> Result<(), KeyError> {
    match manifest.entries().iter().find(|entry| !entry.is_for_this_circuit()) {
        None => Ok(()),
        Some(entry) => Err(KeyError::R1csDiffers {
            path: path.to_owned(),
            statement: entry.statement,
            found: bytes_to_hex(&entry.r1cs_digest),
            expected: bytes_to_hex(&entry.statement.shape().digest),
        }),
    }
}

/// Decodes a verifying key and compares it with its entry.
pub(crate) fn decode_verifying_key(bytes: &[u8], entry: &ManifestEntry, path: &Path) -> Result<VerifyingKey, KeyError> {
    let key =
        VerifyingKey::from_bytes(bytes).map_err(|source| KeyError::VerifyingKey { path: path.to_owned(), source })?;
    check_verifying_key(&key, entry, path)?;
    Ok(key)
}

/// Refuses a verifying key that is not its entry's, or not one for its statement.
pub(crate) fn check_verifying_key(key: &VerifyingKey, entry: &ManifestEntry, path: &Path) -> Result<(), KeyError> {
    key.check_statement(entry.statement).map_err(|source| KeyError::VerifyingKey { path: path.to_owned(), source })?;
    if key.id() != entry.key_id {
        return Err(KeyError::KeyIdDiffers { path: path.to_owned(), found: key.id(), expected: entry.key_id });
    }
    Ok(())
}
