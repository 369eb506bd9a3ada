//! Ceremonies (§8): what trustees send is checked as far as it can be before it is put on the board. What only the recipient of a share
//! can see, it complains about.

mod board;

use std::sync::Arc;

use aiq_verifier::{
    ceremony::{Ceremony, CeremonyId},
    receipt::Receipt,
};
use rand::{RngCore as _, rngs::OsRng};

pub(super) use self::board::Boarded;
use super::{SealingError, Service, ServiceError, paging::next};
use crate::{
    api::{CeremonyPage, CeremonyView, ComplaintEntry, ConfirmationEntry, NewCeremony, Page, Round1Entry, Round2Entry},
    store::{Accepted, CeremonyPackage, CeremonyRecord, CeremonyRefusal},
};

impl Service {
    /// Opens a ceremony.
    ///
    /// # Errors
    /// If it breaks a rule, or its deadline has passed.
    pub async fn open_ceremony(&self, new: NewCeremony) -> Result<CeremonyView, ServiceError> {
        let NewCeremony { trustees, threshold, deadline, release } = new;
        let mut salt = [0; 16];
        OsRng.fill_bytes(&mut salt);
        let ceremony = Ceremony { salt, threshold, trustees, deadline, release };
        ceremony.validate().map_err(SealingError::Ceremony)?;
        let now = self.now();
        if now >= deadline {
            return Err(SealingError::Deadline(deadline).into());
        }
        let logged = self.store().open_ceremony(&ceremony, now).await?;
        Ok(self.ceremony_view(CeremonyRecord::new(ceremony, logged)))
    }

    /// One ceremony with its board.
    ///
    /// # Errors
    /// If there is none with this id.
    pub async fn ceremony(&self, id: &CeremonyId) -> Result<CeremonyView, ServiceError> {
        let record = self.ceremony_record(id).await?;
        self.off_the_workers(move |service| service.ceremony_view(record)).await
    }

    pub(crate) async fn ceremonies(&self, page: &Page) -> Result<CeremonyPage, ServiceError> {
        let limit = self.page_limit(page);
        let records = self.store().ceremonies(page.cursor()?, limit).await?;
        let next = next(&records, limit, |record| record.ceremony.id().to_string());
        let views = move |service: Self| records.into_iter().map(|record| service.ceremony_view(record)).collect();
        Ok(CeremonyPage { ceremonies: self.off_the_workers(views).await?, next })
    }

    /// Puts what a trustee says on the board of its ceremony. The same again gets its first receipt.
    ///
    /// # Errors
    /// If there is no such ceremony or trustee, the ceremony is over or in another round, the trustee has said something else, or the
    /// package breaks a rule.
    pub async fn add_package(
        &self,
        id: &CeremonyId,
        package: CeremonyPackage,
    ) -> Result<Accepted<Receipt>, ServiceError> {
        let record = self.ceremony_record(id).await?;
        if package.ceremony() != id {
            return Err(SealingError::OtherCeremony(*package.ceremony()).into());
        }
        let board = Boarded::new(record, self.0.deployment_id);
        board.takes(&package, self.now())?;
        let checked = Arc::new((board, package));
        let checking = Arc::clone(&checked);
        self.0.pool.run(move || checking.0.check(&checking.1)).await??;
        // Others may have been faster.
        let (now, trustee) = (self.now(), checked.0.name(checked.1.trustee()));
        let accepted = self.store().add_package(&checked.1, now).await?;
        match accepted {
            Ok(logged) => Ok(logged.map(|logged| self.receipt(logged))),
            Err(CeremonyRefusal::Unknown) => Err(SealingError::UnknownCeremony(*id).into()),
            Err(CeremonyRefusal::Known) => Err(SealingError::Known(trustee).into()),
            Err(CeremonyRefusal::Expired(deadline)) => Err(SealingError::Deadline(deadline).into()),
            Err(CeremonyRefusal::Round | CeremonyRefusal::Ended) => {
                let board = Boarded::new(self.ceremony_record(id).await?, self.0.deployment_id);
                Err(board.takes(&checked.1, now).err().unwrap_or(SealingError::Known(trustee)).into())
            }
        }
    }

    pub(super) async fn ceremony_record(&self, id: &CeremonyId) -> Result<CeremonyRecord, ServiceError> {
        self.store().ceremony(id).await?.ok_or_else(|| SealingError::UnknownCeremony(*id).into())
    }

    fn ceremony_view(&self, record: CeremonyRecord) -> CeremonyView {
        let board = Boarded::new(record, self.0.deployment_id);
        let state = board.state(self.now());
        let CeremonyRecord { ceremony, logged, round_1, round_2, confirmations, complaint, poll } = board.record;
        let receipt = |logged| self.receipt(logged);
        CeremonyView {
            id: ceremony.id(),
            ceremony,
            receipt: receipt(logged),
            state,
            round_1: round_1
                .into_iter()
                .map(|(package, logged)| Round1Entry { package, receipt: receipt(logged) })
                .collect(),
            round_2: round_2
                .into_iter()
                .map(|(package, logged)| Round2Entry { package, receipt: receipt(logged) })
                .collect(),
            confirmations: confirmations
                .into_iter()
                .map(|(package, logged)| ConfirmationEntry { package, receipt: receipt(logged) })
                .collect(),
            complaint: complaint.map(|(package, logged)| ComplaintEntry { package, receipt: receipt(logged) }),
            poll,
        }
    }

    /// Runs what takes its time where no other request waits for it.
    pub(super) async fn off_the_workers<T: Send + 'static>(
        &self,
        work: impl FnOnce(Self) -> T + Send + 'static,
    ) -> Result<T, ServiceError> {
        let service = self.clone();
        tokio::task::spawn_blocking(move || work(service)).await.map_err(|_| ServiceError::Broken)
    }
}
