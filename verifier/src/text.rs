//! Texts that people read: bounded, and free of characters that could mislead a terminal.

/// Why a text is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TextError {
    /// Nothing but white space.
    #[error("is empty")]
    Empty,
    /// More bytes of UTF-8 than allowed.
    #[error("is longer than {0} bytes")]
    TooLong(usize),
    /// A control character, line breaks included.
    #[error("contains a control character")]
    Control,
}

/// Checks a one-line text of at most `max` bytes.
pub(crate) fn check(text: &str, max: usize) -> Result<(), TextError> {
    if text.trim().is_empty() {
        Err(TextError::Empty)
    } else if text.len() > max {
        Err(TextError::TooLong(max))
    } else if text.chars().any(char::is_control) {
        Err(TextError::Control)
    } else {
        Ok(())
    }
}
