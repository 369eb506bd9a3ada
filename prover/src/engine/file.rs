//! Tables in a file beside their key.
//!
//! | bytes | |
//! |---|---|
//! | 32 | SHA-256 of everything that fixes the tables, and of the hashes of all parts of the tables |
//! | 32 | zeros, so that the tables begin at a cache line |
//! | | the words of the tables, little-endian |
//!
//! The file is a cache: one that is missing, cut, changed, of another key, form, layout or version is made anew. Its
//! hash guards against accidents. Against whoever may write to the directory it need not guard: a proof from wrong
//! tables does not verify, so it is never handed out.
//!
//! The file is mapped where this crate can map (x86-64), and elsewhere read into memory. Either way all of it is hashed
//! first. What is mapped could change later, but not by this program's doing: files are written under another name and
//! renamed, never changed. If somebody else overwrites one in place, proofs fail to verify and are not handed out; if
//! somebody cuts it, the system ends the process.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::ops::Deref;
use std::path::PathBuf;

use aiq_circuits::wire::sha256;
use aiq_keys::setup::ProvingKey;
use aiq_keys::{KeyDir, KeyKind};
use rayon::prelude::*;

use super::backend::Line;
#[cfg(target_arch = "x86_64")]
use super::ifma::mapping::Mapping;
use super::table::Layouts;

/// Lines that are hashed together: 1 MiB.
const PART: usize = 1 << 14;
const LINE_BYTES: usize = size_of::<Line>();

/// Lines before the tables.
const HEADER: usize = 1;

/// Tables in memory.
pub(super) enum Tables {
    /// Made by this process, or read.
    Made(Vec<Line>),
    /// Mapped from their file.
    #[cfg(target_arch = "x86_64")]
    Mapped(Mapping),
}

impl Deref for Tables {
    type Target = [Line];
    fn deref(&self) -> &[Line] {
        match self {
            Self::Made(lines) => lines,
            #[cfg(target_arch = "x86_64")]
            Self::Mapped(mapping) => mapping.lines(),
        }
    }
}

/// Where tables are kept, and which they are.
pub(super) struct TableFile {
    path: PathBuf,
    /// Hash of everything that fixes the tables.
    identity: [u8; 32],
    lines: usize,
}

impl TableFile {
    /// The file for tables of this key in this form.
    pub(super) fn new(keys: &KeyDir, key: &ProvingKey, form: &str, layouts: Layouts, lines: usize) -> Option<Self> {
        let entry = keys.entry(key.statement()).ok()?;
        let path = keys.file_path(entry, KeyKind::Proving).with_extension(format!("{form}-tables"));
        let layout = |layout: super::layout::Layout| [layout.width, layout.stride, layout.windows()];
        let numbers = [layout(layouts.z), layout(layouts.h), [lines, PART, LINE_BYTES]].concat();
        let numbers: Vec<u8> = numbers.into_iter().flat_map(|number| (number as u64).to_be_bytes()).collect();
        let identity = sha256(&[b"AIQ/v2/tables\0", form.as_bytes(), b"\0", &entry.proving.sha256, &numbers]);
        Some(Self { path, identity, lines })
    }

    /// The tables from their file, or else made and, if that can be, written there.
    pub(super) fn open_or_make(&self, make: impl Fn() -> Vec<Line>) -> Tables {
        if let Ok(tables) = self.open() {
            return tables;
        }
        let lock = self.lock();
        // Another process may have made them meanwhile.
        if let Ok(tables) = self.open() {
            return tables;
        }
        let lines = make();
        if lock.is_err() || self.write(&lines).is_err() {
            // A directory that cannot be written to costs time at the next start, nothing else.
            return Tables::Made(lines);
        }
        // What is mapped is shared by all processes, and the system can take it from memory and bring it back. The tables are
        // not in memory twice; a file that is gone already means making them again.
        drop(lines);
        self.open().unwrap_or_else(|_| Tables::Made(make()))
    }

    /// The hash that the file begins with, as a line.
    fn header(&self, lines: &[Line]) -> Line {
        let parts: Vec<_> = lines.par_chunks(PART).map(|lines| sha256(&[&bytes(lines)])).collect();
        let root = sha256(&[&self.identity, parts.as_flattened()]);
        let mut header = Line::default();
        for (word, bytes) in header.0.iter_mut().zip(root.as_chunks::<8>().0) {
            *word = u64::from_le_bytes(*bytes);
        }
        header
    }

