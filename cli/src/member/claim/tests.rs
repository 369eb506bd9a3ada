#![allow(clippy::unwrap_used)]

use aiq_circuits::credential::Credential;
use aiq_server::api::Code;
use aiq_verifier::claim::ClaimError;
use aiq_verifier::presentation::Presentation;
use aiq_verifier::proof::Proof;

use super::*;
use crate::fake::Fake;
use crate::fake::peers::{credential, standard};
use crate::member::GAP_LIMIT;
use crate::progress::Silent;
use crate::sync::TileCache;
use crate::wallet::Wallet;
use crate::wallet::acts::Used;

/// A member of a fake service, with what it needs to act.
pub struct Scene {
    pub fake: Fake,
    pub member: Member,
    pub ledger: Ledger,
    pub provers: Provers,
    _keys: tempfile::TempDir,
}

/// A presentation by a member; nobody here looks at its proof, which is any three points.
pub fn presentation(member: &Member, scope: &Scope, tag: u64) -> Presentation {
    let key = aiq_keys::public_seed_verifying_key(StatementId::Membership).unwrap();
    let points = key.to_bytes();
    let proof = Proof::from_bytes(&[&points[..96], &points[..32]].concat()).unwrap();
    let (nullifier, tag) = (member.identity.nullifier(scope), member.identity.tag(tag));
    Presentation { statement: StatementId::Membership, key_id: key.id(), nullifier, tag, proof }
}

/// A claim as a member sends it, without proofs.
pub fn unproved(member: &Member, plan: &ClaimPlan) -> NewClaim {
    let scope = plan.claim.scope(member.deployment_id());
    let claim = plan.claim.clone();
    let (ours, ticket) = (presentation(member, &scope, plan.tag), presentation(member, &scope, 1_000));
    NewClaim { claim, presentation: ours, number: plan.number, ticket }
}

impl Scene {
    /// A member whose credentials have these weights.
    pub fn with(weights: &[u16]) -> Self {
        let wallet = Wallet::in_memory();
        let identity = wallet.identity(&crate::fake::id());
        let credentials: Vec<Credential> = (0..)
            .zip(weights)
            .map(|(number, weight)| credential(identity.tag(number.into()), number, CredentialKind::new(1), *weight))
            .collect();
        let fake = Fake::with_peers(&[identity.commitment()], &credentials);
        Self::of(fake, wallet)
    }

    pub fn of(fake: Fake, wallet: Wallet) -> Self {
        let mut member = Member::connect(wallet, fake.client(), None).unwrap();
        let ledger = member.sync(&TileCache::none(), &Silent).unwrap();
        let keys = tempfile::tempdir().unwrap();
        let digest = member.info().genesis.manifest_digest;
        let provers = Provers::new(keys.path().to_owned(), digest, aiq_prover::engine::EngineOptions::default());
        Self { fake, member, ledger, provers, _keys: keys }
    }

    pub fn plan(&mut self, draft: &ClaimDraft) -> Result<ClaimPlan, MemberError> {
        self.member.plan_claim(&self.ledger, &self.provers, draft, &Silent)
    }
}

pub fn draft(evidence: &str) -> ClaimDraft {
    ClaimDraft {
        domain: "1.9.1.0".parse().unwrap(),
        kind: "publication".into(),
        title: "On circuits".into(),
        summary: String::new(),
        evidence: vec![evidence.parse().unwrap()],
        renews: None,
    }
}

