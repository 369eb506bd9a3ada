//! Governance and proposals: what a poll that changes the rules has to ask for, which changes are possible, and what a proposal commits to.

use aiq_circuits::{credential::CredentialId, identity::DeploymentId, wire::DecodeError};
use aiq_verifier::{
    claim::ClaimId,
    eligibility::Eligibility,
    governance::{ChangeError, Governance, MandateError, Rules},
    log::{Act, Entry},
    menu::{DomainEntry, MenuEntry, MenuError},
    poll::{
        Change, Decision, Enactment, Lead, Outcome, Phase, PollDefinition, PollError, PollReward, PollRule, SealedBy,
        Sealing, SealingKey, Tally, Threshold, TieBreak,
    },
    proposal::{PollDraft, Proposal, ProposalKey, ProposalKeyError, WithdrawnBy, propose_message, propose_scope},
    sponsorship::{Charter, CharterError},
    standard::{Authority, Standard, StandardError},
};
use ark_bn254::Fr;
use ed25519_dalek::SigningKey;

use crate::{
    claims::{charter, standard},
    poll::definition,
    records::{domain_entry, menu_entry, presentation, scope, signing, standing},
};

const HERE: DeploymentId = DeploymentId::new([1; 32]);

pub fn governance() -> Governance {
    let [quorum, threshold] = ["1/2", "2/3"].map(|share| share.parse().unwrap());
    Governance { electorate: Some("safety-3".to_owned()), quorum, threshold, window: 50 }
}

/// One of each kind that a poll of its own can bring about.
pub fn changes() -> Vec<Change> {
    vec![
        Change::Standard { standard: standard() },
        Change::Menu { entry: menu_entry() },
        Change::MenuRemoval { id: "safety-1".to_owned() },
        Change::Domain { entry: domain_entry() },
        Change::Revoke { credential: CredentialId::new(Fr::from(5_u64)) },
    ]
}

/// A poll that would bring about a change, and asks for exactly as much as the charter says where 40 are members.
pub fn enacting(change: Change) -> PollDefinition {
    let threshold = Threshold::AtLeast("2/3".parse().unwrap());
    let reward = PollReward { domain: "1.7.2.0".parse().unwrap(), weight: 2, expires_at: 400 };
    PollDefinition {
        eligibility: standing(),
        decision: Decision { quorum: 20, threshold, tie_break: TieBreak::Order },
        opens_at: 250,
        enactment: Some(Enactment { option: 1, change }),
        reward: Some(reward),
        ..definition()
    }
}

pub fn proposal() -> Proposal {
    Proposal { epoch: 3, number: 1, withdrawal_key: ProposalKey::of(&signing()), presentation: presentation() }
}

/// Of each act of this part of the log one example, two where there are two forms.
pub fn acts() -> Vec<Act> {
    let by = Authority::Poll(scope());
    let proposed = |poll| Act::Proposal { proposal: proposal(), poll: Box::new(poll) };
    let mut acts = vec![
        Act::Domain { entry: domain_entry(), by },
        Act::Menu { entry: menu_entry(), by },
        Act::MenuRemoval { id: "safety-3".to_owned(), by },
        proposed(definition()),
        Act::PollWithdrawal { scope: scope(), by: WithdrawnBy::Administrator {} },
        Act::PollWithdrawal { scope: scope(), by: WithdrawnBy::sign(&signing(), &scope()) },
    ];
    acts.extend(changes().into_iter().map(|change| proposed(enacting(change))));
    acts
}

/// What holds where the standard's second version, the menu's entry and the domains of both are known.
fn rules() -> Rules {
    let mut rules = Rules::default();
    let fields = ["1.0.0.0", "1.7.0.0"];
    rules.domains.extend(fields.map(|domain| (domain.parse().unwrap(), "A name".to_owned())));
    let other = MenuEntry { id: "safety-1".to_owned(), min_count: 1, ..menu_entry() };
    rules.menu.extend([menu_entry(), other].map(|entry| (entry.id.clone(), entry)));
    rules.charter = Some(charter());
    let old = Standard { version: 1, ..standard() };
    rules.standards.insert(old.domain.domain(), old);
    rules
}

