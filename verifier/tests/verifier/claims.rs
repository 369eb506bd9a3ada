//! Standards, claims, reviews, rulings, disputes, charters and sponsorships: the records, and what follows from each alone.

use aiq_circuits::{
    credential::{Attributes, CredentialId, CredentialKind},
    identity::{DeploymentId, Nullifier, OwnerTag},
    scope::Scope,
    statement::StatementId,
    tree::{CredentialsRoot, MembersRoot},
    wire::DecodeError,
};
use aiq_verifier::{
    claim::{Claim, ClaimError, ClaimId, NewClaim, ticket_scope},
    dispute::{Dispute, dispute_poll},
    eligibility::{Eligibility, PinnedRoots},
    log::{Act, Entry},
    poll::{Blinding, Change, Enactment, PollDefinition, PollId, PollReward, Ratio, Threshold, TieBreak},
    presentation::Presentation,
    review::{Review, ReviewOpening, Ruling, RulingOutcome, Verdict, grants},
    sponsorship::{Allowance, Charter, CharterError, Sponsorship, TokenHash},
    standard::{KindRule, Reward, Standard, StandardError},
    verifying_key::KeyId,
};
use ark_bn254::Fr;
use proptest::prelude::*;

use crate::{
    governance::governance,
    poll::definition,
    records::{presentation, standing},
};

const HERE: DeploymentId = DeploymentId::new([1; 32]);
const DAY: u32 = 86_400;

pub fn standard() -> Standard {
    let kind = |code, name: &str, weight| KindRule { kind: CredentialKind::new(code), name: name.to_owned(), weight };
    Standard {
        domain: "1.7".parse().unwrap(),
        version: 2,
        reviewers: "safety-3".to_owned(),
        quorum: 3,
        acceptance: "2/3".parse().unwrap(),
        window: 14 * DAY,
        validity: 1_000 * DAY,
        claims_per_epoch: 4,
        kinds: vec![kind(1, "Paper", 10), kind(2, "Dataset", 6)],
        reward: Some(Reward { weight: 2, validity: 365 * DAY }),
    }
}

fn roots() -> PinnedRoots {
    PinnedRoots {
        epoch: 3,
        members_root: MembersRoot::new(Fr::from(41_u64)),
        credentials_root: CredentialsRoot::new(Fr::from(42_u64)),
    }
}

pub fn claim() -> Claim {
    Claim {
        domain: "1.7.2.0".parse().unwrap(),
        kind: CredentialKind::new(1),
        title: "Robustness of reward models".to_owned(),
        summary: "Experiments and text.\nSecond author.".to_owned(),
        evidence: ["doi:10.1145/3292500.3330701", "arxiv:2401.01234v2"].map(|item| item.parse().unwrap()).to_vec(),
        renews: Some(ClaimId::new([0x0d; 32])),
        tag: OwnerTag::new(Fr::from(8_u64)),
        standard: standard().id(),
        eligibility: standing(),
        roots: roots(),
        key_id: KeyId::new([0x0c; 32]),
    }
}

pub fn new_claim() -> NewClaim {
    NewClaim { claim: claim(), presentation: presentation(), number: 3, ticket: presentation() }
}

pub fn review() -> Review {
    let opening = ReviewOpening {
        blinding: Blinding::new([0x0b; 32]),
        verdict: Verdict::Reject,
        comment: "Not reproducible:\n\"see the logs\".".to_owned(),
    };
    Review { presentation: presentation(), opening }
}

pub fn ruling() -> Ruling {
    Ruling { accept: 5, reject: 2, abstain: 1, outcome: RulingOutcome::Accepted }
}

pub fn dispute() -> Dispute {
    Dispute { epoch: 3, reasons: "The data are made up.".to_owned(), presentation: presentation() }
}

/// The poll that the dispute of the claim opens.
pub fn opened_poll() -> PollDefinition {
    let id = PollId::new([9; 16]);
    dispute_poll(id, claim().id(), &standard(), standing(), roots(), KeyId::new([0x0c; 32]), 100)
}

/// A poll with everything that is optional.
pub fn rewarding_poll() -> PollDefinition {
    let enactment = Enactment { option: 1, change: Change::Overturn { claim: claim().id() } };
    let reward = PollReward { domain: "1.7.2.0".parse().unwrap(), weight: 2, expires_at: 400 };
    PollDefinition { enactment: Some(enactment), reward: Some(reward), ..definition() }
}

