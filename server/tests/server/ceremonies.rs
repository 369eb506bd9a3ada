//! Ceremonies over HTTP, with real trustees, and the polls that they open.

use aiq_sealing::{
    board::Board,
    trustee::{Trustee as Secret, Verdict},
};
use aiq_server::api::{CeremonyPage, CeremonyView, PollView, ReasonPage};
use aiq_verifier::{
    ceremony::{
        CeremonyFault, CeremonyId, CeremonyState, Complaint, EncryptionKey, EncryptionSecret, Round1, Round2,
        SealedShare, TranscriptHash, Trustee,
    },
    log::Act,
    poll::{Choice, KeyShare, PollShare, SealedBy, SignedTally},
    receipt::Receipt,
};
use serde_json::{Value, json};

use crate::{
    fixture::{Reply, Served},
    polls::new_poll,
    samples::NOW,
    sealed::{cast, path, sealed, shown, vote},
};

const NAMES: [&str; 3] = ["ada", "grace", "emmy"];

/// Three trustees of whom two open a poll, and the ceremony they are in.
struct Trustees<'a> {
    served: &'a Served,
    secrets: Vec<Secret>,
    path: String,
}

impl<'a> Trustees<'a> {
    async fn new(served: &'a Served) -> Self {
        let secrets: Vec<Secret> = (1..=3).map(|number| Secret::new([number; 32])).collect();
        let opened: CeremonyView = served.admin("/v1/ceremonies", &new_ceremony(&secrets)).await.json(201);
        assert_eq!(opened.state, CeremonyState::Round1 { missing: vec![1, 2, 3] });
        Self { served, secrets, path: format!("/v1/ceremonies/{}", opened.id) }
    }

    async fn view(&self) -> CeremonyView {
        self.served.get(&self.path).await.json(200)
    }

    async fn send(&self, round: &str, package: &Value) -> Reply {
        self.served.post(&format!("{}/{round}", self.path), package).await
    }

    async fn round_1(&self, number: usize) -> Round1 {
        let ceremony = self.view().await.ceremony;
        self.secrets[number].round_1(self.served.service.deployment_id(), &ceremony).unwrap()
    }

