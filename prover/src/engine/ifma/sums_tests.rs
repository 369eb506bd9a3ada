use super::Ifma;
use super::group::*;
use super::sums::bucket_sums;
use super::tables::multiples;
use crate::engine::RowValues;
use crate::engine::backend::*;
use crate::engine::portable::Portable;
use ark_ec::*;
use ark_ff::UniformRand;
use rand::Rng;

fn cpu() -> f64 { std::fs::read_to_string("/proc/thread-self/schedstat").unwrap().split(' ').next().unwrap().parse::<f64>().unwrap() * 1e-9 }
fn measure(name: &str, unit: f64, mut f: impl FnMut()) {
    let mut t = Vec::new();
    for _ in 0..11 {
        let s = cpu();
        f();
        t.push((cpu() - s) * 1e3);
    }
    t.sort_by(f64::total_cmp);
    println!("{name}: median {:.2} ms min {:.2} one thread, {:.1} ns per unit", t[5], t[0], t[0] * 1e6 / unit);
}

fn speed<G: Group>(name: &str, span: u32) {
    let rng = &mut ark_std::test_rng();
    let n = 32768;
    let g = G::Projective::rand(rng);
    let d = G::Projective::rand(rng);
    let mut v = vec![g];
    for i in 1..n { let x = v[i - 1] + d; v.push(x); }
    let pts = G::Projective::normalize_batch(&v);
    let l = core::mem::size_of::<G::Affine>().div_ceil(80);
    let mut lines = vec![Line::default(); n * l * 17];
    measure(&format!("{name} table part"), 1024.0 * 16.0 * 15.0, || unsafe { multiples::<G>(&pts[..1024], Multiples { count: 17, doublings: 15 }, &mut lines[..1024 * 17 * l]) });
    unsafe { multiples::<G>(&pts, Multiples { count: 17, doublings: 15 }, &mut lines) };
    let n = n * 17;
    let buckets = 1 << 14;
    let mut keyed: Vec<(u32, u32)> = (0..n as u32).map(|i| (rng.gen_range(0..buckets), 2 * (i % span) + rng.gen_range(0..2))).collect();
    keyed.sort();
    let e: Vec<u32> = keyed.iter().map(|x| x.1).collect();
    let ends: Vec<u32> = (0..buckets).map(|b| keyed.partition_point(|x| x.0 <= b) as u32).collect();
    let b = Buckets { entries: &e, ends: &ends };
    measure(&format!("{name} sums"), n as f64, || { std::hint::black_box(unsafe { bucket_sums::<G>(&lines, b) }); });
}

fn quick<G: Group>(name: &str, n: usize, points: usize) {
    let rng = &mut ark_std::test_rng();
    let l = core::mem::size_of::<G::Affine>().div_ceil(80);
    let bases: Vec<G::Affine> = (0..512).map(|_| G::Projective::rand(rng).into_affine()).collect();
    let per = points / 512;
    let mut lines = vec![Line::default(); points * l];
    unsafe { multiples::<G>(&bases, Multiples { count: per, doublings: 1 }, &mut lines) };
    let e: Vec<u32> = (0..n).map(|_| rng.gen_range(0..2 * points as u32)).collect();
    let buckets = n / 34;
    let mut ends: Vec<u32> = (0..buckets - 1).map(|_| rng.gen_range(0..=n as u32)).collect();
    ends.push(n as u32);
    ends.sort();
    let b = Buckets { entries: &e, ends: &ends };
    let mut t = Vec::new();
    let mut r = Vec::new();
    for _ in 0..600 {
        let m = unsafe { super::lanes_tests::unit() };
        let s = std::time::Instant::now();
        std::hint::black_box(unsafe { bucket_sums::<G>(&lines, b) });
        let x = s.elapsed().as_secs_f64() * 1e9 / n as f64;
        t.push(x);
        r.push(x / (m + unsafe { super::lanes_tests::unit() }) * 2.0);
    }
    t.sort_by(f64::total_cmp);
    r.sort_by(f64::total_cmp);
    println!("{name} {n} of {points}: median min {:.1} 10% {:.1} 50% {:.1} ns per entry; in muls 10% {:.2} 50% {:.2}", t[0], t[60], t[300], r[60], r[300]);
}

#[test]
fn quick_g1() {
    quick::<First>("g1", 32768, 4096);
    quick::<First>("g1", 32768, 32768 * 16);
}
#[test]
fn quick_g2() {
    quick::<Second>("g2", 32768, 4096);
    quick::<Second>("g2", 32768, 32768 * 16);
}

#[test]
fn speed_g1() { speed::<First>("g1", 4096); speed::<First>("g1", 1 << 30) }
#[test]
fn speed_g2() { speed::<Second>("g2", 1 << 30) }

#[test]
fn speed_fft() {
    let rng = &mut ark_std::test_rng();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    for n in [512, 1024, 2048, 4096, 8192, 1 << 15, 1 << 16] {
        let mut r = || (0..n).map(|_| aiq_circuits::Fr::rand(rng)).collect::<Vec<_>>();
        let rows = RowValues { a: r(), b: r(), c: r() };
        let f = Ifma::detect().unwrap().transforms(n);
        let g = Portable.transforms(n);
        assert!(f.quotient(rows.clone()) == g.quotient(rows.clone()), "{n}");
        let rs = &rows;
        pool.install(|| {
            measure(&format!("fft {n}"), n as f64, || { f.quotient(rs.clone()); });
            measure(&format!("portable {n}"), n as f64, || { g.quotient(rs.clone()); });
        });
    }
}
