//! `aiq rewards [show] | merge`.

use aiq_circuits::credential::{CredentialId, CredentialKind, Domain};
use serde::Serialize;

use super::{Context, Session};
use crate::args::{MergeArgs, RewardsArgs, RewardsCommand};
use crate::error::CliError;
use crate::member::{Merged, Note, Refusal, plan_merges};
use crate::output::plural;
use crate::time;

pub fn run(context: &Context, args: RewardsArgs) -> Result<(), CliError> {
    match args.command {
        None | Some(RewardsCommand::Show) => show(context),
        Some(RewardsCommand::Merge(args)) => merge(context, &args),
    }
}

#[derive(Serialize)]
struct Shown {
    id: CredentialId,
    kind: &'static str,
    domain: Domain,
    expires_at: u32,
    weight: u16,
    spent: bool,
    expired: bool,
}

impl Shown {
    fn of(note: &Note, now: u32) -> Self {
        let attributes = note.held.credential.attributes;
        Self {
            id: note.held.credential.id,
            kind: if attributes.kind == CredentialKind::REWARD_NOTE { "reward" } else { "balance" },
            domain: attributes.domain,
            expires_at: attributes.expires_at,
            weight: attributes.weight,
            spent: note.spent,
            expired: attributes.expires_at <= now,
        }
    }

    const fn place(&self) -> (Domain, u32) {
        (self.domain, self.expires_at)
    }
}

fn show(context: &Context) -> Result<(), CliError> {
    let Session { mut member, ledger, progress, .. } = context.session()?;
    let now = member.info().now;
    let notes = member.notes(&ledger, progress.as_ref())?;
    let mergeable = plan_merges(&notes, now, None).is_ok();
    let mut shown: Vec<Shown> = notes.iter().map(|note| Shown::of(note, now)).collect();
    shown.sort_by_key(|note| (note.place(), note.spent, note.kind, std::cmp::Reverse(note.weight)));
    context.output.result(&shown, |out, paint| {
        if shown.is_empty() {
            return writeln!(out, "No notes yet: reviews that accept or reject earn them once a claim is decided.");
        }
        for group in shown.chunk_by(|one, other| one.place() == other.place()) {
            let Some(first) = group.first() else { continue };
            let (name, until) = (member.domains().name(&first.domain), time::date(first.expires_at));
            let line = format!("{name}, until {until}");
            writeln!(out, "{}", if first.expired { paint.dim(line + ", expired") } else { paint.bold(line) })?;
            for kind in ["balance", "reward"] {
                for note in group.iter().filter(|note| note.kind == kind && !note.spent) {
                    writeln!(out, "  {kind:<7}  weight {}", note.weight)?;
                }
            }
            let spent = group.iter().filter(|note| note.spent).count() as u64;
            if spent > 0 {
                writeln!(out, "  {}", paint.dim(plural(spent, "note") + " merged before"))?;
            }
        }
        writeln!(out, "A requirement counts one balance at most, and no rewards.")?;
        if mergeable { writeln!(out, "'aiq rewards merge' makes one balance of what goes together.") } else { Ok(()) }
    })?;
    Ok(())
}

fn merge(context: &Context, args: &MergeArgs) -> Result<(), CliError> {
    #[derive(Serialize)]
    struct Out {
        domain: Domain,
        expires_at: u32,
        weight: u16,
        notes: usize,
        proving_ms: Option<u128>,
        accepted_at: u32,
    }
    let settings = context.settings()?;
    let mut member = context.member(&settings, None)?;
    let progress = context.progress();
    let mut merged: Vec<Merged> = member.resume_merges()?;
    let ledger = member.sync(&settings.tiles(member.deployment_id()), progress.as_ref())?;
    let provers = settings.provers(&member);
    let notes = member.notes(&ledger, progress.as_ref())?;
    let plans = match plan_merges(&notes, member.info().now, args.domain.as_ref()) {
        // What was on its way was all there is to do.
        Err(Refusal::NothingToMerge) if !merged.is_empty() => Vec::new(),
        plans => plans.map_err(crate::member::MemberError::from)?,
    };
    let count = if args.all { plans.len() } else { 1 };
    for plan in plans.iter().take(count) {
        merged.push(member.merge(&ledger, &provers, plan, progress.as_ref())?);
    }
    let out = |merged: &Merged| Out {
        domain: merged.balance.domain,
        expires_at: merged.balance.expires_at,
        weight: merged.balance.weight,
        notes: merged.notes,
        proving_ms: merged.proving.map(|time| time.as_millis()),
        accepted_at: merged.receipt.accepted_at,
    };
    let out: Vec<Out> = merged.iter().map(out).collect();
    context.output.result(&out, |to, paint| {
        for Out { domain, expires_at, weight, notes, .. } in &out {
            let (name, until) = (member.domains().name(domain), time::date(*expires_at));
            let notes = plural(*notes as u64, "note");
            writeln!(to, "{} {notes}: a balance of {weight} in {name}, until {until}", paint.green("Merged"))?;
        }
        let left = plans.len().saturating_sub(count);
        if left > 0 {
            writeln!(to, "{} more can be made: 'aiq rewards merge --all'.", plural(left as u64, "merge"))?;
        }
        writeln!(to, "It counts from the next epoch on. Nobody learns which notes it is made of.")
    })?;
    Ok(())
}
