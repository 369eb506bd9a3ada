//! Nothing is opened that only a handful could answer (§11 P1), and the service counts as the wallets do.

use aiq_cli::client::ClientError;
use aiq_server::api::{NewAttestation, NewEligibility, NewPoll};
use aiq_tests::deployment::Deployment;
use aiq_tests::world::safety;
use aiq_verifier::log::RevokedBy;

const SAFETY: &str = "safety-3-10";

/// Four members, of whom two hold what the menu asks for: at most two could show it.
fn deployment(floor: u32) -> Deployment {
    let held = [safety(5), safety(4), safety(3)];
    Deployment::with(&[&held, &held, &[], &[]], |config| config.crowd.floor = floor)
}

fn refused<T>(result: Result<T, ClientError>) -> Option<String> {
    result.err().map(|error| error.code().expect("a code").to_owned())
}

fn poll(deployment: &Deployment, eligibility: NewEligibility) -> Option<String> {
    let closes_at = aiq_tests::world::NOW + 1000;
    let options = ["yes", "no"].map(str::to_owned).to_vec();
    refused(deployment.admin().announce(&NewPoll::new("Shall we?".into(), options, eligibility, closes_at)))
}

fn attestation(deployment: &Deployment) -> Option<String> {
    let request = NewAttestation {
        audience: "an employer".into(),
        menu: SAFETY.into(),
        nonce: None,
        linkable: false,
        expires_in: 600,
    };
    refused(deployment.client().open_attestation(&request))
}

fn standing() -> NewEligibility {
    NewEligibility::Standing { menu: SAFETY.into() }
}

#[test]
fn a_poll_or_a_request_below_the_floor_is_refused_and_nothing_is_kept() {
    let small = Some("small_crowd".to_owned());
    for (floor, for_holders, for_members) in
        [(0, None, None), (2, None, None), (3, small.clone(), None), (5, small.clone(), small)]
    {
        let deployment = deployment(floor);
        let entries = deployment.client().log_checkpoint().unwrap();
        assert_eq!(poll(&deployment, NewEligibility::Membership {}), for_members, "floor {floor}");
        assert_eq!(poll(&deployment, standing()), for_holders, "floor {floor}");
        assert_eq!(attestation(&deployment), for_holders, "floor {floor}");
        let kept = [&for_holders, &for_members].iter().filter(|refused| refused.is_none()).count();
        assert_eq!(deployment.client().polls().unwrap().len(), kept);
        if kept == 0 {
            assert_eq!(deployment.client().log_checkpoint().unwrap(), entries);
        }
    }
}

#[test]
fn the_service_counts_what_stands_at_the_epoch_as_a_wallet_does() {
    let deployment = deployment(2);
    let counted = || {
        let actor = deployment.actor(1);
        let eligibility = actor.member.menu(SAFETY).unwrap().eligibility(aiq_tests::world::NOW);
        let crowd = actor.member.crowd(&actor.ledger, actor.ledger.head(), &eligibility);
        (crowd.at_most, crowd.members)
    };
    assert_eq!((counted(), poll(&deployment, standing())), ((2, 4), None));
    // One credential less, from the next epoch on: five of which three are needed.
    let scope = deployment.client().polls().unwrap()[0].scope;
    let actor = deployment.actor(1);
    let held = actor.member.holdings(&actor.ledger);
    deployment.revoke(held[0].credential.id, RevokedBy::Poll(scope));
    assert_eq!((counted(), attestation(&deployment)), ((2, 4), None));
    assert!(deployment.admin().seal().unwrap().sealed);
    let small = Some("small_crowd".to_owned());
    assert_eq!((counted(), poll(&deployment, standing())), ((1, 4), small.clone()));
    assert_eq!(attestation(&deployment), small);
}
