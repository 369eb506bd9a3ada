//! Products of field elements in twice the words: sums of them are reduced once, instead of every product on its own.
//!
//! Everything is in arkworks' Montgomery form, for BN254's two fields: their moduli are below `0.19·2^256`.

// These are a few instructions for each word, and only together can they be scheduled well.
#![allow(clippy::inline_always)]

use ark_ff::fields::models::fp::MontBackend;
use ark_ff::{BigInt, Fp, MontConfig};

/// Products below p² whose sum [`reduce`] can take: the sum stays below `2^512` and its reduction below `2^256`.
pub(crate) const MAX_PRODUCTS: usize = 16;

/// A product, or a sum of products.
pub(crate) type Wide = [u64; 8];

/// `a + b·c + carry`, which fits into two words.
#[allow(clippy::cast_possible_truncation)] // the carry is kept apart
#[inline(always)]
const fn multiply_add(a: u64, b: u64, c: u64, carry: &mut u64) -> u64 {
    let wide = a as u128 + b as u128 * c as u128 + *carry as u128;
    *carry = (wide >> 64) as u64;
    wide as u64
}

/// The product of two numbers.
#[inline(always)]
pub(crate) const fn product(a: [u64; 4], b: [u64; 4]) -> Wide {
    let mut product = [0; 8];
    let mut i = 0;
    while i < 4 {
        let mut carry = 0;
        product[i] = multiply_add(product[i], a[0], b[i], &mut carry);
        product[i + 1] = multiply_add(product[i + 1], a[1], b[i], &mut carry);
        product[i + 2] = multiply_add(product[i + 2], a[2], b[i], &mut carry);
        product[i + 3] = multiply_add(product[i + 3], a[3], b[i], &mut carry);
        product[i + 4] = carry;
        i += 1;
    }
    product
}

/// The sum, which the callers know to fit.
#[inline(always)]
pub(crate) fn sum<const N: usize>(a: [u64; N], b: [u64; N]) -> [u64; N] {
    let mut carry = false;
    std::array::from_fn(|i| {
        let (word, overflow) = a[i].carrying_add(b[i], carry);
        carry = overflow;
        word
    })
}

/// The difference, which the callers know not to be negative.
#[inline(always)]
pub(crate) fn difference<const N: usize>(a: [u64; N], b: [u64; N]) -> [u64; N] {
    let mut borrow = false;
    std::array::from_fn(|i| {
        let (word, underflow) = a[i].borrowing_sub(b[i], borrow);
        borrow = underflow;
        word
    })
}

/// Montgomery's reduction of a value below `2p²`: it comes out below `1.4p`, then below p.
#[inline(always)]
pub(crate) fn reduce_small<C: MontConfig<4>>(value: Wide) -> Fp<MontBackend<C, 4>, 4> {
    from_words::<C>(subtract_if_above(montgomery::<C>(value), C::MODULUS.0))
}

/// Montgomery's reduction of a sum of at most [`MAX_PRODUCTS`] products: it comes out below `4.1p`, then below p.
#[inline(always)]
pub(crate) fn reduce<C: MontConfig<4>>(value: Wide) -> Fp<MontBackend<C, 4>, 4> {
    let double = sum(C::MODULUS.0, C::MODULUS.0);
    let below_3p = subtract_if_above(montgomery::<C>(value), double);
    let below_2p = subtract_if_above(below_3p, C::MODULUS.0);
    from_words::<C>(subtract_if_above(below_2p, C::MODULUS.0))
}

#[inline(always)]
fn montgomery<C: MontConfig<4>>(mut value: Wide) -> [u64; 4] {
    let mut above = 0;
    for i in 0..4 {
        let factor = value[i].wrapping_mul(C::INV);
        let mut carry = 0;
        multiply_add(value[i], factor, C::MODULUS.0[0], &mut carry);
        value[i + 1] = multiply_add(value[i + 1], factor, C::MODULUS.0[1], &mut carry);
        value[i + 2] = multiply_add(value[i + 2], factor, C::MODULUS.0[2], &mut carry);
        value[i + 3] = multiply_add(value[i + 3], factor, C::MODULUS.0[3], &mut carry);
        value[i + 4] = multiply_add(value[i + 4], carry, 1, &mut above);
    }
    let [_, _, _, _, high @ ..] = value;
    high
}

#[inline(always)]
fn subtract_if_above(value: [u64; 4], modulus: [u64; 4]) -> [u64; 4] {
    if BigInt(value) < BigInt(modulus) { value } else { difference(value, modulus) }
}

#[inline(always)]
fn from_words<C: MontConfig<4>>(words: [u64; 4]) -> Fp<MontBackend<C, 4>, 4> {
    Fp::new_unchecked(BigInt(words))
}

#[cfg(test)]
mod tests {
    use ark_bn254::{Fq, FqConfig, Fr, FrConfig};
    use ark_ff::{AdditiveGroup, UniformRand};
    use rand::SeedableRng;
    use rand_chacha::ChaCha20Rng;

    use super::*;

    #[test]
    fn sums_of_products_are_arkworks() {
        let rng = &mut ChaCha20Rng::from_seed([5; 32]);
        // The largest in Montgomery form as often as fits, then random ones.
        let largest = Fr::new_unchecked(BigInt(difference(FrConfig::MODULUS.0, [1, 0, 0, 0])));
        for count in 0..=MAX_PRODUCTS {
            for is_largest in [true, false] {
                let mut draw = || if is_largest { largest } else { Fr::rand(rng) };
                let pairs: Vec<_> = (0..count).map(|_| (draw(), draw())).collect();
                let wide = pairs.iter().fold([0; 8], |all, (a, b)| sum(all, product(a.0.0, b.0.0)));
                let expected: Fr = pairs.iter().map(|(a, b)| *a * b).sum();
                assert_eq!(reduce::<FrConfig>(wide), expected, "{count} products");
            }
        }
    }

    #[test]
    fn values_below_twice_the_square_are_reduced() {
        let largest = Fq::new_unchecked(BigInt(difference(FqConfig::MODULUS.0, [1, 0, 0, 0])));
        let square = product(largest.0.0, largest.0.0);
        assert_eq!(reduce_small::<FqConfig>(sum(square, square)), largest * largest + largest * largest);
        assert_eq!(reduce_small::<FqConfig>([0; 8]), Fq::ZERO);
    }
}
