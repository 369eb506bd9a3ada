//! Bundles (`docs/bundle.md`) made from what a service shows everybody: no token, no wallet.
//!
//! An [`Export`] is a reader: its lines come into being as they are read, one bundle of 256 entries after the other, so that a log of
//! any length can be written to a file or audited as it comes.

mod selection;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{self, BufRead, Read, Write};
use std::rc::Rc;

use aiq_audit::bundle::{Header, WriteError, Writer};
use aiq_circuits::identity::DeploymentId;
use aiq_circuits::statement::StatementId;
use aiq_keys::Manifest;
use aiq_verifier::claim::ClaimId;
use aiq_verifier::log::{EntryOpening, NodeHash};
use aiq_verifier::poll::PollId;
use aiq_verifier::verifying_key::{KeyError, VerifyingKey};

use crate::client::{Client, ClientError};
use crate::error::CliError;
use crate::member::{MemberError, check_poll};
use crate::progress::Progress;
use crate::sync::log::{LogReader, Signed, WIDTH};
use crate::sync::{SyncError, TileCache, check_identity};
use selection::{Selection, may_be_opened};

/// Why a bundle cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The exchange with the service.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// What the service shows does not lie under what it signed.
    #[error(transparent)]
    Sync(#[from] SyncError),
    /// The poll is not one.
    #[error(transparent)]
    Poll(Box<MemberError>),
    /// The claim is not in the log.
    #[error("the log has no claim {0}")]
    UnknownClaim(ClaimId),
    /// The service's manifest is none.
    #[error("the service shows a manifest of keys that is none: {0}")]
    Manifest(aiq_keys::manifest::ManifestError),
    /// A key is not usable.
    #[error("the service shows a verifying key that is none: {0}")]
    Key(#[from] KeyError),
    /// The bundle's own rules.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// What is exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// Every entry.
    Everything,
    /// What belongs to one poll.
    Poll(PollId),
    /// What belongs to one claim.
    Claim(ClaimId),
}

/// A bundle that comes into being as it is read.
pub struct Export<'a> {
    client: &'a Client,
    reader: LogReader<'a>,
    selection: Selection,
    header: Header,
    /// Absent once the last line is written.
    writer: Option<Writer<Lines>>,
    /// The number of the next bundle of entries.
    next: u64,
    /// What the writer wrote last.
    lines: Lines,
    /// What is being read, and how much of it was.
    pending: Vec<u8>,
    read: usize,
}

/// Lines that were written and not yet read.
#[derive(Debug, Clone, Default)]
struct Lines(Rc<RefCell<Vec<u8>>>);

