//! Tries a circuit with values that an honest prover would never choose: what the tests attack the statements with.

use core::{cell::OnceCell, ops::Range};

use ark_bn254::Fr;

use super::{Assignment, R1cs, SynthesisError, Synthesise, assign, system::assign_forced};

/// The constraints of a statement and a value for every variable, each free to be changed.
pub struct Harness<'a> {
    r1cs: &'a R1cs,
    assignment: Vec<Fr>,
    /// For each column the rows in which it stands, worked out when first asked for.
    rows_of: OnceCell<Vec<Vec<usize>>>,
    /// Rows that no longer count.
    deleted: Vec<Range<usize>>,
}

impl<'a> Harness<'a> {
    /// Any assignment to the variables of a constraint system.
    ///
    /// # Panics
    /// If the assignment has another length than the system has columns.
    #[must_use]
    pub fn new(r1cs: &'a R1cs, assignment: &[Fr]) -> Self {
        let columns = r1cs.num_inputs + r1cs.num_witnesses;
        assert_eq!(assignment.len(), columns, "one value for each column");
        Self { r1cs, assignment: assignment.to_vec(), rows_of: OnceCell::new(), deleted: Vec::new() }
    }

    /// The assignment that synthesis gives for an instance and a witness.
    ///
    /// # Errors
    /// As [`assign`].
    pub fn honest<I: Synthesise>(r1cs: &'a R1cs, instance: &I, witness: &I::Witness) -> Result<Self, SynthesisError> {
        Ok(Self::new(r1cs, &assign(instance, witness)?))
    }

    /// The same with some columns forced to a value, and everything computed from them following suit: a prover who
    /// lies about a few wires and is consistent about all others.
    ///
    /// # Errors
    /// As [`assign`].
    pub fn forcing<I: Synthesise>(
        r1cs: &'a R1cs,
        instance: &I,
        witness: &I::Witness,
        forced: impl IntoIterator<Item = (usize, Fr)>,
    ) -> Result<Self, SynthesisError> {
        let assignment: Assignment = assign_forced(instance, witness, forced.into_iter().collect())?;
        Ok(Self::new(r1cs, &assignment))
    }

    /// The value of a column.
    #[must_use]
    pub fn get(&self, column: usize) -> Fr {
        self.assignment[column]
    }

    /// Puts a value on one column and leaves all others as they are; returns the value it had.
    pub fn set(&mut self, column: usize, value: Fr) -> Fr {
        core::mem::replace(&mut self.assignment[column], value)
    }

    /// Takes the constraints of a group out of consideration.
    ///
    /// # Panics
    /// If there is no group of that name.
    pub fn delete_group(&mut self, name: &str) {
        let group = self.r1cs.groups.iter().find(|group| group.name == name);
        self.deleted.push(group.unwrap_or_else(|| panic!("no group is called `{name}`")).rows.clone());
    }

    fn row_fails(&self, row: usize) -> bool {
        !self.deleted.iter().any(|rows| rows.contains(&row)) && !self.r1cs.row_holds(row, &self.assignment)
    }

    /// Whether every constraint holds.
    #[must_use]
    pub fn is_satisfied(&self) -> bool {
        !(0..self.r1cs.num_constraints()).any(|row| self.row_fails(row))
    }

    /// Whether every constraint holds in which a column stands: as good as [`is_satisfied`](Self::is_satisfied) if all
    /// held before the column was changed.
    #[must_use]
    pub fn is_satisfied_around(&self, column: usize) -> bool {
        let rows_of = self.rows_of.get_or_init(|| rows_of(self.r1cs));
        !rows_of[column].iter().any(|row| self.row_fails(*row))
    }

    /// The names of the groups with a constraint that does not hold, in order.
    #[must_use]
    pub fn unsatisfied_groups(&self) -> Vec<&'a str> {
        let r1cs = self.r1cs;
        let fails = |rows: &Range<usize>| rows.clone().any(|row| self.row_fails(row));
        r1cs.groups.iter().filter(|group| fails(&group.rows)).map(|group| group.name.as_str()).collect()
    }
}

/// For each column the rows in which it stands, in A, B or C.
fn rows_of(r1cs: &R1cs) -> Vec<Vec<usize>> {
    let mut rows_of = vec![Vec::new(); r1cs.num_inputs + r1cs.num_witnesses];
    for row in 0..r1cs.num_constraints() {
        for (_, column) in [&r1cs.a, &r1cs.b, &r1cs.c].into_iter().flat_map(|matrix| &matrix[row]) {
            // Rows rise, so a row that is already listed is the last one.
            if rows_of[*column].last() != Some(&row) {
                rows_of[*column].push(row);
            }
        }
    }
    rows_of
}
