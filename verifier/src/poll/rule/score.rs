//! Score: a ballot is a number for each option, in the definition's order.

use crate::poll::{
    choice::{Choice, ChoiceError},
    count::Sums,
};

/// Reads what follows the first byte of a ballot's body.
pub(in crate::poll) fn decode(bytes: &[u8], max: u8, options: usize) -> Result<Choice, ChoiceError> {
    if bytes.len() != options {
        return Err(ChoiceError::Malformed);
    }
    match (1..).zip(bytes).find(|(_, score)| **score > max) {
        Some((number, score)) => Err(ChoiceError::ScoreTooHigh { number, score: *score, max }),
        None => Ok(Choice::Score(bytes.to_vec())),
    }
}

/// Sums of scores; the support of an option is its share of the highest sum that the ballots could give it.
pub(in crate::poll) fn count(choices: &[&Choice], max: u8, options: usize) -> Sums {
    let mut sums = Sums::new(options, u64::from(max) * choices.len() as u64);
    for choice in choices {
        if let Choice::Score(scores) = choice {
            (0..).zip(scores).for_each(|(place, score)| sums.add(place, (*score).into()));
        }
    }
    sums
}
