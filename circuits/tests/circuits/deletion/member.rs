//! §5.1: a stranger who passes for a member.

use aiq_circuits::{
    identity::{Nullifier, OwnerTag, Secret},
    membership::{MembershipInstance, MembershipWitness},
    scope::Message,
    statement::Statement,
    tree::{DEPTH, MembersRoot, MerklePath, TreeKind},
};

use super::{Forgery, OfMember, between, column, no_difference, other_output, spliced};
use crate::fixture::{Case, some};

/// The stranger's own tree has the same strangers in it, and the stranger where the member should be.
struct Stranger {
    member: Case,
    own: Case,
}

impl Stranger {
    fn honest_path(&self) -> MerklePath {
        self.member.membership().1.path
    }

    fn own_path(&self) -> MerklePath {
        self.own.membership().1.path
    }

    /// The stranger's nullifier and tag, under the members root and with a path.
    fn claim<I: OfMember>(&self, path: MerklePath) -> (I, I::Witness) {
        let (own, witness) = self.own.membership();
        let [_, _, nullifier, tag, message] = own.public_inputs().values().try_into().unwrap();
        let instance = MembershipInstance::new(
            MembersRoot::new(*self.member.members().root().as_field()),
            self.own.scope,
            Nullifier::new(nullifier),
            OwnerTag::new(tag),
            Message::new(message),
        );
        I::claim(&self.member, instance, MembershipWitness { path, ..witness })
    }
}

/// A member's claim with another nullifier or another tag.
fn with_foreign<I: OfMember>(nullifier: bool, tag: bool) -> (I, I::Witness) {
    let case = Case::new(0);
    let (_, witness) = case.membership();
    let other = Secret::new(some("another secret"));
    let instance = MembershipInstance::new(
        case.members().root(),
        case.scope,
        if nullifier { &other } else { &case.secret }.nullifier(&case.scope),
        if tag { &other } else { &case.secret }.tag(&witness.tag_randomness),
        Message::new(some("message")),
    );
    I::claim(&case, instance, witness)
}

pub(super) fn forgeries<I: OfMember>() -> Vec<Forgery<I>> {
    let member = Case::new(0);
    let own = Case { secret: Secret::new(some("stranger")), ..member.clone() };
    let stranger = Stranger { member, own };
    let leaf = *stranger.own.secret.commitment().as_field();
    let (honest, own) = (stranger.honest_path(), stranger.own_path());

    // A commitment that is not the secret's.
    let group = "§5.1.1 commitment";
    let claim = stranger.claim(honest.clone());
    let forced = other_output(&claim, group, no_difference);
    let mut forgeries = vec![Forgery::new(group, claim, forced)];
    for level in 0..DEPTH {
        // A child that is chosen by a position between two whole numbers.
        let group = format!("member: path level {level}: position");
        let (path, position) = between(&honest, TreeKind::Members, leaf, level);
        let forced = vec![(column::<I>(&group, 0), position)];
        forgeries.push(Forgery::new(group, stranger.claim(path), forced));
        // Children that the node below is not among.
        let group = format!("§5.1.1 member: path level {level}: selection");
        forgeries.push(Forgery::new(group, stranger.claim(spliced(&own, &honest, level)), Vec::new()));
        // A node that is not the hash of the children.
        let group = format!("§5.1.1 member: path level {level}: node");
        let claim = stranger.claim(spliced(&own, &honest, level + 1));
        let forced = other_output(&claim, &group, no_difference);
        forgeries.push(Forgery::new(group, claim, forced));
    }
    forgeries.push(Forgery::new("§5.1.1 members root", stranger.claim(own), Vec::new()));
    forgeries.push(Forgery::new("§5.1.2 nullifier", with_foreign(true, false), Vec::new()));
    forgeries.push(Forgery::new("§5.1.3 tag", with_foreign(false, true), Vec::new()));
    forgeries
}
