//! From an assignment to a proof, for any circuit.

use aiq_circuits::Fr;
use aiq_circuits::constraints::R1cs;
use aiq_verifier::proof::{Proof, ProofError};
use ark_bn254::{Bn254, G1Affine, G2Affine};
use ark_ec::CurveGroup;
use ark_ff::UniformRand;
use ark_groth16::ProvingKey;
use rand::{CryptoRng, RngCore};
use thiserror::Error;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::engine::{self, Engine, EngineOptions, Products};
use crate::parts::{Clock, Part};
use crate::rows::Rows;

/// Proves that assignments satisfy one circuit, under one key. It knows neither statements nor rules, and does not
/// verify what it makes: that is [`Prover`](crate::Prover)'s part.
pub struct CircuitProver {
    points: KeyPoints,
    rows: Rows,
    engine: Box<dyn Engine>,
}

/// Why an assignment is not proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CircuitError {
    /// A constraint that does not hold, by its number.
    #[error("constraint {0} does not hold")]
    Unsatisfied(usize),
    /// A proof with a point that no proof has: the key is unusable.
    #[error(transparent)]
    Proof(#[from] ProofError),
}

/// The single points of a key that a proof is blinded with.
struct KeyPoints {
    alpha_g1: G1Affine,
    beta_g1: G1Affine,
    beta_g2: G2Affine,
    delta_g1: G1Affine,
    delta_g2: G2Affine,
}

/// The blinding of one proof. With `r = s = 0` it would show the witness, so it is drawn here and nowhere else.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(crate) struct Blinding {
    pub(crate) r: Fr,
    pub(crate) s: Fr,
}

impl Blinding {
    pub(crate) fn draw<R: RngCore + CryptoRng>(rng: &mut R) -> Self {
        Self { r: Fr::rand(rng), s: Fr::rand(rng) }
    }
}

impl CircuitProver {
    /// Prepares for a key of this circuit. Tables are made anew and neither read nor written.
    #[must_use]
    pub fn new(key: &ProvingKey<Bn254>, r1cs: &R1cs, options: &EngineOptions) -> Self {
        Self::with_engine(key, r1cs, || engine::make(key, r1cs, options, &|_, _| {}))
    }

    /// The same with an engine of the caller's.
    pub(crate) fn with_engine(
        key: &ProvingKey<Bn254>,
        r1cs: &R1cs,
        engine: impl FnOnce() -> Box<dyn Engine> + Send,
    ) -> Self {
        let (engine, rows) = rayon::join(engine, || Rows::new(r1cs));
        let points = KeyPoints {
            alpha_g1: key.vk.alpha_g1,
            beta_g1: key.beta_g1,
            beta_g2: key.vk.beta_g2,
            delta_g1: key.delta_g1,
            delta_g2: key.vk.delta_g2,
        };
        Self { points, rows, engine }
    }

    /// Proves an assignment `1, public inputs.., witnesses..`.
    ///
    /// # Errors
    /// [`CircuitError::Unsatisfied`] names the first constraint that does not hold.
    pub fn prove<R: RngCore + CryptoRng>(&self, assignment: &[Fr], rng: &mut R) -> Result<Proof, CircuitError> {
        self.prove_blinded(assignment, &Blinding::draw(rng), || {})
    }

    /// [`Self::prove`] for measuring, and slower: one part after the other, each with all threads to itself, so that
    /// `clock` can tell how long each takes.
    ///
    /// # Errors
    /// As for [`Self::prove`].
    pub fn prove_in_parts<R: RngCore + CryptoRng>(
        &self,
        assignment: &[Fr],
        rng: &mut R,
        clock: &mut Clock<'_>,
    ) -> Result<Proof, CircuitError> {
        let rows =
            clock.time(Part::Constraints, || self.rows.evaluate(assignment)).map_err(CircuitError::Unsatisfied)?;
        let products = Zeroizing::new(self.engine.products_in_parts(assignment, rows, clock));
        self.blind(&products, &Blinding::draw(rng))
    }

    /// `on_products` is called when all constraints are known to hold.
    pub(crate) fn prove_blinded(
        &self,
        assignment: &[Fr],
        blinding: &Blinding,
        on_products: impl FnOnce(),
    ) -> Result<Proof, CircuitError> {
        let rows = self.rows.evaluate(assignment).map_err(CircuitError::Unsatisfied)?;
        on_products();
        let products = Zeroizing::new(self.engine.products(assignment, rows));
        self.blind(&products, blinding)
    }

    /// The proof from its products.
    fn blind(&self, products: &Products, blinding: &Blinding) -> Result<Proof, CircuitError> {
        let KeyPoints { alpha_g1, beta_g1, beta_g2, delta_g1, delta_g2 } = self.points;
        let Blinding { r, s } = blinding;
        // A = α + Σ zᵢAᵢ + rδ, B = β + Σ zᵢBᵢ + sδ, C = Σ zᵢLᵢ + Σ hᵢHᵢ + sA + rB − rsδ.
        let a = products.a + alpha_g1 + delta_g1 * r;
        let b = products.b_g2 + beta_g2 + delta_g2 * s;
        let b_g1 = Zeroizing::new(products.b_g1 + beta_g1 + delta_g1 * s);
        let c = products.l + products.h + a * s + *b_g1 * r - delta_g1 * (*r * s);
        Ok(Proof::from_points(a.into_affine(), b.into_affine(), c.into_affine())?)
    }
}
