#![allow(clippy::unwrap_used)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use tempfile::TempDir;

use super::*;
use crate::fake::Fake;
use crate::sync::log::{Finding, Kept};

struct Place {
    directory: TempDir,
}

impl Place {
    fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn files(&self, name: Option<&str>) -> Result<WitnessFiles, WitnessFileError> {
        WitnessFiles::open(&self.path("key"), &self.path("state"), name)
    }

    fn witness(&self, fake: &Fake) -> Witness {
        Witness::connect(self.files(None).unwrap(), fake.client(), None).unwrap()
    }
}

#[test]
fn key_and_state_are_made_once_and_stay() {
    let place = Place::new();
    let made = place.files(Some("w.example")).unwrap();
    let witness = made.state().witness.clone();
    assert_eq!(witness.name(), "w.example");
    assert_eq!(fs::metadata(place.path("key")).unwrap().permissions().mode() & 0o777, 0o600);
    drop(made);
    assert_eq!(place.files(None).unwrap().state().witness, witness);
    assert!(matches!(place.files(Some("other")), Err(WitnessFileError::OtherName { .. })));
    assert!(matches!(Place::new().files(Some("a b")), Err(WitnessFileError::Name(_))));
}

#[test]
fn every_key_is_read_as_it_was_written() {
    // Often enough for base64 with plus signs.
    for _ in 0..100 {
        let place = Place::new();
        let made = place.files(None).unwrap().state().witness.clone();
        assert_eq!(place.files(None).unwrap().state().witness, made);
    }
}

#[test]
fn one_state_has_one_process() {
    let place = Place::new();
    let _first = place.files(None).unwrap();
    assert!(matches!(place.files(None), Err(WitnessFileError::Locked(_))));
}

#[test]
fn a_key_without_its_state_signs_nothing() {
    let (place, fake) = (Place::new(), Fake::new(3));
    place.witness(&fake).look().unwrap();
    let (state, key) = (place.path("state"), place.path("key"));
    fs::rename(&state, place.path("kept")).unwrap();
    assert!(matches!(place.files(None), Err(WitnessFileError::StateLost { .. })));
    fs::rename(place.path("kept"), &state).unwrap();
    // Nor does another key go on with it, or a new one.
    let other = Place::new();
    drop(other.files(None).unwrap());
    fs::rename(&key, place.path("kept")).unwrap();
    assert!(matches!(place.files(None), Err(WitnessFileError::OtherKey { .. })));
    fs::copy(other.path("key"), &key).unwrap();
    assert!(matches!(place.files(None), Err(WitnessFileError::OtherKey { .. })));
    for damaged in ["", "PRIVATE+KEY+x+00000000+AAAA"] {
        fs::write(&key, damaged).unwrap();
        assert!(matches!(place.files(None), Err(WitnessFileError::Damaged { what: "key", .. })));
    }
}

#[test]
fn what_only_grew_is_signed_once() {
    let (place, fake) = (Place::new(), Fake::new(300));
    let mut witness = place.witness(&fake);
    assert_eq!(witness.look().unwrap(), Looked { size: 300, signed: true });
    assert_eq!(witness.look().unwrap(), Looked { size: 300, signed: false });
    let note = fake.client().log_checkpoint().unwrap();
    assert!(cosigned_by(&note, witness.key()).unwrap().is_some());
    fake.accept(aiq_verifier::log::Act::Attestation { digest: [0; 32] });
    assert_eq!(witness.look().unwrap(), Looked { size: 301, signed: true });
}

fn assert_refused(witness: &mut Witness, fake: &Fake) {
    let (before, signed) = (witness.files.state().clone(), fake.shown().cosignatures.len());
    let error = witness.look().unwrap_err();
    let WitnessError::BrokenLog(broken) = error else { panic!("{error}") };
    assert!(matches!(broken.finding, Finding::Forked { .. } | Finding::Shrunk { .. }), "{broken}");
    assert!(matches!(&broken.kept, Kept::File(path) if path.exists()), "{broken}");
    assert_eq!(*witness.files.state(), before);
    assert_eq!(fake.shown().cosignatures.len(), signed);
}

#[test]
fn a_fork_is_never_signed_not_even_by_the_next_process() {
    let (place, fake) = (Place::new(), Fake::new(300));
    let mut witness = place.witness(&fake);
    witness.look().unwrap();
    fake.rewrite(5);
    assert_refused(&mut witness, &fake);
    drop(witness);
    fake.accept(aiq_verifier::log::Act::Attestation { digest: [0; 32] });
    assert_refused(&mut place.witness(&fake), &fake);
    fake.shown().size = 299;
    assert_refused(&mut place.witness(&fake), &fake);
}

#[test]
fn a_crash_between_state_and_signature_forgets_nothing() {
    let (place, fake) = (Place::new(), Fake::new(300));
    fake.shown().takes_cosignatures = false;
    assert!(matches!(place.witness(&fake).look(), Err(WitnessError::Client(_))));
    fake.shown().takes_cosignatures = true;
    let forked = Fake::new(300);
    forked.rewrite(5);
    // The signature may have left: another history of the same length is another history.
    assert_refused(&mut place.witness(&forked), &forked);
    assert_eq!(place.witness(&fake).look().unwrap(), Looked { size: 300, signed: true });
}

#[test]
fn another_deployment_is_not_followed() {
    let (place, fake) = (Place::new(), Fake::new(3));
    let expected = DeploymentId::new([1; 32]);
    let outcome = Witness::connect(place.files(None).unwrap(), fake.client(), Some(&expected));
    assert!(matches!(outcome, Err(WitnessError::Sync(SyncError::DeploymentChanged { .. }))));
}
