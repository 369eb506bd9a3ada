//! Verification: one proof (prepared key, folded inputs, stock ark-groth16), decoding, and batches.

use std::{hint::black_box, sync::Arc};

use aiq_benches::Bench;
use aiq_circuits::{
    constraints::sample,
    statement::{Statement, StatementId},
};
use aiq_verifier::{batch::decode, groth16::PreparedKey, proof::Proof};
use ark_bn254::Bn254;
use ark_groth16::{Groth16, Proof as StockProof, prepare_verifying_key};
use ark_serialize::CanonicalDeserialize as _;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use rand::rngs::OsRng;

/// Public inputs of `Standing` that a poll's presentations share: both roots, requirement, scope.
const SHARED: usize = 4;

fn verify(criterion: &mut Criterion) {
    let bench = Bench::new(sample::standing::<3>());
    let (inputs, proof) = (bench.instance.public_inputs(), bench.prove());
    let key = PreparedKey::new(StatementId::Standing3, bench.key.verifying_key()).expect("the key fits");
    let key = Arc::new(key);
    let shared: Vec<_> = inputs.values().iter().copied().take(SHARED).enumerate().collect();
    let folded = key.fold(&shared).expect("the inputs exist");
    let rest = inputs.values().get(SHARED..).unwrap_or_default();

    let mut group = criterion.benchmark_group("verify/standing-3");
    group.bench_function("prepared", |bencher| bencher.iter(|| key.verify(&inputs, &proof).expect("valid")));
    group.bench_function("folded", |bencher| bencher.iter(|| folded.verify(rest, &proof).expect("valid")));
    let bytes = proof.to_bytes();
    group.bench_function("decode", |bencher| bencher.iter(|| Proof::from_bytes(&bytes).expect("canonical")));
    group.bench_function("decode, folded", |bencher| {
        bencher.iter(|| folded.verify(rest, &Proof::from_bytes(&bytes).expect("canonical")).expect("valid"));
    });
    let stock_key = prepare_verifying_key(&bench.key.as_ark().vk);
    let stock_proof = bench.prove_stock();
    group.bench_function("ark-groth16", |bencher| {
        bencher.iter(|| {
            let valid = Groth16::<Bn254>::verify_proof(&stock_key, &stock_proof, inputs.values());
            assert!(black_box(valid).expect("the inputs fit"));
        });
    });
    group.bench_function("ark-groth16 decode", |bencher| {
        bencher.iter(|| StockProof::<Bn254>::deserialize_compressed(bytes.as_slice()).expect("canonical"));
    });
    group.finish();

    let mut group = criterion.benchmark_group("verify-batch/standing-3");
    group.sample_size(10);
    for size in [16_usize, 64, 256, 1024] {
        let proofs = vec![(rest, &proof); size];
        group.throughput(Throughput::Elements(size as u64));
        group.bench_with_input(BenchmarkId::from_parameter(size), &proofs, |bencher, proofs| {
            bencher.iter(|| folded.verify_batch(proofs, &mut OsRng).expect("valid"));
        });
    }
    group.finish();

    let mut group = criterion.benchmark_group("verify-batch-decode/standing-3");
    group.sample_size(10);
    for size in [16_usize, 64, 256, 1024] {
        let encoded = vec![bytes.as_slice(); size];
        group.throughput(Throughput::Elements(size as u64));
        group.bench_with_input(BenchmarkId::from_parameter(size), &encoded, |bencher, encoded| {
            bencher.iter(|| {
                let proofs: Result<Vec<_>, _> = decode(encoded).into_iter().collect();
                let proofs = proofs.expect("canonical");
                let rows: Vec<_> = proofs.iter().map(|proof| (rest, proof)).collect();
                folded.verify_batch(&rows, &mut OsRng).expect("valid");
            });
        });
    }
    group.finish();
}

criterion_group!(benches, verify);
criterion_main!(benches);
