//! Montgomery arithmetic on four words, for BN254's two fields, without a branch and without a reduction that nobody
//! needs.
//!
//! Both moduli p are below `0.19·2^256`: there is room for values of a few p. A product of factors below `αp` and `βp`
//! comes out below `(0.19αβ + 1)p`, and its first factor may be up to `4.2p`. arkworks brings every result below p, by
//! comparing and branching; where that goes either way, as behind a subtraction, the branch costs more than the
//! subtraction does. Values below p are arkworks' own form.
//!
//! Rows of a product are computed first and then added in one chain of carries, which is what compilers turn into the
//! fewest instructions.

// These are a few instructions for each word, and only together can they be scheduled well.
#![allow(clippy::inline_always)]
#![allow(clippy::cast_possible_truncation)] // the higher word of a product is taken on its own

use ark_ff::MontConfig;

/// A value in four words, the lowest first.
pub(crate) type Words = [u64; 4];

/// A product, or a sum of products, before its reduction.
pub(crate) type Wide = [u64; 8];

/// Products below p² whose sum [`reduce`] can take: the sum stays below `2^512` and its reduction below `2^256`.
pub(crate) const MAX_PRODUCTS: usize = 16;

/// What follows from a modulus.
pub(crate) trait Modulus: MontConfig<4> {
    /// p.
    const P: Words = Self::MODULUS.0;
    /// 2p.
    const TWICE_P: Words = {
        let [a, b, c, d] = Self::P;
        [a << 1, b << 1 | a >> 63, c << 1 | b >> 63, d << 1 | c >> 63]
    };
}

impl<C: MontConfig<4>> Modulus for C {}

/// A product modulo p. For factors below `αp` and `βp`, with α at most 4.2 and a second factor of any four words, it is
/// below `(0.19αβ + 1)p`.
#[inline(always)]
pub(crate) fn times<C: Modulus>(a: Words, b: Words) -> Words {
    let [b0, b1, b2, b3] = b;
    // What is left of the rows so far is below a + p, which fits into four words.
    let mut rest = reduce_row::<C>(row(a, b0));
    for word in [b1, b2, b3] {
        rest = reduce_row::<C>(sum(with_word(rest, 0), row(a, word)));
    }
    rest
}

/// `a·b + c·d` modulo p, reduced once. For factors below `αp`, `βp`, `γp` and `δp`, with α + γ at most 4.2, it is below
/// `(0.19(αβ + γδ) + 1)p`.
#[inline(always)]
pub(crate) fn sum_of_two<C: Modulus>(a: Words, b: Words, c: Words, d: Words) -> Words {
    // As above: what is left of the rows so far is below a + c + p.
    let mut rest = reduce_row::<C>(sum(row(a, b[0]), row(c, d[0])));
    for i in 1..4 {
        rest = reduce_row::<C>(sum(sum(with_word(rest, 0), row(a, b[i])), row(c, d[i])));
    }
    rest
}

/// A square modulo p, with the bounds of [`times`].
#[inline(always)]
pub(crate) fn square<C: Modulus>(a: Words) -> Words {
    montgomery::<C>(wide_square(a))
}

/// The product of two numbers.
#[inline(always)]
pub(crate) fn product(a: Words, b: Words) -> Wide {
    let [r0, rest @ ..] = row(a, b[0]);
    let [r1, rest @ ..] = sum(with_word(rest, 0), row(a, b[1]));
    let [r2, rest @ ..] = sum(with_word(rest, 0), row(a, b[2]));
    let [r3, r4, r5, r6, r7] = sum(with_word(rest, 0), row(a, b[3]));
    [r0, r1, r2, r3, r4, r5, r6, r7]
}

