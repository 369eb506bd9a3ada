//! Signed notes: checkpoints of epochs and of the log, cosignatures.

use aiq_circuits::{identity::DeploymentId, wire::sha256};
use aiq_verifier::{
    checkpoint::Checkpoint,
    log::{LogCheckpoint, WitnessKey, cosign, cosigned_by},
    service_key::ServiceKey,
};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use ed25519_dalek::{Signer as _, SigningKey};

/// Longest note that this target looks at, so that another line still fits.
const MAX_LENGTH: usize = 60_000;

/// The key of the service whose notes are in the corpus.
#[must_use]
pub fn signing_key() -> SigningKey {
    SigningKey::from_bytes(&[3; 32])
}

/// The bytes are looked at as a note, and as a text that the service signs.
///
/// A checkpoint that is read says what was signed and nothing else, in its one spelling, whoever else signed the note. A note that
/// is well formed can be cosigned, which changes nothing for anybody else.
pub fn note(data: &[u8]) -> bool {
    let Ok(text) = str::from_utf8(data) else { return false };
    if text.len() > MAX_LENGTH {
        return false;
    }
    let accepted = checkpoints(text);
    let signed = signed_by_the_service(text);
    let accepted_signed = checkpoints(&signed);
    if accepted_signed {
        // Nothing that stands beside the signature is part of the checkpoint.
        assert!(text.ends_with('\n') && !text.ends_with("\n\n"), "{text:?}");
    }
    accepted || accepted_signed
}

/// Signs a text in the name of its first line.
fn signed_by_the_service(text: &str) -> String {
    let (key, name) = (signing_key(), text.split('\n').next().unwrap_or_default());
    let [a, b, c, d, ..] = sha256(&[name.as_bytes(), b"\n\x01", &key.verifying_key().to_bytes()]);
    let signature = key.sign(text.as_bytes());
    let encoded = BASE64_STANDARD.encode([&[a, b, c, d], &signature.to_bytes()[..]].concat());
    format!("{text}\n\u{2014} {name} {encoded}\n")
}

fn checkpoints(note: &str) -> bool {
    let (signing, deployment) = (signing_key(), DeploymentId::new([1; 32]));
    let key = ServiceKey::of(&signing);
    let witness = SigningKey::from_bytes(&[4; 32]);
    let read = |note: &str| {
        let epoch = Checkpoint::from_note(note, &key).ok();
        let log = LogCheckpoint::from_note(note, &deployment, &key).ok();
        (epoch, log)
    };
    let (epoch, log) = read(note);
    for (text, again) in [
        epoch.map(|checkpoint| (checkpoint.text(), checkpoint.to_note(&signing))),
        log.map(|checkpoint| (checkpoint.text(), checkpoint.to_note(&signing))),
    ]
    .into_iter()
    .flatten()
    {
        assert!(note.starts_with(&format!("{text}\n\u{2014} ")), "{note:?}");
        assert_eq!(read(&again), (epoch, log));
    }
    let me = WitnessKey::of("witness.example", &witness).expect("a name");
    if matches!(cosigned_by(note, &me), Ok(None)) {
        let line = cosign(note, "witness.example", &witness, 7).expect("a note that is well formed");
        let cosigned = format!("{note}{line}\n");
        let by_me = cosigned_by(&cosigned, &me).expect("a note that is well formed");
        assert_eq!(by_me.map(|by| by.at), Some(7), "{note:?}");
        assert_eq!(read(&cosigned), (epoch, log));
    }
    epoch.is_some() || log.is_some()
}
