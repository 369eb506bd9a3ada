//! `aiq enrol`.

use aiq_circuits::identity::{Commitment, DeploymentId};
use aiq_verifier::receipt::Receipt;
use serde::Serialize;

use super::{Context, sync, token};
use crate::args::EnrolArgs;
use crate::error::CliError;
use crate::time;

pub fn run(context: &Context, args: &EnrolArgs) -> Result<(), CliError> {
    #[derive(Serialize)]
    struct Enrolled {
        deployment_id: DeploymentId,
        name: String,
        commitment: Commitment,
        receipt: Receipt,
    }
    let settings = context.settings()?;
    let invitation = token::invitation(context, args.invitation_file.as_deref())?;
    let mut member = context.member(&settings, args.deployment.as_ref())?;
    sync::show_key_origins(context, &member);
    let receipt = member.enrol(&invitation)?;
    let enrolled = Enrolled {
        deployment_id: *member.deployment_id(),
        name: member.info().name.clone(),
        commitment: member.identity().commitment(),
        receipt,
    };
    let interval = member.info().limits.epoch_interval;
    context.output.result(&enrolled, |out, paint| {
        writeln!(out, "{} in '{}'.", paint.green("Enrolled"), enrolled.name)?;
        writeln!(out, "  commitment  {}", enrolled.commitment)?;
        let accepted = time::moment(enrolled.receipt.accepted_at);
        writeln!(out, "  receipt     {accepted}, signed by the service and kept in the wallet")?;
        match interval {
            0 => writeln!(out, "You are a member from the next epoch on; the administrator seals it."),
            seconds => writeln!(out, "You are a member from the next epoch on, within {}.", time::duration(seconds)),
        }
    })?;
    Ok(())
}
