//! Leaving (§3): a member withdraws its commitment, and the leaf becomes a tombstone.
//!
//! It is signed with a key of its own, registered with the enrolment. A proof would be no better: leaving names the commitment, which no
//! statement reveals, and it is public by nature.

use aiq_circuits::identity::{Commitment, DeploymentId};
use ed25519_dalek::SigningKey;
use serde::{Deserialize, Serialize};

use crate::{
    bytes::byte_newtype,
    service_key::{Signature, SignatureError, is_usable, sign, verify_strict},
};

byte_newtype! {
    /// Verifying half (Ed25519) of the key that a member registers when it enrols and uses once, to leave.
    WithdrawalKey, 32
}

/// Nobody could sign with a key: it is no point of the curve, or one of small order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the withdrawal key is not one that could be signed with")]
pub struct WithdrawalKeyError;

impl WithdrawalKey {
    /// The verifying half of `key`.
    #[must_use]
    pub fn of(key: &SigningKey) -> Self {
        Self::new(key.verifying_key().to_bytes())
    }

    /// Checks that a withdrawal can be verified with this key: a point of the curve, and not one of small order.
    ///
    /// # Errors
    /// [`WithdrawalKeyError`].
    pub fn validate(&self) -> Result<(), WithdrawalKeyError> {
        if is_usable(self.as_bytes()) { Ok(()) } else { Err(WithdrawalKeyError) }
    }
}

/// A member's wish to leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Withdrawal {
    /// The leaf that becomes a tombstone.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub commitment: Commitment,
    /// By the key that the enrolment registered, over `"AIQ/v1/withdraw" ‖ deployment_id ‖ commitment`.
    pub signature: Signature,
}

impl Withdrawal {
    /// Signs that `commitment` leaves the deployment.
    #[must_use]
    pub fn sign(key: &SigningKey, deployment: &DeploymentId, commitment: Commitment) -> Self {
        Self { commitment, signature: sign(key, &signing_bytes(deployment, &commitment)) }
    }

    /// Checks the signature.
    ///
    /// # Errors
    /// [`SignatureError`] if it is not that of the key that the commitment was enrolled with.
    pub fn verify(&self, deployment: &DeploymentId, key: &WithdrawalKey) -> Result<(), SignatureError> {
        verify_strict(key.as_bytes(), &signing_bytes(deployment, &self.commitment), &self.signature)
    }
}

/// Label and fields of fixed length.
fn signing_bytes(deployment: &DeploymentId, commitment: &Commitment) -> Vec<u8> {
    [b"AIQ/v1/withdraw".as_slice(), deployment.as_bytes(), &commitment.to_bytes()].concat()
}
