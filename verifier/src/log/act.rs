//! The acts that the log has, and their bytes.

mod parts;

use aiq_circuits::{
    credential::{Credential, CredentialId},
    identity::{Commitment, Nullifier},
    scope::Scope,
    wire::{DecodeError, Decoder, Encoder},
};

use self::parts::{
    credential, decode_authority, decode_join, decode_presentation, encode_authority, encode_join, encode_presentation,
    epoch,
};
use crate::{
    ceremony::{Ceremony, Complaint, Confirmation, Round1, Round2},
    checkpoint::Checkpoint,
    claim::{Claim, ClaimId, NewClaim},
    dispute::Dispute,
    genesis::Genesis,
    menu::{DomainEntry, MenuEntry},
    merge::Merge,
    poll::{BallotCommitment, CommittedBallot, Join, KeyShare, PollDefinition, PollShare, SignedTally, Tally},
    presentation::Presentation,
    proposal::{Proposal, ProposalKey, WithdrawnBy},
    review::{CommittedReview, ReviewCommitment, Ruling},
    service_key::Signature,
    sponsorship::{Charter, Sponsorship, TokenHash},
    standard::{Authority, Standard},
    withdrawal::{Withdrawal, WithdrawalKey},
};

/// Why a commitment became a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EnrolledBy {
    /// The genesis names it.
    Founding,
    /// An invitation.
    Invitation,
}

/// Why a credential is revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RevokedBy {
    /// The poll with this scope decided so.
    Poll(Scope),
    /// This claim renews it.
    Renewal(ClaimId),
}

