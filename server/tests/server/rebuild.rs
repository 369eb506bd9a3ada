//! Whatever happens, the tables are what the log says (§3).

use aiq_circuits::tree::{CredentialTree, MemberTree};
use aiq_server::{
    OpenError, RebuildDataError, rebuild,
    store::{RebuildError, SqliteStore, Store as _, sqlite},
};
use aiq_verifier::{
    attestation::AttestationResult,
    checkpoint::Checkpoint,
    claim::ClaimId,
    log::RevokedBy,
    poll::{Choice, SignedTally, Tally},
    verifying_key::KeyId,
    withdrawal::Withdrawal,
};
use proptest::prelude::*;
use sqlx::{Connection as _, SqliteConnection};

use crate::{
    contract,
    fixture::{Place, Served},
    samples::{
        NOW, ballot, commitment, credential, deployment, join, leaving, nullifier, poll, presentation, request, signer,
        withdrawal_key,
    },
};

/// Something that somebody tries; most of it is refused at some moments and accepted at others.
#[derive(Clone, Debug)]
enum Try {
    Invite(u8),
    Enrol { invitation: u8, member: u8 },
    Withdraw(u8),
    Revoke { credential: u8, renewed: bool },
    Seal,
    Announce(u8),
    Join { poll: u8, number: u8, key: u8, at: u32 },
    Vote { poll: u8, number: u8, seq: u8, option: u8, at: u32 },
    Close(u8),
    Tally(u8),
    Request(u8),
    Answer { request: u8, number: u8 },
}

fn tries() -> impl Strategy<Value = Vec<Try>> {
    let few = || 1..4_u8;
    let at = || NOW..NOW + 250;
    let one = prop_oneof![
        few().prop_map(Try::Invite),
        (few(), 3..9_u8).prop_map(|(invitation, member)| Try::Enrol { invitation, member }),
        (1..9_u8).prop_map(Try::Withdraw),
        (0..4_u8, any::<bool>()).prop_map(|(credential, renewed)| Try::Revoke { credential, renewed }),
        Just(Try::Seal),
        few().prop_map(Try::Announce),
        (few(), few(), few(), at()).prop_map(|(poll, number, key, at)| Try::Join { poll, number, key, at }),
        (few(), few(), 0..3_u8, 0..3_u8, at()).prop_map(|(poll, number, seq, option, at)| Try::Vote {
            poll,
            number,
            seq,
            option,
            at
        }),
        few().prop_map(Try::Close),
        few().prop_map(Try::Tally),
        few().prop_map(Try::Request),
        (few(), few()).prop_map(|(request, number)| Try::Answer { request, number }),
    ];
    prop::collection::vec(one, 0..60)
}

/// A checkpoint with real counts; the store does not look at roots.
async fn next_checkpoint(store: &SqliteStore) -> (Checkpoint, u64) {
    let pending = store.pending().await.unwrap();
    let latest = pending.latest;
    let checkpoint = Checkpoint {
        epoch: latest.epoch + 1,
        members: latest.members + pending.leaves.members.len() as u64,
        withdrawn: latest.withdrawn + pending.removals.members.len() as u64,
        credentials: latest.credentials + pending.leaves.credentials.len() as u64,
        revoked: latest.revoked + pending.removals.credentials.len() as u64,
        members_root: MemberTree::new().root(),
        credentials_root: CredentialTree::new().root(),
        ..latest
    };
    (checkpoint, pending.before)
}

