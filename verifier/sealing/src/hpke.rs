//! RFC 9180 in base mode: DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305.

use hpke::{
    Deserializable as _, Kem, OpModeR, OpModeS, Serializable as _, aead::ChaCha20Poly1305, kdf::HkdfSha256,
    kem::DhP256HkdfSha256,
};
use rand::{CryptoRng, RngCore};
use zeroize::Zeroizing;

use crate::key::SecretKey;

/// Bytes of the encapsulated key: a point, uncompressed.
pub(crate) const ENCAPSULATED: usize = 65;

/// The encapsulated key and the ciphertext; `None` if the key is no point.
pub(crate) fn seal(
    key: &[u8; 33],
    info: &[u8],
    aad: &[u8],
    plaintext: &[u8],
    rng: &mut (impl RngCore + CryptoRng),
) -> Option<Vec<u8>> {
    // The KEM reads points uncompressed.
    let point = p256::PublicKey::from_sec1_bytes(key).ok()?;
    let point = p256::elliptic_curve::sec1::ToEncodedPoint::to_encoded_point(&point, false);
    let key = <DhP256HkdfSha256 as Kem>::PublicKey::from_bytes(point.as_bytes()).ok()?;
    let (encapsulated, ciphertext) = hpke::single_shot_seal::<ChaCha20Poly1305, HkdfSha256, DhP256HkdfSha256, _>(
        &OpModeS::Base,
        &key,
        info,
        plaintext,
        aad,
        rng,
    )
    .ok()?;
    Some([encapsulated.to_bytes().as_slice(), &ciphertext].concat())
}

/// What was sealed; `None` if this secret, info and associated data do not open it.
pub(crate) fn open(secret: &SecretKey, info: &[u8], aad: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (encapsulated, ciphertext) = sealed.split_at_checked(ENCAPSULATED)?;
    let encapsulated = <DhP256HkdfSha256 as Kem>::EncappedKey::from_bytes(encapsulated).ok()?;
    let secret = <DhP256HkdfSha256 as Kem>::PrivateKey::from_bytes(secret.to_zeroizing().as_ref()).ok()?;
    hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, DhP256HkdfSha256>(
        &OpModeR::Base,
        &secret,
        &encapsulated,
        info,
        ciphertext,
        aad,
    )
    .ok()
    .map(Zeroizing::new)
}
