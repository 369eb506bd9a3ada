//! Row 26, the receipt's part: a receipt is for one act with one content, or it is none.

use aiq_circuits::{
    identity::{Commitment, DeploymentId},
    wire,
};
use aiq_verifier::{
    receipt::{Act, Receipt, ReceiptError, enrolment_content},
    service_key::{ServiceKey, Signature, SignatureError},
};
use ark_bn254::Fr;
use ed25519_dalek::SigningKey;

fn fixture() -> (SigningKey, DeploymentId, Vec<u8>, Receipt) {
    let key = SigningKey::from_bytes(&[3; 32]);
    let deployment = DeploymentId::new([1; 32]);
    let content = enrolment_content(&Commitment::new(Fr::from(5_u64)));
    let receipt = Receipt::sign(&key, Act::Enrolment, deployment, &content, 1_800_000_000);
    (key, deployment, content, receipt)
}

#[test]
fn verifies_for_what_was_sent() {
    let (key, deployment, content, receipt) = fixture();
    let key = ServiceKey::of(&key);
    assert_eq!(receipt.digest, wire::sha256(&[&content]));
    assert_eq!(receipt.verify(&key), Ok(()));
    assert_eq!(receipt.verify_for(&key, Act::Enrolment, &deployment, &content), Ok(()));
}

#[test]
fn refuses_another_act_deployment_content_key_or_time() {
    let (signing, deployment, content, receipt) = fixture();
    let key = ServiceKey::of(&signing);
    let wrong_act = ReceiptError::Act { expected: Act::Join, found: Act::Enrolment };
    assert_eq!(receipt.verify_for(&key, Act::Join, &deployment, &content), Err(wrong_act));
    let elsewhere = DeploymentId::new([2; 32]);
    let refused = receipt.verify_for(&key, Act::Enrolment, &elsewhere, &content);
    assert_eq!(refused, Err(ReceiptError::Deployment(deployment)));
    // Two members who get one receipt: the content of the second is another.
    let other = enrolment_content(&Commitment::new(Fr::from(6_u64)));
    assert_eq!(receipt.verify_for(&key, Act::Enrolment, &deployment, &other), Err(ReceiptError::Content));

    let stranger = ServiceKey::of(&SigningKey::from_bytes(&[4; 32]));
    assert_eq!(receipt.verify(&stranger), Err(SignatureError));
    let changes: [fn(&mut Receipt); 5] = [
        |r| r.act = Act::Ballot,
        |r| r.deployment_id = DeploymentId::new([2; 32]),
        |r| r.digest[31] ^= 1,
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
