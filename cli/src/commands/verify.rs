//! `aiq verify`: a proof with a verifying key at hand or through a service, a signed result with the genesis alone.

use std::fs;
use std::io::Read;
use std::path::Path;

use aiq_circuits::identity::DeploymentId;
use aiq_circuits::wire::{bytes_to_hex, fr_to_hex};
use aiq_server::api::VerifyRequest;
use aiq_verifier::attestation::AttestationRequest;
use aiq_verifier::genesis::Genesis;
use aiq_verifier::presentation::{Expectation, Presentation, Verifier};
use aiq_verifier::verifying_key::VerifyingKey;
use serde::Serialize;

use super::Context;
use super::proof_file::{ProofFile, describe_eligibility};
use crate::args::VerifyArgs;
use crate::error::{CliError, Invalid};
use crate::member::check_result;
use crate::sync::{check_identity, read_checkpoint};
use crate::time;

/// How something was verified.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Means {
    Key,
    Service,
    Signature,
}

pub fn run(context: &Context, args: &VerifyArgs) -> Result<(), CliError> {
    #[derive(Serialize)]
    struct Verified<'a> {
        valid: bool,
        by: Means,
        deployment_id: DeploymentId,
        deployment: &'a str,
        request: &'a AttestationRequest,
        expired: bool,
    }
    let file = read(&args.file)?;
    let deployment = file.genesis().deployment_id();
    check_expectations(args, &file, &deployment)?;
    let by = match &file {
        ProofFile::Result { genesis, request, result } => {
            check_result(result, request, &deployment, &genesis.log_key).map_err(Invalid::from)?;
            Means::Signature
        }
        ProofFile::Proof { genesis, checkpoint, request, presentation } => {
            if presentation.key_id != request.key_id {
                return Err(Invalid::Key.into());
            }
            let expectation = expect(genesis, checkpoint, request, &deployment)?;
            if let Some(path) = &args.key {
                with_key(path, &expectation, presentation)?;
                Means::Key
            } else {
                with_service(context, &expectation, presentation, &deployment)?;
                Means::Service
            }
        }
    };
    let request = file.request();
    let expired = request.is_expired(time::now());
    let verified =
        Verified { valid: true, by, deployment_id: deployment, deployment: &file.genesis().name, request, expired };
    if args.deployment.is_none() {
        context.output.note("Compare the deployment's id with one you trust, or name it with --deployment.");
    }
    context.output.result(&verified, |out, paint| {
        let by = match by {
            Means::Key => "proof checked on this machine",
            Means::Service => "proof checked by the service",
            Means::Signature => "signed by the service",
        };
        writeln!(out, "{} {by}", paint.green("Valid:"))?;
        writeln!(out, "  deployment   {} ({})", deployment, verified.deployment)?;
        writeln!(out, "  audience     {}", request.audience)?;
        describe_eligibility(out, &request.eligibility, request.roots.epoch)?;
        writeln!(out, "  nonce        {}", bytes_to_hex(&request.nonce))?;
        let until = time::moment(request.expires_at);
        let remark = if expired { paint.red("  (over)") } else { String::new() };
        writeln!(out, "  meant until  {until}{remark}")
    })?;
    Ok(())
}

fn read(path: &Path) -> Result<ProofFile, CliError> {
    let unreadable = |source| CliError::Read { what: "the proof", path: path.to_owned(), source };
    let mut text = String::new();
    if path.as_os_str() == "-" {
        std::io::stdin().read_to_string(&mut text).map_err(unreadable)?;
    } else {
        text = fs::read_to_string(path).map_err(unreadable)?;
    }
    serde_json::from_str(&text)
        .map_err(|error| CliError::NotAProofFile { path: path.to_owned(), reason: error.to_string() })
}

/// What the verifier knows from elsewhere has to be what the file says.
fn check_expectations(args: &VerifyArgs, file: &ProofFile, deployment: &DeploymentId) -> Result<(), Invalid> {
    let request = file.request();
    request.validate().map_err(crate::member::MemberError::from)?;
    if args.deployment.is_some_and(|expected| expected != *deployment) {
        return Err(Invalid::Deployment(*deployment));
    }
    if args.audience.as_ref().is_some_and(|expected| *expected != request.audience) {
        return Err(Invalid::Audience(request.audience.clone()));
    }
    let nonce = bytes_to_hex(&request.nonce);
    if args.nonce.as_ref().is_some_and(|expected| *expected != nonce) {
        return Err(Invalid::Nonce(nonce));
    }
    Ok(())
}

/// Rebuilds what the proof has to show (§5.3): the roots from the signed checkpoint, scope and message from the request.
fn expect(
    genesis: &Genesis,
    checkpoint: &str,
    request: &AttestationRequest,
    deployment: &DeploymentId,
) -> Result<Expectation, Invalid> {
    let checkpoint = read_checkpoint(checkpoint, deployment, &genesis.log_key)?;
    let roots = &request.roots;
    let signed = (checkpoint.epoch, checkpoint.members_root, checkpoint.credentials_root);
    if signed != (roots.epoch, roots.members_root, roots.credentials_root) {
        return Err(Invalid::Roots(roots.epoch));
    }
    Ok(Expectation {
        eligibility: request.eligibility.clone(),
        roots: *roots,
        scope: request.scope(deployment),
        message: request.message(deployment),
    })
}

fn with_key(path: &Path, expectation: &Expectation, presentation: &Presentation) -> Result<(), CliError> {
    let bytes =
        fs::read(path).map_err(|source| CliError::Read { what: "the verifying key", path: path.to_owned(), source })?;
    let refused = |source| CliError::VerifyingKey { path: path.to_owned(), source };
    let key = VerifyingKey::from_bytes(&bytes).map_err(refused)?;
    let verifier = Verifier::new([(expectation.eligibility.statement(), key)]).map_err(refused)?;
    Ok(verifier.verify(expectation, presentation).map_err(Invalid::from)?)
}

fn with_service(
    context: &Context,
    expectation: &Expectation,
    presentation: &Presentation,
    deployment: &DeploymentId,
) -> Result<(), CliError> {
    let client = Context::client(&context.settings()?).map_err(|error| match error {
        CliError::NoServer => CliError::NoMeansToVerify,
        other => other,
    })?;
    check_identity(client.base(), &client.info()?, Some(deployment))?;
    let inputs = expectation
        .public_inputs(presentation.nullifier, presentation.tag)
        .map_err(aiq_verifier::VerifyError::from)
        .map_err(Invalid::from)?;
    let answer = client.verify(&VerifyRequest {
        statement: presentation.statement,
        key_id: presentation.key_id,
        public_inputs: inputs.values().iter().map(fr_to_hex).collect(),
        proof: presentation.proof.to_string(),
    })?;
    if answer.valid { Ok(()) } else { Err(Invalid::Service(answer.reason.unwrap_or_default()).into()) }
}
