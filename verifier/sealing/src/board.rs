//! What anybody can check of a ceremony, and of the shares of the key that it has made.

use std::collections::BTreeMap;

use aiq_circuits::identity::DeploymentId;
use aiq_verifier::{
    ceremony::{Ceremony, CeremonyError, CeremonyFault, Complaint, Confirmation, Round1, Round2, TranscriptHash},
    poll::SealingKey,
};
use frost_p256::P256Sha256;
use p256::{ProjectivePoint, PublicKey, Scalar, elliptic_curve::PrimeField as _};
use zeroize::Zeroizing;

use crate::{
    hpke,
    key::{SecretKey, point, point_bytes, scalar},
};

const SHARE: &[u8] = b"AIQ/v1/ceremony-share";

/// Why a package, a confirmation, a complaint or a share is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PackageError {
    /// No such trustee, not its signature, or another shape than the ceremony asks for.
    #[error(transparent)]
    Ceremony(#[from] CeremonyError),
    /// Bytes that are no point of the curve, or the identity.
    #[error("the package's {0} is not a point of P-256")]
    Point(&'static str),
    /// The trustee may have made its commitments of those of others.
    #[error("the proof of knowledge does not hold for the first commitment")]
    ProofOfKnowledge,
    /// Another key, or another transcript.
    #[error("the confirmed {0} is not the board's")]
    OtherBoard(&'static str),
    /// The secret is not that of the trustee's encryption key.
    #[error("the secret is not that of the trustee's encryption key")]
    Secret,
    /// The share is not the one that the board commits the trustee to.
    #[error("the share is not the one that the ceremony gave to the trustee")]
    Share,
}

/// What a ceremony's board has, each round ascending by trustee.
#[derive(Clone, Copy, Debug)]
pub struct Board<'a> {
    /// The deployment.
    pub deployment: &'a DeploymentId,
    /// What was opened.
    pub ceremony: &'a Ceremony,
    /// First round.
    pub round_1: &'a [Round1],
    /// Second round.
    pub round_2: &'a [Round2],
}

/// What a complaint shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Who did not keep to the rules.
    pub trustee: u8,
    /// How.
    pub fault: CeremonyFault,
}

impl Board<'_> {
    /// Checks a package of the first round.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check_round_1(&self, package: &Round1) -> Result<(), PackageError> {
        package.verify(self.ceremony, self.deployment)?;
        point(package.encryption_key.as_bytes()).ok_or(PackageError::Point("encryption key"))?;
        for commitment in &package.commitments {
            point(commitment.as_bytes()).ok_or(PackageError::Point("commitment"))?;
        }
        if proves_knowledge(package) == Some(true) { Ok(()) } else { Err(PackageError::ProofOfKnowledge) }
    }

    /// Checks a package of the second round. What is in it, only its recipients can see.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check_round_2(&self, package: &Round2) -> Result<(), PackageError> {
        package.verify(self.ceremony, self.deployment)?;
        for share in &package.shares {
            let encapsulated = share.as_bytes().get(..hpke::ENCAPSULATED).unwrap_or_default();
            PublicKey::from_sec1_bytes(encapsulated).map_err(|_| PackageError::Point("encapsulated key"))?;
        }
        Ok(())
    }

    /// Checks a confirmation.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check_confirmation(&self, confirmation: &Confirmation) -> Result<(), PackageError> {
        confirmation.verify(self.ceremony, self.deployment)?;
        if self.key() != Some(confirmation.key) {
            return Err(PackageError::OtherBoard("key"));
        }
        if self.transcript() != confirmation.transcript {
            return Err(PackageError::OtherBoard("transcript"));
        }
        Ok(())
    }

    /// Checks a complaint, and says who is at fault.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check_complaint(&self, complaint: &Complaint) -> Result<Fault, PackageError> {
        complaint.verify(self.ceremony, self.deployment)?;
        let secret = SecretKey::from_bytes(complaint.secret.as_bytes()).ok_or(PackageError::Secret)?;
        let own = self.round_1.iter().find(|package| package.index == complaint.index);
        if own.is_none_or(|own| *own.encryption_key.as_bytes() != secret.public()) {
            return Err(PackageError::Secret);
        }
        for dealer in self.round_2.iter().filter(|dealer| dealer.index != complaint.index) {
            if let Err(fault) = self.received(&secret, dealer, complaint.index) {
                return Ok(Fault { trustee: dealer.index, fault });
            }
        }
        Ok(Fault { trustee: complaint.index, fault: CeremonyFault::Unfounded })
    }

    /// The share that a trustee got from a dealer.
    pub(crate) fn received(
        &self,
        secret: &SecretKey,
        dealer: &Round2,
        to: u8,
    ) -> Result<Zeroizing<Scalar>, CeremonyFault> {
        let sealed = dealer.share_for(to).ok_or(CeremonyFault::Undecryptable)?;
        let plain = hpke::open(secret, SHARE, &self.share_aad(dealer.index, to), sealed.as_bytes());
        let plain = plain.ok_or(CeremonyFault::Undecryptable)?;
        let share = plain.as_slice().try_into().ok().and_then(scalar).ok_or(CeremonyFault::WrongShare)?;
        let committed = self.round_1.iter().find(|package| package.index == dealer.index);
        let expected = committed.and_then(|package| evaluate(package, to)).ok_or(CeremonyFault::WrongShare)?;
        if ProjectivePoint::GENERATOR * share == expected {
            Ok(Zeroizing::new(share))
        } else {
            Err(CeremonyFault::WrongShare)
        }
    }

    pub(crate) fn seal_share(
        &self,
        (from, to): (u8, u8),
        share: &Scalar,
        rng: &mut (impl rand::RngCore + rand::CryptoRng),
    ) -> Option<Vec<u8>> {
        let key = self.round_1.iter().find(|package| package.index == to)?.encryption_key;
        let plain: Zeroizing<[u8; 32]> = Zeroizing::new(share.to_repr().into());
        hpke::seal(key.as_bytes(), SHARE, &self.share_aad(from, to), plain.as_ref(), rng)
    }

    /// Binds a share to its ceremony, dealer and recipient, and to what both see on the board.
    fn share_aad(&self, from: u8, to: u8) -> Vec<u8> {
        let seen = transcript_of(self.round_1, &[]);
        [self.ceremony.id().as_bytes().as_slice(), &[from, to], seen.as_bytes()].concat()
    }

    /// What both rounds come to.
    #[must_use]
    pub fn transcript(&self) -> TranscriptHash {
        transcript_of(self.round_1, self.round_2)
    }

    /// The key, once the first round is there; `None` before, or if it is the identity.
    #[must_use]
    pub fn key(&self) -> Option<SealingKey> {
        if self.round_1.len() != self.ceremony.trustees.len() {
            return None;
        }
        let mut sum = ProjectivePoint::IDENTITY;
        for package in self.round_1 {
            sum += point(package.commitments.first()?.as_bytes())?;
        }
        (sum != ProjectivePoint::IDENTITY).then(|| SealingKey::new(point_bytes(&sum)))
    }

    /// What a trustee's share of the key is the secret of, compressed; `None` if there is no such trustee, or it is the identity.
    #[must_use]
    pub fn verifying_share(&self, index: u8) -> Option<[u8; 33]> {
        self.ceremony.trustee(index).ok()?;
        let mut sum = ProjectivePoint::IDENTITY;
        for package in self.round_1 {
            sum += evaluate(package, index)?;
        }
        (sum != ProjectivePoint::IDENTITY).then(|| point_bytes(&sum))
    }

    /// Checks a trustee's share of the key.
    ///
    /// # Errors
    /// If there is no such trustee, or the share is not the one that the board commits it to.
    pub fn check_share(&self, index: u8, share: &[u8; 32]) -> Result<(), PackageError> {
        self.ceremony.trustee(index)?;
        let public = SecretKey::from_bytes(share).map(|share| share.public());
        if public.is_some() && public == self.verifying_share(index) { Ok(()) } else { Err(PackageError::Share) }
    }
}

