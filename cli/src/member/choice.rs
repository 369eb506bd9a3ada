//! Choices as people type and read them.

use aiq_verifier::poll::{Choice, PollDefinition, PollRule};

use super::MemberError;

/// Why a typed choice is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TypedChoiceError {
    /// Neither the text of an option nor its number.
    #[error("'{text}' is not an option of this poll, nor the number of one from 1 to {options}")]
    Option {
        /// What was typed.
        text: String,
        /// How many options there are.
        options: usize,
    },
    /// No number where one is expected.
    #[error("'{0}' does not give an option a number")]
    Pair(String),
    /// The same option again.
    #[error("'{0}' names an option for the second time")]
    Twice(String),
}

/// Reads a choice as a person types it. Options go by their text or their number from 1; the text comes first.
///
/// | poll | typed |
/// |---|---|
/// | single choice | `2` |
/// | approval | `1,3`, in any order; `none` |
/// | instant runoff, Schulze | `3,1,2` or `3 > 1 > 2`, best first; what is left out is below |
/// | score, quadratic | `1=3,2=1`; what is left out gets 0 |
/// | all | `abstain` |
///
/// # Errors
/// [`MemberError::TypedChoice`] if it cannot be read, [`MemberError::Choice`] if the poll does not offer it.
pub fn parse_choice(text: &str, definition: &PollDefinition) -> Result<Choice, MemberError> {
    // What stands among the options is one of them, even if it is called 'abstain' or has a comma in it.
    let is_option = definition.options.iter().any(|option| option.trim() == text.trim());
    let choice = match definition.rule {
        _ if text == "abstain" && !is_option => Choice::Abstain,
        PollRule::SingleChoice {} => Choice::Option(option(text, definition)?),
        PollRule::Approval { .. } if text == "none" && !is_option => Choice::Approve(Vec::new()),
        PollRule::Approval { .. } => {
            let mut places = options(text, is_option, ',', definition)?;
            places.sort_unstable();
            Choice::Approve(places)
        }
        PollRule::InstantRunoff {} | PollRule::Schulze {} => {
            let separator = if text.contains('>') { '>' } else { ',' };
            Choice::Rank(options(text, is_option, separator, definition)?)
        }
        PollRule::Score { .. } => Choice::Score(numbers(text, definition)?),
        PollRule::Quadratic { .. } => Choice::Votes(numbers(text, definition)?),
    };
    choice.validate(definition)?;
    Ok(choice)
}

/// The place of an option.
fn option(text: &str, definition: &PollDefinition) -> Result<u8, TypedChoiceError> {
    let (text, options) = (text.trim(), definition.options.len());
    let by_number = || text.parse().ok().filter(|number| (1..=options).contains(number)).map(|number| number - 1);
    let place = definition.options.iter().position(|option| option.trim() == text).or_else(by_number);
    place
        .and_then(|place| u8::try_from(place).ok())
        .ok_or_else(|| TypedChoiceError::Option { text: text.to_owned(), options })
}

/// Places of several options; the text of one option is that option, even if the separator is in it.
fn options(
    text: &str,
    is_option: bool,
    separator: char,
    definition: &PollDefinition,
) -> Result<Vec<u8>, TypedChoiceError> {
    let parts = if is_option { vec![text] } else { text.split(separator).collect() };
    parts.into_iter().map(|part| option(part, definition)).collect()
}

/// A number for every option.
fn numbers<N: Copy + Default + core::str::FromStr>(
    text: &str,
    definition: &PollDefinition,
) -> Result<Vec<N>, TypedChoiceError> {
    let mut numbers = vec![None; definition.options.len()];
    for part in text.split(',') {
        let pair = || TypedChoiceError::Pair(part.trim().to_owned());
        let (name, number) = part.rsplit_once('=').ok_or_else(pair)?;
        let place = option(name, definition)?;
        let slot = numbers.get_mut(usize::from(place)).ok_or_else(pair)?;
        if slot.replace(number.trim().parse().map_err(|_| pair())?).is_some() {
            return Err(TypedChoiceError::Twice(part.trim().to_owned()));
        }
    }
    Ok(numbers.into_iter().map(Option::unwrap_or_default).collect())
}

