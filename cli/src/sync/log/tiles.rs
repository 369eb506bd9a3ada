//! Tiles of the log's tree, each believed only once it is known to lie under the root that the service signed
//! (<https://c2sp.org/tlog-tiles>).
//!
//! The crate `tlog_tiles` does the arithmetic. Its `TileHashReader` is not used: where several peaks of the tree lie in one
//! tile, it takes full tiles as they come (the test `a_forged_full_tile_is_found_out_at_every_size` has such sizes).

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use aiq_server::api::tile_path;
use aiq_verifier::log::{EntryHash, LogCheckpoint, NodeHash};
use tlog_tiles::{Hash, HashReader, Tile, node_hash, prove_record, prove_tree, stored_hash_index, tree_hash};

use crate::client::ClientError;
use crate::progress::Progress;
use crate::sync::{SyncError, TileCache};

/// Levels of the tree in one level of tiles.
const HEIGHT: u8 = 8;
/// Hashes of a full tile, and entries of a full bundle.
pub const WIDTH: u64 = 1 << HEIGHT;
/// Most entries of a log that are believed: far more than can be served, and few enough that no index overflows.
pub const MAX_SIZE: u64 = 1 << 40;
/// Verified tiles that are kept in memory, 8 KiB each.
const IN_MEMORY: usize = 512;

/// Where the files of a log come from.
pub trait LogFiles {
    /// The first `width` hashes of tile `n` of a level of tiles; 256 for a full tile.
    ///
    /// # Errors
    /// [`ClientError`].
    fn hash_tile(&self, level: u8, n: u64, width: u64) -> Result<Vec<u8>, ClientError>;

    /// The first `width` entries of bundle `n`, each after its length in two bytes.
    ///
    /// # Errors
    /// [`ClientError`].
    fn entry_bundle(&self, n: u64, width: u64) -> Result<Vec<u8>, ClientError>;
}

/// Place of a tile: level of tiles and number in it.
type Place = (u8, u64);

/// The log's tree under one signed checkpoint, read tile by tile.
pub struct LogReader<'a> {
    files: &'a dyn LogFiles,
    cache: &'a TileCache,
    checkpoint: LogCheckpoint,
    /// Tiles that are known to lie under the root.
    verified: RefCell<BTreeMap<Place, Rc<[u8]>>>,
    /// Why a hash could not be read, while the crate's arithmetic is on the stack.
    failed: Cell<Option<SyncError>>,
}

impl<'a> LogReader<'a> {
    /// Reads the right edge of the tree and compares it with the signed root.
    ///
    /// # Errors
    /// [`SyncError::LogTile`] if the tiles do not have the root, [`SyncError::LogSize`] for a size that no log has.
    pub fn open(files: &'a dyn LogFiles, cache: &'a TileCache, checkpoint: LogCheckpoint) -> Result<Self, SyncError> {
        let size = checkpoint.size;
        if !(1..=MAX_SIZE).contains(&size) {
            return Err(SyncError::LogSize(size));
        }
        let (verified, failed) = (RefCell::new(BTreeMap::new()), Cell::new(None));
        let reader = Self { files, cache, checkpoint, verified, failed };
        // A peak for each bit of the size, the smallest first: the roots of the complete trees that make up the whole.
        let mut root: Option<Hash> = None;
        let mut edge = (0, 0);
        for level in (0..64).filter(|level| size >> level & 1 == 1) {
            let tile_level = level / HEIGHT;
            let hashes = size >> (HEIGHT * tile_level);
            edge = (tile_level, hashes / WIDTH);
            let bytes = reader.edge(edge, hashes % WIDTH)?;
            let peak = Tile::new(HEIGHT, edge.0, edge.1, u32::try_from(hashes % WIDTH).unwrap_or(0), false)
                .hash_at_index(&bytes, stored_hash_index(level, (size >> level) - 1))
                .map_err(|_| SyncError::LogTile { level: edge.0, tile: edge.1, reason: MALFORMED })?;
            root = Some(root.map_or(peak, |right| node_hash(peak, right)));
        }
        if root.map(|root| root.0) != Some(checkpoint.root) {
            return Err(SyncError::LogTile { level: edge.0, tile: edge.1, reason: FORGED });
        }
        Ok(reader)
    }

