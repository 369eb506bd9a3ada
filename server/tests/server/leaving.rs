//! Leaving, and revoked credentials: tombstones in the trees, and what anybody can see of them.

use aiq_circuits::{
    identity::DeploymentId,
    tree::{CredentialTree, MemberTree},
};
use aiq_server::{
    api::{EpochView, InvitationBatch, MEMBER_LEAF_BYTES, SealedEpoch},
    genesis_file::GenesisCredential,
    store::Store as _,
};
use aiq_verifier::{
    checkpoint::Checkpoint,
    log::{Act, RevokedBy},
    receipt::Receipt,
    withdrawal::Withdrawal,
};
use serde_json::json;

use crate::{
    fixture::{Place, Served},
    samples::{NOW, commitment, credential, enrolment, leaving, poll},
};

fn withdrawal(served: &Served, number: u64) -> Withdrawal {
    Withdrawal::sign(&leaving(number), served.service.deployment_id(), commitment(number))
}

async fn invitation(served: &Served) -> String {
    let batch: InvitationBatch =
        served.admin("/v1/invitations", &json!({"count": 1, "expires_in": 600})).await.json(201);
    batch.invitations[0].token.clone()
}

async fn seal(served: &Served) -> Checkpoint {
    let sealed: SealedEpoch = served.admin("/v1/epochs", &json!({})).await.json(201);
    sealed.checkpoint
}

fn positions(tile: &[u8]) -> Vec<u32> {
    tile.as_chunks::<4>().0.iter().map(|position| u32::from_be_bytes(*position)).collect()
}

#[tokio::test]
async fn who_leaves_is_a_tombstone_from_the_next_epoch_on() {
    let served = Served::new().await;
    served.post("/v1/enrolments", &enrolment(&invitation(&served).await, 5)).await.json::<Receipt>(201);
    let leaves = withdrawal(&served, 20);
    let receipt: Receipt = served.post("/v1/withdrawals", &json!(leaves)).await.json(201);
    receipt.verify_for(&served.service.service_key(), served.service.deployment_id(), Act::Withdrawal(leaves)).unwrap();
    // Enrolled and gone before any epoch.
    served.post("/v1/withdrawals", &json!(withdrawal(&served, 5))).await.json::<Receipt>(201);
    served.get("/v1/tiles/withdrawn/0").await.problem(404, "unknown_tile");

    let first = seal(&served).await;
    assert_eq!((first.members, first.withdrawn, first.member_count()), (4, 2, 2));
    let mut tree = MemberTree::build([10, 20, 30, 5].map(commitment)).unwrap();
    tree.bury(&[1, 3]).unwrap();
    assert_eq!(first.members_root, tree.root());
    let tile = served.get("/v1/tiles/withdrawn/0").await;
    assert_eq!((positions(&tile.body), tile.header("cache-control")), (vec![1, 3], "no-cache"));
    assert_eq!(served.get("/v1/tiles/members/0").await.body.len(), 4 * MEMBER_LEAF_BYTES, "leaves stay where they are");

    served.advance(1_000_000);
    let again: Receipt = served.post("/v1/withdrawals", &json!(leaves)).await.json(200);
    assert_eq!(again, receipt, "the first receipt, however late");

    // An epoch in which somebody leaves and nobody comes.
    served.post("/v1/withdrawals", &json!(withdrawal(&served, 10))).await.json::<Receipt>(201);
    let second = seal(&served).await;
    assert_eq!((second.epoch, second.members, second.withdrawn), (2, 4, 3));
    tree.bury(&[0]).unwrap();
    assert_eq!(second.members_root, tree.root());
    let exact = served.get("/v1/tiles/withdrawn/0/2").await;
    assert_eq!(positions(&exact.body), [1, 3], "an earlier epoch's tombstones are the first ones of any later");
    assert!(exact.header("cache-control").contains("immutable"));
    for path in ["withdrawn/1", "withdrawn/0/4", "withdrawn/0/0", "revoked/0"] {
        served.get(&format!("/v1/tiles/{path}")).await.problem(404, "unknown_tile");
    }
    let view: EpochView = served.get("/v1/epochs/1").await.json(200);
    assert_eq!(Checkpoint::from_note(&view.note, &served.service.service_key()), Ok(first));
}

