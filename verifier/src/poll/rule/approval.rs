//! Approval: a ballot is the places of the options that it approves of, ascending.

use crate::poll::{
    choice::{Choice, ChoiceError, existing},
    count::Sums,
};

/// Reads what follows the first byte of a ballot's body.
pub(in crate::poll) fn decode(bytes: &[u8], (min, max): (u8, u8), options: usize) -> Result<Choice, ChoiceError> {
    for (count, place) in bytes.iter().enumerate() {
        let number = usize::from(existing(*place, options)?) + 1;
        match bytes.get(..count).and_then(<[u8]>::last) {
            Some(last) if last == place => return Err(ChoiceError::Repeated(number)),
            Some(last) if last > place => return Err(ChoiceError::Unordered),
            _ => {}
        }
    }
    let picks = bytes.len();
    if picks < usize::from(min) {
        return Err(ChoiceError::TooFew { picks, min });
    }
    if picks > usize::from(max) {
        return Err(ChoiceError::TooMany { picks, max });
    }
    Ok(Choice::Approve(bytes.to_vec()))
}

/// Approvals of each option; the support of one is the share of ballots that approve of it.
pub(in crate::poll) fn count(choices: &[&Choice], options: usize) -> Sums {
    let mut sums = Sums::new(options, choices.len() as u64);
    for choice in choices {
        if let Choice::Approve(places) = choice {
            for place in places {
                sums.add(*place, 1);
            }
        }
    }
    sums
}