    /// What the tiles are checked against.
    #[must_use]
    pub const fn checkpoint(&self) -> &LogCheckpoint {
        &self.checkpoint
    }

    /// The root over the first `size` entries: that of an earlier checkpoint, if the log only grew.
    ///
    /// # Errors
    /// [`SyncError`] if a tile cannot be had or is not the one under the root; also for more entries than there are.
    pub fn root_at(&self, size: u64) -> Result<[u8; 32], SyncError> {
        if size > self.checkpoint.size {
            return Err(SyncError::LogSize(size));
        }
        self.read(tree_hash(size, self)).map(|hash| hash.0)
    }

    /// The leaf hash of an entry.
    ///
    /// # Errors
    /// As [`root_at`](Self::root_at).
    pub fn entry_hash(&self, index: u64) -> Result<EntryHash, SyncError> {
        if index >= self.checkpoint.size {
            return Err(SyncError::LogSize(index));
        }
        self.hash(stored_hash_index(0, index)).map(|hash| EntryHash::new(hash.0))
    }

    /// The hashes that lead from an entry to the root (RFC 6962).
    ///
    /// # Errors
    /// As [`root_at`](Self::root_at).
    pub fn inclusion(&self, index: u64) -> Result<Vec<NodeHash>, SyncError> {
        if index >= self.checkpoint.size {
            return Err(SyncError::LogSize(index));
        }
        self.read(prove_record(self.checkpoint.size, index, self)).map(nodes)
    }

    /// The hashes that show how the tree over the first `size` entries grew into this one (RFC 6962).
    ///
    /// # Errors
    /// As [`root_at`](Self::root_at).
    pub fn consistency(&self, size: u64) -> Result<Vec<NodeHash>, SyncError> {
        if !(1..=self.checkpoint.size).contains(&size) {
            return Err(SyncError::LogSize(size));
        }
        self.read(prove_tree(self.checkpoint.size, size, self)).map(nodes)
    }

    /// The entries of bundle `n`, as far as the checkpoint covers them: canonical bytes, each the one under the root.
    ///
    /// # Errors
    /// As [`root_at`](Self::root_at).
    pub fn entries(&self, n: u64) -> Result<Vec<Vec<u8>>, SyncError> {
        let first = n.checked_mul(WIDTH).filter(|first| *first < self.checkpoint.size).ok_or(SyncError::LogSize(n))?;
        let width = WIDTH.min(self.checkpoint.size - first);
        let bytes = self.files.entry_bundle(n, width)?;
        let refused = |reason| SyncError::LogEntries { bundle: n, reason };
        let entries = split_bundle(&bytes).filter(|entries| entries.len() as u64 == width);
        let entries = entries.ok_or_else(|| refused(MALFORMED))?;
        let leaves = self.verify((0, n))?;
        let (leaves, _) = leaves.as_chunks::<32>();
        let forged = entries.iter().zip(leaves).any(|(entry, leaf)| EntryHash::of(entry).as_bytes() != leaf);
        if forged { Err(refused(FORGED)) } else { Ok(entries) }
    }

    /// Fetches every leaf hash that is not in the cache yet. Everybody fetches the same, so that the service does not learn from
    /// the tiles which entries matter to whom.
    ///
    /// # Errors
    /// As [`root_at`](Self::root_at).
    pub fn fetch_leaves(&self, progress: &dyn Progress) -> Result<(), SyncError> {
        let full = self.checkpoint.size / WIDTH;
        progress.start("log", full);
        for n in 0..full {
            if !self.cache.has(&cache_name((0, n))) {
                self.verify((0, n))?;
            }
            progress.advance(1);
        }
        progress.finish();
        Ok(())
    }

    /// A tile of the right edge. Whether its bytes are right is seen from the root.
    fn edge(&self, place: Place, width: u64) -> Result<Rc<[u8]>, SyncError> {
        if let Some(bytes) = self.verified.borrow().get(&place) {
            return Ok(Rc::clone(bytes));
        }
        let bytes: Rc<[u8]> = self.fetch(place, width)?.into();
        self.verified.borrow_mut().insert(place, Rc::clone(&bytes));
        Ok(bytes)
    }

