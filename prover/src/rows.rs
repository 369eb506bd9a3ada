//! The matrices of a circuit, packed for one use: what every row makes of an assignment, and whether it holds.

use std::collections::HashMap;

use aiq_circuits::Fr;
use aiq_circuits::constraints::R1cs;
use ark_bn254::FrConfig;
use ark_ff::{AdditiveGroup, BigInt, Field};
use rayon::prelude::*;

use crate::engine::RowValues;
use crate::words::{MAX_PRODUCTS, product, reduce, sum};

/// A, B and C of one circuit.
pub(crate) struct Rows {
    matrices: [PackedMatrix; 3],
    num_constraints: usize,
    num_inputs: usize,
    domain_size: usize,
}

impl Rows {
    pub(crate) fn new(r1cs: &R1cs) -> Self {
        Self {
            matrices: [&r1cs.a, &r1cs.b, &r1cs.c].map(|matrix| PackedMatrix::new(matrix)),
            num_constraints: r1cs.num_constraints(),
            num_inputs: r1cs.num_inputs,
            domain_size: (r1cs.num_constraints() + r1cs.num_inputs).next_power_of_two(),
        }
    }

    /// Evaluates every row and checks it. The error is the first row that does not hold.
    pub(crate) fn evaluate(&self, assignment: &[Fr]) -> Result<RowValues, usize> {
        let [mut a, mut b, mut c] = [(); 3].map(|()| vec![Fr::ZERO; self.domain_size]);
        let rows = a.par_iter_mut().zip(b.par_iter_mut()).zip(c.par_iter_mut()).enumerate().take(self.num_constraints);
        let unsatisfied = rows.with_min_len(256).filter_map(|(row, ((a, b), c))| {
            let [at_a, at_b, at_c] = &self.matrices;
            *a = at_a.evaluate(row, assignment);
            *b = at_b.evaluate(row, assignment);
            *c = at_c.evaluate(row, assignment);
            (*a * *b != *c).then_some(row)
        });
        let unsatisfied = unsatisfied.min();
        // The consistency rows.
        a.iter_mut().skip(self.num_constraints).zip(assignment.iter().take(self.num_inputs)).for_each(|(a, z)| *a = *z);
        let values = RowValues { a, b, c };
        match unsatisfied {
            None => Ok(values),
            Some(row) => Err(row),
        }
    }
}

/// A sparse matrix whose coefficients are kept once each: a circuit has many terms and few coefficients.
struct PackedMatrix {
    /// Where each row's terms begin, and where the last ends.
    starts: Vec<u32>,
    terms: Vec<Term>,
    coefficients: Vec<Fr>,
}

#[derive(Clone, Copy)]
struct Term {
    column: u32,
    /// Index among the coefficients; the first two are [`ONE`] and [`MINUS_ONE`].
    coefficient: u32,
}

const ONE: u32 = 0;
const MINUS_ONE: u32 = 1;

impl PackedMatrix {
    fn new(matrix: &[Vec<(Fr, usize)>]) -> Self {
        let narrow = |value: usize| u32::try_from(value).expect("circuits have fewer than 2^32 terms");
        let mut coefficients = vec![Fr::ONE, -Fr::ONE];
        let mut indices: HashMap<Fr, u32> = coefficients.iter().copied().zip(0..).collect();
        let (mut starts, mut terms) = (vec![0], Vec::new());
        for row in matrix {
            for (coefficient, column) in row {
                let index = *indices.entry(*coefficient).or_insert_with(|| {
                    coefficients.push(*coefficient);
                    narrow(coefficients.len() - 1)
                });
                terms.push(Term { column: narrow(*column), coefficient: index });
            }
            starts.push(narrow(terms.len()));
        }
        Self { starts, terms, coefficients }
    }

    fn evaluate(&self, row: usize, assignment: &[Fr]) -> Fr {
        let terms = &self.terms[self.starts[row] as usize..self.starts[row + 1] as usize];
        let mut total = Fr::ZERO;
        let (mut products, mut count) = ([0; 8], 0);
        for term in terms {
            let value = &assignment[term.column as usize];
            match term.coefficient {
                ONE => total += value,
                MINUS_ONE => total -= value,
                other => {
                    if count == MAX_PRODUCTS {
                        total += Fr::new_unchecked(BigInt(reduce::<FrConfig>(products)));
                        (products, count) = ([0; 8], 0);
                    }
                    products = sum(products, product(value.0.0, self.coefficients[other as usize].0.0));
                    count += 1;
                }
            }
        }
        if count > 0 { total + Fr::new_unchecked(BigInt(reduce::<FrConfig>(products))) } else { total }
    }
}
