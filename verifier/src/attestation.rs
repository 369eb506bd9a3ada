//! Attestations for a third party (§6): an employer or a journal asks, a member answers, the service signs the result.

use aiq_circuits::{
    identity::{DeploymentId, Nullifier},
    scope::{Message, Scope, ScopeKind},
    wire::{self, Encoder},
};
use ed25519_dalek::SigningKey;
use serde::{Deserialize, Serialize};

use crate::{
    bytes::byte_newtype,
    eligibility::{Eligibility, EligibilityError, PinnedRoots},
    service_key::{ServiceKey, Signature, SignatureError, sign},
    text::{self, TextError},
    verifying_key::KeyId,
};

byte_newtype! {
    /// SHA-256 of a request's canonical bytes.
    RequestId, 32
}

/// What a third party wants to see, and from when to when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AttestationRequest {
    /// Who asks, as the member will read it; at most [`AttestationRequest::MAX_AUDIENCE`] bytes.
    pub audience: String,
    /// What is to be shown.
    pub eligibility: Eligibility,
    /// The roots that it is shown under.
    pub roots: PinnedRoots,
    /// The verifying key that it is shown under.
    pub key_id: KeyId,
    /// 32 random bytes of the third party.
    #[serde(with = "aiq_circuits::wire::serde_hex")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub nonce: [u8; 32],
    /// Whether the audience recognises a member who answers it again: one pseudonym per audience, or a new one each
    /// time.
    pub linkable: bool,
    /// Unix seconds.
    pub created_at: u32,
    /// Unix seconds from which no answer is accepted.
    pub expires_at: u32,
}

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AttestationError {
    /// The audience.
    #[error("the audience {0}")]
    Audience(TextError),
    /// It would expire before it exists.
    #[error("a request expires after it was created")]
    Times,
    /// What is to be shown.
    #[error(transparent)]
    Eligibility(#[from] EligibilityError),
}

impl AttestationRequest {
    /// Longest audience, in bytes of UTF-8.
    pub const MAX_AUDIENCE: usize = 200;

    /// Checks every field that has a rule.
    ///
    /// # Errors
    /// The first that is broken.
    pub fn validate(&self) -> Result<(), AttestationError> {
        text::check(&self.audience, Self::MAX_AUDIENCE).map_err(AttestationError::Audience)?;
        if self.created_at >= self.expires_at {
            return Err(AttestationError::Times);
        }
        Ok(self.eligibility.validate()?)
    }

    /// Whether an answer comes too late at `now`, in Unix seconds.
    #[must_use]
    pub const fn is_expired(&self, now: u32) -> bool {
        now >= self.expires_at
    }

    /// Canonical bytes: label `AIQ/v1/attestation-request`, `audience` (text), `eligibility` (statement text; for a
    /// standing also the packed requirement as a field element and the menu id as text), `epoch` (u32),
    /// `members_root`, `credentials_root` (field elements), `key_id` (32), `nonce` (32), `linkable` (u8: 0 or 1),
    /// `created_at`, `expires_at` (u32 each).
    #[must_use]
    pub fn canonical(&self) -> Vec<u8> {
        let encoder = Encoder::new("AIQ/v1/attestation-request").str(&self.audience);
        self.roots
            .encode(self.eligibility.encode(encoder))
            .fixed(self.key_id.as_bytes())
            .fixed(&self.nonce)
            .u8(u8::from(self.linkable))
            .u32(self.created_at)
            .u32(self.expires_at)
            .finish()
    }

    /// The request's id.
    #[must_use]
    pub fn id(&self) -> RequestId {
        RequestId::new(wire::sha256(&[&self.canonical()]))
    }

    /// Where the answer's nullifier lives: the audience if linkable, else this audience and nonce.
    ///
    /// The scope's definition is the canonical bytes of: label `AIQ/v1/audience`, `audience` (text), and, only if not
    /// linkable, `nonce` (32).
    #[must_use]
    pub fn scope(&self, deployment: &DeploymentId) -> Scope {
        let encoder = Encoder::new("AIQ/v1/audience").str(&self.audience);
        let encoder = if self.linkable { encoder } else { encoder.fixed(&self.nonce) };
        Scope::derive(deployment, ScopeKind::Attest, &encoder.finish())
    }

    /// The answer's message, `F("AIQ/v1/attest" ‖ deployment_id ‖ request_id)`: it commits to the whole request.
    #[must_use]
    pub fn message(&self, deployment: &DeploymentId) -> Message {
        Message::of("AIQ/v1/attest", &[deployment.as_bytes(), self.id().as_bytes()])
    }
}

/// The service's word that a request was answered. Whoever holds the request and the service's key checks it offline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AttestationResult {
    /// Which request: its id commits to audience, requirement, nonce and times.
    pub request_id: RequestId,
    /// In which deployment.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub deployment_id: DeploymentId,
    /// The member's pseudonym in the request's scope.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub nullifier: Nullifier,
    /// Unix seconds.
    pub presented_at: u32,
    /// By the service.
    pub signature: Signature,
}

impl AttestationResult {
    /// Signs a result.
    #[must_use]
    pub fn sign(
        key: &SigningKey,
        request_id: RequestId,
        deployment_id: DeploymentId,
        nullifier: Nullifier,
        presented_at: u32,
    ) -> Self {
        let signature = sign(key, &signing_bytes(&request_id, &deployment_id, &nullifier, presented_at));
        Self { request_id, deployment_id, nullifier, presented_at, signature }
    }

    /// The bytes that the service signs: label `AIQ/v1/attestation-result`, `request_id` (32), `deployment_id` (32),
    /// `nullifier` (field element), `presented_at` (u32).
    #[must_use]
    pub fn signing_bytes(&self) -> Vec<u8> {
        signing_bytes(&self.request_id, &self.deployment_id, &self.nullifier, self.presented_at)
    }

    /// What the log has of the result: `SHA-256(signing bytes ‖ signature)`. The request's id in it is a hash over 32 random bytes, so
    /// that nobody can find out which result it is without knowing it.
    #[must_use]
    pub fn log_digest(&self) -> [u8; 32] {
        wire::sha256(&[&self.signing_bytes(), self.signature.as_bytes()])
    }

    /// Checks the signature. That `request_id` is the id of the request one made is for the caller to compare.
    ///
    /// # Errors
    /// If it is not the service's over this result.
    pub fn verify(&self, key: &ServiceKey) -> Result<(), SignatureError> {
        key.verify(&self.signing_bytes(), &self.signature)
    }
}

fn signing_bytes(
    request_id: &RequestId,
    deployment_id: &DeploymentId,
    nullifier: &Nullifier,
    presented_at: u32,
) -> Vec<u8> {
    Encoder::new("AIQ/v1/attestation-result")
        .fixed(request_id.as_bytes())
        .fixed(deployment_id.as_bytes())
        .field(nullifier.as_field())
        .u32(presented_at)
        .finish()
}