#[test]
fn a_poll_that_changes_the_rules_asks_for_what_the_charter_says() {
    for change in changes() {
        assert_eq!(rules().check_poll(&enacting(change.clone()), 40), Ok(()), "{change:?}");
        assert_eq!(enacting(change).validate(), Ok(()));
    }
    assert_eq!(rules().check_poll(&definition(), 40), Ok(()), "one that changes nothing asks for what it likes");
    let refused = |members, weaken: fn(&mut PollDefinition)| {
        let mut poll = enacting(Change::Domain { entry: domain_entry() });
        weaken(&mut poll);
        rules().check_poll(&poll, members).expect_err("refused")
    };
    assert_eq!(refused(40, |poll| poll.rule = PollRule::Schulze {}), MandateError::Type);
    let electorate = MandateError::Electorate { least: Some("safety-3".to_owned()) };
    assert_eq!(refused(40, |poll| poll.eligibility = Eligibility::Membership), electorate);
    let other = |poll: &mut PollDefinition| {
        poll.eligibility = MenuEntry { id: "safety-1".to_owned(), ..menu_entry() }.eligibility(100);
    };
    assert_eq!(refused(40, other), electorate);
    assert_eq!(refused(40, |poll| poll.decision.quorum = 19), MandateError::Quorum { least: 20, found: 19 });
    assert_eq!(refused(41, |_| ()), MandateError::Quorum { least: 21, found: 20 }, "a share of members is rounded up");
    let least = governance().threshold;
    for found in
        [Threshold::None, Threshold::MoreThan("1/2".parse().unwrap()), Threshold::AtLeast("3/5".parse().unwrap())]
    {
        let mut poll = enacting(Change::Domain { entry: domain_entry() });
        poll.decision.threshold = found;
        assert_eq!(rules().check_poll(&poll, 40), Err(MandateError::Threshold { least, found }));
    }
    assert_eq!(refused(40, |poll| poll.opens_at += 1), MandateError::Window { least: 50, found: 49 });
    let overturn = |poll: &mut PollDefinition| {
        poll.enactment.as_mut().unwrap().change = Change::Overturn { claim: ClaimId::new([6; 32]) };
    };
    assert_eq!(refused(40, overturn), MandateError::Overturn);

    let mut without = rules();
    without.charter.as_mut().unwrap().governance = None;
    let poll = enacting(Change::Domain { entry: domain_entry() });
    assert_eq!(without.check_poll(&poll, 40), Err(MandateError::NoGovernance));
    without.charter = None;
    assert_eq!(without.check_poll(&poll, 40), Err(MandateError::NoGovernance));
    let mut everybody = rules();
    everybody.charter.as_mut().unwrap().governance.as_mut().unwrap().electorate = None;
    assert_eq!(everybody.check_poll(&poll, 40), Err(MandateError::Electorate { least: None }));
    assert_eq!(everybody.check_poll(&PollDefinition { eligibility: Eligibility::Membership, ..poll }, 40), Ok(()));
}

