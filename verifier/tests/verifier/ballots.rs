//! Types of polls: their bounds, and the one encoding that each choice has.

use aiq_verifier::poll::{
    Choice, ChoiceError, Decision, PollDefinition, PollError, PollRule, RuleError, Threshold, TieBreak,
};
use proptest::prelude::*;

use crate::poll::definition;

/// A poll of this type with so many options.
pub fn poll(rule: PollRule, options: usize) -> PollDefinition {
    let options = (1..=options).map(|number| format!("option {number}")).collect();
    PollDefinition { rule, options, ..definition() }
}

pub const RULES: [PollRule; 6] = [
    PollRule::SingleChoice {},
    PollRule::Approval { min: 0, max: 3 },
    PollRule::InstantRunoff {},
    PollRule::Schulze {},
    PollRule::Score { max: 5 },
    PollRule::Quadratic { credits: 10 },
];

#[test]
fn the_numbers_of_a_type_have_bounds() {
    let accepted = |rule| poll(rule, 3).validate();
    for rule in [
        PollRule::Approval { min: 0, max: 1 },
        PollRule::Approval { min: 3, max: 3 },
        PollRule::Score { max: 1 },
        PollRule::Score { max: 100 },
        PollRule::Quadratic { credits: 1 },
        PollRule::Quadratic { credits: 1_000_000 },
    ] {
        assert_eq!(accepted(rule), Ok(()), "{rule:?}");
    }
    for (min, max) in [(0, 0), (2, 1), (0, 4), (4, 4)] {
        let refused = PollError::Rule(RuleError::Picks { min, max, options: 3 });
        assert_eq!(accepted(PollRule::Approval { min, max }), Err(refused));
    }
    for max in [0, 101, 255] {
        assert_eq!(accepted(PollRule::Score { max }), Err(RuleError::Score(max).into()));
    }
    for credits in [0, 1_000_001, u32::MAX] {
        assert_eq!(accepted(PollRule::Quadratic { credits }), Err(RuleError::Credits(credits).into()));
    }
}

#[test]
fn a_threshold_can_be_met() {
    let whole = "1/1".parse().unwrap();
    let poll = |threshold| PollDefinition { decision: Decision { threshold, ..Decision::default() }, ..definition() };
    assert_eq!(poll(Threshold::AtLeast(whole)).validate(), Ok(()));
    assert_eq!(poll(Threshold::MoreThan(whole)).validate(), Err(PollError::Threshold));
}

#[test]
fn a_definition_of_every_type_reads_back_and_in_one_spelling() {
    let half = "1/2".parse().unwrap();
    for rule in RULES {
        for threshold in [Threshold::None, Threshold::AtLeast(half), Threshold::MoreThan(half)] {
            for tie_break in [TieBreak::Lot, TieBreak::Order] {
                let decision = Decision { quorum: 7, threshold, tie_break };
                let definition = PollDefinition { decision, ..poll(rule, 3) };
                let bytes = definition.canonical();
                assert_eq!(PollDefinition::decode(&bytes), Ok(definition.clone()));
                for length in 0..bytes.len() {
                    assert!(PollDefinition::decode(&bytes[..length]).is_err(), "{length} bytes");
                }
                let json = serde_json::to_string(&definition).unwrap();
                assert_eq!(serde_json::from_str::<PollDefinition>(&json).unwrap(), definition);
            }
        }
    }
}

#[test]
fn codes_that_do_not_exist_and_shares_in_another_spelling_are_refused() {
    let half = "1/2".parse().unwrap();
    let decision = Decision { quorum: 0, threshold: Threshold::AtLeast(half), tie_break: TieBreak::Order };
    let bytes = PollDefinition { decision, ..definition() }.canonical();
    // The rule stands behind the options: a byte, then quorum, bound, numerator, denominator, ties.
    let options: usize = definition().options.iter().map(|option| 4 + option.len()).sum();
    let rule = 4 + "AIQ/v1/poll".len() + 16 + 4 + definition().question.len() + 4 + options;
    let places = [rule, rule + 5, rule + 9, rule + 13, rule + 14];
    assert_eq!(places.map(|place| bytes[place]), [0, 1, 1, 2, 1]);
    for (place, value) in places.into_iter().zip([6, 3, 2, 0, 2]) {
        let mut changed = bytes.clone();
        changed[place] = value;
        assert!(PollDefinition::decode(&changed).is_err(), "{value} at {place}");
    }
    for json in [
        r#"{"type":"ranked"}"#,
        r#"{"type":"single-choice","min":1}"#,
        r#"{"type":"approval","min":1}"#,
        r#"{"type":"score","max":256}"#,
        r#""single-choice""#,
    ] {
        assert!(serde_json::from_str::<PollRule>(json).is_err(), "{json}");
    }
}

