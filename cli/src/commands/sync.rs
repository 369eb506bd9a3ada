//! `aiq sync`.

use aiq_circuits::identity::DeploymentId;
use aiq_circuits::statement::StatementId;
use aiq_verifier::checkpoint::Checkpoint;
use serde::Serialize;

use super::Context;
use crate::error::CliError;
use crate::member::{Member, Promises};
use crate::output::plural;
use crate::time;

/// Says where the deployment's keys come from: whoever made them could forge (§9).
pub fn show_key_origins(context: &Context, member: &Member) {
    let mut warnings: Vec<&str> = member.info().keys.iter().filter_map(|key| key.origin.warning()).collect();
    warnings.dedup();
    for warning in warnings {
        context.output.warn(warning);
    }
}

pub fn run(context: &Context) -> Result<(), CliError> {
    #[derive(Serialize)]
    struct Synced {
        deployment_id: DeploymentId,
        name: String,
        checkpoint: Checkpoint,
        member: bool,
        left: bool,
        credentials: usize,
        log: Log,
        keys: Vec<Key>,
    }
    #[derive(Serialize)]
    struct Log {
        entries: u64,
        /// Signed by enough of the wallet's witnesses, if it requires any.
        trusted: u64,
        promises: Promises,
    }
    #[derive(Serialize)]
    struct Key {
        statement: StatementId,
        origin: String,
    }
    let settings = context.settings()?;
    let mut member = context.member(&settings, None)?;
    let progress = context.progress();
    let ledger = member.sync(&settings.tiles(member.deployment_id()), progress.as_ref())?;
    let keys = settings.provers(&member).keys(member.client(), &StatementId::ALL, progress.as_ref())?;
    show_key_origins(context, &member);
    let commitment = member.identity().commitment();
    let synced = Synced {
        deployment_id: *member.deployment_id(),
        name: member.info().name.clone(),
        checkpoint: ledger.head().checkpoint,
        member: ledger.head().has_member(&commitment),
        left: ledger.head().left.contains(&commitment),
        credentials: member
            .holdings(&ledger)
            .iter()
            .filter(|held| !held.revoked && held.credential.attributes.kind.is_credential())
            .count(),
        log: Log {
            entries: ledger.log().head.checkpoint.size,
            trusted: ledger.log().trusted.checkpoint.size,
            promises: member.promises(),
        },
        keys: keys
            .manifest()
            .entries()
            .iter()
            .map(|entry| Key { statement: entry.statement, origin: entry.origin.to_string() })
            .collect(),
    };
    let witnesses = member.quorum().is_some();
    context.output.result(&synced, |out, paint| {
        let Checkpoint { epoch, sealed_at, .. } = synced.checkpoint;
        let (members, credentials) = (synced.checkpoint.member_count(), synced.checkpoint.credential_count());
        writeln!(out, "{} with '{}'", paint.green("In step"), synced.name)?;
        writeln!(out, "  epoch        {epoch}, sealed {}", time::moment(sealed_at))?;
        let leaves = plural(members, "member") + ", " + &plural(credentials, "credential");
        writeln!(out, "  leaves       {leaves}; roots as signed")?;
        let Log { entries, trusted, promises: Promises { receipts, included } } = synced.log;
        let witnessed = if witnesses { format!(", {trusted} signed by the witnesses") } else { String::new() };
        writeln!(out, "  log          {}{witnessed}; continues what was seen before", crate::output::entries(entries))?;
        match receipts - included {
            0 if receipts == 0 => {}
            0 => writeln!(out, "  receipts     {receipts}, all of them in the log")?,
            waiting => writeln!(out, "  receipts     {receipts}: {included} in the log, {waiting} not due yet")?,
        }
        for key in &synced.keys {
            writeln!(out, "  key          {} ({})", key.statement, key.origin)?;
        }
        let standing = match (synced.member, synced.left) {
            (true, _) => "a member",
            (false, true) => "has left",
            (false, false) => "not a member yet",
        };
        writeln!(out, "  this wallet  {standing}, {}", plural(synced.credentials as u64, "credential"))
    })?;
    Ok(())
}
