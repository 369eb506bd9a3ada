//! Single choice: a ballot is the place of one option.

use crate::poll::{
    choice::{Choice, ChoiceError, existing},
    count::Sums,
};

/// Reads what follows the first byte of a ballot's body.
pub(in crate::poll) fn decode(bytes: &[u8], options: usize) -> Result<Choice, ChoiceError> {
    match *bytes {
        [place] => existing(place, options).map(Choice::Option),
        _ => Err(ChoiceError::Malformed),
    }
}

/// Votes for each option; the support of one is its share of them.
pub(in crate::poll) fn count(choices: &[&Choice], options: usize) -> Sums {
    let mut sums = Sums::new(options, choices.len() as u64);
    for choice in choices {
        if let Choice::Option(place) = choice {
            sums.add(*place, 1);
        }
    }
    sums
}