pub fn charter() -> Charter {
    let sponsors = Allowance { menu: "safety-3".to_owned(), per_epoch: 2 };
    Charter {
        sponsors: Some(sponsors.clone()),
        proposers: Some(Allowance { per_epoch: 1, ..sponsors }),
        invitation_validity: 14 * DAY,
        governance: Some(governance()),
    }
}

pub fn sponsorship() -> Sponsorship {
    Sponsorship { epoch: 3, number: 1, token_hash: TokenHash::new([0x0e; 32]), presentation: presentation() }
}

/// Of each act of this part of the log one example, two where there are two forms.
pub fn acts() -> Vec<Act> {
    use aiq_verifier::standard::Authority;
    let scope = claim().scope(&HERE);
    let simple = Claim { renews: None, summary: String::new(), ..claim() };
    let unrewarded = Standard { reward: None, domain: "any".parse().unwrap(), ..standard() };
    vec![
        Act::Charter(charter()),
        Act::Charter(Charter { sponsors: None, proposers: None, governance: None, ..charter() }),
        Act::Standard { standard: standard(), by: Authority::Founding },
        Act::Standard { standard: unrewarded, by: Authority::Administrator },
        Act::Standard { standard: standard(), by: Authority::Poll(scope) },
        Act::Sponsorship(sponsorship()),
        Act::Claim(Box::new(new_claim())),
        Act::Claim(Box::new(NewClaim { claim: simple, ..new_claim() })),
        Act::Recusal { scope, presentation: presentation() },
        Act::Review { scope, review: review().committed() },
        Act::Ruling { scope, ruling: ruling() },
        Act::Dispute { claim: claim().id(), dispute: dispute(), poll: Box::new(opened_poll()) },
        Act::Poll(rewarding_poll()),
    ]
}

#[test]
fn the_longest_prefix_governs_and_of_its_standards_the_newest() {
    let at = |domain: &str, version| Standard { domain: domain.parse().unwrap(), version, ..standard() };
    let all = [at("1.7", 2), at("1", 5), at("1.7", 3), at("1.7", 1), at("1.8", 9), at("1.7.2.4", 1)];
    let governing = |domain: &str| {
        Standard::governing(&all, &domain.parse().unwrap()).map(|it| (it.domain.to_string(), it.version))
    };
    for (domain, expected) in [
        ("1.7.0.0", Some(("1.7", 3))),
        ("1.7.2.0", Some(("1.7", 3))),
        ("1.7.2.4", Some(("1.7.2.4", 1))),
        ("1.8.0.0", Some(("1.8", 9))),
        ("1.9.0.0", Some(("1", 5))),
        ("2.7.0.0", None),
    ] {
        assert_eq!(governing(domain), expected.map(|(domain, version)| (domain.to_owned(), version)), "{domain}");
    }
    let any = [at("any", 1)];
    assert!(Standard::governing(&any, &"2.7.0.0".parse().unwrap()).is_some());
}

/// What comes of so many verdicts under a quorum and a share.
fn outcome(quorum: u32, share: &str, [accept, reject, abstain]: [usize; 3]) -> RulingOutcome {
    let standard = Standard { quorum, acceptance: share.parse().unwrap(), ..standard() };
    let verdicts = [(Verdict::Accept, accept), (Verdict::Reject, reject), (Verdict::Abstain, abstain)];
    let verdicts = verdicts.into_iter().flat_map(|(verdict, times)| std::iter::repeat_n(verdict, times));
    let ruling = Ruling::count(&standard, verdicts);
    assert_eq!(
        [ruling.accept, ruling.reject, ruling.abstain],
        [accept, reject, abstain].map(|n| u32::try_from(n).unwrap())
    );
    ruling.outcome
}

