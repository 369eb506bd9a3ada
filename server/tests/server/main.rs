//! The service without real proofs: every rule, refusal and repetition that needs none. Whole journeys with proofs are
//! in the workspace's `tests/`.

#![allow(clippy::unwrap_used, missing_docs)]

mod administration;
mod attestations;
mod ceremonies;
mod claims;
mod contract;
mod disputes;
mod documentation;
mod enrolment;
mod epochs;
mod files;
mod fixture;
mod leaving;
mod log;
mod merges;
mod opening;
mod polls;
mod problems;
mod rebuild;
mod replicas;
mod reviews;
mod samples;
mod sealed;
mod socket;
mod sponsorships;
mod standards;
mod turnout;
mod types;
mod verification;
mod voting;
