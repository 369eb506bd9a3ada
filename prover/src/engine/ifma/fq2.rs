//! Eight elements of Fq2 = Fq[u]/(u² + 1).

use super::coordinate::Fq8;
use super::inverse;

/// Eight elements `c0 + c1·u`.
#[derive(Clone, Copy)]
pub(super) struct Lanes2 {
    pub(super) c0: Fq8,
    pub(super) c1: Fq8,
}

impl Lanes2 {
    /// A product by Karatsuba's three, with two reductions. For bounds α and β with αβ below 29: the parts are below
    /// `2.5p` and `1.9p`.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
    pub(super) fn times(&self, other: &Self) -> Self {
        let low = self.c0.wide_product(&other.c0);
        let high = self.c1.wide_product(&other.c1);
        let cross = self.c0.plus(&self.c1).carry().wide_product(&other.c0.plus(&other.c1).carry());
        let c1 = cross.minus(&low).minus(&high).reduce();
        // αβp² is below p·2^260.
        let c0 = low.minus(&high).plus_high_multiple(1).reduce();
        Self { c0, c1 }
    }

    /// A square: `(c0 + c1)(c0 − c1)` and `2·c0·c1`. The parts are below `1.9p` for values below `5.2p`.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
    pub(super) fn square(&self) -> Self {
        let sum = self.c0.plus(&self.c1).carry();
        // 6p keeps it positive; 10.4·11.2 is less than 1.4·84.
        let difference = self.c0.minus(&self.c1).plus_multiple(6).carry();
        let twice = self.c0.plus(&self.c0).carry();
        Self { c0: sum.times(&difference), c1: twice.times(&self.c1) }
    }

    /// The inverses `(c0 − c1·u)/(c0² + c1²)` of values below `2.6p`, `None` if any is 0.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw")]
    pub(super) fn invert(&self) -> Option<Self> {
        let norm = self.c0.square().plus(&self.c1.square()).carry();
        let inverse = inverse::invert(&norm)?;
        let negated = Fq8::splat(&[0; 5]).minus(&self.c1).plus_multiple(3).carry();
        Some(Self { c0: self.c0.times(&inverse), c1: negated.times(&inverse) })
    }
}
