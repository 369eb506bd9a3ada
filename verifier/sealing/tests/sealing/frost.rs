//! The same ceremony by another implementation: FROST's key generation (frost-p256) takes these packages for its own.

use std::collections::BTreeMap;

use aiq_sealing::board::reconstruct;
use aiq_verifier::ceremony::{Round1, Round2, SealedShare};
use frost_p256::{
    Identifier, Signature,
    keys::{
        PublicKeyPackage, SigningShare, VerifiableSecretSharingCommitment, VerifyingShare,
        dkg::{part1, part2, part3, round1, round2},
    },
};
use hpke::{
    Deserializable as _, OpModeS, Serializable as _, aead::ChaCha20Poly1305, kdf::HkdfSha256, kem::DhP256HkdfSha256,
};
use p256::elliptic_curve::sec1::ToEncodedPoint as _;

use crate::support::{HERE, Made, rng, trustee};

fn identifier(index: u8) -> Identifier {
    Identifier::try_from(u16::from(index)).unwrap()
}

fn commitment(package: &Round1) -> VerifiableSecretSharingCommitment {
    VerifiableSecretSharingCommitment::deserialize(package.commitments.iter().map(|point| *point.as_bytes())).unwrap()
}

/// FROST's form of a package.
fn theirs(package: &Round1) -> round1::Package {
    round1::Package::new(commitment(package), Signature::deserialize(package.proof.as_bytes()).unwrap())
}

/// What trustee `from` would deal on a board if it gave everybody the number 7: right in form, and wrong.
pub fn deal(made: &Made, from: u8) -> Round2 {
    let share = [[0; 31].as_slice(), &[7]].concat();
    let packages: Vec<u8> = made.round_1.iter().flat_map(Round1::canonical).collect();
    let seen = aiq_circuits::wire::sha256(&[&packages]);
    let others = (1..=made.ceremony.last()).filter(|other| *other != from);
    let seal = |to: u8| {
        let key = made.round_1[usize::from(to) - 1].encryption_key;
        let aad = [made.ceremony.id().as_bytes().as_slice(), &[from, to], &seen].concat();
        SealedShare::new(seal(key.as_bytes(), b"AIQ/v1/ceremony-share", &aad, &share).try_into().unwrap())
    };
    let package = Round2 {
        ceremony: made.ceremony.id(),
        index: from,
        shares: others.map(seal).collect(),
        signature: made.round_1[0].signature,
    };
    package.signed(&HERE, &trustee(from).signing_key())
}

/// HPKE, straight from its crate.
pub fn seal(key: &[u8; 33], info: &[u8], aad: &[u8], plaintext: &[u8]) -> Vec<u8> {
    let point = p256::PublicKey::from_sec1_bytes(key).unwrap().to_encoded_point(false);
    let key = <DhP256HkdfSha256 as hpke::Kem>::PublicKey::from_bytes(point.as_bytes()).unwrap();
    let (encapsulated, ciphertext) = hpke::single_shot_seal::<ChaCha20Poly1305, HkdfSha256, DhP256HkdfSha256, _>(
        &OpModeS::Base,
        &key,
        info,
        plaintext,
        aad,
        &mut rng(),
    )
    .unwrap();
    [encapsulated.to_bytes().as_slice(), &ciphertext].concat()
}

#[test]
fn frost_takes_our_first_round_and_gives_the_same_public_key() {
    let made = Made::after_round_1(3, 4);
    let commitments: Vec<_> = made.round_1.iter().map(commitment).collect();
    let by_identifier: BTreeMap<_, _> = (1..).map(identifier).zip(&commitments).collect();
    let public = PublicKeyPackage::from_dkg_commitments(&by_identifier).unwrap();
    let key = made.board().key().unwrap();
    assert_eq!(public.verifying_key().serialize().unwrap(), key.as_bytes());
    for index in 1..=4 {
        let share = public.verifying_shares()[&identifier(index)];
        assert_eq!(share.serialize().unwrap(), made.board().verifying_share(index).unwrap());
    }
}

