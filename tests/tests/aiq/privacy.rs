//! What the network and the service see of a wallet besides its proofs (§11): connections, headers, names, moments.

use std::collections::BTreeSet;

use aiq_circuits::wire::{bytes_to_hex, fr_to_bytes};
use aiq_cli::client::{Client, Retry};
use aiq_cli::member::{LONGEST_WAIT, MemberError, Start};
use aiq_cli::progress::Silent;
use aiq_server::api::PollView;
use aiq_tests::actor::Actor;
use aiq_tests::deployment::{Deployment, client};
use aiq_tests::gateway::{Connection, Gateway, Request};
use aiq_tests::keys::provers;
use aiq_tests::world::safety;
use aiq_verifier::poll::Choice;

const SAFETY: &str = "safety-3-10";
/// A name that no resolver knows.
const NOWHERE: &str = "aiq.invalid:8420";

fn deployment() -> Deployment {
    let held = [safety(5), safety(4), safety(3)];
    Deployment::new(&[&held, &held, &held])
}

/// Synchronises, joins two polls and votes in both, and synchronises again.
fn session(deployment: &Deployment, client: Client) -> (Actor, [PollView; 2]) {
    let polls = [deployment.announce_to(SAFETY), deployment.announce_to_members()];
    let mut actor = Actor::connect(1, client);
    for poll in &polls {
        actor.join(poll).unwrap();
    }
    deployment.open_poll(&polls[0]);
    for poll in &polls {
        actor.vote(poll, Choice::Option(1)).unwrap();
    }
    actor.sync();
    (actor, polls)
}

/// The polls that a connection has named.
fn polls_of(connection: &Connection) -> BTreeSet<String> {
    let path = |request: &Request| request.path.strip_prefix("/v1/polls/").map(|rest| rest[..34].to_owned());
    connection.requests().iter().filter_map(path).collect()
}

/// What everybody asks for in the same words.
fn is_public(path: &str) -> bool {
    let fixed = ["/v1/info", "/v1/epochs/latest", "/checkpoint", "/v1/manifest"];
    let files = ["/tile/", "/v1/tiles/", "/v1/keys/"];
    fixed.contains(&path) || files.iter().any(|prefix| path.starts_with(prefix))
}

fn assert_nothing_is_tied_together(connections: &[Connection], polls: &[PollView; 2]) {
    let ids: BTreeSet<String> = polls.iter().map(|poll| poll.definition.id.to_string()).collect();
    let mut named = BTreeSet::new();
    for connection in connections {
        let (polls, requests) = (polls_of(connection), connection.requests());
        assert!(polls.len() <= 1, "one connection for two scopes: {polls:?}");
        let public = requests.iter().filter(|request| is_public(&request.path)).count();
        assert_eq!(
            public,
            if polls.is_empty() { requests.len() } else { 0 },
            "a scope beside what is public: {requests:?}"
        );
        named.extend(polls);
    }
    assert_eq!(named, ids);
}

#[test]
fn a_session_names_no_leaf_carries_no_mark_and_has_a_connection_for_each_scope() {
    let deployment = deployment();
    let gateway = Gateway::relay(deployment.address());
    let (actor, polls) = session(&deployment, client(&format!("http://{}", gateway.address())));
    let connections = gateway.connections();
    assert_nothing_is_tied_together(&connections, &polls);

    // Headers: the same few, and of those that every request has, the same values.
    let host = gateway.address().to_string();
    let mut posts = 0;
    for request in connections.iter().flat_map(Connection::requests) {
        let (mut names, mut marks) = (BTreeSet::new(), Vec::new());
        for (name, value) in &request.headers {
            names.insert(name.as_str());
            match name.as_str() {
                "host" => assert_eq!(*value, host),
                "user-agent" => assert_eq!(value, "aiq"),
                "accept" => assert_eq!(value, "*/*"),
                "accept-encoding" => assert_eq!(value, "gzip"),
                "content-type" => assert!(value.starts_with("application/json"), "{value}"),
                "content-length" => posts += 1,
                _ => marks.push((name, value)),
            }
        }
        assert_eq!(marks, [], "{} {}", request.method, request.path);
        assert!(names.is_superset(&["host", "user-agent", "accept"].into()), "{names:?}");
    }
    assert_eq!(posts, 4, "two joins and two ballots");

    // What this member is made of appears in nothing that it sends: neither in an address nor in a body.
    let held = actor.member.holdings(&actor.ledger);
    assert_eq!(held.len(), 3);
    let mut secrets = vec![actor.member.identity().commitment().to_bytes()];
    for held in &held {
        secrets.extend([
            held.credential.tag.to_bytes(),
            held.credential.id.to_bytes(),
            fr_to_bytes(&held.credential.leaf()),
        ]);
    }
    for sent in connections.iter().map(|connection| String::from_utf8_lossy(&connection.sent).to_lowercase()) {
        for secret in &secrets {
            assert!(!sent.contains(&bytes_to_hex(secret)[2..]), "a leaf of this member is named");
        }
    }
}