    async fn with_board<T>(&self, act: impl FnOnce(&Board<'_>) -> T) -> T {
        let view = self.view().await;
        let round_1: Vec<Round1> = view.round_1.into_iter().map(|entry| entry.package).collect();
        let round_2: Vec<Round2> = view.round_2.into_iter().map(|entry| entry.package).collect();
        let deployment = self.served.service.deployment_id();
        act(&Board { deployment, ceremony: &view.ceremony, round_1: &round_1, round_2: &round_2 })
    }

    async fn round_2(&self, number: usize) -> Round2 {
        self.with_board(|board| self.secrets[number].round_2(board).unwrap()).await
    }

    async fn verdict(&self, number: usize) -> Verdict {
        self.with_board(|board| self.secrets[number].verdict(board).unwrap()).await
    }

    async fn first_rounds(&self) {
        for number in 0..3 {
            let package = json!(self.round_1(number).await);
            self.send("round-1", &package).await.json::<Receipt>(201);
        }
        for number in 0..3 {
            let package = json!(self.round_2(number).await);
            self.send("round-2", &package).await.json::<Receipt>(201);
        }
    }

    /// Every trustee confirms.
    async fn complete(&self) -> CeremonyView {
        self.first_rounds().await;
        for number in 0..3 {
            let Verdict::Confirmation(confirmation) = self.verdict(number).await else { panic!("right shares") };
            self.send("confirmations", &json!(confirmation)).await.json::<Receipt>(201);
        }
        self.view().await
    }

    async fn share(&self, poll: &PollView, number: usize) -> PollShare {
        let share = self.with_board(|board| self.secrets[number].share(board).unwrap()).await;
        PollShare { scope: poll.scope, index: u8::try_from(number).unwrap() + 1, share: KeyShare::new(share) }
    }
}

fn new_ceremony(secrets: &[Secret]) -> Value {
    let cards = NAMES.iter().zip(secrets).map(|(name, secret)| Trustee::of(name, &secret.signing_key()).unwrap());
    json!({"trustees": cards.collect::<Vec<_>>(), "threshold": 2, "deadline": NOW + 50, "release": 60})
}

/// A poll that these trustees open, as [`sealed`].
async fn opened_by(trustees: &Trustees<'_>, floor: u32) -> PollView {
    let id = trustees.complete().await.id;
    sealed(trustees.served, Some(json!({"kind": "ceremony", "id": id, "floor": floor, "reasons": 20}))).await
}

#[tokio::test]
async fn trustees_make_a_key_that_nobody_holds() {
    let served = Served::new().await;
    let trustees = Trustees::new(&served).await;
    let first = trustees.round_1(1).await;
    let receipt: Receipt = trustees.send("round-1", &json!(first)).await.json(201);
    let (key, deployment) = (served.service.service_key(), served.service.deployment_id());
    receipt.verify_for(&key, deployment, Act::CeremonyRound1(first.clone())).unwrap();
    assert_eq!(trustees.view().await.state, CeremonyState::Round1 { missing: vec![1, 3] });
    assert_eq!(trustees.send("round-1", &json!(first)).await.json::<Receipt>(200), receipt);
    for number in [0, 2] {
        let package = json!(trustees.round_1(number).await);
        trustees.send("round-1", &package).await.json::<Receipt>(201);
    }
    for number in [2, 0] {
        let package = json!(trustees.round_2(number).await);
        trustees.send("round-2", &package).await.json::<Receipt>(201);
    }
    assert_eq!(trustees.view().await.state, CeremonyState::Round2 { missing: vec![2] });
    let package = json!(trustees.round_2(1).await);
    trustees.send("round-2", &package).await.json::<Receipt>(201);
    for (number, missing) in [(1, vec![1, 2, 3]), (0, vec![1, 3]), (2, vec![3])] {
        assert_eq!(trustees.view().await.state, CeremonyState::Confirmation { missing });
        let Verdict::Confirmation(confirmation) = trustees.verdict(number).await else { panic!("right shares") };
        trustees.send("confirmations", &json!(confirmation)).await.json::<Receipt>(201);
    }
    let view = trustees.view().await;
    let CeremonyState::Complete { key: made } = view.state else { panic!("{:?}", view.state) };
    view.receipt.verify_for(&key, deployment, Act::Ceremony(view.ceremony.clone())).unwrap();
    let page: CeremonyPage = served.get("/v1/ceremonies?limit=1").await.json(200);
    assert_eq!(page.ceremonies, [trustees.view().await]);
    served.advance(1000);
    assert_eq!(trustees.view().await.state, CeremonyState::Complete { key: made }, "what is made stays");
    let problem = trustees.send("round-1", &json!(Round1 { index: 4, ..first })).await.problem(404, "unknown_trustee");
    assert!(problem.detail.contains("no trustee 4"), "{}", problem.detail);
}

#[tokio::test]
async fn a_ceremony_that_breaks_a_rule_is_refused() {
    let served = Served::new().await;
    let secrets: Vec<Secret> = (1..=3).map(|number| Secret::new([number; 32])).collect();
    let good = new_ceremony(&secrets);
    served.post("/v1/ceremonies", &good).await.problem(401, "unauthorized");
    let twice = json!([good["trustees"][0], good["trustees"][0], good["trustees"][1]]);
    for (field, value, code) in [
        ("threshold", json!(1), "invalid_ceremony"),
        ("threshold", json!(4), "invalid_ceremony"),
        ("trustees", json!([good["trustees"][0]]), "invalid_ceremony"),
        ("trustees", twice, "invalid_ceremony"),
        ("trustees", json!(["nobody"]), "invalid_body"),
        ("salt", json!("0x00"), "invalid_body"),
    ] {
        let mut body = good.clone();
        body[field] = value;
        served.admin("/v1/ceremonies", &body).await.problem(422, code);
    }
    let mut late = good.clone();
    late["deadline"] = json!(NOW);
    served.admin("/v1/ceremonies", &late).await.problem(409, "ceremony_over");
    let unknown = CeremonyId::new([0; 32]);
    served.get(&format!("/v1/ceremonies/{unknown}")).await.problem(404, "unknown_ceremony");
    let page: CeremonyPage = served.get("/v1/ceremonies").await.json(200);
    assert_eq!(page.ceremonies, []);
}

/// ATTACKS 30: what a trustee sends that is not right is refused by its name.
#[tokio::test]
async fn a_package_that_is_not_right_is_refused_by_name() {
    let served = Served::new().await;
    let (trustees, other) = (Trustees::new(&served).await, Trustees::new(&served).await);
    let (deployment, good) = (*served.service.deployment_id(), trustees.round_1(1).await);
    let sign = |package: Round1| package.signed(&deployment, &trustees.secrets[1].signing_key());
    let refused = async |package: &Round1, code| {
        let problem = trustees.send("round-1", &json!(package)).await.problem(422, code);
        assert!(problem.detail.contains("grace"), "{}", problem.detail);
    };
    let mut forged = good.clone();
    forged.commitments.swap(0, 1);
    refused(&forged, "signature_invalid").await;
    // A rogue key: commitments that are somebody else's, or made of theirs, for which it cannot know the secret.
    refused(&sign(forged), "proof_of_knowledge_invalid").await;
    let theirs = trustees.round_1(0).await;
    let rogue = Round1 { commitments: theirs.commitments, proof: theirs.proof, ..good.clone() };
    refused(&sign(rogue), "proof_of_knowledge_invalid").await;
    let short = Round1 { commitments: good.commitments[..1].to_vec(), ..good.clone() };
    refused(&sign(short), "invalid_package").await;
    let no_point = Round1 { encryption_key: EncryptionKey::new([0; 33]), ..good.clone() };
    refused(&sign(no_point), "invalid_package").await;
    let elsewhere = other.round_1(1).await;
    trustees.send("round-1", &json!(elsewhere)).await.problem(422, "invalid_package");
    // Not its turn.
    let early = Round2 { ceremony: good.ceremony, index: 2, shares: vec![], signature: good.signature };
    let problem = trustees.send("round-2", &json!(early)).await.problem(409, "wrong_round");
    assert!(problem.detail.contains("round 1") && problem.detail.contains("ada, grace, emmy"), "{}", problem.detail);

    for number in 0..3 {
        let package = json!(trustees.round_1(number).await);
        trustees.send("round-1", &package).await.json::<Receipt>(201);
    }
    let mut second = good.clone();
    second.commitments.reverse();
    let problem = trustees.send("round-1", &json!(sign(second))).await.problem(409, "package_known");
    assert!(problem.detail.contains("grace"), "{}", problem.detail);
    let shares = trustees.round_2(1).await;
    let few = Round2 { shares: shares.shares[..1].to_vec(), ..shares.clone() };
    let few = few.signed(&deployment, &trustees.secrets[1].signing_key());
    trustees.send("round-2", &json!(few)).await.problem(422, "invalid_package");
    let copied = Round2 { index: 1, ..shares };
    trustees.send("round-2", &json!(copied)).await.problem(422, "signature_invalid");

    for number in 0..3 {
        let package = json!(trustees.round_2(number).await);
        trustees.send("round-2", &package).await.json::<Receipt>(201);
    }
    let Verdict::Confirmation(right) = trustees.verdict(0).await else { panic!("right shares") };
    let mut wrong = right.clone();
    wrong.transcript = TranscriptHash::new([0; 32]);
    let wrong = wrong.signed(&deployment, &trustees.secrets[0].signing_key());
    trustees.send("confirmations", &json!(wrong)).await.problem(422, "other_transcript");
    let stranger = Complaint {
        ceremony: right.ceremony,
        index: 1,
        secret: EncryptionSecret::new([1; 32]),
        signature: right.signature,
    };
    let stranger = stranger.signed(&deployment, &trustees.secrets[0].signing_key());
    trustees.send("complaints", &json!(stranger)).await.problem(422, "invalid_package");
    // The deadline.
    served.advance(50);
    let problem = trustees.send("confirmations", &json!(right)).await.problem(409, "ceremony_over");
    assert!(problem.hint.unwrap().contains("another ceremony"));
    assert_eq!(trustees.view().await.state, CeremonyState::Expired { missing: vec![1, 2, 3] });
    let mut body = new_poll();
    body["sealing"] = json!({"kind": "ceremony", "id": right.ceremony});
    served.admin("/v1/polls", &body).await.problem(409, "ceremony_incomplete");
}

/// The shares of trustee 2 for the others, one of them replaced.
async fn with_a_wrong_share(trustees: &Trustees<'_>) -> Round2 {
    let good = trustees.round_2(1).await;
    let mut bytes = *good.shares[0].as_bytes();
    bytes[100] ^= 1;
    let shares = vec![SealedShare::new(bytes), good.shares[1]];
    let package = Round2 { shares, ..good };
    package.signed(trustees.served.service.deployment_id(), &trustees.secrets[1].signing_key())
}

#[tokio::test]
async fn who_deals_a_wrong_share_is_named_by_a_complaint() {
    let served = Served::new().await;
    let trustees = Trustees::new(&served).await;
    for number in 0..3 {
        let package = json!(trustees.round_1(number).await);
        trustees.send("round-1", &package).await.json::<Receipt>(201);
    }
    for number in [0, 2] {
        let package = json!(trustees.round_2(number).await);
        trustees.send("round-2", &package).await.json::<Receipt>(201);
    }
    let wrong = with_a_wrong_share(&trustees).await;
    trustees.send("round-2", &json!(wrong)).await.json::<Receipt>(201);
    let Verdict::Complaint(complaint) = trustees.verdict(0).await else { panic!("a wrong share") };
    let receipt: Receipt = trustees.send("complaints", &json!(complaint)).await.json(201);
    assert_eq!(trustees.send("complaints", &json!(complaint)).await.json::<Receipt>(200), receipt);
    let failed = CeremonyState::Failed { complainer: 1, at_fault: 2, fault: CeremonyFault::Undecryptable };
    assert_eq!(trustees.view().await.state, failed);
    let Verdict::Confirmation(late) = trustees.verdict(2).await else { panic!("right shares") };
    let problem = trustees.send("confirmations", &json!(late)).await.problem(409, "ceremony_over");
    assert!(problem.detail.contains("ada has complained"), "{}", problem.detail);
}

#[tokio::test]
async fn who_complains_without_a_reason_is_named() {
    let served = Served::new().await;
    let trustees = Trustees::new(&served).await;
    trustees.first_rounds().await;
    // What it would say if it had got another share.
    let view = trustees.view().await;
    let round_1: Vec<Round1> = view.round_1.into_iter().map(|entry| entry.package).collect();
    let mut round_2: Vec<Round2> = view.round_2.into_iter().map(|entry| entry.package).collect();
    round_2[1] = with_a_wrong_share(&trustees).await;
    let deployment = served.service.deployment_id();
    let board = Board { deployment, ceremony: &view.ceremony, round_1: &round_1, round_2: &round_2 };
    let Verdict::Complaint(complaint) = trustees.secrets[0].verdict(&board).unwrap() else { panic!("a wrong share") };
    trustees.send("complaints", &json!(complaint)).await.json::<Receipt>(201);
    let failed = CeremonyState::Failed { complainer: 1, at_fault: 1, fault: CeremonyFault::Unfounded };
    assert_eq!(trustees.view().await.state, failed);
}

#[tokio::test]
async fn a_poll_waits_for_as_many_shares_as_it_takes() {
    let served = Served::new().await;
    let trustees = Trustees::new(&served).await;
    let poll = opened_by(&trustees, 1).await;
    let view = poll.sealing.clone().unwrap();
    assert_eq!(view.trustees.iter().map(|trustee| trustee.name.as_str()).collect::<Vec<_>>(), NAMES);
    assert_eq!((view.threshold, view.waits), (2, false));
    assert_eq!(trustees.view().await.poll, Some(poll.definition.id));
    let again = json!({"kind": "ceremony", "id": trustees.view().await.id});
    let mut body = new_poll();
    body["sealing"] = again;
    served.admin("/v1/polls", &body).await.problem(409, "ceremony_used");

    served.advance(100);
    for number in 1..=3 {
        cast(&served, &poll, &vote(&poll, number, 0, &Choice::Option(number % 2))).await.json::<Receipt>(201);
    }
    let shares = path(&poll, "/shares");
    let publish = async |share: &PollShare| served.post(&shares, &json!(share)).await;
    let released = [trustees.share(&poll, 0).await, trustees.share(&poll, 1).await, trustees.share(&poll, 2).await];
    publish(&released[2]).await.problem(409, "poll_not_closed");
    served.advance(100);
    assert_eq!(served.service.tick().await.unwrap().tallied, 0);
    let problem = served.get(&path(&poll, "/tally")).await.problem(409, "shares_missing");
    assert!(problem.detail.contains("ada, grace, emmy"), "{}", problem.detail);
    served.get(&path(&poll, "/reasons")).await.problem(409, "shares_missing");
    let waiting = shown(&served, &poll).await.sealing.unwrap();
    assert_eq!((waiting.waits, waiting.missing), (true, vec![]), "nobody is late yet");

    // Somebody else's share, one of nobody's, one for another poll, a number beyond the order.
    let wrong = PollShare { share: released[0].share, ..released[2] };
    let problem = publish(&wrong).await.problem(422, "share_invalid");
    assert!(problem.detail.contains("emmy"), "{}", problem.detail);
    publish(&PollShare { share: KeyShare::new([0xff; 32]), ..released[2] }).await.problem(422, "share_invalid");
    publish(&PollShare { index: 4, ..released[2] }).await.problem(404, "unknown_trustee");
    let plain: PollView = served.admin("/v1/polls", &later()).await.json(201);
    publish(&PollShare { scope: plain.scope, ..released[2] }).await.problem(422, "invalid_ballot");
    let elsewhere = PollShare { scope: plain.scope, ..released[2] };
    served.post(&path(&plain, "/shares"), &json!(elsewhere)).await.problem(409, "poll_not_sealed");

    let receipt: Receipt = publish(&released[2]).await.json(201);
    assert_eq!(publish(&released[2]).await.json::<Receipt>(200), receipt);
    let problem = served.get(&path(&poll, "/tally")).await.problem(409, "shares_missing");
    assert!(problem.detail.contains("ada, grace") && !problem.detail.contains("emmy"), "{}", problem.detail);
    served.advance(60);
    let waiting = shown(&served, &poll).await.sealing.unwrap();
    assert_eq!((waiting.waits, waiting.missing), (true, vec!["ada".to_owned(), "grace".to_owned()]));
    // However late.
    served.advance(10_000);
    publish(&released[0]).await.json::<Receipt>(201);
    assert_eq!(served.service.tick().await.unwrap().tallied, 1);
    let signed: SignedTally = served.get(&path(&poll, "/tally")).await.json(200);
    assert_eq!((signed.tally.options, signed.tally.spoiled), (vec![1, 2], 0));
    publish(&released[1]).await.problem(409, "poll_tallied");
    let view = shown(&served, &poll).await.sealing.unwrap();
    let there: Vec<bool> = view.trustees.iter().map(|trustee| trustee.share.is_some()).collect();
    assert_eq!((there, view.waits, view.missing), (vec![true, false, true], false, vec![]));
    let page: ReasonPage = served.get(&path(&poll, "/reasons")).await.json(200);
    assert!(page.reasons.iter().all(|entry| entry.text.as_ref().is_some_and(|text| text.starts_with("says"))));
    assert_eq!(page.reasons.len(), 3);
    assert!(matches!(poll.definition.sealing.unwrap().trustees, SealedBy::Ceremony(_)));
}

/// A poll for after all that.
fn later() -> Value {
    let mut body = new_poll();
    body.as_object_mut().unwrap().remove("opens_at");
    body["closes_at"] = json!(NOW + 100_000);
    body
}

#[tokio::test]
async fn below_the_floor_no_share_is_taken() {
    let served = Served::new().await;
    let trustees = Trustees::new(&served).await;
    let poll = opened_by(&trustees, 2).await;
    served.advance(100);
    cast(&served, &poll, &vote(&poll, 1, 0, &Choice::Option(0))).await.json::<Receipt>(201);
    served.advance(100);
    let share = trustees.share(&poll, 0).await;
    let problem = served.post(&path(&poll, "/shares"), &json!(share)).await.problem(409, "below_floor");
    assert!(problem.detail.contains("1 have voted") && problem.detail.contains('2'), "{}", problem.detail);
    assert_eq!(served.service.tick().await.unwrap().tallied, 1);
    served.post(&path(&poll, "/shares"), &json!(share)).await.problem(409, "poll_tallied");
}
