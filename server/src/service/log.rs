//! The log as others see it: checkpoints, tiles, proofs of inclusion, cosignatures (§3).

use std::{
    cell::RefCell,
    collections::{BTreeSet, HashMap},
    io,
};

use aiq_verifier::log::{InclusionProof, LogCheckpoint, NodeHash, cosigned_by};
use tlog_tiles::{Error, Hash, HashReader, prove_record, record_hash, stored_hash_index, tree_hash};

use super::{OpenError, Service, ServiceError};
use crate::{
    api::{IndexedOpening, LogCheckpoints, NewCosignature, OpeningPage},
    data_dir::Published,
    service::tiles::Tile,
    store::{Store, StoreError},
};

/// Entries of a full tile, and hashes of a full tile: 2⁸.
pub(crate) const TILE_WIDTH: u64 = 256;
/// Height of a tile.
const TILE_HEIGHT: u8 = 8;
/// The highest tile of a log of 2⁶⁴ entries.
const MAX_LEVEL: u8 = 7;
/// Checkpoints in one answer, newest and cosigned ones together.
const SHOWN: u32 = 16;

impl Service {
    /// Signs and publishes the log as it is, unless that has been done; says whether it was.
    ///
    /// # Errors
    /// If the database refuses.
    pub async fn publish_checkpoint(&self) -> Result<bool, StoreError> {
        let size = self.store().log_size().await?;
        let published = self.store().log_checkpoints(1, false).await?;
        if published.first().is_some_and(|latest| latest.size >= size) {
            return Ok(false);
        }
        let root = compute(self.store(), |hashes| tree_hash(size, hashes)).await?;
        let checkpoint = LogCheckpoint { deployment_id: self.0.deployment_id, size, root: root.0 };
        let note = checkpoint.to_note(&self.0.signer);
        let (published, kept) = (Published::of(&self.0.config.data_dir), note.clone());
        let keep = tokio::task::spawn_blocking(move || published.keep(&kept)).await;
        keep.map_err(io::Error::other).flatten().map_err(StoreError::from)?;
        self.store().publish_checkpoint(size, &note).await?;
        Ok(true)
    }

    /// Checks that the database has what was published: the same entries, or more.
    pub(super) async fn check_published(&self) -> Result<(), OpenError> {
        let published = Published::of(&self.0.config.data_dir);
        let Some(newest) = published.newest(&self.0.genesis)? else { return Ok(()) };
        let size = self.store().log_size().await?;
        let is_there = size >= newest.size
            && compute(self.store(), |hashes| tree_hash(newest.size, hashes)).await?.0 == newest.root;
        if is_there {
            return Ok(());
        }
        Err(OpenError::OtherHistory { path: published.path(), published: newest.size, found: size })
    }

    /// The newest checkpoint of the log.
    pub(crate) async fn log_checkpoint(&self) -> Result<String, ServiceError> {
        let latest = self.store().log_checkpoints(1, false).await?.into_iter().next();
        // The first one is published before anything is served.
        latest.map(|record| record.note).ok_or(StoreError::Corrupt("set of checkpoints").into())
    }

    /// The newest checkpoints, and the newest of those that a witness has signed, together by size.
    pub(crate) async fn log_checkpoints(&self) -> Result<LogCheckpoints, ServiceError> {
        let mut records = self.store().log_checkpoints(SHOWN, false).await?;
        records.extend(self.store().log_checkpoints(SHOWN, true).await?);
        records.sort_by_key(|record| std::cmp::Reverse(record.size));
        records.dedup_by_key(|record| record.size);
        Ok(LogCheckpoints { checkpoints: records.into_iter().map(|record| record.note).collect() })
    }

    /// The first `width` hashes of tile `number` at a level.
    pub(crate) async fn log_tile(&self, level: u8, number: u64, width: u64) -> Result<Tile, ServiceError> {
        if level > MAX_LEVEL {
            return Err(ServiceError::UnknownTile);
        }
        let complete = self.store().log_size().await? >> (TILE_HEIGHT * level);
        let range = tile_range(number, width, complete)?;
        let positions: Vec<u64> = range.map(|node| stored_hash_index(TILE_HEIGHT * level, node)).collect();
        let hashes = self.store().log_hashes(&positions).await?;
        Ok(Tile { bytes: hashes.concat(), is_final: true })
    }

    /// The first `width` entries of bundle `number`, each behind its length.
    pub(crate) async fn entry_tile(&self, number: u64, width: u64) -> Result<Tile, ServiceError> {
        let range = tile_range(number, width, self.store().log_size().await?)?;
        let mut bytes = Vec::new();
        for entry in self.store().log_entries(range.start, width).await? {
            let length = u16::try_from(entry.len()).map_err(|_| StoreError::Corrupt("entry of the log"))?;
            bytes.extend_from_slice(&length.to_be_bytes());
            bytes.extend_from_slice(&entry);
        }
        Ok(Tile { bytes, is_final: true })
    }

