//! What happens in the samples.

use aiq_keys::KeyDir;
use aiq_verifier::{
    log::EnrolledBy,
    poll::{Choice, Decision, PollRule, Threshold, TieBreak},
    review::Verdict,
    standard::Authority,
};

use super::{
    SampleLog,
    deployment::{Deployment, Vote},
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
