//! A service that lies in every way that a wallet has to notice.
#![allow(clippy::unwrap_used)]

use std::cell::RefCell;
use std::collections::BTreeSet;

use aiq_circuits::Fr;
use aiq_circuits::identity::Nullifier;
use aiq_circuits::scope::Scope;
use aiq_verifier::log::EntryHash;
use aiq_verifier::poll::Ballot;
use rand::rngs::OsRng;
use tlog_tiles::{Hash, check_tree};

use super::*;
use crate::fake::{Log, id, key};
use crate::progress::Silent;

fn open<'a>(log: &'a Log, cache: &'a TileCache, size: u64) -> Result<LogReader<'a>, SyncError> {
    LogReader::open(log, cache, log.checkpoint(size))
}

const SIZES: [u64; 12] = [1, 2, 3, 255, 256, 257, 300, 511, 512, 513, 65_536, 65_536 + 256 + 3];

#[test]
fn every_hash_and_every_earlier_root_is_read_from_tiles() {
    let log = Log::numbered(SIZES[SIZES.len() - 1]);
    let cache = TileCache::none();
    for size in SIZES {
        let reader = open(&log, &cache, size).unwrap();
        for earlier in SIZES.into_iter().filter(|earlier| *earlier <= size) {
            assert_eq!(reader.root_at(earlier).unwrap(), log.checkpoint(earlier).root, "{earlier} of {size}");
            let index = earlier - 1;
            let entry = EntryHash::of(&log.entries[usize::try_from(index).unwrap()]);
            assert_eq!(reader.entry_hash(index).unwrap(), entry);
            let inclusion = reader.inclusion(index).unwrap();
            aiq_verifier::log::verify_inclusion(&log.checkpoint(size), index, &entry, &inclusion).unwrap();
        }
        assert!(matches!(reader.entry_hash(size), Err(SyncError::LogSize(_))));
        assert!(matches!(reader.root_at(size + 1), Err(SyncError::LogSize(_))));
    }
}

#[test]
fn a_forged_full_tile_is_found_out_at_every_size() {
    let mut log = Log::numbered(SIZES[SIZES.len() - 1]);
    log.forged.insert((0, 0));
    for size in SIZES {
        let cache = TileCache::none();
        let read = open(&log, &cache, size).and_then(|reader| reader.entry_hash(5.min(size - 1)));
        assert!(matches!(read, Err(SyncError::LogTile { level: 0, tile: 0, .. })), "{size}: {read:?}");
    }
}

#[test]
fn a_forged_edge_or_parent_is_found_out() {
    let mut log = Log::numbered(65_536 + 256 + 3);
    for place in [(0, 257), (1, 1), (2, 0), (1, 0)] {
        log.forged = BTreeSet::from([place]);
        let cache = TileCache::none();
        let read = open(&log, &cache, 65_536 + 256 + 3).and_then(|reader| reader.entry_hash(5 * WIDTH));
        assert!(matches!(read, Err(SyncError::LogTile { .. })), "{place:?}");
    }
}

#[test]
fn sizes_that_no_log_has_are_refused() {
    let (log, cache) = (Log::numbered(3), TileCache::none());
    for size in [0, MAX_SIZE + 1, u64::MAX] {
        let checkpoint = LogCheckpoint { size, ..log.checkpoint(3) };
        assert!(matches!(LogReader::open(&log, &cache, checkpoint), Err(SyncError::LogSize(_))), "{size}");
    }
}

#[test]
fn full_tiles_are_kept_and_a_rotten_one_is_fetched_again() {
    let directory = tempfile::tempdir().unwrap();
    let (log, cache) = (Log::numbered(600), TileCache::at(directory.path().to_owned()));
    open(&log, &cache, 600).unwrap().fetch_leaves(&Silent).unwrap();
    let asked = |log: &Log| std::mem::take(&mut *log.asked.borrow_mut());
    assert_eq!(asked(&log), [(0, 2), (1, 0), (0, 0), (0, 1)]);
    // Nothing of what is asked for says which entry is wanted.
    let reader = open(&log, &cache, 600).unwrap();
    reader.fetch_leaves(&Silent).unwrap();
    reader.entry_hash(300).unwrap();
    assert_eq!(asked(&log), [(0, 2), (1, 0)]);
    std::fs::write(directory.path().join("log/0/001"), [0; 8192]).unwrap();
    assert_eq!(open(&log, &cache, 600).unwrap().entry_hash(300).unwrap(), EntryHash::of(&log.entries[300]));
    assert_eq!(asked(&log), [(0, 2), (1, 0), (0, 1)]);
}

