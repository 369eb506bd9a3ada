//! What the log says of ceremonies and sealed polls, for a trustee.

use std::collections::{BTreeMap, BTreeSet};

use aiq_circuits::identity::{DeploymentId, Nullifier};
use aiq_circuits::scope::Scope;
use aiq_sealing::board::Board;
use aiq_verifier::ceremony::{Ceremony, CeremonyId, Complaint, Confirmation, Round1, Round2};
use aiq_verifier::log::{Act, Entry};
use aiq_verifier::poll::{PollDefinition, PollId, SealedBy, SealingKey};

use crate::sync::log::{LogReader, WIDTH};

/// Round 1.
pub(super) const COMMITMENTS: &str = "commitments";
/// Round 2.
pub(super) const SHARES: &str = "shares";
/// The last round.
const CONFIRMATION: &str = "confirmation";

/// Why the log does not allow what a trustee was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BoardError {
    /// An entry that this program does not understand.
    #[error("entry {0} of the log is none that this aiq understands")]
    Entry(u64),
    /// No such ceremony.
    #[error("the log has no ceremony {0} yet")]
    Ceremony(CeremonyId),
    /// No such poll.
    #[error("the log has no poll {0} that trustees have sealed")]
    Poll(PollId),
    /// Ballots could still come.
    #[error("poll {0} is not closed: a share now would open ballots while others still vote")]
    Open(PollId),
    /// There is nothing more to open.
    #[error("poll {0} is counted already")]
    Counted(PollId),
    /// Too few to open anything.
    #[error("{voted} have voted in poll {poll}, and nothing is opened below {floor}")]
    Floor {
        /// Which poll.
        poll: PollId,
        /// How many have.
        voted: usize,
        /// How many it takes.
        floor: u32,
    },
    /// The share would open both.
    #[error("the key of poll {0} is that of poll {1} too")]
    Reused(PollId, PollId),
    /// Another board, or none.
    #[error("this trustee has not confirmed what the log has of ceremony {0}")]
    Unconfirmed(CeremonyId),
    /// Another key than the ceremony's.
    #[error("the key of poll {0} is not the one that its ceremony has made")]
    OtherKey(PollId),
}

/// A ceremony as far as the log has it.
#[derive(Debug, Clone)]
pub struct Made {
    /// What was opened.
    pub ceremony: Ceremony,
    /// Ascending by trustee, as all that follows.
    pub round_1: Vec<Round1>,
    /// The second round.
    pub round_2: Vec<Round2>,
    /// The last one.
    pub confirmations: Vec<Confirmation>,
    /// What has ended it.
    pub complaint: Option<Complaint>,
}

/// A poll that trustees have sealed.
#[derive(Debug, Clone)]
pub struct Sealed {
    /// Its scope.
    pub scope: Scope,
    /// Whose key it has.
    pub ceremony: CeremonyId,
    /// The key.
    pub key: SealingKey,
    floor: u32,
    voters: BTreeSet<Nullifier>,
    is_closed: bool,
    is_counted: bool,
}

/// Every ceremony and every poll of trustees in a log.
#[derive(Debug, Default)]
pub struct LogBoard {
    ceremonies: BTreeMap<CeremonyId, Made>,
    polls: BTreeMap<PollId, Sealed>,
    scopes: BTreeMap<Scope, PollId>,
}

impl Made {
    /// As the checks need it.
    #[must_use]
    pub fn board<'a>(&'a self, deployment: &'a DeploymentId) -> Board<'a> {
        let Self { ceremony, round_1, round_2, .. } = self;
        Board { deployment, ceremony, round_1, round_2 }
    }

    /// A trustee's name.
    #[must_use]
    pub fn name(&self, index: u8) -> String {
        self.ceremony.trustee(index).map_or_else(|_| index.to_string(), |trustee| trustee.name().to_owned())
    }

    /// Whose packages are missing in the round that is not over, by name.
    #[must_use]
    pub fn missing(&self) -> Vec<String> {
        let (_, sent) = self.round();
        (1..=self.ceremony.last()).filter(|index| !sent.contains(index)).map(|index| self.name(index)).collect()
    }

    /// The round that is not over, or the last one, and who has sent its package.
    pub(super) fn round(&self) -> (&'static str, Vec<u8>) {
        let all = self.ceremony.trustees.len();
        if self.round_1.len() < all {
            return (COMMITMENTS, self.round_1.iter().map(|package| package.index).collect());
        }
        if self.round_2.len() < all {
            return (SHARES, self.round_2.iter().map(|package| package.index).collect());
        }
        (CONFIRMATION, self.confirmations.iter().map(|package| package.index).collect())
    }
}

