//! The statements as rank-1 constraints, for Groth16 (§5, §9); feature `constraints`.
//!
//! Each statement's constraints stand beside its native form (`membership/constraints.rs`, `standing/constraints.rs`)
//! and are built from the few gadgets here. They are written against arkworks' constraint system directly: linear
//! combinations are built only while matrices are made, so that making a witness for a proof is arithmetic and
//! nothing else.
//!
//! * [`R1cs::of`] gives a statement's matrices and the names of its constraints,
//! * [`assign`] the values of all variables for one instance and witness,
//! * [`Circuit`] is the same statement for arkworks' own `Groth16`,
//! * [`R1cs::write_iden3`] the matrices as the `.r1cs` file that a ceremony starts from.

pub mod harness;
mod iden3;
mod synthesis;
mod system;

pub mod bits;
pub mod merkle;
pub mod poseidon;
pub mod sample;

pub use ark_relations::gr1cs::SynthesisError;

pub use self::{
    synthesis::{Synthesis, Wire},
    system::{Assignment, Group, Matrix, R1cs, assign},
};

use ark_bn254::Fr;
use ark_relations::gr1cs::{ConstraintSynthesizer, ConstraintSystemRef};

use crate::statement::Statement;

/// A statement that has a circuit.
pub trait Synthesise: Statement + Sized {
    /// Allocates the inputs in the order of §5, then the witnesses, then enforces one rule after another. The shape
    /// depends on nothing: without values it is the same as with any.
    ///
    /// # Errors
    /// [`SynthesisError::Unsatisfiable`] if the witness does not fit the shape; otherwise what the constraint system
    /// reports.
    fn synthesise(synthesis: &mut Synthesis, values: Option<(&Self, &Self::Witness)>) -> Result<(), SynthesisError>;
}

/// A statement as arkworks' generator and prover take it.
pub struct Circuit<'a, I: Synthesise>(Option<(&'a I, &'a I::Witness)>);

impl<'a, I: Synthesise> Circuit<'a, I> {
    /// The shape alone, for making keys.
    #[must_use]
    pub const fn blank() -> Self {
        Self(None)
    }

    /// With the values of one proof.
    #[must_use]
    pub const fn new(instance: &'a I, witness: &'a I::Witness) -> Self {
        Self(Some((instance, witness)))
    }
}

impl<I: Synthesise> ConstraintSynthesizer<Fr> for Circuit<'_, I> {
    fn generate_constraints(self, cs: ConstraintSystemRef<Fr>) -> Result<(), SynthesisError> {
        I::synthesise(&mut Synthesis::new(cs), self.0)
    }
}
