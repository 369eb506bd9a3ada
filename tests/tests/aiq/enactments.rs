//! What polls change (§8): in force from the next epoch on, by itself, if they ask for what the charter says.

use aiq_circuits::credential::CredentialId;
use aiq_server::GenesisFile;
use aiq_server::api::{ClaimView, Enacted, NewEligibility, NewPoll, NewSealing, PollView};
use aiq_tests::actor::ballot_key;
use aiq_tests::deployment::{Deployment, found};
use aiq_tests::world::{NOW, safety};
use aiq_verifier::governance::Governance;
use aiq_verifier::menu::{DomainEntry, MenuEntry};
use aiq_verifier::poll::{Change, Choice, Enactment, Threshold};
use aiq_verifier::standard::Standard;
use serde_json::json;

use super::log::audited;
use super::polls::{send_ballot, send_join};

/// For how long a poll that changes something is open at least.
const WINDOW: u32 = 100;
/// An entry of the built-in menu that neither charter nor standard names.
const UNUSED: &str = "nlp-3-10";

/// Three members with standing, and every member decides: half of them, two thirds of those who do.
fn deployment() -> Deployment {
    let standing = [safety(5), safety(4), safety(3)];
    Deployment::founded(
        |_| {},
        |id, file: &mut GenesisFile| {
            let [quorum, threshold] = ["1/2", "2/3"].map(|share| share.parse().unwrap());
            let governance = Governance { electorate: None, quorum, threshold, window: WINDOW };
            file.charter.as_mut().unwrap().governance = Some(governance);
            for number in 1..=3 {
                found(file, number, id, &standing);
            }
        },
    )
}

/// A poll about a change that asks for exactly what the charter says.
fn about(deployment: &Deployment, change: Change) -> NewPoll {
    let now = aiq_server::Clock::now(&*deployment.clock);
    let options = ["as it is", "change it"].map(str::to_owned).to_vec();
    let poll = NewPoll::new("Is it to change?".into(), options, NewEligibility::Membership {}, now + WINDOW);
    NewPoll {
        quorum: Some(aiq_server::api::NewQuorum::Members("1/2".parse().unwrap())),
        threshold: Threshold::AtLeast("2/3".parse().unwrap()),
        enactment: Some(Enactment { option: 1, change }),
        sealing: NewSealing::None {},
        ..poll
    }
}

fn announce(deployment: &Deployment, change: Change) -> PollView {
    deployment.admin().announce(&about(deployment, change)).unwrap()
}

/// So many members vote for the change.
fn vote(deployment: &Deployment, poll: &PollView, voters: u8) {
    for number in 1..=voters {
        let (actor, key) = (deployment.actor(number), ballot_key(number));
        assert_eq!(send_join(deployment, poll, &actor.join_with(poll, &key)).status, 201);
        let ballot = actor.ballot(poll, &key, 0, &Choice::Option(1).encode());
        assert_eq!(send_ballot(deployment, poll, &ballot).status, 201);
    }
}

fn close(deployment: &Deployment, polls: &[&PollView]) {
    deployment.close_poll(polls[0]);
    for poll in polls {
        deployment.client().tally(&poll.definition.id).unwrap();
    }
}

fn enacted(deployment: &Deployment, poll: &PollView) -> Option<Enacted> {
    deployment.client().poll(&poll.definition.id).unwrap().enacted
}

/// The standard after the built-in one.
fn next(deployment: &Deployment) -> Standard {
    let listed = deployment.client().standards().unwrap();
    let standard = listed.into_iter().next().unwrap().standard;
    Standard { version: 2, window: 60, ..standard }
}

fn new_entry() -> MenuEntry {
    let domain = "1.9".parse().unwrap();
    let statement = aiq_circuits::statement::StatementId::Standing3;
    MenuEntry {
        id: "safety-1".into(),
        title: "A credential in safety".into(),
        domain,
        min_count: 1,
        min_weight: 1,
        statement,
    }
}

fn new_domain() -> DomainEntry {
    DomainEntry { domain: "1.15.0.0".parse().unwrap(), name: "Governance of models".into() }
}

fn is_usable(deployment: &Deployment, menu: &str) -> bool {
    let poll = about(deployment, Change::Domain { entry: new_domain() });
    let eligibility = NewEligibility::Standing { menu: menu.into() };
    let poll = NewPoll { enactment: None, eligibility, ..poll };
    match deployment.admin().announce(&poll) {
        Ok(_) => true,
        Err(error) => {
            assert!(error.to_string().contains("not on the menu"), "{error}");
            false
        }
    }
}

