use std::fs;

use aiq_circuits::wire::bytes_to_hex;
use aiq_server::{Bytes32, OpenError, Service, api::NewInvitations, prepare, store::OpenStoreError};

use crate::{fixture::Place, samples::founder};

#[tokio::test]
async fn the_first_start_founds_and_later_ones_go_on() {
    let place = Place::new();
    let (first, token) = place.open().await.unwrap();
    assert!(token.unwrap().expose().starts_with("aiq_admin_"));
    let (again, token) = place.open().await.unwrap();
    assert!(token.is_none());
    assert_eq!(again.deployment_id(), first.deployment_id());
    let (without_file, _) = Service::open(place.config.clone(), None, place.keys(), place.clock.clone()).await.unwrap();
    assert_eq!(without_file.deployment_id(), first.deployment_id());
}

#[tokio::test]
async fn a_prepared_deployment_keeps_its_id() {
    let place = Place::new();
    let data = &place.config.data_dir;
    let keys = place.keys();
    let genesis = prepare(data, &place.genesis.name, None, keys.manifest()).unwrap();
    assert_eq!(prepare(data, &place.genesis.name, None, keys.manifest()).unwrap(), genesis);
    let (service, token) = place.open().await.unwrap();
    assert!(token.is_some());
    assert_eq!(service.genesis(), &genesis);
    assert!(matches!(
        prepare(data, "Another", None, keys.manifest()),
        Err(OpenError::GenesisChanged { field: "name", .. })
    ));
    assert!(matches!(
        prepare(data, &genesis.name, Some(Bytes32([1; 32])), keys.manifest()),
        Err(OpenError::GenesisChanged { field: "salt", .. })
    ));
}

#[tokio::test]
async fn the_salt_can_be_fixed_in_the_file() {
    let mut place = Place::new();
    place.genesis.salt = Some(Bytes32([9; 32]));
    assert_eq!(place.open().await.unwrap().0.genesis().salt, [9; 32]);
}

#[tokio::test]
async fn a_changed_genesis_is_refused_by_the_name_of_what_changed() {
    let mut place = Place::new();
    place.open().await.unwrap();
    let founded = place.genesis.clone();

    place.genesis.founders.push(founder(77));
    assert!(matches!(place.refusal().await, OpenError::GenesisChanged { field: "founders", .. }));
    place.genesis = founded.clone();
    place.genesis.menu[0].min_weight += 1;
    assert!(matches!(place.refusal().await, OpenError::GenesisChanged { field: "menu", .. }));
    place.genesis = founded.clone();
    place.genesis.name.push('!');
    assert!(matches!(place.refusal().await, OpenError::GenesisChanged { field: "name", .. }));
    place.genesis = founded;
    place.open().await.unwrap();
}

#[tokio::test]
async fn changed_keys_are_refused() {
    let place = Place::new();
    place.open().await.unwrap();
    let manifest = place.folder.path().join("keys/manifest.json");
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, text.replace("\"public-seed\"", "\"single-party\"")).unwrap();
    let error = place.refusal().await;
    assert!(matches!(error, OpenError::ManifestChanged { .. }), "{error}");
}

#[tokio::test]
async fn public_seed_keys_need_consent() {
    let mut place = Place::new();
    place.config.insecure_dev_keys = false;
    assert!(matches!(place.refusal().await, OpenError::InsecureKeys { .. }));
    assert!(!place.config.data_dir.exists(), "nothing was half-written");
}

#[tokio::test]
async fn keys_for_another_circuit_are_refused() {
    let place = Place::new();
    let manifest = place.folder.path().join("keys/manifest.json");
    let text = fs::read_to_string(&manifest).unwrap();
    let digest = bytes_to_hex(&aiq_circuits::statement::StatementId::Membership.shape().digest);
    fs::write(&manifest, text.replace(&digest, &bytes_to_hex(&[1; 32]))).unwrap();
    assert!(aiq_keys::KeyDir::open(place.folder.path().join("keys")).is_err());
}

#[tokio::test]
async fn a_damaged_database_is_named() {
    let place = Place::new();
    place.open().await.unwrap().0.close().await;
    let database = place.database();
    let whole = fs::read(&database).unwrap();
    assert!(whole.len() > 8192);
    for damaged in
        [&whole[..whole.len() / 2], &whole[..50], b"not a database, but long enough to be looked at".as_slice()]
    {
        remove_journal(&place);
        fs::write(&database, damaged).unwrap();
        let error = place.refusal().await;
        assert!(matches!(error, OpenError::Database(OpenStoreError::Damaged { .. })), "{error}");
        let text = error.to_string();
        assert!(text.contains("aiq.sqlite") && text.contains("backup"), "{text}");
    }
}

#[tokio::test]
async fn a_lost_database_does_not_become_a_new_deployment() {
    let place = Place::new();
    place.open().await.unwrap().0.close().await;
    remove_journal(&place);
    fs::write(place.database(), b"").unwrap();
    assert!(matches!(place.refusal().await, OpenError::DatabaseLost { .. }));
    fs::remove_file(place.database()).unwrap();
    remove_journal(&place);
    assert!(matches!(place.refusal().await, OpenError::DatabaseLost { .. }));
}

#[tokio::test]
async fn an_older_copy_of_the_database_is_not_served() {
    let place = Place::new();
    place.open().await.unwrap().0.close().await;
    let older = fs::read(place.database()).unwrap();
    let (service, _) = place.open().await.unwrap();
    service.invite(NewInvitations { count: 1, expires_in: 600 }).await.unwrap();
    assert!(service.publish_checkpoint().await.unwrap());
    service.close().await;
    let newer = fs::read(place.database()).unwrap();

    remove_journal(&place);
    fs::write(place.database(), older).unwrap();
    let error = place.refusal().await;
    assert!(matches!(error, OpenError::OtherHistory { .. }), "{error}");
    assert!(error.to_string().contains("published.checkpoint"), "{error}");
    // The newest copy is served again, and another log's mark is not taken for this one's.
    fs::write(place.database(), newer).unwrap();
    place.open().await.unwrap().0.close().await;
    fs::write(place.config.data_dir.join("published.checkpoint"), "AIQ/v1/log/").unwrap();
    assert!(matches!(place.refusal().await, OpenError::Published { .. }));
}

fn remove_journal(place: &Place) {
    for name in ["aiq.sqlite-wal", "aiq.sqlite-shm"] {
        let _ = fs::remove_file(place.config.data_dir.join(name));
    }
}
