//! Lanes against ark's field, at the edges of the bounds that the documentation promises.
//!
//! That the backend as a whole agrees with ark is tested beside the other backends. Vector functions are called through
//! `on_vectors`, which does nothing on processors without the instructions.
// Vector functions stand behind the call that guards them.
#![allow(clippy::unwrap_used, clippy::items_after_statements)]

use ark_bn254::{Fq, Fq2, Fr};
use ark_ff::{AdditiveGroup, BigInt, BigInteger, Field, PrimeField};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

use super::Ifma;
use super::coordinate::{Coordinate, Fq8};
use super::fq2::Lanes2;
use super::lanes::Lanes;
use super::memory;
use super::modulus::{BaseField, Modulus, ScalarField, words};
use crate::engine::backend::Line;

fn on_vectors(run: unsafe fn()) {
    if Ifma::detect().is_some() {
        // SAFETY: the instructions have just been detected.
        unsafe { run() };
    }
}

/// `2^260` in the field.
fn radix<F: PrimeField>() -> F {
    F::from(2u8).pow([260])
}

/// Residues with the multiples of p added to them: 0, 1, 2, p − 1, p − 2, powers of two and random ones, up to a bound.
fn values<F: PrimeField<BigInt = BigInt<4>>>(bound: u64) -> Vec<BigInt<4>> {
    let rng = &mut ChaCha20Rng::from_seed([9; 32]);
    let mut residues = vec![F::ZERO, F::ONE, F::from(2u8), -F::ONE, -F::from(2u8)];
    residues.extend([51, 52, 53, 103, 104, 156, 207, 208, 252, 253].map(|bit| F::from(2u8).pow([bit])));
    residues.extend((0..9).map(|_| F::rand(rng)));
    let with_multiples = |residue: &F| {
        let mut value = residue.into_bigint();
        let mut all = vec![value];
        for _ in 1..bound {
            value.add_with_carry(&F::MODULUS);
            all.push(value);
        }
        all
    };
    let mut values: Vec<_> = residues.iter().flat_map(with_multiples).collect();
    values.resize(values.len().next_multiple_of(8), BigInt::zero());
    values
}

fn line(value: &BigInt<4>) -> Line {
    let [a, b, c, d] = value.0;
    Line([a, b, c, d, 0, 0, 0, 0])
}

#[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
fn load<M: Modulus>(values: &[BigInt<4>]) -> Lanes<M> {
    let lines: Vec<Line> = values.iter().map(line).collect();
    let places: [*const u64; 8] = std::array::from_fn(|lane| std::ptr::from_ref(&lines[lane]).cast());
    // SAFETY: lines are eight words each.
    unsafe { memory::load(&places) }
}

/// What is in the lanes, by way of memory if it is small enough, and from the limbs in any case.
#[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
fn residues<M: Modulus>(lanes: &Lanes<M>) -> [M::Ark; 8] {
    let two_to_208 = M::Ark::from(2u8).pow([208]);
    [0, 1, 2, 3, 4, 5, 6, 7].map(|lane| {
        let [a, b, c, d, e] = lanes.lane(lane);
        for limb in [a, b, c, d] {
            assert!(limb < 1 << 52, "a limb is not carried");
        }
        let low = BigInt(words([a, b, c, d, 0]));
        M::Ark::from_bigint(low).unwrap() + M::Ark::from(e) * two_to_208
    })
}

/// That values are below a multiple of the modulus, in tenths.
#[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
fn assert_below<M: Modulus>(lanes: &Lanes<M>, tenths: u64) {
    for lane in 0..8 {
        let highest = lanes.lane(lane)[4];
        assert!(highest <= M::P[4] / 10 * tenths, "{highest:x} is not below {tenths} tenths of the modulus");
    }
}

fn products_are_arks<M: Modulus>()
where
    M::Ark: PrimeField<BigInt = BigInt<4>>,
{
    on_vectors(check::<M>);

    #[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
    fn check<M: Modulus>() {
        let values = values::<M::Ark>(5);
        let by_radix = radix::<M::Ark>().inverse().unwrap();
        for left in values.chunks(8) {
            let left = load::<M>(left);
            let square = left.square();
            assert_below(&square, 15);
            assert_eq!(residues(&square), residues(&left).map(|a| a * a * by_radix));
            for right in values.chunks(8).step_by(3) {
                let right = load::<M>(right);
                let product = left.times(&right);
                assert_below(&product, 15);
                let (a, b) = (residues(&left), residues(&right));
                assert_eq!(residues(&product), std::array::from_fn(|i| a[i] * b[i] * by_radix));
                assert_eq!(residues(&left.plus(&right).carry()), std::array::from_fn(|i| a[i] + b[i]));
                let difference = left.minus(&right).plus_multiple(5).carry();
                assert_eq!(residues(&difference), std::array::from_fn(|i| a[i] - b[i]));
                // Operands as large as they get.
                let large = difference.times(&product);
                assert_below(&large, 15);
                assert_eq!(
                    residues(&large),
                    std::array::from_fn(|i| (a[i] - b[i]) * a[i] * b[i] * by_radix * by_radix)
                );
            }
        }
    }
}

