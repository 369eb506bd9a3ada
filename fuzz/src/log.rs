//! Canonical bytes: entries of the log, and the records that are read from bytes.

use aiq_verifier::{
    claim::Claim,
    genesis::Genesis,
    log::{Entry, EntryHash, EntryOpening},
    poll::{PollDefinition, SignedTally, Tally},
    service_key::Signature,
    standard::Standard,
};

/// Bytes that are read are written as the same bytes: one act, one leaf.
pub fn entry(data: &[u8]) -> bool {
    let written = [
        Entry::decode(data).ok().map(|entry| {
            assert_eq!(entry.hash(), EntryHash::of(data));
            entry.canonical()
        }),
        Genesis::decode(data).ok().map(|genesis| genesis.canonical()),
        PollDefinition::decode(data).ok().map(|poll| poll.canonical()),
        EntryOpening::decode(data).ok().map(|opening| opening.canonical()),
        Standard::decode(data).ok().map(|standard| standard.canonical()),
        Claim::decode(data).ok().map(|claim| claim.canonical()),
        Tally::decode(data)
            .ok()
            .map(|(scope, tally)| SignedTally { scope, tally, signature: Signature::new([0; 64]) }.signing_bytes()),
    ];
    let mut accepted = 0;
    for written in written.into_iter().flatten() {
        assert_eq!(written, data);
        accepted += 1;
    }
    // The label at the beginning says what it is.
    assert!(accepted <= 1);
    accepted == 1
}
