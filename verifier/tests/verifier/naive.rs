//! The counts once more, written for plainness and not for speed: what they have to agree with on anything.

use aiq_circuits::scope::Scope;
use aiq_verifier::poll::{
    Choice, Count, Decision, Explanation, Outcome, PollDefinition, PollRule, Threshold, TieBreak,
};
use ark_bn254::Fr;
use proptest::prelude::*;
use rand::{SeedableRng as _, rngs::StdRng, seq::SliceRandom as _};

use crate::ballots::{RULES, poll};

const OPTIONS: usize = 5;

/// Which ballots prefer one option to the other.
fn prefer(rankings: &[Vec<u8>], one: u8, other: u8) -> usize {
    let place = |ranking: &Vec<u8>, option| ranking.iter().position(|place| *place == option).unwrap_or(OPTIONS);
    rankings.iter().filter(|ranking| place(ranking, one) < place(ranking, other)).count()
}

/// The strongest path, by trying all.
fn strongest(rankings: &[Vec<u8>], from: u8, to: u8, used: &[u8]) -> usize {
    let link = |a, b| if prefer(rankings, a, b) > prefer(rankings, b, a) { prefer(rankings, a, b) } else { 0 };
    let through = (0..5).filter(|next| *next != from && *next != to && !used.contains(next));
    let longer = through.map(|next| link(from, next).min(strongest(rankings, next, to, &[used, &[from]].concat())));
    longer.chain([link(from, to)]).max().unwrap()
}

fn schulze(rankings: &[Vec<u8>]) -> Option<u8> {
    let beats = |a: u8, b: u8| strongest(rankings, a, b, &[]) > strongest(rankings, b, a, &[]);
    (0..5).find(|one| (0..5).all(|other| other == *one || !beats(other, *one))).filter(|_| !rankings.is_empty())
}

/// Strikes the weakest option off every ballot, the last one of several, until one is left.
fn runoff(rankings: &[Vec<u8>]) -> Option<u8> {
    let mut ballots = rankings.to_vec();
    let mut left: Vec<u8> = (0..5).collect();
    while left.len() > 1 {
        let votes = |option: u8| ballots.iter().filter(|ballot| ballot.first() == Some(&option)).count();
        let out = left.iter().copied().rev().min_by_key(|option| votes(*option)).unwrap();
        left.retain(|option| *option != out);
        for ballot in &mut ballots {
            ballot.retain(|option| *option != out);
        }
    }
    left.first().copied().filter(|_| !rankings.is_empty())
}

/// What each option gets from one ballot.
fn given(choice: &Choice, option: usize) -> u64 {
    let contains = |places: &[u8]| u64::from(places.iter().any(|place| usize::from(*place) == option));
    match choice {
        Choice::Option(place) => contains(&[*place]),
        Choice::Approve(places) => contains(places),
        Choice::Rank(places) => contains(&places[..1]),
        Choice::Score(scores) => scores[option].into(),
        Choice::Votes(votes) => votes[option].into(),
        Choice::Abstain => 0,
    }
}

fn winner(rule: PollRule, choices: &[Choice]) -> Option<u8> {
    let rankings: Vec<Vec<u8>> =
        choices.iter().filter_map(|c| if let Choice::Rank(r) = c { Some(r.clone()) } else { None }).collect();
    match rule {
        PollRule::InstantRunoff {} => runoff(&rankings),
        PollRule::Schulze {} => schulze(&rankings),
        _ => {
            let sum = |option: u8| choices.iter().map(|choice| given(choice, option.into())).sum::<u64>();
            (0..5).rev().max_by_key(|option| sum(*option)).filter(|option| sum(*option) > 0)
        }
    }
}

fn definition(rule: PollRule) -> PollDefinition {
    let decision = Decision { quorum: 0, threshold: Threshold::None, tie_break: TieBreak::Order };
    PollDefinition { decision, ..poll(rule, OPTIONS) }
}

fn count(definition: &PollDefinition, choices: &[Choice]) -> Count {
    let scope = Scope::new(Fr::from(1_u64));
    Count::of_choices(definition, &scope, choices.len() as u64, choices.iter().map(Some))
}

