//! A service for unit tests that shows what a test wants it to show: a log in memory, and over HTTP what follows from it.
#![allow(clippy::unwrap_used, clippy::expect_used)]

pub mod peers;
pub mod sealed;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};

use aiq_circuits::credential::Credential;
use aiq_circuits::identity::{Commitment, DeploymentId};
use aiq_circuits::statement::StatementId;
use aiq_circuits::tree::{CredentialTree, MemberTree};
use aiq_keys::{public_seed_manifest, public_seed_verifying_key};
use aiq_server::api::{
    CeremonyView, ClaimView, Code, EpochView, Info, InvitationCounts, JoinPage, LogCheckpoints, NewCosignature,
    OpeningPage, PollView, Problem, PublicLimits, SealedReason,
};
use aiq_verifier::checkpoint::Checkpoint;
use aiq_verifier::eligibility::{Eligibility, PinnedRoots};
use aiq_verifier::genesis::Genesis;
use aiq_verifier::log::{Act, Entry, LogCheckpoint};
use aiq_verifier::menu::MenuEntry;
use aiq_verifier::poll::{Ballot, Decision, Join, Phase, PollDefinition, PollId, PollRule};
use aiq_verifier::receipt::Receipt;
use aiq_verifier::service_key::ServiceKey;
use aiq_verifier::standard::Standard;
use ed25519_dalek::SigningKey;
use tlog_tiles::{Error, Hash, HashReader, Tile, stored_hashes, tree_hash};

use crate::client::{Client, ClientError, Retry};
use crate::sync::log::{LogFiles, Signed, WIDTH};

/// When everything of the fake service happens, Unix seconds.
pub const AT: u32 = 1_000;

/// A log in memory, and which of its tiles are forged.
#[derive(Default)]
pub struct Log {
    pub entries: Vec<Vec<u8>>,
    pub hashes: RefCell<Vec<Hash>>,
    pub forged: BTreeSet<(u8, u64)>,
    /// Tiles that were asked for.
    pub asked: RefCell<Vec<(u8, u64)>>,
}

impl HashReader for Log {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, Error> {
        let hashes = self.hashes.borrow();
        Ok(indexes.iter().map(|index| hashes[usize::try_from(*index).unwrap()]).collect())
    }
}

impl LogFiles for Log {
    fn hash_tile(&self, level: u8, n: u64, width: u64) -> Result<Vec<u8>, ClientError> {
        self.asked.borrow_mut().push((level, n));
        let mut bytes = Tile::new(8, level, n, u32::try_from(width).unwrap(), false).read_data(self).unwrap();
        if self.forged.contains(&(level, n)) {
            bytes[0] ^= 1;
        }
        Ok(bytes)
    }

    fn entry_bundle(&self, n: u64, width: u64) -> Result<Vec<u8>, ClientError> {
        let first = usize::try_from(n * WIDTH).unwrap();
        let entries = &self.entries[first..first + usize::try_from(width).unwrap()];
        let with_length = |entry: &Vec<u8>| [&u16::try_from(entry.len()).unwrap().to_be_bytes(), &entry[..]].concat();
        Ok(entries.iter().flat_map(with_length).collect())
    }
}

impl Log {
    pub fn of(entries: impl IntoIterator<Item = Vec<u8>>) -> Self {
        let mut log = Self::default();
        entries.into_iter().for_each(|entry| log.push(entry));
        log
    }

    pub fn numbered(size: u64) -> Self {
        Self::of((0..size).map(|number| number.to_be_bytes().to_vec()))
    }

    pub fn push(&mut self, entry: Vec<u8>) {
        let new = stored_hashes(self.entries.len() as u64, &entry, self).unwrap();
        self.hashes.borrow_mut().extend(new);
        self.entries.push(entry);
    }

    pub fn checkpoint(&self, size: u64) -> LogCheckpoint {
        LogCheckpoint { deployment_id: id(), size, root: tree_hash(size, self).unwrap().0 }
    }