/// The secret that shares of different trustees stand for; the threshold's number of right ones gives the key's.
#[must_use]
pub fn reconstruct(shares: &BTreeMap<u8, [u8; 32]>) -> Option<SecretKey> {
    let mut secret = Scalar::ZERO;
    for (index, share) in shares {
        let mut factor = scalar(share)?;
        let own = Scalar::from(u64::from(*index));
        for other in shares.keys().filter(|other| *other != index) {
            let other = Scalar::from(u64::from(*other));
            factor *= other * Option::<Scalar>::from((other - own).invert())?;
        }
        secret += factor;
    }
    SecretKey::of(secret)
}

/// Of all packages of the first round, then of the second, each ascending by trustee.
pub(crate) fn transcript_of(round_1: &[Round1], round_2: &[Round2]) -> TranscriptHash {
    let packages = round_1.iter().map(Round1::canonical).chain(round_2.iter().map(Round2::canonical));
    let bytes: Vec<u8> = packages.flatten().collect();
    TranscriptHash::new(aiq_circuits::wire::sha256(&[&bytes]))
}

/// The polynomial behind a package's commitments at a trustee's number.
fn evaluate(package: &Round1, at: u8) -> Option<ProjectivePoint> {
    let at = Scalar::from(u64::from(at));
    let mut sum = ProjectivePoint::IDENTITY;
    for commitment in package.commitments.iter().rev() {
        sum = sum * at + point(commitment.as_bytes())?;
    }
    Some(sum)
}

/// `z·G = R + c·C₀`; `None` if the proof is not of a point and a scalar.
fn proves_knowledge(package: &Round1) -> Option<bool> {
    let (nonce, response) = package.proof.as_bytes().split_first_chunk::<33>()?;
    let response = scalar(response.try_into().ok()?)?;
    let first = package.commitments.first()?;
    let challenge = challenge(package.index, first.as_bytes(), nonce)?;
    let (nonce, first) = (point(nonce)?, point(first.as_bytes())?);
    Some(ProjectivePoint::GENERATOR * response == nonce + first * challenge)
}

/// By RFC 9591's ciphersuite for P-256, as in `FROST`'s key generation.
pub(crate) fn challenge(index: u8, first: &[u8; 33], nonce: &[u8; 33]) -> Option<Scalar> {
    let identifier = Scalar::from(u64::from(index)).to_repr();
    let preimage = [identifier.as_slice(), first, nonce].concat();
    <P256Sha256 as frost_p256::Ciphersuite>::HDKG(&preimage)
}
