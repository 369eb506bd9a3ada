//! Recusals and reviews (§6, §7).

use std::sync::Arc;

use aiq_verifier::{
    claim::{ClaimId, recusal_message},
    eligibility::Eligibility,
    presentation::{Expectation, Presentation},
    receipt::Receipt,
    review::{Review, review_message},
};

use super::{ClaimsError, Service, ServiceError, paging::next};
use crate::{
    api::{OpenedReview, Page, ReviewPage},
    store::{Accepted, ClaimRecord, ClaimState, ReviewRefusal},
};

impl Service {
    /// Enters a member who will not review a claim, a co-author for example.
    ///
    /// # Errors
    /// If the claim is unknown or closed, the proof refused, or the nullifier the claimant's or a reviewer's.
    pub async fn recuse(&self, id: &ClaimId, presentation: Presentation) -> Result<Accepted<Receipt>, ServiceError> {
        let record = self.taking(id, &presentation).await?;
        let (scope, closes_at) = (record.scope, record.closes_at);
        let expectation = Expectation {
            eligibility: Eligibility::Membership,
            roots: record.claim.roots,
            scope,
            message: recusal_message(&scope),
        };
        self.check(expectation, presentation.clone()).await?;
        let accepted = self.store().recuse(id, &presentation, self.now()).await?;
        let accepted = accepted.map_err(|refusal| refused(refusal, id, closes_at))?;
        Ok(accepted.map(|logged| self.receipt(logged)))
    }

    /// Takes a review: the proof is checked first, then it is written once. What it says stays hidden until the ruling.
    ///
    /// # Errors
    /// If the claim is unknown or closed, the proof refused, the nullifier used, or the tag for the reward not fresh.
    pub async fn review(&self, id: &ClaimId, review: Review) -> Result<Accepted<Receipt>, ServiceError> {
        review.opening.validate().map_err(ClaimsError::Comment)?;
        let record = self.taking(id, &review.presentation).await?;
        let (scope, closes_at) = (record.scope, record.closes_at);
        let expectation = Expectation {
            eligibility: record.claim.eligibility,
            roots: record.claim.roots,
            scope,
            message: review_message(&scope, &review.opening.commitment()),
        };
        self.check(expectation, review.presentation.clone()).await?;
        let accepted = self.store().review(id, &review, self.now()).await?;
        let accepted = accepted.map_err(|refusal| refused(refusal, id, closes_at))?;
        Ok(accepted.map(|logged| self.receipt(logged)))
    }

    /// The claim, if it takes something. After that only what is sent again is worth the work of checking it.
    async fn taking(&self, id: &ClaimId, presentation: &Presentation) -> Result<ClaimRecord, ServiceError> {
        let record = self.claim_record(id).await?;
        let is_open = record.state == ClaimState::Open && self.now() < record.closes_at;
        if is_open || self.store().has_acted(id, &presentation.nullifier).await? {
            Ok(record)
        } else {
            Err(ClaimsError::ClaimClosed(record.closes_at).into())
        }
    }

    /// Checks a proof in a claim's scope.
    async fn check(&self, expectation: Expectation, presentation: Presentation) -> Result<(), ServiceError> {
        let inner = Arc::clone(&self.0);
        let check = move || inner.folded.verify(&inner.verifier, &expectation, &presentation);
        Ok(self.0.pool.run(check).await??)
    }

    /// What was said about a decided claim, in the order of the commitments, which is that of a shuffle.
    pub(crate) async fn reviews(&self, id: &ClaimId, page: &Page) -> Result<ReviewPage, ServiceError> {
        let record = self.settled_claim(id).await?;
        if record.ruling.is_none() {
            return Err(ClaimsError::ClaimOpen(record.closes_at).into());
        }
        let limit = self.page_limit(page);
        let reviews = self.store().reviews(id, page.cursor_pair()?, limit).await?;
        let next = next(&reviews, limit, |review| format!("{}.{}", review.opening.commitment(), review.index));
        let opened = |review: crate::store::OpenedReview| OpenedReview { index: review.index, opening: review.opening };
        Ok(ReviewPage { reviews: reviews.into_iter().map(opened).collect(), next })
    }
}

fn refused(refusal: ReviewRefusal, id: &ClaimId, closes_at: u32) -> ServiceError {
    match refusal {
        ReviewRefusal::UnknownClaim => ClaimsError::UnknownClaim(*id),
        ReviewRefusal::Closed => ClaimsError::ClaimClosed(closes_at),
        ReviewRefusal::Claimant => ClaimsError::OwnClaim,
        ReviewRefusal::Recused => ClaimsError::Recused,
        ReviewRefusal::Reviewed => ClaimsError::Reviewed,
        ReviewRefusal::TagUsed => return ServiceError::TagUsed,
    }
    .into()
}
