//! Row 24: an answer fits one request of one audience in one deployment.

use aiq_circuits::{
    identity::{DeploymentId, Nullifier},
    tree::{CredentialsRoot, MembersRoot},
};
use aiq_verifier::{
    TextError,
    attestation::{AttestationError, AttestationRequest, AttestationResult, RequestId},
    eligibility::{Eligibility, PinnedRoots},
    service_key::{ServiceKey, SignatureError},
    verifying_key::KeyId,
};
use ark_bn254::Fr;
use ed25519_dalek::SigningKey;

const HERE: DeploymentId = DeploymentId::new([1; 32]);
const THERE: DeploymentId = DeploymentId::new([2; 32]);

pub fn request() -> AttestationRequest {
    AttestationRequest {
        audience: "https://jobs.example/ml-lead".to_owned(),
        eligibility: Eligibility::Membership,
        roots: PinnedRoots {
            epoch: 9,
            members_root: MembersRoot::new(Fr::from(21_u64)),
            credentials_root: CredentialsRoot::new(Fr::from(22_u64)),
        },
        key_id: KeyId::new([0x0a; 32]),
        nonce: [0x0b; 32],
        linkable: false,
        created_at: 1_800_000_000,
        expires_at: 1_800_003_600,
    }
}

fn changed(change: impl FnOnce(&mut AttestationRequest)) -> AttestationRequest {
    let mut request = request();
    change(&mut request);
    request
}

#[test]
fn an_unlinkable_scope_depends_on_audience_nonce_and_deployment() {
    let scope = request().scope(&HERE);
    assert_ne!(scope, request().scope(&THERE));
    assert_ne!(scope, changed(|r| r.nonce = [0; 32]).scope(&HERE));
    assert_ne!(scope, changed(|r| r.audience.push('/')).scope(&HERE));
    assert_ne!(scope, changed(|r| r.linkable = true).scope(&HERE));
}

#[test]
fn a_linkable_scope_is_one_for_each_audience() {
    let linkable = |change: fn(&mut AttestationRequest)| {
        let mut request = changed(|r| r.linkable = true);
        change(&mut request);
        request.scope(&HERE)
    };
    let scope = linkable(|_| {});
    assert_eq!(scope, linkable(|r| r.nonce = [0; 32]));
    assert_eq!(scope, linkable(|r| r.roots.epoch += 1));
    assert_ne!(scope, linkable(|r| r.audience.push('/')));
}

#[test]
fn the_message_commits_to_the_whole_request_and_the_deployment() {
    let message = request().message(&HERE);
    assert_ne!(message, request().message(&THERE));
    assert_ne!(message, changed(|r| r.expires_at += 1).message(&HERE));
    assert_ne!(message, changed(|r| r.linkable = true).message(&HERE));
    assert_ne!(message, changed(|r| r.audience.push('/')).message(&HERE));
}

#[test]
fn refuses_requests_without_audience_or_time() {
    assert_eq!(request().validate(), Ok(()));
    let audience = |text: &str| changed(|r| text.clone_into(&mut r.audience)).validate();
    assert_eq!(audience(" "), Err(AttestationError::Audience(TextError::Empty)));
    assert_eq!(audience("a\u{1b}[2J"), Err(AttestationError::Audience(TextError::Control)));
    assert_eq!(audience(&"a".repeat(201)), Err(AttestationError::Audience(TextError::TooLong(200))));
    assert_eq!(changed(|r| r.expires_at = r.created_at).validate(), Err(AttestationError::Times));
}

#[test]
fn expires_at_its_last_second() {
    let request = request();
    assert!(!request.is_expired(request.expires_at - 1));
    assert!(request.is_expired(request.expires_at));
}

#[test]
fn a_result_verifies_offline_and_only_unchanged() {
    let signing = SigningKey::from_bytes(&[3; 32]);
    let key = ServiceKey::of(&signing);
    let nullifier = Nullifier::new(Fr::from(5_u64));
    let result = AttestationResult::sign(&signing, request().id(), HERE, nullifier, 1_800_000_100);
    assert_eq!(result.verify(&key), Ok(()));
    let changes: [fn(&mut AttestationResult); 4] = [
        |r| r.request_id = RequestId::new([0; 32]),
        |r| r.deployment_id = THERE,
        |r| r.nullifier = Nullifier::new(Fr::from(6_u64)),
        |r| r.presented_at += 1,
    ];
    for change in changes {
        let mut changed = result.clone();
        change(&mut changed);
        assert_eq!(changed.verify(&key), Err(SignatureError));
    }
}