/// Row 20: one less than the quorum decides nothing, and exactly the share is enough.
#[test]
fn a_ruling_is_exact_at_its_bounds() {
    use RulingOutcome::{Accepted, Expired, Rejected};
    for (quorum, share, verdicts, expected) in [
        (3, "2/3", [2, 0, 0], Expired),
        (3, "2/3", [3, 0, 0], Accepted),
        // Abstentions do not count towards the quorum.
        (3, "2/3", [2, 0, 7], Expired),
        (3, "2/3", [2, 1, 7], Accepted),
        (3, "2/3", [1, 2, 0], Rejected),
        (3, "2/3", [3, 2, 0], Rejected),
        (3, "2/3", [4, 2, 0], Accepted),
        (1, "1/1", [1, 0, 0], Accepted),
        (1, "1/1", [99, 1, 0], Rejected),
        (1, "1/2", [1, 1, 0], Accepted),
        (1, "1/2", [0, 1, 0], Rejected),
        (1, "1/2", [0, 0, 5], Expired),
    ] {
        assert_eq!(outcome(quorum, share, verdicts), expected, "{quorum} {share} {verdicts:?}");
    }
}

#[test]
fn a_ruling_grants_the_credential_then_rewards_by_nullifier() {
    let (standard, at) = (standard(), 1_700_000_000);
    let scope = claim().scope(&HERE);
    let by = |nullifier: u64| Presentation { nullifier: Nullifier::new(Fr::from(nullifier)), ..presentation() };
    let (nine, one, five) = (by(9), by(1), by(5));
    let reviews = [(&nine, Verdict::Accept), (&one, Verdict::Reject), (&five, Verdict::Abstain)];
    let granted = |outcome, standard: &Standard| {
        grants(&claim(), &scope, standard, &Ruling { outcome, ..ruling() }, &reviews, at)
    };
    let accepted = granted(RulingOutcome::Accepted, &standard);
    let [credential, first, second] = accepted.as_slice() else { panic!("{accepted:?}") };
    assert_eq!((credential.tag, credential.id), (claim().tag, CredentialId::of_claim(claim().id().as_bytes())));
    let Attributes { domain, kind, weight, expires_at, issued_at } = credential.attributes;
    assert_eq!((domain, kind, weight), (claim().domain, claim().kind, 10));
    assert_eq!((expires_at, issued_at), (at + 1_000 * DAY, at));
    assert_eq!(first.id, CredentialId::of_note(&scope, &one.nullifier));
    assert_eq!(second.id, CredentialId::of_note(&scope, &nine.nullifier));
    let Attributes { kind, weight, expires_at, .. } = second.attributes;
    assert_eq!((kind, weight, expires_at % Reward::EXPIRY_STEP), (CredentialKind::REWARD_NOTE, 2, 0));
    assert!((at + 365 * DAY..at + 365 * DAY + Reward::EXPIRY_STEP).contains(&expires_at));
    assert_eq!(granted(RulingOutcome::Rejected, &standard), accepted[1..]);
    assert_eq!(granted(RulingOutcome::Expired, &standard), []);
    assert_eq!(granted(RulingOutcome::Accepted, &Standard { reward: None, ..standard }), accepted[..1]);
}

#[test]
fn a_note_that_would_expire_at_the_step_does_not_wait_for_the_next_one() {
    let reward = Reward { weight: 1, validity: DAY };
    let expiry = |at| reward.note("1.7.0.0".parse().unwrap(), at).expires_at;
    let step = Reward::EXPIRY_STEP;
    assert_eq!(expiry(10 * step - DAY), 10 * step);
    assert_eq!(expiry(10 * step - DAY + 1), 11 * step);
    assert_eq!(expiry(u32::MAX), u32::MAX);
}

#[test]
fn the_poll_of_a_dispute_is_the_standards_and_overturns_only_if_upheld() {
    let poll = opened_poll();
    assert_eq!(poll.validate(), Ok(()));
    assert!(poll.question.contains(&claim().id().to_string()));
    assert_eq!(poll.options, ["dismiss the dispute", "uphold it"]);
    assert_eq!(poll.decision.quorum, 3);
    assert_eq!(poll.decision.threshold, Threshold::AtLeast("2/3".parse::<Ratio>().unwrap()));
    assert_eq!(poll.decision.tie_break, TieBreak::Order);
    assert_eq!((poll.announced_at, poll.opens_at, poll.closes_at), (100, 100, 100 + 14 * DAY));
    assert_eq!((poll.eligibility, poll.roots), (standing(), roots()));
    assert_eq!(poll.enactment, Some(Enactment { option: 1, change: Change::Overturn { claim: claim().id() } }));
    assert_eq!(poll.reward, None);
}

