//! C2SP signed notes (<https://c2sp.org/signed-note>): a text, an empty line, and lines of signatures.
//!
//! Of the format this is the part that a checkpoint needs, with Ed25519 verified strictly; the tests hold it against the
//! `signed_note` crate.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use ed25519_dalek::SigningKey;

use aiq_circuits::wire;

use crate::service_key::{ServiceKey, Signature, sign as sign_bytes};

/// Why a note is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoteError {
    /// Not the format.
    #[error("this is not a signed note")]
    Format,
    /// No signature of the expected key, or a wrong one.
    #[error("the note is not signed by the expected key")]
    Unsigned,
}

/// Longest note, in bytes.
const MAX_LENGTH: usize = 64 * 1024;
/// Em dash and space begin a signature line.
const DASH: &str = "\u{2014} ";
/// The format's code for Ed25519.
const ED25519: u8 = 1;

/// Signs `text`, which ends in a line feed, in the name of `name`, which has neither spaces nor `+`.
pub(crate) fn sign(text: &str, name: &str, key: &SigningKey) -> String {
    let signature = sign_bytes(key, text.as_bytes());
    let mut bytes = key_id(name, &ServiceKey::of(key)).to_vec();
    bytes.extend_from_slice(signature.as_bytes());
    format!("{text}\n{DASH}{name} {}\n", BASE64_STANDARD.encode(bytes))
}

/// Checks that the key called `name` signed the note, and returns the text with its last line feed.
pub(crate) fn verify<'a>(note: &'a str, name: &str, key: &ServiceKey) -> Result<&'a str, NoteError> {
    let control = |c: char| c.is_ascii_control() && c != '\n';
    if note.len() > MAX_LENGTH || note.contains(control) {
        return Err(NoteError::Format);
    }
    let (before, signatures) = note.rsplit_once("\n\n").ok_or(NoteError::Format)?;
    // The first of the two line feeds ends the text.
    let text = note.get(..=before.len()).ok_or(NoteError::Format)?;
    let signatures = signatures.strip_suffix('\n').ok_or(NoteError::Format)?;
    let id = key_id(name, key);
    let mut signed = false;
    for line in signatures.split('\n') {
        let (signer, encoded) =
            line.strip_prefix(DASH).and_then(|line| line.split_once(' ')).ok_or(NoteError::Format)?;
        let bytes = BASE64_STANDARD.decode(encoded).map_err(|_| NoteError::Format)?;
        let (signer_id, signature) = bytes.split_at_checked(id.len()).ok_or(NoteError::Format)?;
        if signer == name && signer_id == id {
            let signature = Signature::new(signature.try_into().map_err(|_| NoteError::Unsigned)?);
            key.verify(text.as_bytes(), &signature).map_err(|_| NoteError::Unsigned)?;
            signed = true;
        }
    }
    if signed { Ok(text) } else { Err(NoteError::Unsigned) }
}

/// The first four bytes of `SHA-256(name ‖ line feed ‖ 1 ‖ key)`.
fn key_id(name: &str, key: &ServiceKey) -> [u8; 4] {
    let [a, b, c, d, ..] = wire::sha256(&[name.as_bytes(), b"\n", &[ED25519], key.as_bytes()]);
    [a, b, c, d]
}
