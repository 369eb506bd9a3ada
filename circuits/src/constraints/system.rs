//! A statement's matrices with the names of their rows, and the values of all variables for one proof.

use core::ops::{Deref, Range};
use std::collections::BTreeMap;

use ark_bn254::Fr;
use ark_ff::{Field, Zero};
use ark_relations::gr1cs::{ConstraintSystem, ConstraintSystemRef, R1CS_PREDICATE_LABEL, SynthesisMode};
#[cfg(feature = "parallel")]
use rayon::prelude::*;
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::{Synthesis, SynthesisError, Synthesise};
use crate::wire::fr_to_bytes;

/// A sparse matrix: for each row its non-zero coefficients with their columns, by rising column.
pub type Matrix = Vec<Vec<(Fr, usize)>>;

/// Constraints and variables that go by one name, such as `§5.2.6 credential 2: expiry`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Spec section, and what it says there.
    pub name: String,
    /// The constraints.
    pub rows: Range<usize>,
    /// The columns of the variables that were allocated for them.
    pub columns: Range<usize>,
}

/// A rank-1 constraint system: `A·z ∘ B·z = C·z` for the assignment `z = [1, public inputs.., witnesses..]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct R1cs {
    /// Left factors.
    pub a: Matrix,
    /// Right factors.
    pub b: Matrix,
    /// Products.
    pub c: Matrix,
    /// Number of public inputs, the constant 1 included.
    pub num_inputs: usize,
    /// Number of witness variables.
    pub num_witnesses: usize,
    /// Every row and every column but the constant's, in order.
    pub groups: Vec<Group>,
}

impl R1cs {
    /// The constraints of a statement. Takes a moment: callers keep the result.
    ///
    /// # Errors
    /// [`SynthesisError`] of the constraint system.
    pub fn of<I: Synthesise>() -> Result<Self, SynthesisError> {
        Self::from_synthesis(|synthesis| I::synthesise(synthesis, None))
    }

    /// The constraints that a function enforces.
    ///
    /// # Errors
    /// [`SynthesisError`] of the function or of the constraint system.
    pub fn from_synthesis(
        synthesise: impl FnOnce(&mut Synthesis) -> Result<(), SynthesisError>,
    ) -> Result<Self, SynthesisError> {
        let cs = ConstraintSystem::new_ref();
        cs.set_mode(SynthesisMode::Setup);
        let mut synthesis = Synthesis::new(cs.clone());
        synthesise(&mut synthesis)?;
        let groups = synthesis.into_groups();
        let matrices = cs.to_matrices()?.remove(R1CS_PREDICATE_LABEL).ok_or(SynthesisError::PredicateNotFound)?;
        let [a, b, c] = <[Matrix; 3]>::try_from(matrices).map_err(|_| SynthesisError::PredicateNotFound)?;
        let (num_inputs, num_witnesses) = (cs.num_instance_variables(), cs.num_witness_variables());
        Ok(Self { a, b, c, num_inputs, num_witnesses, groups })
    }

    /// Number of constraints.
    #[must_use]
    pub const fn num_constraints(&self) -> usize {
        self.a.len()
    }

    /// Number of non-zero coefficients in A, B and C.
    #[must_use]
    pub fn non_zeros(&self) -> [usize; 3] {
        [&self.a, &self.b, &self.c].map(|matrix| matrix.iter().map(Vec::len).sum())
    }

