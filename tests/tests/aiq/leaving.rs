//! Leaving and coming back (§3), and revoked credentials (§4; attack 22): what each epoch's trees still show, and to which poll.

use aiq_audit::{Options, audit};
use aiq_cli::export::{Export, What};
use aiq_cli::member::{Excluded, MemberError, Promises, describe};
use aiq_cli::progress::Silent;
use aiq_cli::sync::TileCache;
use aiq_server::api::PollView;
use aiq_tests::actor::{Actor, ballot_key};
use aiq_tests::deployment::{Deployment, client};
use aiq_tests::relay::Relay;
use aiq_tests::world::safety;
use aiq_verifier::log::{Act, RevokedBy};
use aiq_verifier::poll::{BallotKey, Choice, Join, join_message};
use aiq_verifier::withdrawal::Withdrawal;

use crate::polls::send_join;

const SAFETY: &str = "safety-3-10";

/// A poll that is announced now, and one that is announced after the next epoch.
struct Polls {
    before: PollView,
    after: PollView,
}

/// A join of `poll` with a proof over the roots that `other` pinned.
fn under_other_roots(actor: &Actor, poll: &PollView, other: &PollView) -> Join {
    let ballot_key = BallotKey::of(&ballot_key(1));
    let message = join_message(&poll.scope, &ballot_key);
    let roots = &other.definition.roots;
    let presentation = actor.present(&poll.definition.eligibility, roots, poll.scope, message);
    Join { presentation, ballot_key }
}

/// Member 1 leaves between two polls; the epoch that buries its leaf is sealed.
fn left() -> (Deployment, Actor, Polls) {
    let deployment = Deployment::new(&[&[], &[]]);
    let before = deployment.announce_to_members();
    let mut actor = deployment.actor(1);
    let receipt = actor.member.leave().unwrap();
    let key = deployment.withdrawal_key(1);
    let act = Act::Withdrawal(Withdrawal::sign(&key, &deployment.id, deployment.identity(1).commitment()));
    receipt.verify_for(&deployment.service_key, &deployment.id, act).unwrap();
    let sealed = deployment.admin().seal().unwrap().checkpoint;
    assert_eq!((sealed.epoch, sealed.members, sealed.withdrawn), (1, 2, 1));
    let after = deployment.announce_to_members();
    actor.sync();
    (deployment, actor, Polls { before, after })
}

#[test]
fn who_left_joins_what_pinned_an_earlier_epoch_and_nothing_later() {
    let (deployment, mut actor, polls) = left();
    let head = actor.ledger.head();
    assert!(
        !head.has_member(&deployment.identity(1).commitment()) && head.has_member(&deployment.identity(2).commitment())
    );
    let error = actor.join(&polls.after).unwrap_err();
    assert!(matches!(error, MemberError::Withdrawn(1)), "{error}");
    // A proof under the old roots is no proof for a poll that pinned the new ones.
    let forged = under_other_roots(&actor, &polls.after, &polls.before);
    send_join(&deployment, &polls.after, &forged).assert_problem(422, "proof_invalid");

    actor.join(&polls.before).unwrap();
    deployment.open_poll(&polls.before);
    actor.vote(&polls.before, Choice::Option(0)).unwrap();
    // The others go on.
    deployment.actor(2).join(&polls.after).unwrap();
}

