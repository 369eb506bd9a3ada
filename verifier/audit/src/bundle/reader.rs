//! Reading a bundle line by line.

use std::io::{self, BufRead, Read as _};

use serde::Deserialize;

use super::{
    Contents, Header, MAX_LINE, VERSION, VerifyingKeyBytes,
    line::{CheckpointLine, KeyLine, ManifestLine, read},
};
use crate::fault::{Fault, FaultCode, Place};

/// Why reading stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The reader failed; that says nothing about the bundle.
    #[error("the bundle cannot be read")]
    Io(#[from] io::Error),
    /// The bundle is not in its format.
    #[error("{0}")]
    Fault(Fault),
}

/// Everything before the entries, as it stands there; only its form is checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preamble {
    /// The first line.
    pub header: Header,
    /// The key manifest's JSON.
    pub manifest: String,
    /// The verifying keys.
    pub keys: Vec<VerifyingKeyBytes>,
    /// The signed note.
    pub checkpoint: String,
}

/// Reads the entries of a bundle, one line at a time.
#[derive(Debug)]
pub struct Reader<R> {
    input: R,
    entries: u64,
    read: u64,
    contents: Contents,
}

/// Most verifying keys that a bundle can have; there are fewer statements.
const MAX_KEYS: usize = 16;

impl<R: BufRead> Reader<R> {
    /// Reads everything before the entries.
    ///
    /// # Errors
    /// The reader's, and whatever is not the format.
    pub fn open(mut input: R) -> Result<(Preamble, Self), ReadError> {
        let mut next = |number: u32| match line(&mut input)? {
            Line::Whole(line) => Ok(line),
            Line::End => Err(bundle(FaultCode::Truncated, "it ends before its first entry")),
            Line::Bad => Err(bundle(FaultCode::Format, format!("line {number} is too long or has no line feed"))),
        };
        let wrong = |number: u32| bundle(FaultCode::Format, format!("line {number} is not what stands there"));
        let header = header(&next(1)?)?;
        let ManifestLine { manifest } = read(&next(2)?).ok_or_else(|| wrong(2))?;
        let (mut keys, mut number) = (Vec::new(), 3);
        let checkpoint = loop {
            let line = next(number)?;
            if let Some(KeyLine { verifying_key }) = read(&line)
                && keys.len() < MAX_KEYS
            {
                keys.push(verifying_key);
                number += 1;
            } else {
                break read(&line).map(|CheckpointLine { checkpoint }| checkpoint).ok_or_else(|| wrong(number))?;
            }
        };
        let reader = Self { input, entries: header.entries, read: 0, contents: header.contents };
        Ok((Preamble { header, manifest, keys, checkpoint }, reader))
    }

    /// The next entry's line without its line feed; none behind the last one.
    ///
    /// # Errors
    /// The reader's; a line that is too long; a bundle that ends early or goes on.
    pub fn next_line(&mut self) -> Result<Option<Vec<u8>>, ReadError> {
        let place = self.place();
        let (line, is_last) = (line(&mut self.input)?, self.read == self.entries);
        match line {
            Line::End if is_last => Ok(None),
            _ if is_last => Err(bundle(FaultCode::Trailing, "it goes on behind its last entry")),
            Line::Whole(line) => {
                self.read += 1;
                Ok(Some(line))
            }
            Line::End => {
                let message = format!("it ends after {} of {} entries", self.read, self.entries);
                Err(ReadError::Fault(place.fault(FaultCode::Truncated, message)))
            }
            Line::Bad => {
                Err(ReadError::Fault(place.fault(FaultCode::Format, "the line is too long or has no line feed")))
            }
        }
    }

    /// The place of the next entry, as far as it is known before its line is read.
    fn place(&self) -> Place {
        match self.contents {
            Contents::Everything => Place::entry(self.read),
            Contents::Poll | Contents::Claim => Place::BUNDLE,
        }
    }
}

fn bundle(code: FaultCode, message: impl Into<String>) -> ReadError {
    ReadError::Fault(Place::BUNDLE.fault(code, message))
}

fn header(line: &[u8]) -> Result<Header, ReadError> {
    // What later versions will not change.
    #[derive(Deserialize)]
    struct AnyVersion {
        bundle: u32,
    }
    if let Ok(AnyVersion { bundle: version }) = serde_json::from_slice(line)
        && version != VERSION
    {
        let message = format!("its version is {version}, this program reads version {VERSION}");
        return Err(bundle(FaultCode::Version, message));
    }
    let header = read::<Header>(line).filter(|header| {
        let names = (header.poll.is_some(), header.claim.is_some());
        let fits = match header.contents {
            Contents::Everything => (false, false),
            Contents::Poll => (true, false),
            Contents::Claim => (false, true),
        };
        header.entries > 0 && names == fits
    });
    header.ok_or_else(|| bundle(FaultCode::Format, "line 1 is not the header of a bundle"))
}

enum Line {
    Whole(Vec<u8>),
    /// Nothing left.
    End,
    /// Too long, or without a line feed.
    Bad,
}

/// Reads one line, and never more than the longest one.
fn line(input: &mut impl BufRead) -> io::Result<Line> {
    let mut line = Vec::new();
    let limit = u64::try_from(MAX_LINE).unwrap_or(u64::MAX).saturating_add(1);
    input.take(limit).read_until(b'\n', &mut line)?;
    Ok(match line.pop() {
        None => Line::End,
        Some(b'\n') => Line::Whole(line),
        Some(_) => Line::Bad,
    })
}