#[test]
fn entries_are_those_under_the_root() {
    let (mut log, cache) = (Log::numbered(300), TileCache::none());
    let all: Vec<_> = (0..2).flat_map(|n| open(&log, &cache, 300).unwrap().entries(n).unwrap()).collect();
    assert_eq!(all, log.entries);
    assert!(matches!(open(&log, &cache, 300).unwrap().entries(2), Err(SyncError::LogSize(_))));
    log.entries[260][0] ^= 1;
    assert!(matches!(open(&log, &cache, 300).unwrap().entries(1), Err(SyncError::LogEntries { bundle: 1, .. })));
    log.entries[260].push(0);
    log.entries[261].pop();
    assert!(matches!(open(&log, &cache, 300).unwrap().entries(1), Err(SyncError::LogEntries { bundle: 1, .. })));
}

#[test]
fn a_log_that_grew_is_followed() {
    let (log, cache) = (Log::numbered(700), TileCache::none());
    let seen = [log.signed(1), log.signed(300), log.signed(700)];
    open_grown(&log, &cache, &log.signed(700), &seen).unwrap();
}

#[test]
fn a_fork_is_found_out_with_both_notes_and_a_proof() {
    let (log, cache) = (Log::numbered(700), TileCache::none());
    let mut other = Log::numbered(299);
    other.push(b"something else".to_vec());
    for (seen, size) in [(other.signed(300), 700), (other.signed(300), 300)] {
        let error = open_grown(&log, &cache, &log.signed(size), std::slice::from_ref(&seen)).err().unwrap();
        let LogError::Broken(finding) = error else { panic!("{error}") };
        let Finding::Forked { seen: first, shown, consistency } = *finding else { panic!("{finding}") };
        assert_eq!((first, shown), (seen.note, log.signed(size).note));
        let path = consistency.iter().map(|hash| Hash(*hash.as_bytes())).collect();
        let new = Hash(log.checkpoint(size).root);
        if size > 300 {
            // Whoever has the file can repeat it: the new root comes out, and with it another old one than was signed.
            check_tree(&path, size, new, 300, Hash(log.checkpoint(300).root)).unwrap();
            assert!(check_tree(&path, size, new, 300, Hash(other.checkpoint(300).root)).is_err());
        }
    }
}

#[test]
fn a_log_that_shrank_is_found_out_even_to_nothing() {
    let (log, cache) = (Log::numbered(300), TileCache::none());
    for size in [0, 299] {
        let error = open_grown(&log, &cache, &log.signed(size), &[log.signed(300)]).err().unwrap();
        assert!(matches!(&error, LogError::Broken(finding) if matches!(**finding, Finding::Shrunk { .. })), "{error}");
    }
}

/// A service that forges the tiles, so that an old root seems to be the beginning of the new tree.
#[test]
fn a_forged_proof_of_consistency_is_found_out() {
    let (mut log, cache) = (Log::numbered(700), TileCache::none());
    let mut other = Log::numbered(299);
    other.push(b"something else".to_vec());
    let head = log.signed(700);
    // The leaves of the other history under the root of this one.
    log.hashes = RefCell::new({
        let mut whole = Log::of(other.entries.clone());
        (300..700_u64).for_each(|number| whole.push(number.to_be_bytes().to_vec()));
        whole.hashes.into_inner()
    });
    let error = open_grown(&log, &cache, &head, &[other.signed(300)]).err().unwrap();
    assert!(matches!(error, LogError::Sync(SyncError::LogTile { .. })), "{error}");
}

