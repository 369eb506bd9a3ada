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
    /// A control character, line breaks included, or one that makes a terminal show the text in another order.
    #[error("contains a control character")]
    Control,
}

/// Control characters, the two line separators of Unicode, and the overrides, embeddings and isolates of the bidirectional
/// algorithm, with which a text reads differently from what it says (UTS #55).
fn misleads(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Reads a text that may be left out: `null` would be a second spelling of that.
pub(crate) fn given<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    <String as serde::Deserialize>::deserialize(deserializer).map(Some)
}

/// Checks a one-line text of at most `max` bytes.
pub(crate) fn check(text: &str, max: usize) -> Result<(), TextError> {
    check_unless(text, max, misleads)
}

/// Checks a text of any number of lines, each ended or parted by a line feed, of at most `max` bytes.
pub(crate) fn check_lines(text: &str, max: usize) -> Result<(), TextError> {
    check_unless(text, max, |c| c != '\n' && misleads(c))
}

fn check_unless(text: &str, max: usize, misleads: impl Fn(char) -> bool) -> Result<(), TextError> {
    if text.trim().is_empty() {
        Err(TextError::Empty)
    } else if text.len() > max {
        Err(TextError::TooLong(max))
    } else if text.chars().any(misleads) {
        Err(TextError::Control)
    } else {
        Ok(())
    }
}
