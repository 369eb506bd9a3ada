//! Starting: the first time creates the deployment, every later time checks that it is still the same one.

mod error;

use std::{io, path::Path, sync::Arc};

use aiq_circuits::wire::bytes_to_hex;
use aiq_keys::{KeyDir, Manifest};
use aiq_verifier::{
    genesis::Genesis,
    log::{Act, EnrolledBy, Entry},
    presentation::Verifier,
    service_key::ServiceKey,
    standard::Authority,
};
use ed25519_dalek::SigningKey;

pub use error::OpenError;

use super::{Folded, Inner, Service, Trees, VerifyPool, schedule::Schedule, turnout::Watched};
use crate::{
    bytes32::Bytes32,
    clock::Clock,
    config::ServerConfig,
    data_dir::{DataDir, Record},
    genesis_file::{Founder, GenesisFile, GenesisFileError},
    store::{DeploymentRecord, Leaves, Removals, SqliteStore, Store},
    token::Token,
};

/// Makes a deployment's identity in a data directory, before its founders are known: the signing key and the genesis
/// record with a random salt (or the given one). Founders derive their commitments and tags for the record's
/// [`deployment_id`](Genesis::deployment_id), the operator puts them into the genesis file, and [`Service::open`] founds
/// the deployment. Called again, it returns the same record.
///
/// # Errors
/// If the directory cannot be written, or holds another deployment.
pub fn prepare(data_dir: &Path, name: &str, salt: Option<Bytes32>, manifest: &Manifest) -> Result<Genesis, OpenError> {
    let directory = DataDir::open(data_dir)?;
    prepare_in(&directory, name, salt, manifest).map(|(record, _)| record.genesis)
}

fn prepare_in(
    directory: &DataDir,
    name: &str,
    salt: Option<Bytes32>,
    manifest: &Manifest,
) -> Result<(Record, SigningKey), OpenError> {
    if let Some(record) = directory.record()? {
        let key = directory.service_key()?;
        let genesis = &record.genesis;
        unchanged("name", &genesis.name, name)?;
        if let Some(salt) = salt {
            unchanged("salt", &bytes_to_hex(&genesis.salt), &bytes_to_hex(&salt.0))?;
        }
        unchanged("service key", &genesis.log_key.to_string(), &ServiceKey::of(&key).to_string())?;
        if genesis.manifest_digest != manifest.digest() {
            return Err(OpenError::ManifestChanged {
                path: directory.path().to_owned(),
                founded: bytes_to_hex(&genesis.manifest_digest),
                now: manifest.digest_hex(),
            });
        }
        return Ok((record, key));
    }
    let key = directory.service_key_or_new()?;
    let genesis = Genesis {
        name: name.to_owned(),
        salt: salt.unwrap_or_else(Bytes32::random).0,
        log_key: ServiceKey::of(&key),
        manifest_digest: manifest.digest(),
    };
    genesis.validate().map_err(|error| GenesisFileError::Field { field: "name".into(), problem: error.to_string() })?;
    let record = Record { genesis, founded: false };
    directory.write_record(&record)?;
    Ok((record, key))
}

fn unchanged(field: &'static str, founded: &str, now: &str) -> Result<(), OpenError> {
    if founded == now {
        return Ok(());
    }
    Err(OpenError::GenesisChanged { field, founded: founded.to_owned(), now: now.to_owned() })
}

/// Makes a new administrator's token for a founded deployment; the old one stops working at once.
///
/// # Errors
/// If there is no founded deployment in the directory, or its database cannot be written.
pub async fn replace_admin_token(data_dir: &Path) -> Result<Token, OpenError> {
    let directory = lock(data_dir).await?;
    let path = directory.database();
    if !path.exists() {
        return Err(OpenError::DatabaseLost { path });
    }
    let store = SqliteStore::open(&path, 1).await?;
    if store.deployment().await?.is_none() {
        return Err(OpenError::DatabaseLost { path });
    }
    let token = Token::generate(ADMIN_PREFIX);
    store.replace_admin_token(&token.hash()).await?;
    store.close().await?;
    Ok(token)
}

const ADMIN_PREFIX: &str = "aiq_admin";

impl Service {
    /// Opens the deployment in the configured data directory; the first time, founds it and returns the administrator's
    /// token, to be shown once. `genesis` is the file to found it with ([`GenesisFile::default_ai`] if `None`); a later
    /// start with another file is refused, with `None` it takes what was founded.
    ///
    /// # Errors
    /// [`OpenError`] with what to do. A first start that fails can be repeated.
    pub async fn open(
        config: ServerConfig,
        genesis: Option<GenesisFile>,
        keys: KeyDir,
        clock: Arc<dyn Clock>,
    ) -> Result<(Self, Option<Token>), OpenError> {
        config.validate()?;
        let (verifier, manifest) = (verifier(&config, &keys)?, keys.manifest());
        let directory = lock(&config.data_dir).await?;
        let record = directory.record()?;
        if record.as_ref().is_some_and(|record| record.founded) && !directory.database().exists() {
            return Err(OpenError::DatabaseLost { path: directory.database() });
        }
        let store = SqliteStore::open(&directory.database(), config.limits.readers).await?;
        let founded = store.deployment().await?;
        if founded.is_none() && record.is_some_and(|record| record.founded) {
            return Err(OpenError::DatabaseLost { path: directory.database() });
        }
        let file = match (genesis, &founded) {
            (Some(file), _) => file,
            (None, Some(founded)) => founded.file.clone(),
            (None, None) => GenesisFile::default_ai(),
        };
        file.check()?;
        let (mut record, signer) = prepare_in(&directory, &file.name, file.salt, manifest)?;
        let genesis = record.genesis.clone();

        let token = if let Some(founded) = founded {
            compare(&founded, &genesis, &file)?;
            None
        } else {
            found(&store, &genesis, &file, clock.now()).await?
        };
        if !record.founded {
            record.founded = true;
            directory.write_record(&record)?;
        }
        let inner = Inner {
            pool: VerifyPool::new(config.limits.verify_threads, config.limits.verify_queue),
            schedule: Schedule::new(config.epoch_interval, clock.now()),
            deployment_id: genesis.deployment_id(),
            store: Arc::new(store),
            verifier: Arc::new(verifier),
            trees: tokio::sync::Mutex::new(None),
            watched: Watched::default(),
            folded: Folded::default(),
            standing: super::crowd::Standing::default(),
            config,
            genesis,
            file,
            keys,
            signer,
            clock,
        };
        tracing::info!(deployment_id = %inner.deployment_id, name = inner.genesis.name, "deployment opened");
        let service = Self(Arc::new(inner));
        service.check_published().await?;
        service.publish_checkpoint().await?;
        Ok((service, token))
    }
}

