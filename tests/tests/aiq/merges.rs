//! Merges (§5.4) with real proofs, and what their balances are worth afterwards: nothing counts twice.

use aiq_circuits::credential::{Attributes, CredentialKind};
use aiq_circuits::identity::{DeploymentId, SpendNullifier};
use aiq_circuits::merge::{MergeInstance, MergeWitness, SlotWitness};
use aiq_circuits::scope::{Scope, ScopeKind};
use aiq_circuits::statement::{PublicInputs, RuleError, Statement, StatementId};
use aiq_prover::ProveError;
use aiq_tests::keys::{prover, rerandomised, verifier};
use aiq_tests::world::{NOW, Witness, World, message, safety, standing};
use aiq_verifier::VerifyError;
use aiq_verifier::merge::{Merge, merge_message};
use aiq_verifier::presentation::Expectation;
use rand::rngs::OsRng;

const EPOCH: u32 = 3;

/// Tags of member 0's notes: three rewards of 4 and a balance of 10, behind two credentials of 3.
const REWARDS: [u64; 3] = [2, 3, 4];
const BALANCE: u64 = 5;

/// Member 1 has one reward note like those of member 0.
fn world() -> World {
    let reward = Attributes { kind: CredentialKind::REWARD_NOTE, ..safety(4) };
    let balance = Attributes { kind: CredentialKind::BALANCE_NOTE, ..safety(10) };
    let held = [safety(3), safety(3), reward, reward, reward, balance];
    World::new(DeploymentId::new([0xa3; 32]), &[&held, &[reward]])
}

/// Member 0 merges what is in these slots to a note under the tag `new`.
fn merge_slots(world: &World, slots: Vec<SlotWitness>, new: u64) -> Result<Merge, ProveError> {
    let weight = slots.iter().map(|slot| slot.attributes.weight).sum();
    let kind = CredentialKind::BALANCE_NOTE;
    let balance = Attributes { kind, weight, issued_at: NOW, ..slots[0].attributes };
    let owner = &world.identities[0];
    let witness = MergeWitness::new(owner.secret().clone(), owner.tag_randomness(new), slots, &mut OsRng).unwrap();
    let (spends, tag) = (witness.spends(), witness.tag());
    let (root, message) = (world.credential_tree.root(), merge_message(&world.deployment, EPOCH));
    let instance = MergeInstance::new(root, balance, spends, tag, message).unwrap();
    let prover = prover(StatementId::Merge6);
    let proof = prover.prove(&instance, &witness, &mut OsRng, &mut |_| {})?;
    Ok(Merge { epoch: EPOCH, key_id: prover.key_id(), balance, spends, tag, proof })
}

fn merge(world: &World, tags: &[u64], new: u64) -> Result<Merge, ProveError> {
    merge_slots(world, tags.iter().map(|tag| world.slot(0, *tag)).collect(), new)
}

/// Verified, and appended by the next epoch.
fn accept(world: &mut World, merge: &Merge) {
    merge.verify(verifier(), &world.deployment, world.credential_tree.root()).unwrap();
    world.credentials.push(merge.credential());
    world.credential_tree.append(merge.credential().leaf()).unwrap();
}

/// Whether member 0 can show so much with what is under these tags.
fn shows(world: &World, tags: &[u64], min_count: u8, min_weight: u32) -> Result<(), RuleError> {
    let expected = Expectation {
        eligibility: standing(StatementId::Standing3, min_count, min_weight),
        roots: world.roots(),
        scope: Scope::derive(&world.deployment, ScopeKind::Poll, b"merges"),
        message: message("merges"),
    };
    match world.present(&expected, &Witness::Standing3(world.standing(0, tags))) {
        Ok(presentation) => {
            verifier().verify(&expected, &presentation).unwrap();
            Ok(())
        }
        Err(ProveError::Rule(rule)) => Err(rule),
        Err(other) => panic!("refused, but not by a rule: {other}"),
    }
}

fn common(one: &Merge, other: &Merge) -> Vec<SpendNullifier> {
    one.spends.iter().copied().filter(|spend| other.spends.contains(spend)).collect()
}

#[test]
fn notes_become_a_balance_and_nothing_counts_twice() {
    let mut world = world();
    assert_eq!(shows(&world, &[0, 1, REWARDS[0]], 2, 1), Err(RuleError::WrongKind { credential: 3, kind: 0x80 }));

    let first = merge(&world, &REWARDS[..2], 10).unwrap();
    accept(&mut world, &first);
    assert_eq!(shows(&world, &[0, 1, 10], 2, 14), Ok(()));
    assert_eq!(shows(&world, &[0, 1, 10], 2, 15), Err(RuleError::TooLight { held: 14, required: 15 }));

    // The balance with another and a reward: 8 + 10 + 4.
    let second = merge(&world, &[10, BALANCE, REWARDS[2]], 11).unwrap();
    assert_eq!(common(&first, &second), []);
    accept(&mut world, &second);
    assert_eq!(shows(&world, &[0, 1, 11], 2, 28), Ok(()));

    // All notes are still leaves. What was spent counts for less alone, and for nothing beside what it went into.
    assert_eq!(shows(&world, &[0, 1, 10], 2, 14), Ok(()));
    assert_eq!(shows(&world, &[0, 10, 11], 1, 1), Err(RuleError::SecondBalanceNote));
    assert_eq!(shows(&world, &[0, BALANCE, 11], 1, 1), Err(RuleError::SecondBalanceNote));
    assert_eq!(shows(&world, &[0, 11, REWARDS[0]], 1, 1), Err(RuleError::WrongKind { credential: 3, kind: 0x80 }));
}

