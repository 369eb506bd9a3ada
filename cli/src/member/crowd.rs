//! The crowd that a member hides in, of what this wallet has downloaded and checked.

use aiq_circuits::credential::Credential;
pub use aiq_verifier::crowd::Crowd;
use aiq_verifier::eligibility::Eligibility;

use crate::sync::Trees;

/// Below so many a person should think twice: whoever acts is one of few.
pub const CROWD_FLOOR: u64 = 10;

/// The crowd of a requirement at an epoch. `credentials` are those of this epoch or a later one; what is not in its tree does not count.
#[must_use]
pub fn crowd_of(eligibility: &Eligibility, trees: &Trees, credentials: &[Credential]) -> Crowd {
    let there = credentials.iter().zip(trees.credentials.leaves());
    let standing = there.filter(|(credential, leaf)| credential.leaf() == **leaf);
    Crowd::of(eligibility, trees.checkpoint.member_count(), standing.map(|(credential, _)| &credential.attributes))
}

/// Whether a crowd is small enough to ask before acting.
#[must_use]
pub const fn is_small(crowd: &Crowd) -> bool {
    crowd.at_most < CROWD_FLOOR
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
    fn only_what_stands_in_the_pinned_tree_counts() {
        let credential = |number: u8| Credential {
            tag: OwnerTag::new(Fr::from(number)),
            attributes: Attributes {
                domain: "1.9.2.0".parse().unwrap(),
                kind: CredentialKind::new(1),
                weight: 4,
                expires_at: 50,
                issued_at: 0,
            },
            id: CredentialId::of_claim(&[number; 32]),
        };
        let credentials: Vec<Credential> = (0..7).map(credential).collect();
        let requirement = Requirement { domain: "1.9".parse().unwrap(), min_count: 3, min_weight: 10, as_of: 10 };
        let eligibility =
            Eligibility::Standing { statement: StatementId::Standing3, requirement, menu: "safety".into() };
        let crowd =
            |revoked: &[u32]| crowd_of(&eligibility, &Trees::of_credentials(&credentials, revoked), &credentials);
        assert_eq!(crowd(&[]), Crowd { at_most: 2, members: 40 });
        assert!(is_small(&crowd(&[])));
        assert_eq!(crowd(&[3, 5]).at_most, 1, "what is revoked does not count");
        let earlier = Trees::of_credentials(&credentials[..4], &[]);
        assert_eq!(crowd_of(&eligibility, &earlier, &credentials).at_most, 1, "nor what came later");
        assert!(!is_small(&crowd_of(&Eligibility::Membership, &earlier, &credentials)));
    }
}
