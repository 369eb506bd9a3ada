//! A good log, made once for all tests, and ways to change it.

use std::sync::LazyLock;

use aiq_audit::{FaultCode, Options, Report, audit, sample::SampleLog};
use aiq_circuits::statement::StatementId;
use aiq_keys::KeyDir;
use aiq_verifier::{
    ceremony::{Ceremony, Round1, Round2},
    log::{Act, Entry},
};

pub fn keys() -> &'static KeyDir {
    static KEYS: LazyLock<KeyDir> = LazyLock::new(|| {
        KeyDir::for_tests(&[StatementId::Membership, StatementId::Standing3, StatementId::Merge6]).unwrap()
    });
    &KEYS
}

/// The small log with everything in it.
pub fn log() -> SampleLog {
    static LOG: LazyLock<SampleLog> = LazyLock::new(|| SampleLog::small(keys()));
    LOG.clone()
}

/// The log with claims.
pub fn reviewed() -> SampleLog {
    static LOG: LazyLock<SampleLog> = LazyLock::new(|| SampleLog::reviewed(keys()));
    LOG.clone()
}

/// The log in which members decide what is to change.
pub fn governed() -> SampleLog {
    static LOG: LazyLock<SampleLog> = LazyLock::new(|| SampleLog::governed(keys()));
    LOG.clone()
}

/// The log with ceremonies and sealed polls.
pub fn sealed() -> SampleLog {
    static LOG: LazyLock<SampleLog> = LazyLock::new(|| SampleLog::sealed(keys()));
    LOG.clone()
}

/// Audits with the sample's witness known and required.
pub fn report(bundle: &[u8]) -> Report {
    audit(bundle, &Options { witnesses: vec![log().witness()], required_witnesses: 1 }, &mut |_| {}).unwrap()
}

/// Place and code of the fault.
pub fn fault(bundle: &[u8]) -> Option<(Option<u64>, FaultCode)> {
    let report = report(bundle);
    assert_eq!(report.ok, report.fault.is_none());
    report.fault.map(|fault| (fault.index, fault.code))
}

/// The place of the nth entry of a kind.
pub fn place(log: &SampleLog, kind: &str, nth: usize) -> usize {
    let mut places = (0..log.entries.len()).filter(|place| log.entries[*place].act.kind() == kind);
    places.nth(nth).unwrap_or_else(|| panic!("the log has no {kind} number {nth}"))
}

/// Inserts an entry before a place.
pub fn insert(log: &mut SampleLog, place: usize, entry: Entry) {
    log.entries.insert(place, entry);
    let moved = |index| if index >= place as u64 { index + 1 } else { index };
    log.openings = std::mem::take(&mut log.openings).into_iter().map(|(index, it)| (moved(index), it)).collect();
}

/// Takes an entry out.
pub fn remove(log: &mut SampleLog, place: usize) -> Entry {
    let gone = place as u64;
    log.openings.remove(&gone);
    let moved = |index| if index > gone { index - 1 } else { index };
    log.openings = std::mem::take(&mut log.openings).into_iter().map(|(index, it)| (moved(index), it)).collect();
    log.entries.remove(place)
}

/// Takes the nth entry of a kind out of the founding.
pub fn never_founded(log: &mut SampleLog, kind: &str, nth: usize) -> Entry {
    let gone = place(log, kind, nth);
    change(log, "epoch", 0, |act| {
        let Act::Epoch { before, .. } = act else { panic!() };
        *before -= 1;
    });
    remove(log, gone)
}

/// Changes the act of the nth entry of a kind, and tells its place.
pub fn change(log: &mut SampleLog, kind: &str, nth: usize, change: impl FnOnce(&mut Act)) -> Option<u64> {
    let place = place(log, kind, nth);
    change(&mut log.entries[place].act);
    Some(place as u64)
}

/// The time of the nth entry of a kind, changed; tells its place.
pub fn at(log: &mut SampleLog, kind: &str, nth: usize, change: impl FnOnce(u32) -> u32) -> Option<u64> {
    let index = place(log, kind, nth);
    log.entries[index].at = change(log.entries[index].at);
    Some(index as u64)
}

/// The nth entry of a kind once more, right behind it; tells its place.
pub fn again(log: &mut SampleLog, kind: &str, nth: usize) -> Option<u64> {
    let index = place(log, kind, nth);
    let (entry, opening) = (log.entries[index].clone(), log.openings.get(&(index as u64)).cloned());
    insert(log, index + 1, entry);
    log.openings.extend(opening.map(|opening| (index as u64 + 1, opening)));
    Some(index as u64 + 1)
}

/// The lines of a bundle, each with its line feed.
pub fn lines(bundle: &[u8]) -> Vec<Vec<u8>> {
    bundle.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect()
}

/// The ceremony that the log has as its `nth`, and its packages of both rounds by trustee.
pub fn board(log: &SampleLog, nth: usize) -> (Ceremony, Vec<Round1>, Vec<Round2>) {
    let Act::Ceremony(made) = log.entries[place(log, "ceremony", nth)].act.clone() else { panic!() };
    let (mut round_1, mut round_2) = (Vec::new(), Vec::new());
    for entry in &log.entries {
        match &entry.act {
            Act::CeremonyRound1(package) if package.ceremony == made.id() => round_1.push(package.clone()),
            Act::CeremonyRound2(package) if package.ceremony == made.id() => round_2.push(package.clone()),
            _ => {}
        }
    }
    round_1.sort_by_key(|package| package.index);
    round_2.sort_by_key(|package| package.index);
    (made, round_1, round_2)
}
