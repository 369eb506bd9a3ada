//! Five thousand members under one root, polls of every type, real proofs over real HTTP, and everything counted twice.
//!
//! Not part of `cargo test`: `cargo test -p aiq-tests --test aiq -- --ignored large::` runs it. All members join one
//! poll. The five others are joined by a part of them, so that a run takes minutes; every join is a real proof, and so the audit of the
//! whole log holds. Every other poll is sealed, by the service, the largest too; there some of the ballots are spoiled.

mod naive;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use aiq_circuits::identity::{Identity, Nullifier, Seed, TagRandomness};
use aiq_circuits::membership::{MembershipInstance, MembershipWitness};
use aiq_circuits::statement::StatementId;
use aiq_circuits::tree::MemberTree;
use aiq_circuits::wire::sha256;
use aiq_sealing::ballot::seal_choice;
use aiq_server::api::{NewEligibility, NewPoll, NewSealing, PollView};
use aiq_server::genesis_file::Founder;
use aiq_tests::deployment::Deployment;
use aiq_tests::keys::prover;
use aiq_tests::world::NOW;
use aiq_verifier::poll::{Ballot, BallotKey, Choice, Join, Outcome, PollRule, TieBreak, join_message};
use aiq_verifier::presentation::Presentation;
use aiq_verifier::withdrawal::WithdrawalKey;
use ed25519_dalek::SigningKey;
use rand::rngs::{OsRng, StdRng};
use rand::seq::SliceRandom as _;
use rand::{Rng as _, SeedableRng as _};

use self::naive::Expected;
use super::log::audited;

const MEMBERS: usize = 5_000;
/// How many join each poll but the first.
const SOME: usize = 500;
const OPTIONS: usize = 5;
const CREDITS: u32 = 100;
/// Proofs that are made before they are sent.
const BATCH: usize = 250;
/// Clients that send side by side.
const CLIENTS: usize = 8;

const RULES: [PollRule; 6] = [
    PollRule::Schulze {},
    PollRule::SingleChoice {},
    PollRule::Approval { min: 0, max: 3 },
    PollRule::InstantRunoff {},
    PollRule::Score { max: 9 },
    PollRule::Quadratic { credits: CREDITS },
];

/// Everything secret of a member, and of its ballots.
fn secret(number: usize, what: &str) -> [u8; 32] {
    sha256(&[what.as_bytes(), &number.to_be_bytes()])
}

fn deployment() -> (Deployment, Vec<Identity>) {
    let mut identities = Vec::new();
    let deployment = Deployment::founded(
        |_| {},
        |id, file| {
            for number in 0..MEMBERS {
                let identity = Identity::derive(&Seed::from_bytes(secret(number, "seed")), id);
                let key = SigningKey::from_bytes(&secret(number, "withdrawal"));
                let withdrawal_key = WithdrawalKey::of(&key);
                file.founders.push(Founder { commitment: identity.commitment(), withdrawal_key });
                identities.push(identity);
            }
        },
    );
    (deployment, identities)
}

fn announce(deployment: &Deployment, number: usize, rule: PollRule) -> PollView {
    let options = (1..=OPTIONS).map(|number| format!("option {number}")).collect();
    let poll = NewPoll::new(format!("Which? ({})", rule.name()), options, NewEligibility::Membership {}, NOW + 1000);
    let sealing = if number.is_multiple_of(2) { NewSealing::default() } else { NewSealing::None {} };
    let poll = NewPoll { rule, tie_break: TieBreak::Order, opens_at: Some(NOW + 100), sealing, ..poll };
    deployment.admin().announce(&poll).unwrap()
}

