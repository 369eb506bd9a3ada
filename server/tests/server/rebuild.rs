//! Whatever happens, the tables are what the log says (§3).

use aiq_circuits::tree::{CredentialTree, MemberTree};
use aiq_server::{
    OpenError, RebuildDataError, rebuild,
    store::{Accepted, CeremonyPackage, RebuildError, SealedReason, SqliteStore, Store as _, sqlite},
};
use aiq_verifier::{
    attestation::AttestationResult,
    checkpoint::Checkpoint,
    claim::{ClaimId, NewClaim},
    log::RevokedBy,
    poll::{Choice, PollDefinition, SealedBy, SignedTally, Tally},
    review::Verdict,
    standard::{Authority, Standard},
    verifying_key::KeyId,
    withdrawal::Withdrawal,
};
use proptest::prelude::*;
use sqlx::{Connection as _, SqliteConnection};

use crate::{
    contract::{self, disputes},
    fixture::{Place, Served},
    samples,
    samples::{
        NOW, ballot, ceremony, claim, commitment, credential, deployment, join_to, leaving, merge, nullifier,
        presentation, request, review, rewarded_poll, sealed_poll, signer, standard, withdrawal_key,
    },
};

/// Something that somebody tries; most of it is refused at some moments and accepted at others.
#[derive(Clone, Debug)]
enum Try {
    Invite(u8),
    Enrol { invitation: u8, member: u8 },
    Sponsor { number: u8, token: u8 },
    Merge { spend: u8, owner: u8 },
    Withdraw(u8),
    Revoke { credential: u8, renewed: bool },
    Seal,
    Announce(u8),
    Join { poll: u8, number: u8, key: u8, at: u32 },
    Vote { poll: u8, number: u8, seq: u8, option: u8, at: u32 },
    Package { round: u8, index: u8, at: u32 },
    Share { poll: u8, index: u8 },
    Close(u8),
    Tally(u8),
    Request(u8),
    Answer { request: u8, number: u8 },
    Standard(u8),
    Claim { work: u8, member: u8, tag: u8, standard: u8, epoch: u8, renews: Option<u8> },
    Recuse { claim: (u8, u8), number: u8, at: u32 },
    Review { claim: (u8, u8), number: u8, verdict: Verdict, at: u32 },
    Rule((u8, u8)),
    Dispute { claim: (u8, u8), number: u8, option: u8 },
}

fn tries() -> impl Strategy<Value = Vec<Try>> {
    let few = || 1..4_u8;
    let at = || NOW..NOW + 250;
    // The first claims, that more of the reviews meet one.
    let claim = || (1..3_u8, 1..3_u8);
    let verdict = prop::sample::select(vec![Verdict::Accept, Verdict::Reject, Verdict::Abstain]);
    let tried = (few(), few(), few(), 1..3_u8, 0..2_u8, prop::option::of(few()));
    let one = prop_oneof![
        few().prop_map(Try::Invite),
        (few(), 3..9_u8).prop_map(|(invitation, member)| Try::Enrol { invitation, member }),
        (few(), 1..5_u8).prop_map(|(number, token)| Try::Sponsor { number, token }),
        (few(), few()).prop_map(|(spend, owner)| Try::Merge { spend, owner }),
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
        (0..4_u8, few(), NOW..NOW + 110).prop_map(|(round, index, at)| Try::Package { round, index, at }),
        (few(), few()).prop_map(|(poll, index)| Try::Share { poll, index }),
        few().prop_map(Try::Close),
        few().prop_map(Try::Tally),
        few().prop_map(Try::Request),
        (few(), few()).prop_map(|(request, number)| Try::Answer { request, number }),
        (1..3_u8).prop_map(Try::Standard),
        tried.prop_map(|(work, member, tag, standard, epoch, renews)| Try::Claim {
            work,
            member,
            tag,
            standard,
            epoch,
            renews
        }),
        claim().prop_map(|(work, member)| Try::first_claim(work, member)),
        (claim(), few(), at()).prop_map(|(claim, number, at)| Try::Recuse { claim, number, at }),
        (claim(), 1..9_u8, verdict, at()).prop_map(|(claim, number, verdict, at)| Try::Review {
            claim,
            number,
            verdict,
            at
        }),
        claim().prop_map(Try::Rule),
        (claim(), few(), 0..2_u8).prop_map(|(claim, number, option)| Try::Dispute { claim, number, option }),
    ];
    prop::collection::vec(one, 0..100)
}