/// A FROST participant takes part in our ceremony in the place of trustee 1: its checks accept our proofs and shares, and it ends with the
/// same key as ours would.
#[test]
fn a_frost_participant_and_our_trustees_make_one_key() {
    let mut made = Made::after_round_1(2, 3);
    let (secret, package) = part1(identifier(1), 3, 2, rng()).unwrap();
    let points = package.commitment().serialize().unwrap().into_iter();
    made.round_1[0].commitments =
        points.map(|point| aiq_verifier::ceremony::PolynomialCommitment::new(point.try_into().unwrap())).collect();
    let proof = package.proof_of_knowledge().serialize().unwrap();
    made.round_1[0].proof = aiq_verifier::ceremony::PossessionProof::new(proof.try_into().unwrap());
    made.round_1[0] = made.round_1[0].clone().signed(&HERE, &trustee(1).signing_key());
    assert_eq!(made.board().check_round_1(&made.round_1[0]), Ok(()), "theirs is valid for us");

    let others: BTreeMap<_, _> =
        [2, 3].map(|index| (identifier(index), theirs(&made.round_1[usize::from(index) - 1]))).into();
    let (secret, dealt) = part2(secret, &others).unwrap();
    // What ours deal to it, opened with the encryption secret that trustee 1 would complain with.
    let shares = [2, 3].map(|index| {
        let package = trustee(index).round_2(&made.board()).unwrap();
        made.round_2.push(package);
        (identifier(index), index)
    });
    let received: BTreeMap<_, _> = shares
        .into_iter()
        .map(|(identifier, dealer)| (identifier, round2::Package::new(received(&made, dealer))))
        .collect();
    let (key_package, public) = part3(&secret, &others, &received).unwrap();
    assert_eq!(public.verifying_key().serialize().unwrap(), made.board().key().unwrap().as_bytes());
    let share: [u8; 32] = key_package.signing_share().serialize().try_into().unwrap();
    assert_eq!(made.board().check_share(1, &share), Ok(()));
    let verifying: VerifyingShare = key_package.signing_share().to_owned().into();
    assert_eq!(verifying.serialize().unwrap(), made.board().verifying_share(1).unwrap());

    // It deals to ours: together they open.
    let mut deal = made.round_2[0].clone();
    (deal.index, deal.shares) = (1, Vec::new());
    let packages: Vec<u8> = made.round_1.iter().flat_map(Round1::canonical).collect();
    let seen = aiq_circuits::wire::sha256(&[&packages]);
    for to in [2_u8, 3] {
        let plain = dealt[&identifier(to)].signing_share().serialize();
        let aad = [made.ceremony.id().as_bytes().as_slice(), &[1, to], &seen].concat();
        let key = made.round_1[usize::from(to) - 1].encryption_key;
        let sealed = seal(key.as_bytes(), b"AIQ/v1/ceremony-share", &aad, &plain);
        deal.shares.push(SealedShare::new(sealed.try_into().unwrap()));
    }
    made.round_2.insert(0, deal.signed(&HERE, &trustee(1).signing_key()));
    let mut shares = made.shares([2]);
    shares.insert(1, share);
    assert_eq!(reconstruct(&shares).unwrap().sealing_key(), made.board().key().unwrap());
}

/// The share of dealer `dealer` for trustee 1, opened as anybody could after a complaint.
fn received(made: &Made, dealer: u8) -> SigningShare {
    let untouched = Made::after_round_2(made.ceremony.threshold, made.ceremony.last());
    let complaint = {
        let mut wrong = untouched.clone();
        wrong.round_2[1].shares.reverse();
        wrong.round_2[1] = wrong.round_2[1].clone().signed(&HERE, &trustee(2).signing_key());
        wrong.complaint(1)
    };
    let packages: Vec<u8> = made.round_1.iter().flat_map(Round1::canonical).collect();
    let aad =
        [made.ceremony.id().as_bytes().as_slice(), &[dealer, 1], &aiq_circuits::wire::sha256(&[&packages])].concat();
    let package = made.round_2.iter().find(|package| package.index == dealer).unwrap();
    let (encapsulated, ciphertext) = package.share_for(1).unwrap().as_bytes().split_at(65);
    let plain = hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, DhP256HkdfSha256>(
        &hpke::OpModeR::Base,
        &<DhP256HkdfSha256 as hpke::Kem>::PrivateKey::from_bytes(complaint.secret.as_bytes()).unwrap(),
        &<DhP256HkdfSha256 as hpke::Kem>::EncappedKey::from_bytes(encapsulated).unwrap(),
        b"AIQ/v1/ceremony-share",
        ciphertext,
        &aad,
    );
    SigningShare::deserialize(&plain.unwrap()).unwrap()
}