/// A choice of this type, with a liking for some options.
fn choice(rule: PollRule, rng: &mut StdRng) -> Choice {
    if rng.gen_bool(0.05) {
        return Choice::Abstain;
    }
    let mut places: Vec<u8> = (0..5).collect();
    places.shuffle(rng);
    places.sort_by_key(|place| u32::from(*place) + rng.gen_range(0..8));
    match rule {
        PollRule::SingleChoice {} => Choice::Option(places[0]),
        PollRule::Approval { .. } => {
            places.truncate(rng.gen_range(0..=3));
            places.sort_unstable();
            Choice::Approve(places)
        }
        PollRule::InstantRunoff {} | PollRule::Schulze {} => {
            places.truncate(rng.gen_range(1..=OPTIONS));
            Choice::Rank(places)
        }
        PollRule::Score { max } => Choice::Score((0..OPTIONS).map(|_| rng.gen_range(0..=max)).collect()),
        // 25 · 4 credits at most.
        PollRule::Quadratic { .. } => {
            let mut votes = vec![0; OPTIONS];
            for place in places.iter().take(4) {
                votes[usize::from(*place)] = rng.gen_range(0..=5);
            }
            Choice::Votes(votes)
        }
    }
}

/// Sends everything, from several clients side by side.
fn send<T: Sync>(deployment: &Deployment, all: &[T], one: impl Fn(&aiq_cli::client::Client, &T) + Sync) {
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                let client = deployment.client();
                while let Some(item) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
                    one(&client, item);
                }
            });
        }
    });
}

/// Proves and sends the joins of the first `count` members.
fn join(deployment: &Deployment, identities: &[Identity], poll: &PollView) {
    let tree = MemberTree::build(leaves(deployment)).unwrap();
    let places: BTreeMap<_, u32> = tree.leaves().iter().map(ToString::to_string).zip(0..).collect();
    let prover = prover(StatementId::Membership);
    assert_eq!(tree.root(), poll.definition.roots.members_root);
    for (batch, some) in identities.chunks(BATCH).enumerate() {
        let (mut statements, mut keys) = (Vec::new(), Vec::new());
        for (place, identity) in some.iter().enumerate() {
            let key = BallotKey::of(&ballot_key(batch * BATCH + place));
            let tag_randomness = TagRandomness::random(&mut OsRng);
            let tag = identity.secret().tag(&tag_randomness);
            let message = join_message(&poll.scope, &key);
            let nullifier = identity.nullifier(&poll.scope);
            let path = tree.path(places[&identity.commitment().as_field().to_string()]).unwrap();
            let instance = MembershipInstance::new(tree.root(), poll.scope, nullifier, tag, message);
            let witness = MembershipWitness { secret: identity.secret().clone(), tag_randomness, path };
            statements.push((instance, witness));
            keys.push((key, nullifier, tag));
        }
        let proofs = prover.prove_many(&statements, &mut OsRng, &|_, _| {});
        let joins: Vec<Join> = proofs
            .into_iter()
            .zip(keys)
            .map(|(proof, (ballot_key, nullifier, tag))| {
                let (statement, key_id, proof) = (StatementId::Membership, prover.key_id(), proof.unwrap());
                Join { presentation: Presentation { statement, key_id, nullifier, tag, proof }, ballot_key }
            })
            .collect();
        send(deployment, &joins, |client, join| {
            assert!(client.join(&poll.definition.id, join).unwrap().created);
        });
    }
}

fn leaves(deployment: &Deployment) -> Vec<aiq_circuits::identity::Commitment> {
    let actor = aiq_tests::actor::Actor::connect_as(Seed::from_bytes(secret(0, "seed")), deployment.client());
    actor.ledger.members().to_vec()
}

fn ballot_key(number: usize) -> SigningKey {
    SigningKey::from_bytes(&secret(number, "ballot"))
}

/// What a ballot says; in a sealed poll it may be nothing that anybody can read.
type Wish = Option<Choice>;

