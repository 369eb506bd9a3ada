//! How many could take part (§11 P1): nothing is opened that only a handful could answer.

use std::sync::{Arc, Mutex, PoisonError};

use aiq_circuits::credential::Attributes;
use aiq_verifier::{checkpoint::Checkpoint, crowd::Crowd, eligibility::Eligibility};

use super::{Service, ServiceError};

/// Leaves read from the store at a time.
const CHUNK: u64 = 65_536;

/// What stands in the credentials tree of the latest epoch that was asked about: it is read once an epoch, for requests are opened
/// without a token.
#[derive(Debug, Default)]
pub(crate) struct Standing(Mutex<Option<(u32, Arc<[Attributes]>)>>);

impl Service {
    /// Refuses what fewer members could take part in than the operator's floor says. Whoever opens something for an electorate asks
    /// here, with the epoch that will be pinned: polls, proposed ones too, and attestation requests. Disputes do not: a decision that
    /// few could challenge would stand whatever it is, and their electorate is that of the standard.
    pub(super) async fn refuse_small_crowd(
        &self,
        eligibility: &Eligibility,
        epoch: &Checkpoint,
    ) -> Result<(), ServiceError> {
        let floor = u64::from(self.0.config.crowd.floor);
        if floor == 0 {
            return Ok(());
        }
        let members = epoch.member_count();
        let crowd = match eligibility {
            Eligibility::Membership => Crowd::of(eligibility, members, []),
            Eligibility::Standing { .. } => Crowd::of(eligibility, members, self.standing(epoch).await?.iter()),
        };
        if crowd.at_most < floor { Err(ServiceError::SmallCrowd { at_most: crowd.at_most, floor }) } else { Ok(()) }
    }

    /// The leaves of an epoch's credentials tree that are no tombstones.
    async fn standing(&self, epoch: &Checkpoint) -> Result<Arc<[Attributes]>, ServiceError> {
        let kept = || self.0.standing.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, standing)) = kept().as_ref().filter(|(number, _)| *number == epoch.epoch) {
            return Ok(Arc::clone(standing));
        }
        let removed = self.store().credential_removals(0, epoch.revoked).await?;
        let removed: std::collections::HashSet<u32> = removed.into_iter().collect();
        let mut standing = Vec::new();
        let mut position = 0;
        while u64::from(position) < epoch.credentials {
            let count = CHUNK.min(epoch.credentials - u64::from(position));
            let leaves = self.store().credential_leaves(position.into(), count).await?;
            if leaves.is_empty() {
                break;
            }
            for (place, leaf) in (position..).zip(&leaves) {
                if !removed.contains(&place) {
                    standing.push(leaf.attributes);
                }
            }
            position = position.saturating_add(u32::try_from(leaves.len()).unwrap_or(u32::MAX));
        }
        let standing: Arc<[Attributes]> = standing.into();
        *kept() = Some((epoch.epoch, Arc::clone(&standing)));
        Ok(standing)
    }
}
