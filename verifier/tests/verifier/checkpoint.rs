//! Checkpoints as signed notes, held against the `signed_note` crate.

use aiq_circuits::{
    identity::DeploymentId,
    tree::{CredentialsRoot, MembersRoot},
};
use aiq_verifier::{
    checkpoint::{Checkpoint, CheckpointError, NoteError},
    service_key::ServiceKey,
};
use ark_bn254::Fr;
use ed25519_dalek::SigningKey;
use signed_note::{Note, StandardSigner, StandardVerifier, VerifierList};

fn signing() -> SigningKey {
    SigningKey::from_bytes(&[3; 32])
}

pub fn checkpoint() -> Checkpoint {
    Checkpoint {
        deployment_id: DeploymentId::new([1; 32]),
        epoch: 7,
        sealed_at: 1_800_000_000,
        members: 50,
        withdrawn: 3,
        members_root: MembersRoot::new(Fr::from(31_u64)),
        credentials: 180,
        revoked: 4,
        credentials_root: CredentialsRoot::new(Fr::from(32_u64)),
    }
}

/// The note with another text, signed all the same.
fn signed(text: &str) -> String {
    let encoded = format!("PRIVATE+KEY+{}", key_text(&[3; 32], 0));
    let mut note = Note::new(text.as_bytes(), &[]).unwrap();
    note.add_sigs(&[&StandardSigner::new(&encoded).unwrap()]).unwrap();
    String::from_utf8(note.to_bytes()).unwrap()
}

/// `name+id+key` as the crate reads it; `offset` makes another key of the same name.
fn key_text(seed: &[u8; 32], offset: u8) -> String {
    use base64::prelude::{BASE64_STANDARD, Engine as _};
    let mut seed = *seed;
    seed[0] += offset;
    let public = SigningKey::from_bytes(&seed).verifying_key();
    let name = checkpoint().origin();
    let id = signed_note::key_id(&name, &[&[1], &public.to_bytes()[..]].concat());
    format!("{name}+{id:08x}+{}", BASE64_STANDARD.encode([&[1], &seed[..]].concat()))
}

fn read(note: &str) -> Result<Checkpoint, CheckpointError> {
    Checkpoint::from_note(note, &ServiceKey::of(&signing()))
}

#[test]
fn round_trips() {
    assert_eq!(read(&checkpoint().to_note(&signing())), Ok(checkpoint()));
}

#[test]
fn the_signed_note_crate_reads_ours_and_we_read_its() {
    let ours = checkpoint().to_note(&signing());
    assert_eq!(signed(&checkpoint().text()), ours);
    let key = signed_note::new_ed25519_verifier_key(&checkpoint().origin(), &signing().verifying_key());
    let verifiers = VerifierList::new(vec![Box::new(StandardVerifier::new(&key).unwrap())]);
    let note = Note::from_bytes(ours.as_bytes()).unwrap();
    assert_eq!(note.text(), checkpoint().text().as_bytes());
    assert_eq!(note.verify(&verifiers).unwrap().0.len(), 1);
}

#[test]
fn other_signatures_may_stand_beside_the_service_s() {
    let ours = checkpoint().to_note(&signing());
    let witness = "\u{2014} witness.example/w1 AAAAAAAA\n";
    let (text, signature) = ours.rsplit_once("\n\n").unwrap();
    assert_eq!(read(&format!("{ours}{witness}")), Ok(checkpoint()));
    assert_eq!(read(&format!("{text}\n\n{witness}{signature}")), Ok(checkpoint()));
    assert_eq!(read(&format!("{text}\n\n{witness}")), Err(NoteError::Unsigned.into()));
}

#[test]
fn refuses_changed_text_and_other_keys() {
    let ours = checkpoint().to_note(&signing());
    for (from, to) in [("epoch 7", "epoch 8"), ("members 50 3", "members 50 2"), ("sealed_at 18", "sealed_at 19")] {
        assert_eq!(read(&ours.replacen(from, to, 1)), Err(NoteError::Unsigned.into()), "{from}");
    }
    let stranger = ServiceKey::of(&SigningKey::from_bytes(&[4; 32]));
    assert_eq!(Checkpoint::from_note(&ours, &stranger), Err(NoteError::Unsigned.into()));
    // The origin names the deployment, and the name is part of the key's id in the note.
    let elsewhere = Checkpoint { deployment_id: DeploymentId::new([2; 32]), ..checkpoint() };
    let moved = ours.replacen(&checkpoint().origin(), &elsewhere.origin(), 2);
    assert_eq!(read(&moved), Err(NoteError::Unsigned.into()));
}

#[test]
fn refuses_what_is_not_a_note() {
    let ours = checkpoint().to_note(&signing());
    let huge = format!("{}{ours}", "x\n".repeat(40_000));
    for text in ["", "\n\n", "x", &ours.replace("\n\n", "\n"), ours.trim_end(), &format!("{ours}x\n"), &huge] {
        assert_eq!(read(text), Err(NoteError::Format.into()), "{text:?}");
    }
    assert_eq!(read(&ours.replacen('\n', "\r\n", 1)), Err(NoteError::Format.into()));
    assert_eq!(read(&ours.replacen("\u{2014} ", "- ", 1)), Err(NoteError::Format.into()));
}

#[test]
fn refuses_signed_texts_that_are_not_the_one_spelling_of_a_checkpoint() {
    let text = checkpoint().text();
    assert!(read(&signed(&text)).is_ok());
    for other in [
        text.replace("epoch 7", "epoch 07"),
        text.replace("epoch 7", "epoch +7"),
        text.replace("members 50 ", "members 50  "),
        text.replace("epoch 7", "epoch 4294967296"),
        text.replace("members 50 3 ", "members 50 "),
        text.replace("members 50 3 ", "members 50 03 "),
        text.replace("credentials 180 4 ", "credentials 180 -0 "),
        text.replace("credentials 180 4 ", "credentials 180 4 0 "),
        text.replacen("0x0", "0x", 3),
        format!("{text}more\n"),
        text.lines().take(4).fold(String::new(), |all, line| all + line + "\n"),
        text.lines().rev().fold(String::new(), |all, line| all + line + "\n"),
    ] {
        let refused = read(&signed(&other));
        assert!(matches!(refused, Err(CheckpointError::Text | CheckpointError::Note(_))), "{other}");
    }
}
