//! Claims and recusals.

use aiq_audit::{FaultCode, sample::SampleLog};
use aiq_circuits::{
    Fr,
    credential::CredentialKind,
    identity::{Nullifier, OwnerTag},
    scope::Scope,
    statement::StatementId,
    tree::MembersRoot,
};
use aiq_verifier::{
    claim::{ClaimId, NewClaim},
    eligibility::Eligibility,
    log::Act,
    presentation::Presentation,
    standard::StandardId,
    verifying_key::KeyId,
};

use super::check_reviewed;
use crate::fixture::{again, at, change, fault, place, reviewed};

pub fn claim(log: &mut SampleLog, nth: usize, edit: impl FnOnce(&mut NewClaim)) -> Option<u64> {
    change(log, "claim", nth, |act| {
        let Act::Claim(new) = act else { panic!() };
        edit(new);
    })
}

/// The nth claim.
pub fn made(log: &SampleLog, nth: usize) -> NewClaim {
    let Act::Claim(new) = &log.entries[place(log, "claim", nth)].act else { panic!() };
    new.as_ref().clone()
}

fn requirement(log: &mut SampleLog, edit: fn(&mut u32, &mut u32)) -> Option<u64> {
    claim(log, 0, |it| {
        let Eligibility::Standing { requirement, .. } = &mut it.claim.eligibility else { panic!() };
        edit(&mut requirement.min_weight, &mut requirement.as_of);
    })
}

fn owner(log: &mut SampleLog, nth: usize, tag: OwnerTag) -> Option<u64> {
    claim(log, nth, |it| (it.claim.tag, it.presentation.tag) = (tag, tag))
}

const FRESH: u64 = 7;

#[test]
fn a_claim_is_valid_new_and_under_what_governs_then() {
    check_reviewed(&[
        (FaultCode::Claim, |log| claim(log, 0, |it| it.claim.title.clear())),
        (FaultCode::Claim, |log| claim(log, 0, |it| it.claim.evidence.clear())),
        (FaultCode::RepeatedClaim, |log| again(log, "claim", 0)),
        (FaultCode::StaleEpoch, |log| claim(log, 3, |it| it.claim.roots.epoch = 0)),
        (FaultCode::StaleEpoch, |log| claim(log, 0, |it| it.claim.roots.epoch = 9)),
        (FaultCode::StaleEpoch, |log| {
            claim(log, 0, |it| it.claim.roots.members_root = MembersRoot::new(Fr::from(7_u64)))
        }),
        (FaultCode::StaleEpoch, |log| {
            let old = made(log, 0).claim.roots;
            claim(log, 3, |it| it.claim.roots = old)
        }),
        (FaultCode::ClaimStandard, |log| claim(log, 0, |it| it.claim.standard = StandardId::new([1; 32]))),
        (FaultCode::ClaimStandard, |log| claim(log, 0, |it| it.claim.domain = "1.0.0.0".parse().unwrap())),
        (FaultCode::ClaimStandard, |log| claim(log, 0, |it| it.claim.kind = CredentialKind::new(2))),
        // The version before, which governs no more.
        (FaultCode::ClaimStandard, |log| {
            let old = made(log, 0).claim.standard;
            claim(log, 2, |it| it.claim.standard = old)
        }),
        (FaultCode::ClaimEligibility, |log| requirement(log, |weight, _| *weight -= 1)),
        (FaultCode::ClaimEligibility, |log| requirement(log, |_, as_of| *as_of += 1)),
        (FaultCode::ClaimKey, |log| claim(log, 0, |it| it.claim.key_id = KeyId::new([1; 32]))),
        (FaultCode::ClaimKey, |log| {
            let id = log.keys[0].id();
            claim(log, 0, |it| it.claim.key_id = id)
        }),
    ]);
}

#[test]
fn a_claim_is_a_members_for_a_tag_of_its_own_and_within_its_limit() {
    check_reviewed(&[
        (FaultCode::Presentation, |log| claim(log, 0, |it| it.presentation.statement = StatementId::Standing3)),
        (FaultCode::Presentation, |log| claim(log, 0, |it| it.ticket.key_id = KeyId::new([1; 32]))),
        (FaultCode::Presentation, |log| {
            log.keys.remove(0);
            Some(place(log, "claim", 0) as u64)
        }),
        // Row 21: a claim for somebody else's tag.
        (FaultCode::Presentation, |log| claim(log, 0, |it| it.claim.tag = OwnerTag::new(Fr::from(FRESH)))),
        (FaultCode::Limit, |log| claim(log, 0, |it| it.number = 2)),
        (FaultCode::RepeatedNullifier, |log| {
            let first = made(log, 0);
            claim(log, 1, |it| (it.number, it.ticket) = (first.number, first.ticket))
        }),
        // Row 21: a tag twice, be it a claim's, a founding credential's, a review's or a join's.
        (FaultCode::Tag, |log| {
            let tag = made(log, 0).claim.tag;
            owner(log, 1, tag)
        }),
        (FaultCode::Tag, |log| {
            let Act::Grant(credential) = log.entries[place(log, "grant", 0)].act else { panic!() };
            owner(log, 0, credential.tag)
        }),
        (FaultCode::Tag, |log| {
            let Act::Review { review, .. } = &log.entries[place(log, "review", 0)].act else { panic!() };
            let tag = review.presentation.tag;
            owner(log, 4, tag)
        }),
        (FaultCode::Tag, |log| {
            let Act::Join { join, .. } = &log.entries[place(log, "join", 0)].act else { panic!() };
            let tag = join.presentation.tag;
            owner(log, 4, tag)
        }),
        (FaultCode::Proof, |log| claim(log, 0, |it| it.claim.title = "Another".into())),
        (FaultCode::Proof, |log| claim(log, 0, |it| it.ticket.nullifier = Nullifier::new(Fr::from(7_u64)))),
        (FaultCode::Proof, |log| claim(log, 1, |it| it.presentation.nullifier = Nullifier::new(Fr::from(7_u64)))),
        (FaultCode::Proof, |log| owner(log, 1, OwnerTag::new(Fr::from(FRESH)))),
    ]);
}