#[test]
fn a_change_holds_once_and_only_if_it_is_possible() {
    let mut now = rules();
    for change in changes() {
        now.enact(change).unwrap();
    }
    assert_eq!(now.standards.values().map(|standard| standard.version).collect::<Vec<_>>(), [2]);
    assert_eq!(now.menu.keys().collect::<Vec<_>>(), ["safety-3"]);
    assert_eq!(now.domains.len(), 2);
    let renamed = DomainEntry { name: "Another name".to_owned(), ..domain_entry() };
    now.enact(Change::Domain { entry: renamed.clone() }).unwrap();
    assert_eq!(now.domains[&renamed.domain], renamed.name);

    let mut refused = |change: Change| {
        let before = now.clone();
        let error = now.enact(change).expect_err("refused");
        assert_eq!(now, before, "nothing has changed");
        error
    };
    // Overtaken: the same version once more, the same entry once more.
    let version = refused(Change::Standard { standard: standard() });
    assert_eq!(version, ChangeError::Version { next: 3, found: 2 });
    let gone = refused(Change::MenuRemoval { id: "safety-1".to_owned() });
    assert_eq!(gone, ChangeError::NotOnMenu("safety-1".to_owned()));
    let used = refused(Change::MenuRemoval { id: "safety-3".to_owned() });
    assert_eq!(used, ChangeError::InUse("safety-3".to_owned()));
    let reviewers = Standard { version: 3, reviewers: "safety-1".to_owned(), ..standard() };
    assert_eq!(refused(Change::Standard { standard: reviewers }), ChangeError::NotOnMenu("safety-1".to_owned()));
    let domain = |text: &str| text.parse().unwrap();
    let elsewhere = Standard { domain: "1.8".parse().unwrap(), version: 1, ..standard() };
    assert_eq!(refused(Change::Standard { standard: elsewhere }), ChangeError::UnknownDomain(domain("1.8.0.0")));
    let elsewhere = MenuEntry { domain: "1.8".parse().unwrap(), ..menu_entry() };
    assert_eq!(refused(Change::Menu { entry: elsewhere }), ChangeError::UnknownDomain(domain("1.8.0.0")));
    let orphan = DomainEntry { domain: domain("1.8.1.0"), ..domain_entry() };
    assert_eq!(refused(Change::Domain { entry: orphan }), ChangeError::UnknownDomain(domain("1.8.0.0")));
    let none = DomainEntry { domain: domain("0.0.0.0"), ..domain_entry() };
    assert_eq!(refused(Change::Domain { entry: none }), ChangeError::NoField);
    let heavy = MenuEntry { min_weight: 196_606, ..menu_entry() };
    assert_eq!(refused(Change::Menu { entry: heavy }), ChangeError::Weight { weight: 196_606, most: 196_605 });
}

#[test]
fn what_the_charter_or_a_standard_names_stays_on_the_menu() {
    let removal = Change::MenuRemoval { id: "safety-3".to_owned() };
    let free = |change: &dyn Fn(&mut Rules)| {
        let mut rules = Rules { charter: None, standards: [].into(), ..rules() };
        assert_eq!(rules.check(&removal), Ok(()));
        change(&mut rules);
        rules.check(&removal)
    };
    let bare = || Charter { sponsors: None, proposers: None, governance: None, ..charter() };
    let in_use = Err(ChangeError::InUse("safety-3".to_owned()));
    assert_eq!(free(&|rules| rules.charter = Some(Charter { sponsors: charter().sponsors, ..bare() })), in_use);
    assert_eq!(free(&|rules| rules.charter = Some(Charter { proposers: charter().proposers, ..bare() })), in_use);
    assert_eq!(free(&|rules| rules.charter = Some(Charter { governance: charter().governance, ..bare() })), in_use);
    assert_eq!(free(&|rules| rules.charter = Some(bare())), Ok(()));
    assert_eq!(free(&|it| drop(it.standards.insert(standard().domain.domain(), standard()))), in_use);
}

#[test]
fn a_malformed_enactment_is_refused_with_the_poll() {
    let refused = |change| match enacting(change).validate() {
        Err(PollError::Change(error)) => error,
        other => panic!("{other:?}"),
    };
    let unreviewed = Standard { quorum: 0, ..standard() };
    assert!(matches!(
        refused(Change::Standard { standard: unreviewed }),
        ChangeError::Standard(StandardError::Range { .. })
    ));
    let untitled = MenuEntry { title: " ".to_owned(), ..menu_entry() };
    assert!(matches!(refused(Change::Menu { entry: untitled }), ChangeError::Menu(MenuError::Title(_))));
    let unnamed = Change::MenuRemoval { id: "Safety".to_owned() };
    assert_eq!(refused(unnamed), ChangeError::Menu(MenuError::Id("Safety".to_owned())));
    let nameless = DomainEntry { name: "\n".to_owned(), ..domain_entry() };
    assert!(matches!(refused(Change::Domain { entry: nameless }), ChangeError::Menu(MenuError::Name(_))));
    let mut nowhere = enacting(Change::Domain { entry: domain_entry() });
    nowhere.enactment.as_mut().unwrap().option = 3;
    assert_eq!(nowhere.validate(), Err(PollError::Enactment));
}

