//! `aiq sponsor`: the invitation is made on this machine and never an argument of anything.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;

use aiq_circuits::identity::DeploymentId;
use serde::Serialize;

use super::{Context, Session};
use crate::args::SponsorArgs;
use crate::error::CliError;
use crate::time;

/// The invitations that the wallet has made, so that one whose making broke off at the terminal is not lost.
fn list(context: &Context) -> Result<(), CliError> {
    #[derive(Serialize)]
    struct Made<'a> {
        deployment_id: &'a DeploymentId,
        name: &'a str,
        epoch: u32,
        token: &'a str,
        /// Absent if the service is not known to have taken it: 'aiq sponsor' sends that one again.
        accepted_at: Option<u32>,
    }
    let wallet = Context::open_wallet(&context.settings()?)?;
    let made: Vec<Made<'_>> = wallet
        .state()
        .deployments
        .iter()
        .flat_map(|(id, known)| known.acts.sponsorships.iter().map(move |record| (id, known, record)))
        .map(|(deployment_id, known, record)| Made {
            deployment_id,
            name: &known.genesis.name,
            epoch: record.sponsorship.epoch,
            token: &record.token,
            accepted_at: record.receipt.as_ref().map(|receipt| receipt.accepted_at),
        })
        .collect();
    context.output.result(&made, |to, paint| {
        for Made { name, token, accepted_at, .. } in &made {
            let state = match accepted_at {
                Some(at) => format!("'{name}', accepted {}", time::moment(*at)),
                None => format!("'{name}', not known to have arrived: 'aiq sponsor' sends it again"),
            };
            writeln!(to, "{token}  {}", paint.dim(state))?;
        }
        Ok(())
    })?;
    if !made.is_empty() {
        context.output.note("Whether one was used is not known to this wallet.");
    }
    Ok(())
}

pub fn run(context: &Context, args: &SponsorArgs) -> Result<(), CliError> {
    #[derive(Serialize)]
    struct Out<'a> {
        #[serde(skip_serializing_if = "Option::is_none")]
        token: Option<&'a str>,
        expires_at: u32,
        proving_ms: Option<u128>,
    }
    if args.list {
        return list(context);
    }
    let Session { mut member, ledger, provers, progress } = context.session()?;
    // Before anything is sent: an invitation that cannot be written down would be lost.
    let write = |source| CliError::Write { what: "the invitation", path: args.out.clone().unwrap_or_default(), source };
    let file = args.out.as_ref().map(|path| OpenOptions::new().write(true).create_new(true).mode(0o600).open(path));
    let file = file.transpose().map_err(write)?;
    let sponsored = member.sponsor(&ledger, &provers, &|crowd| context.warn_of_small_crowd(crowd), progress.as_ref());
    if let (Err(_), Some(path)) = (&sponsored, &args.out) {
        // Nothing is in it.
        fs::remove_file(path).map_err(write)?;
    }
    let sponsored = sponsored?;
    let token = sponsored.token.as_str();
    let until = time::moment(sponsored.expires_at);
    if let Some(mut file) = file {
        writeln!(file, "{token}").and_then(|()| file.sync_all()).map_err(write)?;
    }
    context.output.note("The invitation is good for one member. Hand it to them through a channel that you trust.");
    let out = Out {
        token: args.out.is_none().then_some(token),
        expires_at: sponsored.expires_at,
        proving_ms: sponsored.proving.map(|time| time.as_millis()),
    };
    context.output.result(&out, |to, paint| match &args.out {
        Some(path) => writeln!(to, "{} to {}, good until {until}", paint.green("Written"), path.display()),
        None => writeln!(to, "{token}  {}", paint.dim(format!("until {until}"))),
    })?;
    Ok(())
}
