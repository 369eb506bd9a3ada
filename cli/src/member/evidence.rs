//! Evidence as people write it (§7): many spellings of one work, of which a claim has only one.

mod web;

use std::fs::File;
use std::io;
use std::path::Path;

use aiq_verifier::claim::{Evidence, EvidenceError};
use sha2::{Digest, Sha256};

use self::web::{decoded, web_address};

/// Why what was written is no evidence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TypedEvidenceError {
    /// Nothing that begins like this is known.
    #[error(
        "'{0}' is no evidence: it is a DOI, an arXiv id, a work in an ORCID record, a repository with @COMMIT, or a URL"
    )]
    Unknown(String),
    /// It is known what it should be, and it is not that.
    #[error("'{text}' is no evidence: {source}")]
    Form {
        /// What was written.
        text: String,
        /// What is wrong with it.
        source: EvidenceError,
    },
    /// A person instead of a work.
    #[error("'{0}' is a person's ORCID iD: a work in the record is written orcid:0000-0002-1825-0097/PUT-CODE")]
    Person(String),
    /// The place of something, but not what it contains.
    #[error("'{0}' may change or vanish: the claim has to say what it contained")]
    NoContent(String),
    /// A repository, but not the commit.
    #[error("'{0}' names no commit")]
    NoCommit(String),
    /// Some digits of a commit.
    #[error("'{0}' names a commit by its first digits; all 40 or 64 are needed")]
    ShortCommit(String),
    /// Two content hashes.
    #[error("'{0}' names another content than the file has")]
    OtherContent(String),
}

/// The SHA-256 of a file, as 64 hex digits.
///
/// # Errors
/// If it cannot be read.
pub fn content_hash(path: &Path) -> io::Result<String> {
    let mut hasher = Sha256::new();
    io::copy(&mut File::open(path)?, &mut hasher)?;
    Ok(hex::encode(hasher.finalize()))
}

/// Whether a piece of evidence is a URL that lacks a hash of what it contains.
#[must_use]
pub fn lacks_content(text: &str) -> bool {
    matches!(parse_evidence(text, None), Err(TypedEvidenceError::NoContent(_)))
}

/// Reads a piece of evidence as a person writes it. `content` is the SHA-256 of a local copy of what a URL leads to, as hex digits.
///
/// | written | |
/// |---|---|
/// | `10.1145/3292500`, `doi:10.1145/3292500`, `https://doi.org/10.1145/3292500` | a DOI |
/// | `arXiv:2401.01234v2`, `https://arxiv.org/abs/2401.01234`, `https://doi.org/10.48550/arXiv.2401.01234` | a paper on arXiv |
/// | `orcid:0000-0002-1825-0097/733536`, `https://orcid.org/0000-0002-1825-0097/work/733536` | a work in an ORCID record |
/// | `https://host/owner/name.git@COMMIT`, `git@host:owner/name@COMMIT`, `https://github.com/owner/name/commit/COMMIT` | a commit |
/// | `https://host/path#sha256=DIGEST`, or any URL with `content` | a page or file |
///
/// # Errors
/// [`TypedEvidenceError`].
pub fn parse_evidence(text: &str, content: Option<&str>) -> Result<Evidence, TypedEvidenceError> {
    let text = text.trim();
    let spelled = spell(text, content)?;
    spelled.parse().map_err(|source| TypedEvidenceError::Form { text: text.to_owned(), source })
}

/// The canonical spelling, unless something is wrong with it that the canonical form would not have.
fn spell(text: &str, content: Option<&str>) -> Result<String, TypedEvidenceError> {
    if text.starts_with("10.") {
        return Ok(doi(text));
    }
    if is_arxiv_id(text) {
        return Ok(arxiv(text));
    }
    let unknown = || TypedEvidenceError::Unknown(text.to_owned());
    if let Some(spelled) = repository_at_commit(text)? {
        return Ok(spelled);
    }
    let (scheme, rest) = text.split_once(':').ok_or_else(unknown)?;
    match scheme.to_ascii_lowercase().as_str() {
        "doi" => Ok(doi(rest.trim_start())),
        "arxiv" => Ok(arxiv(rest.trim_start())),
        "orcid" => orcid(text, rest.trim_start()),
        "git" => {
            let (commit, repository) = rest.split_once(':').unwrap_or((rest, ""));
            let repository = web::repository(repository).ok_or_else(unknown)?;
            Ok(format!("git:{}:{repository}", commit.to_ascii_lowercase()))
        }
        "sha256" => {
            let (digest, place) = rest.split_once(':').unwrap_or((rest, ""));
            let (place, _) = web_address(place).ok_or_else(unknown)?;
            Ok(format!("sha256:{}:{place}", digest.to_ascii_lowercase()))
        }
        "http" | "https" => address(text, content),
        _ if web::repository(text).is_some() => Err(TypedEvidenceError::NoCommit(text.to_owned())),
        _ => Err(unknown()),
    }
}

