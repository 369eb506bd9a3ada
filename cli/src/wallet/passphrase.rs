//! Where a passphrase comes from: the terminal without echo, a file, or an open descriptor. Never an argument, which every other
//! process of the machine could read.

use std::fs;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use age::secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

/// Where to read the passphrase from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum PassphraseSource {
    /// Ask at the terminal, without echo.
    #[default]
    Terminal,
    /// The first line of a file.
    File(PathBuf),
    /// The first line of an open file descriptor.
    Descriptor(u32),
}

/// Why there is no passphrase.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PassphraseError {
    /// Nobody is there to ask.
    #[error("a passphrase is needed and there is no terminal to ask at")]
    NoTerminal,
    /// The file or descriptor cannot be read.
    #[error("cannot read the passphrase from {}: {source}", .path.display())]
    Unreadable {
        /// The file, or the descriptor's name.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The terminal failed.
    #[error("cannot read the passphrase from the terminal: {0}")]
    Terminal(io::Error),
    /// An empty passphrase protects nothing.
    #[error("the passphrase is empty")]
    Empty,
    /// The two entries differ.
    #[error("the two passphrases differ")]
    Mismatch,
}

impl PassphraseSource {
    /// Reads the passphrase of an existing wallet.
    ///
    /// # Errors
    /// [`PassphraseError`].
    pub fn read(&self) -> Result<SecretString, PassphraseError> {
        let text = match self {
            Self::Terminal => ask("Passphrase of the wallet: ")?,
            Self::File(path) => first_line(path)?,
            Self::Descriptor(number) => first_line(Path::new(&format!("/dev/fd/{number}")))?,
        };
        accept(&text)
    }

    /// Reads the passphrase for a new wallet; at a terminal it has to be typed twice.
    ///
    /// # Errors
    /// [`PassphraseError`].
    pub fn read_new(&self) -> Result<SecretString, PassphraseError> {
        if *self != Self::Terminal {
            return self.read();
        }
        let first = accept(&ask("New passphrase: ")?)?;
        let second = ask("The same again: ")?;
        if first.expose_secret() == second.as_str() { Ok(first) } else { Err(PassphraseError::Mismatch) }
    }
}

fn accept(text: &str) -> Result<SecretString, PassphraseError> {
    if text.is_empty() { Err(PassphraseError::Empty) } else { Ok(SecretString::from(text)) }
}

fn ask(prompt: &str) -> Result<Zeroizing<String>, PassphraseError> {
    if !io::stdin().is_terminal() {
        return Err(PassphraseError::NoTerminal);
    }
    rpassword::prompt_password(prompt).map(Zeroizing::new).map_err(PassphraseError::Terminal)
}

fn first_line(path: &Path) -> Result<Zeroizing<String>, PassphraseError> {
    let text = fs::read_to_string(path)
        .map(Zeroizing::new)
        .map_err(|source| PassphraseError::Unreadable { path: path.to_owned(), source })?;
    Ok(Zeroizing::new(text.lines().next().unwrap_or_default().to_owned()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_file_gives_its_first_line() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "correct horse\nignored\n").unwrap();
        let source = PassphraseSource::File(file.path().to_owned());
        assert_eq!(source.read_new().unwrap().expose_secret(), "correct horse");
    }

    #[test]
    fn an_empty_passphrase_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let source = PassphraseSource::File(file.path().to_owned());
        assert!(matches!(source.read(), Err(PassphraseError::Empty)));
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = PassphraseSource::File("does/not/exist".into()).read().unwrap_err();
        assert!(error.to_string().contains("does/not/exist"));
    }
}
