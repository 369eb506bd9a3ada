//! Disputes, and what their polls bring about.

use std::sync::Arc;

use aiq_circuits::scope::Scope;
use aiq_server::store::{Accepted, ClaimState, DisputeRefusal, Enacted, Logged, Origin, Store};
use aiq_verifier::{
    claim::{ClaimId, NewClaim},
    dispute::{Dispute, dispute_poll},
    log::{Act, RevokedBy},
    poll::{Choice, PollDefinition, PollId, SignedTally, Tally},
    review::Verdict,
    verifying_key::KeyId,
};

use super::{
    claims::open,
    epoch,
    log::acts,
    reviews::{rule, send_to},
    standards::governed,
};
use crate::samples::{NOW, ballot, claim, deployment, join, presentation, signer, standard};

/// When disputes are made: after the ruling on a claim that was opened at [`NOW`].
pub const LATER: u32 = NOW + 100;
/// When their polls close.
pub const CLOSE: u32 = LATER + 100;

/// Opens claim `work` of member `member` and has it decided with these verdicts.
pub async fn decided(store: &dyn Store, new: &NewClaim, reviews: &[(u64, Verdict)]) -> ClaimId {
    open(store, new).await.unwrap();
    let id = new.claim.id();
    for (number, verdict) in reviews {
        send_to(store, &id, *number, *verdict, NOW + 1).await.unwrap();
    }
    rule(store, &id).await;
    id
}

/// The dispute of a claim by nullifier `number` under epoch 0, and its poll, number `poll`.
pub fn challenge(id: ClaimId, number: u64, poll: u8, reasons: &str) -> (Dispute, PollDefinition) {
    let presentation = presentation(number, KeyId::new([3; 32]));
    let dispute = Dispute { epoch: 0, reasons: reasons.into(), presentation };
    let sample = claim(1, 1).claim;
    let (eligibility, roots, key_id) = (sample.eligibility, sample.roots, sample.key_id);
    let poll = dispute_poll(PollId::new([poll; 16]), id, &standard(), eligibility, roots, key_id, LATER);
    (dispute, poll)
}

pub async fn dispute(
    store: &dyn Store,
    id: ClaimId,
    number: u64,
    poll: u8,
    reasons: &str,
) -> Result<Accepted<Logged>, DisputeRefusal> {
    let (dispute, poll) = challenge(id, number, poll, reasons);
    store.dispute(&id, &dispute, &poll).await.unwrap()
}

/// Has nullifiers 1 and 2 decide a poll, and keeps the tally.
pub async fn settle(store: &dyn Store, poll: &PollDefinition, option: u8) -> Scope {
    let scope = poll.scope(&deployment());
    for (number, key) in [(1, 1), (2, 2)] {
        store.join(&poll.id, &join(number, key), LATER).await.unwrap().unwrap();
        store
            .vote(&poll.id, &ballot(scope, number, key, 0, &Choice::Option(option)), None, LATER)
            .await
            .unwrap()
            .unwrap();
    }
    let closed = store.close_poll(&poll.id, CLOSE).await.unwrap().unwrap();
    let tally = Tally::count(poll, &scope, closed.joined, &closed.ballots).unwrap();
    store.keep_tally(&poll.id, &SignedTally::sign(&signer(250), scope, tally), CLOSE).await.unwrap();
    scope
}

async fn state(store: &dyn Store, id: &ClaimId) -> (ClaimState, Option<PollId>) {
    let record = store.claim(id).await.unwrap().unwrap();
    (record.state, record.dispute)
}

/// The last acts of the log: the tally, and `count` behind it.
async fn behind_the_tally(store: &dyn Store, count: usize) -> Vec<Act> {
    let mut acts = acts(store).await;
    let mut last = acts.split_off(acts.len() - count - 1);
    assert!(matches!(last.remove(0), Act::Tally(_)), "{last:?}");
    last
}

const ACCEPT: [(u64, Verdict); 2] = [(11, Verdict::Accept), (12, Verdict::Accept)];
const REJECT: [(u64, Verdict); 2] = [(13, Verdict::Reject), (14, Verdict::Reject)];

