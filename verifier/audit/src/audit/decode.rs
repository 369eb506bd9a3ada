//! What can be said of an entry's line by itself. Decoding the points of a proof takes some time, so this runs on all cores.

use aiq_verifier::log::{Entry, EntryHash, EntryOpening, NodeHash};

use crate::{
    bundle::EntryLine,
    fault::{Fault, FaultCode, Place},
};

/// An entry as it stands in the bundle.
pub(super) struct Item {
    pub(super) index: u64,
    pub(super) hash: EntryHash,
    pub(super) entry: Result<Entry, Fault>,
    pub(super) opening: Option<EntryOpening>,
    pub(super) proof: Option<Vec<NodeHash>>,
}

/// Reads a line; `None` if it is not in its one spelling.
pub(super) fn item(line: &[u8]) -> Option<Item> {
    let EntryLine { index, entry: bytes, hash, opening, proof } = EntryLine::read(line)?;
    let entry = entry(&bytes, &hash, Place::entry(index));
    Some(Item { index, hash, entry, opening, proof })
}

fn entry(bytes: &[u8], hash: &EntryHash, place: Place) -> Result<Entry, Fault> {
    place.rule(
        EntryHash::of(bytes) == *hash,
        FaultCode::EntryHash,
        || "its bytes have another leaf hash than stands beside them",
    )?;
    place.rule(bytes.len() <= Entry::MAX_LENGTH, FaultCode::Entry, || "it is longer than an entry may be")?;
    let entry = Entry::decode(bytes).map_err(|error| place.fault(FaultCode::Entry, format!("it is none: {error}")))?;
    // There is no second spelling that could be decoded; the audit does not rely on that.
    place.rule(entry.canonical() == bytes, FaultCode::Entry, || "its bytes are not the canonical ones")?;
    Ok(entry)
}