impl Lines {
    fn take(&self) -> Vec<u8> {
        self.0.take()
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> Export<'a> {
    /// Begins a bundle of the log as it is now. For one poll or claim the whole log is looked through first; nothing is kept of it but places.
    ///
    /// # Errors
    /// [`ExportError`].
    pub fn begin(
        client: &'a Client,
        cache: &'a TileCache,
        what: What,
        progress: &dyn Progress,
    ) -> Result<Self, ExportError> {
        let info = client.info()?;
        let deployment = check_identity(client.base(), &info, None)?;
        let key = &info.genesis.log_key;
        let json = client.manifest()?;
        let manifest = Manifest::parse(&json).map_err(ExportError::Manifest)?;
        let (head, selection, header, statements) = match what {
            What::Everything => {
                let head = Signed::newest(client, &deployment, key, None)?;
                let header = Header::everything(deployment, head.checkpoint.size);
                (head, Selection::Everything, header, None)
            }
            What::Poll(id) => {
                let poll = client.poll(&id)?;
                check_poll(&poll, &id, &deployment).map_err(|error| ExportError::Poll(Box::new(error)))?;
                let head = Signed::newest(client, &deployment, key, Some(poll.receipt.index))?;
                let reader = LogReader::open(client, cache, head.checkpoint)?;
                let (places, statements) = selection::of_poll(&reader, &poll, progress)?;
                let header = Header::poll(deployment, places.len() as u64, id);
                (head, Selection::Places(places), header, Some(statements))
            }
            What::Claim(id) => {
                let head = Signed::newest(client, &deployment, key, None)?;
                let reader = LogReader::open(client, cache, head.checkpoint)?;
                let (places, claim) =
                    selection::of_claim(&reader, &id, &deployment, progress)?.ok_or(ExportError::UnknownClaim(id))?;
                let header = Header::claim(deployment, places.len() as u64, id);
                let statements = vec![StatementId::Membership, claim.eligibility.statement()];
                (head, Selection::Places(places), header, Some(statements))
            }
        };
        let used = manifest
            .entries()
            .iter()
            .filter(|entry| statements.as_ref().is_none_or(|used| used.contains(&entry.statement)));
        let keys = used.map(|entry| Ok(VerifyingKey::from_bytes(&client.verifying_key(&entry.key_id)?)?));
        let keys = keys.collect::<Result<Vec<_>, ExportError>>()?;
        let reader = LogReader::open(client, cache, head.checkpoint)?;
        let lines = Lines::default();
        // What is no UTF-8 was no manifest.
        let json = String::from_utf8_lossy(&json);
        let writer = Writer::begin(lines.clone(), header.clone(), &json, &keys, &head.note)?;
        Ok(Self {
            client,
            reader,
            selection,
            header,
            writer: Some(writer),
            next: 0,
            lines,
            pending: Vec::new(),
            read: 0,
        })
    }

    /// The first line.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// Whose log it is.
    #[must_use]
    pub const fn deployment_id(&self) -> &DeploymentId {
        &self.header.deployment_id
    }

    /// Why reading an export failed: the service's reason, or else `otherwise`, for the other side of a copy.
    pub fn reason(error: io::Error, otherwise: impl FnOnce(io::Error) -> CliError) -> CliError {
        match error.downcast::<ExportError>() {
            Ok(error) => error.into(),
            Err(error) => otherwise(error),
        }
    }

    /// Writes the lines of the next 256 entries; `false` if there are no more.
    fn advance(&mut self) -> Result<bool, ExportError> {
        let Some(writer) = &mut self.writer else { return Ok(false) };
        let n = self.next;
        self.next += 1;
        let first = n * WIDTH;
        if first >= self.reader.checkpoint().size {
            if let Some(writer) = self.writer.take() {
                writer.finish()?;
            }
            return Ok(false);
        }
        let wanted = self.selection.within(first, WIDTH);
        if wanted == Some(&[]) {
            return Ok(true);
        }
        let entries = self.reader.entries(n)?;
        let openings: BTreeMap<u64, EntryOpening> = if entries.iter().any(|entry| may_be_opened(entry)) {
            self.client.openings(n)?.into_iter().map(|opened| (opened.index, opened.opening)).collect()
        } else {
            BTreeMap::new()
        };
        for (index, entry) in (first..).zip(&entries) {
            let proof = match wanted {
                None => None,
                Some(places) if places.binary_search(&index).is_err() => continue,
                Some(_) => Some(self.reader.inclusion(index)?),
            };
            let proof: Option<&[NodeHash]> = proof.as_deref();
            writer.entry(index, entry, openings.get(&index), proof)?;
        }
        Ok(true)
    }
}

impl Read for Export<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let length = available.len().min(into.len());
        into[..length].copy_from_slice(&available[..length]);
        self.consume(length);
        Ok(length)
    }
}

impl BufRead for Export<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.read == self.pending.len() {
            (self.pending, self.read) = (self.lines.take(), 0);
            if self.pending.is_empty() && !self.advance().map_err(io::Error::other)? {
                break;
            }
        }
        Ok(&self.pending[self.read..])
    }

    fn consume(&mut self, length: usize) {
        self.read += length;
    }
}

#[cfg(test)]
mod tests;
