//! Wallet files: age-encrypted, mode 0600, replaced atomically.
//!
//! Two files lie side by side. `wallet.age` holds the seed under the owner's passphrase; it is written once and never again, so no
//! crash and no full disk can damage it. `wallet.state` holds what the wallet did (receipts, ballots, pending writes), under a key
//! derived from the seed; it is replaced before and after every write to a service, which must not cost a second of scrypt each time.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use age::secrecy::SecretString;
use age::{DecryptError, EncryptError};
use aiq_circuits::identity::Seed;
use hkdf::Hkdf;
use serde::{Deserialize, Serialize};
use sha2::Sha512;
use zeroize::{Zeroize, Zeroizing};

use super::state::State;
use crate::durable::{self, Replace};

/// HKDF label of the key that encrypts `wallet.state`.
const STATE_LABEL: &[u8] = b"AIQ/v1/wallet-state";
/// scrypt work factor of `wallet.state`: its "passphrase" has 256 bits of its own, so stretching adds nothing.
const STATE_WORK: u8 = 1;
/// Highest scrypt work factor (log2) accepted when opening a file: 2^22 takes about 4 GiB and 16 seconds.
const MAX_WORK: u8 = 22;
/// Version of both files' contents.
const VERSION: u32 = 1;

/// How much work a guess at the passphrase costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stretch {
    /// About one second on this machine: what people get.
    OneSecond,
    /// `2^n` scrypt rounds: for tests, which make many wallets.
    Log2(u8),
}

/// Why a wallet file could not be written, opened or replaced.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WalletFileError {
    /// There is no wallet at that path.
    #[error("there is no wallet at {}", .0.display())]
    Missing(PathBuf),
    /// There already is a wallet at that path.
    #[error("there already is a wallet at {}", .0.display())]
    Exists(PathBuf),
    /// The passphrase does not open the file.
    #[error("the passphrase does not open {}", .0.display())]
    WrongPassphrase(PathBuf),
    /// The file is cut off or altered, or is no wallet at all.
    #[error("{} is damaged: {reason}", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What about it is wrong.
        reason: &'static str,
    },
    /// The file was written by a newer version.
    #[error("{} has version {version}, this aiq reads version {VERSION}", .path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        version: u32,
    },
    /// Another process has the wallet open.
    #[error("another aiq is using the wallet {}", .0.display())]
    Locked(PathBuf),
    /// Opening it would take far more work than any wallet of ours.
    #[error("{} asks for 2^{work} scrypt rounds", .path.display())]
    ExcessiveWork {
        /// The file.
        path: PathBuf,
        /// log2 of the rounds.
        work: u8,
    },
    /// The operating system refused.
    #[error("cannot {action} {}: {source}", .path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
}

