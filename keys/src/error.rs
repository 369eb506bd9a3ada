//! Everything that can be wrong with keys and their files (§9).

use std::io;
use std::path::{Path, PathBuf};

use aiq_circuits::statement::StatementId;
use aiq_verifier::verifying_key::{KeyError as VerifyingKeyError, KeyId};
use thiserror::Error;

use crate::manifest::ManifestError;

/// A key or its file is refused. The message names the file and says what to do.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The file system refused.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was being done ("read", "write", …).
        action: &'static str,
        /// To which file or directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The directory holds no manifest, therefore no keys.
    #[error("no keys in {}: there is no manifest.json; make keys there or fetch them from the deployment", path.display())]
    NoManifest {
        /// The directory.
        path: PathBuf,
    },
    /// The manifest cannot be read as one.
    #[error("{} is not a key manifest: {source}; delete it and make or fetch the keys again", path.display())]
    Manifest {
        /// The manifest file, or the name of where it came from.
        path: PathBuf,
        /// What is wrong with it.
        source: ManifestError,
    },
    /// A fetched manifest is not the one that the deployment's genesis pins.
    #[error("the manifest has digest {found}, the deployment's genesis pins {expected}: do not use these keys")]
    ManifestDigestDiffers {
        /// Digest of the manifest at hand.
        found: String,
        /// Digest in the genesis record.
        expected: String,
    },
    /// The manifest knows no key for the statement.
    #[error("{} has no key for the statement {statement}: make or fetch the keys of this version", path.display())]
    NoKeyForStatement {
        /// The manifest file.
        path: PathBuf,
        /// The statement.
        statement: StatementId,
    },
    /// The manifest's entry has a key for another version of the circuit than the one compiled in.
    #[error(
        "the {statement} key in {} was made for another circuit (R1CS digest {found}, this program has {expected}): make or fetch the keys of this version",
        path.display()
    )]
    R1csDiffers {
        /// The manifest file.
        path: PathBuf,
        /// The statement.
        statement: StatementId,
        /// Digest in the manifest.
        found: String,
        /// Digest compiled in.
        expected: String,
    },
    /// The file is missing.
    #[error("{} is missing: make or fetch the keys again", path.display())]
    FileMissing {
        /// The file.
        path: PathBuf,
    },
    /// The file has another size than its manifest says: cut short, or not that file.
    #[error("{} has {found} bytes, its manifest says {expected}: delete it and make or fetch the keys again", path.display())]
    SizeDiffers {
        /// The file.
        path: PathBuf,
        /// Its size in bytes.
        found: u64,
        /// Size in the manifest.
        expected: u64,
    },
    /// The file has other bytes than its manifest says.
    #[error("{} is damaged: its SHA-256 is not the manifest's; delete it and make or fetch the keys again", path.display())]
    HashDiffers {
        /// The file.
        path: PathBuf,
    },
    /// The key in the file has another id than its manifest says.
    #[error("{} holds key {found}, its manifest says {expected}: delete it and make or fetch the keys again", path.display())]
    KeyIdDiffers {
        /// The file.
        path: PathBuf,
        /// Id of the key in the file.
        found: KeyId,
        /// Id in the manifest.
        expected: KeyId,
    },
    /// A part of the key has another length than the circuit asks for.
    #[error("{} has {found} {part}, its circuit needs {expected}: it is a key for something else", path.display())]
    ShapeDiffers {
        /// The file.
        path: PathBuf,
        /// Which part.
        part: &'static str,
        /// Its length in the key.
        found: usize,
        /// The length that the circuit asks for.
        expected: usize,
    },
    /// The verifying key is refused: see [`VerifyingKeyError`].
    #[error("{} is refused: {source}", path.display())]
    VerifyingKey {
        /// The file.
        path: PathBuf,
        /// Why.
        source: VerifyingKeyError,
    },
    /// The file does not begin as a proving key of this version does.
    #[error("{} is not an AIQ proving key of this version: delete it and make or fetch the keys again", path.display())]
    NotAProvingKey {
        /// The file.
        path: PathBuf,
    },
    /// The proving key is for another statement than asked for.
    #[error("{} is a proving key for {found}, not for {expected}", path.display())]
    StatementDiffers {
        /// The file.
        path: PathBuf,
        /// Statement in the file.
        found: StatementId,
        /// Statement asked for.
        expected: StatementId,
    },
    /// The proving key holds bytes that encode no point, in spite of its hash.
    #[error("{} holds a malformed point among its {part}: it was written wrongly", path.display())]
    MalformedPoint {
        /// The file.
        path: PathBuf,
        /// Which part.
        part: &'static str,
    },
    /// A remade public-seed key is not the one pinned in this program.
    #[error(
        "the public-seed key for {statement} is not the pinned one: the circuit or the key maker changed; run the example pin-public-seed"
    )]
    PublicSeedDiffers {
        /// The statement.
        statement: StatementId,
    },
    /// The circuit does not synthesise.
    #[cfg(feature = "setup")]
    #[error("the circuit of {statement} does not synthesise: {source}")]
    Synthesis {
        /// The statement.
        statement: StatementId,
        /// What the constraint system says.
        source: aiq_circuits::constraints::SynthesisError,
    },
    /// The directory holds keys of another origin.
    #[error("{} holds {found} keys, not {expected}: choose another directory", path.display())]
    OriginDiffers {
        /// The directory.
        path: PathBuf,
        /// Origin in its manifest.
        found: crate::Origin,
        /// Origin asked for.
        expected: crate::Origin,
    },
    /// Keys of this origin are imported, not made here.
    #[error("ceremony keys are imported, not made: run the ceremony and import its result")]
    CeremonyIsImported,
    /// There is no home directory to put keys in.
    #[error("there is no home directory to keep keys in: name a directory for them")]
    NoHome,
}

impl KeyError {
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }
}