#[test]
fn who_comes_back_with_a_new_wallet_acts_once_in_every_scope() {
    let (deployment, mut old, polls) = left();
    // The same person, another seed, another invitation.
    deployment.enrol(9);
    assert_eq!(deployment.admin().seal().unwrap().checkpoint.member_count(), 2);
    let latest = deployment.announce_to_members();
    let mut new = deployment.actor(9);

    old.join(&polls.before).unwrap();
    let error = new.join(&polls.before).unwrap_err();
    assert!(matches!(error, MemberError::NotAMember { epoch: 0, members: 2 }), "{error}");
    let forged = under_other_roots(&new, &polls.before, &latest);
    send_join(&deployment, &polls.before, &forged).assert_problem(422, "proof_invalid");

    new.join(&latest).unwrap();
    old.sync();
    assert!(matches!(old.join(&latest), Err(MemberError::Withdrawn(2))));
    let forged = under_other_roots(&old, &latest, &polls.before);
    send_join(&deployment, &latest, &forged).assert_problem(422, "proof_invalid");
    // In between there was neither the one nor the other.
    let error = new.join(&polls.after).unwrap_err();
    assert!(matches!(error, MemberError::NotAMember { epoch: 1, members: 1 }), "{error}");
    assert!(matches!(old.join(&polls.after), Err(MemberError::Withdrawn(1))));
    let joined = |poll: &PollView| deployment.client().poll(&poll.definition.id).unwrap().joined;
    assert_eq!([&polls.before, &polls.after, &latest].map(joined), [1, 0, 1]);
}

#[test]
fn a_withdrawal_whose_answer_is_lost_is_the_same_withdrawal_and_its_receipt_is_kept() {
    let deployment = Deployment::new(&[&[], &[]]);
    let relay = Relay::new(deployment.address());
    let mut actor = Actor::connect(1, client(relay.url()));
    relay.lose_answers(1);
    assert!(matches!(actor.member.leave(), Err(MemberError::Client(_))));
    let receipt = actor.member.leave().unwrap();
    deployment.clock.advance(1_000_000);
    assert_eq!(actor.member.leave().unwrap(), receipt);
    assert!(deployment.admin().seal().unwrap().sealed);
    assert_eq!(actor.member.promises(), Promises { receipts: 1, included: 0 });
    actor.sync();
    assert_eq!(actor.member.promises(), Promises { receipts: 1, included: 1 });
    assert!(!deployment.admin().seal().unwrap().sealed, "nobody leaves twice");
}

#[test]
fn a_revoked_credential_counts_only_in_polls_that_pinned_it() {
    let deployment = Deployment::new(&[&[safety(5), safety(4), safety(3)], &[safety(5), safety(5), safety(5)]]);
    let before = deployment.announce_to(SAFETY);
    let mut actor = deployment.actor(1);
    let held = actor.member.holdings(&actor.ledger);
    assert!(held.len() == 3 && held.iter().all(|held| !held.revoked));
    deployment.revoke(held[1].credential.id, RevokedBy::Poll(before.scope));
    let unchanged = deployment.announce_to(SAFETY);
    assert!(deployment.admin().seal().unwrap().sealed);
    let after = deployment.announce_to(SAFETY);

    actor.sync();
    let now = actor.member.holdings(&actor.ledger);
    assert_eq!(now.iter().map(|held| held.revoked).collect::<Vec<_>>(), [false, true, false]);
    let Err(MemberError::Shortfall(shortfall)) = actor.join(&after) else { panic!("two are left of three") };
    let revoked = (describe(&held[1], actor.member.domains()), Excluded::Revoked);
    assert_eq!((shortfall.count, &shortfall.left_out[..]), (2, &[revoked][..]));
    let forged = under_other_roots(&actor, &after, &before);
    send_join(&deployment, &after, &forged).assert_problem(422, "proof_invalid");
    for poll in [&before, &unchanged] {
        actor.join(poll).unwrap();
    }
    assert_eq!(deployment.actor(2).join(&after).unwrap().crowd.at_most, 1, "five of six are left, three are needed");
}

#[test]
fn a_log_in_which_somebody_left_holds() {
    let (deployment, mut actor, polls) = left();
    actor.join(&polls.before).unwrap();
    let client = deployment.client();
    let (cache, what) = (TileCache::none(), What::Everything);
    let report =
        audit(Export::begin(&client, &cache, what, &Silent).unwrap(), &Options::default(), &mut |_| {}).unwrap();
    assert_eq!(report.fault, None);
    assert_eq!((report.members, report.withdrawn, report.entries["withdrawal"]), (1, 1, 1));
}
