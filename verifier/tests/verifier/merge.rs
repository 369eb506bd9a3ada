//! Merges (§5.4): what anyone checks of one, and that the checked instance is in the way of what the circuit lets through.

use aiq_circuits::{
    Fr,
    credential::{Attributes, CredentialId, CredentialKind},
    identity::{DeploymentId, OwnerTag, SpendNullifier},
    merge::MergeError,
    statement::StatementId,
    tree::CredentialsRoot,
    wire::field_hash,
};
use aiq_verifier::{
    VerifyError,
    eligibility::{Eligibility, EligibilityError},
    merge::{Merge, merge_message},
    presentation::{Presentation, Verifier},
    verifying_key::KeyId,
};
use rand::rngs::StdRng;

use crate::support::{Trapdoor, rng, trapdoor};

const HERE: DeploymentId = DeploymentId::new([1; 32]);

pub fn balance() -> Attributes {
    Attributes {
        domain: "1.7.2.0".parse().unwrap(),
        kind: CredentialKind::BALANCE_NOTE,
        weight: 30,
        expires_at: 2_000_000_000,
        issued_at: 1_700_000_000,
    }
}

/// A merge with a proof for no particular key.
pub fn merge() -> Merge {
    let mut rng = rng();
    let trapdoor = trapdoor(StatementId::Merge6, &mut rng);
    let proof = trapdoor.prove(&[Fr::from(1_u64); 10], &mut rng);
    Merge {
        epoch: 7,
        key_id: KeyId::new([0x0d; 32]),
        balance: balance(),
        spends: [11_u64, 12, 13, 14, 15, 16].map(|spend| SpendNullifier::new(spend.into())),
        tag: OwnerTag::new(17_u64.into()),
        proof,
    }
}

fn root() -> CredentialsRoot {
    CredentialsRoot::new(10_u64.into())
}

struct Deployment {
    rng: StdRng,
    trapdoor: Trapdoor,
    verifier: Verifier,
}

impl Deployment {
    fn new() -> Self {
        let mut rng = rng();
        let trapdoor = trapdoor(StatementId::Merge6, &mut rng);
        let verifier = Verifier::new([(StatementId::Merge6, trapdoor.key().unwrap())]).unwrap();
        Self { rng, trapdoor, verifier }
    }

    /// The merge with a proof that holds for what it says, whatever that is: the inputs in the protocol's order.
    fn prove(&mut self, merge: &Merge) -> Merge {
        let mut inputs = vec![*root().as_field(), merge.balance.pack()];
        inputs.extend(merge.spends.iter().map(SpendNullifier::as_field));
        inputs.extend([*merge.tag.as_field(), *merge_message(&HERE, merge.epoch).as_field()]);
        let proof = self.trapdoor.prove(&inputs, &mut self.rng);
        Merge { key_id: self.verifier.key_id(StatementId::Merge6).unwrap(), proof, ..merge.clone() }
    }

    fn verify(&self, merge: &Merge) -> Result<(), VerifyError> {
        merge.verify(&self.verifier, &HERE, root())
    }
}

#[test]
fn accepts_a_merge_that_holds() {
    let mut deployment = Deployment::new();
    let merge = deployment.prove(&merge());
    assert_eq!(deployment.verify(&merge), Ok(()));
}

#[test]
fn the_message_is_of_one_deployment_and_epoch() {
    let message = merge_message(&HERE, 0x0102_0304);
    assert_eq!(message.as_field(), &field_hash(&[b"AIQ/v1/merge", &[1; 32], &[1, 2, 3, 4]]));
    assert_ne!(message, merge_message(&HERE, 0x0102_0305));
    assert_ne!(message, merge_message(&DeploymentId::new([2; 32]), 0x0102_0304));
}

#[test]
fn refuses_when_anything_is_something_else() {
    let mut deployment = Deployment::new();
    let merge = deployment.prove(&merge());
    let changes: [fn(&mut Merge); 12] = [
        |merge| merge.epoch += 1,
        |merge| merge.balance.domain = "1.7.0.0".parse().unwrap(),
        |merge| merge.balance.weight += 1,
        |merge| merge.balance.expires_at += 1,
        |merge| merge.balance.issued_at -= 1,
        |merge| merge.spends[0] = SpendNullifier::new(21_u64.into()),
        |merge| merge.spends[5] = SpendNullifier::new(21_u64.into()),
        |merge| merge.spends.swap(0, 1),
        |merge| merge.spends.reverse(),
        |merge| merge.tag = OwnerTag::new(21_u64.into()),
        |merge| merge.tag = OwnerTag::new(*merge.spends[0].as_field()),
        |merge| merge.proof = self::merge().proof,
    ];
    for (number, change) in changes.into_iter().enumerate() {
        let mut changed = merge.clone();
        change(&mut changed);
        assert_eq!(deployment.verify(&changed), Err(VerifyError::Proof), "change {number}");
    }
    let elsewhere = DeploymentId::new([2; 32]);
    assert_eq!(merge.verify(&deployment.verifier, &elsewhere, root()), Err(VerifyError::Proof));
    let other_root = CredentialsRoot::new(*merge.spends[0].as_field());
    assert_eq!(merge.verify(&deployment.verifier, &HERE, other_root), Err(VerifyError::Proof));
}

