//! The people of the simulation: who they are, what they hold, and what they can prove.

use std::collections::BTreeMap;

use aiq_circuits::credential::Attributes;
use aiq_circuits::identity::{DeploymentId, Identity, Seed};
use aiq_cli::member::Held;
use aiq_cli::wallet::Wallet;
use aiq_server::GenesisFile;
use aiq_server::genesis_file::{Founder, GenesisCredential};
use aiq_tests::world::{NOW, YEAR, safety};
use aiq_verifier::withdrawal::WithdrawalKey;
use ed25519_dalek::SigningKey;

/// The tags of founders' credentials are below.
const FIRST_TAG: u64 = 3;

/// Somebody with a seed.
pub struct Person {
    pub identity: Identity,
    pub withdrawal: SigningKey,
    pub ballots: SigningKey,
    /// How many tags were used.
    pub tags: u64,
    /// What it holds, as of the latest epoch.
    pub held: Vec<Held>,
    /// The disputes that it has joined, and how many ballots it has sent in each.
    pub joined: BTreeMap<usize, u32>,
    /// Whether anything of it was ever accepted.
    pub acted: bool,
}

impl Person {
    pub fn new(number: u16, deployment: &DeploymentId) -> Self {
        let mut seed = [0x51; 32];
        seed[..2].copy_from_slice(&number.to_le_bytes());
        let wallet = Wallet::with_seed(Seed::from_bytes(seed));
        seed[2] = 0xb0;
        Self {
            identity: wallet.identity(deployment),
            withdrawal: wallet.withdrawal_key(deployment),
            ballots: SigningKey::from_bytes(&seed),
            tags: FIRST_TAG,
            held: Vec::new(),
            joined: BTreeMap::new(),
            acted: false,
        }
    }

    /// The number of a tag that was never used.
    pub fn fresh_tag(&mut self) -> u64 {
        self.tags += 1;
        self.tags - 1
    }

    /// Enters it as a founder with credentials of these weights and expiries.
    pub fn found(&self, file: &mut GenesisFile, held: &[(u16, u32)]) {
        let withdrawal_key = WithdrawalKey::of(&self.withdrawal);
        file.founders.push(Founder { commitment: self.identity.commitment(), withdrawal_key });
        for (index, (weight, expires_at)) in (0..FIRST_TAG).zip(held) {
            let Attributes { domain, kind, weight, issued_at, .. } = safety(*weight);
            let tag = self.identity.tag(index);
            file.credentials.push(GenesisCredential { tag, domain, kind, weight, issued_at, expires_at: *expires_at });
        }
    }
}

/// What the founders hold: 24 meet the reviewers' requirement, four of them not for long; some hold too little.
pub fn holdings(members: usize) -> Vec<Vec<(u16, u32)>> {
    let (late, soon) = (NOW + YEAR, NOW + 3 * 3600);
    let held = |who: usize| match who {
        0..12 => vec![(4, late), (4, late), (4, late)],
        12..20 => vec![(6, late), (5, late)],
        20..24 => vec![(5, late), (5, soon)],
        24..28 => vec![(9, late)],
        28..32 => vec![(5, late), (4, late)],
        _ => Vec::new(),
    };
    (0..members).map(held).collect()
}
