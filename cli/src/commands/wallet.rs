//! `aiq wallet new | restore | show | witnesses | card`.

use std::fs;
use std::io::{self, IsTerminal, Read};

use aiq_circuits::identity::{Commitment, DeploymentId, OwnerTag, Seed};
use aiq_verifier::withdrawal::WithdrawalKey;
use rand::rngs::OsRng;
use serde::Serialize;
use zeroize::Zeroizing;

use super::Context;
use crate::args::{CardArgs, RestoreArgs, WalletCommand, WitnessesArgs};
use crate::error::CliError;
use crate::sync::log::{Promise, Quorum};
use crate::time;
use crate::wallet::state::Deployment;
use crate::wallet::{Stretch, Wallet, WalletFileError, words};

pub fn run(context: &Context, command: WalletCommand) -> Result<(), CliError> {
    match command {
        WalletCommand::New => new(context),
        WalletCommand::Restore(args) => restore(context, &args),
        WalletCommand::Show => show(context),
        WalletCommand::Witnesses(args) => witnesses(context, args),
        WalletCommand::Card(args) => card(context, &args),
    }
}

/// Makes the file; refuses before asking for anything if there is one.
fn create(context: &Context, seed: impl FnOnce() -> Result<Seed, CliError>) -> Result<Wallet, CliError> {
    let settings = context.settings()?;
    if settings.wallet.exists() {
        return Err(WalletFileError::Exists(settings.wallet).into());
    }
    let seed = seed()?;
    let passphrase = settings.passphrase.read_new()?;
    let wallet = Wallet::create(&settings.wallet, seed, &passphrase, Stretch::OneSecond)?;
    context.output.note(format!("Wallet written to {}.", settings.wallet.display()));
    Ok(wallet)
}

fn new(context: &Context) -> Result<(), CliError> {
    #[derive(Serialize)]
    struct New<'a> {
        words: Vec<&'a str>,
    }
    let wallet = create(context, || Ok(Seed::generate(&mut OsRng)))?;
    context.output.note("These 24 words are the wallet. Write them down on paper; they are shown only this once.");
    context.output.note("Whoever has them is you; without them and the file, nobody can get the wallet back.");
    let phrase = words::to_words(wallet.seed());
    let words: Vec<&str> = phrase.split(' ').collect();
    context.output.result(&New { words: words.clone() }, |out, paint| {
        for (row, line) in words.chunks(4).enumerate() {
            let cells = line.iter().enumerate().map(|(column, word)| {
                let number = format!("{:>2}.", row * 4 + column + 1);
                format!("{} {word:<10}", paint.dim(number))
            });
            writeln!(out, "{}", cells.collect::<String>().trim_end())?;
        }
        Ok(())
    })?;
    Ok(())
}

fn restore(context: &Context, args: &RestoreArgs) -> Result<(), CliError> {
    #[derive(Serialize)]
    struct Restored {
        restored: bool,
    }
    create(context, || {
        let phrase = read_phrase(context, args)?;
        Ok(words::from_words(&phrase)?)
    })?;
    context.output.result(&Restored { restored: true }, |out, _| {
        writeln!(out, "The wallet is back. Run 'aiq sync' with --server to find its credentials.")
    })?;
    Ok(())
}

fn read_phrase(context: &Context, args: &RestoreArgs) -> Result<Zeroizing<String>, CliError> {
    let mut phrase = Zeroizing::new(String::new());
    if let Some(path) = &args.words_file {
        *phrase = fs::read_to_string(path).map_err(|source| CliError::Read {
            what: "the words",
            path: path.clone(),
            source,
        })?;
    } else if io::stdin().is_terminal() {
        context.output.note("Type the 24 words, then Enter:");
        io::stdin().read_line(&mut phrase)?;
    } else {
        io::stdin().read_to_string(&mut phrase)?;
    }
    Ok(phrase)
}

#[derive(Serialize)]
struct Shown {
    file: std::path::PathBuf,
    deployments: Vec<ShownDeployment>,
}

#[derive(Serialize)]
struct ShownDeployment {
    name: String,
    id: DeploymentId,
    server: String,
    commitment: Commitment,
    epoch: Option<u32>,
    enrolled_at: Option<u32>,
    left_at: Option<u32>,
    polls: usize,
    votes: usize,
    attestations: usize,
    /// Receipts, and how many of them were seen to be in the log.
    receipts: usize,
    included: usize,
    witnesses: Option<Quorum>,
}