/// The square of a number: products of different words are computed once and doubled.
#[inline(always)]
fn wide_square([a, b, c, d]: Words) -> Wide {
    let ([ab, ac, ad], [bc, bd, cd]) = ([wide(a, b), wide(a, c), wide(a, d)], [wide(b, c), wide(b, d), wide(c, d)]);
    let [x1, x2, x3, x4, x5, x6] = sum(
        sum([low(ab), high(ab), high(ac), high(ad), high(bd), high(cd)], [0, low(ac), low(ad), low(bd), low(cd), 0]),
        [0, 0, low(bc), high(bc), 0, 0],
    );
    let doubled = [
        0,
        x1 << 1,
        x2 << 1 | x1 >> 63,
        x3 << 1 | x2 >> 63,
        x4 << 1 | x3 >> 63,
        x5 << 1 | x4 >> 63,
        x6 << 1 | x5 >> 63,
        x6 >> 63,
    ];
    let [aa, bb, cc, dd] = [wide(a, a), wide(b, b), wide(c, c), wide(d, d)];
    sum(doubled, [low(aa), high(aa), low(bb), high(bb), low(cc), high(cc), low(dd), high(dd)])
}

const fn wide(a: u64, b: u64) -> u128 {
    a as u128 * b as u128
}

const fn low(wide: u128) -> u64 {
    wide as u64
}

const fn high(wide: u128) -> u64 {
    (wide >> 64) as u64
}

/// The product with a word.
#[inline(always)]
fn row(a: Words, b: u64) -> [u64; 5] {
    let [p0, p1, p2, p3] = [wide(a[0], b), wide(a[1], b), wide(a[2], b), wide(a[3], b)];
    sum([low(p0), high(p0), high(p1), high(p2), high(p3)], [0, low(p1), low(p2), low(p3), 0])
}

const fn with_word([a, b, c, d]: Words, e: u64) -> [u64; 5] {
    [a, b, c, d, e]
}

/// Adds the multiple of p that clears the lowest word, and drops that.
#[inline(always)]
fn reduce_row<C: Modulus>(value: [u64; 5]) -> Words {
    let [_, rest @ ..] = sum(value, row(C::P, value[0].wrapping_mul(C::INV)));
    rest
}

/// The sum, which the callers know to fit.
#[inline(always)]
pub(crate) fn sum<const N: usize>(a: [u64; N], b: [u64; N]) -> [u64; N] {
    let (mut total, mut carry, mut i) = ([0; N], false, 0);
    while i < N {
        (total[i], carry) = a[i].carrying_add(b[i], carry);
        i += 1;
    }
    total
}

/// The difference, which the callers know not to be negative.
#[inline(always)]
pub(crate) fn difference<const N: usize>(a: [u64; N], b: [u64; N]) -> [u64; N] {
    subtract(a, b).0
}

/// The difference modulo `2^(64·N)`, and whether the true one is negative.
#[inline(always)]
fn subtract<const N: usize>(a: [u64; N], b: [u64; N]) -> ([u64; N], bool) {
    let (mut rest, mut borrow, mut i) = ([0; N], false, 0);
    while i < N {
        (rest[i], borrow) = a[i].borrowing_sub(b[i], borrow);
        i += 1;
    }
    (rest, borrow)
}

/// `value − limit` if that is not negative, otherwise the value.
#[inline(always)]
pub(crate) fn at_most(value: Words, limit: Words) -> Words {
    let (rest, is_below) = subtract(value, limit);
    let mask = u64::from(is_below).wrapping_neg();
    std::array::from_fn(|i| rest[i] ^ (rest[i] ^ value[i]) & mask)
}

/// The canonical form of a value below `2p`.
#[inline(always)]
pub(crate) fn canonical_2<C: Modulus>(value: Words) -> Words {
    at_most(value, C::P)
}

/// The canonical form of a value below `4p`.
#[inline(always)]
pub(crate) fn canonical_4<C: Modulus>(value: Words) -> Words {
    canonical_2::<C>(at_most(value, C::TWICE_P))
}

/// Montgomery's reduction, canonical, of a sum of at most [`MAX_PRODUCTS`] products: before it is made canonical it is
/// below `4.1p`.
#[inline(always)]
pub(crate) fn reduce<C: Modulus>(value: Wide) -> Words {
    canonical_2::<C>(canonical_4::<C>(montgomery::<C>(value)))
}

/// Montgomery's reduction of a value below `βp²`, to below `(0.19β + 1)p`, which must be less than `2^256`.
#[inline(always)]
pub(crate) fn montgomery<C: Modulus>([a, b, c, d, above @ ..]: Wide) -> Words {
    let mut rest = [a, b, c, d];
    for _ in 0..4 {
        rest = reduce_row::<C>(with_word(rest, 0));
    }
    sum(rest, above)
}

