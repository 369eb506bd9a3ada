#![allow(clippy::unwrap_used)]

use std::fs;

use super::*;

const FAST: Stretch = Stretch::Log2(4);

fn passphrase(text: &str) -> SecretString {
    SecretString::from(text)
}

fn create(directory: &tempfile::TempDir) -> std::path::PathBuf {
    let path = directory.path().join("wallet.age");
    drop(Wallet::create(&path, Seed::from_bytes([3; 32]), &passphrase("right"), FAST).unwrap());
    path
}

#[test]
fn a_wallet_opens_with_its_passphrase_only() {
    let directory = tempfile::tempdir().unwrap();
    let path = create(&directory);
    let wallet = Wallet::open(&path, &passphrase("right")).unwrap();
    assert_eq!(wallet.seed().as_bytes(), &[3; 32]);
    drop(wallet);
    assert!(matches!(Wallet::open(&path, &passphrase("wrong")), Err(WalletFileError::WrongPassphrase(_))));
}

#[test]
fn an_existing_wallet_is_never_overwritten() {
    let directory = tempfile::tempdir().unwrap();
    let path = create(&directory);
    let before = fs::read(&path).unwrap();
    let error = Wallet::create(&path, Seed::from_bytes([4; 32]), &passphrase("x"), FAST).unwrap_err();
    assert!(matches!(error, WalletFileError::Exists(_)));
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_cut_or_altered_wallet_is_called_damaged() {
    let directory = tempfile::tempdir().unwrap();
    let path = create(&directory);
    let whole = fs::read(&path).unwrap();
    for length in [0, 10, 60, whole.len() - 20, whole.len() - 1] {
        fs::write(&path, &whole[..length]).unwrap();
        let error = Wallet::open(&path, &passphrase("right")).unwrap_err();
        assert!(matches!(error, WalletFileError::Damaged { .. }), "{length}: {error}");
    }
    let mut altered = whole.clone();
    *altered.last_mut().unwrap() ^= 1;
    fs::write(&path, altered).unwrap();
    assert!(matches!(Wallet::open(&path, &passphrase("right")), Err(WalletFileError::Damaged { .. })));
}

#[test]
fn the_state_of_another_wallet_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = create(&directory);
    let other = directory.path().join("other.age");
    drop(Wallet::create(&other, Seed::from_bytes([9; 32]), &passphrase("right"), FAST).unwrap());
    fs::copy(other.with_extension("state"), path.with_extension("state")).unwrap();
    let error = Wallet::open(&path, &passphrase("right")).unwrap_err();
    assert!(error.to_string().contains("another wallet"), "{error}");
}

#[test]
fn an_open_wallet_is_locked() {
    let directory = tempfile::tempdir().unwrap();
    let path = create(&directory);
    let _open = Wallet::open(&path, &passphrase("right")).unwrap();
    assert!(matches!(Wallet::open(&path, &passphrase("right")), Err(WalletFileError::Locked(_))));
}

#[test]
fn a_wallet_that_rests_is_free_for_others_and_comes_back_with_what_they_did() {
    let directory = tempfile::tempdir().unwrap();
    let path = create(&directory);
    let open = || Wallet::open(&path, &passphrase("right"));
    let mut wallet = open().unwrap();
    let deployment = Deployment::new("http://localhost".into(), crate::fake::genesis());
    let id = deployment.genesis.deployment_id();
    wallet.rest(|| open().unwrap().pin(deployment).unwrap()).unwrap();
    assert_eq!(wallet.deployment(&id).unwrap().server, "http://localhost");
    assert!(matches!(open(), Err(WalletFileError::Locked(_))), "it is locked again");
    // What it writes from now on goes to the same files.
    wallet.record(&id, |known| known.server.push('!')).unwrap();
    drop(wallet);
    assert_eq!(open().unwrap().deployment(&id).unwrap().server, "http://localhost!");
    Wallet::in_memory().rest(|| {}).unwrap();
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_the_files() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    let path = create(&directory);
    for file in [path.clone(), path.with_extension("state")] {
        assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn ballot_keys_differ_by_scope_and_come_back_from_the_seed() {
    let scope = |byte: u8| Scope::new(aiq_circuits::Fr::from(byte));
    let wallet = Wallet::with_seed(Seed::from_bytes([3; 32]));
    let again = Wallet::with_seed(Seed::from_bytes([3; 32]));
    assert_eq!(wallet.ballot_key(&scope(1)).to_bytes(), again.ballot_key(&scope(1)).to_bytes());
    assert_ne!(wallet.ballot_key(&scope(1)).to_bytes(), wallet.ballot_key(&scope(2)).to_bytes());
}
