//! Becoming a member (§3): by invitation, once, with the next epoch; and what anybody can check about an epoch.

use aiq_circuits::tree::MemberTree;
use aiq_cli::member::{Member, MemberError};
use aiq_cli::progress::Silent;
use aiq_cli::sync::{SyncError, TileCache};
use aiq_cli::wallet::Wallet;
use aiq_server::api::NewInvitations;
use aiq_tests::actor::ballot_key;
use aiq_tests::deployment::{Deployment, client};
use aiq_tests::relay::Relay;
use aiq_tests::world::{safety, seed};
use aiq_verifier::checkpoint::Checkpoint;
use aiq_verifier::log::{Act, EnrolledBy};
use aiq_verifier::receipt::Receipt;
use aiq_verifier::service_key::ServiceKey;
use aiq_verifier::withdrawal::WithdrawalKey;
use serde_json::json;

/// The act of member `number`'s enrolment.
fn enrolment(deployment: &Deployment, number: u8) -> Act {
    let withdrawal_key = WithdrawalKey::of(&deployment.withdrawal_key(number));
    Act::Enrolment { commitment: deployment.identity(number).commitment(), withdrawal_key, by: EnrolledBy::Invitation }
}

fn enrol(deployment: &Deployment, invitation: &str, number: u8) -> aiq_tests::raw::Reply {
    deployment.raw().post("/v1/enrolments", &deployment.enrolment_of(number, invitation))
}

#[test]
fn an_invitation_enrols_one_member_with_the_next_epoch() {
    let deployment = Deployment::new(&[&[]]);
    let invitation = deployment.invitation();
    let mut member = Member::connect(Wallet::with_seed(seed(9)), deployment.client(), None).unwrap();
    let receipt = member.enrol(&invitation).unwrap();
    receipt.verify_for(&deployment.service_key, &deployment.id, enrolment(&deployment, 9)).unwrap();

    let before = member.sync(&TileCache::none(), &Silent).unwrap();
    assert_eq!(before.members(), [deployment.identity(1).commitment()]);
    assert!(deployment.admin().seal().unwrap().sealed);
    let after = member.sync(&TileCache::none(), &Silent).unwrap();
    assert_eq!(after.members().len(), 2);
    assert!(after.members().contains(&deployment.identity(9).commitment()));
    // With nothing waiting, nothing is sealed.
    assert!(!deployment.admin().seal().unwrap().sealed);
}

#[test]
fn the_same_enrolment_again_gives_the_first_receipt() {
    let deployment = Deployment::new(&[&[]]);
    let invitation = deployment.invitation();
    let first = enrol(&deployment, &invitation, 9);
    // Later, after the invitation's time and after the epoch: the answer may have been lost for long.
    deployment.clock.advance(1_000_000);
    deployment.admin().seal().unwrap();
    let again = enrol(&deployment, &invitation, 9);
    assert_eq!((first.status, again.status), (201, 200));
    assert_eq!(first.json(), again.json());
}

#[test]
fn a_used_invitation_enrols_nobody_else() {
    let deployment = Deployment::new(&[&[]]);
    let invitation = deployment.invitation();
    assert_eq!(enrol(&deployment, &invitation, 9).status, 201);
    enrol(&deployment, &invitation, 10).assert_problem(409, "invitation_used");
}

#[test]
fn an_expired_invitation_is_refused_to_the_second() {
    let deployment = Deployment::new(&[&[]]);
    let invite =
        || deployment.admin().invite(&NewInvitations { count: 1, expires_in: 60 }).unwrap().invitations[0].clone();
    let (early, late) = (invite(), invite());
    deployment.clock.set(early.expires_at - 1);
    assert_eq!(enrol(&deployment, &early.token, 9).status, 201);
    deployment.clock.set(late.expires_at);
    enrol(&deployment, &late.token, 10).assert_problem(410, "invitation_expired");
}

#[test]
fn an_unknown_invitation_is_refused() {
    let deployment = Deployment::new(&[&[]]);
    let invitation = deployment.invitation();
    for token in ["", "aiq_invite_", &invitation[..invitation.len() - 1], &invitation.to_uppercase()] {
        enrol(&deployment, token, 9).assert_problem(404, "unknown_invitation");
    }
}

#[test]
fn nobody_is_enrolled_twice() {
    let deployment = Deployment::new(&[&[]]);
    let (first, second) = (deployment.invitation(), deployment.invitation());
    assert_eq!(enrol(&deployment, &first, 9).status, 201);
    enrol(&deployment, &second, 9).assert_problem(409, "already_enrolled");
    // Founders neither, and the invitation stays good for somebody else.
    enrol(&deployment, &second, 1).assert_problem(409, "already_enrolled");
    assert_eq!(enrol(&deployment, &second, 10).status, 201);
    assert_eq!(deployment.admin().seal().unwrap().checkpoint.members, 3);
}

#[test]
fn invitations_and_epochs_are_the_administrators() {
    let deployment = Deployment::new(&[&[]]);
    let request = json!({ "count": 1, "expires_in": 60 });
    let wrong =
        deployment.raw().with_bearer("aiq_admin_0000000000000000000000000000000000000000000000000000000000000000");
    for raw in [deployment.raw(), wrong] {
        raw.post("/v1/invitations", &request).assert_problem(401, "unauthorized");
        raw.post("/v1/epochs", &json!({})).assert_problem(401, "unauthorized");
    }
    for (field, value) in [("count", 0), ("count", 1_000_000), ("expires_in", 0), ("expires_in", 2_000_000_000)] {
        let mut request = request.clone();
        request[field] = value.into();
        let admin = deployment.raw().with_bearer(&deployment.token);
        admin.post("/v1/invitations", &request).assert_problem(422, "invalid_body");
    }
}

