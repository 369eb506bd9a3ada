//! `aiq bench`: how fast this machine proves and verifies, in about a minute. The workspace's benchmarks measure the same
//! with more patience, and beside other provers.

mod measure;
mod report;

use aiq_circuits::constraints::sample;
use aiq_circuits::statement::StatementId;
use aiq_keys::{KeyDir, KeyError, Origin};
use aiq_prover::engine::EngineOptions;
use aiq_prover::{LoadError, ProveError};
use aiq_verifier::batch::BatchError;
use aiq_verifier::{VerifyError, verifying_key};

use super::{Context, make_keys_at};
use crate::args::BenchArgs;
use crate::error::CliError;
use measure::{Measured, measure};
use report::Report;

/// Why nothing could be measured.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BenchError {
    /// The public-seed keys could not be made or read.
    #[error("the benchmark's keys: {0}")]
    Keys(#[from] KeyError),
    /// A prover could not be loaded.
    #[error("the benchmark's prover: {0}")]
    Load(#[from] LoadError),
    /// A proof could not be made.
    #[error("the benchmark's proof: {0}")]
    Prove(#[from] ProveError),
    /// The verifying key is refused.
    #[error("the benchmark's verifying key: {0}")]
    VerifyingKey(#[from] verifying_key::KeyError),
    /// A proof does not verify.
    #[error("the benchmark's proof is not valid: {0}")]
    Verify(#[from] VerifyError),
    /// A batch does not verify.
    #[error("the benchmark's batch is not valid: {0}")]
    Batch(#[from] BatchError),
}

/// Measures and prints.
///
/// # Errors
/// [`BenchError`], or an engine that this machine cannot run.
pub fn run(context: &Context, args: &BenchArgs) -> Result<(), CliError> {
    let mut engine = context.settings()?.engine;
    if let Some(kind) = args.engine {
        if !kind.is_available() {
            return Err(CliError::EngineUnavailable(kind));
        }
        engine.kind = kind;
    }
    let mut statements = if args.statements.is_empty() { StatementId::ALL.to_vec() } else { args.statements.clone() };
    statements.sort_unstable();
    statements.dedup();
    let measured = measure_all(context, &statements, &engine, args.rounds)?;
    let report = Report::new(&engine, args.rounds, measured);
    context.output.result(&report, |out, paint| report.write(out, paint))?;
    Ok(())
}

fn measure_all(
    context: &Context,
    statements: &[StatementId],
    engine: &EngineOptions,
    rounds: u32,
) -> Result<Vec<Measured>, BenchError> {
    let progress = context.progress();
    let path = KeyDir::default_path(Origin::PublicSeed)?;
    let keys = make_keys_at(&path, Origin::PublicSeed, statements, progress.as_ref())?;
    let one = |statement: &StatementId| {
        progress.start(&format!("measuring {statement}"), 0);
        match statement {
            StatementId::Membership => measure(&keys, sample::membership(), engine, rounds),
            StatementId::Standing3 => measure(&keys, sample::standing::<3>(), engine, rounds),
            StatementId::Standing8 => measure(&keys, sample::standing::<8>(), engine, rounds),
            StatementId::Merge6 => measure(&keys, sample::merge(), engine, rounds),
        }
    };
    let measured = statements.iter().map(one).collect();
    progress.finish();
    measured
}
