//! Receipts (§3): the service's signed promise to include an accepted act in its log.

use core::fmt;

use aiq_circuits::{
    identity::{Commitment, DeploymentId},
    wire::{self, Encoder},
};
use ed25519_dalek::SigningKey;
use serde::{Deserialize, Serialize};

use crate::service_key::{ServiceKey, Signature, SignatureError, sign};

/// What was accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum Act {
    /// A commitment; content [`enrolment_content`].
    Enrolment,
    /// A poll; content [`PollDefinition::canonical`](crate::poll::PollDefinition::canonical).
    Poll,
    /// A member's entry into a poll; content [`Join::canonical`](crate::poll::Join::canonical).
    Join,
    /// A vote; content [`Ballot::canonical`](crate::poll::Ballot::canonical).
    Ballot,
    /// A request; content
    /// [`AttestationRequest::canonical`](crate::attestation::AttestationRequest::canonical).
    Attestation,
}

impl Act {
    /// The act as it stands in signed bytes and on the wire.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Enrolment => "enrolment",
            Self::Poll => "poll",
            Self::Join => "join",
            Self::Ballot => "ballot",
            Self::Attestation => "attestation",
        }
    }
}

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}

/// Canonical bytes of an enrolment: label `AIQ/v1/enrolment`, the commitment (field element).
#[must_use]
pub fn enrolment_content(commitment: &Commitment) -> Vec<u8> {
    Encoder::new("AIQ/v1/enrolment").field(commitment.as_field()).finish()
}

/// A signed promise to include an act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Receipt {
    /// What was accepted.
    pub act: Act,
    /// In which deployment.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub deployment_id: DeploymentId,
    /// SHA-256 of the act's canonical content.
    #[serde(with = "aiq_circuits::wire::serde_hex")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub digest: [u8; 32],
    /// Unix seconds.
    pub accepted_at: u32,
    /// By the service.
    pub signature: Signature,
}

/// Why a receipt is not one for what was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReceiptError {
    /// For another kind of act.
    #[error("the receipt is for {found}, sent was {expected}")]
    Act {
        /// What was sent.
        expected: Act,
        /// What the receipt says.
        found: Act,
    },
    /// From another deployment.
    #[error("the receipt belongs to deployment {0}")]
    Deployment(DeploymentId),
    /// For another content.
    #[error("the receipt is for another content than was sent")]
    Content,
    /// Not signed by the service.
    #[error("the receipt: {0}")]
    Signature(#[from] SignatureError),
}

impl Receipt {
    /// Signs a receipt for an act with this canonical content.
    #[must_use]
    pub fn sign(key: &SigningKey, act: Act, deployment_id: DeploymentId, content: &[u8], accepted_at: u32) -> Self {
        let digest = wire::sha256(&[content]);
        let signature = sign(key, &signing_bytes(act, &deployment_id, &digest, accepted_at));
        Self { act, deployment_id, digest, accepted_at, signature }
    }

    /// The bytes that the service signs: label `AIQ/v1/receipt`, `act` (text), `deployment_id` (32), `digest` (32),
    /// `accepted_at` (u32).
    #[must_use]
    pub fn signing_bytes(&self) -> Vec<u8> {
        signing_bytes(self.act, &self.deployment_id, &self.digest, self.accepted_at)
    }

    /// Checks the signature.
    ///
    /// # Errors
    /// If it is not the service's over this receipt.
    pub fn verify(&self, key: &ServiceKey) -> Result<(), SignatureError> {
        key.verify(&self.signing_bytes(), &self.signature)
    }

    /// Checks that this is a receipt for exactly what was sent: a service that gives two members one receipt, or
    /// answers a vote with the receipt of another, is found out here.
    ///
    /// # Errors
    /// The first thing that differs.
    pub fn verify_for(
        &self,
        key: &ServiceKey,
        act: Act,
        deployment_id: &DeploymentId,
        content: &[u8],
    ) -> Result<(), ReceiptError> {
        if self.act != act {
            return Err(ReceiptError::Act { expected: act, found: self.act });
        }
        if self.deployment_id != *deployment_id {
            return Err(ReceiptError::Deployment(self.deployment_id));
        }
        if self.digest != wire::sha256(&[content]) {
            return Err(ReceiptError::Content);
        }
        Ok(self.verify(key)?)
    }
}

fn signing_bytes(act: Act, deployment_id: &DeploymentId, digest: &[u8; 32], accepted_at: u32) -> Vec<u8> {
    Encoder::new("AIQ/v1/receipt")
        .str(act.label())
        .fixed(deployment_id.as_bytes())
        .fixed(digest)
        .u32(accepted_at)
        .finish()
}