fn refusal<T: std::fmt::Debug>(outcome: Result<T, MemberError>) -> Refusal {
    match outcome {
        Err(MemberError::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_the_standard_does_not_allow_is_refused_before_anything_is_sent() {
    let mut scene = Scene::with(&[4]);
    let good = draft("doi:10.1/a");
    let plan = scene.plan(&good).unwrap();
    assert_eq!((plan.tag, plan.number, plan.claim.roots.epoch), (1, 0, 1));
    let known = vec!["'Publication' (1)".to_owned(), "'Software' (2)".to_owned()];
    let other = ClaimDraft { kind: "Patent".into(), ..good.clone() };
    assert_eq!(refusal(scene.plan(&other)), Refusal::UnknownKind { kind: "Patent".into(), known });
    let elsewhere = ClaimDraft { domain: "2.0.0.0".parse().unwrap(), ..good.clone() };
    assert_eq!(refusal(scene.plan(&elsewhere)), Refusal::NoStandard("2.0.0.0".into()));
    let twice = ClaimDraft { evidence: vec!["doi:10.1/a".parse().unwrap(); 2], ..good.clone() };
    assert_eq!(refusal(scene.plan(&twice)), Refusal::Claim(ClaimError::RepeatedEvidence(2)));
    let not_mine = ClaimDraft { renews: Some(ClaimId::new([7; 32])), ..good };
    assert!(scene.plan(&not_mine).is_err());
    assert_eq!(scene.fake.shown().sent, 0);
}

#[test]
fn a_wallet_that_is_no_member_claims_nothing() {
    let mut scene = Scene::of(Fake::with_peers(&[], &[]), Wallet::in_memory());
    assert!(matches!(scene.plan(&draft("doi:10.1/a")), Err(MemberError::NotAMember { epoch: 1, .. })));
}

#[test]
fn a_claim_is_written_down_goes_out_again_as_it_was_and_holds_its_work_and_number() {
    let mut scene = Scene::with(&[4]);
    let plan = scene.plan(&draft("arxiv:2401.01234v1")).unwrap();
    let new = unproved(&scene.member, &plan);
    scene.member.write_claim(&new, plan.tag).unwrap();
    assert_eq!(scene.member.known().acts.used, Some(Used { tags: 2, ..Used::default() }));
    // The answer was lost: the same draft sends the same claim, and gets the first receipt.
    let first = scene.fake.open(&new);
    let (ledger, provers) = (&scene.ledger, &scene.provers);
    let again = scene.member.claim(ledger, provers, &draft("arxiv:2401.01234v1"), &Silent).unwrap();
    assert_eq!((again.view.clone(), again.proving), (first.clone(), None));
    let receipt = scene.member.known().acts.claims[&first.id].receipt.clone().unwrap();
    scene.member.follow_log(&TileCache::none(), &Silent).unwrap();
    assert!(scene.member.known().log.has(&receipt));
    // Another version of the same paper is the same work.
    let taken = refusal(scene.plan(&draft("arxiv:2401.01234v2")));
    let evidence = "arxiv:2401.01234v2".parse().unwrap();
    assert_eq!(taken, Refusal::WorkTaken { evidence, claim: first.id, state: ClaimState::Open });
    // The next claim has the next number and the next tag; a third is one too many.
    let second = scene.plan(&draft("doi:10.1/b")).unwrap();
    assert_eq!((second.tag, second.number), (2, 1));
    let second_claim = unproved(&scene.member, &second);
    scene.member.write_claim(&second_claim, second.tag).unwrap();
    let too_many = refusal(scene.plan(&draft("doi:10.1/c")));
    assert_eq!(too_many, Refusal::TooManyClaims { allowed: 2, epoch: 1 });
}

#[test]
fn a_refused_claim_is_forgotten_but_its_tag_is_not_used_again() {
    let mut scene = Scene::with(&[4]);
    let plan = scene.plan(&draft("doi:10.1/a")).unwrap();
    let new = unproved(&scene.member, &plan);
    scene.member.write_claim(&new, plan.tag).unwrap();
    scene.fake.shown().refuses = Some(Code::StaleEpoch);
    assert!(
        matches!(scene.member.send_claim(&new), Err(MemberError::Client(error)) if error.code() == Some("stale_epoch"))
    );
    scene.fake.shown().refuses = None;
    assert!(scene.member.known().acts.claims.is_empty());
    assert_eq!(scene.plan(&draft("doi:10.1/a")).unwrap().tag, 2);
    // Another copy of this wallet has used the tag: the log is to be read again.
    scene.member.write_claim(&new, plan.tag).unwrap();
    scene.fake.shown().refuses = Some(Code::TagUsed);
    assert!(scene.member.send_claim(&new).is_err());
    assert_eq!(scene.member.known().acts.used, None);
}

#[test]
fn a_restored_wallet_finds_every_tag_that_was_sent() {
    let wallet = Wallet::in_memory();
    let seed = wallet.seed().clone();
    let identity = wallet.identity(&crate::fake::id());
    let fake = Fake::with_peers(&[identity.commitment()], &[]);
    let mut scene = Scene::of(fake, wallet);
    // More claims than the gap limit that came to nothing, or wait: none of their tags has a leaf.
    let last = GAP_LIMIT + 10;
    for number in (5..=last).step_by(20) {
        let mut plan = scene.plan(&draft(&format!("doi:10.1/{number}"))).unwrap();
        (plan.tag, plan.claim.tag) = (number, identity.tag(number));
        scene.fake.open(&unproved(&scene.member, &plan));
    }
    let sent = (5..=last).step_by(20).last().unwrap();
    let restored = Scene::of(scene.fake.clone(), Wallet::with_seed(seed));
    assert_eq!(restored.member.sent_tags(), sent + 1);
    assert!(restored.fake.shown().claims.iter().all(|view| restored.member.is_own(view)));
    let stranger = Scene::of(scene.fake.clone(), Wallet::in_memory());
    assert!(!stranger.fake.shown().claims.iter().any(|view| stranger.member.is_own(view)));
}

#[test]
fn only_an_accepted_claim_of_ones_own_is_renewed_with_its_tag() {
    let mut scene = Scene::with(&[4]);
    let plan = scene.plan(&draft("doi:10.1/a")).unwrap();
    let new = unproved(&scene.member, &plan);
    scene.member.write_claim(&new, plan.tag).unwrap();
    let old = scene.member.send_claim(&new).unwrap().id;
    let renewal = ClaimDraft { renews: Some(old), ..draft("doi:10.1/a") };
    assert_eq!(refusal(scene.plan(&renewal)), Refusal::NotAccepted { claim: old, state: ClaimState::Open });
    scene.fake.shown().claims[0].state = ClaimState::Accepted;
    let plan = scene.plan(&renewal).unwrap();
    assert_eq!((plan.claim.tag, plan.claim.renews), (new.claim.tag, Some(old)));
    let elsewhere = ClaimDraft { domain: "1.9.2.0".parse().unwrap(), ..renewal.clone() };
    assert_eq!(refusal(scene.plan(&elsewhere)), Refusal::OtherDomain(old));
    let mut stranger = Scene::of(scene.fake.clone(), Wallet::in_memory());
    assert!(stranger.plan(&renewal).is_err());
    // Whoever has only the words finds out from everybody's claims which one is behind a credential.
    let behind = stranger.member.claims_behind(&[old.credential()]).unwrap();
    assert_eq!(behind.get(&old.credential()), Some(&old));
}

#[test]
fn a_claim_that_is_shown_otherwise_than_it_is_is_not_believed() {
    let mut scene = Scene::with(&[4]);
    let plan = scene.plan(&draft("doi:10.1/a")).unwrap();
    let view = scene.fake.open(&unproved(&scene.member, &plan));
    let deployment = *scene.member.deployment_id();
    assert!(check_claim(&view, &view.id, &deployment).is_ok());
    scene.member.check_claim_entry(&view).unwrap();
    let mut lenient = standard();
    lenient.quorum = 1;
    let other = Claim { title: "Another".into(), ..view.claim.clone() };
    let forged = [
        ClaimView { standard: lenient, ..view.clone() },
        ClaimView { closes_at: view.closes_at + 1, ..view.clone() },
        ClaimView { claim: other, ..view.clone() },
    ];
    for forged in forged {
        assert!(matches!(check_claim(&forged, &view.id, &deployment), Err(MemberError::ClaimChanged(_))));
    }
    // One that was made for this member alone is not in the log.
    let receipt = scene.fake.accept(Act::Invitations { count: 1, expires_at: 1 });
    assert!(scene.member.check_claim_entry(&ClaimView { receipt, ..view }).is_err());
}
