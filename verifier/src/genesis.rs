//! The genesis record (§3): what a deployment is, fixed for ever.

use aiq_circuits::{
    identity::DeploymentId,
    wire::{self, DecodeError, Decoder, Encoder},
};
use serde::{Deserialize, Serialize};

use crate::{
    service_key::ServiceKey,
    text::{self, TextError},
};

/// What fixes a deployment: everything else is signed by `log_key` or checked against `manifest_digest`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Genesis {
    /// What the deployment is called; at most [`Genesis::MAX_NAME`] bytes.
    pub name: String,
    /// 32 random bytes, so that two deployments of one name differ.
    #[serde(with = "aiq_circuits::wire::serde_hex")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub salt: [u8; 32],
    /// Verifying half of the service's signing key.
    pub log_key: ServiceKey,
    /// SHA-256 of the key manifest's canonical JSON (§9).
    #[serde(with = "aiq_circuits::wire::serde_hex")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub manifest_digest: [u8; 32],
}

impl Genesis {
    /// Longest name, in bytes of UTF-8.
    pub const MAX_NAME: usize = 100;

    /// Checks the name.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn validate(&self) -> Result<(), TextError> {
        text::check(&self.name, Self::MAX_NAME)
    }

    /// Canonical bytes: label `AIQ/v1/genesis`, `name` (text), `salt` (32), `log_key` (32), `manifest_digest` (32).
    #[must_use]
    pub fn canonical(&self) -> Vec<u8> {
        Encoder::new("AIQ/v1/genesis")
            .str(&self.name)
            .fixed(&self.salt)
            .fixed(self.log_key.as_bytes())
            .fixed(&self.manifest_digest)
            .finish()
    }

    /// Reads canonical bytes.
    ///
    /// # Errors
    /// If they are not those of exactly one genesis record.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut decoder = Decoder::new(bytes, "AIQ/v1/genesis")?;
        let genesis = Self {
            name: decoder.str()?.to_owned(),
            salt: decoder.fixed()?,
            log_key: ServiceKey::new(decoder.fixed()?),
            manifest_digest: decoder.fixed()?,
        };
        decoder.finish()?;
        Ok(genesis)
    }

    /// `SHA-256("AIQ/v1/deployment" ‖ genesis)`.
    #[must_use]
    pub fn deployment_id(&self) -> DeploymentId {
        DeploymentId::new(wire::sha256(&[b"AIQ/v1/deployment", &self.canonical()]))
    }
}
