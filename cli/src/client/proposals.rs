//! The calls about polls that members propose.

use aiq_server::api::{NewProposal, PollView};
use aiq_verifier::poll::PollId;
use aiq_verifier::proposal::{PollDraft, Proposal, WithdrawnBy};
use aiq_verifier::receipt::Receipt;

use super::{Client, ClientError};

impl Client {
    /// Proposes a poll.
    ///
    /// # Errors
    /// [`ClientError`], as for every call.
    pub fn propose(&self, draft: &PollDraft, proposal: &Proposal) -> Result<PollView, ClientError> {
        let new = NewProposal { draft: draft.clone(), proposal: proposal.clone() };
        Ok(self.transport.post("/v1/proposals", &new, true)?.value)
    }

    /// Withdraws a poll before it opens: its proposer, or the administrator.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn withdraw_poll(&self, poll: &PollId, by: &WithdrawnBy) -> Result<Receipt, ClientError> {
        Ok(self.transport.post(&format!("/v1/polls/{poll}/withdrawal"), by, true)?.value)
    }
}
