//! What never becomes a proof.

use std::fs;

use aiq_circuits::Fr;
use aiq_circuits::constraints::{R1cs, assign, sample};
use aiq_circuits::membership::MembershipInstance;
use aiq_circuits::statement::{RuleError, StatementId};
use aiq_keys::setup::ProvingKey;
use aiq_keys::{KeyDir, KeyError, KeyKind};
use ark_ff::Field;

use super::fixture::{AS_OF, MEMBERSHIP, MERGE_6, STANDING_3, keys, membership, rng, standing};
use crate::circuit::Blinding;
use crate::engine::{ArkEngine, Engine, Products, RowValues};
use crate::{Clock, LoadError, ProveError, Prover};

#[test]
fn a_broken_rule_is_named_and_nothing_is_computed() {
    let (instance, witness) = standing::<3>(AS_OF);
    let mut stages = Vec::new();
    let refused = STANDING_3.prove(&instance, &witness, &mut rng(1), &mut |stage| stages.push(stage));
    let error = refused.unwrap_err();
    assert!(matches!(error, ProveError::Rule(RuleError::Expired { credential: 2, .. })), "{error}");
    assert!(error.to_string().contains("credential 2 expired"), "{error}");
    assert_eq!(stages.len(), 1);
}

#[test]
fn a_broken_rule_of_a_merge_names_the_slot() {
    let (instance, mut witness) = sample::merge();
    witness.slots.swap(1, 4);
    let mut stages = Vec::new();
    let error = MERGE_6.prove(&instance, &witness, &mut rng(1), &mut |stage| stages.push(stage)).unwrap_err();
    assert!(matches!(error, ProveError::Rule(RuleError::WrongSpend { slot: 2 })), "{error}");
    assert!(error.to_string().contains("slot 2"), "{error}");
    assert_eq!(stages.len(), 1);
}

#[test]
fn an_instance_of_another_statement() {
    let (instance, witness) = standing::<3>(AS_OF + 1);
    let refused = MEMBERSHIP.prove(&instance, &witness, &mut rng(1), &mut |_| {});
    assert!(matches!(
        refused,
        Err(ProveError::StatementDiffers { found: StatementId::Standing3, expected: StatementId::Membership })
    ));
}

#[test]
fn an_assignment_that_breaks_a_constraint_names_its_group() {
    let r1cs = R1cs::of::<MembershipInstance>().unwrap();
    let (instance, witness) = membership();
    let honest = assign(&instance, &witness).unwrap();
    let blinding = Blinding { r: Fr::from(2u8), s: Fr::from(3u8) };
    MEMBERSHIP.prove_assignment(&honest, &blinding, &mut |_| {}).unwrap();
    for column in (1..honest.len()).step_by(97).filter(|column| *column != 5) {
        let mut changed = honest.to_vec();
        changed[column] += Fr::ONE;
        let (first, name) = r1cs.first_unsatisfied(&changed).unwrap();
        match MEMBERSHIP.prove_assignment(&changed, &blinding, &mut |_| {}) {
            Err(ProveError::Unsatisfied { row, group, statement: StatementId::Membership }) => {
                assert_eq!((row, group.as_str()), (first, name));
            }
            other => panic!("column {column}: {other:?}"),
        }
    }
}

/// An engine with a fault.
struct Faulty(ArkEngine);

impl Engine for Faulty {
    fn products(&self, assignment: &[Fr], rows: RowValues) -> Products {
        let products = self.0.products(assignment, rows);
        Products { h: products.h + products.l, ..products }
    }

    fn products_in_parts(&self, assignment: &[Fr], rows: RowValues, _: &mut Clock<'_>) -> Products {
        self.products(assignment, rows)
    }
}

#[test]
fn a_wrong_result_of_the_engine_is_not_handed_out() {
    let faulty =
        |key: &ProvingKey, r1cs: &_| Box::new(Faulty(ArkEngine::prepare(key.as_ark(), r1cs))) as Box<dyn Engine>;
    let prover = Prover::load_prepared(&keys(StatementId::Membership), StatementId::Membership, faulty).unwrap();
    let (instance, witness) = membership();
    let refused = prover.prove(&instance, &witness, &mut rng(1), &mut |_| {});
    assert!(matches!(refused, Err(ProveError::Invalid(_))));
}

#[test]
fn a_truncated_key_and_the_key_of_another_statement() {
    let source = keys(StatementId::Membership);
    let entry = source.entry(StatementId::Membership).unwrap();
    let directory = tempfile::tempdir().unwrap();
    fs::copy(source.manifest_path(), directory.path().join("manifest.json")).unwrap();
    let keys = KeyDir::open(directory.path()).unwrap();
    let missing = Prover::load(&keys, StatementId::Membership);
    assert!(matches!(missing, Err(LoadError::Key(KeyError::FileMissing { .. }))));

    let bytes = fs::read(source.file_path(entry, KeyKind::Proving)).unwrap();
    fs::write(keys.file_path(entry, KeyKind::Proving), &bytes[..bytes.len() - 1]).unwrap();
    let truncated = Prover::load(&keys, StatementId::Membership);
    assert!(matches!(truncated, Err(LoadError::Key(KeyError::SizeDiffers { .. }))));

    let other = keys.entry(StatementId::Standing3).unwrap();
    fs::write(keys.file_path(other, KeyKind::Proving), &bytes).unwrap();
    let wrong = Prover::load(&keys, StatementId::Standing3);
    assert!(matches!(wrong, Err(LoadError::Key(KeyError::SizeDiffers { .. }))));
}
