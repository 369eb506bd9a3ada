//! A witness's two files: its key, and what it signed last. They are made together and belong together: a key without its
//! state could be made to sign a second history.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use aiq_verifier::genesis::Genesis;
use aiq_verifier::log::{VerifierKeyError, WitnessKey};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use ed25519_dalek::SigningKey;
use rand::RngCore as _;
use rand::rngs::OsRng;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::durable::{self, Replace};

/// Version of the state's form.
const VERSION: u32 = 1;
/// How C2SP writes the secret half of a key: this, name, key id, and in base64 the algorithm and the seed.
const SECRET: &str = "PRIVATE+KEY+";

/// Why a witness's files cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WitnessFileError {
    /// Another process is this witness.
    #[error("another aiq is using the witness's state {}", .0.display())]
    Locked(PathBuf),
    /// The file is not a key, or not a state.
    #[error("{} is not a witness's {what}", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What it should be.
        what: &'static str,
    },
    /// There is a key, but not what it has signed.
    #[error("{} is not there, so nobody knows what the key {} has signed", .state.display(), .key.display())]
    StateLost {
        /// The key's file.
        key: PathBuf,
        /// The missing one.
        state: PathBuf,
    },
    /// There is a state of signatures, but not the key that made them.
    #[error("{} is the state of the witness {witness}, whose key is not in {}", .state.display(), .key.display())]
    OtherKey {
        /// The key's file.
        key: PathBuf,
        /// The state's file.
        state: PathBuf,
        /// The witness that the state is of.
        witness: WitnessKey,
    },
    /// The key has another name than was asked for.
    #[error("the key in {} belongs to '{name}'", .path.display())]
    OtherName {
        /// The key's file.
        path: PathBuf,
        /// Its name.
        name: String,
    },
    /// No name for a key.
    #[error("a witness's name has no spaces and no plus sign: {0}")]
    Name(VerifierKeyError),
    /// The operating system refused.
    #[error("cannot {action} {}: {source}", .path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

impl WitnessFileError {
    fn io<'a>(action: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> Self + 'a {
        move |source| Self::Io { action, path: path.to_owned(), source }
    }
}

/// What a witness must not forget: the log that it follows and the last checkpoint that it signed, or was about to sign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WitnessState {
    version: u32,
    /// Whose state it is.
    pub witness: WitnessKey,
    /// The deployment, pinned at the first contact.
    pub genesis: Option<Genesis>,
    /// The last checkpoint, the whole signed note.
    pub checkpoint: Option<String>,
}

/// The files of one witness, locked for this process as long as the value lives.
#[derive(Debug)]
pub struct WitnessFiles {
    path: PathBuf,
    state: WitnessState,
    secret: SigningKey,
    _lock: File,
}

impl WitnessFiles {
    /// Opens both files, or makes both if there is neither.
    ///
    /// # Errors
    /// [`WitnessFileError`].
    pub fn open(key: &Path, state: &Path, name: Option<&str>) -> Result<Self, WitnessFileError> {
        let lock = lock(state)?;
        let known = read_state(state)?;
        let files = |known, secret| Self { path: state.to_owned(), state: known, secret, _lock: lock };
        match (read_key(key)?, known) {
            (Some((secret, witness)), Some(known)) => {
                if known.witness != witness {
                    return Err(other_key(key, state, known.witness));
                }
                if name.is_some_and(|name| name != witness.name()) {
                    return Err(WitnessFileError::OtherName { path: key.to_owned(), name: witness.name().to_owned() });
                }
                Ok(files(known, secret))
            }
            (Some(_), None) => Err(WitnessFileError::StateLost { key: key.to_owned(), state: state.to_owned() }),
            (None, Some(WitnessState { checkpoint: Some(_), witness, .. })) => Err(other_key(key, state, witness)),
            // A state that has signed nothing is what a crash between the two files leaves behind.
            (None, _) => {
                let mut seed = Zeroizing::new([0; 32]);
                OsRng.fill_bytes(seed.as_mut_slice());
                let secret = SigningKey::from_bytes(&seed);
                let name = name.map_or_else(|| default_name(&secret), str::to_owned);
                let witness = WitnessKey::of(&name, &secret).map_err(WitnessFileError::Name)?;
                let state =
                    WitnessState { version: VERSION, witness: witness.clone(), genesis: None, checkpoint: None };
                let mut made = files(state, secret);
                // The state first: a key that exists has a state.
                made.save(|_| {})?;
                let text = Zeroizing::new(format!("{}\n", secret_text(&witness, &seed).as_str()));
                durable::write(key, text.as_bytes(), Replace::Never).map_err(WitnessFileError::io("write", key))?;
                Ok(made)
            }
        }
    }

