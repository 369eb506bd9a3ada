//! A whole deployment: a real service on loopback, its database in a temporary directory, a clock that the test moves.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use aiq_circuits::credential::{Attributes, CredentialId};
use aiq_circuits::identity::{DeploymentId, Identity};
use aiq_cli::client::{Client, Retry};
use aiq_cli::member::Member;
use aiq_cli::wallet::Wallet;
use aiq_server::api::{NewEligibility, NewInvitations, NewPoll, NewSealing, PollView};
use aiq_server::genesis_file::{Founder, GenesisCredential};
use aiq_server::store::{Accepted, SqliteStore, Store as _};
use aiq_server::{GenesisFile, ManualClock, ServerConfig, Service};
use aiq_verifier::log::RevokedBy;
use aiq_verifier::service_key::ServiceKey;
use aiq_verifier::withdrawal::WithdrawalKey;
use ed25519_dalek::SigningKey;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::actor::Actor;
use crate::keys::keys;
use crate::raw::Raw;
use crate::world::{NOW, seed};

/// The runtime of every service in this process.
#[must_use]
pub fn runtime() -> &'static Runtime {
    static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
        tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("threads for a runtime")
    });
    &RUNTIME
}

/// A deployment and the service that runs it. Member number 1 is the first founder, 2 the second, …
#[derive(Debug)]
pub struct Deployment {
    /// Its id.
    pub id: DeploymentId,
    /// The key that signs its promises.
    pub service_key: ServiceKey,
    /// The clock of every service of it; stands at [`NOW`] in the beginning.
    pub clock: Arc<ManualClock>,
    /// The administrator's token.
    pub token: String,
    config: ServerConfig,
    running: Option<Running>,
    // Last, so that it is removed when nothing runs any more.
    directory: TempDir,
}

/// One service on one port.
#[derive(Debug)]
pub struct Running {
    /// Its address.
    pub address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    served: Option<JoinHandle<std::io::Result<()>>>,
}

impl Running {
    /// The address as wallets write it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(served) = self.served.take() {
            // What went wrong with it showed in its answers.
            let _ = runtime().block_on(served);
        }
    }
}

impl Deployment {
    /// A deployment with one founder for each entry, who holds these credentials under the owner tags 0, 1, …
    #[must_use]
    pub fn new(holdings: &[&[Attributes]]) -> Self {
        Self::with(holdings, |_| {})
    }

    /// The same under other settings.
    ///
    /// # Panics
    /// If the service does not start.
    #[must_use]
    pub fn with(holdings: &[&[Attributes]], change: impl FnOnce(&mut ServerConfig)) -> Self {
        Self::founded(change, |deployment, file| {
            for (number, held) in (1..).zip(holdings) {
                found(file, number, deployment, held);
            }
        })
    }

    /// A deployment with whatever genesis `compose` makes of the built-in one.
    ///
    /// # Panics
    /// If the service does not start.
    #[must_use]
    pub fn founded(
        change: impl FnOnce(&mut ServerConfig),
        compose: impl FnOnce(&DeploymentId, &mut GenesisFile),
    ) -> Self {
        Self::founded_at(NOW, change, compose)
    }

