//! The newest checkpoint that was published, kept beside the database: a database that has less than was published is an older copy, and
//! serving it would fork the log.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use aiq_verifier::{genesis::Genesis, log::LogCheckpoint};

use super::write;
use crate::service::OpenError;

const FILE: &str = "published.checkpoint";

/// The file, in a data directory.
#[derive(Clone, Debug)]
pub(crate) struct Published {
    directory: PathBuf,
}

impl Published {
    pub(crate) fn of(data_dir: &Path) -> Self {
        Self { directory: data_dir.to_owned() }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.directory.join(FILE)
    }

    /// Keeps a checkpoint before anybody sees it. Where two processes serve one directory the last one to write stays: the mark may be
    /// a moment behind then, never ahead of what the database has.
    pub(crate) fn keep(&self, note: &str) -> io::Result<()> {
        // One process after the other: both would write the same draft.
        let directory = File::open(&self.directory)?;
        directory.lock()?;
        write(&self.directory, FILE, note.as_bytes())
    }

    /// The checkpoint; `None` if none was published yet.
    ///
    /// # Errors
    /// If the file cannot be read, or is not a checkpoint that the deployment's log signed.
    pub(crate) fn newest(&self, genesis: &Genesis) -> Result<Option<LogCheckpoint>, OpenError> {
        let note = match fs::read_to_string(self.path()) {
            Ok(note) => note,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(OpenError::DataDir { path: self.path(), source }),
        };
        LogCheckpoint::from_note(&note, &genesis.deployment_id(), &genesis.log_key)
            .map(Some)
            .map_err(|source| OpenError::Published { path: self.path(), source })
    }
}
