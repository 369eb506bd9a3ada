//! Whole journeys and attacks, on the real parts: proofs under real keys, services on loopback with real databases.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod attestations;
mod claims;
mod closing;
mod crash;
mod crowd;
mod disputes;
mod edge;
mod enactments;
mod enrolment;
mod faults;
mod journey;
mod large;
mod leaks;
mod leaving;
mod log;
mod merges;
mod polls;
mod privacy;
mod proofs;
mod proposals;
mod rewards;
mod samples;
mod secrets;
mod simulation;
mod sponsorships;
mod trustees;
mod verify;
mod witnesses;
