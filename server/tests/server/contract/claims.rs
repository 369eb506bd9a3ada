//! ATTACKS 21, as far as no proof is needed to try it.

use std::sync::Arc;

use aiq_server::store::{Accepted, ClaimFilter, ClaimRefusal, ClaimState, Logged, RenewalFault, Store};
use aiq_verifier::{
    claim::{ClaimId, NewClaim},
    log::{Act, RevokedBy},
    review::{RulingOutcome, Verdict},
    standard::Standard,
};

use super::{
    epoch,
    log::acts,
    reviews::{rule, send_to},
    standards::{governed, set},
};
use crate::samples::{NOW, claim, deployment, standard, tag};

pub async fn open(store: &dyn Store, new: &NewClaim) -> Result<Accepted<Logged>, ClaimRefusal> {
    store.open_claim(new, NOW).await.unwrap()
}

/// Opens a claim and has it decided by two reviews with this verdict; by none if it abstains.
async fn decided(store: &dyn Store, new: &NewClaim, verdict: Verdict, reviewers: [u64; 2]) -> ClaimId {
    let id = new.claim.id();
    assert!(matches!(open(store, new).await, Ok(Accepted::New(_))));
    for number in reviewers {
        send_to(store, &id, number, verdict, NOW + 1).await.unwrap();
    }
    rule(store, &id).await;
    id
}

pub async fn a_claim_is_opened_once(stores: &[Arc<dyn Store>]) {
    let [one, other] = [&*stores[0], &*stores[1]];
    governed(one).await;
    let new = claim(1, 1);
    let first = open(one, &new).await.unwrap().into_inner();
    assert_eq!(other.open_claim(&new, NOW + 500).await.unwrap(), Ok(Accepted::Repeated(first)));
    let record = other.claim(&new.claim.id()).await.unwrap().unwrap();
    assert_eq!((record.claim, record.logged, record.closes_at), (new.claim, first, NOW + 100));
    assert_eq!((record.state, record.standard, record.ruling), (ClaimState::Open, standard(), None));
    assert_eq!(other.claim(&claim(2, 1).claim.id()).await.unwrap(), None);
}

pub async fn an_epoch_or_a_standard_that_is_gone_is_refused(stores: &[Arc<dyn Store>]) {
    let store = &*stores[0];
    governed(store).await;
    let new = claim(1, 1);
    let next = Standard { version: 2, ..standard() };
    set(store, &next).await.unwrap();
    assert_eq!(open(store, &new).await, Err(ClaimRefusal::OtherStandard(Some(next.id()))));
    let mut by_the_next = new;
    by_the_next.claim.standard = next.id();
    let (size, sealed) = (store.log_size().await.unwrap(), epoch(1, 2));
    assert!(store.seal(&sealed, size).await.unwrap());
    assert_eq!(open(store, &by_the_next).await, Err(ClaimRefusal::StaleEpoch(1)));
    by_the_next.claim.roots.epoch = 1;
    assert!(matches!(open(store, &by_the_next).await, Ok(Accepted::New(_))));
}

pub async fn a_work_is_held_by_one_claim(stores: &[Arc<dyn Store>]) {
    let store = &*stores[0];
    governed(store).await;
    let first = claim(1, 1);
    open(store, &first).await.unwrap();
    // By another member; in another spelling, beside a work of its own.
    let taken = Err(ClaimRefusal::WorkTaken(first.claim.id()));
    assert_eq!(open(store, &claim(1, 2)).await, taken);
    let mut spelled = claim(2, 2);
    spelled.claim.evidence.push("arxiv:2401.00001v3".parse().unwrap());
    assert_eq!(open(store, &spelled).await, taken);
    assert!(matches!(open(store, &claim(2, 2)).await, Ok(Accepted::New(_))), "a refused claim uses nothing");
    // Accepted it goes on holding; rejected or expired it holds nothing, or a thief could lock the author out.
    for number in [11, 12] {
        send_to(store, &first.claim.id(), number, Verdict::Accept, NOW + 1).await.unwrap();
    }
    rule(store, &first.claim.id()).await;
    assert_eq!(open(store, &claim(1, 3)).await, taken);
    let second = claim(2, 2).claim.id();
    for number in [13, 14] {
        send_to(store, &second, number, Verdict::Reject, NOW + 1).await.unwrap();
    }
    rule(store, &second).await;
    let again = decided(store, &claim(2, 3), Verdict::Abstain, [15, 16]).await;
    assert_eq!(store.claim(&again).await.unwrap().unwrap().state, ClaimState::Expired);
    assert!(matches!(open(store, &claim(2, 4)).await, Ok(Accepted::New(_))));
}

