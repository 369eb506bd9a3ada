//! Every record: its JSON and canonical bytes as they were pinned, and what its JSON may not be.
//!
//! `records.txt` holds both for one example of each type. Whoever changes a format sees it there, and changes
//! `docs/protocol.md` with it.

use std::fmt::Write as _;

use aiq_circuits::{
    identity::{DeploymentId, Nullifier, OwnerTag},
    requirement::Requirement,
    scope::Scope,
    statement::StatementId,
    wire,
};
use aiq_verifier::{
    attestation::{AttestationRequest, AttestationResult},
    ceremony::{Complaint, Confirmation, Round1, Round2},
    checkpoint::Checkpoint,
    claim::{Claim, claim_message, recusal_message, ticket_scope},
    dispute::{dispute_message, dispute_scope},
    eligibility::Eligibility,
    genesis::Genesis,
    log::{Act, Entry},
    menu::{DomainEntry, MenuEntry, MenuError},
    merge::merge_message,
    poll::{
        Ballot, BallotKey, Decision, Join, Lead, Outcome, PollDefinition, PollRule, SignedTally, Tally, Threshold,
        TieBreak, join_message,
    },
    presentation::Presentation,
    proposal::{PollDraft, WithdrawnBy, propose_message, propose_scope},
    receipt::Receipt,
    review::{ReviewOpening, review_message},
    service_key::ServiceKey,
    sponsorship::{sponsor_message, sponsor_scope},
    standard::Standard,
    verifying_key::KeyId,
};
use ark_bn254::Fr;
use ed25519_dalek::SigningKey;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::{
    attestation::request,
    ceremony::{ceremony, complaint, confirmation, round_1, round_2, sealed_poll, share},
    checkpoint::checkpoint,
    claims::{charter, claim, dispute, new_claim, opened_poll, review, rewarding_poll, ruling, sponsorship, standard},
    governance::{changes, enacting, proposal},
    merge::merge,
    poll::definition,
    support::{random_inputs, rng, trapdoor},
    withdrawal::withdrawal,
};

const HERE: DeploymentId = DeploymentId::new([1; 32]);

pub fn standing() -> Eligibility {
    let requirement = Requirement { domain: "1.7".parse().unwrap(), min_count: 3, min_weight: 10, as_of: 100 };
    Eligibility::Standing { statement: StatementId::Standing3, requirement, menu: "safety-3".to_owned() }
}

pub fn standing_poll() -> PollDefinition {
    let half = "1/2".parse().unwrap();
    let decision = Decision { quorum: 20, threshold: Threshold::MoreThan(half), tie_break: TieBreak::Order };
    PollDefinition { eligibility: standing(), rule: PollRule::Approval { min: 1, max: 2 }, decision, ..definition() }
}

fn standing_request() -> AttestationRequest {
    AttestationRequest { eligibility: standing(), ..request() }
}

pub fn genesis() -> Genesis {
    Genesis {
        name: "AIQ for AI".to_owned(),
        salt: [5; 32],
        log_key: ServiceKey::of(&signing()),
        manifest_digest: [6; 32],
    }
}

pub fn signing() -> SigningKey {
    SigningKey::from_bytes(&[3; 32])
}

pub fn presentation() -> Presentation {
    let mut rng = rng();
    let inputs = random_inputs(StatementId::Membership, &mut rng);
    Presentation {
        statement: StatementId::Membership,
        key_id: KeyId::new([0x0c; 32]),
        nullifier: Nullifier::new(Fr::from(7_u64)),
        tag: OwnerTag::new(Fr::from(8_u64)),
        proof: trapdoor(StatementId::Membership, &mut rng).prove(inputs.values(), &mut rng),
    }
}

pub fn join() -> Join {
    Join { presentation: presentation(), ballot_key: BallotKey::of(&signing()) }
}

pub fn scope() -> Scope {
    definition().scope(&HERE)
}

pub fn ballot() -> Ballot {
    Ballot::sign(&signing(), scope(), Nullifier::new(Fr::from(7_u64)), 2, vec![1, 0], &mut rng())
}

pub fn signed_tally() -> SignedTally {
    let outcome = Outcome::Winner(Lead { option: 2, tied: false, support: 2, of: 3 });
    let tally = Tally { options: vec![1, 0, 2], abstain: 3, spoiled: 4, joined: 12, voted: 10, outcome };
    SignedTally::sign(&signing(), scope(), tally)
}

