//! How far a long step is: for a bar on stderr, or for nobody.

use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// Hears about the steps of something long.
pub trait Progress: Send + Sync {
    /// A step begins; `total` is in its own units, 0 if unknown.
    fn start(&self, step: &str, total: u64);
    /// So many units more are done.
    fn advance(&self, units: u64);
    /// So many units are done in all.
    fn set(&self, units: u64);
    /// The step is over.
    fn finish(&self);
}

/// Nobody listens.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn start(&self, _step: &str, _total: u64) {}
    fn advance(&self, _units: u64) {}
    fn set(&self, _units: u64) {}
    fn finish(&self) {}
}

/// A bar on stderr while a step runs; it leaves nothing behind.
#[derive(Debug, Default)]
pub struct Bar {
    current: Mutex<Option<ProgressBar>>,
}

impl Bar {
    fn with(&self, act: impl FnOnce(&ProgressBar)) {
        if let Ok(current) = self.current.lock()
            && let Some(bar) = current.as_ref()
        {
            act(bar);
        }
    }
}

impl Progress for Bar {
    fn start(&self, step: &str, total: u64) {
        let bar = if total > 0 { bar(total) } else { spinner() };
        bar.set_message(step.to_owned());
        if let Ok(mut current) = self.current.lock()
            && let Some(previous) = current.replace(bar)
        {
            previous.finish_and_clear();
        }
    }

    fn advance(&self, units: u64) {
        self.with(|bar| bar.inc(units));
    }

    fn set(&self, units: u64) {
        self.with(|bar| bar.set_position(units));
    }

    fn finish(&self) {
        if let Ok(mut current) = self.current.lock()
            && let Some(bar) = current.take()
        {
            bar.finish_and_clear();
        }
    }
}

/// The progress of a process: a bar on a terminal unless it is to be quiet.
#[must_use]
pub fn for_terminal(quiet: bool) -> Box<dyn Progress> {
    if quiet || !std::io::stderr().is_terminal() { Box::new(Silent) } else { Box::new(Bar::default()) }
}

/// A bar of known length, drawn on stderr.
#[must_use]
pub fn bar(total: u64) -> ProgressBar {
    let bar = ProgressBar::new(total);
    bar.set_style(style("  {msg:<34} {bar:28.cyan/black} {percent:>3}%  {eta} left"));
    bar
}

/// A spinner for a step of unknown length, drawn on stderr.
#[must_use]
pub fn spinner() -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    bar.set_style(style("  {msg:<34} {spinner:.cyan} {elapsed}"));
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

fn style(template: &str) -> ProgressStyle {
    // The templates above are constants and valid; the default style is a harmless second.
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("━━─")
}
