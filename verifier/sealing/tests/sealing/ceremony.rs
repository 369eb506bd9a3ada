//! Row 30: trustees who cheat, fail, or do not come, and a service that shows two boards.

use std::collections::BTreeMap;

use aiq_circuits::identity::DeploymentId;
use aiq_sealing::{
    board::{Fault, PackageError, reconstruct},
    key::service_secret,
    trustee::{Trustee, TrusteeError},
};
use aiq_verifier::{
    ceremony::{
        Ceremony, CeremonyError, CeremonyFault, Complaint, Confirmation, EncryptionKey, EncryptionSecret,
        PolynomialCommitment, PossessionProof, Round1, SealedShare, TranscriptHash,
    },
    poll::{PollId, SealingKey},
};
use proptest::prelude::*;

use crate::support::{HERE, Made, trustee};

/// A package of the first round, changed and signed again by its trustee.
fn changed(made: &Made, index: u8, change: impl FnOnce(&mut Round1)) -> Round1 {
    let mut package = made.round_1[usize::from(index) - 1].clone();
    change(&mut package);
    package.signed(&HERE, &trustee(index).signing_key())
}

/// Dealer `index` deals something else.
fn dealt(made: &Made, index: u8, change: impl FnOnce(&mut Vec<SealedShare>)) -> Made {
    let mut made = made.clone();
    let package = &mut made.round_2[usize::from(index) - 1];
    change(&mut package.shares);
    *package = package.clone().signed(&HERE, &trustee(index).signing_key());
    made
}

#[test]
fn any_t_shares_open_and_all_of_them_agree() {
    let made = Made::after_round_2(3, 5);
    let key = made.board().key().unwrap();
    for index in 1..=5 {
        assert_eq!(made.board().check_confirmation(&made.confirmation(index)), Ok(()));
        assert_eq!(made.confirmation(index).key, key);
    }
    let shares = made.shares(1..=5);
    for (index, share) in &shares {
        assert_eq!(made.board().check_share(*index, share), Ok(()));
    }
    for chosen in 0_u8..32 {
        let some: BTreeMap<u8, [u8; 32]> =
            shares.iter().filter(|(index, _)| chosen >> (*index - 1) & 1 == 1).map(|(i, s)| (*i, *s)).collect();
        let opened = reconstruct(&some).map(|secret| secret.sealing_key());
        assert_eq!(opened == Some(key), some.len() >= 3, "{chosen:05b}");
    }
    assert!(reconstruct(&BTreeMap::new()).is_none());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn any_t_of_n_open_and_no_fewer(trustees in 2_u8..=7, threshold in 0_u8..=7, skip in 0_u8..=7) {
        let threshold = 2 + threshold % (trustees - 1);
        let made = Made::after_round_2(threshold, trustees);
        let key = made.board().key().unwrap();
        let mut order: Vec<u8> = (1..=trustees).collect();
        order.rotate_left(usize::from(skip % trustees));
        let enough = made.shares(order.iter().copied().take(threshold.into()));
        prop_assert_eq!(reconstruct(&enough).unwrap().sealing_key(), key);
        let too_few = made.shares(order.into_iter().take(usize::from(threshold) - 1));
        prop_assert_ne!(reconstruct(&too_few).map(|secret| secret.sealing_key()), Some(key));
    }
}

#[test]
fn a_trustee_remembers_nothing_and_repeats_itself_byte_for_byte() {
    let made = Made::after_round_2(2, 3);
    assert_eq!(trustee(2).round_1(&HERE, &made.ceremony).unwrap(), made.round_1[1]);
    assert_eq!(trustee(2).round_2(&made.board()).unwrap(), made.round_2[1]);
    assert_eq!(made.confirmation(2), made.confirmation(2));
    assert_eq!(made.shares([2]), made.shares([2]));
}

#[test]
fn nothing_that_is_used_once_is_used_for_another_ceremony_or_deployment() {
    let made = Made::after_round_1(2, 3);
    let other = Ceremony { salt: [8; 16], ..made.ceremony.clone() };
    let elsewhere = trustee(2).round_1(&DeploymentId::new([2; 32]), &made.ceremony).unwrap();
    for package in [trustee(2).round_1(&HERE, &other).unwrap(), elsewhere] {
        let first = &made.round_1[1];
        assert_ne!(package.encryption_key, first.encryption_key);
        assert_ne!(package.commitments[0], first.commitments[0]);
        assert_ne!(package.commitments[1], first.commitments[1]);
        assert_ne!(package.proof.as_bytes()[..33], first.proof.as_bytes()[..33]);
    }
}

