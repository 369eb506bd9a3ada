//! `aiq poll tally | reasons`: what came out, checked and recounted on this machine.

use std::io::{self, Write};

use aiq_server::api::PollView;
use aiq_verifier::poll::{Explanation, PollId, SignedTally};
use aiq_verifier::presentation::Verifier;
use serde::Serialize;

use super::super::Context;
use super::result::{write_explanation, write_tally};
use crate::args::PollTallyArgs;
use crate::error::{CliError, Invalid};
use crate::member::{OwnVote, PublishedPoll, describe_openers};
use crate::output::{Paint, plural};
use crate::progress::Silent;
use crate::sync::{check_identity, fetch_keys};

pub fn run(context: &Context, args: PollTallyArgs) -> Result<(), CliError> {
    #[derive(Serialize)]
    struct Out {
        signed: SignedTally,
        opened_by: String,
        recounted: bool,
        explanation: Explanation,
        #[serde(skip_serializing_if = "Option::is_none")]
        own_vote: Option<OwnVote>,
    }
    let settings = context.settings()?;
    let client = Context::client(&settings)?;
    let info = client.info()?;
    let deployment = check_identity(client.base(), &info, None)?;
    let published = PublishedPoll::fetch(&client, &args.id)?;
    let keys = fetch_keys(&client, &info.genesis.manifest_digest, &settings.keys_dir, &[], &Silent)?;
    let verifier = Verifier::new(keys.verifying_keys()?).map_err(CliError::KeysDoNotFit)?;
    let count = published.check(&deployment, &info.genesis.log_key, &verifier)?;
    let own_vote =
        if args.mine { Some(context.member(&settings, Some(&deployment))?.own_vote(&published)?) } else { None };
    let opened_by = describe_openers(&published.poll);
    let PublishedPoll { poll, signed, joins, ballots, reasons, .. } = published;
    let data = Out { signed, opened_by, recounted: true, explanation: count.explanation, own_vote };
    context.output.result(&data, |out, paint| {
        writeln!(out, "{}", paint.bold(&poll.definition.question))?;
        writeln!(out, "  {}", paint.dim(&data.opened_by))?;
        write_tally(out, paint, &poll.definition, &count.tally)?;
        write_explanation(out, paint, &poll.definition, &data.explanation)?;
        let ballots = plural(ballots.len() as u64, "ballot");
        writeln!(
            out,
            "{} signed by the service; recounted here from {} and {ballots}{}.",
            paint.green("✓"),
            plural(joins.len() as u64, "proof"),
            shares(&poll)
        )?;
        if !reasons.is_empty() {
            let reasons = plural(reasons.len() as u64, "reason");
            writeln!(out, "{reasons} came with them: 'aiq poll reasons {}'.", poll.definition.id)?;
        }
        data.own_vote.map_or(Ok(()), |own| write_own(out, paint, own))
    })?;
    match data.own_vote {
        Some(own) if own.is_wrong() => Err(CliError::Invalid(Invalid::OwnVote)),
        _ => Ok(()),
    }
}

/// Whose shares opened the ballots.
fn shares(poll: &PollView) -> String {
    let shown = poll.sealing.iter().flat_map(|view| &view.trustees).filter(|trustee| trustee.share.is_some());
    let names: Vec<&str> = shown.map(|trustee| trustee.name.as_str()).collect();
    if names.is_empty() { String::new() } else { format!(", opened with the checked shares of {}", names.join(", ")) }
}

fn write_own(out: &mut dyn Write, paint: Paint, own: OwnVote) -> io::Result<()> {
    let mark = if own.is_wrong() { paint.red("✗") } else { paint.green("✓") };
    match own {
        OwnVote::None => writeln!(out, "This wallet has not voted in it."),
        OwnVote::Counted { reason } => {
            writeln!(out, "{mark} Your ballot is there and says what you chose.")?;
            match reason {
                None => Ok(()),
                Some(true) => writeln!(out, "{mark} Your reason is among those that were published."),
                Some(false) => writeln!(out, "{mark} Your reason is NOT among those that were published."),
            }
        }
        OwnVote::Elsewhere => {
            writeln!(
                out,
                "The ballot that was counted for you was cast by another copy of this wallet, or before it was restored."
            )
        }
        OwnVote::Unopened => writeln!(out, "{mark} Your ballot is there; nothing was opened."),
        OwnVote::Missing => {
            writeln!(out, "{mark} Your ballot is NOT there, although the service gave a receipt for it.")
        }
        OwnVote::Spoiled => writeln!(out, "{mark} Your ballot is there, but does NOT say what you chose."),
    }
}

/// Prints the reasons.
pub fn reasons(context: &Context, id: &PollId) -> Result<(), CliError> {
    #[derive(Serialize)]
    struct Out {
        reasons: Vec<Option<String>>,
    }
    let client = Context::client(&context.settings()?)?;
    let info = client.info()?;
    let deployment = check_identity(client.base(), &info, None)?;
    let published = PublishedPoll::fetch(&client, id)?;
    let data = Out { reasons: published.read_reasons(&deployment, &info.genesis.log_key)? };
    context.output.note(
        "Opened on this machine. Their order says nothing; that the service adds or links none, nobody can check.",
    );
    context.output.result(&data, |out, paint| {
        writeln!(out, "{}", paint.bold(&published.poll.definition.question))?;
        if data.reasons.is_empty() {
            return writeln!(out, "  no reasons");
        }
        for reason in &data.reasons {
            let mut lines = reason.as_deref().unwrap_or("(cannot be read)").lines();
            writeln!(out, "  • {}", lines.next().unwrap_or_default())?;
            for line in lines {
                writeln!(out, "    {line}")?;
            }
        }
        Ok(())
    })?;
    Ok(())
}
