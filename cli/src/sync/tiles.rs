//! Tiles of leaves and tombstones (§3): 1024 of them each, downloaded by everybody alike, so that a download says nothing about who downloads.

use std::fs;
use std::io::Write;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};

use aiq_circuits::credential::{Attributes, Credential, CredentialId};
use aiq_circuits::identity::{Commitment, OwnerTag};
use aiq_circuits::tree::CAPACITY;
use aiq_circuits::wire::fr_from_bytes;

use aiq_server::api::{CREDENTIAL_LEAF_BYTES, MEMBER_LEAF_BYTES, TILE_LEAVES, TOMBSTONE_BYTES};

use super::SyncError;
use crate::client::{Client, TileList};
use crate::progress::Progress;

/// Records of a full tile.
const TILE_WIDTH: u64 = TILE_LEAVES as u64;
/// Tiles that are fetched at the same time.
const SIDE_BY_SIDE: usize = 4;

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
    let bytes = download(client, cache, TileList::Members, count, progress)?;
    let records = bytes.as_chunks::<MEMBER_LEAF_BYTES>().0;
    records.iter().zip(0..).map(|(record, place)| member(record).ok_or(malformed(TileList::Members, place))).collect()
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
    let bytes = download(client, cache, TileList::Credentials, count, progress)?;
    let records = bytes.as_chunks::<CREDENTIAL_LEAF_BYTES>().0;
    let decoded = records.iter().zip(0..);
    decoded.map(|(record, place)| credential(record).ok_or(malformed(TileList::Credentials, place))).collect()
}

/// The first `count` tombstones, as positions of leaves.
///
/// # Errors
/// [`SyncError`].
pub fn tombstones(
    client: &Client,
    cache: &TileCache,
    list: TileList,
    count: u64,
    progress: &dyn Progress,
) -> Result<Vec<u32>, SyncError> {
    if count == 0 {
        return Ok(Vec::new());
    }
    let bytes = download(client, cache, list, count, progress)?;
    Ok(bytes.as_chunks::<TOMBSTONE_BYTES>().0.iter().map(|position| u32::from_be_bytes(*position)).collect())
}

fn malformed(list: TileList, leaf: u64) -> SyncError {
    SyncError::Tile { list, tile: leaf / TILE_WIDTH, reason: "a leaf is not canonical" }
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
    list: TileList,
    count: u64,
    progress: &dyn Progress,
) -> Result<Vec<u8>, SyncError> {
    if count > CAPACITY as u64 {
        return Err(SyncError::TooManyLeaves(count));
    }
    progress.start(&list.to_string(), count);
    let mut all = Vec::new();
    let tiles: Vec<u64> = (0..count.div_ceil(TILE_WIDTH)).collect();
    for some in tiles.chunks(SIDE_BY_SIDE) {
        let fetched: Vec<Result<Vec<u8>, SyncError>> = std::thread::scope(|scope| {
            let fetch = |tile: &u64| {
                let tile = *tile;
                scope.spawn(move || one(client, cache, list, tile, TILE_WIDTH.min(count - tile * TILE_WIDTH)))
            };
            let threads: Vec<_> = some.iter().map(fetch).collect();
            threads.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
        });
        for bytes in fetched {
            let bytes = bytes?;
            all.extend_from_slice(&bytes);
            progress.advance((bytes.len() / list.record_bytes()) as u64);
        }
    }
    progress.finish();
    Ok(all)
}

/// The first `width` records of a tile, from the cache if it is full and there.
fn one(client: &Client, cache: &TileCache, list: TileList, tile: u64, width: u64) -> Result<Vec<u8>, SyncError> {
    // At most 1024 × 96 bytes.
    let size = usize::try_from(width).unwrap_or(usize::MAX).saturating_mul(list.record_bytes());
    let full = width == TILE_WIDTH;
    let name = format!("{}/{tile}", list.name());
    if let Some(bytes) = full.then(|| cache.read(&name, size)).flatten() {
        return Ok(bytes);
    }
    let bytes = client.tile(list, tile, (!full).then_some(width))?;
    if bytes.len() != size {
        return Err(SyncError::Tile { list, tile, reason: "it has another length than its records" });
    }
    if full {
        cache.write(&name, &bytes)?;
    }
    Ok(bytes)
}