/// A choice in words.
#[must_use]
pub fn describe_choice(choice: &Choice, definition: &PollDefinition) -> String {
    let name = |place: &u8| definition.options.get(usize::from(*place)).map_or("?", String::as_str);
    let names = |places: &[u8], separator: &str| places.iter().map(name).collect::<Vec<_>>().join(separator);
    let pairs = |numbers: Vec<u64>| {
        let pair = |(option, number): (&String, u64)| (number > 0).then(|| format!("{option}={number}"));
        let pairs: Vec<String> = definition.options.iter().zip(numbers).filter_map(pair).collect();
        if pairs.is_empty() { "0 for every option".to_owned() } else { pairs.join(", ") }
    };
    match choice {
        Choice::Abstain => "abstain".to_owned(),
        Choice::Option(place) => name(place).to_owned(),
        Choice::Approve(places) if places.is_empty() => "none of the options".to_owned(),
        Choice::Approve(places) => names(places, ", "),
        Choice::Rank(places) => names(places, " > "),
        Choice::Score(scores) => pairs(scores.iter().map(|score| (*score).into()).collect()),
        Choice::Votes(votes) => pairs(votes.iter().map(|votes| (*votes).into()).collect()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use aiq_verifier::poll::ChoiceError;

    use super::*;

    fn poll(rule: &serde_json::Value, options: &[&str]) -> PollDefinition {
        let zeros = format!("0x{}", "00".repeat(32));
        serde_json::from_value(serde_json::json!({
            "id": format!("0x{}", "00".repeat(16)), "question": "When?", "options": options, "rule": rule,
            "decision": { "quorum": 0, "threshold": "none", "tie_break": "lot" },
            "eligibility": { "kind": "membership" },
            "roots": { "epoch": 0, "members_root": zeros, "credentials_root": zeros }, "key_id": zeros,
            "announced_at": 1, "opens_at": 2, "closes_at": 3
        }))
        .unwrap()
    }

    fn types() -> [(&'static str, PollDefinition); 6] {
        let options = ["red", "green", "dark, blue"];
        [
            ("single-choice", serde_json::json!({ "type": "single-choice" })),
            ("approval", serde_json::json!({ "type": "approval", "min": 0, "max": 2 })),
            ("instant-runoff", serde_json::json!({ "type": "instant-runoff" })),
            ("schulze", serde_json::json!({ "type": "schulze" })),
            ("score", serde_json::json!({ "type": "score", "max": 5 })),
            ("quadratic", serde_json::json!({ "type": "quadratic", "credits": 9 })),
        ]
        .map(|(name, rule)| (name, poll(&rule, &options)))
    }

    #[test]
    fn one_option_goes_by_its_text_or_its_number() {
        let poll = poll(&serde_json::json!({ "type": "single-choice" }), &["2027", "1", "later"]);
        for (text, expected) in [
            ("later", Choice::Option(2)),
            ("2027", Choice::Option(0)),
            // The text of an option comes before its number.
            ("1", Choice::Option(1)),
            ("3", Choice::Option(2)),
            ("abstain", Choice::Abstain),
        ] {
            assert_eq!(parse_choice(text, &poll).unwrap(), expected, "{text}");
        }
        for text in ["0", "4", "never", "", "-1"] {
            assert!(matches!(parse_choice(text, &poll), Err(MemberError::TypedChoice(_))), "{text}");
        }
    }

    #[test]
    fn every_type_is_typed_as_its_table_says_and_read_back_in_words() {
        let rank = |places: &[u8]| Choice::Rank(places.to_vec());
        let cases = [
            ("single-choice", "dark, blue", Choice::Option(2), "dark, blue"),
            ("approval", "3, red", Choice::Approve(vec![0, 2]), "red, dark, blue"),
            ("approval", "dark, blue", Choice::Approve(vec![2]), "dark, blue"),
            ("approval", "none", Choice::Approve(vec![]), "none of the options"),
            ("approval", "abstain", Choice::Abstain, "abstain"),
            ("instant-runoff", "3,1", rank(&[2, 0]), "dark, blue > red"),
            ("schulze", "dark, blue > green > 1", rank(&[2, 1, 0]), "dark, blue > green > red"),
            ("schulze", "green", rank(&[1]), "green"),
            ("score", "3=5, red=1", Choice::Score(vec![1, 0, 5]), "red=1, dark, blue=5"),
            ("score", "1=0", Choice::Score(vec![0; 3]), "0 for every option"),
            ("quadratic", "green = 2,1=2", Choice::Votes(vec![2, 2, 0]), "red=2, green=2"),
        ];
        for (name, text, expected, words) in cases {
            let (_, poll) = types().into_iter().find(|(known, _)| *known == name).unwrap();
            let choice = parse_choice(text, &poll).unwrap();
            assert_eq!((&choice, describe_choice(&choice, &poll).as_str()), (&expected, words), "{name} {text}");
        }
    }

    #[test]
    fn what_cannot_be_counted_is_refused_with_the_reason() {
        let cases = [
            ("approval", "1,1", "names option 1 twice"),
            ("approval", "1,2,3", "the poll asks for 2 or fewer"),
            ("approval", "1,4", "'4' is not an option"),
            ("approval", "1,", "'' is not an option"),
            ("schulze", "1>2>1", "names option 1 twice"),
            ("schulze", "none", "'none' is not an option"),
            ("instant-runoff", "1 > 2, 3", "'2, 3' is not an option"),
            ("score", "1=6", "the score 6, the highest is 5"),
            ("score", "1=256", "'1=256' does not give an option a number"),
            ("score", "1=1,red=1", "'red=1' names an option for the second time"),
            ("score", "2", "'2' does not give an option a number"),
            ("score", "1=-1", "'1=-1' does not give an option a number"),
            ("quadratic", "1=3,2=1", "cost 10 credits, it has 9"),
            ("quadratic", "5=1", "'5' is not an option"),
        ];
        for (name, text, reason) in cases {
            let (_, poll) = types().into_iter().find(|(known, _)| *known == name).unwrap();
            let error = parse_choice(text, &poll).unwrap_err().to_string();
            assert!(error.contains(reason), "{name} {text}: {error}");
        }
        let (_, poll) = types().into_iter().next().unwrap();
        let other = Choice::Rank(vec![0]).validate(&poll);
        assert_eq!(other, Err(ChoiceError::OtherType("single-choice")));
    }
}
