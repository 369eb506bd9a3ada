//! Writing a bundle line by line.

use std::io::{self, Write};

use aiq_verifier::{
    log::{EntryHash, EntryOpening, NodeHash},
    verifying_key::VerifyingKey,
};

use super::{
    Contents, EntryLine, Header, MAX_LINE, VerifyingKeyBytes,
    line::{CheckpointLine, KeyLine, ManifestLine, write},
};

/// Why a bundle cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The writer failed.
    #[error("the bundle cannot be written")]
    Io(#[from] io::Error),
    /// Nobody could read the line.
    #[error("a line of {0} bytes is longer than a bundle's may be")]
    LineTooLong(usize),
    /// Not the place or the number of entries that the header announces.
    #[error("the header announces {announced} entries, {written} were written")]
    Count {
        /// What the header says.
        announced: u64,
        /// How many there are.
        written: u64,
    },
    /// An entry out of its order.
    #[error("entry {0} does not follow the one before it")]
    Order(u64),
    /// Bundles of one poll have an inclusion proof with each entry, others have none.
    #[error("entry {0} has an inclusion proof too many or too few")]
    Proof(u64),
}

/// Writes a bundle.
#[derive(Debug)]
pub struct Writer<W> {
    output: W,
    header: Header,
    written: u64,
    last: Option<u64>,
}

impl<W: Write> Writer<W> {
    /// Writes everything before the entries: `manifest` is the key manifest's canonical JSON, `keys` the verifying keys of
    /// the statements that the polls use, in the manifest's order, `checkpoint` the signed note with its cosignatures.
    ///
    /// # Errors
    /// The writer's.
    pub fn begin<'a>(
        output: W,
        header: Header,
        manifest: &str,
        keys: impl IntoIterator<Item = &'a VerifyingKey>,
        checkpoint: &str,
    ) -> Result<Self, WriteError> {
        let first = write(&header);
        let mut writer = Self { output, header, written: 0, last: None };
        writer.line(first)?;
        writer.line(write(&ManifestLine { manifest: manifest.to_owned() }))?;
        for key in keys {
            let verifying_key = VerifyingKeyBytes { key_id: key.id(), bytes: key.to_bytes() };
            writer.line(write(&KeyLine { verifying_key }))?;
        }
        writer.line(write(&CheckpointLine { checkpoint: checkpoint.to_owned() }))?;
        Ok(writer)
    }

    /// Writes the next entry: its place in the log, its canonical bytes, what is opened of a ballot or review, and in
    /// the bundle of a poll the inclusion proof.
    ///
    /// # Errors
    /// The writer's, and whatever does not fit the header.
    pub fn entry(
        &mut self,
        index: u64,
        entry: &[u8],
        opening: Option<&EntryOpening>,
        proof: Option<&[NodeHash]>,
    ) -> Result<(), WriteError> {
        let follows = match self.header.contents {
            Contents::Everything => index == self.written,
            Contents::Poll | Contents::Claim => self.last.is_none_or(|last| index > last),
        };
        if !follows {
            return Err(WriteError::Order(index));
        }
        if proof.is_none() != (self.header.contents == Contents::Everything) {
            return Err(WriteError::Proof(index));
        }
        self.line(write(&EntryLine {
            index,
            entry: entry.to_vec(),
            hash: EntryHash::of(entry),
            opening: opening.cloned(),
            proof: proof.map(<[_]>::to_vec),
        }))?;
        (self.written, self.last) = (self.written + 1, Some(index));
        Ok(())
    }

    /// Ends the bundle and gives the writer back, flushed.
    ///
    /// # Errors
    /// The writer's, and [`WriteError::Count`].
    pub fn finish(mut self) -> Result<W, WriteError> {
        if self.written != self.header.entries {
            return Err(WriteError::Count { announced: self.header.entries, written: self.written });
        }
        self.output.flush()?;
        Ok(self.output)
    }

    fn line(&mut self, mut line: Vec<u8>) -> Result<(), WriteError> {
        if line.len() > MAX_LINE {
            return Err(WriteError::LineTooLong(line.len()));
        }
        line.push(b'\n');
        Ok(self.output.write_all(&line)?)
    }
}
