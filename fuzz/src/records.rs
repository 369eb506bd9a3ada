//! Records as JSON.

use std::{fmt::Debug, sync::LazyLock};

use aiq_circuits::{
    constraints::sample,
    scope::{Message, Scope},
    statement::{Statement as _, StatementId},
    tree::{CredentialsRoot, MembersRoot},
    wire::DecodeError,
};
use aiq_keys::public_seed_verifying_key;
use aiq_verifier::{
    attestation::{AttestationRequest, AttestationResult},
    checkpoint::Checkpoint,
    claim::{Claim, NewClaim},
    dispute::Dispute,
    eligibility::{Eligibility, PinnedRoots},
    genesis::Genesis,
    log::{EntryOpening, InclusionProof},
    menu::{DomainEntry, MenuEntry},
    merge::Merge,
    poll::{Ballot, Join, PollDefinition, SignedTally, Tally},
    presentation::{Expectation, Presentation, Verifier},
    receipt::Receipt,
    review::{Review, Ruling},
    service_key::ServiceKey,
    sponsorship::{Charter, Sponsorship},
    standard::Standard,
    withdrawal::Withdrawal,
};
use serde::{Serialize, de::DeserializeOwned};

/// A record, if it is one: what is written of it reads as the same.
fn read<T: Serialize + DeserializeOwned + PartialEq + Debug>(data: &[u8]) -> Option<T> {
    let record: T = serde_json::from_slice(data).ok()?;
    let json = serde_json::to_vec(&record).expect("records have a JSON form");
    assert_eq!(serde_json::from_slice::<T>(&json).expect("a record that was just written"), record);
    Some(record)
}

/// A record that also has canonical bytes: they are read as the same record, if it is one that follows the rules of its type.
fn read_both<T: Serialize + DeserializeOwned + PartialEq + Debug>(
    data: &[u8],
    canonical: fn(&T) -> Vec<u8>,
    decode: fn(&[u8]) -> Result<T, DecodeError>,
    is_valid: fn(&T) -> bool,
) -> bool {
    read::<T>(data).is_some_and(|record| {
        let again = decode(&canonical(&record));
        assert!(again.as_ref() == Ok(&record) || again.is_err() && !is_valid(&record), "{record:?}: {again:?}");
        true
    })
}

/// Every record reads as it is written; its canonical bytes, where there are such, are read as the same record; no signature holds
/// under a key that nobody has.
pub fn record(data: &[u8]) -> bool {
    let nobody = ServiceKey::new([0; 32]);
    let canonical = [
        read_both(data, Genesis::canonical, Genesis::decode, |_| true),
        read_both(data, PollDefinition::canonical, PollDefinition::decode, |_| true),
        read_both(data, Standard::canonical, Standard::decode, |standard| standard.validate().is_ok()),
        read_both(data, Claim::canonical, Claim::decode, |claim| claim.validate().is_ok()),
        read_both(data, EntryOpening::canonical, EntryOpening::decode, |opening| match opening {
            EntryOpening::Ballot(_) => true,
            EntryOpening::Review(review) => review.validate().is_ok(),
        }),
        read::<Ballot>(data)
            .inspect(|ballot| assert_eq!(ballot.committed().open(ballot.opening()).as_ref(), Some(ballot)))
            .is_some(),
    ];
    let signed = [
        read::<SignedTally>(data)
            .inspect(|signed| {
                assert_eq!(Tally::decode(&signed.signing_bytes()), Ok((signed.scope, signed.tally.clone())));
                assert!(signed.verify(&nobody).is_err());
            })
            .is_some(),
        read::<Receipt>(data).inspect(|receipt| assert!(receipt.verify(&nobody).is_err())).is_some(),
        read::<AttestationResult>(data).inspect(|result| assert!(result.verify(&nobody).is_err())).is_some(),
    ];
    let plain = [
        read::<MenuEntry>(data).is_some(),
        read::<DomainEntry>(data).is_some(),
        read::<Eligibility>(data).inspect(|eligibility| assert_eq!(eligibility.validate(), Ok(()))).is_some(),
        read::<AttestationRequest>(data).is_some(),
        read::<Checkpoint>(data).is_some(),
        read::<InclusionProof>(data).is_some(),
        read::<Join>(data).is_some(),
        read::<NewClaim>(data).is_some(),
        read::<Review>(data).is_some(),
        read::<Ruling>(data).is_some(),
        read::<Dispute>(data).is_some(),
        read::<Charter>(data).is_some(),
        read::<Sponsorship>(data).is_some(),
        read::<Merge>(data).is_some(),
        read::<Withdrawal>(data).is_some(),
    ];
    canonical.contains(&true) || signed.contains(&true) || plain.contains(&true)
}

/// The published sample of a membership, as a verifier expects it.
static EXPECTED: LazyLock<(Verifier, Expectation)> = LazyLock::new(|| {
    let statement = StatementId::Membership;
    let key = public_seed_verifying_key(statement).expect("it is compiled in");
    let verifier = Verifier::new([(statement, key)]).expect("it is this statement's");
    let (instance, _) = sample::membership();
    let inputs = instance.public_inputs();
    // §5.1: root, scope, nullifier, tag, message.
    let [root, scope, .., message] = *inputs.values() else { unreachable!("a membership has five inputs") };
    let roots =
        PinnedRoots { epoch: 0, members_root: MembersRoot::new(root), credentials_root: CredentialsRoot::new(root) };
    let (scope, message) = (Scope::new(scope), Message::new(message));
    (verifier, Expectation { eligibility: Eligibility::Membership, roots, scope, message })
});

/// A presentation is judged alike alone and with what its scope shares folded in, and is accepted for the one member only whose
/// proof is in the corpus.
pub fn presentation(data: &[u8]) -> bool {
    let Some(presentation) = read::<Presentation>(data) else { return false };
    let (verifier, expectation) = &*EXPECTED;
    let Expectation { eligibility, roots, scope, message } = expectation;
    let alone = verifier.verify(expectation, &presentation);
    let folded = verifier.fold(eligibility, roots, scope).expect("the statement has a key");
    assert_eq!(alone.is_ok(), folded.verify(*message, &presentation).is_ok());
    if alone.is_ok() {
        let inputs = sample::membership().0.public_inputs();
        let [_, _, nullifier, tag, _] = *inputs.values() else { unreachable!("a membership has five inputs") };
        assert_eq!((*presentation.nullifier.as_field(), *presentation.tag.as_field()), (nullifier, tag));
    }
    alone.is_ok()
}