/// Rule 8 and the rest of what an instance is: the proofs here hold, as those of the circuit would.
#[test]
fn refuses_what_no_instance_says_though_the_proof_holds() {
    let mut deployment = Deployment::new();
    let mut refused = |change: &dyn Fn(&mut Merge), error: MergeError| {
        let mut changed = merge();
        change(&mut changed);
        let merge = deployment.prove(&changed);
        assert_eq!(deployment.verify(&merge), Err(VerifyError::Merge(error)));
    };
    for (first, second) in [(1, 2), (1, 6), (3, 5), (5, 6)] {
        let error = MergeError::SpentTwice { first, second };
        refused(&|merge| merge.spends[second - 1] = merge.spends[first - 1], error);
    }
    for kind in [0x00, 0x7f, 0x80, 0x82] {
        refused(&|merge| merge.balance.kind = CredentialKind::new(kind), MergeError::NotABalanceNote { kind });
    }
    refused(&|merge| merge.balance.weight = 0, MergeError::NoWeight);
}

#[test]
fn refuses_another_key_and_a_verifier_without_one() {
    let mut deployment = Deployment::new();
    let merge = deployment.prove(&merge());
    let found = KeyId::new([7; 32]);
    let refused = VerifyError::Key { expected: merge.key_id, found };
    assert_eq!(deployment.verify(&Merge { key_id: found, ..merge.clone() }), Err(refused));
    let none = Verifier::new([]).unwrap();
    assert_eq!(merge.verify(&none, &HERE, root()), Err(VerifyError::NoKey(StatementId::Merge6)));
}

#[test]
fn the_new_note_is_its_owners_and_has_an_id_of_its_own() {
    let merge = merge();
    let credential = merge.credential();
    assert_eq!((credential.tag, credential.attributes), (merge.tag, merge.balance));
    assert_eq!(credential.id, CredentialId::of_balance(&merge.spends));
    for slot in 0..6 {
        let mut other = merge.clone();
        other.spends[slot] = SpendNullifier::new(21_u64.into());
        assert_ne!(other.credential().id, credential.id, "slot {slot}");
    }
    let mut other = merge.clone();
    other.spends.swap(2, 3);
    assert_ne!(other.credential().id, credential.id);
}

/// A merge has neither scope nor nullifier: nothing that is presented can be shown by one.
#[test]
fn a_merge_is_no_presentation() {
    let mut deployment = Deployment::new();
    let standing = crate::records::standing();
    let Eligibility::Standing { requirement, menu, .. } = standing.clone() else { panic!() };
    let by_merge = Eligibility::Standing { statement: StatementId::Merge6, requirement, menu };
    let refused = EligibilityError::NotStanding(StatementId::Merge6);
    assert_eq!(by_merge.validate(), Err(refused.clone()));
    assert!(refused.to_string().contains("not by merge-6"), "{refused}");

    let mut json = serde_json::to_value(&standing).unwrap();
    json["statement"] = "merge-6".into();
    let error = serde_json::from_value::<Eligibility>(json).unwrap_err();
    assert!(error.to_string().contains("not by merge-6"), "{error}");

    let expectation = crate::presentation::expectation(by_merge.clone());
    let merge = deployment.prove(&merge());
    let presentation = Presentation {
        statement: StatementId::Merge6,
        key_id: merge.key_id,
        nullifier: aiq_circuits::identity::Nullifier::new(1_u64.into()),
        tag: merge.tag,
        proof: merge.proof,
    };
    assert_eq!(deployment.verifier.verify(&expectation, &presentation), Err(refused.clone().into()));
    let folded = deployment.verifier.fold(&by_merge, &expectation.roots, &expectation.scope);
    assert_eq!(folded.unwrap_err(), refused.into());
}
