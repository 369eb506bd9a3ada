//! C2SP signed notes (<https://c2sp.org/signed-note>): a text, an empty line, and lines of signatures.
//!
//! Of the format this is the part that checkpoints and cosignatures need, with Ed25519 verified strictly; the tests hold it against
//! the `signed_note` crate.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use ed25519_dalek::SigningKey;

use aiq_circuits::wire;

use crate::service_key::{ServiceKey, Signature, is_usable, sign as sign_bytes};

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

/// The format's codes of signature algorithms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Algorithm {
    /// Ed25519 over the text.
    Ed25519 = 1,
    /// Ed25519 over a time and the text.
    Cosignature = 4,
}

/// One line of signature, decoded but not verified.
pub(crate) struct SignatureLine<'a> {
    pub(crate) name: &'a str,
    pub(crate) id: [u8; 4],
    pub(crate) bytes: Vec<u8>,
}

/// Signs `text`, which ends in a line feed, in the name of `name`, which has neither spaces nor `+`.
pub(crate) fn sign(text: &str, name: &str, key: &SigningKey) -> String {
    let signature = sign_bytes(key, text.as_bytes());
    let id = key_id(name, Algorithm::Ed25519, ServiceKey::of(key).as_bytes());
    format!("{text}\n{}\n", signature_line(name, id, signature.as_bytes()))
}

/// A signature line without its line feed.
pub(crate) fn signature_line(name: &str, id: [u8; 4], signature: &[u8]) -> String {
    format!("{DASH}{name} {}", BASE64_STANDARD.encode([&id[..], signature].concat()))
}

/// Checks that the key called `name` signed the note, and returns the text with its last line feed.
pub(crate) fn verify<'a>(note: &'a str, name: &str, key: &ServiceKey) -> Result<&'a str, NoteError> {
    let text = text(note)?;
    let id = key_id(name, Algorithm::Ed25519, key.as_bytes());
    let mut signed = false;
    for line in signatures(note)? {
        if line.name == name && line.id == id {
            let signature = Signature::new(line.bytes.try_into().map_err(|_| NoteError::Unsigned)?);
            key.verify(text.as_bytes(), &signature).map_err(|_| NoteError::Unsigned)?;
            signed = true;
        }
    }
    if signed { Ok(text) } else { Err(NoteError::Unsigned) }
}

/// The text of a note with its last line feed, whoever signed it.
pub(crate) fn text(note: &str) -> Result<&str, NoteError> {
    // The first of the two line feeds ends the text.
    split(note).map(|(text, _)| text)
}

/// The signature lines of a note.
pub(crate) fn signatures(note: &str) -> Result<Vec<SignatureLine<'_>>, NoteError> {
    let (_, lines) = split(note)?;
    let decode = |line| {
        let (name, encoded) =
            str::strip_prefix(line, DASH).and_then(|line| line.split_once(' ')).ok_or(NoteError::Format)?;
        let bytes = BASE64_STANDARD.decode(encoded).map_err(|_| NoteError::Format)?;
        let (id, bytes) = bytes.split_first_chunk().ok_or(NoteError::Format)?;
        Ok(SignatureLine { name, id: *id, bytes: bytes.to_vec() })
    };
    lines.split('\n').map(decode).collect()
}

fn split(note: &str) -> Result<(&str, &str), NoteError> {
    let control = |c: char| c.is_ascii_control() && c != '\n';
    if note.len() > MAX_LENGTH || note.contains(control) {
        return Err(NoteError::Format);
    }
    let (before, lines) = note.rsplit_once("\n\n").ok_or(NoteError::Format)?;
    let text = note.get(..=before.len()).ok_or(NoteError::Format)?;
    Ok((text, lines.strip_suffix('\n').ok_or(NoteError::Format)?))
}

/// The first four bytes of `SHA-256(name ‖ line feed ‖ algorithm ‖ key)`.
pub(crate) fn key_id(name: &str, algorithm: Algorithm, key: &[u8; 32]) -> [u8; 4] {
    let [a, b, c, d, ..] = wire::sha256(&[name.as_bytes(), b"\n", &[algorithm as u8], key]);
    [a, b, c, d]
}

/// Whether a key can have this name: others can be spelt in a key's text, but no signature line has them.
pub(crate) fn can_name_a_key(name: &str) -> bool {
    (1..=200).contains(&name.len()) && !name.contains(|c: char| c.is_whitespace() || c.is_control() || c == '+')
}

/// A verifier key as text: `<name>+<key id>+<base64 of algorithm and key>`.
pub(crate) fn key_text(name: &str, algorithm: Algorithm, key: &[u8; 32]) -> String {
    let id = u32::from_be_bytes(key_id(name, algorithm, key));
    let bytes = [&[algorithm as u8], key.as_slice()].concat();
    format!("{name}+{id:08x}+{}", BASE64_STANDARD.encode(bytes))
}

/// Reads what [`key_text`] writes, if the key is one that could be signed with.
pub(crate) fn parse_key(text: &str, algorithm: Algorithm) -> Option<(&str, [u8; 32])> {
    let mut parts = text.splitn(3, '+');
    let (name, _id, encoded) = (parts.next()?, parts.next()?, parts.next()?);
    let bytes = BASE64_STANDARD.decode(encoded).ok()?;
    let (_algorithm, key) = bytes.split_first()?;
    let key: [u8; 32] = key.try_into().ok()?;
    // The one spelling also has the right key id and algorithm.
    (can_name_a_key(name) && is_usable(&key) && key_text(name, algorithm, &key) == text).then_some((name, key))
}
