//! How many members could meet a requirement (§11 P1). Who owns which credential is hidden, so this is an upper bound.

use aiq_circuits::credential::Credential;
use aiq_verifier::eligibility::Eligibility;
use serde::Serialize;

use crate::sync::Trees;

/// Below so many a person should think twice: whoever acts is one of few.
pub const CROWD_FLOOR: u64 = 10;

/// The crowd that a proof hides its maker in, at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Crowd {
    /// Members who could possibly meet the requirement.
    pub at_most: u64,
    /// All members of the epoch.
    pub members: u64,
}

impl Crowd {
    /// The crowd of a requirement at an epoch: no more than the members, than the credentials that count divided by those
    /// needed, or than their weight divided by the weight needed. `credentials` are those of this epoch or a later one.
    #[must_use]
    pub fn of(eligibility: &Eligibility, trees: &Trees, credentials: &[Credential]) -> Self {
        let members = trees.checkpoint.member_count();
        let Some(requirement) = eligibility.requirement() else { return Self { at_most: members, members } };
        let there = credentials.iter().zip(trees.credentials.leaves());
        let (count, weight) = there
            .filter(|(credential, leaf)| credential.leaf() == **leaf)
            .map(|(credential, _)| &credential.attributes)
            .filter(|attributes| attributes.kind.is_credential())
            .filter(|attributes| requirement.domain.matches(&attributes.domain))
            .filter(|attributes| attributes.expires_at > requirement.as_of)
            .fold((0, 0), |(count, weight), attributes| (count + 1, weight + u64::from(attributes.weight)));
        let by_count = bound(count, requirement.min_count.into(), members);
        let by_weight = bound(weight, requirement.min_weight.into(), members);
        Self { at_most: members.min(by_count).min(by_weight), members }
    }

    /// Whether the crowd is small enough to warn about.
    #[must_use]
    pub const fn is_small(&self) -> bool {
        self.at_most < CROWD_FLOOR
    }
}

fn bound(there: u64, needed: u64, all: u64) -> u64 {
    there.checked_div(needed).unwrap_or(all)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use aiq_circuits::Fr;
    use aiq_circuits::credential::{Attributes, CredentialId, CredentialKind};
    use aiq_circuits::identity::OwnerTag;
    use aiq_circuits::requirement::Requirement;
    use aiq_circuits::statement::StatementId;

    use super::*;

    #[test]
    fn credentials_that_count_bound_the_crowd() {
        let credential = |number: u8| Credential {
            tag: OwnerTag::new(Fr::from(number)),
            attributes: Attributes {
                domain: "1.9.2.0".parse().unwrap(),
                kind: CredentialKind::new(1),
                weight: 4,
                expires_at: if number == 0 { 5 } else { 50 },
                issued_at: 0,
            },
            id: CredentialId::of_claim(&[number; 32]),
        };
        let credentials: Vec<Credential> = (0..8).map(credential).collect();
        let requirement = Requirement { domain: "1.9".parse().unwrap(), min_count: 3, min_weight: 10, as_of: 10 };
        let eligibility =
            Eligibility::Standing { statement: StatementId::Standing3, requirement, menu: "safety".into() };
        let crowd =
            |revoked: &[u32]| Crowd::of(&eligibility, &Trees::of_credentials(&credentials, revoked), &credentials);
        assert_eq!(crowd(&[]), Crowd { at_most: 2, members: 40 });
        assert!(crowd(&[]).is_small());
        assert_eq!(crowd(&[3, 5]).at_most, 1, "what is revoked does not count");
        let earlier = Trees::of_credentials(&credentials[..4], &[]);
        assert_eq!(Crowd::of(&eligibility, &earlier, &credentials).at_most, 1, "nor what came later");
        assert_eq!(Crowd::of(&Eligibility::Membership, &earlier, &credentials).at_most, 40);
    }
}
