//! Attack 25: whatever comes over the wire is answered by a problem document with a stable code, or not accepted at all.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::LazyLock;
use std::time::Duration;

use aiq_circuits::wire::{bytes_from_hex, bytes_to_hex};
use aiq_tests::actor::ballot_key;
use aiq_tests::deployment::Deployment;
use aiq_verifier::poll::Choice;
use serde_json::{Value, json};

use crate::polls::{ballots_path, joins_path, send_ballot, send_join};

/// r, big-endian.
const ORDER: [u8; 32] = [
    0x30, 0x64, 0x4e, 0x72, 0xe1, 0x31, 0xa0, 0x29, 0xb8, 0x50, 0x45, 0xb6, 0x81, 0x81, 0x58, 0x5d, 0x28, 0x33, 0xe8,
    0x48, 0x79, 0xb9, 0x70, 0x91, 0x43, 0xe1, 0xf5, 0x93, 0xf0, 0x00, 0x00, 0x01,
];

/// Other spellings of a field element on the wire: all of them have been taken for it by some library.
pub fn aliases(text: &str) -> Vec<String> {
    let value: [u8; 32] = bytes_from_hex(text).unwrap();
    let mut carry = 0;
    let mut sum = [0; 32];
    for place in (0..32).rev() {
        let digit = u16::from(value[place]) + u16::from(ORDER[place]) + carry;
        sum[place] = digit.to_be_bytes()[1];
        carry = digit >> 8;
    }
    assert_eq!(carry, 0, "x + r fits 256 bits");
    let upper = text[2..].to_uppercase();
    assert_ne!(upper, text[2..], "a digit that has two cases");
    vec![
        bytes_to_hex(&sum),
        format!("0x{upper}"),
        format!("0X{}", &text[2..]),
        text[2..].to_owned(),
        format!("0x0{}", &text[2..]),
        format!("0x{}", &text[3..]),
        format!(" {text}"),
        format!("{text} "),
        format!("{text}\0"),
        // A Cyrillic letter that looks like a digit.
        format!("0x\u{430}{}", &text[3..]),
        "12345".to_owned(),
        String::new(),
    ]
}

/// An open poll of one member who has joined, with the join and a ballot as they were accepted. Nothing below adds to it.
struct Target {
    deployment: Deployment,
    joins: String,
    ballots: String,
    join: Value,
    ballot: Value,
}

static TARGET: LazyLock<Target> = LazyLock::new(|| {
    let deployment = Deployment::new(&[&[]]);
    let poll = deployment.announce_to_members();
    let actor = deployment.actor(1);
    let join = actor.join_with(&poll, &ballot_key(1));
    assert_eq!(send_join(&deployment, &poll, &join).status, 201);
    deployment.open_poll(&poll);
    let ballot = actor.ballot(&poll, &ballot_key(1), 1, &Choice::Abstain.encode());
    assert_eq!(send_ballot(&deployment, &poll, &ballot).status, 201);
    let (joins, ballots) = (joins_path(&poll), ballots_path(&poll));
    Target { deployment, joins, ballots, join: json!(join), ballot: json!(ballot) }
});

/// A service that waits no longer than a second.
static IMPATIENT: LazyLock<Deployment> =
    LazyLock::new(|| Deployment::with(&[&[]], |config| config.limits.request_seconds = 1));

/// Well-formed, but with an invitation that there is not.
fn enrolment(commitment: &Value) -> Value {
    json!({ "invitation": "x", "commitment": commitment, "withdrawal_key": TARGET.join["ballot_key"] })
}

