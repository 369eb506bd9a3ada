//! `aiq poll vote`.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use aiq_verifier::poll::{Choice, PollId};
use serde::Serialize;

use super::super::Context;
use crate::args::PollVoteArgs;
use crate::error::CliError;
use crate::member::{describe_choice, parse_choice};
use crate::time;

/// Most bytes that are read of a reason: far above what any poll takes, so that the length can be told.
const MAX_READ: u64 = 1 << 20;

pub fn run(context: &Context, args: &PollVoteArgs) -> Result<(), CliError> {
    #[derive(Serialize)]
    struct Out<'a> {
        poll: &'a PollId,
        choice: &'a Choice,
        seq: u32,
        opened_by: String,
        reason: bool,
        accepted_at: u32,
    }
    let reason = args.reason_file.as_deref().map(reason).transpose()?;
    let settings = context.settings()?;
    let mut member = context.member(&settings, None)?;
    // A vote is not given to a service whose log is known to be broken.
    member.follow_log(&settings.tiles(member.deployment_id()), context.progress().as_ref())?;
    let definition = member.poll(&args.id)?.definition;
    let choice = parse_choice(&args.choice, &definition)?;
    let voted = member.vote_with_reason(&args.id, choice, reason.as_deref())?;
    let data = Out {
        poll: &args.id,
        choice: &voted.choice,
        seq: voted.seq,
        opened_by: voted.openers.describe(),
        reason: reason.is_some(),
        accepted_at: voted.receipt.accepted_at,
    };
    context.output.result(&data, |out, paint| {
        writeln!(out, "{} for {}", paint.green("Voted"), paint.bold(describe_choice(&voted.choice, &definition)))?;
        if voted.seq > 0 {
            writeln!(out, "  This is change number {}; only the last one counts.", voted.seq)?;
        }
        writeln!(out, "  ballot   {}", data.opened_by)?;
        if data.reason {
            writeln!(out, "  reason   sealed with it; published after the tally among the others, without your name")?;
        } else if voted.seq > 0 && definition.sealing.is_some_and(|sealing| sealing.reasons > 0) {
            writeln!(out, "  reason   none; one that came with an earlier ballot is gone")?;
        }
        writeln!(out, "  receipt  {}, signed by the service and kept in the wallet", time::moment(data.accepted_at))?;
        writeln!(out, "You can change it until {}.", time::moment(definition.closes_at))
    })?;
    Ok(())
}

/// The reason from a file or standard input. Lines end as on Unix, and the last one need not. It is not cut: what is too long is refused
/// where the poll's limit is known.
fn reason(path: &Path) -> Result<String, CliError> {
    let failed = |source| CliError::Read { what: "the reason", path: path.to_owned(), source };
    let mut text = String::new();
    if path == Path::new("-") {
        io::stdin().lock().take(MAX_READ).read_to_string(&mut text).map_err(failed)?;
    } else {
        fs::File::open(path).and_then(|file| file.take(MAX_READ).read_to_string(&mut text)).map_err(failed)?;
    }
    if text.len() as u64 == MAX_READ {
        // More may follow: whole or not at all.
        return Ok(text);
    }
    Ok(text.replace("\r\n", "\n").trim_end().to_owned())
}
