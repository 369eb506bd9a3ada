//! `aiq trustee init | card | dkg | release | status`.

use std::io::{self, BufRead, Write};
use std::time::Duration;

use aiq_circuits::identity::DeploymentId;
use aiq_sealing::trustee::Trustee;
use aiq_verifier::ceremony::{self, CeremonyId};
use aiq_verifier::poll::PollId;
use serde::Serialize;

use super::{Context, first_contact_note};
use crate::args::{DkgArgs, ReleaseArgs, TrusteeCommand, TrusteeInitArgs, TrusteeStatusArgs};
use crate::error::CliError;
use crate::output::Paint;
use crate::time;
use crate::trustee::{Keeper, LogBoard, Made, Step, TrusteeFiles};
use crate::wallet::{Stretch, WalletFileError};

/// What is typed to take part.
const WORD: &str = "yes";
/// Seconds between two looks at the log when it is this trustee's turn again.
const SOON: u32 = 1;

#[derive(Serialize)]
struct Shown<'a> {
    card: &'a ceremony::Trustee,
}

pub fn run(context: &Context, command: TrusteeCommand) -> Result<(), CliError> {
    match command {
        TrusteeCommand::Init(args) => init(context, &args),
        TrusteeCommand::Card(args) => card(context, &TrusteeFiles::open(&args.trustee)?),
        TrusteeCommand::Dkg(args) => dkg(context, &args),
        TrusteeCommand::Release(args) => release(context, &args),
        TrusteeCommand::Status(args) => status(context, &args),
    }
}

fn init(context: &Context, args: &TrusteeInitArgs) -> Result<(), CliError> {
    let path = &args.file.trustee;
    if path.exists() {
        // Before anybody types a passphrase for nothing.
        return Err(crate::trustee::TrusteeError::from(WalletFileError::Exists(path.clone())).into());
    }
    let passphrase = context.settings()?.passphrase.read_new()?;
    let files = TrusteeFiles::create(path, &args.name, &passphrase, Stretch::OneSecond)?;
    context.output.note(format!("Trustee written to {}. Keep a copy: there are no words for it.", path.display()));
    context.output.note("Give the card to whoever opens ceremonies, and to the other trustees.");
    card(context, &files)
}

fn card(context: &Context, files: &TrusteeFiles) -> Result<(), CliError> {
    let shown = Shown { card: &files.state().card };
    context.output.result(&shown, |out, _| writeln!(out, "{}", shown.card))?;
    Ok(())
}

fn connect(context: &Context, args: &TrusteeStatusArgs, files: TrusteeFiles) -> Result<Keeper, CliError> {
    let is_first_contact = files.state().genesis.is_none();
    let client = Context::client(&context.settings()?)?;
    let keeper = Keeper::connect(files, client, args.deployment.as_ref())?;
    if is_first_contact && args.deployment.is_none() {
        context.output.note(first_contact_note(keeper.deployment_id()));
    }
    Ok(keeper)
}

/// The trustee's secret, and the service.
fn unlock(context: &Context, args: &TrusteeStatusArgs) -> Result<(Trustee, Keeper), CliError> {
    let files = TrusteeFiles::open(&args.file.trustee)?;
    let trustee = files.trustee(&context.settings()?.passphrase.read()?)?;
    Ok((trustee, connect(context, args, files)?))
}

fn dkg(context: &Context, args: &DkgArgs) -> Result<(), CliError> {
    let (trustee, mut keeper) = unlock(context, &args.trustee)?;
    let mut board = keeper.read()?;
    if !args.yes {
        confirm(context, board.ceremony(&args.ceremony).map_err(crate::trustee::TrusteeError::from)?)?;
    }
    let mut last = None;
    loop {
        let step = keeper.step(&trustee, &board, &args.ceremony, time::now())?;
        if last.as_ref() != Some(&step) {
            context.output.note(in_words(&step));
        }
        let pause = match (&step, args.wait) {
            // Its own package comes into the log within a second, and then perhaps it is its turn again.
            (Step::Sent { .. }, _) => SOON,
            (Step::Waits { .. }, Some(seconds)) => seconds,
            _ => {
                let is_over = !matches!(step, Step::Waits { .. });
                context.output.result(&step, |out, paint| write_step(out, paint, &step, is_over))?;
                return Ok(());
            }
        };
        last = Some(step);
        std::thread::sleep(Duration::from_secs(u64::from(pause)));
        board = keeper.read()?;
    }
}

