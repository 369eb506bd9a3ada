//! `aiq standing`: computed on this machine from everybody's leaves; nobody is asked anything that would name the member.

use aiq_circuits::credential::Credential;
use serde::Serialize;

use super::Context;
use crate::args::StandingArgs;
use crate::error::CliError;
use crate::member::{Crowd, Held, MemberError, describe, prepare};
use crate::output::plural;
use crate::time;

#[derive(Serialize)]
struct Standing {
    member: bool,
    left: bool,
    as_of: u32,
    credentials: Vec<Shown>,
    requirements: Vec<Requirement>,
}

#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    credential: Credential,
    revoked: bool,
}

#[derive(Serialize)]
struct Requirement {
    id: String,
    title: String,
    met: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    why_not: Option<String>,
    crowd: Crowd,
}

pub fn run(context: &Context, args: &StandingArgs) -> Result<(), CliError> {
    let settings = context.settings()?;
    let mut member = context.member(&settings, None)?;
    let progress = context.progress();
    let ledger = member.sync(&settings.tiles(member.deployment_id()), progress.as_ref())?;
    let held = member.holdings(&ledger);
    // The service pins `as_of` to its own clock, so what counts now is what counts by that clock.
    let as_of = member.info().now;
    let menu = match &args.menu {
        Some(id) => vec![member.menu(id)?],
        None => member.info().menu.iter().collect(),
    };
    let trees = ledger.head();
    let mut requirements = Vec::new();
    for entry in menu {
        let eligibility = entry.eligibility(as_of);
        let why_not = match prepare(member.identity(), trees, &held, &eligibility, member.domains()) {
            Ok(_) => None,
            Err(error @ (MemberError::Shortfall(_) | MemberError::NotAMember { .. } | MemberError::Withdrawn(_))) => {
                Some(error.to_string())
            }
            Err(error) => return Err(error.into()),
        };
        requirements.push(Requirement {
            id: entry.id.clone(),
            title: entry.title.clone(),
            met: why_not.is_none(),
            why_not,
            crowd: member.crowd(&ledger, trees, &eligibility),
        });
    }
    let standing = Standing {
        member: trees.has_member(&member.identity().commitment()),
        left: trees.left.contains(&member.identity().commitment()),
        as_of,
        credentials: held.iter().map(|held| Shown { credential: held.credential, revoked: held.revoked }).collect(),
        requirements,
    };
    context.output.result(&standing, |out, paint| {
        let epoch = trees.checkpoint.epoch;
        let who = match (standing.member, standing.left) {
            (true, _) => "A member",
            (false, true) => "A former member",
            (false, false) => "Not a member",
        };
        let count = held.iter().filter(|held| !held.revoked).count();
        writeln!(out, "{who} at epoch {epoch}, {}", plural(count as u64, "credential"))?;
        for held in &held {
            let line = describe(held, member.domains());
            let line = match held {
                Held { revoked: true, .. } => paint.dim(line + ", revoked"),
                Held { credential, .. } if credential.attributes.expires_at <= as_of => paint.dim(line + ", expired"),
                _ => line,
            };
            writeln!(out, "  {line}")?;
        }
        writeln!(out, "\nRequirements, as of {}:", time::date(as_of))?;
        for met in &standing.requirements {
            let mark = if met.met { paint.green("✓") } else { paint.red("✗") };
            writeln!(out, "  {mark} {}  {}", paint.bold(&met.id), met.title)?;
            if let Some(why) = &met.why_not {
                writeln!(out, "      {}", paint.dim(why))?;
            } else if met.crowd.is_small() {
                writeln!(out, "      {}", paint.dim(format!("at most {} can show this", met.crowd.at_most)))?;
            }
        }
        Ok(())
    })?;
    Ok(())
}
