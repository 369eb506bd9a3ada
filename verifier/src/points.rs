//! Decoding of curve points, as strict as it can be (§1).

use ark_ec::AffineRepr;
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize, Valid};

/// What is wrong with an encoded or a given point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PointFault {
    /// Not the canonical encoding of a point of the prime-order subgroup.
    Invalid,
    /// The identity, which no part of a key or a proof may be.
    Identity,
}

/// Decodes one compressed point: on the curve, in the subgroup, not the identity, canonically encoded, nothing left over.
pub(crate) fn decode<P>(bytes: &[u8]) -> Result<P, PointFault>
where
    P: AffineRepr + CanonicalDeserialize + CanonicalSerialize,
{
    let mut rest = bytes;
    let point = P::deserialize_compressed(&mut rest).map_err(|_| PointFault::Invalid)?;
    if !rest.is_empty() {
        return Err(PointFault::Invalid);
    }
    if point.is_zero() {
        return Err(PointFault::Identity);
    }
    let mut canonical = Vec::with_capacity(bytes.len());
    match point.serialize_compressed(&mut canonical) {
        Ok(()) if canonical == bytes => Ok(point),
        _ => Err(PointFault::Invalid),
    }
}

/// Checks a point that did not come from bytes: on the curve, in the subgroup, not the identity.
pub(crate) fn check<P: AffineRepr + Valid>(point: &P) -> Result<(), PointFault> {
    if point.is_zero() {
        return Err(PointFault::Identity);
    }
    point.check().map_err(|_| PointFault::Invalid)
}

/// Appends the compressed encoding of a point.
pub(crate) fn encode(point: &impl CanonicalSerialize, bytes: &mut Vec<u8>) {
    let written = point.serialize_compressed(bytes);
    debug_assert!(written.is_ok(), "writing to a vector does not fail");
}

/// Whether two points are equal or opposite.
pub(crate) fn equal_up_to_sign<P: AffineRepr>(left: &P, right: &P) -> bool {
    left.x() == right.x()
}
