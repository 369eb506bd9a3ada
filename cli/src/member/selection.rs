//! Which credentials meet a requirement, and if none do, exactly why (computed on this machine: nobody is asked).

use std::fmt;

use aiq_circuits::credential::{CredentialKind, Domain, DomainPrefix};
use aiq_circuits::requirement::Requirement;
use aiq_verifier::menu::DomainEntry;

use super::Held;
use crate::sync::Trees;
use crate::time;

/// The names of a deployment's domains.
#[derive(Debug, Clone, Copy)]
pub struct DomainNames<'a>(&'a [DomainEntry]);

impl<'a> DomainNames<'a> {
    /// The names in a deployment's list.
    #[must_use]
    pub const fn new(domains: &'a [DomainEntry]) -> Self {
        Self(domains)
    }

    /// The name of a domain, or its number if it has none.
    #[must_use]
    pub fn name(self, domain: &Domain) -> String {
        let entry = self.0.iter().find(|entry| entry.domain == *domain);
        entry.map_or_else(|| domain.to_string(), |entry| entry.name.clone())
    }

    /// The name of what a requirement asks for.
    #[must_use]
    pub fn prefix_name(self, prefix: &DomainPrefix) -> String {
        if prefix.length() == 0 { "any domain".to_owned() } else { self.name(&prefix.domain()) }
    }
}

/// Why one credential does not count towards a requirement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Excluded {
    /// Not valid at the requirement's `as_of`.
    Expired,
    /// Outside the required domain.
    OtherDomain,
    /// A note, which is no credential: it counts nowhere, or only once.
    Note,
    /// Appended after the epoch whose roots are pinned.
    TooNew,
    /// Revoked in the epoch whose roots are pinned, or before.
    Revoked,
}

/// A requirement that is not met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shortfall {
    /// What is required.
    pub requirement: Requirement,
    /// Name of the required domain.
    pub domain: String,
    /// Distinct credentials that count.
    pub count: u32,
    /// Weight of the best ones that fit the proof's slots.
    pub weight: u32,
    /// What is held and does not count: description and reason.
    pub left_out: Vec<(String, Excluded)>,
}

impl fmt::Display for Shortfall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Requirement { min_count, min_weight, .. } = self.requirement;
        let noun = if min_count == 1 { "credential" } else { "credentials" };
        write!(f, "you hold {} of the {min_count} {noun} required in {}", self.count, self.domain)?;
        write!(f, ", worth {} of the required weight {min_weight}", self.weight)?;
        for (place, (what, why)) in self.left_out.iter().enumerate() {
            f.write_str(if place == 0 { "; not counted: " } else { ", " })?;
            match why {
                Excluded::Expired => write!(f, "{what} has expired"),
                Excluded::OtherDomain => write!(f, "{what} belongs to another domain"),
                Excluded::Note => write!(f, "{what} is no credential"),
                Excluded::TooNew => write!(f, "{what} came after the epoch that counts"),
                Excluded::Revoked => write!(f, "{what} is revoked"),
            }?;
        }
        Ok(())
    }
}

/// The best credentials for a requirement, at most `slots` of them.
///
/// `trees` are those of the pinned epoch: what came later or was revoked by then cannot be proved.
///
/// # Errors
/// [`Shortfall`], with a reason for every credential that does not count.
pub fn select(
    requirement: &Requirement,
    slots: usize,
    held: &[Held],
    trees: &Trees,
    names: DomainNames<'_>,
) -> Result<Vec<Held>, Box<Shortfall>> {
    let mut credentials = Vec::new();
    let mut balance: Option<Held> = None;
    let mut left_out = Vec::new();
    for candidate in held {
        match exclusion(requirement, candidate, trees) {
            Some(why) => left_out.push((describe(candidate, names), why)),
            None if candidate.credential.attributes.kind.is_credential() => credentials.push(*candidate),
            // At most one slot may hold a balance note (§4): keep the heaviest.
            None => {
                let heavier = balance.is_none_or(|best| weight(&best) < weight(candidate));
                let other = if heavier { balance.replace(*candidate) } else { Some(*candidate) };
                left_out.extend(other.map(|other| (describe(&other, names), Excluded::Note)));
            }
        }
    }
    // Heaviest first; equal weights in the order of tags, so that the choice is the same every time.
    credentials.sort_by_key(|held| (std::cmp::Reverse(weight(held)), held.tag_index));
    let without: Vec<Held> = credentials.iter().copied().take(slots).collect();
    let with = balance.map(|balance| {
        credentials.iter().copied().take(slots.saturating_sub(1)).chain([balance]).collect::<Vec<Held>>()
    });
    for choice in std::iter::once(&without).chain(&with) {
        if meets(requirement, choice) {
            return Ok(choice.clone());
        }
    }
    let best = with.iter().chain([&without]).map(|choice| total(choice)).max().unwrap_or(0);
    Err(Box::new(Shortfall {
        requirement: *requirement,
        domain: names.prefix_name(&requirement.domain),
        count: u32::try_from(credentials.len()).unwrap_or(u32::MAX),
        weight: best,
        left_out,
    }))
}

fn exclusion(requirement: &Requirement, held: &Held, trees: &Trees) -> Option<Excluded> {
    let attributes = &held.credential.attributes;
    if u64::from(held.leaf) >= trees.checkpoint.credentials {
        Some(Excluded::TooNew)
    } else if !trees.has_credential(held.leaf, &held.credential) {
        Some(Excluded::Revoked)
    } else if !attributes.kind.is_credential() && attributes.kind != CredentialKind::BALANCE_NOTE {
        Some(Excluded::Note)
    } else if !requirement.domain.matches(&attributes.domain) {
        Some(Excluded::OtherDomain)
    } else if attributes.expires_at <= requirement.as_of {
        Some(Excluded::Expired)
    } else {
        None
    }
}

fn meets(requirement: &Requirement, choice: &[Held]) -> bool {
    let count = choice.iter().filter(|held| held.credential.attributes.kind.is_credential()).count();
    count >= usize::from(requirement.min_count) && total(choice) >= requirement.min_weight
}

fn weight(held: &Held) -> u16 {
    held.credential.attributes.weight
}

fn total(choice: &[Held]) -> u32 {
    choice.iter().map(|held| u32::from(weight(held))).sum()
}

/// `'Interpretability' (weight 4, until 2026-10-01)`.
#[must_use]
pub fn describe(held: &Held, names: DomainNames<'_>) -> String {
    let attributes = &held.credential.attributes;
    let until = time::date(attributes.expires_at);
    format!("'{}' (weight {}, until {until})", names.name(&attributes.domain), attributes.weight)
}

#[cfg(test)]
mod tests;
