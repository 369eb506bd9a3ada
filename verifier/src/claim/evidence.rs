//! Evidence (§7): what a claim is about, each item in its one spelling, and which work that is.

use core::{fmt, str::FromStr};

use aiq_circuits::wire::{self, Encoder, serde_by_text};

use crate::bytes::byte_newtype;

byte_newtype! {
    /// What a work is known by: `SHA-256` of the label `AIQ/v1/work` and a text that every spelling of the work shares.
    WorkId, 32
}

/// One item of evidence. As text:
///
/// | | |
/// |---|---|
/// | `doi:10.1145/3292500.3330701` | a DOI, in lower case |
/// | `arxiv:2401.01234v2`, `arxiv:cs/0112017` | an arXiv id, with or without its version; never as a DOI |
/// | `orcid:0000-0002-1825-0097/733536` | a work in an ORCID record, by its put-code |
/// | `git:<commit>:https://host/path` | a commit, 40 or 64 hex digits, and a repository that has it |
/// | `sha256:<digest>:https://host/path` | a page or file: the digest of its content, and where it was |
///
/// There is no other spelling of any of them; a wallet makes these of what people write.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Evidence {
    text: String,
    form: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Form {
    Doi,
    Arxiv,
    Orcid,
    Git,
    Web,
}

/// Why a text is no evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EvidenceError {
    /// No form begins like that.
    #[error("evidence begins with doi:, arxiv:, orcid:, git: or sha256:")]
    Form,
    /// Too much of it.
    #[error("evidence has at most {max} bytes", max = Evidence::MAX_LENGTH)]
    TooLong,
    /// Not a DOI, or not in its one spelling.
    #[error("a DOI is written doi:10.<registrant>/<suffix>, in lower case, without spaces")]
    Doi,
    /// A DOI of an arXiv paper.
    #[error("a paper on arXiv is written arxiv:<id>, not as a DOI")]
    ArxivDoi,
    /// Not an arXiv id.
    #[error("an arXiv id is written arxiv:2401.01234 or arxiv:cs/0112017, with or without v2 behind it")]
    Arxiv,
    /// Not an ORCID work.
    #[error("a work in an ORCID record is written orcid:0000-0002-1825-0097/<put-code>; the last digit is a checksum")]
    Orcid,
    /// Not a commit and a repository.
    #[error("a commit is written git:<40 or 64 lower-case hex digits>:<URL of the repository>")]
    Git,
    /// Not a digest and a place.
    #[error("a page or file is written sha256:<64 lower-case hex digits>:<URL>")]
    Web,
    /// The URL is not in its one spelling.
    #[error(
        "a URL is https or http with a lower-case host, a path, no user, no fragment, a port up to 65535 but not the default one, no dot segments, and %-escapes in upper case where they are needed"
    )]
    Url,
}

impl Evidence {
    /// Longest text, in bytes.
    pub const MAX_LENGTH: usize = 2_000;

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The URL where it was, of those that have one.
    #[must_use]
    pub fn url(&self) -> Option<&str> {
        matches!(self.form, Form::Git | Form::Web).then(|| split(self.behind_scheme()).1)
    }

    /// The SHA-256 that its content has to have, as 64 hex digits.
    #[must_use]
    pub fn content_hash(&self) -> Option<&str> {
        matches!(self.form, Form::Web).then(|| split(self.behind_scheme()).0)
    }

    fn behind_scheme(&self) -> &str {
        split(&self.text).1
    }

    /// The works that it stands for: a commit is one work wherever it lies, a page is known by its place and by its content, an arXiv
    /// paper is one in all its versions.
    #[must_use]
    pub fn works(&self) -> Vec<WorkId> {
        let rest = self.behind_scheme();
        match self.form {
            Form::Doi => vec![work(&["doi:", rest])],
            Form::Arxiv => vec![work(&["arxiv:", arxiv_base(rest)])],
            Form::Orcid => vec![work(&["orcid:", rest])],
            Form::Git => vec![work(&["git:", split(rest).0])],
            Form::Web => {
                let (digest, url) = split(rest);
                let place = url.split_once("://").map_or(url, |(_, place)| place);
                vec![work(&["web:", place.trim_end_matches('/')]), work(&["sha256:", digest])]
            }
        }
    }
}

fn work(parts: &[&str]) -> WorkId {
    WorkId::new(wire::sha256(&[&Encoder::new("AIQ/v1/work").str(&parts.concat()).finish()]))
}

/// What stands before and behind the first colon.
fn split(text: &str) -> (&str, &str) {
    text.split_once(':').unwrap_or((text, ""))
}

impl FromStr for Evidence {
    type Err = EvidenceError;

