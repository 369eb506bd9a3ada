//! How many members could meet a requirement (§11 P1). Wallets warn by this count and services refuse by it: it is made here once.

use aiq_circuits::credential::Attributes;
use serde::{Deserialize, Serialize};

use crate::eligibility::Eligibility;

/// The crowd that a proof hides its maker in, at most. Who owns which credential is hidden, so public data gives an upper bound only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Crowd {
    /// Members who could possibly meet the requirement.
    pub at_most: u64,
    /// All members of the epoch.
    pub members: u64,
}

impl Crowd {
    /// The crowd of a requirement at an epoch of `members` members: no more than those, than the credentials that count divided by
    /// the number needed, or than their weight divided by the weight needed. `standing` are the leaves that are in the epoch's tree:
    /// neither revoked by then nor granted later.
    pub fn of<'a>(eligibility: &Eligibility, members: u64, standing: impl IntoIterator<Item = &'a Attributes>) -> Self {
        let Some(requirement) = eligibility.requirement() else { return Self { at_most: members, members } };
        let (count, weight) = standing
            .into_iter()
            .filter(|attributes| attributes.kind.is_credential())
            .filter(|attributes| requirement.domain.matches(&attributes.domain))
            .filter(|attributes| attributes.expires_at > requirement.as_of)
            .fold((0, 0), |(count, weight), attributes| (count + 1, weight + u64::from(attributes.weight)));
        let by_count = bound(count, requirement.min_count.into(), members);
        let by_weight = bound(weight, requirement.min_weight.into(), members);
        Self { at_most: members.min(by_count).min(by_weight), members }
    }
}

fn bound(there: u64, needed: u64, all: u64) -> u64 {
    there.checked_div(needed).unwrap_or(all)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use aiq_circuits::{credential::CredentialKind, requirement::Requirement, statement::StatementId};

    use super::*;

    fn attributes(domain: &str, kind: CredentialKind, weight: u16, expires_at: u32) -> Attributes {
        Attributes { domain: domain.parse().unwrap(), kind, weight, expires_at, issued_at: 0 }
    }

    #[test]
    fn credentials_that_count_bound_the_crowd() {
        let requirement = |min_count, min_weight| {
            let requirement = Requirement { domain: "1.9".parse().unwrap(), min_count, min_weight, as_of: 10 };
            Eligibility::Standing { statement: StatementId::Standing3, requirement, menu: "safety".into() }
        };
        let work = CredentialKind::new(1);
        let counts = [attributes("1.9.2.0", work, 4, 50); 7];
        let others = [
            attributes("1.9.2.0", work, 4, 10),
            attributes("1.8.0.0", work, 4, 50),
            attributes("1.9.2.0", CredentialKind::REWARD_NOTE, 400, 50),
        ];
        let crowd = |eligibility: &Eligibility| Crowd::of(eligibility, 40, counts.iter().chain(&others)).at_most;
        // Expired, of another domain, a note: none of them counts.
        assert_eq!(crowd(&requirement(3, 10)), 2, "seven of which three are needed");
        assert_eq!(crowd(&requirement(1, 10)), 2, "28 of which 10 are needed");
        assert_eq!(crowd(&requirement(1, 0)), 7);
        assert_eq!(crowd(&requirement(0, 0)), 40, "no more than there are members");
        assert_eq!(crowd(&Eligibility::Membership), 40);
        assert_eq!(Crowd::of(&requirement(3, 10), 1, &counts).at_most, 1);
    }
}
