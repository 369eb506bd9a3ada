//! What several kinds of entries have in common.

use aiq_circuits::{
    identity::{Nullifier, OwnerTag},
    scope::Scope,
    wire::{DecodeError, Decoder, Encoder},
};

use crate::{presentation::Presentation, proof::Proof, standard::Authority, verifying_key::KeyId};

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
