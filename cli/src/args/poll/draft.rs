//! What a new poll is to be.

use std::path::PathBuf;

use aiq_circuits::credential::Domain;
use aiq_server::api::NewQuorum;
use aiq_verifier::ceremony::CeremonyId;
use aiq_verifier::poll::{Ratio, TieBreak};
use clap::{Args, ValueEnum};

/// What a ballot says, and how ballots are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PollType {
    /// One option.
    SingleChoice,
    /// Any of the options, within --min and --max.
    Approval,
    /// A ranking; the weakest option is struck out round by round.
    InstantRunoff,
    /// A ranking; every two options are compared.
    Schulze,
    /// A score from 0 to --max for every option.
    Score,
    /// Votes for options: n votes for one cost n² of --credits.
    Quadratic,
}

/// What a poll asks, whom, when and how: the same whether it is announced or proposed.
#[derive(Debug, Args)]
pub struct PollDraftArgs {
    /// The question.
    #[arg(long, value_name = "TEXT")]
    pub question: String,
    /// An option; at least two. Abstaining is always possible.
    #[arg(long = "option", value_name = "TEXT", required = true)]
    pub options: Vec<String>,
    /// What a ballot says, and how ballots are counted.
    #[arg(long = "type", value_name = "TYPE", value_enum, default_value_t = PollType::SingleChoice)]
    pub kind: PollType,
    /// Approval: fewest options that a ballot approves of; 0 if not given.
    #[arg(long, value_name = "N")]
    pub min: Option<u8>,
    /// Approval: most options that a ballot approves of, all if not given. Score: the highest score, 5 if not given.
    #[arg(long, value_name = "N")]
    pub max: Option<u8>,
    /// Quadratic: credits of each ballot; 100 if not given.
    #[arg(long, value_name = "N")]
    pub credits: Option<u32>,
    /// Valid ballots that are needed for a result, abstentions included: a number, or a share of the members such as 1/3.
    #[arg(long, value_name = "N|SHARE", value_parser = parse_quorum)]
    pub quorum: Option<NewQuorum>,
    /// Support that is needed to win: at least this share, such as 2/3.
    #[arg(long, value_name = "SHARE", conflicts_with = "more_than")]
    pub at_least: Option<Ratio>,
    /// Support that is needed to win: more than this share, such as 1/2.
    #[arg(long, value_name = "SHARE")]
    pub more_than: Option<Ratio>,
    /// Which of several equal options goes before the others: by lot, known from the announcement on, or the order in which they are listed.
    #[arg(long, value_name = "lot|order", value_parser = parse_ties, default_value = "lot")]
    pub ties: TieBreak,
    /// Only members who meet this requirement of the menu; without it, every member.
    #[arg(long, value_name = "ID")]
    pub menu: Option<String>,
    /// What everyone earns who votes: a note of this weight in this domain, such as 1.9.0.0=1.
    #[arg(long, value_name = "DOMAIN=WEIGHT", value_parser = parse_reward)]
    pub reward: Option<(Domain, u16)>,
    /// How long that note counts at least.
    #[arg(long, value_name = "DURATION", default_value = "365d", requires = "reward", value_parser = crate::time::parse_duration)]
    pub reward_validity: u32,
    /// When voting begins: a duration from now, a date, or Unix seconds; without it, at once; in an hour if the poll is proposed, so that it
    /// can be taken back until then.
    #[arg(long, value_name = "WHEN")]
    pub opens: Option<String>,
    /// When voting ends.
    #[arg(long, value_name = "WHEN")]
    pub closes: String,
    /// How ballots are sealed.
    #[command(flatten)]
    pub sealing: SealingArgs,
    /// What happens if an option wins.
    #[command(flatten)]
    pub enactment: EnactmentArgs,
}

/// What a poll brings about by itself.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Enactment")]
pub struct EnactmentArgs {
    /// Bring about the change in this file (TOML or JSON: kind = "standard", "menu", "menu-removal", "domain" or "revoke", and what
    /// changes) if the option of --if wins. Whom it asks, quorum and threshold are the charter's if they are left out.
    #[arg(long, value_name = "FILE", requires = "on_option")]
    pub enact: Option<PathBuf>,
    /// The number of the option that brings it about, from 1.
    #[arg(long = "if", id = "on_option", value_name = "OPTION-NUMBER", requires = "enact")]
    pub on_option: Option<u8>,
}

/// Who can open the ballots, and what comes with them.
#[derive(Debug, Clone, Copy, Args)]
#[command(next_help_heading = "Sealing")]
pub struct SealingArgs {
    /// Do not seal the ballots: the service sees each as it comes.
    #[arg(long, conflicts_with_all = ["ceremony", "floor", "reasons"])]
    pub unsealed: bool,
    /// Seal them to the key that the trustees of this ceremony have made; without it, the service alone opens them.
    #[arg(long, value_name = "ID")]
    pub ceremony: Option<CeremonyId>,
    /// Open nothing if fewer members than this have voted.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub floor: u32,
    /// Take reasons of up to this many bytes with the ballots, 2000 at most; 0 for none.
    #[arg(long, value_name = "BYTES", default_value_t = 0, value_parser = clap::value_parser!(u16).range(..=2000))]
    pub reasons: u16,
}

fn parse_quorum(text: &str) -> Result<NewQuorum, String> {
    match text.parse() {
        Ok(ballots) => Ok(NewQuorum::Ballots(ballots)),
        Err(_) => text.parse().map(NewQuorum::Members).map_err(|error| error.to_string()),
    }
}

fn parse_reward(text: &str) -> Result<(Domain, u16), String> {
    let (domain, weight) = text.split_once('=').ok_or("write DOMAIN=WEIGHT, as in 1.9.0.0=1")?;
    let domain = domain.parse::<Domain>().map_err(|error| error.to_string())?;
    Ok((domain, weight.parse().map_err(|_| format!("'{weight}' is not a weight from 1 to {}", u16::MAX))?))
}

fn parse_ties(text: &str) -> Result<TieBreak, String> {
    match text {
        "lot" => Ok(TieBreak::Lot),
        "order" => Ok(TieBreak::Order),
        _ => Err("ties are decided by 'lot' or by 'order'".to_owned()),
    }
}