    /// What the ballots and reviews among the entries of bundle `number` say, as far as it may be known.
    pub(crate) async fn log_openings(&self, number: u64) -> Result<OpeningPage, ServiceError> {
        let first = number.checked_mul(TILE_WIDTH).ok_or(ServiceError::UnknownTile)?;
        let openings = self.store().openings(first, TILE_WIDTH).await?;
        let indexed = |(index, opening)| IndexedOpening { index, opening };
        Ok(OpeningPage { openings: openings.into_iter().map(indexed).collect() })
    }

    /// Shows that an entry is in the log, under the newest checkpoint.
    pub(crate) async fn inclusion(&self, index: u64) -> Result<InclusionProof, ServiceError> {
        let Some(entry) = self.store().log_entries(index, 1).await?.pop() else {
            return Err(ServiceError::UnknownEntry(index));
        };
        let Some(checkpoint) = self.store().log_checkpoints(1, false).await?.pop() else {
            return Err(ServiceError::NotCovered(index));
        };
        if index >= checkpoint.size {
            return Err(ServiceError::NotCovered(index));
        }
        let path = compute(self.store(), |hashes| prove_record(checkpoint.size, index, hashes)).await?;
        Ok(InclusionProof {
            index,
            entry_hash: aiq_verifier::log::EntryHash::new(record_hash(&entry).0),
            checkpoint: checkpoint.note,
            hashes: path.iter().map(|hash| NodeHash::new(hash.0)).collect(),
        })
    }

    /// Takes a witness's signature on a published checkpoint.
    ///
    /// # Errors
    /// If there is no such checkpoint, or none of the configured witnesses signed it so.
    pub async fn cosign(&self, request: &NewCosignature) -> Result<(), ServiceError> {
        let published = self.store().log_checkpoint(request.size).await?;
        let published = published.ok_or(ServiceError::UnknownCheckpoint(request.size))?;
        // One line, so that the note with it has exactly one signature more.
        if request.cosignature.contains('\n') {
            return Err(ServiceError::Cosignature);
        }
        let note = format!("{published}{}\n", request.cosignature);
        let mut known = false;
        for witness in &self.0.config.witnesses {
            known |= request.cosignature.contains(witness.name());
            if matches!(cosigned_by(&note, witness), Ok(Some(_))) {
                let name = witness.to_string();
                return Ok(self.store().cosign(request.size, &name, &request.cosignature).await?);
            }
        }
        Err(if known { ServiceError::Cosignature } else { ServiceError::UnknownWitness })
    }
}

/// The nodes of a tile of which `complete` exist in its level.
fn tile_range(number: u64, width: u64, complete: u64) -> Result<std::ops::Range<u64>, ServiceError> {
    let first = number.checked_mul(TILE_WIDTH).ok_or(ServiceError::UnknownTile)?;
    let end = first.checked_add(width).ok_or(ServiceError::UnknownTile)?;
    if (1..=TILE_WIDTH).contains(&width) && end <= complete { Ok(first..end) } else { Err(ServiceError::UnknownTile) }
}

/// The hashes that are known so far, and those that turned out to be needed.
#[derive(Default)]
struct Hashes {
    known: HashMap<u64, Hash>,
    needed: RefCell<BTreeSet<u64>>,
}

impl HashReader for Hashes {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, Error> {
        self.needed.borrow_mut().extend(indexes.iter().filter(|index| !self.known.contains_key(index)));
        indexes.iter().map(|index| self.known.get(index).copied().ok_or(Error::IndexesNotInTree)).collect()
    }
}

/// Runs a computation on the log's tree, which reads synchronously, with hashes that have to be fetched: it is begun again whenever it
/// lacks some. Each of them asks once for all that it needs.
async fn compute<T>(
    store: &dyn Store,
    computation: impl Fn(&Hashes) -> Result<T, Error> + Send,
) -> Result<T, StoreError> {
    let mut known = HashMap::new();
    loop {
        let hashes = Hashes { known, needed: RefCell::default() };
        let outcome = computation(&hashes);
        let needed: Vec<u64> = hashes.needed.into_inner().into_iter().collect();
        if needed.is_empty() {
            return outcome.map_err(|_| StoreError::Corrupt("tree of the log"));
        }
        known = hashes.known;
        let fetched = store.log_hashes(&needed).await?;
        known.extend(needed.into_iter().zip(fetched.into_iter().map(Hash)));
    }
}
