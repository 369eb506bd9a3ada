//! Where the time of a proof goes: every part on its own, with all threads to itself, and the making of tables.

use std::time::Duration;

use aiq_benches::{Bench, engines, group_name, keys, prover};
use aiq_circuits::constraints::{Synthesise, sample};
use aiq_prover::{
    Clock, Part, Prover,
    engine::{EngineKind, EngineOptions, Keep},
};
use criterion::{Criterion, SamplingMode, criterion_group, criterion_main};
use rand::rngs::OsRng;

fn statement<I: Synthesise>(criterion: &mut Criterion, sample: (I, I::Witness)) {
    let bench = Bench::new(sample);
    for kind in engines() {
        let prover = prover(I::ID, kind);
        let mut group = criterion.benchmark_group(group_name("parts", format_args!("{}/{kind}", I::ID)));
        group.sample_size(10).sampling_mode(SamplingMode::Flat);
        group.warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_secs(1));
        for part in Part::ALL {
            group.bench_function(part.label(), |bencher| {
                bencher.iter_custom(|iterations| (0..iterations).map(|_| time_of(part, &bench, &prover)).sum());
            });
        }
        if kind != EngineKind::Ark {
            let options = EngineOptions { kind, keep: Keep::InMemory, ..EngineOptions::default() };
            let (keys, steps) = (keys(), |_, _| {});
            group.measurement_time(Duration::from_secs(5));
            group.bench_function("load and make tables", |bencher| {
                bencher.iter(|| Prover::load_with(&keys, I::ID, &options, &steps).expect("the key was made"));
            });
        }
        group.finish();
    }
}

/// How long one part of a proof takes; all the others are done as well.
fn time_of<I: Synthesise>(part: Part, bench: &Bench<I>, prover: &Prover) -> Duration {
    let mut time = Duration::ZERO;
    let mut on_part = |of, took| {
        if of == part {
            time += took;
        }
    };
    let proof = prover.prove_in_parts(&bench.instance, &bench.witness, &mut OsRng, &mut Clock::new(&mut on_part));
    proof.expect("the sample is honest");
    time
}

fn parts(criterion: &mut Criterion) {
    statement(criterion, sample::membership());
    statement(criterion, sample::standing::<3>());
    statement(criterion, sample::standing::<8>());
}

criterion_group!(benches, parts);
criterion_main!(benches);
