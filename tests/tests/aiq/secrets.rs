//! Attack 27: what must not be found in anything that a service keeps or writes (§2, §11 P2), and what keeps it in: types that are
//! wiped and print nothing.

use std::fs;
use std::path::Path;

use age::secrecy::SecretString;
use aiq_circuits::identity::{DeploymentId, Secret as IdentitySecret, Seed, TagRandomness};
use aiq_circuits::merge::MergeWitness;
use aiq_circuits::scope::{Scope, ScopeKind};
use aiq_circuits::standing::StandingWitness;
use aiq_cli::client::Client;
use aiq_cli::wallet::{Stretch, Wallet};
use aiq_server::Token;
use aiq_server::api::{EnrolmentRequest, Invitation, InvitationBatch};
use aiq_tests::secrets::{Search, Secret, of_member};
use aiq_tests::world::{World, safety, seed};
use aiq_verifier::withdrawal::WithdrawalKey;
use ed25519_dalek::SigningKey;
use rand::rngs::OsRng;
use zeroize::{ZeroizeOnDrop, Zeroizing};

const DEPLOYMENT: DeploymentId = DeploymentId::new([0xd7; 32]);

/// Searches every file below `directory` for the secrets of these members, and tells the names of those searched.
pub fn assert_nothing_secret(directory: &Path, deployment: &DeploymentId, members: &[u8]) -> Vec<String> {
    let secrets: Vec<_> = members.iter().flat_map(|number| of_member(*number, deployment, &[])).collect();
    Search::new(&secrets).assert_none_below(directory)
}

/// Whether any of these texts stands in a log.
pub fn contains(content: &[u8], form: &[u8]) -> bool {
    content.windows(form.len()).any(|window| window == form)
}

fn scope() -> Scope {
    Scope::derive(&DEPLOYMENT, ScopeKind::Poll, b"secrets")
}

#[test]
fn the_search_finds_a_secret_in_every_form() {
    let mut secrets = of_member(1, &DEPLOYMENT, &[scope()]);
    secrets.push(Secret::text("a token", Token::invitation().expose()));
    let all = Search::new(&secrets);
    // The words of members 1 and 2 are the same ones, shifted: so are the bits of their seeds.
    let others = Search::new(&of_member(3, &DEPLOYMENT, &[scope()]));
    for secret in &secrets {
        for form in secret.forms() {
            let content = [b"before ", form.as_slice(), b" after"].concat();
            assert!(all.find(&content).contains(&secret.what()), "{}", secret.what());
            assert!(others.find(&content).is_empty(), "{} is taken for somebody else's", secret.what());
        }
    }
}

#[test]
fn the_search_looks_into_every_file_and_at_its_name() {
    let directory = tempfile::tempdir().unwrap();
    let inner = directory.path().join("a/b");
    fs::create_dir_all(&inner).unwrap();
    fs::write(inner.join("file"), "nothing").unwrap();
    let search = || assert_nothing_secret(directory.path(), &DEPLOYMENT, &[1]);
    assert_eq!(search(), ["file"]);
    let hex = hex::encode(seed(1).as_bytes());
    fs::write(inner.join("file"), &hex).unwrap();
    assert!(std::panic::catch_unwind(search).is_err(), "in a file");
    fs::remove_file(inner.join("file")).unwrap();
    fs::write(inner.join(&hex), "").unwrap();
    assert!(std::panic::catch_unwind(search).is_err(), "in a name");
}

/// However it is shifted by what stands before it, a secret within something longer in base64 is found.
#[test]
fn the_search_finds_a_secret_within_something_longer_in_base64() {
    use base64::Engine as _;
    let secret = Secret::bytes("bytes", &std::array::from_fn(|place| u8::try_from(place * 7).unwrap()));
    let search = Search::new([&secret]);
    for before in 0..7 {
        for behind in 0..4 {
            let raw = [&vec![0xff; before], secret.forms().last().unwrap().as_slice(), &vec![0xff; behind]].concat();
            assert_eq!(search.find(base64::engine::general_purpose::STANDARD.encode(raw).as_bytes()), ["bytes"]);
        }
    }
}

