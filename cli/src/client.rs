//! The HTTP client: one method for each call of the service (`/v1/…`), blocking.
//!
//! Reads are retried, and so are the writes that the service recognises when they come again (§6): an enrolment, a withdrawal, a
//! join, a ballot, an answer to an attestation request, a claim and what follows from it. What would happen twice (an invitation, a poll, a request) is sent once.

mod ceremonies;
mod claims;
mod error;
mod log;
mod proposals;
mod proxy;
mod tiles;
mod transport;
mod turnout;

use std::io::{self, Read};

use aiq_circuits::identity::Commitment;
use aiq_server::api::{
    AttestationView, Attested, BallotEntry, BallotPage, EnrolmentRequest, EpochView, Info, InvitationBatch, JoinPage,
    NewAttestation, NewBallot, NewInvitations, NewPoll, PollPage, PollView, SealedEpoch, VerifyRequest, VerifyResponse,
};
use aiq_verifier::attestation::RequestId;
use aiq_verifier::poll::{Ballot, Join, PollId, SignedTally};
use aiq_verifier::presentation::Presentation;
use aiq_verifier::receipt::Receipt;
use aiq_verifier::verifying_key::KeyId;
use aiq_verifier::withdrawal::{Withdrawal, WithdrawalKey};

pub use error::ClientError;
pub use proxy::{ProxyError, SocksProxy};
pub use tiles::TileList;
pub use transport::{Answer, Retry, Transport};
pub use turnout::{TurnoutEvent, TurnoutEvents};

/// A client of one service.
#[derive(Debug, Clone)]
pub struct Client {
    transport: Transport,
}

impl Client {
    /// A client of the service at `base`.
    ///
    /// # Errors
    /// [`ClientError::Address`] if that is no address.
    pub fn new(base: &str) -> Result<Self, ClientError> {
        Self::through(None, base)
    }

