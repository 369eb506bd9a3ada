//! Square roots and the subgroup's criterion against the definitions.

#![allow(clippy::unwrap_used)]

use ark_bn254::{Config, Fq, Fq2, Fr, G1Projective, G2Affine, G2Projective};
use ark_ec::{AffineRepr as _, CurveGroup as _, PrimeGroup as _, bn::BnConfig as _};
use ark_ff::{AdditiveGroup as _, Field as _, PrimeField as _, UniformRand as _, Zero as _};
use num_bigint::{BigInt, BigUint};
use rand::{SeedableRng as _, rngs::StdRng};

use super::subgroup;
use crate::{
    curve::{Affine, Jacobian},
    field::{Fp, Fp2},
};

fn rng() -> StdRng {
    StdRng::seed_from_u64(0x0073_7172)
}

#[test]
fn finds_a_root_exactly_of_squares() {
    let mut rng = rng();
    let mut numbers: Vec<Fq> = (0..50).map(|_| Fq::rand(&mut rng)).collect();
    numbers.extend([Fq::ZERO, Fq::ONE, -Fq::ONE]);
    for number in numbers {
        let root = Fp::from_ark(number).sqrt().map(Fp::to_ark);
        assert_eq!(root.is_some(), !number.legendre().is_qnr());
        assert!(root.is_none_or(|root| root.square() == number));
    }
}

#[test]
fn finds_a_root_exactly_of_squares_in_fp2() {
    let mut rng = rng();
    let mut numbers: Vec<Fq2> = (0..50).map(|_| Fq2::rand(&mut rng)).collect();
    // Elements of the base field are squares in Fp2, half of them of multiples of u; so are multiples of squares by them.
    numbers.extend((0..20).map(|_| Fq2::new(Fq::rand(&mut rng), Fq::ZERO)));
    numbers.extend((0..20).map(|_| Fq2::new(Fq::ZERO, Fq::rand(&mut rng))));
    numbers.extend([Fq2::ZERO, Fq2::ONE, -Fq2::ONE]);
    for number in numbers {
        for number in [number, number.square()] {
            let root = Fp2::from_ark(number).sqrt().map(Fp2::to_ark);
            assert_eq!(root.is_some(), !number.legendre().is_qnr(), "{number}");
            assert!(root.is_none_or(|root| root.square() == number));
        }
    }
}

/// Points of the twist: any, the order of which is most likely not prime.
fn on_the_twist(rng: &mut StdRng) -> G2Affine {
    loop {
        if let Some(point) = G2Affine::get_point_from_x_unchecked(Fq2::rand(rng), false) {
            return point;
        }
    }
}

/// By definition.
fn has_order_r(point: &G2Affine) -> bool {
    point.mul_bigint(Fr::MODULUS).is_zero()
}

fn passes(point: &G2Affine) -> bool {
    subgroup::contains(point.into())
}

#[test]
fn agrees_with_multiplication_by_the_order() {
    let mut rng = rng();
    for _ in 0..20 {
        let inside = G2Projective::rand(&mut rng).into_affine();
        assert!(has_order_r(&inside) && passes(&inside));
        let outside = on_the_twist(&mut rng);
        assert!(!has_order_r(&outside) && !passes(&outside));
        // Cleared of either part of the order.
        let cleared = outside.clear_cofactor();
        assert!(has_order_r(&cleared) && passes(&cleared));
        let rest = outside.mul_bigint(Fr::MODULUS).into_affine();
        assert!(!has_order_r(&rest) && !passes(&rest));
        let mixed = (inside + rest).into_affine();
        assert!(!has_order_r(&mixed) && !passes(&mixed));
    }
}

fn big(number: impl Into<BigUint>) -> BigInt {
    BigInt::from(number.into())
}

/// `2p − r`, the order of the twist divided by r.
fn cofactor() -> BigInt {
    big(Fq::MODULUS) * 2 - big(Fr::MODULUS)
}

/// The primes that divide the cofactor.
fn primes() -> [BigInt; 4] {
    ["10069", "5864401", "1875725156269", "197620364512881247228717050342013327560683201906968909"]
        .map(|prime| prime.parse().unwrap())
}

/// Such points meet every special case of the addition.
#[test]
fn refuses_points_of_every_small_order() {
    assert_eq!(primes().iter().product::<BigInt>(), cofactor());
    let mut rng = rng();
    for prime in primes() {
        let (_, limbs) = (cofactor() / &prime * big(Fr::MODULUS)).to_u64_digits();
        let point = core::iter::repeat_with(|| on_the_twist(&mut rng).mul_bigint(&limbs))
            .find(|point| !point.is_zero())
            .unwrap();
        assert!(point.mul_bigint(prime.to_u64_digits().1).is_zero());
        assert!(!passes(&point.into_affine()), "{prime}");
        let mixed = point + G2Projective::generator();
        assert!(!passes(&mixed.into_affine()), "{prime}");
    }
}

/// The two numbers that `subgroup::contains` rests on.
#[test]
fn the_criterion_is_sound() {
    let (p, r, x) = (big(Fq::MODULUS), big(Fr::MODULUS), BigInt::from(Config::X[0]));
    let t: BigInt = &x * &x * 6 + 1;
    assert_eq!(&p + 1 - &t, r, "the trace");
    let h = [&x + 1, x.clone(), x.clone(), -&x * 2];
    // h(p) = 0 mod r.
    let at_p = h.iter().rev().fold(BigInt::ZERO, |sum, coefficient| sum * &p + coefficient);
    assert_eq!(at_p % &r, BigInt::ZERO);
    // a + b·T = h mod T² − t·T + p: T² = t·T − p, T³ = (t² − p)·T − t·p.
    let [h0, h1, h2, h3] = h;
    let a = h0 - &h2 * &p - &h3 * &t * &p;
    let b = h1 + &h2 * &t + &h3 * (&t * &t - &p);
    let norm = &a * &a + &a * &b * &t + &b * &b * &p;
    let (mut left, mut right) = (norm, &r * cofactor());
    while right != BigInt::ZERO {
        (left, right) = (right.clone(), left % right);
    }
    assert_eq!(left, r);
    assert_ne!(cofactor() % &r, BigInt::ZERO, "r divides the order once");
}

#[test]
fn adds_the_same_the_opposite_and_the_identity() {
    let mut rng = rng();
    let (p, q) = (G1Projective::rand(&mut rng).into_affine(), G1Projective::rand(&mut rng).into_affine());
    let (ours, other) = (Affine::from(&p), Affine::from(&q));
    let start = Jacobian::from(ours);
    for (sum, theirs) in [
        (start.add(other), p + q),
        (start.add(other).add(other), p + q + q),
        (start.add(ours), p + p),
        (start.double(), p + p),
        (start.add(ours.negate()), G1Projective::zero()),
        (start.add(ours.negate()).add(other), q.into()),
        (Jacobian::IDENTITY.double(), G1Projective::zero()),
        (Jacobian::IDENTITY.add(other), q.into()),
    ] {
        assert_eq!(G1Projective::from(sum), theirs);
    }
}
