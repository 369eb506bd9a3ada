//! Installs the keys of a deployment that are fetched from somewhere: only the genesis is trusted, which pins the
//! manifest's digest; the manifest pins every file.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use aiq_circuits::statement::StatementId;
use aiq_circuits::wire::bytes_to_hex;

use crate::error::KeyError;
use crate::files::{lock_directory, read_checked, rename_durably, write_atomic};
use crate::manifest::{FileDigest, KeyKind, Manifest, ManifestEntry};
use crate::store::{KeyDir, check_circuits, decode_verifying_key};

/// An installation under way: it holds the directory's lock, so that two of them do not write to one partial file.
#[derive(Debug)]
pub struct Installation {
    directory: KeyDir,
    _lock: File,
}

/// A file to fetch.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The key it belongs to.
    pub entry: ManifestEntry,
    /// Which half of it.
    pub kind: KeyKind,
    /// Where to put its bytes. If the file exists, it is the beginning of an earlier attempt: append the rest.
    pub partial: PathBuf,
}

impl Wanted {
    /// What the file must be.
    #[must_use]
    pub const fn digest(&self) -> &FileDigest {
        self.entry.file(self.kind)
    }

    /// Where to resume: as many bytes as an earlier attempt has left, or 0 if it left none or too many.
    #[must_use]
    pub fn resume_at(&self) -> u64 {
        let length = fs::metadata(&self.partial).map_or(0, |metadata| metadata.len());
        if length <= self.digest().size { length } else { 0 }
    }
}

impl Installation {
    /// Begins or resumes the installation of the keys of `manifest_json` into the directory `path`.
    ///
    /// # Errors
    /// [`KeyError::ManifestDigestDiffers`] if the manifest is not the one that the genesis pins; everything that
    /// [`KeyDir::open`] refuses; the file system's errors.
    pub fn begin(path: impl Into<PathBuf>, manifest_json: &[u8], pinned_digest: &[u8; 32]) -> Result<Self, KeyError> {
        let path = path.into();
        let source = Path::new("the fetched manifest");
        let found = aiq_circuits::wire::sha256(&[manifest_json]);
        if found != *pinned_digest {
            return Err(KeyError::ManifestDigestDiffers {
                found: bytes_to_hex(&found),
                expected: bytes_to_hex(pinned_digest),
            });
        }
        let manifest = Manifest::parse(manifest_json)
            .map_err(|error| KeyError::Manifest { path: source.to_owned(), source: error })?;
        check_circuits(&manifest, source)?;
        let lock = lock_directory(&path)?;
        Ok(Self { directory: KeyDir::from_parts(path, manifest), _lock: lock })
    }

    /// The files still to be fetched: every verifying key, and the proving keys of `statements`.
    ///
    /// # Errors
    /// [`KeyError::NoKeyForStatement`], the file system's errors.
    pub fn missing(&self, statements: &[StatementId]) -> Result<Vec<Wanted>, KeyError> {
        let verifying = self.directory.manifest().entries().iter().map(|entry| Ok((entry, KeyKind::Verifying)));
        let proving = statements.iter().map(|statement| Ok((self.directory.entry(*statement)?, KeyKind::Proving)));
        let mut missing = Vec::new();
        for wanted in verifying.chain(proving) {
            let (entry, kind) = wanted?;
            let path = self.directory.file_path(entry, kind);
            match read_checked(&path, entry.file(kind)) {
                Ok(_) => {}
                // What is there but damaged is fetched again and then replaced.
                Err(KeyError::FileMissing { .. } | KeyError::SizeDiffers { .. } | KeyError::HashDiffers { .. }) => {
                    let partial = path.with_added_extension("part");
                    missing.push(Wanted { entry: entry.clone(), kind, partial });
                }
                Err(error) => return Err(error),
            }
        }
        Ok(missing)
    }

    /// Takes a fetched file: checks its size and hash, a verifying key also as one, and puts it in its place. A file
    /// that is too long or has the wrong bytes is deleted; one that is too short stays, to be continued.
    ///
    /// # Errors
    /// [`KeyError::SizeDiffers`], [`KeyError::HashDiffers`], [`KeyError::VerifyingKey`], the file system's errors.
    pub fn accept(&self, wanted: &Wanted) -> Result<(), KeyError> {
        let checked = read_checked(&wanted.partial, wanted.digest()).and_then(|bytes| match wanted.kind {
            KeyKind::Verifying => decode_verifying_key(&bytes, &wanted.entry, &wanted.partial).map(|_| ()),
            KeyKind::Proving => Ok(()),
        });
        if let Err(error) = checked {
            let may_go_on = matches!(error, KeyError::SizeDiffers { found, expected, .. } if found < expected)
                || matches!(error, KeyError::FileMissing { .. } | KeyError::Io { .. });
            if !may_go_on {
                remove(&wanted.partial)?;
            }
            return Err(error);
        }
        let path = self.directory.file_path(&wanted.entry, wanted.kind);
        File::open(&wanted.partial)
            .and_then(|file| file.sync_all())
            .and_then(|()| rename_durably(&wanted.partial, &path))
            .map_err(KeyError::io("write", &path))
    }

    /// Ends the installation: checks that the verifying keys are there and writes the manifest.
    ///
    /// # Errors
    /// Whatever is wrong with a verifying key; the file system's errors.
    pub fn finish(self) -> Result<KeyDir, KeyError> {
        self.directory.verifying_keys()?;
        write_atomic(&self.directory.manifest_path(), self.directory.manifest().to_json().as_bytes())?;
        Ok(self.directory)
    }
}

fn remove(path: &Path) -> Result<(), KeyError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(KeyError::io("delete", path)(error)),
        _ => Ok(()),
    }
}