#[test]
fn what_passed_is_in_force_from_the_next_epoch_on_and_not_before() {
    let deployment = deployment();
    let credential: CredentialId = deployment.actor(3).ledger.credentials()[0].id;
    let waiting = [
        Change::Standard { standard: next(&deployment) },
        Change::Menu { entry: new_entry() },
        Change::MenuRemoval { id: UNUSED.into() },
        Change::Domain { entry: new_domain() },
    ]
    .map(|change| announce(&deployment, change));
    let revoking = announce(&deployment, Change::Revoke { credential });
    // A second one for the same version: it will be overtaken.
    let overtaken = announce(&deployment, Change::Standard { standard: Standard { quorum: 1, ..next(&deployment) } });
    for poll in waiting.iter().chain([&revoking, &overtaken]) {
        vote(&deployment, poll, 2);
    }
    let all: Vec<_> = waiting.iter().chain([&revoking, &overtaken]).collect();
    close(&deployment, &all);

    assert_eq!(enacted(&deployment, &revoking), Some(Enacted::Revoked));
    for poll in waiting.iter().chain([&overtaken]) {
        assert_eq!(enacted(&deployment, poll), Some(Enacted::Waiting));
    }
    let before = deployment.client().info().unwrap();
    assert!(!is_usable(&deployment, "safety-1") && is_usable(&deployment, UNUSED));
    assert!(before.domains.iter().all(|entry| entry.domain != new_domain().domain));
    assert_eq!(deployment.client().standards().unwrap()[0].standard.version, 1);

    assert!(deployment.admin().seal().unwrap().sealed);
    for poll in &waiting {
        assert_eq!(enacted(&deployment, poll), Some(Enacted::InForce));
    }
    assert_eq!(enacted(&deployment, &overtaken), Some(Enacted::Nothing));
    let info = deployment.client().info().unwrap();
    assert_eq!(info.checkpoint.revoked, 1);
    assert!(info.domains.contains(&new_domain()));
    assert!(is_usable(&deployment, "safety-1") && !is_usable(&deployment, UNUSED));
    let claimant = deployment.actor(1);
    let claim = claimant.claim(deployment.draft(&claimant, 20, "arxiv:2401.00001"), 20, 0);
    let opened = deployment.raw().post("/v1/claims", &json!(claim));
    assert_eq!(opened.status, 201, "{}", opened.text());
    let opened: ClaimView = serde_json::from_value(opened.json()).unwrap();
    assert_eq!(opened.standard, next(&deployment), "judged by the new one");
    assert!(!deployment.admin().seal().unwrap().sealed, "nothing waits any more");
    assert_eq!(audited(&deployment.client()).fault, None);

    let [kept, scratch] = [deployment.data_dir().join("aiq.sqlite"), deployment.scratch().join("again.sqlite")];
    let rebuilt = aiq_server::store::sqlite::rebuild(&kept, &scratch, false, |_, _| ());
    assert!(aiq_tests::deployment::runtime().block_on(rebuilt).unwrap().agrees());
}

#[test]
fn below_the_quorum_nothing_changes() {
    let deployment = deployment();
    let poll = announce(&deployment, Change::Domain { entry: new_domain() });
    vote(&deployment, &poll, 1);
    close(&deployment, &[&poll]);
    assert_eq!(enacted(&deployment, &poll), None);
    assert!(!deployment.admin().seal().unwrap().sealed, "nothing waits");
    assert!(!deployment.client().info().unwrap().domains.contains(&new_domain()));
}

#[test]
fn a_poll_that_asks_for_less_than_the_charter_is_refused() {
    let deployment = deployment();
    let admin = deployment.raw().with_bearer(&deployment.token);
    let refused = |weaken: &dyn Fn(&mut NewPoll)| {
        let mut poll = about(&deployment, Change::Domain { entry: new_domain() });
        weaken(&mut poll);
        admin.post("/v1/polls", &json!(poll)).assert_problem(422, "invalid_enactment");
    };
    refused(&|poll| poll.quorum = None);
    refused(&|poll| poll.threshold = Threshold::MoreThan("1/2".parse().unwrap()));
    refused(&|poll| poll.closes_at -= 1);
    refused(&|poll| poll.rule = aiq_verifier::poll::PollRule::Schulze {});
    refused(&|poll| poll.eligibility = NewEligibility::Standing { menu: "ai-1".into() });
    let change = |change: Change| move |poll: &mut NewPoll| poll.enactment.as_mut().unwrap().change = change.clone();
    refused(&change(Change::Overturn { claim: aiq_verifier::claim::ClaimId::new([1; 32]) }));
    refused(&change(Change::Revoke { credential: CredentialId::of_claim(&[1; 32]) }));
    refused(&change(Change::MenuRemoval { id: "ai-3-10".into() }));
    refused(&change(Change::Standard { standard: Standard { version: 3, ..next(&deployment) } }));
    refused(&|poll| poll.enactment.as_mut().unwrap().option = 2);
    assert!(deployment.client().polls().unwrap().is_empty());
    assert_eq!(aiq_server::Clock::now(&*deployment.clock), NOW);
}
