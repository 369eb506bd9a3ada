//! Parts of entries: what several kinds have in common, and what would make the list of kinds hard to read.

use aiq_circuits::{
    credential::{Credential, CredentialId},
    identity::{DeploymentId, Nullifier, OwnerTag},
    scope::Scope,
    tree::{CredentialsRoot, MembersRoot},
    wire::{DecodeError, Decoder, Encoder},
};

use super::Act;
use crate::{
    checkpoint::Checkpoint,
    poll::{BallotKey, Join},
    presentation::Presentation,
    proof::Proof,
    standard::Authority,
    verifying_key::KeyId,
};

/// Appends statement (text), key id (32), nullifier, tag (field elements) and proof (bytes).
pub(super) fn encode_presentation(encoder: Encoder, presentation: &Presentation) -> Encoder {
    let Presentation { statement, key_id, nullifier, tag, proof } = presentation;
    encoder
        .str(statement.label())
        .fixed(key_id.as_bytes())
        .field(nullifier.as_field())
        .field(tag.as_field())
        .bytes(&proof.to_bytes())
}

pub(super) fn decode_presentation(decoder: &mut Decoder<'_>) -> Result<Presentation, DecodeError> {
    Ok(Presentation {
        statement: crate::eligibility::statement(decoder)?,
        key_id: KeyId::new(decoder.fixed()?),
        nullifier: Nullifier::new(decoder.field()?),
        tag: OwnerTag::new(decoder.field()?),
        proof: Proof::decode(decoder)?,
    })
}

/// Appends u8: 0 founding, 1 administrator, 2 poll and its scope.
pub(super) fn encode_authority(encoder: Encoder, authority: Authority) -> Encoder {
    match authority {
        Authority::Founding => encoder.u8(0),
        Authority::Administrator => encoder.u8(1),
        Authority::Poll(scope) => encoder.u8(2).field(scope.as_field()),
    }
}

pub(super) fn decode_authority(decoder: &mut Decoder<'_>) -> Result<Authority, DecodeError> {
    Ok(match decoder.u8()? {
        0 => Authority::Founding,
        1 => Authority::Administrator,
        2 => Authority::Poll(Scope::new(decoder.field()?)),
        _ => return Err(DecodeError::Value("the authority")),
    })
}

pub(super) fn credential(decoder: &mut Decoder<'_>) -> Result<Credential, DecodeError> {
    Ok(Credential {
        tag: OwnerTag::new(decoder.field()?),
        attributes: crate::merge::attributes(decoder)?,
        id: CredentialId::new(decoder.field()?),
    })
}

pub(super) fn epoch(at: u32, decoder: &mut Decoder<'_>) -> Result<Checkpoint, DecodeError> {
    Ok(Checkpoint {
        deployment_id: DeploymentId::new(decoder.fixed()?),
        epoch: decoder.u32()?,
        sealed_at: at,
        members: decoder.u64()?,
        withdrawn: decoder.u64()?,
        members_root: MembersRoot::new(decoder.field()?),
        credentials: decoder.u64()?,
        revoked: decoder.u64()?,
        credentials_root: CredentialsRoot::new(decoder.field()?),
    })
}

pub(super) fn encode_join(encoder: Encoder, scope: &Scope, join: &Join) -> Encoder {
    encode_presentation(encoder.field(scope.as_field()), &join.presentation).fixed(join.ballot_key.as_bytes())
}

pub(super) fn decode_join(decoder: &mut Decoder<'_>) -> Result<Act, DecodeError> {
    let scope = Scope::new(decoder.field()?);
    let presentation = decode_presentation(decoder)?;
    let join = Join { presentation, ballot_key: BallotKey::new(decoder.fixed()?) };
    Ok(Act::Join { scope, join })
}
