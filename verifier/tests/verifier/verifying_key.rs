//! Row 13: keys that would let someone forge do not decode.

use aiq_circuits::statement::StatementId;
use aiq_verifier::{
    groth16::PreparedKey,
    verifying_key::{KeyError, KeyPoint, VerifyingKey},
};
use ark_bn254::{Bn254, Fr, G1Affine};
use ark_ec::AffineRepr as _;
use ark_ff::{UniformRand as _, Zero as _};
use ark_groth16::Groth16;
use ark_serialize::CanonicalSerialize as _;

use crate::support::{Trapdoor, g1, g2, outside_the_subgroup, rng, trapdoor};

const STATEMENT: StatementId = StatementId::Membership;

/// The key as ark-groth16 has it, which refuses nothing.
fn ark(trapdoor: &Trapdoor) -> ark_groth16::VerifyingKey<Bn254> {
    ark_groth16::VerifyingKey {
        alpha_g1: g1(trapdoor.alpha),
        beta_g2: g2(trapdoor.beta),
        gamma_g2: g2(trapdoor.gamma),
        delta_g2: g2(trapdoor.delta),
        gamma_abc_g1: trapdoor.ic.iter().map(|log| g1(*log)).collect(),
    }
}

fn ark_bytes(key: &ark_groth16::VerifyingKey<Bn254>) -> Vec<u8> {
    let mut bytes = Vec::new();
    key.serialize_compressed(&mut bytes).unwrap();
    bytes
}

fn good() -> Trapdoor {
    trapdoor(STATEMENT, &mut rng())
}

#[test]
fn has_the_layout_of_ark_groth16() {
    let key = good().key().unwrap();
    assert_eq!(key.to_bytes(), ark_bytes(&ark(&good())));
    assert_eq!(key.to_bytes().len(), 232 + 32 * 6);
    assert_eq!(VerifyingKey::from_bytes(&key.to_bytes()), Ok(key));
}

#[test]
fn id_is_the_hash_of_the_bytes() {
    let key = good().key().unwrap();
    assert_eq!(key.id().as_bytes(), &aiq_circuits::wire::sha256(&[&key.to_bytes()]));
}

/// With two of β, γ, δ equal or opposite, a proof of anything needs no trapdoor. Each forgery convinces a verifier that
/// accepts the key, and the key is refused here.
#[test]
fn refuses_keys_whose_beta_gamma_delta_coincide() {
    let mut rng = rng();
    let inputs: Vec<Fr> = (0..STATEMENT.public_inputs()).map(|_| Fr::rand(&mut rng)).collect();
    let one = Fr::from(1_u64);
    for sign in [one, -one] {
        let mut gamma_is_delta = good();
        gamma_is_delta.delta = sign * gamma_is_delta.gamma;
        let key = ark(&gamma_is_delta);
        let sum = g1(gamma_is_delta.sum(&inputs));
        // A = α, B = β, C = ∓IC(x).
        let c = if sign == one { -sum } else { sum };
        let forged = ark_groth16::Proof { a: key.alpha_g1, b: key.beta_g2, c };
        assert_forged_and_refused(&key, &forged, &inputs, (KeyPoint::Gamma, KeyPoint::Delta));

        let mut beta_is_delta = good();
        beta_is_delta.delta = sign * beta_is_delta.beta;
        let key = ark(&beta_is_delta);
        let sum = g1(beta_is_delta.sum(&inputs));
        // A = IC(x), B = β + γ, C = ±(IC(x) − α).
        let c = if sign == one { sum - key.alpha_g1 } else { key.alpha_g1 - sum };
        let forged = ark_groth16::Proof { a: sum, b: (key.beta_g2 + key.gamma_g2).into(), c: c.into() };
        assert_forged_and_refused(&key, &forged, &inputs, (KeyPoint::Beta, KeyPoint::Delta));

        let mut beta_is_gamma = good();
        beta_is_gamma.gamma = sign * beta_is_gamma.beta;
        let key = ark(&beta_is_gamma);
        let sum = g1(beta_is_gamma.sum(&inputs));
        // A = C = α ± IC(x), B = β + δ.
        let a = if sign == one { key.alpha_g1 + sum } else { key.alpha_g1 - sum };
        let forged = ark_groth16::Proof { a: a.into(), b: (key.beta_g2 + key.delta_g2).into(), c: a.into() };
        assert_forged_and_refused(&key, &forged, &inputs, (KeyPoint::Beta, KeyPoint::Gamma));
    }
}

