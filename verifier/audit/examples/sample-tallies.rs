//! Counts random ballots in random polls of every type and prints each poll with its ballots and its tally as a line of JSON:
//! `sample-tallies COUNT`. Some ballots abstain, some say nothing.

use std::{env, error::Error};

use aiq_circuits::{
    scope::Scope,
    tree::{CredentialsRoot, MembersRoot},
    wire::bytes_to_hex,
};
use aiq_verifier::{
    eligibility::{Eligibility, PinnedRoots},
    poll::{Choice, Count, Decision, PollDefinition, PollId, PollRule, Ratio, SignedTally, Threshold, TieBreak},
    verifying_key::KeyId,
};
use ed25519_dalek::SigningKey;
use rand::{Rng, SeedableRng as _, rngs::StdRng, seq::SliceRandom as _};

fn main() -> Result<(), Box<dyn Error>> {
    let count = env::args().nth(1).ok_or("sample-tallies COUNT")?.parse()?;
    let mut rng = StdRng::seed_from_u64(20_261_125);
    for _ in 0..count {
        println!("{}", sample(&mut rng));
    }
    Ok(())
}

/// A poll, ballots and their tally.
fn sample(rng: &mut StdRng) -> serde_json::Value {
    let definition = definition(rng);
    definition.validate().expect("within the bounds");
    let scope = Scope::new(rng.r#gen::<u64>().into());
    let voters = rng.gen_range(0..12);
    let bodies: Vec<Vec<u8>> = (0..voters).map(|_| body(rng, &definition)).collect();
    let choices: Vec<Option<Choice>> = bodies.iter().map(|body| Choice::decode(body, &definition).ok()).collect();
    let joined = voters + rng.gen_range(0..3);
    let count = Count::of_choices(&definition, &scope, joined, choices.iter().map(Option::as_ref));
    let signed = SignedTally::sign(&SigningKey::from_bytes(&[1; 32]), scope, count.tally);
    serde_json::json!({
        "definition": bytes_to_hex(&definition.canonical()),
        "scope": bytes_to_hex(&scope.to_bytes()),
        "bodies": bodies.iter().map(|body| bytes_to_hex(body)).collect::<Vec<_>>(),
        "joined": joined,
        "tally": bytes_to_hex(&signed.signing_bytes()),
    })
}

fn definition(rng: &mut StdRng) -> PollDefinition {
    let options = rng.gen_range(2..=6_u8);
    let max = rng.gen_range(1..=options);
    let rules = [
        PollRule::SingleChoice {},
        PollRule::Approval { min: rng.gen_range(0..=max), max },
        PollRule::InstantRunoff {},
        PollRule::Schulze {},
        PollRule::Score { max: rng.gen_range(1..=4) },
        PollRule::Quadratic { credits: rng.gen_range(1..=20) },
    ];
    let denominator = rng.gen_range(2..=5);
    let share = Ratio::new(rng.gen_range(1..denominator), denominator).unwrap_or(Ratio::new(1, 2).expect("a half"));
    let thresholds = [Threshold::None, Threshold::AtLeast(share), Threshold::MoreThan(share)];
    let decision = Decision {
        quorum: rng.gen_range(0..6),
        threshold: thresholds[rng.gen_range(0..thresholds.len())],
        tie_break: if rng.r#gen() { TieBreak::Lot } else { TieBreak::Order },
    };
    PollDefinition {
        id: PollId::new([1; 16]),
        question: "Which?".into(),
        options: (1..=options).map(|number| format!("option {number}")).collect(),
        rule: rules[rng.gen_range(0..rules.len())],
        decision,
        eligibility: Eligibility::Membership,
        roots: PinnedRoots {
            epoch: 0,
            members_root: MembersRoot::new(1_u64.into()),
            credentials_root: CredentialsRoot::new(2_u64.into()),
        },
        key_id: KeyId::new([3; 32]),
        announced_at: 1,
        opens_at: 2,
        closes_at: 3,
        enactment: None,
        reward: None,
        sealing: None,
    }
}

/// A ballot of the poll's type, of any other, or of none.
fn body(rng: &mut StdRng, definition: &PollDefinition) -> Vec<u8> {
    let options = u8::try_from(definition.options.len()).expect("few options");
    let mut places: Vec<u8> = (0..options).collect();
    places.shuffle(rng);
    places.truncate(rng.gen_range(0..=places.len()));
    match rng.gen_range(0..8) {
        0 => return Choice::Abstain.encode(),
        1 => return (0..rng.gen_range(0..4)).map(|_| rng.gen_range(0..4)).collect(),
        _ => {}
    }
    let choice = match definition.rule {
        PollRule::SingleChoice {} => Choice::Option(rng.gen_range(0..=options)),
        PollRule::Approval { .. } => {
            places.sort_unstable();
            Choice::Approve(places)
        }
        PollRule::InstantRunoff {} | PollRule::Schulze {} => Choice::Rank(places),
        PollRule::Score { max } => Choice::Score((0..options).map(|_| rng.gen_range(0..=max)).collect()),
        PollRule::Quadratic { .. } => Choice::Votes((0..options).map(|_| rng.gen_range(0..=2)).collect()),
    };
    choice.encode()
}