pub fn result() -> AttestationResult {
    AttestationResult::sign(&signing(), request().id(), HERE, Nullifier::new(Fr::from(7_u64)), 1_800_000_100)
}

fn receipt() -> Receipt {
    let entry = Entry { at: 250, act: Act::Ballot(ballot().committed()) };
    Receipt::sign(&signing(), HERE, 12, entry.hash(), 250)
}

pub fn menu_entry() -> MenuEntry {
    MenuEntry {
        id: "safety-3".to_owned(),
        title: "Three credentials in AI safety".to_owned(),
        domain: "1.7".parse().unwrap(),
        min_count: 3,
        min_weight: 10,
        statement: StatementId::Standing3,
    }
}

pub fn domain_entry() -> DomainEntry {
    DomainEntry { domain: "1.7.0.0".parse().unwrap(), name: "Safety and alignment".to_owned() }
}

/// In the order of the type's fields, whatever `serde_json::Value` does with the order of keys.
fn json(record: &impl Serialize) -> String {
    serde_json::to_string(record).unwrap()
}

#[test]
fn formats_are_as_pinned() {
    let mut text = String::new();
    let mut pin = |name: &str, json: String, canonical: &[u8]| {
        writeln!(text, "{name}\n{json}").unwrap();
        if !canonical.is_empty() {
            writeln!(text, "{}", wire::bytes_to_hex(canonical)).unwrap();
        }
        writeln!(text).unwrap();
    };
    pin("genesis", json(&genesis()), &genesis().canonical());
    pin("menu entry", json(&menu_entry()), &[]);
    pin("domain entry", json(&domain_entry()), &[]);
    pin("poll, membership", json(&definition()), &definition().canonical());
    pin("poll, standing", json(&standing_poll()), &standing_poll().canonical());
    pin("poll, of a dispute", json(&opened_poll()), &opened_poll().canonical());
    pin("poll, with everything", json(&rewarding_poll()), &rewarding_poll().canonical());
    pin("poll, sealed", json(&sealed_poll()), &sealed_poll().canonical());
    pin("ceremony", json(&ceremony()), &ceremony().canonical());
    pin("ceremony, round 1", json(&round_1()), &round_1().canonical());
    pin("ceremony, round 2", json(&round_2()), &round_2().canonical());
    pin("ceremony, confirmation", json(&confirmation()), &confirmation().canonical());
    pin("ceremony, complaint", json(&complaint()), &complaint().canonical());
    pin("share", json(&share()), &[]);
    pin("standard", json(&standard()), &standard().canonical());
    pin("claim", json(&claim()), &claim().canonical());
    pin("new claim", json(&new_claim()), &[]);
    pin("review", json(&review()), &review().opening.canonical());
    pin("ruling", json(&ruling()), &[]);
    pin("dispute", json(&dispute()), &[]);
    pin("charter", json(&charter()), &[]);
    pin("sponsorship", json(&sponsorship()), &[]);
    for poll in changes().into_iter().map(enacting) {
        pin("draft", json(&poll.draft()), &poll.draft().canonical());
    }
    pin("proposal", json(&proposal()), &[]);
    pin("withdrawal of a poll", json(&WithdrawnBy::sign(&signing(), &scope())), &[]);
    pin("merge", json(&merge()), &[]);
    pin("presentation", json(&presentation()), &[]);
    pin("join", json(&join()), &[]);
    pin("ballot", json(&ballot()), &[]);
    pin("ballot's opening", json(&ballot().opening()), &ballot().opening().canonical());
    pin("signed tally", json(&signed_tally()), &signed_tally().signing_bytes());
    pin("attestation request", json(&standing_request()), &standing_request().canonical());
    pin("attestation result", json(&result()), &result().signing_bytes());
    pin("receipt", json(&receipt()), &receipt().signing_bytes());
    pin("withdrawal", json(&withdrawal()), &[]);
    pin("checkpoint", json(&checkpoint()), checkpoint().to_note(&signing()).as_bytes());
    for act in crate::log::acts() {
        let entry = Entry { at: 1_800_000_000, act };
        pin(&format!("entry, {}", entry.act.kind()), json(&entry.hash()), &entry.canonical());
    }
    pin("standard's id", json(&standard().id()), &[]);
    pin("claim's id", json(&claim().id()), &[]);
    pin("claim's scope", json(&claim().scope(&HERE)), &[]);
    pin("claim's message", json(&claim_message(&claim().scope(&HERE))), &[]);
    pin("ticket's scope", json(&ticket_scope(&HERE, 3, 3)), &[]);
    pin("recusal's message", json(&recusal_message(&claim().scope(&HERE))), &[]);
    let commitment = review().opening.commitment();
    pin("review's message", json(&review_message(&claim().scope(&HERE), &commitment)), &[]);
    let disputed = dispute_scope(&HERE, 3, &claim().id());
    pin("dispute's scope", json(&disputed), &[]);
    pin("dispute's message", json(&dispute_message(&disputed, &dispute().reasons)), &[]);
    let sponsored = sponsor_scope(&HERE, 3, 1);
    pin("sponsorship's scope", json(&sponsored), &[]);
    pin("sponsorship's message", json(&sponsor_message(&sponsored, &sponsorship().token_hash)), &[]);
    let proposed = propose_scope(&HERE, 3, 1);
    pin("proposal's scope", json(&proposed), &[]);
    let message = propose_message(&proposed, &definition().draft(), &proposal().withdrawal_key);
    pin("proposal's message", json(&message), &[]);
    pin("deployment id", json(&genesis().deployment_id()), &[]);
    pin("poll scope", json(&scope()), &[]);
    pin("join message", json(&join_message(&scope(), &BallotKey::of(&signing()))), &[]);
    pin("merge message", json(&merge_message(&HERE, 7)), &[]);
    pin("request id", json(&standing_request().id()), &[]);
    pin("request scope", json(&standing_request().scope(&HERE)), &[]);
    pin("request message", json(&standing_request().message(&HERE)), &[]);
    assert!(text == include_str!("records.txt"), "a format changed; records.txt would now be:\n{text}");
}

