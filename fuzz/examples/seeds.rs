//! Makes the corpus, a directory for each target, from real records: those that `verifier/tests/verifier/records.txt` pins, the
//! public-seed keys, a log with real proofs. Run it when a format has changed; it replaces what it made before and leaves alone what
//! it did not make, such as cases that were found.

use std::{collections::BTreeMap, error::Error, fs, path::Path};

use age::secrecy::SecretString;
use aiq_audit::sample::SampleLog;
use aiq_circuits::{
    Fr,
    constraints::sample,
    identity::{Commitment, DeploymentId, Seed},
    statement::{Statement as _, StatementId},
    tree::{CredentialTree, MemberTree},
    wire,
};
use aiq_cli::wallet::{Stretch, Wallet, words};
use aiq_fuzz::signing_key;
use aiq_keys::{KeyDir, public_seed_manifest, public_seed_verifying_key};
use aiq_prover::Prover;
use aiq_verifier::{
    log::{LogCheckpoint, WitnessKey, cosign},
    poll::PollId,
    presentation::Presentation,
};
use rand::rngs::OsRng;
use serde_json::{Value, json};

type Fallible<T = ()> = Result<T, Box<dyn Error>>;

const RECORDS: &str = include_str!("../../verifier/tests/verifier/records.txt");

fn write(target: &str, name: &str, bytes: impl AsRef<[u8]>) -> Fallible {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    fs::create_dir_all(&directory)?;
    Ok(fs::write(directory.join(name), bytes)?)
}

/// Name, JSON, canonical bytes if there are any.
type Record = (String, Value, Option<Vec<u8>>);

/// The pinned records.
fn records() -> Fallible<Vec<Record>> {
    let blocks = RECORDS.split("\n\n").filter(|block| !block.trim().is_empty());
    let mut seen = BTreeMap::new();
    let record = |block: &str| {
        let mut lines = block.lines();
        let (name, json) = (lines.next().ok_or("no name")?, lines.next().ok_or("no record")?);
        let letters = name.replace(|letter: char| !letter.is_ascii_alphanumeric(), "-");
        let bytes = lines.next().map(|line| wire::vec_from_hex(line, line.len())).transpose()?;
        // Some kinds of entries have several forms.
        let form: &mut u32 = seen.entry(letters.clone()).or_default();
        *form += 1;
        let name = if *form == 1 { letters } else { format!("{letters}-{form}") };
        Ok((name, serde_json::from_str(json)?, bytes))
    };
    blocks.map(record).collect()
}

fn from_records() -> Fallible {
    for (name, json, bytes) in records()? {
        match &json {
            Value::String(text) => write("value", &name, text)?,
            _ => write("record", &name, json.to_string())?,
        }
        if let Some(bytes) = bytes {
            // A checkpoint's bytes are a signed note.
            let target = if name == "checkpoint" { "note" } else { "entry" };
            write(target, &name, &bytes)?;
        }
    }
    Ok(())
}

fn values() -> Fallible {
    let witness = WitnessKey::of("witness.example", &signing_key())?;
    write("value", "bytes", wire::fr_to_bytes(&Fr::from(7u64)))?;
    let texts = ["1.7", "1.7.2.0", "any", "1/2", "membership", "ceremony", &witness.to_string()];
    texts.iter().enumerate().try_for_each(|(number, text)| write("value", &format!("text-{number}"), text))
}

/// A membership that is proved under the public-seed key, and its proof; the keys.
fn proofs(keys: &KeyDir) -> Fallible {
    let (instance, witness) = sample::membership();
    let prover = Prover::load(keys, StatementId::Membership)?;
    let proof = prover.prove(&instance, &witness, &mut OsRng, &mut |_| {})?;
    write("proof", "membership", proof.to_bytes())?;
    write("value", "proof", proof.to_string())?;
    let inputs = instance.public_inputs();
    let inputs: Vec<String> = inputs.values().iter().map(wire::fr_to_hex).collect();
    let presentation: Presentation = serde_json::from_value(json!({
        "statement": "membership", "key_id": public_seed_verifying_key(StatementId::Membership)?.id(),
        "nullifier": inputs[2], "tag": inputs[3], "proof": proof,
    }))?;
    write("presentation", "membership", serde_json::to_vec(&presentation)?)?;
    for statement in StatementId::ALL {
        write("verifying_key", statement.label(), public_seed_verifying_key(statement)?.to_bytes())?;
    }
    write("manifest", "public-seed", public_seed_manifest().to_json())
}

