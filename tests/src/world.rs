//! Members with credentials and the two trees over them, without a service: for statements, witnesses and proofs.

use aiq_circuits::credential::{Attributes, Credential, CredentialId, CredentialKind, Domain};
use aiq_circuits::identity::{DeploymentId, Identity, OwnerTag, Seed, TagRandomness};
use aiq_circuits::membership::{MembershipInstance, MembershipWitness};
use aiq_circuits::requirement::Requirement;
use aiq_circuits::scope::Message;
use aiq_circuits::standing::{SlotWitness, StandingInstance, StandingWitness};
use aiq_circuits::statement::StatementId;
use aiq_circuits::tree::{CredentialTree, MemberTree, MerklePath};
use aiq_prover::ProveError;
use aiq_verifier::eligibility::{Eligibility, PinnedRoots};
use aiq_verifier::presentation::{Expectation, Presentation};
use rand::rngs::OsRng;

use crate::keys::prover;

/// Unix seconds at which every test begins: 2026-11-23, 13:06 UTC.
pub const NOW: u32 = 1_795_444_000;
/// A year.
pub const YEAR: u32 = 31_536_000;

/// What a credential in AI safety says: valid for a year from [`NOW`].
///
/// # Panics
/// Never: the domain is a constant.
#[must_use]
pub fn safety(weight: u16) -> Attributes {
    Attributes {
        domain: domain("1.9.1.0"),
        kind: CredentialKind::new(1),
        weight,
        expires_at: NOW + YEAR,
        issued_at: NOW - YEAR,
    }
}

/// A domain.
///
/// # Panics
/// If the text is none.
#[must_use]
pub fn domain(text: &str) -> Domain {
    text.parse().expect("a domain")
}

/// The seed of member number `number` in every test.
#[must_use]
pub fn seed(number: u8) -> Seed {
    Seed::from_bytes([number; 32])
}

/// Members, credentials and trees of one deployment.
#[derive(Clone, Debug)]
pub struct World {
    /// Which deployment.
    pub deployment: DeploymentId,
    /// The members, in the order of their leaves.
    pub identities: Vec<Identity>,
    /// The tree of their commitments.
    pub members: MemberTree,
    /// The credentials in the order of their leaves.
    pub credentials: Vec<Credential>,
    /// The tree over them.
    pub credential_tree: CredentialTree,
}

impl World {
    /// One member for each entry, who holds these credentials under the owner tags 0, 1, …
    ///
    /// # Panics
    /// If there are more than a tree holds.
    #[must_use]
    pub fn new(deployment: DeploymentId, holdings: &[&[Attributes]]) -> Self {
        let identities: Vec<_> =
            (1..).zip(holdings).map(|(number, _)| Identity::derive(&seed(number), &deployment)).collect();
        let mut credentials = Vec::new();
        for (identity, held) in identities.iter().zip(holdings) {
            for (index, attributes) in (0..).zip(*held) {
                let tag = identity.tag(index);
                let id = CredentialId::of_claim(&tag.to_bytes());
                credentials.push(Credential { tag, attributes: *attributes, id });
            }
        }
        let members = MemberTree::build(identities.iter().map(Identity::commitment)).expect("few members");
        let credential_tree = CredentialTree::build(credentials.iter().map(Credential::leaf)).expect("few credentials");
        Self { deployment, identities, members, credentials, credential_tree }
    }

    /// Both roots, as a poll pins them.
    #[must_use]
    pub fn roots(&self) -> PinnedRoots {
        PinnedRoots { epoch: 0, members_root: self.members.root(), credentials_root: self.credential_tree.root() }
    }

    /// The path of member `who`.
    ///
    /// # Panics
    /// If there is no such member.
    #[must_use]
    pub fn member_path(&self, who: usize) -> MerklePath {
        self.members.path(u32::try_from(who).expect("few members")).expect("a member")
    }

    /// What member `who` knows for a membership; the tag randomness is fresh.
    #[must_use]
    pub fn membership(&self, who: usize) -> MembershipWitness {
        MembershipWitness {
            secret: self.identities[who].secret().clone(),
            tag_randomness: TagRandomness::random(&mut OsRng),
            path: self.member_path(who),
        }
    }

