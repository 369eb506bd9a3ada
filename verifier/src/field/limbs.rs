//! Integers of several words of 64 bits, the lowest first. Nothing branches.

/// As many as an element of the base field has.
pub(super) type Limbs = [u64; 4];

/// The product, row by row.
#[inline(always)]
pub(super) fn product(a: &Limbs, b: &Limbs) -> [u64; 8] {
    let mut limbs = [0; 8];
    for (row, a) in a.iter().enumerate() {
        let mut carry = 0;
        for (column, b) in b.iter().enumerate() {
            (limbs[row + column], carry) = a.carrying_mul_add(*b, limbs[row + column], carry);
        }
        limbs[row + 4] = carry;
    }
    limbs
}

/// The sum, which fits.
#[inline(always)]
pub(super) fn add<const N: usize>(a: [u64; N], b: [u64; N]) -> [u64; N] {
    let mut sum = [0; N];
    let mut carry = false;
    for ((limb, a), b) in sum.iter_mut().zip(a).zip(b) {
        (*limb, carry) = a.carrying_add(b, carry);
    }
    sum
}

/// The difference modulo 2^(64·N), and whether it is negative.
#[inline(always)]
pub(super) fn subtract<const N: usize>(a: [u64; N], b: [u64; N]) -> ([u64; N], bool) {
    let mut difference = [0; N];
    let mut borrow = false;
    for ((limb, a), b) in difference.iter_mut().zip(a).zip(b) {
        (*limb, borrow) = a.borrowing_sub(b, borrow);
    }
    (difference, borrow)
}