/// Whatever is merged with it, under whatever root: what anyone has seen once is seen again.
#[test]
fn a_note_that_is_spent_again_shows_the_same_nullifier() {
    let mut world = world();
    let [first, parallel] = [&REWARDS[..2], &REWARDS[1..]].map(|tags| merge(&world, tags, 10).unwrap());
    let spent = world.identities[0].secret().spend_nullifier(&world.slot(0, REWARDS[1]).id);
    assert_eq!(common(&first, &parallel), [spent]);
    parallel.verify(verifier(), &world.deployment, world.credential_tree.root()).unwrap();

    accept(&mut world, &first);
    let later = merge(&world, &[REWARDS[1], BALANCE], 11).unwrap();
    assert_eq!(common(&first, &later), [spent]);
    let with_its_successor = merge(&world, &[REWARDS[1], 10], 12).unwrap();
    assert_eq!(common(&first, &with_its_successor), [spent]);

    // Proof bytes say nothing: the same merge in others.
    let again = Merge { proof: rerandomised(StatementId::Merge6, &later.proof), ..later.clone() };
    assert_ne!(again.proof, later.proof);
    again.verify(verifier(), &world.deployment, world.credential_tree.root()).unwrap();
    assert_eq!((again.spends, again.credential()), (later.spends, later.credential()));
}

#[test]
fn what_does_not_merge_is_named_by_its_rule() {
    let world = world();
    let refusal = |merge: Result<Merge, ProveError>| match merge {
        Err(ProveError::Rule(rule)) => rule,
        other => panic!("{other:?}"),
    };
    assert_eq!(refusal(merge(&world, &[BALANCE], 10)), RuleError::NothingToMerge);
    let foreign = merge_slots(&world, vec![world.slot(0, REWARDS[0]), world.slot(1, 0)], 10);
    assert!(matches!(refusal(foreign), RuleError::NoteNotInTree { .. }));
    let credential = merge(&world, &[BALANCE, 0], 10);
    let rule = refusal(credential);
    assert!(matches!(rule, RuleError::NotANote { kind: 1, .. }), "{rule}");
    assert!(rule.to_string().contains("only reward notes and balance notes can be merged"), "{rule}");
}

#[test]
fn a_merge_is_for_one_deployment_epoch_root_and_content() {
    let world = world();
    let merge = merge(&world, &REWARDS, 10).unwrap();
    let root = world.credential_tree.root();
    let refused = |changed: &Merge| {
        assert_ne!(changed, &merge);
        assert_eq!(changed.verify(verifier(), &world.deployment, root), Err(VerifyError::Proof));
    };
    refused(&Merge { epoch: EPOCH + 1, ..merge.clone() });
    refused(&Merge { tag: world.identities[0].tag(11), ..merge.clone() });
    refused(&Merge { tag: world.identities[1].tag(10), ..merge.clone() });
    refused(&Merge { balance: Attributes { weight: 13, ..merge.balance }, ..merge.clone() });
    refused(&Merge { balance: Attributes { expires_at: u32::MAX, ..merge.balance }, ..merge.clone() });
    refused(&Merge { balance: Attributes { issued_at: NOW + 1, ..merge.balance }, ..merge.clone() });
    for slot in 0..6 {
        let mut changed = merge.clone();
        changed.spends[slot] = SpendNullifier::new(*merge.tag.as_field());
        refused(&changed);
    }
    let elsewhere = DeploymentId::new([0xa4; 32]);
    assert_eq!(merge.verify(verifier(), &elsewhere, root), Err(VerifyError::Proof));
    let mut tree = world.credential_tree.clone();
    tree.bury(&[0]).unwrap();
    assert_eq!(merge.verify(verifier(), &world.deployment, tree.root()), Err(VerifyError::Proof));
}

/// Row 11: every public input one more and one less, and any two of them exchanged.
#[test]
fn a_merges_proof_is_for_its_public_inputs_in_their_order() {
    let world = world();
    let merge = merge(&world, &REWARDS, 10).unwrap();
    let instance = merge.instance(&world.deployment, world.credential_tree.root()).unwrap();
    let key = verifier().key(StatementId::Merge6).unwrap();
    let honest = instance.public_inputs().values().to_vec();
    let verify = |values: Vec<_>| {
        let inputs = PublicInputs::new(StatementId::Merge6, values).unwrap();
        key.verify(&inputs, &merge.proof)
    };
    assert_eq!(verify(honest.clone()), Ok(()));
    for place in 0..honest.len() {
        for by in [1_i64, -1] {
            let mut changed = honest.clone();
            changed[place] += aiq_circuits::Fr::from(by);
            assert_eq!(verify(changed), Err(VerifyError::Proof), "input {place} by {by}");
        }
        for other in 0..place {
            let mut changed = honest.clone();
            changed.swap(place, other);
            assert_eq!(verify(changed), Err(VerifyError::Proof), "inputs {other} and {place}");
        }
    }
    for count in [9, 11] {
        let mut other = honest.clone();
        other.resize(count, honest[0]);
        assert!(PublicInputs::new(StatementId::Merge6, other).is_err());
    }
}
