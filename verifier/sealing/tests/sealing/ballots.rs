//! Rows 28 and 29: copied, broken and badly filled ballots are spoiled, counted, and in nobody's way. And reasons.

use aiq_circuits::{identity::Nullifier, scope::Scope};
use aiq_sealing::{
    ballot::{count, open_ballot, open_reason, seal_choice, seal_reason},
    key::{SecretKey, service_secret},
};
use aiq_verifier::poll::{Ballot, Choice, Outcome, PollDefinition, PollId, PollRule, SealedBy, Sealing, SealingKey};
use ed25519_dalek::SigningKey;

use crate::{
    frost::seal,
    support::{HERE, Made, nullifier, poll, rng, scope},
};

fn secret() -> SecretKey {
    service_secret(&[4; 32], &HERE, &PollId::new([9; 16]))
}

fn sealed_poll(rule: PollRule) -> PollDefinition {
    poll(rule, SealedBy::Service, secret().sealing_key())
}

fn ballot(definition: &PollDefinition, voter: u64, seq: u32, body: Vec<u8>) -> Ballot {
    Ballot::sign(&SigningKey::from_bytes(&[5; 32]), scope(definition), nullifier(voter), seq, body, &mut rng())
}

fn vote(definition: &PollDefinition, voter: u64, seq: u32, choice: &Choice) -> Ballot {
    let body = seal_choice(definition, &scope(definition), (&nullifier(voter), seq), choice, &mut rng()).unwrap();
    ballot(definition, voter, seq, body)
}

/// A plaintext of any form, sealed as it should be.
fn sealed(definition: &PollDefinition, voter: u64, plain: &[u8]) -> Ballot {
    let aad = aad(&scope(definition), &nullifier(voter), 1);
    let key: SealingKey = definition.sealing.unwrap().key;
    ballot(definition, voter, 1, seal(key.as_bytes(), b"AIQ/v1/sealed-ballot", &aad, plain))
}

fn aad(scope: &Scope, nullifier: &Nullifier, seq: u32) -> Vec<u8> {
    [&scope.to_bytes()[..], &nullifier.to_bytes(), &seq.to_be_bytes()].concat()
}

#[test]
fn what_is_sealed_opens_and_is_as_long_as_all_else() {
    let rules = [
        (PollRule::SingleChoice {}, vec![Choice::Option(2)]),
        (PollRule::Approval { min: 0, max: 2 }, vec![Choice::Approve(vec![]), Choice::Approve(vec![0, 2])]),
        (PollRule::Schulze {}, vec![Choice::Rank(vec![1]), Choice::Rank(vec![2, 1, 0])]),
        (PollRule::Score { max: 9 }, vec![Choice::Score(vec![9, 0, 1])]),
        (PollRule::Quadratic { credits: 9 }, vec![Choice::Votes(vec![0; 3]), Choice::Votes(vec![2, 1, 2])]),
    ];
    for (rule, mut choices) in rules {
        choices.push(Choice::Abstain);
        let definition = sealed_poll(rule);
        for choice in choices {
            let ballot = vote(&definition, 1, 1, &choice);
            assert_eq!(Some(ballot.body.len()), definition.sealed_body_length(), "{choice:?}");
            assert_eq!(open_ballot(&secret(), &definition, &ballot), Some(choice));
        }
    }
    let open = PollDefinition { sealing: None, ..sealed_poll(PollRule::SingleChoice {}) };
    assert_eq!(seal_choice(&open, &scope(&open), (&nullifier(1), 1), &Choice::Abstain, &mut rng()), None);
}

#[test]
fn a_trustees_poll_opens_with_their_shares() {
    let made = Made::after_round_2(2, 3);
    let definition = made.poll(PollRule::SingleChoice {});
    let ballot = vote(&definition, 1, 1, &Choice::Option(1));
    assert_eq!(open_ballot(&made.secret(), &definition, &ballot), Some(Choice::Option(1)));
    assert_eq!(open_ballot(&secret(), &definition, &ballot), None);
}

/// Row 28: who copies another's ciphertext, to vote as they did without knowing how, has a spoiled ballot.
#[test]
fn a_copied_ciphertext_is_spoiled_for_another_voter_another_number_and_another_poll() {
    let definition = sealed_poll(PollRule::SingleChoice {});
    let body = vote(&definition, 1, 1, &Choice::Option(2)).body;
    assert_eq!(open_ballot(&secret(), &definition, &ballot(&definition, 2, 1, body.clone())), None);
    assert_eq!(open_ballot(&secret(), &definition, &ballot(&definition, 1, 2, body.clone())), None);
    let other = PollDefinition { closes_at: 301, ..definition.clone() };
    assert_eq!(open_ballot(&secret(), &other, &ballot(&other, 1, 1, body.clone())), None);
    let ballots = [vote(&definition, 1, 1, &Choice::Option(2)), ballot(&definition, 2, 1, body)];
    let tally = count(&secret(), &definition, &scope(&definition), 2, &ballots).unwrap().tally;
    assert_eq!((tally.options, tally.spoiled, tally.voted), (vec![0, 0, 1], 1, 2));
}

