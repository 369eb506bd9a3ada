//! The administrator's token: from a file or the environment, never an argument.

use std::fs;

use crate::args::TokenArgs;
use crate::client::Client;
use crate::error::CliError;
use crate::settings::Settings;

/// Where the token may stand itself.
const VARIABLE: &str = "AIQ_ADMIN_TOKEN";

/// A client with the administrator's token.
pub fn client(settings: &Settings, args: &TokenArgs) -> Result<Client, CliError> {
    let token = match &args.token_file {
        Some(path) => fs::read_to_string(path).map_err(|source| CliError::Read {
            what: "the token",
            path: path.clone(),
            source,
        })?,
        None => std::env::var(VARIABLE).map_err(|_| CliError::NoToken)?,
    };
    let token = token.lines().next().unwrap_or_default().trim();
    if token.is_empty() {
        return Err(CliError::NoToken);
    }
    Ok(super::Context::client(settings)?.with_token(token))
}
