//! What a member may try with credentials, paths and instances of the right types: the circuit and the native `check`
//! refuse alike, the circuit in the constraints of the rule.

use aiq_circuits::{
    Fr,
    constraints::assign,
    credential::CredentialKind,
    identity::{OwnerTag, Secret, TagRandomness},
    requirement::Requirement,
    scope::{Message, Scope},
    standing::StandingInstance,
    statement::Statement,
    tree::{CredentialsRoot, DEPTH, MembersRoot, MerklePath},
};

use crate::fixture::{AS_OF, Case, MEMBERSHIP, Standing, refusal, some};

#[test]
fn honest_members_satisfy_every_statement() {
    let (instance, witness) = Case::new(0).membership();
    assert_eq!(MEMBERSHIP.first_unsatisfied(&assign(&instance, &witness).unwrap()), None);
    for count in 0..=3 {
        assert_eq!(refusal::<3>(&Case::new(count).standing()), None, "{count} credentials");
    }
    for count in [0, 1, 7, 8] {
        assert_eq!(refusal::<8>(&Case::new(count).standing()), None, "{count} credentials");
    }
}

#[test]
fn more_credentials_than_slots_do_not_fit() {
    assert_eq!(refusal::<3>(&Case::new(4).standing()), Some("the witness does not fit the shape"));
}

#[test]
fn refuses_one_credential_in_any_two_slots() {
    for second in 1..8 {
        for first in 0..second {
            let mut case = Case::new(8);
            case.shown[second] = case.shown[first];
            let expected = format!("§5.2.7 credentials {} and {} differ", first + 1, second + 1);
            assert_eq!(refusal::<8>(&case.standing()), Some(expected.as_str()));
        }
    }
}

#[test]
fn refuses_two_leaves_of_one_id() {
    let mut case = Case::new(3);
    case.held[2].id = case.held[0].id;
    assert_eq!(refusal::<3>(&case.standing()), Some("§5.2.7 credentials 1 and 3 differ"));
}

#[test]
fn count_is_met_from_the_required_number_on() {
    for (required, expected) in
        [(0, None), (2, None), (3, Some("§5.2.8 count")), (9, Some("§5.2.8 count")), (255, Some("§5.2.8 count"))]
    {
        let mut case = Case::new(2);
        case.requirement.min_count = required;
        assert_eq!(refusal::<3>(&case.standing()), expected, "{required}");
        assert_eq!(refusal::<8>(&case.standing()), expected, "{required}");
    }
}

#[test]
fn weight_is_met_from_the_required_sum_on() {
    let largest = 3 * u32::from(u16::MAX);
    for (required, met) in [(0, true), (largest, true), (largest + 1, false), (1 << 18, false), (u32::MAX, false)] {
        let mut case = Case::new(3);
        case.held.iter_mut().for_each(|held| held.attributes.weight = u16::MAX);
        case.requirement.min_weight = required;
        assert_eq!(refusal::<3>(&case.standing()), (!met).then_some("§5.2.8 weight"), "{required}");
    }
    let mut case = Case::new(8);
    case.held.iter_mut().for_each(|held| held.attributes.weight = u16::MAX);
    case.requirement.min_weight = 0;
    assert_eq!(refusal::<8>(&case.standing()), None);
}

#[test]
fn a_credential_counts_until_it_expires() {
    let expired = Some("§5.2.6 credential 2: expiry");
    for (expires_at, as_of, expected) in [
        (AS_OF - 1, AS_OF, expired),
        (AS_OF, AS_OF, expired),
        (AS_OF + 1, AS_OF, None),
        (u32::MAX, AS_OF, None),
        (0, 0, expired),
        (1, 0, None),
        (u32::MAX, u32::MAX - 1, None),
    ] {
        let mut case = Case::new(2);
        case.requirement.as_of = as_of;
        case.held[0].attributes.expires_at = u32::MAX;
        case.held[1].attributes.expires_at = expires_at;
        assert_eq!(refusal::<3>(&case.standing()), expected, "expires at {expires_at}, as of {as_of}");
    }
}

#[test]
fn at_the_end_of_time_only_nothing_can_be_shown() {
    let mut case = Case::new(1);
    case.requirement = Requirement { domain: "any".parse().unwrap(), min_count: 0, min_weight: 0, as_of: u32::MAX };
    case.held[0].attributes.expires_at = u32::MAX;
    assert_eq!(refusal::<3>(&case.standing()), Some("§5.2.6 credential 1: expiry"));
    case.shown.clear();
    assert_eq!(refusal::<3>(&case.standing()), None);
}