#[test]
fn a_checkpoint_is_signed_and_its_roots_are_those_of_the_tiles() {
    let deployment = Deployment::new(&[&[safety(1), safety(2)], &[safety(3)]]);
    for number in 10..20 {
        deployment.enrol(number);
    }
    deployment.admin().seal().unwrap();
    let note = deployment.client().latest_epoch().unwrap().note;
    let checkpoint = Checkpoint::from_note(&note, &deployment.service_key).unwrap();
    assert_eq!((checkpoint.deployment_id, checkpoint.epoch), (deployment.id, 1));
    assert_eq!((checkpoint.members, checkpoint.credentials), (12, 3));

    // By hand, from the bytes of the tile.
    let tile = deployment.raw().get("/v1/tiles/members/0/12").body;
    let (leaves, rest) = tile.as_chunks::<32>();
    assert!(rest.is_empty());
    let commitment = |bytes| aiq_circuits::identity::Commitment::from_bytes(bytes).unwrap();
    let tree = MemberTree::build(leaves.iter().map(commitment)).unwrap();
    assert_eq!(tree.root(), checkpoint.members_root);
    // The leaves of an epoch are sorted: neither their order nor their place tells who came when (§3).
    assert!(leaves[..2].is_sorted() && leaves[2..].is_sorted());
    // The credentials, as every wallet checks them.
    assert_eq!(deployment.actor(1).ledger.head().checkpoint, checkpoint);

    // Someone else's signature, and a text that was changed after signing.
    assert!(Checkpoint::from_note(&note, &ServiceKey::of(&ballot_key(1))).is_err());
    assert!(Checkpoint::from_note(&note.replace("members 12", "members 11"), &deployment.service_key).is_err());
    assert!(Checkpoint::from_note(&note.replace("epoch 1", "epoch 01"), &deployment.service_key).is_err());
}

#[test]
fn earlier_epochs_stay_as_they_were_signed() {
    let deployment = Deployment::new(&[&[], &[]]);
    let first = deployment.client().latest_epoch().unwrap().note;
    let tile = deployment.raw().get("/v1/tiles/members/0/2").body;
    deployment.enrol(10);
    deployment.admin().seal().unwrap();
    assert_eq!(deployment.client().epoch(0).unwrap().note, first);
    assert_eq!(deployment.raw().get("/v1/tiles/members/0/2").body, tile);
    assert_ne!(deployment.client().latest_epoch().unwrap().note, first);
    deployment.raw().get("/v1/epochs/2").assert_problem(404, "unknown_epoch");
    for beyond in ["members/0/4", "members/1", "members/0/0", "members/0/1025", "credentials/0"] {
        deployment.raw().get(&format!("/v1/tiles/{beyond}")).assert_problem(404, "unknown_tile");
    }
}

#[test]
fn there_is_no_call_that_would_name_a_member() {
    // Whoever asked for the path of one leaf would say whose (§3): only whole tiles are served.
    let deployment = Deployment::new(&[&[safety(1)]]);
    let api = deployment.raw().get("/v1/openapi.json").json();
    let paths: Vec<_> = api["paths"].as_object().unwrap().keys().cloned().collect();
    for path in &paths {
        for parameter in ["{commitment}", "{leaf}", "{tag}", "{member}", "{position}"] {
            assert!(!path.contains(parameter), "{path}");
        }
    }
    assert!(paths.iter().any(|path| path == "/v1/tiles/members/{n}"), "{paths:?}");
}

#[test]
fn a_wallet_refuses_another_deployment_than_the_one_that_it_knows() {
    let (deployment, other) = (Deployment::new(&[&[]]), Deployment::new(&[&[]]));
    // Than the one that was named out of band.
    let error = Member::connect(Wallet::in_memory(), other.client(), Some(&deployment.id)).unwrap_err();
    assert!(matches!(error, MemberError::Sync(SyncError::DeploymentChanged { .. })), "{error}");
    // Than the one that answered at this address before.
    let relay = Relay::new(deployment.address());
    let first = Member::connect(Wallet::with_seed(seed(1)), client(relay.url()), None).unwrap();
    let pinned = first.wallet().state().deployments.values().next().unwrap().clone();
    let mut wallet = Wallet::with_seed(seed(1));
    wallet.pin(pinned).unwrap();
    relay.lead_to(other.address());
    let error = Member::connect(wallet, client(relay.url()), None).unwrap_err();
    assert!(matches!(error, MemberError::Sync(SyncError::DeploymentChanged { .. })), "{error}");
}

#[test]
fn receipts_of_enrolments_differ_by_member() {
    let deployment = Deployment::new(&[&[]]);
    let receipt = |number| -> Receipt {
        serde_json::from_slice(&enrol(&deployment, &deployment.invitation(), number).body).unwrap()
    };
    let (first, second) = (receipt(9), receipt(10));
    first.verify_for(&deployment.service_key, &deployment.id, enrolment(&deployment, 9)).unwrap();
    assert!(second.verify_for(&deployment.service_key, &deployment.id, enrolment(&deployment, 9)).is_err());
}
