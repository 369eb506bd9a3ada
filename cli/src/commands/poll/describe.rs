//! A poll in words: what is asked, how a vote is written, what it takes to win.

use std::io::{self, Write};

use aiq_server::api::{PollView, SealingView, TrusteeView};
use aiq_verifier::eligibility::Eligibility;
use aiq_verifier::poll::{Phase, PollDefinition, PollRule, Threshold, TieBreak};

use super::enact::{describe_enacted, describe_enactment};
use super::result::{support, write_tally};
use crate::member::{describe_openers, dispute_behind};
use crate::output::{Paint, plural};
use crate::time;

/// How a choice is written on the command line.
pub(super) fn how_to_write(rule: PollRule) -> &'static str {
    match rule {
        PollRule::SingleChoice {} => "an option's number or text, or 'abstain'",
        PollRule::Approval { .. } => "the options approved of, such as '1,3', or 'none', or 'abstain'",
        PollRule::InstantRunoff {} | PollRule::Schulze {} => {
            "a ranking, best first, such as '3,1,2'; what is left out is below the others; or 'abstain'"
        }
        PollRule::Score { .. } => "scores, such as '1=3,2=1'; what is left out gets 0; or 'abstain'",
        PollRule::Quadratic { .. } => "votes, such as '1=3,2=1'; what is left out gets none; or 'abstain'",
    }
}

/// What a ballot says.
fn describe_rule(rule: PollRule, options: usize) -> String {
    match rule {
        PollRule::SingleChoice {} => "single choice: one option, the most votes win".to_owned(),
        PollRule::Approval { min: 0, max } if usize::from(max) == options => {
            "approval: any of the options, the most approvals win".to_owned()
        }
        PollRule::Approval { min, max } => format!("approval: {min} to {max} options, the most approvals win"),
        PollRule::InstantRunoff {} => {
            "instant runoff: a ranking, the weakest option is struck out round by round".to_owned()
        }
        PollRule::Schulze {} => "Schulze: a ranking, every two options are compared".to_owned(),
        PollRule::Score { max } => format!("score: 0 to {max} for every option, the highest sum wins"),
        PollRule::Quadratic { credits } => {
            format!("quadratic: n votes for an option cost n² of {credits} credits, the most votes win")
        }
    }
}

pub(super) fn describe_poll(out: &mut dyn Write, paint: Paint, poll: &PollView) -> io::Result<()> {
    let definition = &poll.definition;
    let PollDefinition { id, question, options, rule, eligibility, roots, opens_at, closes_at, .. } = definition;
    writeln!(out, "{}", paint.bold(question))?;
    for (number, option) in (1..).zip(options) {
        writeln!(out, "  {number}. {option}")?;
    }
    writeln!(out, "\n  poll    {id}")?;
    writeln!(out, "  type    {}", describe_rule(*rule, options.len()))?;
    write_decision(out, poll)?;
    writeln!(out, "  phase   {}: opens {}, closes {}", poll.phase, time::moment(*opens_at), time::moment(*closes_at))?;
    writeln!(out, "  so far  {} joined, {} voted", poll.joined, poll.voted)?;
    match eligibility {
        Eligibility::Membership => writeln!(out, "  for     every member of epoch {}", roots.epoch)?,
        Eligibility::Standing { menu, requirement, .. } => writeln!(
            out,
            "  for     members of epoch {} who meet '{menu}': {}, weight {}, valid on {}",
            roots.epoch,
            plural(requirement.min_count.into(), "credential"),
            requirement.min_weight,
            time::date(requirement.as_of)
        )?,
    }
    write_sealing(out, paint, poll)?;
    if poll.proposal.is_some() {
        writeln!(out, "  by      a member, who has proposed it; nobody knows which")?;
    }
    if let Some(receipt) = &poll.withdrawn {
        writeln!(out, "  {} {}: nothing follows", paint.red("withdrawn"), time::moment(receipt.accepted_at))?;
    }
    if let Some(enactment) = &definition.enactment {
        let words = describe_enactment(enactment, options, definition.decision.threshold);
        writeln!(out, "  follows {words}")?;
        if let Some(enacted) = poll.enacted {
            writeln!(out, "          {}", describe_enacted(enacted))?;
        }
    }
    if let Some((claim, dispute)) = dispute_behind(poll) {
        writeln!(out, "  about   claim {claim}: 'aiq claim show {claim}'")?;
        writeln!(out, "  reasons of who disputes it:")?;
        for line in dispute.reasons.lines() {
            writeln!(out, "          {line}")?;
        }
    }
    if let Some(reward) = &definition.reward {
        writeln!(
            out,
            "  earns   a note of weight {} in {}, until {}, for everyone who votes",
            reward.weight,
            reward.domain,
            time::date(reward.expires_at)
        )?;
    }
    match &poll.tally {
        Some(signed) => {
            writeln!(out)?;
            write_tally(out, paint, definition, &signed.tally)?;
            writeln!(out, "Signed by the service; 'aiq poll tally {id}' recounts it and shows why.")
        }
        None if matches!(poll.phase, Phase::Closed | Phase::Withdrawn) => Ok(()),
        None => writeln!(out, "  vote    aiq poll vote {id} CHOICE\n          {}", how_to_write(*rule)),
    }
}

