//! A key whose trapdoor is known, so that a test can make any proof it needs: valid ones for any public inputs at the
//! cost of three multiplications, and forged ones.

use aiq_circuits::statement::{PublicInputs, StatementId};
use aiq_verifier::{
    proof::Proof,
    verifying_key::{KeyError, VerifyingKey},
};
use ark_bn254::{Fq2, Fr, G1Affine, G2Affine};
use ark_ec::{AffineRepr as _, CurveGroup as _};
use ark_ff::{Field as _, UniformRand as _};
use rand::{SeedableRng as _, rngs::StdRng};

/// Reproducible tests; nothing here is a secret.
pub fn rng() -> StdRng {
    StdRng::seed_from_u64(0x0041_4951)
}

pub fn g1(scalar: Fr) -> G1Affine {
    (G1Affine::generator() * scalar).into_affine()
}

pub fn g2(scalar: Fr) -> G2Affine {
    (G2Affine::generator() * scalar).into_affine()
}

/// The logarithms of a key's points.
#[derive(Clone)]
pub struct Trapdoor {
    pub alpha: Fr,
    pub beta: Fr,
    pub gamma: Fr,
    pub delta: Fr,
    pub ic: Vec<Fr>,
}

impl Trapdoor {
    pub fn random(public_inputs: usize, rng: &mut StdRng) -> Self {
        let mut next = || Fr::rand(rng);
        Self {
            alpha: next(),
            beta: next(),
            gamma: next(),
            delta: next(),
            ic: (0..=public_inputs).map(|_| next()).collect(),
        }
    }

    pub fn key(&self) -> Result<VerifyingKey, KeyError> {
        VerifyingKey::from_points(
            g1(self.alpha),
            g2(self.beta),
            g2(self.gamma),
            g2(self.delta),
            self.ic.iter().map(|log| g1(*log)).collect(),
        )
    }

    /// `IC(x)`'s logarithm.
    pub fn sum(&self, inputs: &[Fr]) -> Fr {
        self.ic[0] + self.ic[1..].iter().zip(inputs).map(|(log, input)| *log * input).sum::<Fr>()
    }

    /// A valid proof for any public inputs.
    pub fn prove(&self, inputs: &[Fr], rng: &mut StdRng) -> Proof {
        let (a, b) = (Fr::rand(rng), Fr::rand(rng));
        let c = (a * b - self.alpha * self.beta - self.sum(inputs) * self.gamma) * self.delta.inverse().unwrap();
        Proof::from_points(g1(a), g2(b), g1(c)).unwrap()
    }
}

pub fn random_inputs(statement: StatementId, rng: &mut StdRng) -> PublicInputs {
    let values = (0..statement.public_inputs()).map(|_| Fr::rand(rng)).collect();
    PublicInputs::new(statement, values).unwrap()
}

/// A trapdoor for a statement.
pub fn trapdoor(statement: StatementId, rng: &mut StdRng) -> Trapdoor {
    Trapdoor::random(statement.public_inputs(), rng)
}

/// A point of G2's curve of another order: what an unchecked decoder accepts.
pub fn outside_the_subgroup() -> G2Affine {
    let stray = (1_u64..100)
        .filter_map(|x| G2Affine::get_point_from_x_unchecked(Fq2::new(x.into(), 0_u64.into()), false))
        .find(|point| !point.is_in_correct_subgroup_assuming_on_curve())
        .unwrap();
    assert!(stray.is_on_curve());
    stray
}
