//! Why a service does not start.

use std::{io, path::PathBuf};

use aiq_circuits::wire::WireError;
use aiq_keys::KeyError;
use aiq_verifier::log::LogCheckpointError;

use crate::{
    config::ConfigError,
    genesis_file::GenesisFileError,
    store::{OpenStoreError, StoreError},
};

/// Why a service does not start. Each says what to do; nothing was half-written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The settings.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The genesis file.
    #[error(transparent)]
    GenesisFile(#[from] GenesisFileError),
    /// A file or directory cannot be read or written.
    #[error("{path}: {source}")]
    DataDir {
        /// The file or directory.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// The deployment record is damaged.
    #[error("{path} is damaged ({source}): restore it from a backup")]
    Record {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// The signing key is damaged.
    #[error("{path} is not a service key ({source}): restore it from a backup; without it the deployment cannot go on")]
    ServiceKey {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: WireError,
    },
    /// Others can read the signing key.
    #[error("{path} has mode {mode:o}: others could read the service key; make it 600")]
    ServiceKeyMode {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The database.
    #[error(transparent)]
    Database(#[from] OpenStoreError),
    /// The database answers, but not with what it should hold.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The deployment was founded, but the database is empty.
    #[error(
        "{path} is empty, although this deployment was founded: restore it from a backup, or start with another data directory"
    )]
    DatabaseLost {
        /// The database's file.
        path: PathBuf,
    },
    /// What was published last cannot be read.
    #[error("{path} is not a checkpoint of this deployment's log ({source}): restore it from a backup")]
    Published {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: LogCheckpointError,
    },
    /// The database has not, or not any more, what was published.
    #[error(
        "the database has {found} entries, but not the {published} that were published last: it is an older copy or another log, and serving it would be a fork that wallets refuse; restore the newest copy (only if there is none and every member is told, remove {path})"
    )]
    OtherHistory {
        /// The newest checkpoint that was published.
        path: PathBuf,
        /// Its size.
        published: u64,
        /// Entries in the database.
        found: u64,
    },
    /// The genesis is not the one that the deployment was founded with.
    #[error(
        "`{field}` is not what this deployment was founded with ({founded}, now {now}): a changed genesis is another deployment, use another data directory"
    )]
    GenesisChanged {
        /// What differs.
        field: &'static str,
        /// What it was.
        founded: String,
        /// What it is now.
        now: String,
    },
    /// The key manifest is not the one that the genesis pins.
    #[error(
        "the keys (manifest {now}) are not those that the deployment in {path} was made with (manifest {founded}): point to the right key directory"
    )]
    ManifestChanged {
        /// The data directory.
        path: PathBuf,
        /// The pinned digest.
        founded: String,
        /// The digest found.
        now: String,
    },
    /// Keys with which anybody can forge.
    #[error(
        "the keys in {path} are public-seed keys: anybody can forge proofs with them; make single-party keys, or allow them for a demonstration with insecure_dev_keys"
    )]
    InsecureKeys {
        /// The key directory.
        path: PathBuf,
    },
    /// The proving or verifying keys.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The verifying keys do not fit their statements.
    #[error("the keys in {path}: {source}")]
    VerifyingKeys {
        /// The key directory.
        path: PathBuf,
        /// What does not fit.
        source: aiq_verifier::verifying_key::KeyError,
    },
    /// More leaves than a tree holds.
    #[error("the genesis file has more founders or credentials than a tree holds")]
    TooManyLeaves,
}
