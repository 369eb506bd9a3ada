//! Invitations, enrolment and leaving.

use aiq_verifier::{receipt::Receipt, withdrawal::Withdrawal};

use super::{Service, ServiceError};
use crate::{
    api::{EnrolmentRequest, Invitation, NewInvitations},
    store::{Accepted, EnrolRefusal, WithdrawRefusal},
    token::{self, Token},
};

/// The longest that an invitation may wait: a year.
const LONGEST: u32 = 366 * 86_400;

impl Service {
    /// Makes invitations.
    ///
    /// # Errors
    /// If a number is out of bounds or the database refuses.
    pub async fn invite(&self, request: NewInvitations) -> Result<Vec<Invitation>, ServiceError> {
        within("count", request.count, 1, self.0.config.limits.invitations)?;
        within("expires_in", request.expires_in, 1, LONGEST)?;
        let now = self.now();
        let expires_at = now.saturating_add(request.expires_in);
        let tokens: Vec<Token> = (0..request.count).map(|_| Token::invitation()).collect();
        let hashes: Vec<[u8; 32]> = tokens.iter().map(Token::hash).collect();
        self.store().invite(&hashes, expires_at, now).await?;
        Ok(tokens.iter().map(|token| Invitation { token: token.expose().to_owned(), expires_at }).collect())
    }

    /// Enrols a commitment with an invitation.
    ///
    /// # Errors
    /// If the invitation is unknown, used or expired, the commitment enrolled or withdrawn, or the withdrawal key not one.
    pub async fn enrol(&self, request: &EnrolmentRequest) -> Result<Accepted<Receipt>, ServiceError> {
        let EnrolmentRequest { invitation, commitment, withdrawal_key } = request;
        withdrawal_key.validate()?;
        let invitation = token::hash(invitation);
        let outcome = self.store().enrol(&invitation, *commitment, *withdrawal_key, self.now()).await?;
        let accepted = outcome.map_err(|refusal| match refusal {
            EnrolRefusal::UnknownInvitation => ServiceError::UnknownInvitation,
            EnrolRefusal::Expired(at) => ServiceError::InvitationExpired(at),
            EnrolRefusal::Used => ServiceError::InvitationUsed,
            EnrolRefusal::AlreadyEnrolled => ServiceError::AlreadyEnrolled,
            EnrolRefusal::Withdrawn => ServiceError::Withdrawn,
        })?;
        Ok(accepted.map(|logged| self.receipt(logged)))
    }

    /// Has a member leave with the next epoch.
    ///
    /// # Errors
    /// If there is no such member, or the signature is not by the key of its enrolment.
    pub async fn withdraw(&self, withdrawal: Withdrawal) -> Result<Accepted<Receipt>, ServiceError> {
        let key = self.store().withdrawal_key(withdrawal.commitment).await?.ok_or(ServiceError::UnknownMember)?;
        withdrawal.verify(&self.0.deployment_id, &key).map_err(|_| ServiceError::WithdrawalSignature)?;
        let accepted = self.store().withdraw(withdrawal, self.now()).await?.map_err(|refusal| match refusal {
            WithdrawRefusal::UnknownMember => ServiceError::UnknownMember,
            WithdrawRefusal::AlreadyWithdrawn => ServiceError::AlreadyWithdrawn,
        })?;
        Ok(accepted.map(|logged| self.receipt(logged)))
    }
}

pub(super) fn within(field: &'static str, value: u32, min: u32, max: u32) -> Result<(), ServiceError> {
    if (min..=max).contains(&value) { Ok(()) } else { Err(ServiceError::OutOfBounds { field, min, max }) }
}
