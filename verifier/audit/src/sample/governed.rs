//! Proposals, and what polls change, in a sample.

use aiq_circuits::{Fr, credential::CredentialId, scope::Scope, statement::StatementId, wire::sha256};
use aiq_keys::KeyDir;
use aiq_verifier::{
    governance::Governance,
    log::{Act, RevokedBy},
    poll::{Change, Decision, Enactment, PollDefinition, PollRule, Threshold, TieBreak},
    presentation::Expectation,
    proposal::{Proposal, ProposalKey, WithdrawnBy, propose_message, propose_scope},
    sponsorship::{Allowance, Charter},
    standard::Authority,
};
use ed25519_dalek::SigningKey;

use super::deployment::{Deployment, menu_entry};

/// Seconds for which a poll that changes something is open.
const WINDOW: u32 = 900;

impl Deployment {
    /// Founds a deployment whose charter lets qualified members propose two polls in an epoch, and every member decide: a third of them
    /// at least, with more than half of their votes. The first members hold two credentials each.
    #[must_use]
    pub fn found_with_governance(keys: &KeyDir, founders: u16, holders: u16) -> Self {
        let mut deployment = Self::begin(keys, &[StatementId::Membership, StatementId::Standing3], founders);
        let governance = Governance {
            electorate: None,
            quorum: "1/3".parse().expect("a share"),
            threshold: "1/2".parse().expect("a share"),
            window: WINDOW,
        };
        deployment.write(Act::Charter(Charter {
            sponsors: None,
            proposers: Some(Allowance { menu: menu_entry().id, per_epoch: 2 }),
            invitation_validity: 86_400,
            governance: Some(governance),
        }));
        for holder in 0..holders {
            for index in 0..2 {
                deployment.grant(holder, index);
            }
        }
        deployment.seal();
        deployment
    }

    /// A poll among all members whose second option changes something.
    fn deciding(&self, id: u8, change: Change) -> PollDefinition {
        let half = Threshold::MoreThan("1/2".parse().expect("a share"));
        let decision = Decision { quorum: 1, threshold: half, tie_break: TieBreak::Order };
        let definition = self.definition(id, false, PollRule::default(), decision);
        let options = ["Leave it", "Change it"].map(Into::into).into();
        PollDefinition {
            question: "Is this to change?".into(),
            options,
            enactment: Some(Enactment { option: 1, change }),
            ..definition
        }
    }

    /// Announces a poll that changes something.
    pub fn announce_change(&mut self, id: u8, change: Change) -> Scope {
        self.announce_defined(self.deciding(id, change))
    }

    /// Lets a member propose a poll that changes something, as its nth of the epoch, from 0.
    pub fn propose(&mut self, member: u16, number: u8, id: u8, change: Change) -> Scope {
        let (here, poll) = (self.log.deployment_id(), self.deciding(id, change));
        let (scope, proposed) = (poll.scope(&here), propose_scope(&here, poll.roots.epoch, number));
        let withdrawal_key = ProposalKey::of(&proposers_key(id));
        let expectation = Expectation {
            eligibility: menu_entry().eligibility(self.latest().sealed_at),
            roots: poll.roots,
            scope: proposed,
            message: propose_message(&proposed, &poll.draft(), &withdrawal_key),
        };
        let presentation = self.show(member, 99, &expectation);
        self.polls.insert(scope, (poll.clone(), Vec::new(), Vec::new()));
        let epoch = poll.roots.epoch;
        self.write(Act::Proposal {
            proposal: Proposal { epoch, number, withdrawal_key, presentation },
            poll: Box::new(poll),
        });
        scope
    }

    /// Withdraws a poll: as the administrator, or as who proposed the poll of this number.
    pub fn withdraw_poll(&mut self, scope: Scope, proposal: Option<u8>) {
        self.polls.remove(&scope);
        let by = match proposal {
            None => WithdrawnBy::Administrator {},
            Some(id) => WithdrawnBy::sign(&proposers_key(id), &scope),
        };
        self.write(Act::PollWithdrawal { scope, by });
    }

    /// Takes a change that a poll decided: a revocation follows at once, everything else with the next epoch.
    pub(super) fn decide(&mut self, scope: Scope, change: Change) {
        let Change::Revoke { credential } = change else { return self.waiting.push((scope, change)) };
        if let Some(leaf) = self.counting(&credential) {
            self.leaving.push(leaf);
            self.write(Act::Revocation { id: credential, because: RevokedBy::Poll(scope) });
        }
    }

    /// The leaf of a credential that is not revoked.
    fn counting(&self, id: &CredentialId) -> Option<Fr> {
        let revoked = |act: &Act| matches!(act, Act::Revocation { id: gone, .. } if gone == id);
        let is_revoked = self.log.entries.iter().any(|entry| revoked(&entry.act));
        let held = self.holdings.iter().find(|(.., credential)| credential.id == *id && !is_revoked);
        held.map(|(.., credential)| credential.leaf())
    }

    /// What polls decided happens, right behind an epoch, as far as it is still possible.
    pub(super) fn enact(&mut self) {
        for (scope, change) in std::mem::take(&mut self.waiting) {
            let by = Authority::Poll(scope);
            let newest = self.reviewed.standards.last();
            let act = match change {
                Change::Standard { standard } if standard.version == newest.map_or(1, |last| last.version + 1) => {
                    self.reviewed.standards.push(standard.clone());
                    Act::Standard { standard, by }
                }
                Change::Menu { entry } => Act::Menu { entry, by },
                Change::MenuRemoval { id } if newest.is_none_or(|last| last.reviewers != id) => {
                    Act::MenuRemoval { id, by }
                }
                Change::Domain { entry } => Act::Domain { entry, by },
                _ => continue,
            };
            self.write(act);
        }
    }

    /// The id of the nth credential of the founding.
    #[must_use]
    pub fn credential(&self, nth: usize) -> CredentialId {
        self.holdings.get(nth).expect("it was granted").2.id
    }
}

/// What a proposer withdraws a poll with.
fn proposers_key(id: u8) -> SigningKey {
    SigningKey::from_bytes(&sha256(&[b"a sample's proposal", &[id]]))
}
