//! The Groth16 verification equation over BN254 (§9), with prepared keys.
//!
//! `e(A, B) = e(α, β) · e(IC(x), γ) · e(C, δ)`, where `IC(x) = IC_0 + Σ x_i · IC_i`: one Miller loop over three pairs and
//! one final exponentiation, compared with `e(α, β)`, which the prepared key holds.

mod fixed_base;

use std::sync::Arc;

use aiq_circuits::statement::{PublicInputs, StatementId};
use ark_bn254::{Fr, G1Affine};

use self::fixed_base::FixedBase;
use crate::{
    curve::{Affine, Jacobian},
    error::VerifyError,
    field::{Fp, Fp12},
    pairing::{Lines, Place, final_exponentiation, miller_loop},
    proof::Proof,
    verifying_key::{KeyError, KeyId, VerifyingKey},
};

/// A verifying key for one statement, with everything computed that does not depend on a proof: 88 KB for each public input, and
/// 33 KB.
pub struct PreparedKey {
    statement: StatementId,
    id: KeyId,
    pub(crate) alpha: G1Affine,
    pub(crate) beta: Lines,
    alpha_beta: Fp12,
    pub(crate) minus_gamma: Lines,
    pub(crate) minus_delta: Lines,
    constant: Jacobian<Fp>,
    inputs: Vec<FixedBase>,
}

impl core::fmt::Debug for PreparedKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "PreparedKey({}, {})", self.statement, self.id)
    }
}

impl PreparedKey {
    /// Prepares a key for a statement.
    ///
    /// # Errors
    /// [`KeyError::InputCount`] if the key has another number of public inputs than the statement.
    pub fn new(statement: StatementId, key: &VerifyingKey) -> Result<Self, KeyError> {
        key.check_statement(statement)?;
        let (constant, inputs) = key.ic().split_first().ok_or(KeyError::InputCount {
            statement,
            expected: statement.public_inputs() + 1,
            found: 0,
        })?;
        let [beta, minus_gamma, minus_delta] = Lines::of([*key.beta_g2(), -*key.gamma_g2(), -*key.delta_g2()]);
        let [alpha] = Place::of([Affine::from(key.alpha_g1()).into()]);
        let alpha_beta = final_exponentiation(&miller_loop(&[(alpha, &beta)], None));
        Ok(Self {
            statement,
            id: key.id(),
            alpha: *key.alpha_g1(),
            beta,
            alpha_beta,
            minus_gamma,
            minus_delta,
            constant: Affine::from(constant).into(),
            inputs: inputs.iter().map(FixedBase::new).collect(),
        })
    }

    /// The statement that proofs under this key show.
    #[must_use]
    pub const fn statement(&self) -> StatementId {
        self.statement
    }

    /// The key's id.
    #[must_use]
    pub const fn id(&self) -> KeyId {
        self.id
    }

    /// Checks one proof.
    ///
    /// # Errors
    /// If the public inputs are another statement's or of another number, or the proof is not valid for them.
    pub fn verify(&self, inputs: &PublicInputs, proof: &Proof) -> Result<(), VerifyError> {
        self.check_inputs(inputs)?;
        let sum = self.sum(self.constant, 0.., inputs.values());
        self.check_pairing(sum, proof)
    }

    /// Folds public inputs that many proofs share, each given with its place in the statement's order, from 0.
    ///
    /// # Errors
    /// [`VerifyError::InputCount`] if a place does not exist or is given twice.
    pub fn fold(self: &Arc<Self>, fixed: &[(usize, Fr)]) -> Result<FoldedKey, VerifyError> {
        let mut free: Vec<usize> = (0..self.inputs.len()).collect();
        for (place, _) in fixed {
            free.retain(|other| other != place);
        }
        if free.len() + fixed.len() != self.inputs.len() {
            return Err(VerifyError::InputCount { expected: self.inputs.len() - free.len(), found: fixed.len() });
        }
        let (places, values): (Vec<_>, Vec<_>) = fixed.iter().copied().unzip();
        let constant = self.sum(self.constant, places, &values);
        Ok(FoldedKey { key: Arc::clone(self), constant, free })
    }

    pub(crate) fn check_inputs(&self, inputs: &PublicInputs) -> Result<(), VerifyError> {
        if inputs.statement() != self.statement {
            return Err(VerifyError::Statement { expected: self.statement, found: inputs.statement() });
        }
        let (expected, found) = (self.inputs.len(), inputs.values().len());
        if expected == found { Ok(()) } else { Err(VerifyError::InputCount { expected, found }) }
    }

    /// `constant + Σ value · IC(place)`.
    fn sum(&self, constant: Jacobian<Fp>, places: impl IntoIterator<Item = usize>, values: &[Fr]) -> Jacobian<Fp> {
        let mut sum = constant;
        for (place, value) in places.into_iter().zip(values) {
            if let Some(base) = self.inputs.get(place) {
                sum = base.add_multiple(value, sum);
            }
        }
        sum
    }

    fn check_pairing(&self, inputs: Jacobian<Fp>, proof: &Proof) -> Result<(), VerifyError> {
        let [a, inputs, c] = Place::of([Affine::from(proof.a()).into(), inputs, Affine::from(proof.c()).into()]);
        let product = miller_loop(&[(inputs, &self.minus_gamma), (c, &self.minus_delta)], Some((a, proof.b())));
        if final_exponentiation(&product) == self.alpha_beta { Ok(()) } else { Err(VerifyError::Proof) }
    }
}

/// A prepared key with some of the public inputs folded into its constant.
#[derive(Clone, Debug)]
pub struct FoldedKey {
    key: Arc<PreparedKey>,
    constant: Jacobian<Fp>,
    /// Places of the public inputs that are left, ascending.
    free: Vec<usize>,
}

impl FoldedKey {
    /// The key with nothing folded.
    pub(crate) fn unfolded(key: &Arc<PreparedKey>) -> Self {
        Self { key: Arc::clone(key), constant: key.constant, free: (0..key.inputs.len()).collect() }
    }

    /// The key.
    #[must_use]
    pub const fn key(&self) -> &Arc<PreparedKey> {
        &self.key
    }

    /// Checks one proof; `rest` is the public inputs that were not folded, in the statement's order.
    ///
    /// # Errors
    /// If there are more or fewer than are left, or the proof is not valid for them.
    pub fn verify(&self, rest: &[Fr], proof: &Proof) -> Result<(), VerifyError> {
        self.check_rest(rest)?;
        self.key.check_pairing(self.sum(self.constant, rest), proof)
    }

    pub(crate) fn check_rest(&self, rest: &[Fr]) -> Result<(), VerifyError> {
        if rest.len() == self.free.len() {
            Ok(())
        } else {
            Err(VerifyError::InputCount { expected: self.free.len(), found: rest.len() })
        }
    }

    /// Number of public inputs that are left.
    pub(crate) fn free(&self) -> usize {
        self.free.len()
    }

    /// The folded constant.
    pub(crate) const fn constant(&self) -> &Jacobian<Fp> {
        &self.constant
    }

    /// `constant + Σ rest · IC` over the public inputs that are left.
    pub(crate) fn sum(&self, constant: Jacobian<Fp>, rest: &[Fr]) -> Jacobian<Fp> {
        self.key.sum(constant, self.free.iter().copied(), rest)
    }
}
