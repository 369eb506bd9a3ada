//! Attacks 11 to 14 and malleability against the real keys: what the verifier must not take for a valid proof (§5.3, §9).

use aiq_circuits::Fr;
use aiq_circuits::identity::{DeploymentId, Identity, Nullifier};
use aiq_circuits::scope::{Scope, ScopeKind};
use aiq_circuits::statement::{PublicInputs, StatementId};
use aiq_tests::keys::{keys, rerandomised, verifier};
use aiq_tests::world::{message, seed, standing, stray_tag};
use aiq_verifier::VerifyError;
use aiq_verifier::presentation::{Presentation, Verifier};
use aiq_verifier::proof::Proof;
use rand::SeedableRng as _;
use rand::rngs::{OsRng, StdRng};
use rand::seq::SliceRandom as _;

use crate::samples::{SAMPLES, Sample, WORLD};

fn accepts(sample: &Sample, values: Vec<Fr>) -> bool {
    let inputs = PublicInputs::new(sample.statement(), values).unwrap();
    verifier().key(sample.statement()).unwrap().verify(&inputs, &sample.presentation.proof).is_ok()
}

#[test]
fn honest_presentations_of_every_statement_are_accepted() {
    for sample in SAMPLES.iter() {
        verifier().verify(&sample.expected, &sample.presentation).unwrap();
    }
}

#[test]
fn every_public_input_one_more_or_one_less_is_refused() {
    for sample in SAMPLES.iter() {
        let honest = sample.inputs().values().to_vec();
        assert!(accepts(sample, honest.clone()));
        for place in 0..honest.len() {
            for change in [Fr::from(1_u8), -Fr::from(1_u8)] {
                let mut values = honest.clone();
                values[place] += change;
                assert!(!accepts(sample, values), "{} input {place}", sample.statement());
            }
        }
    }
}

#[test]
fn public_inputs_in_another_order_are_refused() {
    let mut rng = StdRng::seed_from_u64(11);
    for sample in SAMPLES.iter() {
        let honest = sample.inputs().values().to_vec();
        for first in 0..honest.len() {
            for second in 0..first {
                let mut values = honest.clone();
                values.swap(first, second);
                assert!(!accepts(sample, values), "{} inputs {first} and {second}", sample.statement());
            }
        }
        let mut shuffled = honest.clone();
        shuffled.shuffle(&mut rng);
        assert!(shuffled == honest || !accepts(sample, shuffled));
    }
}

#[test]
fn dropped_and_added_public_inputs_are_refused() {
    for sample in SAMPLES.iter() {
        let honest = sample.inputs().values().to_vec();
        for place in 0..honest.len() {
            let mut fewer = honest.clone();
            fewer.remove(place);
            assert!(PublicInputs::new(sample.statement(), fewer).is_err());
            let mut more = honest.clone();
            more.insert(place, Fr::from(0_u8));
            assert!(PublicInputs::new(sample.statement(), more).is_err());
        }
        // The same through the folding of a poll: whatever is fixed and whatever is free, the numbers must add up.
        let key = verifier().key(sample.statement()).unwrap();
        let fixed: Vec<_> = honest.iter().copied().enumerate().take(2).collect();
        let folded = key.fold(&fixed).unwrap();
        folded.verify(&honest[2..], &sample.presentation.proof).unwrap();
        let longer = [&honest[2..], &[Fr::from(0_u8)]].concat();
        for rest in [&honest[3..], &honest[1..], &longer, &[]] {
            assert!(matches!(folded.verify(rest, &sample.presentation.proof), Err(VerifyError::InputCount { .. })));
        }
        assert!(key.fold(&[(0, honest[0]), (0, honest[0])]).is_err());
        assert!(key.fold(&[(honest.len(), honest[0])]).is_err());
    }
}

#[test]
fn the_proof_of_one_statement_is_refused_under_the_key_of_another() {
    for sample in SAMPLES.iter() {
        for other in SAMPLES.iter().filter(|other| other.statement() != sample.statement()) {
            // Where the numbers of inputs agree (standing-3 and standing-8) only the pairing tells them apart.
            let borrowed = &sample.presentation.proof;
            let key = verifier().key(other.statement()).unwrap();
            assert_eq!(key.verify(&other.inputs(), borrowed), Err(VerifyError::Proof));
            if sample.inputs().values().len() == other.inputs().values().len() {
                let values = sample.inputs().values().to_vec();
                let inputs = PublicInputs::new(other.statement(), values).unwrap();
                assert_eq!(key.verify(&inputs, borrowed), Err(VerifyError::Proof));
            }
            assert!(matches!(key.verify(&sample.inputs(), borrowed), Err(VerifyError::Statement { .. })));
        }
    }
}

#[test]
fn a_presentation_that_names_another_statement_or_key_is_refused() {
    for sample in SAMPLES.iter() {
        for other in SAMPLES.iter().filter(|other| other.statement() != sample.statement()) {
            let renamed = Presentation { statement: other.statement(), ..sample.presentation.clone() };
            assert!(matches!(verifier().verify(&sample.expected, &renamed), Err(VerifyError::Statement { .. })));
            let foreign = Presentation { key_id: other.presentation.key_id, ..sample.presentation.clone() };
            assert!(matches!(verifier().verify(&sample.expected, &foreign), Err(VerifyError::Key { .. })));
            assert!(matches!(
                verifier().verify(&sample.expected, &other.presentation),
                Err(VerifyError::Statement { .. })
            ));
            // Passed off whole: everything names the other statement, the proof is the only thing that does not.
            let disguised = Presentation { proof: sample.presentation.proof.clone(), ..other.presentation.clone() };
            assert_eq!(verifier().verify(&other.expected, &disguised), Err(VerifyError::Proof));
        }
    }
}

