//! What happens in the samples.

use aiq_circuits::scope::Scope;
use aiq_keys::KeyDir;
use aiq_verifier::{
    log::EnrolledBy,
    menu::{DomainEntry, MenuEntry},
    poll::{Change, Choice, Decision, PollRule, Threshold, TieBreak},
    review::Verdict,
    standard::{Authority, Standard},
};

use super::{
    SampleLog,
    deployment::{Deployment, Vote, menu_entry},
};

pub(super) fn small(keys: &KeyDir) -> SampleLog {
    let option = |place| Vote::For(Choice::Option(place));
    let mut here = Deployment::found(keys, 3, 2, 2);
    here.wait(60);
    here.invite(2);
    here.enrol(EnrolledBy::Invitation);
    let everyone = here.announce(1, false);
    here.withdraw(2);
    here.join(everyone, 0);
    here.seal();
    here.join(everyone, 1);
    here.wait(10);
    here.vote(everyone, 0, 1, &option(0));
    here.enrol(EnrolledBy::Invitation);
    let half = Threshold::AtLeast("1/2".parse().expect("a share"));
    let decision = Decision { quorum: 2, threshold: half, tie_break: TieBreak::Lot };
    let few = here.announce_type(2, true, PollRule::Schulze {}, decision);
    here.join(few, 0);
    here.vote(everyone, 1, 7, &Vote::Spoiled);
    here.vote(everyone, 0, 2, &option(2));
    here.attest();
    here.wait(990);
    here.vote(few, 0, 1, &Vote::For(Choice::Rank(vec![0, 1])));
    here.close(everyone);
    here.join(few, 1);
    // Two options are equal: the lot decides.
    here.vote(few, 1, 1, &Vote::For(Choice::Rank(vec![2, 0])));
    let open = here.announce(3, false);
    here.join(open, 3);
    here.wait(10);
    here.vote(open, 3, 1, &option(1));
    here.close(few);
    here.into_log()
}

pub(super) fn crowd(keys: &KeyDir, members: u16, ballots: u32) -> SampleLog {
    let mut here = Deployment::found(keys, members, 0, 0);
    here.wait(60);
    let everyone = here.announce(1, false);
    for member in 0..members {
        here.join(everyone, member);
    }
    here.wait(10);
    for seq in 0..ballots {
        for member in 0..members {
            here.vote(everyone, member, seq, &Vote::For(Choice::Option(u8::from(member % 2 == 0))));
        }
    }
    here.wait(990);
    here.close(everyone);
    here.into_log()
}

/// Claims that are accepted, rejected and expired, a renewal, disputes that overturn both decisions, rewards that are merged.
pub(super) fn reviewed(keys: &KeyDir) -> SampleLog {
    use Verdict::{Abstain, Accept, Reject};
    let uphold = Vote::For(Choice::Option(1));
    let mut here = Deployment::found_with_reviews(keys, 4, 3);
    here.wait(60);
    here.sponsor(0, 0);
    here.enrol(EnrolledBy::Invitation);
    let paper = here.claim(3, 10, 0, "arxiv:2401.01234v1", None);
    let dataset = here.claim(3, 11, 1, "doi:10.1145/3292500.3330701", None);
    here.lay_down_next(Authority::Administrator);
    let code = here.claim(0, 12, 0, "git:0123456789abcdef0123456789abcdef01234567:https://example.org/code", None);
    here.wait(10);
    here.recuse(paper, 2);
    here.review(dataset, 0, 20, Reject);
    here.review(paper, 1, 21, Accept);
    let rewarded = here.announce_rewarded(1);
    here.join(rewarded, 3);
    here.join(rewarded, 1);
    here.review(paper, 0, 22, Accept);
    here.review(code, 1, 23, Abstain);
    here.review(dataset, 1, 24, Reject);
    here.wait(10);
    here.vote(rewarded, 3, 1, &Vote::For(Choice::Option(0)));
    here.wait(1_000);
    here.rule(paper);
    here.rule(code);
    here.rule(dataset);
    here.close(rewarded);
    here.seal();

    here.wait(60);
    let renewal = here.claim(3, 10, 0, "arxiv:2401.01234v2", Some(paper));
    here.review(renewal, 1, 25, Accept);
    let on_dataset = here.dispute(dataset, 2, 2);
    here.join(on_dataset, 0);
    here.merge(0, &[20, 22], 30);
    here.review(renewal, 2, 26, Accept);
    here.join(on_dataset, 1);
    for member in [0, 1] {
        here.vote(on_dataset, member, 1, &uphold);
    }
    here.wait(1_000);
    here.rule(renewal);
    here.close(on_dataset);
    here.seal();

    here.wait(60);
    let on_renewal = here.dispute(renewal, 0, 3);
    for member in [1, 2] {
        here.join(on_renewal, member);
        here.vote(on_renewal, member, 1, &uphold);
    }
    let open = here.claim(4, 10, 0, "doi:10.1145/3442188.3445922", None);
    here.review(open, 2, 27, Reject);
    here.wait(1_000);
    here.close(on_renewal);
    here.seal();
    here.into_log()
}

