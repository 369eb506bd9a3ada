//! `aiq attest request | show | present`.

use std::io::{self, Write};

use aiq_server::api::{AttestationStatus, AttestationView, Attested, NewAttestation};
use aiq_verifier::attestation::RequestId;
use aiq_verifier::log::Act;
use serde::Serialize;

use super::proof_file::ProofFile;
use super::{Context, Session};
use crate::args::{AttestCommand, AttestRequestArgs, CrowdArgs};
use crate::error::CliError;
use crate::member::{MemberError, check_result};
use crate::output::Paint;
use crate::sync::check_identity;
use crate::time;

pub fn run(context: &Context, command: AttestCommand) -> Result<(), CliError> {
    match command {
        AttestCommand::Request(args) => request(context, args),
        AttestCommand::Show { id } => show(context, &id),
        AttestCommand::Present { id, crowd } => present(context, &id, crowd),
    }
}

fn request(context: &Context, args: AttestRequestArgs) -> Result<(), CliError> {
    let AttestRequestArgs { audience, menu, linkable, expires_in } = args;
    let client = Context::client(&context.settings()?)?;
    // The third party's own nonce: it need not trust the service to draw a fresh one.
    let nonce = Some(aiq_server::Bytes32::random());
    let view = client.open_attestation(&NewAttestation { audience, menu, nonce, linkable, expires_in })?;
    context.output.result(&view, |out, paint| {
        writeln!(out, "{}", paint.green("Request opened"))?;
        describe(out, paint, &view)?;
        writeln!(out, "The member answers with 'aiq attest present {}'.", view.id)
    })?;
    Ok(())
}

fn show(context: &Context, id: &RequestId) -> Result<(), CliError> {
    let client = Context::client(&context.settings()?)?;
    let info = client.info()?;
    let deployment = check_identity(client.base(), &info, None)?;
    let view = client.attestation(id)?;
    if let Some(Attested { result, receipt }) = &view.answer {
        check_result(result, &view.request, &deployment, &info.genesis.log_key)?;
        let act = Act::Attestation { digest: result.log_digest() };
        receipt.verify_for(&info.genesis.log_key, &deployment, act).map_err(MemberError::from)?;
        // What can be kept and verified later without the service.
        let file = ProofFile::of_result(info.genesis, view.request.clone(), result.clone());
        context.output.result(&file, |out, paint| describe(out, paint, &view))?;
    } else {
        context.output.result(&view, |out, paint| describe(out, paint, &view))?;
    }
    Ok(())
}

fn describe(out: &mut dyn Write, paint: Paint, view: &AttestationView) -> io::Result<()> {
    let request = &view.request;
    writeln!(out, "  request      {}", view.id)?;
    writeln!(out, "  audience     {}", request.audience)?;
    super::proof_file::describe_eligibility(out, &request.eligibility, request.roots.epoch)?;
    writeln!(out, "  expires      {}", time::moment(request.expires_at))?;
    let status = match view.status {
        AttestationStatus::Open => "waits for an answer".to_owned(),
        AttestationStatus::Expired => paint.red("expired without an answer"),
        AttestationStatus::Answered => paint.green("answered: a member has proved it"),
    };
    writeln!(out, "  status       {status}")?;
    if let Some(Attested { result, receipt }) = &view.answer {
        writeln!(out, "  pseudonym    {}", result.nullifier)?;
        writeln!(out, "  presented    {}", time::moment(result.presented_at))?;
        writeln!(out, "  log          entry {}", receipt.index)?;
    }
    Ok(())
}

fn present(context: &Context, id: &RequestId, crowd: CrowdArgs) -> Result<(), CliError> {
    #[derive(Serialize)]
    struct Out {
        #[serde(flatten)]
        file: ProofFile,
        proving_ms: Option<u128>,
    }
    let Session { mut member, ledger, provers, progress } = context.session()?;
    let plan = member.plan_attest(&ledger, id)?;
    context.output.note(format!("'{}' asks.", plan.request().audience));
    context.ask_about_crowd(plan.crowd(), None, crowd.small_crowd_ok)?;
    let attested = member.attest_as_planned(&ledger, plan, &provers, progress.as_ref())?;
    let genesis = member.info().genesis.clone();
    let out = Out {
        file: ProofFile::of_result(genesis, attested.request.clone(), attested.result.clone()),
        proving_ms: attested.proving.map(|time| time.as_millis()),
    };
    context.output.result(&out, |to, paint| {
        writeln!(to, "{} to '{}'", paint.green("Attested"), attested.request.audience)?;
        super::proof_file::describe_eligibility(to, &attested.request.eligibility, attested.request.roots.epoch)?;
        writeln!(to, "  pseudonym    {}", attested.result.nullifier)?;
        let reach = if attested.request.linkable { "the same each time for this audience" } else { "used only once" };
        writeln!(to, "               {}", paint.dim(reach))
    })?;
    Ok(())
}
