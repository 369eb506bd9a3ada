//! Trees: building, appending, paths; keys: loading a prover.

use aiq_benches::keys;
use aiq_circuits::{Fr, statement::StatementId, tree::CredentialTree};
use aiq_prover::Prover;
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};

fn leaves(count: u64) -> impl Iterator<Item = Fr> {
    (1..=count).map(Fr::from)
}

fn trees(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("tree");
    group.sample_size(10);
    for count in [1 << 12, 1 << 16] {
        group.throughput(Throughput::Elements(count));
        group.bench_with_input(BenchmarkId::new("build", count), &count, |bencher, count| {
            bencher.iter(|| CredentialTree::build(leaves(*count)).expect("there is room"));
        });
    }
    group.throughput(Throughput::Elements(1));
    let tree = CredentialTree::build(leaves(1 << 12)).expect("there is room");
    group.bench_function("append one", |bencher| {
        let append = |mut tree: CredentialTree| tree.append(Fr::from(7_u64)).expect("there is room");
        bencher.iter_batched(|| tree.clone(), append, BatchSize::LargeInput);
    });
    group.bench_function("path", |bencher| bencher.iter(|| tree.path(1234).expect("the leaf is there")));
    group.finish();
}

fn key_load(criterion: &mut Criterion) {
    let keys = keys();
    let mut group = criterion.benchmark_group("load");
    group.sample_size(10);
    for statement in StatementId::ALL {
        group.bench_function(statement.label(), |bencher| {
            bencher.iter(|| Prover::load(&keys, statement).expect("the key was made"));
        });
    }
    group.finish();
}

criterion_group!(benches, trees, key_load);
criterion_main!(benches);
