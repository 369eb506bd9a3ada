//! Witnesses: whoever checks that a log only grows signs its checkpoints as well (<https://c2sp.org/tlog-cosignature>, `cosignature/v1`).

use core::{fmt, str::FromStr};

use ed25519_dalek::SigningKey;

use crate::{
    note::{self, Algorithm, NoteError},
    service_key::{ServiceKey, Signature, sign},
};

/// The name and the verifying half of a witness's key; as text, a C2SP verifier key: `<name>+<key id>+<base64>`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WitnessKey {
    name: String,
    key: [u8; 32],
}

/// A text that is not the verifier key of a witness.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not the key of a witness: it is written <name>+<8 hex digits>+<base64>, as `aiq witness` shows it")]
pub struct VerifierKeyError(String);

/// A cosignature that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cosigned {
    /// Who signed.
    pub witness: WitnessKey,
    /// When, by the witness's clock, Unix seconds.
    pub at: u64,
}

impl WitnessKey {
    /// Names the verifying half of `key`.
    ///
    /// # Errors
    /// If the name cannot stand in a signed note: it is empty, longer than 200 bytes, or has white space or a `+`.
    pub fn of(name: &str, key: &SigningKey) -> Result<Self, VerifierKeyError> {
        if !note::can_name_a_key(name) {
            return Err(VerifierKeyError(name.to_owned()));
        }
        Ok(Self { name: name.to_owned(), key: key.verifying_key().to_bytes() })
    }

    /// The witness's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The first four bytes of `SHA-256(name ‖ line feed ‖ 4 ‖ key)`.
    fn id(&self) -> [u8; 4] {
        note::key_id(&self.name, Algorithm::Cosignature, &self.key)
    }
}

impl fmt::Display for WitnessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&note::key_text(&self.name, Algorithm::Cosignature, &self.key))
    }
}

impl FromStr for WitnessKey {
    type Err = VerifierKeyError;

    fn from_str(text: &str) -> Result<Self, VerifierKeyError> {
        let (name, key) =
            note::parse_key(text, Algorithm::Cosignature).ok_or_else(|| VerifierKeyError(text.to_owned()))?;
        Ok(Self { name: name.to_owned(), key })
    }
}

aiq_circuits::wire::serde_by_text!(WitnessKey);

/// A witness's signature line, without its line feed, for the checkpoint in a note. The witness has to have checked before that
/// the log only grew since the last checkpoint it signed.
///
/// # Errors
/// If `note` is not a signed note, or `name` cannot be the name of a key.
pub fn cosign(note: &str, name: &str, key: &SigningKey, at: u64) -> Result<String, NoteError> {
    let text = note::text(note)?;
    let witness = WitnessKey::of(name, key).map_err(|_| NoteError::Format)?;
    let signature = sign(key, &signing_bytes(text, at));
    let bytes = [&at.to_be_bytes()[..], signature.as_bytes()].concat();
    Ok(note::signature_line(name, witness.id(), &bytes))
}

/// The cosignature of one witness in a note, checked; `None` if the witness has not signed it or the signature does not hold.
///
/// # Errors
/// If `note` is not a signed note.
pub fn cosigned_by(note: &str, witness: &WitnessKey) -> Result<Option<Cosigned>, NoteError> {
    let text = note::text(note)?;
    let key = ServiceKey::new(witness.key);
    for line in note::signatures(note)? {
        if line.name != witness.name || line.id != witness.id() {
            continue;
        }
        let Some((at, signature)) = line.bytes.split_first_chunk::<8>() else { continue };
        let Ok(signature) = <[u8; 64]>::try_from(signature) else { continue };
        let at = u64::from_be_bytes(*at);
        if key.verify(&signing_bytes(text, at), &Signature::new(signature)).is_ok() {
            return Ok(Some(Cosigned { witness: witness.clone(), at }));
        }
    }
    Ok(None)
}

/// `cosignature/v1`, the time and the checkpoint's text, each on lines of their own.
fn signing_bytes(text: &str, at: u64) -> Vec<u8> {
    format!("cosignature/v1\ntime {at}\n{text}").into_bytes()
}
