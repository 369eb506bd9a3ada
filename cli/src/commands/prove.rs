//! `aiq prove`: an attestation without a service in between. The member writes the request for the audience and answers it.

use std::fs;

use aiq_circuits::wire::bytes_from_hex;
use aiq_server::Bytes32;
use aiq_verifier::attestation::AttestationRequest;
use aiq_verifier::eligibility::{Eligibility, PinnedRoots};

use super::proof_file::{ProofFile, describe_eligibility};
use super::{Context, Session};
use crate::args::ProveArgs;
use crate::error::CliError;

pub fn run(context: &Context, args: ProveArgs) -> Result<(), CliError> {
    let nonce = match &args.nonce {
        Some(text) => bytes_from_hex(text).map_err(|source| CliError::Nonce { text: text.clone(), source })?,
        None => Bytes32::random().0,
    };
    let Session { member, ledger, provers, progress } = context.session()?;
    let trees = ledger.head();
    let now = member.info().now;
    let eligibility = match &args.menu {
        Some(id) => member.menu(id)?.eligibility(now),
        None => Eligibility::Membership,
    };
    let statement = eligibility.statement();
    let request = AttestationRequest {
        audience: args.audience,
        eligibility,
        roots: PinnedRoots {
            epoch: trees.checkpoint.epoch,
            members_root: trees.checkpoint.members_root,
            credentials_root: trees.checkpoint.credentials_root,
        },
        key_id: provers.keys(member.client(), &[], progress.as_ref())?.entry(statement)?.key_id,
        nonce,
        linkable: args.linkable,
        created_at: now,
        expires_at: now.saturating_add(args.valid_for),
    };
    let crowd = member.crowd(&ledger, trees, &request.eligibility);
    context.ask_about_crowd(&crowd, None, args.crowd.small_crowd_ok)?;
    let presented = member.answer(&ledger, trees, &request, &provers, progress.as_ref())?;
    let file = ProofFile::Proof {
        genesis: member.info().genesis.clone(),
        checkpoint: member.client().epoch(trees.checkpoint.epoch)?.note,
        request,
        presentation: Box::new(presented.presentation),
    };
    let mut text = serde_json::to_string_pretty(&file).map_err(std::io::Error::from)?;
    text.push('\n');
    if let Some(path) = args.output.filter(|path| path.as_os_str() != "-") {
        fs::write(&path, text).map_err(|source| CliError::Write { what: "the proof", path: path.clone(), source })?;
        context.output.result(&file, |out, paint| {
            let time = presented.proving.as_millis();
            writeln!(out, "{} in {time} ms, written to {}", paint.green("Proved"), path.display())?;
            describe_eligibility(out, &file.request().eligibility, file.request().roots.epoch)
        })?;
    } else {
        // The file itself is the data.
        std::io::Write::write_all(&mut std::io::stdout().lock(), text.as_bytes())?;
    }
    Ok(())
}
