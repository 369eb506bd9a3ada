use super::group::*;
use super::sums::bucket_sums;
use crate::engine::backend::*;
use ark_bn254::*;
use ark_ec::*;
use ark_std::UniformRand;
use rand::Rng;

fn table<G: Group>(n: usize, rng: &mut impl Rng) -> (Vec<G::Affine>, Vec<Line>) {
    let g = G::Projective::rand(rng);
    let d = G::Projective::rand(rng);
    let mut v = vec![g];
    for i in 1..n { let x = v[i - 1] + d; v.push(x); }
    let pts = G::Projective::normalize_batch(&v);
    let l = core::mem::size_of::<G::Affine>().div_ceil(80);
    let mut lines = vec![Line::default(); n * l];
    for (p, to) in pts.iter().zip(lines.chunks_mut(l)) { G::write(p, to); }
    (pts, lines)
}

fn naive<G: Group>(pts: &[G::Affine], b: Buckets) -> [G::Projective; 2] {
    use ark_ff::AdditiveGroup;
    let mut start = 0;
    let (mut plain, mut weighted) = (G::Projective::ZERO, G::Projective::ZERO);
    for (k, end) in b.ends.iter().enumerate() {
        let mut s = G::Projective::ZERO;
        for e in &b.entries[start..*end as usize] {
            let p = pts[(*e >> 1) as usize];
            if e & 1 == 1 { s -= p } else { s += p }
        }
        start = *end as usize;
        plain += s;
        weighted += G::times(s, k as u64);
    }
    [plain, weighted]
}

fn check<G: Group>(n: usize, entries: usize, buckets: usize, rng: &mut impl Rng) {
    let (pts, lines) = table::<G>(n, rng);
    let e: Vec<u32> = (0..entries).map(|_| rng.gen_range(0..2 * n as u32)).collect();
    let mut ends: Vec<u32> = (0..buckets - 1).map(|_| rng.gen_range(0..=entries as u32)).collect();
    ends.push(entries as u32);
    ends.sort();
    let b = Buckets { entries: &e, ends: &ends };
    let s = unsafe { bucket_sums::<G>(&lines, b) };
    let [p, w] = naive::<G>(&pts, b);
    assert!(s.plain == p, "plain {n} {entries} {buckets}");
    assert!(s.weighted == w, "weighted {n} {entries} {buckets}");
}

#[test]
fn correct() {
    let rng = &mut ark_std::test_rng();
    for (n, e, b) in [(3, 0, 1), (3, 1, 1), (3, 1, 5), (3, 2, 1), (1, 100, 3), (2, 1000, 7), (10, 3000, 1), (1000, 5000, 100), (1000, 40000, 33), (1000, 70000, 500)] {
        check::<First>(n, e, b, rng);
        check::<Second>(n, e, b, rng);
    }
}

fn cpu() -> f64 { std::fs::read_to_string("/proc/thread-self/schedstat").unwrap().split(' ').next().unwrap().parse::<f64>().unwrap() * 1e-9 }
fn speed<G: Group>(name: &str, span: u32) {
    let rng = &mut ark_std::test_rng();
    let n = 32768 * 17;
    let (_, lines) = table::<G>(n, rng);
    let buckets = 1 << 14;
    let mut keyed: Vec<(u32, u32)> = (0..n as u32).map(|i| (rng.gen_range(0..buckets), 2 * (i % span) + rng.gen_range(0..2))).collect();
    keyed.sort();
    let e: Vec<u32> = keyed.iter().map(|x| x.1).collect();
    let ends: Vec<u32> = (0..buckets).map(|b| keyed.partition_point(|x| x.0 <= b) as u32).collect();
    let b = Buckets { entries: &e, ends: &ends };
    let mut t = Vec::new();
    for _ in 0..11 {
        let s = cpu();
        std::hint::black_box(unsafe { bucket_sums::<G>(&lines, b) });
        t.push((cpu() - s) * 1e3);
    }
    t.sort_by(f64::total_cmp);
    println!("{name}: median {:.1} ms min {:.1} one thread, {:.1} ns per entry", t[5], t[0], t[0] * 1e6 / n as f64);
}

#[test]
fn speed_g1() { speed::<First>("g1", 4096); speed::<First>("g1", 1 << 30) }
#[test]
fn speed_g2() { speed::<Second>("g2", 4096); speed::<Second>("g2", 1 << 30) }