    /// A tile that lies under the root. A full tile is one hash of the tile above it, which is verified first.
    fn verify(&self, place: Place) -> Result<Rc<[u8]>, SyncError> {
        if let Some(bytes) = self.verified.borrow().get(&place) {
            return Ok(Rc::clone(bytes));
        }
        let (level, n) = place;
        let above = (level + 1, n / WIDTH);
        let parent = self.verify(above)?;
        let at = usize::try_from(n % WIDTH).unwrap_or_default() * 32;
        let expected = parent.get(at..at + 32).ok_or(SyncError::LogTile { level, tile: n, reason: FORGED })?;
        let fits = |bytes: &Vec<u8>| Tile::subtree_hash(bytes).0 == *expected;
        // A tile on this disk may have rotted; the service is asked before it is called a liar.
        let name = cache_name(place);
        let bytes = if let Some(bytes) = self.cache.read(&name, FULL).filter(fits) {
            bytes
        } else {
            let bytes = self.fetch(place, WIDTH)?;
            if !fits(&bytes) {
                return Err(SyncError::LogTile { level, tile: n, reason: FORGED });
            }
            self.cache.write(&name, &bytes)?;
            bytes
        };
        let bytes: Rc<[u8]> = bytes.into();
        let mut verified = self.verified.borrow_mut();
        if verified.len() >= IN_MEMORY {
            // The few on the right edge cannot be verified one by one: they stay.
            let size = self.checkpoint.size;
            verified.retain(|(level, n), _| *n == size >> (HEIGHT * level) >> HEIGHT);
        }
        verified.insert(place, Rc::clone(&bytes));
        Ok(bytes)
    }

    fn fetch(&self, (level, tile): Place, width: u64) -> Result<Vec<u8>, SyncError> {
        let bytes = self.files.hash_tile(level, tile, width)?;
        if bytes.len() as u64 != width * 32 {
            return Err(SyncError::LogTile { level, tile, reason: MALFORMED });
        }
        Ok(bytes)
    }

    /// A hash by its place in the crate's order of storage.
    fn hash(&self, index: u64) -> Result<Hash, SyncError> {
        let tile = Tile::from_index(HEIGHT, index).parent(0, self.checkpoint.size);
        let tile = tile.ok_or(SyncError::LogSize(index))?;
        let (level, n) = (tile.level(), tile.level_index());
        let bytes = self.verify((level, n))?;
        tile.hash_at_index(&bytes, index).map_err(|_| SyncError::LogTile { level, tile: n, reason: MALFORMED })
    }

    /// What the crate computed, or why it could not.
    fn read<T>(&self, computed: Result<T, tlog_tiles::Error>) -> Result<T, SyncError> {
        let failed = self.failed.take();
        computed.map_err(|_| failed.unwrap_or(SyncError::LogSize(self.checkpoint.size)))
    }
}

impl HashReader for LogReader<'_> {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, tlog_tiles::Error> {
        let hashes: Result<_, _> = indexes.iter().map(|index| self.hash(*index)).collect();
        hashes.map_err(|error| {
            self.failed.set(Some(error));
            tlog_tiles::Error::InvalidTile
        })
    }
}

/// Bytes of a full tile.
const FULL: usize = 32 << HEIGHT;
const MALFORMED: &str = "it is not of the form that was asked for";
const FORGED: &str = "it does not lie under the root that the service signed";

fn cache_name((level, n): Place) -> String {
    format!("log/{level}/{}", tile_path(n, WIDTH))
}

fn nodes(hashes: Vec<Hash>) -> Vec<NodeHash> {
    hashes.into_iter().map(|hash| NodeHash::new(hash.0)).collect()
}

/// Cuts a bundle into its entries; `None` if the last one is not whole.
fn split_bundle(mut bytes: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut entries = Vec::new();
    while let Some((length, rest)) = bytes.split_first_chunk::<2>() {
        let (entry, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        entries.push(entry.to_vec());
        bytes = rest;
    }
    bytes.is_empty().then_some(entries)
}