/// Makes the attempt; refusals are as good as acceptances here.
async fn attempt(store: &SqliteStore, what: Try) {
    match what {
        // A second invitation with one token is a fault of the database: nothing of it may stay.
        Try::Invite(number) => drop(store.invite(&[[number; 32], [number + 100; 32]], NOW + 1000, NOW).await),
        Try::Enrol { invitation, member } => {
            drop(
                store
                    .enrol(&[invitation; 32], commitment(member.into()), withdrawal_key(member.into()), NOW)
                    .await
                    .unwrap(),
            );
        }
        Try::Withdraw(member) => {
            let withdrawal = Withdrawal::sign(&leaving(member.into()), &deployment(), commitment(member.into()));
            drop(store.withdraw(withdrawal, NOW).await.unwrap());
        }
        Try::Revoke { credential: number, renewed } => {
            let because = if renewed {
                RevokedBy::Renewal(ClaimId::new([7; 32]))
            } else {
                RevokedBy::Poll(poll(1).scope(&deployment()))
            };
            drop(store.revoke(credential(number).id, because, NOW).await.unwrap());
        }
        Try::Seal => {
            let (checkpoint, before) = next_checkpoint(store).await;
            store.seal(&checkpoint, before).await.unwrap();
        }
        Try::Announce(number) => drop(store.announce(&poll(number)).await),
        Try::Join { poll: number, number: member, key, at } => {
            drop(store.join(&poll(number).id, &join(member.into(), key), at).await.unwrap());
        }
        Try::Vote { poll: number, number: member, seq, option, at } => {
            let scope = poll(number).scope(&deployment());
            let ballot = ballot(scope, member.into(), member, seq.into(), &Choice::Option(option));
            drop(store.vote(&poll(number).id, &ballot, at).await.unwrap());
        }
        Try::Close(number) => drop(store.close_poll(&poll(number).id, NOW + 200).await.unwrap()),
        Try::Tally(number) => {
            let (definition, scope) = (poll(number), poll(number).scope(&deployment()));
            let Some(closed) = store.close_poll(&definition.id, NOW + 200).await.unwrap() else { return };
            let tally = Tally::count(&definition, &scope, closed.joined, &closed.ballots).unwrap();
            let signed = SignedTally::sign(&signer(250), scope, tally);
            store.keep_tally(&definition.id, &signed, NOW + 201).await.unwrap();
        }
        Try::Request(number) => store.open_attestation(&request(number)).await.unwrap(),
        Try::Answer { request: number, number: member } => {
            let id = request(number).id();
            let result = AttestationResult::sign(&signer(250), id, deployment(), nullifier(member.into()), NOW);
            drop(store.answer(&presentation(member.into(), KeyId::new([3; 32])), &result).await.unwrap());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_sequence_of_acts_is_rebuilt_from_the_log(tries in tries()) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let (kept, made) = (folder.path().join("kept.sqlite"), folder.path().join("made.sqlite"));
            let store = SqliteStore::open(&kept, 2).await.unwrap();
            contract::found_with(&store, &[credential(1), credential(2)]).await;
            for what in tries {
                attempt(&store, what).await;
            }
            store.close().await.unwrap();
            let rebuilt = sqlite::rebuild(&kept, &made, false, |_, _| {}).await.unwrap();
            assert!(rebuilt.agrees(), "{rebuilt:?}");
            assert_eq!(rebuilt.tables.iter().find(|table| table.table == "members").map(|table| table.rows >= 2), Some(true));
        });
    }
}

async fn execute(place: &Place, statement: &'static str) {
    let url = format!("sqlite://{}", place.database().display());
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    sqlx::query(statement).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

async fn founded() -> Place {
    let served = Served::new().await;
    served.service.close().await;
    served.place
}

#[tokio::test]
async fn a_table_that_was_tampered_with_is_found_and_mended() {
    let place = founded().await;
    let clean = rebuild(&place.config.data_dir, true, |_, _| {}).await.unwrap();
    assert!(clean.agrees() && !clean.repaired);
    execute(&place, "DELETE FROM members WHERE position = 1").await;
    execute(&place, "UPDATE log_hashes SET hash = zeroblob(32) WHERE position = 3").await;

    let found = rebuild(&place.config.data_dir, false, |_, _| {}).await.unwrap();
    assert!(!found.agrees() && !found.repaired);
    let differing: Vec<_> = found
        .tables
        .iter()
        .filter(|table| table.missing + table.extra > 0)
        .map(|table| (table.table, table.missing, table.extra))
        .collect();
    assert_eq!(differing, [("log_hashes", 1, 1), ("members", 1, 0)]);
    assert!(rebuild(&place.config.data_dir, true, |_, _| {}).await.unwrap().repaired);
    assert!(rebuild(&place.config.data_dir, false, |_, _| {}).await.unwrap().agrees());
    let leftovers: Vec<_> = std::fs::read_dir(&place.config.data_dir)
        .unwrap()
        .map(|file| file.unwrap().file_name())
        .filter(|name| name.to_string_lossy().starts_with("rebuild"))
        .collect();
    assert_eq!(leftovers, Vec::<std::ffi::OsString>::new());
}

#[tokio::test]
async fn a_log_that_cannot_be_replayed_is_named_by_the_entry() {
    let place = founded().await;
    execute(&place, "UPDATE log_entries SET entry = X'00' WHERE place = 2").await;
    let refused = rebuild(&place.config.data_dir, true, |_, _| {}).await.unwrap_err();
    let RebuildDataError::Rebuild(RebuildError::Entry { index, .. }) = refused else { panic!("{refused}") };
    assert_eq!(index, 2);
    let nothing = tempfile::tempdir().unwrap();
    let refused = rebuild(nothing.path(), false, |_, _| {}).await.unwrap_err();
    assert!(matches!(refused, RebuildDataError::Open(OpenError::DatabaseLost { .. })));
}
