//! Counts random ballots in random polls of every type and prints each poll with its ballots and its tally as a line of JSON:
//! `sample-tallies COUNT`. Some ballots abstain, some say nothing. Sealed polls come with what opens them: `shares`, pairs of a
//! trustee's place and its share, as many as the threshold; `voters`, the nullifier and `seq` of each body; `reasons`, each with its text or
//! null.

use std::{collections::BTreeMap, env, error::Error};

use aiq_circuits::{
    identity::Nullifier,
    scope::Scope,
    tree::{CredentialsRoot, MembersRoot},
    wire::bytes_to_hex,
};
use aiq_sealing::{
    ballot::{open_choice, open_reason, seal_choice, seal_reason},
    board::reconstruct,
    key::SecretKey,
};
use aiq_verifier::{
    eligibility::{Eligibility, PinnedRoots},
    poll::{
        Choice, Count, Decision, PollDefinition, PollId, PollRule, Ratio, SealedBy, Sealing, SignedTally, Threshold,
        TieBreak,
    },
    verifying_key::KeyId,
};
use ed25519_dalek::SigningKey;
use rand::{Rng, SeedableRng as _, rngs::StdRng, seq::SliceRandom as _};
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    let count = env::args().nth(1).ok_or("sample-tallies COUNT")?.parse()?;
    let mut rng = StdRng::seed_from_u64(20_261_125);
    for _ in 0..count {
        println!("{}", sample(&mut rng));
    }
    Ok(())
}