    /// The same, founded at another moment than [`NOW`].
    ///
    /// # Panics
    /// If the service does not start.
    #[must_use]
    pub fn founded_at(
        now: u32,
        change: impl FnOnce(&mut ServerConfig),
        compose: impl FnOnce(&DeploymentId, &mut GenesisFile),
    ) -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let mut config = ServerConfig {
            data_dir: directory.path().join("service"),
            epoch_interval: 0,
            insecure_dev_keys: true,
            ..ServerConfig::default()
        };
        // Every member has the address of this machine.
        config.rate_limit.enabled = false;
        // Most tests need few members; those of the bound set it.
        config.crowd.floor = 0;
        config.limits.drain_seconds = 1;
        change(&mut config);
        let mut file = GenesisFile::default_ai();
        let genesis = aiq_server::prepare(&config.data_dir, &file.name, None, keys().manifest()).expect("a genesis");
        let id = genesis.deployment_id();
        compose(&id, &mut file);
        let clock = Arc::new(ManualClock::new(now));
        let opened = Service::open(config.clone(), Some(file), keys().clone(), clock.clone());
        let (service, token) = runtime().block_on(opened).expect("the deployment can be founded");
        let token = token.expect("the first start gives a token").expose().to_owned();
        let service_key = service.service_key();
        let running = Some(serve(service));
        Self { id, service_key, clock, token, config, running, directory }
    }

    /// Another service of the same deployment: its own connections and caches, the same file.
    ///
    /// # Panics
    /// If it does not start.
    #[must_use]
    pub fn replica(&self) -> Running {
        serve(self.open())
    }

    /// Opens the deployment as a process started anew would, without serving it.
    ///
    /// # Panics
    /// If it does not open.
    #[must_use]
    pub fn open(&self) -> Service {
        let opened = Service::open(self.config.clone(), None, keys().clone(), self.clock.clone());
        let (service, token) = runtime().block_on(opened).expect("the deployment opens again");
        assert!(token.is_none(), "a second start must not give out another token");
        service
    }

    /// Stops the service. Requests under way are finished.
    pub fn stop(&mut self) {
        self.running = None;
    }

    /// Starts it again, on another port.
    pub fn start(&mut self) {
        self.running = Some(self.replica());
    }

    /// Where the service listens.
    ///
    /// # Panics
    /// If it is stopped.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.running.as_ref().expect("the service is stopped").address
    }

    /// The service's address as wallets write it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address())
    }

    /// The directory of the database, the service key and the deployment record.
    #[must_use]
    pub fn data_dir(&self) -> &Path {
        &self.config.data_dir
    }

    /// A directory for whatever a test writes.
    #[must_use]
    pub fn scratch(&self) -> PathBuf {
        self.directory.path().to_owned()
    }

    /// A client that asks once.
    #[must_use]
    pub fn client(&self) -> Client {
        client(&self.url())
    }

    /// A client with the administrator's token.
    #[must_use]
    pub fn admin(&self) -> Client {
        self.client().with_token(&self.token)
    }

    /// HTTP without manners.
    #[must_use]
    pub fn raw(&self) -> Raw {
        Raw::new(&self.url())
    }

    /// Who member `number` is here.
    #[must_use]
    pub fn identity(&self, number: u8) -> Identity {
        Identity::derive(&seed(number), &self.id)
    }

    /// What member `number` signs with to leave.
    #[must_use]
    pub fn withdrawal_key(&self, number: u8) -> SigningKey {
        withdrawal_key(number, &self.id)
    }

    /// The request by which member `number` enrols.
    #[must_use]
    pub fn enrolment_of(&self, number: u8, invitation: &str) -> Value {
        let withdrawal_key = WithdrawalKey::of(&self.withdrawal_key(number));
        let commitment = self.identity(number).commitment();
        json!({ "invitation": invitation, "commitment": commitment, "withdrawal_key": withdrawal_key })
    }

    /// Member `number` with a wallet of its own and everything synchronised.
    ///
    /// # Panics
    /// If it cannot synchronise.
    #[must_use]
    pub fn actor(&self, number: u8) -> Actor {
        Actor::connect(number, self.client())
    }

    /// Enrols member `number` by a fresh invitation. It is a member from the next epoch on.
    ///
    /// # Panics
    /// If it is refused.
    pub fn enrol(&self, number: u8) {
        let invitation = self.invitation();
        let mut member = Member::connect(Wallet::with_seed(seed(number)), self.client(), None).expect("a contact");
        member.enrol(&invitation).expect("an enrolment");
    }

    /// A fresh invitation that is good for an hour.
    ///
    /// # Panics
    /// If it is refused.
    #[must_use]
    pub fn invitation(&self) -> String {
        let batch = self.admin().invite(&NewInvitations { count: 1, expires_in: 3600 }).expect("an invitation");
        batch.invitations[0].token.clone()
    }

    /// Revokes a credential as a decision of the members would; a tombstone stands in its place from the next epoch on.
    ///
    /// # Panics
    /// If there is no such credential, or it is revoked already.
    pub fn revoke(&self, id: CredentialId, because: RevokedBy) {
        let now = aiq_server::Clock::now(&*self.clock);
        let revoked = runtime().block_on(async {
            let store = SqliteStore::open(&self.data_dir().join("aiq.sqlite"), 1).await?;
            let revoked = store.revoke(id, because, now).await;
            store.close().await?;
            Ok::<_, Box<dyn std::error::Error>>(revoked?)
        });
        assert!(matches!(revoked.expect("a database"), Ok(Accepted::New(_))), "{id} is not revoked now");
    }

    /// Announces a poll that opens 100 and closes 1,000 seconds from now.
    ///
    /// # Panics
    /// If it is refused.
    #[must_use]
    pub fn announce(&self, eligibility: NewEligibility) -> PollView {
        let now = aiq_server::Clock::now(&*self.clock);
        let options = ["yes", "no", "later"].map(str::to_owned).to_vec();
        let poll = NewPoll::new("Should evaluation logs be published?".into(), options, eligibility, now + 1000);
        let poll = NewPoll { opens_at: Some(now + 100), sealing: NewSealing::None {}, ..poll };
        self.admin().announce(&poll).expect("an announcement")
    }

    /// Announces such a poll for every member.
    #[must_use]
    pub fn announce_to_members(&self) -> PollView {
        self.announce(NewEligibility::Membership {})
    }

    /// Announces such a poll for an entry of the menu.
    #[must_use]
    pub fn announce_to(&self, menu: &str) -> PollView {
        self.announce(NewEligibility::Standing { menu: menu.to_owned() })
    }

    /// Moves the clock to the opening of a poll.
    pub fn open_poll(&self, poll: &PollView) {
        self.clock.set(poll.definition.opens_at);
    }

    /// Moves the clock to the close of a poll.
    pub fn close_poll(&self, poll: &PollView) {
        self.clock.set(poll.definition.closes_at);
    }
}

