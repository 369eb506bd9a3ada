//! Leaving: signed for one commitment in one deployment, with the key of the enrolment.

use aiq_circuits::{
    Fr,
    identity::{Commitment, DeploymentId},
};
use aiq_verifier::{
    log::{Act, EnrolledBy},
    service_key::{Signature, SignatureError},
    withdrawal::{Withdrawal, WithdrawalKey, WithdrawalKeyError},
};
use ed25519_dalek::{Signer as _, SigningKey};

const HERE: DeploymentId = DeploymentId::new([1; 32]);

pub fn leaving() -> SigningKey {
    SigningKey::from_bytes(&[12; 32])
}

pub fn withdrawal() -> Withdrawal {
    Withdrawal::sign(&leaving(), &HERE, Commitment::new(Fr::from(9_u64)))
}

/// Commitment `number` enrols.
pub fn enrolled(number: u64, by: EnrolledBy) -> Act {
    let withdrawal_key = WithdrawalKey::of(&leaving());
    Act::Enrolment { commitment: Commitment::new(Fr::from(number)), withdrawal_key, by }
}

#[test]
fn the_bytes_that_are_signed_are_those_of_the_protocol() {
    let mut bytes = b"AIQ/v1/withdraw".to_vec();
    bytes.extend([1; 32]);
    bytes.extend([[0; 31].as_slice(), &[9]].concat());
    assert_eq!(withdrawal().signature.as_bytes(), &leaving().sign(&bytes).to_bytes());
    assert_eq!(withdrawal().verify(&HERE, &WithdrawalKey::of(&leaving())), Ok(()));
}

#[test]
fn refuses_another_key_member_deployment_or_signature() {
    let key = WithdrawalKey::of(&leaving());
    let stranger = WithdrawalKey::of(&SigningKey::from_bytes(&[13; 32]));
    assert_eq!(withdrawal().verify(&HERE, &stranger), Err(SignatureError));
    assert_eq!(withdrawal().verify(&DeploymentId::new([2; 32]), &key), Err(SignatureError));
    let other = Withdrawal { commitment: Commitment::new(Fr::from(10_u64)), ..withdrawal() };
    assert_eq!(other.verify(&HERE, &key), Err(SignatureError));
    for byte in [0, 31, 32, 63] {
        let mut signature = *withdrawal().signature.as_bytes();
        signature[byte] ^= 1;
        let changed = Withdrawal { signature: Signature::new(signature), ..withdrawal() };
        assert_eq!(changed.verify(&HERE, &key), Err(SignatureError), "byte {byte}");
    }
}

#[test]
fn a_key_that_anybody_could_sign_for_is_none() {
    assert_eq!(WithdrawalKey::of(&leaving()).validate(), Ok(()));
    // The last one is no point of the curve. The first is the neutral element: under it, the signature of zeros would hold for every message if it were verified loosely.
    let mut neutral = [0; 32];
    neutral[0] = 1;
    for bytes in [neutral, [0; 32], [2; 32]] {
        let key = WithdrawalKey::new(bytes);
        assert_eq!(key.validate(), Err(WithdrawalKeyError), "{key}");
        let mut signature = [0; 64];
        signature[..32].copy_from_slice(&neutral);
        let forged = Withdrawal { signature: Signature::new(signature), ..withdrawal() };
        assert_eq!(forged.verify(&HERE, &key), Err(SignatureError), "{key}");
    }
}
