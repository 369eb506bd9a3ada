//! The log's Merkle tree (RFC 6962): its root while it is read entry by entry, and proofs that an entry is under a root.
//!
//! The arithmetic of trees is the `tlog_tiles` crate's.

use tlog_tiles::{Hash, check_record, node_hash};

use super::{EntryHash, LogCheckpoint};
use crate::bytes::byte_newtype;

byte_newtype! {
    /// Hash of a node of the log's tree, `SHA-256(01 ‖ left ‖ right)`, or of an entry.
    NodeHash, 32
}

/// The right edge of the tree: enough to add entries and to say the root, 32 bytes for each bit of the size.
#[derive(Clone, Debug, Default)]
pub struct Frontier {
    size: u64,
    /// Roots of the complete subtrees, the largest first.
    peaks: Vec<Hash>,
}

impl Frontier {
    /// How many entries were added.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Adds the next entry.
    pub fn push(&mut self, entry: &EntryHash) {
        let mut hash = Hash(*entry.as_bytes());
        // Each trailing one of the size is a complete subtree that this entry completes to one of twice its size.
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                hash = node_hash(left, hash);
            }
        }
        self.peaks.push(hash);
        self.size += 1;
    }

    /// The root over everything that was added.
    #[must_use]
    pub fn root(&self) -> [u8; 32] {
        let mut peaks = self.peaks.iter().rev().copied();
        let smallest = peaks.next().unwrap_or(tlog_tiles::EMPTY_HASH);
        peaks.fold(smallest, |right, left| node_hash(left, right)).0
    }
}

/// Shows that an entry is in the log: the hashes beside its way to the root, the lowest first.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InclusionProof {
    /// The entry's place in the log, from 0.
    pub index: u64,
    /// The entry's leaf hash.
    pub entry_hash: EntryHash,
    /// The signed checkpoint that the proof leads to.
    pub checkpoint: String,
    /// The hashes.
    pub hashes: Vec<NodeHash>,
}

/// The entry is not where it is said to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the entry is not at place {0} of the log under this checkpoint")]
pub struct InclusionError(pub u64);

/// Checks that an entry is at a place of the log.
///
/// # Errors
/// [`InclusionError`] if the hashes do not lead from the entry to the checkpoint's root.
pub fn verify_inclusion(
    checkpoint: &LogCheckpoint,
    index: u64,
    entry: &EntryHash,
    hashes: &[NodeHash],
) -> Result<(), InclusionError> {
    // A path has at most 64 hashes: a longer one is not worth a look.
    if index >= checkpoint.size || hashes.len() > 64 {
        return Err(InclusionError(index));
    }
    let path: Vec<Hash> = hashes.iter().map(|hash| Hash(*hash.as_bytes())).collect();
    check_record(&path, checkpoint.size, Hash(checkpoint.root), index, Hash(*entry.as_bytes()))
        .map_err(|_| InclusionError(index))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::cell::RefCell;

    use aiq_circuits::identity::DeploymentId;
    use tlog_tiles::{Error, HashReader, prove_record, stored_hashes, tree_hash};

    use super::*;

    #[derive(Default)]
    struct Stored(RefCell<Vec<Hash>>);

    impl HashReader for Stored {
        fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, Error> {
            indexes.iter().map(|index| Ok(self.0.borrow()[usize::try_from(*index).unwrap()])).collect()
        }
    }

    #[test]
    fn the_frontier_has_the_root_of_the_whole_tree_and_every_entry_is_under_it() {
        let (stored, mut frontier) = (Stored::default(), Frontier::default());
        assert_eq!(frontier.root(), tlog_tiles::EMPTY_HASH.0);
        for size in 1..=70_u64 {
            let entry = size.to_be_bytes();
            let new = stored_hashes(size - 1, &entry, &stored).unwrap();
            stored.0.borrow_mut().extend(new);
            frontier.push(&EntryHash::of(&entry));
            assert_eq!((frontier.size(), frontier.root()), (size, tree_hash(size, &stored).unwrap().0));
            let checkpoint = LogCheckpoint { deployment_id: DeploymentId::new([1; 32]), size, root: frontier.root() };
            for index in 0..size {
                let path = prove_record(size, index, &stored).unwrap();
                let mut path: Vec<NodeHash> = path.iter().map(|hash| NodeHash::new(hash.0)).collect();
                let entry = EntryHash::of(&(index + 1).to_be_bytes());
                assert_eq!(verify_inclusion(&checkpoint, index, &entry, &path), Ok(()), "{index} of {size}");
                let other = EntryHash::of(&(index + 2).to_be_bytes());
                assert!(verify_inclusion(&checkpoint, index, &other, &path).is_err());
                assert!(verify_inclusion(&checkpoint, index + 1, &entry, &path).is_err());
                let elsewhere = LogCheckpoint { root: *other.as_bytes(), ..checkpoint };
                assert!(verify_inclusion(&elsewhere, index, &entry, &path).is_err());
                path.push(NodeHash::new([0; 32]));
                assert!(verify_inclusion(&checkpoint, index, &entry, &path).is_err());
            }
        }
    }
}
