//! What else holds for the bundle of one poll.

use aiq_audit::{FaultCode, bundle::EntryLine};
use aiq_circuits::{Fr, identity::DeploymentId, tree::MembersRoot};
use aiq_verifier::{
    checkpoint::Checkpoint,
    log::{Act, NodeHash},
    poll::PollId,
};

use crate::fixture::{change, fault, lines, log, place};

const POLL: PollId = PollId::new([2; 16]);

/// The line of an entry in the bundle of the poll, changed.
fn changed(index: usize, change: impl FnOnce(&mut EntryLine)) -> Vec<u8> {
    let mut lines = lines(&log().poll_bundle(POLL));
    let wanted = format!("{{\"index\":{index},");
    let line = lines.iter_mut().find(|line| line.starts_with(wanted.as_bytes())).unwrap();
    let mut entry = EntryLine::read(line.strip_suffix(b"\n").unwrap()).unwrap();
    change(&mut entry);
    *line = [serde_json::to_vec(&entry).unwrap(), b"\n".to_vec()].concat();
    lines.concat()
}

#[test]
fn every_entry_leads_to_the_checkpoints_root() {
    let index = place(&log(), "join", 2);
    let inclusion = Some((Some(index as u64), FaultCode::Inclusion));
    let proof = |entry: &mut EntryLine| entry.proof.as_mut().unwrap().clone();
    assert_eq!(fault(&changed(index, |entry| entry.proof.as_mut().unwrap()[2] = NodeHash::new([1; 32]))), inclusion);
    assert_eq!(fault(&changed(index, |entry| entry.proof.as_mut().unwrap().truncate(3))), inclusion);
    assert_eq!(fault(&changed(index, |entry| entry.proof = Some([proof(entry), proof(entry)].concat()))), inclusion);
    assert_eq!(fault(&changed(index, |entry| entry.proof = None)), Some((None, FaultCode::Format)));
    // Another entry with this one's path.
    let other = log().entries[place(&log(), "join", 3)].clone();
    let swapped = changed(index, |entry| (entry.entry, entry.hash) = (other.canonical(), other.hash()));
    assert_eq!(fault(&swapped), inclusion);
    // The same entry at another place.
    let moved = changed(index, |entry| entry.index += 1);
    assert_eq!(fault(&moved), Some((Some(index as u64 + 1), FaultCode::Inclusion)));
}

#[test]
fn entries_stand_in_their_order() {
    let index = place(&log(), "join", 2);
    let back = changed(index, |entry| entry.index = 3);
    assert_eq!(fault(&back), Some((Some(3), FaultCode::Order)));
}

#[test]
fn what_belongs_to_others_does_not_belong_here() {
    let log = log();
    let own = log.places_of(POLL);
    let of_others = ["enrolment", "grant", "invitations", "withdrawal", "attestation", "poll"];
    for (kind, nth) in of_others.map(|kind| (kind, 0)).into_iter().chain([("enrolment", 3)]) {
        let stranger = place(&log, kind, nth) as u64;
        let bundle = log.bundle_of(POLL, |index| own.contains(&index) || index == stranger);
        assert_eq!(fault(&bundle), Some((Some(stranger), FaultCode::Foreign)), "{kind}");
    }
    // Two epochs: which of them is the stranger shows with the second.
    let (first, second) = (place(&log, "epoch", 0) as u64, place(&log, "epoch", 1) as u64);
    let bundle = log.bundle_of(POLL, |index| own.contains(&index) || index == first);
    assert_eq!(fault(&bundle), Some((Some(second), FaultCode::Foreign)));
    let founding = log.bundle_of(POLL, |index| index < 4);
    assert_eq!(fault(&founding), Some((None, FaultCode::PollMissing)));
}

#[test]
fn the_epoch_is_the_deployments_and_the_one_that_the_poll_pins() {
    let epoch = |edit: fn(&mut Checkpoint, &mut u64)| {
        let mut log = log();
        change(&mut log, "epoch", 1, |act| {
            let Act::Epoch { checkpoint, before } = act else { panic!() };
            edit(checkpoint, before);
        });
        fault(&log.poll_bundle(POLL))
    };
    let (index, poll) = (Some(place(&log(), "epoch", 1) as u64), Some(place(&log(), "poll", 1) as u64));
    assert_eq!(epoch(|it, _| it.deployment_id = DeploymentId::new([1; 32])), Some((index, FaultCode::Epoch)));
    assert_eq!(epoch(|_, before| *before = u64::MAX), Some((index, FaultCode::Epoch)));
    let other_root = epoch(|it, _| it.members_root = MembersRoot::new(Fr::from(7_u64)));
    assert_eq!(other_root, Some((poll, FaultCode::PollRoots)));
}

#[test]
fn no_more_join_than_the_epoch_has_members() {
    let mut log = log();
    change(&mut log, "epoch", 1, |act| {
        let Act::Epoch { checkpoint, .. } = act else { panic!() };
        (checkpoint.members, checkpoint.withdrawn) = (4, 3);
    });
    let second = place(&log, "join", 3) as u64;
    assert_eq!(fault(&log.poll_bundle(POLL)), Some((Some(second), FaultCode::TooManyJoins)));
}

#[test]
fn what_is_left_out_shows_against_the_tally() {
    let log = log();
    let places = |kind: &str, nth| place(&log, kind, nth) as u64;
    let own = log.places_of(POLL);
    let without = |gone: &[u64]| log.bundle_of(POLL, |index| own.contains(&index) && !gone.contains(&index));
    let tally = Some((Some(places("tally", 1)), FaultCode::Tally));
    assert_eq!(fault(&without(&[])), None);
    assert_eq!(fault(&without(&[places("join", 2), places("ballot", 3)])), tally);
    assert_eq!(fault(&without(&[places("ballot", 4)])), tally);
    assert_eq!(fault(&without(&[places("join", 3)])), Some((Some(places("ballot", 4)), FaultCode::NotJoined)));
    // Without the tally nobody can see it, which is what the report's caveat says.
    let unseen = [places("join", 2), places("ballot", 3), places("tally", 1)];
    assert_eq!(fault(&without(&unseen)), None);
}
