//! Polls: announcing, reading, counting (§8).

use aiq_verifier::{
    checkpoint::Checkpoint,
    eligibility::{Eligibility, PinnedRoots},
    poll::{Decision, PollDefinition, PollId, PollReward, SignedTally},
    proposal::PollDraft,
    standard::Reward,
};
use rand::{RngCore as _, rngs::OsRng};

use super::{Service, ServiceError, enrolments::within, paging::next, sealing::Settled};
use crate::{
    api::{NewEligibility, NewPoll, NewQuorum, NewReward, Page, PollPage, PollView},
    store::{Origin, PollRecord},
};

/// A note counts for a day at least.
const SHORTEST_REWARD: u32 = 86_400;
/// A note counts for a hundred years at most, as under a standard.
const LONGEST_REWARD: u32 = 100 * 366 * 86_400;

impl Service {
    /// Announces a poll. Roots, `as_of` and key are pinned as they are now.
    ///
    /// # Errors
    /// If the requirement is not on the menu, the quorum out of reach, the poll breaks a rule, or must not carry its enactment.
    pub async fn announce(&self, poll: NewPoll) -> Result<PollView, ServiceError> {
        let mut id = [0; PollId::LENGTH];
        OsRng.fill_bytes(&mut id);
        let epoch = self.store().latest_epoch().await?.checkpoint;
        let now = self.now();
        let draft = PollDraft {
            id: PollId::new(id),
            question: poll.question,
            options: poll.options,
            rule: poll.rule,
            decision: Decision {
                quorum: quorum(poll.quorum, epoch.member_count()),
                threshold: poll.threshold,
                tie_break: poll.tie_break,
            },
            menu: match poll.eligibility {
                NewEligibility::Membership {} => None,
                NewEligibility::Standing { menu } => Some(menu),
            },
            opens_at: poll.opens_at.unwrap_or(now),
            closes_at: poll.closes_at,
            sealing: poll.sealing.draft(),
            enactment: poll.enactment,
            reward: poll.reward.map(|reward| poll_reward(reward, poll.closes_at)).transpose()?,
        };
        let definition = self.define(draft, &epoch, now).await?;
        self.store().announce(&definition).await??;
        self.poll(&definition.id).await
    }

    /// The poll that a draft becomes now, whoever drew it up: who may join as the menu says it, an epoch's roots, the key, how it is sealed.
    ///
    /// # Errors
    /// If the requirement is not on the menu, too few could take part, the quorum is out of reach, or the poll breaks a rule.
    pub(super) async fn define(
        &self,
        draft: PollDraft,
        epoch: &Checkpoint,
        now: u32,
    ) -> Result<PollDefinition, ServiceError> {
        let eligibility = match &draft.menu {
            None => Eligibility::Membership,
            Some(menu) => self.requirement(menu, now).await?,
        };
        self.refuse_small_crowd(&eligibility, epoch).await?;
        let (quorum, members) = (draft.decision.quorum.into(), epoch.member_count());
        if quorum > members {
            return Err(ServiceError::QuorumOutOfReach { quorum, members });
        }
        if let Some(reward) = draft.reward {
            self.known_domain(reward.domain).await?;
        }
        let key_id = self.0.verifier.key(eligibility.statement())?.id();
        let sealing = match draft.sealing {
            None => None,
            Some(sealing) => Some(self.new_sealing(sealing, &draft.id).await?),
        };
        let definition = draft.define(eligibility, roots(epoch), key_id, sealing, now);
        definition.validate()?;
        Ok(definition)
    }

    /// What an entry of the menu asks for as of a moment (§11 P1).
    pub(super) async fn requirement(&self, menu: &str, as_of: u32) -> Result<Eligibility, ServiceError> {
        let entry = self.store().menu_entry(menu).await?;
        Ok(entry.ok_or_else(|| ServiceError::NotOnMenu(menu.to_owned()))?.eligibility(as_of))
    }

    pub(super) async fn poll_record(&self, id: &PollId) -> Result<PollRecord, ServiceError> {
        self.store().poll(id).await?.ok_or(ServiceError::UnknownPoll(*id))
    }

    /// One poll.
    ///
    /// # Errors
    /// If there is none with this id.
    pub async fn poll(&self, id: &PollId) -> Result<PollView, ServiceError> {
        Ok(self.view(self.poll_record(id).await?))
    }

    pub(crate) async fn polls(&self, page: &Page) -> Result<PollPage, ServiceError> {
        let limit = self.page_limit(page);
        let records = self.store().polls(page.cursor()?, limit).await?;
        let next = next(&records, limit, |record| record.definition.id.to_string());
        Ok(PollPage { polls: records.into_iter().map(|record| self.view(record)).collect(), next })
    }

    pub(super) fn view(&self, record: PollRecord) -> PollView {
        let phase = record.phase(self.now());
        let sealing = self.sealing_view(&record);
        let (dispute, proposal) = match record.origin {
            Origin::Administrator => (None, None),
            Origin::Dispute(disputed) => (Some(disputed.dispute), None),
            Origin::Proposal(proposal) => (None, Some(proposal)),
        };
        PollView {
            scope: record.definition.scope(&self.0.deployment_id),
            phase,
            definition: record.definition,
            joined: record.joined,
            voted: record.voted,
            sealing,
            receipt: self.receipt(record.logged),
            tally: record.tally,
            dispute,
            proposal,
            withdrawn: record.withdrawn.map(|logged| self.receipt(logged)),
            enacted: record.enacted,
        }
    }

    /// What came out of a poll; counted now if it has closed and nobody has counted yet.
    ///
    /// # Errors
    /// If the poll is unknown or still open, or waits for shares of its trustees.
    pub async fn tally(&self, id: &PollId) -> Result<SignedTally, ServiceError> {
        match self.settle(self.poll_record(id).await?).await? {
            Settled::Tallied(tally) => Ok(tally),
            Settled::Waits(error) => Err(error.into()),
        }
    }
}

pub(super) const fn roots(epoch: &Checkpoint) -> PinnedRoots {
    PinnedRoots { epoch: epoch.epoch, members_root: epoch.members_root, credentials_root: epoch.credentials_root }
}

/// What a poll's definition says of its reward.
fn poll_reward(reward: NewReward, closes_at: u32) -> Result<PollReward, ServiceError> {
    let NewReward { domain, weight, validity } = reward;
    within("reward.validity", validity, SHORTEST_REWARD, LONGEST_REWARD)?;
    let expires_at = Reward { weight, validity }.note(domain, closes_at).expires_at;
    Ok(PollReward { domain, weight, expires_at })
}

/// The number of ballots that a new poll's quorum is.
fn quorum(wanted: Option<NewQuorum>, members: u64) -> u32 {
    match wanted {
        None => 0,
        Some(NewQuorum::Ballots(ballots)) => ballots,
        Some(NewQuorum::Members(share)) => u32::try_from(share.of(members)).unwrap_or(u32::MAX),
    }
}
