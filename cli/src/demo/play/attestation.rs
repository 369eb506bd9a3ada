//! An employer asks for proof of standing and learns that, and nothing else.

use aiq_circuits::wire::fr_to_hex;
use aiq_server::Bytes32;
use aiq_server::api::{NewAttestation, VerifyRequest};
use aiq_verifier::presentation::{Expectation, Verifier};

use super::super::cast::Role;
use super::{DemoError, MENU, Narrator, Player, Scene};
use crate::client::Client;
use crate::member::check_result;
use crate::progress::Silent;

pub fn play(scene: &mut Scene, narrator: &mut Narrator) -> Result<(), DemoError> {
    narrator.act("An attestation for an employer");
    let employer = Client::new(&scene.stage.url)?;
    let view = employer.open_attestation(&NewAttestation {
        audience: "Example Robotics, hiring".to_owned(),
        menu: MENU.to_owned(),
        nonce: Some(Bytes32::random()),
        linkable: false,
        expires_in: 3_600,
    })?;
    narrator.say("the employer asks: at least 3 credentials in AI safety, weight at least 10?");
    let provers = &scene.provers;
    let find = |role: Role| move |player: &&mut Player| player.role == role;
    if let Some(newcomer) = scene.players.iter_mut().find(find(Role::Newcomer)) {
        let outcome = newcomer.member.attest(&newcomer.ledger, provers, &view.id, &Silent);
        narrator.shortfall("a member who cannot show it", &outcome);
    }
    let Some(applicant) = scene.players.iter_mut().rfind(find(Role::Qualified)) else {
        return Err(DemoError::NobodyEligible);
    };
    let attested = applicant.member.attest(&applicant.ledger, provers, &view.id, &Silent)?;
    scene.timings.add("attestation: witness and proof", attested.proving.into_iter().collect(), None);

    // What the employer has: the id of the deployment, which it trusts, and what it fetched.
    let info = employer.info()?;
    let (id, key) = (info.genesis.deployment_id(), info.genesis.log_key);
    let shown = employer.attestation(&view.id)?;
    let signed = shown.answer.as_ref().map(|answer| check_result(&answer.result, &view.request, &id, &key));
    narrator.fact(
        "the employer checks the signed result offline",
        matches!(signed, Some(Ok(()))),
        "Ed25519, key pinned by the genesis",
    );
    if let Some(mut altered) = shown.answer.map(|answer| answer.result) {
        altered.presented_at += 1;
        let refused = check_result(&altered, &view.request, &id, &key).is_err();
        narrator.fact("the same result with one second altered", refused, "signature does not match");
    }
    let presentation = applicant
        .member
        .wallet()
        .deployment(&id)
        .and_then(|known| known.attestations.get(&view.id))
        .map(|record| record.presentation.clone());
    let Some(presentation) = presentation else { return Ok(()) };
    let expectation = Expectation {
        eligibility: view.request.eligibility.clone(),
        roots: view.request.roots,
        scope: view.request.scope(&id),
        message: view.request.message(&id),
    };
    let verifier = Verifier::new(scene.keys.verifying_keys()?)?;
    let offline = verifier.verify(&expectation, &presentation);
    narrator.fact("or the proof itself, offline, with the verifying key alone", offline.is_ok(), "128 bytes");
    let mut elsewhere = view.request.clone();
    "Somebody else".clone_into(&mut elsewhere.audience);
    let stolen = Expectation { scope: elsewhere.scope(&id), message: elsewhere.message(&id), ..expectation.clone() };
    narrator.fact(
        "the same proof shown to another audience",
        verifier.verify(&stolen, &presentation).is_err(),
        "does not verify",
    );
    let inputs =
        expectation.public_inputs(presentation.nullifier, presentation.tag).map_err(aiq_verifier::VerifyError::from)?;
    let answer = employer.verify(&VerifyRequest {
        statement: presentation.statement,
        key_id: presentation.key_id,
        public_inputs: inputs.values().iter().map(fr_to_hex).collect(),
        proof: presentation.proof.to_string(),
    })?;
    narrator.fact("the service's stateless check agrees", answer.valid, "POST /v1/verify");
    let pseudonyms = applicant.member.identity().nullifier(&view.scope);
    narrator.fact(
        "the pseudonym is this request's alone",
        pseudonyms == presentation.nullifier,
        short(&pseudonyms.to_string()),
    );
    narrator.say("not learnt: who it is, which credentials, how many more");
    Ok(())
}

fn short(hex: &str) -> String {
    format!("{}…", hex.chars().take(18).collect::<String>())
}
