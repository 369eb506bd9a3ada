//! The log (§3) as a wallet, a witness or an auditor follows it: signed checkpoints, that each continues the one before, and that
//! what a receipt promises is in it. Everything is read from static tiles; nobody asks for "my" entry.

mod evidence;
mod quorum;
mod tiles;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use aiq_circuits::identity::DeploymentId;
use aiq_verifier::log::{Act, Entry, LogCheckpoint};
use aiq_verifier::receipt::Receipt;
use aiq_verifier::service_key::ServiceKey;

use super::{SyncError, TileCache};
use crate::client::Client;

pub use evidence::{BrokenLog, Evidence, Finding, Kept};
pub use quorum::{NoQuorum, Quorum, QuorumError};
pub use tiles::{LogFiles, LogReader, MAX_SIZE, WIDTH};

/// How long an accepted entry may take to be covered by a checkpoint: the service publishes every second, so ten minutes are a
/// service that does not keep its promises, or a clock that is wrong by as much.
pub const OVERDUE: u32 = 600;
/// How long the newest checkpoint is waited for while it does not cover what it soon should.
const PATIENCE: Duration = Duration::from_secs(5);
/// Pause after the first look; it doubles after each further one.
const PAUSE: Duration = Duration::from_millis(100);

/// A checkpoint and the signed note that says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// The note, with its cosignatures.
    pub note: String,
    /// What it says.
    pub checkpoint: LogCheckpoint,
}

/// What the log is at a moment, for a wallet.
#[derive(Debug, Clone)]
pub struct LogView {
    /// The newest checkpoint.
    pub head: Signed,
    /// The newest one that counts: the head, or what the wallet's witnesses have signed.
    pub trusted: Signed,
    /// Where tiles are kept.
    pub cache: TileCache,
}

/// A receipt with the act that it is for.
#[derive(Debug, Clone)]
pub struct Promise {
    /// The act in words, as in "the receipt for …".
    pub what: String,
    /// The act.
    pub act: Act,
    /// The service's word.
    pub receipt: Receipt,
}

/// Why a log is not followed any further.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LogError {
    /// It could not be read, or is not signed.
    #[error(transparent)]
    Sync(#[from] SyncError),
    /// The service broke its word.
    #[error("{0}")]
    Broken(Box<Finding>),
}

impl Signed {
    /// Reads a note and checks that the deployment's log signed it.
    ///
    /// # Errors
    /// [`SyncError::Checkpoint`].
    pub fn read(note: String, deployment: &DeploymentId, key: &ServiceKey) -> Result<Self, SyncError> {
        let checkpoint = LogCheckpoint::from_note(&note, deployment, key);
        let checkpoint = checkpoint.map_err(|error| SyncError::Checkpoint(error.to_string()))?;
        Ok(Self { note, checkpoint })
    }

    /// The newest checkpoint that a service shows; while it has not more than `covering` entries, it is asked again for some
    /// seconds.
    ///
    /// # Errors
    /// [`SyncError`].
    pub fn newest(
        client: &Client,
        deployment: &DeploymentId,
        key: &ServiceKey,
        covering: Option<u64>,
    ) -> Result<Self, SyncError> {
        let (deadline, mut pause) = (Instant::now() + PATIENCE, PAUSE);
        loop {
            let newest = Self::read(client.log_checkpoint()?, deployment, key)?;
            if covering.is_none_or(|index| index < newest.checkpoint.size) || Instant::now() >= deadline {
                return Ok(newest);
            }
            std::thread::sleep(pause);
            pause *= 2;
        }
    }
}

impl Promise {
    /// The promised entry.
    #[must_use]
    pub fn entry(&self) -> Entry {
        Entry { at: self.receipt.accepted_at, act: self.act.clone() }
    }

    /// Whether the entry should have been covered long before `now`, Unix seconds.
    #[must_use]
    pub const fn is_overdue(&self, now: u32) -> bool {
        now.saturating_sub(self.receipt.accepted_at) > OVERDUE
    }
}

/// Opens the log under its newest checkpoint and checks that it continues every one of those that were seen.
///
/// # Errors
/// [`Finding::Shrunk`] and [`Finding::Forked`] with both signed notes; [`SyncError`] if a tile is not to be had or forged.
pub fn open_grown<'a>(
    files: &'a dyn LogFiles,
    cache: &'a TileCache,
    head: &Signed,
    seen: &[Signed],
) -> Result<LogReader<'a>, LogError> {
    for earlier in seen {
        if earlier.checkpoint.size > head.checkpoint.size {
            let (seen, shown) = (earlier.note.clone(), head.note.clone());
            return Err(LogError::Broken(Box::new(Finding::Shrunk { seen, shown })));
        }
    }
    let reader = LogReader::open(files, cache, head.checkpoint)?;
    for earlier in seen {
        let size = earlier.checkpoint.size;
        if reader.root_at(size)? != earlier.checkpoint.root {
            let proper = (1..head.checkpoint.size).contains(&size);
            let consistency = if proper { reader.consistency(size)? } else { Vec::new() };
            let (seen, shown) = (earlier.note.clone(), head.note.clone());
            return Err(LogError::Broken(Box::new(Finding::Forked { seen, shown, consistency })));
        }
    }
    Ok(reader)
}

/// Checks that the log has what was promised, as far as `head` reaches; `now` is this machine's time.
///
/// # Errors
/// [`Finding::Clash`], [`Finding::OtherEntry`] and [`Finding::Missing`] with the receipt; [`SyncError`] if a tile is not to be had
/// or forged.
pub fn check_promises(reader: &LogReader<'_>, head: &Signed, promises: &[Promise], now: u32) -> Result<(), LogError> {
    check_clashes(promises)?;
    for promise in promises {
        let Promise { what: act, receipt, .. } = promise;
        let (act, receipt, shown) = (act.clone(), receipt.clone(), head.note.clone());
        if receipt.index >= head.checkpoint.size {
            if promise.is_overdue(now) {
                let entry = promise.entry().canonical();
                return Err(LogError::Broken(Box::new(Finding::Missing { act, receipt, entry, shown })));
            }
            continue;
        }
        let found = reader.entry_hash(receipt.index)?;
        if found != receipt.entry_hash {
            let (inclusion, entry) = (reader.inclusion(receipt.index)?, promise.entry().canonical());
            return Err(LogError::Broken(Box::new(Finding::OtherEntry {
                act,
                receipt,
                entry,
                shown,
                found,
                inclusion,
            })));
        }
    }
    Ok(())
}

/// One place cannot have two entries: this needs no checkpoint to be seen.
fn check_clashes(promises: &[Promise]) -> Result<(), LogError> {
    let mut places: BTreeMap<u64, &Promise> = BTreeMap::new();
    for second in promises {
        let first = *places.entry(second.receipt.index).or_insert(second);
        if first.receipt.entry_hash != second.receipt.entry_hash {
            return Err(LogError::Broken(Box::new(Finding::Clash {
                first_act: first.what.clone(),
                first: first.receipt.clone(),
                second_act: second.what.clone(),
                second: second.receipt.clone(),
            })));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
