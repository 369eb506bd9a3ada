//! Proposals (§6) with real proofs: by who may, as often as the charter says; nobody alters one, and only its proposer withdraws it.

use aiq_server::GenesisFile;
use aiq_server::api::{NewProposal, PollView};
use aiq_tests::actor::{Actor, ballot_key};
use aiq_tests::deployment::{Deployment, found};
use aiq_tests::raw::Reply;
use aiq_tests::world::{NOW, safety};
use aiq_verifier::log::Act;
use aiq_verifier::poll::{Decision, Phase, PollId, PollRule};
use aiq_verifier::presentation::Presentation;
use aiq_verifier::proposal::{PollDraft, Proposal, ProposalKey, WithdrawnBy, propose_message, propose_scope};
use aiq_verifier::receipt::Receipt;
use ed25519_dalek::SigningKey;
use serde_json::json;

use super::log::audited;
use super::polls::send_join;

/// What the built-in charter asks of proposers.
const MENU: &str = "ai-3-10";
/// How often they may here.
const PER_EPOCH: u8 = 2;
/// When the proposed polls open.
const OPENS: u32 = NOW + 100;

/// Members 1 and 2 may propose; member 3 holds one credential.
fn deployment() -> Deployment {
    let standing = [safety(5), safety(4), safety(3)];
    Deployment::founded(
        |_| {},
        |id, file: &mut GenesisFile| {
            file.charter.as_mut().unwrap().proposers.as_mut().unwrap().per_epoch = PER_EPOCH;
            for (number, held) in (1..).zip([&standing[..], &standing, &standing[..1]]) {
                found(file, number, id, held);
            }
        },
    )
}

fn draft(number: u8) -> PollDraft {
    PollDraft {
        id: PollId::new([number; 16]),
        question: "Should evaluation logs be published?".into(),
        options: ["yes", "no"].map(str::to_owned).to_vec(),
        rule: PollRule::SingleChoice {},
        decision: Decision::default(),
        menu: None,
        opens_at: OPENS,
        closes_at: OPENS + 100,
        sealing: None,
        enactment: None,
        reward: None,
    }
}

/// What a proposal's withdrawal is signed with.
fn key(number: u8) -> SigningKey {
    SigningKey::from_bytes(&[number; 32])
}

/// A valid proposal by a member who meets an entry of the menu.
fn proposal(deployment: &Deployment, actor: &Actor, menu: &str, number: u8, draft: PollDraft) -> NewProposal {
    let epoch = actor.latest().0.epoch;
    let (scope, withdrawal_key) = (propose_scope(&deployment.id, epoch, number), ProposalKey::of(&key(number)));
    let presentation = actor.present_now(menu, scope, propose_message(&scope, &draft, &withdrawal_key));
    NewProposal { draft, proposal: Proposal { epoch, number, withdrawal_key, presentation } }
}

fn send(deployment: &Deployment, new: &NewProposal) -> Reply {
    deployment.raw().post("/v1/proposals", &json!(new))
}

fn withdraw(deployment: &Deployment, poll: &PollView, by: WithdrawnBy) -> Reply {
    deployment.raw().post(&format!("/v1/polls/{}/withdrawal", poll.definition.id), &json!(by))
}

#[test]
fn who_has_standing_proposes_as_often_as_the_charter_says_and_nobody_alters_it() {
    let deployment = deployment();
    let proposer = deployment.actor(1);
    let first = proposal(&deployment, &proposer, MENU, 0, draft(1));
    let mut other = first.clone();
    other.draft.question.push('!');
    send(&deployment, &other).assert_problem(422, "proof_invalid");
    let mut other = first.clone();
    other.proposal.withdrawal_key = ProposalKey::of(&key(9));
    send(&deployment, &other).assert_problem(422, "proof_invalid");
    let weak = proposal(&deployment, &deployment.actor(3), "ai-1", 0, draft(1));
    send(&deployment, &weak).assert_problem(422, "proof_invalid");

    let accepted = send(&deployment, &first);
    assert_eq!(accepted.status, 201, "{}", accepted.text());
    let poll: PollView = serde_json::from_value(accepted.json()).unwrap();
    assert_eq!((poll.definition.draft(), poll.proposal.as_ref()), (first.draft.clone(), Some(&first.proposal)));
    let act = Act::Proposal { proposal: first.proposal.clone(), poll: Box::new(poll.definition.clone()) };
    poll.receipt.verify_for(&deployment.service_key, &deployment.id, act).unwrap();
    let again = send(&deployment, &first);
    assert_eq!((again.status, again.json()), (200, accepted.json()));

    send(&deployment, &proposal(&deployment, &proposer, MENU, 0, draft(2))).assert_problem(409, "nullifier_used");
    send(&deployment, &proposal(&deployment, &proposer, MENU, 1, draft(1))).assert_problem(409, "poll_id_used");
    assert_eq!(send(&deployment, &proposal(&deployment, &proposer, MENU, 1, draft(2))).status, 201);
    let beyond = proposal(&deployment, &proposer, MENU, PER_EPOCH, draft(3));
    send(&deployment, &beyond).assert_problem(422, "beyond_allowance");

    let stale = proposal(&deployment, &deployment.actor(2), MENU, 0, draft(4));
    deployment.enrol(5);
    assert!(deployment.admin().seal().unwrap().sealed);
    send(&deployment, &stale).assert_problem(409, "stale_epoch");
    assert_eq!(send(&deployment, &first).status, 200, "whatever the epoch");
    assert_eq!(send(&deployment, &proposal(&deployment, &deployment.actor(1), MENU, 0, draft(4))).status, 201);
    assert_eq!(audited(&deployment.client()).fault, None);
}

