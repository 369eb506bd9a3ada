//! A service on a temporary directory, a clock to move, and requests without a socket.

use std::{path::PathBuf, sync::Arc};

use aiq_circuits::statement::StatementId;
use aiq_keys::{KeyDir, KeyKind, public_seed_manifest, public_seed_verifying_key};
use aiq_server::{
    GenesisFile, ManualClock, OpenError, ServerConfig, Service, Token,
    api::Problem,
    config::{CrowdLimit, RateLimit},
    store::SqliteStore,
};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode, header},
};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt as _;

use crate::samples::{NOW, founder};

/// Bytes of the file that stands in for a proving key: the service hands it out, it does not read it.
pub const PROVING_KEY: [u8; 1000] = [0xaa; 1000];

/// A directory, a clock and what to found a deployment with.
pub struct Place {
    pub folder: TempDir,
    pub clock: Arc<ManualClock>,
    pub genesis: GenesisFile,
    pub config: ServerConfig,
}

impl Place {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let keys = folder.path().join("keys");
        std::fs::create_dir(&keys).unwrap();
        let manifest = public_seed_manifest();
        std::fs::write(keys.join("manifest.json"), manifest.to_json()).unwrap();
        for entry in manifest.entries() {
            let key = public_seed_verifying_key(entry.statement).unwrap();
            std::fs::write(keys.join(entry.file_name(KeyKind::Verifying)), key.to_bytes()).unwrap();
            std::fs::write(keys.join(entry.file_name(KeyKind::Proving)), PROVING_KEY).unwrap();
        }
        let mut genesis = GenesisFile::default_ai();
        genesis.founders = [30, 10, 20].map(founder).to_vec();
        let config = ServerConfig {
            data_dir: folder.path().join("data"),
            insecure_dev_keys: true,
            rate_limit: RateLimit { enabled: false, ..RateLimit::default() },
            crowd: CrowdLimit { floor: 0 },
            ..ServerConfig::default()
        };
        Self { folder, clock: Arc::new(ManualClock::new(NOW)), genesis, config }
    }

    pub fn keys(&self) -> KeyDir {
        KeyDir::open(self.folder.path().join("keys")).unwrap()
    }

    pub fn database(&self) -> PathBuf {
        self.config.data_dir.join("aiq.sqlite")
    }

    pub async fn open(&self) -> Result<(Service, Option<Token>), OpenError> {
        Service::open(self.config.clone(), Some(self.genesis.clone()), self.keys(), self.clock.clone()).await
    }

    pub async fn refusal(&self) -> OpenError {
        self.open().await.unwrap_err()
    }

    /// Founds the deployment.
    pub async fn served(self) -> Served {
        let (service, token) = self.open().await.unwrap();
        Served { app: service.router(), service, token: token.unwrap().expose().to_owned(), place: self }
    }
}

/// A running service.
pub struct Served {
    pub place: Place,
    pub service: Service,
    pub app: Router,
    pub token: String,
}

impl Served {
    pub async fn new() -> Self {
        Place::new().served().await
    }

    /// The database that the service uses.
    pub async fn store(&self) -> SqliteStore {
        SqliteStore::open(&self.place.database(), 2).await.unwrap()
    }

    pub fn advance(&self, seconds: u32) {
        self.place.clock.advance(seconds);
    }

    pub async fn send(&self, request: Request<Body>) -> Reply {
        let response = self.app.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap().to_vec();
        Reply { status: parts.status, headers: parts.headers, body }
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Reply {
        self.send(json_request(path, None, body)).await
    }

    pub async fn admin(&self, path: &str, body: &Value) -> Reply {
        self.send(json_request(path, Some(&self.token), body)).await
    }
}

pub fn json_request(path: &str, token: Option<&str>, body: &Value) -> Request<Body> {
    let mut request = Request::post(path).header(header::CONTENT_TYPE, "application/json");
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    request.body(Body::from(body.to_string())).unwrap()
}

pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The body of an answer with this status.
    #[track_caller]
    pub fn json<T: DeserializeOwned>(&self, status: u16) -> T {
        assert_eq!(self.status.as_u16(), status, "{}", String::from_utf8_lossy(&self.body));
        serde_json::from_slice(&self.body).unwrap()
    }

    /// A problem with this status and code, complete and consistent.
    #[track_caller]
    pub fn problem(&self, status: u16, code: &str) -> Problem {
        let text = String::from_utf8_lossy(&self.body);
        assert_eq!(self.header("content-type"), "application/problem+json", "{} {text}", self.status);
        let problem: Problem = serde_json::from_slice(&self.body).unwrap();
        assert_eq!((self.status.as_u16(), problem.code.as_str()), (status, code), "{text}");
        assert_eq!(problem.status, status);
        assert_eq!(problem.kind, format!("urn:aiq:problem:{code}"));
        assert_eq!(problem.request_id.as_deref(), Some(self.header("x-request-id")));
        assert!(!problem.title.is_empty() && !problem.detail.is_empty());
        problem
    }
}

pub fn key_id(statement: StatementId) -> aiq_verifier::verifying_key::KeyId {
    public_seed_manifest().entry(statement).unwrap().key_id
}
