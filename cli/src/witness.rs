//! A witness (§3): follows a log, checks that it only grows, and signs its checkpoints, so that a service which shows two histories
//! needs the witnesses to go along with it.
//!
//! A witness signs a checkpoint only after it is on its disk as the last one, and only if it continues the one that was there: whatever
//! crashes, two checkpoints that it has signed are never of two histories.

mod files;

use aiq_circuits::identity::DeploymentId;
use aiq_verifier::genesis::Genesis;
use aiq_verifier::log::{WitnessKey, cosign, cosigned_by};

use crate::client::{Client, ClientError};
use crate::sync::log::{BrokenLog, Evidence, LogError, Signed, open_grown};
use crate::sync::{SyncError, TileCache, check_identity};
use crate::time;

pub use files::{WitnessFileError, WitnessFiles, WitnessState};

/// Why a witness does not sign.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WitnessError {
    /// Its own files.
    #[error(transparent)]
    Files(#[from] WitnessFileError),
    /// The exchange with the service.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// What the service shows is not signed, or not its log.
    #[error(transparent)]
    Sync(#[from] SyncError),
    /// The log does not continue what this witness has signed.
    #[error(transparent)]
    BrokenLog(Box<BrokenLog>),
}

/// What a look at the log led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Looked {
    /// Entries of the newest checkpoint.
    pub size: u64,
    /// Whether it was signed now; else it had been before.
    pub signed: bool,
}

/// One witness of one log.
#[derive(Debug)]
pub struct Witness {
    files: WitnessFiles,
    client: Client,
    genesis: Genesis,
    id: DeploymentId,
}

impl Witness {
    /// Gets in touch with a service: the deployment is pinned at the first contact, or checked against `expected`.
    ///
    /// # Errors
    /// [`WitnessError`].
    pub fn connect(
        mut files: WitnessFiles,
        client: Client,
        expected: Option<&DeploymentId>,
    ) -> Result<Self, WitnessError> {
        let pinned = files.state().genesis.as_ref().map(Genesis::deployment_id);
        let info = client.info()?;
        check_identity(client.base(), &info, pinned.as_ref())?;
        let id = check_identity(client.base(), &info, expected)?;
        if pinned.is_none() {
            files.save(|state| state.genesis = Some(info.genesis.clone()))?;
        }
        Ok(Self { files, client, genesis: info.genesis, id })
    }

    /// Who this is, as the operator of the log and the members have to know it.
    #[must_use]
    pub const fn key(&self) -> &WitnessKey {
        &self.files.state().witness
    }

    /// Whose log it follows.
    #[must_use]
    pub const fn deployment_id(&self) -> &DeploymentId {
        &self.id
    }

    /// Looks at the newest checkpoint, and signs it if it continues the last one and is not signed yet.
    ///
    /// # Errors
    /// [`WitnessError::BrokenLog`] with evidence if it does not; the state does not move then.
    pub fn look(&mut self) -> Result<Looked, WitnessError> {
        let head = self.read(self.client.log_checkpoint()?)?;
        let size = head.checkpoint.size;
        let last = self.files.state().checkpoint.clone().map(|note| self.read(note)).transpose()?;
        let is_last = last.as_ref().is_some_and(|last| last.checkpoint == head.checkpoint);
        if is_last && matches!(cosigned_by(&head.note, self.key()), Ok(Some(_))) {
            return Ok(Looked { size, signed: false });
        }
        let grown = open_grown(&self.client, &TileCache::none(), &head, last.as_slice()).map(|_| ());
        grown.map_err(|error| self.refuse(error))?;
        let note = head.note.clone();
        // From here on a crash may leave a checkpoint unsigned, but never one that was signed and forgotten.
        self.files.save(|state| state.checkpoint = Some(note))?;
        let line = cosign(&head.note, self.key().name(), self.files.secret(), u64::from(time::now()));
        let line = line.map_err(|error| SyncError::Checkpoint(error.to_string()))?;
        self.client.cosign(size, line)?;
        Ok(Looked { size, signed: true })
    }

    fn read(&self, note: String) -> Result<Signed, SyncError> {
        Signed::read(note, &self.id, &self.genesis.log_key)
    }

    fn refuse(&self, error: LogError) -> WitnessError {
        let finding = match error {
            LogError::Sync(error) => return error.into(),
            LogError::Broken(finding) => *finding,
        };
        let evidence = Evidence::new(self.id, self.genesis.log_key, self.client.base(), finding);
        WitnessError::BrokenLog(Box::new(evidence.into_error(Some(self.files.evidence_directory()))))
    }
}

#[cfg(test)]
mod tests;
