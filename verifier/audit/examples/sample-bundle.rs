//! Writes bundles of small logs with real proofs to files: `sample-bundle EVERYTHING POLL [REVIEWED DISPUTE CLAIM [SEALED TRUSTED GOVERNED
//! PROPOSAL]]`. The first two are of a log with polls, everything and one of its polls; the next three of a log with claims, everything, the
//! poll of one of its disputes, and one claim; then of a log with sealed polls, everything and the poll that trustees opened; then of a
//! log in which members decide, everything and a poll that one of them proposed. All carry the cosignature of a witness, whose key is
//! printed.

use std::{env, error::Error, fs};

use aiq_audit::sample::SampleLog;
use aiq_circuits::statement::StatementId;
use aiq_keys::KeyDir;
use aiq_verifier::poll::PollId;

fn main() -> Result<(), Box<dyn Error>> {
    let files: Vec<_> = env::args().skip(1).collect();
    if ![2, 5, 9].contains(&files.len()) {
        return Err("sample-bundle EVERYTHING POLL [REVIEWED DISPUTE CLAIM [SEALED TRUSTED GOVERNED PROPOSAL]]".into());
    }
    let keys = KeyDir::for_tests(&[StatementId::Membership, StatementId::Standing3, StatementId::Merge6])?;
    let poll = |number| PollId::new([number; 16]);
    let log = SampleLog::small(&keys);
    let mut bundles = vec![log.bundle(), log.poll_bundle(poll(2))];
    if files.len() > 2 {
        let log = SampleLog::reviewed(&keys);
        bundles.extend([log.bundle(), log.poll_bundle(poll(2)), log.claim_bundle(0)]);
    }
    if files.len() > 5 {
        let (sealed, governed) = (SampleLog::sealed(&keys), SampleLog::governed(&keys));
        bundles.extend([
            sealed.bundle(),
            sealed.poll_bundle(poll(2)),
            governed.bundle(),
            governed.poll_bundle(poll(4)),
        ]);
    }
    for (file, bundle) in files.iter().zip(bundles) {
        fs::write(file, bundle)?;
    }
    println!("{}", log.witness());
    Ok(())
}
