//! Tiles of leaves and tombstones.

use std::fmt;

use aiq_server::api::{CREDENTIAL_LEAF_BYTES, MEMBER_LEAF_BYTES, TOMBSTONE_BYTES};

use super::{Client, ClientError};

/// The lists that are served as tiles. Each is only appended to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TileList {
    /// Leaves of the members tree.
    Members,
    /// Leaves of the credentials tree, with what they are made of.
    Credentials,
    /// Positions of members who left.
    Withdrawn,
    /// Positions of revoked credentials.
    Revoked,
}

impl TileList {
    /// The name, in addresses, caches and messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Members => "members",
            Self::Credentials => "credentials",
            Self::Withdrawn => "withdrawn",
            Self::Revoked => "revoked",
        }
    }

    /// Bytes of one record.
    #[must_use]
    pub const fn record_bytes(self) -> usize {
        match self {
            Self::Members => MEMBER_LEAF_BYTES,
            Self::Credentials => CREDENTIAL_LEAF_BYTES,
            Self::Withdrawn | Self::Revoked => TOMBSTONE_BYTES,
        }
    }
}

impl fmt::Display for TileList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Members | Self::Credentials => self.name(),
            Self::Withdrawn => "members who left",
            Self::Revoked => "revoked credentials",
        })
    }
}

impl Client {
    /// A tile: full, or its first `width` records.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn tile(&self, list: TileList, tile: u64, width: Option<u64>) -> Result<Vec<u8>, ClientError> {
        let width = width.map(|width| format!("/{width}")).unwrap_or_default();
        self.transport.get_bytes(&format!("/v1/tiles/{}/{tile}{width}", list.name()))
    }
}
