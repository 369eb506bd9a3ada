//! The ballots of instant runoff and Schulze: places of options, the most preferred first.
//!
//! A ballot ranks at least one option and as many as it likes. What it does not rank is below everything that it ranks, and
//! equal among itself: nobody has to order options that mean nothing to them.

use crate::poll::{
    choice::{Choice, ChoiceError, existing},
    count::Sums,
};

/// Reads what follows the first byte of a ballot's body.
pub(in crate::poll) fn decode(bytes: &[u8], options: usize) -> Result<Choice, ChoiceError> {
    if bytes.is_empty() {
        return Err(ChoiceError::NothingRanked);
    }
    for (rank, place) in bytes.iter().enumerate() {
        let number = usize::from(existing(*place, options)?) + 1;
        if bytes.iter().take(rank).any(|higher| higher == place) {
            return Err(ChoiceError::Repeated(number));
        }
    }
    Ok(Choice::Rank(bytes.to_vec()))
}

/// The rankings among choices.
pub(super) fn rankings<'a>(choices: &[&'a Choice]) -> Vec<&'a [u8]> {
    let ranking = |choice: &&'a Choice| match choice {
        Choice::Rank(places) => Some(places.as_slice()),
        _ => None,
    };
    choices.iter().filter_map(ranking).collect()
}

/// How often each option is ranked first.
pub(super) fn first_preferences(rankings: &[&[u8]], options: usize) -> Vec<u64> {
    let mut sums = Sums::new(options, 0);
    rankings.iter().filter_map(|ranking| ranking.first()).for_each(|place| sums.add(*place, 1));
    sums.options
}
