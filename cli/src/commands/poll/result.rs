//! What came out of a poll, and why.

use std::io::{self, Write};

use aiq_verifier::poll::{Comparison, Explanation, Lead, Outcome, PollDefinition, PollRule, Round, Tally};

use crate::output::{Paint, Table, plural};

/// The options with their numbers and bars, the turnout, and the outcome.
pub fn write_tally(out: &mut dyn Write, paint: Paint, poll: &PollDefinition, tally: &Tally) -> io::Result<()> {
    const WIDTH: u64 = 30;
    // Abstentions are ballots: a bar beside sums of something else would mislead.
    let is_sum = matches!(poll.rule, PollRule::Score { .. } | PollRule::Quadratic { .. });
    let abstain = if is_sum { 0 } else { tally.abstain };
    let most = tally.options.iter().copied().chain([abstain]).max().unwrap_or(0).max(1);
    let name_width = poll.options.iter().map(|option| option.chars().count()).max().unwrap_or(0).max("abstain".len());
    let width = most.max(tally.abstain).to_string().len().max(4);
    if let Some(meaning) = meaning(poll.rule) {
        writeln!(out, "  {}", paint.dim(meaning))?;
    }
    let options = poll.options.iter().map(String::as_str).zip(tally.options.iter().map(|number| (*number, *number)));
    for (name, (number, length)) in options.chain([("abstain", (tally.abstain, abstain))]) {
        let bar = "█".repeat(usize::try_from(length * WIDTH / most).unwrap_or(0));
        let bar = if bar.is_empty() { bar } else { format!("  {}", paint.green(bar)) };
        writeln!(out, "  {name:<name_width$}  {number:>width$}{bar}")?;
    }
    let turnout = format!("{} joined, {} voted, {} spoiled", tally.joined, tally.voted, tally.spoiled);
    writeln!(out, "  {}", paint.dim(turnout))?;
    write_outcome(out, paint, poll, tally)
}

/// What an option's number is, where that is not plain.
const fn meaning(rule: PollRule) -> Option<&'static str> {
    match rule {
        PollRule::SingleChoice {} => None,
        PollRule::Approval { .. } => Some("ballots that approve of an option"),
        PollRule::InstantRunoff {} | PollRule::Schulze {} => Some("ballots that rank an option first"),
        PollRule::Score { .. } => Some("sums of scores"),
        PollRule::Quadratic { .. } => Some("sums of votes"),
    }
}

/// What the support of an option is, and of what.
pub(super) const fn support(rule: PollRule) -> (&'static str, &'static str) {
    match rule {
        PollRule::SingleChoice {} | PollRule::Quadratic { .. } => ("votes", "the votes for any option"),
        PollRule::Approval { .. } => ("approvals", "the ballots that do not abstain"),
        PollRule::InstantRunoff {} => ("votes in the last round", "the ballots that rank options"),
        PollRule::Schulze {} => ("ballots against the option it does worst against", "the ballots that rank options"),
        PollRule::Score { .. } => ("points", "the points that could be given"),
    }
}

/// So many of what is named in the plural by its first word.
fn counted(count: u64, what: &str) -> String {
    let (noun, rest) = what.split_once(' ').map_or((what, String::new()), |(noun, rest)| (noun, format!(" {rest}")));
    plural(count, noun.strip_suffix('s').unwrap_or(noun)) + &rest
}

fn write_outcome(out: &mut dyn Write, paint: Paint, poll: &PollDefinition, tally: &Tally) -> io::Result<()> {
    let decision = &poll.decision;
    let name = |lead: &Lead| poll.options.get(usize::from(lead.option)).map_or("?", String::as_str);
    let has = |lead: &Lead| {
        let (what, whole) = support(poll.rule);
        let tied = if lead.tied { "; others are equal to it, the rule for ties decides" } else { "" };
        format!("{} of {}, {whole}{tied}", counted(lead.support, what), lead.of)
    };
    match &tally.outcome {
        Outcome::Winner(lead) => {
            writeln!(out, "  {} {}", paint.green("wins:"), paint.bold(name(lead)))?;
            writeln!(out, "  {}", paint.dim(has(lead)))
        }
        Outcome::NoQuorum => writeln!(
            out,
            "  {} {}, the quorum is {}",
            paint.red("no result:"),
            plural(tally.voted - tally.spoiled, "valid ballot"),
            decision.quorum
        ),
        Outcome::BelowFloor => writeln!(
            out,
            "  {} {} voted, the ballots are opened from {} on",
            paint.red("no result:"),
            tally.voted,
            poll.sealing.map_or(0, |sealing| sealing.floor)
        ),
        Outcome::NoSupport => writeln!(out, "  {} no ballot supports any option", paint.red("no result:")),
        Outcome::BelowThreshold(lead) => {
            writeln!(out, "  {} {} leads, but {} is needed", paint.red("no result:"), name(lead), decision.threshold)?;
            writeln!(out, "  {}", paint.dim(has(lead)))
        }
    }
}