#[test]
fn a_domain_counts_under_every_prefix_of_it_and_under_no_other() {
    for (prefix, domain, matches) in [
        ("any", "0.0.0.0", true),
        ("any", "9.9.9.9", true),
        ("1", "1.0.0.0", true),
        ("1", "2.0.0.0", false),
        ("1.7", "1.7.255.255", true),
        ("1.7", "1.6.255.255", false),
        ("1.7", "7.1.0.0", false),
        ("1.7", "1.0.0.0", false),
        ("1.7.2", "1.7.2.9", true),
        ("1.7.2", "1.7.3.9", false),
        ("1.7.2", "1.7.0.0", false),
        ("1.7.2.9", "1.7.2.9", true),
        ("1.7.2.9", "1.7.2.0", false),
        ("1.7.2.9", "1.7.2.8", false),
        ("255.255.255.255", "255.255.255.255", true),
    ] {
        let mut case = Case::new(1);
        case.requirement.domain = prefix.parse().unwrap();
        case.held[0].attributes.domain = domain.parse().unwrap();
        let expected = (!matches).then_some("§5.2.6 credential 1: domain");
        assert_eq!(refusal::<3>(&case.standing()), expected, "{domain} under {prefix}");
    }
}

#[test]
fn reward_notes_and_unknown_kinds_fit_no_slot() {
    for kind in [0x80, 0x82, 0xc0, 0xff] {
        let mut case = Case::new(3);
        case.held[1].attributes.kind = CredentialKind::new(kind);
        assert_eq!(refusal::<3>(&case.standing()), Some("§5.2.7 credential 2: kind"), "{kind:#x}");
    }
}

#[test]
fn a_balance_note_weighs_but_does_not_count() {
    let mut case = Case::new(3);
    case.held[1].attributes.kind = CredentialKind::BALANCE_NOTE;
    assert_eq!(refusal::<3>(&case.standing()), Some("§5.2.8 count"));
    case.requirement.min_count = 2;
    assert_eq!(refusal::<3>(&case.standing()), None);
    case.requirement.min_weight += 1;
    assert_eq!(refusal::<3>(&case.standing()), Some("§5.2.8 weight"));
}

#[test]
fn refuses_a_second_balance_note() {
    let mut case = Case::new(3);
    case.requirement.min_count = 0;
    for position in [0, 2] {
        case.held[position].attributes.kind = CredentialKind::BALANCE_NOTE;
    }
    assert_eq!(refusal::<3>(&case.standing()), Some("§5.2.7 at most one balance note"));
}

#[test]
fn refuses_a_leaf_of_another_secret() {
    let mut case = Case::new(2);
    case.held[1].owner = Secret::new(some("another secret"));
    assert_eq!(refusal::<3>(&case.standing()), Some("§5.2.6 credential 2: path level 0: selection"));
}

#[test]
fn refuses_a_leaf_through_other_tag_randomness() {
    let mut standing: Standing<3> = Case::new(2).standing();
    standing.1.credentials[1].tag_randomness = TagRandomness::new(some("other"));
    assert_eq!(refusal(&standing), Some("§5.2.6 credential 2: path level 0: selection"));
}

#[test]
fn refuses_a_leaf_of_a_tree_of_ones_own() {
    let mut standing: Standing<3> = Case::new(1).standing();
    let mut own = Case::new(2);
    own.held[0].attributes.weight = 20;
    standing.1.credentials = own.standing::<3>().1.credentials[..1].to_vec();
    assert_eq!(refusal(&standing), Some("§5.2.6 credential 1: credentials root"));
}

#[test]
fn refuses_a_revoked_credential() {
    let case = Case::new(2);
    let (instance, mut witness) = case.standing::<3>();
    let mut tree = case.credentials();
    let index = u32::try_from(Case::STRANGERS).unwrap();
    tree.bury(&[index]).unwrap();
    let later = with_roots(&instance, &case, None, Some(tree.root()));
    // The path as it was leads to the root as it was; the path as it is holds the tombstone.
    assert_eq!(refusal(&(later, witness.clone())), Some("§5.2.6 credential 1: credentials root"));
    witness.credentials[0].path = tree.path(index).unwrap();
    assert_eq!(refusal(&(later, witness)), Some("§5.2.6 credential 1: path level 0: selection"));
}

