//! Which entries belong into a bundle.

use aiq_server::api::PollView;
use aiq_verifier::log::{Act, Entry};

use crate::progress::Progress;
use crate::sync::SyncError;
use crate::sync::log::{LogReader, WIDTH};

/// The entries of a bundle.
#[derive(Debug)]
pub enum Selection {
    /// All.
    Everything,
    /// Those at these places, ascending.
    Places(Vec<u64>),
}

impl Selection {
    /// The chosen places among the next `width` from `first` on; `None` if all are chosen.
    pub fn within(&self, first: u64, width: u64) -> Option<&[u64]> {
        let Self::Places(places) = self else { return None };
        let from = places.partition_point(|place| *place < first);
        let to = places.partition_point(|place| *place < first + width);
        Some(&places[from..to])
    }
}

/// The places of everything that a poll's verdict needs: genesis, domains, menu, the pinned epoch, and what happened in the poll.
pub fn of_poll(reader: &LogReader<'_>, poll: &PollView, progress: &dyn Progress) -> Result<Vec<u64>, SyncError> {
    let belongs = |act: &Act| match act {
        Act::Genesis(_) | Act::Domain(_) | Act::Menu(_) => true,
        Act::Epoch { checkpoint, .. } => checkpoint.epoch == poll.definition.roots.epoch,
        Act::Poll(definition) => definition.id == poll.definition.id,
        Act::Join { scope, .. } | Act::Close { scope } => *scope == poll.scope,
        Act::Ballot(ballot) => ballot.scope == poll.scope,
        Act::Tally(signed) => signed.scope == poll.scope,
        _ => false,
    };
    let size = reader.checkpoint().size;
    let mut places = Vec::new();
    progress.start("looking for the poll's entries", size);
    for n in 0..size.div_ceil(WIDTH) {
        let entries = reader.entries(n)?;
        progress.advance(entries.len() as u64);
        for (place, entry) in (n * WIDTH..).zip(&entries) {
            // What nobody can read belongs to no poll; the audit of everything names it.
            if Entry::decode(entry).is_ok_and(|entry| belongs(&entry.act)) {
                places.push(place);
            }
        }
    }
    progress.finish();
    Ok(places)
}

/// Whether an entry may have an opening.
pub fn is_ballot(entry: &[u8]) -> bool {
    Entry::decode(entry).is_ok_and(|entry| matches!(entry.act, Act::Ballot(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chosen_places_are_found_bundle_by_bundle() {
        let chosen = Selection::Places(vec![0, 3, 255, 256, 600]);
        assert_eq!(chosen.within(0, WIDTH), Some(&[0, 3, 255][..]));
        assert_eq!(chosen.within(256, WIDTH), Some(&[256][..]));
        assert_eq!(chosen.within(512, WIDTH), Some(&[600][..]));
        assert_eq!(chosen.within(768, WIDTH), Some(&[][..]));
        assert_eq!(Selection::Everything.within(0, WIDTH), None);
    }
}