fn ballot(number: u8) -> Act {
    let scope = Scope::new(Fr::from(3));
    let nullifier = Nullifier::new(Fr::from(number));
    Act::Ballot(Ballot::sign(&key(), scope, nullifier, 0, vec![1], &mut OsRng).committed())
}

const AT: u32 = 1_000;

fn promise(index: u64, act: &Act) -> Promise {
    let hash = Entry { at: AT, act: act.clone() }.hash();
    let receipt = Receipt::sign(&key(), id(), index, hash, AT);
    Promise { what: act.kind().to_owned(), act: act.clone(), receipt }
}

fn entry(act: &Act) -> Vec<u8> {
    Entry { at: AT, act: act.clone() }.canonical()
}

fn check(log: &Log, size: u64, promises: &[Promise], now: u32) -> Result<(), LogError> {
    let cache = TileCache::none();
    let head = log.signed(size);
    check_promises(&open(log, &cache, size).unwrap(), &head, promises, now)
}

fn finding(checked: Result<(), LogError>) -> Finding {
    match checked {
        Err(LogError::Broken(finding)) => *finding,
        other => panic!("{other:?}"),
    }
}

#[test]
fn promises_that_are_kept_pass_and_those_not_due_wait() {
    let acts = [ballot(1), ballot(2), ballot(3)];
    let log = Log::of(acts.iter().map(entry));
    let promises = [promise(0, &acts[0]), promise(2, &acts[2]), promise(3, &ballot(4))];
    check(&log, 3, &promises, AT + OVERDUE).unwrap();
    check(&log, 1, &promises, AT).unwrap();
}

#[test]
fn a_dropped_ballot_is_found_out() {
    // Another ballot in its place, with a proof of that.
    let (own, other) = (ballot(1), ballot(2));
    let log = Log::of([entry(&ballot(9)), entry(&other), entry(&ballot(8))]);
    let found = finding(check(&log, 3, &[promise(1, &own)], AT));
    let Finding::OtherEntry { receipt, entry: promised, found, inclusion, .. } = found else { panic!("{found}") };
    assert_eq!((receipt, promised), (promise(1, &own).receipt, entry(&own)));
    aiq_verifier::log::verify_inclusion(&log.checkpoint(3), 1, &found, &inclusion).unwrap();
    assert_eq!(found, EntryHash::of(&entry(&other)));
    // Or none at all, for ever.
    let found = finding(check(&log, 3, &[promise(3, &own)], AT + OVERDUE + 1));
    assert!(matches!(&found, Finding::Missing { shown, .. } if *shown == log.signed(3).note), "{found}");
}

#[test]
fn two_promises_of_one_place_are_a_clash_before_any_checkpoint() {
    let log = Log::numbered(1);
    let found = finding(check(&log, 1, &[promise(5, &ballot(1)), promise(5, &ballot(2))], AT));
    assert!(matches!(found, Finding::Clash { .. }), "{found}");
}

#[test]
fn one_receipt_for_two_voters_is_worthless_to_the_second() {
    let (first, second) = (ballot(1), ballot(2));
    let receipt = promise(4, &first).receipt;
    let verify = |act: &Act| receipt.verify_for(&ServiceKey::of(&key()), &id(), act.clone());
    assert!(verify(&first).is_ok());
    assert!(verify(&second).is_err());
}

#[test]
fn evidence_is_readable_by_its_owner_alone_and_never_overwritten() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path().join("evidence");
    let act = Act::Invitations { count: 1, expires_at: AT };
    let log = Log::numbered(2);
    let found = finding(check(&log, 2, &[promise(1, &act)], AT));
    let mut evidence = Evidence::new(id(), ServiceKey::of(&key()), "http://service", found);
    let path = evidence.keep(&place).unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let kept = std::fs::read_to_string(&path).unwrap();
    assert_eq!(serde_json::from_str::<Evidence>(&kept).unwrap(), evidence);
    // Found again later, and a finding of another kind.
    evidence.found_at += 1;
    assert_eq!(evidence.keep(&place).unwrap(), path);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), kept);
    evidence.finding = Finding::Shrunk { seen: log.signed(2).note, shown: log.signed(1).note };
    assert_ne!(evidence.keep(&place).unwrap(), path);
}
