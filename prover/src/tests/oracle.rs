//! The prover against ark-groth16: with the same blinding, the same proof.

use aiq_circuits::constraints::{Circuit, Synthesise};
use aiq_keys::setup::ProvingKey;
use aiq_keys::setup::reduction::SnarkjsReduction;
use aiq_verifier::groth16::PreparedKey;
use ark_bn254::Bn254;
use ark_ff::UniformRand;
use ark_groth16::Groth16;

use super::fixture::{AS_OF, MEMBERSHIP, STANDING_3, keys, membership, rng, standing};
use crate::prover::Blinding;
use crate::{Prover, Stage};

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
