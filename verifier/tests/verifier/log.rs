//! The log's formats: one spelling of every entry, checkpoints as C2SP writes them, cosignatures that hold for one text and time.

use aiq_circuits::{
    credential::{Attributes, Credential, CredentialId, CredentialKind},
    identity::{DeploymentId, OwnerTag},
    wire::{DecodeError, sha256},
};
use aiq_verifier::{
    claim::ClaimId,
    log::{
        Act, Cosigned, EnrolledBy, Entry, LogCheckpoint, LogCheckpointError, RevokedBy, WitnessKey, cosign, cosigned_by,
    },
    poll::{Blinding, CommittedBallot},
    service_key::{ServiceKey, Signature},
    standard::Authority,
    withdrawal::WithdrawalKey,
};
use ark_bn254::Fr;
use base64::prelude::{BASE64_STANDARD, Engine as _};
use ed25519_dalek::SigningKey;
use proptest::prelude::*;

use crate::{
    ceremony,
    checkpoint::checkpoint,
    claims, governance,
    merge::merge,
    poll::definition,
    records::{ballot, domain_entry, genesis, join, menu_entry, result, scope, signed_tally, signing, standing_poll},
    withdrawal::{leaving, withdrawal},
};

const HERE: DeploymentId = DeploymentId::new([1; 32]);

/// One act of each kind, two where there are two forms.
pub fn acts() -> Vec<Act> {
    let attributes = Attributes {
        domain: "1.7.2.0".parse().unwrap(),
        kind: CredentialKind::new(3),
        weight: 5,
        expires_at: 2_000_000_000,
        issued_at: 1_700_000_000,
    };
    let credential =
        Credential { tag: OwnerTag::new(Fr::from(4_u64)), attributes, id: CredentialId::new(Fr::from(5_u64)) };
    let (commitment, withdrawal_key) = (withdrawal().commitment, WithdrawalKey::of(&leaving()));
    let mut acts = vec![
        Act::Genesis(genesis()),
        Act::Domain { entry: domain_entry(), by: Authority::Founding },
        Act::Menu { entry: menu_entry(), by: Authority::Founding },
        Act::Grant(credential),
        Act::Enrolment { commitment, withdrawal_key, by: EnrolledBy::Founding },
        Act::Enrolment { commitment, withdrawal_key, by: EnrolledBy::Invitation },
        Act::Withdrawal(withdrawal()),
        Act::Revocation { id: credential.id, because: RevokedBy::Poll(scope()) },
        Act::Revocation { id: credential.id, because: RevokedBy::Renewal(ClaimId::new([6; 32])) },
        Act::Invitations { count: 10, expires_at: 1_900_000_000 },
        Act::Epoch { checkpoint: checkpoint(), before: 60 },
        Act::Poll(definition()),
        Act::Poll(standing_poll()),
        Act::Join { scope: scope(), join: join() },
        Act::Ballot(ballot().committed()),
        Act::Close { scope: scope() },
        Act::Tally(signed_tally()),
        Act::Merge(merge()),
        Act::Attestation { digest: result().log_digest() },
    ];
    acts.extend(claims::acts());
    acts.extend(ceremony::acts());
    acts.extend(governance::acts());
    acts
}

fn entries() -> Vec<Entry> {
    // An epoch's entry has the epoch's time.
    acts().into_iter().map(|act| Entry { at: checkpoint().sealed_at, act }).collect()
}

#[test]
fn an_entry_is_read_back_and_in_one_spelling() {
    for entry in entries() {
        let bytes = entry.canonical();
        assert!(bytes.len() <= Entry::MAX_LENGTH);
        assert_eq!(Entry::decode(&bytes).as_ref(), Ok(&entry), "{}", entry.act.kind());
        for length in 0..bytes.len() {
            assert!(Entry::decode(&bytes[..length]).is_err(), "{}: {length} bytes", entry.act.kind());
        }
        let longer = [&bytes[..], &[0]].concat();
        assert!(Entry::decode(&longer).is_err(), "{}", entry.act.kind());
    }
    let unknown = aiq_circuits::wire::Encoder::new("AIQ/v1/log/coup").u32(1).finish();
    assert_eq!(Entry::decode(&unknown), Err(DecodeError::Value("the kind of the entry")));
}

