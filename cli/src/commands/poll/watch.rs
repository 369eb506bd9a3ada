//! `aiq poll watch`: the turnout as it changes, until the poll is closed.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use aiq_server::api::Turnout;
use aiq_verifier::poll::{Phase, PollId};

use super::Context;
use super::describe::waits_for;
use crate::client::Client;
use crate::error::CliError;
use crate::member::describe_openers;
use crate::output::Paint;
use crate::sync::check_identity;
use crate::time;

/// How often in a row a connection may fail before the command gives up, and the first pause; it doubles each time.
const ATTEMPTS: u32 = 6;
const PAUSE: Duration = Duration::from_millis(500);
/// Characters of the bar.
const WIDTH: u64 = 30;

pub fn run(context: &Context, id: &PollId) -> Result<(), CliError> {
    let client = Context::client(&context.settings()?)?;
    check_identity(client.base(), &client.info()?, None)?;
    let poll = client.poll(id)?;
    let definition = &poll.definition;
    let output = &context.output;
    if !output.json {
        let paint = output.paint();
        writeln!(io::stdout(), "{}", paint.bold(&definition.question))?;
        writeln!(io::stdout(), "{}", paint.dim(format!("closes {}", time::moment(definition.closes_at))))?;
        writeln!(io::stdout(), "{}", paint.dim(describe_openers(&poll)))?;
    }
    let (mut last, mut failures) = (None, 0);
    loop {
        match client.watch_turnout(id, last.as_deref()) {
            Ok(None) => break,
            Ok(Some(events)) => {
                for (event, turnout) in events {
                    failures = 0;
                    last = Some(event);
                    show(output.json, output.paint(), &turnout)?;
                    if turnout.phase == Phase::Closed {
                        return closed(context, &client, id);
                    }
                }
            }
            Err(error) if !error.is_passing() => return Err(error.into()),
            Err(error) if failures + 1 == ATTEMPTS => return Err(error.into()),
            Err(_) => {}
        }
        // The connection ended before the poll: the next one goes on from the last event.
        std::thread::sleep(PAUSE * 2_u32.pow(failures));
        failures = (failures + 1).min(ATTEMPTS - 1);
    }
    closed(context, &client, id)
}

/// One line that is drawn over itself on a terminal, a line each elsewhere; with `--json` one object a line.
fn show(json: bool, paint: Paint, turnout: &Turnout) -> io::Result<()> {
    let mut out = io::stdout().lock();
    if json {
        serde_json::to_writer(&mut out, turnout)?;
        writeln!(out)?;
    } else if out.is_terminal() {
        write!(out, "\r\x1b[2K{}", line(paint, turnout))?;
    } else {
        writeln!(out, "{}", line(paint, turnout))?;
    }
    out.flush()
}

fn line(paint: Paint, turnout: &Turnout) -> String {
    let Turnout { phase, joined, voted, quorum, quorum_reached } = turnout;
    let filled = (voted * WIDTH).checked_div(*joined).unwrap_or(0).min(WIDTH);
    let bar = "━".repeat(usize::try_from(filled).unwrap_or(0));
    let rest = "─".repeat(usize::try_from(WIDTH - filled).unwrap_or(0));
    let quorum = match (quorum, quorum_reached) {
        (0, _) => String::new(),
        (quorum, true) => format!(", {}", paint.green(format!("quorum of {quorum} reached"))),
        (quorum, false) => format!(", quorum of {quorum} not reached"),
    };
    format!("{phase}  {bar}{}  {voted} of {joined} who joined have voted{quorum}", paint.dim(rest))
}

fn closed(context: &Context, client: &Client, id: &PollId) -> Result<(), CliError> {
    if context.output.json {
        return Ok(());
    }
    let mut out = io::stdout();
    match client.poll(id)?.sealing.filter(|view| view.waits) {
        Some(view) => writeln!(out, "\nThe poll is closed and waits {}.", waits_for(&view))?,
        None => writeln!(out, "\nThe poll is closed: 'aiq poll tally {id}' recounts it.")?,
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_how_many_and_whether_it_is_enough() {
        let turnout = Turnout { phase: Phase::Open, joined: 30, voted: 10, quorum: 10, quorum_reached: true };
        let text = line(Paint::default(), &turnout);
        assert!(text.contains("10 of 30 who joined have voted, quorum of 10 reached"), "{text}");
        assert_eq!(text.matches('━').count(), 10);
        let nobody = Turnout { phase: Phase::Announced, joined: 0, voted: 0, quorum: 0, quorum_reached: true };
        assert!(line(Paint::default(), &nobody).ends_with("0 of 0 who joined have voted"));
    }
}