#[tokio::test]
async fn only_the_member_can_leave() {
    let served = Served::new().await;
    let (id, elsewhere) = (*served.service.deployment_id(), DeploymentId::new([9; 32]));
    for forged in [
        Withdrawal::sign(&leaving(20), &id, commitment(10)),
        Withdrawal::sign(&leaving(10), &elsewhere, commitment(10)),
        Withdrawal { commitment: commitment(10), ..withdrawal(&served, 20) },
    ] {
        served.post("/v1/withdrawals", &json!(forged)).await.problem(422, "signature_invalid");
    }
    served.post("/v1/withdrawals", &json!(withdrawal(&served, 11))).await.problem(404, "unknown_member");
    let nothing: SealedEpoch = served.admin("/v1/epochs", &json!({})).await.json(200);
    assert_eq!((nothing.sealed, nothing.checkpoint.withdrawn), (false, 0));
}

#[tokio::test]
async fn who_left_does_not_come_back_with_the_same_commitment() {
    let served = Served::new().await;
    served.post("/v1/withdrawals", &json!(withdrawal(&served, 20))).await.json::<Receipt>(201);
    let token = invitation(&served).await;
    for _ in 0..2 {
        let problem = served.post("/v1/enrolments", &enrolment(&token, 20)).await.problem(409, "withdrawn");
        assert!(problem.hint.unwrap().contains("new wallet"));
        served.service.seal_epoch().await.unwrap();
    }
    served.post("/v1/enrolments", &enrolment(&token, 21)).await.json::<Receipt>(201);
}

#[tokio::test]
async fn a_key_that_signs_everything_is_not_registered() {
    let served = Served::new().await;
    let mut request = enrolment(&invitation(&served).await, 5);
    request["withdrawal_key"] = json!(format!("0x01{}", "00".repeat(31)));
    served.post("/v1/enrolments", &request).await.problem(422, "invalid_body");
}

#[tokio::test]
async fn a_quorum_is_of_the_members_there_are() {
    let served = Served::new().await;
    served.post("/v1/withdrawals", &json!(withdrawal(&served, 20))).await.json::<Receipt>(201);
    seal(&served).await;
    let announce = async |quorum: u32| {
        let body = json!({
            "question": "Which?", "options": ["One", "Other"], "eligibility": {"kind": "membership"},
            "closes_at": NOW + 100, "quorum": {"ballots": quorum},
        });
        served.admin("/v1/polls", &body).await
    };
    announce(3).await.problem(422, "invalid_poll");
    assert_eq!(announce(2).await.status, 201);
}

#[tokio::test]
async fn a_revoked_credential_is_a_tombstone_from_the_next_epoch_on() {
    let mut place = Place::new();
    place.genesis.credentials = (1..=3)
        .map(|number| {
            let attributes = credential(number).attributes;
            GenesisCredential {
                tag: credential(number).tag,
                domain: attributes.domain,
                kind: attributes.kind,
                weight: attributes.weight,
                issued_at: attributes.issued_at,
                expires_at: attributes.expires_at,
            }
        })
        .collect();
    let mut leaves: Vec<_> = place.genesis.genesis_credentials().iter().map(|it| (it.leaf(), it.id)).collect();
    leaves.sort_unstable();
    let served = place.served().await;
    let because = RevokedBy::Poll(poll(1).scope(served.service.deployment_id()));
    served.store().await.revoke(leaves[1].1, because, NOW).await.unwrap().unwrap();
    let sealed = seal(&served).await;
    assert_eq!((sealed.credentials, sealed.revoked, sealed.members, sealed.withdrawn), (3, 1, 3, 0));
    let mut tree = CredentialTree::build(leaves.iter().map(|(leaf, _)| *leaf)).unwrap();
    tree.bury(&[1]).unwrap();
    assert_eq!(sealed.credentials_root, tree.root());
    assert_eq!(positions(&served.get("/v1/tiles/revoked/0/1").await.body), [1]);
}
