//! Row 14: what one by one refuses, a batch refuses, and it names exactly that.

use std::sync::Arc;

use aiq_circuits::statement::{PublicInputs, StatementId};
use aiq_verifier::{
    batch::{BatchError, decode, verify_batch},
    groth16::PreparedKey,
    proof::{Proof, ProofError},
};
use ark_bn254::Fr;
use ark_ec::CurveGroup as _;
use ark_ff::One as _;
use rand::rngs::StdRng;

use crate::support::{Trapdoor, g1, random_inputs, rng, trapdoor};

const STATEMENT: StatementId = StatementId::Membership;

struct Fixture {
    rng: StdRng,
    trapdoor: Trapdoor,
    key: Arc<PreparedKey>,
}

impl Fixture {
    fn new() -> Self {
        let mut rng = rng();
        let trapdoor = trapdoor(STATEMENT, &mut rng);
        let key = Arc::new(PreparedKey::new(STATEMENT, &trapdoor.key().unwrap()).unwrap());
        Self { rng, trapdoor, key }
    }

    fn proofs(&mut self, count: usize) -> Vec<(PublicInputs, Proof)> {
        (0..count)
            .map(|_| {
                let inputs = random_inputs(STATEMENT, &mut self.rng);
                let proof = self.trapdoor.prove(inputs.values(), &mut self.rng);
                (inputs, proof)
            })
            .collect()
    }

    fn verify(&mut self, proofs: &[(PublicInputs, Proof)]) -> Result<(), BatchError> {
        verify_batch(&self.key, proofs, &mut self.rng)
    }

    fn bad(&mut self, proofs: &[(PublicInputs, Proof)]) -> Vec<usize> {
        self.verify(proofs).unwrap_err().bad
    }
}

/// The same A and B with another C.
fn shifted(proof: &Proof, by: Fr) -> Proof {
    Proof::from_points(*proof.a(), *proof.b(), (*proof.c() + g1(by)).into_affine()).unwrap()
}

#[test]
fn accepts_valid_proofs_of_every_number() {
    let mut fixture = Fixture::new();
    let proofs = fixture.proofs(40);
    for count in [0, 1, 2, 4, 5, 16, 17, 40] {
        assert_eq!(fixture.verify(&proofs[..count]), Ok(()), "{count}");
    }
}

#[test]
fn decodes_each_by_itself_in_order() {
    let mut fixture = Fixture::new();
    let proofs: Vec<Proof> = fixture.proofs(3).into_iter().map(|(_, proof)| proof).collect();
    let mut encoded: Vec<Vec<u8>> = proofs.iter().map(Proof::to_bytes).collect();
    encoded.insert(1, vec![0; Proof::LENGTH]);
    encoded.push(Vec::new());
    let decoded: Vec<_> = decode(&encoded);
    assert_eq!(decoded[0], Ok(proofs[0].clone()));
    assert_eq!(decoded[1], Proof::from_bytes(&encoded[1]));
    assert_eq!(decoded[2..4], [Ok(proofs[1].clone()), Ok(proofs[2].clone())]);
    assert_eq!(decoded[4], Err(ProofError::Length(0)));
    assert!(decode::<Vec<u8>>(&[]).is_empty());
}

#[test]
fn accepts_duplicates() {
    let mut fixture = Fixture::new();
    let proofs = fixture.proofs(2);
    let repeated = [&proofs[..], &proofs[..], &proofs[..1]].concat();
    assert_eq!(fixture.verify(&repeated), Ok(()));
}

#[test]
fn names_one_bad_at_every_place_of_a_small_batch() {
    let mut fixture = Fixture::new();
    let proofs = fixture.proofs(9);
    for count in [1, 2, 5, 9] {
        for place in 0..count {
            let mut proofs = proofs[..count].to_vec();
            proofs[place].1 = shifted(&proofs[place].1, Fr::one());
            assert_eq!(fixture.bad(&proofs), [place], "{place} of {count}");
        }
    }
}

/// The places where halves, chunks and the batch begin or end.
#[test]
fn names_one_bad_among_256() {
    let mut fixture = Fixture::new();
    let good = fixture.proofs(256);
    for place in [0, 16, 127, 128, 255] {
        let mut proofs = good.clone();
        proofs[place].1 = good[(place + 1) % 256].1.clone();
        assert_eq!(fixture.bad(&proofs), [place]);
    }
}

#[test]
fn names_all_the_bad() {
    let mut fixture = Fixture::new();
    let mut proofs = fixture.proofs(33);
    let bad = [0, 1, 7, 8, 15, 16, 20, 31, 32];
    for place in bad {
        proofs[place].1 = shifted(&proofs[place].1, Fr::from(3_u64));
    }
    assert_eq!(fixture.bad(&proofs), bad);

    let mut proofs = fixture.proofs(17);
    for (_, proof) in &mut proofs {
        *proof = shifted(proof, Fr::one());
    }
    assert_eq!(fixture.bad(&proofs), (0..17).collect::<Vec<_>>());
}

/// Their errors add up to nothing, so a batch with equal coefficients accepts both.
#[test]
fn names_two_bad_that_cancel_under_equal_coefficients() {
    let mut fixture = Fixture::new();
    let good = fixture.proofs(8);
    for (one, other) in [(0, 1), (0, 7), (3, 4), (2, 6)] {
        let mut proofs = good.clone();
        proofs[one].1 = shifted(&good[one].1, Fr::from(9_u64));
        proofs[other].1 = shifted(&good[other].1, -Fr::from(9_u64));
        assert_eq!(fixture.bad(&proofs), [one, other]);
    }
}

#[test]
fn names_a_changed_input_and_another_statement() {
    let mut fixture = Fixture::new();
    let mut proofs = fixture.proofs(12);
    let mut values = proofs[4].0.values().to_vec();
    values[4] += Fr::one();
    proofs[4].0 = PublicInputs::new(STATEMENT, values).unwrap();
    proofs[9].0 = random_inputs(StatementId::Standing3, &mut fixture.rng);
    assert_eq!(fixture.bad(&proofs), [4, 9]);
    let error = fixture.verify(&proofs).unwrap_err();
    assert_eq!(error.to_string(), "2 of the proofs are not valid, the first at index 4");
}

#[test]
fn a_batch_with_folded_inputs_gives_the_same_answers() {
    let mut fixture = Fixture::new();
    let shared = random_inputs(STATEMENT, &mut fixture.rng);
    let fixed: Vec<_> = shared.values()[..2].iter().copied().enumerate().collect();
    let mut proofs: Vec<(Vec<Fr>, Proof)> = Vec::new();
    for _ in 0..20 {
        let own = random_inputs(STATEMENT, &mut fixture.rng).values()[2..].to_vec();
        let all = [&shared.values()[..2], &own].concat();
        proofs.push((own, fixture.trapdoor.prove(&all, &mut fixture.rng)));
    }
    let folded = fixture.key.fold(&fixed).unwrap();
    let mut rows: Vec<_> = proofs.iter().map(|(own, proof)| (&own[..], proof)).collect();
    assert_eq!(folded.verify_batch(&rows, &mut fixture.rng), Ok(()));
    rows[11].1 = rows[12].1;
    rows[3].0 = &rows[3].0[..2];
    assert_eq!(folded.verify_batch(&rows, &mut fixture.rng), Err(BatchError { bad: vec![3, 11] }));
}
