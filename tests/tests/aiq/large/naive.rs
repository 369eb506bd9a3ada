//! What comes of a poll, by the plainest code there is: written from §8, and not from what the verifier has for it.

use aiq_verifier::poll::{Choice, PollRule};

/// The numbers that a tally shows, and the winner's place.
#[derive(Debug, PartialEq, Eq)]
pub struct Expected {
    pub options: Vec<u64>,
    pub abstain: u64,
    pub voted: u64,
    pub winner: usize,
}

/// Counts last choices; of equal options the one that is listed first goes before the others.
pub fn count(rule: PollRule, options: usize, choices: &[&Choice]) -> Expected {
    let sums: Vec<u64> =
        (0..options).map(|place| choices.iter().map(|choice| given(choice, place)).sum::<u64>()).collect();
    let winner = match rule {
        PollRule::InstantRunoff {} => runoff(options, choices),
        PollRule::Schulze {} => schulze(options, choices),
        _ => first_of_the_largest(&sums),
    };
    let abstain = choices.iter().filter(|choice| matches!(choice, Choice::Abstain)).count() as u64;
    Expected { options: sums, abstain, voted: choices.len() as u64, winner }
}

/// What one ballot adds to the number of an option.
fn given(choice: &Choice, place: usize) -> u64 {
    match choice {
        Choice::Option(chosen) => u64::from(usize::from(*chosen) == place),
        Choice::Approve(approved) => u64::from(approved.iter().any(|option| usize::from(*option) == place)),
        Choice::Rank(ranked) => u64::from(usize::from(ranked[0]) == place),
        Choice::Score(scores) => scores[place].into(),
        Choice::Votes(votes) => votes[place].into(),
        Choice::Abstain => 0,
    }
}

fn first_of_the_largest(numbers: &[u64]) -> usize {
    let most = *numbers.iter().max().expect("options");
    numbers.iter().position(|number| *number == most).expect("the largest")
}

fn runoff(options: usize, choices: &[&Choice]) -> usize {
    let mut left: Vec<usize> = (0..options).collect();
    while left.len() > 1 {
        let votes = |option: usize| {
            let first =
                |ranked: &[u8]| ranked.iter().map(|place| usize::from(*place)).find(|place| left.contains(place));
            choices
                .iter()
                .filter(|choice| matches!(choice, Choice::Rank(ranked) if first(ranked) == Some(option)))
                .count()
        };
        // Of the weakest, the one that is listed last is struck out.
        let fewest = left.iter().map(|option| votes(*option)).min().expect("options");
        let struck = *left.iter().rev().find(|option| votes(**option) == fewest).expect("the weakest");
        left.retain(|option| *option != struck);
    }
    left[0]
}

fn schulze(options: usize, choices: &[&Choice]) -> usize {
    let prefers = |ranked: &[u8], one: usize, other: usize| {
        let place =
            |option: usize| ranked.iter().position(|ranked| usize::from(*ranked) == option).unwrap_or(usize::MAX);
        place(one) < place(other)
    };
    let ballots = |one: usize, other: usize| {
        choices.iter().filter(|choice| matches!(choice, Choice::Rank(ranked) if prefers(ranked, one, other))).count()
    };
    let direct = |one: usize, other: usize| {
        let (for_it, against) = (ballots(one, other), ballots(other, one));
        if for_it > against { for_it } else { 0 }
    };
    let row = |one: usize| (0..options).map(|other| direct(one, other)).collect::<Vec<_>>();
    let mut paths: Vec<Vec<usize>> = (0..options).map(row).collect();
    // As often as a path can be long: nothing clever.
    for _ in 0..options {
        for one in 0..options {
            for over in 0..options {
                for other in 0..options {
                    let longer = paths[one][over].min(paths[over][other]);
                    paths[one][other] = paths[one][other].max(longer);
                }
            }
        }
    }
    let unbeaten = |one: &usize| (0..options).all(|other| other == *one || paths[*one][other] >= paths[other][*one]);
    (0..options).find(unbeaten).expect("Schulze's relation has a largest element")
}
