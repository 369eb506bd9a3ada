//! Sponsorship (§6) with real proofs: by who may, as often as the charter says, and what of it is refused.

use aiq_circuits::statement::StatementId;
use aiq_circuits::wire::sha256;
use aiq_server::api::Info;
use aiq_tests::actor::Actor;
use aiq_tests::deployment::Deployment;
use aiq_tests::keys::{keys, rerandomised};
use aiq_tests::raw::Reply;
use aiq_tests::world::safety;
use aiq_verifier::log::Act;
use aiq_verifier::presentation::Presentation;
use aiq_verifier::receipt::Receipt;
use aiq_verifier::sponsorship::{Sponsorship, TokenHash, sponsor_message, sponsor_scope};
use aiq_verifier::withdrawal::WithdrawalKey;
use serde_json::json;

use super::log::audited;

/// What the built-in charter asks of sponsors, and how often they may.
const MENU: &str = "ai-3-10";
const PER_EPOCH: u8 = 2;

/// Members 1 and 2 may invite; member 3 holds one credential, member 4 none.
fn deployment() -> Deployment {
    let standing = [safety(5), safety(4), safety(3)];
    Deployment::new(&[&standing, &standing, &[safety(9)], &[]])
}

fn hash(token: &str) -> TokenHash {
    TokenHash::new(sha256(&[b"AIQ/v1/token", token.as_bytes()]))
}

/// A valid invitation by a member who meets an entry of the menu.
fn invitation(deployment: &Deployment, actor: &Actor, menu: &str, number: u8, token: &str) -> Sponsorship {
    let epoch = actor.latest().0.epoch;
    let (scope, token_hash) = (sponsor_scope(&deployment.id, epoch, number), hash(token));
    let presentation = actor.present_now(menu, scope, sponsor_message(&scope, &token_hash));
    Sponsorship { epoch, number, token_hash, presentation }
}

fn send(deployment: &Deployment, sponsorship: &Sponsorship) -> Reply {
    deployment.raw().post("/v1/sponsorships", &json!(sponsorship))
}

fn enrol(deployment: &Deployment, token: &str, number: u8) -> Reply {
    let commitment = deployment.identity(number).commitment();
    let withdrawal_key = WithdrawalKey::of(&deployment.withdrawal_key(number));
    let body = json!({ "invitation": token, "commitment": commitment, "withdrawal_key": withdrawal_key });
    deployment.raw().post("/v1/enrolments", &body)
}

#[test]
fn who_has_standing_invites_as_often_as_the_charter_says() {
    let deployment = deployment();
    let sponsor = deployment.actor(1);
    let first = invitation(&deployment, &sponsor, MENU, 0, "token a");
    let accepted = send(&deployment, &first);
    assert_eq!(accepted.status, 201, "{}", accepted.text());
    let receipt: Receipt = serde_json::from_value(accepted.json()).unwrap();
    receipt.verify_for(&deployment.service_key, &deployment.id, Act::Sponsorship(first.clone())).unwrap();
    let again = send(&deployment, &first);
    assert_eq!((again.status, again.json()), (200, accepted.json()));
    // Anyone who has seen the proof can make another of it: it invites nobody else.
    let proof = rerandomised(StatementId::Standing3, &first.presentation.proof);
    let another = Presentation { proof, ..first.presentation.clone() };
    let again = send(&deployment, &Sponsorship { presentation: another, ..first.clone() });
    assert_eq!((again.status, again.json()), (200, accepted.json()));

    let other_token = invitation(&deployment, &sponsor, MENU, 0, "token b");
    send(&deployment, &other_token).assert_problem(409, "nullifier_used");
    let last = invitation(&deployment, &sponsor, MENU, PER_EPOCH - 1, "token b");
    assert_eq!(send(&deployment, &last).status, 201);
    assert_ne!(first.presentation.nullifier, last.presentation.nullifier);
    let beyond = invitation(&deployment, &sponsor, MENU, PER_EPOCH, "token c");
    send(&deployment, &beyond).assert_problem(422, "beyond_allowance");
    let taken = invitation(&deployment, &deployment.actor(2), MENU, 0, "token a");
    send(&deployment, &taken).assert_problem(409, "token_known");

    assert_eq!(enrol(&deployment, "token a", 5).status, 201);
    enrol(&deployment, "token a", 6).assert_problem(409, "invitation_used");
    enrol(&deployment, "token c", 6).assert_problem(404, "unknown_invitation");
    let info: Info = deployment.client().info().unwrap();
    assert_eq!((info.invitations.administrator, info.invitations.members), (0, 2));

    // A new epoch is a new allowance; under the old one nobody invites any more.
    let stale = invitation(&deployment, &deployment.actor(2), MENU, 1, "token d");
    assert!(deployment.admin().seal().unwrap().sealed);
    send(&deployment, &stale).assert_problem(409, "stale_epoch");
    let report = audited(&deployment.client());
    assert_eq!((report.fault, report.entries["sponsorship"]), (None, 2));
    let again = send(&deployment, &first);
    assert_eq!((again.status, again.json()), (200, accepted.json()), "the first receipt, whatever the epoch");
    let renewed = invitation(&deployment, &deployment.actor(1), MENU, 0, "token d");
    assert_eq!(send(&deployment, &renewed).status, 201);
    assert!(deployment.actor(5).ledger.members().contains(&deployment.identity(5).commitment()));
}

#[test]
fn a_proof_of_anything_else_invites_nobody() {
    let deployment = deployment();
    let good = invitation(&deployment, &deployment.actor(1), MENU, 0, "token");
    // Less than the charter asks for.
    let weak = invitation(&deployment, &deployment.actor(3), "ai-1", 0, "token");
    send(&deployment, &weak).assert_problem(422, "proof_invalid");
    let stranger = deployment.actor(4);
    let (roots, scope) = (stranger.latest().0, sponsor_scope(&deployment.id, 0, 0));
    let message = sponsor_message(&scope, &hash("token"));
    let membership = stranger.present(&aiq_verifier::eligibility::Eligibility::Membership, &roots, scope, message);
    let only_member = Sponsorship { presentation: membership.clone(), ..good.clone() };
    send(&deployment, &only_member).assert_problem(422, "wrong_statement");
    let key_id = keys().entry(StatementId::Standing3).unwrap().key_id;
    let disguised = Presentation { statement: StatementId::Standing3, key_id, ..membership };
    send(&deployment, &Sponsorship { presentation: disguised, ..good.clone() }).assert_problem(422, "proof_invalid");
    // Somebody else's token, number or nullifier.
    for changed in [
        Sponsorship { token_hash: hash("another"), ..good.clone() },
        Sponsorship { number: 1, ..good.clone() },
        Sponsorship {
            presentation: Presentation { nullifier: weak.presentation.nullifier, ..good.presentation.clone() },
            ..good.clone()
        },
        Sponsorship {
            presentation: Presentation { tag: weak.presentation.tag, ..good.presentation.clone() },
            ..good.clone()
        },
    ] {
        send(&deployment, &changed).assert_problem(422, "proof_invalid");
    }
    assert_eq!(send(&deployment, &good).status, 201);
    assert_eq!(deployment.client().info().unwrap().invitations.members, 1);
}
