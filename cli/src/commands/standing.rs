//! `aiq standing`: computed on this machine from everybody's leaves; nobody is asked anything that would name the member.

use std::io::{self, Write};

use aiq_circuits::credential::{Credential, CredentialId, CredentialKind};
use aiq_verifier::claim::ClaimId;
use serde::Serialize;

use super::{Context, Session};
use crate::args::StandingArgs;
use crate::error::CliError;
use crate::member::{Crowd, DomainNames, Held, MemberError, Note, describe, is_small, prepare};
use crate::output::{Paint, plural};
use crate::time;

/// Days before which the end of a credential is told: late enough to be done soon, early enough for a review.
const SOON: u32 = 30;
/// Days before which it is mentioned.
const SOMETIME: u32 = 90;

#[derive(Serialize)]
struct Standing {
    member: bool,
    left: bool,
    as_of: u32,
    credentials: Vec<Shown>,
    notes: Vec<ShownNote>,
    requirements: Vec<Requirement>,
}

#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    credential: Credential,
    revoked: bool,
    /// The claim that earned it, if it ends within 90 days.
    #[serde(skip_serializing_if = "Option::is_none")]
    renew: Option<ClaimId>,
}

#[derive(Serialize)]
struct ShownNote {
    #[serde(flatten)]
    credential: Credential,
    spent: bool,
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
    let Session { mut member, ledger, progress, .. } = context.session()?;
    let held: Vec<Held> = member.holdings(&ledger);
    let notes = member.notes(&ledger, progress.as_ref())?;
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
    let is_credential = |held: &&Held| held.credential.attributes.kind.is_credential();
    let credentials: Vec<Held> = held.iter().filter(is_credential).copied().collect();
    let ends_soon = |held: &&Held| !held.revoked && days_left(held, as_of).is_some_and(|days| days < SOMETIME);
    let ending: Vec<CredentialId> = credentials.iter().filter(ends_soon).map(|held| held.credential.id).collect();
    let renewable = member.claims_behind(&ending)?;
    let standing = Standing {
        member: trees.has_member(&member.identity().commitment()),
        left: trees.left.contains(&member.identity().commitment()),
        as_of,
        credentials: credentials
            .iter()
            .map(|held| Shown {
                credential: held.credential,
                revoked: held.revoked,
                renew: renewable.get(&held.credential.id).copied(),
            })
            .collect(),
        notes: notes.iter().map(|note| ShownNote { credential: note.held.credential, spent: note.spent }).collect(),
        requirements,
    };
    context.output.result(&standing, |out, paint| {
        let epoch = trees.checkpoint.epoch;
        let who = match (standing.member, standing.left) {
            (true, _) => "A member",
            (false, true) => "A former member",
            (false, false) => "Not a member",
        };
        let count = credentials.iter().filter(|held| !held.revoked).count();
        writeln!(out, "{who} at epoch {epoch}, {}", plural(count as u64, "credential"))?;
        for held in &credentials {
            write_credential(out, paint, held, as_of, member.domains(), renewable.get(&held.credential.id))?;
        }
        write_notes(out, paint, &notes, as_of, member.domains())?;
        writeln!(out, "\nRequirements, as of {}:", time::date(as_of))?;
        for met in &standing.requirements {
            let mark = if met.met { paint.green("✓") } else { paint.red("✗") };
            writeln!(out, "  {mark} {}  {}", paint.bold(&met.id), met.title)?;
            if let Some(why) = &met.why_not {
                writeln!(out, "      {}", paint.dim(why))?;
            } else if is_small(&met.crowd) {
                writeln!(out, "      {}", paint.dim(format!("at most {} can show this", met.crowd.at_most)))?;
            }
        }
        Ok(())
    })?;
    Ok(())
}

/// Whole days for which a credential still counts; `None` if it does not.
fn days_left(held: &Held, as_of: u32) -> Option<u32> {
    let left = held.credential.attributes.expires_at.checked_sub(as_of).filter(|left| *left > 0)?;
    Some(left / 86_400)
}

fn write_credential(
    out: &mut dyn Write,
    paint: Paint,
    held: &Held,
    as_of: u32,
    names: DomainNames<'_>,
    renew: Option<&ClaimId>,
) -> io::Result<()> {
    let line = describe(held, names);
    let days = days_left(held, as_of);
    let line = match (held.revoked, days) {
        (true, _) => paint.dim(line + ", revoked"),
        (false, None) => paint.dim(line + ", expired"),
        (false, Some(days)) if days < SOON => format!("{line}, {}", paint.red(ends_in(days))),
        (false, Some(days)) if days < SOMETIME => format!("{line}, {}", ends_in(days)),
        (false, Some(_)) => line,
    };
    writeln!(out, "  {line}")?;
    match (renew, days) {
        (Some(claim), Some(_)) if !held.revoked => {
            writeln!(out, "      {}", paint.dim(format!("renew it: aiq claim new --renews {claim} …")))
        }
        _ => Ok(()),
    }
}

fn ends_in(days: u32) -> String {
    format!("ends in {}", plural(days.into(), "day"))
}

/// Balances and rewards: neither is a credential, and at most one balance counts.
fn write_notes(
    out: &mut dyn Write,
    paint: Paint,
    notes: &[Note],
    as_of: u32,
    names: DomainNames<'_>,
) -> io::Result<()> {
    let good = notes.iter().filter(|note| !note.spent && !note.held.revoked);
    let mut good: Vec<(Held, Option<u32>)> = good.map(|note| (note.held, days_left(&note.held, as_of))).collect();
    good.retain(|(_, days)| days.is_some());
    if good.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nNotes; a requirement counts one balance at most, and no rewards:")?;
    for (held, days) in good {
        let is_reward = held.credential.attributes.kind == CredentialKind::REWARD_NOTE;
        let (kind, line) = (if is_reward { "reward" } else { "balance" }, describe(&held, names));
        match days {
            Some(days) if days < SOON => writeln!(out, "  {kind:<7}  {line}, {}", paint.red(ends_in(days)))?,
            _ => writeln!(out, "  {kind:<7}  {line}")?,
        }
    }
    Ok(())
}
