//! Every operation against ark-ff's, on random elements and on those whose limbs are extreme.

#![allow(clippy::unwrap_used)]

use ark_bn254::{Fq, Fq2, Fq6, Fq12};
use ark_ff::{
    AdditiveGroup as _, BigInt, CyclotomicMultSubgroup as _, Field as _, PrimeField as _, UniformRand as _, Zero as _,
};
use rand::{SeedableRng as _, rngs::StdRng};

use super::{Fp, Fp2, Fp6, Fp12};

/// Nine times, and the other constant: 9 + u.
const XI: Fq2 = Fq2::new(ark_ff::MontFp!("9"), Fq::ONE);

fn rng() -> StdRng {
    StdRng::seed_from_u64(0x0046_7031)
}

/// Elements by their limbs in Montgomery form: around zero, the modulus, its half, its parts, and limbs of only ones.
fn extremes() -> Vec<Fq> {
    let p = Fq::MODULUS.0;
    let mut limbs = vec![[0; 4], [1, 0, 0, 0], [2, 0, 0, 0], [u64::MAX, 0, 0, 0], [u64::MAX, u64::MAX, u64::MAX, 0]];
    limbs.extend([1, 2, 3].map(|below| [p[0] - below, p[1], p[2], p[3]]));
    limbs.push([u64::MAX, u64::MAX, u64::MAX, p[3] - 1]);
    limbs.extend((1..10).map(|part| p.map(|limb| limb / part)).map(|[a, b, c, d]| [a.saturating_sub(1), b, c, d]));
    limbs.into_iter().map(|limbs| Fq::new_unchecked(BigInt(limbs))).collect()
}

fn elements(rng: &mut StdRng) -> Vec<Fq> {
    let random = (0..20).map(|_| Fq::rand(rng));
    extremes().into_iter().chain(random).collect()
}

fn base(element: Fq) -> Fp {
    Fp::from_ark(element)
}

#[test]
fn base_field_is_ark_ffs() {
    let elements = elements(&mut rng());
    for a in &elements {
        assert_eq!(base(*a).to_ark(), *a);
        assert_eq!((-base(*a)).to_ark(), -*a);
        assert_eq!(base(*a).inverse_or_zero().to_ark(), a.inverse().unwrap_or_default());
        for b in &elements {
            let (x, y) = (base(*a), base(*b));
            assert_eq!((x + y).to_ark(), *a + b);
            assert_eq!((x - y).to_ark(), *a - b);
            assert_eq!((x * y).to_ark(), *a * b);
            assert_eq!(x.times(y).reduce().to_ark(), *a * b);
            assert_eq!(x.loose_add(y).times(x.loose_sub(y)).reduce().to_ark(), (*a + b) * (*a - b));
        }
    }
}

#[test]
fn sums_of_products_are_ark_ffs() {
    let elements = elements(&mut rng());
    let last = elements.last().copied().unwrap();
    for a in &elements {
        for b in &elements {
            let (x, y, z) = (base(*a), base(*b), base(last));
            let (wide, theirs) = (x.times(y), *a * b);
            let other = y.times(z);
            assert_eq!((wide + other).reduce().to_ark(), theirs + *b * last);
            assert_eq!((wide - other).reduce().to_ark(), theirs - *b * last);
            assert_eq!(
                (wide - other + wide - other - other).reduce().to_ark(),
                theirs.double() - (*b * last) * Fq::from(3)
            );
        }
    }
}

/// The estimated quotient is right at every multiple of the modulus, and beside it.
#[test]
fn multiplies_by_xi_like_ark_ff() {
    let elements = elements(&mut rng());
    for a in &elements {
        for b in &elements {
            let theirs = Fq2::new(*a, *b);
            let ours = Fp2::from_ark(theirs);
            assert_eq!(ours.times_xi().to_ark(), theirs * XI);
            let wide = ours.times(Fp2::from_ark(Fq2::new(*b, -*a)));
            assert_eq!(wide.times_xi().times_xi().reduce().to_ark(), theirs * Fq2::new(*b, -*a) * XI * XI);
        }
    }
}

