//! What nobody can prove (§10), tried with hand-made witnesses: the prover must name the rule that is broken.

use aiq_circuits::Fr;
use aiq_circuits::credential::Attributes;
use aiq_circuits::identity::{DeploymentId, Identity};
use aiq_circuits::requirement::Requirement;
use aiq_circuits::scope::{Scope, ScopeKind};
use aiq_circuits::statement::{RuleError, StatementId};
use aiq_circuits::tree::{MemberTree, MerklePath, empty_leaf, tombstone};
use aiq_prover::ProveError;
use aiq_tests::world::{NOW, Witness, World, message, safety, seed, standing};
use aiq_verifier::eligibility::Eligibility;
use aiq_verifier::presentation::Expectation;

use crate::samples::{WORLD, expectation};

/// The rule that the prover names when it refuses.
fn broken_rule(world: &World, expected: &Expectation, witness: &Witness) -> RuleError {
    match world.present(expected, witness) {
        Err(ProveError::Rule(rule)) => rule,
        Err(other) => panic!("refused, but not by a rule: {other}"),
        Ok(_) => panic!("the prover made a proof"),
    }
}

fn three(min_count: u8, min_weight: u32) -> Expectation {
    expectation(standing(StatementId::Standing3, min_count, min_weight), "witnesses")
}

fn refusal(expected: &Expectation, who: usize, tags: &[u64]) -> RuleError {
    broken_rule(&WORLD, expected, &Witness::Standing3(WORLD.standing(who, tags)))
}

#[test]
fn an_expired_credential_is_refused_by_its_date() {
    let expected = three(1, 1);
    let rule = refusal(&expected, 1, &[0, 1]);
    assert_eq!(rule, RuleError::Expired { credential: 2, expires_at: NOW, as_of: NOW });
    assert!(rule.to_string().starts_with("credential 2 expired"), "{rule}");
}

#[test]
fn a_credential_of_another_domain_is_refused() {
    assert_eq!(refusal(&three(1, 1), 1, &[0, 2]), RuleError::WrongDomain { credential: 2 });
}

#[test]
fn one_credential_counted_twice_is_refused() {
    assert_eq!(refusal(&three(2, 1), 0, &[0, 0]), RuleError::Repeated { first: 1, second: 2 });
    assert_eq!(refusal(&three(3, 1), 0, &[1, 0, 1]), RuleError::Repeated { first: 1, second: 3 });
    let expected = expectation(standing(StatementId::Standing8, 8, 1), "witnesses");
    let witness = WORLD.standing(3, &[0, 1, 2, 3, 4, 5, 6, 0]);
    let rule = broken_rule(&WORLD, &expected, &Witness::Standing8(witness));
    assert_eq!(rule, RuleError::Repeated { first: 1, second: 8 });
}

#[test]
fn too_few_and_too_light_are_told_in_numbers() {
    assert_eq!(refusal(&three(3, 1), 1, &[0, 3]), RuleError::TooFew { held: 2, required: 3 });
    assert_eq!(refusal(&three(2, 8), 1, &[0, 3]), RuleError::TooLight { held: 7, required: 8 });
}

#[test]
fn more_credentials_than_slots_are_refused() {
    assert_eq!(refusal(&three(3, 1), 3, &[0, 1, 2, 3]), RuleError::TooManyCredentials { given: 4, slots: 3 });
}

#[test]
fn the_credential_of_someone_else_is_refused() {
    // With the owner's tag randomness, and with one's own.
    let mut witness = WORLD.standing(1, &[0]);
    witness.credentials = vec![WORLD.slot(0, 0)];
    let rule = broken_rule(&WORLD, &three(1, 1), &Witness::Standing3(witness.clone()));
    assert_eq!(rule, RuleError::NotInTree { credential: 1 });
    witness.credentials[0].tag_randomness = WORLD.identities[1].tag_randomness(0);
    let rule = broken_rule(&WORLD, &three(1, 1), &Witness::Standing3(witness));
    assert_eq!(rule, RuleError::NotInTree { credential: 1 });
}

#[test]
fn a_credential_with_other_attributes_than_its_leaf_is_refused() {
    let changes: [fn(&mut Attributes); 3] = [
        |attributes| attributes.weight = u16::MAX,
        |attributes| attributes.expires_at += 1,
        |attributes| attributes.issued_at -= 1,
    ];
    for change in changes {
        let mut witness = WORLD.standing(0, &[0]);
        change(&mut witness.credentials[0].attributes);
        let rule = broken_rule(&WORLD, &three(1, 1), &Witness::Standing3(witness));
        assert_eq!(rule, RuleError::NotInTree { credential: 1 });
    }
}

#[test]
fn a_revoked_credential_is_refused_under_the_next_root_and_accepted_under_the_pinned_one() {
    let mut later = WORLD.clone();
    later.credential_tree.bury(&[0]).unwrap();
    let mut expected = three(1, 1);
    expected.roots = later.roots();
    let witness = Witness::Standing3(later.standing(0, &[0]));
    assert_eq!(broken_rule(&later, &expected, &witness), RuleError::NotInTree { credential: 1 });
    // A poll keeps the roots that it pinned (§4).
    WORLD.present(&three(1, 1), &Witness::Standing3(WORLD.standing(0, &[0]))).unwrap();
}

