//! 32 bytes on the wire and in TOML: salts and nonces.

use serde::{Deserialize, Serialize};

/// 32 bytes, written as `0x` and 64 lower-case hex digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Bytes32(#[serde(with = "aiq_circuits::wire::serde_hex")] pub [u8; 32]);

impl Bytes32 {
    /// Fresh bytes from the operating system's generator.
    #[must_use]
    pub fn random() -> Self {
        let mut bytes = [0; 32];
        rand::RngCore::fill_bytes(&mut rand::rngs::OsRng, &mut bytes);
        Self(bytes)
    }
}
