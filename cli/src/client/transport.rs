//! One HTTP exchange: sizes and times bounded, errors typed, retried where a repetition cannot do harm.

use std::fmt;
use std::io::Read;
use std::time::Duration;

use aiq_server::api::Problem;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tracing::warn;
use ureq::http::{Response, StatusCode, header};
use ureq::{Agent, Body};
use zeroize::Zeroizing;

use super::{ClientError, SocksProxy};

/// Largest answer that is read into memory: 256 entries of the log, of at most 64 KiB each, are the largest.
const MAX_ANSWER: u64 = 17 << 20;
/// Largest problem document that is read.
const MAX_PROBLEM: u64 = 64 << 10;

/// How every wallet calls itself.
const USER_AGENT: &str = "aiq";
/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(5);
/// The same through a proxy: a new circuit has to be built first.
const CONNECT_THROUGH: Duration = Duration::from_secs(30);

/// How often and how patiently a request is tried again.
#[derive(Debug, Clone, Copy)]
pub struct Retry {
    /// Tries in all.
    pub attempts: u32,
    /// Pause after the first failure; it doubles after each further one.
    pub pause: Duration,
}

impl Retry {
    /// For reads, and for writes that the service recognises when they come again: 5 tries within about 8 seconds.
    pub const IDEMPOTENT: Self = Self { attempts: 5, pause: Duration::from_millis(500) };
    /// For writes that would do the same thing twice.
    pub const NEVER: Self = Self { attempts: 1, pause: Duration::ZERO };
}

/// The connection to one service.
#[derive(Clone)]
pub struct Transport {
    agent: Agent,
    proxy: Option<SocksProxy>,
    base: String,
    bearer: Option<Zeroizing<String>>,
    retry: Retry,
}

/// Without the administrator's token, which the agent does not have either.
impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport").field("base", &self.base).field("retry", &self.retry).finish_non_exhaustive()
    }
}

impl Transport {
    /// A connection to the service at `base` (`http://…` or `https://…`, a path prefix allowed), through a proxy if there is one.
    ///
    /// # Errors
    /// [`ClientError::Address`] if that is no such address.
    pub fn new(base: &str, proxy: Option<&SocksProxy>) -> Result<Self, ClientError> {
        let trimmed = base.trim_end_matches('/');
        let uri: ureq::http::Uri = trimmed.parse().map_err(|_| ClientError::Address(base.to_owned()))?;
        if !matches!(uri.scheme_str(), Some("http" | "https")) || uri.host().is_none() || uri.query().is_some() {
            return Err(ClientError::Address(base.to_owned()));
        }
        let (base, proxy) = (trimmed.to_owned(), proxy.cloned());
        Ok(Self { agent: agent(proxy.as_ref(), &base)?, proxy, base, bearer: None, retry: Retry::IDEMPOTENT })
    }

    /// Another connection to the same service: a new agent shares no connection, no TLS session and no user name with this one.
    ///
    /// # Errors
    /// [`ClientError::Address`].
    pub fn apart(&self) -> Result<Self, ClientError> {
        let (base, proxy) = (self.base.clone(), self.proxy.clone());
        Ok(Self { agent: agent(proxy.as_ref(), &base)?, proxy, base, bearer: None, retry: self.retry })
    }

    /// The same connection with an administrator's token.
    #[must_use]
    pub fn with_bearer(mut self, token: &str) -> Self {
        self.bearer = Some(Zeroizing::new(format!("Bearer {token}")));
        self
    }

    /// The same connection with another patience for what may be tried again.
    #[must_use]
    pub fn with_retry(mut self, retry: Retry) -> Self {
        self.retry = retry;
        self
    }

