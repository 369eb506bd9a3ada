//! `aiq audit`: a bundle from a file, from standard input, or from a service as it comes.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use aiq_audit::{
    CeremonyReport, CeremonyState, ClaimsReport, EnactmentReport, EnactmentState, Options, PollOrigin, PollReport,
    Report, SealingReport, WitnessReport, audit,
};

use super::Context;
use crate::args::AuditArgs;
use crate::error::{CliError, Invalid};
use crate::export::{Export, What};
use crate::output::{Paint, entries, plural};
use crate::progress::Progress;
use crate::time;

pub fn run(context: &Context, args: AuditArgs) -> Result<(), CliError> {
    let AuditArgs { bundle, deployment, witnesses, required } = args;
    let options = Options { witnesses, required_witnesses: required };
    let progress = context.progress();
    let report = if bundle.starts_with("http://") || bundle.starts_with("https://") {
        let settings = context.settings()?;
        let client = settings.client(&bundle)?;
        let cache = Context::public_tiles(&settings, &client)?;
        let export = Export::begin(&client, &cache, What::Everything, progress.as_ref())?;
        let unreadable = |source| unreadable(Path::new(&bundle), source);
        read(export, &options, progress.as_ref()).map_err(|error| Export::reason(error, unreadable))?
    } else if bundle == "-" {
        let outcome = read(io::stdin().lock(), &options, progress.as_ref());
        outcome.map_err(|source| unreadable(Path::new("-"), source))?
    } else {
        let path = PathBuf::from(&bundle);
        let outcome = File::open(&path).and_then(|file| read(BufReader::new(file), &options, progress.as_ref()));
        outcome.map_err(|source| unreadable(&path, source))?
    };
    if let (Some(expected), Some(found)) = (deployment, report.deployment_id)
        && expected != found
    {
        return Err(Invalid::Deployment(found).into());
    }
    if report.ok || context.output.json {
        context.output.result(&report, |out, paint| write(out, paint, &report))?;
    }
    match report.fault {
        Some(fault) => Err(Invalid::Audit(fault).into()),
        None => Ok(()),
    }
}

fn unreadable(path: &Path, source: io::Error) -> CliError {
    CliError::Read { what: "the bundle", path: path.to_owned(), source }
}

fn read(input: impl BufRead, options: &Options, progress: &dyn Progress) -> io::Result<Report> {
    let mut begun = false;
    let report = audit(input, options, &mut |far| {
        if !begun {
            progress.start("auditing", far.total);
            begun = true;
        }
        progress.set(far.entries);
    });
    progress.finish();
    report
}

fn write(out: &mut dyn Write, paint: Paint, report: &Report) -> io::Result<()> {
    let name = report.name.as_deref().unwrap_or_default();
    let whole = if report.is_complete() { "every entry" } else { "what it has" };
    writeln!(out, "{} {whole} of the log of '{name}' holds", paint.green("Good:"))?;
    if let Some(id) = report.deployment_id {
        writeln!(out, "  deployment   {id}")?;
    }
    let count: u64 = report.entries.values().sum();
    match report.size {
        Some(size) if size != count => writeln!(out, "  log          {count} of {}", entries(size))?,
        _ => writeln!(out, "  log          {}", entries(count))?,
    }
    let Report { members, credentials, epochs, proofs, ballot_signatures, .. } = report;
    let (members, credentials) = (plural(*members, "member"), plural(*credentials, "credential"));
    writeln!(out, "  trees        {members}, {credentials}, {}; roots derived anew", plural(*epochs, "epoch"))?;
    if report.withdrawn + report.revoked > 0 {
        let (left, revoked) = (plural(report.withdrawn, "member"), plural(report.revoked, "credential"));
        writeln!(out, "  tombstones   {left} who left, {revoked} revoked")?;
    }
    let (proofs, signatures) = (plural(*proofs, "proof"), plural(*ballot_signatures, "ballot"));
    writeln!(out, "  verified     {proofs}, the signatures of {signatures}")?;
    let ClaimsReport { open, accepted, rejected, expired, revoked, reviews, .. } = report.claims;
    if open + accepted + rejected + expired + revoked > 0 {
        let reviews = plural(reviews, "review");
        writeln!(
            out,
            "  claims       {accepted} accepted, {rejected} rejected, {expired} expired, {revoked} revoked, {open} open; {reviews} recounted"
        )?;
    }
    for WitnessReport { name, at } in &report.witnesses {
        let at = u32::try_from(*at).unwrap_or(u32::MAX);
        writeln!(out, "  witness      {name}, {}", time::moment(at))?;
    }
    for ceremony in &report.ceremonies {
        write_ceremony(out, ceremony)?;
    }
    for poll in &report.polls {
        write_poll(out, paint, poll)?;
    }
    for caveat in &report.caveats {
        writeln!(out, "{}", paint.dim(format!("but: {caveat}")))?;
    }
    Ok(())
}

