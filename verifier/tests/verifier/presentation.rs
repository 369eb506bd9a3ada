//! The one function (§5.3): nothing about a presentation can be changed, and nothing of what is expected either.

use std::sync::Arc;

use aiq_circuits::{
    identity::{DeploymentId, Nullifier, OwnerTag},
    requirement::Requirement,
    scope::{Message, Scope, ScopeKind},
    statement::StatementId,
    tree::{CredentialsRoot, MembersRoot},
};
use aiq_verifier::{
    VerifyError,
    batch::BatchError,
    eligibility::{Eligibility, EligibilityError, PinnedRoots},
    presentation::{Expectation, Presentation, Verifier},
    verifying_key::{KeyId, VerifyingKey},
};
use ark_bn254::Fr;
use ark_ff::{One as _, UniformRand as _};
use rand::rngs::StdRng;

use crate::support::{Trapdoor, rng, trapdoor};

struct Deployment {
    rng: StdRng,
    trapdoors: Vec<(StatementId, Trapdoor)>,
    verifier: Verifier,
}

impl Deployment {
    fn new() -> Self {
        let mut rng = rng();
        let trapdoors: Vec<_> = StatementId::ALL.into_iter().map(|id| (id, trapdoor(id, &mut rng))).collect();
        let verifier = Verifier::new(keys(&trapdoors)).unwrap();
        Self { rng, trapdoors, verifier }
    }

    /// A valid presentation for an expectation.
    fn present(&mut self, expectation: &Expectation) -> Presentation {
        let statement = expectation.eligibility.statement();
        let nullifier = Nullifier::new(Fr::rand(&mut self.rng));
        let tag = OwnerTag::new(Fr::rand(&mut self.rng));
        let inputs = expectation.public_inputs(nullifier, tag).unwrap();
        let (_, trapdoor) = self.trapdoors.iter().find(|(id, _)| *id == statement).unwrap();
        let proof = trapdoor.prove(inputs.values(), &mut self.rng);
        Presentation { statement, key_id: self.verifier.key_id(statement).unwrap(), nullifier, tag, proof }
    }
}

fn keys(trapdoors: &[(StatementId, Trapdoor)]) -> Vec<(StatementId, VerifyingKey)> {
    trapdoors.iter().map(|(id, trapdoor)| (*id, trapdoor.key().unwrap())).collect()
}

fn standing(statement: StatementId) -> Eligibility {
    let requirement =
        Requirement { domain: "1.7".parse().unwrap(), min_count: 3, min_weight: 10, as_of: 1_800_000_000 };
    Eligibility::Standing { statement, requirement, menu: "safety-3".to_owned() }
}

pub fn expectation(eligibility: Eligibility) -> Expectation {
    let roots = PinnedRoots {
        epoch: 4,
        members_root: MembersRoot::new(Fr::from(11_u64)),
        credentials_root: CredentialsRoot::new(Fr::from(12_u64)),
    };
    let scope = Scope::derive(&DeploymentId::new([1; 32]), ScopeKind::Poll, b"poll");
    Expectation { eligibility, roots, scope, message: Message::new(Fr::from(13_u64)) }
}

fn all_eligibilities() -> [Eligibility; 3] {
    [Eligibility::Membership, standing(StatementId::Standing3), standing(StatementId::Standing8)]
}

#[test]
fn accepts_what_is_expected() {
    let mut deployment = Deployment::new();
    for eligibility in all_eligibilities() {
        let expectation = expectation(eligibility);
        let presentation = deployment.present(&expectation);
        assert_eq!(deployment.verifier.verify(&expectation, &presentation), Ok(()));
    }
}

#[test]
fn public_inputs_stand_in_the_order_of_the_protocol() {
    let (nullifier, tag) = (Nullifier::new(Fr::from(14_u64)), OwnerTag::new(Fr::from(15_u64)));
    let membership = expectation(Eligibility::Membership);
    let [members, credentials, message] = [11_u64, 12, 13].map(Fr::from);
    let scope = *membership.scope.as_field();
    let inputs = membership.public_inputs(nullifier, tag).unwrap();
    assert_eq!(inputs.values(), [members, scope, *nullifier.as_field(), *tag.as_field(), message]);
    for statement in [StatementId::Standing3, StatementId::Standing8] {
        let expectation = expectation(standing(statement));
        let inputs = expectation.public_inputs(nullifier, tag).unwrap();
        assert_eq!(inputs.statement(), statement);
        let requirement = expectation.eligibility.requirement().unwrap().pack();
        let expected = [members, credentials, requirement, scope, *nullifier.as_field(), *tag.as_field(), message];
        assert_eq!(inputs.values(), expected);
    }
}

