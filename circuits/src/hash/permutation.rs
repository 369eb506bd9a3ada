//! The Poseidon permutation, natively: the same function as round constants, S-box and matrix one after another, with
//! the partial rounds rewritten so that each costs 2t − 1 products instead of t² (Poseidon paper, appendix B).
//!
//! In a partial round the S-box touches lane 0 alone. Therefore
//! * constants of the other lanes can be carried through the matrix into the next round, and
//! * the matrix splits as `M = M′ · M″` with `M′ = diag(1, M̂)` and `M″` sparse (first row, first column, diagonal of
//!   ones); `M′` leaves lane 0 alone, so it can wait and be multiplied into the matrix of the next round.

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field};

use super::Parameters;

/// One partial round: `lane 0 += constant`, S-box on lane 0, then the sparse matrix.
#[derive(Debug)]
struct PartialRound {
    constant: Fr,
    /// First row of the sparse matrix.
    row: Vec<Fr>,
    /// First column below its first entry.
    column: Vec<Fr>,
}

/// A permutation, prepared from its parameters.
#[derive(Debug)]
pub(super) struct Permutation {
    /// Constants of the full rounds before and behind the partial ones; the carried ones are in the first behind.
    before: Vec<Vec<Fr>>,
    partial: Vec<PartialRound>,
    /// `M̂` of the last `M′`, still to be applied to the lanes behind lane 0.
    pending: Vec<Vec<Fr>>,
    behind: Vec<Vec<Fr>>,
    mds: Vec<Vec<Fr>>,
}

impl Permutation {
    pub(super) fn new(parameters: &Parameters) -> Self {
        let Parameters { width, full_rounds, partial_rounds, ark, mds } = parameters;
        let mut constants: Vec<Vec<Fr>> = ark.chunks_exact(*width).map(<[Fr]>::to_vec).collect();
        let half = full_rounds / 2;
        let mut behind = constants.split_off(half + partial_rounds);
        let partial_constants = constants.split_off(half);

        let mut carried = vec![Fr::ZERO; *width];
        let mut pending = identity(width - 1);
        let mut partial = Vec::with_capacity(*partial_rounds);
        for round in &partial_constants {
            let mut lanes: Vec<Fr> = round.iter().zip(&carried).map(|(own, carried)| *own + carried).collect();
            let constant = std::mem::replace(&mut lanes[0], Fr::ZERO);
            carried = mds.iter().map(|row| dot(row, &lanes)).collect();
            // The matrix with what waits from the round before: first row and the rows below, behind column 0.
            let row_tail = row_times(&mds[0][1..], &pending);
            let hat: Vec<Vec<Fr>> = mds[1..].iter().map(|row| row_times(&row[1..], &pending)).collect();
            let first_column: Vec<Fr> = mds[1..].iter().map(|row| row[0]).collect();
            let column = solve(&hat, &first_column);
            partial.push(PartialRound { constant, row: [&mds[0][..1], &row_tail].concat(), column });
            pending = hat;
        }
        for (constant, carried) in behind[0].iter_mut().zip(&carried) {
            *constant += carried;
        }
        Self { before: constants, partial, pending, behind, mds: mds.clone() }
    }

    /// Replaces the state by its permutation.
    pub(super) fn apply<const T: usize>(&self, state: &mut [Fr; T]) {
        for constants in &self.before {
            self.full_round(state, constants);
        }
        for PartialRound { constant, row, column } in &self.partial {
            state[0] = fifth_power(&(state[0] + constant));
            let first = dot(row, state);
            let lane = state[0];
            for (other, coefficient) in state[1..].iter_mut().zip(column) {
                *other += lane * coefficient;
            }
            state[0] = first;
        }
        let lanes: Vec<Fr> = self.pending.iter().map(|row| dot(row, &state[1..])).collect();
        state[1..].copy_from_slice(&lanes);
        for constants in &self.behind {
            self.full_round(state, constants);
        }
    }

    fn full_round<const T: usize>(&self, state: &mut [Fr; T], constants: &[Fr]) {
        for (lane, constant) in state.iter_mut().zip(constants) {
            *lane = fifth_power(&(*lane + constant));
        }
        let mut mixed = [Fr::ZERO; T];
        for (lane, row) in mixed.iter_mut().zip(&self.mds) {
            *lane = dot(row, state);
        }
        *state = mixed;
    }
}

fn fifth_power(x: &Fr) -> Fr {
    x.square().square() * x
}

/// Inner product; the two spare bits of the modulus let three products share a reduction.
fn dot(left: &[Fr], right: &[Fr]) -> Fr {
    let mut sum = Fr::ZERO;
    let (left, left_rest) = left.as_chunks::<3>();
    let (right, right_rest) = right.as_chunks::<3>();
    for (a, x) in left.iter().zip(right) {
        sum += Fr::sum_of_products(a, x);
    }
    for (a, x) in left_rest.iter().zip(right_rest) {
        sum += *a * x;
    }
    sum
}

fn identity(size: usize) -> Vec<Vec<Fr>> {
    (0..size).map(|i| (0..size).map(|j| Fr::from(u64::from(i == j))).collect()).collect()
}

/// A row vector times a square matrix.
fn row_times(row: &[Fr], matrix: &[Vec<Fr>]) -> Vec<Fr> {
    (0..row.len()).map(|j| row.iter().zip(matrix).map(|(x, line)| *x * line[j]).sum()).collect()
}

/// The x with `matrix · x = target`, by elimination. Every square part of a Cauchy matrix is invertible, and so are
/// products of such parts, so a pivot is always found.
fn solve(matrix: &[Vec<Fr>], target: &[Fr]) -> Vec<Fr> {
    let mut rows: Vec<Vec<Fr>> = matrix.iter().zip(target).map(|(row, x)| [row.as_slice(), &[*x]].concat()).collect();
    for column in 0..rows.len() {
        let pivot = (column..rows.len()).find(|row| rows[*row][column] != Fr::ZERO).expect("the matrix is invertible");
        rows.swap(column, pivot);
        let inverse = rows[column][column].inverse().expect("the pivot is not zero");
        let pivot: Vec<Fr> = rows[column].iter().map(|entry| *entry * inverse).collect();
        for row in &mut rows {
            let factor = row[column];
            row.iter_mut().zip(&pivot).for_each(|(entry, pivot)| *entry -= factor * pivot);
        }
        rows[column] = pivot;
    }
    rows.iter().filter_map(|row| row.last().copied()).collect()
}
