//! Known answers: one ceremony, one ballot and one reason, with all that a second implementation needs between.

use aiq_circuits::wire::{bytes_to_hex, sha256};
use aiq_sealing::{
    ballot::{open_ballot, open_reason, seal_choice, seal_reason},
    key::service_secret,
};
use aiq_verifier::{
    ceremony::Round1,
    poll::{Ballot, Choice, PollId, PollRule},
};
use ed25519_dalek::SigningKey;
use serde_json::{Value, json};

use crate::support::{HERE, Made, nullifier, rng, scope, trustee};

fn hex(bytes: &[u8]) -> Value {
    json!(bytes_to_hex(bytes))
}

fn vectors() -> Value {
    let made = Made::after_round_2(2, 3);
    let board = made.board();
    let complaint = {
        let mut wrong = made.clone();
        wrong.round_2[1].shares.reverse();
        wrong.round_2[1] = wrong.round_2[1].clone().signed(&HERE, &trustee(2).signing_key());
        let complaint = wrong.complaint(1);
        json!({
            "round_2_of_2": hex(&wrong.round_2[1].canonical()),
            "complaint_of_1": hex(&complaint.canonical()),
            "at_fault": wrong.board().check_complaint(&complaint).unwrap().trustee,
        })
    };
    let each = |of: &dyn Fn(u8) -> Vec<u8>| -> Value { (1..=3).map(|index| hex(&of(index))).collect() };
    let place = |index: u8| usize::from(index) - 1;
    let definition = made.poll(PollRule::Schulze {});
    let (here, voter, sealing) = (scope(&definition), nullifier(7), definition.sealing.unwrap());
    let choice = Choice::Rank(vec![2, 0]);
    let body = seal_choice(&definition, &here, (&voter, 3), &choice, &mut rng()).unwrap();
    let ballot = Ballot::sign(&SigningKey::from_bytes(&[5; 32]), here, voter, 3, body, &mut rng());
    let reason = seal_reason(&sealing, &here, "because", &mut rng()).unwrap();
    let secret = made.secret();
    assert_eq!(open_ballot(&secret, &definition, &ballot), Some(choice.clone()));
    assert_eq!(open_reason(&secret, &sealing, &here, &reason).as_deref(), Some("because"));
    let packages: Vec<u8> = made.round_1.iter().flat_map(Round1::canonical).collect();
    json!({
        "deployment_id": hex(HERE.as_bytes()),
        "ceremony": {
            "canonical": hex(&made.ceremony.canonical()),
            "id": hex(made.ceremony.id().as_bytes()),
            "seeds": each(&|index| vec![index; 32]),
            "cards": made.ceremony.trustees,
            "round_1": each(&|index| made.round_1[place(index)].canonical()),
            "round_1_hash": hex(&sha256(&[&packages])),
            "round_2": each(&|index| made.round_2[place(index)].canonical()),
            "transcript": hex(board.transcript().as_bytes()),
            "key": hex(board.key().unwrap().as_bytes()),
            "confirmations": each(&|index| made.confirmation(index).canonical()),
            "verifying_shares": each(&|index| board.verifying_share(index).unwrap().to_vec()),
            "shares": each(&|index| trustee(index).share(&board).unwrap().to_vec()),
            "secret": hex(&secret.to_bytes()),
            "complaint": complaint,
        },
        "ballot": {
            "definition": hex(&definition.canonical()),
            "scope": here,
            "nullifier": voter,
            "seq": 3,
            "choice": hex(&choice.encode()),
            "longest": definition.rule.longest(3),
            "body": hex(&ballot.body),
        },
        "reason": { "text": "because", "longest": sealing.reasons, "sealed": hex(&reason) },
        "service": {
            "seed": hex(&[4; 32]),
            "poll": hex(&[9; 16]),
            "secret": hex(&service_secret(&[4; 32], &HERE, &PollId::new([9; 16])).to_bytes()),
        },
    })
}

#[test]
fn the_answers_are_as_committed() {
    let text = serde_json::to_string_pretty(&vectors()).unwrap() + "\n";
    assert!(text == include_str!("../vectors.json"), "vectors.json would now be:\n{text}");
}
