//! Schulze's method with winning votes (M. Schulze, "A new monotonic, clone-independent, reversal symmetric, and
//! condorcet-consistent single-winner election method", Social Choice and Welfare 36, 2011).

use serde::Serialize;

use super::ranking::{first_preferences, rankings};
use crate::poll::{
    choice::Choice,
    decision::{Lead, TieOrder},
};

/// What two options have to do with each other, for every two of them, in the definition's order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Comparison {
    /// `pairwise[i][j]`: ballots that prefer option i to option j.
    pub pairwise: Vec<Vec<u64>>,
    /// `paths[i][j]`: strength of the strongest path from i to j, 0 if there is none. A path is as strong as its weakest link; there is
    /// a link from i to j, as strong as `pairwise[i][j]`, if that is more than `pairwise[j][i]`.
    pub paths: Vec<Vec<u64>>,
    /// The options i with `paths[i][j] ≥ paths[j][i]` for every j: the winner, or among several those that the rule for ties chooses from.
    pub unbeaten: Vec<u8>,
}

fn at(matrix: &[Vec<u64>], row: usize, column: usize) -> u64 {
    matrix.get(row).and_then(|row| row.get(column)).copied().unwrap_or(0)
}

/// First preferences, the comparison, and who leads. The support of the leader is the share of all rankings that prefer it to the
/// option against which it does worst: with a threshold of more than 1/2 it wins every comparison by a majority of all who voted.
pub(in crate::poll) fn count(
    choices: &[&Choice],
    options: usize,
    order: &TieOrder,
) -> (Vec<u64>, Comparison, Option<Lead>) {
    let rankings = rankings(choices);
    let pairwise = pairwise(&rankings, options);
    let paths = paths(&pairwise, options);
    let is_unbeaten = |i: usize| (0..options).all(|j| at(&paths, i, j) >= at(&paths, j, i));
    let unbeaten: Vec<u8> = (0..=u8::MAX).take(options).filter(|place| is_unbeaten((*place).into())).collect();
    let lead = order.first(&unbeaten).filter(|_| !rankings.is_empty()).map(|option| {
        let place = usize::from(option);
        let worst = (0..options).filter(|other| *other != place).map(|other| at(&pairwise, place, other)).min();
        let of = rankings.len() as u64;
        Lead { option, tied: unbeaten.len() > 1, support: worst.unwrap_or(of), of }
    });
    (first_preferences(&rankings, options), Comparison { pairwise, paths, unbeaten }, lead)
}

fn pairwise(rankings: &[&[u8]], options: usize) -> Vec<Vec<u64>> {
    let mut pairwise = vec![vec![0; options]; options];
    for ranking in rankings {
        let mut above = vec![false; options];
        for place in *ranking {
            let place = usize::from(*place);
            if let Some(is_above) = above.get_mut(place) {
                *is_above = true;
            }
            // Preferred to all that do not stand above it.
            if let Some(row) = pairwise.get_mut(place) {
                row.iter_mut().zip(&above).filter(|(_, is_above)| !**is_above).for_each(|(count, _)| *count += 1);
            }
        }
    }
    pairwise
}

/// The widest paths, by Floyd and Warshall.
fn paths(pairwise: &[Vec<u64>], options: usize) -> Vec<Vec<u64>> {
    let link = |i, j| if at(pairwise, i, j) > at(pairwise, j, i) { at(pairwise, i, j) } else { 0 };
    let mut paths: Vec<Vec<u64>> = (0..options).map(|i| (0..options).map(|j| link(i, j)).collect()).collect();
    for through in 0..options {
        let onward = paths.get(through).cloned().unwrap_or_default();
        for (from, row) in paths.iter_mut().enumerate().filter(|(from, _)| *from != through) {
            let first = row.get(through).copied().unwrap_or(0);
            for (to, (best, second)) in row.iter_mut().zip(&onward).enumerate() {
                if to != from {
                    *best = (*best).max(first.min(*second));
                }
            }
        }
    }
    paths
}
