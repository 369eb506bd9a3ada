//! `aiq leave`.

use std::io::{self, BufRead};

use aiq_circuits::identity::{Commitment, DeploymentId};
use aiq_verifier::receipt::Receipt;
use serde::Serialize;

use super::Context;
use crate::args::LeaveArgs;
use crate::error::CliError;
use crate::output::Output;
use crate::time;

/// What has to be typed.
const WORD: &str = "leave";

pub fn run(context: &Context, args: &LeaveArgs) -> Result<(), CliError> {
    #[derive(Serialize)]
    struct Left {
        deployment_id: DeploymentId,
        name: String,
        commitment: Commitment,
        receipt: Receipt,
    }
    let settings = context.settings()?;
    let mut member = context.member(&settings, None)?;
    if !args.yes {
        confirm(context.output, &member.info().name, &mut io::stdin().lock())?;
    }
    let receipt = member.leave()?;
    let left = Left {
        deployment_id: *member.deployment_id(),
        name: member.info().name.clone(),
        commitment: member.identity().commitment(),
        receipt,
    };
    let interval = member.info().limits.epoch_interval;
    context.output.result(&left, |out, paint| {
        writeln!(out, "{} '{}'.", paint.green("Left"), left.name)?;
        writeln!(out, "  commitment  {}", left.commitment)?;
        let accepted = time::moment(left.receipt.accepted_at);
        writeln!(out, "  receipt     {accepted}, signed by the service and kept in the wallet")?;
        match interval {
            0 => writeln!(out, "The membership ends with the next epoch; the administrator seals it."),
            seconds => writeln!(out, "The membership ends with the next epoch, within {}.", time::duration(seconds)),
        }
    })?;
    Ok(())
}

/// Says what is lost, and waits for the word.
fn confirm(output: Output, name: &str, answer: &mut impl BufRead) -> Result<(), CliError> {
    output.warn(format!("leaving '{name}' cannot be undone, and everybody can see which membership ended"));
    output.note(
        "With the next epoch this wallet is no member. Its credentials can no longer be shown, and nothing moves",
    );
    output.note("them to another wallet. What it joined before stays: polls that are announced already still take it.");
    output.note("You can come back with a new wallet and a new invitation, and begin without credentials.");
    output.note(format!("Type '{WORD}' to leave:"));
    let mut line = String::new();
    answer.read_line(&mut line)?;
    if line.trim() == WORD { Ok(()) } else { Err(CliError::NotConfirmed) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_word_is_a_confirmation() {
        let output = Output::new(false, true);
        let confirm = |mut answer: &[u8]| confirm(output, "here", &mut answer);
        assert!(confirm(b"leave\n").is_ok());
        for answer in ["", "\n", "y\n", "yes\n", "Leave\n", "do not leave\n", "stay\nleave\n"] {
            assert!(matches!(confirm(answer.as_bytes()), Err(CliError::NotConfirmed)), "{answer:?}");
        }
    }
}