#[test]
fn only_its_proposer_withdraws_a_proposal_and_only_before_it_opens() {
    let deployment = deployment();
    let proposer = deployment.actor(1);
    let announce = |number| -> PollView {
        let sent = send(&deployment, &proposal(&deployment, &proposer, MENU, number, draft(number + 1)));
        serde_json::from_value(sent.json()).unwrap()
    };
    let (poll, kept) = (announce(0), announce(1));
    let administrator = WithdrawnBy::Administrator {};
    withdraw(&deployment, &poll, administrator).assert_problem(401, "unauthorized");
    let path = format!("/v1/polls/{}/withdrawal", poll.definition.id);
    let admin = deployment.raw().with_bearer(&deployment.token);
    admin.post(&path, &json!(administrator)).assert_problem(403, "foreign_poll");
    for forged in [WithdrawnBy::sign(&key(9), &poll.scope), WithdrawnBy::sign(&key(0), &kept.scope)] {
        withdraw(&deployment, &poll, forged).assert_problem(422, "signature_invalid");
    }

    let by = WithdrawnBy::sign(&key(0), &poll.scope);
    let accepted = withdraw(&deployment, &poll, by);
    assert_eq!(accepted.status, 201, "{}", accepted.text());
    let receipt: Receipt = serde_json::from_value(accepted.json()).unwrap();
    let act = Act::PollWithdrawal { scope: poll.scope, by };
    receipt.verify_for(&deployment.service_key, &deployment.id, act).unwrap();
    let again = withdraw(&deployment, &poll, by);
    assert_eq!((again.status, again.json()), (200, accepted.json()));
    let join = deployment.actor(2).join_with(&poll, &ballot_key(2));
    send_join(&deployment, &poll, &join).assert_problem(409, "poll_withdrawn");

    deployment.clock.set(OPENS);
    withdraw(&deployment, &kept, WithdrawnBy::sign(&key(1), &kept.scope)).assert_problem(409, "poll_opened");
    deployment.close_poll(&poll);
    let tally = deployment.raw().get(&format!("/v1/polls/{}/tally", poll.definition.id));
    tally.assert_problem(409, "poll_withdrawn");
    let shown = deployment.client().poll(&poll.definition.id).unwrap();
    assert_eq!((shown.phase, shown.withdrawn), (Phase::Withdrawn, Some(receipt)));
    deployment.client().tally(&kept.definition.id).unwrap();
    assert_eq!(audited(&deployment.client()).fault, None);
}

#[test]
fn the_administrator_withdraws_what_the_administrator_announced() {
    let deployment = deployment();
    let poll = deployment.announce_to_members();
    withdraw(&deployment, &poll, WithdrawnBy::sign(&key(0), &poll.scope)).assert_problem(403, "foreign_poll");
    let path = format!("/v1/polls/{}/withdrawal", poll.definition.id);
    let admin = deployment.raw().with_bearer(&deployment.token);
    assert_eq!(admin.post(&path, &json!(WithdrawnBy::Administrator {})).status, 201);
    assert_eq!(deployment.client().poll(&poll.definition.id).unwrap().phase, Phase::Withdrawn);
}

#[test]
fn a_malformed_proposal_is_refused_before_anything_is_stored() {
    let deployment = deployment();
    let good = proposal(&deployment, &deployment.actor(1), MENU, 0, draft(1));
    let changed = |change: fn(&mut NewProposal)| {
        let mut new = good.clone();
        change(&mut new);
        send(&deployment, &new)
    };
    changed(|new| new.draft.options = Vec::new()).assert_problem(422, "invalid_poll");
    changed(|new| new.draft.options[1] = "yes ".into()).assert_problem(422, "invalid_poll");
    changed(|new| new.draft.closes_at = OPENS).assert_problem(422, "invalid_poll");
    changed(|new| new.draft.opens_at = NOW - 1).assert_problem(422, "invalid_poll");
    changed(|new| new.draft.decision.quorum = 4).assert_problem(422, "invalid_poll");
    changed(|new| new.draft.menu = Some("none-such".into())).assert_problem(422, "not_on_menu");
    changed(|new| new.proposal.withdrawal_key = ProposalKey::new([0; 32])).assert_problem(422, "invalid_body");
    let foreign = |new: &mut NewProposal| {
        let Presentation { nullifier, tag, .. } = new.proposal.presentation.clone();
        new.proposal.presentation.tag = aiq_circuits::identity::OwnerTag::new(*nullifier.as_field());
        assert_ne!(new.proposal.presentation.tag, tag);
    };
    changed(foreign).assert_problem(422, "proof_invalid");
    assert!(deployment.client().polls().unwrap().is_empty());
}
