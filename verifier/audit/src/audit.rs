//! From a bundle to a report.

mod ceremonies;
mod claims;
mod consequences;
mod decode;
mod founding;
mod governance;
mod keys;
mod kinds;
mod log;
mod pending;
mod polls;
mod spends;
mod standards;
mod surroundings;
#[cfg(test)]
mod tests;
mod trees;
mod used;
mod witnesses;

use std::io::{self, BufRead};

use aiq_verifier::log::WitnessKey;
use rayon::prelude::*;

#[cfg(feature = "sample")]
pub(crate) use self::founding::granted_id;
use self::{keys::Keys, log::Log};
use crate::{
    bundle::{ReadError, Reader},
    report::Report,
};

/// So many proofs and signatures are checked together.
pub const BATCH: usize = 1024;

/// Entries that are decoded together.
const CHUNK: usize = 256;
/// Bytes of lines that are enough for a chunk, however few they are.
const CHUNK_BYTES: usize = 1024 * 1024;

/// What an audit is told beforehand.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Witnesses whose cosignature is looked for. Those of others are passed over: nobody could say what they are worth.
    pub witnesses: Vec<WitnessKey>,
    /// So many of them must have cosigned.
    pub required_witnesses: usize,
}

/// How far an audit has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Entries read.
    pub entries: u64,
    /// Entries that the bundle has.
    pub total: u64,
    /// Proofs checked.
    pub proofs: u64,
}

/// Audits a bundle: reads it once and stops at the first thing that is wrong.
///
/// Entries are taken one by one, in their order; of one entry the rules are checked in the order of `docs/bundle.md`. Proofs and
/// signatures of ballots are checked in batches, but as if each were checked with its entry: before anything else is
/// reported, those of earlier entries are.
///
/// # Errors
/// Only the reader's. What is wrong with the log is in the report.
pub fn audit(input: impl BufRead, options: &Options, on_progress: &mut dyn FnMut(Progress)) -> io::Result<Report> {
    let mut report = Report::blank();
    match run(input, options, on_progress, &mut report) {
        Ok(()) => report.ok = true,
        Err(ReadError::Fault(fault)) => report.fault = Some(fault),
        Err(ReadError::Io(error)) => return Err(error),
    }
    Ok(report)
}

fn run(
    input: impl BufRead,
    options: &Options,
    on_progress: &mut dyn FnMut(Progress),
    report: &mut Report,
) -> Result<(), ReadError> {
    let (preamble, mut reader) = Reader::open(input)?;
    report.deployment_id = Some(preamble.header.deployment_id);
    report.contents = Some(preamble.header.contents);
    let keys = Keys::check(&preamble).map_err(ReadError::Fault)?;
    let mut log = Log::new(preamble.header, keys, preamble.checkpoint, options);
    let outcome = entries(&mut reader, &mut log, on_progress);
    log.describe(report);
    outcome
}

fn entries(
    reader: &mut Reader<impl BufRead>,
    log: &mut Log<'_>,
    on_progress: &mut dyn FnMut(Progress),
) -> Result<(), ReadError> {
    loop {
        let (lines, end) = chunk(reader);
        let items: Vec<_> = lines.par_iter().map(|line| decode::item(line)).collect();
        for item in items {
            log.entry(item).map_err(ReadError::Fault)?;
        }
        on_progress(log.progress());
        if let Some(end) = end {
            log.settle().map_err(ReadError::Fault)?;
            end?;
            on_progress(log.progress());
            return log.finish().map_err(ReadError::Fault);
        }
    }
}

/// The next lines, and if there are no more after them, whether the bundle ended well.
fn chunk(reader: &mut Reader<impl BufRead>) -> (Vec<Vec<u8>>, Option<Result<(), ReadError>>) {
    let (mut lines, mut bytes) = (Vec::new(), 0);
    while lines.len() < CHUNK && bytes < CHUNK_BYTES {
        match reader.next_line() {
            Ok(Some(line)) => {
                bytes += line.len();
                lines.push(line);
            }
            Ok(None) => return (lines, Some(Ok(()))),
            Err(error) => return (lines, Some(Err(error))),
        }
    }
    (lines, None)
}
