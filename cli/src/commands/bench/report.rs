//! What `aiq bench` prints.

use std::io::{self, Write};

use aiq_prover::Part;
use aiq_prover::engine::EngineOptions;
use serde::Serialize;

use super::Measured;
use crate::output::{Paint, Table};

/// Everything measured, and on what.
#[derive(Debug, Serialize)]
pub struct Report {
    version: &'static str,
    machine: Machine,
    engine: String,
    table_memory_mib: usize,
    rounds: u32,
    statements: Vec<Measured>,
}

#[derive(Debug, Serialize)]
struct Machine {
    processor: String,
    threads: usize,
    system: &'static str,
    architecture: &'static str,
}

impl Report {
    pub fn new(engine: &EngineOptions, rounds: u32, statements: Vec<Measured>) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION"),
            machine: Machine {
                processor: processor().unwrap_or_else(|| "unknown".to_owned()),
                threads: aiq_prover::threads(),
                system: std::env::consts::OS,
                architecture: std::env::consts::ARCH,
            },
            engine: engine.kind.to_string(),
            table_memory_mib: engine.memory >> 20,
            rounds,
            statements,
        }
    }

    pub fn write(&self, out: &mut dyn Write, paint: Paint) -> io::Result<()> {
        let Machine { processor, threads, system, architecture } = &self.machine;
        writeln!(out, "{processor}, {threads} threads, {system} {architecture}, aiq {}", self.version)?;
        writeln!(
            out,
            "engine {}, tables of at most {} MiB for each key, medians of {}\n",
            paint.bold(&self.engine),
            self.table_memory_mib,
            self.rounds
        )?;
        let headings =
            ["", "proof ms", "ark engine ms", "times as fast", "load ms", "verify ms", "batch, each ms", "MiB"];
        let mut table = Table::new(&headings);
        for measured in &self.statements {
            let ark = measured.ark_proof_ms;
            table.row([
                measured.statement.clone(),
                shown(measured.proof_ms),
                ark.map(shown).unwrap_or_default(),
                ark.map(|ark| format!("{:.2}", ark / measured.proof_ms)).unwrap_or_default(),
                shown(measured.load_ms),
                format!("{:.2}", measured.verify_ms),
                format!("{:.3}", measured.batch.each_ms),
                measured.peak_memory_mib.map(|mib| mib.to_string()).unwrap_or_default(),
            ]);
        }
        table.write(out, paint, "  ")?;

        writeln!(
            out,
            "\nParts of a proof, each alone with all threads, in ms; together they take longer than a proof.\n"
        )?;
        let names: Vec<&str> = self.statements.iter().map(|measured| measured.statement.as_str()).collect();
        let mut table = Table::new(&[&[""], names.as_slice()].concat());
        for part in Part::ALL {
            let times = self.statements.iter().map(|measured| measured.parts_ms.get(part.label()));
            let times = times.map(|time| time.map(|time| shown(*time)).unwrap_or_default());
            table.row(std::iter::once(part.label().to_owned()).chain(times));
        }
        table.write(out, paint, "  ")
    }
}

fn shown(millis: f64) -> String {
    format!("{millis:.1}")
}

/// The processor's name, as Linux tells it.
fn processor() -> Option<String> {
    let text = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("model name"))?;
    Some(line.trim_start_matches([' ', '\t', ':']).to_owned())
}
