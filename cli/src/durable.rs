//! Files of which a crash, a power cut or a full disk leaves the old content or the new one, never half of either.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// Whether a file that exists may be replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replace {
    /// It may.
    Yes,
    /// [`io::ErrorKind::AlreadyExists`] instead.
    Never,
}

/// Writes beside the target with mode 0600, flushes to the disk, then renames: what is at `path` is always whole. On return it is
/// on the disk, name and all.
///
/// # Errors
/// The operating system's; nothing has changed then.
pub fn write(path: &Path, bytes: &[u8], replace: Replace) -> io::Result<()> {
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    fs::create_dir_all(directory)?;
    // A named temporary file has mode 0600 on Unix, and disappears if anything below fails.
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    match replace {
        Replace::Yes => file.persist(path)?,
        Replace::Never => file.persist_noclobber(path)?,
    };
    // The rename itself must survive a power cut too.
    File::open(directory)?.sync_all()
}
