//! A poll as it was typed.

use aiq_server::api::{NewEligibility, NewPoll, NewReward, NewSealing};
use aiq_verifier::poll::{Enactment, PollRule, Threshold};

use crate::args::{PollDraftArgs, PollType, SealingArgs};
use crate::error::CliError;
use crate::time;

/// Highest score, if none is given.
const SCORE: u8 = 5;
/// Credits of a ballot, if none are given.
const CREDITS: u32 = 100;

/// What is asked for, as the service takes it; `now` is what durations are counted from, Unix seconds.
pub(super) fn new_poll(
    args: PollDraftArgs,
    rule: PollRule,
    enactment: Option<Enactment>,
    now: u32,
) -> Result<NewPoll, CliError> {
    let threshold = threshold(&args);
    Ok(NewPoll {
        question: args.question,
        options: args.options,
        rule,
        quorum: args.quorum,
        threshold,
        tie_break: args.ties,
        eligibility: match args.menu {
            Some(menu) => NewEligibility::Standing { menu },
            None => NewEligibility::Membership {},
        },
        opens_at: args.opens.map(|opens| time::parse_moment(&opens, now)).transpose()?,
        closes_at: time::parse_moment(&args.closes, now)?,
        sealing: sealing(args.sealing),
        enactment,
        reward: args.reward.map(|(domain, weight)| NewReward { domain, weight, validity: args.reward_validity }),
    })
}

/// The support that is needed to win.
pub(super) const fn threshold(args: &PollDraftArgs) -> Threshold {
    match (args.at_least, args.more_than) {
        (Some(share), _) => Threshold::AtLeast(share),
        (None, Some(share)) => Threshold::MoreThan(share),
        (None, None) => Threshold::None,
    }
}

/// By the service, if nothing else is said.
const fn sealing(args: SealingArgs) -> NewSealing {
    let SealingArgs { unsealed, ceremony, floor, reasons } = args;
    match (unsealed, ceremony) {
        (true, _) => NewSealing::None {},
        (false, None) => NewSealing::Service { floor, reasons },
        (false, Some(id)) => NewSealing::Ceremony { id, floor, reasons },
    }
}

/// The type with its numbers. A flag for another type would be left out in silence: it is an error.
pub(super) fn rule(args: &PollDraftArgs) -> Result<PollRule, CliError> {
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
