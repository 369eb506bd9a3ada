//! The matrices of a circuit, packed for one use: what every row makes of an assignment, and whether it holds.

use std::collections::{HashMap, VecDeque};

use aiq_circuits::Fr;
use aiq_circuits::constraints::R1cs;
use ark_bn254::FrConfig;
use ark_ff::{AdditiveGroup, BigInt, Field};
use rayon::prelude::*;
use zeroize::Zeroizing;

use crate::engine::RowValues;
use crate::words::{MAX_PRODUCTS, product, reduce, sum};

/// A, B and C of one circuit.
///
/// Circuits use a combination more than once, and at once: an S-box has its input twice in one row and again in the next.
/// So each is kept and evaluated once, and rows name what they consist of.
pub(crate) struct Rows {
    combinations: Combinations,
    /// For each row the numbers of its combinations in A, B and C.
    numbers: Vec<[u32; 3]>,
    num_inputs: usize,
    domain_size: usize,
}

/// Combinations among which a combination is looked for: those of two rows.
const RECENT: usize = 6;

impl Rows {
    pub(crate) fn new(r1cs: &R1cs) -> Self {
        let mut combinations = Combinations::new();
        // Those of this row and the one before.
        let mut recent: VecDeque<(&[(Fr, usize)], u32)> = VecDeque::with_capacity(RECENT);
        let mut number_of = |terms| {
            let known = recent.iter().find(|(known, _)| *known == terms);
            let number = known.map_or_else(|| combinations.push(terms), |(_, number)| *number);
            if recent.len() == RECENT {
                recent.pop_front();
            }
            recent.push_back((terms, number));
            number
        };
        let rows = r1cs.a.iter().zip(&r1cs.b).zip(&r1cs.c);
        let numbers = rows.map(|((a, b), c)| [a, b, c].map(|terms| number_of(terms.as_slice()))).collect();
        let domain_size = (r1cs.num_constraints() + r1cs.num_inputs).next_power_of_two();
        Self { combinations, numbers, num_inputs: r1cs.num_inputs, domain_size }
    }

    /// Evaluates every row and checks it. The error is the first row that does not hold.
    pub(crate) fn evaluate(&self, assignment: &[Fr]) -> Result<RowValues, usize> {
        let values = self.combinations.evaluate(assignment);
        // Behind the constraints stand the consistency rows, one for each input.
        let inputs = &assignment[..self.num_inputs];
        let column = |side: usize, behind: &[Fr]| -> Vec<Fr> {
            let rows = (0..self.domain_size).into_par_iter().with_min_len(1024);
            rows.map(|row| match self.numbers.get(row) {
                Some(numbers) => values[numbers[side] as usize],
                None => behind.get(row - self.numbers.len()).copied().unwrap_or(Fr::ZERO),
            })
            .collect()
        };
        let (a, (b, c)) = rayon::join(|| column(0, inputs), || rayon::join(|| column(1, &[]), || column(2, &[])));
        let values = RowValues { a, b, c };
        let rows = values.a.par_iter().zip(&values.b).zip(&values.c).enumerate().take(self.numbers.len());
        match rows.with_min_len(1024).find_first(|(_, ((a, b), c))| **a * *b != **c) {
            None => Ok(values),
            Some((row, _)) => Err(row),
        }
    }
}

/// Linear combinations of the variables. Coefficients are kept once each: there are many terms and few coefficients.
struct Combinations {
    /// Where each one's terms begin, and where the last ends.
    starts: Vec<u32>,
    terms: Vec<Term>,
    coefficients: Vec<Fr>,
    /// Where each coefficient is.
    indices: HashMap<Fr, u32>,
}

#[derive(Clone, Copy)]
struct Term {
    column: u32,
    /// Index among the coefficients; the first two are [`ONE`] and [`MINUS_ONE`].
    coefficient: u32,
}

const ONE: u32 = 0;
const MINUS_ONE: u32 = 1;

impl Combinations {
    fn new() -> Self {
        let coefficients = vec![Fr::ONE, -Fr::ONE];
        let indices = coefficients.iter().copied().zip([ONE, MINUS_ONE]).collect();
        Self { starts: vec![0], terms: Vec::new(), coefficients, indices }
    }

    /// Adds one and returns its number.
    fn push(&mut self, terms: &[(Fr, usize)]) -> u32 {
        let narrow = |value: usize| u32::try_from(value).expect("circuits have fewer than 2^32 terms");
        for (coefficient, column) in terms {
            let index = *self.indices.entry(*coefficient).or_insert_with(|| {
                self.coefficients.push(*coefficient);
                narrow(self.coefficients.len() - 1)
            });
            self.terms.push(Term { column: narrow(*column), coefficient: index });
        }
        self.starts.push(narrow(self.terms.len()));
        narrow(self.starts.len() - 2)
    }

    /// The values of all.
    fn evaluate(&self, assignment: &[Fr]) -> Zeroizing<Vec<Fr>> {
        let ranges = self.starts.par_windows(2).with_min_len(256);
        let values = ranges.map(|range| self.sum(&self.terms[range[0] as usize..range[1] as usize], assignment));
        Zeroizing::new(values.collect())
    }

    fn sum(&self, terms: &[Term], assignment: &[Fr]) -> Fr {
        let mut total = Fr::ZERO;
        let (mut products, mut count) = ([0; 8], 0);
        let reduced = |products| Fr::new_unchecked(BigInt(reduce::<FrConfig>(products)));
        for term in terms {
            let value = &assignment[term.column as usize];
            match term.coefficient {
                ONE => total += value,
                MINUS_ONE => total -= value,
                other => {
                    if count == MAX_PRODUCTS {
                        total += reduced(products);
                        (products, count) = ([0; 8], 0);
                    }
                    products = sum(products, product(value.0.0, self.coefficients[other as usize].0.0));
                    count += 1;
                }
            }
        }
        if count > 0 { total + reduced(products) } else { total }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `x·x = y`, `x·y = z` with x = 2a − b + 3, columns 1, a, b, y, z.
    fn r1cs() -> R1cs {
        let x = vec![(Fr::from(3u8), 0), (Fr::from(2u8), 1), (-Fr::ONE, 2)];
        let (y, z) = (vec![(Fr::ONE, 3)], vec![(Fr::ONE, 4)]);
        R1cs {
            a: vec![x.clone(), x.clone()],
            b: vec![x, y.clone()],
            c: vec![y, z],
            num_inputs: 1,
            num_witnesses: 4,
            groups: Vec::new(),
        }
    }

    #[test]
    fn a_combination_of_neighbouring_rows_is_kept_once() {
        let rows = Rows::new(&r1cs());
        assert_eq!(rows.numbers, [[0, 0, 1], [0, 1, 2]]);
        assert_eq!(rows.combinations.terms.len(), 5);
    }

    #[test]
    fn the_first_row_that_does_not_hold_is_named() {
        let rows = Rows::new(&r1cs());
        // x = 2·5 − 6 + 3 = 7.
        let assignment = |y: u64, z: u64| [1, 5, 6, y, z].map(Fr::from);
        let values = rows.evaluate(&assignment(49, 343)).expect("both hold");
        let of = |values: [u64; 4]| values.map(Fr::from).to_vec();
        // One consistency row, and the rest of the domain.
        assert_eq!((&values.a, &values.b, &values.c), (&of([7, 7, 1, 0]), &of([7, 49, 0, 0]), &of([49, 343, 0, 0])));
        assert_eq!(rows.evaluate(&assignment(49, 344)).err(), Some(1));
        assert_eq!(rows.evaluate(&assignment(50, 343)).err(), Some(0));
    }
}
