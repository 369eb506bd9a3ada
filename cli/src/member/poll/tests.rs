#![allow(clippy::unwrap_used)]
use aiq_circuits::identity::OwnerTag;
use aiq_circuits::statement::StatementId;
use aiq_verifier::presentation::Presentation;
use aiq_verifier::proof::Proof;

use super::*;
use crate::fake::Fake;
use crate::sync::TileCache;
use crate::wallet::Wallet;

/// A join of this wallet; the wallet does not look at its proof, which here is any three points, `tag` in it is random.
fn join(member: &Member, scope: &Scope, tag: u8) -> Join {
    let key = aiq_keys::public_seed_verifying_key(StatementId::Membership).unwrap();
    let points = key.to_bytes();
    let proof = Proof::from_bytes(&[&points[..96], &points[..32]].concat()).unwrap();
    let presentation = Presentation {
        statement: StatementId::Membership,
        key_id: key.id(),
        nullifier: member.identity.nullifier(scope),
        tag: OwnerTag::new(tag.into()),
        proof,
    };
    Join { presentation, ballot_key: BallotKey::of(&member.wallet.ballot_key(scope)) }
}

#[test]
fn a_join_from_before_a_restore_is_taken_over_with_its_receipt() {
    let fake = Fake::founded();
    let mut member = Member::connect(Wallet::in_memory(), fake.client(), None).unwrap();
    let poll = fake.announce();
    let (id, scope) = (poll.definition.id, poll.scope);
    let before = join(&member, &scope, 1);
    let first = member.client.join(&id, &before).unwrap().value;
    // The restored wallet knows nothing of it and has made another proof.
    let record = PollRecord::new(&poll, Origin::Administrator, join(&member, &scope, 2));
    member.record(|deployment| deployment.polls.insert(id, record)).unwrap();
    let again = join(&member, &scope, 2);
    assert_eq!(member.send_join(&id, &scope, &again).unwrap().0, first);
    assert_eq!(member.known().polls[&id].join, before);
    member.follow_log(&TileCache::none(), &Silent).unwrap();
    assert!(member.known().log.has(&first));
    // The join of another ballot key under this name is nobody's to take over.
    fake.shown().joins[0].0.ballot_key = BallotKey::new([3; 32]);
    let refused = member.send_join(&id, &scope, &again);
    assert!(matches!(refused, Err(MemberError::Receipt(ReceiptError::Entry))));
}
