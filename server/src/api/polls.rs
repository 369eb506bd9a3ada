//! Polls (§8): announcing and reading them.

use aiq_circuits::{credential::Domain, scope::Scope};
use aiq_verifier::{
    dispute::Dispute,
    poll::{Enactment, Phase, PollDefinition, PollId, PollRule, Ratio, SignedTally, Threshold, TieBreak},
    proposal::Proposal,
    receipt::Receipt,
};
use axum::{extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{NewSealing, SealingView, admin::Admin, page::Page};
use crate::{
    http::{Json, Path, Problem, Query},
    service::Service,
    store::Enacted,
};

/// Who may join a new poll.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum NewEligibility {
    /// Every member.
    Membership {},
    /// Members who meet an entry of the menu.
    Standing {
        /// Id of the entry.
        menu: String,
    },
}

/// How many valid ballots a new poll needs for a result, abstentions included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NewQuorum {
    /// So many; not more than there are members.
    Ballots(u32),
    /// This share of the members of the epoch that the poll pins, rounded up. The definition states the number.
    Members(Ratio),
}

/// What voting earns in a new poll: a note for everyone who votes, valid or not, however often.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewReward {
    /// Where the note belongs: in the domain tree.
    #[schema(value_type = String)]
    pub domain: Domain,
    /// What it weighs.
    pub weight: u16,
    /// Seconds for which it counts at least, from the close on. The definition states the moment, a multiple of 90 days.
    pub validity: u32,
}

/// A poll to announce.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPoll {
    /// What is asked, on one line.
    pub question: String,
    /// What can be chosen; abstaining always can.
    pub options: Vec<String>,
    /// What a ballot says, and how ballots are counted; absent: single choice.
    #[serde(default)]
    pub rule: PollRule,
    /// Valid ballots that are needed for a result; absent: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quorum: Option<NewQuorum>,
    /// Support that is needed to win; absent: none, the leading option wins.
    #[serde(default)]
    pub threshold: Threshold,
    /// Which of several equal options goes before the others; absent: by lot.
    #[serde(default)]
    pub tie_break: TieBreak,
    /// Who may join.
    pub eligibility: NewEligibility,
    /// Unix seconds, not in the past; absent: at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opens_at: Option<u32>,
    /// Unix seconds; after it opens.
    pub closes_at: u32,
    /// How ballots are sealed; absent: by the service alone.
    #[serde(default)]
    pub sealing: NewSealing,
    /// What voting earns; absent: nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reward: Option<NewReward>,
    /// What happens if an option wins; absent: nothing. The charter says what a poll has to ask for then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enactment: Option<Enactment>,
}

impl NewPoll {
    /// A single-choice poll without quorum, threshold and reward that opens at once, its ballots sealed by the service.
    #[must_use]
    pub fn new(question: String, options: Vec<String>, eligibility: NewEligibility, closes_at: u32) -> Self {
        let (rule, threshold, tie_break) = (PollRule::default(), Threshold::default(), TieBreak::default());
        Self {
            question,
            options,
            rule,
            quorum: None,
            threshold,
            tie_break,
            eligibility,
            opens_at: None,
            closes_at,
            sealing: NewSealing::default(),
            reward: None,
            enactment: None,
        }
    }
}

/// A poll and where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PollView {
    /// The definition, immutable: roots, requirement and key are pinned in it.
    pub definition: PollDefinition,
    /// The poll's scope, derived from the definition.
    #[schema(value_type = String)]
    pub scope: Scope,
    /// Where it stands now.
    pub phase: Phase,
    /// Members who have joined.
    pub joined: u64,
    /// Members who have voted. What they chose is not shown before the poll closes.
    pub voted: u64,
    /// Who opens the ballots; absent if they are not sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealing: Option<SealingView>,
    /// The service's receipt for the announcement.
    pub receipt: Receipt,
    /// What came out, once the poll is closed and counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tally: Option<SignedTally>,
    /// The dispute that the poll decides; the receipt is for it then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dispute: Option<Dispute>,
    /// The proposal, if a member has proposed the poll; the receipt is for it then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposal: Option<Proposal>,
    /// The service's receipt for the withdrawal, if the poll was withdrawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<Receipt>,
    /// What followed, or waits, if the poll has decided for the change in its definition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enacted: Option<Enacted>,
}

/// A page of polls, by id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PollPage {
    /// The polls.
    pub polls: Vec<PollView>,
    /// What to ask for the next page with; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Announces a poll: members can join from now on.
#[utoipa::path(post, path = "/v1/polls", tag = "polls", security(("admin" = [])), request_body = NewPoll,
    responses((status = 201, body = PollView), (status = 401, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
async fn announce(
    _: Admin,
    State(service): State<Service>,
    Json(poll): Json<NewPoll>,
) -> Result<(StatusCode, Json<PollView>), Problem> {
    Ok((StatusCode::CREATED, Json(service.announce(poll).await?)))
}

/// The polls, whatever their state.
#[utoipa::path(get, path = "/v1/polls", tag = "polls", params(Page),
    responses((status = 200, body = PollPage), (status = 400, body = Problem)))]
async fn list(State(service): State<Service>, Query(page): Query<Page>) -> Result<Json<PollPage>, Problem> {
    Ok(Json(service.polls(&page).await?))
}

/// One poll.
#[utoipa::path(get, path = "/v1/polls/{id}", tag = "polls",
    params(("id" = String, Path, description = "Id of the poll")),
    responses((status = 200, body = PollView), (status = 404, body = Problem)))]
async fn show(State(service): State<Service>, Path(id): Path<PollId>) -> Result<Json<PollView>, Problem> {
    Ok(Json(service.poll(&id).await?))
}

/// What came out of a poll, signed. 409 `poll_not_closed` before it closes, `shares_missing` while it waits for trustees.
#[utoipa::path(get, path = "/v1/polls/{id}/tally", tag = "polls",
    params(("id" = String, Path, description = "Id of the poll")),
    responses((status = 200, body = SignedTally), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn tally(State(service): State<Service>, Path(id): Path<PollId>) -> Result<Json<SignedTally>, Problem> {
    Ok(Json(service.tally(&id).await?))
}

pub(super) fn routes() -> OpenApiRouter<Service> {
    OpenApiRouter::new().routes(routes!(list, announce)).routes(routes!(show)).routes(routes!(tally))
}