#[test]
fn points_that_are_none_are_refused() {
    let made = Made::after_round_1(2, 3);
    let identity = [0; 33];
    let mut off_the_curve = [0xff; 33];
    off_the_curve[0] = 2;
    // A second spelling of a point.
    let mut compact = *made.round_1[1].encryption_key.as_bytes();
    compact[0] = 5;
    for bad in [identity, off_the_curve, compact] {
        let package = changed(&made, 2, |it| it.encryption_key = EncryptionKey::new(bad));
        assert_eq!(made.board().check_round_1(&package), Err(PackageError::Point("encryption key")));
        for place in [0, 1] {
            let package = changed(&made, 2, |it| it.commitments[place] = PolynomialCommitment::new(bad));
            assert_eq!(made.board().check_round_1(&package), Err(PackageError::Point("commitment")));
        }
        let mut proof = *made.round_1[1].proof.as_bytes();
        proof[..33].copy_from_slice(&bad);
        let package = changed(&made, 2, |it| it.proof = PossessionProof::new(proof));
        assert_eq!(made.board().check_round_1(&package), Err(PackageError::ProofOfKnowledge));
    }
    let whole = Made::after_round_2(2, 3);
    let package = dealt(&whole, 2, |shares| shares[0] = SealedShare::new([0; 113])).round_2[1].clone();
    assert_eq!(whole.board().check_round_2(&package), Err(PackageError::Point("encapsulated key")));
}

#[test]
fn a_rogue_key_has_no_proof_of_knowledge() {
    let made = Made::after_round_1(2, 3);
    // What the last one would commit to, to know the sum: somebody else's point, with somebody else's proof or its own.
    for from in [0, 1] {
        let theirs = made.round_1[from].clone();
        let package = changed(&made, 3, |it| {
            it.commitments[0] = theirs.commitments[0];
            it.proof = theirs.proof;
        });
        assert_eq!(made.board().check_round_1(&package), Err(PackageError::ProofOfKnowledge), "their index is in it");
        let package = changed(&made, 3, |it| it.commitments[0] = theirs.commitments[0]);
        assert_eq!(made.board().check_round_1(&package), Err(PackageError::ProofOfKnowledge));
    }
    for place in [40, 64] {
        let mut proof = *made.round_1[2].proof.as_bytes();
        proof[place] ^= 1;
        let package = changed(&made, 3, |it| it.proof = PossessionProof::new(proof));
        assert_eq!(made.board().check_round_1(&package), Err(PackageError::ProofOfKnowledge));
    }
    // The number 2^256 - 1 is no scalar: another spelling of a smaller one would be another proof.
    let mut proof = *made.round_1[2].proof.as_bytes();
    proof[33..].fill(0xff);
    let package = changed(&made, 3, |it| it.proof = PossessionProof::new(proof));
    assert_eq!(made.board().check_round_1(&package), Err(PackageError::ProofOfKnowledge));
    // A trustee does not deal to a board that has one.
    let mut board = made.clone();
    board.round_1[2] = package;
    let error = TrusteeError::Package { trustee: "trustee-3".to_owned(), error: PackageError::ProofOfKnowledge };
    assert_eq!(trustee(1).round_2(&board.board()), Err(error));
}

