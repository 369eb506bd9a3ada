//! A trustee's side. It keeps nothing between the rounds: whatever is secret follows from its seed, the ceremony and the board, and so a
//! package that is made again is the same.

use aiq_circuits::identity::DeploymentId;
use aiq_verifier::{
    ceremony::{
        Ceremony, Complaint, Confirmation, EncryptionKey, EncryptionSecret, PolynomialCommitment, PossessionProof,
        Round1, Round2, SealedShare, TranscriptHash,
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
    board::{Board, challenge, transcript_of},
    key::{SecretKey, point_bytes, wide_reduce},
};

/// A trustee's secret.
pub struct Trustee {
    seed: Zeroizing<[u8; 32]>,
}

/// What a trustee has to say about the shares that it got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// They are right.
    Confirmation(Confirmation),
    /// One of them is not.
    Complaint(Complaint),
}

impl Trustee {
    /// A trustee with this seed.
    #[must_use]
    pub fn new(seed: [u8; 32]) -> Self {
        Self { seed: Zeroizing::new(seed) }
    }

    /// What it signs with.
    #[must_use]
    pub fn signing_key(&self) -> SigningKey {
        let mut seed = Zeroizing::new([0; 32]);
        self.expand("AIQ/v1/trustee/signing", &[], seed.as_mut());
        SigningKey::from_bytes(&seed)
    }

    /// Its number in a ceremony.
    #[must_use]
    pub fn index(&self, ceremony: &Ceremony) -> Option<u8> {
        ceremony.index_of(&self.signing_key().verifying_key().to_bytes())
    }

    fn expand(&self, label: &str, info: &[u8], out: &mut [u8]) {
        let hkdf = Hkdf::<Sha512>::new(Some(label.as_bytes()), self.seed.as_ref());
        hkdf.expand(info, out).expect("one block");
    }

    fn rng(
        &self,
        label: &str,
        deployment: &DeploymentId,
        ceremony: &Ceremony,
        seen: Option<&TranscriptHash>,
    ) -> ChaCha20Rng {
        let mut info = [deployment.as_bytes().as_slice(), ceremony.id().as_bytes()].concat();
        info.extend(seen.iter().flat_map(|seen| seen.as_bytes()));
        let mut seed = Zeroizing::new([0; 32]);
        self.expand(label, &info, seed.as_mut());
        ChaCha20Rng::from_seed(*seed)
    }

    fn polynomial(&self, deployment: &DeploymentId, ceremony: &Ceremony) -> Vec<Scalar> {
        let mut rng = self.rng("AIQ/v1/trustee/polynomial", deployment, ceremony, None);
        (0..ceremony.threshold).map(|_| random(&mut rng)).collect()
    }

    fn encryption(&self, deployment: &DeploymentId, ceremony: &Ceremony) -> Option<SecretKey> {
        SecretKey::of(random(&mut self.rng("AIQ/v1/trustee/encryption", deployment, ceremony, None)))
    }

    /// Its package of the first round; `None` if it is no trustee of the ceremony.
    #[must_use]
    pub fn round_1(&self, deployment: &DeploymentId, ceremony: &Ceremony) -> Option<Round1> {
        let index = self.index(ceremony)?;
        let polynomial = self.polynomial(deployment, ceremony);
        let commitments: Vec<PolynomialCommitment> = polynomial
            .iter()
            .map(|coefficient| PolynomialCommitment::new(point_bytes(&(ProjectivePoint::GENERATOR * coefficient))))
            .collect();
        let nonce = random(&mut self.rng("AIQ/v1/trustee/nonce", deployment, ceremony, None));
        let point = point_bytes(&(ProjectivePoint::GENERATOR * nonce));
        let response = nonce + *polynomial.first()? * challenge(index, commitments.first()?.as_bytes(), &point)?;
        let proof = [point.as_slice(), &response.to_repr()].concat().try_into().ok()?;
        let package = Round1 {
            ceremony: ceremony.id(),
            index,
            encryption_key: EncryptionKey::new(self.encryption(deployment, ceremony)?.public()),
            commitments,
            proof: PossessionProof::new(proof),
            signature: Signature::new([0; 64]),
        };
        Some(package.signed(deployment, &self.signing_key()))
    }

    fn share_for(&self, board: &Board<'_>, index: u8) -> Scalar {
        let at = Scalar::from(u64::from(index));
        let polynomial = self.polynomial(board.deployment, board.ceremony);
        polynomial.iter().rev().fold(Scalar::ZERO, |sum, coefficient| sum * at + coefficient)
    }

    /// Its package of the second round, once the first one is on the board.
    #[must_use]
    pub fn round_2(&self, board: &Board<'_>) -> Option<Round2> {
        let (ceremony, index) = (board.ceremony, self.index(board.ceremony)?);
        let seen = transcript_of(board.round_1, &[]);
        let mut rng = self.rng("AIQ/v1/trustee/shares", board.deployment, ceremony, Some(&seen));
        let others = (1..=ceremony.last()).filter(|other| *other != index);
        let seal = |other| {
            let sealed = board.seal_share((index, other), &self.share_for(board, other), &mut rng)?;
            sealed.try_into().ok().map(SealedShare::new)
        };
        let shares = others.map(seal).collect::<Option<_>>()?;
        let package = Round2 { ceremony: ceremony.id(), index, shares, signature: Signature::new([0; 64]) };
        Some(package.signed(board.deployment, &self.signing_key()))
    }

    /// What it says about the shares that it got, once both rounds are on the board.
    #[must_use]
    pub fn verdict(&self, board: &Board<'_>) -> Option<Verdict> {
        let (deployment, ceremony, index) = (board.deployment, board.ceremony.id(), self.index(board.ceremony)?);
        let (signature, key) = (Signature::new([0; 64]), self.signing_key());
        if self.share(board).is_none() {
            let secret = EncryptionSecret::new(self.encryption(deployment, board.ceremony)?.to_bytes());
            let complaint = Complaint { ceremony, index, secret, signature };
            return Some(Verdict::Complaint(complaint.signed(deployment, &key)));
        }
        let confirmation =
            Confirmation { ceremony, index, key: board.key()?, transcript: board.transcript(), signature };
        Some(Verdict::Confirmation(confirmation.signed(deployment, &key)))
    }

    /// Its share of the key; `None` if one of the shares that it got is wrong.
    #[must_use]
    pub fn share(&self, board: &Board<'_>) -> Option<[u8; 32]> {
        let index = self.index(board.ceremony)?;
        let secret = self.encryption(board.deployment, board.ceremony)?;
        let mut share = self.share_for(board, index);
        for dealer in board.round_2.iter().filter(|dealer| dealer.index != index) {
            share += board.received(&secret, dealer, index).ok()?;
        }
        Some(share.to_repr().into())
    }
}

fn random(rng: &mut ChaCha20Rng) -> Scalar {
    let mut wide = Zeroizing::new([0; 64]);
    rng.fill_bytes(wide.as_mut());
    wide_reduce(&wide)
}