pub async fn a_decided_claim_has_one_dispute_at_a_time(stores: &[Arc<dyn Store>]) {
    let [one, other] = [&*stores[0], &*stores[1]];
    governed(one).await;
    open(one, &claim(1, 1)).await.unwrap();
    let id = claim(1, 1).claim.id();
    assert_eq!(dispute(one, id, 20, 1, "Wrong.").await, Err(DisputeRefusal::State(ClaimState::Open)));
    let expired = decided(one, &claim(2, 2), &[]).await;
    assert_eq!(dispute(one, expired, 21, 2, "Wrong.").await, Err(DisputeRefusal::State(ClaimState::Expired)));
    let unknown = claim(9, 9).claim.id();
    assert_eq!(dispute(one, unknown, 20, 1, "Wrong.").await, Err(DisputeRefusal::UnknownClaim));
    for (number, verdict) in ACCEPT {
        send_to(one, &id, number, verdict, NOW + 1).await.unwrap();
    }
    rule(one, &id).await;

    let first = dispute(one, id, 20, 1, "Wrong.").await.unwrap().into_inner();
    let poll = challenge(id, 20, 1, "Wrong.").1;
    assert_eq!(state(other, &id).await, (ClaimState::Accepted, Some(poll.id)));
    let record = other.poll(&poll.id).await.unwrap().unwrap();
    assert_eq!((record.definition, record.logged), (poll.clone(), first));
    let Origin::Dispute(disputed) = record.origin else { panic!("{:?}", record.origin) };
    assert_eq!((disputed.claim, disputed.dispute.reasons.as_str()), (id, "Wrong."));
    // Whatever poll comes with it the second time: the first one decides.
    assert_eq!(dispute(other, id, 20, 9, "Wrong.").await, Ok(Accepted::Repeated(first)));
    assert_eq!(dispute(other, id, 20, 9, "Quite wrong.").await, Err(DisputeRefusal::NullifierUsed));
    assert_eq!(dispute(other, id, 22, 9, "Wrong.").await, Err(DisputeRefusal::Disputed(poll.id)));
    assert_eq!(other.poll_of_dispute(&presentation(20, poll.key_id).nullifier).await.unwrap(), Some(poll.id));

    settle(one, &poll, 0).await;
    assert_eq!(behind_the_tally(other, 0).await, []);
    assert_eq!(state(other, &id).await, (ClaimState::Accepted, None));
    assert_eq!(other.poll(&poll.id).await.unwrap().unwrap().enacted, None, "dismissed");
    assert!(matches!(dispute(other, id, 22, 9, "Still wrong.").await, Ok(Accepted::New(_))));
}

pub async fn an_epoch_that_is_gone_disputes_nothing(stores: &[Arc<dyn Store>]) {
    let [one, other] = [&*stores[0], &*stores[1]];
    governed(one).await;
    let id = decided(one, &claim(1, 1), &REJECT).await;
    let first = dispute(one, id, 20, 1, "Wrong.").await.unwrap().into_inner();
    settle(one, &challenge(id, 20, 1, "Wrong.").1, 0).await;
    let mut checkpoint = epoch(1, 2);
    checkpoint.credentials = 2;
    let before = one.pending().await.unwrap().before;
    assert!(one.seal(&checkpoint, before).await.unwrap(), "two rewards");
    assert_eq!(dispute(other, id, 21, 2, "Wrong.").await, Err(DisputeRefusal::StaleEpoch(1)));
    assert_eq!(dispute(other, id, 20, 2, "Wrong.").await, Ok(Accepted::Repeated(first)));
}

