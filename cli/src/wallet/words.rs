//! The 24 words (§2): a wallet's seed in a form that a person can write down.

use aiq_circuits::identity::Seed;
use bip39::{Language, Mnemonic};
use zeroize::{Zeroize, Zeroizing};

/// Number of words of a wallet: 256 bits of seed and 8 bits of checksum.
pub const WORD_COUNT: usize = 24;

/// Why 24 words were not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WordsError {
    /// The phrase has another number of words.
    #[error("a wallet has {WORD_COUNT} words, this phrase has {0}")]
    Count(usize),
    /// A word is not on the BIP-39 list.
    #[error("word {position} is not on the word list: '{word}'{}", suggest(.suggestion.as_deref()))]
    Unknown {
        /// Place in the phrase, counted from 1.
        position: usize,
        /// The word as it was typed.
        word: String,
        /// The one word of the list that starts in the same way, if there is exactly one.
        suggestion: Option<&'static str>,
    },
    /// Every word is on the list, but together they are no wallet's words.
    #[error("every word is on the list, but the checksum does not match: a word is wrong or two are swapped")]
    Checksum,
}

fn suggest(word: Option<&str>) -> String {
    word.map(|word| format!(" (did you mean '{word}'?)")).unwrap_or_default()
}

/// The 24 words of a seed, separated by single spaces.
#[must_use]
pub fn to_words(seed: &Seed) -> Zeroizing<String> {
    // 32 bytes are always a valid entropy length, so there is nothing to report.
    let mnemonic = Mnemonic::from_entropy_in(Language::English, seed.as_bytes())
        .unwrap_or_else(|_| unreachable!("256 bits make 24 words"));
    Zeroizing::new(mnemonic.to_string())
}

/// The seed behind 24 words. Upper case and any white space between words are accepted.
///
/// # Errors
/// [`WordsError`], naming the first wrong word and its position.
pub fn from_words(phrase: &str) -> Result<Seed, WordsError> {
    let normalised = Zeroizing::new(phrase.to_lowercase());
    let words: Vec<&str> = normalised.split_whitespace().collect();
    for (index, word) in words.iter().enumerate() {
        if Language::English.find_word(word).is_none() {
            return Err(WordsError::Unknown {
                position: index + 1,
                word: (*word).to_owned(),
                suggestion: nearest(word),
            });
        }
    }
    if words.len() != WORD_COUNT {
        return Err(WordsError::Count(words.len()));
    }
    let joined = Zeroizing::new(words.join(" "));
    let mnemonic = Mnemonic::parse_in_normalized(Language::English, &joined).map_err(|_| WordsError::Checksum)?;
    let (mut entropy, _) = mnemonic.to_entropy_array();
    let mut bytes = Zeroizing::new([0u8; 32]);
    bytes.copy_from_slice(&entropy[..32]);
    entropy.zeroize();
    Ok(Seed::from_bytes(*bytes))
}

/// The single word of the list that shares the longest beginning with `word` (BIP-39 words differ in their first four letters).
fn nearest(word: &str) -> Option<&'static str> {
    let letters: Vec<char> = word.chars().take(4).collect();
    for length in (2..=letters.len()).rev() {
        let prefix: String = letters.iter().take(length).collect();
        let mut found = Language::English.words_by_prefix_iter(&prefix);
        match (found.next(), found.next()) {
            (None, _) => {}
            (Some(only), None) => return Some(only),
            (Some(_), Some(_)) => return None,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn words_and_seed_are_the_same_thing() {
        let seed = Seed::from_bytes([7; 32]);
        let words = to_words(&seed);
        assert_eq!(words.split(' ').count(), WORD_COUNT);
        let again = from_words(&words.to_uppercase().replace(' ', "  \n")).unwrap();
        assert_eq!(again.as_bytes(), seed.as_bytes());
    }

    #[test]
    fn the_published_bip39_vector_gives_its_entropy() {
        // Trezor's BIP-39 vectors: 32 zero bytes.
        let words = format!("{}art", "abandon ".repeat(23));
        assert_eq!(from_words(&words).unwrap().as_bytes(), &[0; 32]);
    }

    #[test]
    fn names_the_wrong_word_and_its_position() {
        let words = format!("{}zebraa {}", "abandon ".repeat(4), "abandon ".repeat(19));
        assert_eq!(
            from_words(&words).unwrap_err(),
            WordsError::Unknown { position: 5, word: "zebraa".into(), suggestion: Some("zebra") }
        );
    }

    #[test]
    fn refuses_another_number_of_words_and_a_wrong_checksum() {
        assert_eq!(from_words("abandon art").unwrap_err(), WordsError::Count(2));
        assert_eq!(from_words(&"abandon ".repeat(24)).unwrap_err(), WordsError::Checksum);
    }
}