#[test]
fn a_duplicate_a_zero_and_an_unknown_index_are_refused() {
    let made = Made::after_round_1(2, 3);
    for index in [0, 4] {
        let package = changed(&made, 2, |it| it.index = index);
        let error = PackageError::Ceremony(CeremonyError::NoSuchTrustee(index));
        assert_eq!(made.board().check_round_1(&package), Err(error));
    }
    // Another one's index: the signature is not that one's.
    let package = changed(&made, 2, |it| it.index = 1);
    assert!(matches!(
        made.board().check_round_1(&package),
        Err(PackageError::Ceremony(CeremonyError::Signature { index: 1, .. }))
    ));
    let mut twice = made.clone();
    twice.round_1[2] = twice.round_1[1].clone();
    let missing = |trustee: &str| TrusteeError::Missing { round: 1, trustee: trustee.to_owned() };
    assert_eq!(trustee(1).round_2(&twice.board()), Err(missing("trustee-3")));
    let mut disordered = made.clone();
    disordered.round_1.swap(0, 1);
    assert_eq!(trustee(1).round_2(&disordered.board()), Err(missing("trustee-1")));
    let mut more = made.clone();
    more.round_1.push(more.round_1[2].clone());
    assert_eq!(trustee(1).round_2(&more.board()), Err(missing("trustee-3")));
    assert_eq!(Trustee::new([99; 32]).round_1(&HERE, &made.ceremony), Err(TrusteeError::Stranger));
}

#[test]
fn a_withheld_package_is_named_and_nobody_goes_on_without_it() {
    let mut made = Made::after_round_2(2, 3);
    made.round_2.remove(1);
    let missing = |round| TrusteeError::Missing { round, trustee: "trustee-2".to_owned() };
    assert_eq!(trustee(1).verdict(&made.board()), Err(missing(2)));
    assert_eq!(trustee(1).share(&made.board()), Err(missing(2)));
    made.round_1.remove(1);
    assert_eq!(trustee(1).round_2(&made.board()), Err(missing(1)));
    assert_eq!(made.board().key(), None);
}

#[test]
fn who_deals_a_share_that_does_not_decrypt_is_at_fault_for_everybody_to_see() {
    let right = Made::after_round_2(2, 3);
    let made = dealt(&right, 2, |shares| shares.reverse());
    let complaint = made.complaint(1);
    let fault = Fault { trustee: 2, fault: CeremonyFault::Undecryptable };
    assert_eq!(made.board().check_complaint(&complaint), Ok(fault));
    let error = trustee(1).share(&made.board());
    assert_eq!(error, Err(TrusteeError::Share { trustee: "trustee-2".to_owned(), fault: fault.fault }));
    // On the board as it should be, the same complaint is unfounded, and it is the complainer's fault.
    let unfounded = Fault { trustee: 1, fault: CeremonyFault::Unfounded };
    assert_eq!(right.board().check_complaint(&complaint), Ok(unfounded));
}

#[test]
fn who_deals_a_wrong_share_is_at_fault_for_everybody_to_see() {
    let mut made = Made::after_round_2(2, 3);
    made.round_2[1] = crate::frost::deal(&made, 2);
    assert_eq!(made.board().check_round_2(&made.round_2[1]), Ok(()), "only its recipients can see");
    for index in [1, 3] {
        let complaint = made.complaint(index);
        let fault = Fault { trustee: 2, fault: CeremonyFault::WrongShare };
        assert_eq!(made.board().check_complaint(&complaint), Ok(fault));
    }
}

#[test]
fn a_complaint_shows_the_complainers_own_secret_and_no_other() {
    let made = Made::after_round_2(2, 3);
    let complain = |secret| {
        let complaint = Complaint {
            ceremony: made.ceremony.id(),
            index: 1,
            secret: EncryptionSecret::new(secret),
            signature: made.round_1[0].signature,
        };
        made.board().check_complaint(&complaint.signed(&HERE, &trustee(1).signing_key()))
    };
    for secret in [[0; 32], [0xff; 32], [1; 32]] {
        assert_eq!(complain(secret), Err(PackageError::Secret));
    }
}