    fn from_str(text: &str) -> Result<Self, EvidenceError> {
        if text.len() > Self::MAX_LENGTH {
            return Err(EvidenceError::TooLong);
        }
        let (scheme, rest) = split(text);
        let form = match scheme {
            "doi" => doi(rest).map(|()| Form::Doi),
            "arxiv" => is_arxiv(rest).then_some(Form::Arxiv).ok_or(EvidenceError::Arxiv),
            "orcid" => is_orcid_work(rest).then_some(Form::Orcid).ok_or(EvidenceError::Orcid),
            "git" | "sha256" => located(scheme, rest),
            _ => Err(EvidenceError::Form),
        }?;
        Ok(Self { text: text.to_owned(), form })
    }
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

serde_by_text!(Evidence);

fn doi(text: &str) -> Result<(), EvidenceError> {
    if text.starts_with("10.48550/arxiv.") {
        return Err(EvidenceError::ArxivDoi);
    }
    let parts = text.strip_prefix("10.").and_then(|rest| rest.split_once('/'));
    let (registrant, suffix) = parts.ok_or(EvidenceError::Doi)?;
    let is_registrant = registrant.split('.').all(is_digits);
    let is_suffix =
        !suffix.is_empty() && suffix.bytes().all(|byte| byte.is_ascii_graphic() && !byte.is_ascii_uppercase());
    if is_registrant && is_suffix { Ok(()) } else { Err(EvidenceError::Doi) }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// An arXiv id without its version.
fn arxiv_base(text: &str) -> &str {
    text.rsplit_once('v').filter(|(_, version)| is_digits(version)).map_or(text, |(base, _)| base)
}

/// Since 2007 `YYMM.number`, before `archive/YYMMNNN`; a version counts from 1.
fn is_arxiv(text: &str) -> bool {
    let base = arxiv_base(text);
    let version = text.get(base.len()..).and_then(|version| version.strip_prefix('v'));
    if version.is_some_and(|version| version.starts_with('0')) {
        return false;
    }
    if let Some((month, number)) = base.split_once('.').filter(|_| !base.contains('/')) {
        return is_digits(month) && month.len() == 4 && is_digits(number) && matches!(number.len(), 4 | 5);
    }
    let Some((archive, number)) = base.split_once('/') else { return false };
    let is_archive = archive.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-') && !archive.is_empty();
    is_archive && is_digits(number) && number.len() == 7
}

/// An ORCID iD with its checksum (ISO 7064, mod 11-2), and a put-code.
fn is_orcid_work(text: &str) -> bool {
    let Some((orcid, put_code)) = text.split_once('/') else { return false };
    let groups: Vec<&str> = orcid.split('-').collect();
    let digits = groups.concat();
    if groups.len() != 4 || groups.iter().any(|group| group.len() != 4) {
        return false;
    }
    let Some((head, check)) = digits.split_at_checked(15) else { return false };
    if !is_digits(head) {
        return false;
    }
    let total = head.bytes().fold(0, |total, digit| (total + u32::from(digit - b'0')) * 2 % 11);
    let expected = match (12 - total) % 11 {
        10 => "X".to_owned(),
        digit => digit.to_string(),
    };
    check == expected && is_digits(put_code) && put_code.len() <= 18 && !put_code.starts_with('0')
}

/// A digest and a URL.
fn located(scheme: &str, rest: &str) -> Result<Form, EvidenceError> {
    let (form, error, lengths): (_, _, &[usize]) = match scheme {
        "git" => (Form::Git, EvidenceError::Git, &[40, 64]),
        _ => (Form::Web, EvidenceError::Web, &[64]),
    };
    let (digest, url) = rest.split_once(':').ok_or(error)?;
    if !lengths.contains(&digest.len()) || !is_hex(digest) {
        return Err(error);
    }
    if is_canonical_url(url) { Ok(form) } else { Err(EvidenceError::Url) }
}

/// Whether a URL is in the one spelling that is allowed (see [`EvidenceError::Url`]).
fn is_canonical_url(url: &str) -> bool {
    let (default_port, rest) = if let Some(rest) = url.strip_prefix("https://") {
        (":443", rest)
    } else if let Some(rest) = url.strip_prefix("http://") {
        (":80", rest)
    } else {
        return false;
    };
    let Some(slash) = rest.find('/') else { return false };
    let (authority, path_and_query) = rest.split_at(slash);
    let (host, port) = authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port)));
    let is_label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'))
    };
    let is_host = host.split('.').all(is_label);
    let is_port = port.is_none_or(|port| is_digits(port) && !port.starts_with('0') && port.parse::<u16>().is_ok());
    let path = path_and_query.split_once('?').map_or(path_and_query, |(path, _)| path);
    let has_dots = path.split('/').any(|segment| matches!(segment, "." | ".."));
    is_host && is_port && !authority.ends_with(default_port) && !has_dots && is_escaped(path_and_query)
}

