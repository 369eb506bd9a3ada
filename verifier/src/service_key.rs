//! The service's signing key, seen from outside: Ed25519, verified strictly.

use ed25519_dalek::{Signer as _, SigningKey};

use crate::bytes::byte_newtype;

byte_newtype! {
    /// Verifying half of the key that signs receipts, results and checkpoints; fixed by the genesis record (§3).
    ServiceKey, 32
}

byte_newtype! {
    /// An Ed25519 signature (RFC 8032).
    Signature, 64
}

/// A signature is not the expected key's over the expected bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not match the key and the signed content")]
pub struct SignatureError;

impl ServiceKey {
    /// The verifying half of `key`.
    #[must_use]
    pub fn of(key: &SigningKey) -> Self {
        Self::new(key.verifying_key().to_bytes())
    }

    /// Checks a signature over `message`.
    ///
    /// # Errors
    /// [`SignatureError`] if it is not this key's.
    pub fn verify(&self, message: &[u8], signature: &Signature) -> Result<(), SignatureError> {
        verify_strict(self.as_bytes(), message, signature)
    }
}

/// Signs `message`.
#[must_use]
pub(crate) fn sign(key: &SigningKey, message: &[u8]) -> Signature {
    Signature::new(key.sign(message).to_bytes())
}

/// Strict verification: canonical encodings only and no key of small order, so that nobody, the signer included, can
/// make a signature that some verifiers accept and others do not, or one that fits two messages.
pub(crate) fn verify_strict(key: &[u8; 32], message: &[u8], signature: &Signature) -> Result<(), SignatureError> {
    ed25519_dalek::VerifyingKey::from_bytes(key)
        .and_then(|key| key.verify_strict(message, &ed25519_dalek::Signature::from_bytes(signature.as_bytes())))
        .map_err(|_| SignatureError)
}

/// Whether signatures can be verified with a key: a point of the curve, and not one of small order.
pub(crate) fn is_usable(key: &[u8; 32]) -> bool {
    ed25519_dalek::VerifyingKey::from_bytes(key).is_ok_and(|key| !key.is_weak())
}
