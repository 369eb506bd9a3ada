//! Booleans, bit decompositions and range checks.

use ark_bn254::Fr;
use ark_ff::{BigInteger, Field, PrimeField};

use super::{Synthesis, SynthesisError, Wire};

/// Enforces `bit · bit = bit`: the wire is 0 or 1. One constraint.
///
/// # Errors
/// [`SynthesisError`] of the constraint system.
pub fn enforce_boolean(synthesis: &mut Synthesis, bit: &Wire) -> Result<(), SynthesisError> {
    synthesis.enforce(bit, bit, bit)
}

/// A new boolean. One constraint.
///
/// # Errors
/// [`SynthesisError`] of the constraint system.
pub fn boolean(synthesis: &mut Synthesis, value: Option<bool>) -> Result<Wire, SynthesisError> {
    let bit = synthesis.witness(value.map(Fr::from))?;
    enforce_boolean(synthesis, &bit)?;
    Ok(bit)
}

/// The lowest `count` bits of a value as new booleans, least significant first; that nothing is left above them is for
/// the caller to enforce. `count` constraints.
///
/// # Errors
/// [`SynthesisError`] of the constraint system.
pub fn low_bits(synthesis: &mut Synthesis, value: Option<Fr>, count: usize) -> Result<Vec<Wire>, SynthesisError> {
    let number = value.map(Fr::into_bigint);
    (0..count).map(|i| boolean(synthesis, number.map(|number| number.get_bit(i)))).collect()
}

/// `Σ bitᵢ · 2ⁱ`. No constraint.
#[must_use]
pub fn pack(synthesis: &Synthesis, bits: &[Wire]) -> Wire {
    let powers: Vec<Fr> =
        core::iter::successors(Some(Fr::ONE), |power| Some(*power + power)).take(bits.len()).collect();
    synthesis.combine(&powers, bits)
}

/// Enforces `0 ≤ wire < 2^count`, for `count` well below the size of the field. `count + 1` constraints.
///
/// # Errors
/// [`SynthesisError`] of the constraint system.
pub fn enforce_range(synthesis: &mut Synthesis, wire: &Wire, count: usize) -> Result<(), SynthesisError> {
    let bits = low_bits(synthesis, wire.value(), count)?;
    let packed = pack(synthesis, &bits);
    synthesis.enforce_equal(wire, &packed)
}

/// `bit ? one : zero` as a new wire, `bit · (one − zero) = selected − zero`; sound if `bit` is boolean. One constraint.
///
/// # Errors
/// [`SynthesisError`] of the constraint system.
pub fn select(synthesis: &mut Synthesis, bit: &Wire, one: &Wire, zero: &Wire) -> Result<Wire, SynthesisError> {
    let value = match (bit.value(), one.value(), zero.value()) {
        (Some(bit), Some(one), Some(zero)) => Some(bit * (one - zero) + zero),
        _ => None,
    };
    let selected = synthesis.witness(value)?;
    synthesis.enforce(&(one - zero), bit, &(&selected - zero))?;
    Ok(selected)
}
