//! Claims (§7): what a member wants accredited, without saying who it is.

mod evidence;

use std::collections::BTreeSet;

use aiq_circuits::{
    credential::{Credential, CredentialId, CredentialKind, Domain},
    identity::{DeploymentId, OwnerTag},
    scope::{Message, Scope, ScopeKind},
    wire::{self, DecodeError, Decoder, Encoder},
};
use serde::{Deserialize, Serialize};

pub use self::evidence::{Evidence, EvidenceError, WorkId};
use crate::{
    bytes::byte_newtype,
    eligibility::{Eligibility, EligibilityError, PinnedRoots},
    presentation::{Expectation, Presentation},
    standard::{Standard, StandardId},
    text::{self, TextError},
    verifying_key::KeyId,
};

byte_newtype! {
    /// What a claim is called by: `SHA-256` of its canonical bytes.
    ClaimId, 32
}

/// Everything that is claimed, and what it is judged by. Another claim is another id and another scope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Claim {
    /// Where the work belongs.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub domain: Domain,
    /// What kind of work it is, as the standard lists them.
    #[cfg_attr(feature = "openapi", schema(value_type = u8))]
    pub kind: CredentialKind,
    /// What the work is called, on one line.
    pub title: String,
    /// What the claimant contributed, for the reviewers; may be empty.
    pub summary: String,
    /// Where the work can be seen.
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
    pub evidence: Vec<Evidence>,
    /// The accepted claim whose credential this one renews.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renews: Option<ClaimId>,
    /// The owner tag of the credential to come. A renewal has that of the credential which it renews.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub tag: OwnerTag,
    /// The standard of the domain when the claim was opened.
    pub standard: StandardId,
    /// Who may review: the standard's menu entry.
    pub eligibility: Eligibility,
    /// The roots that claimant and reviewers are shown under.
    pub roots: PinnedRoots,
    /// The verifying key that reviewers are shown under.
    pub key_id: KeyId,
}

/// Why a claim is refused. Items of evidence are numbered from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClaimError {
    /// The title.
    #[error("the title {0}")]
    Title(TextError),
    /// The summary.
    #[error("the summary {0}")]
    Summary(TextError),
    /// None, or too much.
    #[error("a claim has 1 to {max} items of evidence, not {0}", max = Claim::MAX_EVIDENCE)]
    EvidenceCount(usize),
    /// Two items stand for one work of the same form.
    #[error("item {0} of the evidence is there twice")]
    RepeatedEvidence(usize),
    /// A domain of no level.
    #[error("a claim belongs to a domain, at least to a field")]
    Domain,
    /// The standard does not know the kind.
    #[error("the standard of the domain has no kind {0}")]
    Kind(u8),
    /// Another standard, or one of other domains.
    #[error("the claim names another standard than the one that governs its domain")]
    Standard,
    /// Who may review is not what the standard says.
    #[error("the claim names other reviewers than its standard")]
    Reviewers,
    /// Who may review.
    #[error(transparent)]
    Eligibility(#[from] EligibilityError),
}

impl Claim {
    /// Longest title, in bytes of UTF-8.
    pub const MAX_TITLE: usize = 300;
    /// Longest summary, in bytes of UTF-8.
    pub const MAX_SUMMARY: usize = 4_000;
    /// Most items of evidence.
    pub const MAX_EVIDENCE: usize = 16;

    /// Checks every field that has a rule of its own.
    ///
    /// # Errors
    /// The first that is broken.
    pub fn validate(&self) -> Result<(), ClaimError> {
        text::check(&self.title, Self::MAX_TITLE).map_err(ClaimError::Title)?;
        if !self.summary.is_empty() {
            text::check_lines(&self.summary, Self::MAX_SUMMARY).map_err(ClaimError::Summary)?;
        }
        if !(1..=Self::MAX_EVIDENCE).contains(&self.evidence.len()) {
            return Err(ClaimError::EvidenceCount(self.evidence.len()));
        }
        let mut works = BTreeSet::new();
        for (number, item) in (1..).zip(&self.evidence) {
            if !item.works().into_iter().all(|work| works.insert(work)) {
                return Err(ClaimError::RepeatedEvidence(number));
            }
        }
        if self.domain.depth() == 0 {
            return Err(ClaimError::Domain);
        }
        if !self.kind.is_credential() {
            return Err(ClaimError::Kind(self.kind.code()));
        }
        if self.eligibility.requirement().is_none() {
            return Err(ClaimError::Reviewers);
        }
        Ok(self.eligibility.validate()?)
    }

    /// Checks that the claim is judged by `standard`, and that the standard knows what is claimed. That the standard governs the domain
    /// now is for the keeper of the standards to check.
    ///
    /// # Errors
    /// What does not fit.
    pub fn fits(&self, standard: &Standard) -> Result<(), ClaimError> {
        if self.standard != standard.id() || !standard.domain.matches(&self.domain) {
            return Err(ClaimError::Standard);
        }
        if standard.kind(self.kind).is_none() {
            return Err(ClaimError::Kind(self.kind.code()));
        }
        match &self.eligibility {
            Eligibility::Standing { menu, .. } if *menu == standard.reviewers => Ok(()),
            _ => Err(ClaimError::Reviewers),
        }
    }

    /// The works of all its evidence.
    #[must_use]
    pub fn works(&self) -> BTreeSet<WorkId> {
        self.evidence.iter().flat_map(Evidence::works).collect()
    }

