//! Following the log: nothing is believed of a service whose log does not continue what was seen, or lacks what was promised.

use std::collections::BTreeMap;
use std::path::PathBuf;

use aiq_verifier::checkpoint::Checkpoint;
use aiq_verifier::log::EntryHash;

use super::{Member, MemberError};
use crate::progress::Progress;
use crate::sync::log::{Evidence, LogError, LogReader, LogView, Promise, Quorum, Signed, check_promises, open_grown};
use crate::sync::{Ledger, TileCache, read_epoch, refuse_rollback};
use crate::time;

/// An epoch of the log.
pub(super) struct Sealed {
    pub checkpoint: Checkpoint,
    pub promise: Promise,
}

/// What a wallet has been promised, and what of it was seen in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Promises {
    /// Receipts in all.
    pub receipts: usize,
    /// Entries that were found in their places.
    pub included: usize,
}

impl Member {
    /// Keeps evidence of a broken log in this directory; without it, beside the wallet's file.
    #[must_use]
    pub fn with_evidence_in(mut self, directory: PathBuf) -> Self {
        self.evidence = Some(directory);
        self
    }

    /// Whose signatures besides the service's are required.
    #[must_use]
    pub fn quorum(&self) -> Option<&Quorum> {
        self.known().witnesses.as_ref()
    }

    /// Requires the signatures of other witnesses from now on, or of none.
    ///
    /// # Errors
    /// [`MemberError::Wallet`].
    pub fn require_witnesses(&mut self, quorum: Option<Quorum>) -> Result<(), MemberError> {
        self.record(|deployment| deployment.witnesses = quorum)
    }

    /// What the service has promised this wallet.
    #[must_use]
    pub fn promises(&self) -> Promises {
        let (known, promises) = (self.known(), self.known().promises());
        let included = promises.iter().filter(|promise| known.log.has(&promise.receipt)).count();
        Promises { receipts: promises.len(), included }
    }

    /// Fetches the newest checkpoint of the log and checks that it is signed, by enough witnesses if the wallet requires some,
    /// that it continues what was seen before, and that everything a receipt promises is in it. Then remembers all that.
    ///
    /// # Errors
    /// [`MemberError::BrokenLog`] with evidence; [`MemberError::NoQuorum`] if witnesses are missing.
    pub fn follow_log(&mut self, cache: &TileCache, progress: &dyn Progress) -> Result<LogView, MemberError> {
        self.follow(cache, None, progress)
    }

    /// As [`follow_log`](Self::follow_log); the newest checkpoint is waited for a little while it does not cover `wanted`.
    pub(super) fn follow(
        &mut self,
        cache: &TileCache,
        wanted: Option<&Sealed>,
        progress: &dyn Progress,
    ) -> Result<LogView, MemberError> {
        let now = time::now();
        let known = self.known();
        let promises = known.promises();
        let open: Vec<Promise> = promises.into_iter().filter(|promise| !known.log.has(&promise.receipt)).collect();
        let overdue = open.iter().filter(|promise| promise.is_overdue(now)).map(|promise| promise.receipt.index).max();
        let covering = overdue.max(wanted.map(|sealed| sealed.promise.receipt.index));
        let head = Signed::newest(&self.client, &self.id, self.service_key(), covering)?;
        let shown = if known.witnesses.is_some() { self.client.log_checkpoints()? } else { Vec::new() };
        let seen = [&known.log.newest, &known.log.trusted].into_iter().flatten().cloned();
        let mut earlier = seen.map(|note| self.read_note(note)).collect::<Result<Vec<_>, _>>()?;
        for note in shown {
            let signed = self.read_note(note)?;
            // One that was published in between is for the next look.
            earlier.extend((signed.checkpoint.size <= head.checkpoint.size).then_some(signed));
        }
        let check = || {
            let reader = open_grown(&self.client, cache, &head, &earlier)?;
            reader.fetch_leaves(progress)?;
            let epoch = wanted.map(|sealed| sealed.promise.clone());
            let all: Vec<Promise> = open.iter().cloned().chain(epoch).collect();
            check_promises(&reader, &head, &all, now)
        };
        check().map_err(|error| self.refuse(error))?;
        let trusted = self.choose(&head, earlier)?;

        let covered = |promise: &&Promise| promise.receipt.index < trusted.checkpoint.size;
        let place = |promise: &Promise| (promise.receipt.index, promise.receipt.entry_hash);
        let included: BTreeMap<u64, EntryHash> = open.iter().filter(covered).map(place).collect();
        let (newest, counted) = (Some(head.note.clone()), Some(trusted.note.clone()));
        let log = &self.known().log;
        if log.newest != newest || log.trusted != counted || !included.is_empty() {
            self.record(|deployment| {
                let log = &mut deployment.log;
                (log.newest, log.trusted) = (newest, counted);
                log.included.extend(included);
            })?;
        }
        Ok(LogView { head, trusted, cache: cache.clone() })
    }