/// As libraries dump what they send and receive: groups of hex digits, 16 bytes a line, between a time and the letters.
#[test]
fn the_search_finds_a_secret_in_a_hex_dump() {
    let token = Token::invitation();
    let search = Search::new([&Secret::text("a token", token.expose())]);
    let request = format!("POST / HTTP/1.1\r\nauthorization: Bearer {}\r\n", token.expose());
    let dump: Vec<String> = request
        .as_bytes()
        .chunks(16)
        .map(|row| {
            let groups: Vec<String> = row.chunks(2).map(hex::encode).collect();
            format!("2026-11-25T15:17:24Z TRACE a::b: {}  {}", groups.join(" "), row.escape_ascii())
        })
        .collect();
    assert_eq!(search.find(dump.join("\n").as_bytes()), ["a token"]);
}

/// §2: everything derives from the seed, so a type that prints it, or what it makes, is a leak that waits for a log line.
#[test]
fn debug_output_of_every_type_that_holds_a_secret_shows_none() {
    let directory = tempfile::tempdir().unwrap();
    let world = World::new(DEPLOYMENT, &[&[safety(5), safety(4)]]);
    let identity = &world.identities[0];
    let token = Token::invitation();
    let passphrase = "correct horse battery staple";
    let (wallet, secret_passphrase) = (Wallet::with_seed(seed(1)), SecretString::from(passphrase));
    let path = directory.path().join("wallet.age");
    let opened = Wallet::create(&path, seed(1), &secret_passphrase, Stretch::Log2(1)).unwrap();
    let invitation = Invitation { token: token.expose().to_owned(), expires_at: 1 };
    let withdrawal = wallet.withdrawal_key(&DEPLOYMENT);
    let enrolment = EnrolmentRequest {
        invitation: token.expose().to_owned(),
        commitment: identity.commitment(),
        withdrawal_key: WithdrawalKey::of(&withdrawal),
    };
    let slots = vec![world.slot(0, 0), world.slot(0, 1)];
    let merge = MergeWitness::new(identity.secret().clone(), identity.tag_randomness(2), slots, &mut OsRng).unwrap();
    let standing: StandingWitness<3> = StandingWitness { membership: membership(&world), ..world.standing(0, &[0, 1]) };
    let client = Client::new("http://127.0.0.1:1").unwrap().with_token(token.expose());
    let printed: [(&str, String); 16] = [
        ("Seed", format!("{:#?}", seed(1))),
        ("Identity", format!("{identity:#?}")),
        ("Secret", format!("{:#?}", identity.secret())),
        ("TagRandomness", format!("{:#?}", identity.tag_randomness(0))),
        ("MembershipWitness", format!("{:#?}", membership(&world))),
        ("StandingWitness", format!("{standing:#?}")),
        ("MergeWitness", format!("{merge:#?}")),
        ("Wallet in memory", format!("{wallet:#?}")),
        ("Wallet with files", format!("{opened:#?}")),
        ("ballot key", format!("{:#?}", wallet.ballot_key(&scope()))),
        ("withdrawal key", format!("{withdrawal:#?}")),
        ("passphrase", format!("{secret_passphrase:#?}")),
        ("Token", format!("{token:#?}")),
        ("InvitationBatch", format!("{:#?}", InvitationBatch { invitations: vec![invitation] })),
        ("EnrolmentRequest", format!("{enrolment:#?}")),
        ("Client with a token", format!("{client:#?}")),
    ];
    let mut secrets = of_member(1, &DEPLOYMENT, &[scope()]);
    secrets.extend([Secret::text("the token", token.expose()), Secret::text("the passphrase", passphrase)]);
    let search = Search::new(&secrets);
    for (name, text) in printed {
        assert!(!text.is_empty());
        // Pretty printing breaks lists into lines: look at it in one, too.
        search.assert_none(name, text.as_bytes());
        search.assert_none(name, text.split_whitespace().collect::<Vec<_>>().join(" ").as_bytes());
    }
}

/// The witness of member 1 with the randomness of a tag that a search knows.
fn membership(world: &World) -> aiq_circuits::membership::MembershipWitness {
    aiq_circuits::membership::MembershipWitness {
        tag_randomness: world.identities[0].tag_randomness(3),
        ..world.membership(0)
    }
}

/// Compiles only if each of them is wiped when it is dropped. What is made of them (witnesses, identities, wallets) holds nothing
/// secret but these.
#[test]
fn secrets_are_wiped_when_they_are_dropped() {
    const fn wiped<T: ZeroizeOnDrop>() {}
    wiped::<Seed>();
    wiped::<IdentitySecret>();
    wiped::<TagRandomness>();
    wiped::<SigningKey>();
    wiped::<SecretString>();
    // Words, passphrases before they are secret strings, tokens, plaintexts of wallet files.
    wiped::<Zeroizing<String>>();
    wiped::<Zeroizing<Vec<u8>>>();
}