    /// Canonical bytes: label `AIQ/v1/claim`, domain (4), `kind` (u8), `title`, `summary` (text), number of items (u32), each item (text),
    /// `renews` (u8 0 none, or 1 and 32), `tag` (field element), `standard` (32), `eligibility`, `roots` (as in a poll), `key_id` (32).
    #[must_use]
    pub fn canonical(&self) -> Vec<u8> {
        let count = u32::try_from(self.evidence.len()).unwrap_or(u32::MAX);
        let encoder = Encoder::new("AIQ/v1/claim")
            .fixed(&self.domain.levels())
            .u8(self.kind.code())
            .str(&self.title)
            .str(&self.summary)
            .u32(count);
        let encoder = self.evidence.iter().fold(encoder, |encoder, item| encoder.str(item.as_str()));
        let encoder = match &self.renews {
            None => encoder.u8(0),
            Some(old) => encoder.u8(1).fixed(old.as_bytes()),
        };
        let encoder = encoder.field(self.tag.as_field()).fixed(self.standard.as_bytes());
        self.roots.encode(self.eligibility.encode(encoder)).fixed(self.key_id.as_bytes()).finish()
    }

    /// Reads canonical bytes. The rules of a claim are for [`validate`](Self::validate).
    ///
    /// # Errors
    /// If they are not those of exactly one claim.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut decoder = Decoder::new(bytes, "AIQ/v1/claim")?;
        let claim = Self {
            domain: Domain::new(decoder.fixed()?).map_err(|_| DecodeError::Value("the domain"))?,
            kind: CredentialKind::new(decoder.u8()?),
            title: decoder.str()?.to_owned(),
            summary: decoder.str()?.to_owned(),
            evidence: (0..decoder.u32()?).map(|_| evidence(&mut decoder)).collect::<Result<_, _>>()?,
            renews: match decoder.u8()? {
                0 => None,
                1 => Some(ClaimId::new(decoder.fixed()?)),
                _ => return Err(DecodeError::Value("what is renewed")),
            },
            tag: OwnerTag::new(decoder.field()?),
            standard: StandardId::new(decoder.fixed()?),
            eligibility: Eligibility::decode(&mut decoder)?,
            roots: PinnedRoots::decode(&mut decoder)?,
            key_id: KeyId::new(decoder.fixed()?),
        };
        decoder.finish()?;
        Ok(claim)
    }

    /// What the claim is called by.
    #[must_use]
    pub fn id(&self) -> ClaimId {
        ClaimId::new(wire::sha256(&[&self.canonical()]))
    }

    /// The scope in which it is made and reviewed.
    #[must_use]
    pub fn scope(&self, deployment: &DeploymentId) -> Scope {
        Scope::derive(deployment, ScopeKind::Review, &self.canonical())
    }

    /// The credential that it earns under its standard at a moment, Unix seconds; `None` if the standard does not know its kind.
    #[must_use]
    pub fn credential(&self, standard: &Standard, at: u32) -> Option<Credential> {
        let attributes = standard.credential(self.domain, self.kind, at)?;
        Some(Credential { tag: self.tag, attributes, id: self.id().credential() })
    }
}

impl ClaimId {
    /// The id of the credential that the claim earns.
    #[must_use]
    pub fn credential(&self) -> CredentialId {
        CredentialId::of_claim(self.as_bytes())
    }
}

fn evidence(decoder: &mut Decoder<'_>) -> Result<Evidence, DecodeError> {
    decoder.str()?.parse().map_err(|_| DecodeError::Value("the evidence"))
}

/// The scope of one of a member's claims in an epoch, counted from 0.
#[must_use]
pub fn ticket_scope(deployment: &DeploymentId, epoch: u32, number: u8) -> Scope {
    let definition = Encoder::new("AIQ/v1/ticket").u32(epoch).u8(number).finish();
    Scope::derive(deployment, ScopeKind::Ticket, &definition)
}

/// The message of both proofs of a claim: `F("AIQ/v1/claim" ‖ scope)`.
#[must_use]
pub fn claim_message(scope: &Scope) -> Message {
    Message::of("AIQ/v1/claim", &[&scope.to_bytes()])
}

/// The message of a recusal: `F("AIQ/v1/recusal" ‖ scope)`.
#[must_use]
pub fn recusal_message(scope: &Scope) -> Message {
    Message::of("AIQ/v1/recusal", &[&scope.to_bytes()])
}

/// A claim as it is made: with the proof that its owner tag is a member's, and the proof that the member has not made too many.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewClaim {
    /// What is claimed.
    pub claim: Claim,
    /// `Membership` in the claim's scope, with its owner tag. The nullifier is the claimant's as a reviewer, which is used with it:
    /// nobody reviews their own claim.
    pub presentation: Presentation,
    /// Which of the member's claims in this epoch it is, from 0.
    pub number: u8,
    /// `Membership` in the [scope](ticket_scope) of that number, with a tag that nothing is granted to.
    pub ticket: Presentation,
}

impl NewClaim {
    /// What both proofs have to show: the claim's and the ticket's. That `presentation.tag` is the claim's tag is part of
    /// neither: [`is_owned`](Self::is_owned).
    #[must_use]
    pub fn expectations(&self, deployment: &DeploymentId) -> [Expectation; 2] {
        let scope = self.claim.scope(deployment);
        let ticket = ticket_scope(deployment, self.claim.roots.epoch, self.number);
        [scope, ticket].map(|place| Expectation {
            eligibility: Eligibility::Membership,
            roots: self.claim.roots,
            scope: place,
            message: claim_message(&scope),
        })
    }

    /// Whether the claim is proved with the owner tag of the credential to come: nobody claims for somebody else's tag.
    #[must_use]
    pub fn is_owned(&self) -> bool {
        self.presentation.tag == self.claim.tag
    }
}