/// Every JSON that differs from `value` in one place, as `change` says.
fn variants(value: &Value, change: &dyn Fn(&Value) -> Vec<Value>) -> Vec<Value> {
    let mut all = change(value);
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                all.extend(variants(field, change).into_iter().map(|field| {
                    let mut fields = fields.clone();
                    fields.insert(name.clone(), field);
                    Value::Object(fields)
                }));
            }
        }
        Value::Array(items) => {
            for (place, item) in items.iter().enumerate() {
                all.extend(variants(item, change).into_iter().map(|item| {
                    let mut items = items.clone();
                    items[place] = item;
                    Value::Array(items)
                }));
            }
        }
        _ => {}
    }
    all
}

/// JSON that no record may accept: a field too many or too few, hex in another spelling, numbers as text.
fn malformed(value: &Value) -> Vec<Value> {
    match value {
        Value::Object(fields) => {
            let without = |name: &String| {
                let mut fields = fields.clone();
                fields.remove(name);
                Value::Object(fields)
            };
            let mut unknown = fields.clone();
            unknown.insert("unknown".to_owned(), Value::Null);
            fields.keys().map(without).chain([Value::Object(unknown)]).collect()
        }
        Value::String(text) if text.starts_with("0x") => {
            let spellings = [
                text[2..].to_owned(),
                text.replace("0x", "0X"),
                format!("{text}0"),
                format!("{text}00"),
                format!(" {text}"),
                format!("{}G", &text[..text.len() - 1]),
                text[..text.len() - 1].to_owned(),
            ];
            let upper = text[2..].to_uppercase();
            let upper = (upper != text[2..]).then(|| format!("0x{upper}"));
            spellings.into_iter().chain(upper).map(Value::String).collect()
        }
        Value::Number(number) => vec![json!(number.to_string()), json!(-1), json!(0.5), json!(u64::MAX).clone()],
        _ => vec![Value::Null],
    }
}