/// One ballot of each type, an abstention, and what says nothing.
fn choices() -> Fallible {
    let bodies: [(&str, &[u8]); 8] = [
        ("single-choice", &[0, 1, 0, 1, 2]),
        ("approval", &[1, 3, 0, 1, 0, 2]),
        ("instant-runoff", &[2, 2, 0, 1, 3, 0]),
        ("schulze", &[3, 2, 0, 1, 2, 1, 0]),
        ("score", &[4, 1, 9, 1, 10, 0, 5]),
        ("quadratic", &[5, 1, 1, 1, 0, 9, 0, 0, 1, 0]),
        ("abstain", &[5, 0, 0, 0]),
        ("nothing", &[0, 0, 0, 1, 9]),
    ];
    bodies.iter().try_for_each(|(name, body)| write("choice", name, body))
}

fn notes() -> Fallible {
    let checkpoint = LogCheckpoint { deployment_id: DeploymentId::new([1; 32]), size: 300, root: [9; 32] };
    let note = checkpoint.to_note(&signing_key());
    let cosignature = cosign(&note, "other.example", &signing_key(), 7)?;
    write("note", "log", &note)?;
    write("note", "log-cosigned", format!("{note}{cosignature}\n"))?;
    write("note", "log-text", checkpoint.text())
}

fn bundles(keys: &KeyDir) -> Fallible {
    let log = SampleLog::small(keys);
    write("bundle", "everything", log.bundle())?;
    write("bundle", "poll", log.poll_bundle(PollId::new([2; 16])))
}

/// Logs of every size told truly, and a lie about a hash, an entry, and the length of a tile.
fn tiles() -> Fallible {
    for size in 0..8u8 {
        write("tiles", &format!("truth-{size}"), [size])?;
    }
    write("tiles", "hash", [5, 0, 0, 3, 1])?;
    write("tiles", "entry", [5, 0xf0, 0, 3, 1])?;
    write("tiles", "cut", [7, 0x10, 0, 32, 0])
}

fn trees() -> Fallible {
    for count in [1u64, 20] {
        let leaves = || (1..=count).map(Fr::from);
        let mut files = [Vec::new(), Vec::new()];
        MemberTree::build(leaves().map(Commitment::new))?.write_to(&mut files[0])?;
        CredentialTree::build(leaves())?.write_to(&mut files[1])?;
        let [members, credentials] = files;
        write("tree_file", &format!("members-{count}"), &members)?;
        write("tree_file", &format!("credentials-{count}"), &credentials)?;
        write("tree_file", &format!("unsummed-{count}"), &members[..members.len() - 32])?;
    }
    Ok(())
}

fn wallets() -> Fallible {
    let directory = tempfile::tempdir()?;
    let path = directory.path().join("wallet.age");
    let seed = Seed::from_bytes([7; 32]);
    Wallet::create(&path, seed.clone(), &SecretString::from("corpus".to_owned()), Stretch::Log2(1))?;
    write("wallet", "file", [&[0], fs::read(&path)?.as_slice()].concat())?;
    write("wallet", "words", [&[3], words::to_words(&seed).as_bytes()].concat())?;
    let plaintext = json!({ "version": 1, "seed": wire::bytes_to_hex(seed.as_bytes()) });
    write("wallet", "seed", [&[1], plaintext.to_string().as_bytes()].concat())?;

    let records = records()?;
    let record = |name: &str| {
        let found = records.iter().find(|(found, ..)| found == name);
        found.map(|(_, json, _)| json.clone()).ok_or_else(|| format!("no record is called {name}"))
    };
    let (genesis, definition) = (record("genesis")?, record("poll--membership")?);
    let id: DeploymentId = serde_json::from_value(record("deployment-id")?)?;
    let poll = json!({ "definition": definition, "announcement": record("receipt")?, "join": record("join")? });
    let mut polls = serde_json::Map::new();
    polls.insert(definition["id"].as_str().unwrap_or_default().to_owned(), poll);
    let deployment = json!({ "server": "http://127.0.0.1:1", "genesis": genesis, "checkpoint": record("checkpoint")?, "polls": polls });
    let mut deployments = serde_json::Map::new();
    deployments.insert(id.to_string(), deployment);
    let state = json!({ "deployments": deployments });
    write("wallet", "state", [&[2], state.to_string().as_bytes()].concat())
}

fn main() -> Fallible {
    let keys = KeyDir::for_tests(&[StatementId::Membership, StatementId::Standing3])?;
    from_records()?;
    values()?;
    proofs(&keys)?;
    choices()?;
    notes()?;
    bundles(&keys)?;
    tiles()?;
    trees()?;
    wallets()
}
