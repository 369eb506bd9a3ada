//! `aiq poll list | show | create | join | vote | watch | tally`.

mod create;
mod describe;
mod join;
mod result;
mod watch;

use aiq_server::api::PollView;
use aiq_verifier::poll::{Choice, Explanation, PollId, SignedTally};
use aiq_verifier::presentation::Verifier;
use serde::Serialize;

use describe::describe_poll;
use result::write_explanation;
pub use result::write_tally;

use super::{Context, Session};
use crate::args::{PollCommand, PollVoteArgs};
use crate::error::CliError;
use crate::member::{PublishedPoll, check_poll, describe_choice, parse_choice};
use crate::output::{Table, plural};
use crate::progress::Silent;
use crate::sync::{check_identity, fetch_keys};
use crate::time;

pub fn run(context: &Context, command: PollCommand) -> Result<(), CliError> {
    match command {
        PollCommand::List => list(context),
        PollCommand::Show { id } => show(context, &id),
        PollCommand::Create(args) => create::run(context, args),
        PollCommand::Join(args) => join::run(context, &args),
        PollCommand::Vote(args) => vote(context, &args),
        PollCommand::Watch { id } => watch::run(context, &id),
        PollCommand::Tally { id } => tally(context, &id),
    }
}

fn list(context: &Context) -> Result<(), CliError> {
    let polls = Context::client(&context.settings()?)?.polls()?;
    context.output.result(&polls, |out, paint| {
        let mut table = Table::new(&["poll", "type", "phase", "joined", "voted", "question"]);
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
                question,
            ]);
        }
        table.write(out, paint, "")
    })?;
    Ok(())
}

fn show(context: &Context, id: &PollId) -> Result<(), CliError> {
    let client = Context::client(&context.settings()?)?;
    let deployment = check_identity(client.base(), &client.info()?, None)?;
    let poll = client.poll(id)?;
    check_poll(&poll, id, &deployment)?;
    context.output.result(&poll, |out, paint| describe_poll(out, paint, &poll))?;
    Ok(())
}

fn vote(context: &Context, args: &PollVoteArgs) -> Result<(), CliError> {
    #[derive(Serialize)]
    struct Out<'a> {
        poll: &'a PollId,
        choice: &'a Choice,
        seq: u32,
        accepted_at: u32,
    }
    let settings = context.settings()?;
    let mut member = context.member(&settings, None)?;
    // A vote is not given to a service whose log is known to be broken.
    member.follow_log(&settings.tiles(member.deployment_id()), context.progress().as_ref())?;
    let definition = member.client().poll(&args.id)?.definition;
    let choice = parse_choice(&args.choice, &definition)?;
    let voted = member.vote(&args.id, choice)?;
    let data = Out { poll: &args.id, choice: &voted.choice, seq: voted.seq, accepted_at: voted.receipt.accepted_at };
    context.output.result(&data, |out, paint| {
        writeln!(out, "{} for {}", paint.green("Voted"), paint.bold(describe_choice(&voted.choice, &definition)))?;
        if voted.seq > 0 {
            writeln!(out, "  This is change number {}; only the last one counts.", voted.seq)?;
        }
        writeln!(out, "  receipt  {}, signed by the service and kept in the wallet", time::moment(data.accepted_at))?;
        writeln!(out, "You can change it until {}.", time::moment(definition.closes_at))
    })?;
    Ok(())
}

fn tally(context: &Context, id: &PollId) -> Result<(), CliError> {
    #[derive(Serialize)]
    struct Out {
        signed: SignedTally,
        recounted: bool,
        explanation: Explanation,
    }
    let settings = context.settings()?;
    let client = Context::client(&settings)?;
    let info = client.info()?;
    let deployment = check_identity(client.base(), &info, None)?;
    let published = PublishedPoll::fetch(&client, id)?;
    let keys = fetch_keys(&client, &info.genesis.manifest_digest, &settings.keys_dir, &[], &Silent)?;
    let verifier = Verifier::new(keys.verifying_keys()?).map_err(CliError::KeysDoNotFit)?;
    let count = published.check(&deployment, &info.genesis.log_key, &verifier)?;
    let PublishedPoll { poll, signed, joins, ballots } = published;
    let data = Out { signed, recounted: true, explanation: count.explanation };
    context.output.result(&data, |out, paint| {
        writeln!(out, "{}", paint.bold(&poll.definition.question))?;
        write_tally(out, paint, &poll.definition, &count.tally)?;
        write_explanation(out, paint, &poll.definition, &data.explanation)?;
        writeln!(
            out,
            "{} signed by the service; recounted here from {} and {}.",
            paint.green("✓"),
            plural(joins.len() as u64, "proof"),
            plural(ballots.len() as u64, "ballot")
        )
    })?;
    Ok(())
}
