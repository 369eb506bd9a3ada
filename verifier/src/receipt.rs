//! Receipts (§3): the service's signed promise that an act is in its log, and where.

use aiq_circuits::{identity::DeploymentId, wire::Encoder};
use ed25519_dalek::SigningKey;
use serde::{Deserialize, Serialize};

use crate::{
    log::{Act, Entry, EntryHash},
    service_key::{ServiceKey, Signature, SignatureError, sign},
};

/// A signed promise: this entry is in the log of this deployment, at this place. It is due as soon as a checkpoint covers the place; a
/// checkpoint that has something else there, together with the receipt, shows that the service broke its word.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Receipt {
    /// Whose log.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub deployment_id: DeploymentId,
    /// The entry's place, from 0.
    pub index: u64,
    /// The entry's leaf hash.
    pub entry_hash: EntryHash,
    /// When the act was accepted, Unix seconds; part of the entry.
    pub accepted_at: u32,
    /// By the service.
    pub signature: Signature,
}

/// Why a receipt is not one for what was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReceiptError {
    /// From another deployment.
    #[error("the receipt belongs to deployment {0}")]
    Deployment(DeploymentId),
    /// For another entry.
    #[error("the receipt is for another entry of the log than what was sent")]
    Entry,
    /// Not signed by the service.
    #[error("the receipt: {0}")]
    Signature(#[from] SignatureError),
}

impl Receipt {
    /// Signs a receipt.
    #[must_use]
    pub fn sign(
        key: &SigningKey,
        deployment_id: DeploymentId,
        index: u64,
        entry_hash: EntryHash,
        accepted_at: u32,
    ) -> Self {
        let signature = sign(key, &signing_bytes(&deployment_id, index, &entry_hash, accepted_at));
        Self { deployment_id, index, entry_hash, accepted_at, signature }
    }

    /// The bytes that the service signs: label `AIQ/v1/receipt`, `deployment_id` (32), `index` (u64), `entry_hash` (32),
    /// `accepted_at` (u32).
    #[must_use]
    pub fn signing_bytes(&self) -> Vec<u8> {
        signing_bytes(&self.deployment_id, self.index, &self.entry_hash, self.accepted_at)
    }

    /// Checks the signature.
    ///
    /// # Errors
    /// If it is not the service's over this receipt.
    pub fn verify(&self, key: &ServiceKey) -> Result<(), SignatureError> {
        key.verify(&self.signing_bytes(), &self.signature)
    }

    /// Checks that this is a receipt for exactly what was sent: a service that gives two members one receipt, or answers a vote
    /// with the receipt of another, is found out here.
    ///
    /// # Errors
    /// The first thing that differs.
    pub fn verify_for(&self, key: &ServiceKey, deployment_id: &DeploymentId, act: Act) -> Result<(), ReceiptError> {
        if self.deployment_id != *deployment_id {
            return Err(ReceiptError::Deployment(self.deployment_id));
        }
        if self.entry_hash != (Entry { at: self.accepted_at, act }).hash() {
            return Err(ReceiptError::Entry);
        }
        Ok(self.verify(key)?)
    }
}

fn signing_bytes(deployment_id: &DeploymentId, index: u64, entry_hash: &EntryHash, accepted_at: u32) -> Vec<u8> {
    Encoder::new("AIQ/v1/receipt")
        .fixed(deployment_id.as_bytes())
        .u64(index)
        .fixed(entry_hash.as_bytes())
        .u32(accepted_at)
        .finish()
}
