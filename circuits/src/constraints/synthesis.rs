//! Wires and the constraint system as the gadgets see it.

use core::{
    fmt,
    ops::{Add, Mul, Range, Sub},
};
use std::collections::BTreeMap;

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field, Zero};
use ark_relations::gr1cs::{ConstraintSystemRef, LinearCombination, SynthesisError, Variable};

use super::Group;
use crate::statement::{PublicInputs, StatementId};

/// A linear combination of variables: its value while a proof is made, its terms while matrices are made. Adding,
/// subtracting and scaling cost no constraint. Values may be secret, so a wire has no `Debug`.
#[derive(Clone)]
pub struct Wire {
    value: Option<Fr>,
    terms: LinearCombination<Fr>,
}

impl Wire {
    /// The value, unless only the shape is being made.
    #[must_use]
    pub const fn value(&self) -> Option<Fr> {
        self.value
    }
}

impl Add for &Wire {
    type Output = Wire;
    fn add(self, other: &Wire) -> Wire {
        let value = self.value.zip(other.value).map(|(a, b)| a + b);
        Wire { value, terms: &self.terms + &other.terms }
    }
}

impl Sub for &Wire {
    type Output = Wire;
    fn sub(self, other: &Wire) -> Wire {
        let value = self.value.zip(other.value).map(|(a, b)| a - b);
        Wire { value, terms: &self.terms - &other.terms }
    }
}

impl Mul<Fr> for &Wire {
    type Output = Wire;
    fn mul(self, factor: Fr) -> Wire {
        Wire { value: self.value.map(|a| a * factor), terms: &self.terms * factor }
    }
}

/// `Σ coefficientᵢ · valueᵢ`. The two spare bits of the modulus let three products share a reduction.
fn combined_value(coefficients: &[Fr], wires: &[Wire]) -> Option<Fr> {
    let (threes, rest) = coefficients.as_chunks::<3>();
    let (wires_of_threes, wires_of_rest) = wires.split_at(3 * threes.len());
    let mut sum = Fr::ZERO;
    for (coefficients, wires) in threes.iter().zip(wires_of_threes.as_chunks::<3>().0) {
        let [a, b, c] = wires;
        sum += Fr::sum_of_products(coefficients, &[a.value?, b.value?, c.value?]);
    }
    for (coefficient, wire) in rest.iter().zip(wires_of_rest) {
        sum += wire.value? * coefficient;
    }
    Some(sum)
}

/// One run over a statement: allocates variables and enforces constraints in an arkworks constraint system, and notes
/// which group each of them belongs to.
pub struct Synthesis {
    cs: ConstraintSystemRef<Fr>,
    /// Whether terms are needed.
    with_matrices: bool,
    groups: Vec<Group>,
    /// Values that stand in for computed ones, by column of the full assignment; see [`super::harness`].
    forced: BTreeMap<usize, Fr>,
}

impl Synthesis {
    /// A run over an empty constraint system, in whatever mode it is.
    #[must_use]
    pub fn new(cs: ConstraintSystemRef<Fr>) -> Self {
        let with_matrices = cs.should_construct_matrices();
        Self { cs, with_matrices, groups: Vec::new(), forced: BTreeMap::new() }
    }

    /// The same, but some columns get the given value whatever would be computed for them; what is computed from
    /// those columns follows.
    pub(super) fn forcing(cs: ConstraintSystemRef<Fr>, forced: BTreeMap<usize, Fr>) -> Self {
        Self { forced, ..Self::new(cs) }
    }

    /// Begins a group: what is allocated and enforced from here to the next group goes by this name.
    pub fn group(&mut self, name: fmt::Arguments) {
        if self.with_matrices {
            let (row, column) = (self.cs.num_constraints(), self.cs.num_variables());
            self.close_group();
            self.groups.push(Group { name: name.to_string(), rows: row..row, columns: column..column });
        }
    }

    fn close_group(&mut self) {
        let (row, column) = (self.cs.num_constraints(), self.cs.num_variables());
        if let Some(Group { rows, columns, .. }) = self.groups.last_mut() {
            *rows = Range { end: row, ..rows.clone() };
            *columns = Range { end: column, ..columns.clone() };
        }
    }

    /// The groups of this run, in order; none if no matrices were made.
    pub(super) fn into_groups(mut self) -> Vec<Group> {
        self.close_group();
        self.groups
    }

    fn variable(&self, variable: Variable, value: Option<Fr>) -> Wire {
        let terms = if self.with_matrices { variable.into() } else { LinearCombination::zero() };
        Wire { value, terms }
    }

