//! The final exponentiation.

use crate::field::Fp12;

/// The power of `2x·(6x² + 3x + 1)·(p¹² − 1)/r`, which ark-ec takes as well: the factor before is prime to r, so this is 1
/// exactly if the power of `(p¹² − 1)/r` is. Zero for zero, which no Miller loop yields: no line is zero.
///
/// Fuentes-Castañeda, Knapp, Rodríguez-Henríquez, "Faster hashing to G2", SAC 2011, section 5.
pub(crate) fn final_exponentiation(value: &Fp12) -> Fp12 {
    // The easy part: (p⁶ − 1)·(p² + 1). From here on the inverse is the conjugate.
    let value = &value.conjugate() * &value.inverse_or_zero();
    let value = &value.frobenius(2) * &value;

    // The hard part: 1 + 6x + 12x² + 12x³ + (4x + 6x² + 12x³)·p + (6x + 6x² + 12x³)·p² + (−1 + 4x + 6x² + 12x³)·p³.
    let two = power_of_x(&value).cyclotomic_square();
    let six = &two.cyclotomic_square() * &two;
    let six_squared = power_of_x(&six);
    let twelve_cubed = power_of_x(&six_squared.cyclotomic_square());
    let common = &(&twelve_cubed * &six_squared) * &six;
    let four = &common * &two.conjugate();
    let first = &(&common * &six_squared) * &value;
    let last = &four * &value.conjugate();
    let product = &first * &four.frobenius(1);
    let product = &product * &common.frobenius(2);
    &product * &last.frobenius(3)
}

/// How x, the curve's parameter, is composed: squarings, then a digit of 35, 17, −35 or −17; 35 before the first. The shortest
/// signed expansion of x over any two digits besides 1, by exhaustive search up to 63.
pub(super) const CHAIN: [(u32, i8); 11] =
    [(6, -35), (7, 17), (2, 35), (4, -35), (4, -35), (9, 35), (4, 35), (6, 17), (5, 35), (5, -17), (5, 17)];

/// The power of x.
fn power_of_x(value: &Fp12) -> Fp12 {
    let squared = |value: &Fp12, times: u32| (0..times).fold(*value, |value, _| value.cyclotomic_square());
    let power_17 = &squared(value, 4) * value;
    let power_35 = &power_17.cyclotomic_square() * value;
    CHAIN.iter().fold(power_35, |power, (squarings, digit)| {
        let factor = if digit.abs() == 35 { power_35 } else { power_17 };
        let factor = if *digit < 0 { factor.conjugate() } else { factor };
        &squared(&power, *squarings) * &factor
    })
}
