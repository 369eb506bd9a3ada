//! Polls: announcing, reading, counting (§8).

use aiq_verifier::{
    checkpoint::Checkpoint,
    eligibility::{Eligibility, PinnedRoots},
    poll::{Decision, PollDefinition, PollId, PollReward, SignedTally},
    standard::Reward,
};
use rand::{RngCore as _, rngs::OsRng};

use super::{SealingError, Service, ServiceError, enrolments::within, paging::next, sealing::Settled};
use crate::{
    api::{NewEligibility, NewPoll, NewQuorum, NewReward, Page, PollPage, PollView},
    store::{AnnounceRefusal, PollRecord},
};

/// A note counts for a day at least.
const SHORTEST_REWARD: u32 = 86_400;
/// A note counts for a hundred years at most, as under a standard.
const LONGEST_REWARD: u32 = 100 * 366 * 86_400;

impl Service {
    /// Announces a poll. Roots, `as_of` and key are pinned as they are now.
    ///
    /// # Errors
    /// If the requirement is not on the menu, the quorum out of reach, or the poll breaks a rule.
    pub async fn announce(&self, poll: NewPoll) -> Result<PollView, ServiceError> {
        let now = self.now();
        let eligibility = match poll.eligibility {
            NewEligibility::Membership {} => Eligibility::Membership,
            NewEligibility::Standing { menu } => self.requirement(&menu, now)?,
        };
        let mut id = [0; PollId::LENGTH];
        OsRng.fill_bytes(&mut id);
        let id = PollId::new(id);
        let epoch = self.store().latest_epoch().await?.checkpoint;
        self.refuse_small_crowd(&eligibility, &epoch).await?;
        let quorum = quorum(poll.quorum, epoch.member_count())?;
        let definition = PollDefinition {
            id,
            question: poll.question,
            options: poll.options,
            rule: poll.rule,
            decision: Decision { quorum, threshold: poll.threshold, tie_break: poll.tie_break },
            roots: roots(&epoch),
            key_id: self.0.verifier.key(eligibility.statement())?.id(),
            eligibility,
            announced_at: now,
            opens_at: poll.opens_at.unwrap_or(now),
            closes_at: poll.closes_at,
            enactment: None,
            reward: poll.reward.map(|reward| self.poll_reward(reward, poll.closes_at)).transpose()?,
            sealing: self.new_sealing(poll.sealing, &id).await?,
        };
        definition.validate()?;
        self.store().announce(&definition).await?.map_err(|refusal| match refusal {
            AnnounceRefusal::UnknownCeremony(id) => SealingError::UnknownCeremony(id),
            AnnounceRefusal::Incomplete(id) => SealingError::Incomplete(id),
            AnnounceRefusal::Used(poll) => SealingError::Used(poll),
        })?;
        self.poll(&id).await
    }

    /// What a poll's definition says of its reward.
    fn poll_reward(&self, reward: NewReward, closes_at: u32) -> Result<PollReward, ServiceError> {
        let NewReward { domain, weight, validity } = reward;
        within("reward.validity", validity, SHORTEST_REWARD, LONGEST_REWARD)?;
        self.known_domain(domain)?;
        let expires_at = Reward { weight, validity }.note(domain, closes_at).expires_at;
        Ok(PollReward { domain, weight, expires_at })
    }

    /// What an entry of the menu asks for as of a moment (§11 P1).
    pub(super) fn requirement(&self, menu: &str, as_of: u32) -> Result<Eligibility, ServiceError> {
        let entry = self.0.file.menu_entry(menu).ok_or_else(|| ServiceError::NotOnMenu(menu.to_owned()))?;
        Ok(entry.eligibility(as_of))
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
        let sealing = self.sealing_view(&record);
        PollView {
            scope: record.definition.scope(&self.0.deployment_id),
            phase: record.definition.phase(self.now()),
            definition: record.definition,
            joined: record.joined,
            voted: record.voted,
            sealing,
            receipt: self.receipt(record.logged),
            tally: record.tally,
            dispute: record.disputed.map(|disputed| disputed.dispute),
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

/// The number of ballots that a new poll's quorum is, if so many members there are can reach it.
fn quorum(wanted: Option<NewQuorum>, members: u64) -> Result<u32, ServiceError> {
    let quorum = match wanted {
        None => 0,
        Some(NewQuorum::Ballots(ballots)) => ballots.into(),
        Some(NewQuorum::Members(share)) => share.of(members),
    };
    let reachable = u32::try_from(quorum).ok().filter(|_| quorum <= members);
    reachable.ok_or(ServiceError::QuorumOutOfReach { quorum, members })
}