    /// The value for the column that is allocated next.
    fn forced_or(&self, value: Option<Fr>) -> Option<Fr> {
        if self.forced.is_empty() {
            return value;
        }
        self.forced.get(&self.cs.num_variables()).copied().or(value)
    }

    /// Allocates the public inputs of a statement, in order. Comes before everything else.
    ///
    /// # Errors
    /// [`SynthesisError`] of the constraint system.
    ///
    /// # Panics
    /// If the statement does not have `N` public inputs.
    pub fn inputs<const N: usize>(
        &mut self,
        statement: StatementId,
        values: Option<&PublicInputs>,
    ) -> Result<[Wire; N], SynthesisError> {
        assert_eq!(statement.public_inputs(), N, "{statement}");
        self.group(format_args!("public inputs"));
        let wires: Vec<Wire> = (0..N)
            .map(|i| {
                let value = self.forced_or(values.map(|values| values.values()[i]));
                let variable = self.cs.new_input_variable(|| value.ok_or(SynthesisError::AssignmentMissing))?;
                Ok(self.variable(variable, value))
            })
            .collect::<Result<_, SynthesisError>>()?;
        wires.try_into().map_err(|_| SynthesisError::Unsatisfiable)
    }

    /// Allocates a witness variable.
    ///
    /// # Errors
    /// [`SynthesisError::AssignmentMissing`] if a value is needed and there is none.
    pub fn witness(&mut self, value: Option<Fr>) -> Result<Wire, SynthesisError> {
        let value = self.forced_or(value);
        let variable = self.cs.new_witness_variable(|| value.ok_or(SynthesisError::AssignmentMissing))?;
        Ok(self.variable(variable, value))
    }

    /// A constant.
    #[must_use]
    pub fn constant(&self, value: Fr) -> Wire {
        &self.variable(Variable::One, Some(Fr::ONE)) * value
    }

    /// `Σ coefficientᵢ · wireᵢ` over as many wires as there are coefficients.
    #[must_use]
    pub fn combine(&self, coefficients: &[Fr], wires: &[Wire]) -> Wire {
        let pairs = || coefficients.iter().zip(wires);
        let value = combined_value(coefficients, wires);
        let mut terms = LinearCombination::zero();
        if self.with_matrices {
            for (coefficient, wire) in pairs() {
                terms.extend(wire.terms.iter().map(|(inner, variable)| (*inner * coefficient, *variable)));
            }
            terms.compactify();
            terms.retain(|(coefficient, _)| !coefficient.is_zero());
        }
        Wire { value, terms }
    }

    /// `Σ wireᵢ`.
    #[must_use]
    pub fn sum<'a>(&self, wires: impl IntoIterator<Item = &'a Wire>) -> Wire {
        wires.into_iter().fold(self.constant(Fr::ZERO), |sum, wire| &sum + wire)
    }

    /// Enforces `a · b = c`.
    ///
    /// # Errors
    /// [`SynthesisError`] of the constraint system.
    pub fn enforce(&mut self, a: &Wire, b: &Wire, c: &Wire) -> Result<(), SynthesisError> {
        self.cs.enforce_r1cs_constraint(|| a.terms.clone(), || b.terms.clone(), || c.terms.clone())
    }

    /// Enforces `a = b`, as `(a − b) · 1 = 0`.
    ///
    /// # Errors
    /// [`SynthesisError`] of the constraint system.
    pub fn enforce_equal(&mut self, a: &Wire, b: &Wire) -> Result<(), SynthesisError> {
        let always = self.constant(Fr::ONE);
        self.enforce_equal_if(&always, a, b)
    }

    /// Enforces `condition · (a − b) = 0`.
    ///
    /// # Errors
    /// [`SynthesisError`] of the constraint system.
    pub fn enforce_equal_if(&mut self, condition: &Wire, a: &Wire, b: &Wire) -> Result<(), SynthesisError> {
        let zero = self.constant(Fr::ZERO);
        self.enforce(&(a - b), condition, &zero)
    }

    /// A new wire `a · b`. The longer combination goes first: B, whose columns cost work in G1 and in G2, then has
    /// only the shorter.
    ///
    /// # Errors
    /// [`SynthesisError`] of the constraint system.
    pub fn product(&mut self, a: &Wire, b: &Wire) -> Result<Wire, SynthesisError> {
        let product = self.witness(a.value.zip(b.value).map(|(a, b)| a * b))?;
        self.enforce(a, b, &product)?;
        Ok(product)
    }
}