/// A poll, ballots and their tally; every other one is sealed.
fn sample(rng: &mut StdRng) -> Value {
    let mut definition = definition(rng);
    let scope = Scope::new(rng.r#gen::<u64>().into());
    let sealed = rng.r#gen::<bool>().then(|| Secret::of(rng));
    definition.sealing = sealed.as_ref().map(|secret| secret.sealing(rng));
    definition.validate().expect("within the bounds");
    let voters = rng.gen_range(0..12);
    let choices: Vec<Vec<u8>> = (0..voters).map(|_| body(rng, &definition)).collect();
    let joined = voters + rng.gen_range(0..3);
    match sealed {
        None => {
            let said: Vec<Option<Choice>> = choices.iter().map(|body| Choice::decode(body, &definition).ok()).collect();
            let count = Count::of_choices(&definition, &scope, joined, said.iter().map(Option::as_ref));
            told(&definition, scope, &choices, joined, count)
        }
        Some(secret) => secret.sample(rng, &definition, scope, choices, joined),
    }
}

fn told(definition: &PollDefinition, scope: Scope, bodies: &[Vec<u8>], joined: u64, count: Count) -> Value {
    let signed = SignedTally::sign(&SigningKey::from_bytes(&[1; 32]), scope, count.tally);
    json!({
        "definition": bytes_to_hex(&definition.canonical()),
        "scope": bytes_to_hex(&scope.to_bytes()),
        "bodies": bodies.iter().map(|body| bytes_to_hex(body)).collect::<Vec<_>>(),
        "joined": joined,
        "tally": bytes_to_hex(&signed.signing_bytes()),
    })
}

/// What opens a sealed poll, in as many shares as its threshold.
struct Secret {
    secret: SecretKey,
    shares: BTreeMap<u8, [u8; 32]>,
}

impl Secret {
    /// Any shares are those of some secret.
    fn of(rng: &mut StdRng) -> Self {
        loop {
            let threshold = rng.gen_range(1..=4);
            let mut shares = BTreeMap::new();
            while shares.len() < threshold {
                // Below the order in all but a few cases.
                let mut share: [u8; 32] = rng.r#gen();
                share[0] &= 0x7f;
                shares.insert(rng.gen_range(1..=32), share);
            }
            if let Some(secret) = reconstruct(&shares) {
                return Self { secret, shares };
            }
        }
    }

    fn sealing(&self, rng: &mut StdRng) -> Sealing {
        let (floor, reasons) = (rng.gen_range(1..4), rng.gen_range(0..40));
        Sealing { trustees: SealedBy::Service, key: self.secret.sealing_key(), floor, reasons }
    }

    /// The sealed ballots of different voters, some of them damaged or somebody else's, and what they come to; and reasons, each with what it
    /// says.
    fn sample(
        &self,
        rng: &mut StdRng,
        definition: &PollDefinition,
        scope: Scope,
        choices: Vec<Vec<u8>>,
        joined: u64,
    ) -> Value {
        let sealing = definition.sealing.expect("it is sealed");
        let mut ballots: Vec<(Nullifier, u32, Vec<u8>)> = Vec::new();
        for choice in choices {
            let (nullifier, seq) = (Nullifier::new(rng.r#gen::<u128>().into()), rng.r#gen());
            let voter = (&nullifier, seq);
            // What is too long to be a choice here was never padded.
            let sealed = decoded(&choice).and_then(|choice| seal_choice(definition, &scope, voter, &choice, rng));
            let mut body =
                sealed.unwrap_or_else(|| noise(rng, Sealing::body_length(definition.rule, definition.options.len())));
            match rng.gen_range(0..8) {
                0 => {
                    let place = rng.gen_range(0..body.len());
                    body[place] ^= 1 << rng.gen_range(0..8);
                }
                1 => body = ballots.first().map_or(body, |(.., first)| first.clone()),
                _ => {}
            }
            ballots.push((nullifier, seq, body));
        }
        let voted = ballots.len() as u64;
        let count = if voted < sealing.floor.into() {
            Count::below_floor(definition, joined, voted)
        } else {
            let open = |(nullifier, seq, body): &(Nullifier, u32, Vec<u8>)| {
                open_choice(&self.secret, definition, &scope, (nullifier, *seq), body)
            };
            let said: Vec<Option<Choice>> = ballots.iter().map(open).collect();
            Count::of_choices(definition, &scope, joined, said.iter().map(Option::as_ref))
        };
        let bodies: Vec<Vec<u8>> = ballots.iter().map(|(.., body)| body.clone()).collect();
        let mut told = told(definition, scope, &bodies, joined, count);
        let reasons = (0..3).filter_map(|_| self.reason(rng, &sealing, &scope));
        told["voters"] = ballots.iter().map(|(nullifier, seq, _)| json!([nullifier, seq])).collect();
        told["reasons"] = reasons.collect();
        told["shares"] = self.shares.iter().map(|(index, share)| json!([index, bytes_to_hex(share)])).collect();
        told
    }

    /// A sealed reason and what it says, if anybody can read it; none if the poll takes none or it is too long.
    fn reason(&self, rng: &mut StdRng, sealing: &Sealing, scope: &Scope) -> Option<Value> {
        // Now and then a letter that no text has.
        let letters = ['a', ' ', '\n', '\u{e9}', '\u{202e}', '\t'];
        let known = if rng.gen_bool(0.2) { letters.len() } else { 4 };
        let text: String = (0..rng.gen_range(0..12)).map(|_| letters[rng.gen_range(0..known)]).collect();
        let mut sealed = seal_reason(sealing, scope, &text, rng).filter(|_| sealing.reasons > 0)?;
        if rng.gen_bool(0.2) {
            let place = rng.gen_range(0..sealed.len());
            sealed[place] ^= 1;
        }
        Some(json!([bytes_to_hex(&sealed), open_reason(&self.secret, sealing, scope, &sealed)]))
    }
}

/// The choice that bytes stand for in some poll.
fn decoded(body: &[u8]) -> Option<Choice> {
    match body.split_first() {
        Some((0, [])) => Some(Choice::Abstain),
        Some((1, [place])) => Some(Choice::Option(*place)),
        Some((1, places)) => Some(Choice::Rank(places.to_vec())),
        _ => None,
    }
}

fn noise(rng: &mut StdRng, length: usize) -> Vec<u8> {
    (0..length).map(|_| rng.r#gen()).collect()
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
