//! The data directory: the service's signing key, the deployment record, the database and a lock.
//!
//! | file | |
//! |---|---|
//! | `service.key` | the Ed25519 signing key, `0x` and 64 hex digits, mode 0600 |
//! | `deployment.json` | the genesis record, and whether the deployment has been founded |
//! | `aiq.sqlite` | the database |
//! | `published.checkpoint` | the newest checkpoint that was published |
//! | `rebuild.sqlite` | there while `aiq admin rebuild` runs |
//! | `lock` | held while a service starts |

mod published;

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

use aiq_circuits::wire::{bytes_from_hex, bytes_to_hex};
use aiq_verifier::genesis::Genesis;
use ed25519_dalek::SigningKey;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize as _, Zeroizing};

pub(crate) use self::published::Published;
use crate::{bytes32::Bytes32, service::OpenError};

const KEY_FILE: &str = "service.key";
const RECORD_FILE: &str = "deployment.json";
const DATABASE_FILE: &str = "aiq.sqlite";
const LOCK_FILE: &str = "lock";
const SCRATCH_FILE: &str = "rebuild.sqlite";

/// What a data directory says about its deployment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Record {
    pub(crate) genesis: Genesis,
    /// Whether epoch 0 was written: from then on an empty database is a lost one, not a new one.
    pub(crate) founded: bool,
}

/// A data directory, locked against other starting services.
#[derive(Debug)]
pub(crate) struct DataDir {
    path: PathBuf,
    _lock: File,
}

/// A file, and the two that `SQLite` may leave beside it, that are removed in the end.
#[derive(Debug)]
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    /// The file.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    fn remove(&self) -> io::Result<()> {
        for ending in ["", "-wal", "-shm"] {
            let mut name = self.0.clone().into_os_string();
            name.push(ending);
            match fs::remove_file(name) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = self.remove() {
            tracing::warn!(%error, path = %self.0.display(), "a scratch file was left behind");
        }
    }
}

impl DataDir {
    /// Creates the directory (mode 0700) if need be, and locks it.
    pub(crate) fn open(path: &Path) -> Result<Self, OpenError> {
        let fault = |source| OpenError::DataDir { path: path.to_owned(), source };
        fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(fault)?;
        let lock = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(path.join(LOCK_FILE));
        let lock = lock.map_err(fault)?;
        lock.lock().map_err(fault)?;
        Ok(Self { path: path.to_owned(), _lock: lock })
    }

    /// The directory.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The database's file.
    pub(crate) fn database(&self) -> PathBuf {
        self.path.join(DATABASE_FILE)
    }

    /// A place for a database that is gone when this is dropped.
    pub(crate) fn scratch(&self) -> Result<Scratch, OpenError> {
        let scratch = Scratch(self.path.join(SCRATCH_FILE));
        scratch.remove().map_err(|source| OpenError::DataDir { path: scratch.0.clone(), source })?;
        Ok(scratch)
    }

    /// The deployment record; `None` in a new directory.
    pub(crate) fn record(&self) -> Result<Option<Record>, OpenError> {
        let path = self.path.join(RECORD_FILE);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(OpenError::DataDir { path, source }),
        };
        serde_json::from_slice(&text).map(Some).map_err(|source| OpenError::Record { path, source })
    }

    /// Writes the deployment record.
    pub(crate) fn write_record(&self, record: &Record) -> Result<(), OpenError> {
        let path = self.path.join(RECORD_FILE);
        let text =
            serde_json::to_vec_pretty(record).map_err(|source| OpenError::Record { path: path.clone(), source })?;
        self.write(RECORD_FILE, &text)
    }

    /// The signing key.
    pub(crate) fn service_key(&self) -> Result<SigningKey, OpenError> {
        let path = self.path.join(KEY_FILE);
        let fault = |source| OpenError::DataDir { path: path.clone(), source };
        let mode = fs::metadata(&path).map_err(fault)?.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(OpenError::ServiceKeyMode { path, mode: mode & 0o777 });
        }
        let text = Zeroizing::new(fs::read_to_string(&path).map_err(fault)?);
        let mut bytes = bytes_from_hex(text.trim_end()).map_err(|source| OpenError::ServiceKey { path, source })?;
        let key = SigningKey::from_bytes(&bytes);
        bytes.zeroize();
        Ok(key)
    }

    /// The signing key, made now if there is none.
    pub(crate) fn service_key_or_new(&self) -> Result<SigningKey, OpenError> {
        if !self.path.join(KEY_FILE).exists() {
            let mut seed = Bytes32::random();
            let mut text = Zeroizing::new(bytes_to_hex(&seed.0));
            text.push('\n');
            seed.0.zeroize();
            self.write(KEY_FILE, text.as_bytes())?;
        }
        self.service_key()
    }

    fn write(&self, name: &str, content: &[u8]) -> Result<(), OpenError> {
        write(&self.path, name, content).map_err(|source| OpenError::DataDir { path: self.path.join(name), source })
    }
}

/// Writes a file whole or not at all, mode 0600.
fn write(directory: &Path, name: &str, content: &[u8]) -> io::Result<()> {
    let draft = directory.join(format!(".{name}.draft"));
    let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&draft)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&draft, directory.join(name))?;
    File::open(directory)?.sync_all()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_key_is_made_once_and_private() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data");
        let first = DataDir::open(&path).unwrap().service_key_or_new().unwrap();
        let again = DataDir::open(&path).unwrap().service_key_or_new().unwrap();
        assert_eq!(first, again);
        let mode = |file: &Path| fs::metadata(file).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(&path.join(KEY_FILE))), (0o700, 0o600));
    }

    #[test]
    fn a_truncated_or_readable_key_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let directory = DataDir::open(folder.path()).unwrap();
        directory.service_key_or_new().unwrap();
        let path = folder.path().join(KEY_FILE);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(directory.service_key(), Err(OpenError::ServiceKeyMode { mode: 0o644, .. })));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&path, "0x12").unwrap();
        let error = directory.service_key().unwrap_err().to_string();
        assert!(error.contains(KEY_FILE), "{error}");
    }
}
