//! The member's side of every act, without a terminal: the commands, the demonstration and the tests all call this.
//!
//! A [`Member`] is an open wallet in one deployment. Whatever it sends, it writes into the wallet first; whatever it receives, it
//! checks against what the deployment's genesis pins.

mod attest;
mod choice;
mod claim;
mod crowd;
mod dispute;
mod error;
mod evidence;
mod holdings;
mod log;
mod membership;
mod moment;
mod openings;
mod poll;
mod present;
mod propose;
mod provers;
mod refusal;
mod review;
mod rewards;
mod sealed;
mod selection;
mod sponsor;
mod tags;
mod tally;

use std::path::PathBuf;

use aiq_circuits::identity::{DeploymentId, Identity};
use aiq_server::api::{Info, PollView};
use aiq_verifier::eligibility::{Eligibility, PinnedRoots};
use aiq_verifier::menu::MenuEntry;
use aiq_verifier::poll::PollId;
use aiq_verifier::service_key::ServiceKey;

pub use attest::{AttestPlan, Attested, check_result};
pub use choice::{TypedChoiceError, describe_choice, parse_choice};
pub use claim::{ClaimDraft, ClaimPlan, Claimed, check_claim};
use crowd::crowd_of;
pub use crowd::{CROWD_FLOOR, Crowd, is_small};
pub use dispute::{Disputed, dispute_behind};
pub use error::MemberError;
pub use evidence::{TypedEvidenceError, content_hash, lacks_content, link, parse_evidence};
pub use holdings::{GAP_LIMIT, Held, scan};
pub use log::Promises;
pub use moment::{LONGEST_WAIT, last_moment};
pub use openings::check_openings;
pub use poll::{JoinPlan, Joined, Start, Voted, Written, check_poll};
pub use present::{Prepared, Presented, Purpose, prepare};
pub use propose::Proposed;
pub use provers::Provers;
pub use refusal::Refusal;
pub use review::{ReviewPlan, Reviewable, Reviewed};
pub use rewards::{MergePlan, Merged, Note, plan_merges};
pub use sealed::{CheckedCeremony, Openers, SealingFault, describe_openers};
pub use selection::{DomainNames, Excluded, Shortfall, describe, select};
pub use sponsor::Sponsored;
pub use tally::{OwnVote, PublishedPoll};

use crate::client::Client;
use crate::progress::Progress;
use crate::sync::{Ledger, TileCache, Trees, check_identity};
use crate::wallet::Wallet;
use crate::wallet::state::Deployment;

/// A wallet in one deployment, in touch with its service.
#[derive(Debug)]
pub struct Member {
    wallet: Wallet,
    client: Client,
    info: Info,
    id: DeploymentId,
    identity: Identity,
    first_contact: bool,
    /// Where evidence is kept, if not beside the wallet.
    evidence: Option<PathBuf>,
}

impl Member {
    /// Gets in touch with a service: checks its genesis against `expected` and against what the wallet has pinned for this
    /// address, and pins it if this is the first contact.
    ///
    /// # Errors
    /// [`SyncError::GenesisMismatch`](crate::sync::SyncError::GenesisMismatch) and
    /// [`SyncError::DeploymentChanged`](crate::sync::SyncError::DeploymentChanged) among others.
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
        Ok(Self { wallet, client, info, id, identity, first_contact, evidence: None })
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

    /// The connection for what everybody reads alike: keys, epochs, tiles, lists.
    #[must_use]
    pub const fn client(&self) -> &Client {
        &self.client
    }

    /// A poll as the service shows it, on a connection of its own.
    ///
    /// # Errors
    /// [`MemberError::Client`].
    pub fn poll(&self, id: &PollId) -> Result<PollView, MemberError> {
        Ok(self.apart()?.poll(id)?)
    }

    /// A new connection, for one request that names a scope: what is sent over it has no other connection in common with anything.
    fn apart(&self) -> Result<Client, MemberError> {
        Ok(self.client.apart()?)
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

    /// Waits without the wallet: other commands can use it meanwhile, and what they did is known afterwards.
    ///
    /// # Errors
    /// [`MemberError::Wallet`] if another command keeps it.
    pub fn rest(&mut self, wait: impl FnOnce()) -> Result<(), MemberError> {
        Ok(self.wallet.rest(wait)?)
    }

    fn record<T>(&mut self, change: impl FnOnce(&mut Deployment) -> T) -> Result<T, MemberError> {
        let changed = self.wallet.record(&self.id, change)?;
        Ok(changed.unwrap_or_else(|| unreachable!("connect pins the deployment")))
    }

    fn known(&self) -> &Deployment {
        self.wallet.deployment(&self.id).unwrap_or_else(|| unreachable!("connect pins the deployment"))
    }

    /// Follows the log, downloads every leaf of the newest epoch that is in it, checks them against the signed roots, and
    /// remembers the checkpoint, so that the service cannot go back behind it.
    ///
    /// # Errors
    /// [`MemberError::Sync`]; [`MemberError::BrokenLog`] if the log is not what was promised.
    pub fn sync(&mut self, cache: &TileCache, progress: &dyn Progress) -> Result<Ledger, MemberError> {
        let (sealed, log) = self.newest_epoch(cache, progress)?;
        let ledger = Ledger::download(&self.client, log, sealed.checkpoint, progress)?;
        let seen = self.known().checkpoint;
        // With witnesses that are late, an epoch may be used that is not the newest one seen.
        if seen.is_none_or(|seen| seen.epoch < sealed.checkpoint.epoch) {
            self.record(|deployment| deployment.checkpoint = Some(sealed.checkpoint))?;
        }
        // A founder's wallet, or one that was restored: the leaves alone do not tell which of its tags were sent.
        if self.known().enrolment.is_none() && ledger.head().has_member(&self.identity.commitment()) {
            self.find_used(&ledger, progress)?;
        }
        Ok(ledger)
    }

    /// This member's credentials among all of them.
    #[must_use]
    pub fn holdings(&self, ledger: &Ledger) -> Vec<Held> {
        scan(&self.identity, ledger.credentials(), ledger.head(), self.sent_tags())
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

    /// How many could meet a requirement at most (§11 P1).
    #[must_use]
    pub fn crowd(&self, ledger: &Ledger, trees: &Trees, eligibility: &Eligibility) -> Crowd {
        crowd_of(eligibility, trees, ledger.credentials())
    }
}
