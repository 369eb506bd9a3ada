//! The member's wallet (§2): a seed, and what was done with it. In memory, or kept in files.

pub mod acts;
pub mod file;
pub mod passphrase;
pub mod state;
pub mod words;

use std::path::{Path, PathBuf};
use std::time::Duration;

use age::secrecy::SecretString;
use aiq_circuits::identity::{DeploymentId, Identity, Seed};
use aiq_circuits::scope::Scope;
use ed25519_dalek::SigningKey;
use hkdf::Hkdf;
use rand::rngs::OsRng;
use sha2::Sha512;
use zeroize::Zeroizing;

use file::WalletFiles;
pub use file::{Stretch, WalletFileError};
use state::{Deployment, State};
pub use words::WordsError;

/// HKDF label of ballot keys. They derive from the seed, so that the 24 words alone can change a vote.
const BALLOT_KEY_LABEL: &[u8] = b"AIQ/v1/ballot-key";

/// HKDF label of withdrawal keys. They derive from the seed, so that the 24 words alone can leave.
const WITHDRAWAL_KEY_LABEL: &[u8] = b"AIQ/v1/withdrawal";
/// Salt of the keys that proposals are withdrawn with.
const PROPOSAL_KEY_LABEL: &[u8] = b"AIQ/v1/proposal-key";

/// How often a wallet that another command uses is tried again after a wait, with a second between two tries.
const TRIES: u32 = 120;

/// A wallet that is open.
#[derive(Debug)]
pub struct Wallet {
    seed: Seed,
    state: State,
    files: Option<WalletFiles>,
}

impl Wallet {
    /// A new wallet that lives in memory only.
    #[must_use]
    pub fn in_memory() -> Self {
        Self::with_seed(Seed::generate(&mut OsRng))
    }

    /// A wallet in memory for a seed, without any history.
    #[must_use]
    pub fn with_seed(seed: Seed) -> Self {
        Self { seed, state: State::default(), files: None }
    }

    /// Writes a new wallet to `path`.
    ///
    /// # Errors
    /// [`WalletFileError`]; an existing wallet is never overwritten.
    pub fn create(
        path: &Path,
        seed: Seed,
        passphrase: &SecretString,
        stretch: Stretch,
    ) -> Result<Self, WalletFileError> {
        let files = WalletFiles::create(path, &seed, passphrase, stretch)?;
        Ok(Self { files: Some(files), ..Self::with_seed(seed) })
    }

    /// Opens the wallet at `path`.
    ///
    /// # Errors
    /// [`WalletFileError`].
    pub fn open(path: &Path, passphrase: &SecretString) -> Result<Self, WalletFileError> {
        let (files, seed, state) = WalletFiles::open(path, passphrase)?;
        Ok(Self { seed, state, files: Some(files) })
    }

    /// The seed.
    #[must_use]
    pub fn seed(&self) -> &Seed {
        &self.seed
    }

    /// The member's identity in a deployment.
    #[must_use]
    pub fn identity(&self, deployment: &DeploymentId) -> Identity {
        Identity::derive(&self.seed, deployment)
    }

    /// The key that signs this member's ballots in a scope.
    #[must_use]
    pub fn ballot_key(&self, scope: &Scope) -> SigningKey {
        self.signing_key(BALLOT_KEY_LABEL, &scope.to_bytes())
    }

    /// The key that this member registers with its enrolment and signs with if it leaves.
    #[must_use]
    pub fn withdrawal_key(&self, deployment: &DeploymentId) -> SigningKey {
        self.signing_key(WITHDRAWAL_KEY_LABEL, deployment.as_bytes())
    }

    /// The key that withdraws the poll that this member proposed in a scope; another one for every proposal, and never the one that this member
    /// leaves with.
    #[must_use]
    pub fn proposal_key(&self, scope: &Scope) -> SigningKey {
        self.signing_key(PROPOSAL_KEY_LABEL, &scope.to_bytes())
    }

    fn signing_key(&self, label: &[u8], info: &[u8]) -> SigningKey {
        let mut secret = Zeroizing::new([0u8; 32]);
        Hkdf::<Sha512>::new(Some(label), self.seed.as_bytes())
            .expand(info, secret.as_mut_slice())
            .unwrap_or_else(|_| unreachable!("32 bytes are within what HKDF-SHA512 yields"));
        SigningKey::from_bytes(&secret)
    }

    /// Where evidence against a service is kept: beside the wallet's file, if it has one.
    #[must_use]
    pub fn evidence_directory(&self) -> Option<PathBuf> {
        self.files.as_ref().map(|files| files.path().with_file_name("evidence"))
    }

    /// Every deployment that is pinned.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// What is known of a deployment.
    #[must_use]
    pub fn deployment(&self, id: &DeploymentId) -> Option<&Deployment> {
        self.state.deployments.get(id)
    }

    /// Pins a deployment, or remembers a new address of one that is pinned already.
    ///
    /// # Errors
    /// When the wallet's file cannot be written.
    pub fn pin(&mut self, deployment: Deployment) -> Result<(), WalletFileError> {
        let id = deployment.genesis.deployment_id();
        let server = deployment.server.clone();
        let known = self.state.deployments.entry(id).or_insert(deployment);
        known.server = server;
        self.save()
    }

    /// Changes what is known of a pinned deployment and writes it down before returning.
    ///
    /// # Errors
    /// When the wallet's file cannot be written; the change is then undone, so memory and disk agree.
    pub fn record<T>(
        &mut self,
        id: &DeploymentId,
        change: impl FnOnce(&mut Deployment) -> T,
    ) -> Result<Option<T>, WalletFileError> {
        let Some(deployment) = self.state.deployments.get_mut(id) else { return Ok(None) };
        let before = deployment.clone();
        let value = change(deployment);
        if let Err(error) = self.save() {
            self.state.deployments.insert(*id, before);
            return Err(error);
        }
        Ok(Some(value))
    }

    /// Gives up the files, waits, and takes them back with whatever was done with them meanwhile. If another command is using them
    /// then, it has two minutes to end.
    ///
    /// # Errors
    /// [`WalletFileError`]; the wallet is in memory only then, and nothing more may be done with it.
    pub fn rest(&mut self, wait: impl FnOnce()) -> Result<(), WalletFileError> {
        let path = self.files.take().map(|files| files.path().to_owned());
        wait();
        let Some(path) = path else { return Ok(()) };
        for attempt in 1.. {
            match WalletFiles::reopen(path.clone(), &self.seed) {
                Err(WalletFileError::Locked(_)) if attempt < TRIES => std::thread::sleep(Duration::from_secs(1)),
                outcome => {
                    let (files, state) = outcome?;
                    (self.files, self.state) = (Some(files), state);
                    break;
                }
            }
        }
        Ok(())
    }

    fn save(&self) -> Result<(), WalletFileError> {
        self.files.as_ref().map_or(Ok(()), |files| files.save(&self.seed, &self.state))
    }
}

#[cfg(test)]
mod tests;