#[test]
fn a_standard_out_of_its_bounds_is_refused_and_does_not_decode() {
    let changed = |change: fn(&mut Standard)| {
        let mut standard = standard();
        change(&mut standard);
        let error = standard.validate().expect_err("refused");
        assert_eq!(Standard::decode(&standard.canonical()), Err(DecodeError::Value("the standard")), "{error}");
        error
    };
    let range = |error, name| assert!(matches!(error, StandardError::Range { field, .. } if field == name), "{name}");
    assert_eq!(standard().validate(), Ok(()));
    range(changed(|it| it.version = 0), "version");
    range(changed(|it| it.quorum = 0), "quorum");
    range(changed(|it| it.quorum = 10_001), "quorum");
    range(changed(|it| it.window = 0), "window");
    range(changed(|it| it.window = 366 * DAY + 1), "window");
    range(changed(|it| it.validity = DAY - 1), "validity");
    range(changed(|it| it.claims_per_epoch = 0), "claims_per_epoch");
    range(changed(|it| it.kinds.clear()), "the number of kinds");
    range(changed(|it| it.kinds[0].weight = 0), "the weight of a kind");
    range(changed(|it| it.reward = Some(Reward { weight: 0, validity: DAY })), "the weight of the reward");
    range(changed(|it| it.reward = Some(Reward { weight: 1, validity: 1 })), "the validity of the reward");
    assert_eq!(changed(|it| it.reviewers = "Safety".to_owned()), StandardError::Reviewers("Safety".to_owned()));
    assert_eq!(changed(|it| it.kinds[1].kind = CredentialKind::new(1)), StandardError::Kind(1));
    assert_eq!(changed(|it| it.kinds[1].kind = CredentialKind::REWARD_NOTE), StandardError::Kind(0x80));
    assert!(matches!(changed(|it| it.kinds[1].name = "\n".to_owned()), StandardError::Name { kind: 2, .. }));
}

#[test]
fn a_charter_out_of_its_bounds_is_refused_and_does_not_decode() {
    let changed = |change: fn(&mut Charter)| {
        let mut charter = charter();
        change(&mut charter);
        let entry = Entry { at: 1, act: Act::Charter(charter.clone()) };
        assert_eq!(Entry::decode(&entry.canonical()), Err(DecodeError::Value("the charter")));
        charter.validate().expect_err("refused")
    };
    assert_eq!(charter().validate(), Ok(()));
    assert_eq!(changed(|it| it.invitation_validity = 59), CharterError::Validity(59));
    assert_eq!(changed(|it| it.invitation_validity = 366 * DAY + 1), CharterError::Validity(366 * DAY + 1));
    assert_eq!(changed(|it| it.sponsors.as_mut().unwrap().per_epoch = 0), CharterError::Never);
    let menu = |it: &mut Charter| it.sponsors.as_mut().unwrap().menu.clear();
    assert_eq!(changed(menu), CharterError::Menu(String::new()));
}

#[test]
fn a_claim_has_works_and_fits_its_standard() {
    let changed = |change: fn(&mut Claim)| {
        let mut claim = claim();
        change(&mut claim);
        claim.validate().expect_err("refused")
    };
    assert_eq!((claim().validate(), claim().fits(&standard())), (Ok(()), Ok(())));
    assert!(matches!(changed(|it| it.title = "two\nlines".to_owned()), ClaimError::Title(_)));
    assert!(matches!(changed(|it| it.summary = " ".to_owned()), ClaimError::Summary(_)));
    assert_eq!(changed(|it| it.evidence.clear()), ClaimError::EvidenceCount(0));
    assert_eq!(changed(|it| it.evidence = vec![it.evidence[0].clone(); 17]), ClaimError::EvidenceCount(17));
    // Another version of the same paper.
    assert_eq!(changed(|it| it.evidence.push("arxiv:2401.01234v3".parse().unwrap())), ClaimError::RepeatedEvidence(3));
    assert_eq!(changed(|it| it.domain = "0.0.0.0".parse().unwrap()), ClaimError::Domain);
    assert_eq!(changed(|it| it.kind = CredentialKind::BALANCE_NOTE), ClaimError::Kind(0x81));
    assert_eq!(changed(|it| it.eligibility = Eligibility::Membership), ClaimError::Reviewers);
    let misfit = |change: fn(&mut Claim, &mut Standard)| {
        let (mut claim, mut standard) = (claim(), standard());
        change(&mut claim, &mut standard);
        claim.standard = standard.id();
        claim.fits(&standard).expect_err("refused")
    };
    assert_eq!(claim().fits(&Standard { version: 3, ..standard() }), Err(ClaimError::Standard));
    assert_eq!(misfit(|_, it| it.domain = "1.8".parse().unwrap()), ClaimError::Standard);
    assert_eq!(misfit(|it, _| it.kind = CredentialKind::new(3)), ClaimError::Kind(3));
    assert_eq!(misfit(|_, it| it.reviewers = "safety-2".to_owned()), ClaimError::Reviewers);
}

