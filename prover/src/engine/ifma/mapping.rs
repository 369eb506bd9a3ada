//! Tables as they lie in their file. This has nothing to do with vectors: it is here because it takes two lines of unsafe
//! code, and here is where the project has such lines.

use std::fs::File;
use std::io;
use std::mem::size_of;

use memmap2::Mmap;

use crate::engine::backend::Line;

/// A file of tables, mapped: a header of some lines, then the tables' lines.
pub struct Mapping {
    map: Mmap,
    header: usize,
}

impl Mapping {
    /// Maps a file of little-endian words.
    ///
    /// # Errors
    /// Those of the system, and `InvalidData` if the file is not made of whole lines.
    pub fn of(file: &File, header: usize) -> io::Result<Self> {
        // SAFETY: nobody may change the file while it is mapped, and this program never does: tables are written under
        // another name and then renamed, so that a mapping keeps the file it was made of. Whoever else can write to the
        // user's key directory can change it; then the words read are others. No length or address is derived from them,
        // every word is a valid one, and a proof from wrong tables does not verify. If the file is cut, the system ends
        // the process.
        let map = unsafe { Mmap::map(file) }?;
        let is_whole = map.len().is_multiple_of(size_of::<Line>()) && map.len() >= header * size_of::<Line>();
        if is_whole { Ok(Self { map, header }) } else { Err(io::ErrorKind::InvalidData.into()) }
    }

    /// All lines of the file.
    fn all(&self) -> &[Line] {
        // SAFETY: a line is an array of words, and any bytes are words.
        let (before, lines, behind) = unsafe { self.map.align_to::<Line>() };
        assert!(before.is_empty() && behind.is_empty(), "pages are aligned, and the file is made of whole lines");
        lines
    }

    /// The header's lines.
    pub fn header(&self) -> &[Line] {
        &self.all()[..self.header]
    }

    /// The tables' lines.
    pub fn lines(&self) -> &[Line] {
        &self.all()[self.header..]
    }
}