#[cfg(test)]
mod tests {
    use ark_bn254::{Fq, FqConfig, Fr, FrConfig};
    use ark_ff::fields::models::fp::MontBackend;
    use ark_ff::{AdditiveGroup, BigInt, Field, Fp, UniformRand};
    use rand::SeedableRng;
    use rand_chacha::ChaCha20Rng;

    use super::*;

    fn rng() -> ChaCha20Rng {
        ChaCha20Rng::from_seed([5; 32])
    }

    /// Residues with multiples of p up to the fourth: 0, 1, the largest, and random ones.
    fn values<C: Modulus>() -> Vec<(Words, Fp<MontBackend<C, 4>, 4>)> {
        let mut residues = vec![[0; 4], [1, 0, 0, 0], difference(C::P, [1, 0, 0, 0]), [u64::MAX, 0, 0, 0]];
        let rng = &mut rng();
        residues.extend((0..20).map(|_| Fp::<MontBackend<C, 4>, 4>::rand(rng).0.0));
        let with_multiples = |residue: Words| {
            let element = Fp::new_unchecked(BigInt(residue));
            std::iter::successors(Some(residue), |value| Some(sum(*value, C::P)))
                .take(4)
                .map(move |value| (value, element))
        };
        residues.into_iter().flat_map(with_multiples).collect()
    }

    fn products_agree<C: Modulus>() {
        // In tenths of p: a product of values below 4p is below 4.1p.
        let most = sum(sum(C::TWICE_P, C::TWICE_P), [0, 0, 0, C::P[3] / 10 + 1]);
        for (a, x) in values::<C>() {
            let squared = square::<C>(a);
            assert!(subtract(squared, most).1, "a square is too large");
            assert_eq!(canonical_2::<C>(canonical_4::<C>(squared)), x.square().0.0);
            for (b, y) in values::<C>() {
                let product = times::<C>(a, b);
                assert!(subtract(product, most).1, "a product is too large");
                assert_eq!(canonical_2::<C>(canonical_4::<C>(product)), (x * y).0.0);
                assert_eq!(canonical_2::<C>(canonical_4::<C>(montgomery::<C>(super::product(a, b)))), (x * y).0.0);
                let [small_a, small_b] = [at_most(a, C::TWICE_P), at_most(b, C::TWICE_P)];
                let two = sum_of_two::<C>(small_a, b, small_b, a);
                assert!(subtract(two, most).1, "a sum of two products is too large");
                assert_eq!(canonical_2::<C>(canonical_4::<C>(two)), (x * y + y * x).0.0);
            }
        }
    }

    #[test]
    fn products_and_squares_are_arkworks() {
        products_agree::<FqConfig>();
        products_agree::<FrConfig>();
    }

    #[test]
    fn sums_of_products_are_arkworks() {
        let rng = &mut rng();
        // The largest in Montgomery form as often as fits, then random ones.
        let largest = Fr::new_unchecked(BigInt(difference(FrConfig::P, [1, 0, 0, 0])));
        for count in 0..=MAX_PRODUCTS {
            for is_largest in [true, false] {
                let mut draw = || if is_largest { largest } else { Fr::rand(rng) };
                let pairs: Vec<_> = (0..count).map(|_| (draw(), draw())).collect();
                let wide = pairs.iter().fold([0; 8], |all, (a, b)| sum(all, product(a.0.0, b.0.0)));
                let expected: Fr = pairs.iter().map(|(a, b)| *a * b).sum();
                assert_eq!(reduce::<FrConfig>(wide), expected.0.0, "{count} products");
            }
        }
    }

    #[test]
    fn canonical_forms_are_below_the_modulus() {
        for (value, element) in values::<FqConfig>() {
            assert_eq!(canonical_4::<FqConfig>(value), element.0.0);
        }
        assert_eq!(canonical_2::<FqConfig>(FqConfig::P), Fq::ZERO.0.0);
        assert_eq!(canonical_4::<FqConfig>(sum(FqConfig::TWICE_P, FqConfig::P)), Fq::ZERO.0.0);
    }
}