/// Row 29.
#[test]
fn what_does_not_decrypt_or_says_nothing_is_spoiled_and_the_others_are_counted() {
    let definition = sealed_poll(PollRule::Approval { min: 0, max: 3 });
    let length = definition.sealed_body_length().unwrap();
    // Length, what it says, zeros up to four bytes.
    let broken: [&[u8]; 9] = [
        &[0, 2, 1, 3, 0, 0],       // no such option
        &[0, 3, 1, 1, 1, 0],       // an option twice
        &[0, 3, 1, 1, 0, 0],       // in another order
        &[0, 2, 2, 0, 0, 0],       // neither a choice nor an abstention
        &[0, 0, 0, 0, 0, 0],       // nothing at all
        &[0, 5, 1, 0, 1, 2],       // longer than it is
        &[0xff, 0xff, 1, 0, 0, 0], // much longer
        &[0, 2, 1, 0, 0, 1],       // not filled with zeros
        &[0, 2, 1, 0, 0, 0, 0],    // filled too far
    ];
    let mut ballots: Vec<Ballot> = (1..).zip(broken).map(|(voter, plain)| sealed(&definition, voter, plain)).collect();
    for ballot in &ballots {
        assert_eq!(open_ballot(&secret(), &definition, ballot), None);
    }
    let right = vote(&definition, 20, 1, &Choice::Approve(vec![0, 1]));
    let mut flipped = right.body.clone();
    *flipped.last_mut().unwrap() ^= 1;
    let unreadable = [flipped, vec![0; length], vec![4; length], Vec::new(), right.body[..length - 1].to_vec()];
    ballots.extend((30..).zip(unreadable).map(|(voter, body)| ballot(&definition, voter, 1, body)));
    ballots.push(right);
    let tally = count(&secret(), &definition, &scope(&definition), 50, &ballots).unwrap().tally;
    assert_eq!((tally.options, tally.spoiled, tally.voted), (vec![1, 1, 0], 14, 15));
    assert_eq!(tally.outcome.winner(), Some(tally_first(&definition)));
}

/// Of the two options that are equal, the one that the lot puts first.
fn tally_first(definition: &PollDefinition) -> u8 {
    let order = definition.decision.tie_order(&scope(definition), 3);
    order.places().iter().copied().find(|place| *place < 2).unwrap()
}

#[test]
fn the_last_ballot_counts_and_below_the_floor_none_is_opened() {
    let definition = sealed_poll(PollRule::SingleChoice {});
    let ballots = [1, 2].map(|seq| vote(&definition, 1, seq, &Choice::Option(u8::try_from(seq).unwrap())));
    let tally = count(&secret(), &definition, &scope(&definition), 9, &ballots).unwrap().tally;
    assert_eq!((tally.options, tally.voted), (vec![0, 0, 1], 1));
    let sealing = Sealing { floor: 2, ..definition.sealing.unwrap() };
    let floored = PollDefinition { sealing: Some(sealing), ..definition };
    let ballots = [vote(&floored, 1, 1, &Choice::Option(1))];
    let tally = count(&secret(), &floored, &scope(&floored), 9, &ballots).unwrap().tally;
    assert_eq!((tally.outcome, tally.voted, tally.options), (Outcome::BelowFloor, 1, vec![0; 3]));
}

#[test]
fn a_reason_opens_in_its_poll_and_its_length_says_nothing() {
    let definition = sealed_poll(PollRule::SingleChoice {});
    let (sealing, here) = (definition.sealing.unwrap(), scope(&definition));
    let longest = "x".repeat(280);
    for reason in ["because", "in\ntwo lines", longest.as_str()] {
        let sealed = seal_reason(&sealing, &here, reason, &mut rng()).unwrap();
        assert_eq!(Some(sealed.len()), sealing.reason_length());
        assert_eq!(open_reason(&secret(), &sealing, &here, &sealed).as_deref(), Some(reason));
        let elsewhere = scope(&PollDefinition { closes_at: 301, ..definition.clone() });
        assert_eq!(open_reason(&secret(), &sealing, &elsewhere, &sealed), None);
    }
    assert_eq!(seal_reason(&sealing, &here, &"x".repeat(281), &mut rng()), None);
    // What a terminal must not show is not shown.
    let evil = "\u{1b}[2J".as_bytes();
    let mut plain = [&[0, u8::try_from(evil.len()).unwrap()], evil].concat();
    plain.resize(2 + 280, 0);
    let sealed = seal(sealing.key.as_bytes(), b"AIQ/v1/sealed-reason", &here.to_bytes(), &plain);
    assert_eq!(open_reason(&secret(), &sealing, &here, &sealed), None);
    assert_eq!(open_reason(&secret(), &sealing, &here, &[7; 100]), None);
}
