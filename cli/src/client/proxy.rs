//! A SOCKS proxy, such as Tor's, between this machine and a service.
//!
//! Only `socks5h` is taken: the proxy resolves the service's name. With the other kinds this machine would ask its own resolver first,
//! and whoever runs that learns who uses the service. The user name is drawn anew for every agent: Tor builds another circuit for
//! another user name (`IsolateSOCKSAuth`, on by default), so that no two acts leave it at the same place. A proxy that asks for no
//! user name takes the connection all the same, without that.

use std::fmt;
use std::str::FromStr;

use rand::RngCore;
use rand::rngs::OsRng;
use serde::{Deserialize, Serialize};
use ureq::ProxyProtocol;

/// Bytes of a user name before they become hex digits.
const USER_BYTES: usize = 16;
/// What goes with the user name: it may not be empty (RFC 1929).
const PASSWORD: &str = "aiq";

/// Where a SOCKS5 proxy listens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SocksProxy {
    /// As it stands in an address: an IPv6 address in brackets.
    host: String,
    port: u16,
}

/// Why a proxy is not used. Nothing is sent then, past it or through it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProxyError {
    /// Names would be resolved on this machine.
    #[error("with {0} this machine's resolver would learn which service is asked")]
    ResolvesHere(String),
    /// User names are drawn, not given.
    #[error("a user name of one's own would tie everything together that goes through the proxy")]
    Credentials,
    /// Not the address of a proxy.
    #[error("'{0}' is not the address of a SOCKS proxy")]
    Address(String),
}

impl SocksProxy {
    /// The first SOCKS proxy that the usual variables name; what they name of other kinds is the transport's business.
    ///
    /// # Errors
    /// [`ProxyError`]: a proxy that somebody relies on is never passed by in silence.
    pub fn of_environment(variable: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, ProxyError> {
        let names = ["ALL_PROXY", "all_proxy", "HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"];
        let named = names.into_iter().filter_map(variable).find(|text| !text.is_empty());
        named.filter(|text| text.to_ascii_lowercase().starts_with("socks")).map(|text| text.parse()).transpose()
    }

    /// The proxy for one agent, under a user name that nobody has had before.
    pub(super) fn isolated(&self) -> Result<ureq::Proxy, ureq::Error> {
        let mut user = [0; USER_BYTES];
        OsRng.fill_bytes(&mut user);
        let proxy = ureq::Proxy::builder(ProxyProtocol::Socks5h).host(&self.host).port(self.port);
        proxy.username(&hex::encode(user)).password(PASSWORD).build()
    }
}

impl FromStr for SocksProxy {
    type Err = ProxyError;

    fn from_str(text: &str) -> Result<Self, ProxyError> {
        let wrong = || ProxyError::Address(text.to_owned());
        let uri: ureq::http::Uri = text.trim_end_matches('/').parse().map_err(|_| wrong())?;
        let scheme = uri.scheme_str().ok_or_else(wrong)?.to_ascii_lowercase();
        match scheme.as_str() {
            "socks5h" => {}
            "socks" | "socks4" | "socks4a" | "socks5" => return Err(ProxyError::ResolvesHere(scheme)),
            _ => return Err(wrong()),
        }
        let authority = uri.authority().ok_or_else(wrong)?;
        if authority.as_str().contains('@') {
            return Err(ProxyError::Credentials);
        }
        let port = authority.port_u16().ok_or_else(wrong)?;
        if authority.host().is_empty() || uri.path() != "/" && !uri.path().is_empty() || uri.query().is_some() {
            return Err(wrong());
        }
        Ok(Self { host: authority.host().to_owned(), port })
    }
}

impl fmt::Display for SocksProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "socks5h://{}:{}", self.host, self.port)
    }
}

impl TryFrom<String> for SocksProxy {
    type Error = ProxyError;

    fn try_from(text: String) -> Result<Self, ProxyError> {
        text.parse()
    }
}

impl From<SocksProxy> for String {
    fn from(proxy: SocksProxy) -> Self {
        proxy.to_string()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn parse(text: &str) -> Result<SocksProxy, ProxyError> {
        text.parse()
    }

    #[test]
    fn only_a_proxy_that_resolves_names_itself_is_taken() {
        for address in ["socks5h://127.0.0.1:9050", "socks5h://[::1]:9050", "socks5h://tor.example:1080"] {
            assert_eq!(parse(address).unwrap().to_string(), address);
            assert_eq!(parse(&format!("{address}/")).unwrap().to_string(), address);
        }
        for kind in ["socks", "socks4", "socks4a", "socks5", "SOCKS5"] {
            let refused = parse(&format!("{kind}://127.0.0.1:9050"));
            assert_eq!(refused, Err(ProxyError::ResolvesHere(kind.to_ascii_lowercase())));
        }
        assert_eq!(parse("socks5h://me:secret@127.0.0.1:9050"), Err(ProxyError::Credentials));
        for wrong in
            ["", "127.0.0.1:9050", "http://127.0.0.1:8080", "socks5h://127.0.0.1", "socks5h://a:1/b", "socks5h://:1"]
        {
            assert!(matches!(parse(wrong), Err(ProxyError::Address(_))), "{wrong}");
        }
    }

    #[test]
    fn each_agent_has_a_user_name_of_its_own() {
        let proxy = parse("socks5h://[::1]:9050").unwrap();
        let [one, other] = [proxy.isolated().unwrap(), proxy.isolated().unwrap()];
        assert_ne!(one.username(), other.username());
        assert_eq!(one.username().unwrap().len(), 2 * USER_BYTES);
        assert_eq!((one.host(), one.port(), one.resolve_target()), ("[::1]", 9050, false));
    }

    #[test]
    fn a_socks_proxy_of_the_environment_is_used_or_refused_but_not_passed_by() {
        let named = |pairs: &'static [(&str, &str)]| {
            SocksProxy::of_environment(|name| {
                pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
            })
        };
        assert_eq!(named(&[]), Ok(None));
        assert_eq!(named(&[("http_proxy", "http://proxy:8080")]), Ok(None));
        let tor = Ok(Some(parse("socks5h://127.0.0.1:9050").unwrap()));
        assert_eq!(named(&[("all_proxy", "socks5h://127.0.0.1:9050"), ("http_proxy", "http://proxy:8080")]), tor);
        let leaks = named(&[("ALL_PROXY", "socks5://127.0.0.1:9050")]);
        assert_eq!(leaks, Err(ProxyError::ResolvesHere("socks5".to_owned())));
    }
}
