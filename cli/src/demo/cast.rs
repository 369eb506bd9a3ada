//! Who plays: members with wallets of their own, and the credentials that the genesis gives them. The same for every run but for the
//! secrets, so that what should come out is known beforehand.

use aiq_circuits::credential::{CredentialKind, Domain};
use aiq_circuits::identity::DeploymentId;
use aiq_circuits::statement::StatementId;
use aiq_server::GenesisFile;
use aiq_server::genesis_file::{Founder, GenesisCredential};
use aiq_verifier::menu::MenuEntry;
use aiq_verifier::poll::Choice;
use aiq_verifier::standard::Reward;
use aiq_verifier::withdrawal::WithdrawalKey;

use super::DemoError;
use crate::wallet::Wallet;

/// What a member holds when the curtain rises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// At least three valid credentials in safety, weight at least ten.
    Qualified,
    /// Three of them, but one has expired.
    Lapsed,
    /// Enough credentials, in another domain.
    Elsewhere,
    /// No credential yet; enrols by invitation.
    Newcomer,
}

/// One member before it meets the service.
#[derive(Debug)]
pub struct Actor {
    pub role: Role,
    pub wallet: Wallet,
    /// How this member votes at first; `None` joins and stays away.
    pub choice: Option<Choice>,
}

/// What the first reviewer can show only with a balance.
pub const REWARDED_MENU: &str = "safety-2-13";

const SECONDS_OF_A_YEAR: u32 = 31_536_000;
const SECONDS_OF_A_MONTH: u32 = 2_592_000;

/// The members, in an order that mixes the roles.
pub fn members(count: u32) -> Vec<Actor> {
    let role = |index: u32| match index % 10 {
        0 | 2 | 3 | 5 | 6 | 8 => Role::Qualified,
        1 => Role::Lapsed,
        7 => Role::Elsewhere,
        _ => Role::Newcomer,
    };
    let choice = |index: u32| match index % 11 {
        0..5 => Some(Choice::Option(0)),
        5..8 => Some(Choice::Option(1)),
        8 => Some(Choice::Option(2)),
        9 => Some(Choice::Abstain),
        _ => None,
    };
    (0..count).map(|index| Actor { role: role(index), wallet: Wallet::in_memory(), choice: choice(index) }).collect()
}

/// The genesis: founders and their credentials in a copy of the built-in one.
pub fn genesis(
    base: &GenesisFile,
    actors: &[Actor],
    deployment: &DeploymentId,
    now: u32,
) -> Result<GenesisFile, DemoError> {
    let mut file = base.clone();
    // Just above what the two heaviest credentials of a reviewer weigh, within reach of those whose reviews were rewarded.
    file.menu.push(MenuEntry {
        id: REWARDED_MENU.to_owned(),
        title: "At least 2 credentials in AI safety, weight at least 13".to_owned(),
        domain: "1.9".parse()?,
        min_count: 2,
        min_weight: 13,
        statement: StatementId::Standing3,
    });
    for standard in &mut file.standards {
        standard.reward = Some(Reward { weight: 2, validity: SECONDS_OF_A_YEAR });
    }
    for (index, actor) in (0u32..).zip(actors) {
        if actor.role == Role::Newcomer {
            continue;
        }
        let identity = actor.wallet.identity(deployment);
        let withdrawal_key = WithdrawalKey::of(&actor.wallet.withdrawal_key(deployment));
        file.founders.push(Founder { commitment: identity.commitment(), withdrawal_key });
        for (tag, (domain, weight, lapsed)) in (0..).zip(credentials(actor.role, index)) {
            let expires_at = if lapsed { now - SECONDS_OF_A_MONTH } else { now + 3 * SECONDS_OF_A_YEAR };
            file.credentials.push(GenesisCredential {
                tag: identity.tag(tag),
                domain: domain.parse::<Domain>()?,
                kind: CredentialKind::new(1),
                weight,
                issued_at: now - SECONDS_OF_A_YEAR,
                expires_at,
            });
        }
    }
    Ok(file)
}

/// Domain, weight and whether it has expired.
fn credentials(role: Role, index: u32) -> Vec<(&'static str, u16, bool)> {
    match (role, index % 3) {
        (Role::Qualified, 0) => vec![("1.9.1.0", 4, false), ("1.9.2.0", 4, false), ("1.9.4.0", 3, false)],
        (Role::Qualified, 1) => vec![("1.9.3.0", 5, false), ("1.9.0.0", 3, false), ("1.9.5.0", 2, false)],
        (Role::Qualified, _) => {
            vec![("1.2.1.0", 6, false), ("1.9.2.0", 5, false), ("1.9.1.0", 4, false), ("1.9.4.0", 3, false)]
        }
        (Role::Lapsed, _) => vec![("1.9.1.0", 4, false), ("1.9.3.0", 4, false), ("1.9.2.0", 5, true)],
        (Role::Elsewhere, _) => vec![("1.1.4.0", 6, false), ("1.3.1.0", 6, false), ("1.2.1.0", 6, false)],
        (Role::Newcomer, _) => Vec::new(),
    }
}
