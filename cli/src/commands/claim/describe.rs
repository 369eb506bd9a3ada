//! A claim in words: what it is, where it can be seen, what it is judged by, what became of it.

use std::io::{self, Write};
use std::path::PathBuf;

use aiq_server::api::{ClaimState, ClaimView, OpenedReview};
use aiq_verifier::claim::{Claim, Evidence};
use aiq_verifier::review::{Ruling, Verdict};
use aiq_verifier::standard::Standard;
use serde::Serialize;

use crate::member::{DomainNames, link};
use crate::output::{Paint, plural};
use crate::time;

/// A piece of evidence, and which of the files that were looked at has its content.
#[derive(Debug, Serialize)]
pub struct Item {
    /// The evidence.
    pub evidence: Evidence,
    /// Where a person can look at it.
    pub link: String,
    /// What it has to contain, if that is laid down.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_hash: Option<String>,
    /// The file that has this content.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub matches: Option<PathBuf>,
}

impl Item {
    /// The evidence of a claim, which nothing was compared with.
    pub fn all(claim: &Claim) -> Vec<Self> {
        let item = |evidence: &Evidence| Self {
            evidence: evidence.clone(),
            link: link(evidence),
            content_hash: evidence.content_hash().map(str::to_owned),
            matches: None,
        };
        claim.evidence.iter().map(item).collect()
    }
}

pub fn describe_claim(
    out: &mut dyn Write,
    paint: Paint,
    view: &ClaimView,
    items: &[Item],
    names: DomainNames<'_>,
) -> io::Result<()> {
    let ClaimView { id, claim, state, closes_at, standard, .. } = view;
    writeln!(out, "{}", paint.bold(&claim.title))?;
    if !claim.summary.is_empty() {
        for line in claim.summary.lines() {
            writeln!(out, "  {line}")?;
        }
        writeln!(out)?;
    }
    writeln!(out, "  claim     {id}")?;
    writeln!(out, "  domain    {} ({})", names.name(&claim.domain), claim.domain)?;
    if let Some(rule) = standard.kind(claim.kind) {
        let years = time::duration(standard.validity);
        writeln!(out, "  kind      {}: a credential of weight {}, valid for {years}", rule.name, rule.weight)?;
    }
    if let Some(old) = &claim.renews {
        writeln!(out, "  renews    {old}")?;
    }
    write_evidence(out, paint, items)?;
    write_standard(out, standard)?;
    if let Some(poll) = &view.dispute {
        writeln!(out, "  disputed  poll {poll} decides: 'aiq poll show {poll}'")?;
    }
    match state {
        ClaimState::Open => writeln!(out, "  state     open: reviews are taken until {}", time::moment(*closes_at)),
        state => {
            let name = state.as_str();
            let name = if *state == ClaimState::Accepted { paint.green(name) } else { paint.red(name) };
            match (&view.ruling, view.ruled_at) {
                (Some(ruling), Some(at)) => {
                    writeln!(out, "  state     {name}; ruled {}: {}", time::moment(at), counts(ruling))
                }
                _ => writeln!(out, "  state     {name}"),
            }
        }
    }
}

fn counts(ruling: &Ruling) -> String {
    let Ruling { accept, reject, abstain, outcome } = ruling;
    format!("{outcome}, {accept} accept, {reject} reject, {abstain} abstain")
}

fn write_evidence(out: &mut dyn Write, paint: Paint, items: &[Item]) -> io::Result<()> {
    for (number, item) in (1..).zip(items) {
        let heading = if number == 1 { "evidence" } else { "" };
        writeln!(out, "  {heading:<8}  {number}. {}", item.link)?;
        if item.link != item.evidence.as_str() {
            writeln!(out, "               {}", paint.dim(&item.evidence))?;
        }
        if let Some(file) = &item.matches {
            writeln!(out, "               {} {} has this content", paint.green("✓"), file.display())?;
        }
    }
    Ok(())
}

fn write_standard(out: &mut dyn Write, standard: &Standard) -> io::Result<()> {
    let Standard { domain, version, reviewers, quorum, acceptance, .. } = standard;
    writeln!(
        out,
        "  standard  of {domain}, version {version}: {} by members who meet '{reviewers}', {acceptance} or more of them accepting",
        plural(u64::from(*quorum), "review")
    )
}

/// What the reviewers said, in the order in which it is published.
pub fn write_reviews(out: &mut dyn Write, paint: Paint, reviews: &[OpenedReview]) -> io::Result<()> {
    for OpenedReview { opening, .. } in reviews {
        let verdict = match opening.verdict {
            Verdict::Accept => paint.green("accept"),
            Verdict::Reject => paint.red("reject"),
            Verdict::Abstain => paint.dim("abstain"),
        };
        writeln!(out, "\n  {verdict}")?;
        for line in opening.comment.lines() {
            writeln!(out, "    {line}")?;
        }
    }
    if !reviews.is_empty() {
        writeln!(
            out,
            "\nThe order says nothing; counted again here from {}, as the log committed to.",
            plural(reviews.len() as u64, "review")
        )?;
    }
    Ok(())
}
