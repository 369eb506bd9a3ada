//! Bearer secrets, the administrator's token and invitations: from a file or the environment, never an argument, which every
//! other process of the machine could read.

use std::fs;
use std::io::{self, IsTerminal};
use std::path::Path;

use zeroize::Zeroizing;

use super::Context;
use crate::args::TokenArgs;
use crate::client::Client;
use crate::error::CliError;
use crate::settings::Settings;

/// Where the administrator's token may stand itself.
const TOKEN_VARIABLE: &str = "AIQ_ADMIN_TOKEN";
/// Where an invitation may stand itself.
const INVITATION_VARIABLE: &str = "AIQ_INVITATION";

/// A client with the administrator's token.
pub fn client(settings: &Settings, args: &TokenArgs) -> Result<Client, CliError> {
    let token = given("the token", args.token_file.as_deref(), TOKEN_VARIABLE)?;
    let token = token.as_ref().and_then(|text| first_line(text)).ok_or(CliError::NoToken)?;
    Ok(Context::client(settings)?.with_token(token))
}

/// An invitation; if none is given, it is asked for.
pub fn invitation(context: &Context, file: Option<&Path>) -> Result<Zeroizing<String>, CliError> {
    let text = if let Some(text) = given("the invitation", file, INVITATION_VARIABLE)? {
        text
    } else {
        if io::stdin().is_terminal() {
            context.output.note("Paste the invitation, then Enter:");
        }
        let mut line = Zeroizing::new(String::new());
        io::stdin().read_line(&mut line)?;
        line
    };
    let invitation = first_line(&text).ok_or(CliError::NoInvitation)?;
    Ok(Zeroizing::new(invitation.to_owned()))
}

fn given(what: &'static str, file: Option<&Path>, variable: &str) -> Result<Option<Zeroizing<String>>, CliError> {
    let Some(path) = file else { return Ok(std::env::var(variable).ok().map(Zeroizing::new)) };
    let text = fs::read_to_string(path);
    let text = text.map_err(|source| CliError::Read { what, path: path.to_owned(), source })?;
    Ok(Some(Zeroizing::new(text)))
}

fn first_line(text: &str) -> Option<&str> {
    text.lines().next().map(str::trim).filter(|line| !line.is_empty())
}
