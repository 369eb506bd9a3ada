//! The log: an accepted ballot with its commit to the disk, alone and side by side, and reading tiles.

use std::sync::Arc;

use aiq_circuits::{Fr, identity::Nullifier, statement::StatementId, tree::CredentialsRoot, tree::MembersRoot};
use aiq_server::{
    GenesisFile,
    store::{DeploymentRecord, SqliteStore, Store},
};
use aiq_verifier::{
    checkpoint::Checkpoint,
    eligibility::{Eligibility, PinnedRoots},
    genesis::Genesis,
    log::{Act, Entry},
    poll::{Ballot, BallotKey, Choice, Decision, Join, PollDefinition, PollId, PollRule},
    presentation::Presentation,
    proof::Proof,
    service_key::ServiceKey,
    verifying_key::KeyId,
};
use ark_bn254::{G1Affine, G2Affine};
use ark_ec::AffineRepr as _;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use ed25519_dalek::SigningKey;
use rand::rngs::OsRng;
use tokio::{runtime::Runtime, task::JoinSet};

/// Members who vote side by side.
const VOTERS: u64 = 64;

/// A store with one open poll that everybody has joined, and the next sequence number.
struct Voting {
    store: Arc<SqliteStore>,
    poll: PollDefinition,
    genesis: Genesis,
    key: SigningKey,
    seq: u32,
    _folder: tempfile::TempDir,
}

impl Voting {
    async fn begin() -> Self {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let store = SqliteStore::open(&folder.path().join("bench.sqlite"), 2).await.expect("a database");
        let key = SigningKey::from_bytes(&[1; 32]);
        let genesis = Genesis {
            name: "Benchmark".into(),
            salt: [1; 32],
            log_key: ServiceKey::of(&key),
            manifest_digest: [2; 32],
        };
        let roots = PinnedRoots {
            epoch: 0,
            members_root: MembersRoot::new(Fr::from(1_u64)),
            credentials_root: CredentialsRoot::new(Fr::from(2_u64)),
        };
        let checkpoint = Checkpoint {
            deployment_id: genesis.deployment_id(),
            epoch: 0,
            sealed_at: 0,
            members: 0,
            withdrawn: 0,
            members_root: roots.members_root,
            credentials: 0,
            revoked: 0,
            credentials_root: roots.credentials_root,
        };
        let record = DeploymentRecord {
            genesis: genesis.clone(),
            file: GenesisFile::default_ai(),
            admin_token_hash: [0; 32],
            founded_at: 0,
        };
        let acts = [Act::Genesis(genesis.clone()), Act::Epoch { checkpoint, before: 1 }];
        let entries: Vec<Entry> = acts.into_iter().map(|act| Entry { at: 0, act }).collect();
        assert!(store.found(&record, &entries).await.expect("a deployment"));
        let poll = PollDefinition {
            id: PollId::new([1; 16]),
            question: "How fast?".into(),
            options: vec!["Slow".into(), "Fast".into()],
            rule: PollRule::default(),
            decision: Decision::default(),
            eligibility: Eligibility::Membership,
            roots,
            key_id: KeyId::new([3; 32]),
            announced_at: 0,
            opens_at: 0,
            closes_at: u32::MAX,
            enactment: None,
            reward: None,
            sealing: None,
        };
        store.announce(&poll).await.expect("a database").expect("a poll");
        for number in 0..VOTERS {
            let join = Join { presentation: presentation(number), ballot_key: BallotKey::of(&key) };
            store.join(&poll.id, &join, 0).await.expect("a database").expect("a join");
        }
        Self { store: Arc::new(store), poll, genesis, key, seq: 0, _folder: folder }
    }

    /// The next ballot of so many voters.
    fn ballots(&mut self, voters: u64) -> Vec<Ballot> {
        let scope = self.poll.scope(&self.genesis.deployment_id());
        self.seq += 1;
        let sign = |number: u64| {
            let body = Choice::Option(1).encode();
            Ballot::sign(&self.key, scope, Nullifier::new(Fr::from(number)), self.seq, body, &mut OsRng)
        };
        (0..voters).map(sign).collect()
    }

    /// Casts ballots side by side and waits until each is on the disk.
    async fn cast(&self, ballots: Vec<Ballot>) {
        let mut casts = JoinSet::new();
        for ballot in ballots {
            let (store, id) = (Arc::clone(&self.store), self.poll.id);
            casts.spawn(async move { store.vote(&id, &ballot, None, 1).await.expect("a database").expect("a ballot") });
        }
        casts.join_all().await;
    }
}

/// A presentation whose proof proves nothing: the store does not look at it.
fn presentation(number: u64) -> Presentation {
    Presentation {
        statement: StatementId::Membership,
        key_id: KeyId::new([3; 32]),
        nullifier: Nullifier::new(Fr::from(number)),
        tag: aiq_circuits::identity::OwnerTag::new(Fr::from(9_u64)),
        proof: Proof::from_points(G1Affine::generator(), G2Affine::generator(), G1Affine::generator())
            .expect("generators are points"),
    }
}

fn append(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let mut voting = runtime.block_on(Voting::begin());
    let mut group = criterion.benchmark_group("log/append with commit");
    group.sample_size(20);
    for voters in [1, 8, VOTERS] {
        group.throughput(Throughput::Elements(voters));
        group.bench_with_input(BenchmarkId::new("side by side", voters), &voters, |bencher, voters| {
            bencher.iter_custom(|rounds| {
                (0..rounds)
                    .map(|_| {
                        // Signing is the voters' work.
                        let ballots = voting.ballots(*voters);
                        let begun = std::time::Instant::now();
                        runtime.block_on(voting.cast(ballots));
                        begun.elapsed()
                    })
                    .sum()
            });
        });
    }
    group.finish();
}

fn tiles(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let mut voting = runtime.block_on(Voting::begin());
    for _ in 0..16 {
        let ballots = voting.ballots(VOTERS);
        runtime.block_on(voting.cast(ballots));
    }
    let mut group = criterion.benchmark_group("log/read");
    let positions: Vec<u64> = (0..256).map(|leaf| tlog_tiles::stored_hash_index(0, leaf)).collect();
    group.bench_function("tile of 256 hashes", |bencher| {
        bencher.iter(|| runtime.block_on(voting.store.log_hashes(&positions)).expect("hashes"));
    });
    group.bench_function("bundle of 256 entries", |bencher| {
        bencher.iter(|| runtime.block_on(voting.store.log_entries(256, 256)).expect("entries"));
    });
    group.finish();
}

criterion_group!(benches, append, tiles);
criterion_main!(benches);
