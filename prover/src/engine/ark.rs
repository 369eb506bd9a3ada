//! The engine on arkworks' field, curve and transform arithmetic: portable, and the yardstick for faster ones.

use aiq_circuits::Fr;
use aiq_circuits::constraints::R1cs;
use ark_bn254::{Bn254, g1, g2};
use ark_groth16::ProvingKey;
use ark_poly::{EvaluationDomain, Radix2EvaluationDomain};
use rayon::prelude::*;
use zeroize::Zeroizing;

use super::msm::{Bases, Scalars, best_width};
use super::{Engine, Products, RowValues};
use crate::parts::{Clock, Part};

/// Bases without points at infinity, all five multiplications side by side on rayon's pool, one recoding of the
/// assignment for A, B and L.
pub struct ArkEngine {
    a: Bases<g1::Config>,
    b_g1: Bases<g1::Config>,
    b_g2: Bases<g2::Config>,
    l: Bases<g1::Config>,
    h: Bases<g1::Config>,
    domain: Radix2EvaluationDomain<Fr>,
    /// The domain shifted by a root of twice its order.
    odd_coset: Radix2EvaluationDomain<Fr>,
    /// Bits in a digit of the assignment, and of the quotient.
    widths: [usize; 2],
}

impl ArkEngine {
    /// Prepares for a key. The key can be dropped afterwards.
    pub(crate) fn prepare(key: &ProvingKey<Bn254>, r1cs: &R1cs) -> Self {
        let first_witness = u32::try_from(r1cs.num_inputs).expect("no statement has 2^32 inputs");
        let radix2 = |size| Radix2EvaluationDomain::new(size).expect("circuits fit the field's 2^28 roots of unity");
        let domain = radix2(key.h_query.len());
        let shift = radix2(2 * key.h_query.len()).group_gen();
        Self {
            a: Bases::new(&key.a_query, 0),
            b_g1: Bases::new(&key.b_g1_query, 0),
            b_g2: Bases::new(&key.b_g2_query, 0),
            l: Bases::new(&key.l_query, first_witness),
            h: Bases::new(&key.h_query, 0),
            domain,
            odd_coset: domain.get_coset(shift).expect("a root of unity is not zero"),
            widths: [key.a_query.len(), key.h_query.len()].map(best_width),
        }
    }

    /// `A·B − C` on the odd coset, from the rows' values on the even one. It vanishes on the even one, so these values
    /// fix it (§9).
    fn quotient(&self, mut rows: RowValues) -> Zeroizing<Vec<Fr>> {
        let RowValues { a, b, c } = &mut rows;
        [&mut *a, &mut *b, &mut *c].into_par_iter().for_each(|values| {
            self.domain.ifft_in_place(values);
            self.odd_coset.fft_in_place(values);
        });
        a.par_iter_mut().zip(b).zip(c).for_each(|((a, b), c)| *a = *a * *b - *c);
        Zeroizing::new(std::mem::take(&mut rows.a))
    }
}

impl Engine for ArkEngine {
    fn products(&self, assignment: &[Fr], rows: RowValues) -> Products {
        let [width_of_z, width_of_h] = self.widths;
        let z = Scalars::new(assignment, width_of_z);
        let ((b_g2, h), (a, (b_g1, l))) = rayon::join(
            || {
                rayon::join(
                    || self.b_g2.multiply(&z),
                    || self.h.multiply(&Scalars::new(&self.quotient(rows), width_of_h)),
                )
            },
            || rayon::join(|| self.a.multiply(&z), || rayon::join(|| self.b_g1.multiply(&z), || self.l.multiply(&z))),
        );
        Products { a, b_g1, b_g2, l, h }
    }

    fn products_in_parts(&self, assignment: &[Fr], rows: RowValues, clock: &mut Clock<'_>) -> Products {
        let [width_of_z, width_of_h] = self.widths;
        let z = clock.time(Part::Digits, || Scalars::new(assignment, width_of_z));
        let b_g2 = clock.time(Part::B2, || self.b_g2.multiply(&z));
        let a = clock.time(Part::A, || self.a.multiply(&z));
        let b_g1 = clock.time(Part::B1, || self.b_g1.multiply(&z));
        let l = clock.time(Part::L, || self.l.multiply(&z));
        let quotient = clock.time(Part::Transforms, || self.quotient(rows));
        let h = clock.time(Part::Digits, || Scalars::new(&quotient, width_of_h));
        let h = clock.time(Part::H, || self.h.multiply(&h));
        Products { a, b_g1, b_g2, l, h }
    }
}
