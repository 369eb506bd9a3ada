//! The member's side of every act, without a terminal: the commands, the demonstration and the tests all call this.
//!
//! A [`Member`] is an open wallet in one deployment. Whatever it sends, it writes into the wallet first; whatever it receives, it
//! checks against what the deployment's genesis pins.

mod attest;
mod crowd;
mod error;
mod holdings;
mod poll;
mod present;
mod provers;
mod selection;
mod tally;

use aiq_circuits::identity::{DeploymentId, Identity};
use aiq_server::api::Info;
use aiq_verifier::checkpoint::Checkpoint;
use aiq_verifier::eligibility::{Eligibility, PinnedRoots};
use aiq_verifier::menu::MenuEntry;
use aiq_verifier::receipt::{Act, Receipt, enrolment_content};
use aiq_verifier::service_key::ServiceKey;

pub use attest::{AttestPlan, Attested, check_result};
pub use crowd::{CROWD_FLOOR, Crowd};
pub use error::MemberError;
pub use holdings::{GAP_LIMIT, Held, scan};
pub use poll::{JoinPlan, Joined, Voted, check_poll, parse_choice};
pub use present::{Prepared, Presented, Purpose, prepare};
pub use provers::Provers;
pub use selection::{DomainNames, Excluded, Shortfall, describe, select};
pub use tally::PublishedPoll;

use crate::client::Client;
use crate::progress::Progress;
use crate::sync::{Ledger, SyncError, TileCache, Trees, check_identity, read_checkpoint};
use crate::wallet::Wallet;
use crate::wallet::state::{Deployment, Enrolment};

/// A wallet in one deployment, in touch with its service.
#[derive(Debug)]
pub struct Member {
    wallet: Wallet,
    client: Client,
    info: Info,
    id: DeploymentId,
    identity: Identity,
    first_contact: bool,
}

impl Member {
    /// Gets in touch with a service: checks its genesis against `expected` and against what the wallet has pinned for this
    /// address, and pins it if this is the first contact.
    ///
    /// # Errors
    /// [`SyncError::GenesisMismatch`], [`SyncError::DeploymentChanged`] among others.
    pub fn connect(mut wallet: Wallet, client: Client, expected: Option<&DeploymentId>) -> Result<Self, MemberError> {
        let info = client.info()?;
        let pinned = wallet.state().deployments.iter().find(|(_, known)| known.server == client.base());
        let pinned = pinned.map(|(id, _)| *id);
        let id = check_identity(client.base(), &info, expected.or(pinned.as_ref()))?;
        let first_contact = wallet.deployment(&id).is_none();
        if pinned != Some(id) {
            wallet.pin(Deployment::new(client.base().to_owned(), info.genesis.clone()))?;
        }
        let identity = wallet.identity(&id);
        Ok(Self { wallet, client, info, id, identity, first_contact })
    }

    /// The deployment's id.
    #[must_use]
    pub const fn deployment_id(&self) -> &DeploymentId {
        &self.id
    }

    /// Whether the wallet had never heard of this deployment, so that nothing but the service itself vouched for its id.
    #[must_use]
    pub const fn is_first_contact(&self) -> bool {
        self.first_contact
    }

    /// What the service says about itself; only the genesis in it is pinned.
    #[must_use]
    pub const fn info(&self) -> &Info {
        &self.info
    }

    /// The key that signs everything the service promises.
    #[must_use]
    pub const fn service_key(&self) -> &ServiceKey {
        &self.info.genesis.log_key
    }

    /// Who this member is in the deployment.
    #[must_use]
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The connection.
    #[must_use]
    pub const fn client(&self) -> &Client {
        &self.client
    }

    /// The wallet.
    #[must_use]
    pub const fn wallet(&self) -> &Wallet {
        &self.wallet
    }

