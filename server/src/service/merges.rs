//! Merges (§5.4): notes that become one.

use std::sync::Arc;

use aiq_verifier::{merge::Merge, receipt::Receipt};

use super::{Service, ServiceError};
use crate::store::{Accepted, MergeRefusal};

impl Service {
    /// Makes one note of several: the proof is checked first, then what is spent is written once. The note becomes a leaf with the next
    /// epoch.
    ///
    /// # Errors
    /// If the epoch is not the latest, the merge breaks a rule or its proof is refused; if a note was spent or the tag used before, or the
    /// balance has expired.
    pub async fn merge(&self, merge: Merge) -> Result<Accepted<Receipt>, ServiceError> {
        let repeated = self.store().has_merged(&merge.tag).await?;
        let checkpoint = self.named_epoch(merge.epoch, repeated).await?;
        let (epoch, issued_at, expires_at) = (merge.epoch, merge.balance.issued_at, merge.balance.expires_at);
        if issued_at != checkpoint.sealed_at {
            return Err(ServiceError::BalanceIssued { issued_at, sealed_at: checkpoint.sealed_at });
        }
        if !repeated && self.now() >= expires_at {
            return Err(ServiceError::BalanceExpired(expires_at));
        }
        let (verifier, deployment_id) = (Arc::clone(&self.0.verifier), self.0.deployment_id);
        let check = move || merge.verify(&verifier, &deployment_id, checkpoint.credentials_root).map(|()| merge);
        let merge = self.0.pool.run(check).await??;
        let accepted = self.store().merge(&merge, self.now()).await?.map_err(|refusal| match refusal {
            MergeRefusal::StaleEpoch(latest) => ServiceError::StaleEpoch { named: epoch, latest },
            MergeRefusal::Spent => ServiceError::Spent,
            MergeRefusal::TagUsed => ServiceError::TagUsed,
            MergeRefusal::Expired => ServiceError::BalanceExpired(expires_at),
        })?;
        Ok(accepted.map(|logged| self.receipt(logged)))
    }
}