/// Any choice that a type allows, now and then an abstention.
fn choice(rule: PollRule) -> BoxedStrategy<Choice> {
    let places = Just((0..5).collect::<Vec<u8>>()).prop_shuffle();
    let some = (places, 1..=OPTIONS).prop_map(|(places, length)| places[..length].to_vec());
    let chosen = match rule {
        PollRule::SingleChoice {} => (0_u8..5).prop_map(Choice::Option).boxed(),
        PollRule::Approval { max, .. } => some
            .prop_map(move |mut places| {
                places.truncate(max.into());
                places.sort_unstable();
                Choice::Approve(places)
            })
            .boxed(),
        PollRule::InstantRunoff {} | PollRule::Schulze {} => some.prop_map(Choice::Rank).boxed(),
        PollRule::Score { max } => proptest::collection::vec(0..=max, OPTIONS).prop_map(Choice::Score).boxed(),
        PollRule::Quadratic { .. } => proptest::collection::vec(0_u16..=1, OPTIONS).prop_map(Choice::Votes).boxed(),
    };
    prop_oneof![9 => chosen, 1 => Just(Choice::Abstain)].boxed()
}

fn profile() -> impl Strategy<Value = (PollRule, Vec<Choice>)> {
    (0..RULES.len()).prop_flat_map(|place| {
        let rule = RULES[place];
        (Just(rule), proptest::collection::vec(choice(rule), 0..14))
    })
}

proptest! {
    #[test]
    fn the_plain_count_agrees((rule, choices) in profile()) {
        let definition = definition(rule);
        for choice in &choices {
            prop_assert_eq!(choice.validate(&definition), Ok(()));
        }
        let Count { tally, explanation } = count(&definition, &choices);
        prop_assert_eq!(tally.outcome.winner(), winner(rule, &choices));
        for (option, number) in tally.options.iter().enumerate() {
            prop_assert_eq!(*number, choices.iter().map(|choice| given(choice, option)).sum::<u64>());
        }
        if let Explanation::Rounds { rounds } = explanation {
            let ranked = choices.len() as u64 - tally.abstain;
            for round in rounds {
                prop_assert_eq!(round.votes.iter().flatten().sum::<u64>() + round.exhausted, ranked);
            }
        }
    }

    #[test]
    fn the_order_of_ballots_does_not_matter((rule, mut choices) in profile(), seed in any::<u64>()) {
        let definition = definition(rule);
        let before = count(&definition, &choices);
        choices.shuffle(&mut StdRng::seed_from_u64(seed));
        prop_assert_eq!(count(&definition, &choices), before);
    }

    /// A majority's favourite wins by either way of counting rankings, and whoever beats all others in pairs wins by Schulze's.
    #[test]
    fn majorities_and_condorcet_winners_win((_, choices) in profile()) {
        let rankings: Vec<Vec<u8>> =
            choices.iter().filter_map(|c| if let Choice::Rank(r) = c { Some(r.clone()) } else { None }).collect();
        let [runoff, schulze] = [PollRule::InstantRunoff {}, PollRule::Schulze {}].map(|rule| {
            let choices: Vec<_> = rankings.iter().cloned().map(Choice::Rank).collect();
            count(&definition(rule), &choices).tally.outcome.winner()
        });
        for option in 0..5 {
            if 2 * rankings.iter().filter(|ranking| ranking[0] == option).count() > rankings.len() {
                prop_assert_eq!((runoff, schulze), (Some(option), Some(option)));
            }
            if (0..5).all(|other| other == option || prefer(&rankings, option, other) > prefer(&rankings, other, option)) {
                prop_assert_eq!(schulze, Some(option));
            }
        }
    }

    /// Schulze's method is monotonic: to rank the winner higher does not make it lose.
    #[test]
    fn raising_the_winner_keeps_it((_, choices) in profile(), which in any::<prop::sample::Index>()) {
        let definition = definition(PollRule::Schulze {});
        let mut rankings: Vec<Choice> = choices.into_iter().filter(|choice| matches!(choice, Choice::Rank(_))).collect();
        let Outcome::Winner(lead) = count(&definition, &rankings).tally.outcome else { return Ok(()) };
        let place = which.index(rankings.len());
        if let Choice::Rank(ranking) = &mut rankings[place] {
            ranking.retain(|option| *option != lead.option);
            ranking.insert(0, lead.option);
        }
        prop_assert_eq!(count(&definition, &rankings).tally.outcome.winner(), Some(lead.option));
    }
}
