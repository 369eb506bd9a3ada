//! Proofs and keys as bytes, the manifest of keys, and files of trees.

use aiq_circuits::{
    statement::StatementId,
    tree::{CredentialTree, MemberTree},
};
use aiq_keys::Manifest;
use aiq_verifier::{groth16::PreparedKey, proof::Proof, verifying_key::VerifyingKey};
use sha2::{Digest as _, Sha256};

/// Points that are read are written as the same bytes and pass every check of points.
pub fn proof(data: &[u8]) -> bool {
    Proof::from_bytes(data).is_ok_and(|proof| {
        assert_eq!(proof.to_bytes(), data);
        assert_eq!(Proof::from_points(*proof.a(), *proof.b(), *proof.c()).as_ref(), Ok(&proof));
        true
    })
}

/// A key that is read is written as the same bytes, and is prepared for exactly the statements whose inputs it has.
pub fn verifying_key(data: &[u8]) -> bool {
    VerifyingKey::from_bytes(data).is_ok_and(|key| {
        assert_eq!(key.to_bytes(), data);
        for statement in StatementId::ALL {
            let fits = key.ic().len() == statement.public_inputs() + 1;
            assert_eq!(PreparedKey::new(statement, &key).is_ok(), fits, "{statement}");
        }
        true
    })
}

/// A manifest that is read is written as the same bytes.
pub fn manifest(data: &[u8]) -> bool {
    Manifest::parse(data).is_ok_and(|manifest| {
        assert_eq!(manifest.to_json().as_bytes(), data);
        assert!(manifest.entries().iter().all(|entry| manifest.entry(entry.statement) == Some(entry)));
        true
    })
}

/// The bytes are looked at as a file, and as a file whose checksum is right: what is read is written as the same bytes.
pub fn tree_file(data: &[u8]) -> bool {
    let summed = [data, &Sha256::digest(data)].concat();
    let mut accepted = false;
    for file in [data, &summed] {
        let mut written = [Vec::new(), Vec::new()];
        if let Ok(tree) = MemberTree::read_from(file) {
            tree.write_to(&mut written[0]).expect("memory can be written");
        }
        if let Ok(tree) = CredentialTree::read_from(file) {
            tree.write_to(&mut written[1]).expect("memory can be written");
        }
        for written in written.iter().filter(|written| !written.is_empty()) {
            // Bytes behind the checksum are not looked at.
            assert!(file.starts_with(written));
            accepted = true;
        }
    }
    accepted
}