fn confirm(context: &Context, made: &Made) -> Result<(), CliError> {
    let ceremony = &made.ceremony;
    context.output.note(format!(
        "Any {} of these {} can open the poll whose key is made, and read its ballots:",
        ceremony.threshold,
        ceremony.trustees.len()
    ));
    for trustee in &ceremony.trustees {
        context.output.note(format!("  {trustee}"));
    }
    context.output.note(format!("Compare the cards with what the trustees say. Type '{WORD}' to take part:"));
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    if line.trim() == WORD { Ok(()) } else { Err(CliError::NotConfirmed) }
}

fn in_words(step: &Step) -> String {
    match step {
        Step::Sent { package } => format!("Sent my {package}."),
        Step::Waits { package, missing } => format!("Waits for the {package} of {}.", missing.join(", ")),
        Step::Complete { key } => format!("Complete: all trustees have confirmed the key {key}."),
        Step::Failed { at_fault, fault } => {
            format!("Failed: {at_fault} {fault}. There is no key, and nothing is lost.")
        }
        Step::Expired { missing } => format!("Expired without {}.", missing.join(", ")),
    }
}

fn write_step(out: &mut dyn Write, paint: Paint, step: &Step, is_over: bool) -> io::Result<()> {
    let words = in_words(step);
    writeln!(out, "{}", if is_over { paint.bold(words) } else { words })
}

fn release(context: &Context, args: &ReleaseArgs) -> Result<(), CliError> {
    let (trustee, mut keeper) = unlock(context, &args.trustee)?;
    let board = keeper.read()?;
    let share = keeper.release(&trustee, &board, &args.poll)?;
    context.output.result(&share, |out, paint| {
        writeln!(out, "{} share {} of poll {}", paint.green("Published"), share.index, args.poll)
    })?;
    Ok(())
}

#[derive(Serialize)]
struct Status<'a> {
    card: &'a ceremony::Trustee,
    deployment_id: &'a DeploymentId,
    ceremonies: Vec<ShownCeremony>,
    polls: Vec<ShownPoll>,
}

#[derive(Serialize)]
struct ShownCeremony {
    id: CeremonyId,
    waits_for: Vec<String>,
    is_over: bool,
}

#[derive(Serialize)]
struct ShownPoll {
    id: PollId,
    is_due: bool,
    why_not: Option<String>,
}

fn status(context: &Context, args: &TrusteeStatusArgs) -> Result<(), CliError> {
    let files = TrusteeFiles::open(&args.file.trustee)?;
    let card = files.state().card.clone();
    let mut keeper = connect(context, args, files)?;
    let board = keeper.read()?;
    let mine = |made: &Made| made.ceremony.index_of(card.key()).is_some();
    let ceremonies = board.ceremonies().filter(|(_, made)| mine(made)).map(|(id, made)| ShownCeremony {
        id: *id,
        waits_for: made.missing(),
        is_over: made.complaint.is_some() || made.missing().is_empty() || time::now() >= made.ceremony.deadline,
    });
    let polls = board.polls().filter(|(_, sealed)| board.ceremony(&sealed.ceremony).is_ok_and(mine));
    let status = Status {
        card: &card,
        deployment_id: keeper.deployment_id(),
        ceremonies: ceremonies.collect(),
        polls: polls.map(|(id, _)| shown_poll(&board, id)).collect(),
    };
    context.output.result(&status, |out, paint| {
        writeln!(out, "{} {}", paint.bold("Trustee"), status.card)?;
        for ceremony in &status.ceremonies {
            let state = match (ceremony.is_over, ceremony.waits_for.as_slice()) {
                (true, []) => paint.green("complete"),
                (true, _) => paint.red("over, without a key"),
                (false, missing) => format!("waits for {}", missing.join(", ")),
            };
            writeln!(out, "  ceremony {}  {state}", ceremony.id)?;
        }
        for poll in &status.polls {
            let state = match &poll.why_not {
                None => paint.bold(format!("share is due: 'aiq trustee release {}'", poll.id)),
                Some(why) => paint.dim(why),
            };
            writeln!(out, "  poll {}  {state}", poll.id)?;
        }
        Ok(())
    })?;
    Ok(())
}

fn shown_poll(board: &LogBoard, id: &PollId) -> ShownPoll {
    let why_not = board.due(id).err().map(|error| error.to_string());
    ShownPoll { id: *id, is_due: why_not.is_none(), why_not }
}