    /// The slot with the credential that member `who` holds under tag `index`.
    ///
    /// # Panics
    /// If there is no such credential.
    #[must_use]
    pub fn slot(&self, who: usize, index: u64) -> SlotWitness {
        let tag = self.identities[who].tag(index);
        let place = self.credentials.iter().position(|credential| credential.tag == tag).expect("a credential");
        SlotWitness {
            tag_randomness: self.identities[who].tag_randomness(index),
            attributes: self.credentials[place].attributes,
            id: self.credentials[place].id,
            path: self.credential_tree.path(u32::try_from(place).expect("few credentials")).expect("a leaf"),
        }
    }

    /// An honest witness of member `who` with the credentials under these tags.
    #[must_use]
    pub fn standing<const S: usize>(&self, who: usize, tags: &[u64]) -> StandingWitness<S> {
        StandingWitness {
            membership: self.membership(who),
            credentials: tags.iter().map(|index| self.slot(who, *index)).collect(),
        }
    }

    /// Has the prover prove what is expected with this witness, whatever it is.
    ///
    /// # Errors
    /// The prover's.
    ///
    /// # Panics
    /// If the witness is not one for the statement.
    pub fn present(&self, expected: &Expectation, witness: &Witness) -> Result<Presentation, ProveError> {
        let membership = witness.membership();
        let nullifier = membership.secret.nullifier(&expected.scope);
        let tag = membership.secret.tag(&membership.tag_randomness);
        let statement = expected.eligibility.statement();
        let prover = prover(statement);
        let (Expectation { eligibility, roots, scope, message }, mut rng) = (expected, OsRng);
        let (members, credentials) = (roots.members_root, roots.credentials_root);
        let quiet = &mut |_| {};
        let proof = match (witness, eligibility.requirement()) {
            (Witness::Membership(witness), None) => {
                let instance = MembershipInstance::new(members, *scope, nullifier, tag, *message);
                prover.prove(&instance, witness, &mut rng, quiet)
            }
            (Witness::Standing3(witness), Some(required)) => {
                let instance =
                    StandingInstance::<3>::new(members, credentials, *required, *scope, nullifier, tag, *message);
                prover.prove(&instance, witness, &mut rng, quiet)
            }
            (Witness::Standing8(witness), Some(required)) => {
                let instance =
                    StandingInstance::<8>::new(members, credentials, *required, *scope, nullifier, tag, *message);
                prover.prove(&instance, witness, &mut rng, quiet)
            }
            _ => panic!("the witness is not one for {statement}"),
        }?;
        Ok(Presentation { statement, key_id: prover.key_id(), nullifier, tag, proof })
    }
}

/// The witness of any statement.
#[derive(Clone, Debug)]
pub enum Witness {
    /// For `membership`.
    Membership(MembershipWitness),
    /// For `standing-3`.
    Standing3(StandingWitness<3>),
    /// For `standing-8`.
    Standing8(StandingWitness<8>),
}

impl Witness {
    const fn membership(&self) -> &MembershipWitness {
        match self {
            Self::Membership(witness) => witness,
            Self::Standing3(witness) => &witness.membership,
            Self::Standing8(witness) => &witness.membership,
        }
    }
}

/// "At least so many credentials in AI safety, worth at least that much, as of [`NOW`]".
///
/// # Panics
/// Never: the domain is a constant.
#[must_use]
pub fn standing(statement: StatementId, min_count: u8, min_weight: u32) -> Eligibility {
    let domain = "1.9".parse().expect("a prefix");
    let requirement = Requirement { domain, min_count, min_weight, as_of: NOW };
    Eligibility::Standing { statement, requirement, menu: "safety".into() }
}

/// A message that differs from every other one by its label.
#[must_use]
pub fn message(label: &str) -> Message {
    Message::of(label, &[])
}

/// A tag that nobody owns a leaf under.
#[must_use]
pub fn stray_tag(identity: &Identity) -> OwnerTag {
    identity.tag(1_000_000)
}
