//! A trustee (§8): takes part in ceremonies, and opens sealed polls after their close with others.
//!
//! It believes nothing but the log: what a ceremony's board has, that a poll is closed and how many have voted, it reads there, under a
//! checkpoint that continues the last one it has seen. Its secrets are made anew from the seed each time, so it can be stopped at any
//! moment: what it sends again is the same.

mod board;
mod files;

use aiq_circuits::identity::DeploymentId;
use aiq_sealing::board::PackageError;
use aiq_sealing::trustee::{Trustee, TrusteeError as StepError, Verdict};
use aiq_verifier::ceremony::{CeremonyFault, CeremonyId};
use aiq_verifier::genesis::Genesis;
use aiq_verifier::poll::{KeyShare, PollId, PollShare, SealingKey};
use serde::Serialize;

use crate::client::{Client, ClientError};
use crate::sync::log::{BrokenLog, Evidence, LogError, Signed, open_grown};
use crate::sync::{SyncError, TileCache, check_identity};
use crate::wallet::WalletFileError;

pub use board::{BoardError, LogBoard, Made, Sealed};
pub use files::{TrusteeFiles, TrusteeState};

/// Why a trustee goes no further.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrusteeError {
    /// Its own files.
    #[error(transparent)]
    Files(#[from] WalletFileError),
    /// No name for a trustee.
    #[error("the name of a trustee {0}")]
    Name(aiq_verifier::ceremony::TrusteeError),
    /// The exchange with the service.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// What the service shows is not signed, or not its log.
    #[error(transparent)]
    Sync(#[from] SyncError),
    /// The log does not continue what this trustee has seen.
    #[error(transparent)]
    BrokenLog(Box<BrokenLog>),
    /// What stands in the log does not allow it.
    #[error(transparent)]
    Board(#[from] BoardError),
    /// The ceremony does not allow it.
    #[error(transparent)]
    Step(#[from] StepError),
    /// A complaint in the log that does not hold.
    #[error("the log has a complaint that is not valid: {0}")]
    Complaint(PackageError),
}

/// What a look at a ceremony led to, or what it waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "step", rename_all = "kebab-case")]
pub enum Step {
    /// A package was sent.
    Sent {
        /// Which: `commitments`, `shares`, `confirmation` or `complaint`.
        package: &'static str,
    },
    /// It is others' turn.
    Waits {
        /// What is awaited.
        package: &'static str,
        /// Whose, by name.
        missing: Vec<String>,
    },
    /// All have confirmed.
    Complete {
        /// The key.
        key: SealingKey,
    },
    /// A trustee complained.
    Failed {
        /// Who is at fault.
        at_fault: String,
        /// Why.
        fault: CeremonyFault,
    },
    /// The deadline is over.
    Expired {
        /// Who was missing.
        missing: Vec<String>,
    },
}

/// A trustee of one deployment.
#[derive(Debug)]
pub struct Keeper {
    files: TrusteeFiles,
    client: Client,
    genesis: Genesis,
    id: DeploymentId,
}

impl Keeper {
    /// Gets in touch with a service: the deployment is pinned at the first contact, or checked against `expected`.
    ///
    /// # Errors
    /// [`TrusteeError`].
    pub fn connect(
        mut files: TrusteeFiles,
        client: Client,
        expected: Option<&DeploymentId>,
    ) -> Result<Self, TrusteeError> {
        let pinned = files.state().genesis.as_ref().map(Genesis::deployment_id);
        let info = client.info()?;
        check_identity(client.base(), &info, pinned.as_ref())?;
        let id = check_identity(client.base(), &info, expected)?;
        if pinned.is_none() {
            files.save(|state| state.genesis = Some(info.genesis.clone()))?;
        }
        Ok(Self { files, client, genesis: info.genesis, id })
    }

    /// The deployment.
    #[must_use]
    pub const fn deployment_id(&self) -> &DeploymentId {
        &self.id
    }

    /// Reads the log, which has to continue what was seen before, and remembers where it ends.
    ///
    /// # Errors
    /// [`TrusteeError::BrokenLog`] with evidence if it does not.
    pub fn read(&mut self) -> Result<LogBoard, TrusteeError> {
        let head = Signed::read(self.client.log_checkpoint()?, &self.id, &self.genesis.log_key)?;
        let last = self.files.state().checkpoint.clone();
        let last = last.map(|note| Signed::read(note, &self.id, &self.genesis.log_key)).transpose()?;
        let cache = TileCache::none();
        let reader = match open_grown(&self.client, &cache, &head, last.as_slice()) {
            Ok(reader) => reader,
            Err(LogError::Sync(error)) => return Err(error.into()),
            Err(LogError::Broken(finding)) => {
                let evidence = Evidence::new(self.id, self.genesis.log_key, self.client.base(), *finding);
                let error = evidence.into_error(Some(self.files.evidence_directory()));
                return Err(TrusteeError::BrokenLog(Box::new(error)));
            }
        };
        let board = LogBoard::read(&reader, head.checkpoint.size, &self.id)?;
        self.files.save(|state| state.checkpoint = Some(head.note.clone()))?;
        Ok(board)
    }

    /// Does the next thing that this trustee can do in a ceremony, as the log has it.
    ///
    /// # Errors
    /// [`TrusteeError`].
    pub fn step(&self, trustee: &Trustee, board: &LogBoard, id: &CeremonyId, now: u32) -> Result<Step, TrusteeError> {
        let made = board.ceremony(id)?;
        let own = trustee.index(&made.ceremony).ok_or(StepError::Stranger)?;
        if let Some(complaint) = &made.complaint {
            let fault = made.board(&self.id).check_complaint(complaint).map_err(TrusteeError::Complaint)?;
            return Ok(Step::Failed { at_fault: made.name(fault.trustee), fault: fault.fault });
        }
        let (package, sent) = made.round();
        let missing = made.missing();
        if missing.is_empty() {
            // As every step does, it looks at the whole board once more.
            trustee.verdict(&made.board(&self.id))?;
            let key = made.board(&self.id).key().ok_or(StepError::NoKey)?;
            return Ok(Step::Complete { key });
        }
        if now >= made.ceremony.deadline {
            return Ok(Step::Expired { missing });
        }
        if sent.contains(&own) {
            return Ok(Step::Waits { package, missing });
        }
        let board = made.board(&self.id);
        let mut package = package;
        match package {
            board::COMMITMENTS => self.client.send_round_1(&trustee.round_1(&self.id, &made.ceremony)?)?,
            board::SHARES => self.client.send_round_2(&trustee.round_2(&board)?)?,
            _ => match trustee.verdict(&board)? {
                Verdict::Confirmation(confirmation) => self.client.confirm_ceremony(&confirmation)?,
                Verdict::Complaint(complaint) => {
                    package = "complaint";
                    self.client.complain(&complaint)?
                }
            },
        };
        Ok(Step::Sent { package })
    }

    /// Publishes this trustee's share of the key of a poll, if the log says that it is time.
    ///
    /// # Errors
    /// [`BoardError`] says why not.
    pub fn release(&self, trustee: &Trustee, board: &LogBoard, poll: &PollId) -> Result<PollShare, TrusteeError> {
        let sealed = board.due(poll)?;
        let made = board.ceremony(&sealed.ceremony)?;
        let index = trustee.index(&made.ceremony).ok_or(StepError::Stranger)?;
        let verdict = trustee.verdict(&made.board(&self.id))?;
        let confirmed = made.confirmations.iter().find(|confirmation| confirmation.index == index);
        if confirmed.cloned().map(Verdict::Confirmation) != Some(verdict) {
            return Err(BoardError::Unconfirmed(sealed.ceremony).into());
        }
        if made.board(&self.id).key() != Some(sealed.key) {
            return Err(BoardError::OtherKey(*poll).into());
        }
        let share = KeyShare::new(trustee.share(&made.board(&self.id))?);
        let share = PollShare { scope: sealed.scope, index, share };
        self.client.publish_share(poll, &share)?;
        Ok(share)
    }
}
