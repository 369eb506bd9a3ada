//! Row 26, the receipt's part: a receipt is for one act with one content, or it is none.

use aiq_circuits::identity::DeploymentId;
use aiq_verifier::{
    log::{Act, EnrolledBy, Entry, EntryHash},
    receipt::{Receipt, ReceiptError},
    service_key::{ServiceKey, Signature, SignatureError},
};
use ed25519_dalek::SigningKey;

use crate::withdrawal::enrolled;

const AT: u32 = 1_800_000_000;

fn enrolment(number: u64) -> Act {
    enrolled(number, EnrolledBy::Invitation)
}

fn fixture() -> (SigningKey, DeploymentId, Receipt) {
    let key = SigningKey::from_bytes(&[3; 32]);
    let deployment = DeploymentId::new([1; 32]);
    let entry = Entry { at: AT, act: enrolment(5) };
    let receipt = Receipt::sign(&key, deployment, 12, entry.hash(), AT);
    (key, deployment, receipt)
}

#[test]
fn verifies_for_what_was_sent() {
    let (key, deployment, receipt) = fixture();
    let key = ServiceKey::of(&key);
    assert_eq!(receipt.verify(&key), Ok(()));
    assert_eq!(receipt.verify_for(&key, &deployment, enrolment(5)), Ok(()));
}

#[test]
fn refuses_another_act_deployment_key_place_or_time() {
    let (signing, deployment, receipt) = fixture();
    let key = ServiceKey::of(&signing);
    let elsewhere = DeploymentId::new([2; 32]);
    let refused = receipt.verify_for(&key, &elsewhere, enrolment(5));
    assert_eq!(refused, Err(ReceiptError::Deployment(deployment)));
    // Two members who get one receipt: the entry of the second is another.
    assert_eq!(receipt.verify_for(&key, &deployment, enrolment(6)), Err(ReceiptError::Entry));
    let founding = enrolled(5, EnrolledBy::Founding);
    assert_eq!(receipt.verify_for(&key, &deployment, founding), Err(ReceiptError::Entry));
    let later = Receipt::sign(&signing, deployment, 12, receipt.entry_hash, AT + 1);
    assert_eq!(later.verify_for(&key, &deployment, enrolment(5)), Err(ReceiptError::Entry), "the time is in the entry");

    let stranger = ServiceKey::of(&SigningKey::from_bytes(&[4; 32]));
    assert_eq!(receipt.verify(&stranger), Err(SignatureError));
    let changes: [fn(&mut Receipt); 5] = [
        |r| r.deployment_id = DeploymentId::new([2; 32]),
        |r| r.index += 1,
        |r| r.entry_hash = EntryHash::new([0; 32]),
        |r| r.accepted_at += 1,
        |r| r.signature = Signature::new([0; 64]),
    ];
    for change in changes {
        let mut changed = receipt.clone();
        change(&mut changed);
        assert_eq!(changed.verify(&key), Err(SignatureError));
    }
}

/// Under a key of small order one signature fits every message; a lenient verifier accepts it.
#[test]
fn refuses_keys_of_small_order() {
    use ed25519_dalek::Verifier as _;
    let mut identity = [0; 32];
    identity[0] = 1;
    let mut signature = [0; 64];
    signature[0] = 1;
    let lenient = ed25519_dalek::VerifyingKey::from_bytes(&identity).unwrap();
    assert!(lenient.verify(b"anything", &ed25519_dalek::Signature::from_bytes(&signature)).is_ok());
    let refused = ServiceKey::new(identity).verify(b"anything", &Signature::new(signature));
    assert_eq!(refused, Err(SignatureError));
}
