//! Choices in polls of every type.

use aiq_circuits::Fr;
use aiq_circuits::{
    identity::{DeploymentId, Nullifier},
    tree::{CredentialsRoot, MembersRoot},
};
use aiq_verifier::{
    eligibility::{Eligibility, PinnedRoots},
    poll::{Ballot, Blinding, Choice, Decision, PollDefinition, PollId, PollRule, Tally},
    service_key::Signature,
    verifying_key::KeyId,
};

/// Two bytes for the type of the poll and the number of its options, one for its limit, and the body of a ballot.
///
/// What a poll reads is written as the same bytes, is a choice that the poll offers, and the ballot counts; what it does not read
/// is counted as spoiled. No body keeps a poll from being counted.
pub fn choice(data: &[u8]) -> bool {
    let [kind, options, limit, body @ ..] = data else { return false };
    let options = 2 + options % 63;
    let rule = match kind % 6 {
        0 => PollRule::SingleChoice {},
        1 => PollRule::Approval { min: limit % (options / 2 + 1), max: options - limit % options },
        2 => PollRule::InstantRunoff {},
        3 => PollRule::Schulze {},
        4 => PollRule::Score { max: 1 + limit % PollRule::MAX_SCORE },
        _ => PollRule::Quadratic { credits: 1 + u32::from(*limit) * 3_921 },
    };
    let poll = definition(rule, options);
    let Ok(()) = poll.validate() else { return false };
    let read = Choice::decode(body, &poll);
    if let Ok(choice) = &read {
        assert_eq!(choice.encode(), body);
        assert_eq!(choice.validate(&poll), Ok(()));
    }
    let scope = poll.scope(&DeploymentId::new([1; 32]));
    let ballot = Ballot {
        scope,
        nullifier: Nullifier::new(Fr::from(1u64)),
        seq: 1,
        body: body.to_vec(),
        blinding: Blinding::new([0; 32]),
        signature: Signature::new([0; 64]),
    };
    let tally = Tally::count(&poll, &scope, 1, [&ballot]).expect("one ballot of one member");
    let abstained = read == Ok(Choice::Abstain);
    let counted = (tally.voted, tally.spoiled, tally.abstain);
    assert_eq!(counted, (1, u64::from(read.is_err()), u64::from(abstained)));
    read.is_ok()
}

fn definition(rule: PollRule, options: u8) -> PollDefinition {
    let root = Fr::from(0u64);
    PollDefinition {
        id: PollId::new([1; 16]),
        question: "Which?".to_owned(),
        options: (1..=options).map(|number| format!("Option {number}")).collect(),
        rule,
        decision: Decision::default(),
        eligibility: Eligibility::Membership,
        roots: PinnedRoots {
            epoch: 0,
            members_root: MembersRoot::new(root),
            credentials_root: CredentialsRoot::new(root),
        },
        key_id: KeyId::new([0; 32]),
        announced_at: 1,
        opens_at: 2,
        closes_at: 3,
        enactment: None,
        reward: None,
        sealing: None,
    }
}
