//! `aiq poll create`.

use aiq_server::api::{NewEligibility, NewPoll, NewReward, NewSealing};
use aiq_verifier::poll::{PollRule, Threshold};

use super::super::{Context, token};
use super::describe::describe_poll;
use crate::args::{PollCreateArgs, PollType};
use crate::error::CliError;
use crate::time;

/// Highest score, if none is given.
const SCORE: u8 = 5;
/// Credits of a ballot, if none are given.
const CREDITS: u32 = 100;

pub fn run(context: &Context, args: PollCreateArgs) -> Result<(), CliError> {
    let rule = rule(&args)?;
    let settings = context.settings()?;
    let client = token::client(&settings, &args.token)?;
    // The service compares with its own clock.
    let now = client.info()?.now;
    let poll = client.announce(&NewPoll {
        question: args.question,
        options: args.options,
        rule,
        quorum: args.quorum,
        threshold: match (args.at_least, args.more_than) {
            (Some(share), _) => Threshold::AtLeast(share),
            (None, Some(share)) => Threshold::MoreThan(share),
            (None, None) => Threshold::None,
        },
        tie_break: args.ties,
        eligibility: match args.menu {
            Some(menu) => NewEligibility::Standing { menu },
            None => NewEligibility::Membership {},
        },
        opens_at: args.opens.map(|opens| time::parse_moment(&opens, now)).transpose()?,
        closes_at: time::parse_moment(&args.closes, now)?,
        enactment: None,
        sealing: NewSealing::None {},
        reward: args.reward.map(|(domain, weight)| NewReward { domain, weight, validity: args.reward_validity }),
    })?;
    context.output.result(&poll, |out, paint| {
        writeln!(out, "{}", paint.green("Announced"))?;
        describe_poll(out, paint, &poll)
    })?;
    Ok(())
}

/// The type with its numbers. A flag for another type would be left out in silence: it is an error.
fn rule(args: &PollCreateArgs) -> Result<PollRule, CliError> {
    let rule = match args.kind {
        PollType::SingleChoice => PollRule::SingleChoice {},
        PollType::Approval => {
            let all = u8::try_from(args.options.len()).unwrap_or(u8::MAX);
            PollRule::Approval { min: args.min.unwrap_or(0), max: args.max.unwrap_or(all) }
        }
        PollType::InstantRunoff => PollRule::InstantRunoff {},
        PollType::Schulze => PollRule::Schulze {},
        PollType::Score => PollRule::Score { max: args.max.unwrap_or(SCORE) },
        PollType::Quadratic => PollRule::Quadratic { credits: args.credits.unwrap_or(CREDITS) },
    };
    let given = [
        ("--min", args.min.is_some(), matches!(rule, PollRule::Approval { .. })),
        ("--max", args.max.is_some(), matches!(rule, PollRule::Approval { .. } | PollRule::Score { .. })),
        ("--credits", args.credits.is_some(), matches!(rule, PollRule::Quadratic { .. })),
    ];
    match given.into_iter().find(|(_, is_given, fits)| *is_given && !fits) {
        Some((flag, ..)) => Err(CliError::PollType { flag, kind: rule.name() }),
        None => Ok(rule),
    }
}
