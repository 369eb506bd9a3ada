//! How long things took.

use std::io::{self, Write};
use std::time::Duration;

use serde::Serialize;

use crate::output::{Paint, Table};

/// Some durations of one kind, in milliseconds.
#[derive(Debug, Clone, Serialize)]
pub struct Timing {
    what: &'static str,
    count: usize,
    median_ms: f64,
    max_ms: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    per_second: Option<f64>,
}

/// The table at the end.
#[derive(Debug, Clone, Serialize)]
pub struct Timings {
    cores: usize,
    rows: Vec<Timing>,
    total_ms: f64,
}

impl Timings {
    pub fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self { cores, rows: Vec::new(), total_ms: 0.0 }
    }

    /// Adds what took so long each; `whole` is how long all of them took side by side.
    pub fn add(&mut self, what: &'static str, mut each: Vec<Duration>, whole: Option<Duration>) {
        each.sort_unstable();
        let (Some(median), Some(max)) = (each.get(each.len() / 2), each.last()) else { return };
        let count = each.len();
        #[allow(clippy::cast_precision_loss)] // a count of members, far below 2^52
        let per_second = whole.map(|whole| count as f64 / whole.as_secs_f64());
        self.rows.push(Timing { what, count, median_ms: millis(*median), max_ms: millis(*max), per_second });
    }

    pub fn finish(&mut self, total: Duration) {
        self.total_ms = millis(total);
    }

    pub fn write(&self, out: &mut dyn Write, paint: Paint) -> io::Result<()> {
        let cores = self.cores;
        writeln!(out, "\n{}", paint.cyan(format!("Timings on {cores} cores, everything on this one machine")))?;
        let mut table = Table::new(&["", "times", "median ms", "max ms", "per second"]);
        for row in &self.rows {
            let rate = row.per_second.map(|rate| format!("{rate:.1}")).unwrap_or_default();
            let (median, max) = (format!("{:.1}", row.median_ms), format!("{:.1}", row.max_ms));
            table.row([row.what.to_owned(), row.count.to_string(), median, max, rate]);
        }
        table.write(out, paint, "   ")?;
        writeln!(out, "   {}", paint.dim(format!("{:.1} s in all", self.total_ms / 1000.0)))
    }
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
