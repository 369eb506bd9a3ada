//! The Miller loop over any number of pairs.

use ark_bn254::G2Affine;

use super::{
    lines::{Lines, Place},
    schedule::{Step, steps},
    walk::Walk,
};
use crate::field::Fp12;

/// `Π e(P_i, Q_i)` before the final exponentiation, over points of G2 with their lines and at most one without.
pub(crate) fn miller_loop(prepared: &[(Place, &Lines)], fresh: Option<(Place, &G2Affine)>) -> Fp12 {
    let mut product = Fp12::ONE;
    let mut walk = fresh.map(|(place, point)| (place, Walk::from(point)));
    for (number, step) in steps().enumerate() {
        if step == Step::Double && number > 0 {
            product = product.square();
        }
        for pairs in prepared.chunks(2) {
            product = match *pairs {
                [(place, lines), (other_place, other_lines)] => {
                    product.times_two_lines(lines.at(number, place), other_lines.at(number, other_place))
                }
                [(place, lines)] => {
                    let line = lines.at(number, place);
                    product.times_line(line.a, line.b)
                }
                _ => product,
            };
        }
        if let Some((place, walk)) = &mut walk {
            let line = walk.take(step);
            let value = place.scale(line.a, line.b);
            product = product.times_scaled_line(line.c, value.a, value.b);
        }
    }
    product
}
