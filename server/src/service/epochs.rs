//! Sealing epochs (§3): what waits becomes leaves, sorted by value, and both roots are signed.

use aiq_circuits::{
    identity::DeploymentId,
    tree::{CredentialTree, MemberTree},
};
use aiq_verifier::checkpoint::Checkpoint;

use super::{Service, ServiceError};
use crate::{
    api::{EpochView, SealedEpoch},
    store::{EpochRecord, Leaves, Pending, StoreError},
};

/// How often another process may seal in between before a request to seal gives up.
const ATTEMPTS: usize = 8;
/// Leaves read from the store at a time.
const CHUNK: u64 = 65_536;

/// Both trees, as of some epoch.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trees {
    members: MemberTree,
    credentials: CredentialTree,
}

impl Trees {
    /// Appends leaves, in the order given.
    pub(crate) fn extend(&mut self, leaves: &Leaves) -> Result<(), ServiceError> {
        self.members.extend(leaves.members.iter().copied()).map_err(|_| ServiceError::TreeFull("members"))?;
        self.credentials
            .extend(leaves.credentials.iter().map(aiq_circuits::credential::Credential::leaf))
            .map_err(|_| ServiceError::TreeFull("credentials"))
    }

    /// What is signed for the trees as they are.
    pub(crate) fn checkpoint(&self, deployment_id: DeploymentId, epoch: u32, sealed_at: u32) -> Checkpoint {
        Checkpoint {
            deployment_id,
            epoch,
            sealed_at,
            members: self.members.len() as u64,
            members_root: self.members.root(),
            credentials: self.credentials.len() as u64,
            credentials_root: self.credentials.root(),
        }
    }

    fn is_at(&self, checkpoint: &Checkpoint) -> bool {
        self.checkpoint(checkpoint.deployment_id, checkpoint.epoch, checkpoint.sealed_at) == *checkpoint
    }
}

impl Service {
    /// The latest epoch.
    pub(crate) async fn latest_epoch(&self) -> Result<EpochView, ServiceError> {
        Ok(self.epoch_view(self.store().latest_epoch().await?))
    }

    /// One epoch.
    pub(crate) async fn epoch(&self, epoch: u32) -> Result<EpochView, ServiceError> {
        let record = self.store().epoch(epoch).await?.ok_or(ServiceError::UnknownEpoch(epoch))?;
        Ok(self.epoch_view(record))
    }

    /// The epoch that an act names: the latest, unless the act was accepted before and is `repeated`.
    pub(super) async fn named_epoch(&self, epoch: u32, repeated: bool) -> Result<Checkpoint, ServiceError> {
        let latest = self.store().latest_epoch().await?.checkpoint;
        if epoch == latest.epoch {
            return Ok(latest);
        }
        let named = self.store().epoch(epoch).await?.ok_or(ServiceError::UnknownEpoch(epoch))?;
        if repeated {
            Ok(named.checkpoint)
        } else {
            Err(ServiceError::StaleEpoch { named: epoch, latest: latest.epoch })
        }
    }

    fn epoch_view(&self, record: EpochRecord) -> EpochView {
        let EpochRecord { checkpoint, before, logged } = record;
        EpochView { checkpoint, before, note: checkpoint.to_note(&self.0.signer), receipt: self.receipt(logged) }
    }

    /// Seals an epoch if anything waits. Of several processes that try at once, one seals; the others find nothing left.
    ///
    /// # Errors
    /// If a tree is full or the database refuses; then nothing was sealed.
    pub async fn seal_epoch(&self) -> Result<SealedEpoch, ServiceError> {
        // Taken out and put back only after success: whatever goes wrong, the next attempt rebuilds from the database.
        let mut kept = self.0.trees.lock().await;
        for _ in 0..ATTEMPTS {
            // In this order: if nothing waits, the epoch that took it is not older than the one read after that. If
            // somebody seals in between, the store refuses an epoch that does not follow the latest.
            let Pending { before, leaves } = self.store().pending().await?;
            let latest = self.store().latest_epoch().await?.checkpoint;
            if leaves == Leaves::default() {
                return Ok(SealedEpoch { sealed: false, checkpoint: latest });
            }
            let trees = self.caught_up(kept.take().unwrap_or_default(), &latest).await?;
            let trees = extend(trees, leaves).await?;
            let sealed_at = self.now().max(latest.sealed_at);
            let checkpoint = trees.checkpoint(self.0.deployment_id, latest.epoch + 1, sealed_at);
            if self.store().seal(&checkpoint, before).await? {
                *kept = Some(trees);
                // Whoever synchronises next finds the epoch in the log.
                self.publish_checkpoint().await?;
                tracing::info!(
                    epoch = checkpoint.epoch,
                    members = checkpoint.members,
                    credentials = checkpoint.credentials,
                    "epoch sealed"
                );
                return Ok(SealedEpoch { sealed: true, checkpoint });
            }
        }
        Err(ServiceError::Busy)
    }

    /// Brings trees to the latest epoch; starts anew if they have gone another way.
    async fn caught_up(&self, trees: Trees, latest: &Checkpoint) -> Result<Trees, ServiceError> {
        let trees = self.read_leaves(trees, latest).await?;
        if trees.is_at(latest) {
            return Ok(trees);
        }
        let trees = self.read_leaves(Trees::default(), latest).await?;
        if trees.is_at(latest) {
            Ok(trees)
        } else {
            Err(StoreError::Corrupt("set of leaves under its checkpoint").into())
        }
    }

    async fn read_leaves(&self, mut trees: Trees, latest: &Checkpoint) -> Result<Trees, ServiceError> {
        loop {
            let (members, credentials) = (trees.members.len() as u64, trees.credentials.len() as u64);
            let missing = |have: u64, want: u64| want.saturating_sub(have).min(CHUNK);
            let (more_members, more_credentials) =
                (missing(members, latest.members), missing(credentials, latest.credentials));
            if more_members == 0 && more_credentials == 0 {
                return Ok(trees);
            }
            let leaves = Leaves {
                members: self.store().member_leaves(members, more_members).await?,
                credentials: self.store().credential_leaves(credentials, more_credentials).await?,
            };
            if leaves == Leaves::default() {
                return Ok(trees);
            }
            trees = extend(trees, leaves).await?;
        }
    }
}

/// Hashes off the async workers: an epoch of many leaves takes seconds.
async fn extend(mut trees: Trees, leaves: Leaves) -> Result<Trees, ServiceError> {
    let work = move || trees.extend(&leaves).map(|()| trees);
    tokio::task::spawn_blocking(work).await.map_err(|_| ServiceError::Broken)?
}