pub async fn an_overturned_acceptance_is_revoked(stores: &[Arc<dyn Store>]) {
    let [one, other] = [&*stores[0], &*stores[1]];
    governed(one).await;
    let id = decided(one, &claim(1, 1), &ACCEPT).await;
    dispute(one, id, 20, 1, "Copied.").await.unwrap();
    let poll = challenge(id, 20, 1, "Copied.").1;
    let scope = settle(one, &poll, 1).await;
    let revocation = Act::Revocation { id: id.credential(), because: RevokedBy::Poll(scope) };
    assert_eq!(behind_the_tally(other, 1).await, [revocation]);
    assert_eq!(state(other, &id).await, (ClaimState::Revoked, None));
    assert_eq!(other.poll(&poll.id).await.unwrap().unwrap().enacted, Some(Enacted::Revoked));
    assert_eq!(dispute(other, id, 21, 2, "Not so.").await, Err(DisputeRefusal::State(ClaimState::Revoked)));
    // The work is free: its author comes.
    assert!(matches!(open(other, &claim(1, 5)).await, Ok(Accepted::New(_))));
}

pub async fn an_overturned_rejection_is_granted_as_of_the_tally(stores: &[Arc<dyn Store>]) {
    let [one, other] = [&*stores[0], &*stores[1]];
    governed(one).await;
    let id = decided(one, &claim(1, 1), &REJECT).await;
    dispute(one, id, 20, 1, "It is sound.").await.unwrap();
    let poll = challenge(id, 20, 1, "It is sound.").1;
    settle(one, &poll, 1).await;
    let credential = claim(1, 1).claim.credential(&standard(), CLOSE).unwrap();
    assert_eq!(behind_the_tally(other, 1).await, [Act::Grant(credential)]);
    assert_eq!(state(other, &id).await, (ClaimState::Accepted, None));
    assert_eq!(other.poll(&poll.id).await.unwrap().unwrap().enacted, Some(Enacted::Granted));
    assert!(other.pending().await.unwrap().leaves.credentials.contains(&credential));
    assert!(open(other, &claim(1, 5)).await.is_err(), "the work is held again");
    // What was accepted by a dispute can be disputed.
    dispute(other, id, 21, 2, "It is not.").await.unwrap();
    let again = challenge(id, 21, 2, "It is not.").1;
    let scope = settle(other, &again, 1).await;
    let revocation = Act::Revocation { id: id.credential(), because: RevokedBy::Poll(scope) };
    assert_eq!(behind_the_tally(one, 1).await, [revocation]);
    assert_eq!(state(one, &id).await, (ClaimState::Revoked, None));
}

pub async fn a_work_that_another_claim_holds_by_then_counts_once(stores: &[Arc<dyn Store>]) {
    let [one, other] = [&*stores[0], &*stores[1]];
    governed(one).await;
    let id = decided(one, &claim(1, 1), &REJECT).await;
    dispute(one, id, 20, 1, "It is sound.").await.unwrap();
    let poll = challenge(id, 20, 1, "It is sound.").1;
    open(one, &claim(1, 5)).await.unwrap();
    settle(one, &poll, 1).await;
    assert_eq!(behind_the_tally(other, 0).await, []);
    assert_eq!(state(other, &id).await, (ClaimState::Rejected, None));
    assert_eq!(other.poll(&poll.id).await.unwrap().unwrap().enacted, Some(Enacted::Nothing));
}

pub async fn an_overturned_rejection_of_a_renewal_revokes_what_it_renews(stores: &[Arc<dyn Store>]) {
    let [one, other] = [&*stores[0], &*stores[1]];
    governed(one).await;
    let old = decided(one, &claim(1, 1), &ACCEPT).await;
    let mut renewal = claim(1, 2);
    renewal.claim.renews = Some(old);
    renewal.claim.tag = claim(1, 1).claim.tag;
    let id = decided(one, &renewal, &REJECT).await;
    dispute(one, id, 20, 1, "It is sound.").await.unwrap();
    settle(one, &challenge(id, 20, 1, "It is sound.").1, 1).await;
    let credential = renewal.claim.credential(&standard(), CLOSE).unwrap();
    let revocation = Act::Revocation { id: old.credential(), because: RevokedBy::Renewal(id) };
    assert_eq!(behind_the_tally(other, 2).await, [Act::Grant(credential), revocation]);
    assert_eq!(state(other, &id).await, (ClaimState::Accepted, None));
    assert_eq!(state(other, &old).await, (ClaimState::Revoked, None));
}
