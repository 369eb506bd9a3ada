//! Audits a deployment of AIQ from its exported log (§8): no server code, no network, no secrets.
//!
//! A [`bundle`] is a file of lines: the key manifest, the verifying keys, a signed checkpoint, and the entries of the log.
//! [`audit`] reads it once, from beginning to end, and derives everything anew: the root of the log, the members, both trees of
//! every epoch, every poll's and claim's scope, every proof and signature, every tally and ruling, and what follows from them: no
//! credential but the founding's has less than its quorum of valid reviews. It names the first thing that is wrong.
//!
//! ```
//! use std::{fs::File, io::BufReader, path::Path};
//!
//! use aiq_audit::{Options, audit};
//!
//! /// Whether the log in this file holds.
//! fn holds(path: &Path) -> std::io::Result<bool> {
//!     let bundle = BufReader::new(File::open(path)?);
//!     let report = audit(bundle, &Options::default(), &mut |_| {})?;
//!     if let Some(fault) = &report.fault {
//!         eprintln!("{fault}");
//!     }
//!     Ok(report.ok)
//! }
//! ```
//!
//! # What it costs
//!
//! One pass. Proofs and ballots' signatures are checked in batches of [`BATCH`], on all cores. What is kept is the present, not
//! the history: the leaves of both trees, the invitations that are not used up, the nullifiers of polls that are not yet
//! tallied, of claims that are not yet decided and of what was done in the latest epoch, the owner tags and spent notes, of which
//! none may come again, and some bytes for each epoch, each poll, and each claim and its works.
//!
//! # What it cannot see
//!
//! Whether the same log was shown to everyone: that is what witnesses, and the receipts in members' wallets, are for. Who is
//! behind an invitation. And, from a bundle of one poll, whether joins or ballots were left out, as long as no tally says how
//! many there were: see [`Caveat`].

mod audit;
pub mod bundle;
mod fault;
mod report;
#[cfg(feature = "sample")]
pub mod sample;

pub use audit::{BATCH, Options, Progress, audit};
pub use fault::{Fault, FaultCode};
pub use report::{
    Caveat, CeremonyReport, CeremonyState, ClaimsReport, EnactmentReport, EnactmentState, KeyReport, PollOrigin,
    PollReport, Report, RulingsReport, SealingReport, WitnessReport,
};
