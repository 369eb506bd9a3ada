//! The whole of it, as the demonstration plays it: eight people, one service, three statements.

use aiq_circuits::credential::Attributes;
use aiq_circuits::statement::StatementId;
use aiq_cli::member::{Member, MemberError, Provers, PublishedPoll, check_result};
use aiq_cli::progress::Silent;
use aiq_cli::sync::TileCache;
use aiq_cli::wallet::Wallet;
use aiq_prover::engine::EngineOptions;
use aiq_server::api::{NewAttestation, PollView};
use aiq_tests::actor::{Actor, ballot_key};
use aiq_tests::deployment::Deployment;
use aiq_tests::keys::{keys, verifier};
use aiq_tests::world::{NOW, domain, safety, seed};
use aiq_verifier::poll::{Choice, join_message};
use aiq_verifier::presentation::{Expectation, Verifier};
use aiq_verifier::proof::Proof;
use serde_json::json;

use crate::polls::{send_ballot, send_join};
use crate::secrets::{assert_nothing_secret, contains};

/// Founders 1 to 3 are qualified in AI safety, 3 also in AI at large; 4 has let a credential expire, 5 works elsewhere.
/// 6, 7 and 8 come by invitation.
fn deployment() -> Deployment {
    let lapsed = Attributes { expires_at: NOW - 1, ..safety(5) };
    let elsewhere = Attributes { domain: domain("1.1.4.0"), ..safety(6) };
    let many: [Attributes; 7] = [safety(6); 7];
    Deployment::new(&[
        &[safety(4), safety(4), safety(3)],
        &[safety(5), elsewhere, safety(3), safety(2)],
        &many,
        &[safety(4), safety(4), lapsed],
        &[elsewhere, elsewhere, elsewhere],
    ])
}

struct Journey {
    deployment: Deployment,
    provers: Provers,
    actors: Vec<Actor>,
}

impl Journey {
    fn begin() -> Self {
        let deployment = deployment();
        // Nobody's keys are on this machine: the first who proves downloads them.
        let provers =
            Provers::new(deployment.scratch().join("keys"), keys().manifest().digest(), EngineOptions::default());
        Self { deployment, provers, actors: Vec::new() }
    }

    /// Member `number`, from 1.
    fn actor(&mut self, number: usize) -> &mut Actor {
        &mut self.actors[number - 1]
    }

    fn join(&mut self, number: usize, poll: &PollView) -> Result<(), MemberError> {
        let actor = &mut self.actors[number - 1];
        let joined = actor.member.join(&actor.ledger, &self.provers, &poll.definition.id, &Silent)?;
        assert_eq!(joined.receipt.deployment_id, self.deployment.id);
        Ok(())
    }

    /// Three people enrol by invitation and become members with the next epoch.
    fn enrol(&mut self) {
        for number in 6..=8 {
            let mut member = Member::connect(Wallet::with_seed(seed(number)), self.deployment.client(), None).unwrap();
            member.enrol(&self.deployment.invitation()).unwrap();
        }
        let sealed = self.deployment.admin().seal().unwrap();
        assert_eq!((sealed.sealed, sealed.checkpoint.epoch, sealed.checkpoint.members), (true, 1, 8));
        self.actors = (1..=8).map(|number| self.deployment.actor(number)).collect();
    }

    /// Who cannot join is told why, on its own machine; nothing arrives at the service.
    fn refuse_the_ineligible(&mut self, poll: &PollView) {
        let told = |journey: &mut Self, number| journey.join(number, poll).unwrap_err().to_string();
        let lapsed = told(self, 4);
        assert!(lapsed.contains("you hold 2 of the 3") && lapsed.contains("has expired"), "{lapsed}");
        assert!(lapsed.contains("8 of the required weight 10"), "{lapsed}");
        let elsewhere = told(self, 5);
        assert!(elsewhere.contains("you hold 0 of the 3") && elsewhere.contains("another domain"), "{elsewhere}");
        let newcomer = told(self, 6);
        assert!(newcomer.contains("you hold 0 of the 3"), "{newcomer}");
        assert_eq!(self.deployment.client().poll(&poll.definition.id).unwrap().joined, 0);
    }

