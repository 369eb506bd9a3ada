//! The audit of a log: joins (a proof each), ballots (a signature each), and a poll with both.

use std::hint::black_box;

use aiq_audit::{Options, audit, sample::SampleLog};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

/// Members of the crowd: as many proofs as the audit checks together.
const MEMBERS: u16 = 1024;
/// Ballots of each of them.
const BALLOTS: u32 = 4;

fn holds(bundle: &[u8], options: &Options) {
    let report = audit(bundle, options, &mut |_| {}).expect("a slice can be read");
    assert!(black_box(report).ok);
}

fn audits(criterion: &mut Criterion) {
    let keys = aiq_benches::keys();
    let (whole, options) = (SampleLog::crowd(&keys, MEMBERS, BALLOTS), Options::default());
    let count = |log: &SampleLog, kind| log.entries.iter().filter(|entry| entry.act.kind() == kind).count() as u64;

    // The log as it was after the last join.
    let mut joins = whole.clone();
    let behind = whole.entries.iter().rposition(|entry| entry.act.kind() == "join").map_or(0, |last| last + 1);
    joins.entries.truncate(behind);
    // Few voters, so that proofs play no part.
    let ballots = SampleLog::crowd(&keys, 8, u32::from(MEMBERS) * BALLOTS / 8);

    let mut group = criterion.benchmark_group("audit");
    group.sample_size(10);
    for (name, log, unit) in [("joins", &joins, "join"), ("ballots", &ballots, "ballot")] {
        let bundle = log.bundle();
        group.throughput(Throughput::Elements(count(log, unit)));
        group.bench_function(name, |bencher| bencher.iter(|| holds(&bundle, &options)));
    }
    let bundle = whole.bundle();
    group.throughput(Throughput::Elements(whole.entries.len() as u64));
    group.bench_function("entries", |bencher| bencher.iter(|| holds(&bundle, &options)));
    group.finish();
}

criterion_group!(benches, audits);
criterion_main!(benches);
