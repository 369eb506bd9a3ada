//! The prover against ark-groth16: with the same blinding, the same proof.

use std::sync::Mutex;

use aiq_circuits::constraints::{Circuit, Synthesise, sample};
use aiq_circuits::statement::StatementId;
use aiq_keys::setup::ProvingKey;
use aiq_keys::setup::reduction::SnarkjsReduction;
use aiq_verifier::groth16::PreparedKey;
use ark_bn254::Bn254;
use ark_ff::UniformRand;
use ark_groth16::Groth16;

use super::fixture::{AS_OF, MEMBERSHIP, MERGE_6, STANDING_3, keys, membership, rng, standing};
use crate::circuit::Blinding;
use crate::engine::{EngineKind, EngineOptions, Keep};
use crate::{Clock, Part, ProveError, Prover, Stage};

fn gives_ark_groth16s_proof<I: Synthesise>(prover: &Prover, instance: &I, witness: &I::Witness) {
    let (r, s) = (ark_bn254::Fr::rand(&mut rng(1)), ark_bn254::Fr::rand(&mut rng(2)));
    let ours = prover.prove_blinded(instance, witness, &Blinding { r, s }, &mut |_| {}).unwrap();

    let key = ProvingKey::load(&keys(I::ID), I::ID).unwrap();
    let theirs = Groth16::<Bn254, SnarkjsReduction>::create_proof_with_reduction(
        Circuit::new(instance, witness),
        key.as_ark(),
        r,
        s,
    )
    .unwrap();
    assert_eq!((ours.a(), ours.b(), ours.c()), (&theirs.a, &theirs.b, &theirs.c));
}

#[test]
fn membership_proofs_are_ark_groth16s() {
    let (instance, witness) = membership();
    gives_ark_groth16s_proof(&MEMBERSHIP, &instance, &witness);
}

#[test]
fn standing_proofs_are_ark_groth16s() {
    let (instance, witness) = standing::<3>(AS_OF + 1);
    gives_ark_groth16s_proof(&STANDING_3, &instance, &witness);
}

#[test]
fn merge_proofs_are_ark_groth16s() {
    let (instance, witness) = sample::merge();
    gives_ark_groth16s_proof(&MERGE_6, &instance, &witness);
}

#[test]
fn every_engine_makes_the_same_proof() {
    let (instance, witness) = membership();
    let keys = keys(StatementId::Membership);
    for kind in EngineKind::ALL.into_iter().filter(|kind| kind.is_available()) {
        // All multiples, some of them, and the bases alone.
        for memory in [EngineOptions::DEFAULT_MEMORY, 5_000_000, 0] {
            let options = EngineOptions { kind, memory, keep: Keep::InMemory };
            let prover = Prover::load_with(&keys, StatementId::Membership, &options, &|_, _| {}).unwrap();
            gives_ark_groth16s_proof(&prover, &instance, &witness);

            // What is measured part by part is a proof as well: it is verified before it is returned.
            let mut heard = Vec::new();
            let mut on_part = |part, _| heard.push(part);
            prover.prove_in_parts(&instance, &witness, &mut rng(5), &mut Clock::new(&mut on_part)).unwrap();
            heard.sort_unstable();
            heard.dedup();
            let mut all = Part::ALL;
            all.sort_unstable();
            assert_eq!(heard, all);
        }
    }
}

#[test]
fn making_tables_reports_every_step() {
    let keys = keys(StatementId::Membership);
    let options = EngineOptions { kind: EngineKind::Portable, memory: 0, keep: Keep::InMemory };
    let heard = Mutex::new(Vec::new());
    let on_tables = |done, total| heard.lock().unwrap().push((done, total));
    Prover::load_with(&keys, StatementId::Membership, &options, &on_tables).unwrap();
    let mut heard = heard.into_inner().unwrap();
    heard.sort_unstable();
    let total = heard.len();
    assert_eq!(heard, (1..=total).map(|done| (done, total)).collect::<Vec<_>>());
}

#[test]
fn many_proofs_come_in_order_and_one_refusal_stops_no_other() {
    use aiq_circuits::statement::Statement;
    let statements: Vec<_> = [AS_OF + 1, AS_OF, AS_OF + 2].into_iter().map(standing::<3>).collect();
    let stages = Mutex::new(Vec::new());
    let results =
        STANDING_3.prove_many(&statements, &mut rng(4), &|number, stage| stages.lock().unwrap().push((number, stage)));
    let key = keys(StatementId::Standing3).verifying_key(StatementId::Standing3).unwrap();
    let key = PreparedKey::new(StatementId::Standing3, &key).unwrap();
    for (number, (instance, _)) in statements.iter().enumerate() {
        match &results[number] {
            Ok(proof) => key.verify(&instance.public_inputs(), proof).unwrap(),
            Err(error) => assert!(number == 1 && matches!(error, ProveError::Rule(_)), "{number}: {error}"),
        }
        let heard = stages.lock().unwrap().iter().filter(|(of, _)| *of == number).count();
        assert_eq!(heard, if number == 1 { 1 } else { Stage::ALL.len() });
    }
    assert!(results[1].is_err());
}

#[test]
fn every_proof_is_blinded_anew_and_verifies() {
    use aiq_circuits::statement::Statement;
    let (instance, witness) = membership();
    let mut rng = rng(3);
    let mut stages = Vec::new();
    let first = MEMBERSHIP.prove(&instance, &witness, &mut rng, &mut |stage| stages.push(stage)).unwrap();
    let second = MEMBERSHIP.prove(&instance, &witness, &mut rng, &mut |_| {}).unwrap();
    assert_eq!(stages, Stage::ALL);
    assert_ne!(first.to_bytes(), second.to_bytes());

    let keys = keys(MEMBERSHIP.statement());
    let key = keys.verifying_key(MEMBERSHIP.statement()).unwrap();
    assert_eq!(key.id(), MEMBERSHIP.key_id());
    let key = PreparedKey::new(MEMBERSHIP.statement(), &key).unwrap();
    for proof in [first, second] {
        key.verify(&instance.public_inputs(), &proof).unwrap();
    }
}
