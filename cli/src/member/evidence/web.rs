//! URLs in their one spelling (§7).

use std::fmt::Write as _;
use std::str::Bytes;

use url::{Host, Url};

/// Characters that stand in a path or query only as escapes, besides blanks, controls and everything outside ASCII.
const ESCAPED: &[u8] = b"\"<>\\^`{|}#";

/// A web address in its one spelling, and what stood behind its `#`; `None` if it is none, or has no host with a name.
pub(super) fn web_address(text: &str) -> Option<(String, Option<String>)> {
    let url = Url::parse(text.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let fragment = url.fragment().map(str::to_owned);
    Some((spell(&url, url.path())?, fragment))
}

/// The web address of a repository: of whatever protocol, without user, query, `.git` and slashes at the end.
pub(super) fn repository(text: &str) -> Option<String> {
    let text = text.trim();
    let text = text.strip_prefix("git+").unwrap_or(text);
    let url = if text.contains("://") {
        let (scheme, rest) = text.split_once("://")?;
        match scheme.to_ascii_lowercase().as_str() {
            scheme @ ("http" | "https") => Url::parse(&format!("{scheme}://{rest}")).ok()?,
            // The port is that of the other protocol.
            "ssh" | "git" => {
                let mut url = Url::parse(&format!("https://{rest}")).ok()?;
                url.set_port(None).ok()?;
                url
            }
            _ => return None,
        }
    } else {
        // As scp writes it: user@host:path.
        let (_, place) = text.split_once('@')?;
        let (host, path) = place.split_once(':')?;
        Url::parse(&format!("https://{host}/{}", path.trim_start_matches('/'))).ok()?
    };
    let path = url.path().trim_end_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path).trim_end_matches('/');
    let mut bare = url.clone();
    bare.set_query(None);
    if path.is_empty() { None } else { spell(&bare, path) }
}

/// The page of a commit at one of the forges, as evidence.
pub(super) fn commit_page(url: &Url) -> Option<String> {
    let path = url.path().trim_end_matches('/');
    let (repository_path, commit) = path.split_once("/-/commit/").or_else(|| path.split_once("/commit/"))?;
    let is_commit = matches!(commit.len(), 40 | 64) && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_forge = matches!(url.host_str(), Some("github.com" | "gitlab.com" | "codeberg.org"));
    let place = format!("{}://{}{repository_path}", url.scheme(), url.host_str()?);
    (is_commit && is_forge).then(|| repository(&place)).flatten().map(|repository| {
        let commit = commit.to_ascii_lowercase();
        format!("git:{commit}:{repository}")
    })
}

/// The crate lowers the host, drops default ports and dot segments; what is left is to spell escapes in one way.
fn spell(url: &Url, path: &str) -> Option<String> {
    // Without its dots at the end a name can be a number, which is no name any more.
    let host = url.domain()?.trim_end_matches('.');
    matches!(Host::parse(host), Ok(Host::Domain(_))).then_some(())?;
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let query = url.query().map(|query| format!("?{}", respelled(query))).unwrap_or_default();
    Some(format!("{}://{host}{port}{}{query}", url.scheme(), respelled(path)))
}

/// Escapes in upper case, only where they are needed, and everywhere where they are.
fn respelled(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match hex_pair(&bytes).filter(|_| byte == b'%') {
            Some(escaped) => {
                bytes.nth(1);
                push(&mut out, escaped, !is_unreserved(escaped));
            }
            None => push(&mut out, byte, byte == b'%' || !byte.is_ascii_graphic() || ESCAPED.contains(&byte)),
        }
    }
    out
}

/// A text as part of a path.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        push(&mut out, byte, !byte.is_ascii_graphic() || ESCAPED.contains(&byte) || matches!(byte, b'%' | b'?'));
    }
    out
}

/// What a path says, its escapes undone.
pub(super) fn decoded(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match hex_pair(&bytes).filter(|_| byte == b'%') {
            Some(escaped) => {
                bytes.nth(1);
                out.push(escaped);
            }
            None => out.push(byte),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn push(out: &mut String, byte: u8, escape: bool) {
    if escape {
        // Writing into a string cannot fail.
        let _ = write!(out, "%{byte:02X}");
    } else {
        out.push(char::from(byte));
    }
}

const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// The byte that the next two hex digits stand for.
fn hex_pair(bytes: &Bytes<'_>) -> Option<u8> {
    let mut ahead = bytes.clone();
    let (high, low) = (char::from(ahead.next()?).to_digit(16)?, char::from(ahead.next()?).to_digit(16)?);
    u8::try_from(high << 4 | low).ok()
}
