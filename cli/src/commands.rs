//! The commands, one file each: read what is needed, call the library, print.

mod admin;
mod attest;
mod audit;
mod bench;
mod ceremony;
mod claim;
mod completions;
mod dispute;
mod doctor;
mod enrol;
mod export;
mod leave;
mod poll;
mod proof_file;
mod prove;
mod review;
mod rewards;
mod serve;
mod sponsor;
mod standard;
mod standing;
mod sync;
mod text;
mod token;
mod trustee;
mod verify;
mod wallet;
mod witness;

pub use bench::BenchError;
pub(crate) use poll::write_tally;
pub(crate) use serve::make_keys_at;

use std::io::{self, BufRead, IsTerminal};
use std::sync::Arc;

use aiq_circuits::identity::DeploymentId;
use aiq_server::Clock;

use crate::args::{Command, GlobalArgs};
use crate::client::Client;
use crate::demo;
use crate::error::CliError;
use crate::member::{Crowd, Member, Provers, is_small};
use crate::output::{Output, plural};
use crate::progress::{Progress, for_terminal};
use crate::settings::{Overrides, Settings};
use crate::sync::{Ledger, TileCache, check_identity};
use crate::wallet::Wallet;

/// What every command starts from.
pub struct Context {
    global: GlobalArgs,
    output: Output,
    clock: Arc<dyn Clock>,
}

/// Runs one command.
///
/// # Errors
/// [`CliError`].
pub fn run(context: &Context, command: Command) -> Result<(), CliError> {
    match command {
        Command::Wallet(command) => wallet::run(context, command),
        Command::Enrol(args) => enrol::run(context, &args),
        Command::Leave(args) => leave::run(context, &args),
        Command::Sync => sync::run(context),
        Command::Standing(args) => standing::run(context, &args),
        Command::Prove(args) => prove::run(context, args),
        Command::Verify(args) => verify::run(context, &args),
        Command::Attest(command) => attest::run(context, command),
        Command::Poll(command) => poll::run(context, command),
        Command::Claim(command) => claim::run(context, command),
        Command::Review(command) => review::run(context, command),
        Command::Rewards(args) => rewards::run(context, args),
        Command::Dispute(command) => dispute::run(context, command),
        Command::Sponsor(args) => sponsor::run(context, &args),
        Command::Standard(command) => standard::run(context, command),
        Command::Admin(command) => admin::run(context, command),
        Command::Serve(args) => serve::run(context, args),
        Command::Export(args) => export::run(context, args),
        Command::Audit(args) => audit::run(context, args),
        Command::Witness(args) => witness::run(context, &args),
        Command::Trustee(command) => trustee::run(context, command),
        Command::Demo(args) => demo::run(&context.output, args),
        Command::Bench(args) => bench::run(context, &args),
        Command::Doctor => doctor::run(context),
        Command::Completions(args) => completions::run(&args),
    }
}

/// A member in step with its service: what every act with a proof begins with.
struct Session {
    member: Member,
    ledger: Ledger,
    provers: Provers,
    progress: Box<dyn Progress>,
}

impl Context {
    /// The context of a process; a service that it runs has this clock.
    #[must_use]
    pub fn new(global: &GlobalArgs, clock: Arc<dyn Clock>) -> Self {
        Self { global: global.clone(), output: Output::new(global.json, global.quiet), clock }
    }

    fn settings(&self) -> Result<Settings, CliError> {
        let global = &self.global;
        Ok(Settings::load(Overrides {
            config: global.config.clone(),
            server: global.server.clone(),
            proxy: global.proxy.clone(),
            wallet: global.wallet.clone(),
            passphrase_file: global.passphrase_file.clone(),
            passphrase_fd: global.passphrase_fd,
            prover_memory: global.prover_memory,
        })?)
    }

    fn progress(&self) -> Box<dyn Progress> {
        for_terminal(self.output.quiet)
    }

    fn open_wallet(settings: &Settings) -> Result<Wallet, CliError> {
        if !settings.wallet.exists() {
            // Before anybody types a passphrase for nothing.
            return Err(crate::wallet::WalletFileError::Missing(settings.wallet.clone()).into());
        }
        let passphrase = settings.passphrase.read()?;
        Ok(Wallet::open(&settings.wallet, &passphrase)?)
    }

