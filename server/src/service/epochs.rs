//! Sealing epochs (§3): what waits becomes leaves, sorted by value, and both roots are signed.

use aiq_circuits::{
    identity::DeploymentId,
    tree::{CredentialTree, MemberTree},
};
use aiq_verifier::checkpoint::Checkpoint;

use super::{Service, ServiceError};
use crate::{
    api::{EpochView, SealedEpoch},
    store::{EpochRecord, Leaves, Pending, Removals, StoreError},
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
    /// Tombstones among the members' leaves.
    withdrawn: u64,
    /// Tombstones among the credentials' leaves.
    revoked: u64,
}

impl Trees {
    /// Appends leaves, in the order given, and then makes tombstones.
    pub(crate) fn extend(&mut self, leaves: &Leaves, removals: &Removals) -> Result<(), ServiceError> {
        self.members.extend(leaves.members.iter().copied()).map_err(|_| ServiceError::TreeFull("members"))?;
        self.credentials
            .extend(leaves.credentials.iter().map(aiq_circuits::credential::Credential::leaf))
            .map_err(|_| ServiceError::TreeFull("credentials"))?;
        let missing = |_| StoreError::Corrupt("tombstone without a leaf");
        self.members.bury(&removals.members).map_err(missing)?;
        self.credentials.bury(&removals.credentials).map_err(missing)?;
        self.withdrawn += removals.members.len() as u64;
        self.revoked += removals.credentials.len() as u64;
        Ok(())
    }

    /// What is signed for the trees as they are.
    pub(crate) fn checkpoint(&self, deployment_id: DeploymentId, epoch: u32, sealed_at: u32) -> Checkpoint {
        Checkpoint {
            deployment_id,
            epoch,
            sealed_at,
            members: self.members.len() as u64,
            withdrawn: self.withdrawn,
            members_root: self.members.root(),
            credentials: self.credentials.len() as u64,
            revoked: self.revoked,
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
            // One snapshot: if somebody seals in between, the store refuses an epoch that does not follow the latest.
            let pending = self.store().pending().await?;
            if pending.is_empty() {
                return Ok(SealedEpoch { sealed: false, checkpoint: pending.latest });
            }
            let Pending { latest, before, leaves, removals, .. } = pending;
            let trees = self.caught_up(kept.take().unwrap_or_default(), &latest).await?;
            let trees = extend(trees, leaves, removals).await?;
            let sealed_at = self.now().max(latest.sealed_at);
            let checkpoint = trees.checkpoint(self.0.deployment_id, latest.epoch + 1, sealed_at);
            if self.store().seal(&checkpoint, before).await? {
                *kept = Some(trees);
                // Whoever synchronises next finds the epoch in the log.
                self.publish_checkpoint().await?;
                tracing::info!(
                    epoch = checkpoint.epoch,
                    members = checkpoint.member_count(),
                    credentials = checkpoint.credential_count(),
                    "epoch sealed"
                );
                return Ok(SealedEpoch { sealed: true, checkpoint });
            }
        }
        Err(ServiceError::Busy)
    }

    /// Brings trees to the latest epoch; starts anew if they have gone another way.
    async fn caught_up(&self, trees: Trees, latest: &Checkpoint) -> Result<Trees, ServiceError> {
        let trees = self.read_up_to(trees, latest).await?;
        if trees.is_at(latest) {
            return Ok(trees);
        }
        let trees = self.read_up_to(Trees::default(), latest).await?;
        if trees.is_at(latest) {
            Ok(trees)
        } else {
            Err(StoreError::Corrupt("set of leaves under its checkpoint").into())
        }
    }

    /// Leaves first: what becomes a tombstone has to be there.
    async fn read_up_to(&self, mut trees: Trees, latest: &Checkpoint) -> Result<Trees, ServiceError> {
        let missing = |have: u64, want: u64| want.saturating_sub(have).min(CHUNK);
        loop {
            let (members, credentials) = (trees.members.len() as u64, trees.credentials.len() as u64);
            let leaves = Leaves {
                members: self.store().member_leaves(members, missing(members, latest.members)).await?,
                credentials: self
                    .store()
                    .credential_leaves(credentials, missing(credentials, latest.credentials))
                    .await?,
            };
            if leaves == Leaves::default() {
                break;
            }
            trees = extend(trees, leaves, Removals::default()).await?;
        }
        loop {
            let (withdrawn, revoked) = (trees.withdrawn, trees.revoked);
            let removals = Removals {
                members: self.store().member_removals(withdrawn, missing(withdrawn, latest.withdrawn)).await?,
                credentials: self.store().credential_removals(revoked, missing(revoked, latest.revoked)).await?,
            };
            if removals == Removals::default() {
                return Ok(trees);
            }
            trees = extend(trees, Leaves::default(), removals).await?;
        }
    }
}

/// Hashes off the async workers: an epoch of many leaves takes seconds.
async fn extend(mut trees: Trees, leaves: Leaves, removals: Removals) -> Result<Trees, ServiceError> {
    let work = move || trees.extend(&leaves, &removals).map(|()| trees);
    tokio::task::spawn_blocking(work).await.map_err(|_| ServiceError::Broken)?
}