/// What the service accepted or did.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Act {
    /// The deployment was founded: always the first entry.
    Genesis(Genesis),
    /// A domain of the domain tree, or another name for one.
    Domain {
        /// The domain.
        entry: DomainEntry,
        /// By which right.
        by: Authority,
    },
    /// A requirement of the menu, which may take the place of one with its id.
    Menu {
        /// The requirement.
        entry: MenuEntry,
        /// By which right.
        by: Authority,
    },
    /// A requirement is no longer on the menu.
    MenuRemoval {
        /// Its id.
        id: String,
        /// By which right: always a poll's.
        by: Authority,
    },
    /// What members may do beyond reviewing and voting.
    Charter(Charter),
    /// A standard holds from here on for claims that are opened.
    Standard {
        /// The standard.
        standard: Standard,
        /// By which right.
        by: Authority,
    },
    /// A leaf of the credentials tree, from the next epoch on: granted by the genesis, or by the ruling or tally right before it.
    Grant(Credential),
    /// A member enrolled; takes effect with the next epoch.
    Enrolment {
        /// The future leaf.
        commitment: Commitment,
        /// What the member will sign with if it leaves.
        withdrawal_key: WithdrawalKey,
        /// By which right.
        by: EnrolledBy,
    },
    /// A member leaves; takes effect with the next epoch.
    Withdrawal(Withdrawal),
    /// A credential is revoked; takes effect with the next epoch.
    Revocation {
        /// Which one.
        id: CredentialId,
        /// Why.
        because: RevokedBy,
    },
    /// Invitations were made. Whom each is for is not public, how many there are is (§11 P6).
    Invitations {
        /// How many.
        count: u32,
        /// Unix seconds from which they are worth nothing.
        expires_at: u32,
    },
    /// A member invited somebody.
    Sponsorship(Sponsorship),
    /// An epoch was sealed: what waited became leaves, sorted by value, and then what was to be removed became tombstones.
    Epoch {
        /// The trees after it; `sealed_at` is the entry's time.
        checkpoint: Checkpoint,
        /// Enrolments, grants and removals at places of the log before this one no longer wait; later ones wait for the next epoch.
        before: u64,
    },
    /// A claim was opened.
    Claim(Box<NewClaim>),
    /// A member will not review a claim.
    Recusal {
        /// The claim's scope.
        scope: Scope,
        /// `Membership` with `recusal_message`.
        presentation: Presentation,
    },
    /// A review came in; what it says is opened after the ruling.
    Review {
        /// The claim's scope.
        scope: Scope,
        /// Who, and a commitment to the rest.
        review: CommittedReview,
    },
    /// What became of a claim. What it grants stands right behind it.
    Ruling {
        /// The claim's scope.
        scope: Scope,
        /// The count.
        ruling: Ruling,
    },
    /// A decided claim was challenged, and a poll announced that decides.
    Dispute {
        /// The claim.
        claim: ClaimId,
        /// The challenge.
        dispute: Dispute,
        /// The poll.
        poll: Box<PollDefinition>,
    },
    /// A poll was announced.
    Poll(PollDefinition),
    /// A member proposed a poll, which is announced with it.
    Proposal {
        /// The proposal.
        proposal: Proposal,
        /// The poll.
        poll: Box<PollDefinition>,
    },
    /// A poll was withdrawn before it opened.
    PollWithdrawal {
        /// The poll's scope.
        scope: Scope,
        /// By which right.
        by: WithdrawnBy,
    },
    /// A nullifier entered a poll.
    Join {
        /// The poll's scope.
        scope: Scope,
        /// The proof and the ballot key.
        join: Join,
    },
    /// A ballot came in; what it says is opened after the close.
    Ballot(CommittedBallot),
    /// A poll takes nothing more.
    Close {
        /// The poll's scope.
        scope: Scope,
    },
    /// A trustee's share of the key of a sealed poll.
    Share(PollShare),
    /// What came out of a poll.
    Tally(SignedTally),
    /// A sealed reason that came with a ballot of a poll. Whose it is, its place does not say.
    Reason {
        /// The poll's scope.
        scope: Scope,
        /// The encapsulated key (65) and the ciphertext.
        reason: Vec<u8>,
    },
    /// Trustees are to make a key.
    Ceremony(Ceremony),
    /// A trustee's commitments.
    CeremonyRound1(Round1),
    /// A trustee's shares for the others.
    CeremonyRound2(Round2),
    /// A trustee confirms the key.
    CeremonyConfirmation(Confirmation),
    /// A trustee got a wrong share, or says so; there will be no key.
    CeremonyComplaint(Complaint),
    /// Notes became one; takes effect with the next epoch.
    Merge(Merge),
    /// An attestation was answered: `SHA-256(signing bytes ‖ signature)` of the result, which only those know whom it
    /// concerns.
    Attestation {
        /// The hash.
        digest: [u8; 32],
    },
}

