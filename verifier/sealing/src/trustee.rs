//! A trustee's side. It keeps nothing between the rounds: whatever is secret follows from its seed, the ceremony and the board. So a
//! package that is made again is the same, and a machine that stops at any moment has lost nothing.
//!
//! That is safe because nothing that must be used once is ever used for two things. Polynomial and nonce are those of one ceremony, and
//! with the same index the nonce answers the same challenge. What shares are encrypted with is that of one first round: for another one
//! it is other randomness.

use aiq_circuits::identity::DeploymentId;
use aiq_verifier::{
    ceremony::{
        Ceremony, CeremonyError, CeremonyFault, Complaint, Confirmation, EncryptionKey, EncryptionSecret,
        PolynomialCommitment, PossessionProof, Round1, Round2, SealedShare, TranscriptHash,
    },
    service_key::Signature,
};
use ed25519_dalek::SigningKey;
use hkdf::Hkdf;
use p256::{ProjectivePoint, Scalar, elliptic_curve::PrimeField as _};
use rand::{RngCore as _, SeedableRng as _};
use rand_chacha::ChaCha20Rng;
use sha2::Sha512;
use zeroize::Zeroizing;

use crate::{
    board::{Board, PackageError, challenge, transcript_of},
    key::{SecretKey, point_bytes, wide_reduce},
};

const UNSIGNED: Signature = Signature::new([0; Signature::LENGTH]);

/// A trustee's secret.
pub struct Trustee {
    seed: Zeroizing<[u8; 32]>,
}

impl core::fmt::Debug for Trustee {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Trustee")
    }
}

/// What a trustee has to say about the shares that it got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// They are right.
    Confirmation(Confirmation),
    /// One of them is not.
    Complaint(Complaint),
}

/// Why a trustee goes no further.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TrusteeError {
    /// Another trustee's seed, or another ceremony.
    #[error("this key is none of the ceremony's trustees'")]
    Stranger,
    /// The ceremony breaks a rule.
    #[error(transparent)]
    Ceremony(#[from] CeremonyError),
    /// The round before is not over.
    #[error("round {round} is not over: the package of {trustee} is missing, or not at its place")]
    Missing {
        /// Which round.
        round: u8,
        /// Whose package.
        trustee: String,
    },
    /// A package that the service should not have taken.
    #[error("the board has a package of {trustee} that is not valid: {error}")]
    Package {
        /// Whose.
        trustee: String,
        /// What is wrong with it.
        error: PackageError,
    },
    /// Somebody else has signed with this trustee's key.
    #[error("the board has a round-{0} package in this trustee's name that it has not made: its key is in other hands")]
    Replaced(u8),
    /// A dealer's share is not right, so there is no share of the key.
    #[error("{trustee} {fault}")]
    Share {
        /// Who dealt it.
        trustee: String,
        /// What is wrong with it.
        fault: CeremonyFault,
    },
    /// The commitments cancel out, or the seed gives a value that none gives.
    #[error("the ceremony gives no key")]
    NoKey,
}

impl Trustee {
    /// The trustee with this seed: 32 random bytes.
    #[must_use]
    pub fn new(seed: [u8; 32]) -> Self {
        Self { seed: Zeroizing::new(seed) }
    }

    /// What it signs with.
    #[must_use]
    pub fn signing_key(&self) -> SigningKey {
        SigningKey::from_bytes(&self.expand("AIQ/v1/trustee/signing", &[]))
    }

    /// Its number in a ceremony, if it takes part.
    #[must_use]
    pub fn index(&self, ceremony: &Ceremony) -> Option<u8> {
        ceremony.index_of(&self.signing_key().verifying_key().to_bytes())
    }

    /// Its package of the first round.
    ///
    /// # Errors
    /// If the ceremony breaks a rule, or it is none of its trustees.
    pub fn round_1(&self, deployment: &DeploymentId, ceremony: &Ceremony) -> Result<Round1, TrusteeError> {
        ceremony.validate()?;
        let index = self.index(ceremony).ok_or(TrusteeError::Stranger)?;
        let polynomial = self.polynomial(deployment, ceremony);
        let commit = |coefficient| PolynomialCommitment::new(point_bytes(&(ProjectivePoint::GENERATOR * coefficient)));
        let commitments: Vec<PolynomialCommitment> = polynomial.iter().map(commit).collect();
        let first = polynomial.first().zip(commitments.first());
        let (secret, public) = first.ok_or(TrusteeError::NoKey)?;
        let proof = self.proof(deployment, ceremony, index, (secret, public)).ok_or(TrusteeError::NoKey)?;
        let encryption = self.encryption(deployment, ceremony)?;
        let encryption_key = EncryptionKey::new(encryption.public());
        let package =
            Round1 { ceremony: ceremony.id(), index, encryption_key, commitments, proof, signature: UNSIGNED };
        Ok(package.signed(deployment, &self.signing_key()))
    }

