//! `aiq witness`.

use std::time::Duration;

use aiq_circuits::identity::DeploymentId;
use aiq_verifier::log::WitnessKey;
use serde::Serialize;

use super::{Context, first_contact_note};
use crate::args::WitnessArgs;
use crate::error::CliError;
use crate::output::entries;
use crate::sync::SyncError;
use crate::witness::{Looked, Witness, WitnessError, WitnessFiles};

#[derive(Serialize)]
struct Shown<'a> {
    witness: &'a WitnessKey,
    deployment_id: &'a DeploymentId,
    /// The look, if it was the only one.
    #[serde(flatten)]
    looked: Option<Looked>,
}

pub fn run(context: &Context, args: &WitnessArgs) -> Result<(), CliError> {
    let client = Context::client(&context.settings()?)?;
    let WitnessArgs { key, state, name, interval, once, deployment } = args;
    let files = WitnessFiles::open(key, state, name.as_deref()).map_err(WitnessError::from)?;
    let first_contact = files.state().genesis.is_none();
    if first_contact {
        // Even if there is no contact yet: the operator has to know the key before the service takes its signatures.
        context.output.note(format!("This is witness {}", files.state().witness));
    }
    let mut witness = Witness::connect(files, client, deployment.as_ref())?;
    if first_contact && deployment.is_none() {
        context.output.note(first_contact_note(witness.deployment_id()));
    }
    if *once {
        let looked = witness.look()?;
        return show(context, &witness, Some(looked));
    }
    show(context, &witness, None)?;
    loop {
        match witness.look() {
            Ok(Looked { size, signed: true }) => {
                context.output.note(format!("Signed the checkpoint of {}.", entries(size)));
            }
            Ok(Looked { signed: false, .. }) => {}
            Err(error) if passes(&error) => tracing::warn!(%error, "no look at the log this time"),
            // Whatever else goes wrong needs a person.
            Err(error) => return Err(error.into()),
        }
        std::thread::sleep(Duration::from_secs(u64::from(*interval)));
    }
}

/// Whether the next look may well succeed: the service is away or busy, or has published so much meanwhile that it has forgotten
/// the checkpoint that was signed.
fn passes(error: &WitnessError) -> bool {
    match error {
        WitnessError::Client(error) | WitnessError::Sync(SyncError::Client(error)) => {
            error.is_passing() || error.code() == Some("unknown_checkpoint")
        }
        _ => false,
    }
}

fn show(context: &Context, witness: &Witness, looked: Option<Looked>) -> Result<(), CliError> {
    let shown = Shown { witness: witness.key(), deployment_id: witness.deployment_id(), looked };
    context.output.result(&shown, |out, paint| {
        writeln!(out, "{} {}", paint.green("Witness"), paint.bold(shown.witness))?;
        writeln!(out, "  deployment  {}", shown.deployment_id)?;
        match shown.looked {
            Some(Looked { size, signed: true }) => writeln!(out, "  log         {}, signed now", entries(size)),
            Some(Looked { size, .. }) => writeln!(out, "  log         {}, signed before", entries(size)),
            None => {
                writeln!(out, "Members name this key to 'aiq wallet witnesses', the operator to 'aiq serve --witness'.")
            }
        }
    })?;
    Ok(())
}