    /// SHA-256 over a label, the three sizes, and row after row the combinations of A, B and C: the number of terms, then
    /// for each term by rising column the column and the coefficient. Numbers are four bytes, coefficients 32, all
    /// big-endian. The names of the groups do not count.
    ///
    /// # Panics
    /// If a size does not fit into four bytes: no key could be made for such a system.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        let number = |value: usize| u32::try_from(value).expect("sizes fit into 32 bits").to_be_bytes();
        let mut hasher = Sha256::new();
        hasher.update(b"AIQ/v1/r1cs");
        for size in [self.num_inputs, self.num_witnesses, self.num_constraints()] {
            hasher.update(number(size));
        }
        for row in 0..self.num_constraints() {
            for matrix in [&self.a, &self.b, &self.c] {
                hasher.update(number(matrix[row].len()));
                for (coefficient, column) in &matrix[row] {
                    hasher.update(number(*column));
                    hasher.update(fr_to_bytes(coefficient));
                }
            }
        }
        hasher.finalize().into()
    }

    /// Whether one constraint holds.
    #[must_use]
    pub fn row_holds(&self, row: usize, assignment: &[Fr]) -> bool {
        let [a, b, c] = [&self.a, &self.b, &self.c].map(|matrix| evaluate(&matrix[row], assignment));
        a * b == c
    }

    /// The first constraint that does not hold, with the name of its group; `None` if all hold.
    #[must_use]
    pub fn first_unsatisfied(&self, assignment: &[Fr]) -> Option<(usize, &str)> {
        let rows = 0..self.num_constraints();
        #[cfg(feature = "parallel")]
        let row = rows.into_par_iter().find_first(|row| !self.row_holds(*row, assignment));
        #[cfg(not(feature = "parallel"))]
        let row = rows.into_iter().find(|row| !self.row_holds(*row, assignment));
        row.map(|row| (row, self.group_of_row(row)))
    }

    /// The name of the group that a constraint belongs to.
    #[must_use]
    pub fn group_of_row(&self, row: usize) -> &str {
        self.groups.iter().find(|group| group.rows.contains(&row)).map_or("", |group| &group.name)
    }

    /// The columns of a group's variables; `None` if there is no group of that name.
    #[must_use]
    pub fn columns(&self, name: &str) -> Option<Range<usize>> {
        self.groups.iter().find(|group| group.name == name).map(|group| group.columns.clone())
    }
}

/// `Σ coefficient · z[column]`.
fn evaluate(row: &[(Fr, usize)], assignment: &[Fr]) -> Fr {
    row.iter()
        .map(|(coefficient, column)| {
            let value = assignment[*column];
            // Most coefficients outside of Poseidon are 1, and most bits of unused slots are 0.
            if value.is_zero() || *coefficient == Fr::ONE { value } else { value * coefficient }
        })
        .sum()
}

/// The values of all variables, `[1, public inputs.., witnesses..]`. Holds secrets: wiped when dropped, never printed.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Assignment(Vec<Fr>);

impl Deref for Assignment {
    type Target = [Fr];
    fn deref(&self) -> &[Fr] {
        &self.0
    }
}

/// The values of all variables for one instance and witness. Checks nothing: whether they satisfy the constraints is
/// for [`R1cs::first_unsatisfied`] to say.
///
/// # Errors
/// [`SynthesisError::Unsatisfiable`] if the witness does not fit the statement's shape.
pub fn assign<I: Synthesise>(instance: &I, witness: &I::Witness) -> Result<Assignment, SynthesisError> {
    assign_forced(instance, witness, BTreeMap::new())
}

/// [`assign`], with some columns forced.
pub(super) fn assign_forced<I: Synthesise>(
    instance: &I,
    witness: &I::Witness,
    forced: BTreeMap<usize, Fr>,
) -> Result<Assignment, SynthesisError> {
    let cs: ConstraintSystemRef<Fr> = ConstraintSystem::new_ref();
    cs.set_mode(SynthesisMode::Prove { construct_matrices: false, generate_lc_assignments: false });
    if let Some(mut inner) = cs.borrow_mut() {
        // A vector that grows would leave copies of secrets behind.
        inner.assignments.witness_assignment.reserve_exact(I::ID.shape().witnesses);
    }
    I::synthesise(&mut Synthesis::forcing(cs.clone(), forced), Some((instance, witness)))?;
    let mut inner = cs.into_inner().ok_or(SynthesisError::MissingCS)?;
    let (instance, witness) = (&inner.assignments.instance_assignment, &inner.assignments.witness_assignment);
    let assignment = Assignment([instance.as_slice(), witness].concat());
    inner.assignments.witness_assignment.zeroize();
    Ok(assignment)
}