#[test]
fn every_byte_of_an_entry_matters() {
    for entry in entries() {
        let bytes = entry.canonical();
        for place in 0..bytes.len() {
            for flip in [0x01, 0x80] {
                let mut changed = bytes.clone();
                changed[place] ^= flip;
                if let Ok(other) = Entry::decode(&changed) {
                    assert_eq!(other.canonical(), changed, "{}: byte {place}", entry.act.kind());
                    assert_ne!(other, entry, "{}: byte {place}", entry.act.kind());
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn bytes_from_outside_never_panic_and_read_one_way(place in any::<prop::sample::Index>(), cut in any::<prop::sample::Index>(), noise in prop::collection::vec(any::<u8>(), 0..64)) {
        let entries = entries();
        let mut bytes = entries[place.index(entries.len())].canonical();
        bytes.truncate(cut.index(bytes.len()));
        bytes.extend(noise);
        if let Ok(entry) = Entry::decode(&bytes) {
            prop_assert_eq!(entry.canonical(), bytes);
        }
    }
}

#[test]
fn a_committed_ballot_opens_with_its_own_opening_alone() {
    let ballot = ballot();
    let committed: CommittedBallot = ballot.committed();
    assert_eq!(committed.open(ballot.opening()), Some(ballot.clone()));
    for change in [0, 1, 2] {
        let mut opening = ballot.opening();
        match change {
            0 => opening.blinding = Blinding::new([1; 32]),
            1 => opening.body = vec![1, 1],
            _ => opening.signature = Signature::new([1; 64]),
        }
        assert_eq!(committed.open(opening), None);
    }
}

fn log_checkpoint() -> LogCheckpoint {
    LogCheckpoint { deployment_id: HERE, size: 12_345, root: [7; 32] }
}

#[test]
fn a_checkpoint_is_what_c2sp_says() {
    let (checkpoint, key) = (log_checkpoint(), signing());
    let note = checkpoint.to_note(&key);
    assert_eq!(LogCheckpoint::from_note(&note, &HERE, &ServiceKey::of(&key)), Ok(checkpoint));

    let theirs = signed_note::Note::from_bytes(note.as_bytes()).unwrap();
    let parsed = tlog_tiles::Checkpoint::from_bytes(theirs.text()).unwrap();
    assert_eq!((parsed.origin(), parsed.size()), (LogCheckpoint::origin(&HERE).as_str(), 12_345));
    assert_eq!((parsed.hash().0, parsed.extension()), ([7; 32], ""));
    let verifying_key = signed_note::new_ed25519_verifier_key(&LogCheckpoint::origin(&HERE), &key.verifying_key());
    let verifier = signed_note::StandardVerifier::new(&verifying_key).unwrap();
    theirs.verify(&signed_note::VerifierList::new(vec![Box::new(verifier)])).unwrap();
}

#[test]
fn a_checkpoint_of_another_log_key_or_spelling_is_refused() {
    let (checkpoint, key) = (log_checkpoint(), signing());
    let (note, service) = (checkpoint.to_note(&key), ServiceKey::of(&key));
    let elsewhere = DeploymentId::new([2; 32]);
    assert_eq!(LogCheckpoint::from_note(&note, &elsewhere, &service), Err(LogCheckpointError::Deployment(HERE)));
    let stranger = SigningKey::from_bytes(&[4; 32]);
    assert!(LogCheckpoint::from_note(&note, &HERE, &ServiceKey::of(&stranger)).is_err());
    assert!(LogCheckpoint::from_note(&checkpoint.to_note(&stranger), &HERE, &service).is_err());
    for (from, to) in [("12345", "012345"), ("12345", "12346"), ("12345", "+12345"), ("BwcH", "BwcI"), ("log", "Log")] {
        let changed = note.replacen(from, to, 1);
        assert_ne!(changed, note);
        assert!(LogCheckpoint::from_note(&changed, &HERE, &service).is_err(), "{to}");
    }
    for note in ["", "\n\n", &note[..note.len() - 1], &note.replace('\n', "\r\n"), &note.repeat(300)] {
        assert!(LogCheckpoint::from_note(note, &HERE, &service).is_err());
    }
}

fn witness() -> (SigningKey, WitnessKey) {
    let key = SigningKey::from_bytes(&[9; 32]);
    let witness = WitnessKey::of("witness.example/w1", &key).unwrap();
    (key, witness)
}

#[test]
fn a_cosignature_is_one_of_this_witness_on_this_checkpoint() {
    let (key, witness) = witness();
    let note = log_checkpoint().to_note(&signing());
    assert_eq!(cosigned_by(&note, &witness), Ok(None));
    let line = cosign(&note, witness.name(), &key, 1_800_000_000).unwrap();
    let cosigned = format!("{note}{line}\n");
    let expected = Cosigned { witness: witness.clone(), at: 1_800_000_000 };
    assert_eq!(cosigned_by(&cosigned, &witness), Ok(Some(expected)));
    // The log's own signature still holds beside it.
    assert_eq!(LogCheckpoint::from_note(&cosigned, &HERE, &ServiceKey::of(&signing())), Ok(log_checkpoint()));

    let other = LogCheckpoint { size: 12_346, ..log_checkpoint() }.to_note(&signing());
    assert_eq!(cosigned_by(&format!("{other}{line}\n"), &witness), Ok(None), "moved to another checkpoint");
    let stranger = WitnessKey::of(witness.name(), &SigningKey::from_bytes(&[8; 32])).unwrap();
    assert_eq!(cosigned_by(&cosigned, &stranger), Ok(None));
    let renamed = WitnessKey::of("witness.example/w2", &key).unwrap();
    assert_eq!(cosigned_by(&cosigned, &renamed), Ok(None));
    let plain = note.clone() + &LogCheckpoint::to_note(&log_checkpoint(), &key)[note.len() / 2..];
    assert_eq!(cosigned_by(&plain, &witness).unwrap_or(None), None);
}

/// `cosignature/v1` as the specification's text has it, put together by hand.
#[test]
fn a_cosignature_covers_the_time_and_the_text() {
    use ed25519_dalek::Signer as _;
    let (key, witness) = witness();
    let note = log_checkpoint().to_note(&signing());
    let message = format!("cosignature/v1\ntime 1700000000\n{}", log_checkpoint().text());
    let line = cosign(&note, witness.name(), &key, 1_700_000_000).unwrap();
    let encoded = line.rsplit(' ').next().unwrap();
    let bytes = BASE64_STANDARD.decode(encoded).unwrap();
    assert_eq!(bytes[4..12], 1_700_000_000_u64.to_be_bytes());
    assert_eq!(bytes[12..], key.sign(message.as_bytes()).to_bytes());
}

#[test]
fn a_witness_key_has_one_spelling() {
    let (key, witness) = witness();
    let text = witness.to_string();
    assert_eq!(text.parse::<WitnessKey>().as_ref(), Ok(&witness));
    let ed25519 = signed_note::new_ed25519_verifier_key(witness.name(), &key.verifying_key());
    for refused in
        ["", "w", "w+00000000+BAAA", &ed25519, &format!("{text}="), &format!(" {text}"), &text.replace("w1", "w 1")]
    {
        assert!(refused.parse::<WitnessKey>().is_err(), "{refused}");
    }
    for name in ["", "a b", "a+b", "a\nb"] {
        assert!(WitnessKey::of(name, &key).is_err());
    }
}

/// The name of a verifier key is part of its key id, so a key under any name can be spelt; but nobody can sign a note under a name with
/// white space in it, and whoever required such a witness would wait for ever.
#[test]
fn a_witness_key_has_a_name_that_can_stand_in_a_note() {
    let (key, _) = witness();
    let spelt = |name: &str| {
        let bytes = [&[4], key.verifying_key().as_bytes().as_slice()].concat();
        let [a, b, c, d, ..] = sha256(&[name.as_bytes(), b"\n", &bytes]);
        format!("{name}+{:08x}+{}", u32::from_be_bytes([a, b, c, d]), BASE64_STANDARD.encode(bytes))
    };
    assert!(spelt("witness.example").parse::<WitnessKey>().is_ok());
    for name in ["", "a witness", "witness\u{a0}", "witness\u{7}", &"w".repeat(201)] {
        assert!(spelt(name).parse::<WitnessKey>().is_err(), "{name}");
    }
}
