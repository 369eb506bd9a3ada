//! `H_name` (§1) as constraints: `hash::hash` step by step, three constraints to an S-box.
//!
//! A width-t hash passes `8·t + partial rounds` S-boxes, less the first of the capacity lane, whose input is constant:
//! 213, 240, 261 and 402 constraints for widths 2, 3, 4 and 9.
//!
//! The S-box is `x² = x·x`, `x³ = x·x²`, `x⁵ = x³·x²` with the factors in A and B in this order. The columns of `x²` are
//! then absent from A, those of `x³` from B, and B holds the long combination `x` once. (By way of `x⁴ = x²·x²` the
//! columns of `x²` would be in both.) A third of the points of a key's A and B queries is thereby at infinity.

use std::sync::LazyLock;

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field};

use super::{Synthesis, SynthesisError, Wire};
use crate::hash::{HashName, Parameters, parameters};

/// Coefficients of a linear combination of `[1, outputs of S-boxes..]`.
type Row = Vec<Fr>;

/// The inputs of all S-boxes of one width as combinations of the outputs of earlier S-boxes, round constants included.
///
/// Between two full rounds these are the rows of the mixing matrix. In the partial rounds only lane 0 is replaced; the
/// others stay combinations of what the last full round left and of the lane-0 outputs since. Working that out once
/// takes the mixing matrix out of the partial rounds.
struct Schedule {
    /// Rows for the full rounds before the partial ones; the first has none: its inputs are the state.
    before: Vec<Vec<Row>>,
    /// The row for each partial round, over the last full round's outputs and those of the partial rounds so far.
    partial: Vec<Row>,
    /// Rows for the first full round behind the partial ones, over the same outputs.
    behind_partial: Vec<Row>,
    /// Rows for the other full rounds, and at the end the one row for lane 0 of the result.
    behind: Vec<Vec<Row>>,
}

impl Schedule {
    fn new(parameters: &Parameters) -> Self {
        let Parameters { width, full_rounds, partial_rounds, ark, mds } = parameters;
        let constants = |round: usize| &ark[round * width..(round + 1) * width];
        let mix = |round: usize| -> Vec<Row> {
            let rows = mds.iter().zip(constants(round));
            rows.map(|(row, constant)| [core::slice::from_ref(constant), row].concat()).collect()
        };
        let half = full_rounds / 2;
        let rounds = full_rounds + partial_rounds;

        // The state in front of each partial round over [1, the last full round's outputs.., partial outputs..].
        let columns = 1 + width + partial_rounds;
        let mut state = mix(half);
        for row in &mut state {
            row.resize(columns, Fr::ZERO);
        }
        let mut partial = Vec::new();
        for round in 0..*partial_rounds {
            let output = 1 + width + round;
            partial.push(state[0][..output].to_vec());
            state[0].fill(Fr::ZERO);
            state[0][output] = Fr::ONE;
            state = mds.iter().map(|row| linear(row, &state)).collect();
            for (row, constant) in state.iter_mut().zip(constants(half + round + 1)) {
                row[0] += constant;
            }
        }

        let mut behind: Vec<Vec<Row>> = (half + partial_rounds + 1..rounds).map(mix).collect();
        behind.push(vec![[&[Fr::ZERO], mds[0].as_slice()].concat()]);
        Self { before: (1..half).map(mix).collect(), partial, behind_partial: state, behind }
    }

    /// The schedule of a width.
    fn of(width: usize) -> &'static Self {
        macro_rules! table {
            ($width:literal) => {{
                static TABLE: LazyLock<Schedule> = LazyLock::new(|| Schedule::new(parameters($width)));
                &TABLE
            }};
        }
        match width {
            2 => table!(2),
            3 => table!(3),
            4 => table!(4),
            _ => table!(9),
        }
    }
}

/// `Σ factorᵢ · rowᵢ`.
fn linear(factors: &[Fr], rows: &[Row]) -> Row {
    let mut sum = vec![Fr::ZERO; rows[0].len()];
    for (factor, row) in factors.iter().zip(rows) {
        for (target, coefficient) in sum.iter_mut().zip(row) {
            *target += *factor * coefficient;
        }
    }
    sum
}

/// `x⁵` as a new wire. Three constraints.
fn fifth_power(synthesis: &mut Synthesis, x: &Wire) -> Result<Wire, SynthesisError> {
    let x2 = synthesis.product(x, x)?;
    let x3 = synthesis.product(x, &x2)?;
    synthesis.product(&x3, &x2)
}

/// A full round: `[1, S-box of every lane..]`.
fn full_round(synthesis: &mut Synthesis, lanes: &[Wire]) -> Result<Vec<Wire>, SynthesisError> {
    let mut outputs = vec![synthesis.constant(Fr::ONE)];
    for lane in lanes {
        outputs.push(fifth_power(synthesis, lane)?);
    }
    Ok(outputs)
}

fn combine_all(synthesis: &Synthesis, rows: &[Row], wires: &[Wire]) -> Vec<Wire> {
    rows.iter().map(|row| synthesis.combine(row, wires)).collect()
}

/// `H_name(inputs)`: 213, 240, 261 or 402 constraints for 1, 2, 3 or 8 inputs.
///
/// # Errors
/// [`SynthesisError`] of the constraint system.
///
/// # Panics
/// If the number of inputs is not the arity of the name.
pub fn hash(synthesis: &mut Synthesis, name: HashName, inputs: &[Wire]) -> Result<Wire, SynthesisError> {
    assert_eq!(inputs.len(), name.arity(), "H_{} has a fixed arity", name.label());
    let width = name.arity() + 1;
    let schedule = Schedule::of(width);
    let constants = &parameters(width).ark[..width];

    // The capacity lane is constant, so its first S-box is worked out here.
    let capacity = name.domain_tag() + constants[0];
    let lanes: Vec<Wire> = inputs.iter().zip(&constants[1..]).map(|(x, c)| x + &synthesis.constant(*c)).collect();
    let mut outputs = full_round(synthesis, &lanes)?;
    outputs.insert(1, synthesis.constant(capacity.square().square() * capacity));
    for rows in &schedule.before {
        let lanes = combine_all(synthesis, rows, &outputs);
        outputs = full_round(synthesis, &lanes)?;
    }
    for row in &schedule.partial {
        let lane = synthesis.combine(row, &outputs);
        outputs.push(fifth_power(synthesis, &lane)?);
    }
    let mut lanes = combine_all(synthesis, &schedule.behind_partial, &outputs);
    for rows in &schedule.behind {
        outputs = full_round(synthesis, &lanes)?;
        lanes = combine_all(synthesis, rows, &outputs);
    }
    Ok(lanes.swap_remove(0))
}