#[test]
fn through_a_proxy_goes_everything_or_nothing_and_each_scope_under_another_name() {
    let deployment = deployment();
    let proxy = Gateway::socks(deployment.address());
    let address = format!("socks5h://{}", proxy.address()).parse().unwrap();
    // Only the proxy knows the way: a name that was resolved here, or a connection past the proxy, would lead nowhere.
    let through = Client::through(Some(&address), &format!("http://{NOWHERE}")).unwrap().with_retry(Retry::NEVER);
    let (_, polls) = session(&deployment, through);
    let connections = proxy.connections();
    assert_nothing_is_tied_together(&connections, &polls);
    assert!(connections.iter().all(|connection| connection.target.as_deref() == Some(NOWHERE)));

    // A user name never stands for a scope and anything else, so that a proxy that separates users separates scopes.
    let users: BTreeSet<&String> = connections.iter().filter_map(|connection| connection.user.as_ref()).collect();
    for user in &users {
        let same = connections.iter().filter(|connection| connection.user.as_ref() == Some(user));
        let scopes: BTreeSet<BTreeSet<String>> = same.map(polls_of).collect();
        assert_eq!(scopes.len(), 1, "{user} stands for {scopes:?}");
    }
    assert!(users.len() > 4, "{users:?}");

    // A proxy that is gone is not passed by, though the service can be reached without it.
    let gone = "socks5h://127.0.0.1:9".parse().unwrap();
    let past = Client::through(Some(&gone), &deployment.url()).unwrap().with_retry(Retry::NEVER);
    assert!(past.info().is_err() && past.apart().unwrap().info().is_err());
}

#[test]
fn a_join_waits_in_the_wallet_for_a_moment_that_is_drawn_once() {
    let deployment = deployment();
    // The wallet draws by the machine's clock.
    let now = aiq_server::Clock::now(&aiq_server::SystemClock);
    deployment.clock.set(now);
    let poll = deployment.announce_to_members();
    let id = poll.definition.id;
    let joined = || deployment.client().poll(&id).unwrap().joined;
    let mut moments = BTreeSet::new();
    for number in 1..=3 {
        let mut actor = deployment.actor(number);
        let write = |actor: &mut Actor| {
            let plan = actor.member.plan_join(&actor.ledger, &id).unwrap();
            actor.member.write_join(plan, Start::Drawn, provers(), &Silent).unwrap()
        };
        assert!(actor.member.written_join(&id).is_none());
        let written = write(&mut actor);
        let moment = written.moment.unwrap();
        assert!(
            (now..=now + 500 + 60).contains(&moment),
            "within the first half of what is left, {LONGEST_WAIT} at most"
        );
        assert_eq!(joined(), u64::from(number) - 1, "nothing is sent before");
        // Begun again, whatever for: neither another proof nor another moment.
        for _ in 0..3 {
            let again = write(&mut actor);
            assert_eq!((again.moment, again.proving), (Some(moment), None));
        }
        assert_eq!(actor.member.written_join(&id).unwrap().moment, Some(moment));
        actor.member.rest(|| {}).unwrap();
        actor.member.send_written_join(&id).unwrap();
        assert!(actor.member.written_join(&id).is_none());
        assert_eq!(joined(), u64::from(number));
        moments.insert(moment);
    }
    assert!(moments.len() > 1, "three equal moments among five hundred: {moments:?}");
}

#[test]
fn a_written_join_is_one_request_and_what_the_service_says_of_it_is_heard() {
    let deployment = deployment();
    let gateway = Gateway::relay(deployment.address());
    let poll = deployment.announce_to_members();
    let mut actor = Actor::connect(1, client(&format!("http://{}", gateway.address())));
    let plan = actor.member.plan_join(&actor.ledger, &poll.definition.id).unwrap();
    actor.member.write_join(plan, Start::Drawn, provers(), &Silent).unwrap();
    let before = gateway.connections().len();
    deployment.close_poll(&poll);
    let refused = actor.member.send_written_join(&poll.definition.id);
    assert!(matches!(refused, Err(MemberError::Client(error)) if error.code() == Some("poll_closed")));
    let after: Vec<Connection> = gateway.connections().split_off(before);
    let [connection] = &after[..] else { panic!("one connection: {after:?}") };
    let [request] = &connection.requests()[..] else { panic!("one request") };
    assert_eq!(request.method, "POST");
}