/// Every address that takes a body, with one that it accepts the shape of.
fn writes() -> Vec<(String, Value)> {
    let target = &*TARGET;
    vec![
        (target.joins.clone(), target.join.clone()),
        (target.ballots.clone(), target.ballot.clone()),
        ("/v1/enrolments".into(), enrolment(&target.ballot["nullifier"])),
        (
            "/v1/withdrawals".into(),
            json!({ "commitment": target.ballot["nullifier"], "signature": target.ballot["signature"] }),
        ),
        ("/v1/attestations".into(), json!({ "audience": "a", "menu": "ai-1", "linkable": false, "expires_in": 60 })),
        (format!("/v1/attestations/0x{}/presentation", "00".repeat(32)), target.join["presentation"].clone()),
        (
            "/v1/verify".into(),
            json!({ "statement": "membership", "key_id": target.join["presentation"]["key_id"],
                    "public_inputs": [], "proof": target.join["presentation"]["proof"] }),
        ),
    ]
}

#[test]
fn the_target_accepts_what_is_honest() {
    let target = &*TARGET;
    let raw = target.deployment.raw();
    assert_eq!(raw.post(&target.joins, &target.join).status, 200);
    assert_eq!(raw.post(&target.ballots, &target.ballot).status, 200);
}

#[test]
fn every_other_spelling_of_a_value_is_refused() {
    let target = &*TARGET;
    let raw = target.deployment.raw();
    for field in ["nullifier", "tag"] {
        for alias in aliases(target.join["presentation"][field].as_str().unwrap()) {
            let mut join = target.join.clone();
            join["presentation"][field] = json!(alias);
            raw.post(&target.joins, &join).assert_problem(422, "invalid_body");
        }
    }
    for field in ["nullifier", "scope"] {
        for alias in aliases(target.ballot[field].as_str().unwrap()) {
            let mut ballot = target.ballot.clone();
            ballot[field] = json!(alias);
            raw.post(&target.ballots, &ballot).assert_problem(422, "invalid_body");
        }
    }
    for alias in aliases(target.ballot["nullifier"].as_str().unwrap()) {
        raw.post("/v1/enrolments", &enrolment(&json!(alias))).assert_problem(422, "invalid_body");
        let withdrawal = json!({ "commitment": alias, "signature": target.ballot["signature"] });
        raw.post("/v1/withdrawals", &withdrawal).assert_problem(422, "invalid_body");
    }
}

#[test]
fn every_other_spelling_of_bytes_is_refused() {
    let target = &*TARGET;
    let raw = target.deployment.raw();
    let spellings = |text: &str| {
        let digits = &text[2..];
        [
            digits.to_owned(),
            format!("{text}00"),
            text[..text.len() - 2].to_owned(),
            format!("0x{}", digits.to_uppercase()),
        ]
    };
    for (object, field) in [("presentation", "proof"), ("presentation", "key_id"), ("", "ballot_key")] {
        let text = if object.is_empty() { &target.join[field] } else { &target.join[object][field] };
        for spelling in spellings(text.as_str().unwrap()) {
            let mut join = target.join.clone();
            *(if object.is_empty() { &mut join[field] } else { &mut join[object][field] }) = json!(spelling);
            raw.post(&target.joins, &join).assert_problem(422, "invalid_body");
        }
    }
    for spelling in spellings(target.ballot["signature"].as_str().unwrap()) {
        let mut ballot = target.ballot.clone();
        ballot["signature"] = json!(spelling);
        raw.post(&target.ballots, &ballot).assert_problem(422, "invalid_body");
    }
    for seq in [json!(-1), json!(1.0), json!("1"), json!(u64::from(u32::MAX) + 1), json!(null)] {
        let mut ballot = target.ballot.clone();
        ballot["seq"] = seq;
        raw.post(&target.ballots, &ballot).assert_problem(422, "invalid_body");
    }
}