    pub fn signed(&self, size: u64) -> Signed {
        let checkpoint = self.checkpoint(size);
        Signed { note: checkpoint.to_note(&key()), checkpoint }
    }
}

/// The service's key.
pub fn key() -> SigningKey {
    SigningKey::from_bytes(&[8; 32])
}

pub fn genesis() -> Genesis {
    let log_key = ServiceKey::of(&key());
    Genesis { name: "fake".into(), salt: [1; 32], log_key, manifest_digest: public_seed_manifest().digest() }
}

pub fn id() -> DeploymentId {
    genesis().deployment_id()
}

/// What the service shows at the moment.
pub struct Shown {
    pub log: Log,
    /// Entries under the newest checkpoint.
    pub size: u64,
    /// The epochs; the last one is the newest.
    pub epochs: Vec<EpochView>,
    pub poll: Option<PollView>,
    /// Who joined it; the same nullifier again gets the first receipt.
    pub joins: Vec<(Join, Receipt)>,
    /// What witnesses handed in: size and line.
    pub cosignatures: Vec<(u64, String)>,
    /// Whether cosignatures are taken at all.
    pub takes_cosignatures: bool,
    /// Leaves of the epochs to come.
    pub members: Vec<Commitment>,
    pub credentials: Vec<Credential>,
    pub menu: Vec<MenuEntry>,
    pub standards: Vec<Standard>,
    pub claims: Vec<ClaimView>,
    pub ceremony: Option<CeremonyView>,
    /// What was cast, in order.
    pub ballots: Vec<(Ballot, Option<SealedReason>)>,
    /// The code of the problem that every act is refused with, if one is.
    pub refuses: Option<Code>,
    /// Acts that were sent, refused ones included.
    pub sent: usize,
}

/// A service without members that answers until the test's process ends.
#[derive(Clone)]
pub struct Fake {
    shown: Arc<Mutex<Shown>>,
    url: String,
}

impl Fake {
    /// A service with `size` entries, of which the last one is epoch 0 and the others say nothing.
    pub fn new(size: u64) -> Self {
        Self::sealed(Log::numbered(size - 1))
    }

    /// A service whose log is one: a genesis and epoch 0.
    pub fn founded() -> Self {
        Self::sealed(Log::of([Entry { at: AT, act: Act::Genesis(genesis()) }.canonical()]))
    }

