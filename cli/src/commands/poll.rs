//! `aiq poll list | show | create | join | vote | watch | tally`.

mod create;
mod describe;
mod draft;
mod result;
mod tally;
mod vote;
mod watch;

use aiq_server::api::PollView;
use aiq_verifier::poll::{Phase, PollId};
use serde::Serialize;

use describe::{describe_poll, how_to_write, sealed_by};
pub use result::write_tally;

use super::{Context, Session};
use crate::args::PollCommand;
use crate::error::CliError;
use crate::member::{Crowd, Openers, check_poll, describe, describe_openers};
use crate::output::Table;
use crate::sync::check_identity;
use crate::time;

pub fn run(context: &Context, command: PollCommand) -> Result<(), CliError> {
    match command {
        PollCommand::List => list(context),
        PollCommand::Show { id } => show(context, &id),
        PollCommand::Create(args) => create::run(context, args),
        PollCommand::Join { id } => join(context, &id),
        PollCommand::Vote(args) => vote::run(context, &args),
        PollCommand::Watch { id } => watch::run(context, &id),
        PollCommand::Tally(args) => tally::run(context, args),
        PollCommand::Reasons { id } => tally::reasons(context, &id),
    }
}

/// A poll, and who can open its ballots, in words.
#[derive(Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    poll: &'a PollView,
    opened_by: String,
}

impl<'a> Shown<'a> {
    fn of(poll: &'a PollView) -> Self {
        Self { poll, opened_by: describe_openers(poll) }
    }
}

fn list(context: &Context) -> Result<(), CliError> {
    let polls = Context::client(&context.settings()?)?.polls()?;
    let data: Vec<Shown> = polls.iter().map(Shown::of).collect();
    context.output.result(&data, |out, paint| {
        let mut table = Table::new(&["poll", "type", "phase", "joined", "voted", "sealed by", "question"]);
        for poll in &polls {
            let PollView { definition, phase, joined, voted, .. } = poll;
            let question = definition.question.clone();
            let kind = definition.rule.name().to_owned();
            table.row([
                definition.id.to_string(),
                kind,
                phase.to_string(),
                joined.to_string(),
                voted.to_string(),
                sealed_by(poll),
                question,
            ]);
        }
        table.write(out, paint, "")
    })?;
    Ok(())
}

fn show(context: &Context, id: &PollId) -> Result<(), CliError> {
    let client = Context::client(&context.settings()?)?;
    let info = client.info()?;
    let deployment = check_identity(client.base(), &info, None)?;
    let poll = client.poll(id)?;
    check_poll(&poll, id, &deployment)?;
    Openers::fetch(&client, &poll.definition, &deployment, &info.genesis.log_key)?;
    context.output.result(&Shown::of(&poll), |out, paint| describe_poll(out, paint, &poll))?;
    Ok(())
}

fn join(context: &Context, id: &PollId) -> Result<(), CliError> {
    #[derive(Serialize)]
    struct Out<'a> {
        poll: &'a PollId,
        crowd: Crowd,
        opened_by: String,
        proving_ms: Option<u128>,
        accepted_at: u32,
    }
    let Session { mut member, ledger, provers, progress } = context.session()?;
    let plan = member.plan_join(&ledger, id)?;
    context.warn_of_small_crowd(plan.crowd());
    let joined = member.join_as_planned(plan, &provers, progress.as_ref())?;
    let proving_ms = joined.proving.map(|time| time.as_millis());
    let data = Out {
        poll: id,
        crowd: joined.crowd,
        opened_by: joined.openers.describe(),
        proving_ms,
        accepted_at: joined.receipt.accepted_at,
    };
    context.output.result(&data, |out, paint| {
        writeln!(out, "{} '{}'", paint.green("Joined"), joined.poll.definition.question)?;
        for held in &joined.selected {
            writeln!(out, "  rests on  {}", describe(held, member.domains()))?;
        }
        match joined.proving {
            Some(time) => {
                writeln!(out, "  proof     made in {} ms and accepted; the credentials stay hidden", time.as_millis())?;
            }
            None => writeln!(out, "  proof     sent before; the service knows it")?,
        }
        writeln!(out, "  ballots   {}", data.opened_by)?;
        match joined.poll.phase {
            Phase::Announced => writeln!(out, "Voting opens {}.", time::moment(joined.poll.definition.opens_at)),
            _ => writeln!(
                out,
                "Vote with 'aiq poll vote {id} CHOICE', CHOICE being {}.",
                how_to_write(joined.poll.definition.rule)
            ),
        }
    })?;
    Ok(())
}
