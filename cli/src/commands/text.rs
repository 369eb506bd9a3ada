//! Texts and names as people give them: in an argument or a file, by number or by name.

use std::fs;
use std::path::Path;

use aiq_circuits::credential::{Domain, DomainPrefix};
use aiq_server::api::Info;

use crate::error::CliError;
use crate::member::{MemberError, Refusal};

/// A text from an argument or a file; empty if there is neither. Lines end as on Unix, and the last one need not.
pub fn given(what: &'static str, text: Option<String>, file: Option<&Path>) -> Result<String, CliError> {
    let text = match (text, file) {
        (Some(text), _) => text,
        (None, Some(path)) => {
            let text = fs::read_to_string(path);
            text.map_err(|source| CliError::Read { what, path: path.to_owned(), source })?
        }
        (None, None) => return Ok(String::new()),
    };
    Ok(text.replace("\r\n", "\n").trim_end().to_owned())
}

/// A domain by its number, whole (`1.9.0.0`) or without the levels that are not specified (`1.9`), or by its name.
pub fn domain(info: &Info, text: &str) -> Result<Domain, CliError> {
    let by_number = || text.parse().ok().or_else(|| text.parse().ok().map(|prefix: DomainPrefix| prefix.domain()));
    let by_name = || info.domains.iter().find(|entry| entry.name.eq_ignore_ascii_case(text)).map(|entry| entry.domain);
    let unknown = || MemberError::from(Refusal::UnknownDomain(text.to_owned()));
    Ok(by_number().or_else(by_name).ok_or_else(unknown)?)
}