    /// Its package of the second round, once the first one is on the board. It has checked every package of it.
    ///
    /// # Errors
    /// If the first round is not over, or not valid.
    pub fn round_2(&self, board: &Board<'_>) -> Result<Round2, TrusteeError> {
        let (ceremony, index) = (board.ceremony, self.check_round_1(board)?);
        let seen = transcript_of(board.round_1, &[]);
        let mut rng = self.rng("AIQ/v1/trustee/shares", board.deployment, ceremony, Some(&seen));
        let polynomial = self.polynomial(board.deployment, ceremony);
        let seal = |other| {
            let sealed = board.seal_share((index, other), &evaluate(&polynomial, other), &mut rng)?;
            sealed.try_into().ok().map(SealedShare::new)
        };
        let others = (1..=ceremony.last()).filter(|other| *other != index);
        let shares = others.map(seal).collect::<Option<_>>().ok_or(TrusteeError::NoKey)?;
        let package = Round2 { ceremony: ceremony.id(), index, shares, signature: UNSIGNED };
        Ok(package.signed(board.deployment, &self.signing_key()))
    }

    /// What it says about the shares that it got, once both rounds are on the board.
    ///
    /// # Errors
    /// If a round is not over, or not valid: then there is nothing to say yet.
    pub fn verdict(&self, board: &Board<'_>) -> Result<Verdict, TrusteeError> {
        let (deployment, ceremony) = (board.deployment, board.ceremony.id());
        let index = self.check_round_2(board)?;
        let key = self.signing_key();
        match self.key_share(board, index) {
            Ok(_) => {
                let (key_of_all, transcript) = (board.key().ok_or(TrusteeError::NoKey)?, board.transcript());
                let confirmation = Confirmation { ceremony, index, key: key_of_all, transcript, signature: UNSIGNED };
                Ok(Verdict::Confirmation(confirmation.signed(deployment, &key)))
            }
            Err(TrusteeError::Share { .. }) => {
                let secret = EncryptionSecret::new(self.encryption(deployment, board.ceremony)?.to_bytes());
                let complaint = Complaint { ceremony, index, secret, signature: UNSIGNED };
                Ok(Verdict::Complaint(complaint.signed(deployment, &key)))
            }
            Err(error) => Err(error),
        }
    }

    /// Its share of the key, 32 bytes big-endian: to be published after the close of the poll, and never before.
    ///
    /// # Errors
    /// If a round is not over or not valid, or one of the shares that it got is wrong.
    pub fn share(&self, board: &Board<'_>) -> Result<[u8; 32], TrusteeError> {
        let index = self.check_round_2(board)?;
        self.key_share(board, index).map(|share| share.to_repr().into())
    }

    /// Checks all of the first round, its own package too, and says which number it has.
    fn check_round_1(&self, board: &Board<'_>) -> Result<u8, TrusteeError> {
        let own = self.round_1(board.deployment, board.ceremony)?;
        let indices = board.round_1.iter().map(|package| package.index);
        is_whole(board.ceremony, 1, indices)?;
        for package in board.round_1 {
            let checked = board.check_round_1(package);
            checked.map_err(|error| TrusteeError::Package { trustee: name(board.ceremony, package.index), error })?;
        }
        if board.round_1.contains(&own) { Ok(own.index) } else { Err(TrusteeError::Replaced(1)) }
    }

    /// The same of both rounds.
    fn check_round_2(&self, board: &Board<'_>) -> Result<u8, TrusteeError> {
        let own = self.round_2(board)?;
        is_whole(board.ceremony, 2, board.round_2.iter().map(|package| package.index))?;
        for package in board.round_2 {
            let checked = board.check_round_2(package);
            checked.map_err(|error| TrusteeError::Package { trustee: name(board.ceremony, package.index), error })?;
        }
        if board.round_2.contains(&own) { Ok(own.index) } else { Err(TrusteeError::Replaced(2)) }
    }