/// A URL: one of those that stand for a work of another form, or a place whose content has to be named.
fn address(text: &str, content: Option<&str>) -> Result<String, TypedEvidenceError> {
    let unknown = || TypedEvidenceError::Unknown(text.to_owned());
    let parsed = url::Url::parse(text).map_err(|_| unknown())?;
    let host = parsed.host_str().unwrap_or_default();
    let path = decoded(parsed.path().trim_start_matches('/'));
    match host.strip_prefix("www.").unwrap_or(host) {
        "doi.org" | "dx.doi.org" => return Ok(doi(&path)),
        "arxiv.org" | "export.arxiv.org" => {
            let id = ["abs/", "pdf/", "html/"].iter().find_map(|kind| path.strip_prefix(kind));
            if let Some(id) = id {
                return Ok(arxiv(id.strip_suffix(".pdf").unwrap_or(id)));
            }
        }
        "orcid.org" | "pub.orcid.org" => return orcid(text, &path),
        _ => {}
    }
    if let Some(spelled) = web::commit_page(&parsed) {
        return Ok(spelled);
    }
    let (place, fragment) = web_address(text).ok_or_else(unknown)?;
    let named = fragment.as_deref().and_then(|fragment| fragment.strip_prefix("sha256=")).map(str::to_ascii_lowercase);
    let digest = match (named, content) {
        (Some(named), Some(content)) if named != content => {
            return Err(TypedEvidenceError::OtherContent(text.to_owned()));
        }
        (Some(named), _) => named,
        (None, Some(content)) => content.to_owned(),
        (None, None) => return Err(TypedEvidenceError::NoContent(text.to_owned())),
    };
    Ok(format!("sha256:{digest}:{place}"))
}

/// DOIs are the same in upper and lower case; those of papers on arXiv (prefix 10.48550) are written as arXiv ids.
fn doi(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    lower.strip_prefix("10.48550/arxiv.").map_or_else(|| format!("doi:{lower}"), arxiv)
}

/// Without the list's name that is sometimes written behind it, and without the class of an old id (`math.GT/0309136`).
fn arxiv(text: &str) -> String {
    let id = text.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
    match id.split_once('/') {
        Some((archive, number)) => {
            let archive = archive.split_once('.').map_or(archive, |(archive, _)| archive);
            format!("arxiv:{archive}/{number}")
        }
        None => format!("arxiv:{id}"),
    }
}

/// `2401.01234`, with or without a version: nothing else looks like it.
fn is_arxiv_id(text: &str) -> bool {
    let Some((month, rest)) = text.split_once('.') else { return false };
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = rest.split(['v', 'V']).next().unwrap_or_default();
    month.len() == 4 && is_digits(month) && matches!(number.len(), 4 | 5) && is_digits(number)
}

/// `0000-0002-1825-0097/733536`, with `work/` between, with or without hyphens, behind a version of ORCID's interface.
fn orcid(text: &str, rest: &str) -> Result<String, TypedEvidenceError> {
    let mut parts = rest.split('/').filter(|part| !part.is_empty() && !part.starts_with(['v', 'V']));
    let digits: String = parts.next().unwrap_or_default().to_ascii_uppercase().split('-').collect();
    let groups: Vec<String> =
        digits.as_bytes().chunks(4).map(|group| String::from_utf8_lossy(group).into_owned()).collect();
    let id = groups.join("-");
    let put_code = parts.find(|part| !part.eq_ignore_ascii_case("work") && !part.eq_ignore_ascii_case("works"));
    let put_code = put_code.ok_or_else(|| TypedEvidenceError::Person(text.to_owned()))?;
    Ok(format!("orcid:{id}/{put_code}"))
}

/// `<repository>@<commit>`; `None` if nothing behind the last `@` could be a commit.
fn repository_at_commit(text: &str) -> Result<Option<String>, TypedEvidenceError> {
    let Some((repository, commit)) = text.rsplit_once('@') else { return Ok(None) };
    let is_hex = commit.len() >= 7 && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_hex || repository.ends_with('/') {
        return Ok(None);
    }
    let Some(repository) = web::repository(repository) else { return Ok(None) };
    match commit.len() {
        40 | 64 => Ok(Some(format!("git:{}:{repository}", commit.to_ascii_lowercase()))),
        _ => Err(TypedEvidenceError::ShortCommit(text.to_owned())),
    }
}

/// Where a person can look at it: a link that a browser opens.
#[must_use]
pub fn link(evidence: &Evidence) -> String {
    let (scheme, rest) = evidence.as_str().split_once(':').unwrap_or_default();
    match scheme {
        "doi" => format!("https://doi.org/{}", web::escaped(rest)),
        "arxiv" => format!("https://arxiv.org/abs/{rest}"),
        "orcid" => format!("https://orcid.org/{}", rest.split('/').next().unwrap_or_default()),
        "git" => {
            let (commit, repository) = rest.split_once(':').unwrap_or_default();
            match repository.split('/').nth(2) {
                Some("github.com" | "codeberg.org") => format!("{repository}/commit/{commit}"),
                Some("gitlab.com") => format!("{repository}/-/commit/{commit}"),
                _ => repository.to_owned(),
            }
        }
        _ => evidence.url().unwrap_or_default().to_owned(),
    }
}

#[cfg(test)]
mod tests;
