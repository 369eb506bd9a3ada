//! Writes bundles of small logs with real proofs to files: `sample-bundle EVERYTHING POLL [REVIEWED DISPUTE CLAIM]`. The first two are of a log with
//! polls, everything and one of its polls; the others of a log with claims, everything, the poll of one of its disputes, and one claim. All
//! carry the cosignature of a witness, whose key is printed.

use std::{env, error::Error, fs};

use aiq_audit::sample::SampleLog;
use aiq_circuits::statement::StatementId;
use aiq_keys::KeyDir;
use aiq_verifier::poll::PollId;

fn main() -> Result<(), Box<dyn Error>> {
    let files: Vec<_> = env::args().skip(1).collect();
    let (polls, claims) = match files.as_slice() {
        [everything, poll] => ([everything, poll], None),
        [everything, poll, reviewed, dispute, claim] => ([everything, poll], Some([reviewed, dispute, claim])),
        _ => return Err("sample-bundle EVERYTHING POLL [REVIEWED DISPUTE CLAIM]".into()),
    };
    let keys = KeyDir::for_tests(&[StatementId::Membership, StatementId::Standing3, StatementId::Merge6])?;
    let log = SampleLog::small(&keys);
    fs::write(polls[0], log.bundle())?;
    fs::write(polls[1], log.poll_bundle(PollId::new([2; 16])))?;
    if let Some([reviewed, dispute, claim]) = claims {
        let log = SampleLog::reviewed(&keys);
        fs::write(reviewed, log.bundle())?;
        fs::write(dispute, log.poll_bundle(PollId::new([2; 16])))?;
        fs::write(claim, log.claim_bundle(0))?;
    }
    println!("{}", log.witness());
    Ok(())
}
