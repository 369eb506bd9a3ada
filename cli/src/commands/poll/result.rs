//! What came out of a poll, and why.

use std::io::{self, Write};

use aiq_verifier::poll::{Comparison, Explanation, Lead, Outcome, PollDefinition, PollRule, Round, Tally};

use crate::output::{Paint, Table, plural};

/// The options with their numbers and bars, the turnout, and the outcome.
pub fn write_tally(out: &mut dyn Write, paint: Paint, poll: &PollDefinition, tally: &Tally) -> io::Result<()> {
    const WIDTH: u64 = 30;
    let most = tally.options.iter().copied().max().unwrap_or(0).max(1);
    let name_width = poll.options.iter().map(|option| option.chars().count()).max().unwrap_or(0).max("abstain".len());
    if let Some(meaning) = meaning(poll.rule) {
        writeln!(out, "  {}", paint.dim(meaning))?;
    }
    let number_width = most.max(tally.abstain).to_string().len().max(4);
    for (name, count) in poll.options.iter().zip(&tally.options) {
        let bar = "█".repeat(usize::try_from(count * WIDTH / most).unwrap_or(0));
        let bar = if bar.is_empty() { bar } else { format!("  {}", paint.green(bar)) };
        writeln!(out, "  {name:<name_width$}  {count:>number_width$}{bar}")?;
    }
    writeln!(out, "  {:<name_width$}  {:>number_width$}", "abstain", tally.abstain)?;
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
        PollRule::SingleChoice {} => ("votes", "the votes for any option"),
        PollRule::Approval { .. } => ("approvals", "the ballots that do not abstain"),
        PollRule::InstantRunoff {} => ("votes in the last round", "the ballots that rank options"),
        PollRule::Schulze {} => ("ballots against the option it does worst against", "the ballots that rank options"),
        PollRule::Score { .. } => ("points", "the points that could be given"),
        PollRule::Quadratic { .. } => ("votes", "the votes for any option"),
    }
}

fn write_outcome(out: &mut dyn Write, paint: Paint, poll: &PollDefinition, tally: &Tally) -> io::Result<()> {
    let decision = &poll.decision;
    let name = |lead: &Lead| poll.options.get(usize::from(lead.option)).map_or("?", String::as_str);
    let has = |lead: &Lead| {
        let (what, whole) = support(poll.rule);
        let tied = if lead.tied { "; others are equal to it, the rule for ties decides" } else { "" };
        format!("{} {what} of {}, {whole}{tied}", lead.support, lead.of)
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
        let cells = rounds.iter().map(|round| votes(round).map_or_else(|| "-".to_owned(), |votes| votes.to_string()));
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
            let cell =
                |(column, count): (usize, &u64)| if column == place { "-".to_owned() } else { count.to_string() };
            table.row([format!("{}. {name}", place + 1)].into_iter().chain(row.iter().enumerate().map(cell)));
        }
        table.write(out, paint, "  ")?;
    }
    let names: Vec<&str> =
        found.unbeaten.iter().filter_map(|place| poll.options.get(usize::from(*place))).map(String::as_str).collect();
    writeln!(out, "  no option has a stronger path to {} than back", names.join(" or "))
}
