//! Between four words of 64 bits an element in memory and vectors of limbs.

use core::arch::x86_64::*;

use zeroize::Zeroize;

use super::lanes::{Lanes, set1};
use super::modulus::{MASK, Modulus};

/// Loads eight elements below `2^256`, each from its own place.
///
/// # Safety
/// Every place must be valid for reads of four words, and aligned to 32 bytes.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
pub(super) unsafe fn load<M: Modulus>(places: &[*const u64; 8]) -> Lanes<M> {
    // SAFETY: the caller's promise.
    let pair = |low: usize, high: usize| unsafe {
        let low = _mm256_load_si256(places[low].cast());
        let high = _mm256_load_si256(places[high].cast());
        _mm512_inserti64x4::<1>(_mm512_castsi256_si512(low), high)
    };
    let [a, b, c, d] = transpose([pair(0, 2), pair(1, 3), pair(4, 6), pair(5, 7)]);
    Lanes::from_limbs(split([a, b, c, d]))
}

/// Stores eight elements below `2^256`, each at its own place.
///
/// # Safety
/// Every place must be valid for writes of four words, and aligned to 32 bytes.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
pub(super) unsafe fn store<M: Modulus>(value: &Lanes<M>, places: &[*mut u64; 8]) {
    let rows = transpose_back(join(&value.limbs));
    for (row, (low, high)) in rows.into_iter().zip([(0, 2), (1, 3), (4, 6), (5, 7)]) {
        // SAFETY: the caller's promise.
        unsafe {
            _mm256_store_si256(places[low].cast(), _mm512_castsi512_si256(row));
            _mm256_store_si256(places[high].cast(), _mm512_extracti64x4_epi64::<1>(row));
        }
    }
}

/// Words of elements 0|2, 1|3, 4|6, 5|7 to vectors of first, second, third and fourth words.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
fn transpose([a, b, c, d]: [__m512i; 4]) -> [__m512i; 4] {
    let (even_low, odd_low) = (_mm512_unpacklo_epi64(a, b), _mm512_unpackhi_epi64(a, b));
    let (even_high, odd_high) = (_mm512_unpacklo_epi64(c, d), _mm512_unpackhi_epi64(c, d));
    // Of four pairs of lanes in each operand, the first and third are the lower word's, the others the higher word's.
    [
        _mm512_shuffle_i64x2::<0b10_00_10_00>(even_low, even_high),
        _mm512_shuffle_i64x2::<0b10_00_10_00>(odd_low, odd_high),
        _mm512_shuffle_i64x2::<0b11_01_11_01>(even_low, even_high),
        _mm512_shuffle_i64x2::<0b11_01_11_01>(odd_low, odd_high),
    ]
}

/// The inverse of [`transpose`].
#[inline]
#[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
fn transpose_back([w0, w1, w2, w3]: [__m512i; 4]) -> [__m512i; 4] {
    let (even01, odd01) = (_mm512_unpacklo_epi64(w0, w1), _mm512_unpackhi_epi64(w0, w1));
    let (even23, odd23) = (_mm512_unpacklo_epi64(w2, w3), _mm512_unpackhi_epi64(w2, w3));
    // even01 holds the lower words of elements 0, 2, 4, 6, even23 their higher words: element 0 is the first pair of
    // each. The pairs of a row are 0, 2 (or 4, 6), each lower before higher.
    let low = _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11);
    let high = _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15);
    [
        _mm512_permutex2var_epi64(even01, low, even23),
        _mm512_permutex2var_epi64(odd01, low, odd23),
        _mm512_permutex2var_epi64(even01, high, even23),
        _mm512_permutex2var_epi64(odd01, high, odd23),
    ]
}

/// Four words to five limbs.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
fn split([a, b, c, d]: [__m512i; 4]) -> [__m512i; 5] {
    let mask = set1(MASK);
    [
        _mm512_and_si512(a, mask),
        _mm512_and_si512(_mm512_or_si512(_mm512_srli_epi64::<52>(a), _mm512_slli_epi64::<12>(b)), mask),
        _mm512_and_si512(_mm512_or_si512(_mm512_srli_epi64::<40>(b), _mm512_slli_epi64::<24>(c)), mask),
        _mm512_and_si512(_mm512_or_si512(_mm512_srli_epi64::<28>(c), _mm512_slli_epi64::<36>(d)), mask),
        _mm512_srli_epi64::<16>(d),
    ]
}

/// Five carried limbs to four words.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
fn join([a, b, c, d, e]: &[__m512i; 5]) -> [__m512i; 4] {
    [
        _mm512_or_si512(*a, _mm512_slli_epi64::<52>(*b)),
        _mm512_or_si512(_mm512_srli_epi64::<12>(*b), _mm512_slli_epi64::<40>(*c)),
        _mm512_or_si512(_mm512_srli_epi64::<24>(*c), _mm512_slli_epi64::<28>(*d)),
        _mm512_or_si512(_mm512_srli_epi64::<36>(*d), _mm512_slli_epi64::<16>(*e)),
    ]
}

/// Overwrites memory with zeros.
///
/// # Safety
/// All zeros must be a value of the type, which must have no padding and be made of whole words of 64 bits.
pub(super) unsafe fn wipe<T: Copy>(values: &mut [T]) {
    let words = size_of_val(values) / size_of::<u64>();
    // SAFETY: the memory of the slice, as words: the caller promises that any words are values and values are words.
    unsafe { core::slice::from_raw_parts_mut(values.as_mut_ptr().cast::<u64>(), words) }.zeroize();
}
