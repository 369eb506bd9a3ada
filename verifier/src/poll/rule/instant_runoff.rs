//! Instant runoff: each ballot counts for the option it ranks highest among those that are left, and the option with the fewest
//! votes is struck out, until two are left.
//!
//! A count that stopped at the first majority would give the same winner, but could not say how many ballots prefer the winner to
//! the runner-up, which is what a threshold is about.

use serde::Serialize;

use super::ranking::{first_preferences, rankings};
use crate::poll::{
    choice::Choice,
    count::Sums,
    decision::{Lead, TieOrder},
};

/// One round of a count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Round {
    /// Votes for each option, in the definition's order; null for those that are struck out.
    pub votes: Vec<Option<u64>>,
    /// Ballots that rank none of the options that are left.
    pub exhausted: u64,
    /// The option that is struck out after this round; null in the last one.
    pub eliminated: Option<u8>,
    /// Whether others had as few votes, so that the rule for ties chose.
    pub tied: bool,
}

/// First preferences, rounds, and who leads. The support of the leader is the share of all rankings that count for it in the last
/// round: exhausted ballots count against it.
pub(in crate::poll) fn count(
    choices: &[&Choice],
    options: usize,
    order: &TieOrder,
) -> (Vec<u64>, Vec<Round>, Option<Lead>) {
    let rankings = rankings(choices);
    let mut left: Vec<u8> = (0..=u8::MAX).take(options).collect();
    let mut rounds = Vec::new();
    loop {
        let mut round = vote(&rankings, options, &left);
        if left.len() <= 2 {
            rounds.push(round.0);
            let lead = if rankings.is_empty() { None } else { round.1.lead(order) };
            return (first_preferences(&rankings, options), rounds, lead);
        }
        let votes = |place: &u8| round.1.of(*place);
        let fewest = left.iter().map(votes).min().unwrap_or(0);
        let weakest: Vec<u8> = left.iter().copied().filter(|place| votes(place) == fewest).collect();
        let out = order.last(&weakest);
        round.0.eliminated = out;
        round.0.tied = weakest.len() > 1;
        rounds.push(round.0);
        left.retain(|place| Some(*place) != out);
    }
}

/// A round among the options that are left, before anything is struck out.
fn vote(rankings: &[&[u8]], options: usize, left: &[u8]) -> (Round, Sums) {
    let mut sums = Sums::new(options, rankings.len() as u64);
    let mut exhausted = 0;
    for ranking in rankings {
        match ranking.iter().find(|place| left.contains(place)) {
            Some(place) => sums.add(*place, 1),
            None => exhausted += 1,
        }
    }
    let places = (0..=u8::MAX).zip(&sums.options);
    let votes = places.map(|(place, votes)| left.contains(&place).then_some(*votes)).collect();
    (Round { votes, exhausted, eliminated: None, tied: false }, sums)
}
