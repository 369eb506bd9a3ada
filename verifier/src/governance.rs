//! Governance (§8): what a poll that changes the rules has to ask for, and whether a change is possible.
//!
//! Service, wallets and audits decide with these functions, on what each of them knows of the log.

use std::collections::BTreeMap;

use aiq_circuits::{
    credential::Domain,
    wire::{DecodeError, Decoder, Encoder},
};
use serde::{Deserialize, Serialize};

use crate::{
    eligibility::{Eligibility, is_menu_id},
    menu::{DomainEntry, MenuEntry, MenuError},
    poll::{Change, PollDefinition, PollRule, Ratio, Threshold},
    sponsorship::{Allowance, Charter},
    standard::{Standard, StandardError},
};

/// The least that a poll has to ask for if it is to change the rules. It stands in the charter, not in the poll: otherwise whoever announces a
/// poll could choose the few who pass it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Governance {
    /// Who decides: the id of a menu entry; every member if absent.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "crate::text::given")]
    pub electorate: Option<String>,
    /// At least this share of the members of the epoch that the poll pins has to vote.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub quorum: Ratio,
    /// The change needs at least this share of the votes.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub threshold: Ratio,
    /// Seconds for which the poll is open at least.
    pub window: u32,
}

impl Governance {
    /// Longest window, in seconds: 366 days.
    pub const MAX_WINDOW: u32 = 366 * 86_400;

    /// Whether the window is 1 second to 366 days, and the electorate the id of a menu entry.
    pub(crate) fn is_valid(&self) -> bool {
        (1..=Self::MAX_WINDOW).contains(&self.window) && self.electorate.as_deref().is_none_or(is_menu_id)
    }

    /// Checks that a poll asks for at least as much. `members` is the number of members in the epoch that it pins.
    ///
    /// # Errors
    /// The first thing that it asks too little of.
    pub fn check(&self, poll: &PollDefinition, members: u64) -> Result<(), MandateError> {
        if !matches!(poll.rule, PollRule::SingleChoice {}) {
            return Err(MandateError::Type);
        }
        let asked = match &poll.eligibility {
            Eligibility::Membership => None,
            Eligibility::Standing { menu, .. } => Some(menu),
        };
        if asked != self.electorate.as_ref() {
            return Err(MandateError::Electorate { least: self.electorate.clone() });
        }
        let least = self.quorum.of(members);
        if u64::from(poll.decision.quorum) < least {
            return Err(MandateError::Quorum { least, found: poll.decision.quorum });
        }
        match poll.decision.threshold {
            Threshold::AtLeast(share) | Threshold::MoreThan(share) if share >= self.threshold => {}
            found => return Err(MandateError::Threshold { least: self.threshold, found }),
        }
        let found = poll.closes_at.saturating_sub(poll.opens_at);
        if found < self.window {
            return Err(MandateError::Window { least: self.window, found });
        }
        Ok(())
    }

    /// Appends electorate (u8 0 every member, or 1 and menu id as text), quorum, threshold (numerator and denominator, u32 each) and window
    /// (u32).
    pub(crate) fn encode(&self, encoder: Encoder) -> Encoder {
        let encoder = match &self.electorate {
            None => encoder.u8(0),
            Some(menu) => encoder.u8(1).str(menu),
        };
        self.threshold.encode(self.quorum.encode(encoder)).u32(self.window)
    }

    /// Reads what [`encode`](Self::encode) wrote.
    pub(crate) fn decode(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            electorate: match decoder.u8()? {
                0 => None,
                1 => Some(decoder.str()?.to_owned()),
                _ => return Err(DecodeError::Value("the electorate")),
            },
            quorum: Ratio::decode(decoder)?,
            threshold: Ratio::decode(decoder)?,
            window: decoder.u32()?,
        })
    }
}

