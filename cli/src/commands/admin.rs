//! `aiq admin init | invite | seal`.

use std::path::PathBuf;

use aiq_circuits::identity::DeploymentId;
use aiq_server::api::NewInvitations;
use serde::Serialize;

use super::{Context, serve, token};
use crate::args::{AdminCommand, InitArgs, InviteArgs, TokenArgs};
use crate::error::CliError;
use crate::output::plural;
use crate::time;

pub fn run(context: &Context, command: AdminCommand) -> Result<(), CliError> {
    match command {
        AdminCommand::Init(args) => init(context, args),
        AdminCommand::Invite(args) => invite(context, &args),
        AdminCommand::Seal(args) => seal(context, &args),
    }
}

/// Makes keys, service key and salt, so that the deployment's id is known before its founders are.
fn init(context: &Context, args: InitArgs) -> Result<(), CliError> {
    #[derive(Serialize)]
    struct Prepared {
        deployment_id: DeploymentId,
        name: String,
        data_dir: PathBuf,
        key_origin: String,
    }
    let data_dir = args.data.unwrap_or_else(|| aiq_server::ServerConfig::default().data_dir);
    let genesis = serve::read_genesis(args.genesis.as_deref())?.unwrap_or_else(aiq_server::GenesisFile::default_ai);
    let keys = serve::make_keys(context, &data_dir, args.insecure_dev_keys)?;
    let record = aiq_server::prepare(&data_dir, &genesis.name, genesis.salt, keys.manifest())?;
    let prepared = Prepared {
        deployment_id: record.deployment_id(),
        name: record.name,
        data_dir,
        key_origin: keys.manifest().origin().to_string(),
    };
    context.output.result(&prepared, |out, paint| {
        writeln!(out, "{} '{}' in {}", paint.green("Prepared"), prepared.name, prepared.data_dir.display())?;
        writeln!(out, "  deployment  {}", prepared.deployment_id)?;
        writeln!(out, "  keys        {}", prepared.key_origin)?;
        writeln!(out, "Next: founders run 'aiq wallet card --deployment {}',", prepared.deployment_id)?;
        writeln!(out, "their cards go into the genesis file, and 'aiq serve --genesis FILE' founds the deployment.")
    })?;
    Ok(())
}

fn invite(context: &Context, args: &InviteArgs) -> Result<(), CliError> {
    let settings = context.settings()?;
    let client = token::client(&settings, &args.token)?;
    let made = client.invite(&NewInvitations { count: args.count, expires_in: args.expires_in })?;
    context.output.note("Each invitation is good for one member. They are shown only this once.");
    context.output.result(&made, |out, paint| {
        for invitation in &made.invitations {
            let until = paint.dim(format!("until {}", time::moment(invitation.expires_at)));
            writeln!(out, "{}  {until}", invitation.token)?;
        }
        Ok(())
    })?;
    Ok(())
}

fn seal(context: &Context, args: &TokenArgs) -> Result<(), CliError> {
    let settings = context.settings()?;
    let sealed = token::client(&settings, args)?.seal()?;
    context.output.result(&sealed, |out, paint| {
        let summary = &sealed.checkpoint;
        let what = if sealed.sealed { paint.green("Sealed") } else { "Nothing was waiting; the last is".to_owned() };
        writeln!(out, "{what} epoch {}", summary.epoch)?;
        let members = plural(summary.members, "member");
        writeln!(out, "  {members}, {}", plural(summary.credentials, "credential"))
    })?;
    Ok(())
}