#[test]
fn only_revoking_and_overturning_stand_behind_the_tally() {
    let waits: Vec<_> = changes().iter().map(Change::waits).collect();
    assert_eq!(waits, [true, true, true, true, false]);
    assert!(!Change::Overturn { claim: ClaimId::new([6; 32]) }.waits());
}

#[test]
fn a_change_follows_from_the_option_that_carries_it() {
    let enactment = Enactment { option: 1, change: Change::Domain { entry: domain_entry() } };
    let of = |outcome| Tally { options: vec![1, 2], abstain: 0, spoiled: 0, joined: 3, voted: 3, outcome };
    let lead = |option| Lead { option, tied: false, support: 2, of: 3 };
    assert!(enactment.follows_from(&of(Outcome::Winner(lead(1)))));
    for outcome in [Outcome::Winner(lead(0)), Outcome::BelowThreshold(lead(1)), Outcome::NoQuorum, Outcome::NoSupport] {
        assert!(!enactment.follows_from(&of(outcome)), "{outcome}");
    }
}

#[test]
fn a_charter_with_bad_governance_is_refused_and_does_not_decode() {
    for change in [
        |it: &mut Governance| it.window = 0,
        |it: &mut Governance| it.window = Governance::MAX_WINDOW + 1,
        |it: &mut Governance| it.electorate = Some(String::new()),
    ] {
        let mut charter = charter();
        change(charter.governance.as_mut().unwrap());
        assert_eq!(charter.validate(), Err(CharterError::Governance));
        let entry = Entry { at: 1, act: Act::Charter(charter) };
        assert_eq!(Entry::decode(&entry.canonical()), Err(DecodeError::Value("the charter")));
    }
    let mut never = charter();
    never.proposers.as_mut().unwrap().per_epoch = 0;
    assert_eq!(never.validate(), Err(CharterError::Never));
}

#[test]
fn the_draft_is_all_that_the_service_must_not_change() {
    let mut poll = enacting(Change::Domain { entry: domain_entry() });
    let key = SealingKey::new([2; SealingKey::LENGTH]);
    poll.sealing = Some(Sealing { trustees: SealedBy::Service, key, floor: 3, reasons: 100 });
    let draft = poll.draft();
    let PollDefinition { eligibility, roots, key_id, announced_at, .. } = poll.clone();
    assert_eq!(draft.clone().define(eligibility, roots, key_id, poll.sealing, announced_at), poll);
    let key = ProposalKey::of(&signing());
    let place = propose_scope(&HERE, 3, 1);
    let message = propose_message(&place, &draft, &key);
    let other = PollDraft { closes_at: draft.closes_at + 1, ..draft.clone() };
    assert_ne!(propose_message(&place, &other, &key), message);
    assert_ne!(propose_message(&place, &draft, &ProposalKey::new([2; 32])), message, "nobody can put in another key");
    assert_ne!(propose_message(&propose_scope(&HERE, 3, 2), &draft, &key), message);
    assert_ne!(propose_scope(&HERE, 4, 1), place);
}

#[test]
fn the_proposer_alone_withdraws_and_only_that_poll() {
    let WithdrawnBy::Proposer { signature } = WithdrawnBy::sign(&signing(), &scope()) else { panic!() };
    let key = ProposalKey::of(&signing());
    assert_eq!(key.verify(&scope(), &signature), Ok(()));
    assert!(key.verify(&propose_scope(&HERE, 3, 1), &signature).is_err());
    assert!(ProposalKey::of(&SigningKey::from_bytes(&[4; 32])).verify(&scope(), &signature).is_err());
    assert_eq!(key.validate(), Ok(()));
    assert_eq!(ProposalKey::new([0; 32]).validate(), Err(ProposalKeyError), "a point of small order signs anything");
    assert!(!Phase::Withdrawn.accepts_joins() && !Phase::Withdrawn.accepts_ballots());
}
