//! Leaf tiles (§3): 1024 leaves each, downloaded by everybody alike, so that a download says nothing about who downloads.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use aiq_circuits::credential::{Attributes, Credential, CredentialId};
use aiq_circuits::identity::{Commitment, OwnerTag};
use aiq_circuits::tree::{CAPACITY, TreeKind};
use aiq_circuits::wire::fr_from_bytes;

use aiq_server::api::{CREDENTIAL_LEAF_BYTES, MEMBER_LEAF_BYTES, TILE_LEAVES};

use super::SyncError;
use super::error::tree_name;
use crate::client::Client;
use crate::progress::Progress;

/// Leaves of a full tile.
const TILE_WIDTH: u64 = TILE_LEAVES as u64;

/// Full tiles that were downloaded before. They never change, so they are never fetched again.
#[derive(Debug, Clone)]
pub struct TileCache {
    directory: Option<PathBuf>,
}

impl TileCache {
    /// No cache: every tile is downloaded each time.
    #[must_use]
    pub const fn none() -> Self {
        Self { directory: None }
    }

    /// A cache in a directory of its own for each deployment.
    #[must_use]
    pub const fn at(directory: PathBuf) -> Self {
        Self { directory: Some(directory) }
    }

    /// A tile of `size` bytes under its name below the cache's directory, if it was kept.
    pub(super) fn read(&self, name: &str, size: usize) -> Option<Vec<u8>> {
        fs::read(self.directory.as_ref()?.join(name)).ok().filter(|bytes| bytes.len() == size)
    }

    /// Whether there is a tile of that name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.directory.as_ref().is_some_and(|directory| directory.join(name).is_file())
    }

    /// Keeps a tile.
    pub(super) fn write(&self, name: &str, bytes: &[u8]) -> Result<(), SyncError> {
        let Some(path) = self.directory.as_ref().map(|directory| directory.join(name)) else { return Ok(()) };
        write_whole(&path, bytes).map_err(|source| SyncError::Io { action: "write", path, source })
    }

    /// Forgets every tile, as when they do not add up to the signed root.
    ///
    /// # Errors
    /// When the directory cannot be removed.
    pub fn clear(&self) -> Result<(), SyncError> {
        let Some(path) = &self.directory else { return Ok(()) };
        match fs::remove_dir_all(path) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                Err(SyncError::Io { action: "remove", path: path.clone(), source })
            }
            _ => Ok(()),
        }
    }
}

/// Writes a file that is either whole or not there.
fn write_whole(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(directory)?;
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    file.write_all(bytes)?;
    file.persist(path)?;
    Ok(())
}

/// The first `count` members.
///
/// # Errors
/// [`SyncError`].
pub fn members(
    client: &Client,
    cache: &TileCache,
    count: u64,
    progress: &dyn Progress,
) -> Result<Vec<Commitment>, SyncError> {
    let bytes = download(client, cache, TreeKind::Members, count, MEMBER_LEAF_BYTES, progress)?;
    let records = bytes.as_chunks::<MEMBER_LEAF_BYTES>().0;
    records.iter().zip(0..).map(|(record, place)| member(record).ok_or(malformed(TreeKind::Members, place))).collect()
}

/// The first `count` credentials.
///
/// # Errors
/// [`SyncError`].
pub fn credentials(
    client: &Client,
    cache: &TileCache,
    count: u64,
    progress: &dyn Progress,
) -> Result<Vec<Credential>, SyncError> {
    let bytes = download(client, cache, TreeKind::Credentials, count, CREDENTIAL_LEAF_BYTES, progress)?;
    let records = bytes.as_chunks::<CREDENTIAL_LEAF_BYTES>().0;
    let decoded = records.iter().zip(0..);
    decoded.map(|(record, place)| credential(record).ok_or(malformed(TreeKind::Credentials, place))).collect()
}

fn malformed(tree: TreeKind, leaf: u64) -> SyncError {
    SyncError::Tile { tree, tile: leaf / TILE_WIDTH, reason: "a leaf is not canonical" }
}

fn member(record: &[u8; MEMBER_LEAF_BYTES]) -> Option<Commitment> {
    fr_from_bytes(record).ok().map(Commitment::new)
}

fn credential(record: &[u8; CREDENTIAL_LEAF_BYTES]) -> Option<Credential> {
    let [tag, attributes, id] = record.as_chunks::<32>().0 else { return None };
    Some(Credential {
        tag: OwnerTag::new(fr_from_bytes(tag).ok()?),
        attributes: Attributes::unpack(&fr_from_bytes(attributes).ok()?)?,
        id: CredentialId::new(fr_from_bytes(id).ok()?),
    })
}

fn download(
    client: &Client,
    cache: &TileCache,
    tree: TreeKind,
    count: u64,
    record: usize,
    progress: &dyn Progress,
) -> Result<Vec<u8>, SyncError> {
    if count > CAPACITY as u64 {
        return Err(SyncError::TooManyLeaves(count));
    }
    progress.start(tree_name(tree), count);
    let mut all = Vec::new();
    for tile in 0..count.div_ceil(TILE_WIDTH) {
        let width = TILE_WIDTH.min(count - tile * TILE_WIDTH);
        // At most 1024 × 96 bytes.
        let size = usize::try_from(width).unwrap_or(usize::MAX).saturating_mul(record);
        let full = width == TILE_WIDTH;
        let name = format!("{}/{tile}", tree_name(tree));
        let cached = if full { cache.read(&name, size) } else { None };
        let bytes = if let Some(bytes) = cached {
            bytes
        } else {
            let bytes = client.tile(tree, tile, (!full).then_some(width))?;
            if bytes.len() != size {
                return Err(SyncError::Tile { tree, tile, reason: "it has another length than its leaves" });
            }
            if full {
                cache.write(&name, &bytes)?;
            }
            bytes
        };
        all.extend_from_slice(&bytes);
        progress.advance(width);
    }
    progress.finish();
    Ok(all)
}
