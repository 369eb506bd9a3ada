use super::lanes::*;
use super::modulus::*;
use std::arch::x86_64::*;
use std::time::Instant;

#[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
fn bench() {
    let mut a = Lanes::<BaseField>::splat(&BaseField::ONE);
    let mut b = Lanes::<BaseField>::splat(&BaseField::FROM_ARK);
    let c = Lanes::<BaseField>::splat(&BaseField::FROM_ARK);
    for _ in 0..3 {
    let t = Instant::now();
    for _ in 0..1_000_000 { a = a.times(&c); }
    println!("latency mul {:?} ns", t.elapsed().as_nanos() as f64 / 1e6);
    let t = Instant::now();
    for _ in 0..1_000_000 { a = a.times(&c); b = b.times(&c); }
    println!("2 chains mul {:?} ns", t.elapsed().as_nanos() as f64 / 2e6);
    let t = Instant::now();
    for _ in 0..1_000_000 { a = a.square(); b = b.square(); }
    println!("2 chains sqr {:?} ns", t.elapsed().as_nanos() as f64 / 2e6);
    }
    std::hint::black_box((a.lane(0), b.lane(1)));
    use ark_ff::Field;
    let mut x = ark_bn254::Fq::from(12345u64); let y = x*x;
    let t = Instant::now();
    for _ in 0..1_000_000 { x = x * y; }
    println!("ark mul {:?} ns", t.elapsed().as_nanos() as f64 / 1e6);
    let t = Instant::now();
    for _ in 0..10_000 { x = x.inverse().unwrap() + y; }
    let mut w = [1,2,3,4];
    let t2 = Instant::now();
    for _ in 0..10_000 { w = super::divsteps::invert(w, <ark_bn254::Fq as ark_ff::PrimeField>::MODULUS.0).unwrap(); w[0]^=1; w[1]^=5; w[3] &= 0x0fffffffffffffff; }
    println!("divsteps {:?} {}", t2.elapsed().as_nanos() as f64 / 1e4, w[0]);
    println!("ark inv {:?} ns {x}", t.elapsed().as_nanos() as f64 / 1e4);
}

#[test]
fn t() { unsafe { bench() } }

/// ns of a product when there are two chains.
#[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
pub fn unit() -> f64 {
    let mut a = Lanes::<BaseField>::splat(&BaseField::ONE);
    let mut b = Lanes::<BaseField>::splat(&BaseField::FROM_ARK);
    let c = Lanes::<BaseField>::splat(&BaseField::FROM_ARK);
    let t = Instant::now();
    for _ in 0..2_000 { a = a.times(&c); b = b.times(&c); }
    let t = t.elapsed().as_nanos() as f64 / 4e3;
    std::hint::black_box((a.lane(0), b.lane(1)));
    t
}