fn refuses_malformed<T: Serialize + DeserializeOwned + PartialEq + core::fmt::Debug>(record: &T) {
    let json = serde_json::to_value(record).unwrap();
    assert_eq!(&serde_json::from_value::<T>(json.clone()).unwrap(), record);
    for variant in variants(&json, &malformed) {
        // Longer bodies and larger counts are other records, not other spellings.
        if let Ok(accepted) = serde_json::from_value::<T>(variant.clone()) {
            assert_eq!(serde_json::to_value(&accepted).unwrap(), variant, "accepted in another spelling");
            assert_ne!(&accepted, record, "{variant}");
        }
    }
    let mut fields = json.as_object().unwrap().clone();
    fields.insert("unknown".to_owned(), json!(1));
    assert!(serde_json::from_value::<T>(Value::Object(fields)).is_err());
}

#[test]
fn refuses_other_spellings_and_unknown_or_missing_fields() {
    refuses_malformed(&genesis());
    refuses_malformed(&menu_entry());
    refuses_malformed(&domain_entry());
    refuses_malformed(&definition());
    refuses_malformed(&standing_poll());
    refuses_malformed(&opened_poll());
    refuses_malformed(&rewarding_poll());
    refuses_malformed(&sealed_poll());
    refuses_malformed(&ceremony());
    refuses_malformed(&round_1());
    refuses_malformed(&round_2());
    refuses_malformed(&confirmation());
    refuses_malformed(&complaint());
    refuses_malformed(&share());
    refuses_malformed(&standard());
    refuses_malformed(&claim());
    refuses_malformed(&new_claim());
    refuses_malformed(&review());
    refuses_malformed(&review().opening);
    refuses_malformed(&ruling());
    refuses_malformed(&dispute());
    refuses_malformed(&charter());
    refuses_malformed(&sponsorship());
    for poll in changes().into_iter().map(enacting) {
        refuses_malformed(&poll);
        refuses_malformed(&poll.draft());
    }
    refuses_malformed(&proposal());
    refuses_malformed(&WithdrawnBy::sign(&signing(), &scope()));
    refuses_malformed(&WithdrawnBy::Administrator {});
    refuses_malformed(&merge());
    refuses_malformed(&presentation());
    refuses_malformed(&join());
    refuses_malformed(&ballot());
    refuses_malformed(&ballot().opening());
    refuses_malformed(&signed_tally());
    refuses_malformed(&standing_request());
    refuses_malformed(&result());
    refuses_malformed(&receipt());
    refuses_malformed(&withdrawal());
    refuses_malformed(&checkpoint());
    let unknown = json!({"kind": "membership", "unknown": 1});
    assert!(serde_json::from_value::<Eligibility>(unknown).is_err());
}

/// Row 25: the nullifier plus the order of the field is another spelling of the same number.
#[test]
fn refuses_a_nullifier_plus_the_order_of_the_field() {
    use ark_ff::{BigInteger as _, PrimeField as _};
    let mut number = Fr::from(7_u64).into_bigint();
    assert!(!number.add_with_carry(&Fr::MODULUS));
    let mut json = serde_json::to_value(presentation()).unwrap();
    json["nullifier"] = json!(wire::bytes_to_hex(&number.to_bytes_be()));
    let error = serde_json::from_value::<Presentation>(json).unwrap_err();
    assert!(error.to_string().contains("order"), "{error}");
}

/// Another value of the same type.
fn another(value: &Value) -> Vec<Value> {
    match value {
        Value::String(text) if text.starts_with("0x") => {
            let last = if text.ends_with('1') { '2' } else { '1' };
            vec![json!(format!("{}{last}", &text[..text.len() - 1]))]
        }
        Value::String(text) if text == "standing-3" => vec![json!("standing-8")],
        Value::String(text) if text == "1/2" => vec![json!("1/3"), json!("1/1")],
        Value::String(text) if text == "2/3" => vec![json!("1/3"), json!("3/4")],
        Value::String(text) if text == "reject" => vec![json!("accept"), json!("abstain")],
        Value::String(text) if text == "1.7.2.0" => vec![json!("1.7.3.0"), json!("1.7.2.1")],
        Value::String(text) if text == "order" => vec![json!("lot")],
        Value::String(text) if text == "lot" => vec![json!("order")],
        Value::String(text) if text == "single-choice" => vec![json!("schulze"), json!("instant-runoff")],
        Value::String(text) if text == "1.7" => vec![json!("1.8"), json!("1"), json!("any"), json!("1.7.1")],
        Value::String(text) => vec![json!(format!("{text}x"))],
        Value::Number(number) => vec![json!(number.as_u64().unwrap().checked_sub(1).unwrap_or(1))],
        Value::Bool(flag) => vec![json!(!flag)],
        Value::Array(items) => vec![Value::Array([&items[..], &[json!("more")]].concat()), json!(items[1..])],
        _ => Vec::new(),
    }
}

