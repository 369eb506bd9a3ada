//! Which entries belong into the bundle of a claim.

use std::collections::BTreeMap;

use aiq_circuits::identity::DeploymentId;
use aiq_circuits::scope::Scope;
use aiq_circuits::wire::{DecodeError, Decoder};
use aiq_verifier::claim::{Claim, ClaimId};
use aiq_verifier::log::{Act, Entry};

/// The entries of a claim as far as they are found.
pub(super) struct OfClaim {
    wanted: ClaimId,
    deployment: DeploymentId,
    places: Vec<u64>,
    /// Places of epochs, by their numbers: which of them the claim pins shows with the claim.
    epochs: BTreeMap<u32, u64>,
    /// With its scope, and whether its ruling and what that grants stand right before.
    claim: Option<(Claim, Scope, bool)>,
}

impl OfClaim {
    pub(super) const fn new(wanted: &ClaimId, deployment: &DeploymentId) -> Self {
        let (wanted, deployment) = (*wanted, *deployment);
        Self { wanted, deployment, places: Vec::new(), epochs: BTreeMap::new(), claim: None }
    }

    /// Takes the next entry of the log.
    pub(super) fn take(&mut self, place: u64, entry: &[u8]) {
        // What nobody can read belongs to no claim; the audit of everything names it.
        if self.takes(place, entry).unwrap_or(false) {
            self.places.push(place);
        }
    }

    /// The places, ascending, and the claim, if it was found.
    pub(super) fn places(self) -> Option<(Vec<u64>, Claim)> {
        let Self { mut places, claim, .. } = self;
        places.sort_unstable();
        claim.map(|(claim, ..)| (places, claim))
    }

    fn takes(&mut self, place: u64, entry: &[u8]) -> Result<bool, DecodeError> {
        let (label, mut decoder) = Decoder::labelled(entry)?;
        let kind = label.strip_prefix("AIQ/v1/log/").unwrap_or_default();
        let is_granted = match &mut self.claim {
            Some((.., is_decided)) => {
                *is_decided &= kind == "grant";
                *is_decided
            }
            None => false,
        };
        Ok(match kind {
            "genesis" | "domain" | "menu" | "menu-removal" | "standard" => true,
            "grant" => is_granted,
            "epoch" if self.claim.is_none() => {
                if let Act::Epoch { checkpoint, .. } = Entry::decode(entry)?.act {
                    self.epochs.insert(checkpoint.epoch, place);
                }
                false
            }
            "claim" if self.claim.is_none() => {
                let _at = decoder.u32()?;
                let claim = Claim::decode(decoder.bytes()?)?;
                let is_wanted = claim.id() == self.wanted;
                if is_wanted {
                    self.places.extend(self.epochs.get(&claim.roots.epoch));
                    let scope = claim.scope(&self.deployment);
                    self.claim = Some((claim, scope, false));
                }
                is_wanted
            }
            // These begin with the scope.
            "recusal" | "review" | "ruling" => {
                let _at = decoder.u32()?;
                let scope = Scope::new(decoder.field()?);
                match &mut self.claim {
                    Some((_, own, is_decided)) if *own == scope => {
                        *is_decided = kind == "ruling";
                        true
                    }
                    _ => false,
                }
            }
            _ => false,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use aiq_circuits::Fr;
    use aiq_circuits::credential::CredentialKind;
    use aiq_circuits::identity::OwnerTag;
    use aiq_circuits::requirement::Requirement;
    use aiq_circuits::statement::StatementId;
    use aiq_circuits::tree::{CredentialsRoot, MembersRoot};
    use aiq_circuits::wire::Encoder;
    use aiq_verifier::checkpoint::Checkpoint;
    use aiq_verifier::eligibility::{Eligibility, PinnedRoots};
    use aiq_verifier::standard::StandardId;
    use aiq_verifier::verifying_key::KeyId;

    use super::*;

    fn claim() -> Claim {
        let requirement = Requirement { domain: "1.7".parse().unwrap(), min_count: 2, min_weight: 10, as_of: 1 };
        let statement = StatementId::Standing3;
        let number = Fr::from(7_u8);
        Claim {
            domain: "1.7.0.0".parse().unwrap(),
            kind: CredentialKind::new(1),
            title: "A work".into(),
            summary: String::new(),
            evidence: vec!["arxiv:2401.01234".parse().unwrap()],
            renews: None,
            tag: OwnerTag::new(number),
            standard: StandardId::new([1; 32]),
            eligibility: Eligibility::Standing { statement, requirement, menu: "safety-2".into() },
            roots: PinnedRoots {
                epoch: 1,
                members_root: MembersRoot::new(number),
                credentials_root: CredentialsRoot::new(number),
            },
            key_id: KeyId::new([2; 32]),
        }
    }

    fn epoch(deployment_id: DeploymentId, epoch: u32) -> Vec<u8> {
        let checkpoint = Checkpoint {
            deployment_id,
            epoch,
            sealed_at: 1,
            members: 0,
            withdrawn: 0,
            members_root: MembersRoot::new(Fr::from(7_u8)),
            credentials: 0,
            revoked: 0,
            credentials_root: CredentialsRoot::new(Fr::from(7_u8)),
        };
        Entry { at: 1, act: Act::Epoch { checkpoint, before: 0 } }.canonical()
    }

    /// By the beginnings of the entries: nothing else of them is read.
    #[test]
    fn a_claims_entries_are_those_up_to_what_its_ruling_grants() {
        let here = DeploymentId::new([3; 32]);
        let (wanted, other) = (claim(), Claim { title: "Another".into(), ..claim() });
        let begins = |kind: &str| Encoder::new(&format!("AIQ/v1/log/{kind}")).u32(1);
        let made = |claim: &Claim| begins("claim").bytes(&claim.canonical()).finish();
        let on = |kind: &str, claim: &Claim| begins(kind).field(claim.scope(&here).as_field()).finish();
        let log = [
            begins("genesis").finish(),
            begins("grant").finish(),
            epoch(here, 0),
            begins("standard").finish(),
            epoch(here, 1),
            made(&other),
            made(&wanted),
            on("recusal", &wanted),
            on("review", &other),
            on("review", &wanted),
            epoch(here, 2),
            on("ruling", &other),
            begins("grant").finish(),
            on("ruling", &wanted),
            begins("grant").finish(),
            begins("grant").finish(),
            begins("revocation").finish(),
            begins("grant").finish(),
        ];
        let places = |id: &ClaimId| {
            let mut found = OfClaim::new(id, &here);
            (0..).zip(&log).for_each(|(place, entry)| found.take(place, entry));
            found.places()
        };
        assert_eq!(places(&wanted.id()), Some((vec![0, 3, 4, 6, 7, 9, 13, 14, 15], wanted)));
        assert_eq!(places(&ClaimId::new([9; 32])), None);
    }
}