    /// The service named by a flag, the environment or the settings.
    fn client(settings: &Settings) -> Result<Client, CliError> {
        settings.client(settings.server.as_deref().ok_or(CliError::NoServer)?)
    }

    /// Opens the wallet and follows the service to its newest epoch.
    fn session(&self) -> Result<Session, CliError> {
        let settings = self.settings()?;
        let member = self.member(&settings, None)?;
        self.session_of(&settings, member)
    }

    /// Follows the service to its newest epoch.
    fn session_of(&self, settings: &Settings, mut member: Member) -> Result<Session, CliError> {
        let progress = self.progress();
        let ledger = member.sync(&settings.tiles(member.deployment_id()), progress.as_ref())?;
        let provers = settings.provers(&member);
        Ok(Session { member, ledger, provers, progress })
    }

    /// The open wallet in its deployment: at the service that is named, or at the only one it knows.
    fn member(&self, settings: &Settings, expected: Option<&DeploymentId>) -> Result<Member, CliError> {
        let wallet = Self::open_wallet(settings)?;
        let known: Vec<&str> = wallet.state().deployments.values().map(|known| known.server.as_str()).collect();
        let client = match (&settings.server, known.as_slice()) {
            (Some(server), _) => settings.client(server)?,
            (None, [only]) => settings.client(only)?,
            (None, _) => return Err(CliError::NoServer),
        };
        let member = Member::connect(wallet, client, expected)?;
        if member.is_first_contact() && expected.is_none() {
            self.output.note(first_contact_note(member.deployment_id()));
        }
        Ok(member)
    }

    /// The cache of a service's tiles, for whoever reads the log without a wallet.
    fn public_tiles(settings: &Settings, client: &Client) -> Result<TileCache, CliError> {
        Ok(settings.tiles(&check_identity(client.base(), &client.info()?, None)?))
    }

    /// Says how large the crowd is, with what is known of those who acted already, and asks before somebody acts in a small one.
    fn ask_about_crowd(&self, crowd: &Crowd, joined: Option<u64>, accepted: bool) -> Result<(), CliError> {
        self.warn_of_small_crowd(crowd);
        if let Some(joined) = joined {
            self.output.note(format!("So far {} joined.", plural(joined, "member")));
        }
        if accepted || !is_small(crowd) {
            return Ok(());
        }
        // A program is not asked: it says so beforehand.
        if io::stdin().is_terminal() && !self.output.json {
            self.output.note("Type 'yes' to go on all the same:");
            let mut line = String::new();
            io::stdin().lock().read_line(&mut line)?;
            if line.trim() == "yes" {
                return Ok(());
            }
        }
        Err(CliError::SmallCrowd(crowd.at_most))
    }

    fn warn_of_small_crowd(&self, crowd: &Crowd) {
        let Crowd { at_most, members } = crowd;
        if is_small(crowd) {
            self.output.warn(format!(
                "at most {at_most} of {} can meet this requirement: whoever acts on it is one of few",
                plural(*members, "member")
            ));
        } else {
            self.output.note(format!(
                "You are one of at most {at_most} who could do this, among {}.",
                plural(*members, "member")
            ));
        }
    }
}

fn first_contact_note(id: &DeploymentId) -> String {
    format!(
        "First contact: pinned deployment {id}. Compare this id with somebody you trust: nothing else vouches for it."
    )
}

impl Settings {
    /// A client of a service, through the proxy if there is one: no command makes a client in another way.
    fn client(&self, server: &str) -> Result<Client, CliError> {
        Ok(Client::through(self.proxy.as_ref(), server)?)
    }

    fn provers(&self, member: &Member) -> Provers {
        Provers::new(self.keys_dir.clone(), member.info().genesis.manifest_digest, self.engine)
    }

    fn tiles(&self, id: &DeploymentId) -> TileCache {
        let name = id.to_string();
        TileCache::at(self.cache_dir.join(name.trim_start_matches("0x")))
    }
}
