//! Row 11, other keys, malleability, and agreement with ark-groth16.

use std::sync::Arc;

use aiq_circuits::statement::{PublicInputs, StatementId};
use aiq_verifier::{VerifyError, groth16::PreparedKey, proof::Proof, verifying_key::VerifyingKey};
use ark_bn254::{Bn254, Fr};
use ark_ff::{One as _, UniformRand as _};
use ark_groth16::Groth16;
use ark_relations::gr1cs::{ConstraintSynthesizer, ConstraintSystemRef, LinearCombination, SynthesisError, Variable};
use ark_serialize::CanonicalSerialize as _;
use rand::rngs::StdRng;

use crate::support::{random_inputs, rng, trapdoor};

const STATEMENT: StatementId = StatementId::Standing3;

/// "I know a square root of each public input": a small circuit with as many public inputs as a statement has.
#[derive(Clone)]
struct Roots(Vec<Fr>);

impl ConstraintSynthesizer<Fr> for Roots {
    fn generate_constraints(self, cs: ConstraintSystemRef<Fr>) -> Result<(), SynthesisError> {
        for root in self.0 {
            let square = cs.new_input_variable(|| Ok(root * root))?;
            let root = cs.new_witness_variable(|| Ok(root))?;
            let lc = |variable: Variable| LinearCombination::from(variable);
            cs.enforce_r1cs_constraint(|| lc(root), || lc(root), || lc(square))?;
        }
        Ok(())
    }
}

struct Setup {
    theirs: ark_groth16::ProvingKey<Bn254>,
    ours: Arc<PreparedKey>,
}

fn setup(rng: &mut StdRng) -> Setup {
    let blank = Roots(vec![Fr::one(); STATEMENT.public_inputs()]);
    let theirs = Groth16::<Bn254>::generate_random_parameters_with_reduction(blank, rng).unwrap();
    let mut bytes = Vec::new();
    theirs.vk.serialize_compressed(&mut bytes).unwrap();
    let key = VerifyingKey::from_bytes(&bytes).unwrap();
    Setup { theirs, ours: Arc::new(PreparedKey::new(STATEMENT, &key).unwrap()) }
}

impl Setup {
    fn prove(&self, rng: &mut StdRng) -> (PublicInputs, Proof) {
        let roots: Vec<Fr> = (0..STATEMENT.public_inputs()).map(|_| Fr::rand(rng)).collect();
        let squares = roots.iter().map(|root| root * root).collect();
        let proof = Groth16::<Bn254>::create_random_proof_with_reduction(Roots(roots), &self.theirs, rng).unwrap();
        (PublicInputs::new(STATEMENT, squares).unwrap(), Proof::from_points(proof.a, proof.b, proof.c).unwrap())
    }

    /// What ark-groth16's verifier says.
    fn theirs(&self, inputs: &[Fr], proof: &Proof) -> bool {
        let prepared = ark_groth16::prepare_verifying_key(&self.theirs.vk);
        Groth16::<Bn254>::verify_proof(&prepared, &ark(proof), inputs).unwrap()
    }
}

fn ark(proof: &Proof) -> ark_groth16::Proof<Bn254> {
    ark_groth16::Proof { a: *proof.a(), b: *proof.b(), c: *proof.c() }
}

#[test]
fn agrees_with_ark_groth16() {
    let mut rng = rng();
    let setup = setup(&mut rng);
    let (inputs, proof) = setup.prove(&mut rng);
    let (other_inputs, other_proof) = setup.prove(&mut rng);
    for (inputs, proof, valid) in [
        (&inputs, &proof, true),
        (&other_inputs, &other_proof, true),
        (&inputs, &other_proof, false),
        (&other_inputs, &proof, false),
    ] {
        assert_eq!(setup.theirs(inputs.values(), proof), valid);
        assert_eq!(setup.ours.verify(inputs, proof), if valid { Ok(()) } else { Err(VerifyError::Proof) });
    }
}

/// ark-groth16 0.6 itself verifies a proof with inputs appended; here a list of another length is no list of inputs.
#[test]
fn refuses_inputs_dropped_or_added() {
    let mut rng = rng();
    let setup = setup(&mut rng);
    let (inputs, proof) = setup.prove(&mut rng);
    let longer = [inputs.values(), &[Fr::from(77_u64)]].concat();
    assert!(setup.theirs(&longer, &proof), "the defence here is against this");
    assert!(PublicInputs::new(STATEMENT, longer.clone()).is_err());
    assert!(PublicInputs::new(STATEMENT, inputs.values()[..6].to_vec()).is_err());
    assert!(PublicInputs::new(STATEMENT, Vec::new()).is_err());

    let folded = setup.ours.fold(&[]).unwrap();
    assert_eq!(folded.verify(inputs.values(), &proof), Ok(()));
    for values in [&longer[..], &inputs.values()[..6], &[]] {
        let refused = VerifyError::InputCount { expected: 7, found: values.len() };
        assert_eq!(folded.verify(values, &proof), Err(refused));
    }
}