#[test]
fn a_claim_is_proved_in_its_own_scope_and_in_that_of_its_ticket() {
    let [own, ticket] = new_claim().expectations(&HERE);
    assert_eq!((own.scope, ticket.scope), (claim().scope(&HERE), ticket_scope(&HERE, 3, 3)));
    assert_eq!(own.message, ticket.message);
    assert_eq!((&own.eligibility, own.roots), (&Eligibility::Membership, roots()));
    assert!(new_claim().is_owned());
    let tag = OwnerTag::new(Fr::from(1_u64));
    assert!(!NewClaim { presentation: Presentation { tag, ..presentation() }, ..new_claim() }.is_owned());
    let scopes: Vec<Scope> = [(3, 3), (3, 4), (4, 3)].map(|(epoch, number)| ticket_scope(&HERE, epoch, number)).into();
    assert!(scopes[0] != scopes[1] && scopes[1] != scopes[2] && scopes[0] != scopes[2]);
}

proptest! {
    #[test]
    fn any_standard_is_read_back(
        (levels, version) in (prop::collection::vec(1..=255_u8, 0..=4), 1..u32::MAX),
        (quorum, window, validity) in (1..=10_000_u32, 1..=366 * DAY, DAY..=100 * 366 * DAY),
        (share, claims_per_epoch) in ((1..50_u32).prop_flat_map(|d| (1..=d, Just(d))), 1..=255_u8),
        kinds in prop::collection::btree_map(0..128_u8, ("[a-zA-Zé]{1,20}", 1..=u16::MAX), 1..20),
        reward in prop::option::of((1..=u16::MAX, DAY..=100 * 366 * DAY)),
    ) {
        let (numerator, denominator) = share;
        prop_assume!(Ratio::new(numerator, denominator).is_ok());
        let kinds = kinds.into_iter();
        let standard = Standard {
            domain: aiq_circuits::credential::DomainPrefix::new(&levels).unwrap(),
            version,
            reviewers: "safety-3".to_owned(),
            quorum,
            acceptance: Ratio::new(numerator, denominator).unwrap(),
            window,
            validity,
            claims_per_epoch,
            kinds: kinds.map(|(kind, (name, weight))| KindRule { kind: CredentialKind::new(kind), name, weight }).collect(),
            reward: reward.map(|(weight, validity)| Reward { weight, validity }),
        };
        prop_assert_eq!(Standard::decode(&standard.canonical()), Ok(standard));
    }

    #[test]
    fn any_review_opens_as_it_was_committed(blinding: [u8; 32], verdict in 0..3_usize, comment in "(\\PC|\n){0,80}") {
        let verdict = [Verdict::Accept, Verdict::Reject, Verdict::Abstain][verdict];
        let opening = ReviewOpening { blinding: Blinding::new(blinding), verdict, comment };
        let read = ReviewOpening::decode(&opening.canonical());
        if opening.validate().is_ok() {
            prop_assert_eq!(read, Ok(opening));
        } else {
            prop_assert!(read.is_err());
        }
    }
}

#[test]
fn statements_that_show_no_standing_review_nothing() {
    let Eligibility::Standing { requirement, menu, .. } = standing() else { panic!() };
    for statement in [StatementId::Membership, StatementId::Merge6] {
        let eligibility = Eligibility::Standing { statement, requirement, menu: menu.clone() };
        assert!(Claim::decode(&Claim { eligibility, ..claim() }.canonical()).is_err());
    }
}
