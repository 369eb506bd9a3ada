//! Proving, end to end, beside stock ark-groth16 on the same key, circuit and witness in the same run: `aiq` is what a
//! member gets on this machine, the others are the engines that it did not choose.

use aiq_benches::{Bench, keys};
use aiq_circuits::constraints::{Synthesise, assign, sample};
use aiq_prover::{
    Prover,
    engine::{EngineKind, EngineOptions},
};
use criterion::{BenchmarkGroup, Criterion, criterion_group, criterion_main, measurement::WallTime};

fn statement<I: Synthesise>(criterion: &mut Criterion, sample: (I, I::Witness)) {
    let bench = Bench::new(sample);
    let mut group: BenchmarkGroup<'_, WallTime> = criterion.benchmark_group(format!("prove/{}", I::ID));
    group.sample_size(10);
    group.bench_function("aiq", |bencher| bencher.iter(|| bench.prove()));
    let others = EngineKind::ALL.into_iter().filter(|kind| kind.is_available() && *kind != EngineKind::best());
    for kind in others {
        let options = EngineOptions { kind, ..EngineOptions::default() };
        let prover = Prover::load_with(&keys(), I::ID, &options, &|_, _| {}).expect("the key was made");
        group.bench_function(format!("aiq-{kind}"), |bencher| bencher.iter(|| bench.prove_with(&prover)));
    }
    group.bench_function("ark-groth16", |bencher| bencher.iter(|| bench.prove_stock()));
    group.finish();

    let mut group = criterion.benchmark_group(format!("witness/{}", I::ID));
    group.bench_function("aiq", |bencher| {
        bencher.iter(|| assign(&bench.instance, &bench.witness).expect("the sample is honest"));
    });
    group.finish();
}

fn prove(criterion: &mut Criterion) {
    statement(criterion, sample::membership());
    statement(criterion, sample::standing::<3>());
    statement(criterion, sample::standing::<8>());
}

criterion_group!(benches, prove);
criterion_main!(benches);