    /// What its own polynomial and all others have at its number.
    fn key_share(&self, board: &Board<'_>, index: u8) -> Result<Zeroizing<Scalar>, TrusteeError> {
        let secret = self.encryption(board.deployment, board.ceremony)?;
        let mut share = evaluate(&self.polynomial(board.deployment, board.ceremony), index);
        for dealer in board.round_2.iter().filter(|dealer| dealer.index != index) {
            let received = board.received(&secret, dealer, index);
            let wrong = |fault| TrusteeError::Share { trustee: name(board.ceremony, dealer.index), fault };
            *share += *received.map_err(wrong)?;
        }
        Ok(share)
    }

    fn expand<const N: usize>(&self, label: &str, info: &[u8]) -> Zeroizing<[u8; N]> {
        let mut out = Zeroizing::new([0; N]);
        let hkdf = Hkdf::<Sha512>::new(Some(label.as_bytes()), self.seed.as_ref());
        hkdf.expand(info, out.as_mut()).expect("less than 255 blocks");
        out
    }

    /// The random bytes of one use in one ceremony, or for one first round.
    fn rng(
        &self,
        label: &str,
        deployment: &DeploymentId,
        ceremony: &Ceremony,
        seen: Option<&TranscriptHash>,
    ) -> ChaCha20Rng {
        let mut info = [deployment.as_bytes().as_slice(), ceremony.id().as_bytes()].concat();
        info.extend(seen.iter().flat_map(|seen| seen.as_bytes()));
        ChaCha20Rng::from_seed(*self.expand(label, &info))
    }

    /// Its coefficients, the constant one first.
    fn polynomial(&self, deployment: &DeploymentId, ceremony: &Ceremony) -> Zeroizing<Vec<Scalar>> {
        let mut rng = self.rng("AIQ/v1/trustee/polynomial", deployment, ceremony, None);
        Zeroizing::new((0..ceremony.threshold).map(|_| random(&mut rng)).collect())
    }

    fn encryption(&self, deployment: &DeploymentId, ceremony: &Ceremony) -> Result<SecretKey, TrusteeError> {
        let mut rng = self.rng("AIQ/v1/trustee/encryption", deployment, ceremony, None);
        SecretKey::of(random(&mut rng)).ok_or(TrusteeError::NoKey)
    }

    /// That it knows the constant coefficient.
    fn proof(
        &self,
        deployment: &DeploymentId,
        ceremony: &Ceremony,
        index: u8,
        (secret, public): (&Scalar, &PolynomialCommitment),
    ) -> Option<PossessionProof> {
        let nonce = Zeroizing::new(random(&mut self.rng("AIQ/v1/trustee/nonce", deployment, ceremony, None)));
        let point = point_bytes(&(ProjectivePoint::GENERATOR * *nonce));
        let response = *nonce + *secret * challenge(index, public.as_bytes(), &point)?;
        let proof = [point.as_slice(), &response.to_repr()].concat();
        proof.try_into().ok().map(PossessionProof::new)
    }
}

fn name(ceremony: &Ceremony, index: u8) -> String {
    ceremony.trustee(index).map_or_else(|_| format!("trustee {index}"), |trustee| trustee.name().to_owned())
}

/// Whether there is one package of every trustee, ascending.
fn is_whole(ceremony: &Ceremony, round: u8, indices: impl Iterator<Item = u8>) -> Result<(), TrusteeError> {
    let mut indices = indices.fuse();
    match (1..=ceremony.last()).find(|expected| indices.next() != Some(*expected)) {
        None if indices.next().is_none() => Ok(()),
        wrong => Err(TrusteeError::Missing { round, trustee: name(ceremony, wrong.unwrap_or(ceremony.last())) }),
    }
}

/// A polynomial at a trustee's number.
fn evaluate(polynomial: &[Scalar], index: u8) -> Zeroizing<Scalar> {
    let at = Scalar::from(u64::from(index));
    Zeroizing::new(polynomial.iter().rev().fold(Scalar::ZERO, |sum, coefficient| sum * at + coefficient))
}

fn random(rng: &mut ChaCha20Rng) -> Scalar {
    let mut wide = Zeroizing::new([0; 64]);
    rng.fill_bytes(wide.as_mut());
    wide_reduce(&wide)
}
