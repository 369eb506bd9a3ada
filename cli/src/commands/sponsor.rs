//! `aiq sponsor`: the invitation is made on this machine and never an argument of anything.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;

use serde::Serialize;

use super::{Context, Session};
use crate::args::SponsorArgs;
use crate::error::CliError;
use crate::time;

pub fn run(context: &Context, args: &SponsorArgs) -> Result<(), CliError> {
    #[derive(Serialize)]
    struct Out<'a> {
        #[serde(skip_serializing_if = "Option::is_none")]
        token: Option<&'a str>,
        expires_at: u32,
        proving_ms: Option<u128>,
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
