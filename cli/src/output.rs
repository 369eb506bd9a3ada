//! What a command says: data on stdout (lines for people, or one JSON object), everything else on stderr.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

use serde::Serialize;

/// Where results go and in which form.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    /// One JSON value on stdout instead of lines for people.
    pub json: bool,
    /// No notes on stderr.
    pub quiet: bool,
    /// Colours on stdout.
    paint: Paint,
}

impl Output {
    /// Output for this process: colours only on a terminal, and never when `NO_COLOR` is set.
    #[must_use]
    pub fn new(json: bool, quiet: bool) -> Self {
        let colours = !json && io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        Self { json, quiet, paint: Paint { enabled: colours } }
    }

    /// Prints a result: `value` as JSON, or what `lines` writes for people.
    ///
    /// # Errors
    /// When stdout cannot be written, as on a full disk or a closed pipe.
    pub fn result<T: Serialize>(
        &self,
        value: &T,
        lines: impl FnOnce(&mut dyn Write, Paint) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut out = io::stdout().lock();
        if self.json {
            serde_json::to_writer_pretty(&mut out, value)?;
            writeln!(out)?;
        } else {
            lines(&mut out, self.paint)?;
        }
        out.flush()
    }

    /// Colours of stdout.
    #[must_use]
    pub fn paint(&self) -> Paint {
        self.paint
    }

    /// A note for the person at the terminal, on stderr.
    pub fn note(&self, text: impl Display) {
        if !self.quiet {
            // A closed stderr must not stop the work.
            let _ = writeln!(io::stderr(), "{text}");
        }
    }

    /// A warning, on stderr, even with `--quiet`.
    pub fn warn(&self, text: impl Display) {
        let _ = writeln!(io::stderr(), "warning: {text}");
    }
}

/// Terminal colours, or none.
#[derive(Debug, Clone, Copy, Default)]
pub struct Paint {
    enabled: bool,
}

impl Paint {
    /// What matters.
    #[must_use]
    pub fn bold(self, text: impl Display) -> String {
        self.wrap("1", text)
    }

    /// What is by the way.
    #[must_use]
    pub fn dim(self, text: impl Display) -> String {
        self.wrap("2", text)
    }

    /// What went as it should.
    #[must_use]
    pub fn green(self, text: impl Display) -> String {
        self.wrap("32", text)
    }

    /// What did not.
    #[must_use]
    pub fn red(self, text: impl Display) -> String {
        self.wrap("31", text)
    }

    /// Headings.
    #[must_use]
    pub fn cyan(self, text: impl Display) -> String {
        self.wrap("1;36", text)
    }

    fn wrap(self, code: &str, text: impl Display) -> String {
        if self.enabled { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_string() }
    }
}

/// `1 member`, `3 members`.
#[must_use]
pub fn plural(count: u64, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// `1 entry`, `3 entries`.
#[must_use]
pub fn entries(count: u64) -> String {
    if count == 1 { "1 entry".to_owned() } else { format!("{count} entries") }
}

/// A table for people: columns as wide as their widest cell, numbers to the right.
#[derive(Debug, Default)]
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// An empty table with these headings.
    #[must_use]
    pub fn new(headings: &[&str]) -> Self {
        Self { rows: vec![headings.iter().map(|&heading| heading.to_owned()).collect()] }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// Writes the table, each line after `indent`.
    ///
    /// # Errors
    /// When `out` cannot be written.
    pub fn write(&self, out: &mut dyn Write, paint: Paint, indent: &str) -> io::Result<()> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let is_number = |cell: &String| cell.chars().all(|character| character.is_ascii_digit() || character == '.');
        let numeric = |column: usize| self.rows.iter().skip(1).filter_map(|row| row.get(column)).all(is_number);
        let columns: Vec<(usize, bool)> = (0..columns).map(|column| (width(column), numeric(column))).collect();
        for (number, row) in self.rows.iter().enumerate() {
            let mut line = String::new();
            for (cell, &(width, numeric)) in row.iter().zip(&columns) {
                let padding = " ".repeat(width - cell.chars().count());
                let (before, after) = if numeric { (padding.as_str(), "") } else { ("", padding.as_str()) };
                line.extend([before, cell, after, "  "]);
            }
            let line = line.trim_end();
            writeln!(out, "{indent}{}", if number == 0 { paint.dim(line) } else { line.to_owned() })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn columns_are_aligned() {
        let mut table = Table::new(&["what", "ms"]);
        table.row(["prove".into(), "312".into()]);
        table.row(["verify".into(), "4".into()]);
        let mut out = Vec::new();
        table.write(&mut out, Paint::default(), "  ").unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "  what     ms\n  prove   312\n  verify    4\n");
    }

    #[test]
    fn without_colours_text_is_untouched() {
        assert_eq!(Paint::default().green("ok"), "ok");
        assert_eq!(Paint { enabled: true }.green("ok"), "\x1b[32mok\x1b[0m");
    }
}
