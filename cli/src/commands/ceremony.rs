//! `aiq admin ceremony open | show | list`.

use std::io::{self, Write};

use aiq_server::api::{CeremonyView, NewCeremony};
use aiq_verifier::ceremony::CeremonyState;

use super::{Context, token};
use crate::args::{CeremonyCommand, CeremonyOpenArgs};
use crate::error::CliError;
use crate::output::Paint;
use crate::time;

pub fn run(context: &Context, command: CeremonyCommand) -> Result<(), CliError> {
    let settings = context.settings()?;
    match command {
        CeremonyCommand::Open(args) => {
            let view = token::client(&settings, &args.token)?.open_ceremony(&new(&args)?)?;
            context.output.note(format!("Each trustee now runs 'aiq trustee dkg {} --wait'.", view.id));
            context.output.result(&view, |out, paint| write_ceremony(out, paint, &view))?;
        }
        CeremonyCommand::Show { ceremony } => {
            let view = Context::client(&settings)?.ceremony(&ceremony)?;
            context.output.result(&view, |out, paint| write_ceremony(out, paint, &view))?;
        }
        CeremonyCommand::List => {
            let views = Context::client(&settings)?.ceremonies()?;
            context
                .output
                .result(&views, |out, paint| views.iter().try_for_each(|view| write_ceremony(out, paint, view)))?;
        }
    }
    Ok(())
}

fn new(args: &CeremonyOpenArgs) -> Result<NewCeremony, CliError> {
    Ok(NewCeremony {
        trustees: args.trustees.clone(),
        threshold: args.threshold,
        deadline: time::parse_moment(&args.deadline, time::now())?,
        release: args.release,
    })
}

fn write_ceremony(out: &mut dyn Write, paint: Paint, view: &CeremonyView) -> io::Result<()> {
    let ceremony = &view.ceremony;
    writeln!(out, "{} {}", paint.bold("Ceremony"), view.id)?;
    writeln!(out, "  {} of {} open a poll", ceremony.threshold, ceremony.trustees.len())?;
    let name = |index: &u8| ceremony.trustee(*index).map_or("?", |trustee| trustee.name()).to_owned();
    let names = |indices: &[u8]| indices.iter().map(name).collect::<Vec<_>>().join(", ");
    for (index, trustee) in (1_u8..).zip(&ceremony.trustees) {
        writeln!(out, "  {index:>2}  {trustee}")?;
    }
    let state = match &view.state {
        CeremonyState::Round1 { missing } => format!("waits for the commitments of {}", names(missing)),
        CeremonyState::Round2 { missing } => format!("waits for the shares of {}", names(missing)),
        CeremonyState::Confirmation { missing } => format!("waits for the confirmation of {}", names(missing)),
        CeremonyState::Complete { .. } => match view.poll {
            Some(poll) => format!("{}, used by poll {poll}", paint.green("complete")),
            None => format!("{}, for 'aiq poll create --ceremony {}'", paint.green("complete"), view.id),
        },
        CeremonyState::Failed { complainer, at_fault, fault } => {
            format!("{}: {} complained, {} {fault}", paint.red("failed"), name(complainer), name(at_fault))
        }
        CeremonyState::Expired { missing } => format!("{}, without {}", paint.red("expired"), names(missing)),
    };
    writeln!(out, "  {state}")?;
    writeln!(out, "  {}", paint.dim(format!("until {}", time::moment(ceremony.deadline))))
}