    fn sealed(mut log: Log) -> Self {
        let epochs = vec![seal(&mut log, 0, &[], &[])];
        let size = log.entries.len() as u64;
        let (joins, cosignatures) = (Vec::new(), Vec::new());
        let shown = Shown {
            log,
            size,
            epochs,
            poll: None,
            joins,
            cosignatures,
            takes_cosignatures: true,
            members: Vec::new(),
            credentials: Vec::new(),
            menu: Vec::new(),
            standards: Vec::new(),
            claims: Vec::new(),
            ceremony: None,
            ballots: Vec::new(),
            refuses: None,
            sent: 0,
        };
        let shown = Arc::new(Mutex::new(shown));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::clone(&shown);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                serve(&stream.unwrap(), &shared);
            }
        });
        Self { shown, url }
    }

    pub fn client(&self) -> Client {
        Client::new(&self.url).unwrap().with_retry(Retry::NEVER)
    }

    /// What it shows, to be changed.
    pub fn shown(&self) -> MutexGuard<'_, Shown> {
        self.shown.lock().unwrap()
    }

    /// Accepts an act and covers it with a checkpoint.
    pub fn accept(&self, act: Act) -> Receipt {
        let mut shown = self.shown();
        let receipt = promise(&mut shown.log, act);
        shown.size = shown.log.entries.len() as u64;
        receipt
    }

    /// Seals another epoch with the leaves that there are, and covers it with a checkpoint.
    pub fn seal(&self) {
        let mut shown = self.shown();
        let number = u32::try_from(shown.epochs.len()).unwrap();
        let Shown { log, members, credentials, .. } = &mut *shown;
        let epoch = seal(log, number, members, credentials);
        shown.epochs.push(epoch);
        shown.size = shown.log.entries.len() as u64;
    }

    /// Announces a poll among all members that can be joined at once.
    pub fn announce(&self) -> PollView {
        self.announce_as(|_| {})
    }

    /// The same with something else in it.
    pub fn announce_as(&self, change: impl FnOnce(&mut PollDefinition)) -> PollView {
        let checkpoint = self.shown().epochs[0].checkpoint;
        let (members_root, credentials_root) = (checkpoint.members_root, checkpoint.credentials_root);
        let mut definition = PollDefinition {
            id: PollId::new([5; 16]),
            question: "Who is here?".into(),
            options: vec!["one".into(), "another".into()],
            rule: PollRule::default(),
            decision: Decision::default(),
            eligibility: Eligibility::Membership,
            roots: PinnedRoots { epoch: 0, members_root, credentials_root },
            key_id: public_seed_manifest().entry(StatementId::Membership).unwrap().key_id,
            announced_at: AT,
            opens_at: AT,
            // Everything of the fake service happens at one moment: a close comes too early.
            closes_at: AT + 1,
            enactment: None,
            reward: None,
            sealing: None,
        };
        change(&mut definition);
        let (scope, receipt) = (definition.scope(&id()), self.accept(Act::Poll(definition.clone())));
        let phase = Phase::Announced;
        let poll = PollView {
            definition,
            scope,
            phase,
            joined: 0,
            voted: 0,
            sealing: None,
            receipt,
            tally: None,
            dispute: None,
            proposal: None,
            withdrawn: None,
            enacted: None,
        };
        self.shown().poll = Some(poll.clone());
        poll
    }

    /// Another history: entry `place` is exchanged.
    pub fn rewrite(&self, place: usize) {
        let mut shown = self.shown();
        let mut entries = shown.log.entries.clone();
        entries[place] = b"something else".to_vec();
        shown.log = Log::of(entries);
    }
}

fn seal(log: &mut Log, epoch: u32, members: &[Commitment], credentials: &[Credential]) -> EpochView {
    let checkpoint = Checkpoint {
        deployment_id: id(),
        epoch,
        sealed_at: AT,
        members: members.len() as u64,
        withdrawn: 0,
        members_root: MemberTree::build(members.iter().copied()).unwrap().root(),
        credentials: credentials.len() as u64,
        revoked: 0,
        credentials_root: CredentialTree::build(credentials.iter().map(Credential::leaf)).unwrap().root(),
    };
    let before = log.entries.len() as u64;
    let receipt = promise(log, Act::Epoch { checkpoint, before });
    EpochView { checkpoint, before, note: checkpoint.to_note(&key()), receipt }
}

/// Appends an act and signs the receipt.
fn promise(log: &mut Log, act: Act) -> Receipt {
    let entry = Entry { at: AT, act };
    log.push(entry.canonical());
    Receipt::sign(&key(), id(), log.entries.len() as u64 - 1, entry.hash(), AT)
}

fn serve(stream: &TcpStream, shown: &Mutex<Shown>) {
    let mut reader = BufReader::new(stream);
    let mut request = String::new();
    if reader.read_line(&mut request).is_err() || request.is_empty() {
        return;
    }
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let path = request.split(' ').nth(1).unwrap();
    let mut shown = shown.lock().unwrap();
    shown.sent += usize::from(!body.is_empty());
    let (status, answer) = match shown.refuses.filter(|_| !body.is_empty()) {
        Some(code) => ("409 Conflict", json(&Problem::new(code, "as the test wishes"))),
        None => answer(path, &body, &mut shown).map_or(("404 Not Found", Vec::new()), |answer| ("200 OK", answer)),
    };
    drop(shown);
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", answer.len());
    let mut stream = stream;
    let _ = stream.write_all(&[head.as_bytes(), &answer].concat());
}