#[test]
fn a_work_is_held_by_one_claim_and_a_renewal_is_the_owners() {
    check_reviewed(&[
        // Another version is the same work.
        (FaultCode::Work, |log| claim(log, 1, |it| it.claim.evidence = vec!["arxiv:2401.01234v7".parse().unwrap()])),
        (FaultCode::Work, |log| {
            let taken = made(log, 0).claim.evidence;
            claim(log, 2, |it| it.claim.evidence.extend(taken))
        }),
        // Accepted, and no renewal.
        (FaultCode::Work, |log| {
            owner(log, 3, OwnerTag::new(Fr::from(FRESH)));
            claim(log, 3, |it| it.claim.renews = None)
        }),
        // Accepted by a dispute.
        (FaultCode::Work, |log| {
            let overturned = made(log, 1).claim.evidence;
            claim(log, 4, |it| it.claim.evidence = overturned)
        }),
        // What expired is free: only the proof does not hold for it.
        (FaultCode::Proof, |log| {
            let expired = made(log, 2).claim.evidence;
            claim(log, 4, |it| it.claim.evidence = expired)
        }),
        (FaultCode::Renewal, |log| claim(log, 3, |it| it.claim.renews = Some(ClaimId::new([1; 32])))),
        (FaultCode::Renewal, |log| {
            let rejected = made(log, 1).claim.id();
            claim(log, 3, |it| it.claim.renews = Some(rejected))
        }),
        (FaultCode::Renewal, |log| {
            let renewed = made(log, 0).claim.id();
            claim(log, 4, |it| it.claim.renews = Some(renewed))
        }),
        (FaultCode::Renewal, |log| claim(log, 3, |it| it.claim.domain = "1.7.1.0".parse().unwrap())),
        (FaultCode::Renewal, |log| owner(log, 3, OwnerTag::new(Fr::from(FRESH)))),
        (FaultCode::Tag, |log| claim(log, 3, |it| it.claim.renews = None)),
    ]);
}

/// What a dispute rejects holds no work: while it was rejected, another could have claimed it.
#[test]
fn what_is_rejected_is_free_until_it_is_overturned() {
    let mut log = reviewed();
    let taken = made(&log, 1).claim.evidence;
    let index = claim(&mut log, 3, |it| it.claim.evidence = taken);
    assert_eq!(fault(&log.bundle()), Some((index, FaultCode::Proof)));
}

fn recusal(log: &mut SampleLog, edit: impl FnOnce(&mut Scope, &mut Presentation)) -> Option<u64> {
    change(log, "recusal", 0, |act| {
        let Act::Recusal { scope, presentation } = act else { panic!() };
        edit(scope, presentation);
    })
}

#[test]
fn a_recusal_is_of_an_open_claim_by_someone_who_has_not_acted_on_it() {
    check_reviewed(&[
        (FaultCode::UnknownClaim, |log| recusal(log, |scope, _| *scope = Scope::new(Fr::from(7_u64)))),
        (FaultCode::OutsideTimes, |log| at(log, "recusal", 0, |at| at - 11)),
        (FaultCode::OutsideTimes, |log| at(log, "recusal", 0, |at| at + 990)),
        (FaultCode::Presentation, |log| recusal(log, |_, it| it.statement = StatementId::Standing3)),
        (FaultCode::Presentation, |log| recusal(log, |_, it| it.key_id = KeyId::new([1; 32]))),
        (FaultCode::RepeatedNullifier, |log| again(log, "recusal", 0)),
        (FaultCode::RepeatedNullifier, |log| {
            let own = made(log, 0).presentation;
            recusal(log, |_, it| *it = own)
        }),
        (FaultCode::Proof, |log| recusal(log, |_, it| it.nullifier = Nullifier::new(Fr::from(7_u64)))),
    ]);
}
