//! Proving, end to end, beside stock ark-groth16 on the same key, circuit and witness in the same run: the three
//! statements, and a circuit of 64k constraints that says nothing.

use aiq_benches::{Bench, engines, group_name, prover, synthetic::Synthetic};
use aiq_circuits::constraints::{Synthesise, sample};
use aiq_prover::{CircuitProver, engine::EngineOptions};
use criterion::{Criterion, SamplingMode, criterion_group, criterion_main};
use rand::rngs::OsRng;

fn statement<I: Synthesise>(criterion: &mut Criterion, sample: (I, I::Witness)) {
    let bench = Bench::new(sample);
    let mut group = criterion.benchmark_group(group_name("prove", I::ID));
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    for kind in engines() {
        let prover = prover(I::ID, kind);
        group.bench_function(format!("aiq-{kind}"), |bencher| bencher.iter(|| bench.prove_with(&prover)));
    }
    group.bench_function("ark-groth16", |bencher| bencher.iter(|| bench.prove_stock()));
    group.finish();
}

fn synthetic(criterion: &mut Criterion) {
    let synthetic = Synthetic::new(65_535);
    let mut group = criterion.benchmark_group(group_name("prove", "synthetic-64k"));
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    for kind in engines() {
        // Twice as large as the largest statement, so twice the memory.
        let options = EngineOptions { kind, memory: 2 * EngineOptions::DEFAULT_MEMORY, ..EngineOptions::default() };
        let prover = CircuitProver::new(&synthetic.key, &synthetic.r1cs, &options);
        let prove = || prover.prove(&synthetic.assignment, &mut OsRng).expect("the assignment satisfies the circuit");
        group.bench_function(format!("aiq-{kind}"), |bencher| bencher.iter(prove));
    }
    group.bench_function("ark-groth16", |bencher| bencher.iter(|| synthetic.prove_stock()));
    group.finish();
}

fn prove(criterion: &mut Criterion) {
    statement(criterion, sample::membership());
    statement(criterion, sample::standing::<3>());
    statement(criterion, sample::standing::<8>());
    statement(criterion, sample::merge());
}

criterion_group!(benches, prove, synthetic);
criterion_main!(benches);