#[test]
fn refuses_when_anything_expected_is_something_else() {
    let mut deployment = Deployment::new();
    let one = Fr::one();
    for eligibility in all_eligibilities() {
        let original = expectation(eligibility);
        let presentation = deployment.present(&original);
        let mut changes: Vec<fn(&mut Expectation)> = vec![
            |e| e.roots.members_root = MembersRoot::new(*e.roots.members_root.as_field() + Fr::one()),
            |e| e.scope = Scope::new(*e.scope.as_field() + Fr::one()),
            |e| e.message = Message::new(*e.message.as_field() - Fr::one()),
            |e| e.scope = Scope::new(*e.message.as_field()),
        ];
        if original.eligibility != Eligibility::Membership {
            changes.push(|e| e.roots.credentials_root = CredentialsRoot::new(*e.roots.members_root.as_field()));
            changes.push(|e| with_requirement(e, |r| r.min_count -= 1));
            changes.push(|e| with_requirement(e, |r| r.min_weight += 1));
            changes.push(|e| with_requirement(e, |r| r.as_of += 1));
            changes.push(|e| with_requirement(e, |r| r.domain = "1".parse().unwrap()));
            changes.push(|e| with_requirement(e, |r| r.domain = "1.8".parse().unwrap()));
        }
        for (number, change) in changes.into_iter().enumerate() {
            let mut changed = original.clone();
            change(&mut changed);
            assert_eq!(deployment.verifier.verify(&changed, &presentation), Err(VerifyError::Proof), "change {number}");
        }
        let mut other = presentation.clone();
        other.nullifier = Nullifier::new(*presentation.nullifier.as_field() + one);
        assert_eq!(deployment.verifier.verify(&original, &other), Err(VerifyError::Proof));
        let mut other = presentation.clone();
        other.tag = OwnerTag::new(*presentation.nullifier.as_field());
        assert_eq!(deployment.verifier.verify(&original, &other), Err(VerifyError::Proof));
    }
}

fn with_requirement(expectation: &mut Expectation, change: fn(&mut Requirement)) {
    if let Eligibility::Standing { requirement, .. } = &mut expectation.eligibility {
        change(requirement);
    }
}

#[test]
fn refuses_another_statement_and_another_key() {
    let mut deployment = Deployment::new();
    let expectation = expectation(standing(StatementId::Standing3));
    let presentation = deployment.present(&expectation);

    for found in [StatementId::Membership, StatementId::Standing8, StatementId::Merge6] {
        let other = Presentation { statement: found, ..presentation.clone() };
        let refused = VerifyError::Statement { expected: StatementId::Standing3, found };
        assert_eq!(deployment.verifier.verify(&expectation, &other), Err(refused));
    }

    let found = KeyId::new([7; 32]);
    let other = Presentation { key_id: found, ..presentation.clone() };
    let refused = VerifyError::Key { expected: presentation.key_id, found };
    assert_eq!(deployment.verifier.verify(&expectation, &other), Err(refused));

    // Row 13: a proof of one statement under the key of another, with every name consistent.
    let expected = Expectation { eligibility: standing(StatementId::Standing8), ..expectation.clone() };
    let key_id = deployment.verifier.key_id(StatementId::Standing8).unwrap();
    let other = Presentation { statement: StatementId::Standing8, key_id, ..presentation.clone() };
    assert_eq!(deployment.verifier.verify(&expected, &other), Err(VerifyError::Proof));
}

#[test]
fn refuses_a_statement_without_a_key_or_a_requirement_that_no_statement_shows() {
    let mut deployment = Deployment::new();
    let expectation = expectation(standing(StatementId::Standing3));
    let presentation = deployment.present(&expectation);
    let few = Verifier::new(keys(&deployment.trapdoors[..1])).unwrap();
    assert_eq!(few.verify(&expectation, &presentation), Err(VerifyError::NoKey(StatementId::Standing3)));

    let mut greedy = expectation.clone();
    with_requirement(&mut greedy, |requirement| requirement.min_count = 4);
    let refused = EligibilityError::TooManyCredentials { statement: StatementId::Standing3, min_count: 4 };
    assert_eq!(deployment.verifier.verify(&greedy, &presentation), Err(refused.into()));

    let mut none = expectation;
    none.eligibility = standing(StatementId::Membership);
    let presentation = Presentation {
        statement: StatementId::Membership,
        key_id: deployment.verifier.key_id(StatementId::Membership).unwrap(),
        ..presentation
    };
    let refused = EligibilityError::NotStanding(StatementId::Membership);
    assert_eq!(deployment.verifier.verify(&none, &presentation), Err(refused.into()));
}

#[test]
fn a_key_for_another_statement_prepares_no_verifier() {
    let deployment = Deployment::new();
    let (_, membership) = &deployment.trapdoors[0];
    assert!(Verifier::new([(StatementId::Standing3, membership.key().unwrap())]).is_err());
}

#[test]
fn folding_a_scope_gives_the_same_answers() {
    let mut deployment = Deployment::new();
    for eligibility in all_eligibilities() {
        let expectation = expectation(eligibility);
        let Expectation { eligibility, roots, scope, message } = &expectation;
        let folded = deployment.verifier.fold(eligibility, roots, scope).unwrap();
        let presentation = deployment.present(&expectation);
        assert_eq!(folded.verify(*message, &presentation), Ok(()));
        let other_message = Message::new(Fr::one());
        assert_eq!(folded.verify(other_message, &presentation), Err(VerifyError::Proof));
        let misnamed = Presentation { key_id: KeyId::new([0; 32]), ..presentation.clone() };
        assert!(matches!(folded.verify(*message, &misnamed), Err(VerifyError::Key { .. })));

        let good: Vec<_> = (0..6).map(|_| deployment.present(&expectation)).collect();
        let mut batch: Vec<_> = good.iter().map(|presentation| (*message, presentation)).collect();
        assert_eq!(folded.verify_batch(&batch, &mut deployment.rng), Ok(()));
        batch[1].1 = &misnamed;
        batch[4].0 = other_message;
        let error = folded.verify_batch(&batch, &mut deployment.rng).unwrap_err();
        assert_eq!(error, BatchError { bad: vec![1, 4] });
    }
}

#[test]
fn gives_out_its_prepared_keys() {
    let deployment = Deployment::new();
    for statement in StatementId::ALL {
        let key = Arc::clone(deployment.verifier.key(statement).unwrap());
        assert_eq!((key.statement(), Some(key.id())), (statement, deployment.verifier.key_id(statement)));
    }
}
