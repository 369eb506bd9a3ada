//! What must not be found, in every form in which it could end up in a file, a log or an answer (§2, §11 P2).

use std::fmt;
use std::fs;
use std::path::Path;

use aho_corasick::AhoCorasick;
use aiq_circuits::identity::{DeploymentId, Identity, Seed};
use aiq_circuits::scope::Scope;
use aiq_circuits::wire::fr_to_bytes;
use aiq_cli::wallet::{Wallet, words};
use ark_bn254::Fr;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use ed25519_dalek::SigningKey;
use num_bigint::BigUint;

use crate::world::seed;

/// Owner tags of a member that are looked for: more than any test uses.
const TAGS: u64 = 16;
/// So many words of a wallet in a row are its words, not a text.
const WORDS: usize = 4;

/// A secret and its forms.
#[derive(Clone)]
pub struct Secret {
    what: String,
    forms: Vec<Vec<u8>>,
}

impl Secret {
    /// 32 bytes, in either order of bytes: raw, hex, base64, a list of numbers, one number.
    #[must_use]
    pub fn bytes(what: impl Into<String>, bytes: &[u8; 32]) -> Self {
        let reversed: Vec<u8> = bytes.iter().rev().copied().collect();
        let forms = [bytes.to_vec(), reversed].into_iter().flat_map(|bytes| {
            let spaced = format!("{bytes:?}").trim_matches(['[', ']']).to_owned();
            let texts = [
                hex::encode(&bytes),
                hex::encode_upper(&bytes),
                spaced.replace(' ', ""),
                spaced,
                BigUint::from_bytes_be(&bytes).to_string(),
            ];
            texts.into_iter().chain(base64(&bytes)).map(String::into_bytes).chain([bytes.clone()]).collect::<Vec<_>>()
        });
        Self { what: what.into(), forms: forms.collect() }
    }

    /// A field element: its 32 bytes, and what stands in memory for it.
    #[must_use]
    pub fn field(what: impl Into<String>, value: &Fr) -> Self {
        let mut secret = Self::bytes(what, &fr_to_bytes(value));
        // Montgomery form: limbs from the lowest, each from its lowest byte.
        secret.forms.push(value.0.0.iter().flat_map(|limb| limb.to_le_bytes()).collect());
        secret.forms.push(format!("{:?}", value.0.0).trim_matches(['[', ']']).to_owned().into_bytes());
        secret
    }

    /// A text that is hard to guess: as it is, hex and base64.
    #[must_use]
    pub fn text(what: impl Into<String>, text: &str) -> Self {
        let hex = [hex::encode(text), hex::encode_upper(text)];
        let forms = [text.to_owned()].into_iter().chain(hex).chain(base64(text.as_bytes())).map(String::into_bytes);
        Self { what: what.into(), forms: forms.collect() }
    }

    /// A signing key, by the 32 bytes that it is made of.
    #[must_use]
    pub fn signing_key(what: impl Into<String>, key: &SigningKey) -> Self {
        Self::bytes(what, key.as_bytes())
    }

    /// The 24 words of a seed: any few of them in a row, as text or in a list.
    #[must_use]
    pub fn words(what: impl Into<String>, seed: &Seed) -> Self {
        let phrase = words::to_words(seed);
        let words: Vec<&str> = phrase.split(' ').collect();
        let rows = words.windows(WORDS);
        let forms =
            rows.flat_map(|row| [" ", "\n", ",", ", ", "\",\"", "\", \""].map(|mark| row.join(mark).into_bytes()));
        Self { what: what.into(), forms: forms.collect() }
    }

    /// What it is called.
    #[must_use]
    pub fn what(&self) -> &str {
        &self.what
    }

    /// Everything that is looked for.
    #[must_use]
    pub fn forms(&self) -> &[Vec<u8>] {
        &self.forms
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({})", self.what)
    }
}

/// The part of the base64 forms that does not depend on what stands before and behind.
fn base64(bytes: &[u8]) -> Vec<String> {
    let alphabets = [STANDARD, URL_SAFE];
    let shifted = (0..3).flat_map(|before| {
        let content = [&vec![0; before], bytes].concat();
        // Three bytes are four letters: the first letters belong in part to what is before, the last to what is behind.
        let (from, to) = ((before * 8).div_ceil(6), content.len() * 8 / 6);
        alphabets.iter().map(move |alphabet| alphabet.encode(&content)[from..to].to_owned()).collect::<Vec<_>>()
    });
    shifted.collect()
}