#[test]
fn products_in_the_base_field_are_arks() {
    products_are_arks::<BaseField>();
}

#[test]
fn products_in_the_scalar_field_are_arks() {
    products_are_arks::<ScalarField>();
}

fn settling_keeps_residues<M: Modulus>()
where
    M::Ark: PrimeField<BigInt = BigInt<4>>,
{
    on_vectors(check::<M>);

    #[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
    fn check<M: Modulus>() {
        for value in values::<M::Ark>(4).chunks(8) {
            let value = load::<M>(value);
            for below in 0..=5 {
                // From 4p − 5p to just below 4p; 3.9p is what is promised, and p more than the highest residue is less.
                let settled = value.as_sum().plus_multiple(-below).settle();
                assert_eq!(residues(&settled), residues(&value));
                let canonical = settled.canonical();
                assert_eq!(residues(&canonical), residues(&value));
                for lane in 0..8 {
                    let words = words(canonical.lane(lane));
                    assert!(BigInt(words) < M::Ark::MODULUS, "not canonical");
                }
                let zeros = residues(&value)
                    .iter()
                    .enumerate()
                    .fold(0, |mask, (i, a)| mask | u8::from(*a == M::Ark::ZERO) << i);
                assert_eq!(settled.zeros(), zeros);
                if below > 0 {
                    assert_below(&settled, 21);
                }
            }
        }
    }
}

#[test]
fn settling_keeps_residues_of_the_base_field() {
    settling_keeps_residues::<BaseField>();
}

#[test]
fn settling_keeps_residues_of_the_scalar_field() {
    settling_keeps_residues::<ScalarField>();
}

#[test]
fn memory_keeps_its_order() {
    on_vectors(check);

    #[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
    fn check() {
        for value in values::<Fr>(5).chunks(8) {
            let lanes = load::<ScalarField>(value);
            let mut lines = [Line::default(); 8];
            let places: [*mut u64; 8] = lines.each_mut().map(|line| std::ptr::from_mut(line).cast());
            // SAFETY: lines are eight words each.
            unsafe { memory::store(&lanes, &places) };
            assert_eq!(lines.to_vec(), value.iter().map(line).collect::<Vec<_>>());
        }
    }
}

#[test]
fn quadratic_extension_is_arks() {
    on_vectors(check);

    #[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
    fn elements(lanes: &Lanes2) -> [Fq2; 8] {
        let (c0, c1) = (residues(&lanes.c0), residues(&lanes.c1));
        std::array::from_fn(|i| Fq2::new(c0[i], c1[i]))
    }

    #[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
    fn check() {
        let values = values::<Fq>(5);
        let chunks: Vec<_> = values.chunks(8).collect();
        let by_radix = Fq2::new(radix::<Fq>().inverse().unwrap(), Fq::ZERO);
        let pair =
            |i: usize, j: usize| Lanes2 { c0: load(chunks[i % chunks.len()]), c1: load(chunks[j % chunks.len()]) };
        for i in 0..chunks.len() {
            for j in 0..chunks.len() {
                let (left, right) = (pair(i, j), pair(i + j, j + 1));
                let (a, b) = (elements(&left), elements(&right));
                let product = Lanes2::times(&left, &right);
                assert_below(&product.c0, 25);
                assert_below(&product.c1, 20);
                assert_eq!(elements(&product), std::array::from_fn(|k| a[k] * b[k] * by_radix));
                let square = Lanes2::square(&left);
                assert_below(&square.c0, 25);
                assert_eq!(elements(&square), a.map(|a| a * a * by_radix));
            }
        }
    }
}

#[test]
fn inverses_are_arks() {
    on_vectors(check);

    #[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
    fn check() {
        let by_radix = radix::<Fq>().inverse().unwrap();
        for value in values::<Fq>(2).chunks(8) {
            let lanes = load::<BaseField>(value);
            let residues_of = residues(&lanes);
            // (aR)⁻¹·R² is the form of a⁻¹.
            let expected: Option<Vec<_>> = residues_of.iter().map(|a| (*a * by_radix * by_radix).inverse()).collect();
            let found: Option<Fq8> = Coordinate::invert(&lanes);
            assert_eq!(found.map(|found| residues(&found).to_vec()), expected);

            let other = load::<BaseField>(&value.iter().rev().copied().collect::<Vec<_>>());
            let pair = Lanes2 { c0: lanes, c1: other };
            let elements = |lanes: &Lanes2| -> Vec<Fq2> {
                residues(&lanes.c0).into_iter().zip(residues(&lanes.c1)).map(|(a, b)| Fq2::new(a, b)).collect()
            };
            let squared = Fq2::new(by_radix * by_radix, Fq::ZERO);
            let expected: Option<Vec<_>> = elements(&pair).iter().map(|a| (*a * squared).inverse()).collect();
            assert_eq!(Coordinate::invert(&pair).map(|found| elements(&found)), expected);
        }
    }
}