/// A client that asks once: a test wants to see every failure.
///
/// # Panics
/// If `url` is no address.
#[must_use]
pub fn client(url: &str) -> Client {
    Client::new(url).expect("an address").with_retry(Retry::NEVER)
}

/// What member `number` of a deployment signs with to leave.
#[must_use]
pub fn withdrawal_key(number: u8, deployment: &DeploymentId) -> SigningKey {
    Wallet::with_seed(seed(number)).withdrawal_key(deployment)
}

/// Adds member `number` and its credentials to a genesis file.
pub fn found(file: &mut GenesisFile, number: u8, deployment: &DeploymentId, held: &[Attributes]) {
    let identity = Identity::derive(&seed(number), deployment);
    let withdrawal_key = WithdrawalKey::of(&withdrawal_key(number, deployment));
    file.founders.push(Founder { commitment: identity.commitment(), withdrawal_key });
    for (index, attributes) in (0..).zip(held) {
        let Attributes { domain, kind, weight, expires_at, issued_at } = *attributes;
        let tag = identity.tag(index);
        file.credentials.push(GenesisCredential { tag, domain, kind, weight, issued_at, expires_at });
    }
}

fn serve(service: Service) -> Running {
    let (stop, stopped) = oneshot::channel();
    runtime().block_on(async {
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let served = tokio::spawn(aiq_server::serve(service, listener, async {
            // An error means that the sender is gone: stop as well.
            let _ = stopped.await;
        }));
        Running { address, stop: Some(stop), served: Some(served) }
    })
}