    /// A proof with one byte changed, and one whose public values are another's.
    fn refuse_the_tampered(&mut self, poll: &PollView) {
        let actor = self.actor(2);
        let honest = actor.join_with(poll, &ballot_key(2));
        let bytes = honest.presentation.proof.to_bytes();
        let tampered = (0..32).find_map(|byte| {
            let mut bytes = bytes.clone();
            bytes[byte] ^= 1;
            Proof::from_bytes(&bytes).ok()
        });
        let mut join = honest.clone();
        join.presentation.proof = tampered.unwrap();
        send_join(&self.deployment, poll, &join).assert_problem(422, "proof_invalid");
    }

    /// The poll for a standing: joins before it opens, votes, a changed vote, a second join under another key.
    fn vote_on_a_standing(&mut self) {
        let poll = self.deployment.announce_to("safety-3-10");
        assert_eq!(poll.definition.eligibility.statement(), StatementId::Standing3);
        self.refuse_the_ineligible(&poll);
        self.refuse_the_tampered(&poll);
        for number in 1..=3 {
            self.join(number, &poll).unwrap();
        }
        let second = self.actor(1).join_with(&poll, &ballot_key(77));
        send_join(&self.deployment, &poll, &second).assert_problem(409, "nullifier_used");
        self.deployment.open_poll(&poll);
        for (number, choice) in [(1, Choice::Option(0)), (2, Choice::Option(1)), (3, Choice::Abstain)] {
            self.actor(number).vote(&poll, choice).unwrap();
        }
        let changed = self.actor(1).vote(&poll, Choice::Option(1)).unwrap();
        assert_eq!(changed.seq, 1);
        let forged = self.actor(1).ballot(&poll, &ballot_key(77), 9, &Choice::Option(0).encode());
        send_ballot(&self.deployment, &poll, &forged).assert_problem(422, "signature_invalid");
        self.assert_tally(&poll, &[0, 2, 0], 1, 3);
        self.audit(&poll);
    }

    /// The poll for every member.
    fn vote_on_membership(&mut self) {
        let poll = self.deployment.announce_to_members();
        for number in 1..=8 {
            self.join(number, &poll).unwrap();
        }
        self.deployment.open_poll(&poll);
        for number in 1..=6 {
            self.actor(number).vote(&poll, Choice::Option(u8::try_from(number % 2).unwrap())).unwrap();
        }
        self.actor(7).vote(&poll, Choice::Option(2)).unwrap();
        self.assert_tally(&poll, &[3, 3, 1], 0, 7);
    }

    /// Closes a poll; its signed tally is what everybody counts from the public ballots.
    fn assert_tally(&self, poll: &PollView, options: &[u64], abstain: u64, voted: u64) {
        self.deployment.close_poll(poll);
        let client = self.deployment.client();
        let id = &poll.definition.id;
        let (deployment, key) = (&self.deployment.id, &self.deployment.service_key);
        let tally = PublishedPoll::fetch(&client, id).unwrap().check(deployment, key, verifier()).unwrap().tally;
        assert_eq!((&*tally.options, tally.abstain, tally.spoiled, tally.voted), (options, abstain, 0, voted));
    }

    /// Anybody checks every join, offline, with keys that the genesis pins.
    fn audit(&self, poll: &PollView) {
        let verifier = Verifier::new(keys().verifying_keys().unwrap()).unwrap();
        let definition = &poll.definition;
        let folded = verifier.fold(&definition.eligibility, &definition.roots, &poll.scope).unwrap();
        let joins = self.deployment.client().joins(&definition.id).unwrap();
        let batch: Vec<_> =
            joins.iter().map(|join| (join_message(&poll.scope, &join.ballot_key), &join.presentation)).collect();
        assert_eq!(batch.len(), 3);
        folded.verify_batch(&batch, &mut rand::rngs::OsRng).unwrap();
    }

