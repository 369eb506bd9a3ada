//! Becoming a member, and leaving (§3).

use aiq_verifier::log::Act;
use aiq_verifier::receipt::Receipt;
use aiq_verifier::withdrawal::{Withdrawal, WithdrawalKey};

use super::{Member, MemberError};
use crate::wallet::state::{Enrolment, WithdrawalRecord};

impl Member {
    /// Enrols this wallet's commitment. Sent again after a crash, the same invitation gives the first receipt.
    ///
    /// # Errors
    /// [`MemberError::Client`] with the service's reason; [`MemberError::Receipt`] if its receipt is worthless.
    pub fn enrol(&mut self, invitation: &str) -> Result<Receipt, MemberError> {
        let commitment = self.identity.commitment();
        let withdrawal_key = WithdrawalKey::of(&self.wallet.withdrawal_key(&self.id));
        let mut enrolment = Enrolment { invitation: invitation.to_owned(), commitment, withdrawal_key, receipt: None };
        if self.known().enrolment.as_ref().is_none_or(|known| known.receipt.is_none()) {
            let pending = enrolment.clone();
            self.record(|deployment| deployment.enrolment = Some(pending))?;
        }
        let receipt = self.apart()?.enrol(invitation, commitment, withdrawal_key)?;
        receipt.verify_for(self.service_key(), &self.id, enrolment.act())?;
        enrolment.receipt = Some(receipt.clone());
        self.record(|deployment| deployment.enrolment = Some(enrolment))?;
        Ok(receipt)
    }

    /// Leaves: the membership ends with the next epoch, for good. Sent again after a crash, the service answers with the first receipt.
    ///
    /// # Errors
    /// [`MemberError::Client`] with the service's reason; [`MemberError::Receipt`] if its receipt is worthless.
    pub fn leave(&mut self) -> Result<Receipt, MemberError> {
        let key = self.wallet.withdrawal_key(&self.id);
        let withdrawal = Withdrawal::sign(&key, &self.id, self.identity.commitment());
        if self.known().withdrawal.is_none() {
            self.record(|deployment| deployment.withdrawal = Some(WithdrawalRecord { withdrawal, receipt: None }))?;
        }
        let receipt = self.apart()?.withdraw(&withdrawal)?;
        receipt.verify_for(self.service_key(), &self.id, Act::Withdrawal(withdrawal))?;
        let kept = Some(receipt.clone());
        self.record(|deployment| deployment.withdrawal = Some(WithdrawalRecord { withdrawal, receipt: kept }))?;
        Ok(receipt)
    }
}
