//! Tiles of leaves and tombstones.

use aiq_circuits::wire::fr_to_bytes;

use super::{Service, ServiceError};
use crate::api::{CREDENTIAL_LEAF_BYTES, MEMBER_LEAF_BYTES, TILE_LEAVES, TOMBSTONE_BYTES};

/// Of what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TileKind {
    /// Commitments.
    Members,
    /// Credentials.
    Credentials,
    /// Positions of members who left.
    Withdrawn,
    /// Positions of revoked credentials.
    Revoked,
}

/// A tile as it is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tile {
    pub(crate) bytes: Vec<u8>,
    /// Whether this address will always have these bytes.
    pub(crate) is_final: bool,
}

impl Service {
    /// Tile `number` as far as it is sealed, or exactly its first `width` records.
    pub(crate) async fn tile(&self, kind: TileKind, number: u32, width: Option<u32>) -> Result<Tile, ServiceError> {
        let checkpoint = self.store().latest_epoch().await?.checkpoint;
        let sealed = match kind {
            TileKind::Members => checkpoint.members,
            TileKind::Credentials => checkpoint.credentials,
            TileKind::Withdrawn => checkpoint.withdrawn,
            TileKind::Revoked => checkpoint.revoked,
        };
        let first = u64::from(number) * u64::from(TILE_LEAVES);
        let available = sealed.saturating_sub(first).min(TILE_LEAVES.into());
        let count = width.map_or(available, u64::from);
        if count == 0 || count > available {
            return Err(ServiceError::UnknownTile);
        }
        let bytes: Vec<u8> = match kind {
            TileKind::Members => {
                let leaves = self.store().member_leaves(first, count).await?;
                leaves.iter().flat_map(aiq_circuits::identity::Commitment::to_bytes).collect()
            }
            TileKind::Credentials => {
                let leaves = self.store().credential_leaves(first, count).await?;
                let record = |credential: &aiq_circuits::credential::Credential| {
                    let attributes = fr_to_bytes(&credential.attributes.pack());
                    [credential.tag.to_bytes(), attributes, credential.id.to_bytes()].concat()
                };
                leaves.iter().flat_map(record).collect()
            }
            TileKind::Withdrawn => positions(&self.store().member_removals(first, count).await?),
            TileKind::Revoked => positions(&self.store().credential_removals(first, count).await?),
        };
        debug_assert_eq!(bytes.len() as u64, count * record_bytes(kind) as u64);
        // Both lists only ever grow, so what a full or an exactly bounded tile holds never changes.
        Ok(Tile { bytes, is_final: width.is_some() || count == u64::from(TILE_LEAVES) })
    }
}

fn positions(tombstones: &[u32]) -> Vec<u8> {
    tombstones.iter().flat_map(|position| position.to_be_bytes()).collect()
}

const fn record_bytes(kind: TileKind) -> usize {
    match kind {
        TileKind::Members => MEMBER_LEAF_BYTES,
        TileKind::Credentials => CREDENTIAL_LEAF_BYTES,
        TileKind::Withdrawn | TileKind::Revoked => TOMBSTONE_BYTES,
    }
}
