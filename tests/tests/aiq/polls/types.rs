//! One poll of each type, from the announcement to a recount by a stranger, with what members type.

use aiq_cli::member::{MemberError, PublishedPoll, parse_choice};
use aiq_server::api::{NewEligibility, NewPoll, NewQuorum, NewSealing};
use aiq_tests::deployment::Deployment;
use aiq_tests::keys::verifier;
use aiq_verifier::poll::{Choice, ChoiceError, Explanation, Lead, Outcome, PollRule, Threshold, TieBreak};

use super::{NOBODY_HOLDS_ANYTHING, open_poll};

/// A type, what three members type, what the first one cannot, and what comes out.
struct Case {
    rule: PollRule,
    typed: [&'static str; 3],
    refused: (&'static str, &'static str),
    outcome: Outcome,
}

fn winner(option: u8, support: u64, of: u64) -> Outcome {
    Outcome::Winner(Lead { option, tied: false, support, of })
}

fn cases() -> [Case; 6] {
    [
        Case {
            rule: PollRule::SingleChoice {},
            typed: ["no", "2", "later"],
            refused: ("1,2", "is not an option"),
            outcome: winner(1, 2, 3),
        },
        Case {
            rule: PollRule::Approval { min: 1, max: 2 },
            typed: ["yes, later", "3", "abstain"],
            refused: ("1,2,3", "asks for 2 or fewer"),
            outcome: winner(2, 2, 2),
        },
        Case {
            rule: PollRule::InstantRunoff {},
            typed: ["later > no > yes", "no,yes", "3"],
            refused: ("1,1", "names option 1 twice"),
            outcome: winner(2, 2, 3),
        },
        Case {
            rule: PollRule::Schulze {},
            typed: ["3,2,1", "2", "later > no"],
            refused: ("4", "is not an option"),
            outcome: winner(2, 2, 3),
        },
        Case {
            rule: PollRule::Score { max: 5 },
            typed: ["yes=5,no=4", "2=4", "no=1, later=5"],
            refused: ("1=6", "the highest is 5"),
            outcome: winner(1, 9, 15),
        },
        Case {
            rule: PollRule::Quadratic { credits: 9 },
            typed: ["yes=3", "no=2,later=2", "2=1"],
            refused: ("1=3,2=1", "cost 10 credits, it has 9"),
            outcome: Outcome::Winner(Lead { option: 0, tied: true, support: 3, of: 8 }),
        },
    ]
}

#[test]
fn every_type_is_voted_in_and_recounted_by_anybody() {
    let deployment = Deployment::new(NOBODY_HOLDS_ANYTHING);
    let mut actors = [1, 2, 3].map(|number| deployment.actor(number));
    for Case { rule, typed, refused, outcome } in cases() {
        let now = aiq_server::Clock::now(&*deployment.clock);
        let options = ["yes", "no", "later"].map(str::to_owned).to_vec();
        let poll = NewPoll::new("Shall we?".into(), options, NewEligibility::Membership {}, now + 100);
        let threshold = Threshold::AtLeast("1/3".parse().unwrap());
        let quorum = Some(NewQuorum::Ballots(3));
        let sealing = NewSealing::None {};
        let poll = NewPoll { rule, quorum, threshold, tie_break: TieBreak::Order, sealing, ..poll };
        let poll = deployment.admin().announce(&poll).unwrap();
        let error = parse_choice(refused.0, &poll.definition).unwrap_err().to_string();
        assert!(error.contains(refused.1), "{rule:?}: {error}");
        for (actor, text) in actors.iter_mut().zip(typed) {
            actor.join(&poll).unwrap();
            let choice = parse_choice(text, &poll.definition).unwrap();
            assert_eq!(actor.vote(&poll, choice.clone()).unwrap().choice, choice);
            let known = actor.member.wallet().deployment(actor.member.deployment_id()).unwrap();
            assert_eq!(known.polls[&poll.definition.id].ballots[0].choice, choice, "the wallet remembers");
        }
        deployment.close_poll(&poll);
        let published = PublishedPoll::fetch(&deployment.client(), &poll.definition.id).unwrap();
        let count = published.check(&deployment.id, &deployment.service_key, verifier()).unwrap();
        // In the quadratic poll yes and no have three votes each: the order decides.
        assert_eq!(count.tally.outcome, outcome, "{rule:?}");
        match (rule, count.explanation) {
            (PollRule::InstantRunoff {}, Explanation::Rounds { rounds }) => assert_eq!(rounds.len(), 2),
            (PollRule::Schulze {}, Explanation::Comparison(found)) => assert_eq!(found.pairwise[2], [2, 2, 0]),
            (PollRule::Quadratic { .. }, Explanation::Credits { spent }) => assert_eq!(spent, [9, 5, 4]),
            (_, explanation) => assert_eq!(explanation, Explanation::Sums {}),
        }
        let mut forged = published.clone();
        forged.signed.tally.outcome = Outcome::NoQuorum;
        assert!(forged.check(&deployment.id, &deployment.service_key, verifier()).is_err());
    }
}

#[test]
fn a_wallet_does_not_send_a_choice_of_another_type() {
    let open = open_poll();
    let mut actor = open.deployment.actor(1);
    for choice in [Choice::Approve(vec![1]), Choice::Rank(vec![1]), Choice::Score(vec![1])] {
        let error = actor.vote(&open.poll, choice).unwrap_err();
        assert!(matches!(error, MemberError::Choice(ChoiceError::OtherType("single-choice"))), "{error}");
    }
}