impl ShownDeployment {
    fn of(wallet: &Wallet, id: &DeploymentId, known: &Deployment) -> Self {
        let promises = known.promises();
        let is_in = |promise: &&Promise| known.log.has(&promise.receipt);
        let enrolled = known.enrolment.as_ref().and_then(|enrolment| enrolment.receipt.as_ref());
        let left = known.withdrawal.as_ref().and_then(|withdrawal| withdrawal.receipt.as_ref());
        Self {
            name: known.genesis.name.clone(),
            id: *id,
            server: known.server.clone(),
            commitment: wallet.identity(id).commitment(),
            epoch: known.checkpoint.map(|checkpoint| checkpoint.epoch),
            enrolled_at: enrolled.map(|receipt| receipt.accepted_at),
            left_at: left.map(|receipt| receipt.accepted_at),
            polls: known.polls.len(),
            votes: known.polls.values().filter(|poll| !poll.ballots.is_empty()).count(),
            attestations: known.attestations.len(),
            included: promises.iter().filter(is_in).count(),
            receipts: promises.len(),
            witnesses: known.witnesses.clone(),
        }
    }
}

fn show(context: &Context) -> Result<(), CliError> {
    let settings = context.settings()?;
    let wallet = Context::open_wallet(&settings)?;
    let deployments = wallet.state().deployments.iter();
    let deployments = deployments.map(|(id, known)| ShownDeployment::of(&wallet, id, known)).collect();
    let shown = Shown { file: settings.wallet, deployments };
    context.output.result(&shown, |out, paint| {
        writeln!(out, "{}", paint.bold(shown.file.display()))?;
        if shown.deployments.is_empty() {
            writeln!(out, "No deployment yet: 'aiq enrol' with an invitation.")?;
        }
        for known in &shown.deployments {
            writeln!(out, "\n{} at {}", paint.bold(&known.name), known.server)?;
            writeln!(out, "  deployment  {}", known.id)?;
            writeln!(out, "  commitment  {}", known.commitment)?;
            match known.enrolled_at {
                Some(at) => writeln!(out, "  enrolled    {}", time::moment(at))?,
                None => writeln!(out, "  enrolled    not by this wallet file")?,
            }
            if let Some(at) = known.left_at {
                writeln!(out, "  left        {}", time::moment(at))?;
            }
            if let Some(epoch) = known.epoch {
                writeln!(out, "  last epoch  {epoch}")?;
            }
            let ShownDeployment { polls, votes, attestations, receipts, included, .. } = known;
            writeln!(out, "  polls       joined {polls}, voted in {votes}; attestations given: {attestations}")?;
            writeln!(out, "  receipts    {receipts}, {included} of them seen in the log")?;
            if let Some(quorum) = &known.witnesses {
                write_witnesses(out, quorum)?;
            }
        }
        Ok(())
    })?;
    Ok(())
}

/// Shows or changes whose signatures a checkpoint of the log has to have.
fn witnesses(context: &Context, args: WitnessesArgs) -> Result<(), CliError> {
    let WitnessesArgs { require, witnesses } = args;
    let settings = context.settings()?;
    let quorum = match require {
        None => None,
        Some(0) if witnesses.is_empty() => Some(None),
        Some(required) => Some(Some(Quorum::new(required, witnesses)?)),
    };
    let mut member = context.member(&settings, None)?;
    if let Some(quorum) = quorum {
        member.require_witnesses(quorum)?;
    }
    context.output.result(&member.quorum(), |out, paint| match member.quorum() {
        Some(quorum) => {
            writeln!(out, "{}", paint.bold(&member.info().name))?;
            write_witnesses(out, quorum)
        }
        None => writeln!(out, "No witness is required: what the service signs alone counts."),
    })?;
    Ok(())
}

fn write_witnesses(out: &mut dyn io::Write, quorum: &Quorum) -> io::Result<()> {
    writeln!(out, "  witnesses   {} of these {} have to sign:", quorum.required(), quorum.witnesses().len())?;
    quorum.witnesses().iter().try_for_each(|witness| writeln!(out, "              {witness}"))
}

fn card(context: &Context, args: &CardArgs) -> Result<(), CliError> {
    #[derive(Serialize)]
    struct Card {
        deployment_id: DeploymentId,
        commitment: Commitment,
        withdrawal_key: WithdrawalKey,
        tags: Vec<OwnerTag>,
    }
    let settings = context.settings()?;
    let wallet = Context::open_wallet(&settings)?;
    let identity = wallet.identity(&args.deployment);
    let card = Card {
        deployment_id: args.deployment,
        commitment: identity.commitment(),
        withdrawal_key: WithdrawalKey::of(&wallet.withdrawal_key(&args.deployment)),
        tags: (0..args.tags).map(|index| identity.tag(index)).collect(),
    };
    // In the form of a genesis file, so that the operator can paste it.
    context.output.result(&card, |out, _| {
        writeln!(out, "[[founders]]\ncommitment = \"{}\"", card.commitment)?;
        writeln!(out, "withdrawal_key = \"{}\"", card.withdrawal_key)?;
        for (index, tag) in card.tags.iter().enumerate() {
            writeln!(out, "\n# owner tag {index}: use it for one credential only\n# tag = \"{tag}\"")?;
        }
        Ok(())
    })?;
    Ok(())
}
