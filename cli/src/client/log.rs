//! The calls about the log: signed checkpoints, tiles in their C2SP places, openings, cosignatures.

use aiq_server::api::{IndexedOpening, LogCheckpoints, NewCosignature, OpeningPage, tile_path};

use super::{Client, ClientError};
use crate::sync::log::LogFiles;

impl Client {
    /// The newest checkpoint of the log, a signed note with the cosignatures that it has.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn log_checkpoint(&self) -> Result<String, ClientError> {
        self.transport.get_text("/checkpoint")
    }

    /// The newest checkpoints and the newest cosigned ones, newest first.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn log_checkpoints(&self) -> Result<Vec<String>, ClientError> {
        let LogCheckpoints { checkpoints } = self.transport.get("/v1/log/checkpoints")?;
        Ok(checkpoints)
    }

    /// What is published of the ballots among entries `256 n` to `256 n + 255`.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn openings(&self, n: u64) -> Result<Vec<IndexedOpening>, ClientError> {
        let OpeningPage { openings } = self.transport.get(&format!("/v1/log/openings/{n}"))?;
        Ok(openings)
    }

    /// Hands in a witness's cosignature of the checkpoint with `size` entries.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn cosign(&self, size: u64, cosignature: String) -> Result<(), ClientError> {
        self.transport.post_for_nothing("/v1/log/cosignatures", &NewCosignature { size, cosignature })
    }
}

impl LogFiles for Client {
    fn hash_tile(&self, level: u8, n: u64, width: u64) -> Result<Vec<u8>, ClientError> {
        self.transport.get_bytes(&format!("/tile/{level}/{}", tile_path(n, width)))
    }

    fn entry_bundle(&self, n: u64, width: u64) -> Result<Vec<u8>, ClientError> {
        self.transport.get_bytes(&format!("/tile/entries/{}", tile_path(n, width)))
    }
}
