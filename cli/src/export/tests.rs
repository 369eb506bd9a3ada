#![allow(clippy::unwrap_used)]

use aiq_audit::{Caveat, FaultCode, Options, Report, audit};
use aiq_verifier::log::Act;
use aiq_verifier::poll::{Lead, Outcome, SignedTally, Tally};

use super::*;
use crate::fake::{Fake, key};
use crate::progress::Silent;

fn export(fake: &Fake, what: What) -> Result<Vec<u8>, ExportError> {
    let (client, cache, mut bundle) = (fake.client(), TileCache::none(), Vec::new());
    let mut export = Export::begin(&client, &cache, what, &Silent)?;
    match export.read_to_end(&mut bundle) {
        Ok(_) => Ok(bundle),
        Err(error) => Err(error.downcast().unwrap()),
    }
}

fn audited(bundle: &[u8]) -> Report {
    audit(bundle, &Options::default(), &mut |_| {}).unwrap()
}

/// Something that anybody may put into a log, many times.
fn fill(fake: &Fake, count: u16) {
    for number in 0..count {
        let mut digest = [0; 32];
        digest[..2].copy_from_slice(&number.to_be_bytes());
        fake.accept(Act::Attestation { digest });
    }
}

/// A poll that nobody joins, among entries of other kinds.
fn poll(fake: &Fake) -> PollId {
    fill(fake, 200);
    let id = fake.announce().definition.id;
    fill(fake, 100);
    id
}

#[test]
fn everything_is_exported_and_audited() {
    let fake = Fake::founded();
    fill(&fake, 300);
    let bundle = export(&fake, What::Everything).unwrap();
    let report = audited(&bundle);
    assert!(report.ok, "{:?}", report.fault);
    assert!(report.is_complete());
    assert_eq!((report.size, report.entries.get("attestation")), (Some(302), Some(&300)));
    // Read in whatever pieces, it is the same.
    let (client, cache) = (fake.client(), TileCache::none());
    let again = Export::begin(&client, &cache, What::Everything, &Silent).unwrap();
    let pieces: Vec<u8> = again.bytes().collect::<Result<_, _>>().unwrap();
    assert_eq!(pieces, bundle);
}

#[test]
fn a_poll_is_exported_with_what_it_rests_on_and_nothing_else() {
    let fake = Fake::founded();
    let id = poll(&fake);
    let report = audited(&export(&fake, What::Poll(id)).unwrap());
    assert!(report.ok, "{:?}", report.fault);
    assert!(report.caveats.contains(&Caveat::OnePoll));
    let kinds: Vec<_> = report.entries.iter().map(|(kind, count)| (kind.as_str(), *count)).collect();
    assert_eq!(kinds, [("epoch", 1), ("genesis", 1), ("poll", 1)]);
    assert_eq!(report.keys.len(), 1);
}

#[test]
fn what_a_service_may_not_do_is_in_the_bundle_for_the_audit_to_name() {
    let fake = Fake::founded();
    let id = poll(&fake);
    let scope = fake.shown().poll.as_ref().unwrap().scope;
    let close = fake.accept(Act::Close { scope });
    let outcome = Outcome::Winner(Lead { option: 0, tied: false, support: 1, of: 1 });
    let tally = Tally { options: vec![1, 0], abstain: 0, spoiled: 0, joined: 1, voted: 1, outcome };
    fake.accept(Act::Tally(SignedTally::sign(&key(), scope, tally)));
    for what in [What::Everything, What::Poll(id)] {
        let fault = audited(&export(&fake, what).unwrap()).fault.unwrap();
        assert_eq!((fault.index, fault.code), (Some(close.index), FaultCode::Close), "{what:?}");
    }
}

#[test]
fn entries_that_are_not_those_of_the_log_are_not_exported() {
    let fake = Fake::founded();
    fill(&fake, 300);
    fake.shown().log.entries[270][60] ^= 1;
    let error = export(&fake, What::Everything).unwrap_err();
    assert!(matches!(error, ExportError::Sync(SyncError::LogEntries { bundle: 1, .. })), "{error}");
}