fn write_poll(out: &mut dyn Write, paint: Paint, poll: &PollReport) -> io::Result<()> {
    let proposed = if poll.origin == PollOrigin::Proposal { ", proposed by a member" } else { "" };
    writeln!(out, "  {}  {}{proposed}", paint.bold(&poll.question), paint.dim(poll.id))?;
    if poll.withdrawn {
        return writeln!(out, "      withdrawn before it opened");
    }
    if let Some(sealing) = &poll.sealing {
        write_sealing(out, sealing)?;
    }
    match &poll.tally {
        Some(tally) => {
            let counted = poll.options.iter().zip(&tally.options).map(|(option, count)| format!("{option}: {count}"));
            let all: Vec<String> = counted.chain([format!("abstain: {}", tally.abstain)]).collect();
            writeln!(out, "      {}", all.join(", "))?;
            writeln!(out, "      {} joined, {} voted, {} spoiled", tally.joined, tally.voted, tally.spoiled)?;
            writeln!(out, "      {}: {}", poll.rule.name(), tally.outcome)?;
        }
        None => writeln!(out, "      {} joined, {} voted, not counted yet", poll.joined, poll.voted)?,
    }
    let enactment = poll.enactment.as_ref().filter(|enactment| enactment.state != EnactmentState::Open);
    enactment.map_or(Ok(()), |EnactmentReport { state, .. }| {
        let became = match state {
            EnactmentState::Open => "not decided",
            EnactmentState::Rejected => "rejected",
            EnactmentState::Passed => "passed, takes effect with the next epoch",
            EnactmentState::InForce => "passed, in force",
            EnactmentState::Overtaken => "passed, but not possible any more",
        };
        writeln!(out, "      what it was to change: {became}")
    })
}

fn write_sealing(out: &mut dyn Write, sealing: &SealingReport) -> io::Result<()> {
    let SealingReport { trustees, threshold, floor, shares, reasons, unreadable } = sealing;
    if trustees.is_empty() {
        writeln!(out, "      sealed by the service alone: it could read ballots early")?;
    } else {
        let (names, shown) = (trustees.join(", "), plural(shares.len() as u64, "share"));
        writeln!(out, "      sealed by {} trustees, any {threshold} open it: {names}; {shown} shown", trustees.len())?;
    }
    if *floor > 1 {
        writeln!(out, "      opened from {floor} voters on")?;
    }
    if *reasons > 0 {
        writeln!(out, "      {}, {unreadable} unreadable", plural(*reasons, "reason"))?;
    }
    Ok(())
}

fn write_ceremony(out: &mut dyn Write, ceremony: &CeremonyReport) -> io::Result<()> {
    let CeremonyReport { id, trustees, threshold, state, .. } = ceremony;
    let state = match state {
        CeremonyState::Waiting { round, missing } => format!("round {round}, missing: {}", missing.join(", ")),
        CeremonyState::Complete => "complete".to_owned(),
        CeremonyState::Failed { at_fault } => format!("failed, by {at_fault}"),
    };
    writeln!(out, "  ceremony     {id}: {threshold} of {}; {state}", trustees.len())
}