/// Whatever field of a record is changed, its canonical bytes change.
fn commits_to_every_field<T: Serialize + DeserializeOwned>(record: &T, canonical: fn(&T) -> Vec<u8>) {
    let json = serde_json::to_value(record).unwrap();
    let mut seen = vec![canonical(record)];
    let mut decoded = 0;
    for variant in variants(&json, &another) {
        if let Ok(other) = serde_json::from_value::<T>(variant.clone()) {
            let bytes = canonical(&other);
            assert!(!seen.contains(&bytes), "{variant}");
            seen.push(bytes);
            decoded += 1;
        }
    }
    assert!(decoded >= json.as_object().unwrap().len() - 1, "nearly every field has another value");
}

#[test]
fn canonical_bytes_commit_to_every_field() {
    commits_to_every_field(&genesis(), Genesis::canonical);
    commits_to_every_field(&definition(), PollDefinition::canonical);
    commits_to_every_field(&standing_poll(), PollDefinition::canonical);
    commits_to_every_field(&rewarding_poll(), PollDefinition::canonical);
    commits_to_every_field(&sealed_poll(), PollDefinition::canonical);
    commits_to_every_field(&round_1(), Round1::canonical);
    commits_to_every_field(&round_2(), Round2::canonical);
    commits_to_every_field(&confirmation(), Confirmation::canonical);
    commits_to_every_field(&complaint(), Complaint::canonical);
    for poll in changes().into_iter().map(enacting) {
        commits_to_every_field(&poll, PollDefinition::canonical);
        commits_to_every_field(&poll.draft(), PollDraft::canonical);
    }
    commits_to_every_field(&standard(), Standard::canonical);
    commits_to_every_field(&claim(), Claim::canonical);
    commits_to_every_field(&review().opening, ReviewOpening::canonical);
    commits_to_every_field(&standing_request(), AttestationRequest::canonical);
    commits_to_every_field(&checkpoint(), |checkpoint: &Checkpoint| checkpoint.text().into_bytes());
}

#[test]
fn eligibility_that_no_statement_shows_does_not_decode() {
    let mut json = serde_json::to_value(standing()).unwrap();
    json["requirement"]["min_count"] = json!(4);
    let error = serde_json::from_value::<Eligibility>(json.clone()).unwrap_err();
    assert!(error.to_string().contains("at most 3 credentials"), "{error}");
    json["statement"] = json!("standing-8");
    assert!(serde_json::from_value::<Eligibility>(json.clone()).is_ok());
    json["statement"] = json!("membership");
    assert!(serde_json::from_value::<Eligibility>(json.clone()).is_err());
    json["statement"] = json!("standing-8");
    for menu in ["", "Safety", "a b", &"a".repeat(65)] {
        json["menu"] = json!(menu);
        assert!(serde_json::from_value::<Eligibility>(json.clone()).is_err(), "{menu}");
    }
}

#[test]
fn refuses_menu_and_genesis_texts_out_of_bounds() {
    assert_eq!(menu_entry().validate(), Ok(()));
    assert_eq!(menu_entry().eligibility(100), standing());
    let entry = MenuEntry { id: "Safety".to_owned(), ..menu_entry() };
    assert_eq!(entry.validate(), Err(MenuError::Id("Safety".to_owned())));
    assert!(matches!(MenuEntry { title: " ".to_owned(), ..menu_entry() }.validate(), Err(MenuError::Title(_))));
    assert!(matches!(MenuEntry { min_count: 4, ..menu_entry() }.validate(), Err(MenuError::Eligibility(_))));
    assert_eq!(domain_entry().validate(), Ok(()));
    assert!(matches!(DomainEntry { name: "\n".to_owned(), ..domain_entry() }.validate(), Err(MenuError::Name(_))));
    assert_eq!(genesis().validate(), Ok(()));
    assert!(Genesis { name: "x".repeat(101), ..genesis() }.validate().is_err());
}
