//! Counts, against examples that others have worked out or that elections have published.

use aiq_circuits::scope::Scope;
use aiq_verifier::poll::{
    Choice, Comparison, Count, Decision, Explanation, Lead, Outcome, PollRule, Round, Threshold, TieBreak,
};
use ark_bn254::Fr;

use crate::ballots::poll;

const ORDER: Decision = Decision { quorum: 0, threshold: Threshold::None, tie_break: TieBreak::Order };

fn scope() -> Scope {
    Scope::new(Fr::from(1_u64))
}

/// Counts so many of each choice.
fn count(rule: PollRule, decision: Decision, options: usize, groups: &[(usize, Choice)]) -> Count {
    let mut definition = poll(rule, options);
    definition.decision = decision;
    assert_eq!(definition.validate(), Ok(()));
    let choices: Vec<&Choice> =
        groups.iter().flat_map(|(voters, choice)| core::iter::repeat_n(choice, *voters)).collect();
    assert!(choices.iter().all(|choice| choice.validate(&definition).is_ok()));
    Count::of_choices(&definition, &scope(), choices.len() as u64, choices.into_iter().map(Some))
}

/// Rankings as letters, `A` being the first option.
fn rank(groups: &[(usize, &str)]) -> Vec<(usize, Choice)> {
    groups
        .iter()
        .map(|(voters, letters)| (*voters, Choice::Rank(letters.bytes().map(|c| c - b'A').collect())))
        .collect()
}

fn rounds(count: &Count) -> &[Round] {
    let Explanation::Rounds { rounds } = &count.explanation else { panic!("{count:?}") };
    rounds
}

fn comparison(count: &Count) -> &Comparison {
    let Explanation::Comparison(comparison) = &count.explanation else { panic!("{count:?}") };
    comparison
}

fn lead(option: u8, support: u64, of: u64) -> Lead {
    Lead { option, tied: false, support, of }
}

/// The capital of Tennessee (Wikipedia, "Instant-runoff voting"): Memphis, Nashville, Chattanooga, Knoxville.
const TENNESSEE: [(usize, &str); 4] = [(42, "ABCD"), (26, "BCDA"), (15, "CDBA"), (17, "DCBA")];

#[test]
fn instant_runoff_chooses_knoxville_in_tennessee() {
    let count = count(PollRule::InstantRunoff {}, ORDER, 4, &rank(&TENNESSEE));
    let round = |votes: [i64; 4], eliminated| Round {
        votes: votes.map(|votes| u64::try_from(votes).ok()).to_vec(),
        exhausted: 0,
        eliminated,
        tied: false,
    };
    let expected = [round([42, 26, 15, 17], Some(2)), round([42, 26, -1, 32], Some(1)), round([42, -1, -1, 58], None)];
    assert_eq!(rounds(&count), expected);
    assert_eq!(count.tally.options, [42, 26, 15, 17]);
    assert_eq!(count.tally.outcome, Outcome::Winner(lead(3, 58, 100)));
}

#[test]
fn schulze_chooses_nashville_in_tennessee() {
    let count = count(PollRule::Schulze {}, ORDER, 4, &rank(&TENNESSEE));
    // Nashville beats each of the others: by 58, 68 and 68 of 100.
    assert_eq!(comparison(&count).pairwise[1], [58, 0, 68, 68]);
    assert_eq!(comparison(&count).unbeaten, [1]);
    assert_eq!(count.tally.outcome, Outcome::Winner(lead(1, 58, 100)));
}

#[test]
fn single_choice_approval_and_score_choose_as_expected_in_tennessee() {
    let single = [(42, 0), (26, 1), (15, 2), (17, 3)].map(|(voters, place)| (voters, Choice::Option(place)));
    let counted = count(PollRule::SingleChoice {}, ORDER, 4, &single);
    assert_eq!((counted.tally.outcome, counted.explanation), (Outcome::Winner(lead(0, 42, 100)), Explanation::Sums {}));
    // Everybody approves of the two nearest cities.
    let approvals = [(42, [0, 1]), (26, [1, 2]), (15, [2, 3]), (17, [2, 3])]
        .map(|(voters, p)| (voters, Choice::Approve(p.to_vec())));
    let counted = count(PollRule::Approval { min: 1, max: 4 }, ORDER, 4, &approvals);
    assert_eq!(counted.tally.options, [42, 68, 58, 32]);
    assert_eq!(counted.tally.outcome, Outcome::Winner(lead(1, 68, 100)));
    // Scores of 0 to 10 by distance (Wikipedia, "Score voting"); the sums by hand.
    let scores = [(42, [10, 4, 2, 0]), (26, [0, 10, 4, 2]), (15, [0, 6, 10, 6]), (17, [0, 5, 7, 10])]
        .map(|(voters, scores)| (voters, Choice::Score(scores.to_vec())));
    let counted = count(PollRule::Score { max: 10 }, ORDER, 4, &scores);
    assert_eq!(counted.tally.options, [420, 603, 457, 312]);
    assert_eq!(counted.tally.outcome, Outcome::Winner(lead(1, 603, 1000)));
}