    /// The names of the deployment's domains.
    #[must_use]
    pub fn domains(&self) -> DomainNames<'_> {
        DomainNames::new(&self.info.domains)
    }

    /// A requirement of the deployment's menu.
    ///
    /// # Errors
    /// [`MemberError::UnknownMenu`], naming the entries there are.
    pub fn menu(&self, id: &str) -> Result<&MenuEntry, MemberError> {
        self.info.menu.iter().find(|entry| entry.id == id).ok_or_else(|| MemberError::UnknownMenu {
            id: id.to_owned(),
            known: self.info.menu.iter().map(|entry| entry.id.clone()).collect(),
        })
    }

    fn record<T>(&mut self, change: impl FnOnce(&mut Deployment) -> T) -> Result<T, MemberError> {
        let changed = self.wallet.record(&self.id, change)?;
        Ok(changed.unwrap_or_else(|| unreachable!("connect pins the deployment")))
    }

    fn known(&self) -> &Deployment {
        self.wallet.deployment(&self.id).unwrap_or_else(|| unreachable!("connect pins the deployment"))
    }

    /// Enrols this wallet's commitment. Sent again after a crash, the same invitation gives the first receipt.
    ///
    /// # Errors
    /// [`MemberError::Client`] with the service's reason; [`MemberError::Receipt`] if its receipt is worthless.
    pub fn enrol(&mut self, invitation: &str) -> Result<Receipt, MemberError> {
        let pending = Enrolment { invitation: invitation.to_owned(), receipt: None };
        if self.known().enrolment.as_ref().is_none_or(|known| known.receipt.is_none()) {
            self.record(|deployment| deployment.enrolment = Some(pending))?;
        }
        let commitment = self.identity.commitment();
        let receipt = self.client.enrol(invitation, commitment)?;
        receipt.verify_for(self.service_key(), Act::Enrolment, &self.id, &enrolment_content(&commitment))?;
        let kept = Enrolment { invitation: invitation.to_owned(), receipt: Some(receipt.clone()) };
        self.record(|deployment| deployment.enrolment = Some(kept))?;
        Ok(receipt)
    }

    /// Downloads every leaf, checks them against the signed roots, and remembers the checkpoint, so that the service
    /// cannot go back behind it.
    ///
    /// # Errors
    /// [`SyncError`].
    pub fn sync(&mut self, cache: &TileCache, progress: &dyn Progress) -> Result<Ledger, MemberError> {
        let seen = self.known().checkpoint;
        let key = *self.service_key();
        let ledger = Ledger::download(&self.client, &self.id, &key, seen.as_ref(), cache, progress)?;
        let checkpoint = ledger.head().checkpoint;
        if seen != Some(checkpoint) {
            self.record(|deployment| deployment.checkpoint = Some(checkpoint))?;
        }
        Ok(ledger)
    }

    /// This member's credentials among all of them.
    #[must_use]
    pub fn holdings(&self, ledger: &Ledger) -> Vec<Held> {
        scan(&self.identity, ledger.credentials())
    }

    /// The trees that a poll or a request pinned, checked against the service's signature for that epoch.
    ///
    /// # Errors
    /// [`MemberError::UnsignedRoots`] if the record pins other roots than were signed.
    pub fn pinned_trees(&self, ledger: &Ledger, roots: &PinnedRoots) -> Result<Trees, MemberError> {
        let checkpoint = self.checkpoint_of(ledger, roots.epoch)?;
        if (checkpoint.members_root, checkpoint.credentials_root) != (roots.members_root, roots.credentials_root) {
            return Err(MemberError::UnsignedRoots(roots.epoch));
        }
        Ok(ledger.at(checkpoint)?)
    }

    fn checkpoint_of(&self, ledger: &Ledger, epoch: u32) -> Result<Checkpoint, MemberError> {
        let head = ledger.head().checkpoint;
        if head.epoch == epoch {
            return Ok(head);
        }
        let checkpoint = read_checkpoint(&self.client.checkpoint_of(epoch)?, &self.id, self.service_key())?;
        if checkpoint.epoch != epoch {
            return Err(SyncError::WrongEpoch { expected: epoch, found: checkpoint.epoch }.into());
        }
        Ok(checkpoint)
    }

    /// How many could meet a requirement at most (§11 P1).
    #[must_use]
    pub fn crowd(&self, ledger: &Ledger, trees: &Trees, eligibility: &Eligibility) -> Crowd {
        Crowd::of(eligibility, &trees.checkpoint, ledger.credentials())
    }
}
