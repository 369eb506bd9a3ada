//! The format of bundles, version 1 (`docs/bundle.md`): strict JSON objects, one to a line.

mod line;
mod reader;
mod writer;

pub use self::{
    line::{Contents, EntryLine, Header, VerifyingKeyBytes},
    reader::{Preamble, ReadError, Reader},
    writer::{WriteError, Writer},
};

/// The version of the format.
pub const VERSION: u32 = 1;

/// Longest line, in bytes without its line feed: an entry, an opening and an inclusion proof of any size fit twice.
pub const MAX_LINE: usize = 256 * 1024;