    /// The newest of these checkpoints that counts.
    fn choose(&self, head: &Signed, mut others: Vec<Signed>) -> Result<Signed, MemberError> {
        let Some(quorum) = &self.known().witnesses else { return Ok(head.clone()) };
        others.push(head.clone());
        others.sort_by_key(|signed| std::cmp::Reverse(signed.checkpoint.size));
        let chosen = quorum.choose(others.iter().map(|signed| signed.note.as_str()))?;
        self.read_note(chosen.to_owned())
    }

    fn read_note(&self, note: String) -> Result<Signed, MemberError> {
        Ok(Signed::read(note, &self.id, self.service_key())?)
    }

    /// The newest epoch that the log has under a checkpoint that counts, and the log.
    pub(super) fn newest_epoch(
        &mut self,
        cache: &TileCache,
        progress: &dyn Progress,
    ) -> Result<(Sealed, LogView), MemberError> {
        let latest = self.client.latest_epoch()?;
        let (checkpoint, promise) = read_epoch(&latest, &self.id, self.service_key())?;
        refuse_rollback(self.known().checkpoint.as_ref(), &checkpoint)?;
        let mut sealed = Sealed { checkpoint, promise };
        let log = self.follow(cache, Some(&sealed), progress)?;
        let is_covered = |sealed: &Sealed| sealed.promise.receipt.index < log.trusted.checkpoint.size;
        if is_covered(&sealed) {
            return Ok((sealed, log));
        }
        // Witnesses take their time: until they have signed, the epochs that they have seen are used.
        while self.known().witnesses.is_some()
            && !is_covered(&sealed)
            && let Some(before) = sealed.checkpoint.epoch.checked_sub(1)
        {
            sealed = self.sealed(before)?;
        }
        self.check_epoch(&log, &sealed)?;
        Ok((sealed, log))
    }

    /// The checkpoint of an epoch, if it is in the log that `ledger` knows.
    pub(super) fn checkpoint_of(&self, ledger: &Ledger, epoch: u32) -> Result<Checkpoint, MemberError> {
        let head = ledger.head().checkpoint;
        if head.epoch == epoch {
            return Ok(head);
        }
        let sealed = self.sealed(epoch)?;
        self.check_epoch(ledger.log(), &sealed)?;
        Ok(sealed.checkpoint)
    }

    fn sealed(&self, epoch: u32) -> Result<Sealed, MemberError> {
        let (checkpoint, promise) = read_epoch(&self.apart()?.epoch(epoch)?, &self.id, self.service_key())?;
        if checkpoint.epoch != epoch {
            return Err(crate::sync::SyncError::WrongEpoch { expected: epoch, found: checkpoint.epoch }.into());
        }
        Ok(Sealed { checkpoint, promise })
    }

    fn check_epoch(&self, log: &LogView, sealed: &Sealed) -> Result<(), MemberError> {
        if sealed.promise.receipt.index >= log.trusted.checkpoint.size {
            return Err(MemberError::EpochNotInLog(sealed.checkpoint.epoch));
        }
        let reader = LogReader::open(&self.client, &log.cache, log.head.checkpoint)?;
        let promise = std::slice::from_ref(&sealed.promise);
        check_promises(&reader, &log.head, promise, time::now()).map_err(|error| self.refuse(error))
    }

    /// Keeps the evidence, if the service broke its word.
    fn refuse(&self, error: LogError) -> MemberError {
        match error {
            LogError::Sync(error) => error.into(),
            LogError::Broken(finding) => {
                let evidence = Evidence::new(self.id, *self.service_key(), self.client.base(), *finding);
                let directory = self.evidence.clone().or_else(|| self.wallet.evidence_directory());
                MemberError::BrokenLog(Box::new(evidence.into_error(directory)))
            }
        }
    }
}

#[cfg(test)]
mod tests;
