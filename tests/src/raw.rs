//! HTTP without the client's good manners: any bytes out, and whatever comes back.

use serde_json::Value;
use ureq::Agent;
use ureq::http::{HeaderMap, Method, Request};

/// A connection that sends what it is told.
#[derive(Clone, Debug)]
pub struct Raw {
    agent: Agent,
    base: String,
    bearer: Option<String>,
}

/// An answer, whatever its status.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl Raw {
    /// A connection to `base`, an address without a slash at the end.
    #[must_use]
    pub fn new(base: &str) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .allow_non_standard_methods(true)
            // A connection kept from an earlier request may have been closed by the service in the meantime.
            .max_idle_connections(0)
            .build();
        Self { agent: Agent::new_with_config(config), base: base.to_owned(), bearer: None }
    }

    /// The same with a bearer token.
    #[must_use]
    pub fn with_bearer(mut self, token: &str) -> Self {
        self.bearer = Some(format!("Bearer {token}"));
        self
    }

    /// A request with any method, content type and body.
    ///
    /// # Panics
    /// If there is no answer.
    #[must_use]
    pub fn send(&self, method: &str, path: &str, content_type: Option<&str>, body: &[u8]) -> Reply {
        let method: Method = method.parse().expect("a method");
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.base));
        if let Some(bearer) = &self.bearer {
            request = request.header("authorization", bearer);
        }
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        let request = request.body(body).expect("a request");
        let mut answer = self.agent.run(request).expect("an answer");
        let body = answer.body_mut().with_config().limit(64 << 20).read_to_vec().expect("a body");
        Reply { status: answer.status().as_u16(), headers: answer.headers().clone(), body }
    }

    /// GET.
    #[must_use]
    pub fn get(&self, path: &str) -> Reply {
        self.send("GET", path, None, &[])
    }

    /// POST of JSON.
    #[must_use]
    pub fn post(&self, path: &str, body: &Value) -> Reply {
        self.post_text(path, &body.to_string())
    }

    /// POST of a text that calls itself JSON.
    #[must_use]
    pub fn post_text(&self, path: &str, body: &str) -> Reply {
        self.send("POST", path, Some("application/json"), body.as_bytes())
    }
}

impl Reply {
    /// The body as JSON.
    ///
    /// # Panics
    /// If it is not JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Checks that this is a whole problem document (RFC 9457) with this status and code.
    ///
    /// # Panics
    /// If it is not.
    pub fn assert_problem(&self, status: u16, code: &str) {
        let header = |name: &str| self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("");
        assert_eq!(header("content-type"), "application/problem+json", "{self:?}");
        let problem = self.json();
        assert_eq!(problem["code"], code, "{problem}");
        assert_eq!(self.status, status, "{problem}");
        assert_eq!(problem["status"], status, "{problem}");
        assert_eq!(problem["type"], format!("urn:aiq:problem:{code}"));
        assert!(problem["title"].as_str().is_some_and(|title| !title.is_empty()), "{problem}");
        assert!(problem["detail"].as_str().is_some_and(|detail| !detail.is_empty()), "{problem}");
        assert_eq!(problem["request_id"], header("x-request-id"), "{problem}");
    }

    /// Checks that this is a problem document with one of these statuses and codes.
    ///
    /// # Panics
    /// If it is not.
    pub fn assert_either(&self, allowed: &[(u16, &str)]) {
        let (status, code) = allowed.iter().find(|(status, _)| *status == self.status).expect("one of these statuses");
        self.assert_problem(*status, code);
    }
}
