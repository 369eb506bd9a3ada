use aiq_circuits::{
    credential::{Attributes, Credential, CredentialId, CredentialKind},
    identity::{Commitment, OwnerTag},
    tree::{CredentialTree, MemberTree},
    wire::fr_from_bytes,
};
use aiq_server::{
    api::{CREDENTIAL_LEAF_BYTES, EpochView, Info, InvitationBatch, MEMBER_LEAF_BYTES, SealedEpoch, TILE_LEAVES},
    genesis_file::GenesisCredential,
};
use aiq_verifier::checkpoint::Checkpoint;
use serde_json::json;

use crate::{
    fixture::{Place, Served},
    samples::{NOW, commitment, enrolment, founder},
};

async fn enrol(served: &Served, numbers: &[u64]) {
    let body = json!({"count": numbers.len(), "expires_in": 600});
    let batch: InvitationBatch = served.admin("/v1/invitations", &body).await.json(201);
    for (invitation, number) in batch.invitations.iter().zip(numbers) {
        assert_eq!(served.post("/v1/enrolments", &enrolment(&invitation.token, *number)).await.status, 201);
    }
}

async fn checkpoint(served: &Served, epoch: &str) -> Checkpoint {
    let view: EpochView = served.get(&format!("/v1/epochs/{epoch}")).await.json(200);
    let signed = Checkpoint::from_note(&view.note, &served.service.service_key()).unwrap();
    assert_eq!(signed, view.checkpoint);
    signed
}

fn members(tile: &[u8]) -> Vec<Commitment> {
    tile.chunks(MEMBER_LEAF_BYTES).map(|leaf| Commitment::from_bytes(leaf.try_into().unwrap()).unwrap()).collect()
}

#[tokio::test]
async fn the_genesis_is_epoch_0_sorted_by_leaf_value() {
    let served = Served::new().await;
    let latest = checkpoint(&served, "latest").await;
    assert_eq!((latest.epoch, latest.members, latest.sealed_at), (0, 3, NOW));
    assert_eq!(&latest.deployment_id, served.service.deployment_id());
    let leaves = members(&served.get("/v1/tiles/members/0").await.body);
    assert_eq!(leaves, [10, 20, 30].map(commitment));
    assert_eq!(MemberTree::build(leaves).unwrap().root(), latest.members_root);
}

#[tokio::test]
async fn an_epoch_appends_what_waits_sorted_and_signed() {
    let served = Served::new().await;
    enrol(&served, &[5, 99, 2]).await;
    served.advance(60);
    let sealed: SealedEpoch = served.admin("/v1/epochs", &json!({})).await.json(201);
    assert!(sealed.sealed);
    let leaves = members(&served.get("/v1/tiles/members/0").await.body);
    assert_eq!(leaves, [10, 20, 30, 2, 5, 99].map(commitment));
    let latest = checkpoint(&served, "latest").await;
    assert_eq!(latest, sealed.checkpoint);
    assert_eq!((latest.epoch, latest.members, latest.sealed_at), (1, 6, NOW + 60));
    assert_eq!(MemberTree::build(leaves).unwrap().root(), latest.members_root);
    assert_eq!(checkpoint(&served, "0").await.members, 3);

    let again: SealedEpoch = served.admin("/v1/epochs", &json!({})).await.json(200);
    assert_eq!(again, SealedEpoch { sealed: false, checkpoint: latest });
    served.get("/v1/epochs/2").await.problem(404, "unknown_epoch");
    let info: Info = served.get("/v1/info").await.json(200);
    assert_eq!(info.checkpoint, latest);
    assert_eq!(info.genesis.deployment_id(), info.deployment_id);
}

#[tokio::test]
async fn epochs_are_sealed_when_a_slot_of_the_schedule_begins() {
    let mut place = Place::new();
    place.config.epoch_interval = 3600;
    let served = place.served().await;
    enrol(&served, &[5]).await;
    assert!(!served.service.tick().await.unwrap().sealed);
    served.advance(3600);
    assert!(served.service.tick().await.unwrap().sealed);
    enrol(&served, &[6]).await;
    assert!(!served.service.tick().await.unwrap().sealed, "only the next slot appends what came meanwhile");
    served.advance(3600);
    assert!(served.service.tick().await.unwrap().sealed);
    assert_eq!(checkpoint(&served, "latest").await.epoch, 2);
}

#[tokio::test]
async fn tiles_hold_only_what_is_sealed_and_full_ones_never_change() {
    let mut place = Place::new();
    place.genesis.founders = (1..=1030).map(founder).collect();
    let served = place.served().await;
    enrol(&served, &[5000]).await;
    let full = served.get("/v1/tiles/members/0").await;
    assert_eq!(full.body.len(), TILE_LEAVES as usize * MEMBER_LEAF_BYTES);
    assert!(full.header("cache-control").contains("immutable"));
    let last = served.get("/v1/tiles/members/1").await;
    assert_eq!(members(&last.body), (1025..=1030).map(commitment).collect::<Vec<_>>());
    assert_eq!(last.header("cache-control"), "no-cache");
    let exact = served.get("/v1/tiles/members/1/4").await;
    assert_eq!(members(&exact.body), (1025..=1028).map(commitment).collect::<Vec<_>>());
    assert!(exact.header("cache-control").contains("immutable"));
    for path in ["members/2", "members/1/7", "members/1/0", "members/0/1025", "credentials/0", "members/4294967295"] {
        served.get(&format!("/v1/tiles/{path}")).await.problem(404, "unknown_tile");
    }
}

#[tokio::test]
async fn a_credential_tile_has_everything_that_a_leaf_is_made_of() {
    let mut place = Place::new();
    place.genesis.credentials = (1_u64..=3)
        .map(|number| GenesisCredential {
            tag: OwnerTag::new(number.into()),
            domain: "1.9.1.0".parse().unwrap(),
            kind: CredentialKind::new(1),
            weight: 5,
            issued_at: NOW - 10,
            expires_at: NOW + 10,
        })
        .collect();
    let expected = place.genesis.genesis_credentials();
    let served = place.served().await;
    let tile = served.get("/v1/tiles/credentials/0").await.body;
    let part = |record: &[u8], index: usize| fr_from_bytes(record[index * 32..][..32].try_into().unwrap()).unwrap();
    let read: Vec<Credential> = tile
        .chunks(CREDENTIAL_LEAF_BYTES)
        .map(|record| Credential {
            tag: OwnerTag::new(part(record, 0)),
            attributes: Attributes::unpack(&part(record, 1)).unwrap(),
            id: CredentialId::new(part(record, 2)),
        })
        .collect();
    assert_eq!(read.len(), 3);
    assert!(expected.iter().all(|credential| read.contains(credential)));
    let root = CredentialTree::build(read.iter().map(Credential::leaf)).unwrap().root();
    assert_eq!(root, checkpoint(&served, "latest").await.credentials_root);
}