#[test]
fn choices_have_one_encoding_each() {
    let cases: [(PollRule, Choice, &[u8]); 10] = [
        (PollRule::SingleChoice {}, Choice::Abstain, &[0]),
        (PollRule::SingleChoice {}, Choice::Option(2), &[1, 2]),
        (PollRule::Approval { min: 0, max: 2 }, Choice::Approve(vec![]), &[1]),
        (PollRule::Approval { min: 1, max: 2 }, Choice::Approve(vec![0, 2]), &[1, 0, 2]),
        (PollRule::InstantRunoff {}, Choice::Rank(vec![2, 0]), &[1, 2, 0]),
        (PollRule::Schulze {}, Choice::Rank(vec![1, 2, 0]), &[1, 1, 2, 0]),
        (PollRule::Score { max: 9 }, Choice::Score(vec![9, 0, 4]), &[1, 9, 0, 4]),
        (PollRule::Score { max: 9 }, Choice::Score(vec![0, 0, 0]), &[1, 0, 0, 0]),
        (PollRule::Quadratic { credits: 90_000 }, Choice::Votes(vec![299, 0, 1]), &[1, 1, 43, 0, 0, 0, 1]),
        (PollRule::Quadratic { credits: 1 }, Choice::Abstain, &[0]),
    ];
    for (rule, choice, body) in cases {
        let poll = poll(rule, 3);
        assert_eq!(choice.encode(), body);
        assert_eq!(Choice::decode(body, &poll).as_ref(), Ok(&choice));
        assert_eq!(choice.validate(&poll), Ok(()));
        let json = serde_json::to_string(&choice).unwrap();
        assert_eq!(serde_json::from_str::<Choice>(&json).unwrap(), choice);
    }
}

#[test]
fn what_says_nothing_is_refused_with_the_reason() {
    let (single, some) = (PollRule::SingleChoice {}, PollRule::Approval { min: 1, max: 2 });
    let (score, quadratic) = (PollRule::Score { max: 9 }, PollRule::Quadratic { credits: 10 });
    let no_such = ChoiceError::NoSuchOption { number: 4, options: 3 };
    let cases: [(PollRule, &[u8], ChoiceError); 22] = [
        (single, &[], ChoiceError::Malformed),
        (single, &[2], ChoiceError::Malformed),
        (single, &[0, 0], ChoiceError::Malformed),
        (single, &[1], ChoiceError::Malformed),
        (single, &[1, 0, 0], ChoiceError::Malformed),
        (single, &[255; 9], ChoiceError::Malformed),
        (single, &[1, 3], no_such),
        (some, &[1], ChoiceError::TooFew { picks: 0, min: 1 }),
        (some, &[1, 0, 1, 2], ChoiceError::TooMany { picks: 3, max: 2 }),
        (some, &[1, 1, 1], ChoiceError::Repeated(2)),
        (some, &[1, 2, 0], ChoiceError::Unordered),
        (some, &[1, 0, 3], no_such),
        (PollRule::Schulze {}, &[1], ChoiceError::NothingRanked),
        (PollRule::Schulze {}, &[1, 2, 0, 2], ChoiceError::Repeated(3)),
        (PollRule::InstantRunoff {}, &[1, 0, 3], no_such),
        (PollRule::InstantRunoff {}, &[1, 0, 1, 2, 0], ChoiceError::Repeated(1)),
        (score, &[1, 1, 2], ChoiceError::Malformed),
        (score, &[1, 1, 2, 3, 4], ChoiceError::Malformed),
        (score, &[1, 9, 0, 10], ChoiceError::ScoreTooHigh { number: 3, score: 10, max: 9 }),
        (quadratic, &[1, 0, 1, 0, 1], ChoiceError::Malformed),
        (quadratic, &[1, 0, 1, 0, 1, 0], ChoiceError::Malformed),
        (quadratic, &[1, 0, 3, 0, 1, 0, 1], ChoiceError::OverBudget { cost: 11, credits: 10 }),
    ];
    for (rule, body, refused) in cases {
        assert_eq!(Choice::decode(body, &poll(rule, 3)), Err(refused), "{body:?} in {rule:?}");
    }
    // The most votes that there are bytes for do not wrap.
    let body = [&[1][..], &[255; 128]].concat();
    let cost = 64 * 65_535 * 65_535;
    assert_eq!(Choice::decode(&body, &poll(quadratic, 64)), Err(ChoiceError::OverBudget { cost, credits: 10 }));
}

#[test]
fn a_choice_of_another_type_is_refused_even_if_its_bytes_would_be_read() {
    let choices = [
        Choice::Option(1),
        Choice::Approve(vec![1]),
        Choice::Rank(vec![1]),
        Choice::Rank(vec![1]),
        Choice::Score(vec![0, 1, 2]),
        Choice::Votes(vec![0, 1, 2]),
    ];
    for (rule, own) in RULES.iter().zip(&choices) {
        let poll = poll(*rule, 3);
        for choice in &choices {
            let expected = if choice == own { Ok(()) } else { Err(ChoiceError::OtherType(rule.name())) };
            assert_eq!(choice.validate(&poll), expected, "{choice:?} in {rule:?}");
        }
    }
}

proptest! {
    #[test]
    fn whatever_is_read_has_no_other_spelling(
        body in prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..12),
            proptest::collection::vec(0_u8..4, 0..9).prop_map(|choice| [vec![1], choice].concat()),
        ],
        rule in 0..RULES.len(),
    ) {
        let poll = poll(RULES[rule], 3);
        if let Ok(choice) = Choice::decode(&body, &poll) {
            prop_assert_eq!(choice.encode(), body);
            prop_assert_eq!(choice.validate(&poll), Ok(()));
        }
    }
}
