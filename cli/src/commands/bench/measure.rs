//! One statement's figures.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aiq_circuits::constraints::Synthesise;
use aiq_keys::KeyDir;
use aiq_prover::engine::{EngineKind, EngineOptions};
use aiq_prover::{Clock, Part, Prover};
use aiq_verifier::batch::verify_batch;
use aiq_verifier::groth16::PreparedKey;
use rand::rngs::OsRng;
use serde::Serialize;

use super::BenchError;

/// Proofs in the batch that is verified at once.
const BATCH: usize = 64;

/// Verifications of one proof: they are short, so there are more of them.
const VERIFICATIONS: usize = 20;

/// What one statement costs. Times are medians, in milliseconds.
#[derive(Debug, Clone, Serialize)]
pub struct Measured {
    pub statement: String,
    pub constraints: usize,
    /// From key and tables on disk to a prover that is ready.
    pub load_ms: f64,
    /// A whole proof: rules, witness, constraints, products, verification.
    pub proof_ms: f64,
    /// The same with the `ark` engine; absent if that is the engine measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ark_proof_ms: Option<f64>,
    /// Every part on its own, with all threads to itself: together they take longer than a proof.
    pub parts_ms: BTreeMap<&'static str, f64>,
    pub verify_ms: f64,
    pub batch: Batch,
    /// The most memory that the process has had while this engine was loaded and proved; absent where the system does not
    /// tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peak_memory_mib: Option<u64>,
}

/// Proofs verified at once.
#[derive(Debug, Clone, Serialize)]
pub struct Batch {
    pub proofs: usize,
    pub each_ms: f64,
}

/// Measures one statement with public-seed keys and its sample.
pub fn measure<I: Synthesise>(
    keys: &KeyDir,
    (instance, witness): (I, I::Witness),
    engine: &EngineOptions,
    rounds: u32,
) -> Result<Measured, BenchError> {
    memory::forget_peak();
    // The first time makes the tables, if they are not beside the key.
    drop(Prover::load_with(keys, I::ID, engine, &|_, _| {})?);
    let begun = Instant::now();
    let prover = Prover::load_with(keys, I::ID, engine, &|_, _| {})?;
    let load_ms = millis(begun.elapsed());

    let prove = |prover: &Prover| prover.prove(&instance, &witness, &mut OsRng, &mut |_| {});
    // The first proof meets cold caches.
    let proof = prove(&prover)?;
    let proof_ms = median(rounds, || prove(&prover).map(drop))?;
    let peak_memory_mib = memory::peak_mib();
    let parts_ms = parts(rounds, |clock| prover.prove_in_parts(&instance, &witness, &mut OsRng, clock).map(drop))?;
    drop(prover);

    let ark_proof_ms = if engine.kind == EngineKind::Ark {
        None
    } else {
        let ark = EngineOptions { kind: EngineKind::Ark, ..*engine };
        let prover = Prover::load_with(keys, I::ID, &ark, &|_, _| {})?;
        prove(&prover)?;
        Some(median(rounds, || prove(&prover).map(drop))?)
    };

    let key = Arc::new(PreparedKey::new(I::ID, &keys.verifying_key(I::ID)?)?);
    let inputs = instance.public_inputs();
    let mut times = Vec::with_capacity(VERIFICATIONS);
    for _ in 0..VERIFICATIONS {
        times.push(timed(|| key.verify(&inputs, &proof))?);
    }
    let proofs = vec![(inputs, proof); BATCH];
    #[allow(clippy::cast_precision_loss)] // a small number
    let each_ms = median(rounds, || verify_batch(&key, &proofs, &mut OsRng))? / BATCH as f64;
    Ok(Measured {
        statement: I::ID.to_string(),
        constraints: I::ID.shape().constraints,
        load_ms,
        proof_ms,
        ark_proof_ms,
        parts_ms,
        verify_ms: middle(times),
        batch: Batch { proofs: BATCH, each_ms },
        peak_memory_mib,
    })
}

/// The median time of every part.
fn parts<E>(
    rounds: u32,
    mut prove: impl FnMut(&mut Clock<'_>) -> Result<(), E>,
) -> Result<BTreeMap<&'static str, f64>, E> {
    let mut times: BTreeMap<&'static str, Vec<f64>> = BTreeMap::new();
    for _ in 0..rounds {
        // A part can come more than once in a proof.
        let mut of_this = BTreeMap::<&'static str, f64>::new();
        let mut on_part = |part: Part, time| *of_this.entry(part.label()).or_default() += millis(time);
        prove(&mut Clock::new(&mut on_part))?;
        for (label, time) in of_this {
            times.entry(label).or_default().push(time);
        }
    }
    Ok(times.into_iter().map(|(label, times)| (label, middle(times))).collect())
}

/// The median time of some runs, in milliseconds.
fn median<E>(rounds: u32, mut run: impl FnMut() -> Result<(), E>) -> Result<f64, E> {
    let times = (0..rounds).map(|_| timed(&mut run)).collect::<Result<_, _>>()?;
    Ok(middle(times))
}

fn timed<T, E>(run: impl FnOnce() -> Result<T, E>) -> Result<f64, E> {
    let begun = Instant::now();
    run()?;
    Ok(millis(begun.elapsed()))
}

fn middle(mut times: Vec<f64>) -> f64 {
    times.sort_unstable_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// The peak of this process's memory, as Linux tells it.
mod memory {
    use std::fs;

    /// Lets the peak begin anew. Where that cannot be done, the figures of later statements include earlier ones.
    pub fn forget_peak() {
        let _ = fs::write("/proc/self/clear_refs", "5");
    }

    pub fn peak_mib() -> Option<u64> {
        let status = fs::read_to_string("/proc/self/status").ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
        Some(kib / 1024)
    }
}
