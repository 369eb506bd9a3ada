//! What is done with polls.

use aiq_circuits::credential::Domain;
use aiq_server::api::NewQuorum;
use aiq_verifier::poll::{PollId, Ratio, TieBreak};
use clap::{Args, Subcommand, ValueEnum};

use super::{CrowdArgs, TokenArgs};

/// What to do with polls.
#[derive(Debug, Subcommand)]
pub enum PollCommand {
    /// All polls.
    List,
    /// One poll, and how its ballots are written.
    Show {
        /// The poll.
        id: PollId,
    },
    /// Announce a poll (administrator).
    Create(PollCreateArgs),
    /// Join a poll: prove that I may vote, before I vote.
    Join(PollJoinArgs),
    /// Vote, or change my vote.
    Vote(PollVoteArgs),
    /// Follow how many have joined and voted, until the poll is closed.
    Watch {
        /// The poll.
        id: PollId,
    },
    /// What came out of a poll, and why, checked and recounted on this machine.
    Tally {
        /// The poll.
        id: PollId,
    },
}

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

/// Options of `aiq poll create`.
#[derive(Debug, Args)]
pub struct PollCreateArgs {
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
    /// When voting begins: a duration from now, a date, or Unix seconds; without it, at once.
    #[arg(long, value_name = "WHEN")]
    pub opens: Option<String>,
    /// When voting ends.
    #[arg(long, value_name = "WHEN")]
    pub closes: String,
    /// The administrator's token.
    #[command(flatten)]
    pub token: TokenArgs,
}

/// Options of `aiq poll join`.
#[derive(Debug, Args)]
pub struct PollJoinArgs {
    /// The poll.
    pub id: PollId,
    /// Send the proof at once, instead of at a random moment before the poll opens, or within six hours and the first half of what is left.
    #[arg(long)]
    pub now: bool,
    /// Whether a small crowd is accepted.
    #[command(flatten)]
    pub crowd: CrowdArgs,
}

/// Options of `aiq poll vote`.
#[derive(Debug, Args)]
pub struct PollVoteArgs {
    /// The poll.
    pub id: PollId,
    /// The choice, with options by their numbers from 1 or their texts: '2'; to approve of several '1,3', or 'none'; to rank them '3,1,2', best
    /// first; scores or votes '1=3,2=1'; in every poll 'abstain'.
    pub choice: String,
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
