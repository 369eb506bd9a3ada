#![allow(clippy::unwrap_used)]

use std::fs;

use aiq_circuits::Fr;
use aiq_circuits::identity::Commitment;
use aiq_verifier::log::{Act, Entry, WitnessKey, cosign};
use aiq_verifier::receipt::Receipt;
use aiq_verifier::withdrawal::WithdrawalKey;
use ed25519_dalek::SigningKey;

use super::*;
use crate::fake::{AT, Fake, id, key};
use crate::progress::Silent;
use crate::sync::log::{Finding, Kept};
use crate::wallet::Wallet;
use crate::wallet::state::{Deployment, Enrolment};

fn member(fake: &Fake) -> Member {
    Member::connect(Wallet::in_memory(), fake.client(), None).unwrap()
}

fn sync(member: &mut Member) -> Result<Ledger, MemberError> {
    member.sync(&TileCache::none(), &Silent)
}

/// Everything that the wallet knows, to see that nothing has moved.
fn known(member: &Member) -> String {
    serde_json::to_string::<Deployment>(member.known()).unwrap()
}

const WITHDRAWAL_KEY: WithdrawalKey = WithdrawalKey::new([3; 32]);

/// Enrols this member as if the service had accepted it.
fn enrol(member: &mut Member, fake: &Fake) -> Receipt {
    let commitment = member.identity.commitment();
    let mut enrolment =
        Enrolment { invitation: String::new(), commitment, withdrawal_key: WITHDRAWAL_KEY, receipt: None };
    let receipt = fake.accept(enrolment.act());
    enrolment.receipt = Some(receipt.clone());
    member.record(|deployment| deployment.enrolment = Some(enrolment)).unwrap();
    receipt
}

#[test]
fn a_receipt_becomes_an_inclusion() {
    let fake = Fake::new(300);
    let mut member = member(&fake);
    let receipt = enrol(&mut member, &fake);
    assert_eq!(member.promises(), Promises { receipts: 1, included: 0 });
    sync(&mut member).unwrap();
    assert_eq!(member.promises(), Promises { receipts: 1, included: 1 });
    assert!(member.known().log.has(&receipt));
    // Once seen, it needs no second look: a log that continues has it for ever.
    let before = known(&member);
    sync(&mut member).unwrap();
    assert_eq!(known(&member), before);
}

/// Refused with a finding, with evidence in a file, and without a step forward.
fn assert_refused(member: &mut Member, is_expected: impl Fn(&Finding) -> bool) {
    let directory = tempfile::tempdir().unwrap();
    member.evidence = Some(directory.path().join("evidence"));
    let before = known(member);
    let error = sync(member).unwrap_err();
    let MemberError::BrokenLog(broken) = error else { panic!("{error}") };
    assert!(is_expected(&broken.finding), "{broken}");
    let Kept::File(path) = &broken.kept else { panic!("{broken}") };
    let evidence: Evidence = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!((evidence.finding, evidence.deployment_id), (broken.finding, member.id));
    assert_eq!(known(member), before);
    // And again: the wallet does not get used to it.
    assert!(matches!(sync(member), Err(MemberError::BrokenLog(_))));
}

#[test]
fn a_forked_log_is_refused() {
    let fake = Fake::new(300);
    let mut member = member(&fake);
    sync(&mut member).unwrap();
    fake.rewrite(17);
    assert_refused(&mut member, |finding| matches!(finding, Finding::Forked { .. }));
    fake.accept(Act::Attestation { digest: [0; 32] });
    assert_refused(&mut member, |finding| matches!(finding, Finding::Forked { .. }));
}

#[test]
fn a_log_that_shrank_is_refused() {
    let fake = Fake::new(300);
    let mut member = member(&fake);
    fake.accept(Act::Attestation { digest: [0; 32] });
    sync(&mut member).unwrap();
    fake.shown().size = 300;
    assert_refused(&mut member, |finding| matches!(finding, Finding::Shrunk { .. }));
}

#[test]
fn a_dropped_entry_is_refused() {
    let fake = Fake::new(3);
    let mut member = member(&fake);
    let receipt = enrol(&mut member, &fake);
    fake.rewrite(usize::try_from(receipt.index).unwrap());
    assert_refused(
        &mut member,
        |finding| matches!(finding, Finding::OtherEntry { receipt: named, .. } if *named == receipt),
    );
}

#[test]
fn a_place_that_was_seen_is_not_promised_again_to_something_else() {
    let fake = Fake::new(3);
    let mut member = member(&fake);
    let receipt = enrol(&mut member, &fake);
    sync(&mut member).unwrap();
    // The service answers another act with the place of the first one.
    let commitment = Commitment::new(Fr::from(1));
    let mut enrolment =
        Enrolment { invitation: String::new(), commitment, withdrawal_key: WITHDRAWAL_KEY, receipt: None };
    let hash = Entry { at: AT, act: enrolment.act() }.hash();
    enrolment.receipt = Some(Receipt::sign(&key(), id(), receipt.index, hash, AT));
    member.record(|deployment| deployment.enrolment = Some(enrolment)).unwrap();
    assert_refused(&mut member, |finding| matches!(finding, Finding::OtherEntry { .. }));
}

