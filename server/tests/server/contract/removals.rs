//! Tombstones: who leaves and what is revoked, once, with the next epoch.

use std::sync::Arc;

use aiq_server::store::{Accepted, EnrolRefusal, Removals, RevokeRefusal, Store, WithdrawRefusal};
use aiq_verifier::{
    checkpoint::Checkpoint,
    claim::ClaimId,
    log::{Act, Entry, RevokedBy},
    service_key::Signature,
    withdrawal::Withdrawal,
};

use super::{enrolments::enrol_all, epoch, found, found_with};
use crate::samples::{NOW, commitment, credential, deployment, leaving, poll, withdrawal_key};

fn withdrawal(number: u64) -> Withdrawal {
    Withdrawal::sign(&leaving(number), &deployment(), commitment(number))
}

pub async fn who_leaves_stays_away(stores: &[Arc<dyn Store>]) {
    let [one, other] = [&*stores[0], &*stores[1]];
    found(one).await;
    enrol_all(one, &[7, 5]).await;
    assert_eq!(one.withdrawal_key(commitment(5)).await.unwrap(), Some(withdrawal_key(5)));
    assert_eq!(one.withdrawal_key(commitment(1)).await.unwrap(), Some(withdrawal_key(1)), "a founder");
    assert_eq!(one.withdrawal_key(commitment(6)).await.unwrap(), None);
    assert_eq!(one.withdraw(withdrawal(6), NOW).await.unwrap(), Err(WithdrawRefusal::UnknownMember));

    // One who waits to be a leaf, and one who is one.
    let left = one.withdraw(withdrawal(7), NOW + 1).await.unwrap();
    let Ok(Accepted::New(logged)) = left else { panic!("{left:?}") };
    let entry = Entry { at: NOW + 1, act: Act::Withdrawal(withdrawal(7)) };
    assert_eq!((logged.hash, logged.at), (entry.hash(), NOW + 1));
    assert!(other.withdraw(withdrawal(1), NOW).await.unwrap().is_ok());
    let size = one.log_size().await.unwrap();
    assert_eq!(other.withdraw(withdrawal(7), NOW + 9).await.unwrap(), Ok(Accepted::Repeated(logged)));
    let resigned = Withdrawal { signature: Signature::new([1; 64]), ..withdrawal(7) };
    assert_eq!(other.withdraw(resigned, NOW).await.unwrap(), Err(WithdrawRefusal::AlreadyWithdrawn));
    assert_eq!(one.log_size().await.unwrap(), size, "what is refused or repeated adds no entry");

    let pending = other.pending().await.unwrap();
    assert_eq!(pending.latest, epoch(0, 2));
    assert_eq!(pending.leaves.members, [commitment(5), commitment(7)]);
    assert_eq!(pending.removals, Removals { members: vec![0, 3], credentials: vec![] });
    let checkpoint = Checkpoint { withdrawn: 2, ..epoch(1, 4) };
    assert!(one.seal(&epoch(1, 4), pending.before).await.is_err(), "the trees are not those of what waits");
    assert!(one.seal(&checkpoint, pending.before).await.unwrap());
    assert!(other.pending().await.unwrap().is_empty());
    assert_eq!(other.member_removals(0, 10).await.unwrap(), [0, 3]);
    assert_eq!(other.member_removals(1, 1).await.unwrap(), [3]);
    assert_eq!(other.member_leaves(0, 9).await.unwrap(), [1, 2, 5, 7].map(commitment), "leaves stay where they are");
    assert_eq!(other.withdraw(withdrawal(7), NOW + 9).await.unwrap(), Ok(Accepted::Repeated(logged)));

    one.invite(&[[50; 32]], NOW + 10, NOW).await.unwrap();
    let again = one.enrol(&[50; 32], commitment(7), withdrawal_key(7), NOW).await.unwrap();
    assert_eq!(again, Err(EnrolRefusal::Withdrawn));
}

pub async fn a_credential_is_revoked_once(stores: &[Arc<dyn Store>]) {
    let [one, other] = [&*stores[0], &*stores[1]];
    let mut credentials = [1, 2, 3].map(credential);
    credentials.sort_by_key(aiq_circuits::credential::Credential::leaf);
    found_with(one, &credentials).await;
    let disputed = RevokedBy::Poll(poll(1).scope(&deployment()));
    assert_eq!(one.revoke(credential(4).id, disputed, NOW).await.unwrap(), Err(RevokeRefusal::UnknownCredential));
    let revoked = one.revoke(credentials[2].id, disputed, NOW + 1).await.unwrap();
    let Ok(Accepted::New(logged)) = revoked else { panic!("{revoked:?}") };
    let act = Act::Revocation { id: credentials[2].id, because: disputed };
    assert_eq!(logged.hash, Entry { at: NOW + 1, act }.hash());
    let renewed = RevokedBy::Renewal(ClaimId::new([9; 32]));
    let again = other.revoke(credentials[2].id, renewed, NOW + 2).await.unwrap();
    assert_eq!(again, Ok(Accepted::Repeated(logged)), "the first reason stays");
    assert!(other.revoke(credentials[0].id, renewed, NOW).await.unwrap().is_ok());

    let pending = other.pending().await.unwrap();
    assert_eq!(pending.removals, Removals { members: vec![], credentials: vec![0, 2] }, "ascending");
    let checkpoint = Checkpoint { credentials: 3, revoked: 2, ..epoch(1, 2) };
    assert!(one.seal(&checkpoint, pending.before).await.unwrap());
    assert_eq!(other.credential_removals(0, 10).await.unwrap(), [0, 2]);
    assert_eq!(other.credential_leaves(0, 9).await.unwrap(), credentials);
}

pub async fn what_is_removed_later_waits_for_the_next_epoch(stores: &[Arc<dyn Store>]) {
    let store = &*stores[0];
    found(store).await;
    store.withdraw(withdrawal(2), NOW).await.unwrap().unwrap();
    let before = store.pending().await.unwrap().before;
    store.withdraw(withdrawal(1), NOW).await.unwrap().unwrap();
    assert!(store.seal(&Checkpoint { withdrawn: 1, ..epoch(1, 2) }, before).await.unwrap());
    assert_eq!(store.member_removals(0, 10).await.unwrap(), [1]);
    let pending = store.pending().await.unwrap();
    assert_eq!(pending.removals.members, [0]);
    assert!(store.seal(&Checkpoint { withdrawn: 2, ..epoch(2, 2) }, pending.before).await.unwrap());
    assert_eq!(store.member_removals(0, 10).await.unwrap(), [1, 0], "the list is only appended to");
}