#[test]
fn unknown_missing_and_repeated_fields_are_refused() {
    let raw = TARGET.deployment.raw();
    for (path, body) in writes() {
        let mut more = body.clone();
        more["also"] = json!(1);
        raw.post(&path, &more).assert_problem(422, "invalid_body");
        for field in body.as_object().unwrap().keys() {
            let mut fewer = body.clone();
            fewer.as_object_mut().unwrap().remove(field);
            raw.post(&path, &fewer).assert_problem(422, "invalid_body");
            // The same field twice: two readers of such a text may see two different requests.
            let twice = format!("{{\"{field}\":{},{}", body[field], &body.to_string()[1..]);
            raw.post_text(&path, &twice).assert_problem(422, "invalid_body");
        }
    }
    let mut nested = TARGET.join.clone();
    nested["presentation"]["also"] = json!(1);
    raw.post(&TARGET.joins, &nested).assert_problem(422, "invalid_body");
}

#[test]
fn what_is_not_json_is_refused() {
    let raw = TARGET.deployment.raw();
    for (path, body) in writes() {
        let text = body.to_string();
        for broken in ["", "{", "nul", &text[..text.len() - 1], &format!("{text}{text}"), "{'a':1}"] {
            raw.post_text(&path, broken).assert_problem(400, "invalid_json");
        }
        // Bombs of brackets, whole and broken off: refused, whichever of their faults is seen first.
        let field = body.as_object().unwrap().keys().next().unwrap();
        let bomb = |open: &str, close: &str| format!("{}1{}", open.repeat(5_000), close.repeat(5_000));
        let bombs = [bomb("[", "]"), bomb("{\"a\":", "}"), "[".repeat(20_000), "{\"a\":".repeat(5_000)];
        for bomb in bombs.into_iter().flat_map(|bomb| [format!("{{\"{field}\":{bomb}}}"), bomb]) {
            raw.post_text(&path, &bomb).assert_either(&[(400, "invalid_json"), (422, "invalid_body")]);
        }
        for other in ["[]", "null", "1", "\"x\""] {
            raw.post_text(&path, other).assert_problem(422, "invalid_body");
        }
    }
}

#[test]
fn text_that_is_not_utf8_is_refused() {
    let raw = TARGET.deployment.raw();
    for (path, body) in writes() {
        let mut bytes = body.to_string().into_bytes();
        let place = bytes.iter().rposition(u8::is_ascii_alphanumeric).unwrap();
        bytes[place] = 0xff;
        let reply = raw.send("POST", &path, Some("application/json"), &bytes);
        reply.assert_either(&[(400, "invalid_json"), (422, "invalid_body")]);
        raw.send("POST", &path, Some("application/json"), &[0xff, 0xfe]).assert_problem(400, "invalid_json");
    }
    raw.get("/v1/polls/%ff%fe").assert_problem(400, "malformed_request");
}

#[test]
fn a_body_of_another_media_type_is_refused() {
    let raw = TARGET.deployment.raw();
    for (path, body) in writes() {
        let body = body.to_string();
        for kind in
            [None, Some("text/plain"), Some("application/x-www-form-urlencoded"), Some("application/jsonp"), Some("")]
        {
            raw.send("POST", &path, kind, body.as_bytes()).assert_problem(415, "unsupported_media_type");
        }
    }
}

#[test]
fn a_body_larger_than_the_limit_is_refused() {
    let raw = TARGET.deployment.raw();
    let limit = usize::try_from(TARGET.deployment.client().info().unwrap().limits.body_bytes).unwrap();
    for (path, body) in writes() {
        let text = body.to_string();
        let padded = |length: usize| format!("{}{text}", " ".repeat(length - text.len()));
        raw.post_text(&path, &padded(limit + 1)).assert_problem(413, "body_too_large");
        assert_ne!(raw.post_text(&path, &padded(limit)).status, 413, "{path}");
    }
    // A ballot's body within the request has a bound of its own.
    let mut ballot = TARGET.ballot.clone();
    ballot["body"] = json!(format!("0x{}", "00".repeat(4097)));
    raw.post(&TARGET.ballots, &ballot).assert_problem(422, "invalid_ballot");
}

