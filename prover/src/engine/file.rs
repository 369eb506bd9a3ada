//! Tables in a file beside their key.
//!
//! | bytes | |
//! |---|---|
//! | 32 | SHA-256 of everything that fixes the tables, and of the hashes of all parts of the tables |
//! | | the words of the tables, little-endian |
//!
//! The file is a cache: one that is missing, cut, changed, of another key, form, layout or version is made anew. Its
//! hash guards against accidents. Against whoever may write to the directory it need not guard: a proof from wrong
//! tables does not verify, so it is never handed out.
//!
//! It is read, not mapped: hashed pages of a mapping could change later, mapping is unsafe, and reading takes no longer
//! than hashing.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::PathBuf;

use aiq_circuits::wire::sha256;
use aiq_keys::setup::ProvingKey;
use aiq_keys::{KeyDir, KeyKind};
use rayon::prelude::*;

use super::backend::Line;
use super::table::Layouts;

/// Lines that are hashed together: 1 MiB.
const PART: usize = 1 << 14;
const LINE_BYTES: usize = size_of::<Line>();
const HASH_BYTES: usize = 32;

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
        let identity = sha256(&[b"AIQ/v1/tables\0", form.as_bytes(), b"\0", &entry.proving.sha256, &numbers]);
        Some(Self { path, identity, lines })
    }

    fn root(&self, parts: &[[u8; 32]]) -> [u8; 32] {
        sha256(&[&self.identity, parts.as_flattened()])
    }

    /// The tables, if they are there and whole.
    fn read(&self) -> io::Result<Vec<Line>> {
        let mut file = File::open(&self.path)?;
        let mut root = [0; HASH_BYTES];
        file.read_exact(&mut root)?;
        if file.metadata()?.len() != (HASH_BYTES + self.lines * LINE_BYTES) as u64 {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mut lines = vec![Line::default(); self.lines];
        let parts = lines
            .par_chunks_mut(PART)
            .enumerate()
            .map(|(part, lines)| {
                let mut file = File::open(&self.path)?;
                file.seek(SeekFrom::Start((HASH_BYTES + part * PART * LINE_BYTES) as u64))?;
                let mut bytes = vec![0; lines.len() * LINE_BYTES];
                file.read_exact(&mut bytes)?;
                for (Line(words), bytes) in lines.iter_mut().zip(bytes.as_chunks::<LINE_BYTES>().0) {
                    for (word, bytes) in words.iter_mut().zip(bytes.as_chunks::<8>().0) {
                        *word = u64::from_le_bytes(*bytes);
                    }
                }
                Ok(sha256(&[&bytes]))
            })
            .collect::<io::Result<Vec<_>>>()?;
        if self.root(&parts) == root { Ok(lines) } else { Err(io::ErrorKind::InvalidData.into()) }
    }

    /// Writes the tables whole or not at all.
    fn write(&self, lines: &[Line]) -> io::Result<()> {
        let bytes = |lines: &[Line]| -> Vec<u8> {
            lines.iter().flat_map(|Line(words)| words).flat_map(|word| word.to_le_bytes()).collect()
        };
        let parts: Vec<_> = lines.par_chunks(PART).map(|lines| sha256(&[&bytes(lines)])).collect();
        let temporary = self.path.with_added_extension("tmp");
        let written = File::create(&temporary).and_then(|mut file| {
            file.write_all(&self.root(&parts))?;
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

/// The tables from their file, or else made and, if that can be, written there.
pub(super) fn read_or_make(file: Option<&TableFile>, make: impl FnOnce() -> Vec<Line>) -> Vec<Line> {
    let Some(file) = file else { return make() };
    if let Ok(lines) = file.read() {
        return lines;
    }
    let lock = file.lock();
    // Another process may have made them meanwhile.
    if let Ok(lines) = file.read() {
        return lines;
    }
    let lines = make();
    if lock.is_ok() {
        // A directory that cannot be written to costs time at the next start, nothing else.
        let _ = file.write(&lines);
    }
    lines
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
        let lines = read_or_make(Some(file), || {
            made.set(true);
            some_lines()
        });
        assert_eq!(lines, some_lines());
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
