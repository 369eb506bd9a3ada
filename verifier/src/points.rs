//! Decoding of curve points, as strict as it can be (§1).

mod root;
mod subgroup;
#[cfg(test)]
mod tests;

use ark_bn254::{Fq, Fq2, G2Affine, g1, g2};
use ark_ec::{
    AffineRepr,
    short_weierstrass::{Affine, SWCurveConfig, SWFlags},
};
use ark_serialize::{CanonicalDeserializeWithFlags as _, CanonicalSerialize};

use crate::field::{Fp, Fp2};

/// What is wrong with an encoded or a given point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PointFault {
    /// Not the canonical encoding of a point of the prime-order subgroup.
    Invalid,
    /// The identity, which no part of a key or a proof may be.
    Identity,
}

/// What decoding takes long for, done faster than ark-ec does it.
pub(crate) trait Curve: SWCurveConfig {
    /// A square root, if there is one.
    fn sqrt(square: Self::BaseField) -> Option<Self::BaseField>;

    /// Whether a point of the curve, not the identity, is in the subgroup of prime order.
    fn has_in_subgroup(point: &Affine<Self>) -> bool;
}

impl Curve for g1::Config {
    fn sqrt(square: Fq) -> Option<Fq> {
        Fp::from_ark(square).sqrt().map(Fp::to_ark)
    }

    /// The whole curve has prime order.
    fn has_in_subgroup(_: &Affine<Self>) -> bool {
        true
    }
}

impl Curve for g2::Config {
    fn sqrt(square: Fq2) -> Option<Fq2> {
        Fp2::from_ark(square).sqrt().map(Fp2::to_ark)
    }

    fn has_in_subgroup(point: &G2Affine) -> bool {
        subgroup::contains(point.into())
    }
}

/// Decodes one compressed point: on the curve, in the subgroup, not the identity, canonically encoded, nothing left over.
pub(crate) fn decode<C: Curve>(bytes: &[u8]) -> Result<Affine<C>, PointFault> {
    let mut rest = bytes;
    // Refuses coordinates that are not reduced, and both flags at once.
    let (x, flags) = C::BaseField::deserialize_with_flags::<_, SWFlags>(&mut rest).map_err(|_| PointFault::Invalid)?;
    if !rest.is_empty() {
        return Err(PointFault::Invalid);
    }
    if flags.is_infinity() {
        return Err(PointFault::Identity);
    }
    let y = C::sqrt(x * x * x + C::COEFF_B).ok_or(PointFault::Invalid)?;
    let y = if SWFlags::from_y_coordinate(y) == flags { y } else { -y };
    let point = Affine::new_unchecked(x, y);
    let mut canonical = Vec::with_capacity(bytes.len());
    encode(&point, &mut canonical);
    if canonical == bytes && C::has_in_subgroup(&point) { Ok(point) } else { Err(PointFault::Invalid) }
}

/// Checks a point that did not come from bytes: on the curve, in the subgroup, not the identity.
pub(crate) fn check<C: Curve>(point: &Affine<C>) -> Result<(), PointFault> {
    if point.is_zero() {
        return Err(PointFault::Identity);
    }
    if point.is_on_curve() && C::has_in_subgroup(point) { Ok(()) } else { Err(PointFault::Invalid) }
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
