//! Which entries belong into a bundle.

mod claim;
mod poll;

use aiq_circuits::identity::DeploymentId;
use aiq_circuits::statement::StatementId;
use aiq_circuits::wire::Decoder;
use aiq_server::api::PollView;
use aiq_verifier::claim::{Claim, ClaimId};

use self::claim::OfClaim;
use self::poll::OfPoll;
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

/// The places of everything that a poll's verdict needs, and the statements that are shown there: genesis, charter, domains, menu, the
/// pinned epoch, the ceremony that sealed it, and what happened in the poll.
pub fn of_poll(
    reader: &LogReader<'_>,
    poll: &PollView,
    progress: &dyn Progress,
) -> Result<(Vec<u64>, Vec<StatementId>), SyncError> {
    let size = reader.checkpoint().size;
    let mut found = OfPoll::new(poll);
    progress.start("looking for the poll's entries", size);
    for n in 0..size.div_ceil(WIDTH) {
        let entries = reader.entries(n)?;
        progress.advance(entries.len() as u64);
        for (place, entry) in (n * WIDTH..).zip(&entries) {
            found.take(place, entry);
        }
    }
    progress.finish();
    Ok(found.places())
}

/// The places of everything that a claim's verdict needs, and the claim: genesis, domains, menu and its removals, standards, the pinned epoch, what
/// happened to the claim up to its ruling, and what that grants. `None` if the log has no such claim.
pub fn of_claim(
    reader: &LogReader<'_>,
    id: &ClaimId,
    deployment: &DeploymentId,
    progress: &dyn Progress,
) -> Result<Option<(Vec<u64>, Claim)>, SyncError> {
    let size = reader.checkpoint().size;
    let mut found = OfClaim::new(id, deployment);
    progress.start("looking for the claim's entries", size);
    for n in 0..size.div_ceil(WIDTH) {
        let entries = reader.entries(n)?;
        progress.advance(entries.len() as u64);
        for (place, entry) in (n * WIDTH..).zip(&entries) {
            found.take(place, entry);
        }
    }
    progress.finish();
    Ok(found.places())
}

/// Whether an entry may have an opening.
pub fn may_be_opened(entry: &[u8]) -> bool {
    Decoder::labelled(entry).is_ok_and(|(label, _)| matches!(label, "AIQ/v1/log/ballot" | "AIQ/v1/log/review"))
}

#[cfg(test)]
mod tests {
    use aiq_circuits::identity::Nullifier;
    use aiq_circuits::scope::Scope;
    use aiq_verifier::log::{Act, Entry};
    use aiq_verifier::poll::{BallotCommitment, CommittedBallot};

    use super::*;

    #[test]
    fn what_may_be_opened_is_known_by_its_label() {
        let act = |scope| Entry { at: 1, act: Act::Close { scope } }.canonical();
        assert!(!may_be_opened(&act(Scope::new(1_u8.into()))));
        let (nullifier, commitment) = (Nullifier::new(1_u8.into()), BallotCommitment::new([0; 32]));
        let ballot = CommittedBallot { scope: Scope::new(1_u8.into()), nullifier, seq: 0, commitment };
        assert!(may_be_opened(&Entry { at: 1, act: Act::Ballot(ballot) }.canonical()));
    }

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
