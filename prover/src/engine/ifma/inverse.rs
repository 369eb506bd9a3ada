//! Inverting eight elements with one inversion.

use zeroize::Zeroizing;

use super::coordinate::Fq8;
use super::modulus::{BaseField, LIMBS, Modulus, limbs, power_of_two, words};
use crate::engine::divsteps;

/// `2^780 mod p`: what a product with turns `a⁻¹·2^−260`, the inverse of `a·2^260`, into `a⁻¹·2^260`.
const CORRECTION: [u64; LIMBS] = power_of_two(BaseField::WORDS, 780);

/// The inverses of eight values below `5p`, or `None` if one of them is 0.
///
/// The product of all lanes is in every lane after three rotations. Its inverse times what the others have contributed
/// is a lane's inverse.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
pub(super) fn invert(values: &Fq8) -> Option<Fq8> {
    let other1 = values.rotate::<4>();
    let pairs = values.times(&other1);
    let other3 = pairs.rotate::<2>();
    let fours = pairs.times(&other3);
    let other7 = fours.rotate::<1>();
    let all = fours.times(&other7);
    let total = Zeroizing::new(words(all.canonical().lane(0)));
    let inverse = Zeroizing::new(divsteps::invert(*total, BaseField::WORDS)?);
    let inverse = Fq8::splat(&limbs(*inverse)).times(&Fq8::splat(&CORRECTION));
    Some(inverse.times(&other1.times(&other3).times(&other7)))
}