impl LogBoard {
    /// Reads a log from its first entry to its last.
    ///
    /// # Errors
    /// If a tile is not to be had or forged, or an entry is not understood.
    pub fn read(reader: &LogReader<'_>, size: u64, deployment: &DeploymentId) -> Result<Self, super::TrusteeError> {
        let mut board = Self::default();
        for n in 0..size.div_ceil(WIDTH) {
            let entries = reader.entries(n)?;
            for (place, bytes) in (n * WIDTH..).zip(entries) {
                let entry = Entry::decode(&bytes).map_err(|_| BoardError::Entry(place))?;
                board.take(entry.act, deployment);
            }
        }
        Ok(board)
    }

    /// A ceremony.
    ///
    /// # Errors
    /// [`BoardError::Ceremony`].
    pub fn ceremony(&self, id: &CeremonyId) -> Result<&Made, BoardError> {
        self.ceremonies.get(id).ok_or(BoardError::Ceremony(*id))
    }

    /// Every ceremony.
    pub fn ceremonies(&self) -> impl Iterator<Item = (&CeremonyId, &Made)> {
        self.ceremonies.iter()
    }

    /// Every poll that trustees have sealed.
    pub fn polls(&self) -> impl Iterator<Item = (&PollId, &Sealed)> {
        self.polls.iter()
    }

    /// A poll whose shares are due.
    ///
    /// # Errors
    /// [`BoardError`] says why they are not.
    pub fn due(&self, poll: &PollId) -> Result<&Sealed, BoardError> {
        let sealed = self.polls.get(poll).ok_or(BoardError::Poll(*poll))?;
        if !sealed.is_closed {
            return Err(BoardError::Open(*poll));
        }
        if sealed.is_counted {
            return Err(BoardError::Counted(*poll));
        }
        let voted = sealed.voters.len();
        if u32::try_from(voted).is_ok_and(|voted| voted < sealed.floor) {
            return Err(BoardError::Floor { poll: *poll, voted, floor: sealed.floor });
        }
        let other = self.polls.iter().find(|(id, other)| *id != poll && other.key == sealed.key);
        other.map_or(Ok(sealed), |(other, _)| Err(BoardError::Reused(*poll, *other)))
    }

    fn take(&mut self, act: Act, deployment: &DeploymentId) {
        match act {
            Act::Ceremony(ceremony) => {
                let made = Made {
                    ceremony,
                    round_1: Vec::new(),
                    round_2: Vec::new(),
                    confirmations: Vec::new(),
                    complaint: None,
                };
                self.ceremonies.insert(made.ceremony.id(), made);
            }
            Act::CeremonyRound1(package) => {
                self.add(package.ceremony, |made| insert(&mut made.round_1, package, |it| it.index));
            }
            Act::CeremonyRound2(package) => {
                self.add(package.ceremony, |made| insert(&mut made.round_2, package, |it| it.index));
            }
            Act::CeremonyConfirmation(package) => {
                self.add(package.ceremony, |made| insert(&mut made.confirmations, package, |it| it.index));
            }
            Act::CeremonyComplaint(package) => self.add(package.ceremony, |made| made.complaint = Some(package)),
            Act::Poll(definition) => self.announced(&definition, deployment),
            Act::Ballot(ballot) => self.poll(&ballot.scope, |sealed| {
                // What stands behind the close is no ballot.
                if !sealed.is_closed {
                    sealed.voters.insert(ballot.nullifier);
                }
            }),
            Act::Close { scope } => self.poll(&scope, |sealed| sealed.is_closed = true),
            Act::Tally(tally) => self.poll(&tally.scope, |sealed| sealed.is_counted = true),
            _ => {}
        }
    }

    fn announced(&mut self, definition: &PollDefinition, deployment: &DeploymentId) {
        let Some(sealing) = definition.sealing else { return };
        let SealedBy::Ceremony(ceremony) = sealing.trustees else { return };
        let scope = definition.scope(deployment);
        let sealed = Sealed {
            scope,
            ceremony,
            key: sealing.key,
            floor: sealing.floor,
            voters: BTreeSet::new(),
            is_closed: false,
            is_counted: false,
        };
        self.scopes.insert(scope, definition.id);
        self.polls.insert(definition.id, sealed);
    }

    fn add(&mut self, id: CeremonyId, change: impl FnOnce(&mut Made)) {
        if let Some(made) = self.ceremonies.get_mut(&id) {
            change(made);
        }
    }

    fn poll(&mut self, scope: &Scope, change: impl FnOnce(&mut Sealed)) {
        if let Some(sealed) = self.scopes.get(scope).and_then(|id| self.polls.get_mut(id)) {
            change(sealed);
        }
    }
}

/// At its place by trustee.
fn insert<T>(packages: &mut Vec<T>, package: T, index: impl Fn(&T) -> u8) {
    let place = packages.partition_point(|other| index(other) < index(&package));
    packages.insert(place, package);
}
