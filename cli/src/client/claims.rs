//! The calls about claims and what follows from them: standards, reviews, disputes, merges, members' invitations.

use aiq_circuits::credential::DomainPrefix;
use aiq_server::api::{
    ClaimPage, ClaimState, ClaimView, OpenedReview, PollView, ReviewPage, StandardList, StandardView,
};
use aiq_verifier::claim::{ClaimId, NewClaim};
use aiq_verifier::dispute::Dispute;
use aiq_verifier::merge::Merge;
use aiq_verifier::presentation::Presentation;
use aiq_verifier::receipt::Receipt;
use aiq_verifier::review::Review;
use aiq_verifier::sponsorship::{Charter, Sponsorship};
use aiq_verifier::standard::Standard;

use super::{Client, ClientError};

impl Client {
    /// The standards that govern now.
    ///
    /// # Errors
    /// [`ClientError`], as for every call.
    pub fn standards(&self) -> Result<Vec<StandardView>, ClientError> {
        let StandardList { standards } = self.transport.get("/v1/standards")?;
        Ok(standards)
    }

    /// Lays down a standard (administrator).
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn set_standard(&self, standard: &Standard) -> Result<StandardView, ClientError> {
        Ok(self.transport.post("/v1/standards", standard, true)?.value)
    }

    /// What members may do beyond reviewing and voting.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn charter(&self) -> Result<Charter, ClientError> {
        self.transport.get("/v1/charter")
    }

    /// Claims: all, or those in a state, or in some domains.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn claims(
        &self,
        state: Option<ClaimState>,
        domain: Option<&DomainPrefix>,
    ) -> Result<Vec<ClaimView>, ClientError> {
        let state = state.map(|state| format!("state={}", state.as_str()));
        let domain = domain.map(|domain| format!("domain={domain}"));
        let filters: Vec<String> = state.into_iter().chain(domain).collect();
        let query = if filters.is_empty() { String::new() } else { format!("?{}", filters.join("&")) };
        self.pages(&format!("/v1/claims{query}"), |page: ClaimPage| (page.claims, page.next))
    }

    /// One claim.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn claim(&self, id: &ClaimId) -> Result<ClaimView, ClientError> {
        self.transport.get(&format!("/v1/claims/{id}"))
    }

    /// Opens a claim.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn open_claim(&self, claim: &NewClaim) -> Result<ClaimView, ClientError> {
        Ok(self.transport.post("/v1/claims", claim, true)?.value)
    }

    /// Says that a member will not review a claim.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn recuse(&self, id: &ClaimId, presentation: &Presentation) -> Result<Receipt, ClientError> {
        Ok(self.transport.post(&format!("/v1/claims/{id}/recusals"), presentation, true)?.value)
    }

    /// Reviews a claim.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn review(&self, id: &ClaimId, review: &Review) -> Result<Receipt, ClientError> {
        Ok(self.transport.post(&format!("/v1/claims/{id}/reviews"), review, true)?.value)
    }

    /// What the reviews of a claim say, in an order that says nothing.
    ///
    /// # Errors
    /// [`ClientError`]; with the code `claim_open` before the ruling.
    pub fn reviews(&self, id: &ClaimId) -> Result<Vec<OpenedReview>, ClientError> {
        self.pages(&format!("/v1/claims/{id}/reviews"), |page: ReviewPage| (page.reviews, page.next))
    }

    /// Disputes the decision on a claim; the answer is the poll that decides.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn dispute(&self, id: &ClaimId, dispute: &Dispute) -> Result<PollView, ClientError> {
        Ok(self.transport.post(&format!("/v1/claims/{id}/disputes"), dispute, true)?.value)
    }

    /// Merges notes.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn merge(&self, merge: &Merge) -> Result<Receipt, ClientError> {
        Ok(self.transport.post("/v1/merges", merge, true)?.value)
    }

    /// Registers an invitation that a member made.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn sponsor(&self, sponsorship: &Sponsorship) -> Result<Receipt, ClientError> {
        Ok(self.transport.post("/v1/sponsorships", sponsorship, true)?.value)
    }
}
