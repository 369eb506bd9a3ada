//! `aiq admin init | invite | seal | token | rebuild | ceremony`.

use std::path::PathBuf;

use aiq_circuits::identity::DeploymentId;
use aiq_server::api::NewInvitations;
use serde::Serialize;

use super::{Context, ceremony, serve, token};
use crate::args::{AdminCommand, DataArgs, InitArgs, InviteArgs, RebuildArgs, TokenArgs};
use crate::error::CliError;
use crate::output::{Table, entries, plural};
use crate::time;

pub fn run(context: &Context, command: AdminCommand) -> Result<(), CliError> {
    match command {
        AdminCommand::Init(args) => init(context, args),
        AdminCommand::Invite(args) => invite(context, &args),
        AdminCommand::Seal(args) => seal(context, &args),
        AdminCommand::Token(args) => replace_token(context, args),
        AdminCommand::Rebuild(args) => rebuild(context, args),
        AdminCommand::Ceremony(command) => ceremony::run(context, command),
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
        let members = plural(summary.member_count(), "member");
        writeln!(out, "  {members}, {}", plural(summary.credential_count(), "credential"))
    })?;
    Ok(())
}

fn replace_token(context: &Context, args: DataArgs) -> Result<(), CliError> {
    #[derive(Serialize)]
    struct Replaced<'a> {
        admin_token: &'a str,
    }
    let data_dir = args.data.unwrap_or_else(|| aiq_server::ServerConfig::default().data_dir);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let token = runtime.block_on(aiq_server::replace_admin_token(&data_dir))?;
    context.output.note("The administrator's new token, shown only this once; the old one has stopped working.");
    let replaced = Replaced { admin_token: token.expose() };
    context.output.result(&replaced, |out, _| writeln!(out, "{}", replaced.admin_token))?;
    Ok(())
}

fn rebuild(context: &Context, args: RebuildArgs) -> Result<(), CliError> {
    #[derive(Serialize)]
    struct Shown {
        entries: u64,
        agrees: bool,
        repaired: bool,
        tables: Vec<ShownTable>,
    }
    #[derive(Serialize)]
    struct ShownTable {
        table: &'static str,
        rows: u64,
        missing: u64,
        extra: u64,
    }
    let data_dir = args.data.data.unwrap_or_else(|| aiq_server::ServerConfig::default().data_dir);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let progress = context.progress();
    let mut begun = false;
    let rebuilt = runtime.block_on(aiq_server::rebuild(&data_dir, args.repair, |replayed, all| {
        if !begun {
            progress.start("replaying the log", all);
            begun = true;
        }
        progress.set(replayed);
    }));
    progress.finish();
    let rebuilt = rebuilt?;
    let table = |table: &aiq_server::store::TableComparison| ShownTable {
        table: table.table,
        rows: table.rows,
        missing: table.missing,
        extra: table.extra,
    };
    let shown = Shown {
        entries: rebuilt.entries,
        agrees: rebuilt.agrees(),
        repaired: rebuilt.repaired,
        tables: rebuilt.tables.iter().map(table).collect(),
    };
    context.output.result(&shown, |out, paint| {
        writeln!(out, "{} {}", paint.green("Replayed"), entries(shown.entries))?;
        let mut table = Table::new(&["table", "rows", "missing", "extra"]);
        for ShownTable { table: name, rows, missing, extra } in &shown.tables {
            table.row([(*name).to_owned(), rows.to_string(), missing.to_string(), extra.to_string()]);
        }
        table.write(out, paint, "  ")?;
        match (shown.agrees, shown.repaired) {
            (true, _) => writeln!(out, "Every table is what the log says."),
            (false, true) => writeln!(out, "Tables that differed were replaced by what the log says."),
            (false, false) => Ok(()),
        }
    })?;
    match shown.tables.iter().filter(|table| table.missing + table.extra > 0).count() {
        differing if differing > 0 && !shown.repaired => Err(CliError::Differs(differing)),
        _ => Ok(()),
    }
}
