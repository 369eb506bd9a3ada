//! Attacks 17, 28 and 29 on sealed polls, and how a poll is sealed that nobody said anything about (§8).

use aiq_circuits::identity::Nullifier;
use aiq_sealing::{ballot::seal_choice, key::SecretKey};
use aiq_server::api::{NewEligibility, NewPoll, PollView};
use aiq_tests::actor::{Actor, ballot_key};
use aiq_tests::deployment::Deployment;
use aiq_verifier::poll::{Ballot, Choice, Count, SealedBy, last_ballots};
use aiq_verifier::service_key::Signature;
use rand::rngs::OsRng;

use super::{NOBODY_HOLDS_ANYTHING, ballots_path, send_ballot, send_join};

/// A poll as it is if nobody says how it is sealed, and members 1 to 3, who have joined with their ballot keys.
struct Sealed {
    deployment: Deployment,
    poll: PollView,
    actors: Vec<Actor>,
}

fn announce(deployment: &Deployment) -> PollView {
    let now = aiq_server::Clock::now(&*deployment.clock);
    let options = ["yes", "no", "later"].map(str::to_owned).to_vec();
    let poll = NewPoll::new("Shall we?".into(), options, NewEligibility::Membership {}, now + 1000);
    deployment.admin().announce(&NewPoll { opens_at: Some(now + 100), ..poll }).unwrap()
}

fn sealed() -> Sealed {
    let deployment = Deployment::new(NOBODY_HOLDS_ANYTHING);
    let poll = announce(&deployment);
    let actors: Vec<Actor> = (1..=3).map(|number| deployment.actor(number)).collect();
    for (number, actor) in (1..).zip(&actors) {
        assert_eq!(send_join(&deployment, &poll, &actor.join_with(&poll, &ballot_key(number))).status, 201);
    }
    deployment.open_poll(&poll);
    Sealed { deployment, poll, actors }
}

impl Sealed {
    fn voter(&self, number: u8) -> (&Actor, Nullifier) {
        let actor = &self.actors[usize::from(number) - 1];
        (actor, actor.member.identity().nullifier(&self.poll.scope))
    }

    fn body(&self, number: u8, seq: u32, choice: &Choice) -> Vec<u8> {
        let voter = self.voter(number).1;
        seal_choice(&self.poll.definition, &self.poll.scope, (&voter, seq), choice, &mut OsRng).unwrap()
    }

    fn ballot(&self, number: u8, seq: u32, choice: &Choice) -> Ballot {
        self.signed(number, seq, &self.body(number, seq, choice))
    }

    /// Whatever body, signed as it should be.
    fn signed(&self, number: u8, seq: u32, body: &[u8]) -> Ballot {
        self.voter(number).0.ballot(&self.poll, &ballot_key(number), seq, body)
    }

    #[track_caller]
    fn accepted(&self, ballot: &Ballot) {
        assert_eq!(send_ballot(&self.deployment, &self.poll, ballot).status, 201);
    }

    #[track_caller]
    fn refused(&self, ballot: &Ballot, status: u16, code: &str) {
        send_ballot(&self.deployment, &self.poll, ballot).assert_problem(status, code);
    }

    /// What came out: the options, spoiled ballots, voters.
    fn tally(&self) -> (Vec<u64>, u64, u64) {
        self.deployment.close_poll(&self.poll);
        let tally = self.deployment.client().tally(&self.poll.definition.id).unwrap().tally;
        (tally.options, tally.spoiled, tally.voted)
    }
}

#[test]
fn a_poll_is_sealed_and_anybody_counts_it_after_the_close() {
    let sealed = sealed();
    let sealing = sealed.poll.definition.sealing.unwrap();
    assert_eq!(sealing.trustees, SealedBy::Service);
    sealed.accepted(&sealed.ballot(1, 0, &Choice::Option(0)));
    sealed.accepted(&sealed.ballot(2, 0, &Choice::Option(2)));
    sealed.accepted(&sealed.ballot(2, 1, &Choice::Option(0)));
    sealed.accepted(&sealed.ballot(3, 0, &Choice::Abstain));
    assert_eq!(sealed.tally(), (vec![2, 0, 0], 0, 3));
    // From nothing but what is public: the ballots, the share, the definition.
    let client = sealed.deployment.client();
    let shown = client.poll(&sealed.poll.definition.id).unwrap();
    let share = shown.sealing.unwrap().trustees[0].share.clone().unwrap().share;
    let secret = SecretKey::from_bytes(share.share.as_bytes()).unwrap();
    assert_eq!(secret.sealing_key(), sealing.key);
    let ballots: Vec<Ballot> =
        client.ballots(&sealed.poll.definition.id).unwrap().into_iter().map(|entry| entry.ballot.unwrap()).collect();
    let (definition, scope) = (&sealed.poll.definition, &sealed.poll.scope);
    assert_eq!(last_ballots(scope, 3, &ballots).unwrap().len(), 3);
    let count: Count = aiq_sealing::ballot::count(&secret, definition, scope, 3, &ballots).unwrap();
    assert_eq!(Some(count.tally), shown.tally.map(|signed| signed.tally));
}

#[test]
fn before_the_close_nothing_that_is_shown_depends_on_the_choice() {
    let sealed = sealed();
    for (seq, choice) in [(0, Choice::Abstain), (1, Choice::Option(2))] {
        let ballot = sealed.ballot(1, seq, &choice);
        assert_eq!(ballot.body.len(), sealed.poll.definition.sealed_body_length().unwrap());
        sealed.accepted(&ballot);
    }
    let listed = sealed.deployment.raw().get(&ballots_path(&sealed.poll)).json();
    for entry in listed["ballots"].as_array().unwrap() {
        assert_eq!(entry.as_object().unwrap().keys().collect::<Vec<_>>(), ["nullifier", "seq"]);
    }
}

