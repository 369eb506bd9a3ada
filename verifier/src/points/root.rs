//! Square roots in the base field and in `Fp2`. As p = 3 mod 4, both come from one power in the base field.

use ark_bn254::Fq;
use ark_ff::{MontFp, PrimeField as _};

use crate::field::{Fp, Fp2};

const HALF: Fp = Fp::from_ark(MontFp!("10944121435919637611123202872628637544348155578648911831344518947322613104292"));

impl Fp {
    /// A square root, if there is one: `a^((p + 1)/4)`.
    pub(crate) fn sqrt(self) -> Option<Self> {
        let root = self * self.power_of_quarter();
        (root.square() == self).then_some(root)
    }

    /// `a^((p − 3)/4)`, where `(p − 3)/4 = ⌊p/4⌋`: four bits at a time, from the top.
    fn power_of_quarter(self) -> Self {
        let mut powers = [Self::ONE; 16];
        for exponent in 1..16 {
            powers[exponent] = powers[exponent - 1] * self;
        }
        let bit =
            |place: usize| Fq::MODULUS.0.get(place / 64).map_or(0, |limb| usize::from(limb >> (place % 64) & 1 == 1));
        let digits = (0..63).rev().map(|digit| (2..6).rev().fold(0, |sum, place| 2 * sum + bit(4 * digit + place)));
        digits.fold(Self::ONE, |power, digit| power.square().square().square().square() * powers[digit])
    }
}

impl Fp2 {
    /// A square root, if there is one, by two powers in the base field and no inversion (the "complex method": Scott,
    /// "Computing in quadratic extensions", <https://eprint.iacr.org/2020/1497>, section 6.3).
    ///
    /// For `(c0 + c1·u)² = a0 + a1·u` the norm of a is a square s², and c0² is `(a0 + s)/2` or `(a0 − s)/2`, whose product is
    /// `−a1²/4`. Let d be the first of them, not zero, `t = d^((p − 3)/4)` and `x = d·t`; then `x·t = d^((p − 1)/2)` is 1 if d is a
    /// square, of x, and otherwise −1, when `x² = −d`. In the first case `c0 = x` and `c1 = a1/(2x) = a1·t/2`; in the second `c1 = x`,
    /// as `c1² = c0² − a0 = (a0 − s)/2 − a0 = −d`, and `c0 = a1/(2x) = −a1·t/2`.
    pub(crate) fn sqrt(self) -> Option<Self> {
        let norm = self.norm();
        let s = norm * norm.power_of_quarter();
        let d = match (self.c0 + s) * HALF {
            // Only if a1 = 0; then the other one is a0.
            Fp::ZERO => self.c0,
            d => d,
        };
        let t = d.power_of_quarter();
        let x = d * t;
        let other = self.c1 * t * HALF;
        let root = if x.square() == d { Self { c0: x, c1: other } } else { Self { c0: -other, c1: x } };
        (root.square() == self).then_some(root)
    }
}