fn answer(path: &str, body: &[u8], shown: &mut Shown) -> Option<Vec<u8>> {
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    Some(match parts[..] {
        ["v1", "info"] => json(&info(shown)),
        ["checkpoint"] => note(shown, shown.size).into_bytes(),
        ["v1", "log", "checkpoints"] => {
            let mut sizes: BTreeSet<u64> = shown.cosignatures.iter().map(|(size, _)| *size).collect();
            sizes.insert(shown.size);
            json(&LogCheckpoints { checkpoints: sizes.iter().rev().map(|size| note(shown, *size)).collect() })
        }
        ["v1", "log", "cosignatures"] if shown.takes_cosignatures => {
            let NewCosignature { size, cosignature } = serde_json::from_slice(body).unwrap();
            shown.cosignatures.push((size, cosignature));
            Vec::new()
        }
        ["v1", "epochs", "latest"] => json(shown.epochs.last()?),
        ["v1", "epochs", number] => json(shown.epochs.get(number.parse::<usize>().ok()?)?),
        ["v1", "polls", _, "joins"] if body.is_empty() => {
            json(&JoinPage { joins: shown.joins.iter().map(|(join, _)| join.clone()).collect(), next: None })
        }
        ["v1", "polls", _, "joins"] => {
            let join: Join = serde_json::from_slice(body).unwrap();
            let is_same = |(first, _): &&(Join, Receipt)| first.presentation.nullifier == join.presentation.nullifier;
            if let Some((_, receipt)) = shown.joins.iter().find(is_same) {
                return Some(json(receipt));
            }
            let scope = shown.poll.as_ref()?.scope;
            let receipt = promise(&mut shown.log, Act::Join { scope, join: join.clone() });
            shown.size = shown.log.entries.len() as u64;
            shown.joins.push((join, receipt.clone()));
            json(&receipt)
        }
        ["v1", "polls", _, "ballots"] if body.is_empty() => json(&sealed::cast(shown)),
        ["v1", "polls", _, "ballots"] => sealed::take(body, shown),
        ["v1", "ceremonies", _] => json(shown.ceremony.as_ref()?),
        ["v1", "polls", _] => json(shown.poll.as_ref()?),
        ["v1", "manifest"] => public_seed_manifest().to_json().into_bytes(),
        ["v1", "keys", id, "verifying"] => {
            let entry = public_seed_manifest().entry_of_key(&id.parse().ok()?)?;
            public_seed_verifying_key(entry.statement).ok()?.to_bytes()
        }
        ["v1", "log", "openings", _] => json(&OpeningPage { openings: Vec::new() }),
        ["tile", "entries", n] => shown.log.entry_bundle(n.parse().ok()?, WIDTH).unwrap(),
        ["tile", "entries", n, width] => {
            shown.log.entry_bundle(n.strip_suffix(".p")?.parse().ok()?, width.parse().ok()?).unwrap()
        }
        ["tile", level, n] => shown.log.hash_tile(level.parse().ok()?, n.parse().ok()?, WIDTH).unwrap(),
        ["tile", level, n, width] => {
            let n = n.strip_suffix(".p")?.parse().ok()?;
            shown.log.hash_tile(level.parse().ok()?, n, width.parse().ok()?).unwrap()
        }
        _ => return peers::answer(&parts, body, shown),
    })
}

fn note(shown: &Shown, size: u64) -> String {
    let mut note = shown.log.signed(size).note;
    for (_, line) in shown.cosignatures.iter().filter(|(signed, _)| *signed == size) {
        note.push_str(line);
        note.push('\n');
    }
    note
}

fn json(value: &impl serde::Serialize) -> Vec<u8> {
    serde_json::to_vec(value).unwrap()
}

fn info(shown: &Shown) -> Info {
    Info {
        name: genesis().name,
        deployment_id: id(),
        genesis: genesis(),
        service_key: ServiceKey::of(&key()),
        keys: Vec::new(),
        checkpoint: shown.epochs[0].checkpoint,
        menu: shown.menu.clone(),
        domains: Vec::new(),
        invitations: InvitationCounts { administrator: 0, members: 0 },
        limits: PublicLimits { body_bytes: 0, page_entries: 1, epoch_interval: 0 },
        now: AT,
        version: "0".into(),
    }
}