#[test]
fn a_verifier_without_the_key_of_a_statement_accepts_nothing_for_it() {
    let [membership, _, standing] = &*SAMPLES;
    let key = keys().verifying_key(StatementId::Membership).unwrap();
    let small = Verifier::new([(StatementId::Membership, key)]).unwrap();
    small.verify(&membership.expected, &membership.presentation).unwrap();
    assert_eq!(
        small.verify(&standing.expected, &standing.presentation),
        Err(VerifyError::NoKey(StatementId::Standing8))
    );
}

#[test]
fn a_presentation_for_another_scope_message_requirement_or_root_is_refused() {
    for sample in SAMPLES.iter() {
        let refused = |change: &dyn Fn(&mut aiq_verifier::presentation::Expectation)| {
            let mut expected = sample.expected.clone();
            change(&mut expected);
            assert_ne!(expected, sample.expected);
            assert_eq!(verifier().verify(&expected, &sample.presentation), Err(VerifyError::Proof));
        };
        refused(&|expected| expected.message = message("another"));
        refused(&|expected| expected.scope = Scope::derive(&WORLD.deployment, ScopeKind::Poll, b"another poll"));
        refused(&|expected| expected.scope = Scope::derive(&WORLD.deployment, ScopeKind::Attest, b"sample"));
        refused(&|expected| {
            expected.scope = Scope::derive(&DeploymentId::new([0xa2; 32]), ScopeKind::Poll, b"sample");
        });
        refused(&|expected| {
            let mut members = WORLD.members.clone();
            members.append(Identity::derive(&seed(99), &WORLD.deployment).commitment()).unwrap();
            expected.roots.members_root = members.root();
        });
        if sample.statement() != StatementId::Membership {
            let statement = sample.statement();
            refused(&|expected| {
                expected.roots.credentials_root = {
                    let mut tree = WORLD.credential_tree.clone();
                    tree.bury(&[0]).unwrap();
                    tree.root()
                }
            });
            // More, and less, than was shown: a proof is for one requirement, not for every weaker one.
            refused(&|expected| expected.eligibility = standing(statement, 3, 11));
            refused(&|expected| expected.eligibility = standing(statement, 2, 10));
        }
    }
}

#[test]
fn the_nullifier_and_the_tag_of_someone_else_are_refused() {
    for sample in SAMPLES.iter() {
        let other = &WORLD.identities[1];
        let nullifier = other.nullifier(&sample.expected.scope);
        let forged = Presentation { nullifier, ..sample.presentation.clone() };
        assert_eq!(verifier().verify(&sample.expected, &forged), Err(VerifyError::Proof));
        let forged = Presentation { tag: stray_tag(other), ..sample.presentation.clone() };
        assert_eq!(verifier().verify(&sample.expected, &forged), Err(VerifyError::Proof));
        let forged = Presentation { nullifier: Nullifier::new(Fr::from(0_u8)), ..sample.presentation.clone() };
        assert_eq!(verifier().verify(&sample.expected, &forged), Err(VerifyError::Proof));
    }
}

#[test]
fn two_proofs_of_one_act_have_one_nullifier() {
    // What deduplication rests on: proof bytes differ and are worth nothing, the nullifier does not.
    let [sample, ..] = &*SAMPLES;
    let other = rerandomised(sample.statement(), &sample.presentation.proof);
    assert_ne!(other, sample.presentation.proof);
    let again = Presentation { proof: other, ..sample.presentation.clone() };
    verifier().verify(&sample.expected, &again).unwrap();
    assert_eq!(again.nullifier, sample.presentation.nullifier);
}

#[test]
fn every_flipped_bit_of_a_proof_is_refused() {
    let [sample, ..] = &*SAMPLES;
    let honest = sample.presentation.proof.to_bytes();
    // Every byte once, the flag bits of the three points in full.
    let flags = [31, 95, 127].into_iter().flat_map(|byte| (0..8).map(move |bit| (byte, bit)));
    for (byte, bit) in (0..honest.len()).map(|byte| (byte, byte % 8)).chain(flags) {
        let mut bytes = honest.clone();
        bytes[byte] ^= 1 << bit;
        let Ok(proof) = Proof::from_bytes(&bytes) else { continue };
        let forged = Presentation { proof, ..sample.presentation.clone() };
        assert!(verifier().verify(&sample.expected, &forged).is_err(), "byte {byte} bit {bit}");
    }
    for length in [0, 127, 129, 256] {
        let mut bytes = honest.clone();
        bytes.resize(length, 0);
        assert!(Proof::from_bytes(&bytes).is_err(), "{length} bytes");
    }
}

#[test]
fn one_bad_presentation_in_a_batch_is_named_wherever_it_stands() {
    let [sample, ..] = &*SAMPLES;
    let expected = &sample.expected;
    let poll = verifier().fold(&expected.eligibility, &expected.roots, &expected.scope).unwrap();
    let good = &sample.presentation;
    let bad = Presentation { tag: stray_tag(&WORLD.identities[1]), ..good.clone() };
    for place in 0..9 {
        let batch: Vec<_> = (0..9).map(|row| (expected.message, if row == place { &bad } else { good })).collect();
        assert_eq!(poll.verify_batch(&batch, &mut OsRng).unwrap_err().bad, [place]);
    }
    let misnamed = Presentation { key_id: SAMPLES[1].presentation.key_id, ..good.clone() };
    let batch = [(expected.message, good), (expected.message, &misnamed), (message("another"), good)];
    assert_eq!(poll.verify_batch(&batch, &mut OsRng).unwrap_err().bad, [1, 2]);
}
