//! `aiq dispute open`.

use aiq_server::api::PollView;
use serde::Serialize;

use super::{Context, Session, text};
use crate::args::{DisputeCommand, DisputeOpenArgs};
use crate::error::CliError;
use crate::member::describe;
use crate::time;

pub fn run(context: &Context, command: DisputeCommand) -> Result<(), CliError> {
    let DisputeCommand::Open(args) = command;
    open(context, args)
}

fn open(context: &Context, args: DisputeOpenArgs) -> Result<(), CliError> {
    #[derive(Serialize)]
    struct Out<'a> {
        poll: &'a PollView,
        proving_ms: Option<u128>,
    }
    let DisputeOpenArgs { id, reasons, reasons_file } = args;
    let reasons = text::given("the reasons", reasons, reasons_file.as_deref())?;
    let Session { mut member, ledger, provers, progress } = context.session()?;
    let disputed = member.dispute(
        &ledger,
        &provers,
        &id,
        &reasons,
        &|crowd| context.warn_of_small_crowd(crowd),
        progress.as_ref(),
    )?;
    let out = Out { poll: &disputed.poll, proving_ms: disputed.proving.map(|time| time.as_millis()) };
    context.output.result(&out, |to, paint| {
        let definition = &disputed.poll.definition;
        writeln!(to, "{} the decision on claim {id}", paint.green("Disputed"))?;
        for held in &disputed.selected {
            writeln!(to, "  rests on  {}", describe(held, member.domains()))?;
        }
        writeln!(to, "  poll      {}, until {}", definition.id, time::moment(definition.closes_at))?;
        writeln!(to, "Those who may review the claim decide: 'aiq poll join {}', then 'aiq poll vote'.", definition.id)
    })?;
    Ok(())
}
