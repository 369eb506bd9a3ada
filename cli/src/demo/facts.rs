//! What is shown, checked as it is shown.

use std::fmt::Display;

use serde::Serialize;

use crate::client::ClientError;
use crate::member::MemberError;
use crate::output::Output;

/// Characters of a line, about.
const LINE: usize = 100;

/// Breaks a text into lines between words.
fn wrap(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let full = lines.last().is_none_or(|line| line.chars().count() + word.chars().count() > LINE);
        if full {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}

/// Something that the demonstration states and has checked.
#[derive(Debug, Clone, Serialize)]
pub struct Fact {
    act: String,
    what: String,
    ok: bool,
    found: String,
}

/// Tells what happens and keeps account of it.
#[derive(Debug)]
pub struct Narrator {
    output: Output,
    act: String,
    acts: usize,
    facts: Vec<Fact>,
}

impl Narrator {
    pub fn new(output: Output) -> Self {
        Self { output, act: String::new(), acts: 0, facts: Vec::new() }
    }

    /// The headline.
    pub fn title(&self, text: impl Display) {
        self.line(self.output.paint().bold(text));
    }

    /// A new act.
    pub fn act(&mut self, name: &str) {
        self.acts += 1;
        name.clone_into(&mut self.act);
        let paint = self.output.paint();
        self.line(format_args!("\n{}  {}", paint.dim(self.acts), paint.cyan(name)));
    }

    /// What the audience should know.
    pub fn say(&self, text: impl Display) {
        self.line(format_args!("     {}", self.output.paint().dim(text)));
    }

    /// A fact, and whether it is as it should be.
    pub fn fact(&mut self, what: &str, ok: bool, found: impl Display) {
        let (paint, found) = (self.output.paint(), found.to_string());
        let mark = if ok { paint.green("✓") } else { paint.red("✗") };
        let short = what.chars().count() + found.chars().count() <= LINE;
        match (found.is_empty(), short) {
            (true, _) => self.line(format_args!("   {mark} {what}")),
            (_, true) => self.line(format_args!("   {mark} {what}: {}", paint.bold(&found))),
            (_, false) => {
                self.line(format_args!("   {mark} {what}:"));
                for line in wrap(&found) {
                    self.line(format_args!("       {}", paint.bold(line)));
                }
            }
        }
        self.facts.push(Fact { act: self.act.clone(), what: what.to_owned(), ok, found });
    }

    /// A count that has to be an expected one.
    pub fn count(&mut self, what: &str, found: usize, expected: usize) {
        let text = if found == expected { found.to_string() } else { format!("{found}, expected {expected}") };
        self.fact(what, found == expected, text);
    }

    /// An attempt that the service has to refuse, with this code.
    pub fn refused<T>(&mut self, what: &str, code: &str, outcome: Result<T, ClientError>) {
        match outcome {
            Ok(_) => self.fact(what, false, "accepted"),
            Err(ClientError::Refused(problem)) => {
                let text = format!("refused, {} ({})", problem.code, problem.title);
                self.fact(what, problem.code == code, text);
            }
            Err(error) => self.fact(what, false, error),
        }
    }

    /// An attempt that the member's own wallet has to refuse, for a reason it can name.
    pub fn shortfall<T>(&mut self, what: &str, outcome: &Result<T, MemberError>) {
        match outcome {
            Ok(_) => self.fact(what, false, "accepted"),
            Err(error @ MemberError::Shortfall(_)) => self.fact(what, true, error),
            Err(error) => self.fact(what, false, error),
        }
    }

    pub fn failed(&self) -> usize {
        self.facts.iter().filter(|fact| !fact.ok).count()
    }

    pub fn into_facts(self) -> Vec<Fact> {
        self.facts
    }

    /// Lines for people, whole ones, so that bars on stderr do not tear them.
    pub fn lines(&self, write: impl FnOnce(&mut dyn std::io::Write, crate::output::Paint) -> std::io::Result<()>) {
        if !self.output.json {
            // A reader that goes away must not stop the demonstration before it has cleaned up.
            let _ = write(&mut std::io::stdout().lock(), self.output.paint());
        }
    }

    fn line(&self, text: impl Display) {
        self.lines(|out, _| writeln!(out, "{text}"));
    }

    pub fn quiet(&self) -> bool {
        self.output.quiet
    }
}
