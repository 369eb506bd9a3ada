//! The calls about sealed polls: ceremonies of trustees, shares, reasons.

use aiq_server::api::{CeremonyPage, CeremonyView, NewCeremony, ReasonEntry, ReasonPage};
use aiq_verifier::ceremony::{CeremonyId, Complaint, Confirmation, Round1, Round2};
use aiq_verifier::poll::{PollId, PollShare};
use aiq_verifier::receipt::Receipt;

use super::{Client, ClientError};

impl Client {
    /// Opens a ceremony (administrator).
    ///
    /// # Errors
    /// [`ClientError`], as for every call.
    pub fn open_ceremony(&self, new: &NewCeremony) -> Result<CeremonyView, ClientError> {
        Ok(self.transport.post("/v1/ceremonies", new, false)?.value)
    }

    /// Every ceremony.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn ceremonies(&self) -> Result<Vec<CeremonyView>, ClientError> {
        self.pages("/v1/ceremonies", |page: CeremonyPage| (page.ceremonies, page.next))
    }

    /// One ceremony with its whole board.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn ceremony(&self, id: &CeremonyId) -> Result<CeremonyView, ClientError> {
        self.transport.get(&format!("/v1/ceremonies/{id}"))
    }

    /// Sends a trustee's commitments.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn send_round_1(&self, package: &Round1) -> Result<Receipt, ClientError> {
        self.send_package(&package.ceremony, "round-1", package)
    }

    /// Sends a trustee's sealed shares for the others.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn send_round_2(&self, package: &Round2) -> Result<Receipt, ClientError> {
        self.send_package(&package.ceremony, "round-2", package)
    }

    /// Sends a trustee's word that its share is right.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn confirm_ceremony(&self, confirmation: &Confirmation) -> Result<Receipt, ClientError> {
        self.send_package(&confirmation.ceremony, "confirmations", confirmation)
    }

    /// Sends a trustee's complaint.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn complain(&self, complaint: &Complaint) -> Result<Receipt, ClientError> {
        self.send_package(&complaint.ceremony, "complaints", complaint)
    }

    fn send_package(
        &self,
        ceremony: &CeremonyId,
        round: &str,
        package: &impl serde::Serialize,
    ) -> Result<Receipt, ClientError> {
        Ok(self.transport.post(&format!("/v1/ceremonies/{ceremony}/{round}"), package, true)?.value)
    }

    /// Publishes a trustee's share of the key of a closed poll.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn publish_share(&self, poll: &PollId, share: &PollShare) -> Result<Receipt, ClientError> {
        Ok(self.transport.post(&format!("/v1/polls/{poll}/shares"), share, true)?.value)
    }

    /// The reasons that came with the ballots of a counted poll.
    ///
    /// # Errors
    /// [`ClientError`]; with the code `shares_missing` while the tally waits for trustees.
    pub fn reasons(&self, poll: &PollId) -> Result<Vec<ReasonEntry>, ClientError> {
        self.pages(&format!("/v1/polls/{poll}/reasons"), |page: ReasonPage| (page.reasons, page.next))
    }
}
