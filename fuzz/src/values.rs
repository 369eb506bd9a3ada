//! Values that have one spelling as text, and field elements as bytes.

use std::{fmt::Display, str::FromStr};

use aiq_circuits::{
    credential::{Domain, DomainPrefix},
    identity::{DeploymentId, Nullifier, OwnerTag},
    statement::StatementId,
    wire,
};
use aiq_keys::Origin;
use aiq_verifier::{
    log::{EntryHash, NodeHash, WitnessKey, cosign, cosigned_by},
    poll::{BallotKey, PollId, Ratio},
    proof::Proof,
    service_key::ServiceKey,
    verifying_key::KeyId,
};
use ed25519_dalek::SigningKey;

/// What is read is written in the same spelling; a witness's key that is read is one
/// under whose name a note can be signed.
pub fn value(data: &[u8]) -> bool {
    let number = <&[u8; 32]>::try_from(data).is_ok_and(|bytes| {
        wire::fr_from_bytes(bytes).is_ok_and(|number| {
            assert_eq!(&wire::fr_to_bytes(&number), bytes);
            assert_eq!(wire::fr_from_hex(&wire::fr_to_hex(&number)), Ok(number));
            true
        })
    });
    let Ok(text) = str::from_utf8(data) else { return number };
    let bytes = wire::vec_from_hex(text, 64).is_ok_and(|bytes| {
        assert!(bytes.len() <= 64 && wire::bytes_to_hex(&bytes) == text);
        true
    });
    let spelt = [
        spelt::<Nullifier>(text),
        spelt::<OwnerTag>(text),
        spelt::<DeploymentId>(text),
        spelt::<KeyId>(text),
        spelt::<ServiceKey>(text),
        spelt::<BallotKey>(text),
        spelt::<EntryHash>(text),
        spelt::<NodeHash>(text),
        spelt::<PollId>(text),
        spelt::<Proof>(text),
        spelt::<Domain>(text),
        spelt::<DomainPrefix>(text),
        spelt::<Ratio>(text),
        spelt::<StatementId>(text),
        spelt::<Origin>(text),
        spelt::<WitnessKey>(text),
    ];
    let named = text.parse::<WitnessKey>().is_ok_and(|witness| can_sign(witness.name()));
    number | bytes | named | spelt.contains(&true)
}

fn spelt<T: FromStr + Display>(text: &str) -> bool {
    text.parse::<T>().is_ok_and(|value| {
        assert_eq!(value.to_string(), text);
        true
    })
}

fn can_sign(name: &str) -> bool {
    let key = SigningKey::from_bytes(&[9; 32]);
    let note = "text\n\n\u{2014} somebody AAAAAA==\n";
    let line = cosign(note, name, &key, 1).expect("the name of a witness's key");
    let witness = WitnessKey::of(name, &key).expect("the name of a witness's key");
    let cosigned = cosigned_by(&format!("{note}{line}\n"), &witness).expect("a note");
    assert_eq!(cosigned.map(|cosigned| cosigned.at), Some(1));
    true
}
