//! `aiq poll join`: prove, wait for a moment that says nothing, send.

use std::time::Duration;

use aiq_verifier::poll::{Phase, PollDefinition, PollId};
use serde::Serialize;

use super::describe::how_to_write;
use super::{Context, Session};
use crate::args::PollJoinArgs;
use crate::error::CliError;
use crate::member::{Crowd, Member, MemberError, Start, Written, describe};
use crate::progress::Progress;
use crate::time;

/// How often the clock is looked at, so that a machine that slept wakes up in time.
const TICK: Duration = Duration::from_secs(1);

pub fn run(context: &Context, args: &PollJoinArgs) -> Result<(), CliError> {
    #[derive(Serialize)]
    struct Out<'a> {
        poll: &'a PollId,
        #[serde(skip_serializing_if = "Option::is_none")]
        crowd: Option<Crowd>,
        #[serde(skip_serializing_if = "Option::is_none")]
        opened_by: Option<String>,
        proving_ms: Option<u128>,
        accepted_at: u32,
    }
    let settings = context.settings()?;
    let mut member = context.member(&settings, None)?;
    let progress = context.progress();
    // A join that is ready is sent without reading anything first: see `member/moment.rs`.
    let (written, crowd, opened_by) = if let Some(written) = member.written_join(&args.id) {
        (written, None, None)
    } else {
        let Session { member: session, ledger, provers, .. } = context.session_of(&settings, member)?;
        member = session;
        let plan = member.plan_join(&ledger, &args.id)?;
        context.ask_about_crowd(plan.crowd(), Some(plan.joined()), args.crowd.small_crowd_ok)?;
        let (crowd, opened_by) = (*plan.crowd(), plan.openers().describe());
        let start = if args.now { Start::Now } else { Start::Drawn };
        (member.write_join(plan, start, &provers, progress.as_ref())?, Some(crowd), Some(opened_by))
    };
    if let Some(moment) = written.moment.filter(|_| !args.now) {
        wait(context, &mut member, moment, progress.as_ref())?;
    }
    let (receipt, _) = member.send_written_join(&args.id)?;
    let definition = definition(&member, &written)?;
    let proving_ms = written.proving.map(|time| time.as_millis());
    let data = Out { poll: &args.id, crowd, opened_by, proving_ms, accepted_at: receipt.accepted_at };
    context.output.result(&data, |out, paint| {
        writeln!(out, "{} '{}'", paint.green("Joined"), definition.question)?;
        for held in &written.selected {
            writeln!(out, "  rests on  {}", describe(held, member.domains()))?;
        }
        match proving_ms {
            Some(time) => writeln!(out, "  proof     made in {time} ms and accepted; the credentials stay hidden")?,
            None => writeln!(out, "  proof     made before; the service knows it now")?,
        }
        if let Some(opened_by) = &data.opened_by {
            writeln!(out, "  ballots   {opened_by}")?;
        }
        match definition.phase(receipt.accepted_at) {
            Phase::Announced => writeln!(out, "Voting opens {}.", time::moment(definition.opens_at)),
            _ => writeln!(
                out,
                "Vote with 'aiq poll vote {} CHOICE', CHOICE being {}.",
                args.id,
                how_to_write(definition.rule)
            ),
        }
    })?;
    Ok(())
}

/// The poll as the wallet has written it down.
fn definition(member: &Member, written: &Written) -> Result<PollDefinition, CliError> {
    let known = member.wallet().deployment(member.deployment_id()).and_then(|known| known.polls.get(&written.id));
    Ok(known.map(|record| record.definition.clone()).ok_or(MemberError::NotJoined(written.id))?)
}

/// Waits until `moment`, without keeping the wallet from other commands.
fn wait(context: &Context, member: &mut Member, moment: u32, progress: &dyn Progress) -> Result<(), CliError> {
    let begun = time::now();
    let Some(left) = moment.checked_sub(begun).filter(|left| *left > 0) else { return Ok(()) };
    context.output.note(format!(
        "The proof is in the wallet. It goes out in {}, at a moment drawn at random: when it arrives says nothing about you.",
        time::duration(left)
    ));
    context.output.note(
        "Leave this running. If it is interrupted nothing is lost: the same command keeps the moment; --now does not wait.",
    );
    progress.start("waiting to join", left.into());
    member.rest(|| {
        while let Some(left) = moment.checked_sub(time::now()).filter(|left| *left > 0) {
            std::thread::sleep(TICK.min(Duration::from_secs(left.into())));
            progress.set(time::now().saturating_sub(begun).into());
        }
    })?;
    progress.finish();
    Ok(())
}
