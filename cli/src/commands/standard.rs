//! `aiq standard list | show | set`.

use std::fs;
use std::io::{self, Write};

use aiq_circuits::credential::DomainPrefix;
use aiq_server::api::StandardView;
use aiq_verifier::standard::Standard;

use super::{Context, text, token};
use crate::args::{StandardCommand, StandardSetArgs};
use crate::client::Client;
use crate::error::CliError;
use crate::member::{DomainNames, MemberError, Refusal};
use crate::output::{Paint, Table, plural};
use crate::time;

pub fn run(context: &Context, command: StandardCommand) -> Result<(), CliError> {
    match command {
        StandardCommand::List => list(context),
        StandardCommand::Show { domain } => show(context, &domain),
        StandardCommand::Set(args) => set(context, &args),
    }
}

fn list(context: &Context) -> Result<(), CliError> {
    let client = Context::client(&context.settings()?)?;
    let standards = client.standards()?;
    let domains = client.info()?.domains;
    context.output.result(&standards, |out, paint| {
        let mut table = Table::new(&["domains", "version", "reviewers", "quorum", "acceptance", "kinds", "name"]);
        for StandardView { standard, .. } in &standards {
            table.row([
                standard.domain.to_string(),
                standard.version.to_string(),
                standard.reviewers.clone(),
                standard.quorum.to_string(),
                standard.acceptance.to_string(),
                standard.kinds.len().to_string(),
                DomainNames::new(&domains).prefix_name(&standard.domain),
            ]);
        }
        table.write(out, paint, "")
    })?;
    Ok(())
}

fn show(context: &Context, domain: &str) -> Result<(), CliError> {
    let client = Context::client(&context.settings()?)?;
    let info = client.info()?;
    let domain = text::domain(&info, domain)?;
    let mut standards = client.standards()?;
    let all: Vec<Standard> = standards.iter().map(|view| view.standard.clone()).collect();
    let governing = Standard::governing(&all, &domain).map(Standard::id);
    standards.retain(|view| Some(view.standard.id()) == governing);
    let names = DomainNames::new(&info.domains);
    let missing = || MemberError::from(Refusal::NoStandard(names.name(&domain)));
    let view = standards.pop().ok_or_else(missing)?;
    context.output.result(&view, |out, paint| describe(out, paint, &view.standard, names))?;
    Ok(())
}

fn describe(out: &mut dyn Write, paint: Paint, standard: &Standard, names: DomainNames<'_>) -> io::Result<()> {
    let Standard { domain, version, reviewers, quorum, acceptance, window, validity, claims_per_epoch, .. } = standard;
    writeln!(out, "{}", paint.bold(format!("{} ({domain}), version {version}", names.prefix_name(domain))))?;
    writeln!(out, "  standard    {}", standard.id())?;
    writeln!(out, "  reviewers   members who meet '{reviewers}', within {}", time::duration(*window))?;
    writeln!(out, "  accepted    by {acceptance} or more of at least {}", plural(u64::from(*quorum), "review"))?;
    writeln!(out, "  credential  valid for {}", time::duration(*validity))?;
    writeln!(out, "  limit       {} of a member in an epoch", plural(u64::from(*claims_per_epoch), "claim"))?;
    match standard.reward {
        Some(reward) => {
            let validity = time::duration(reward.validity);
            writeln!(
                out,
                "  reward      a note of weight {} for a review, valid for {validity} or longer",
                reward.weight
            )?;
        }
        None => writeln!(out, "  reward      none")?,
    }
    for rule in &standard.kinds {
        writeln!(out, "  kind {:<6} {}, weight {}", rule.kind.code(), rule.name, rule.weight)?;
    }
    Ok(())
}

/// The version that the next standard of a domain has.
pub(super) fn next_version(client: &Client, domain: DomainPrefix) -> Result<u32, CliError> {
    let known = client.standards()?.into_iter().map(|view| view.standard);
    let last = known.filter(|known| known.domain == domain).map(|known| known.version).max();
    Ok(last.unwrap_or(0).saturating_add(1))
}

fn set(context: &Context, args: &StandardSetArgs) -> Result<(), CliError> {
    let path = &args.file;
    let read = |source| CliError::Read { what: "the standard", path: path.clone(), source };
    let malformed = |reason: String| CliError::StandardFile { path: path.clone(), reason };
    let toml = fs::read_to_string(path).map_err(read)?;
    let mut table: toml::Table = toml::from_str(&toml).map_err(|error| malformed(error.to_string()))?;
    let settings = context.settings()?;
    let client = token::client(&settings, &args.token)?;
    let is_numbered = table.contains_key("version");
    if !is_numbered {
        table.insert("version".to_owned(), toml::Value::Integer(1));
    }
    let mut standard: Standard = table.try_into().map_err(|error: toml::de::Error| malformed(error.to_string()))?;
    if !is_numbered {
        standard.version = next_version(&client, standard.domain)?;
    }
    standard.validate().map_err(|error| malformed(error.to_string()))?;
    let view = client.set_standard(&standard)?;
    let domains = client.info()?.domains;
    context.output.result(&view, |out, paint| {
        writeln!(out, "{} for claims from now on; those that are open keep theirs", paint.green("Laid down"))?;
        describe(out, paint, &view.standard, DomainNames::new(&domains))
    })?;
    Ok(())
}