impl Act {
    /// The kind, as it stands in the entry's label.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Genesis(_) => "genesis",
            Self::Domain { .. } => "domain",
            Self::Menu { .. } => "menu",
            Self::MenuRemoval { .. } => "menu-removal",
            Self::Charter(_) => "charter",
            Self::Standard { .. } => "standard",
            Self::Grant(_) => "grant",
            Self::Enrolment { .. } => "enrolment",
            Self::Withdrawal(_) => "withdrawal",
            Self::Revocation { .. } => "revocation",
            Self::Invitations { .. } => "invitations",
            Self::Sponsorship(_) => "sponsorship",
            Self::Epoch { .. } => "epoch",
            Self::Claim(_) => "claim",
            Self::Recusal { .. } => "recusal",
            Self::Review { .. } => "review",
            Self::Ruling { .. } => "ruling",
            Self::Dispute { .. } => "dispute",
            Self::Poll(_) => "poll",
            Self::Proposal { .. } => "proposal",
            Self::PollWithdrawal { .. } => "poll-withdrawal",
            Self::Join { .. } => "join",
            Self::Ballot(_) => "ballot",
            Self::Close { .. } => "close",
            Self::Share(_) => "share",
            Self::Tally(_) => "tally",
            Self::Reason { .. } => "reason",
            Self::Ceremony(_) => "ceremony",
            Self::CeremonyRound1(_) => "ceremony-round-1",
            Self::CeremonyRound2(_) => "ceremony-round-2",
            Self::CeremonyConfirmation(_) => "ceremony-confirmation",
            Self::CeremonyComplaint(_) => "ceremony-complaint",
            Self::Merge(_) => "merge",
            Self::Attestation { .. } => "attestation",
        }
    }

    pub(super) fn encode(&self, encoder: Encoder) -> Encoder {
        match self {
            Self::Genesis(genesis) => encoder.bytes(&genesis.canonical()),
            Self::Domain { entry, by } => entry.encode(encode_authority(encoder, *by)),
            Self::Menu { entry, by } => entry.encode(encode_authority(encoder, *by)),
            Self::MenuRemoval { id, by } => encode_authority(encoder, *by).str(id),
            Self::Charter(charter) => charter.encode(encoder),
            Self::Standard { standard, by } => encode_authority(encoder, *by).bytes(&standard.canonical()),
            Self::Grant(credential) => encoder
                .field(credential.tag.as_field())
                .field(&credential.attributes.pack())
                .field(credential.id.as_field()),
            Self::Enrolment { commitment, withdrawal_key, by } => {
                encoder.field(commitment.as_field()).fixed(withdrawal_key.as_bytes()).u8(match by {
                    EnrolledBy::Founding => 0,
                    EnrolledBy::Invitation => 1,
                })
            }
            Self::Withdrawal(Withdrawal { commitment, signature }) => {
                encoder.field(commitment.as_field()).fixed(signature.as_bytes())
            }
            Self::Revocation { id, because } => {
                let encoder = encoder.field(id.as_field());
                match because {
                    RevokedBy::Poll(scope) => encoder.u8(0).field(scope.as_field()),
                    RevokedBy::Renewal(claim) => encoder.u8(1).fixed(claim.as_bytes()),
                }
            }
            Self::Invitations { count, expires_at } => encoder.u32(*count).u32(*expires_at),
            Self::Sponsorship(Sponsorship { epoch, number, token_hash, presentation }) => {
                encode_presentation(encoder.u32(*epoch).u8(*number).fixed(token_hash.as_bytes()), presentation)
            }
            Self::Claim(new) => {
                let NewClaim { claim, presentation, number, ticket } = new.as_ref();
                let encoder = encode_presentation(encoder.bytes(&claim.canonical()), presentation);
                encode_presentation(encoder.u8(*number), ticket)
            }
            Self::Recusal { scope, presentation } => encode_presentation(encoder.field(scope.as_field()), presentation),
            Self::Review { scope, review: CommittedReview { presentation, commitment } } => {
                encode_presentation(encoder.field(scope.as_field()), presentation).fixed(commitment.as_bytes())
            }
            Self::Ruling { scope, ruling } => ruling.encode(encoder.field(scope.as_field())),
            Self::Dispute { claim, dispute: Dispute { epoch, reasons, presentation }, poll } => {
                let encoder = encoder.fixed(claim.as_bytes()).u32(*epoch).str(reasons);
                encode_presentation(encoder, presentation).bytes(&poll.canonical())
            }
            Self::Epoch { checkpoint, before } => encoder
                .fixed(checkpoint.deployment_id.as_bytes())
                .u32(checkpoint.epoch)
                .u64(checkpoint.members)
                .u64(checkpoint.withdrawn)
                .field(checkpoint.members_root.as_field())
                .u64(checkpoint.credentials)
                .u64(checkpoint.revoked)
                .field(checkpoint.credentials_root.as_field())
                .u64(*before),
            Self::Poll(definition) => encoder.bytes(&definition.canonical()),
            Self::Proposal { proposal: Proposal { epoch, number, withdrawal_key, presentation }, poll } => {
                let encoder = encoder.u32(*epoch).u8(*number).fixed(withdrawal_key.as_bytes());
                encode_presentation(encoder, presentation).bytes(&poll.canonical())
            }
            Self::PollWithdrawal { scope, by } => {
                let encoder = encoder.field(scope.as_field());
                match by {
                    WithdrawnBy::Administrator {} => encoder.u8(0),
                    WithdrawnBy::Proposer { signature } => encoder.u8(1).fixed(signature.as_bytes()),
                }
            }
            Self::Join { scope, join } => encode_join(encoder, scope, join),
            Self::Ballot(ballot) => encoder
                .field(ballot.scope.as_field())
                .field(ballot.nullifier.as_field())
                .u32(ballot.seq)
                .fixed(ballot.commitment.as_bytes()),
            Self::Close { scope } => encoder.field(scope.as_field()),
            Self::Tally(signed) => encoder.bytes(&signed.signing_bytes()).fixed(signed.signature.as_bytes()),
            Self::Share(PollShare { scope, index, share }) => {
                encoder.field(scope.as_field()).u8(*index).fixed(share.as_bytes())
            }
            Self::Reason { scope, reason } => encoder.field(scope.as_field()).bytes(reason),
            Self::Ceremony(ceremony) => encoder.bytes(&ceremony.canonical()),
            Self::CeremonyRound1(package) => package.encode(encoder),
            Self::CeremonyRound2(package) => package.encode(encoder),
            Self::CeremonyConfirmation(package) => package.encode(encoder),
            Self::CeremonyComplaint(package) => package.encode(encoder),
            Self::Merge(merge) => merge.encode(encoder),
            Self::Attestation { digest } => encoder.fixed(digest),
        }
    }

    pub(super) fn decode(kind: &str, at: u32, decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        Ok(match kind {
            "genesis" => Self::Genesis(Genesis::decode(decoder.bytes()?)?),
            "domain" => {
                let by = decode_authority(decoder)?;
                Self::Domain { entry: DomainEntry::decode(decoder)?, by }
            }
            "menu" => {
                let by = decode_authority(decoder)?;
                Self::Menu { entry: MenuEntry::decode(decoder)?, by }
            }
            "menu-removal" => {
                let by = decode_authority(decoder)?;
                Self::MenuRemoval { id: decoder.str()?.to_owned(), by }
            }
            "charter" => Self::Charter(Charter::decode(decoder)?),
            "standard" => {
                let by = decode_authority(decoder)?;
                Self::Standard { standard: Standard::decode(decoder.bytes()?)?, by }
            }
            "grant" => Self::Grant(credential(decoder)?),
            "enrolment" => Self::Enrolment {
                commitment: Commitment::new(decoder.field()?),
                withdrawal_key: WithdrawalKey::new(decoder.fixed()?),
                by: match decoder.u8()? {
                    0 => EnrolledBy::Founding,
                    1 => EnrolledBy::Invitation,
                    _ => return Err(DecodeError::Value("the right to enrol")),
                },
            },
            "withdrawal" => Self::Withdrawal(Withdrawal {
                commitment: Commitment::new(decoder.field()?),
                signature: Signature::new(decoder.fixed()?),
            }),
            "revocation" => Self::Revocation {
                id: CredentialId::new(decoder.field()?),
                because: match decoder.u8()? {
                    0 => RevokedBy::Poll(Scope::new(decoder.field()?)),
                    1 => RevokedBy::Renewal(ClaimId::new(decoder.fixed()?)),
                    _ => return Err(DecodeError::Value("the reason of the revocation")),
                },
            },
            "invitations" => Self::Invitations { count: decoder.u32()?, expires_at: decoder.u32()? },
            "epoch" => Self::Epoch { checkpoint: epoch(at, decoder)?, before: decoder.u64()? },
            "sponsorship" => Self::Sponsorship(Sponsorship {
                epoch: decoder.u32()?,
                number: decoder.u8()?,
                token_hash: TokenHash::new(decoder.fixed()?),
                presentation: decode_presentation(decoder)?,
            }),
            "claim" => Self::Claim(Box::new(NewClaim {
                claim: Claim::decode(decoder.bytes()?)?,
                presentation: decode_presentation(decoder)?,
                number: decoder.u8()?,
                ticket: decode_presentation(decoder)?,
            })),
            "recusal" => {
                Self::Recusal { scope: Scope::new(decoder.field()?), presentation: decode_presentation(decoder)? }
            }
            "review" => {
                let scope = Scope::new(decoder.field()?);
                let presentation = decode_presentation(decoder)?;
                let commitment = ReviewCommitment::new(decoder.fixed()?);
                Self::Review { scope, review: CommittedReview { presentation, commitment } }
            }
            "ruling" => Self::Ruling { scope: Scope::new(decoder.field()?), ruling: Ruling::decode(decoder)? },
            "dispute" => {
                let (claim, epoch) = (ClaimId::new(decoder.fixed()?), decoder.u32()?);
                let reasons = decoder.str()?.to_owned();
                let dispute = Dispute { epoch, reasons, presentation: decode_presentation(decoder)? };
                Self::Dispute { claim, dispute, poll: Box::new(PollDefinition::decode(decoder.bytes()?)?) }
            }
            "merge" => Self::Merge(Merge::decode(decoder)?),
            "attestation" => Self::Attestation { digest: decoder.fixed()? },
            _ => Self::decode_of_polls(kind, decoder)?,
        })
    }

    /// Reads what happens to polls, and the ceremonies that make their keys.
    fn decode_of_polls(kind: &str, decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        Ok(match kind {
            "poll" => Self::Poll(PollDefinition::decode(decoder.bytes()?)?),
            "proposal" => {
                let proposal = Proposal {
                    epoch: decoder.u32()?,
                    number: decoder.u8()?,
                    withdrawal_key: ProposalKey::new(decoder.fixed()?),
                    presentation: decode_presentation(decoder)?,
                };
                Self::Proposal { proposal, poll: Box::new(PollDefinition::decode(decoder.bytes()?)?) }
            }
            "poll-withdrawal" => Self::PollWithdrawal {
                scope: Scope::new(decoder.field()?),
                by: match decoder.u8()? {
                    0 => WithdrawnBy::Administrator {},
                    1 => WithdrawnBy::Proposer { signature: Signature::new(decoder.fixed()?) },
                    _ => return Err(DecodeError::Value("the right to withdraw a poll")),
                },
            },
            "join" => decode_join(decoder)?,
            "ballot" => Self::Ballot(CommittedBallot {
                scope: Scope::new(decoder.field()?),
                nullifier: Nullifier::new(decoder.field()?),
                seq: decoder.u32()?,
                commitment: BallotCommitment::new(decoder.fixed()?),
            }),
            "close" => Self::Close { scope: Scope::new(decoder.field()?) },
            "tally" => {
                let (scope, tally) = Tally::decode(decoder.bytes()?)?;
                Self::Tally(SignedTally { scope, tally, signature: Signature::new(decoder.fixed()?) })
            }
            "share" => Self::Share(PollShare {
                scope: Scope::new(decoder.field()?),
                index: decoder.u8()?,
                share: KeyShare::new(decoder.fixed()?),
            }),
            "reason" => Self::Reason { scope: Scope::new(decoder.field()?), reason: decoder.bytes()?.to_vec() },
            "ceremony" => Self::Ceremony(Ceremony::decode(decoder.bytes()?)?),
            "ceremony-round-1" => Self::CeremonyRound1(Round1::decode(decoder)?),
            "ceremony-round-2" => Self::CeremonyRound2(Round2::decode(decoder)?),
            "ceremony-confirmation" => Self::CeremonyConfirmation(Confirmation::decode(decoder)?),
            "ceremony-complaint" => Self::CeremonyComplaint(Complaint::decode(decoder)?),
            _ => return Err(DecodeError::Value("the kind of the entry")),
        })
    }
}