/// Example 1 of Markus Schulze's page of examples and of Wikipedia, "Schulze method": 45 voters, candidates A to E, no Condorcet winner.
#[test]
fn schulze_counts_the_example_with_45_voters() {
    let groups = rank(&[
        (5, "ACBED"),
        (5, "ADECB"),
        (8, "BEDAC"),
        (3, "CABED"),
        (7, "CAEBD"),
        (2, "CBADE"),
        (7, "DCEBA"),
        (8, "EBADC"),
    ]);
    let count = count(PollRule::Schulze {}, ORDER, 5, &groups);
    let pairwise =
        [[0, 20, 26, 30, 22], [25, 0, 16, 33, 18], [19, 29, 0, 17, 24], [15, 12, 28, 0, 14], [23, 27, 21, 31, 0]];
    let paths =
        [[0, 28, 28, 30, 24], [25, 0, 28, 33, 24], [25, 29, 0, 29, 24], [25, 28, 28, 0, 24], [25, 28, 28, 31, 0]];
    assert_eq!(comparison(&count).pairwise, pairwise);
    assert_eq!(comparison(&count).paths, paths);
    assert_eq!(comparison(&count).unbeaten, [4]);
    // Against C, E is preferred by 21 of 45: it leads by paths, not by a majority in every pair.
    assert_eq!(count.tally.outcome, Outcome::Winner(lead(4, 21, 45)));
}

/// The mayor of Burlington, Vermont, in 2009, with the candidates Montroll, Kiss and Wright left: rankings among them, derived from
/// the published ballots (as tabulated by W. D. Smith, rangevoting.org/Burlington.html). The published last round is Kiss 4,313, Wright 4,061; the
/// table differs from it by one and by three ballots.
const BURLINGTON: [(usize, &str); 9] = [
    (1332, "ABC"),
    (767, "ACB"),
    (455, "A"),
    (2043, "BAC"),
    (371, "BCA"),
    (568, "B"),
    (1513, "CAB"),
    (495, "CBA"),
    (1289, "C"),
];

#[test]
fn instant_runoff_and_schulze_differ_in_burlington() {
    let runoff = count(PollRule::InstantRunoff {}, ORDER, 3, &rank(&BURLINGTON));
    let first =
        Round { votes: vec![Some(2554), Some(2982), Some(3297)], exhausted: 0, eliminated: Some(0), tied: false };
    let last = Round { votes: vec![None, Some(4314), Some(4064)], exhausted: 455, eliminated: None, tied: false };
    assert_eq!(rounds(&runoff), [first, last]);
    assert_eq!(runoff.tally.outcome, Outcome::Winner(lead(1, 4314, 8833)));
    let schulze = count(PollRule::Schulze {}, ORDER, 3, &rank(&BURLINGTON));
    assert_eq!(comparison(&schulze).pairwise, [[0, 4067, 4597], [3477, 0, 4314], [3668, 4064, 0]]);
    assert_eq!(schulze.tally.outcome, Outcome::Winner(lead(0, 4067, 8833)));
    // Of all who ranked somebody, fewer than half are for Kiss in the last round.
    let half = Decision { threshold: Threshold::MoreThan("1/2".parse().unwrap()), ..ORDER };
    let runoff = count(PollRule::InstantRunoff {}, half, 3, &rank(&BURLINGTON));
    assert_eq!(runoff.tally.outcome, Outcome::BelowThreshold(lead(1, 4314, 8833)));
}

#[test]
fn quadratic_votes_are_summed_and_their_credits_shown() {
    let votes =
        [(2, [3, 0, 0]), (3, [0, 2, 2]), (1, [1, 1, 2])].map(|(voters, votes)| (voters, Choice::Votes(votes.to_vec())));
    let count = count(PollRule::Quadratic { credits: 9 }, ORDER, 3, &votes);
    assert_eq!(count.tally.options, [7, 7, 8]);
    assert_eq!(count.explanation, Explanation::Credits { spent: vec![19, 13, 16] });
    assert_eq!(count.tally.outcome, Outcome::Winner(lead(2, 8, 22)));
}