#[test]
fn forged_tiles_are_refused() {
    let fake = Fake::new(300);
    let mut member = member(&fake);
    enrol(&mut member, &fake);
    let before = known(&member);
    for place in [(0, 0), (0, 1), (1, 0)] {
        fake.shown().log.forged = [place].into();
        let error = sync(&mut member).unwrap_err();
        assert!(matches!(error, MemberError::Sync(crate::sync::SyncError::LogTile { .. })), "{error}");
        assert_eq!(known(&member), before);
    }
}

#[test]
fn an_epoch_that_the_log_does_not_have_is_refused() {
    let fake = Fake::new(3);
    let mut member = member(&fake);
    fake.rewrite(2);
    assert_refused(&mut member, |finding| matches!(finding, Finding::OtherEntry { act, .. } if act == "epoch 0"));
}

#[test]
fn an_epoch_with_the_receipt_of_something_else_is_refused() {
    let fake = Fake::new(3);
    let mut member = member(&fake);
    let act = Act::Invitations { count: 1, expires_at: AT };
    let other = fake.accept(act);
    fake.shown().epochs[0].receipt = other;
    let error = sync(&mut member).unwrap_err();
    assert!(matches!(error, MemberError::Sync(crate::sync::SyncError::EpochReceipt(_))), "{error}");
}

fn witness(byte: u8) -> (SigningKey, WitnessKey) {
    let key = SigningKey::from_bytes(&[byte; 32]);
    let witness = WitnessKey::of(&format!("w{byte}"), &key).unwrap();
    (key, witness)
}

fn cosigned(fake: &Fake, size: u64, key: &SigningKey, witness: &WitnessKey) {
    let mut shown = fake.shown();
    let line = cosign(&shown.log.signed(size).note, witness.name(), key, 7).unwrap();
    shown.cosignatures.push((size, line));
}

#[test]
fn only_what_enough_witnesses_have_signed_counts() {
    let fake = Fake::new(3);
    let mut member = member(&fake);
    let [(one_key, one), (two_key, two)] = [witness(1), witness(2)];
    let quorum = Quorum::new(2, vec![one.clone(), two.clone()]).unwrap();
    member.require_witnesses(Some(quorum)).unwrap();
    cosigned(&fake, 3, &one_key, &one);
    let error = sync(&mut member).unwrap_err();
    assert!(matches!(&error, MemberError::NoQuorum(missing) if missing.missing == ["w2"]), "{error}");
    cosigned(&fake, 3, &two_key, &two);
    sync(&mut member).unwrap();

    // A receipt counts as kept only under such a checkpoint, and the one that was seen goes on counting.
    enrol(&mut member, &fake);
    let ledger = sync(&mut member).unwrap();
    assert_eq!((ledger.log().head.checkpoint.size, ledger.log().trusted.checkpoint.size), (4, 3));
    assert_eq!(member.promises(), Promises { receipts: 1, included: 0 });
    fake.shown().cosignatures.clear();
    sync(&mut member).unwrap();
    cosigned(&fake, 4, &one_key, &one);
    cosigned(&fake, 4, &two_key, &two);
    sync(&mut member).unwrap();
    assert_eq!(member.promises(), Promises { receipts: 1, included: 1 });
}

#[test]
fn a_fork_is_refused_even_if_the_witnesses_signed_it() {
    let fake = Fake::new(3);
    let mut member = member(&fake);
    sync(&mut member).unwrap();
    let (key, witness) = witness(1);
    member.require_witnesses(Some(Quorum::new(1, vec![witness.clone()]).unwrap())).unwrap();
    fake.rewrite(0);
    cosigned(&fake, 3, &key, &witness);
    assert_refused(&mut member, |finding| matches!(finding, Finding::Forked { .. }));
}

#[test]
fn an_epoch_that_no_witness_has_seen_is_not_used() {
    let fake = Fake::new(3);
    let mut member = member(&fake);
    let (key, witness) = witness(1);
    member.require_witnesses(Some(Quorum::new(1, vec![witness.clone()]).unwrap())).unwrap();
    // Signed when the log ended before the epoch.
    cosigned(&fake, 2, &key, &witness);
    let error = sync(&mut member).unwrap_err();
    assert!(matches!(error, MemberError::EpochNotInLog(0)), "{error}");
}

#[test]
fn an_epoch_that_the_witnesses_have_seen_is_used_until_they_have_seen_the_next() {
    let fake = Fake::new(3);
    let mut member = member(&fake);
    let (key, witness) = witness(1);
    member.require_witnesses(Some(Quorum::new(1, vec![witness.clone()]).unwrap())).unwrap();
    cosigned(&fake, 3, &key, &witness);
    fake.seal();
    for _ in 0..2 {
        assert_eq!(sync(&mut member).unwrap().head().checkpoint.epoch, 0);
    }
    cosigned(&fake, 4, &key, &witness);
    assert_eq!(sync(&mut member).unwrap().head().checkpoint.epoch, 1);
}