/// Why a poll must not carry its enactment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MandateError {
    /// There is no charter, or it says nothing about it.
    #[error("no poll changes the rules here: the charter does not provide for it")]
    NoGovernance,
    /// Only a dispute overturns a decision.
    #[error("the decision on a claim is overturned by the poll of a dispute and by no other")]
    Overturn,
    /// Not single choice.
    #[error("a poll that enacts a change is one of single choice")]
    Type,
    /// Others are asked.
    #[error("a poll that enacts a change asks the charter's electorate: {}", least.as_deref().unwrap_or("every member"))]
    Electorate {
        /// Id of a menu entry; every member if `None`.
        least: Option<String>,
    },
    /// Too few could decide.
    #[error("a poll that enacts a change has a quorum of at least {least}, not {found}")]
    Quorum {
        /// The charter's share of the members.
        least: u64,
        /// What the poll says.
        found: u32,
    },
    /// Too small a majority could decide.
    #[error("a poll that enacts a change has a threshold of at least {least}, not {found}")]
    Threshold {
        /// The charter's.
        least: Ratio,
        /// What the poll says.
        found: Threshold,
    },
    /// Too short.
    #[error("a poll that enacts a change is open for at least {least} seconds, not {found}")]
    Window {
        /// The charter's.
        least: u32,
        /// For how long the poll is open.
        found: u32,
    },
    /// The change.
    #[error(transparent)]
    Change(#[from] ChangeError),
}

/// Why a change is not possible.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChangeError {
    /// The standard itself.
    #[error("the standard is refused: {0}")]
    Standard(#[from] StandardError),
    /// The menu entry or the name of the domain itself.
    #[error(transparent)]
    Menu(#[from] MenuError),
    /// Not in the domain tree.
    #[error("{0} is not in the domain tree")]
    UnknownDomain(Domain),
    /// A domain of no level.
    #[error("a domain specifies at least its field")]
    NoField,
    /// Not on the menu.
    #[error("`{0}` is not on the menu")]
    NotOnMenu(String),
    /// Another standard came first.
    #[error("the next standard of this domain has version {next}, not {found}")]
    Version {
        /// What would come next.
        next: u64,
        /// What the standard says.
        found: u32,
    },
    /// Nobody could meet it.
    #[error("nobody could show a weight of {weight}: the statement shows at most {most}")]
    Weight {
        /// What is asked.
        weight: u32,
        /// What can be shown.
        most: u32,
    },
    /// It is still asked for.
    #[error("`{0}` cannot be taken from the menu while the charter or a standard names it")]
    InUse(String),
}

/// What holds at a moment: the domain tree, the menu, the charter, and the newest standard of each prefix.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// The names of the domains.
    pub domains: BTreeMap<Domain, String>,
    /// The entries of the menu, by their ids.
    pub menu: BTreeMap<String, MenuEntry>,
    /// The charter, if there is one.
    pub charter: Option<Charter>,
    /// The newest standards, by the domain at which their prefix ends.
    pub standards: BTreeMap<Domain, Standard>,
}

impl Rules {
    /// Checks that a poll that is no dispute's may carry its enactment, if it has one. `members` is the number of members in the epoch that
    /// it pins. Whether there is a credential that is to be revoked is for who keeps the credentials.
    ///
    /// # Errors
    /// The first rule that it breaks.
    pub fn check_poll(&self, poll: &PollDefinition, members: u64) -> Result<(), MandateError> {
        let Some(enactment) = &poll.enactment else { return Ok(()) };
        if matches!(enactment.change, Change::Overturn { .. }) {
            return Err(MandateError::Overturn);
        }
        let governance = self.charter.as_ref().and_then(|charter| charter.governance.as_ref());
        governance.ok_or(MandateError::NoGovernance)?.check(poll, members)?;
        Ok(self.check(&enactment.change)?)
    }

    /// Checks that a change is possible now. Claims and credentials are for who keeps them.
    ///
    /// # Errors
    /// The first thing in its way.
    pub fn check(&self, change: &Change) -> Result<(), ChangeError> {
        change.validate()?;
        match change {
            Change::Standard { standard } => self.check_standard(standard),
            Change::Menu { entry } => self.check_menu(entry),
            Change::MenuRemoval { id } => self.check_removal(id),
            Change::Domain { entry } => self.check_domain(entry),
            Change::Overturn { .. } | Change::Revoke { .. } => Ok(()),
        }
    }

