use std::sync::Arc;

use aiq_circuits::credential::Credential;
use aiq_server::store::{Accepted, EnrolRefusal, Invitations, Logged, SponsorRefusal, Store};
use aiq_verifier::{
    log::{Act, Entry},
    sponsorship::{Charter, Sponsorship, TokenHash},
    verifying_key::KeyId,
};

use super::{epoch, founding, record};
use crate::samples::{NOW, commitment, nullifier, presentation, withdrawal_key};

/// Seconds for which sponsored invitations can be used.
const VALIDITY: u32 = 100;

/// Founds with members 1 and 2, these credentials and a charter.
pub async fn chartered(store: &dyn Store, credentials: &[Credential]) {
    let mut entries = founding(credentials);
    let charter =
        Act::Charter(Charter { sponsors: None, proposers: None, invitation_validity: VALIDITY, governance: None });
    entries.insert(1, Entry { at: NOW, act: charter });
    if let Some(Act::Epoch { before, .. }) = entries.last_mut().map(|entry| &mut entry.act) {
        *before += 1;
    }
    assert!(store.found(&record(), &entries).await.unwrap());
}

/// The invitation with token `token` of nullifier `number`, under epoch 0.
pub fn sponsorship(number: u64, token: u8) -> Sponsorship {
    let presentation = presentation(number, KeyId::new([3; 32]));
    Sponsorship { epoch: 0, number: 0, token_hash: TokenHash::new([token; 32]), presentation }
}

pub async fn sponsor(store: &dyn Store, number: u64, token: u8, at: u32) -> Result<Accepted<Logged>, SponsorRefusal> {
    store.sponsor(&sponsorship(number, token), at).await.unwrap()
}

pub async fn a_member_invites_once_for_each_nullifier(stores: &[Arc<dyn Store>]) {
    let [one, other] = [&*stores[0], &*stores[1]];
    chartered(one, &[]).await;
    one.invite(&[[9; 32]], NOW + 10, NOW).await.unwrap();
    let first = sponsor(one, 1, 1, NOW + 5).await.unwrap().into_inner();
    assert_eq!(first.at, NOW + 5);
    assert!(one.has_sponsored(&nullifier(1)).await.unwrap() && !one.has_sponsored(&nullifier(2)).await.unwrap());
    assert_eq!(sponsor(other, 1, 1, NOW + 6).await, Ok(Accepted::Repeated(first)));
    assert_eq!(sponsor(other, 1, 2, NOW + 6).await, Err(SponsorRefusal::NullifierUsed));
    assert_eq!(sponsor(other, 2, 1, NOW + 6).await, Err(SponsorRefusal::TokenKnown));
    assert_eq!(sponsor(other, 2, 9, NOW + 6).await, Err(SponsorRefusal::TokenKnown), "the administrator's");
    assert!(other.seal(&epoch(1, 2), 6).await.unwrap());
    assert_eq!(sponsor(other, 2, 2, NOW + 6).await, Err(SponsorRefusal::StaleEpoch(1)));
    assert_eq!(sponsor(one, 1, 1, NOW + 6).await, Ok(Accepted::Repeated(first)), "in a later epoch, too");
    assert_eq!(other.invitations().await.unwrap(), Invitations { administrator: 1, members: 1 });
}

pub async fn a_sponsored_invitation_enrols_like_any_other(stores: &[Arc<dyn Store>]) {
    let [one, other] = [&*stores[0], &*stores[1]];
    chartered(one, &[]).await;
    for number in 1..=2 {
        sponsor(one, number.into(), number, NOW + 5).await.unwrap();
    }
    let end = NOW + 5 + VALIDITY;
    let enrol = async |token: u8, number, at| {
        other.enrol(&[token; 32], commitment(number), withdrawal_key(number), at).await.unwrap()
    };
    let first = enrol(1, 50, end - 1).await.unwrap().into_inner();
    assert_eq!(enrol(1, 50, end).await, Ok(Accepted::Repeated(first)));
    assert_eq!(enrol(1, 51, NOW).await, Err(EnrolRefusal::Used));
    assert_eq!(enrol(2, 51, end).await, Err(EnrolRefusal::Expired(end)));
    assert_eq!(enrol(3, 51, NOW).await, Err(EnrolRefusal::UnknownInvitation));
}
