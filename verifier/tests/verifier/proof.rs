//! Row 12: lengths, the identity, points off the curve or outside the subgroup, flag bits, other spellings.

use aiq_circuits::{statement::StatementId, wire::WireError};
use aiq_verifier::proof::{Proof, ProofError, ProofPoint};
use ark_bn254::{Fq, Fq2, G1Affine, G2Affine};
use ark_ff::{BigInteger as _, PrimeField as _};
use ark_serialize::CanonicalSerialize;

use crate::support::{outside_the_subgroup, random_inputs, rng, trapdoor};

const STATEMENT: StatementId = StatementId::Membership;
const POINTS: [(ProofPoint, std::ops::Range<usize>); 3] =
    [(ProofPoint::A, 0..32), (ProofPoint::B, 32..96), (ProofPoint::C, 96..128)];

fn some_proof() -> Proof {
    let mut rng = rng();
    let inputs = random_inputs(STATEMENT, &mut rng);
    trapdoor(STATEMENT, &mut rng).prove(inputs.values(), &mut rng)
}

fn compressed(point: &impl CanonicalSerialize) -> Vec<u8> {
    let mut bytes = Vec::new();
    point.serialize_compressed(&mut bytes).unwrap();
    bytes
}

fn with(range: std::ops::Range<usize>, replacement: &[u8]) -> Vec<u8> {
    let mut bytes = some_proof().to_bytes();
    bytes[range].copy_from_slice(replacement);
    bytes
}

#[test]
fn round_trips_as_bytes_text_and_json() {
    let proof = some_proof();
    assert_eq!(proof.to_bytes().len(), Proof::LENGTH);
    assert_eq!(Proof::from_bytes(&proof.to_bytes()), Ok(proof.clone()));
    assert_eq!(proof.to_string().parse(), Ok(proof.clone()));
    let json = serde_json::to_string(&proof).unwrap();
    assert_eq!(json.len(), 2 + 2 + 256);
    assert_eq!(serde_json::from_str::<Proof>(&json).unwrap(), proof);
}

#[test]
fn has_the_layout_of_ark_groth16() {
    let proof = some_proof();
    let theirs = ark_groth16::Proof::<ark_bn254::Bn254> { a: *proof.a(), b: *proof.b(), c: *proof.c() };
    assert_eq!(compressed(&theirs), proof.to_bytes());
}

#[test]
fn refuses_every_other_length() {
    let bytes = some_proof().to_bytes();
    for length in [0, 1, 32, 127] {
        assert_eq!(Proof::from_bytes(&bytes[..length]), Err(ProofError::Length(length)));
    }
    let longer = [&bytes[..], &[0]].concat();
    assert_eq!(Proof::from_bytes(&longer), Err(ProofError::Length(129)));
}

#[test]
fn refuses_the_identity() {
    for (point, range) in POINTS {
        let identity =
            if range.len() == 32 { compressed(&G1Affine::identity()) } else { compressed(&G2Affine::identity()) };
        assert_eq!(Proof::from_bytes(&with(range, &identity)), Err(ProofError::Identity(point)));
    }
    let proof = some_proof();
    let refused = Proof::from_points(G1Affine::identity(), *proof.b(), *proof.c());
    assert_eq!(refused, Err(ProofError::Identity(ProofPoint::A)));
}

#[test]
fn refuses_points_off_the_curve() {
    let x1 = (0_u64..100).map(Fq::from).find(|x| G1Affine::get_point_from_x_unchecked(*x, false).is_none()).unwrap();
    let x2 = (0_u64..100)
        .map(|x| Fq2::new(Fq::from(x), Fq::from(0_u64)))
        .find(|x| G2Affine::get_point_from_x_unchecked(*x, false).is_none())
        .unwrap();
    for (point, range) in POINTS {
        let x = if range.len() == 32 { compressed(&x1) } else { compressed(&x2) };
        assert_eq!(Proof::from_bytes(&with(range, &x)), Err(ProofError::Point(point)));
    }
    let proof = some_proof();
    let off = G1Affine::new_unchecked(proof.a().x, proof.a().y + Fq::from(1_u64));
    assert_eq!(Proof::from_points(off, *proof.b(), *proof.c()), Err(ProofError::Point(ProofPoint::A)));
}

#[test]
fn refuses_points_outside_the_subgroup() {
    let stray = outside_the_subgroup();
    assert_eq!(Proof::from_bytes(&with(32..96, &compressed(&stray))), Err(ProofError::Point(ProofPoint::B)));
    let proof = some_proof();
    assert_eq!(Proof::from_points(*proof.a(), stray, *proof.c()), Err(ProofError::Point(ProofPoint::B)));
}

#[test]
fn refuses_other_flag_bits() {
    for (point, range) in POINTS {
        let last = range.end - 1;
        let mut bytes = some_proof().to_bytes();
        // Infinity beside an x coordinate; then both flags at once.
        bytes[last] = bytes[last] & 0x3f | 0x40;
        assert_eq!(Proof::from_bytes(&bytes), Err(ProofError::Identity(point)));
        bytes[last] |= 0xc0;
        assert_eq!(Proof::from_bytes(&bytes), Err(ProofError::Point(point)));
    }
}

#[test]
fn a_flipped_sign_is_another_point() {
    for (_, range) in POINTS {
        let mut bytes = some_proof().to_bytes();
        bytes[range.end - 1] ^= 0x80;
        assert_ne!(Proof::from_bytes(&bytes), Ok(some_proof()));
    }
}

#[test]
fn refuses_coordinates_that_are_not_reduced() {
    let proof = some_proof();
    let mut x = proof.a().x.into_bigint();
    assert!(!x.add_with_carry(&Fq::MODULUS));
    if x.num_bits() > 254 {
        // The two flag bits leave no room for this one; take one that fits.
        x = Fq::MODULUS;
    }
    assert_eq!(Proof::from_bytes(&with(0..32, &x.to_bytes_le())), Err(ProofError::Point(ProofPoint::A)));
    assert_eq!(Proof::from_bytes(&with(96..128, &Fq::MODULUS.to_bytes_le())), Err(ProofError::Point(ProofPoint::C)));
}

#[test]
fn refuses_other_spellings() {
    let text = some_proof().to_string();
    let parse = |text: &str| text.parse::<Proof>().unwrap_err();
    assert_eq!(parse(&text[2..]), WireError::MissingPrefix.into());
    assert_eq!(parse(&text.replace("0x", "0X")), WireError::MissingPrefix.into());
    assert_eq!(parse(&text.to_uppercase().replace("0X", "0x")), WireError::Digit.into());
    assert_eq!(parse(&format!("{text} ")), WireError::Digit.into());
    assert_eq!(parse(&format!("{text}00")), WireError::Length { expected: 256, found: 258 }.into());
    assert_eq!(parse(&text[..257]), WireError::Length { expected: 256, found: 255 }.into());
}
