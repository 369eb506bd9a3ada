//! What holds, and what the report says of it.

use aiq_audit::{
    Caveat, CeremonyState, ClaimsReport, EnactmentState, Options, PollOrigin, Progress, Report, RulingsReport,
    SealingReport, audit, bundle::Contents, sample::SampleLog,
};
use aiq_circuits::statement::StatementId;
use aiq_verifier::poll::{Lead, Outcome, PollId, PollRule, Tally};

use crate::fixture::{fault, governed, keys, log, report, reviewed, sealed};

#[test]
fn a_good_log_holds_and_the_report_says_what_is_in_it() {
    let log = log();
    let report = report(&log.bundle());
    assert_eq!((report.ok, &report.fault), (true, &None));
    assert_eq!((report.deployment_id, report.name.as_deref()), (Some(log.deployment_id()), Some("A sample")));
    assert_eq!((report.contents, report.size), (Some(Contents::Everything), Some(log.entries.len() as u64)));
    assert_eq!(report.caveats, [Caveat::ForgeableKeys]);
    assert_eq!(report.witnesses[0].name, "witness.example");
    let statements: Vec<_> = report.keys.iter().map(|key| key.statement).collect();
    assert_eq!(statements, [StatementId::Membership, StatementId::Standing3]);
    assert_eq!(report.entries.values().sum::<u64>(), log.entries.len() as u64);
    assert_eq!((report.entries["join"], report.entries["ballot"]), (5, 6));
    assert_eq!((report.members, report.withdrawn, report.epochs), (3, 1, 2));
    assert_eq!((report.credentials, report.revoked), (4, 0));
    assert_eq!((report.proofs, report.ballot_signatures), (5, 5));
    let polls: Vec<_> = report.polls.iter().map(|poll| (poll.id, poll.joined, poll.voted)).collect();
    assert_eq!(polls, [(PollId::new([1; 16]), 2, 2), (PollId::new([2; 16]), 2, 2), (PollId::new([3; 16]), 1, 1)]);
    let outcome = Outcome::Winner(Lead { option: 2, tied: false, support: 1, of: 1 });
    let tally = Tally { options: vec![0, 0, 1], abstain: 0, spoiled: 1, joined: 2, voted: 2, outcome };
    assert_eq!(report.polls[0].tally.as_ref(), Some(&tally));
    let ranked = report.polls[1].tally.as_ref().unwrap();
    let Outcome::Winner(lead) = ranked.outcome else { panic!("{ranked:?}") };
    assert_eq!((ranked.options.as_slice(), lead.tied, lead.support, lead.of), ([1, 0, 1].as_slice(), true, 1, 2));
    assert_eq!((report.polls[0].rule, report.polls[1].rule), (PollRule::SingleChoice {}, PollRule::Schulze {}));
    assert_eq!(report.polls[2].tally, None);
}

#[test]
fn a_good_log_with_claims_holds_and_the_report_counts_what_became_of_them() {
    let log = reviewed();
    let report = report(&log.bundle());
    assert_eq!((report.ok, &report.fault), (true, &None));
    let rulings = RulingsReport { accepted: 2, rejected: 1, expired: 1 };
    let claims = ClaimsReport {
        open: 1,
        accepted: 1,
        rejected: 0,
        expired: 1,
        revoked: 2,
        rulings,
        reviews: 8,
        disputes: 2,
        upheld: 2,
    };
    assert_eq!(report.claims, claims);
    assert_eq!((report.members, report.epochs, report.proofs), (5, 4, 29));
    // Six founding ones, three of claims, seven rewards and a balance; two of them are revoked.
    assert_eq!((report.credentials, report.revoked), (15, 2));
    for (kind, count) in [("standard", 2), ("sponsorship", 1), ("merge", 1), ("recusal", 1), ("revocation", 2)] {
        assert_eq!(report.entries[kind], count, "{kind}");
    }
    for poll in [1, 2, 3] {
        assert_eq!(fault(&log.poll_bundle(PollId::new([poll; 16]))), None);
    }
}