/// What a service would have to do to make trustees work on two boards: they cannot read each other's shares, and whatever they sign shows
/// which board they saw.
#[test]
fn an_equivocating_board_is_found_out() {
    let made = Made::after_round_2(2, 3);
    // Trustee 3 signs a second first-round package, and the service shows it to trustee 1 alone.
    let other =
        changed(&made, 3, |it| it.encryption_key = EncryptionKey::new(*made.round_1[0].encryption_key.as_bytes()));
    let mut seen_by_1 = made.clone();
    seen_by_1.round_1[2] = other;
    assert_eq!(seen_by_1.board().check_round_1(&seen_by_1.round_1[2]), Ok(()));
    let dealt_by_1 = trustee(1).round_2(&seen_by_1.board()).unwrap();
    assert_ne!(dealt_by_1.shares, made.round_2[0].shares, "other randomness for another board");
    let mut seen_by_2 = made.clone();
    seen_by_2.round_2[0] = dealt_by_1;
    assert_eq!(
        trustee(2).share(&seen_by_2.board()),
        Err(TrusteeError::Share { trustee: "trustee-1".to_owned(), fault: CeremonyFault::Undecryptable })
    );
    assert_eq!(trustee(1).verdict(&seen_by_2.board()), Err(TrusteeError::Replaced(2)), "1 never dealt that there");
    // A difference in the second round alone: the confirmations do not fit one board.
    let mut second = dealt(&made, 3, |shares| shares[0] = SealedShare::new(*made.round_2[1].shares[0].as_bytes()));
    second.round_2[0] = made.round_2[0].clone();
    let confirmation = made.confirmation(2);
    assert_eq!(second.board().check_confirmation(&confirmation), Err(PackageError::OtherBoard("transcript")));
}

#[test]
fn a_confirmation_is_of_the_key_and_the_transcript() {
    let made = Made::after_round_2(2, 3);
    let right = made.confirmation(1);
    let key = &trustee(1).signing_key();
    let other = SealingKey::new(*made.round_1[0].commitments[0].as_bytes());
    let confirmation = Confirmation { key: other, ..right.clone() }.signed(&HERE, key);
    assert_eq!(made.board().check_confirmation(&confirmation), Err(PackageError::OtherBoard("key")));
    let transcript = TranscriptHash::new([0; 32]);
    let confirmation = Confirmation { transcript, ..right }.signed(&HERE, key);
    assert_eq!(made.board().check_confirmation(&confirmation), Err(PackageError::OtherBoard("transcript")));
}

#[test]
fn a_wrong_share_of_the_key_is_refused_whoever_sends_it() {
    let made = Made::after_round_2(2, 3);
    let shares = made.shares(1..=3);
    for index in 1..=3 {
        for (of, share) in &shares {
            let expected = if *of == index { Ok(()) } else { Err(PackageError::Share) };
            assert_eq!(made.board().check_share(index, share), expected);
        }
        for nothing in [[0; 32], [0xff; 32]] {
            assert_eq!(made.board().check_share(index, &nothing), Err(PackageError::Share));
        }
    }
    for index in [0, 4] {
        assert!(matches!(made.board().check_share(index, &shares[&1]), Err(PackageError::Ceremony(_))));
    }
    // One wrong share among enough gives another key, which is why each is checked.
    let mut wrong = made.shares(1..=2);
    wrong.insert(2, shares[&3]);
    assert_ne!(reconstruct(&wrong).unwrap().sealing_key(), made.board().key().unwrap());
}

#[test]
fn the_services_own_secret_is_of_one_poll_and_deployment() {
    let secret = |seed, deployment, poll| {
        service_secret(&[seed; 32], &DeploymentId::new([deployment; 32]), &PollId::new([poll; 16])).to_bytes()
    };
    assert_eq!(secret(1, 1, 1), secret(1, 1, 1));
    for other in [secret(2, 1, 1), secret(1, 2, 1), secret(1, 1, 2)] {
        assert_ne!(other, secret(1, 1, 1));
    }
}

#[test]
fn nothing_secret_is_shown_by_debug() {
    let made = Made::after_round_2(2, 3);
    assert_eq!(format!("{:?}", trustee(1)), "Trustee");
    assert_eq!(format!("{:?}", made.secret()), "SecretKey");
}

#[test]
fn a_trustee_notices_that_its_key_is_in_other_hands() {
    let made = Made::after_round_2(2, 3);
    let mut first = made.clone();
    first.round_1[1] = changed(&made, 2, |it| it.commitments[1] = it.commitments[0]);
    assert_eq!(trustee(2).round_2(&first.board()), Err(TrusteeError::Replaced(1)));
    let mut second = made.clone();
    second.round_2[1] = crate::frost::deal(&made, 2);
    assert_eq!(trustee(2).verdict(&second.board()), Err(TrusteeError::Replaced(2)));
}
