//! The constants of a prime modulus in radix 2^52, computed from ark's at compile time.

use ark_bn254::{Fq, Fr};
use ark_ff::PrimeField;

/// Words of 52 bits in a field element.
pub(super) const LIMBS: usize = 5;
/// The bits of a limb.
pub(super) const MASK: u64 = (1 << 52) - 1;

/// A prime p between `2^253` and `2^254`, whose elements are kept in Montgomery's form with R = `2^260`.
pub(super) trait Modulus: Copy + Send + Sync + 'static {
    /// ark's name for the field.
    type Ark: PrimeField<BigInt = ark_ff::BigInt<4>>;
    /// p in words of 64 bits.
    const WORDS: [u64; 4];

    /// p.
    const P: [u64; LIMBS] = limbs(Self::WORDS);
    /// `−1/p mod 2^52`.
    const NEGATED_INVERSE: u64 = negated_inverse(Self::WORDS[0]);
    /// `2^−52 mod p`: what a limb is worth one limb up. With this, a step of a reduction needs no quotient digit. For
    /// both fields it is below `p/7`, see [`fold`].
    const FOLD: [u64; LIMBS] = fold(Self::WORDS, Self::NEGATED_INVERSE);
    /// Column l holds limb l of the multiple of p that is to be added to a value whose top limb, divided by `2^46`, is
    /// the row's index modulo 8, as a number between −4 and 3. See `Lanes::settle`.
    const SETTLE: [[i64; 8]; LIMBS] = settle(Self::P);
    /// 1 in this form.
    const ONE: [u64; LIMBS] = power_of_two(Self::WORDS, 260);
}

/// BN254's base field.
#[derive(Clone, Copy)]
pub(super) struct BaseField;

impl Modulus for BaseField {
    type Ark = Fq;
    const WORDS: [u64; 4] = Fq::MODULUS.0;
}

/// BN254's scalar field.
#[derive(Clone, Copy)]
pub(super) struct ScalarField;

impl Modulus for ScalarField {
    type Ark = Fr;
    const WORDS: [u64; 4] = Fr::MODULUS.0;
}

/// 256 bits in limbs of 52.
pub(super) const fn limbs(words: [u64; 4]) -> [u64; LIMBS] {
    let [a, b, c, d] = words;
    [a & MASK, (a >> 52 | b << 12) & MASK, (b >> 40 | c << 24) & MASK, (c >> 28 | d << 36) & MASK, d >> 16]
}

/// The inverse of [`limbs`].
pub(super) const fn words(limbs: [u64; LIMBS]) -> [u64; 4] {
    let [a, b, c, d, e] = limbs;
    [a | b << 52, b >> 12 | c << 40, c >> 24 | d << 28, d >> 36 | e << 16]
}

const fn negated_inverse(low: u64) -> u64 {
    // Newton's iteration: each step doubles the correct bits, of which an odd number is its own inverse's first three.
    let mut inverse = low;
    let mut step = 0;
    while step < 5 {
        inverse = inverse.wrapping_mul(2u64.wrapping_sub(low.wrapping_mul(inverse)));
        step += 1;
    }
    inverse.wrapping_neg() & MASK
}

/// `(negated_inverse·p + 1) / 2^52`. It is below `p/7` because the inverse happens to be below `2^52/7`.
#[allow(clippy::cast_possible_truncation)] // what is above is carried
const fn fold(modulus: [u64; 4], negated_inverse: u64) -> [u64; LIMBS] {
    assert!(negated_inverse < (1 << 52) / 7, "the bounds in the documentation of Lanes need this");
    let p = limbs(modulus);
    let mut folded = [0; LIMBS];
    let mut carry = 1u128;
    let mut limb = 0;
    while limb < LIMBS {
        carry += p[limb] as u128 * negated_inverse as u128;
        if limb > 0 {
            folded[limb - 1] = carry as u64 & MASK;
        } else {
            assert!(carry as u64 & MASK == 0, "the inverse makes the lowest limb vanish");
        }
        carry >>= 52;
        limb += 1;
    }
    folded[LIMBS - 1] = carry as u64;
    folded
}

const fn settle(p: [u64; LIMBS]) -> [[i64; 8]; LIMBS] {
    // ⌈−i·2^254/p⌉ for i = 0, 1, 2, 3, −4, −3, −2, −1, with 2^254/p = 1.3228..1.3230 for both primes.
    const MULTIPLES: [i64; 8] = [0, -1, -2, -3, 6, 4, 3, 2];
    let mut columns = [[0; 8]; LIMBS];
    let mut limb = 0;
    while limb < LIMBS {
        let mut row = 0;
        while row < 8 {
            columns[limb][row] = MULTIPLES[row] * p[limb].cast_signed();
            row += 1;
        }
        limb += 1;
    }
    columns
}

pub(super) const fn power_of_two(modulus: [u64; 4], exponent: usize) -> [u64; LIMBS] {
    let mut value = [1, 0, 0, 0];
    let mut doublings = 0;
    while doublings < exponent {
        value = double(value, modulus);
        doublings += 1;
    }
    limbs(value)
}

/// `2·value mod p`. Nothing overflows: p is below `2^255`.
const fn double(value: [u64; 4], modulus: [u64; 4]) -> [u64; 4] {
    let mut doubled = [0; 4];
    let mut carry = 0;
    let mut word = 0;
    while word < 4 {
        doubled[word] = value[word] << 1 | carry;
        carry = value[word] >> 63;
        word += 1;
    }
    let mut reduced = [0; 4];
    let mut borrow = false;
    word = 0;
    while word < 4 {
        let (difference, first) = doubled[word].overflowing_sub(modulus[word]);
        let (difference, second) = difference.overflowing_sub(borrow as u64);
        reduced[word] = difference;
        borrow = first || second;
        word += 1;
    }
    if borrow { doubled } else { reduced }
}
