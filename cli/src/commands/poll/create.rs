//! `aiq poll create`.

use super::super::{Context, token};
use super::describe::describe_poll;
use super::draft::{new_poll, rule};
use super::enact::enactment;
use crate::args::PollCreateArgs;
use crate::error::CliError;

pub fn run(context: &Context, args: PollCreateArgs) -> Result<(), CliError> {
    let PollCreateArgs { mut draft, token } = args;
    let rule = rule(&draft)?;
    let client = token::client(&context.settings()?, &token)?;
    let enactment = enactment(&client, &mut draft)?;
    // The service compares with its own clock.
    let poll = client.announce(&new_poll(draft, rule, enactment, client.info()?.now)?)?;
    context.output.result(&poll, |out, paint| {
        writeln!(out, "{}", paint.green("Announced"))?;
        describe_poll(out, paint, &poll)
    })?;
    Ok(())
}
