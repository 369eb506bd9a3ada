//! `aiq poll list | show | create | join | vote | tally`.

use std::io::{self, Write};

use aiq_server::api::{NewEligibility, NewPoll, PollView};
use aiq_verifier::eligibility::Eligibility;
use aiq_verifier::poll::{Choice, Phase, PollDefinition, PollId, SignedTally, Tally};
use aiq_verifier::presentation::Verifier;
use serde::Serialize;

use super::{Context, token};
use crate::args::{PollCommand, PollCreateArgs, PollVoteArgs};
use crate::error::CliError;
use crate::member::{Crowd, PublishedPoll, check_poll, describe, parse_choice};
use crate::output::{Paint, Table, plural};
use crate::progress::Silent;
use crate::sync::{check_identity, fetch_keys};
use crate::time;

pub fn run(context: &Context, command: PollCommand) -> Result<(), CliError> {
    match command {
        PollCommand::List => list(context),
        PollCommand::Show { id } => show(context, &id),
        PollCommand::Create(args) => create(context, args),
        PollCommand::Join { id } => join(context, &id),
        PollCommand::Vote(args) => vote(context, &args),
        PollCommand::Tally { id } => tally(context, &id),
    }
}

fn list(context: &Context) -> Result<(), CliError> {
    let polls = Context::client(&context.settings()?)?.polls()?;
    context.output.result(&polls, |out, paint| {
        let mut table = Table::new(&["poll", "phase", "joined", "voted", "question"]);
        for poll in &polls {
            let PollView { definition, phase, joined, voted, .. } = poll;
            let question = definition.question.clone();
            table.row([definition.id.to_string(), phase.to_string(), joined.to_string(), voted.to_string(), question]);
        }
        table.write(out, paint, "")
    })?;
    Ok(())
}

fn show(context: &Context, id: &PollId) -> Result<(), CliError> {
    let client = Context::client(&context.settings()?)?;
    let deployment = check_identity(client.base(), &client.info()?, None)?;
    let poll = client.poll(id)?;
    check_poll(&poll, id, &deployment)?;
    context.output.result(&poll, |out, paint| describe_poll(out, paint, &poll))?;
    Ok(())
}

fn describe_poll(out: &mut dyn Write, paint: Paint, poll: &PollView) -> io::Result<()> {
    let PollDefinition { id, question, options, eligibility, roots, opens_at, closes_at, .. } = &poll.definition;
    writeln!(out, "{}", paint.bold(question))?;
    for (number, option) in (1..).zip(options) {
        writeln!(out, "  {number}. {option}")?;
    }
    writeln!(out, "\n  poll    {id}")?;
    writeln!(out, "  phase   {}: opens {}, closes {}", poll.phase, time::moment(*opens_at), time::moment(*closes_at))?;
    writeln!(out, "  so far  {} joined, {} voted", poll.joined, poll.voted)?;
    match eligibility {
        Eligibility::Membership => writeln!(out, "  for     every member of epoch {}", roots.epoch),
        Eligibility::Standing { menu, requirement, .. } => writeln!(
            out,
            "  for     members of epoch {} who meet '{menu}': {}, weight {}, valid on {}",
            roots.epoch,
            plural(requirement.min_count.into(), "credential"),
            requirement.min_weight,
            time::date(requirement.as_of)
        ),
    }
}

fn create(context: &Context, args: PollCreateArgs) -> Result<(), CliError> {
    let settings = context.settings()?;
    let client = token::client(&settings, &args.token)?;
    // The service compares with its own clock.
    let now = client.info()?.now;
    let poll = client.announce(&NewPoll {
        question: args.question,
        options: args.options,
        eligibility: match args.menu {
            Some(menu) => NewEligibility::Standing { menu },
            None => NewEligibility::Membership {},
        },
        opens_at: args.opens.map(|opens| time::parse_moment(&opens, now)).transpose()?,
        closes_at: time::parse_moment(&args.closes, now)?,
    })?;
    context.output.result(&poll, |out, paint| {
        writeln!(out, "{}", paint.green("Announced"))?;
        describe_poll(out, paint, &poll)
    })?;
    Ok(())
}

