//! The public-seed keys and what is made of them, once for all tests of a process.

use std::sync::{Arc, LazyLock};

use aiq_circuits::statement::StatementId;
use aiq_circuits::wire::bytes_to_hex;
use aiq_cli::client::Client;
use aiq_cli::member::Provers;
use aiq_cli::progress::Silent;
use aiq_keys::KeyDir;
use aiq_prover::Prover;
use aiq_prover::engine::EngineOptions;
use aiq_verifier::presentation::Verifier;
use aiq_verifier::proof::Proof;
use ark_bn254::Bn254;
use ark_groth16::Groth16;
use rand::rngs::OsRng;

/// The public-seed keys of every statement.
///
/// # Panics
/// If they cannot be made.
#[must_use]
pub fn keys() -> &'static KeyDir {
    static KEYS: LazyLock<KeyDir> =
        LazyLock::new(|| KeyDir::for_tests(&StatementId::ALL).expect("the test keys can be made"));
    &KEYS
}

/// The provers of every wallet in this process. The keys lie where the wallets look for those that they downloaded, so
/// nothing is fetched.
///
/// # Panics
/// If the directory cannot be written.
#[must_use]
pub fn provers() -> &'static Provers {
    static PROVERS: LazyLock<Provers> = LazyLock::new(|| {
        let digest = keys().manifest().digest();
        let root = keys().path().with_extension("installed");
        std::fs::create_dir_all(&root).expect("the target directory is writable");
        let link = root.join(&bytes_to_hex(&digest)[2..]);
        // Another process may have been faster.
        let made = std::os::unix::fs::symlink(keys().path(), &link);
        assert!(made.is_ok() || link.is_dir(), "{made:?}");
        Provers::new(root, digest, EngineOptions::default())
    });
    &PROVERS
}

/// The prover of a statement, loaded when it is first asked for.
///
/// # Panics
/// If the keys cannot be loaded.
#[must_use]
pub fn prover(statement: StatementId) -> Arc<Prover> {
    let nobody = Client::new("http://localhost").expect("an address");
    provers().get(&nobody, statement, &Silent).expect("the test keys load")
}

/// A verifier with the keys of every statement.
///
/// # Panics
/// If the keys cannot be read.
#[must_use]
pub fn verifier() -> &'static Verifier {
    static VERIFIER: LazyLock<Verifier> = LazyLock::new(|| {
        Verifier::new(keys().verifying_keys().expect("the test keys are there")).expect("they fit their statements")
    });
    &VERIFIER
}

/// Another valid proof of the same instance, made by someone who knows only the proof: Groth16 is malleable (§5.3).
///
/// # Panics
/// If the keys cannot be read.
#[must_use]
pub fn rerandomised(statement: StatementId, proof: &Proof) -> Proof {
    let key = keys().verifying_key(statement).expect("the test keys are there");
    let key = ark_groth16::VerifyingKey {
        alpha_g1: *key.alpha_g1(),
        beta_g2: *key.beta_g2(),
        gamma_g2: *key.gamma_g2(),
        delta_g2: *key.delta_g2(),
        gamma_abc_g1: key.ic().to_vec(),
    };
    let proof = ark_groth16::Proof { a: *proof.a(), b: *proof.b(), c: *proof.c() };
    let other = Groth16::<Bn254>::rerandomize_proof(&key, &proof, &mut OsRng);
    Proof::from_points(other.a, other.b, other.c).expect("the points are those of a proof")
}