/// The rounds, the comparisons or the credits behind a tally.
pub(super) fn write_explanation(
    out: &mut dyn Write,
    paint: Paint,
    poll: &PollDefinition,
    explanation: &Explanation,
) -> io::Result<()> {
    match explanation {
        Explanation::Sums {} => Ok(()),
        Explanation::Rounds { rounds } => write_rounds(out, paint, poll, rounds),
        Explanation::Comparison(comparison) => write_comparison(out, paint, poll, comparison),
        Explanation::Credits { spent } => {
            writeln!(out)?;
            let mut table = Table::new(&["option", "credits spent"]);
            for (option, credits) in poll.options.iter().zip(spent) {
                table.row([option.clone(), credits.to_string()]);
            }
            table.write(out, paint, "  ")
        }
    }
}

fn write_rounds(out: &mut dyn Write, paint: Paint, poll: &PollDefinition, rounds: &[Round]) -> io::Result<()> {
    writeln!(out)?;
    let headings: Vec<String> = (1..=rounds.len()).map(|number| format!("round {number}")).collect();
    let headings: Vec<&str> = ["option"].into_iter().chain(headings.iter().map(String::as_str)).collect();
    let mut table = Table::new(&headings);
    for (place, option) in poll.options.iter().enumerate() {
        let votes = |round: &Round| round.votes.get(place).copied().flatten();
        let cells = rounds.iter().map(|round| votes(round).map_or_else(String::new, |votes| votes.to_string()));
        table.row([option.clone()].into_iter().chain(cells));
    }
    let exhausted = rounds.iter().map(|round| round.exhausted.to_string());
    table.row(["(none of these)".to_owned()].into_iter().chain(exhausted));
    table.write(out, paint, "  ")?;
    for (number, round) in (1..).zip(rounds) {
        if let Some(option) = round.eliminated.and_then(|place| poll.options.get(usize::from(place))) {
            let tied = if round.tied { ", by the rule for ties" } else { "" };
            writeln!(out, "  round {number}: {option} has the fewest votes and is struck out{tied}")?;
        }
    }
    Ok(())
}

