//! Members' invitations (§6): who may make them, and how many, is the charter's to say.

use std::sync::Arc;

use aiq_verifier::{
    presentation::Expectation,
    receipt::Receipt,
    sponsorship::{Charter, Sponsorship, sponsor_message, sponsor_scope},
};

use super::{Service, ServiceError, polls::roots};
use crate::store::{Accepted, SponsorRefusal};

impl Service {
    /// What members may do beyond reviewing and voting.
    ///
    /// # Errors
    /// If the deployment was founded without a charter.
    pub async fn charter(&self) -> Result<Charter, ServiceError> {
        self.store().charter().await?.ok_or(ServiceError::NoCharter)
    }

    /// Takes a member's invitation: the proof is checked first, then the nullifier and the token's hash are written once.
    ///
    /// # Errors
    /// If members may not invite, or not so many; if the epoch is not the latest, the proof refused, or the nullifier or the token there.
    pub async fn sponsor(&self, sponsorship: Sponsorship) -> Result<Accepted<Receipt>, ServiceError> {
        let sponsors = self.charter().await?.sponsors.ok_or(ServiceError::NoSponsors)?;
        let Sponsorship { epoch, number, token_hash, .. } = sponsorship;
        if number >= sponsors.per_epoch {
            return Err(ServiceError::BeyondAllowance { number, per_epoch: sponsors.per_epoch });
        }
        let repeated = self.store().has_sponsored(&sponsorship.presentation.nullifier).await?;
        let checkpoint = self.named_epoch(epoch, repeated).await?;
        let scope = sponsor_scope(&self.0.deployment_id, epoch, number);
        let expectation = Expectation {
            eligibility: self.requirement(&sponsors.menu, checkpoint.sealed_at).await?,
            roots: roots(&checkpoint),
            scope,
            message: sponsor_message(&scope, &token_hash),
        };
        let verifier = Arc::clone(&self.0.verifier);
        let check = move || verifier.verify(&expectation, &sponsorship.presentation).map(|()| sponsorship);
        let sponsorship = self.0.pool.run(check).await??;
        let accepted = self.store().sponsor(&sponsorship, self.now()).await?.map_err(|refusal| match refusal {
            SponsorRefusal::StaleEpoch(latest) => ServiceError::StaleEpoch { named: epoch, latest },
            SponsorRefusal::NullifierUsed => ServiceError::Sponsored(number),
            SponsorRefusal::TokenKnown => ServiceError::TokenKnown,
        })?;
        Ok(accepted.map(|logged| self.receipt(logged)))
    }
}