impl Try {
    /// The claim of a member about a work, as the samples have it.
    fn first_claim(work: u8, member: u8) -> Self {
        Self::Claim { work, member, tag: member, standard: 1, epoch: 0, renews: None }
    }
}

/// The samples' claim of a member about a work.
fn sample_claim((work, member): (u8, u8)) -> NewClaim {
    claim(work.into(), member.into())
}

/// The standard, and what follows it.
fn version(version: u8) -> Standard {
    Standard { version: version.into(), ..standard() }
}

/// The second poll is sealed by trustees; voting in the third one earns a note.
fn poll(number: u8) -> PollDefinition {
    match number {
        2 => sealed_poll(number, SealedBy::Ceremony(ceremony(1).id())),
        3 => rewarded_poll(number),
        number => samples::poll(number),
    }
}

/// What a trustee of the second ceremony can say in a round.
fn package(round: u8, index: u8) -> CeremonyPackage {
    let packages = [samples::round_1, samples::round_2, samples::confirmation, samples::complaint];
    packages[usize::from(round)](&ceremony(2), index)
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
        Try::Sponsor { number, token } => {
            drop(contract::sponsorships::sponsor(store, number.into(), token + 2, NOW).await);
        }
        Try::Merge { spend, owner } => {
            let (spend, owner) = (u64::from(spend), 10 * u64::from(owner));
            let merge = merge([spend, owner, owner + 1, owner + 2, owner + 3, owner + 4], owner);
            drop(store.merge(&merge, NOW).await.unwrap());
        }
        Try::Seal => {
            let (checkpoint, before) = next_checkpoint(store).await;
            store.seal(&checkpoint, before).await.unwrap();
        }
        Try::Announce(number) => drop(store.announce(&poll(number)).await),
        Try::Join { poll: number, number: member, key, at } => {
            drop(
                store
                    .join(&poll(number).id, &join_to(member.into(), key, 100 + u64::from(member % 2)), at)
                    .await
                    .unwrap(),
            );
        }
        Try::Vote { poll: number, number: member, seq, option, at } => {
            let scope = poll(number).scope(&deployment());
            let ballot = ballot(scope, member.into(), member, seq.into(), &Choice::Option(option));
            let reason = (option == 1).then(|| SealedReason::new(vec![member; 93]));
            drop(store.vote(&poll(number).id, &ballot, reason.as_ref(), at).await.unwrap());
        }
        Try::Package { round, index, at } => drop(store.add_package(&package(round, index), at).await.unwrap()),
        Try::Share { poll: number, index } => {
            let share = samples::share(&poll(number), index);
            drop(store.publish_share(&poll(number).id, &share, NOW + 200).await.unwrap());
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
        Try::Standard(number) => {
            drop(store.set_standard(&version(number), Authority::Administrator, NOW).await.unwrap());
        }
        Try::Claim { work, member, tag, standard, epoch, renews } => {
            let mut new = sample_claim((work, member));
            new.claim.tag = sample_claim((1, tag)).claim.tag;
            new.claim.standard = version(standard).id();
            new.claim.roots.epoch = epoch.into();
            new.claim.renews = renews.map(|old| sample_claim((work, old)).claim.id());
            drop(store.open_claim(&new, NOW).await.unwrap());
        }
        Try::Recuse { claim, number, at } => {
            let presentation = review(number.into(), Verdict::Accept).presentation;
            drop(store.recuse(&sample_claim(claim).claim.id(), &presentation, at).await.unwrap());
        }
        Try::Review { claim, number, verdict, at } => {
            drop(store.review(&sample_claim(claim).claim.id(), &review(number.into(), verdict), at).await.unwrap());
        }
        Try::Dispute { claim: (work, member), number, option } => {
            let id = sample_claim((work, member)).claim.id();
            let place = 100 * work + 10 * member + number;
            let (dispute, poll) = disputes::challenge(id, place.into(), place, "Wrong.");
            // A dispute that is accepted is settled at once.
            if let Ok(Accepted::New(_)) = store.dispute(&id, &dispute, &poll).await.unwrap() {
                disputes::settle(store, &poll, option).await;
            }
        }
        Try::Rule(claim) => drop(store.rule(&sample_claim(claim).claim.id(), NOW + 100).await.unwrap()),
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
            contract::sponsorships::chartered(&store, &[credential(1), credential(2)]).await;
            attempt(&store, Try::Standard(1)).await;
            contract::ceremonies::complete(&store, 1).await;
            store.open_ceremony(&ceremony(2), NOW).await.unwrap();
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