#[test]
fn refuses_inputs_of_another_statement() {
    let mut rng = rng();
    let setup = setup(&mut rng);
    let (inputs, proof) = setup.prove(&mut rng);
    for other in [StatementId::Standing8, StatementId::Membership] {
        let values = inputs.values()[..other.public_inputs()].to_vec();
        let renamed = PublicInputs::new(other, values).unwrap();
        let refused = VerifyError::Statement { expected: STATEMENT, found: other };
        assert_eq!(setup.ours.verify(&renamed, &proof), Err(refused));
    }
}

#[test]
fn refuses_inputs_permuted_or_changed_by_one() {
    let mut rng = rng();
    let setup = setup(&mut rng);
    let (inputs, proof) = setup.prove(&mut rng);
    let refuses = |values: Vec<Fr>| {
        let changed = PublicInputs::new(STATEMENT, values).unwrap();
        assert_eq!(setup.ours.verify(&changed, &proof), Err(VerifyError::Proof));
    };
    for place in 0..inputs.values().len() {
        for difference in [Fr::one(), -Fr::one()] {
            let mut values = inputs.values().to_vec();
            values[place] += difference;
            refuses(values);
        }
        let mut swapped = inputs.values().to_vec();
        swapped.swap(place, (place + 1) % inputs.values().len());
        refuses(swapped);
    }
    refuses(inputs.values().iter().rev().copied().collect());
    refuses(vec![Fr::from(0_u64); 7]);
}

#[test]
fn refuses_a_proof_under_another_key() {
    let mut rng = rng();
    let (one, other) = (setup(&mut rng), setup(&mut rng));
    let (inputs, proof) = one.prove(&mut rng);
    assert_eq!(one.ours.verify(&inputs, &proof), Ok(()));
    assert_eq!(other.ours.verify(&inputs, &proof), Err(VerifyError::Proof));
}

#[test]
fn refuses_a_proof_with_any_point_exchanged() {
    let mut rng = rng();
    let setup = setup(&mut rng);
    let (inputs, proof) = setup.prove(&mut rng);
    let (_, other) = setup.prove(&mut rng);
    for changed in [
        Proof::from_points(*other.a(), *proof.b(), *proof.c()),
        Proof::from_points(*proof.a(), *other.b(), *proof.c()),
        Proof::from_points(*proof.a(), *proof.b(), *other.c()),
        Proof::from_points(-*proof.a(), *proof.b(), *proof.c()),
        Proof::from_points(*proof.c(), *proof.b(), *proof.a()),
    ] {
        assert_eq!(setup.ours.verify(&inputs, &changed.unwrap()), Err(VerifyError::Proof));
    }
}

/// Not a fault but a fact to build on: other bytes prove the same, so bytes identify nothing (§5.3).
#[test]
fn a_proof_is_malleable_and_verifies_in_other_bytes() {
    let mut rng = rng();
    let setup = setup(&mut rng);
    let (inputs, proof) = setup.prove(&mut rng);
    let negated = Proof::from_points(-*proof.a(), -*proof.b(), *proof.c()).unwrap();
    let fresh = Groth16::<Bn254>::rerandomize_proof(&setup.theirs.vk, &ark(&proof), &mut rng);
    let fresh = Proof::from_points(fresh.a, fresh.b, fresh.c).unwrap();
    for other in [negated, fresh] {
        assert_ne!(other.to_bytes(), proof.to_bytes());
        assert_eq!(setup.ours.verify(&inputs, &other), Ok(()));
    }
}

#[test]
fn folding_any_inputs_changes_no_answer() {
    let mut rng = rng();
    let trapdoor = trapdoor(STATEMENT, &mut rng);
    let key = Arc::new(PreparedKey::new(STATEMENT, &trapdoor.key().unwrap()).unwrap());
    let inputs = random_inputs(STATEMENT, &mut rng);
    let proof = trapdoor.prove(inputs.values(), &mut rng);
    for places in [vec![], vec![0, 1, 2, 3], vec![6, 0, 3], (0..7).collect()] {
        let fixed: Vec<_> = places.iter().map(|place| (*place, inputs.values()[*place])).collect();
        let folded = key.fold(&fixed).unwrap();
        let rest = |inputs: &[Fr]| -> Vec<Fr> {
            (0..).zip(inputs).filter(|(place, _)| !places.contains(place)).map(|(_, value)| *value).collect()
        };
        let mut rest = rest(inputs.values());
        assert_eq!(folded.verify(&rest, &proof), Ok(()));
        if let Some(value) = rest.last_mut() {
            *value += Fr::one();
            assert_eq!(folded.verify(&rest, &proof), Err(VerifyError::Proof));
        }
    }
}

#[test]
fn refuses_to_fold_a_place_twice_or_one_that_does_not_exist() {
    let mut rng = rng();
    let key = trapdoor(STATEMENT, &mut rng).key().unwrap();
    let key = Arc::new(PreparedKey::new(STATEMENT, &key).unwrap());
    let value = Fr::one();
    for places in [&[(0, value), (0, value)][..], &[(7, value)], &[(usize::MAX, value)]] {
        assert!(matches!(key.fold(places), Err(VerifyError::InputCount { .. })));
    }
}