/// Everything secret about member `number` of the tests, with the ballot keys of these scopes.
#[must_use]
pub fn of_member(number: u8, deployment: &DeploymentId, scopes: &[Scope]) -> Vec<Secret> {
    let (seed, wallet) = (seed(number), Wallet::with_seed(seed(number)));
    let identity = Identity::derive(&seed, deployment);
    let mut secrets = vec![
        Secret::bytes(format!("the seed of member {number}"), seed.as_bytes()),
        Secret::words(format!("the words of member {number}"), &seed),
        Secret::field(format!("the secret of member {number}"), identity.secret().as_field()),
        Secret::signing_key(format!("the withdrawal key of member {number}"), &wallet.withdrawal_key(deployment)),
    ];
    secrets.extend((0..TAGS).map(|index| {
        let what = format!("tag randomness {index} of member {number}");
        Secret::field(what, identity.tag_randomness(index).as_field())
    }));
    secrets.extend(scopes.iter().map(|scope| {
        Secret::signing_key(format!("the ballot key of member {number} in {scope}"), &wallet.ballot_key(scope))
    }));
    secrets
}

/// The bytes that stand in hex dumps: of each line the first row of groups of two or four hex digits.
fn dumped(content: &[u8]) -> Vec<u8> {
    let is_group = |word: &&[u8]| matches!(word.len(), 2 | 4) && word.iter().all(u8::is_ascii_hexdigit);
    let rows = content.split(|byte| *byte == b'\n').flat_map(|line| {
        let words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        words.skip_while(|word| !is_group(word)).take_while(is_group)
    });
    rows.flat_map(|group| hex::decode(group).unwrap_or_default()).collect()
}

/// Looks for many secrets at once.
#[derive(Clone, Debug)]
pub struct Search {
    automaton: AhoCorasick,
    names: Vec<String>,
}

impl Search {
    /// A search for these.
    ///
    /// # Panics
    /// If they are too many for one search.
    #[must_use]
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a Secret>) -> Self {
        let (mut forms, mut names) = (Vec::new(), Vec::new());
        for secret in secrets {
            forms.extend(&secret.forms);
            names.resize(forms.len(), secret.what.clone());
        }
        Self { automaton: AhoCorasick::new(forms).expect("few enough forms"), names }
    }

    /// The secrets in `content`, by what they are called.
    #[must_use]
    pub fn find(&self, content: &[u8]) -> Vec<&str> {
        let dumped = dumped(content);
        let hits = [content, &dumped].into_iter().flat_map(|content| self.automaton.find_overlapping_iter(content));
        let mut found: Vec<_> = hits.map(|hit| &*self.names[hit.pattern()]).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// # Panics
    /// If a secret is in `content`, which is called `place`.
    pub fn assert_none(&self, place: &str, content: &[u8]) {
        let found = self.find(content);
        assert!(found.is_empty(), "{found:?} in {place}");
    }

    /// Searches every file below `directory`, by name and content, and tells the names of those searched. Links are not followed.
    ///
    /// # Panics
    /// If a secret is found, or a file cannot be read.
    #[must_use]
    pub fn assert_none_below(&self, directory: &Path) -> Vec<String> {
        self.search_below(directory, &|_| false)
    }

    /// The same without the files and directories that `is_left_out`.
    ///
    /// # Panics
    /// If a secret is found, or a file cannot be read.
    #[must_use]
    pub fn search_below(&self, directory: &Path, is_left_out: &dyn Fn(&Path) -> bool) -> Vec<String> {
        let mut searched = Vec::new();
        for entry in fs::read_dir(directory).expect("a directory") {
            let entry = entry.expect("an entry");
            let (path, kind) = (entry.path(), entry.file_type().expect("its kind"));
            if is_left_out(&path) {
                continue;
            }
            if kind.is_dir() {
                searched.extend(self.search_below(&path, is_left_out));
            } else if kind.is_file() {
                let place = path.display().to_string();
                self.assert_none("the name of a file", place.as_bytes());
                self.assert_none(&place, &fs::read(&path).expect("a file"));
                searched.push(entry.file_name().to_string_lossy().into_owned());
            }
        }
        searched
    }
}