    /// Makes a change, unless it is not possible: then nothing changes. Claims and credentials are for who keeps them.
    ///
    /// # Errors
    /// The first thing in its way.
    pub fn enact(&mut self, change: Change) -> Result<(), ChangeError> {
        self.check(&change)?;
        match change {
            Change::Standard { standard } => drop(self.standards.insert(standard.domain.domain(), standard)),
            Change::Menu { entry } => drop(self.menu.insert(entry.id.clone(), entry)),
            Change::MenuRemoval { id } => drop(self.menu.remove(&id)),
            Change::Domain { entry } => drop(self.domains.insert(entry.domain, entry.name)),
            Change::Overturn { .. } | Change::Revoke { .. } => {}
        }
        Ok(())
    }

    /// Checks that a standard is valid, is the next one of a known domain, and asks reviewers for what is on the menu.
    ///
    /// # Errors
    /// The first thing in its way.
    pub fn check_standard(&self, standard: &Standard) -> Result<(), ChangeError> {
        standard.validate()?;
        let domain = standard.domain.domain();
        self.known(domain)?;
        self.on_menu(&standard.reviewers)?;
        let next = self.standards.get(&domain).map_or(1, |last| u64::from(last.version) + 1);
        if u64::from(standard.version) == next {
            Ok(())
        } else {
            Err(ChangeError::Version { next, found: standard.version })
        }
    }

    /// Checks that an entry of the menu is valid, is about a known domain, and can be met.
    fn check_menu(&self, entry: &MenuEntry) -> Result<(), ChangeError> {
        self.known(entry.domain.domain())?;
        let most = u32::try_from(entry.statement.standing_slots()).unwrap_or(0) * u32::from(u16::MAX);
        if entry.min_weight <= most { Ok(()) } else { Err(ChangeError::Weight { weight: entry.min_weight, most }) }
    }

    fn check_removal(&self, id: &str) -> Result<(), ChangeError> {
        self.on_menu(id)?;
        let charter = self.charter.iter().flat_map(Charter::menu);
        let standards = self.standards.values().map(|standard| standard.reviewers.as_str());
        if charter.chain(standards).any(|named| named == id) { Err(ChangeError::InUse(id.to_owned())) } else { Ok(()) }
    }

    fn check_domain(&self, entry: &DomainEntry) -> Result<(), ChangeError> {
        match parent(entry.domain) {
            Some(parent) => self.known(parent),
            None if entry.domain.depth() == 0 => Err(ChangeError::NoField),
            None => Ok(()),
        }
    }

    /// The whole tree is known, and every domain in it.
    fn known(&self, domain: Domain) -> Result<(), ChangeError> {
        if domain.depth() == 0 || self.domains.contains_key(&domain) {
            Ok(())
        } else {
            Err(ChangeError::UnknownDomain(domain))
        }
    }

    fn on_menu(&self, id: &str) -> Result<(), ChangeError> {
        if self.menu.contains_key(id) { Ok(()) } else { Err(ChangeError::NotOnMenu(id.to_owned())) }
    }
}

impl Charter {
    /// Ids of the menu entries that it names.
    pub fn menu(&self) -> impl Iterator<Item = &str> {
        let allowances = [&self.sponsors, &self.proposers].into_iter().flatten();
        let electorate = self.governance.iter().filter_map(|governance| governance.electorate.as_deref());
        allowances.map(|Allowance { menu, .. }| menu.as_str()).chain(electorate)
    }
}

/// The domain one level up; `None` for a field, and for no domain at all.
#[must_use]
pub fn parent(domain: Domain) -> Option<Domain> {
    let depth = domain.depth();
    let mut levels = domain.levels();
    *levels.get_mut(depth.checked_sub(1)?)? = 0;
    Domain::new(levels).ok().filter(|_| depth > 1)
}
