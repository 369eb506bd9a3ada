//! Several proofs at once beside the same proofs one after the other.

use aiq_benches::{Bench, group_name};
use aiq_circuits::constraints::{Synthesise, sample};
use criterion::{Criterion, SamplingMode, criterion_group, criterion_main};
use rand::rngs::OsRng;

fn statement<I: Synthesise>(criterion: &mut Criterion, count: usize, sample: impl Fn() -> (I, I::Witness)) {
    let bench = Bench::new(sample());
    let statements: Vec<_> = (0..count).map(|_| sample()).collect();
    let mut group = criterion.benchmark_group(group_name("many", format_args!("{count} × {}", I::ID)));
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    group.bench_function("at once", |bencher| {
        bencher.iter(|| {
            let proofs = bench.prover.prove_many(&statements, &mut OsRng, &|_, _| {});
            assert!(proofs.iter().all(Result::is_ok));
        });
    });
    group.bench_function("one by one", |bencher| {
        bencher.iter(|| statements.iter().map(|_| bench.prove()).collect::<Vec<_>>());
    });
    group.finish();
}

fn many(criterion: &mut Criterion) {
    statement(criterion, 20, sample::standing::<3>);
    statement(criterion, 8, sample::membership);
}

criterion_group!(benches, many);
criterion_main!(benches);
