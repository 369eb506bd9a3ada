//! `aiq claim new | list | show | recuse`.

mod describe;

use aiq_server::api::{ClaimState, ClaimView, OpenedReview};
use aiq_verifier::claim::{ClaimId, Evidence};
use aiq_verifier::review::Ruling;
use serde::Serialize;

pub(super) use describe::{Item, describe_claim};

use super::{Context, Session, text};
use crate::args::{ClaimCommand, ClaimListArgs, ClaimNewArgs};
use crate::error::CliError;
use crate::member::{
    ClaimDraft, DomainNames, MemberError, check_claim, check_openings, content_hash, lacks_content, parse_evidence,
};
use crate::output::Table;
use crate::sync::check_identity;
use crate::time;

pub fn run(context: &Context, command: ClaimCommand) -> Result<(), CliError> {
    match command {
        ClaimCommand::New(args) => new(context, args),
        ClaimCommand::List(args) => list(context, &args),
        ClaimCommand::Show { id } => show(context, &id),
        ClaimCommand::Recuse { id } => recuse(context, &id),
    }
}

/// Evidence as it was written, with the hashes of local copies for the URLs that need them.
fn evidence(args: &ClaimNewArgs) -> Result<Vec<Evidence>, CliError> {
    let mut files = args.files.iter();
    let mut items = Vec::new();
    for written in &args.evidence {
        let file = if lacks_content(written) { files.next() } else { None };
        let hash = |path| {
            let read = |source| CliError::Read {
                what: "a copy of the evidence",
                path: std::path::PathBuf::clone(path),
                source,
            };
            content_hash(path).map_err(read)
        };
        let content = file.map(hash).transpose()?;
        items.push(parse_evidence(written, content.as_deref())?);
    }
    match files.next() {
        Some(path) => Err(CliError::UnusedFile(path.clone())),
        None => Ok(items),
    }
}

fn new(context: &Context, args: ClaimNewArgs) -> Result<(), CliError> {
    #[derive(Serialize)]
    struct Out<'a> {
        #[serde(flatten)]
        claim: &'a ClaimView,
        proving_ms: Option<u128>,
    }
    // What was mistyped is said before a passphrase is asked for.
    let evidence = evidence(&args)?;
    let summary = text::given("the summary", args.summary, args.summary_file.as_deref())?;
    let settings = context.settings()?;
    let mut member = context.member(&settings, None)?;
    let domain = text::domain(member.info(), &args.domain)?;
    let progress = context.progress();
    let ledger = member.sync(&settings.tiles(member.deployment_id()), progress.as_ref())?;
    let provers = settings.provers(&member);
    let ClaimNewArgs { kind, title, renews, .. } = args;
    let draft = ClaimDraft { domain, kind, title, summary, evidence, renews };
    let claimed = member.claim(&ledger, &provers, &draft, progress.as_ref())?;
    let out = Out { claim: &claimed.view, proving_ms: claimed.proving.map(|time| time.as_millis()) };
    context.output.result(&out, |to, paint| {
        writeln!(to, "{}", paint.green("Claimed"))?;
        describe_claim(to, paint, &claimed.view, &Item::all(&claimed.view.claim), member.domains())?;
        match claimed.proving {
            Some(time) => writeln!(to, "  proof     made in {} ms; nobody learns who claims", time.as_millis())?,
            None => writeln!(to, "  proof     sent before; the service knows it")?,
        }
        writeln!(to, "Co-authors run 'aiq claim recuse {}', so that they cannot review it.", claimed.view.id)
    })?;
    Ok(())
}

fn list(context: &Context, args: &ClaimListArgs) -> Result<(), CliError> {
    let ClaimListArgs { state, domain, mine } = args;
    let settings = context.settings()?;
    let (claims, domains) = if *mine {
        let mut member = context.member(&settings, None)?;
        // After a restore, the log tells which tags are this wallet's.
        member.sync(&settings.tiles(member.deployment_id()), context.progress().as_ref())?;
        let all = member.client().claims(*state, domain.as_ref())?;
        let own = all.into_iter().filter(|view| member.is_own(view)).collect::<Vec<_>>();
        (own, member.info().domains.clone())
    } else {
        let client = Context::client(&settings)?;
        (client.claims(*state, domain.as_ref())?, client.info()?.domains)
    };
    let names = DomainNames::new(&domains);
    context.output.result(&claims, |out, paint| {
        let mut table = Table::new(&["claim", "state", "until", "domain", "title"]);
        for view in &claims {
            let until = if view.state == ClaimState::Open { time::moment(view.closes_at) } else { String::new() };
            let domain = names.name(&view.claim.domain);
            table.row([view.id.to_string(), view.state.as_str().to_owned(), until, domain, view.claim.title.clone()]);
        }
        table.write(out, paint, "")
    })?;
    Ok(())
}

fn show(context: &Context, id: &ClaimId) -> Result<(), CliError> {
    #[derive(Serialize)]
    struct Out<'a> {
        #[serde(flatten)]
        claim: &'a ClaimView,
        reviews: Vec<OpenedReview>,
    }
    let settings = context.settings()?;
    let client = Context::client(&settings)?;
    let info = client.info()?;
    let deployment = check_identity(client.base(), &info, None)?;
    let view = client.claim(id)?;
    check_claim(&view, id, &deployment)?;
    let reviews = if let Some(ruling) = &view.ruling {
        let reviews = client.reviews(id)?;
        let counted = Ruling::count(&view.standard, reviews.iter().map(|review| review.opening.verdict));
        if counted != *ruling {
            return Err(MemberError::ForeignResult.into());
        }
        let cache = settings.tiles(&deployment);
        check_openings(&client, &cache, &deployment, &info.genesis.log_key, &view.scope, &reviews)?;
        reviews
    } else {
        Vec::new()
    };
    let out = Out { claim: &view, reviews };
    context.output.result(&out, |to, paint| {
        describe_claim(to, paint, &view, &Item::all(&view.claim), DomainNames::new(&info.domains))?;
        describe::write_reviews(to, paint, &out.reviews)
    })?;
    Ok(())
}

fn recuse(context: &Context, id: &ClaimId) -> Result<(), CliError> {
    #[derive(Serialize)]
    struct Out<'a> {
        claim: &'a ClaimId,
        accepted_at: u32,
    }
    let Session { mut member, ledger, provers, progress } = context.session()?;
    let receipt = member.recuse(&ledger, &provers, id, progress.as_ref())?;
    let out = Out { claim: id, accepted_at: receipt.accepted_at };
    context
        .output
        .result(&out, |to, paint| writeln!(to, "{}: this wallet cannot review claim {id}", paint.green("Recused")))?;
    Ok(())
}
