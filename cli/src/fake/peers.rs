//! What the fake service shows of claims, and takes of what members do about them. It checks no proofs.

use aiq_circuits::credential::{Attributes, Credential, CredentialId, CredentialKind, DomainPrefix};
use aiq_circuits::identity::{Commitment, OwnerTag};
use aiq_circuits::wire::fr_to_bytes;
use aiq_server::api::{ClaimPage, ClaimState, ClaimView, StandardList, StandardView};
use aiq_verifier::claim::NewClaim;
use aiq_verifier::log::Act;
use aiq_verifier::menu::MenuEntry;
use aiq_verifier::merge::Merge;
use aiq_verifier::review::Review;
use aiq_verifier::standard::{Authority, KindRule, Reward, Standard};

use super::{AT, Fake, Shown, id, json, promise};

/// What the fake service's standard asks for: 3 credentials of weight 10 in all, of reviewers of claims in field 1.
pub const MENU: &str = "peers";

pub fn standard() -> Standard {
    let kind = |code, name: &str| KindRule { kind: CredentialKind::new(code), name: name.to_owned(), weight: 4 };
    Standard {
        domain: "1".parse().unwrap(),
        version: 1,
        reviewers: MENU.to_owned(),
        quorum: 2,
        acceptance: "1/2".parse().unwrap(),
        window: 100,
        validity: 100 * 86_400,
        claims_per_epoch: 2,
        kinds: vec![kind(1, "Publication"), kind(2, "Software")],
        reward: Some(Reward { weight: 1, validity: 86_400 }),
    }
}

/// A leaf that can be found; every number is another one.
pub fn credential(tag: OwnerTag, number: u8, kind: CredentialKind, weight: u16) -> Credential {
    let attributes =
        Attributes { domain: "1.9.1.0".parse().unwrap(), kind, weight, expires_at: AT + 1_000_000, issued_at: AT };
    Credential { tag, attributes, id: CredentialId::of_claim(&[number; 32]) }
}

impl Fake {
    /// A service with these members and credentials, where claims in field 1 are judged by those who hold 3 of weight 10.
    pub fn with_peers(members: &[Commitment], credentials: &[Credential]) -> Self {
        let fake = Self::founded();
        let mut shown = fake.shown();
        shown.members = members.to_vec();
        shown.credentials = credentials.to_vec();
        shown.menu = vec![MenuEntry {
            id: MENU.to_owned(),
            title: "Peers".to_owned(),
            domain: DomainPrefix::ANY,
            min_count: 3,
            min_weight: 10,
            statement: aiq_circuits::statement::StatementId::Standing3,
        }];
        shown.standards = vec![standard()];
        drop(shown);
        fake.seal();
        fake
    }

    /// Opens a claim as the service does.
    pub fn open(&self, new: &NewClaim) -> ClaimView {
        let mut shown = self.shown();
        open(new.clone(), &mut shown)
    }
}

fn open(new: NewClaim, shown: &mut Shown) -> ClaimView {
    let claim = new.claim.clone();
    if let Some(known) = shown.claims.iter().find(|known| known.id == claim.id()) {
        return known.clone();
    }
    let standard = standard();
    let receipt = promise(&mut shown.log, Act::Claim(Box::new(new)));
    shown.size = shown.log.entries.len() as u64;
    let view = ClaimView {
        id: claim.id(),
        scope: claim.scope(&id()),
        claim,
        state: ClaimState::Open,
        opened_at: AT,
        closes_at: AT + standard.window,
        standard,
        ruling: None,
        ruled_at: None,
        dispute: None,
        receipt,
    };
    shown.claims.push(view.clone());
    view
}

pub(super) fn answer(parts: &[&str], body: &[u8], shown: &mut Shown) -> Option<Vec<u8>> {
    let is_post = !body.is_empty();
    Some(match parts[..] {
        ["v1", "tiles", "members", _, _] => {
            shown.members.iter().flat_map(|member| fr_to_bytes(member.as_field())).collect()
        }
        ["v1", "tiles", "credentials", _, _] => {
            let record = |leaf: &Credential| {
                let fields = [*leaf.tag.as_field(), leaf.attributes.pack(), *leaf.id.as_field()];
                fields.iter().flat_map(fr_to_bytes).collect::<Vec<u8>>()
            };
            shown.credentials.iter().flat_map(record).collect()
        }
        ["v1", "standards"] => {
            let view = |standard: &Standard| {
                let act = Act::Standard { standard: standard.clone(), by: Authority::Founding };
                let receipt = promise(&mut shown.log, act);
                StandardView { id: standard.id(), standard: standard.clone(), receipt }
            };
            json(&StandardList { standards: shown.standards.iter().map(view).collect() })
        }
        ["v1", "claims"] if is_post => json(&open(serde_json::from_slice(body).unwrap(), shown)),
        ["v1", claims] if claims.starts_with("claims") => {
            let state = claims.split_once("state=").map(|(_, state)| state);
            let fits = |view: &&ClaimView| state.is_none_or(|state| state == view.state.as_str());
            json(&ClaimPage { claims: shown.claims.iter().filter(fits).cloned().collect(), next: None })
        }
        ["v1", "claims", claim] => json(shown.claims.iter().find(|known| known.id.to_string() == claim)?),
        ["v1", "claims", claim, "reviews"] if is_post => {
            let scope = shown.claims.iter().find(|known| known.id.to_string() == claim)?.scope;
            let review: Review = serde_json::from_slice(body).unwrap();
            let receipt = promise(&mut shown.log, Act::Review { scope, review: review.committed() });
            shown.size = shown.log.entries.len() as u64;
            json(&receipt)
        }
        ["v1", "merges"] => {
            let merge: Merge = serde_json::from_slice(body).unwrap();
            let receipt = promise(&mut shown.log, Act::Merge(merge));
            shown.size = shown.log.entries.len() as u64;
            json(&receipt)
        }
        _ => return None,
    })
}