#[test]
fn quadratic_extension_is_ark_ffs() {
    let elements = elements(&mut rng());
    for (a, b) in elements.iter().zip(elements.iter().rev()) {
        for (c, d) in elements.iter().zip(elements.iter().skip(3)) {
            let (a, b) = (Fq2::new(*a, *b), Fq2::new(*c, *d));
            let (x, y) = (Fp2::from_ark(a), Fp2::from_ark(b));
            assert_eq!((x * y).to_ark(), a * b);
            assert_eq!(x.square().to_ark(), a.square());
            assert_eq!((x + y).to_ark(), a + b);
            assert_eq!((x - y).to_ark(), a - b);
            assert_eq!((-x).to_ark(), -a);
            assert_eq!(x.norm().to_ark(), a.norm());
            assert_eq!(x.triple().to_ark(), a.double() + a);
        }
    }
}

#[test]
fn inverts_many_and_leaves_zero() {
    let mut rng = rng();
    let theirs: Vec<Fq2> = (0..7).map(|index| if index % 3 == 1 { Fq2::zero() } else { Fq2::rand(&mut rng) }).collect();
    for length in 0..theirs.len() {
        let mut ours: Vec<Fp2> = theirs.iter().take(length).map(|element| Fp2::from_ark(*element)).collect();
        Fp2::invert_all(&mut ours);
        for (ours, theirs) in ours.iter().zip(&theirs) {
            assert_eq!(ours.to_ark(), theirs.inverse().unwrap_or_default());
        }
    }
}

#[test]
fn cubic_and_dodecic_extensions_are_ark_ffs() {
    let mut rng = rng();
    for _ in 0..50 {
        let (a, b) = (Fq12::rand(&mut rng), Fq12::rand(&mut rng));
        let (x, y) = (Fp12::from_ark(&a), Fp12::from_ark(&b));
        assert_eq!((&x * &y).to_ark(), a * b);
        assert_eq!(x.square().to_ark(), a.square());
        assert_eq!(x.inverse_or_zero().to_ark(), a.inverse().unwrap());
        assert_eq!(x.frobenius(3).to_ark(), a.frobenius_map(3));
        assert_eq!(x.c0.times(&y.c1).reduce().to_ark(), a.c0 * b.c1);
        assert_eq!((-x.c0).times_v().to_ark(), -a.c0 * Fq6::new(Fq2::ZERO, Fq2::ONE, Fq2::ZERO));
    }
}

/// Every kind of sparse factor is what it says, and multiplies like the dense element that it stands for.
#[test]
fn sparse_factors_are_elements_with_zeros() {
    let mut rng = rng();
    let value = Fp12::from_ark(&Fq12::rand(&mut rng));
    for _ in 0..20 {
        let factor = Fp12::from_ark(&Fq12::rand(&mut rng));
        let (constant, a, b) = (factor.c0, factor.c1.c0, factor.c1.c1);
        let with = |c0: Fp6| Fp12 { c0, c1: Fp6 { c0: a, c1: b, c2: Fp2::ZERO } };
        assert_eq!(value.times_sparse(&constant, a, b), &value * &with(constant));
        let scaled = Fp6 { c0: constant.c0, c1: Fp2::ZERO, c2: Fp2::ZERO };
        assert_eq!(value.times_scaled_line(constant.c0, a, b), &value * &with(scaled));
        assert_eq!(value.times_line(a, b), &value * &with(Fp6::ONE));
    }
}

#[test]
fn cyclotomic_squares_are_squares() {
    let mut rng = rng();
    for _ in 0..20 {
        let element = Fq12::rand(&mut rng);
        // To the power of (p⁶ − 1)·(p² + 1).
        let easy = element.frobenius_map(6) * element.inverse().unwrap();
        let easy = easy.frobenius_map(2) * easy;
        let ours = Fp12::from_ark(&easy);
        assert_eq!(ours.cyclotomic_square(), ours.square());
        assert_eq!(ours.conjugate().to_ark(), easy.cyclotomic_inverse().unwrap());
    }
}
