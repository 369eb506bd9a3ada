//! A trustee's two files: the seed under a passphrase, like a wallet's and never written again; and, in the open, its card and how far it
//! has seen the log grow.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use age::secrecy::SecretString;
use aiq_circuits::identity::Seed;
use aiq_sealing::trustee::Trustee;
use aiq_verifier::ceremony;
use aiq_verifier::genesis::Genesis;
use rand::rngs::OsRng;
use serde::{Deserialize, Serialize};

use super::TrusteeError;
use crate::durable::{self, Replace};
use crate::wallet::file::{read_seed, write_seed};
use crate::wallet::{Stretch, WalletFileError};

/// Version of the open file's form.
const VERSION: u32 = 1;

/// What a trustee knows that is no secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrusteeState {
    version: u32,
    /// What it is called by, and what it signs with.
    pub card: ceremony::Trustee,
    /// The deployment, pinned at the first contact.
    pub genesis: Option<Genesis>,
    /// The newest checkpoint that it has seen, the whole signed note.
    pub checkpoint: Option<String>,
}

/// The files of one trustee, locked for this process as long as the value lives.
#[derive(Debug)]
pub struct TrusteeFiles {
    seed: PathBuf,
    state: TrusteeState,
    _lock: File,
}

impl TrusteeFiles {
    /// Makes a trustee. The open file is written first: a seed that exists has a card.
    ///
    /// # Errors
    /// [`WalletFileError::Exists`] if there is one already, [`TrusteeError::Name`].
    pub fn create(path: &Path, name: &str, passphrase: &SecretString, stretch: Stretch) -> Result<Self, TrusteeError> {
        if path.exists() {
            return Err(WalletFileError::Exists(path.to_owned()).into());
        }
        let seed = Seed::generate(&mut OsRng);
        let key = Trustee::new(*seed.as_bytes()).signing_key();
        let card = ceremony::Trustee::of(name, &key).map_err(TrusteeError::Name)?;
        write_state(path, &TrusteeState { version: VERSION, card, genesis: None, checkpoint: None })?;
        write_seed(path, &seed, passphrase, stretch)?;
        Self::open(path)
    }

    /// Opens what is no secret.
    ///
    /// # Errors
    /// [`WalletFileError`].
    pub fn open(path: &Path) -> Result<Self, TrusteeError> {
        if !path.exists() {
            return Err(WalletFileError::Missing(path.to_owned()).into());
        }
        // The seed's file is never replaced, so it can carry the lock.
        let io = |action| move |source| WalletFileError::Io { action, path: path.to_owned(), source };
        let lock = File::open(path).map_err(io("open"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(WalletFileError::Locked(path.to_owned()).into()),
            Err(TryLockError::Error(source)) => return Err(io("lock")(source).into()),
        }
        let beside = state_path(path);
        let read = |source| WalletFileError::Io { action: "read", path: beside.clone(), source };
        let text = fs::read(&beside).map_err(read)?;
        let state = serde_json::from_slice(&text).ok().filter(|state: &TrusteeState| state.version == VERSION);
        let damaged = WalletFileError::Damaged { path: beside, reason: "its content is not a trustee's" };
        Ok(Self { seed: path.to_owned(), state: state.ok_or(damaged)?, _lock: lock })
    }

    /// The trustee.
    ///
    /// # Errors
    /// [`WalletFileError`], for one if the two files do not belong together.
    pub fn trustee(&self, passphrase: &SecretString) -> Result<Trustee, TrusteeError> {
        let trustee = Trustee::new(*read_seed(&self.seed, passphrase)?.as_bytes());
        if trustee.signing_key().verifying_key().to_bytes() == *self.state.card.key() {
            Ok(trustee)
        } else {
            let path = state_path(&self.seed);
            Err(WalletFileError::Damaged { path, reason: "it belongs to another trustee" }.into())
        }
    }

    /// What is no secret.
    #[must_use]
    pub const fn state(&self) -> &TrusteeState {
        &self.state
    }

    /// Where evidence is kept: beside the seed.
    #[must_use]
    pub fn evidence_directory(&self) -> PathBuf {
        self.seed.with_file_name("evidence")
    }

    /// Changes the state; it is on the disk when this returns.
    ///
    /// # Errors
    /// [`WalletFileError::Io`]; the state has not changed then.
    pub fn save(&mut self, change: impl FnOnce(&mut TrusteeState)) -> Result<(), TrusteeError> {
        let mut state = self.state.clone();
        change(&mut state);
        write_state(&self.seed, &state)?;
        self.state = state;
        Ok(())
    }
}

/// Beside the seed's file.
fn state_path(seed: &Path) -> PathBuf {
    seed.with_extension("json")
}

fn write_state(seed: &Path, state: &TrusteeState) -> Result<(), WalletFileError> {
    let path = state_path(seed);
    let text = serde_json::to_vec_pretty(state).map_err(std::io::Error::from);
    text.and_then(|text| durable::write(&path, &text, Replace::Yes)).map_err(|source| WalletFileError::Io {
        action: "write",
        path,
        source,
    })
}