pub async fn tags_and_tickets_are_used_once(stores: &[Arc<dyn Store>]) {
    let store = &*stores[0];
    governed(store).await;
    let first = claim(1, 1);
    open(store, &first).await.unwrap();
    // The same member's second claim under the same number; under the next it is taken.
    let mut second = claim(2, 1);
    second.claim.tag = tag(2);
    assert_eq!(open(store, &second).await, Err(ClaimRefusal::TicketUsed));
    second.number = 1;
    second.claim.tag = first.claim.tag;
    assert_eq!(open(store, &second).await, Err(ClaimRefusal::TagUsed));
    second.claim.tag = tag(2);
    assert!(matches!(open(store, &second).await, Ok(Accepted::New(_))));
    // The tag of a review is as used as that of a claim.
    send_to(store, &first.claim.id(), 20, Verdict::Accept, NOW).await.unwrap();
    let mut third = claim(3, 3);
    third.claim.tag = tag(1020);
    assert_eq!(open(store, &third).await, Err(ClaimRefusal::TagUsed));
}

pub async fn a_renewal_holds_what_it_renews(stores: &[Arc<dyn Store>]) {
    let store = &*stores[0];
    governed(store).await;
    let old = claim(1, 1);
    let renewal = |member: u64| {
        let mut new = claim(1, member);
        new.claim.renews = Some(old.claim.id());
        new.claim.tag = old.claim.tag;
        new
    };
    let refused = |fault| Err(ClaimRefusal::Renewal(fault));
    assert_eq!(open(store, &renewal(2)).await, refused(RenewalFault::Unknown));
    open(store, &old).await.unwrap();
    assert_eq!(open(store, &renewal(2)).await, refused(RenewalFault::NotAccepted));
    for number in [11, 12] {
        send_to(store, &old.claim.id(), number, Verdict::Accept, NOW + 1).await.unwrap();
    }
    rule(store, &old.claim.id()).await;
    let mut stranger = renewal(2);
    stranger.claim.tag = tag(2);
    assert_eq!(open(store, &stranger).await, refused(RenewalFault::Tag));
    let mut moved = renewal(2);
    moved.claim.domain = "1.5.0.0".parse().unwrap();
    assert_eq!(open(store, &moved).await, refused(RenewalFault::Domain));
    // It may hold more than the old one, but nothing of others; and while it is open there is no second renewal.
    open(store, &claim(2, 3)).await.unwrap();
    let mut greedy = renewal(2);
    greedy.claim.evidence.push("arxiv:2401.00002".parse().unwrap());
    assert_eq!(open(store, &greedy).await, Err(ClaimRefusal::WorkTaken(claim(2, 3).claim.id())));
    assert!(matches!(open(store, &renewal(2)).await, Ok(Accepted::New(_))));
    let mut second = renewal(4);
    second.claim.title = "Again".into();
    assert_eq!(open(store, &second).await, Err(ClaimRefusal::WorkTaken(renewal(2).claim.id())));
}