    /// The tables, if they are there and whole.
    fn open(&self) -> io::Result<Tables> {
        let file = File::open(&self.path)?;
        if file.metadata()?.len() != ((HEADER + self.lines) * LINE_BYTES) as u64 {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let (header, tables) = load(&file)?;
        if header == self.header(&tables) { Ok(tables) } else { Err(io::ErrorKind::InvalidData.into()) }
    }

    /// Writes the tables whole or not at all.
    fn write(&self, lines: &[Line]) -> io::Result<()> {
        let temporary = self.path.with_added_extension("tmp");
        let written = File::create(&temporary).and_then(|mut file| {
            file.write_all(&bytes(&[self.header(lines)]))?;
            lines.chunks(PART).try_for_each(|lines| file.write_all(&bytes(lines)))
        });
        let written = written.and_then(|()| fs::rename(&temporary, &self.path));
        if written.is_err() {
            // Best effort: without its final name nobody will ever read it.
            let _ = fs::remove_file(&temporary);
        }
        written
    }

    /// Waits until no other process makes these tables. Whoever cannot have the lock makes its own.
    fn lock(&self) -> io::Result<File> {
        let file = File::create(self.path.with_added_extension("lock"))?;
        file.lock()?;
        Ok(file)
    }
}

/// The words of some lines, as the file has them.
fn bytes(lines: &[Line]) -> Vec<u8> {
    lines.iter().flat_map(|Line(words)| words).flat_map(|word| word.to_le_bytes()).collect()
}

/// Header and tables of a file, mapped.
#[cfg(target_arch = "x86_64")]
fn load(file: &File) -> io::Result<(Line, Tables)> {
    let mapping = Mapping::of(file, HEADER)?;
    let header = mapping.header().first().copied().unwrap_or_default();
    Ok((header, Tables::Mapped(mapping)))
}

/// Header and tables of a file, read.
#[cfg(not(target_arch = "x86_64"))]
fn load(file: &File) -> io::Result<(Line, Tables)> {
    use std::io::Read as _;

    let mut reader = io::BufReader::with_capacity(PART * LINE_BYTES, file);
    let mut lines = Vec::new();
    let mut bytes = [0; LINE_BYTES];
    while let Ok(()) = reader.read_exact(&mut bytes) {
        let mut line = Line::default();
        for (word, bytes) in line.0.iter_mut().zip(bytes.as_chunks::<8>().0) {
            *word = u64::from_le_bytes(*bytes);
        }
        lines.push(line);
    }
    let header = lines.first().copied().ok_or(io::ErrorKind::UnexpectedEof)?;
    Ok((header, Tables::Made(lines.split_off(HEADER))))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::cell::Cell;

    use super::*;

    /// More than one part.
    fn some_lines() -> Vec<Line> {
        (0..PART as u64 + 100).map(|i| Line([i, 1, 2, 3, 4, 5, 6, u64::MAX - i])).collect()
    }

    fn file(directory: &std::path::Path, identity: u8) -> TableFile {
        TableFile { path: directory.join("key.form-tables"), identity: [identity; 32], lines: some_lines().len() }
    }

    /// Whether tables had to be made, and that they are what they should be.
    fn makes(file: &TableFile) -> bool {
        let made = Cell::new(false);
        let lines = file.open_or_make(|| {
            made.set(true);
            some_lines()
        });
        assert!(*lines == some_lines());
        made.get()
    }

    #[test]
    fn tables_are_made_once() {
        let directory = tempfile::tempdir().unwrap();
        assert!(makes(&file(directory.path(), 1)));
        assert!(!makes(&file(directory.path(), 1)));
    }

    #[test]
    fn a_file_of_other_tables_cut_or_changed_is_made_anew() {
        let directory = tempfile::tempdir().unwrap();
        let file = |identity| self::file(directory.path(), identity);
        assert!(makes(&file(1)));
        assert!(makes(&file(2)), "other tables");

        let bytes = fs::read(&file(2).path).unwrap();
        for changed in [0, 31, 32, bytes.len() / 2, bytes.len() - 1] {
            let mut bytes = bytes.clone();
            bytes[changed] ^= 1;
            fs::write(&file(2).path, bytes).unwrap();
            assert!(makes(&file(2)), "changed at {changed}");
        }
        for length in [0, 20, 32, bytes.len() - 1] {
            fs::write(&file(2).path, &bytes[..length]).unwrap();
            assert!(makes(&file(2)), "cut to {length}");
        }
        fs::write(&file(2).path, [bytes.as_slice(), &[0]].concat()).unwrap();
        assert!(makes(&file(2)), "too long");
        assert!(!makes(&file(2)));
    }

    #[test]
    fn a_directory_that_cannot_be_written_to_does_no_harm() {
        let directory = tempfile::tempdir().unwrap();
        let file = file(&directory.path().join("missing"), 1);
        assert!(makes(&file));
        assert!(makes(&file));
    }
}
