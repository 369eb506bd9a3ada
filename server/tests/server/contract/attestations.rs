use std::sync::Arc;

use aiq_server::store::{Accepted, AnswerRefusal, Store};
use aiq_verifier::{attestation::AttestationResult, verifying_key::KeyId};

use super::found;
use crate::samples::{NOW, deployment, nullifier, presentation, request, signer};

pub async fn a_request_is_answered_once(stores: &[Arc<dyn Store>]) {
    let [one, other] = [&*stores[0], &*stores[1]];
    found(one).await;
    for nonce in [1, 2] {
        one.open_attestation(&request(nonce)).await.unwrap();
    }
    let answer = async |store: &dyn Store, nonce: u8, number, at| {
        let presentation = presentation(number, KeyId::new([3; 32]));
        let id = request(nonce).id();
        let result = AttestationResult::sign(&signer(250), id, deployment(), nullifier(number), at);
        store.answer(&presentation, &result).await.unwrap()
    };
    let first = answer(one, 1, 7, NOW).await.unwrap().into_inner();
    assert_eq!(answer(other, 1, 7, NOW + 500).await, Ok(Accepted::Repeated(first.clone())));
    assert_eq!(answer(other, 1, 8, NOW).await, Err(AnswerRefusal::Answered));
    assert_eq!(answer(other, 2, 7, NOW + 100).await, Err(AnswerRefusal::Expired));
    assert_eq!(answer(other, 3, 7, NOW).await, Err(AnswerRefusal::Unknown));
    assert_eq!(other.attestation(&request(1).id()).await.unwrap().unwrap().answer, Some(first));

    assert_eq!(one.forget_unanswered(NOW + 100).await.unwrap(), 0);
    assert_eq!(one.forget_unanswered(NOW + 101).await.unwrap(), 1);
    assert!(other.attestation(&request(2).id()).await.unwrap().is_none());
    assert!(other.attestation(&request(1).id()).await.unwrap().is_some(), "an answered one stays");
}