#[test]
fn refuses_an_empty_place_as_a_leaf() {
    let (instance, mut witness) = Case::new(1).standing::<3>();
    let path = &witness.credentials[0].path;
    witness.credentials[0].path = MerklePath::new(path.index() + 1, *path.children());
    assert_eq!(refusal(&(instance, witness)), Some("§5.2.6 credential 1: path level 0: selection"));
}

/// A path of six levels, filled up at the bottom or at the top, is not one of seven.
#[test]
fn refuses_a_shorter_path() {
    let (instance, witness) = Case::new(1).standing::<3>();
    let path = &witness.credentials[0].path;
    let leaf = path.children()[0];
    let mut up = *path.children();
    up.rotate_left(1);
    up[DEPTH - 1] = [*instance.public_inputs().values().get(1).unwrap(); 8];
    let mut down = *path.children();
    down.rotate_right(1);
    down[0] = leaf;
    for (index, children) in [(path.index() >> 3, up), (path.index() << 3, down)] {
        let mut witness = witness.clone();
        witness.credentials[0].path = MerklePath::new(index, children);
        assert!(refusal(&(instance, witness)).unwrap().starts_with("§5.2.6 credential 1: "));
    }
}

#[test]
fn refuses_an_index_outside_the_tree() {
    let (instance, mut witness) = Case::new(1).standing::<3>();
    let path = &witness.credentials[0].path;
    witness.credentials[0].path = MerklePath::new(path.index() | 1 << 21, *path.children());
    assert_eq!(refusal(&(instance, witness)), Some("the witness does not fit the shape"));
}

#[test]
fn refuses_who_is_not_enrolled() {
    let case = Case::new(0);
    let (instance, witness) = case.standing::<3>();
    let stranger = Case { secret: Secret::new(some("stranger")), ..case };
    let (own, mut forged) = stranger.standing::<3>();
    forged.membership.path = witness.membership.path.clone();
    let claimed = with_roots(&own, &stranger, Some(members_root(&instance)), None);
    assert_eq!(refusal(&(claimed, forged.clone())), Some("§5.1.1 member: path level 0: selection"));
    forged.membership.path = stranger.standing::<3>().1.membership.path;
    assert_eq!(refusal(&(claimed, forged)), Some("§5.1.1 members root"));
}

#[test]
fn refuses_swapped_roots() {
    let case = Case::new(2);
    let (instance, witness) = case.standing::<3>();
    let members = MembersRoot::new(*case.credentials().root().as_field());
    let credentials = CredentialsRoot::new(*members_root(&instance).as_field());
    assert_eq!(
        refusal(&(with_roots(&instance, &case, Some(members), Some(credentials)), witness)),
        Some("§5.1.1 members root")
    );
}

#[test]
fn refuses_the_nullifier_of_another_scope_and_the_tag_of_another_secret() {
    let case = Case::new(1);
    let (instance, witness) = case.standing::<3>();
    let values = instance.public_inputs();
    let rebuilt = |nullifier, tag| -> StandingInstance<3> {
        StandingInstance::new(
            members_root(&instance),
            case.credentials().root(),
            case.requirement,
            case.scope,
            nullifier,
            tag,
            Message::new(some("message")),
        )
    };
    let honest = (case.secret.nullifier(&case.scope), OwnerTag::new(values.values()[5]));
    let elsewhere = case.secret.nullifier(&Scope::new(some("another scope")));
    assert_eq!(refusal(&(rebuilt(elsewhere, honest.1), witness.clone())), Some("§5.1.2 nullifier"));
    let foreign = Secret::new(some("another secret")).tag(&witness.membership.tag_randomness);
    assert_eq!(refusal(&(rebuilt(honest.0, foreign), witness.clone())), Some("§5.1.3 tag"));
    assert_eq!(refusal(&(rebuilt(honest.0, honest.1), witness)), None);
}

fn members_root(instance: &StandingInstance<3>) -> MembersRoot {
    MembersRoot::new(instance.public_inputs().values()[0])
}

/// The same instance over other roots.
fn with_roots(
    instance: &StandingInstance<3>,
    case: &Case,
    members: Option<MembersRoot>,
    credentials: Option<CredentialsRoot>,
) -> StandingInstance<3> {
    let values: Vec<Fr> = instance.public_inputs().values().to_vec();
    StandingInstance::new(
        members.unwrap_or(MembersRoot::new(values[0])),
        credentials.unwrap_or(CredentialsRoot::new(values[1])),
        case.requirement,
        case.scope,
        case.secret.nullifier(&case.scope),
        OwnerTag::new(values[5]),
        Message::new(values[6]),
    )
}