    /// A client of the service at `base` that reaches it through a proxy only, if there is one.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn through(proxy: Option<&SocksProxy>, base: &str) -> Result<Self, ClientError> {
        Ok(Self { transport: Transport::new(base, proxy)? })
    }

    /// A client of the same service that nothing on the wire ties to this one: connections, TLS sessions and the user name at the proxy
    /// are its own, and it has no token. Whatever a member does in a scope goes through one of these, so that the service cannot tell
    /// from a connection which acts, or which act and which reading of the log, are the same member's.
    ///
    /// # Errors
    /// [`ClientError::Address`] if the proxy's address is none after all.
    pub fn apart(&self) -> Result<Self, ClientError> {
        Ok(Self { transport: self.transport.apart()? })
    }

    /// The same client with the administrator's token.
    #[must_use]
    pub fn with_token(self, token: &str) -> Self {
        Self { transport: self.transport.with_bearer(token) }
    }

    /// The same client with another patience.
    #[must_use]
    pub fn with_retry(self, retry: Retry) -> Self {
        Self { transport: self.transport.with_retry(retry) }
    }

    /// The service's address.
    #[must_use]
    pub fn base(&self) -> &str {
        self.transport.base()
    }

    /// A download that broke off in the middle of its body.
    pub(crate) fn broke_off(&self, source: io::Error) -> ClientError {
        ClientError::Unreachable { url: self.base().to_owned(), source: Box::new(ureq::Error::Io(source)) }
    }

    /// What the deployment is.
    ///
    /// # Errors
    /// [`ClientError`], as for every call.
    pub fn info(&self) -> Result<Info, ClientError> {
        self.transport.get("/v1/info")
    }

    /// Whether the service is ready.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn ready(&self) -> Result<(), ClientError> {
        self.transport.get_bytes("/health/ready").map(|_| ())
    }

    /// The key manifest, byte for byte: its digest is in the genesis.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn manifest(&self) -> Result<Vec<u8>, ClientError> {
        self.transport.get_bytes("/v1/manifest")
    }

    /// A verifying key.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn verifying_key(&self, id: &KeyId) -> Result<Vec<u8>, ClientError> {
        self.transport.get_bytes(&format!("/v1/keys/{id}/verifying"))
    }

    /// A proving key from `offset` on; the flag tells whether the service honoured the offset.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn proving_key(&self, id: &KeyId, offset: u64) -> Result<(impl Read + use<>, bool), ClientError> {
        self.transport.get_from(&format!("/v1/keys/{id}/proving"), offset)
    }

    /// An epoch: its signed checkpoint, and the receipt for its entry in the log.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn epoch(&self, epoch: u32) -> Result<EpochView, ClientError> {
        self.transport.get(&format!("/v1/epochs/{epoch}"))
    }

    /// The newest epoch.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn latest_epoch(&self) -> Result<EpochView, ClientError> {
        self.transport.get("/v1/epochs/latest")
    }

    /// Makes invitations (administrator).
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn invite(&self, request: &NewInvitations) -> Result<InvitationBatch, ClientError> {
        Ok(self.transport.post("/v1/invitations", request, false)?.value)
    }

    /// Enrols a commitment.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn enrol(
        &self,
        invitation: &str,
        commitment: Commitment,
        withdrawal_key: WithdrawalKey,
    ) -> Result<Receipt, ClientError> {
        let request = EnrolmentRequest { invitation: invitation.to_owned(), commitment, withdrawal_key };
        Ok(self.transport.post("/v1/enrolments", &request, true)?.value)
    }

    /// Leaves.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn withdraw(&self, withdrawal: &Withdrawal) -> Result<Receipt, ClientError> {
        Ok(self.transport.post("/v1/withdrawals", withdrawal, true)?.value)
    }

    /// Seals an epoch now (administrator). Once more does no harm: with nothing waiting, no epoch is sealed.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn seal(&self) -> Result<SealedEpoch, ClientError> {
        Ok(self.transport.post("/v1/epochs", &serde_json::json!({}), true)?.value)
    }

    /// Announces a poll (administrator).
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn announce(&self, poll: &NewPoll) -> Result<PollView, ClientError> {
        Ok(self.transport.post("/v1/polls", poll, false)?.value)
    }

    /// Every poll.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn polls(&self) -> Result<Vec<PollView>, ClientError> {
        self.pages("/v1/polls", |page: PollPage| (page.polls, page.next))
    }

    /// One poll.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn poll(&self, id: &PollId) -> Result<PollView, ClientError> {
        self.transport.get(&format!("/v1/polls/{id}"))
    }

    /// Joins a poll.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn join(&self, poll: &PollId, join: &Join) -> Result<Answer<Receipt>, ClientError> {
        self.transport.post(&format!("/v1/polls/{poll}/joins"), join, true)
    }

    /// Everybody who joined a poll.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn joins(&self, poll: &PollId) -> Result<Vec<Join>, ClientError> {
        self.pages(&format!("/v1/polls/{poll}/joins"), |page: JoinPage| (page.joins, page.next))
    }

    /// Casts a ballot.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn vote(&self, poll: &PollId, ballot: &Ballot) -> Result<Answer<Receipt>, ClientError> {
        self.transport.post(&format!("/v1/polls/{poll}/ballots"), ballot, true)
    }

    /// Casts a ballot with a sealed reason.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn vote_with_reason(&self, poll: &PollId, ballot: &NewBallot) -> Result<Answer<Receipt>, ClientError> {
        self.transport.post(&format!("/v1/polls/{poll}/ballots"), ballot, true)
    }

    /// Every accepted ballot of a poll; what it says only after the close.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn ballots(&self, poll: &PollId) -> Result<Vec<BallotEntry>, ClientError> {
        self.pages(&format!("/v1/polls/{poll}/ballots"), |page: BallotPage| (page.ballots, page.next))
    }

    /// What came out of a poll.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn tally(&self, poll: &PollId) -> Result<SignedTally, ClientError> {
        self.transport.get(&format!("/v1/polls/{poll}/tally"))
    }

    /// Opens a request for an attestation.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn open_attestation(&self, request: &NewAttestation) -> Result<AttestationView, ClientError> {
        Ok(self.transport.post("/v1/attestations", request, false)?.value)
    }

    /// A request for an attestation, and its result if there is one.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn attestation(&self, id: &RequestId) -> Result<AttestationView, ClientError> {
        self.transport.get(&format!("/v1/attestations/{id}"))
    }

    /// Answers a request for an attestation.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn present(&self, id: &RequestId, presentation: &Presentation) -> Result<Attested, ClientError> {
        Ok(self.transport.post(&format!("/v1/attestations/{id}/presentation"), presentation, true)?.value)
    }

    /// Has the service check a proof.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn verify(&self, request: &VerifyRequest) -> Result<VerifyResponse, ClientError> {
        Ok(self.transport.post("/v1/verify", request, true)?.value)
    }

    /// Reads every page of a listing.
    fn pages<P, T>(&self, path: &str, split: impl Fn(P) -> (Vec<T>, Option<String>)) -> Result<Vec<T>, ClientError>
    where
        P: serde::de::DeserializeOwned,
    {
        let mut all = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let mark = if path.contains('?') { '&' } else { '?' };
            let query = after.as_ref().map(|after| format!("{mark}after={after}")).unwrap_or_default();
            let (entries, next) = split(self.transport.get(&format!("{path}{query}"))?);
            all.extend(entries);
            // A service that sends the same cursor again would keep us here for ever.
            if next.is_none() || next == after {
                return Ok(all);
            }
            after = next;
        }
    }
}

#[cfg(test)]
mod tests;
