//! Files of keys: read whole and checked, written whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use crate::error::KeyError;
use crate::manifest::FileDigest;

/// Reads a file and checks it against its digest: size first, so that a cut file is called one.
pub(crate) fn read_checked(path: &Path, digest: &FileDigest) -> Result<Vec<u8>, KeyError> {
    let found = match fs::metadata(path) {
        Ok(metadata) => metadata.len(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(KeyError::FileMissing { path: path.to_owned() });
        }
        Err(error) => return Err(KeyError::io("read", path)(error)),
    };
    if found != digest.size {
        return Err(KeyError::SizeDiffers { path: path.to_owned(), found, expected: digest.size });
    }
    let bytes = fs::read(path).map_err(KeyError::io("read", path))?;
    if FileDigest::of(&bytes) != *digest {
        return Err(KeyError::HashDiffers { path: path.to_owned() });
    }
    Ok(bytes)
}

/// Writes a file so that it is there whole, after a crash too, or not at all.
///
/// The caller holds the directory's lock: the temporary name is fixed, so what a killed process left is overwritten.
pub(crate) fn write_atomic(path: &Path, bytes: &[u8]) -> Result<(), KeyError> {
    let temporary = path.with_added_extension("tmp");
    let written = write_durably(&temporary, bytes).and_then(|()| rename_durably(&temporary, path));
    if written.is_err() {
        // Best effort: the error that matters is the first one.
        let _ = fs::remove_file(&temporary);
    }
    written.map_err(KeyError::io("write", path))
}

fn write_durably(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    // Both halves of a key are public; only their integrity matters.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o644);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Renames within a directory and makes the new name survive a crash.
pub(crate) fn rename_durably(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)?;
    #[cfg(unix)]
    if let Some(directory) = to.parent() {
        File::open(directory)?.sync_all()?;
    }
    Ok(())
}

/// Waits for the lock of a directory, which it creates. The lock ends with the returned file.
pub(crate) fn lock_directory(directory: &Path) -> Result<File, KeyError> {
    fs::create_dir_all(directory).map_err(KeyError::io("create", directory))?;
    let path = directory.join(".lock");
    let file =
        OpenOptions::new().write(true).create(true).truncate(false).open(&path).map_err(KeyError::io("open", &path))?;
    file.lock().map_err(KeyError::io("lock", &path))?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn reads_back_what_was_written() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file.vk");
        write_atomic(&path, b"some bytes").unwrap();
        assert_eq!(read_checked(&path, &FileDigest::of(b"some bytes")).unwrap(), b"some bytes");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "no temporary file stays");
    }

    #[test]
    fn a_failed_write_leaves_the_old_file_and_nothing_else() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file.vk");
        fs::create_dir(&path).unwrap(); // a directory in the way: the rename fails
        let error = write_atomic(&path, b"some bytes").unwrap_err();
        assert!(error.to_string().contains("file.vk"), "{error}");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[test]
    fn names_a_missing_a_cut_and_a_changed_file() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file.pk");
        let digest = FileDigest::of(b"some bytes");
        assert!(matches!(read_checked(&path, &digest), Err(KeyError::FileMissing { .. })));
        fs::write(&path, b"some byte").unwrap();
        assert!(matches!(read_checked(&path, &digest), Err(KeyError::SizeDiffers { found: 9, expected: 10, .. })));
        fs::write(&path, b"some Bytes").unwrap();
        assert!(matches!(read_checked(&path, &digest), Err(KeyError::HashDiffers { .. })));
    }
}
