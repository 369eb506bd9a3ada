//! The reduction and the key maker against ark-groth16 and against the definition.

use aiq_circuits::Fr;
use aiq_circuits::constraints::{R1cs, Synthesis, SynthesisError};
use aiq_circuits::statement::StatementId;
use ark_bn254::{Bn254, G1Projective, G2Projective};
use ark_ec::PrimeGroup;
use ark_ff::{AdditiveGroup, Field, UniformRand};
use ark_groth16::Groth16;
use ark_groth16::r1cs_to_qap::R1CSToQAP;
use ark_poly::{EvaluationDomain, GeneralEvaluationDomain};
use ark_relations::gr1cs::{ConstraintSynthesizer, ConstraintSystem, ConstraintSystemRef};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

use crate::setup::maker::{Trapdoor, make_key};
use crate::setup::reduction::SnarkjsReduction;

type Domain = GeneralEvaluationDomain<Fr>;
type Oracle = Groth16<Bn254, SnarkjsReduction>;

/// A chain of products from the first input to the second; the other inputs are in no constraint.
#[derive(Clone, Copy)]
struct Chain {
    values: bool,
}

const LINKS: usize = 21;

impl Chain {
    fn inputs() -> Vec<Fr> {
        let mut end = Fr::from(3u8);
        for _ in 0..LINKS {
            end *= end + Fr::from(5u8);
        }
        vec![Fr::from(3u8), end, Fr::from(7u8), Fr::ZERO, -Fr::ONE]
    }

    fn synthesise(self, synthesis: &mut Synthesis) -> Result<(), SynthesisError> {
        let inputs = aiq_circuits::statement::PublicInputs::new(StatementId::Membership, Self::inputs()).unwrap();
        let [start, end, ..] = synthesis.inputs::<5>(StatementId::Membership, self.values.then_some(&inputs))?;
        let five = synthesis.constant(Fr::from(5u8));
        let mut link = start;
        for _ in 0..LINKS {
            link = synthesis.product(&(&link + &five), &link)?;
        }
        synthesis.enforce_equal(&link, &end)
    }
}

impl ConstraintSynthesizer<Fr> for Chain {
    fn generate_constraints(self, cs: ConstraintSystemRef<Fr>) -> Result<(), SynthesisError> {
        self.synthesise(&mut Synthesis::new(cs))
    }
}

fn r1cs() -> R1cs {
    R1cs::from_synthesis(|synthesis| Chain { values: false }.synthesise(synthesis)).unwrap()
}

fn assignment() -> Vec<Fr> {
    let cs = ConstraintSystem::new_ref();
    Chain { values: true }.generate_constraints(cs.clone()).unwrap();
    [cs.instance_assignment().unwrap(), cs.witness_assignment().unwrap()].concat()
}

fn rng(seed: u8) -> ChaCha20Rng {
    ChaCha20Rng::from_seed([seed; 32])
}

#[test]
fn the_quotient_in_the_odd_basis_is_that_of_the_polynomials() {
    let (r1cs, z) = (r1cs(), assignment());
    let tau = Fr::rand(&mut rng(1));
    let cs = ConstraintSystem::new_ref();
    Chain { values: true }.generate_constraints(cs.clone()).unwrap();
    cs.finalize();
    let (a, b, c, vanishing, _, size) =
        SnarkjsReduction::instance_map_with_evaluation::<Fr, Domain>(cs.clone(), &tau).unwrap();
    let at_tau = |columns: &[Fr]| columns.iter().zip(&z).map(|(column, value)| *column * value).sum::<Fr>();
    let product = at_tau(&a) * at_tau(&b) - at_tau(&c);

    let matrices = [r1cs.a.clone(), r1cs.b.clone(), r1cs.c.clone()];
    let h = SnarkjsReduction::witness_map_from_matrices::<Fr, Domain>(
        &matrices,
        r1cs.num_inputs,
        r1cs.num_constraints(),
        &z,
    )
    .unwrap();
    let basis = SnarkjsReduction::h_query_scalars::<Fr, Domain>(size - 1, tau, vanishing, Fr::ONE).unwrap();
    assert_eq!(h.len(), basis.len());
    assert_eq!(h.iter().zip(&basis).map(|(h, l)| *h * l).sum::<Fr>(), product);
    assert_ne!(product, Fr::ZERO);
}

#[test]
fn the_odd_basis_is_the_transform_of_the_powers_of_tau() {
    // As snarkjs makes it from a larger ceremony: the inverse transform of δ⁻¹·τⁱ over the double domain, odd positions.
    // (ark-circom leaves out the highest power. It meets only the highest coefficient of A·B − C, which is always 0.)
    let (tau, delta_inverse, size) = (Fr::rand(&mut rng(2)), Fr::rand(&mut rng(3)), 32);
    let mut powers: Vec<Fr> = (0..2 * size).map(|i| delta_inverse * tau.pow([i])).collect();
    Domain::new(64).unwrap().ifft_in_place(&mut powers);
    let expected: Vec<Fr> = powers.into_iter().skip(1).step_by(2).collect();
    let basis = SnarkjsReduction::h_query_scalars::<Fr, Domain>(31, tau, Fr::ONE, delta_inverse).unwrap();
    assert_eq!(basis, expected);
}

#[test]
fn makes_the_key_that_ark_groth16_makes_from_the_same_trapdoor() {
    let r1cs = r1cs();
    let size = Domain::new(r1cs.num_constraints() + r1cs.num_inputs).unwrap().size();
    let draw = |rng: &mut ChaCha20Rng| [(); 4].map(|()| Fr::rand(rng));
    let mut theirs = rng(4);
    let [alpha, beta, gamma, delta] = draw(&mut theirs);
    let expected = Oracle::generate_parameters_with_qap(
        Chain { values: false },
        alpha,
        beta,
        gamma,
        delta,
        G1Projective::generator(),
        G2Projective::generator(),
        &mut theirs, // τ is the next value that it draws, as in `Trapdoor::draw`
    )
    .unwrap();

    let mut reports = Vec::new();
    let made = make_key(&r1cs, &Trapdoor::draw(&mut rng(4), size), &mut |done, total| reports.push((done, total)));
    assert_eq!(made, expected);
    assert!(reports.is_sorted());
    let (done, total) = reports.last().unwrap();
    assert_eq!(done, total);
}

#[test]
fn its_keys_serve_stock_groth16() {
    let r1cs = r1cs();
    let key = make_key(&r1cs, &Trapdoor::draw(&mut rng(5), 64), &mut |_, _| {});
    let circuit = Chain { values: true };
    let proof = Oracle::create_random_proof_with_reduction(circuit, &key, &mut rng(6)).unwrap();
    let prepared = ark_groth16::prepare_verifying_key(&key.vk);
    assert!(Oracle::verify_proof(&prepared, &proof, &Chain::inputs()).unwrap());
    for position in 0..5 {
        let mut changed = Chain::inputs();
        changed[position] += Fr::ONE;
        assert!(!Oracle::verify_proof(&prepared, &proof, &changed).unwrap(), "input {position} is bound");
    }
}