/// Who can open the ballots, and for whom the tally waits.
fn write_sealing(out: &mut dyn Write, paint: Paint, poll: &PollView) -> io::Result<()> {
    writeln!(out, "  ballots {}", describe_openers(poll))?;
    let Some(sealing) = &poll.definition.sealing else { return Ok(()) };
    if sealing.floor > 1 {
        writeln!(out, "          nothing is opened unless {} or more have voted", sealing.floor)?;
    }
    if sealing.reasons > 0 {
        writeln!(out, "  reasons up to {} bytes with a ballot, published without names", sealing.reasons)?;
    }
    match &poll.sealing {
        Some(view) if view.waits => writeln!(out, "  {}  {}", paint.red("waits"), waits_for(view)),
        _ => Ok(()),
    }
}

/// What the tally of a closed poll waits for.
pub(super) fn waits_for(view: &SealingView) -> String {
    let has_share = |trustee: &&TrusteeView| trustee.share.is_some();
    let found = view.trustees.iter().filter(has_share).count();
    let without: Vec<&str> =
        view.trustees.iter().filter(|trustee| !has_share(trustee)).map(|trustee| trustee.name.as_str()).collect();
    let late = match view.missing.as_slice() {
        [] => String::new(),
        late => format!("; overdue: {}", late.join(", ")),
    };
    format!("for shares of its key: {found} of {} so far; not yet: {}{late}", view.threshold, without.join(", "))
}

/// The same in a word or two, for a table.
pub(super) fn sealed_by(poll: &PollView) -> String {
    match (poll.definition.ceremony(), &poll.sealing) {
        (Some(_), Some(view)) => format!("{} of {} trustees", view.threshold, view.trustees.len()),
        (Some(_), None) => "trustees".to_owned(),
        (None, _) if poll.definition.sealing.is_some() => "the service".to_owned(),
        (None, _) => "nobody".to_owned(),
    }
}

fn write_decision(out: &mut dyn Write, poll: &PollView) -> io::Result<()> {
    let PollDefinition { decision, options, rule, .. } = &poll.definition;
    let quorum = match decision.quorum {
        0 => "no quorum".to_owned(),
        quorum => format!("{} or more, abstentions included", plural(quorum.into(), "valid ballot")),
    };
    let threshold = match decision.threshold {
        Threshold::None => "no threshold".to_owned(),
        threshold => format!("support of {threshold} of {}", support(*rule).1),
    };
    writeln!(out, "  needs   {quorum}; {threshold}")?;
    let ties = match decision.tie_break {
        TieBreak::Order => "the option that is listed first goes before the others".to_owned(),
        TieBreak::Lot => {
            let order = decision.tie_order(&poll.scope, options.len());
            let numbers: Vec<String> = order.places().iter().map(|place| (place + 1).to_string()).collect();
            format!("by lot, which is drawn: {}", numbers.join(", "))
        }
    };
    writeln!(out, "  ties    {ties}")
}
