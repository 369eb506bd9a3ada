//! Files of a wallet.

use std::fs;

use age::secrecy::SecretString;
use aiq_cli::wallet::{Wallet, state::State, words};

/// Highest scrypt work factor (log2) that a case may ask for: the wallet itself accepts what takes minutes.
const MAX_WORK: u8 = 4;

/// The first byte says what the rest is: the whole encrypted file of a seed, its plaintext, the plaintext of a state, or words.
///
/// A file that opens has a seed with words of its own, and opens again after it was written to. A state that is read is written in
/// a form that reads as the same. Words have several spellings; all of them are one seed.
pub fn wallet(data: &[u8]) -> bool {
    let [kind, content @ ..] = data else { return false };
    match kind % 4 {
        0 => asks_for_little(content) && opens(content),
        1 => {
            let mut recipient = age::scrypt::Recipient::new(passphrase());
            recipient.set_work_factor(1);
            opens(&age::encrypt(&recipient, content).expect("memory can be written"))
        }
        2 => state(content),
        _ => str::from_utf8(content).is_ok_and(seed),
    }
}

/// The passphrase of the wallets in the corpus.
fn passphrase() -> SecretString {
    SecretString::from("corpus".to_owned())
}

/// Whether no line of the header asks for more work than a case may take.
fn asks_for_little(file: &[u8]) -> bool {
    let text = String::from_utf8_lossy(file);
    let works = text.lines().filter_map(|line| line.strip_prefix("-> scrypt ")?.split(' ').nth(1)?.parse::<u8>().ok());
    works.into_iter().all(|work| work <= MAX_WORK)
}

fn opens(file: &[u8]) -> bool {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join("wallet.age");
    fs::write(&path, file).expect("a temporary file");
    let Ok(wallet) = Wallet::open(&path, &passphrase()) else { return false };
    let seed = words::from_words(&words::to_words(wallet.seed())).expect("words of a seed");
    assert_eq!(seed.as_bytes(), wallet.seed().as_bytes());
    drop(wallet);
    let again = Wallet::open(&path, &passphrase()).expect("it was opened before");
    assert_eq!(again.seed().as_bytes(), seed.as_bytes());
    true
}

fn seed(text: &str) -> bool {
    words::from_words(text).is_ok_and(|seed| {
        let again = words::from_words(&words::to_words(&seed)).expect("words that were just made");
        assert_eq!(again.as_bytes(), seed.as_bytes());
        true
    })
}

fn state(content: &[u8]) -> bool {
    let Ok(state) = serde_json::from_slice::<State>(content) else { return false };
    let written = serde_json::to_vec(&state).expect("a state has a JSON form");
    let again: State = serde_json::from_slice(&written).expect("a state that was just written");
    assert_eq!(serde_json::to_vec(&again).expect("a state has a JSON form"), written);
    true
}