#[test]
fn a_body_without_end_is_refused_at_the_limit() {
    let limit = usize::try_from(TARGET.deployment.client().info().unwrap().limits.body_bytes).unwrap();
    let endless = format!(
        "POST {} HTTP/1.1\r\nhost: aiq\r\ncontent-type: application/json\r\ncontent-length: 99999999999\r\n\r\n{}",
        TARGET.ballots,
        " ".repeat(limit + 1)
    );
    let answer = speak(&TARGET.deployment, endless.as_bytes());
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert!(answer.contains("body_too_large"), "{answer}");
}

#[test]
fn unknown_addresses_and_methods_are_refused() {
    let raw = TARGET.deployment.raw();
    for path in ["/", "/v1", "/v1/", "/v2/info", "/v1/info/", "/v1/members", "/.env", "/v1/../admin"] {
        raw.get(path).assert_problem(404, "not_found");
    }
    for (method, path) in
        [("DELETE", "/v1/polls"), ("PUT", "/v1/info"), ("PATCH", "/v1/enrolments"), ("BREW", "/v1/info")]
    {
        raw.send(method, path, None, &[]).assert_problem(405, "method_not_allowed");
    }
    for id in ["x", "0x", "0x00", "0x0000000000000000000000000000000G", "%00", "..%2finfo"] {
        raw.get(&format!("/v1/polls/{id}")).assert_problem(400, "malformed_request");
        raw.get(&format!("/v1/polls/{id}/joins")).assert_problem(400, "malformed_request");
    }
    raw.get("/v1/polls//joins").assert_problem(400, "malformed_request");
    raw.get(&format!("/v1/polls/0x{}", "00".repeat(16))).assert_problem(404, "unknown_poll");
    raw.get(&format!("/v1/keys/0x{}/proving", "00".repeat(32))).assert_problem(404, "unknown_key");
    raw.get("/v1/keys/..%2f..%2fservice.key/proving").assert_problem(400, "malformed_request");
    for tile in ["x", "-1", "4294967296", "1e3", "0x0"] {
        raw.get(&format!("/v1/tiles/members/{tile}")).assert_problem(400, "malformed_request");
    }
}

#[test]
fn a_client_that_never_finishes_its_body_is_answered() {
    let head =
        "POST /v1/enrolments HTTP/1.1\r\nhost: aiq\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n";
    let answer = speak(&IMPATIENT, format!("{head}{{\"invitation\":").as_bytes());
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(answer.contains("request_timeout"), "{answer}");
}

#[test]
fn a_client_that_never_finishes_its_head_is_cut_off() {
    for begun in ["", "GET /v1/in", "GET /v1/info HTTP/1.1\r\nhost: aiq\r\nx-slow: "] {
        let answer = speak(&IMPATIENT, begun.as_bytes());
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
    }
}

#[test]
fn what_is_not_http_does_no_harm() {
    for nonsense in [&b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..], b"\0\0\0\0\r\n\r\n", b"GET\r\n\r\n"] {
        let answer = speak(&TARGET.deployment, nonsense);
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400"), "{answer}");
    }
    let smuggled = format!(
        "POST {} HTTP/1.1\r\nhost: aiq\r\ncontent-type: application/json\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        TARGET.ballots
    );
    let answer = speak(&TARGET.deployment, smuggled.as_bytes());
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
    assert_eq!(TARGET.deployment.raw().get("/health/ready").status, 200);
}

/// Sends bytes as they are and reads until the service closes or has answered once.
fn speak(deployment: &Deployment, bytes: &[u8]) -> String {
    let mut connection = TcpStream::connect(deployment.address()).unwrap();
    // Far beyond the service's own bounds: a service that lets this pass is not bounded.
    connection.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
    connection.write_all(bytes).unwrap();
    let (mut answer, mut buffer) = (Vec::new(), [0; 4096]);
    loop {
        match connection.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => answer.extend_from_slice(&buffer[..read]),
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => break,
            Err(error) => panic!("neither an answer nor an end: {error}"),
        }
        if answer.ends_with(b"}") {
            break;
        }
    }
    String::from_utf8_lossy(&answer).into_owned()
}
