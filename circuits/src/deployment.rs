//! Which deployment of AIQ something belongs to (§3).

use core::fmt;

use crate::wire::{self, WireError, serde_by_text};

/// `SHA-256("AIQ/v1/deployment" ‖ genesis)`: which deployment of AIQ a secret, a scope or a record belongs to (§3).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DeploymentId([u8; 32]);

impl DeploymentId {
    /// Wraps the digest of a genesis record.
    #[must_use]
    pub const fn new(digest: [u8; 32]) -> Self {
        Self(digest)
    }

    /// The digest.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for DeploymentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&wire::bytes_to_hex(&self.0))
    }
}

impl fmt::Debug for DeploymentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DeploymentId({self})")
    }
}

impl core::str::FromStr for DeploymentId {
    type Err = WireError;
    fn from_str(text: &str) -> Result<Self, WireError> {
        wire::bytes_from_hex(text).map(Self)
    }
}

serde_by_text!(DeploymentId);
