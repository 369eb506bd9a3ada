//! What reviewers said, held against what the log had of it before the ruling.

use std::collections::BTreeMap;

use aiq_circuits::identity::DeploymentId;
use aiq_circuits::scope::Scope;
use aiq_server::api::OpenedReview;
use aiq_verifier::log::{Act, Entry};
use aiq_verifier::service_key::ServiceKey;

use super::MemberError;
use crate::client::Client;
use crate::sync::TileCache;
use crate::sync::log::{LogReader, Signed, WIDTH};

/// Checks that each of the reviews that are shown is what another entry of the log, under its signed checkpoint, committed to in the
/// claim's scope. That none is missing shows in the ruling's counts, and in the audit.
///
/// # Errors
/// [`MemberError::OtherReview`] for the first that is not; [`MemberError::Sync`] if the log cannot be read.
pub fn check_openings(
    client: &Client,
    cache: &TileCache,
    deployment: &DeploymentId,
    key: &ServiceKey,
    scope: &Scope,
    reviews: &[OpenedReview],
) -> Result<(), MemberError> {
    let Some(last) = reviews.iter().map(|review| review.index).max() else { return Ok(()) };
    let mut places: BTreeMap<u64, &OpenedReview> = BTreeMap::new();
    for review in reviews {
        if places.insert(review.index, review).is_some() {
            return Err(MemberError::OtherReview(review.index));
        }
    }
    let head = Signed::newest(client, deployment, key, Some(last))?;
    if last >= head.checkpoint.size {
        return Err(MemberError::OtherReview(last));
    }
    let reader = LogReader::open(client, cache, head.checkpoint)?;
    let mut bundle = None;
    for (index, review) in places {
        let (number, place) = (index / WIDTH, usize::try_from(index % WIDTH).unwrap_or(usize::MAX));
        if bundle.as_ref().is_none_or(|(kept, _)| *kept != number) {
            bundle = Some((number, reader.entries(number)?));
        }
        let entry = bundle.as_ref().and_then(|(_, entries)| entries.get(place)).map(|bytes| Entry::decode(bytes));
        let committed = match entry {
            Some(Ok(Entry { act: Act::Review { scope: found, review }, .. })) if found == *scope => review.commitment,
            _ => return Err(MemberError::OtherReview(index)),
        };
        if review.opening.commitment() != committed {
            return Err(MemberError::OtherReview(index));
        }
    }
    Ok(())
}
