//! Whether a point of the twist is in G2, its subgroup of prime order r, by one multiple of 63 bits instead of 254.

use ark_bn254::Config;
use ark_ec::bn::BnConfig as _;

use crate::{
    curve::{Affine, Jacobian},
    field::Fp2,
};

/// The curve's parameter, called x in the literature.
const X: u64 = Config::X[0];

/// Whether `(x + 1)·Q + ψ(x·Q) + ψ²(x·Q) = ψ³(2x·Q)` (Dai, Lin, Zhao, Zhou, "Fast subgroup membership testings for G1, G2 and GT on
/// pairing-friendly curves", <https://eprint.iacr.org/2022/348>, section 5.1). Q must be on the twist.
///
/// Why that decides it: the equation is `h(ψ)Q = 0` for `h(T) = (x + 1) + x·T + x·T² − 2x·T³`.
/// * On G2, ψ multiplies by p, and `h(p) = 0 mod r`: every point of G2 passes.
/// * On the twist `χ(ψ) = 0` for `χ(T) = T² − t·T + p`, with t the trace of Frobenius. Dividing, `h = a + b·T mod χ`, so a point that
///   passes has `(a + b·ψ)Q = 0`, hence `(a + b·ψ̂)(a + b·ψ)Q = (a² + a·b·t + b²·p)Q = 0` with `ψ̂ = t − ψ`. That number and the
///   order of the twist, `r·(2p − r)`, have exactly r as their greatest common divisor, so `r·Q = 0`; and r divides the order
///   once, so that such points are those of G2. (`tests::the_criterion_is_sound` computes it.)
pub(super) fn contains(point: Affine<Fp2>) -> bool {
    let Some(multiple) = times_x(point).to_affine() else {
        // Then the equation says that Q itself is the identity.
        return false;
    };
    let once = multiple.frobenius();
    let twice = once.frobenius();
    let subtrahend = twice.frobenius().negate();
    let sum = Jacobian::from(point).add(multiple).add(once).add(twice).add(subtrahend).add(subtrahend);
    sum.is_identity()
}

/// `x·Q`, by the signed binary form of x: its digits are the differences between those of 3x and of x, one place further on.
fn times_x(point: Affine<Fp2>) -> Jacobian<Fp2> {
    let opposite = point.negate();
    let digits = (1..u64::BITS).rev().map(|place| ((3 * X) >> place & 1, X >> place & 1));
    digits.fold(Jacobian::IDENTITY, |multiple, digit| {
        let multiple = multiple.double();
        match digit {
            (1, 0) => multiple.add(point),
            (0, 1) => multiple.add(opposite),
            _ => multiple,
        }
    })
}
