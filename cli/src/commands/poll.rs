//! `aiq poll list | show | create | join | vote | watch | tally`.

mod create;
mod describe;
mod draft;
mod enact;
mod join;
mod propose;
mod result;
mod tally;
mod vote;
mod watch;

use aiq_server::api::PollView;
use aiq_verifier::poll::PollId;
use serde::Serialize;

use describe::{describe_poll, sealed_by};
pub use result::write_tally;

use super::{Context, Session};
use crate::args::PollCommand;
use crate::error::CliError;
use crate::member::{Openers, check_poll, describe_openers};
use crate::output::Table;
use crate::sync::check_identity;

pub fn run(context: &Context, command: PollCommand) -> Result<(), CliError> {
    match command {
        PollCommand::List => list(context),
        PollCommand::Show { id } => show(context, &id),
        PollCommand::Create(args) => create::run(context, *args),
        PollCommand::Propose(args) => propose::propose(context, *args),
        PollCommand::Withdraw(args) => propose::withdraw(context, &args),
        PollCommand::Join(args) => join::run(context, &args),
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