    /// What is known.
    #[must_use]
    pub const fn state(&self) -> &WitnessState {
        &self.state
    }

    /// Signs.
    pub(super) const fn secret(&self) -> &SigningKey {
        &self.secret
    }

    /// Where evidence is kept: beside the state.
    #[must_use]
    pub fn evidence_directory(&self) -> PathBuf {
        self.path.with_file_name("evidence")
    }

    /// Changes the state; it is on the disk when this returns.
    ///
    /// # Errors
    /// [`WitnessFileError::Io`]; the state has not changed then.
    pub fn save(&mut self, change: impl FnOnce(&mut WitnessState)) -> Result<(), WitnessFileError> {
        let mut state = self.state.clone();
        change(&mut state);
        let write = WitnessFileError::io("write", &self.path);
        let text = serde_json::to_vec_pretty(&state).map_err(io::Error::from);
        text.and_then(|text| durable::write(&self.path, &text, Replace::Yes)).map_err(write)?;
        self.state = state;
        Ok(())
    }
}

fn other_key(key: &Path, state: &Path, witness: WitnessKey) -> WitnessFileError {
    WitnessFileError::OtherKey { key: key.to_owned(), state: state.to_owned(), witness }
}

/// The state's file is replaced by renaming, so that it cannot carry the lock itself.
fn lock(state: &Path) -> Result<File, WitnessFileError> {
    let mut path = state.as_os_str().to_owned();
    path.push(".lock");
    let path = PathBuf::from(path);
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(WitnessFileError::io("create the directory of", &path))?;
    }
    let file = OpenOptions::new().write(true).create(true).truncate(false).open(&path);
    let file = file.map_err(WitnessFileError::io("open", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(WitnessFileError::Locked(state.to_owned())),
        Err(TryLockError::Error(source)) => Err(WitnessFileError::io("lock", &path)(source)),
    }
}

fn read_state(path: &Path) -> Result<Option<WitnessState>, WitnessFileError> {
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(WitnessFileError::io("read", path)(error)),
    };
    let state = serde_json::from_slice(&text).ok().filter(|state: &WitnessState| state.version == VERSION);
    state.map(Some).ok_or_else(|| WitnessFileError::Damaged { path: path.to_owned(), what: "state" })
}

fn read_key(path: &Path) -> Result<Option<(SigningKey, WitnessKey)>, WitnessFileError> {
    let text = match fs::read_to_string(path) {
        Ok(text) => Zeroizing::new(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(WitnessFileError::io("read", path)(error)),
    };
    let parsed = parse_secret(text.trim_end());
    parsed.map(Some).ok_or_else(|| WitnessFileError::Damaged { path: path.to_owned(), what: "key" })
}

/// The secret half has the name and the key id of the public one.
fn secret_text(witness: &WitnessKey, seed: &[u8; 32]) -> Zeroizing<String> {
    // Name and key id; base64 may have plus signs of its own.
    let public = witness.to_string();
    let head: Vec<&str> = public.splitn(3, '+').take(2).collect();
    let head = head.join("+");
    let mut bytes = Zeroizing::new(vec![ALGORITHM]);
    bytes.extend_from_slice(seed);
    let encoded = Zeroizing::new(BASE64_STANDARD.encode(bytes.as_slice()));
    Zeroizing::new(format!("{SECRET}{head}+{}", encoded.as_str()))
}

/// Number of `cosignature/v1` among the algorithms of signed notes.
const ALGORITHM: u8 = 4;

fn parse_secret(text: &str) -> Option<(SigningKey, WitnessKey)> {
    let (head, encoded) = text.strip_prefix(SECRET)?.split_once('+').and_then(|(name, rest)| {
        let (_id, encoded) = rest.split_once('+')?;
        Some((name, encoded))
    })?;
    let bytes = Zeroizing::new(BASE64_STANDARD.decode(encoded).ok()?);
    let (algorithm, seed) = bytes.split_first()?;
    let seed = Zeroizing::new(<[u8; 32]>::try_from(seed).ok()?);
    let secret = SigningKey::from_bytes(&seed);
    let witness = WitnessKey::of(head, &secret).ok()?;
    (*algorithm == ALGORITHM && secret_text(&witness, &seed).as_str() == text).then_some((secret, witness))
}

/// A name that no other witness will have.
fn default_name(secret: &SigningKey) -> String {
    let [a, b, c, d, ..] = secret.verifying_key().to_bytes();
    format!("witness-{}", hex::encode([a, b, c, d]))
}