/// Visible ASCII without what a URL has to escape; escapes in upper case, and none of a character that needs none.
fn is_escaped(text: &str) -> bool {
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'%' => {
                let mut digit = || {
                    bytes.next().and_then(|byte| match byte {
                        b'0'..=b'9' => Some(byte - b'0'),
                        b'A'..=b'F' => Some(byte - b'A' + 10),
                        _ => None,
                    })
                };
                let (Some(high), Some(low)) = (digit(), digit()) else { return false };
                let escaped = high << 4 | low;
                if escaped.is_ascii_alphanumeric() || matches!(escaped, b'-' | b'.' | b'_' | b'~') {
                    return false;
                }
            }
            b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}' | b'#' => return false,
            _ if byte.is_ascii_graphic() => {}
            _ => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const DIGEST: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn works(text: &str) -> Vec<WorkId> {
        text.parse::<Evidence>().unwrap_or_else(|error| panic!("{text}: {error}")).works()
    }

    #[test]
    fn each_form_has_one_spelling() {
        let commit = &DIGEST[..40];
        let good = [
            "doi:10.1145/3292500.3330701".to_owned(),
            "doi:10.1000.10/a(b)<c>;2-#".to_owned(),
            "arxiv:2401.01234".to_owned(),
            "arxiv:0704.0001v12".to_owned(),
            "arxiv:hep-th/9901001v2".to_owned(),
            "orcid:0000-0002-1825-0097/733536".to_owned(),
            "orcid:0000-0002-9079-593X/1".to_owned(),
            format!("git:{commit}:https://github.com/owner/name"),
            format!("git:{DIGEST}:https://git.example.org:8443/a/b"),
            format!("sha256:{DIGEST}:http://example.org/"),
            format!("sha256:{DIGEST}:http://example.org:65535/"),
            format!("sha256:{DIGEST}:https://example.org/a%20b?c=d&e=%C3%A9"),
        ];
        for text in good {
            assert_eq!(text.parse::<Evidence>().map(|evidence| evidence.to_string()), Ok(text));
        }
    }

    #[test]
    fn any_other_spelling_is_refused_with_what_is_right() {
        use EvidenceError::{Arxiv, ArxivDoi, Doi, Form, Git, Orcid, TooLong, Url, Web};
        let web = |url: &str| format!("sha256:{DIGEST}:{url}");
        let cases = [
            ("10.1145/3292500".to_owned(), Form),
            ("isbn:9783161484100".to_owned(), Form),
            ("doi:10.1145/ABC".to_owned(), Doi),
            ("doi:11.1145/abc".to_owned(), Doi),
            ("doi:10./abc".to_owned(), Doi),
            ("doi:10.1145/".to_owned(), Doi),
            ("doi:10.1145/a b".to_owned(), Doi),
            ("doi:10.48550/arxiv.2401.01234".to_owned(), ArxivDoi),
            ("arxiv:2401.012".to_owned(), Arxiv),
            ("arxiv:2401.01234v0".to_owned(), Arxiv),
            ("arxiv:2401.01234v".to_owned(), Arxiv),
            ("arxiv:CS/0112017".to_owned(), Arxiv),
            ("orcid:0000-0002-1825-0098/733536".to_owned(), Orcid),
            ("orcid:0000-0002-1825-0097".to_owned(), Orcid),
            ("orcid:0000-0002-1825-0097/07".to_owned(), Orcid),
            ("git:abc:https://example.org/a".to_owned(), Git),
            (format!("git:{}:https://example.org/a", DIGEST[..40].to_uppercase()), Git),
            (format!("sha256:{}:https://example.org/a", &DIGEST[..40]), Web),
            (web("https://example.org"), Url),
            (web("ftp://example.org/"), Url),
            (web("https://Example.org/"), Url),
            (web("https://user@example.org/"), Url),
            (web("https://example.org:443/"), Url),
            (web("https://example.org:0/"), Url),
            (web("https://example.org:65536/"), Url),
            (web("https://example.org:99999/"), Url),
            (web("http://example.org:80/"), Url),
            (web("https://example.org/a/../b"), Url),
            (web("https://example.org/#a"), Url),
            (web("https://example.org/%7eme"), Url),
            (web("https://example.org/%7Eme"), Url),
            (web("https://example.org/a b"), Url),
            (web("https://example..org/"), Url),
            (web(&format!("https://example.org/{}", "a".repeat(2000))), TooLong),
        ];
        for (text, error) in cases {
            assert_eq!(text.parse::<Evidence>(), Err(error), "{text}");
        }
    }

    #[test]
    fn two_spellings_of_one_work_share_it() {
        let commit = &DIGEST[..40];
        assert_eq!(works("arxiv:2401.01234"), works("arxiv:2401.01234v3"));
        assert_eq!(
            works(&format!("git:{commit}:https://github.com/a/b")),
            works(&format!("git:{commit}:https://gitlab.com/c/d"))
        );
        let [place, content] = works(&format!("sha256:{DIGEST}:https://example.org/a/"))[..] else {
            panic!("two works")
        };
        assert!(works(&format!("sha256:{}:http://example.org/a", "0".repeat(64))).contains(&place));
        assert!(works(&format!("sha256:{DIGEST}:https://mirror.org/")).contains(&content));
        assert_ne!(works("doi:10.1/a"), works("doi:10.1/b"));
    }
}