/// The body of a ballot.
fn body(poll: &PollView, nullifier: &Nullifier, seq: u32, wish: &Wish) -> Vec<u8> {
    let choice = wish.as_ref().unwrap_or(&Choice::Abstain);
    let sealed = seal_choice(&poll.definition, &poll.scope, (nullifier, seq), choice, &mut OsRng);
    let mut body = sealed.unwrap_or_else(|| choice.encode());
    if wish.is_none() {
        // The last byte of the ciphertext's tag.
        *body.last_mut().unwrap() ^= 1;
    }
    body
}

/// Nine of ten vote, a third of them again and again; what counts is the last.
fn vote(deployment: &Deployment, identities: &[Identity], poll: &PollView, rng: &mut StdRng) -> Vec<Wish> {
    let (rule, sealed) = (poll.definition.rule, poll.definition.sealing.is_some());
    let mut wishes: Vec<(usize, Vec<Wish>)> = Vec::new();
    for number in 0..identities.len() {
        let times = [0, 1, 1, 1, 1, 1, 1, 2, 2, 3][rng.gen_range(0..10)];
        let mut wish = || (!sealed || rng.gen_bool(0.97)).then(|| choice(rule, rng));
        wishes.push((number, (0..times).map(|_| wish()).collect()));
    }
    send(deployment, &wishes, |client, (number, choices)| {
        let nullifier = identities[*number].nullifier(&poll.scope);
        for (seq, wish) in (0..).zip(choices) {
            let body = body(poll, &nullifier, seq, wish);
            let ballot = Ballot::sign(&ballot_key(*number), poll.scope, nullifier, seq, body, &mut OsRng);
            assert!(client.vote(&poll.definition.id, &ballot).unwrap().created);
        }
    });
    wishes.into_iter().filter_map(|(_, mut choices)| choices.pop()).collect()
}

#[test]
#[ignore = "takes minutes"]
fn five_thousand_members_and_every_type_of_poll_are_counted_alike_by_three() {
    let begun = Instant::now();
    let step = |what: &str| eprintln!("{:>5} s  {what}", begun.elapsed().as_secs());
    let (deployment, identities) = deployment();
    let mut numbers = 0..;
    let polls = RULES.map(|rule| announce(&deployment, numbers.next().unwrap(), rule));
    let joining = |number: usize| if number == 0 { &identities[..] } else { &identities[..SOME] };
    for (number, poll) in polls.iter().enumerate() {
        join(&deployment, joining(number), poll);
        step(&format!("{} joined: {}", joining(number).len(), poll.definition.rule.name()));
    }
    deployment.open_poll(&polls[0]);
    let mut rng = StdRng::seed_from_u64(5_000);
    let wishes: Vec<Vec<Wish>> =
        polls.iter().enumerate().map(|(number, poll)| vote(&deployment, joining(number), poll, &mut rng)).collect();
    step("voted");
    deployment.close_poll(&polls[0]);
    for (number, (poll, wishes)) in polls.iter().zip(&wishes).enumerate() {
        let rule = poll.definition.rule;
        let tally = deployment.client().tally(&poll.definition.id).unwrap().tally;
        let Outcome::Winner(lead) = tally.outcome else { panic!("{tally:?}") };
        let winner = usize::from(lead.option);
        let valid: Vec<&Choice> = wishes.iter().flatten().collect();
        let spoiled = (wishes.len() - valid.len()) as u64;
        assert_eq!(spoiled > 0, number.is_multiple_of(2), "sealed ballots can be spoiled, and some are");
        let voted = tally.voted - tally.spoiled;
        let counted = Expected { options: tally.options, abstain: tally.abstain, voted, winner };
        assert_eq!(counted, naive::count(rule, OPTIONS, &valid), "{}", rule.name());
        assert_eq!((tally.joined, tally.spoiled), (joining(number).len() as u64, spoiled));
    }
    step("counted, twice");
    let report = audited(&deployment.client());
    assert_eq!(report.fault, None);
    assert_eq!((report.members, report.polls.len()), (MEMBERS as u64, RULES.len()));
    assert_eq!(report.entries["join"], (MEMBERS + SOME * (RULES.len() - 1)) as u64);
    step("audited");
}
