//! `aiq poll vote`.

use aiq_verifier::poll::{Choice, PollId};
use serde::Serialize;

use super::super::Context;
use crate::args::PollVoteArgs;
use crate::error::CliError;
use crate::member::{describe_choice, parse_choice};
use crate::time;

pub fn run(context: &Context, args: &PollVoteArgs) -> Result<(), CliError> {
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