fn write_comparison(out: &mut dyn Write, paint: Paint, poll: &PollDefinition, found: &Comparison) -> io::Result<()> {
    let parts = [
        ("ballots that prefer the option of the row to that of the column", &found.pairwise),
        ("strongest paths from the option of the row to that of the column", &found.paths),
    ];
    for (title, matrix) in parts {
        writeln!(out, "\n  {}", paint.dim(title))?;
        let numbers: Vec<String> = (1..=matrix.len()).map(|number| number.to_string()).collect();
        let headings: Vec<&str> = ["option"].into_iter().chain(numbers.iter().map(String::as_str)).collect();
        let mut table = Table::new(&headings);
        for (place, row) in matrix.iter().enumerate() {
            let name = poll.options.get(place).map_or("?", String::as_str);
            let cell = |(column, count): (usize, &u64)| if column == place { String::new() } else { count.to_string() };
            table.row([format!("{}. {name}", place + 1)].into_iter().chain(row.iter().enumerate().map(cell)));
        }
        table.write(out, paint, "  ")?;
    }
    let names: Vec<&str> =
        found.unbeaten.iter().filter_map(|place| poll.options.get(usize::from(*place))).map(String::as_str).collect();
    writeln!(out, "  no option has a stronger path to {} than back", names.join(" or "))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use aiq_circuits::scope::Scope;
    use aiq_verifier::poll::{Choice, Count};

    use super::*;

    /// The result and its reasons as they are printed, of so many of each choice among Memphis, Nashville, Chattanooga and Knoxville.
    fn shown(rule: &str, decision: &str, groups: &[(usize, Choice)]) -> String {
        let zeros = format!("0x{}", "00".repeat(32));
        let definition: PollDefinition = serde_json::from_value(serde_json::json!({
            "id": format!("0x{}", "00".repeat(16)), "question": "Where?",
            "options": ["Memphis", "Nashville", "Chattanooga", "Knoxville"],
            "rule": serde_json::from_str::<serde_json::Value>(rule).unwrap(),
            "decision": serde_json::from_str::<serde_json::Value>(decision).unwrap(),
            "eligibility": { "kind": "membership" },
            "roots": { "epoch": 0, "members_root": zeros, "credentials_root": zeros }, "key_id": zeros,
            "announced_at": 1, "opens_at": 2, "closes_at": 3
        }))
        .unwrap();
        let choices: Vec<&Choice> =
            groups.iter().flat_map(|(voters, choice)| core::iter::repeat_n(choice, *voters)).collect();
        let scope: Scope = zeros.parse().unwrap();
        let count = Count::of_choices(&definition, &scope, 120, choices.into_iter().map(Some));
        let mut out = Vec::new();
        write_tally(&mut out, Paint::default(), &definition, &count.tally).unwrap();
        write_explanation(&mut out, Paint::default(), &definition, &count.explanation).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn tennessee() -> Vec<(usize, Choice)> {
        let rank = |places: [u8; 4]| Choice::Rank(places.to_vec());
        let groups = [(42, [0, 1, 2, 3]), (26, [1, 2, 3, 0]), (15, [2, 3, 1, 0]), (17, [3, 2, 1, 0])];
        groups.map(|(voters, places)| (voters, rank(places))).to_vec()
    }

    const PLAIN: &str = r#"{"quorum":0,"threshold":"none","tie_break":"order"}"#;

    #[test]
    fn rounds_show_who_was_struck_out_and_why_the_winner_won() {
        let expected = "  ballots that rank an option first
  Memphis        42  ██████████████████████████████
  Nashville      26  ██████████████████
  Chattanooga    15  ██████████
  Knoxville      17  ████████████
  abstain         0
  120 joined, 100 voted, 0 spoiled
  wins: Knoxville
  58 votes in the last round of 100, the ballots that rank options

  option           round 1  round 2  round 3
  Memphis               42       42       42
  Nashville             26       26
  Chattanooga           15
  Knoxville             17       32       58
  (none of these)        0        0        0
  round 1: Chattanooga has the fewest votes and is struck out
  round 2: Nashville has the fewest votes and is struck out
";
        assert_eq!(shown(r#"{"type":"instant-runoff"}"#, PLAIN, &tennessee()), expected);
    }

    #[test]
    fn comparisons_show_every_pair_and_every_path() {
        let shown = shown(r#"{"type":"schulze"}"#, PLAIN, &tennessee());
        let expected = "  ballots that prefer the option of the row to that of the column
  option           1   2   3   4
  1. Memphis          42  42  42
  2. Nashville    58      68  68
  3. Chattanooga  58  32      83
  4. Knoxville    58  32  17
";
        assert!(shown.contains(expected), "{shown}");
        assert!(shown.contains("  wins: Nashville\n  58 ballots against"), "{shown}");
        assert!(shown.ends_with("  no option has a stronger path to Nashville than back\n"), "{shown}");
    }

    #[test]
    fn what_did_not_win_is_said_with_the_reason() {
        let decide = |quorum: u32, threshold: &str| {
            format!(r#"{{"quorum":{quorum},"threshold":{threshold},"tie_break":"order"}}"#)
        };
        let votes = [(3, Choice::Option(0)), (3, Choice::Option(1)), (1, Choice::Abstain)];
        let single = |decision: String| shown(r#"{"type":"single-choice"}"#, &decision, &votes);
        assert!(single(decide(8, "\"none\"")).contains("no result: 7 valid ballots, the quorum is 8\n"));
        let below = single(decide(7, r#"{"more-than":"1/2"}"#));
        assert!(below.contains("no result: Memphis leads, but more than 1/2 is needed\n"), "{below}");
        let tied = single(decide(7, r#"{"at-least":"1/2"}"#));
        assert!(
            tied.contains("wins: Memphis\n  3 votes of 6, the votes for any option; others are equal to it"),
            "{tied}"
        );
        let one = shown(r#"{"type":"schulze"}"#, PLAIN, &[(1, Choice::Rank(vec![0, 1, 2, 3]))]);
        assert!(one.contains("  1 ballot against the option it does worst against of 1, "), "{one}");
        let nothing = shown(r#"{"type":"quadratic","credits":4}"#, PLAIN, &[(2, Choice::Votes(vec![0; 4]))]);
        assert!(nothing.contains("no result: no ballot supports any option\n"), "{nothing}");
        let spent = shown(r#"{"type":"quadratic","credits":4}"#, PLAIN, &[(2, Choice::Votes(vec![0, 2, 0, 0]))]);
        assert!(spent.contains("  Nashville                8\n"), "{spent}");
    }
}