impl WalletFileError {
    fn io<'a>(action: &'static str, path: &'a Path) -> impl FnOnce(std::io::Error) -> Self + 'a {
        move |source| Self::Io { action, path: path.to_owned(), source }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedFile {
    version: u32,
    #[serde(with = "aiq_circuits::wire::serde_hex")]
    seed: [u8; 32],
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StateFile {
    version: u32,
    state: State,
}

/// The files of one wallet, locked for this process as long as the value lives.
#[derive(Debug)]
pub struct WalletFiles {
    path: PathBuf,
    _lock: File,
}

impl WalletFiles {
    /// Writes a new wallet, with an empty state.
    ///
    /// # Errors
    /// [`WalletFileError::Exists`] if there is one already: a seed is never overwritten.
    pub fn create(
        path: &Path,
        seed: &Seed,
        passphrase: &SecretString,
        stretch: Stretch,
    ) -> Result<Self, WalletFileError> {
        write_seed(path, seed, passphrase, stretch)?;
        let files = Self { path: path.to_owned(), _lock: lock(path)? };
        files.save(seed, &State::default())?;
        Ok(files)
    }

    /// Opens a wallet and reads its seed and state.
    ///
    /// # Errors
    /// [`WalletFileError`].
    pub fn open(path: &Path, passphrase: &SecretString) -> Result<(Self, Seed, State), WalletFileError> {
        if !path.exists() {
            return Err(WalletFileError::Missing(path.to_owned()));
        }
        let lock = lock(path)?;
        let seed = read_seed(path, passphrase)?;
        let files = Self { path: path.to_owned(), _lock: lock };
        let state = files.load(&seed)?;
        Ok((files, seed, state))
    }

    /// Opens the files of a wallet whose seed is known, and reads the state.
    ///
    /// # Errors
    /// [`WalletFileError`].
    pub fn reopen(path: PathBuf, seed: &Seed) -> Result<(Self, State), WalletFileError> {
        let lock = lock(&path)?;
        let files = Self { path, _lock: lock };
        let state = files.load(seed)?;
        Ok((files, state))
    }

    /// Where the seed lies.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where the state lies.
    #[must_use]
    pub fn state_path(&self) -> PathBuf {
        self.path.with_extension("state")
    }

    /// Replaces the state; either the old one or the new one is on disk, never half of one.
    ///
    /// # Errors
    /// [`WalletFileError::Io`], for one on a full disk; the old state is then untouched.
    pub fn save(&self, seed: &Seed, state: &State) -> Result<(), WalletFileError> {
        let path = self.state_path();
        let plaintext = json(&StateFile { version: VERSION, state: state.clone() });
        let ciphertext = seal(&path, &plaintext, &state_key(seed), Stretch::Log2(STATE_WORK))?;
        write_atomic(&path, &ciphertext, Replace::Yes)
    }

    fn load(&self, seed: &Seed) -> Result<State, WalletFileError> {
        let path = self.state_path();
        if !path.exists() {
            return Ok(State::default());
        }
        let plaintext = unseal(&path, &state_key(seed), STATE_WORK).map_err(|error| match error {
            WalletFileError::WrongPassphrase(path) => {
                WalletFileError::Damaged { path, reason: "it belongs to another wallet" }
            }
            other => other,
        })?;
        let content: StateFile = parse(&path, &plaintext)?;
        Ok(content.state)
    }
}

/// Writes a seed under a passphrase into a file of its own.
///
/// # Errors
/// [`WalletFileError::Exists`] if there is a file already: a seed is never overwritten.
pub(crate) fn write_seed(
    path: &Path,
    seed: &Seed,
    passphrase: &SecretString,
    stretch: Stretch,
) -> Result<(), WalletFileError> {
    if path.exists() {
        return Err(WalletFileError::Exists(path.to_owned()));
    }
    let mut content = SeedFile { version: VERSION, seed: *seed.as_bytes() };
    let plaintext = json(&content);
    content.seed.zeroize();
    let ciphertext = seal(path, &plaintext, passphrase, stretch)?;
    write_atomic(path, &ciphertext, Replace::Never)
}

/// Reads what [`write_seed`] wrote.
pub(crate) fn read_seed(path: &Path, passphrase: &SecretString) -> Result<Seed, WalletFileError> {
    let plaintext = unseal(path, passphrase, MAX_WORK)?;
    let mut content: SeedFile = parse(path, &plaintext)?;
    let seed = Seed::from_bytes(content.seed);
    content.seed.zeroize();
    Ok(seed)
}

/// Key of `wallet.state`, from the seed.
fn state_key(seed: &Seed) -> SecretString {
    let mut key = Zeroizing::new([0u8; 32]);
    let hkdf = Hkdf::<Sha512>::new(None, seed.as_bytes());
    // 32 bytes are far below HKDF's limit of 255 blocks.
    hkdf.expand(STATE_LABEL, key.as_mut_slice()).unwrap_or_else(|_| unreachable!("32 bytes fit HKDF"));
    SecretString::from(hex::encode(key.as_slice()))
}

fn json(value: &impl Serialize) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(serde_json::to_vec(value).unwrap_or_else(|_| unreachable!("plain structs serialise")))
}

fn parse<T: serde::de::DeserializeOwned>(path: &Path, plaintext: &[u8]) -> Result<T, WalletFileError> {
    #[derive(Deserialize)]
    struct Versioned {
        version: u32,
    }
    let damaged = |_| WalletFileError::Damaged { path: path.to_owned(), reason: "its content is not a wallet's" };
    let Versioned { version } = serde_json::from_slice(plaintext).map_err(damaged)?;
    if version > VERSION {
        return Err(WalletFileError::Newer { path: path.to_owned(), version });
    }
    serde_json::from_slice(plaintext).map_err(damaged)
}

fn seal(path: &Path, plaintext: &[u8], key: &SecretString, stretch: Stretch) -> Result<Vec<u8>, WalletFileError> {
    let mut recipient = age::scrypt::Recipient::new(key.clone());
    if let Stretch::Log2(work) = stretch {
        recipient.set_work_factor(work);
    }
    age::encrypt(&recipient, plaintext).map_err(|error| WalletFileError::Io {
        action: "encrypt",
        path: path.to_owned(),
        source: match error {
            EncryptError::Io(source) => source,
            other => std::io::Error::other(other.to_string()),
        },
    })
}

fn unseal(path: &Path, key: &SecretString, max_work: u8) -> Result<Zeroizing<Vec<u8>>, WalletFileError> {
    let ciphertext = fs::read(path).map_err(WalletFileError::io("read", path))?;
    let mut identity = age::scrypt::Identity::new(key.clone());
    identity.set_max_work_factor(max_work);
    let damaged = |reason| WalletFileError::Damaged { path: path.to_owned(), reason };
    age::decrypt(&identity, &ciphertext).map(Zeroizing::new).map_err(|error| match error {
        DecryptError::DecryptionFailed | DecryptError::KeyDecryptionFailed => {
            WalletFileError::WrongPassphrase(path.to_owned())
        }
        DecryptError::ExcessiveWork { required, .. } => {
            WalletFileError::ExcessiveWork { path: path.to_owned(), work: required }
        }
        // Everything was read above: an input error means that the bytes ended early or do not authenticate.
        DecryptError::Io(_) => damaged("it is cut off or was altered"),
        DecryptError::InvalidMac => damaged("its header was altered"),
        _ => damaged("it is cut off, or not a wallet file"),
    })
}

fn lock(path: &Path) -> Result<File, WalletFileError> {
    let file = File::open(path).map_err(WalletFileError::io("open", path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(WalletFileError::Locked(path.to_owned())),
        Err(TryLockError::Error(source)) => Err(WalletFileError::io("lock", path)(source)),
    }
}

/// Writes the whole file or nothing.
fn write_atomic(path: &Path, bytes: &[u8], replace: Replace) -> Result<(), WalletFileError> {
    match durable::write(path, bytes, replace) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            Err(WalletFileError::Exists(path.to_owned()))
        }
        other => other.map_err(WalletFileError::io("write", path)),
    }
}
