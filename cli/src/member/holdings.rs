//! What a member holds: the leaves behind its owner tags (§2), found by scanning everybody's leaves on this machine.

use std::collections::HashMap;

use aiq_circuits::credential::Credential;
use aiq_circuits::identity::{Identity, OwnerTag};

use crate::sync::Trees;

/// So many unused tags in a row end the search.
pub const GAP_LIMIT: u64 = 64;

/// One credential of this member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// Number i of its owner tag `t_i`.
    pub tag_index: u64,
    /// Place of its leaf in the credentials tree.
    pub leaf: u32,
    /// The credential.
    pub credential: Credential,
    /// Whether it is revoked: a tombstone stands in its place.
    pub revoked: bool,
}

/// Finds a member's credentials among all of them, in the order of its tags; `trees` tells which of them are revoked,
/// `sent` how many tags are known to have been sent: what they were sent for may have come to nothing, or be granted only now.
#[must_use]
pub fn scan(identity: &Identity, credentials: &[Credential], trees: &Trees, sent: u64) -> Vec<Held> {
    // A renewal has the tag of what it renews (§7), which earlier epochs still show.
    let mut by_tag: HashMap<OwnerTag, Vec<(u32, &Credential)>> = HashMap::new();
    for (leaf, credential) in (0..).zip(credentials) {
        by_tag.entry(credential.tag).or_default().push((leaf, credential));
    }
    let mut held = Vec::new();
    let mut end = sent + GAP_LIMIT;
    let mut index = 0;
    while index < end {
        for &(leaf, &credential) in by_tag.get(&identity.tag(index)).into_iter().flatten() {
            let revoked = !trees.has_credential(leaf, &credential);
            held.push(Held { tag_index: index, leaf, credential, revoked });
            end = end.max(index + 1 + GAP_LIMIT);
        }
        index += 1;
    }
    held
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use aiq_circuits::credential::{Attributes, CredentialId, CredentialKind};
    use aiq_circuits::identity::{DeploymentId, Seed};

    use super::*;

    fn credential(tag: OwnerTag, number: u8) -> Credential {
        let attributes = Attributes {
            domain: "1.9.1.0".parse().unwrap(),
            kind: CredentialKind::new(1),
            weight: 4,
            expires_at: 100,
            issued_at: 1,
        };
        Credential { tag, attributes, id: CredentialId::of_claim(&[number; 32]) }
    }

    #[test]
    fn finds_its_own_leaves_up_to_the_gap_limit() {
        let deployment = DeploymentId::new([1; 32]);
        let identity = Identity::derive(&Seed::from_bytes([1; 32]), &deployment);
        let stranger = Identity::derive(&Seed::from_bytes([2; 32]), &deployment);
        let leaves = [
            credential(stranger.tag(0), 0),
            credential(identity.tag(GAP_LIMIT - 1), 1),
            credential(identity.tag(0), 2),
            credential(identity.tag(2 * GAP_LIMIT), 3),
            // The renewal of the second one.
            credential(identity.tag(GAP_LIMIT - 1), 4),
        ];
        let trees = Trees::of_credentials(&leaves, &[1]);
        let found = scan(&identity, &leaves, &trees, 0);
        let found: Vec<_> = found.iter().map(|held| (held.tag_index, held.leaf, held.revoked)).collect();
        assert_eq!(found, [(0, 2, false), (GAP_LIMIT - 1, 1, true), (GAP_LIMIT - 1, 4, false)]);
        // A tag that was sent is looked for, however many before it came to nothing.
        let found = scan(&identity, &leaves, &trees, 2 * GAP_LIMIT + 1);
        assert_eq!(found.last().map(|held| held.tag_index), Some(2 * GAP_LIMIT));
    }
}