    /// The service's address, without a slash at the end.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// GET of a JSON answer.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, ClientError> {
        let bytes = self.get_bytes(path)?;
        serde_json::from_slice(&bytes).map_err(|source| self.malformed(path, &source))
    }

    /// GET of an answer as it stands.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn get_bytes(&self, path: &str) -> Result<Vec<u8>, ClientError> {
        repeat(self.retry, path, || {
            let mut answer = self.check(path, self.request_get(path, None))?;
            self.body(path, &mut answer)
        })
    }

    /// GET of a text.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn get_text(&self, path: &str) -> Result<String, ClientError> {
        let malformed = |_| ClientError::Malformed { url: self.url(path), reason: "it is not text".to_owned() };
        String::from_utf8(self.get_bytes(path)?).map_err(malformed)
    }

    /// GET of the rest of a file from `offset`, as a stream. The second value tells whether the service honoured the offset.
    ///
    /// # Errors
    /// [`ClientError`]; not retried here, for the caller resumes.
    pub fn get_from(&self, path: &str, offset: u64) -> Result<(impl Read + use<>, bool), ClientError> {
        let answer = self.check(path, self.request_get(path, (offset > 0).then_some(offset)))?;
        let partial = answer.status() == StatusCode::PARTIAL_CONTENT;
        Ok((answer.into_body().into_reader(), partial))
    }

    /// GET of server-sent events behind the one called `last`; `None` if the service has no more of them (204).
    ///
    /// # Errors
    /// [`ClientError`]; not retried here, for the caller knows the last event.
    pub fn get_events(&self, path: &str, last: Option<&str>) -> Result<Option<impl Read + use<>>, ClientError> {
        let mut request = self.agent.get(self.url(path)).header(header::ACCEPT, "text/event-stream");
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let answer = self.check(path, request.call())?;
        Ok((answer.status() != StatusCode::NO_CONTENT).then(|| answer.into_body().into_reader()))
    }

    /// POST of JSON for a JSON answer, tried again as `retry` says. The flag tells whether the service called it new (201).
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
        again: bool,
    ) -> Result<Answer<T>, ClientError> {
        let retry = if again { self.retry } else { Retry::NEVER };
        repeat(retry, path, || {
            let mut answer = self.request_post(path, body)?;
            let created = answer.status() == StatusCode::CREATED;
            let bytes = self.body(path, &mut answer)?;
            let value = serde_json::from_slice(&bytes).map_err(|source| self.malformed(path, &source))?;
            Ok(Answer { value, created })
        })
    }

    /// POST of JSON that is answered with nothing but success. It may always be sent again.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn post_for_nothing(&self, path: &str, body: &impl Serialize) -> Result<(), ClientError> {
        repeat(self.retry, path, || self.request_post(path, body).map(|_| ()))
    }

    fn request_post(&self, path: &str, body: &impl Serialize) -> Result<Response<Body>, ClientError> {
        let mut request = self.agent.post(self.url(path));
        if let Some(bearer) = &self.bearer {
            request = request.header(header::AUTHORIZATION, bearer.as_str());
        }
        self.check(path, request.send_json(body))
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    fn request_get(&self, path: &str, offset: Option<u64>) -> Result<Response<Body>, ureq::Error> {
        let mut request = self.agent.get(self.url(path));
        if let Some(bearer) = &self.bearer {
            request = request.header(header::AUTHORIZATION, bearer.as_str());
        }
        if let Some(offset) = offset {
            request = request.header(header::RANGE, format!("bytes={offset}-"));
        }
        request.call()
    }

    fn check(&self, path: &str, sent: Result<Response<Body>, ureq::Error>) -> Result<Response<Body>, ClientError> {
        let unreachable = |source| ClientError::Unreachable { url: self.base.clone(), source: Box::new(source) };
        let mut answer = sent.map_err(unreachable)?;
        let status = answer.status();
        if status.is_success() {
            return Ok(answer);
        }
        let text = answer.body_mut().with_config().limit(MAX_PROBLEM).read_to_vec().unwrap_or_default();
        Err(match serde_json::from_slice::<Problem>(&text) {
            Ok(problem) => ClientError::Refused(Box::new(problem)),
            Err(_) => ClientError::Status { url: self.url(path), status: status.as_u16() },
        })
    }

    fn body(&self, path: &str, answer: &mut Response<Body>) -> Result<Vec<u8>, ClientError> {
        answer.body_mut().with_config().limit(MAX_ANSWER).read_to_vec().map_err(|source| match source {
            ureq::Error::BodyExceedsLimit(_) => ClientError::TooLarge { url: self.url(path) },
            source => ClientError::Unreachable { url: self.base.clone(), source: Box::new(source) },
        })
    }

    fn malformed(&self, path: &str, source: &serde_json::Error) -> ClientError {
        ClientError::Malformed { url: self.url(path), reason: source.to_string() }
    }
}

/// An agent with connections of its own. What it says of itself is the same for everybody: no version, no system.
fn agent(proxy: Option<&SocksProxy>, base: &str) -> Result<Agent, ClientError> {
    let mut config = Agent::config_builder()
        .http_status_as_error(false)
        .timeout_connect(Some(if proxy.is_some() { CONNECT_THROUGH } else { CONNECT }))
        .timeout_recv_response(Some(Duration::from_mins(1)))
        .timeout_recv_body(Some(Duration::from_mins(10)))
        .max_redirects(0)
        .user_agent(USER_AGENT);
    if let Some(proxy) = proxy {
        let isolated = proxy.isolated();
        config = config.proxy(Some(isolated.map_err(|_| ClientError::Address(base.to_owned()))?));
    }
    Ok(Agent::new_with_config(config.build()))
}

/// Tries an exchange again as long as its failure may pass.
fn repeat<T>(retry: Retry, path: &str, mut exchange: impl FnMut() -> Result<T, ClientError>) -> Result<T, ClientError> {
    let mut pause = retry.pause;
    for attempt in 1.. {
        match exchange() {
            Err(error) if error.is_passing() && attempt < retry.attempts => {
                warn!(path, attempt, %error, "no answer yet, trying again in {:.1} s", pause.as_secs_f32());
                std::thread::sleep(pause);
                pause *= 2;
            }
            outcome => return outcome,
        }
    }
    unreachable!("the last attempt returns")
}

/// A JSON answer to a write.
#[derive(Debug)]
pub struct Answer<T> {
    /// The answer.
    pub value: T,
    /// Whether the service did something new (201), rather than recognise a repetition (200).
    pub created: bool,
}