#[test]
fn a_good_log_with_sealed_polls_holds_and_the_report_says_who_opened_them() {
    let log = sealed();
    let report = report(&log.bundle());
    assert_eq!((report.ok, &report.fault), (true, &None));
    assert_eq!(report.caveats, [Caveat::ForgeableKeys, Caveat::SealedByTheService]);
    let states: Vec<_> = report.ceremonies.iter().map(|ceremony| ceremony.state.clone()).collect();
    let missing = vec!["trustee-1".to_owned(), "trustee-3".to_owned()];
    let failed = CeremonyState::Failed { at_fault: "trustee-2".into() };
    assert_eq!(states, [failed, CeremonyState::Complete, CeremonyState::Waiting { round: 1, missing }]);
    let by: Vec<_> = report.polls.iter().map(|poll| poll.sealing.clone().unwrap()).collect();
    let alone = SealingReport { trustees: vec![], threshold: 1, floor: 1, shares: vec![1], reasons: 0, unreadable: 0 };
    assert_eq!(by[0], alone);
    let trustees = ["trustee-1", "trustee-2", "trustee-3"].map(ToOwned::to_owned).into();
    let trusted = SealingReport { trustees, threshold: 2, floor: 2, shares: vec![1, 3], reasons: 3, unreadable: 1 };
    assert_eq!(by[1], trusted);
    assert_eq!((by[2].floor, &by[2].shares, by[2].reasons), (3, &vec![], 0));
    let counted = |poll: usize| report.polls[poll].tally.clone().unwrap();
    assert_eq!((counted(0).options, counted(0).spoiled), (vec![0, 1, 0], 1));
    assert_eq!((counted(1).options, counted(1).spoiled, counted(1).voted), (vec![1, 0, 1], 2, 4));
    let below =
        Tally { options: vec![0; 3], abstain: 0, spoiled: 0, joined: 1, voted: 1, outcome: Outcome::BelowFloor };
    assert_eq!(counted(2), below);
    assert_eq!(report.polls[3].tally, None);
    for poll in 1..=4 {
        assert_eq!(fault(&log.poll_bundle(PollId::new([poll; 16]))), None, "{poll}");
    }
}

#[test]
fn a_good_log_in_which_members_decide_holds_and_the_report_says_what_became_of_it() {
    use EnactmentState::{InForce, Open, Overtaken, Passed, Rejected};
    let report = report(&governed().bundle());
    assert_eq!((report.ok, &report.fault), (true, &None));
    let of = |id: u8| report.polls.iter().find(|poll| poll.id == PollId::new([id; 16])).unwrap();
    let state = |id| of(id).enactment.as_ref().map(|enactment| enactment.state);
    let states = [InForce, Overtaken, InForce, InForce, InForce, Overtaken, Rejected, Open];
    for (id, expected) in (1..).zip(states) {
        assert_eq!(state(id), Some(expected), "{id}");
    }
    assert_eq!(
        [10, 11, 12, 13, 14, 15, 16].map(state),
        [InForce, Overtaken, InForce, InForce, InForce, InForce, Passed].map(Some)
    );
    assert_eq!((of(8).withdrawn, of(9).withdrawn, of(1).withdrawn), (true, true, false));
    assert_eq!((of(1).origin, of(2).origin), (PollOrigin::Proposal, PollOrigin::Announced));
    assert_eq!((report.credentials, report.revoked, report.epochs), (3, 1, 5));
}

#[test]
fn the_bundle_of_one_poll_holds_and_its_report_says_that_it_is_not_all() {
    let log = log();
    for (number, joined) in [(1, 2), (2, 2), (3, 1)] {
        let report = report(&log.poll_bundle(PollId::new([number; 16])));
        assert_eq!((report.ok, &report.fault), (true, &None));
        assert_eq!(report.caveats, [Caveat::OnePoll, Caveat::ForgeableKeys]);
        assert_eq!((report.is_complete(), report.size), (false, Some(log.entries.len() as u64)));
        assert_eq!((report.polls.len(), report.polls[0].joined, report.proofs), (1, joined, joined));
    }
}

#[test]
fn the_report_reads_back_from_its_json() {
    for bundle in [log().bundle(), log().bundle()[..9000].to_vec()] {
        let report = report(&bundle);
        let json = serde_json::to_string(&report).unwrap();
        assert_eq!(serde_json::from_str::<Report>(&json).unwrap(), report);
    }
}

#[test]
fn without_a_known_witness_the_report_says_so() {
    let report = audit(log().bundle().as_slice(), &Options::default(), &mut |_| {}).unwrap();
    assert!(report.ok);
    assert_eq!(report.caveats, [Caveat::ForgeableKeys, Caveat::NoWitness]);
}

#[test]
fn more_entries_than_are_decoded_together_hold_and_progress_is_told() {
    let log = SampleLog::crowd(keys(), 3, 120);
    let (bundle, mut seen) = (log.bundle(), Vec::<Progress>::new());
    let report = audit(bundle.as_slice(), &Options::default(), &mut |progress| seen.push(progress)).unwrap();
    assert_eq!((report.fault, report.ballot_signatures, report.proofs), (None, 360, 3));
    assert!(seen.len() >= 2 && seen.is_sorted_by_key(|progress| progress.entries));
    let total = log.entries.len() as u64;
    assert_eq!(seen.last(), Some(&Progress { entries: total, total, proofs: 3 }));
}

#[test]
fn a_failing_reader_is_no_fault_of_the_log() {
    struct Fails;
    impl std::io::Read for Fails {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("the disk is gone"))
        }
    }
    let bundle = log().bundle();
    for length in [0, 100, bundle.len()] {
        let input = std::io::BufReader::new(std::io::Read::chain(&bundle[..length], Fails));
        assert!(audit(input, &Options::default(), &mut |_| {}).is_err());
    }
}