#[test]
fn the_credentials_of_one_deployment_are_refused_in_another() {
    let held = [safety(5)];
    let there = World::new(DeploymentId::new([0xa2; 32]), &[&held, &held, &held, &held]);
    let mut expected = three(1, 1);
    expected.roots = there.roots();
    // The same person, the same words: enrolled there, with a credential from here.
    let mut witness = there.standing(0, &[]);
    witness.credentials = vec![WORLD.slot(0, 0)];
    let rule = broken_rule(&there, &expected, &Witness::Standing3(witness));
    assert_eq!(rule, RuleError::NotInTree { credential: 1 });
    // And with the identity from here altogether.
    let rule = broken_rule(&WORLD, &expected, &Witness::Standing3(WORLD.standing(0, &[0])));
    assert_eq!(rule, RuleError::NotAMember);
}

#[test]
fn one_person_in_two_deployments_shares_no_value() {
    let there = World::new(DeploymentId::new([0xa2; 32]), &[&[safety(5)]]);
    let (one, other) = (&WORLD.identities[0], &there.identities[0]);
    let scope = Scope::derive(&WORLD.deployment, ScopeKind::Poll, b"scope");
    assert_ne!(one.commitment(), other.commitment());
    assert_ne!(one.tag(0), other.tag(0));
    assert_ne!(one.nullifier(&scope), other.nullifier(&scope));
}

/// A stranger to the members tree, with a path of the tree's own or of their own making.
fn stranger(path: MerklePath) -> RuleError {
    let identity = Identity::derive(&seed(200), &WORLD.deployment);
    let mut witness = WORLD.membership(0);
    witness.secret = identity.secret().clone();
    witness.path = path;
    broken_rule(&WORLD, &expectation(Eligibility::Membership, "stranger"), &Witness::Membership(witness))
}

#[test]
fn a_stranger_is_refused_with_every_kind_of_path() {
    let real = WORLD.member_path(0);
    let commitment = *Identity::derive(&seed(200), &WORLD.deployment).commitment().as_field();
    // A member's path as it is; the member's leaf replaced; a free place filled.
    assert_eq!(stranger(real.clone()), RuleError::NotAMember);
    for place in [0, 5] {
        let mut children = *real.children();
        children[0][place] = commitment;
        let index = u32::try_from(place).unwrap();
        assert_eq!(stranger(MerklePath::new(index, children)), RuleError::NotAMember);
    }
    // A whole tree of one's own, grafted on the real nodes at each level.
    let own = MemberTree::build([aiq_circuits::identity::Commitment::new(commitment)]).unwrap().path(0).unwrap();
    for level in 1..real.children().len() {
        let mut children = *own.children();
        children[level..].copy_from_slice(&real.children()[level..]);
        assert_eq!(stranger(MerklePath::new(0, children)), RuleError::NotAMember, "level {level}");
    }
    // A place beyond the tree.
    assert_eq!(stranger(MerklePath::new(8_u32.pow(7), *real.children())), RuleError::NotAMember);
}

#[test]
fn an_internal_node_an_empty_leaf_and_a_tombstone_are_no_leaf() {
    // Each of these paths ends in the real root; what stands at its beginning is nobody's commitment. Whoever could
    // find a secret for it would have inverted the hash, so every secret must be refused.
    let real = WORLD.member_path(0);
    let empty = {
        let leaves = WORLD.identities.iter().map(Identity::commitment);
        let filled = leaves.chain([aiq_circuits::identity::Commitment::new(empty_leaf())]);
        let tree = MemberTree::build(filled).unwrap();
        assert_eq!(tree.root(), WORLD.members.root(), "an empty leaf stands in every free place");
        tree.path(u32::try_from(WORLD.identities.len()).unwrap()).unwrap()
    };
    assert_eq!(stranger(empty), RuleError::NotAMember);

    // One level up: the node over the leaves in the place of a leaf, and the root repeated to keep the depth.
    let mut raised = *real.children();
    raised.rotate_left(1);
    raised[6] = [*WORLD.members.root().as_field(); 8];
    assert_eq!(stranger(MerklePath::new(0, raised)), RuleError::NotAMember);

    let mut buried = WORLD.clone();
    buried.members.bury(&[0]).unwrap();
    let path = buried.member_path(0);
    assert_eq!(path.children()[0][0], tombstone());
    let mut expected = expectation(Eligibility::Membership, "stranger");
    expected.roots = buried.roots();
    // The member who left, too.
    let mut witness = buried.membership(0);
    witness.path = path;
    assert_eq!(broken_rule(&buried, &expected, &Witness::Membership(witness)), RuleError::NotAMember);
}

#[test]
fn the_two_trees_cannot_be_swapped() {
    let mut expected = three(1, 1);
    let roots = WORLD.roots();
    expected.roots.members_root = aiq_circuits::tree::MembersRoot::new(*roots.credentials_root.as_field());
    expected.roots.credentials_root = aiq_circuits::tree::CredentialsRoot::new(*roots.members_root.as_field());
    assert_eq!(refusal(&expected, 0, &[0]), RuleError::NotAMember);
}

#[test]
fn any_domain_and_nothing_required_is_still_membership() {
    // K = 0 and W = 0 ask for a member; a stranger is refused all the same.
    let requirement =
        Requirement { domain: aiq_circuits::credential::DomainPrefix::ANY, min_count: 0, min_weight: 0, as_of: NOW };
    let eligibility = Eligibility::Standing { statement: StatementId::Standing3, requirement, menu: "anyone".into() };
    let mut expected = expectation(eligibility, "anyone");
    expected.message = message("anyone");
    WORLD.present(&expected, &Witness::Standing3(WORLD.standing(2, &[]))).unwrap();
    let mut witness = WORLD.standing(2, &[]);
    witness.membership.secret = aiq_circuits::identity::Secret::new(Fr::from(7_u8));
    assert_eq!(broken_rule(&WORLD, &expected, &Witness::Standing3(witness)), RuleError::NotAMember);
}