#[test]
fn the_quorum_counts_abstentions_but_not_spoiled_ballots() {
    let mut definition = poll(PollRule::SingleChoice {}, 2);
    definition.decision = Decision { quorum: 3, ..ORDER };
    let (yes, abstain) = (Choice::Option(0), Choice::Abstain);
    let outcome =
        |last: &[Option<&Choice>]| Count::of_choices(&definition, &scope(), 9, last.iter().copied()).tally.outcome;
    assert_eq!(outcome(&[Some(&yes), Some(&abstain), Some(&abstain)]), Outcome::Winner(lead(0, 1, 1)));
    assert_eq!(outcome(&[Some(&yes), Some(&abstain), None]), Outcome::NoQuorum);
    assert_eq!(outcome(&[]), Outcome::NoQuorum);
    assert_eq!(outcome(&[Some(&abstain); 3]), Outcome::NoSupport);
}

#[test]
fn a_threshold_is_exact() {
    let vote = |share: &str, more: bool, yes| {
        let share = share.parse().unwrap();
        let threshold = if more { Threshold::MoreThan(share) } else { Threshold::AtLeast(share) };
        let votes = [(yes, Choice::Option(0)), (12 - yes, Choice::Option(1))];
        count(PollRule::SingleChoice {}, Decision { threshold, ..ORDER }, 2, &votes).tally.outcome.winner()
    };
    assert_eq!([7, 8, 9].map(|yes| vote("2/3", false, yes)), [None, Some(0), Some(0)]);
    assert_eq!([7, 8, 9].map(|yes| vote("2/3", true, yes)), [None, None, Some(0)]);
    // A tie is no majority, whatever goes before.
    assert_eq!([5, 6, 7].map(|yes| vote("1/2", true, yes)), [Some(1), None, Some(0)]);
}

#[test]
fn ties_go_by_the_order_that_the_definition_states() {
    let lot = Decision { tie_break: TieBreak::Lot, ..ORDER };
    assert_eq!(ORDER.tie_order(&scope(), 4).places(), [0, 1, 2, 3]);
    let order = lot.tie_order(&scope(), 4);
    let mut sorted: Vec<u8> = (0..4).collect();
    sorted.sort_by_key(|place| aiq_circuits::wire::sha256(&[b"AIQ/v1/tie", &scope().to_bytes(), &[*place]]));
    assert_eq!(order.places(), sorted);
    assert_ne!(order.places(), [0, 1, 2, 3]);

    let one_each: Vec<_> = (0..4).map(|place| (1, Choice::Option(place))).collect();
    let tied = |option, support, of| Outcome::Winner(Lead { option, tied: true, support, of });
    assert_eq!(count(PollRule::SingleChoice {}, ORDER, 4, &one_each).tally.outcome, tied(0, 1, 4));
    assert_eq!(count(PollRule::SingleChoice {}, lot, 4, &one_each).tally.outcome, tied(sorted[0], 1, 4));

    let one_each = rank(&[(1, "A"), (1, "B"), (1, "C")]);
    let runoff = count(PollRule::InstantRunoff {}, ORDER, 3, &one_each);
    assert_eq!((rounds(&runoff)[0].eliminated, rounds(&runoff)[0].tied), (Some(2), true));
    assert_eq!(runoff.tally.outcome, tied(0, 1, 3));
    let schulze = count(PollRule::Schulze {}, ORDER, 3, &one_each);
    assert_eq!(comparison(&schulze).unbeaten, [0, 1, 2]);
    assert_eq!(schulze.tally.outcome, tied(0, 1, 3));
}

#[test]
fn nobody_and_nothing_give_no_winner_in_any_type() {
    for rule in crate::ballots::RULES {
        assert_eq!(count(rule, ORDER, 3, &[]).tally.outcome, Outcome::NoSupport, "{rule:?}");
        let abstain = count(rule, ORDER, 3, &[(5, Choice::Abstain)]).tally;
        assert_eq!((abstain.outcome, abstain.abstain, abstain.voted), (Outcome::NoSupport, 5, 5), "{rule:?}");
    }
    let nothing = [(3, Choice::Score(vec![0; 3]))];
    assert_eq!(count(PollRule::Score { max: 5 }, ORDER, 3, &nothing).tally.outcome, Outcome::NoSupport);
}
