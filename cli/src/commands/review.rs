//! `aiq review list | show | submit`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use aiq_server::api::{ClaimState, ClaimView};
use aiq_verifier::claim::ClaimId;
use aiq_verifier::review::Verdict;
use serde::Serialize;

use super::claim::{Item, describe_claim};
use super::{Context, Session, text};
use crate::args::{ReviewCommand, ReviewShowArgs, ReviewSubmitArgs};
use crate::error::{CliError, Invalid};
use crate::member::{DomainNames, Reviewable, check_claim, content_hash, describe};
use crate::sync::check_identity;
use crate::time;

pub fn run(context: &Context, command: ReviewCommand) -> Result<(), CliError> {
    match command {
        ReviewCommand::List => list(context),
        ReviewCommand::Show(args) => show(context, &args),
        ReviewCommand::Submit(args) => submit(context, args),
    }
}

const fn name(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Accept => "accept",
        Verdict::Reject => "reject",
        Verdict::Abstain => "abstain",
    }
}

fn list(context: &Context) -> Result<(), CliError> {
    #[derive(Serialize)]
    struct Listed {
        claim: ClaimView,
        may_review: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        reviewed: Option<Verdict>,
        #[serde(skip_serializing_if = "Option::is_none")]
        why_not: Option<String>,
    }
    let Session { member, ledger, .. } = context.session()?;
    let mut trees = BTreeMap::new();
    let mut listed = Vec::new();
    for claim in member.client().claims(Some(ClaimState::Open), None)? {
        let (may_review, reviewed, why_not) = match member.reviewable(&ledger, &claim, &mut trees)? {
            Reviewable::Yes => (true, None, None),
            Reviewable::Done(verdict) => (false, Some(verdict), None),
            Reviewable::No(why) => (false, None, Some(why)),
        };
        listed.push(Listed { claim, may_review, reviewed, why_not });
    }
    // What can be done, and soonest.
    listed.sort_by_key(|listed| (!listed.may_review, listed.claim.closes_at, listed.claim.id));
    context.output.result(&listed, |out, paint| {
        if listed.is_empty() {
            return writeln!(out, "No claim is open.");
        }
        for Listed { claim: view, may_review, reviewed, why_not } in &listed {
            let mark = if *may_review { paint.green("✓") } else { paint.dim("·") };
            let domain = member.domains().name(&view.claim.domain);
            writeln!(out, "{mark} {}", paint.bold(&view.claim.title))?;
            writeln!(out, "    {}, until {}", domain, time::moment(view.closes_at))?;
            writeln!(out, "    {}", view.id)?;
            match (reviewed, why_not) {
                (Some(verdict), _) => writeln!(out, "    {}", paint.dim(format!("reviewed: {}", name(*verdict))))?,
                (None, Some(why)) => writeln!(out, "    {}", paint.dim(why))?,
                (None, None) => {}
            }
        }
        writeln!(out, "See one with 'aiq review show CLAIM'.")
    })?;
    Ok(())
}

fn show(context: &Context, args: &ReviewShowArgs) -> Result<(), CliError> {
    #[derive(Serialize)]
    struct Out<'a> {
        claim: &'a ClaimView,
        evidence: &'a [Item],
        /// Files whose content is that of no piece of evidence.
        unmatched: &'a [PathBuf],
    }
    let client = Context::client(&context.settings()?)?;
    let info = client.info()?;
    let deployment = check_identity(client.base(), &info, None)?;
    let view = client.claim(&args.id)?;
    check_claim(&view, &args.id, &deployment)?;
    let mut items = Item::all(&view.claim);
    let mut unmatched = Vec::new();
    for path in &args.check {
        let read = |source| CliError::Read { what: "a copy of the evidence", path: path.clone(), source };
        let digest = content_hash(path).map_err(read)?;
        match items.iter_mut().find(|item| item.content_hash.as_ref() == Some(&digest)) {
            Some(item) => item.matches = Some(path.clone()),
            None => unmatched.push(path.clone()),
        }
    }
    let out = Out { claim: &view, evidence: &items, unmatched: &unmatched };
    context.output.result(&out, |to, paint| {
        describe_claim(to, paint, &view, &items, DomainNames::new(&info.domains))?;
        for path in &unmatched {
            writeln!(to, "  {} {} has the content of none of it", paint.red("✗"), path.display())?;
        }
        writeln!(
            to,
            "\nA verdict asks: is this the work of the kind and domain that it claims to be, and good enough for them?"
        )?;
        writeln!(
            to,
            "A link may be dead: a copy from anywhere will do if 'aiq review show {} --check FILE' finds",
            args.id
        )?;
        writeln!(
            to,
            "that its content is the one that was claimed. A DOI, an arXiv id or a commit names its content itself."
        )?;
        if view.state == ClaimState::Open {
            writeln!(to, "Then 'aiq review submit {} --verdict accept|reject|abstain --comment \"…\"'.", args.id)?;
        }
        Ok(())
    })?;
    match unmatched.into_iter().next() {
        Some(path) => Err(Invalid::Content(path).into()),
        None => Ok(()),
    }
}

fn submit(context: &Context, args: ReviewSubmitArgs) -> Result<(), CliError> {
    #[derive(Serialize)]
    struct Out<'a> {
        claim: &'a ClaimId,
        verdict: Verdict,
        proving_ms: Option<u128>,
        accepted_at: u32,
    }
    let ReviewSubmitArgs { id, verdict, comment, comment_file } = args;
    let comment = text::given("the comment", comment, comment_file.as_deref())?;
    let Session { mut member, ledger, provers, progress } = context.session()?;
    let reviewed = if let Some(reviewed) = member.resume_review(&id)? {
        context
            .output
            .note("A review of this claim was on its way: it went out again as it was, and is the one that counts.");
        reviewed
    } else {
        let plan = member.plan_review(&ledger, &id, progress.as_ref())?;
        context.warn_of_small_crowd(plan.crowd());
        member.review_as_planned(plan, verdict, comment, &provers, progress.as_ref())?
    };
    let proving_ms = reviewed.proving.map(|time| time.as_millis());
    let accepted_at = reviewed.receipt.accepted_at;
    let out = Out { claim: &id, verdict: reviewed.verdict, proving_ms, accepted_at };
    context.output.result(&out, |to, paint| {
        writeln!(to, "{}: {}", paint.green("Reviewed"), name(reviewed.verdict))?;
        for held in &reviewed.selected {
            writeln!(to, "  rests on  {}", describe(held, member.domains()))?;
        }
        if let Some(time) = reviewed.proving {
            writeln!(to, "  proof     made in {} ms and accepted; the credentials stay hidden", time.as_millis())?;
        }
        writeln!(to, "  receipt   {}, signed by the service and kept in the wallet", time::moment(accepted_at))?;
        writeln!(to, "Verdict and comment are shown after the ruling, among the others, without a name.")
    })?;
    Ok(())
}