pub async fn claims_are_listed_by_state_and_domain(stores: &[Arc<dyn Store>]) {
    let store = &*stores[0];
    governed(store).await;
    let accepted = decided(store, &claim(1, 1), Verdict::Accept, [11, 12]).await;
    let rejected = decided(store, &claim(2, 2), Verdict::Reject, [13, 14]).await;
    let mut elsewhere = claim(3, 3);
    elsewhere.claim.domain = "1.5.2.0".parse().unwrap();
    open(store, &elsewhere).await.unwrap();
    let list = async |state: Option<ClaimState>, domain: Option<&str>, after| {
        let filter = ClaimFilter { state, domain: domain.map(|domain| domain.parse().unwrap()) };
        let records = store.claims(filter, after, 10).await.unwrap();
        records.into_iter().map(|record| record.claim.id()).collect::<Vec<_>>()
    };
    let mut all = [accepted, rejected, elsewhere.claim.id()];
    all.sort_unstable();
    assert_eq!(list(None, None, None).await, all);
    assert_eq!(list(None, Some("any"), Some(all[0])).await, all[1..]);
    assert_eq!(list(Some(ClaimState::Accepted), None, None).await, [accepted]);
    assert_eq!(list(Some(ClaimState::Rejected), Some("1.4"), None).await, [rejected]);
    assert_eq!(list(None, Some("1.5"), None).await, [elsewhere.claim.id()]);
    assert_eq!(list(Some(ClaimState::Revoked), None, None).await, []);
    let ruling = store.claim(&accepted).await.unwrap().unwrap().ruling.unwrap();
    assert_eq!((ruling.0.outcome, ruling.1.at), (RulingOutcome::Accepted, NOW + 100));
}

pub async fn an_accepted_renewal_revokes_what_it_renews(stores: &[Arc<dyn Store>]) {
    let store = &*stores[0];
    governed(store).await;
    let old = decided(store, &claim(1, 1), Verdict::Accept, [11, 12]).await;
    let mut renewal = claim(1, 2);
    (renewal.claim.renews, renewal.claim.tag) = (Some(old), claim(1, 1).claim.tag);
    let state = async |id| store.claim(&id).await.unwrap().unwrap().state;
    // Rejected it changes nothing; it is made again.
    decided(store, &renewal, Verdict::Reject, [13, 14]).await;
    assert_eq!(state(old).await, ClaimState::Accepted);
    (renewal.claim.title, renewal.number) = ("On attention, again".into(), 1);
    let new = decided(store, &renewal, Verdict::Accept, [15, 16]).await;
    assert_eq!((state(old).await, state(new).await), (ClaimState::Revoked, ClaimState::Accepted));
    let last = Act::Revocation { id: old.credential(), because: RevokedBy::Renewal(new) };
    assert_eq!(acts(store).await.last(), Some(&last), "behind everything that the ruling grants");
    // The revoked one is renewed no more, and its work is held by the new one.
    renewal.claim.title = "A third time".into();
    renewal.number = 2;
    assert_eq!(open(store, &renewal).await, Err(ClaimRefusal::Renewal(RenewalFault::NotAccepted)));
    assert_eq!(open(store, &claim(1, 3)).await, Err(ClaimRefusal::WorkTaken(new)));
}

pub async fn a_revoked_claim_holds_nothing(stores: &[Arc<dyn Store>]) {
    let store = &*stores[0];
    governed(store).await;
    let id = decided(store, &claim(1, 1), Verdict::Accept, [11, 12]).await;
    let mut renewal = claim(1, 2);
    (renewal.claim.renews, renewal.claim.tag) = (Some(id), claim(1, 1).claim.tag);
    open(store, &renewal).await.unwrap();
    let because = RevokedBy::Poll(claim(9, 9).claim.scope(&deployment()));
    store.revoke(id.credential(), because, NOW + 1).await.unwrap().unwrap();
    assert_eq!(store.claim(&id).await.unwrap().unwrap().state, ClaimState::Revoked);
    assert_eq!(open(store, &claim(1, 3)).await, Err(ClaimRefusal::WorkTaken(renewal.claim.id())), "the renewal does");
    // The renewal that was open then is ruled on as any claim; there is nothing left to revoke.
    for number in [13, 14] {
        send_to(store, &renewal.claim.id(), number, Verdict::Accept, NOW + 1).await.unwrap();
    }
    rule(store, &renewal.claim.id()).await;
    assert!(matches!(acts(store).await.last(), Some(Act::Grant(_))));
    assert_eq!(store.claim(&renewal.claim.id()).await.unwrap().unwrap().state, ClaimState::Accepted);
    store.revoke(renewal.claim.id().credential(), because, NOW + 200).await.unwrap().unwrap();
    assert!(matches!(open(store, &claim(1, 3)).await, Ok(Accepted::New(_))));
}
