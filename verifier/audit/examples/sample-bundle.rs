//! Writes the bundle of a small log with real proofs to a file, and that of one of its polls to another:
//! `sample-bundle EVERYTHING POLL`. Both carry the cosignature of a witness, whose key is printed.

use std::{env, error::Error, fs};

use aiq_audit::sample::SampleLog;
use aiq_circuits::statement::StatementId;
use aiq_keys::KeyDir;
use aiq_verifier::poll::PollId;

fn main() -> Result<(), Box<dyn Error>> {
    let files: Vec<_> = env::args().skip(1).collect();
    let [everything, poll] = files.as_slice() else { return Err("sample-bundle EVERYTHING POLL".into()) };
    let keys = KeyDir::for_tests(&[StatementId::Membership, StatementId::Standing3])?;
    let log = SampleLog::small(&keys);
    fs::write(everything, log.bundle())?;
    fs::write(poll, log.poll_bundle(PollId::new([2; 16])))?;
    println!("{}", log.witness());
    Ok(())
}