    /// An employer asks for six credentials worth thirty; member 3 shows them, with the largest statement.
    fn attest(&mut self) {
        let request = NewAttestation {
            audience: "Safety lab".into(),
            menu: "ai-6-30".into(),
            nonce: None,
            linkable: false,
            expires_in: 3600,
        };
        let view = self.deployment.client().open_attestation(&request).unwrap();
        assert_eq!(view.request.eligibility.statement(), StatementId::Standing8);
        let short = &mut self.actors[0];
        let error = short.member.attest(&short.ledger, &self.provers, &view.id, &Silent).unwrap_err();
        assert!(error.to_string().contains("you hold 3 of the 6"), "{error}");
        let able = &mut self.actors[2];
        let attested = able.member.attest(&able.ledger, &self.provers, &view.id, &Silent).unwrap();
        // Offline: the employer's own request, the result, and the log key that the genesis pins.
        let genesis = self.deployment.client().info().unwrap().genesis;
        assert_eq!(genesis.deployment_id(), self.deployment.id);
        check_result(&attested.result, &view.request, &self.deployment.id, &genesis.log_key).unwrap();
        let expectation = Expectation {
            scope: view.request.scope(&self.deployment.id),
            message: view.request.message(&self.deployment.id),
            eligibility: view.request.eligibility.clone(),
            roots: view.request.roots,
        };
        let presentation =
            able.member.wallet().deployment(&self.deployment.id).unwrap().attestations[&view.id].presentation.clone();
        let verifier = Verifier::new(keys().verifying_keys().unwrap()).unwrap();
        verifier.verify(&expectation, &presentation).unwrap();
        let inputs = expectation.public_inputs(presentation.nullifier, presentation.tag).unwrap();
        let stateless = json!({
            "statement": presentation.statement, "key_id": presentation.key_id, "proof": presentation.proof,
            "public_inputs": inputs.values().iter().map(aiq_circuits::wire::fr_to_hex).collect::<Vec<_>>(),
        });
        let answer = self.deployment.raw().post("/v1/verify", &stateless).json();
        assert_eq!(answer["valid"], true, "{answer}");
    }

    /// Nobody's acts in different places can be joined by what is public.
    fn assert_unlinkable(&self) {
        let client = self.deployment.client();
        let mut seen = std::collections::BTreeSet::new();
        for poll in client.polls().unwrap() {
            for join in client.joins(&poll.definition.id).unwrap() {
                assert!(seen.insert(join.presentation.nullifier.to_string()), "a nullifier in two scopes");
                assert!(seen.insert(join.presentation.tag.to_string()), "a tag in two presentations");
                assert!(seen.insert(join.ballot_key.to_string()), "a ballot key in two polls");
            }
        }
        for actor in &self.actors {
            assert!(!seen.contains(&actor.member.identity().commitment().to_string()));
            for index in 0..16 {
                assert!(!seen.contains(&actor.member.identity().tag(index).to_string()), "the tag of a credential");
            }
        }
    }
}

#[test]
fn eight_people_enrol_vote_and_attest_on_every_statement() {
    let mut journey = Journey::begin();
    journey.enrol();
    journey.vote_on_standing_and_membership();
    journey.attest();
    journey.assert_unlinkable();

    // A wallet that comes back later finds the same leaves, from its cache or without it.
    let cache = TileCache::at(journey.deployment.scratch().join("tiles"));
    let actor = journey.actor(1);
    let again = actor.member.sync(&cache, &Silent).unwrap();
    assert_eq!(again.head().checkpoint, actor.ledger.head().checkpoint);

    // The service has stopped: what it leaves behind knows nobody's secret.
    journey.deployment.stop();
    let searched =
        assert_nothing_secret(journey.deployment.data_dir(), &journey.deployment.id, &[1, 2, 3, 4, 5, 6, 7, 8]);
    assert!(searched.contains(&"aiq.sqlite".to_owned()), "{searched:?}");
    // What it has to know it does know, so that the search above means something.
    let database = std::fs::read(journey.deployment.data_dir().join("aiq.sqlite")).unwrap();
    assert!(contains(&database, &journey.deployment.identity(6).commitment().to_bytes()));
}

impl Journey {
    fn vote_on_standing_and_membership(&mut self) {
        self.vote_on_a_standing();
        self.vote_on_membership();
    }
}