fn assert_forged_and_refused(
    key: &ark_groth16::VerifyingKey<Bn254>,
    forged: &ark_groth16::Proof<Bn254>,
    inputs: &[Fr],
    (first, second): (KeyPoint, KeyPoint),
) {
    let prepared = ark_groth16::prepare_verifying_key(key);
    assert_eq!(Groth16::<Bn254>::verify_proof(&prepared, forged, inputs), Ok(true), "{first} {second}");
    assert_eq!(VerifyingKey::from_bytes(&ark_bytes(key)), Err(KeyError::Coincide(first, second)));
}

#[test]
fn refuses_repeated_ic_points() {
    for (first, second) in [(0, 1), (1, 5), (2, 3)] {
        for sign in [Fr::from(1_u64), -Fr::from(1_u64)] {
            let mut trapdoor = good();
            trapdoor.ic[second] = sign * trapdoor.ic[first];
            let refused = KeyError::Coincide(KeyPoint::Ic(first), KeyPoint::Ic(second));
            assert_eq!(VerifyingKey::from_bytes(&ark_bytes(&ark(&trapdoor))), Err(refused));
            assert_eq!(trapdoor.key(), Err(refused));
        }
    }
    let mut trapdoor = good();
    trapdoor.ic[0] = trapdoor.alpha;
    assert_eq!(trapdoor.key(), Err(KeyError::Coincide(KeyPoint::Alpha, KeyPoint::Ic(0))));
}

#[test]
fn refuses_the_identity_everywhere() {
    type Zero = fn(&mut Trapdoor);
    let zeroed: [(KeyPoint, Zero); 6] = [
        (KeyPoint::Alpha, |t| t.alpha = Fr::zero()),
        (KeyPoint::Beta, |t| t.beta = Fr::zero()),
        (KeyPoint::Gamma, |t| t.gamma = Fr::zero()),
        (KeyPoint::Delta, |t| t.delta = Fr::zero()),
        (KeyPoint::Ic(0), |t| t.ic[0] = Fr::zero()),
        (KeyPoint::Ic(5), |t| t.ic[5] = Fr::zero()),
    ];
    for (point, zero) in zeroed {
        let mut trapdoor = good();
        zero(&mut trapdoor);
        assert_eq!(VerifyingKey::from_bytes(&ark_bytes(&ark(&trapdoor))), Err(KeyError::Identity(point)));
        assert_eq!(trapdoor.key(), Err(KeyError::Identity(point)));
    }
}

#[test]
fn refuses_points_outside_the_subgroup_and_off_the_curve() {
    let mut key = ark(&good());
    key.gamma_g2 = outside_the_subgroup();
    assert_eq!(VerifyingKey::from_bytes(&ark_bytes(&key)), Err(KeyError::Point(KeyPoint::Gamma)));

    let off = G1Affine::new_unchecked(G1Affine::generator().x, 3_u64.into());
    let good = ark(&good());
    let refused = VerifyingKey::from_points(off, good.beta_g2, good.gamma_g2, good.delta_g2, good.gamma_abc_g1);
    assert_eq!(refused, Err(KeyError::Point(KeyPoint::Alpha)));
}

#[test]
fn refuses_every_other_length_and_count() {
    let bytes = good().key().unwrap().to_bytes();
    for length in [0, 31, 224, 231, 232, bytes.len() - 32, bytes.len() - 1] {
        assert_eq!(VerifyingKey::from_bytes(&bytes[..length]), Err(KeyError::Length(length)));
    }
    let longer = [&bytes[..], &[0]].concat();
    assert_eq!(VerifyingKey::from_bytes(&longer), Err(KeyError::Length(longer.len())));
    for count in [0, 5, 7, u64::MAX] {
        let mut bytes = bytes.clone();
        bytes[224..232].copy_from_slice(&count.to_le_bytes());
        assert_eq!(VerifyingKey::from_bytes(&bytes), Err(KeyError::Length(bytes.len())), "{count}");
    }
}

#[test]
fn refuses_the_key_of_another_statement() {
    let key = good().key().unwrap();
    assert_eq!(key.check_statement(StatementId::Membership), Ok(()));
    let error = PreparedKey::new(StatementId::Standing3, &key).unwrap_err();
    assert_eq!(error, KeyError::InputCount { statement: StatementId::Standing3, expected: 8, found: 6 });
    assert_eq!(error.to_string(), "standing-3 needs 8 IC points, the key has 6");
}
