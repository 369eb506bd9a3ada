//! Quadratic: a ballot is a number of votes for each option, in the definition's order, two bytes each, big-endian. n votes for
//! one option cost n² credits. Votes are for, never against.

use crate::poll::{
    choice::{Choice, ChoiceError},
    count::Sums,
};

/// What votes cost.
fn cost(votes: &[u16]) -> u64 {
    votes.iter().map(|votes| u64::from(*votes) * u64::from(*votes)).sum()
}

/// Reads what follows the first byte of a ballot's body.
pub(in crate::poll) fn decode(bytes: &[u8], credits: u32, options: usize) -> Result<Choice, ChoiceError> {
    let (pairs, []) = bytes.as_chunks::<2>() else { return Err(ChoiceError::Malformed) };
    if pairs.len() != options {
        return Err(ChoiceError::Malformed);
    }
    let votes: Vec<u16> = pairs.iter().copied().map(u16::from_be_bytes).collect();
    match cost(&votes) {
        cost if cost > credits.into() => Err(ChoiceError::OverBudget { cost, credits }),
        _ => Ok(Choice::Votes(votes)),
    }
}

/// Sums of votes, and the credits that were spent on each option; the support of one is its share of all votes.
pub(in crate::poll) fn count(choices: &[&Choice], options: usize) -> (Sums, Vec<u64>) {
    let (mut sums, mut spent) = (Sums::new(options, 0), Sums::new(options, 0));
    for choice in choices {
        if let Choice::Votes(votes) = choice {
            for (place, votes) in (0..).zip(votes) {
                sums.add(place, (*votes).into());
                spent.add(place, cost(&[*votes]));
            }
        }
    }
    sums.whole = sums.options.iter().sum();
    (sums, spent.options)
}
