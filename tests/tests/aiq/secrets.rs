//! Attack 27: what must not be found in anything that a service keeps or writes (§2, §11 P2).

use std::fs;
use std::path::Path;

use aiq_circuits::identity::{DeploymentId, Identity};
use aiq_circuits::wire::fr_to_bytes;
use aiq_tests::world::seed;

/// A secret in every form in which it could end up in a file.
struct Secret {
    what: String,
    forms: Vec<Vec<u8>>,
}

impl Secret {
    fn new(what: String, bytes: [u8; 32]) -> Self {
        let reversed: Vec<u8> = bytes.iter().rev().copied().collect();
        let hex = [hex::encode(bytes), hex::encode(&reversed), hex::encode_upper(bytes)];
        let listed =
            [format!("{bytes:?}"), format!("{reversed:?}")].map(|list| list.trim_matches(['[', ']']).to_owned());
        let texts = hex.into_iter().chain(listed).map(String::into_bytes);
        Self { what, forms: texts.chain([bytes.to_vec(), reversed]).collect() }
    }
}

fn secrets_of(deployment: &DeploymentId, number: u8) -> Vec<Secret> {
    let seed = seed(number);
    let identity = Identity::derive(&seed, deployment);
    let tags = (0..16).map(|index| {
        let bytes = fr_to_bytes(identity.tag_randomness(index).as_field());
        Secret::new(format!("tag randomness {index} of member {number}"), bytes)
    });
    [
        Secret::new(format!("the seed of member {number}"), *seed.as_bytes()),
        Secret::new(format!("the secret of member {number}"), fr_to_bytes(identity.secret().as_field())),
    ]
    .into_iter()
    .chain(tags)
    .collect()
}

/// Searches every file below `directory` for the secrets of these members, and tells the names of those searched.
pub fn assert_nothing_secret(directory: &Path, deployment: &DeploymentId, members: &[u8]) -> Vec<String> {
    let secrets: Vec<_> = members.iter().flat_map(|number| secrets_of(deployment, *number)).collect();
    let mut searched = Vec::new();
    let mut waiting = vec![directory.to_owned()];
    while let Some(directory) = waiting.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let entry = entry.unwrap();
            let kind = entry.file_type().unwrap();
            if kind.is_dir() {
                waiting.push(entry.path());
            } else if kind.is_file() {
                let content = fs::read(entry.path()).unwrap();
                for Secret { what, forms } in &secrets {
                    let found = forms.iter().any(|form| contains(&content, form));
                    assert!(!found, "{what} is in {}", entry.path().display());
                }
                searched.push(entry.file_name().to_string_lossy().into_owned());
            }
        }
    }
    searched
}

/// Whether any of these texts stands in a log.
pub fn contains(content: &[u8], form: &[u8]) -> bool {
    let Some((first, rest)) = form.split_first() else { return true };
    let mut from = 0;
    while let Some(offset) = content[from..].iter().position(|byte| byte == first) {
        from += offset + 1;
        if content[from..].starts_with(rest) {
            return true;
        }
    }
    false
}

#[test]
fn the_search_finds_a_secret_in_every_form() {
    let deployment = DeploymentId::new([1; 32]);
    for secret in secrets_of(&deployment, 1) {
        for form in secret.forms {
            let directory = tempfile::tempdir().unwrap();
            let content = [b"before ".to_vec(), form, b" after".to_vec()].concat();
            fs::write(directory.path().join("file"), content).unwrap();
            let search = || assert_nothing_secret(directory.path(), &deployment, &[1]);
            assert!(std::panic::catch_unwind(search).is_err(), "{}", secret.what);
            assert_eq!(assert_nothing_secret(directory.path(), &deployment, &[2]), ["file"]);
        }
    }
}
