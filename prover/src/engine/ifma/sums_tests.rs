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
