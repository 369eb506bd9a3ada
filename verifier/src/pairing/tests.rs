//! The pairing against ark-ec's, and its laws.

#![allow(clippy::unwrap_used)]

use ark_bn254::{Bn254, Config, Fq12, Fr, G1Projective, G2Affine, G2Projective};
use ark_ec::{
    AffineRepr as _, CurveGroup as _, PrimeGroup as _,
    bn::BnConfig as _,
    pairing::{MillerLoopOutput, Pairing as _},
};
use ark_ff::{UniformRand as _, Zero as _};
use rand::{SeedableRng as _, rngs::StdRng};

use super::{Lines, Place, exponent, final_exponentiation, miller_loop};
use crate::{curve::Jacobian, field::Fp12};

fn rng() -> StdRng {
    StdRng::seed_from_u64(0x0070_6169)
}

fn points(count: usize, rng: &mut StdRng) -> (Vec<G1Projective>, Vec<G2Affine>) {
    let g1 = (0..count).map(|_| G1Projective::rand(rng)).collect();
    let g2 = (0..count).map(|_| G2Projective::rand(rng).into_affine()).collect();
    (g1, g2)
}

/// All points of G2 with their lines.
fn prepared(g1: &[G1Projective], g2: &[G2Affine]) -> Fp12 {
    let places = Place::of_all(&g1.iter().map(|point| Jacobian::from(*point)).collect::<Vec<_>>());
    let lines = Lines::of_all(g2);
    final_exponentiation(&miller_loop(&places.into_iter().zip(&lines).collect::<Vec<_>>(), None))
}

fn theirs(g1: &[G1Projective], g2: &[G2Affine]) -> Fp12 {
    Fp12::from_ark(&Bn254::multi_pairing(G1Projective::normalize_batch(g1), g2).0)
}

#[test]
fn equals_ark_ecs() {
    let mut rng = rng();
    let (g1, g2) = points(7, &mut rng);
    for count in [0, 1, 2, 3, 4, 7] {
        assert_eq!(prepared(&g1[..count], &g2[..count]), theirs(&g1[..count], &g2[..count]), "{count}");
    }
    let [a, b, c] = Place::of([g1[0], g1[1], g1[2]].map(Jacobian::from));
    let [two, three] = Lines::of([g2[1], g2[2]]);
    for (known, count) in [(&[][..], 1), (&[(b, &two)], 2), (&[(b, &two), (c, &three)], 3)] {
        let fresh = final_exponentiation(&miller_loop(known, Some((a, &g2[0]))));
        assert_eq!(fresh, theirs(&g1[..count], &g2[..count]), "{count}");
    }
}

#[test]
fn is_one_at_the_identity_of_g1() {
    let mut rng = rng();
    let (g1, g2) = points(2, &mut rng);
    let zero = G1Projective::zero();
    assert_eq!(prepared(&[zero], &g2[..1]), Fp12::ONE);
    assert_eq!(prepared(&[zero, g1[1]], &g2), theirs(&g1[1..], &g2[1..]));
    // However a computation came to it.
    assert_eq!(prepared(&[g1[0] - g1[0]], &g2[..1]), Fp12::ONE);
    let [place] = Place::of([G1Projective::zero().into()]);
    assert_eq!(final_exponentiation(&miller_loop(&[], Some((place, &g2[0])))), Fp12::ONE);
}

#[test]
fn is_bilinear_and_not_degenerate() {
    let mut rng = rng();
    let (p, q) = (G1Projective::generator(), G2Affine::generator());
    let one = prepared(&[p], &[q]);
    assert_ne!(one, Fp12::ONE);
    for _ in 0..3 {
        let (a, b) = (Fr::rand(&mut rng), Fr::rand(&mut rng));
        let multiple = (q * b).into_affine();
        assert_eq!(prepared(&[p * a], &[multiple]), prepared(&[p * (a * b)], &[q]));
        assert_eq!(prepared(&[p * a, -(p * (a * b))], &[multiple, q]), Fp12::ONE);
        assert_eq!(&prepared(&[p * a], &[q]) * &prepared(&[p * b], &[q]), prepared(&[p * (a + b)], &[q]));
    }
}

#[test]
fn final_exponentiation_equals_ark_ecs() {
    let mut rng = rng();
    for _ in 0..5 {
        let value = Fq12::rand(&mut rng);
        let theirs = Bn254::final_exponentiation(MillerLoopOutput(value)).unwrap();
        assert_eq!(final_exponentiation(&Fp12::from_ark(&value)).to_ark(), theirs.0);
    }
    assert_eq!(final_exponentiation(&Fp12::from_ark(&Fq12::zero())).to_ark(), Fq12::zero());
}

#[test]
fn the_chain_composes_the_curves_parameter() {
    let composed =
        exponent::CHAIN.iter().fold(35_i128, |sum, (squarings, digit)| (sum << squarings) + i128::from(*digit));
    assert_eq!(composed, i128::from(Config::X[0]));
}