/// Opens and locks the data directory off the async workers: another starting service may hold the lock for a while.
pub(super) async fn lock(path: &Path) -> Result<DataDir, OpenError> {
    let owned = path.to_owned();
    let task = tokio::task::spawn_blocking(move || DataDir::open(&owned)).await;
    task.unwrap_or_else(|error| Err(OpenError::DataDir { path: path.to_owned(), source: io::Error::other(error) }))
}

/// Reads the verifying keys, every refusal of §9 included, and names their origins in the log.
fn verifier(config: &ServerConfig, keys: &KeyDir) -> Result<Verifier, OpenError> {
    for entry in keys.manifest().entries() {
        if entry.origin.is_forgeable_by_anyone() && !config.insecure_dev_keys {
            return Err(OpenError::InsecureKeys { path: keys.path().to_owned() });
        }
        let (statement, origin, key_id) = (entry.statement, entry.origin, entry.key_id);
        if let Some(warning) = origin.warning() {
            tracing::warn!(%statement, %origin, %key_id, "{warning}");
        } else {
            tracing::info!(%statement, %origin, %key_id, "key");
        }
    }
    let path = keys.path().to_owned();
    Verifier::new(keys.verifying_keys()?).map_err(|source| OpenError::VerifyingKeys { path, source })
}

fn compare(founded: &DeploymentRecord, genesis: &Genesis, file: &GenesisFile) -> Result<(), OpenError> {
    let id = |genesis: &Genesis| genesis.deployment_id().to_string();
    unchanged("deployment id", &id(&founded.genesis), &id(genesis))?;
    let was = &founded.file;
    let parts = [
        ("domains", was.domains == file.domains, was.domains.len(), file.domains.len()),
        ("menu", was.menu == file.menu, was.menu.len(), file.menu.len()),
        ("charter", was.charter == file.charter, was.charter.iter().count(), file.charter.iter().count()),
        ("standards", was.standards == file.standards, was.standards.len(), file.standards.len()),
        ("founders", was.founders == file.founders, was.founders.len(), file.founders.len()),
        ("credentials", was.credentials == file.credentials, was.credentials.len(), file.credentials.len()),
    ];
    match parts.into_iter().find(|(_, same, ..)| !same) {
        None => Ok(()),
        Some((field, _, was, now)) => {
            let count = |entries: usize| format!("{entries} entries");
            Err(OpenError::GenesisChanged { field, founded: count(was), now: count(now) })
        }
    }
}

/// Writes the deployment and epoch 0; no token if another process was faster.
async fn found(
    store: &SqliteStore,
    genesis: &Genesis,
    file: &GenesisFile,
    now: u32,
) -> Result<Option<Token>, OpenError> {
    let mut leaves = Leaves {
        members: file.founders.iter().map(|founder| founder.commitment).collect(),
        credentials: file.genesis_credentials(),
    };
    leaves.members.sort_unstable();
    leaves.credentials.sort_by_cached_key(aiq_circuits::credential::Credential::leaf);
    let mut trees = Trees::default();
    trees.extend(&leaves, &Removals::default()).map_err(|_| OpenError::TooManyLeaves)?;
    let checkpoint = trees.checkpoint(genesis.deployment_id(), 0, now);
    let token = Token::generate(ADMIN_PREFIX);
    let record = DeploymentRecord {
        genesis: genesis.clone(),
        file: file.clone(),
        admin_token_hash: token.hash(),
        founded_at: now,
    };
    let mut acts = founding(genesis, file);
    let before = acts.len() as u64;
    acts.push(Act::Epoch { checkpoint, before });
    let entries: Vec<Entry> = acts.into_iter().map(|act| Entry { at: now, act }).collect();
    Ok(store.found(&record, &entries).await?.then_some(token))
}

/// What the log begins with: all that the deployment is founded with, in the order of the file.
fn founding(genesis: &Genesis, file: &GenesisFile) -> Vec<Act> {
    let mut acts = vec![Act::Genesis(genesis.clone())];
    let by = Authority::Founding;
    acts.extend(file.domains.iter().cloned().map(|entry| Act::Domain { entry, by }));
    acts.extend(file.menu.iter().cloned().map(|entry| Act::Menu { entry, by }));
    acts.extend(file.charter.clone().map(Act::Charter));
    acts.extend(file.standards.iter().cloned().map(|standard| Act::Standard { standard, by }));
    let enrolled = |founder: &Founder| {
        let Founder { commitment, withdrawal_key } = *founder;
        Act::Enrolment { commitment, withdrawal_key, by: EnrolledBy::Founding }
    };
    acts.extend(file.founders.iter().map(enrolled));
    acts.extend(file.genesis_credentials().into_iter().map(Act::Grant));
    acts
}