/// ATTACKS 28: as it worked on Helios. The copy says nothing, for it is sealed for somebody else, another number, another poll.
#[test]
fn a_copied_ciphertext_is_spoiled() {
    let sealed = sealed();
    let original = sealed.ballot(1, 0, &Choice::Option(1));
    sealed.accepted(&original);
    sealed.accepted(&sealed.signed(2, 0, &original.body));
    // One's own of before under a new number, which would bring back a vote that was changed.
    sealed.accepted(&sealed.ballot(3, 0, &Choice::Option(1)));
    let earlier = sealed.body(3, 0, &Choice::Option(1));
    sealed.accepted(&sealed.signed(3, 1, &earlier));
    assert_eq!(sealed.tally(), (vec![0, 1, 0], 2, 3));
}

#[test]
fn a_ciphertext_of_another_poll_is_spoiled() {
    let sealed = sealed();
    sealed.deployment.clock.set(aiq_tests::world::NOW);
    let other = announce(&sealed.deployment);
    sealed.deployment.open_poll(&sealed.poll);
    let voter = sealed.voter(1).1;
    let key = other.definition.sealing.unwrap().key;
    assert_ne!(Some(key), sealed.poll.definition.sealing.map(|sealing| sealing.key), "each poll has a key of its own");
    for scope in [&sealed.poll.scope, &other.scope] {
        let seq = u32::from(scope == &other.scope);
        let body = seal_choice(&other.definition, scope, (&voter, seq), &Choice::Option(0), &mut OsRng).unwrap();
        sealed.accepted(&sealed.signed(1, seq, &body));
    }
    assert_eq!(sealed.tally(), (vec![0, 0, 0], 1, 1));
}

/// ATTACKS 29: counted, public, and in nobody's way.
#[test]
fn what_says_nothing_is_spoiled_and_counted() {
    let sealed = sealed();
    let length = sealed.poll.definition.sealed_body_length().unwrap();
    sealed.accepted(&sealed.signed(1, 0, &vec![4; length]));
    // A choice of another type, and one that the poll does not offer, sealed as they should be.
    sealed.accepted(&sealed.ballot(2, 0, &Choice::Option(3)));
    sealed.accepted(&sealed.ballot(3, 0, &Choice::Approve(vec![])));
    assert_eq!(sealed.tally(), (vec![0, 0, 0], 3, 3));
}

#[test]
fn a_ciphertext_of_another_length_is_refused() {
    let sealed = sealed();
    let body = sealed.body(1, 0, &Choice::Option(0));
    let longer = [&body[..], &[0]].concat();
    for body in [&body[1..], &longer, &[], &vec![0; Ballot::MAX_BODY + 1]] {
        sealed.refused(&sealed.signed(1, 0, body), 422, "invalid_ballot");
    }
    // Nor what an open poll would take.
    sealed.refused(&sealed.signed(1, 0, &Choice::Option(0).encode()), 422, "invalid_ballot");
    sealed.accepted(&sealed.signed(1, 0, &body));
}

/// ATTACKS 17.
#[test]
fn what_is_refused_in_an_open_poll_is_refused_in_a_sealed_one() {
    let sealed = sealed();
    let ballot = sealed.ballot(1, 5, &Choice::Option(0));
    sealed.deployment.clock.set(sealed.poll.definition.opens_at - 1);
    sealed.refused(&ballot, 409, "poll_not_open");
    sealed.deployment.open_poll(&sealed.poll);
    // Of somebody who has not joined, with somebody else's key, changed after signing.
    let stranger =
        Ballot { nullifier: sealed.voter(1).0.member.identity().nullifier(&announce_scope()), ..ballot.clone() };
    sealed.refused(&stranger, 409, "not_joined");
    let forged = sealed.voter(1).0.ballot(&sealed.poll, &ballot_key(2), 5, &ballot.body);
    sealed.refused(&forged, 422, "signature_invalid");
    let mut body = ballot.body.clone();
    body[80] ^= 1;
    sealed.refused(&Ballot { body, ..ballot.clone() }, 422, "signature_invalid");
    sealed.refused(&Ballot { seq: 6, ..ballot.clone() }, 422, "signature_invalid");
    sealed.refused(&Ballot { signature: Signature::new([0; 64]), ..ballot.clone() }, 422, "signature_invalid");
    // Of another poll.
    sealed.deployment.clock.set(aiq_tests::world::NOW);
    let other = announce(&sealed.deployment);
    sealed.deployment.open_poll(&sealed.poll);
    send_ballot(&sealed.deployment, &other, &ballot).assert_problem(422, "invalid_ballot");
    sealed.accepted(&ballot);
    // Back, the same number anew, and after the close.
    sealed.refused(&sealed.ballot(1, 4, &Choice::Option(1)), 409, "ballot_superseded");
    sealed.refused(&sealed.ballot(1, 5, &Choice::Option(1)), 409, "ballot_seq_used");
    sealed.deployment.close_poll(&sealed.poll);
    sealed.refused(&sealed.ballot(1, 6, &Choice::Option(1)), 409, "poll_closed");
    assert_eq!(send_ballot(&sealed.deployment, &sealed.poll, &ballot).status, 200, "its receipt again");
    assert_eq!(sealed.tally(), (vec![1, 0, 0], 0, 1));
}

/// A scope in which nobody has joined anything.
fn announce_scope() -> aiq_circuits::scope::Scope {
    let deployment = aiq_circuits::identity::DeploymentId::new([1; 32]);
    aiq_circuits::scope::Scope::derive(&deployment, aiq_circuits::scope::ScopeKind::Poll, b"none")
}