fn join(context: &Context, id: &PollId) -> Result<(), CliError> {
    #[derive(Serialize)]
    struct Out<'a> {
        poll: &'a PollId,
        crowd: Crowd,
        proving_ms: Option<u128>,
        accepted_at: u32,
    }
    let settings = context.settings()?;
    let mut member = context.member(&settings, None)?;
    let progress = context.progress();
    let ledger = member.sync(&settings.tiles(member.deployment_id()), progress.as_ref())?;
    let provers = settings.provers(&member);
    let plan = member.plan_join(&ledger, id)?;
    context.warn_of_small_crowd(plan.crowd());
    let joined = member.join_as_planned(plan, &provers, progress.as_ref())?;
    let proving_ms = joined.proving.map(|time| time.as_millis());
    let data = Out { poll: id, crowd: joined.crowd, proving_ms, accepted_at: joined.receipt.accepted_at };
    context.output.result(&data, |out, paint| {
        writeln!(out, "{} '{}'", paint.green("Joined"), joined.poll.definition.question)?;
        for held in &joined.selected {
            writeln!(out, "  rests on  {}", describe(held, member.domains()))?;
        }
        match joined.proving {
            Some(time) => {
                writeln!(out, "  proof     made in {} ms and accepted; the credentials stay hidden", time.as_millis())?;
            }
            None => writeln!(out, "  proof     sent before; the service knows it")?,
        }
        match joined.poll.phase {
            Phase::Announced => writeln!(out, "Voting opens {}.", time::moment(joined.poll.definition.opens_at)),
            _ => writeln!(out, "Vote with 'aiq poll vote {id} CHOICE'."),
        }
    })?;
    Ok(())
}

fn vote(context: &Context, args: &PollVoteArgs) -> Result<(), CliError> {
    #[derive(Serialize)]
    struct Out<'a> {
        poll: &'a PollId,
        choice: Choice,
        seq: u32,
        accepted_at: u32,
    }
    let settings = context.settings()?;
    let mut member = context.member(&settings, None)?;
    // A vote is not given to a service whose log is known to be broken.
    member.follow_log(&settings.tiles(member.deployment_id()), context.progress().as_ref())?;
    let definition = member.client().poll(&args.id)?.definition;
    let choice = parse_choice(&args.choice, &definition)?;
    let voted = member.vote(&args.id, choice)?;
    let data = Out { poll: &args.id, choice, seq: voted.seq, accepted_at: voted.receipt.accepted_at };
    context.output.result(&data, |out, paint| {
        writeln!(out, "{} for {}", paint.green("Voted"), paint.bold(choice_name(choice, &definition)))?;
        if voted.seq > 0 {
            writeln!(out, "  This is change number {}; only the last one counts.", voted.seq)?;
        }
        writeln!(out, "  receipt  {}, signed by the service and kept in the wallet", time::moment(data.accepted_at))?;
        writeln!(out, "You can change it until {}.", time::moment(definition.closes_at))
    })?;
    Ok(())
}

/// A choice in words.
fn choice_name(choice: Choice, definition: &PollDefinition) -> &str {
    match choice {
        Choice::Option(place) => definition.options.get(usize::from(place)).map_or("?", String::as_str),
        Choice::Abstain => "abstain",
    }
}

fn tally(context: &Context, id: &PollId) -> Result<(), CliError> {
    #[derive(Serialize)]
    struct Out {
        signed: SignedTally,
        recounted: bool,
    }
    let settings = context.settings()?;
    let client = Context::client(&settings)?;
    let info = client.info()?;
    let deployment = check_identity(client.base(), &info, None)?;
    let published = PublishedPoll::fetch(&client, id)?;
    let keys = fetch_keys(&client, &info.genesis.manifest_digest, &settings.keys_dir, &[], &Silent)?;
    let verifier = Verifier::new(keys.verifying_keys()?).map_err(CliError::KeysDoNotFit)?;
    let tally = published.check(&deployment, &info.genesis.log_key, &verifier)?;
    let PublishedPoll { poll, signed, joins, ballots } = published;
    let data = Out { signed, recounted: true };
    context.output.result(&data, |out, paint| {
        writeln!(out, "{}", paint.bold(&poll.definition.question))?;
        write_tally(out, paint, &poll.definition, &tally)?;
        writeln!(
            out,
            "{} signed by the service; recounted here from {} proofs and {} ballots.",
            paint.green("✓"),
            joins.len(),
            ballots.len()
        )
    })?;
    Ok(())
}

/// The options with their counts and bars.
pub fn write_tally(out: &mut dyn Write, paint: Paint, poll: &PollDefinition, tally: &Tally) -> io::Result<()> {
    const WIDTH: u64 = 30;
    let most = tally.options.iter().copied().max().unwrap_or(0).max(1);
    let name_width = poll.options.iter().map(|option| option.chars().count()).max().unwrap_or(0).max("abstain".len());
    let abstain = "abstain".to_owned();
    let counts = poll.options.iter().zip(&tally.options).chain([(&abstain, &tally.abstain)]);
    for (name, count) in counts {
        let bar = "█".repeat(usize::try_from(count * WIDTH / most).unwrap_or(0));
        let bar = if bar.is_empty() { bar } else { format!("  {}", paint.green(bar)) };
        writeln!(out, "  {name:<name_width$}  {count:>4}{bar}")?;
    }
    writeln!(
        out,
        "  {}",
        paint.dim(format!("{} joined, {} voted, {} spoiled", tally.joined, tally.voted, tally.spoiled))
    )
}