/// Ceremonies, and polls that were sealed by the service and by trustees.
pub(super) fn sealed(keys: &KeyDir) -> SampleLog {
    let rank = |options: &[u8]| Vote::For(Choice::Rank(options.to_vec()));
    let mut here = Deployment::found(keys, 4, 0, 0);
    here.wait(60);
    let failed = here.begin_ceremony(2);
    let made = here.make_key(1);
    (1..=3).for_each(|index| here.commit(failed, index));
    (1..=3).for_each(|index| here.deal(failed, index, index == 2));
    here.confirm(failed, 3);
    here.confirm(failed, 1);
    let unfinished = here.begin_ceremony(3);
    here.commit(unfinished, 2);

    let alone = here.announce_sealed(1, PollRule::default(), None, (1, 0));
    let trusted = here.sealed(2, PollRule::Schulze {}, Some(made), (2, 60));
    let trusted = here.announce_defined(Deployment::rewarded(trusted));
    let few = here.sealed(3, PollRule::default(), None, (3, 10));
    let few = here.announce_defined(Deployment::rewarded(few));
    let open = here.announce_sealed(4, PollRule::default(), None, (1, 0));
    for member in [0, 1] {
        here.join(alone, member);
    }
    for member in 0..4 {
        here.join(trusted, member);
    }
    here.join(few, 2);
    here.join(open, 3);
    here.wait(10);
    here.vote(alone, 0, 1, &Vote::For(Choice::Option(1)));
    here.vote(alone, 1, 1, &Vote::Spoiled);
    here.vote(trusted, 3, 1, &rank(&[1]));
    here.vote(trusted, 0, 1, &rank(&[0, 1]));
    // Sealed for somebody else; a ranking that names an option twice.
    here.vote(trusted, 1, 1, &Vote::Copy);
    here.vote(trusted, 2, 1, &rank(&[2, 2]));
    here.vote(trusted, 3, 2, &rank(&[2, 0]));
    here.reason(trusted, 0, Some("It is what people rely on."));
    here.reason(trusted, 1, None);
    here.reason(trusted, 3, Some("First things first:\nhonesty."));
    here.vote(few, 2, 1, &Vote::For(Choice::Option(0)));
    here.reason(few, 2, Some("Because."));
    here.vote(open, 3, 1, &Vote::For(Choice::Abstain));
    here.wait(990);
    here.close(alone);
    here.close(trusted);
    here.close(few);
    here.seal();
    here.into_log()
}

/// Proposals, withdrawn polls, and every change that a poll can decide: passed, failed, and overtaken by another.
pub(super) fn governed(keys: &KeyDir) -> SampleLog {
    let mut here = Deployment::found_with_governance(keys, 3, 2);
    here.wait(60);
    let standard = here.next_standard();
    let first = Change::Standard { standard: standard.clone() };
    let second = Change::Standard { standard: Standard { quorum: 3, ..standard.clone() } };
    let everybody = MenuEntry { id: "safety-1".into(), min_count: 1, min_weight: 1, ..menu_entry() };
    let named = |domain: &str, name: &str| DomainEntry { domain: domain.parse().expect("a domain"), name: name.into() };
    let polls = [
        here.propose(0, 0, 1, first),
        here.announce_change(2, second),
        here.announce_change(3, Change::Menu { entry: everybody.clone() }),
        here.propose(0, 1, 4, Change::Domain { entry: named("1.7.1.0", "Alignment") }),
        here.announce_change(5, Change::Revoke { credential: here.credential(3) }),
        here.announce_change(6, Change::Revoke { credential: here.credential(3) }),
    ];
    let failing = here.propose(1, 0, 7, Change::Domain { entry: named("1.0.0.0", "Machines") });
    let proposed = here.propose(1, 1, 8, Change::Menu { entry: everybody.clone() });
    let announced = here.announce(9, false);
    here.join(announced, 0);
    here.withdraw_poll(proposed, Some(8));
    here.withdraw_poll(announced, None);
    decide(&mut here, &polls, &[failing]);
    here.seal();

    here.wait(60);
    let stricter = MenuEntry { min_weight: 5, title: "One credential in AI safety".into(), ..everybody.clone() };
    let next = Standard { version: 2, reviewers: everybody.id.clone(), ..standard };
    let polls = [
        here.announce_change(10, Change::Standard { standard: next }),
        here.announce_change(11, Change::MenuRemoval { id: everybody.id.clone() }),
        here.announce_change(12, Change::Domain { entry: named("1.7.0.0", "Safety of AI") }),
        here.announce_change(13, Change::Menu { entry: stricter }),
    ];
    decide(&mut here, &polls, &[]);
    here.seal();

    here.wait(60);
    let last = Standard { version: 3, ..here.next_standard() };
    let back = [here.announce_change(14, Change::Standard { standard: last })];
    decide(&mut here, &back, &[]);
    here.seal();
    let gone = [here.announce_change(15, Change::MenuRemoval { id: everybody.id })];
    decide(&mut here, &gone, &[]);
    here.seal();
    let waiting = here.announce_change(16, Change::Domain { entry: named("2.0.0.0", "Physics") });
    decide(&mut here, &[waiting], &[]);
    here.into_log()
}

/// One member votes for the changes of some polls and against those of others; all of them are counted.
fn decide(here: &mut Deployment, passing: &[Scope], failing: &[Scope]) {
    let polls = || passing.iter().map(|scope| (*scope, 1)).chain(failing.iter().map(|scope| (*scope, 0)));
    polls().for_each(|(scope, _)| here.join(scope, 0));
    here.wait(10);
    polls().for_each(|(scope, option)| here.vote(scope, 0, 1, &Vote::For(Choice::Option(option))));
    here.wait(1_000);
    polls().for_each(|(scope, _)| here.close(scope));
}
